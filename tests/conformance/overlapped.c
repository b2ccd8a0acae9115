/* SPDX-License-Identifier: MIT
 *
 * Overlapped calls and their results: OVERLAPPED-03, -05, -06, -07, -08, -09, -11, -13, -15, -17.
 * Documented: DOC-OVERLAPPED-01 (state while pending), -02 (the event is reset first), -03
 * (GetOverlappedResult waits), -04 (WSAGetOverlappedResult of a closed socket). */
#include "conf.h"

/* OVERLAPPED-05 to -09: the status in Internal and the error WSAGetOverlappedResult makes of it. */
static const struct {
    int fact;
    unsigned status;
    const char *name;
    int error;
} translations[] = {
    {5, 0xc0000017, "NO_MEMORY", WSAENOBUFS},
    {5, 0xc000009a, "INSUFFICIENT_RESOURCES", WSAENOBUFS},
    {5, 0xc0000044, "QUOTA_EXCEEDED", WSAENOBUFS},
    {5, 0xc0000007, "PAGEFILE_QUOTA", WSAENOBUFS},
    {5, 0xc000012d, "COMMITMENT_LIMIT", WSAENOBUFS},
    {5, 0xc00000a1, "WORKING_SET_QUOTA", WSAENOBUFS},
    {5, 0xc000013d, "REMOTE_RESOURCES", WSAENOBUFS},
    {5, 0xc0000209, "TOO_MANY_ADDRESSES", WSAENOBUFS},
    {5, 0xc0000018, "CONFLICTING_ADDRESSES", WSAENOBUFS},
    {5, 0xc0000097, "TOO_MANY_PAGING_FILES", WSAENOBUFS},
    {5, 0xc0000043, "SHARING_VIOLATION", WSAEADDRINUSE},
    {5, 0xc000020a, "ADDRESS_ALREADY_EXISTS", WSAEADDRINUSE},
    {5, 0xc00000a3, "DEVICE_NOT_READY", WSAEWOULDBLOCK},
    {5, 0xc00000d0, "REQUEST_NOT_ACCEPTED", WSAEWOULDBLOCK},
    {6, 0xc00000b0, "PIPE_DISCONNECTED", WSAESHUTDOWN},
    {6, 0xc00000b5, "IO_TIMEOUT", WSAETIMEDOUT},
    {6, 0xc000013f, "LINK_TIMEOUT", WSAETIMEDOUT},
    {6, 0xc00000bc, "REMOTE_NOT_LISTENING", WSAECONNREFUSED},
    {6, 0xc0000236, "CONNECTION_REFUSED", WSAECONNREFUSED},
    {6, 0xc0000120, "CANCELLED", WSA_OPERATION_ABORTED},
    {6, 0xc000013b, "LOCAL_DISCONNECT", WSAECONNABORTED},
    {6, 0xc000020f, "TRANSACTION_ABORTED", WSAECONNABORTED},
    {6, 0xc0000241, "CONNECTION_ABORTED", WSAECONNABORTED},
    {7, 0xc000013c, "REMOTE_DISCONNECT", WSAECONNRESET},
    {7, 0xc000013e, "LINK_FAILED", WSAECONNRESET},
    {7, 0xc000020c, "CONNECTION_DISCONNECTED", WSAECONNRESET},
    {7, 0xc000020d, "CONNECTION_RESET", WSAECONNRESET},
    {7, 0xc000023f, "PORT_UNREACHABLE", WSAECONNRESET},
    {7, 0xc0000140, "INVALID_CONNECTION", WSAENOTCONN},
    {7, 0xc000023b, "CONNECTION_ACTIVE", WSAEISCONN},
    {7, 0xc0000237, "GRACEFUL_DISCONNECT", WSAEDISCON},
    {7, 0xc0000240, "REQUEST_ABORTED", WSAEINTR},
    {8, 0xc0000141, "INVALID_ADDRESS", WSAEADDRNOTAVAIL},
    {8, 0xc0000207, "INVALID_ADDRESS_COMPONENT", WSAEADDRNOTAVAIL},
    {8, 0xc0000206, "INVALID_BUFFER_SIZE", WSAEMSGSIZE},
    {8, 0xc00000be, "BAD_NETWORK_PATH", WSAENETUNREACH},
    {8, 0xc000023c, "NETWORK_UNREACHABLE", WSAENETUNREACH},
    {8, 0xc000023e, "PROTOCOL_UNREACHABLE", WSAENETUNREACH},
    {8, 0xc000023d, "HOST_UNREACHABLE", WSAEHOSTUNREACH},
    {8, 0xc0000350, "HOST_DOWN", WSAEHOSTDOWN},
    {8, 0xc000000e, "NO_SUCH_DEVICE", WSAENETDOWN},
    {8, 0xc000000f, "NO_SUCH_FILE", WSAENETDOWN},
    {8, 0xc0000034, "OBJECT_NAME_NOT_FOUND", WSAENETDOWN},
    {8, 0xc000003a, "OBJECT_PATH_NOT_FOUND", WSAENETDOWN},
    {8, 0xc00000bf, "NETWORK_BUSY", WSAENETDOWN},
    {8, 0xc00000c3, "INVALID_NETWORK_RESPONSE", WSAENETDOWN},
    {8, 0xc00000c4, "UNEXPECTED_NETWORK_ERROR", WSAENETDOWN},
    {9, 0xc000007f, "DISK_FULL", WSAEINVAL},
    {9, 0xc00000bd, "DUPLICATE_NAME", WSAEINVAL},
    {9, 0x800703e4, "0x800703e4", 996},
    {9, 0xc00103e4, "0xc00103e4", 996},
    {9, 0xc00703e4, "0xc00703e4", 996},
};

static void translate(void)
{
    SOCKET s = conf_tcp();
    int line = 0;

    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++) {
        OVERLAPPED overlapped;
        DWORD bytes = 0;
        DWORD flags = 0;
        char fact[32];

        line = i > 0 && translations[i].fact != translations[i - 1].fact ? 1 : line + 1;
        snprintf(fact, sizeof fact, "OVERLAPPED-%02d.%d", translations[i].fact, line);
        memset(&overlapped, 0, sizeof overlapped);
        overlapped.Internal = translations[i].status;
        fails(fact, translations[i].name,
              !WSAGetOverlappedResult(s, &overlapped, &bytes, FALSE, &flags),
              translations[i].error);
    }
    closesocket(s);
}

static void pending(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    char data[8] = "";
    DWORD bytes = 0xdeadbeef;
    DWORD flags = 0;
    BOOL result;

    WSASetEvent(overlapped.hEvent);
    equals_code("DOC-OVERLAPPED-01.1", "WSARecv",
                (unsigned)conf_recv_start(pair.server, data, sizeof data, &overlapped),
                WSA_IO_PENDING);
    ok(!conf_signalled(overlapped.hEvent, 0), "DOC-OVERLAPPED-02", "it has reset the event");
    equals_code("DOC-OVERLAPPED-01.2", "Internal", conf_status(&overlapped), CONF_STATUS_PENDING);
    ok(!HasOverlappedIoCompleted(&overlapped), "DOC-OVERLAPPED-01.3", "not completed");
    result = WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &flags);
    fails("DOC-OVERLAPPED-01.4", "WSAGetOverlappedResult", !result, WSA_IO_INCOMPLETE);
    equals_code("DOC-OVERLAPPED-01.5", "its bytes", bytes, 0xdeadbeef);
    result = GetOverlappedResult((HANDLE)pair.server, &overlapped, &bytes, FALSE);
    fails("DOC-OVERLAPPED-01.6", "GetOverlappedResult", !result, ERROR_IO_INCOMPLETE);
    conf_send(pair.client, "four", 4);
    result = GetOverlappedResult((HANDLE)pair.server, &overlapped, &bytes, TRUE);
    ok(result && bytes == 4, "DOC-OVERLAPPED-03", "GetOverlappedResult with wait: %s, bytes %d",
       result ? "TRUE" : "FALSE", (int)bytes);
    ok(HasOverlappedIoCompleted(&overlapped) && overlapped.InternalHigh == 4, "DOC-OVERLAPPED-01.7",
       "completed, InternalHigh %d", (int)overlapped.InternalHigh);
    SetLastError(0xdeadbeef);
    result = WSAGetOverlappedResult(pair.server, &overlapped, &bytes, TRUE, &flags);
    ok(result && GetLastError() == 0, "OVERLAPPED-03", "WSAGetOverlappedResult: %s, last error %s",
       result ? "TRUE" : "FALSE", conf_name(GetLastError()));
    conf_pair_close(pair);
    result = WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &flags);
    fails("DOC-OVERLAPPED-04", "WSAGetOverlappedResult of a closed socket", !result, WSAENOTSOCK);
    WSACloseEvent(overlapped.hEvent);
}

static void non_blocking(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    u_long on = 1;
    char data[4];

    ioctlsocket(pair.server, FIONBIO, &on);
    fails("OVERLAPPED-11.1", "non-blocking WSARecv", conf_recv(pair.server, data, 4) < 0,
          WSAEWOULDBLOCK);
    equals_code("OVERLAPPED-11.2", "overlapped on the same socket",
                (unsigned)conf_recv_start(pair.server, data, 4, &overlapped), WSA_IO_PENDING);
    conf_send(pair.client, "abc", 3);
    equals("OVERLAPPED-11.3", "it ends with", conf_result(pair.server, &overlapped), 3);
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

static void without_event(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped;
    DWORD bytes = 0;
    char data[4];

    memset(&overlapped, 0, sizeof overlapped);
    conf_recv_start(pair.server, data, 4, &overlapped);
    equals_code("OVERLAPPED-13.1", "WaitForSingleObject(socket) while pending",
                WaitForSingleObject((HANDLE)pair.server, CONF_QUIET_MS), WAIT_TIMEOUT);
    conf_send(pair.client, "abc", 3);
    equals_code("OVERLAPPED-13.2", "afterwards",
                WaitForSingleObject((HANDLE)pair.server, CONF_WAIT_MS), WAIT_OBJECT_0);
    ok(GetOverlappedResult((HANDLE)pair.server, &overlapped, &bytes, TRUE) && bytes == 3,
       "OVERLAPPED-13.3", "GetOverlappedResult: %d bytes", (int)bytes);
    conf_pair_close(pair);
}

static void order(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped[2] = {conf_overlapped(), conf_overlapped()};
    char data[2][16];
    int bytes[2];

    for (int i = 0; i < 2; i++)
        conf_recv_start(pair.server, data[i], 16, &overlapped[i]);
    conf_send(pair.client, "0123456789abcdefghijklmnopqrstuv", 32);
    for (int i = 0; i < 2; i++)
        bytes[i] = conf_result(pair.server, &overlapped[i]);
    ok(bytes[0] == 16 && bytes[1] == 16, "OVERLAPPED-15.1", "32 bytes for two receives: %d and %d",
       bytes[0], bytes[1]);
    ok(memcmp(data[0], "0123456789abcdef", 16) == 0 && memcmp(data[1], "ghijklmnopqrstuv", 16) == 0,
       "OVERLAPPED-15.2", "they read '%.16s' and '%.16s'", data[0], data[1]);
    conf_pair_close(pair);
    WSACloseEvent(overlapped[0].hEvent);
    WSACloseEvent(overlapped[1].hEvent);
}

static void empty(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    char data[8] = "";

    equals_code("OVERLAPPED-17.1", "a zero-length receive",
                (unsigned)conf_recv_start(pair.server, data, 0, &overlapped), WSA_IO_PENDING);
    ok(!conf_signalled(overlapped.hEvent, CONF_QUIET_MS), "OVERLAPPED-17.2", "it waits for data");
    conf_send(pair.client, "abc", 3);
    equals("OVERLAPPED-17.3", "then its bytes", conf_result(pair.server, &overlapped), 0);
    equals_code("OVERLAPPED-17.4", "with data present",
                (unsigned)conf_recv_start(pair.server, data, 0, &overlapped), 0);
    equals("OVERLAPPED-17.5", "its bytes", conf_result(pair.server, &overlapped), 0);
    equals("OVERLAPPED-17.6", "the data are still there", conf_recv(pair.server, data, 8), 3);
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

int main(void)
{
    conf_begin("WSAGetOverlappedResult GetOverlappedResult WSARecv WaitForSingleObject");
    translate();
    pending();
    non_blocking();
    without_event();
    order();
    empty();
    return conf_end();
}
