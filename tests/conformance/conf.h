/* SPDX-License-Identifier: MIT
 *
 * What every conformance program needs: lines of facts, names of codes, sockets on loopback, pairs,
 * overlapped calls and packets. Everything is inline and uses Windows' own calls only, because the
 * same source is built for Wine and for ws2ring. run.py reads what the programs print:
 *
 *     ok FACT-ID[.N] what was seen          not ok FACT-ID[.N] what was seen
 *     # covers: calls                       # lines: how many facts were printed
 *
 * What was seen must not depend on the run: no port numbers, handles or times. */
#ifndef CONF_H
#define CONF_H

#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>
#include <ws2tcpip.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONF_WAIT_MS = 5000, /* for what must come: only a failing test ever waits that long */
    CONF_QUIET_MS = 60,  /* for what must not come */
    CONF_UNTOUCHED = 0x5a5a5a5a,
};

/* Codes and states that only some Windows headers name. */
#define CONF_STATUS_PENDING       0x00000103u
#define CONF_STATUS_NOT_SUPPORTED 0xc00000bbu
#define CONF_STATUS_CANCELLED     0xc0000120u
#define CONF_STATUS_RESET         0xc000020du
#define CONF_STATUS_REFUSED       0xc0000236u
#define CONF_STATUS_CONN_ABORTED  0xc0000241u
#define CONF_CONNECTION_REFUSED   1225 /* ERROR_CONNECTION_REFUSED */
#define CONF_CONNECTION_ABORTED   1236 /* ERROR_CONNECTION_ABORTED */
#define CONF_NETNAME_DELETED      64   /* ERROR_NETNAME_DELETED */
#define CONF_SKIP_PORT_ON_SUCCESS 1    /* FILE_SKIP_COMPLETION_PORT_ON_SUCCESS */

struct conf {
    int lines;
    int failures;
    LPFN_ACCEPTEX accept_ex;
    LPFN_GETACCEPTEXSOCKADDRS accept_ex_addresses;
    LPFN_CONNECTEX connect_ex;
    LPFN_DISCONNECTEX disconnect_ex;
};

static struct conf conf;

/* ---- Lines ---- */

static inline const char *conf_name(unsigned code)
{
    static const struct {
        unsigned code;
        const char *name;
    } names[] = {
        {0, "0"},
        {6, "INVALID_HANDLE"},
        {64, "ERROR_NETNAME_DELETED"},
        {87, "INVALID_PARAMETER"},
        {192, "WAIT_IO_COMPLETION"},
        {258, "WAIT_TIMEOUT"},
        {735, "ERROR_ABANDONED_WAIT_0"},
        {995, "OPERATION_ABORTED"},
        {996, "IO_INCOMPLETE"},
        {997, "IO_PENDING"},
        {1168, "ERROR_NOT_FOUND"},
        {1225, "ERROR_CONNECTION_REFUSED"},
        {1236, "ERROR_CONNECTION_ABORTED"},
        {0xdeadbeef, "untouched"},
        {0xffffffff, "-1"},
        {CONF_STATUS_PENDING, "STATUS_PENDING"},
        {CONF_STATUS_NOT_SUPPORTED, "STATUS_NOT_SUPPORTED"},
        {CONF_STATUS_CANCELLED, "STATUS_CANCELLED"},
        {CONF_STATUS_RESET, "STATUS_CONNECTION_RESET"},
        {CONF_STATUS_REFUSED, "STATUS_CONNECTION_REFUSED"},
        {CONF_STATUS_CONN_ABORTED, "STATUS_CONNECTION_ABORTED"},
#define CONF_ROW(code) {code, #code}
        CONF_ROW(WSAEINTR),
        CONF_ROW(WSAEACCES),
        CONF_ROW(WSAEFAULT),
        CONF_ROW(WSAEINVAL),
        CONF_ROW(WSAEMFILE),
        CONF_ROW(WSAEWOULDBLOCK),
        CONF_ROW(WSAEINPROGRESS),
        CONF_ROW(WSAEALREADY),
        CONF_ROW(WSAENOTSOCK),
        CONF_ROW(WSAEDESTADDRREQ),
        CONF_ROW(WSAEMSGSIZE),
        CONF_ROW(WSAEPROTOTYPE),
        CONF_ROW(WSAENOPROTOOPT),
        CONF_ROW(WSAEPROTONOSUPPORT),
        CONF_ROW(WSAESOCKTNOSUPPORT),
        CONF_ROW(WSAEOPNOTSUPP),
        CONF_ROW(WSAEAFNOSUPPORT),
        CONF_ROW(WSAEADDRINUSE),
        CONF_ROW(WSAEADDRNOTAVAIL),
        CONF_ROW(WSAENETDOWN),
        CONF_ROW(WSAENETUNREACH),
        CONF_ROW(WSAENETRESET),
        CONF_ROW(WSAECONNABORTED),
        CONF_ROW(WSAECONNRESET),
        CONF_ROW(WSAENOBUFS),
        CONF_ROW(WSAEISCONN),
        CONF_ROW(WSAENOTCONN),
        CONF_ROW(WSAESHUTDOWN),
        CONF_ROW(WSAETIMEDOUT),
        CONF_ROW(WSAECONNREFUSED),
        CONF_ROW(WSAEHOSTDOWN),
        CONF_ROW(WSAEHOSTUNREACH),
        CONF_ROW(WSASYSNOTREADY),
        CONF_ROW(WSAVERNOTSUPPORTED),
        CONF_ROW(WSANOTINITIALISED),
        CONF_ROW(WSAEDISCON),
#undef CONF_ROW
    };
    static char numbers[4][16]; /* several may stand in one line */
    static int next;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == code)
            return names[i].name;
    next = (next + 1) % 4;
    snprintf(numbers[next], sizeof numbers[next], code < 65536 ? "%u" : "0x%x", code);
    return numbers[next];
}

/* Prints a fact, and clears the last error so that the next line cannot inherit it. */
__attribute__((format(printf, 3, 4))) static inline void ok(int holds, const char *fact,
                                                            const char *seen, ...)
{
    va_list arguments;

    printf("%s %s ", holds ? "ok" : "not ok", fact);
    va_start(arguments, seen);
    vprintf(seen, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
    conf.lines++;
    conf.failures += !holds;
    WSASetLastError(0);
}

/* The call just made must have failed with `wanted`. */
static inline void fails(const char *fact, const char *what, int failed, int wanted)
{
    int error = WSAGetLastError();

    if (failed)
        ok(error == wanted, fact, "%s: fails, %s", what, conf_name((unsigned)error));
    else
        ok(0, fact, "%s: succeeds", what);
}

/* The call just made must have succeeded. */
static inline void works(const char *fact, const char *what, int done)
{
    int error = WSAGetLastError();

    if (done)
        ok(1, fact, "%s: succeeds", what);
    else
        ok(0, fact, "%s: fails, %s", what, conf_name((unsigned)error));
}

static inline void equals(const char *fact, const char *what, long long seen, long long wanted)
{
    ok(seen == wanted, fact, "%s: %d", what, (int)seen);
}

/* As equals(), for error codes and NT statuses. */
static inline void equals_code(const char *fact, const char *what, unsigned seen, unsigned wanted)
{
    ok(seen == wanted, fact, "%s: %s", what, conf_name(seen));
}

static inline void conf_die(const char *what)
{
    printf("# cannot go on: %s: %s\n", what, conf_name((unsigned)WSAGetLastError()));
    fflush(stdout);
    exit(3);
}

static inline int conf_end(void)
{
    printf("# lines: %d\n", conf.lines);
    fflush(stdout);
    return conf.failures != 0;
}

/* ---- Sockets and addresses ---- */

static inline SOCKADDR_IN conf_loopback(u_short port)
{
    SOCKADDR_IN address;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = port; /* in network order, as getsockname() gives it */
    return address;
}

static inline SOCKADDR_IN conf_address(SOCKET s)
{
    SOCKADDR_IN address;
    int length = sizeof address;

    memset(&address, 0, sizeof address);
    if (getsockname(s, (struct sockaddr *)&address, &length) != 0)
        conf_die("getsockname");
    return address;
}

static inline int conf_bind(SOCKET s, SOCKADDR_IN address)
{
    return bind(s, (struct sockaddr *)&address, sizeof address);
}

static inline SOCKET conf_socket(int type)
{
    SOCKET s = socket(AF_INET, type, 0);

    if (s == INVALID_SOCKET)
        conf_die("socket");
    return s;
}

static inline SOCKET conf_tcp(void)
{
    return conf_socket(SOCK_STREAM);
}

static inline SOCKET conf_bound(int type)
{
    SOCKET s = conf_socket(type);

    if (conf_bind(s, conf_loopback(0)) != 0)
        conf_die("bind");
    return s;
}

static inline SOCKET conf_listener(void)
{
    SOCKET s = conf_bound(SOCK_STREAM);

    if (listen(s, 16) != 0)
        conf_die("listen");
    return s;
}

static inline int conf_set(SOCKET s, int option, int value)
{
    return setsockopt(s, SOL_SOCKET, option, (const char *)&value, sizeof value);
}

/* ---- Waiting ---- */

/* A zeroed OVERLAPPED with an event of its own. */
static inline OVERLAPPED conf_overlapped(void)
{
    OVERLAPPED overlapped;

    memset(&overlapped, 0, sizeof overlapped);
    overlapped.hEvent = WSACreateEvent();
    if (overlapped.hEvent == WSA_INVALID_EVENT)
        conf_die("WSACreateEvent");
    return overlapped;
}

static inline int conf_signalled(WSAEVENT event, DWORD wait_ms)
{
    return WSAWaitForMultipleEvents(1, &event, TRUE, wait_ms, FALSE) == WSA_WAIT_EVENT_0;
}

static inline int conf_done(const OVERLAPPED *overlapped)
{
    return conf_signalled(overlapped->hEvent, CONF_WAIT_MS);
}

/* Internal. While the call is pending another thread writes it, and only the macro may look. */
static inline unsigned conf_status(const OVERLAPPED *overlapped)
{
    return HasOverlappedIoCompleted(overlapped) ? (unsigned)overlapped->Internal
                                                : CONF_STATUS_PENDING;
}

/* How an overlapped call ended: bytes, or minus one and the Winsock code as the last error. */
static inline int conf_result(SOCKET s, OVERLAPPED *overlapped)
{
    DWORD bytes = 0;
    DWORD flags = 0;

    if (!conf_done(overlapped)) {
        WSASetLastError(WAIT_TIMEOUT);
        return -1;
    }
    return WSAGetOverlappedResult(s, overlapped, &bytes, FALSE, &flags) ? (int)bytes : -1;
}

/* One packet, with every output preset so that one can see which were written. */
struct packet {
    BOOL result;
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    DWORD error;
};

static inline struct packet conf_packet(HANDLE port, DWORD wait_ms)
{
    struct packet packet = {FALSE, 0xdeadbeef, 0xdeadbeef, (OVERLAPPED *)0xdeadbeef, 0};

    SetLastError(0xdeadbeef);
    packet.result =
        GetQueuedCompletionStatus(port, &packet.bytes, &packet.key, &packet.overlapped, wait_ms);
    packet.error = GetLastError();
    return packet;
}

static inline HANDLE conf_port(void)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);

    if (port == NULL)
        conf_die("CreateIoCompletionPort");
    return port;
}

static inline void conf_join_port(SOCKET s, HANDLE port, ULONG_PTR key)
{
    if (CreateIoCompletionPort((HANDLE)s, port, key, 0) != port)
        conf_die("CreateIoCompletionPort, association");
}

/* ---- Data ---- */

/* Each returns 0 or the error code: WSA_IO_PENDING when the call goes on. */
static inline int conf_recv_start(SOCKET s, char *data, unsigned size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD flags = 0;

    return WSARecv(s, &buffer, 1, NULL, &flags, overlapped, NULL) == 0 ? 0 : WSAGetLastError();
}

static inline int conf_send_start(SOCKET s, const char *data, unsigned size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, (char *)data};

    return WSASend(s, &buffer, 1, NULL, 0, overlapped, NULL) == 0 ? 0 : WSAGetLastError();
}

/* The synchronous forms: bytes, or minus one with the last error. */
static inline int conf_recv(SOCKET s, char *data, unsigned size)
{
    WSABUF buffer = {size, data};
    DWORD bytes = 0;
    DWORD flags = 0;

    return WSARecv(s, &buffer, 1, &bytes, &flags, NULL, NULL) == 0 ? (int)bytes : -1;
}

static inline int conf_send(SOCKET s, const char *data, unsigned size)
{
    WSABUF buffer = {size, (char *)data};
    DWORD bytes = 0;

    return WSASend(s, &buffer, 1, &bytes, 0, NULL, NULL) == 0 ? (int)bytes : -1;
}

/* ---- Connections ---- */

static inline void conf_extension(SOCKET s, GUID id, void *function)
{
    DWORD bytes = 0;

    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, function, sizeof(void *),
                 &bytes, NULL, NULL) != 0)
        conf_die("SIO_GET_EXTENSION_FUNCTION_POINTER");
}

/* Starts Winsock and loads the extension functions; `covers` names the calls under test. */
static inline void conf_begin(const char *covers)
{
    WSADATA data;
    SOCKET s;

    printf("# covers: %s\n", covers);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        conf_die("WSAStartup");
    s = conf_tcp();
    conf_extension(s, (GUID)WSAID_ACCEPTEX, &conf.accept_ex);
    conf_extension(s, (GUID)WSAID_GETACCEPTEXSOCKADDRS, &conf.accept_ex_addresses);
    conf_extension(s, (GUID)WSAID_CONNECTEX, &conf.connect_ex);
    conf_extension(s, (GUID)WSAID_DISCONNECTEX, &conf.disconnect_ex);
    closesocket(s);
    WSASetLastError(0);
}

/* ConnectEx without first data: 0 or the error code. */
static inline int conf_connect_start(SOCKET s, SOCKADDR_IN to, OVERLAPPED *overlapped)
{
    DWORD sent = 0;

    return conf.connect_ex(s, (struct sockaddr *)&to, sizeof to, NULL, 0, &sent, overlapped)
               ? 0
               : WSAGetLastError();
}

/* A socket connected to `to` by ConnectEx; its context is not updated yet. */
static inline SOCKET conf_connected_raw(SOCKADDR_IN to)
{
    SOCKET s = conf_bound(SOCK_STREAM);
    OVERLAPPED overlapped = conf_overlapped();
    int error = conf_connect_start(s, to, &overlapped);

    if ((error != 0 && error != WSA_IO_PENDING) || conf_result(s, &overlapped) != 0)
        conf_die("ConnectEx");
    WSACloseEvent(overlapped.hEvent);
    return s;
}

static inline SOCKET conf_connected(SOCKADDR_IN to)
{
    SOCKET s = conf_connected_raw(to);

    if (setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) != 0)
        conf_die("SO_UPDATE_CONNECT_CONTEXT");
    return s;
}

struct pair {
    SOCKET client; /* connected by ConnectEx */
    SOCKET server; /* accepted */
};

static inline struct pair conf_pair(void)
{
    SOCKET listener = conf_listener();
    struct pair pair;

    pair.client = conf_connected(conf_address(listener));
    pair.server = accept(listener, NULL, NULL);
    if (pair.server == INVALID_SOCKET)
        conf_die("accept");
    closesocket(listener);
    WSASetLastError(0);
    return pair;
}

static inline void conf_pair_close(struct pair pair)
{
    closesocket(pair.client);
    closesocket(pair.server);
}

/* Closes with a reset instead of a graceful end. */
static inline void conf_reset(SOCKET s)
{
    struct linger hard = {1, 0};

    if (setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard) != 0)
        conf_die("SO_LINGER");
    closesocket(s);
}

#endif
