/* SPDX-License-Identifier: MIT
 *
 * ioctlsocket and WSAIoctl: IOCTL-01, IOCTL-02, IOCTL-10, IOCTL-16, IOCTL-17, IOCTL-23 to IOCTL-27,
 * IOCTL-29, IOCTL-30. Documented: DOC-IOCTL-01 (extension functions), -02 (bad sockets), -03
 * (quality of service), -04 (cancelling a wait for a change), -05 (destinations of another family),
 * -06 (what addresses are listed), -07 (the local address for a destination). */
#include "conf.h"

/* FIONREAD and SIO_KEEPALIVE_VALS only have to be refused here, which needs no support for them. */
static const struct {
    const char *name;
    DWORD code;
} codes[] = {
    {"FIONREAD", 0x4004667f},
    {"SIOCATMARK", 0x40047307},
    {"FIONBIO", 0x8004667e},
    {"SIO_KEEPALIVE_VALS", 0x98000004},
    {"SIO_GET_EXTENSION_FUNCTION_POINTER", 0xc8000006},
    {"SIO_BASE_HANDLE", 0x48000022},
    {"unknown", 0xdeadbeef},
};

static void without_count(SOCKET s)
{
    OVERLAPPED overlapped = conf_overlapped();
    char in[64] = "";
    char out[64];

    for (int i = 0; i < (int)(sizeof codes / sizeof codes[0]); i++) {
        char fact[32];

        snprintf(fact, sizeof fact, "IOCTL-02.%d", i + 1);
        fails(fact, codes[i].name,
              WSAIoctl(s, codes[i].code, in, sizeof in, out, sizeof out, NULL, NULL, NULL) != 0,
              WSAEFAULT);
    }
    fails("IOCTL-02.8", "unknown, with OVERLAPPED",
          WSAIoctl(s, 0xdeadbeef, NULL, 0, NULL, 0, NULL, &overlapped, NULL) != 0, WSAEFAULT);
    WSACloseEvent(overlapped.hEvent);
}

static void non_blocking(void)
{
    struct pair pair = conf_pair();
    SOCKET s = pair.server;
    DWORD bytes = 0xdeadbeef;
    u_long values[2] = {1, 0};
    char data[4];

    fails("IOCTL-01", "FIONBIO with a bad pointer",
          ioctlsocket(s, FIONBIO, (u_long *)(ULONG_PTR)1) != 0, WSAEFAULT);
    works("IOCTL-10.1", "FIONBIO with 5 bytes",
          WSAIoctl(s, FIONBIO, values, 5, NULL, 0, &bytes, NULL, NULL) == 0);
    equals("IOCTL-10.2", "bytes returned", (int)bytes, 0);
    fails("IOCTL-10.3", "WSARecv then", conf_recv(s, data, 4) < 0, WSAEWOULDBLOCK);
    fails("IOCTL-10.4", "FIONBIO with 3 bytes",
          WSAIoctl(s, FIONBIO, values, 3, NULL, 0, &bytes, NULL, NULL) != 0, WSAEFAULT);
    works("IOCTL-10.5", "FIONBIO with a bad output buffer",
          WSAIoctl(s, FIONBIO, values, 4, (void *)(ULONG_PTR)0xdeadbeef, 4, &bytes, NULL, NULL) ==
              0);
    values[0] = 0;
    works("IOCTL-10.6", "FIONBIO 0", ioctlsocket(s, FIONBIO, values) == 0);
    conf_send(pair.client, "abc", 3);
    equals("IOCTL-10.7", "WSARecv then", conf_recv(s, data, 4), 3);
    conf_pair_close(pair);
    fails("DOC-IOCTL-02.1", "ioctlsocket of a closed socket", ioctlsocket(s, FIONBIO, values) != 0,
          WSAENOTSOCK);
    fails("DOC-IOCTL-02.2", "WSAIoctl of a closed socket",
          WSAIoctl(s, FIONBIO, values, 4, NULL, 0, &bytes, NULL, NULL) != 0, WSAENOTSOCK);
}

static void unknown(SOCKET s)
{
    static const struct {
        const char *name;
        DWORD code;
    } rows[] = {{"0xdeadbeef", 0xdeadbeef}, {"FIOASYNC", 0x8004667d}, {"SIO_FLUSH", 0x28000004}};
    HANDLE port = conf_port();
    struct packet packet;

    conf_join_port(s, port, 31);
    for (int i = 0; i < 3; i++) {
        OVERLAPPED overlapped;
        DWORD bytes = 0xdeadbeef;
        char fact[32];
        int error = WSAIoctl(s, rows[i].code, NULL, 0, NULL, 0, &bytes, NULL, NULL) == 0
                        ? 0
                        : WSAGetLastError();

        snprintf(fact, sizeof fact, "IOCTL-16.%d", i + 1);
        ok(error == WSAEOPNOTSUPP && bytes == 0, fact, "%s: %s, bytes %s", rows[i].name,
           conf_name((unsigned)error), conf_name(bytes));
        memset(&overlapped, 0, sizeof overlapped);
        error = WSAIoctl(s, rows[i].code, NULL, 0, NULL, 0, &bytes, &overlapped, NULL) == 0
                    ? 0
                    : WSAGetLastError();
        snprintf(fact, sizeof fact, "IOCTL-17.%d", 2 * i + 1);
        equals_code(fact, rows[i].name, (unsigned)error, ERROR_IO_PENDING);
        packet = conf_packet(port, error == ERROR_IO_PENDING ? CONF_WAIT_MS : 0);
        snprintf(fact, sizeof fact, "IOCTL-17.%d", 2 * i + 2);
        ok(!packet.result && packet.overlapped == &overlapped && packet.bytes == 0 &&
               packet.error == ERROR_NOT_SUPPORTED && packet.key == 31 &&
               conf_status(&overlapped) == CONF_STATUS_NOT_SUPPORTED,
           fact, "its packet: %s, %s, Internal %s", packet.overlapped == NULL ? "none" : "one",
           conf_name(packet.error), conf_name(conf_status(&overlapped)));
    }
    CloseHandle(port);
}

static void extensions(SOCKET s)
{
    GUID ids[] = {WSAID_ACCEPTEX, WSAID_GETACCEPTEXSOCKADDRS, WSAID_CONNECTEX, WSAID_DISCONNECTEX};
    GUID nobodys = {0x12345678, 0x1234, 0x1234, {1, 2, 3, 4, 5, 6, 7, 8}};
    void *function;
    DWORD bytes;

    for (int i = 0; i < 4; i++) {
        char fact[32];
        int error;

        snprintf(fact, sizeof fact, "DOC-IOCTL-01.%d", i + 1);
        function = NULL;
        bytes = 0;
        error = WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &ids[i], sizeof ids[i], &function,
                         sizeof function, &bytes, NULL, NULL);
        ok(error == 0 && bytes == sizeof function && function != NULL, fact,
           "extension %d: %s, bytes %d", i, function != NULL ? "found" : "not found", (int)bytes);
    }
    bytes = 0;
    fails("DOC-IOCTL-01.5", "an unknown extension",
          WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &nobodys, sizeof nobodys, &function,
                   sizeof function, &bytes, NULL, NULL) != 0,
          WSAEINVAL);
    fails("DOC-IOCTL-01.6", "no room for the pointer",
          WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &ids[0], sizeof ids[0], &function,
                   sizeof function - 1, &bytes, NULL, NULL) != 0,
          WSAEFAULT);
}

/* ---- Addresses and routes ---- */

static const char untouched[64]; /* what an output holds that nobody wrote to */

/* IOCTL-23. `in` NULL: no input. */
static void routing_fails(SOCKET s, const char *fact, const char *what, const void *in, DWORD bytes,
                          int wanted)
{
    SOCKADDR_IN out;
    DWORD returned = CONF_UNTOUCHED;
    int error;

    memset(&out, 0, sizeof out);
    error = WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, (void *)(ULONG_PTR)in, bytes, &out, sizeof out,
                     &returned, NULL, NULL) == 0
                ? 0
                : WSAGetLastError();
    ok(error == wanted && returned == CONF_UNTOUCHED && memcmp(&out, untouched, sizeof out) == 0,
       fact, "%s: %s, bytes %s", what, conf_name((unsigned)error),
       returned == CONF_UNTOUCHED ? "untouched" : "written");
}

static void routing_checks(SOCKET s)
{
    SOCKADDR_IN to = conf_loopback(0);
    SOCKADDR_IN6 other;
    SOCKADDR_IN out;

    fails("IOCTL-23.1", "SIO_ROUTING_INTERFACE_QUERY without a count",
          WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, sizeof to, &out, sizeof out, NULL, NULL,
                   NULL) != 0,
          WSAEFAULT);
    routing_fails(s, "IOCTL-23.2", "15 bytes", &to, sizeof to - 1, WSAEINVAL);
    routing_fails(s, "IOCTL-23.3", "no input", NULL, sizeof to, WSAEINVAL);
    to.sin_family = 0;
    routing_fails(s, "IOCTL-23.4", "family 0", &to, sizeof to, WSAEAFNOSUPPORT);
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = 0;
    routing_fails(s, "IOCTL-23.5", "address 0", &to, sizeof to, WSAEINVAL);
    memset(&other, 0, sizeof other);
    other.sin6_family = AF_INET6;
    other.sin6_addr.s6_addr[15] = 1;
    routing_fails(s, "DOC-IOCTL-05", "an IPv6 address", &other, sizeof other, WSAEAFNOSUPPORT);
}

static void routing_query(SOCKET s)
{
    SOCKADDR_IN to = conf_loopback(htons(80));
    SOCKADDR_IN out;
    DWORD returned = 0;
    int error;

    memset(&out, 0, sizeof out);
    error = WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, sizeof to, &out, sizeof out, &returned,
                     NULL, NULL);
    ok(error == 0 && returned == sizeof out, "IOCTL-24.1", "to 127.0.0.1: %s, bytes %d",
       error == 0 ? "succeeds" : "fails", (int)returned);
    ok(out.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && out.sin_family == AF_INET, "DOC-IOCTL-07",
       "the local address: %s",
       out.sin_addr.s_addr == htonl(INADDR_LOOPBACK) ? "127.0.0.1" : "another");
    returned = CONF_UNTOUCHED;
    error = WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, sizeof to, &out, sizeof out - 1,
                     &returned, NULL, NULL) == 0
                ? 0
                : WSAGetLastError();
    ok(error == WSAEFAULT && returned == sizeof out, "IOCTL-24.2",
       "a byte short: %s, the needed size is %s", conf_name((unsigned)error),
       returned == sizeof out ? "told" : "not told");
    returned = CONF_UNTOUCHED;
    error = WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, sizeof to, NULL, sizeof out, &returned,
                     NULL, NULL) == 0
                ? 0
                : WSAGetLastError();
    ok(error == WSAEFAULT && returned == CONF_UNTOUCHED, "IOCTL-24.3", "no output: %s, bytes %s",
       conf_name((unsigned)error), returned == CONF_UNTOUCHED ? "untouched" : "written");
}

static void routing_overlapped(void)
{
    SOCKADDR_IN to = conf_loopback(htons(80));
    SOCKET s = conf_tcp();
    HANDLE port = conf_port();
    SOCKADDR_IN out;
    OVERLAPPED overlapped;
    DWORD returned = 0;
    struct packet packet;
    int error;

    memset(&overlapped, 0, sizeof overlapped);
    conf_join_port(s, port, 31);
    error = WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, sizeof to, &out, sizeof out, &returned,
                     &overlapped, NULL) == 0
                ? 0
                : WSAGetLastError();
    ok(error == 0 && returned == sizeof out, "IOCTL-25.1", "overlapped: %s, bytes %d",
       conf_name((unsigned)error), (int)returned);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.result && packet.overlapped == &overlapped && packet.bytes == 0, "IOCTL-25.2",
       "its packet: %s, bytes %d", packet.overlapped == NULL ? "none" : "one", (int)packet.bytes);
    closesocket(s);
    CloseHandle(port);
}

static int list_query(SOCKET s, void *list, DWORD bytes, DWORD *returned, OVERLAPPED *overlapped)
{
    return WSAIoctl(s, SIO_ADDRESS_LIST_QUERY, NULL, 0, list, bytes, returned, overlapped, NULL) ==
                   0
               ? 0
               : WSAGetLastError();
}

static void list_too_small(SOCKET s, DWORD needed)
{
    static const struct {
        DWORD bytes;
        const char *what;
    } rows[] = {{0, "no room"}, {offsetof(SOCKET_ADDRESS_LIST, Address), "room for the header"}};
    char room[64];
    DWORD returned;
    int error;

    for (int i = 0; i < 2; i++) {
        char fact[32];

        memset(room, 0, sizeof room);
        returned = 0;
        error = list_query(s, i == 0 ? NULL : room, rows[i].bytes, &returned, NULL);
        snprintf(fact, sizeof fact, "IOCTL-29.%d", i + 1);
        ok(error == WSAEFAULT && returned == needed && memcmp(room, untouched, sizeof room) == 0,
           fact, "%s: %s, the needed size is %s", rows[i].what, conf_name((unsigned)error),
           returned == needed ? "told" : "not told");
    }
    returned = CONF_UNTOUCHED;
    error = list_query(s, room, 1, &returned, NULL);
    ok(error == WSAEINVAL && returned == 0, "IOCTL-29.3", "1 byte: %s, bytes %s",
       conf_name((unsigned)error), returned == 0 ? "0" : "another number");
}

static int list_all_bind(const SOCKET_ADDRESS_LIST *list)
{
    int all = 1;

    for (int i = 0; i < list->iAddressCount; i++) {
        SOCKET s = conf_socket(SOCK_DGRAM);

        all &= list->Address[i].iSockaddrLength == (int)sizeof(SOCKADDR_IN) &&
               list->Address[i].lpSockaddr->sa_family == AF_INET &&
               bind(s, list->Address[i].lpSockaddr, list->Address[i].iSockaddrLength) == 0;
        closesocket(s);
    }
    return all;
}

static void address_list(void)
{
    static union {
        SOCKET_ADDRESS_LIST list;
        char bytes[16384];
    } room;
    SOCKET s = conf_tcp();
    HANDLE port = conf_port();
    OVERLAPPED overlapped;
    struct packet packet;
    DWORD needed = 0;
    DWORD returned = 0;
    int error = list_query(s, &room, sizeof room, &needed, NULL);
    size_t count = error == 0 ? (size_t)room.list.iAddressCount : 0;

    ok(error == 0 && count > 0 &&
           needed == offsetof(SOCKET_ADDRESS_LIST, Address) + count * sizeof(SOCKET_ADDRESS) +
                         count * sizeof(SOCKADDR_IN),
       "IOCTL-30.1", "the list: %s", conf_name((unsigned)error));
    ok(error == 0 && list_all_bind(&room.list), "DOC-IOCTL-06", "its addresses may be bound to");
    list_too_small(s, needed);
    memset(&overlapped, 0, sizeof overlapped);
    conf_join_port(s, port, 31);
    error = list_query(s, &room, offsetof(SOCKET_ADDRESS_LIST, Address), &returned, &overlapped);
    packet = conf_packet(port, 0);
    ok(error == WSAEFAULT && overlapped.Internal == 0 && overlapped.InternalHigh == 0 &&
           packet.overlapped == NULL,
       "IOCTL-30.2", "overlapped, no room: %s, the OVERLAPPED is %s", conf_name((unsigned)error),
       overlapped.Internal == 0 ? "untouched" : "written to");
    error = list_query(s, &room, sizeof room, &returned, &overlapped);
    ok(error == 0 && returned == needed, "IOCTL-30.3", "overlapped: %s",
       conf_name((unsigned)error));
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.result && packet.overlapped == &overlapped && packet.bytes == 0, "IOCTL-30.4",
       "its packet: %s, bytes %d", packet.overlapped == NULL ? "none" : "one", (int)packet.bytes);
    closesocket(s);
    CloseHandle(port);
}

static int change_start(SOCKET s, OVERLAPPED *overlapped)
{
    DWORD returned = 0;

    return WSAIoctl(s, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &returned, overlapped, NULL) == 0
               ? 0
               : WSAGetLastError();
}

static void address_change(void)
{
    SOCKET s = conf_tcp();
    HANDLE port = conf_port();
    OVERLAPPED overlapped[2];
    u_long on = 1;
    struct packet packet;

    memset(overlapped, 0, sizeof overlapped);
    conf_join_port(s, port, 31);
    equals_code("IOCTL-26.1", "SIO_ADDRESS_LIST_CHANGE, overlapped, blocking socket",
                (unsigned)change_start(s, &overlapped[0]), ERROR_IO_PENDING);
    ioctlsocket(s, FIONBIO, &on);
    equals_code("IOCTL-26.2", "overlapped, non-blocking socket",
                (unsigned)change_start(s, &overlapped[1]), ERROR_IO_PENDING);
    equals_code("IOCTL-26.3", "not overlapped, non-blocking socket",
                (unsigned)change_start(s, NULL), WSAEWOULDBLOCK);
    packet = conf_packet(port, 0);
    ok(!packet.result && packet.overlapped == NULL && packet.error == WAIT_TIMEOUT, "IOCTL-27.1",
       "before anything ends it: %s", conf_name(packet.error));
    works("DOC-IOCTL-04.1", "CancelIoEx of the first", CancelIoEx((HANDLE)s, &overlapped[0]));
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(!packet.result && packet.overlapped == &overlapped[0] && packet.bytes == 0 &&
           packet.error == ERROR_OPERATION_ABORTED,
       "DOC-IOCTL-04.2", "its packet: %s", conf_name(packet.error));
    closesocket(s);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(!packet.result && packet.overlapped == &overlapped[1] && packet.bytes == 0 &&
           packet.error == ERROR_OPERATION_ABORTED && packet.key == 31,
       "IOCTL-27.2", "after closesocket: %s", conf_name(packet.error));
    CloseHandle(port);
}

static void quality_of_service(SOCKET s)
{
    static const struct {
        const char *name;
        DWORD code;
    } rows[] = {{"SIO_GET_QOS", SIO_GET_QOS}, {"SIO_SET_QOS", SIO_SET_QOS}};
    char in[128] = "";
    char out[128];

    for (int i = 0; i < 2; i++) {
        DWORD returned = 0;
        char fact[32];

        snprintf(fact, sizeof fact, "DOC-IOCTL-03.%d", i + 1);
        fails(fact, rows[i].name,
              WSAIoctl(s, rows[i].code, in, sizeof in, out, sizeof out, &returned, NULL, NULL) != 0,
              WSAENOPROTOOPT);
    }
}

int main(void)
{
    SOCKET s;

    conf_begin("ioctlsocket WSAIoctl");
    s = conf_tcp();
    without_count(s);
    extensions(s);
    non_blocking();
    unknown(s);
    routing_checks(s);
    routing_query(s);
    routing_overlapped();
    address_list();
    address_change();
    quality_of_service(s);
    closesocket(s);
    return conf_end();
}
