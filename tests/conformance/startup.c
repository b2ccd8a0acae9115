/* SPDX-License-Identifier: MIT
 *
 * Starting and ending Winsock: STARTUP-01, STARTUP-04, STARTUP-06, STARTUP-07, STARTUP-09,
 * STARTUP-14, SEED-CLOSEEVENT-01 (WSACloseEvent before start-up).
 * Documented: DOC-NOTINIT-01 (every call before start-up), DOC-LASTERROR-01 and -02, DOC-STARTUP-01
 * (starts are counted). */
#include "conf.h"

static void calls_before_startup(void)
{
    char data[4] = "";
    WSABUF buffer = {sizeof data, data};
    SOCKADDR_IN address = conf_loopback(0);
    WSAEVENT event = (WSAEVENT)(ULONG_PTR)0x7ffffff0; /* nobody has it */
    OVERLAPPED overlapped;
    DWORD bytes = 0;
    DWORD flags = 0;
    u_long on = 1;
    int length = sizeof address;
    int size = sizeof data;
    SOCKET s = INVALID_SOCKET;

    memset(&overlapped, 0, sizeof overlapped);
    fails("STARTUP-01", "WSASocketA before start-up",
          WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED) == INVALID_SOCKET,
          WSANOTINITIALISED);
    fails("SEED-CLOSEEVENT-01", "WSACloseEvent before start-up", !WSACloseEvent(event),
          WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.1", "socket", socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET,
          WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.2", "closesocket", closesocket(s) != 0, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.3", "listen", listen(s, 1) != 0, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.4", "accept", accept(s, NULL, NULL) == INVALID_SOCKET, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.5", "shutdown", shutdown(s, SD_SEND) != 0, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.6", "getsockname",
          getsockname(s, (struct sockaddr *)&address, &length) != 0, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.7", "getpeername",
          getpeername(s, (struct sockaddr *)&address, &length) != 0, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.8", "setsockopt", setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, data, 4) != 0,
          WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.9", "getsockopt",
          getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, data, &size) != 0, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.10", "ioctlsocket", ioctlsocket(s, FIONBIO, &on) != 0, WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.11", "WSAIoctl",
          WSAIoctl(s, FIONBIO, &on, sizeof on, NULL, 0, &bytes, NULL, NULL) != 0,
          WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.12", "WSASend", WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL) != 0,
          WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.13", "WSARecv", WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL) != 0,
          WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.14", "WSAGetOverlappedResult",
          !WSAGetOverlappedResult(s, &overlapped, &bytes, FALSE, &flags), WSANOTINITIALISED);
}

static void events_before_startup(void)
{
    WSAEVENT event = (WSAEVENT)(ULONG_PTR)0x7ffffff0; /* nobody has it */

    fails("DOC-NOTINIT-01.15", "WSACreateEvent", WSACreateEvent() == WSA_INVALID_EVENT,
          WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.16", "WSASetEvent", !WSASetEvent(event), WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.17", "WSAResetEvent", !WSAResetEvent(event), WSANOTINITIALISED);
    fails("DOC-NOTINIT-01.18", "WSAWaitForMultipleEvents",
          WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE) == WSA_WAIT_FAILED,
          WSANOTINITIALISED);
}

static void last_error(void)
{
    WSASetLastError(4711);
    equals("DOC-LASTERROR-01", "WSAGetLastError before start-up", WSAGetLastError(), 4711);
    WSASetLastError(4712);
    equals("DOC-LASTERROR-02.1", "GetLastError after WSASetLastError", GetLastError(), 4712);
    SetLastError(4713);
    equals("DOC-LASTERROR-02.2", "WSAGetLastError after SetLastError", WSAGetLastError(), 4713);
}

static void versions(void)
{
    static const struct {
        BYTE major, minor, got_major, got_minor;
    } rows[] = {
        {1, 0, 1, 0}, {1, 1, 1, 1}, {1, 2, 1, 1},   {1, 255, 1, 1}, {2, 0, 2, 0},   {2, 1, 2, 1},
        {2, 2, 2, 2}, {2, 3, 2, 2}, {2, 255, 2, 2}, {3, 0, 2, 2},   {255, 0, 2, 2},
    };
    WSADATA data;
    int error;

    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        char fact[32];

        memset(&data, 0, sizeof data);
        snprintf(fact, sizeof fact, "STARTUP-06.%d", i + 1);
        error = WSAStartup(MAKEWORD(rows[i].major, rows[i].minor), &data);
        ok(error == 0 && data.wVersion == MAKEWORD(rows[i].got_major, rows[i].got_minor), fact,
           "%d.%d: %s, %d.%d", rows[i].major, rows[i].minor, conf_name((unsigned)error),
           LOBYTE(data.wVersion), HIBYTE(data.wVersion));
        if (error == 0)
            WSACleanup();
    }
    for (int minor = 0; minor < 2; minor++) {
        memset(&data, 0, sizeof data);
        error = WSAStartup(MAKEWORD(0, minor), &data);
        ok(error == WSAVERNOTSUPPORTED && data.wVersion == MAKEWORD(2, 2),
           minor == 0 ? "STARTUP-06.12" : "STARTUP-06.13", "0.%d: %s, %d.%d", minor,
           conf_name((unsigned)error), LOBYTE(data.wVersion), HIBYTE(data.wVersion));
    }
}

static void data_of(const char *fact, WORD version, int sockets, int datagram_bytes)
{
    WSADATA data;
    char marker;
    int error;

    memset(&data, 0x5a, sizeof data);
    data.lpVendorInfo = &marker;
    error = WSAStartup(version, &data);
    ok(data.wHighVersion == MAKEWORD(2, 2) && data.iMaxSockets == sockets &&
           data.iMaxUdpDg == datagram_bytes && data.lpVendorInfo == &marker &&
           strcmp(data.szDescription, "WinSock 2.0") == 0 &&
           strcmp(data.szSystemStatus, "Running") == 0,
       fact, "%d.%d: %s, high %d.%d, '%.20s', '%.20s', sockets %d, datagram %d, vendor %s",
       LOBYTE(version), HIBYTE(version), conf_name((unsigned)error), LOBYTE(data.wHighVersion),
       HIBYTE(data.wHighVersion), data.szDescription, data.szSystemStatus, data.iMaxSockets,
       data.iMaxUdpDg, data.lpVendorInfo == &marker ? "untouched" : "changed");
    if (error == 0)
        WSACleanup();
}

static void data_tails(void)
{
    WSADATA data;
    int description;
    int status;

    memset(&data, 0x5a, sizeof data);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        conf_die("WSAStartup");
    description = data.szDescription[strlen(data.szDescription) + 1];
    status = data.szSystemStatus[strlen(data.szSystemStatus) + 1];
    equals("STARTUP-14.1", "byte behind szDescription's end", description, 0x5a);
    equals("STARTUP-14.2", "last byte of szDescription", data.szDescription[WSADESCRIPTION_LEN],
           0x5a);
    equals("STARTUP-14.3", "byte behind szSystemStatus' end", status, 0x5a);
    equals("STARTUP-14.4", "last byte of szSystemStatus", data.szSystemStatus[WSASYS_STATUS_LEN],
           0x5a);
    WSACleanup();
}

static void counted(void)
{
    WSADATA data;
    SOCKET s;

    fails("STARTUP-04.1", "WSACleanup without a start", WSACleanup() == SOCKET_ERROR,
          WSANOTINITIALISED);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0 || WSAStartup(MAKEWORD(1, 1), &data) != 0)
        conf_die("WSAStartup");
    works("DOC-STARTUP-01.1", "first WSACleanup of two", WSACleanup() == 0);
    s = socket(AF_INET, SOCK_STREAM, 0);
    works("DOC-STARTUP-01.2", "socket after it", s != INVALID_SOCKET);
    works("DOC-STARTUP-01.3", "second WSACleanup", WSACleanup() == 0);
    fails("STARTUP-04.2", "WSACleanup once more", WSACleanup() == SOCKET_ERROR, WSANOTINITIALISED);
    fails("DOC-STARTUP-01.4", "socket after the last WSACleanup",
          socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET, WSANOTINITIALISED);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        conf_die("WSAStartup");
    fails("DOC-STARTUP-01.5", "closesocket of a socket from before the last WSACleanup",
          closesocket(s) != 0, WSAENOTSOCK);
    WSACleanup();
}

int main(void)
{
    printf("# covers: WSAStartup WSACleanup WSAGetLastError WSASetLastError GetLastError "
           "SetLastError\n");
    last_error();
    calls_before_startup();
    events_before_startup();
    versions();
    data_of("STARTUP-07.1", MAKEWORD(1, 1), 32767, 65467);
    data_of("STARTUP-07.2", MAKEWORD(2, 2), 0, 0);
    data_of("STARTUP-07.3", MAKEWORD(3, 0), 0, 0);
    data_tails();
    equals_code("STARTUP-09.1", "2.2, no WSADATA", (unsigned)WSAStartup(MAKEWORD(2, 2), NULL),
                WSAEFAULT);
    equals_code("STARTUP-09.2", "1.1, no WSADATA", (unsigned)WSAStartup(MAKEWORD(1, 1), NULL),
                WSAEFAULT);
    equals_code("STARTUP-09.3", "0.0, no WSADATA", (unsigned)WSAStartup(MAKEWORD(0, 0), NULL),
                WSAVERNOTSUPPORTED);
    equals_code("STARTUP-09.4", "0.1, no WSADATA", (unsigned)WSAStartup(MAKEWORD(0, 1), NULL),
                WSAVERNOTSUPPORTED);
    counted();
    return conf_end();
}
