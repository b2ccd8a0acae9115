/* SPDX-License-Identifier: MIT
 *
 * WSAConnectByName and WSAConnectByList. Documented: DOC-CONNECTBY-01 (a connection by name, its
 * addresses and its context), -02 (mode and attempts), -03 (WSAConnectByList), -04 (its refusals),
 * -05 (time). */
#include "conf.h"

#ifdef __MINGW32__
typedef char *text;
typedef WCHAR *wide;
#else
typedef const char *text;
typedef WCHAR *wide;
#endif

typedef BOOL(PASCAL *by_list_call)(SOCKET, PSOCKET_ADDRESS_LIST, LPDWORD, LPSOCKADDR, LPDWORD,
                                   LPSOCKADDR, const struct timeval *, LPWSAOVERLAPPED);

/* Not every Windows has it; none: NULL. */
static by_list_call by_list_function(void)
{
#ifdef __MINGW32__
    FARPROC found = GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSAConnectByList");

    return (by_list_call)(void *)found;
#else
    return WSAConnectByList;
#endif
}

static int by_name(SOCKET s, const char *node, const char *service)
{
    return WSAConnectByNameA(s, (text)node, (text)service, NULL, NULL, NULL, NULL, NULL, NULL);
}

static const char *port_of(SOCKET listener)
{
    static char digits[8];

    snprintf(digits, sizeof digits, "%u", ntohs(conf_address(listener).sin_port));
    return digits;
}

static int update(SOCKET s)
{
    return setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0);
}

static int peer_of(SOCKET s, SOCKADDR_IN *peer)
{
    int length = sizeof *peer;

    memset(peer, 0, sizeof *peer);
    return getpeername(s, (struct sockaddr *)peer, &length) != 0;
}

static void refusals(void)
{
    SOCKET s = conf_tcp();
    SOCKET udp = conf_socket(SOCK_DGRAM);
    OVERLAPPED overlapped;

    memset(&overlapped, 0, sizeof overlapped);
    fails("CONNECTBYNAME-01.1", "no node", !by_name(s, NULL, "80"), WSAEINVAL);
    fails("CONNECTBYNAME-01.2", "no service", !by_name(s, "127.0.0.1", NULL), WSAEINVAL);
    fails("CONNECTBYNAME-01.3", "Reserved is given",
          !WSAConnectByNameA(s, (text) "127.0.0.1", (text) "80", NULL, NULL, NULL, NULL, NULL,
                             &overlapped),
          WSAEINVAL);
    fails("CONNECTBYNAME-05", "a service that nobody knows",
          !by_name(s, "127.0.0.1", "nobody_knows"), WSATYPE_NOT_FOUND);
    fails("CONNECTBYNAME-06", "a datagram socket", !by_name(udp, "127.0.0.1", "80"), WSAEFAULT);
    fails("DOC-CONNECTBY-01.1", "no socket", !by_name(INVALID_SOCKET, "127.0.0.1", "80"),
          WSAENOTSOCK);
    closesocket(udp);
    closesocket(s);
}

static void by_names(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    SOCKET s = conf_tcp();
    SOCKET closed = conf_bound(SOCK_STREAM);
    SOCKADDR_IN local, remote, peer;
    DWORD local_bytes = sizeof local, remote_bytes = sizeof remote;
    char data[4];
    SOCKET server;
    u_long on = 1;

    memset(&local, 0, sizeof local);
    memset(&remote, 0, sizeof remote);
    works("CONNECTBYNAME-04.1", "127.0.0.1, with addresses",
          WSAConnectByNameA(s, (text) "127.0.0.1", (text)port_of(listener), &local_bytes,
                            (struct sockaddr *)&local, &remote_bytes, (struct sockaddr *)&remote,
                            NULL, NULL));
    equals("CONNECTBYNAME-04.2", "lengths together", (int)(local_bytes + remote_bytes),
           2 * (int)sizeof local);
    equals("CONNECTBYNAME-04.3", "the local port given back", local.sin_port, 0);
    ok(local.sin_family == AF_INET && local.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
       "CONNECTBYNAME-04.4", "the local address is loopback's");
    ok(memcmp(&remote, &to, sizeof to) == 0, "CONNECTBYNAME-04.5",
       "the remote one is the listener");
    fails("DOC-CONNECTBY-01.2", "getpeername before SO_UPDATE_CONNECT_CONTEXT", peer_of(s, &peer),
          WSAENOTCONN);
    works("DOC-CONNECTBY-01.3", "SO_UPDATE_CONNECT_CONTEXT", update(s) == 0);
    works("DOC-CONNECTBY-01.4", "getpeername after it", !peer_of(s, &peer));
    ok(memcmp(&remote, &peer, sizeof peer) == 0, "CONNECTBYNAME-04.6", "it says the same");
    server = accept(listener, NULL, NULL);
    conf_send(s, "abc", 3);
    equals("DOC-CONNECTBY-01.5", "bytes that arrive", conf_recv(server, data, sizeof data), 3);
    fails("DOC-CONNECTBY-01.6", "once more", !by_name(s, "127.0.0.1", port_of(listener)),
          WSAEISCONN);
    closesocket(server);
    closesocket(s);

    s = conf_tcp();
    ioctlsocket(s, (long)FIONBIO, &on);
    works("DOC-CONNECTBY-02.1", "a non-blocking socket, localhost",
          by_name(s, "localhost", port_of(listener)));
    closesocket(s);
    s = conf_bound(SOCK_STREAM);
    works("DOC-CONNECTBY-02.2", "a bound socket", by_name(s, "127.0.0.1", port_of(listener)));
    closesocket(s);
    s = conf_tcp();
    fails("DOC-CONNECTBY-02.3", "nobody listens", !by_name(s, "127.0.0.1", port_of(closed)),
          WSAECONNREFUSED);
    works("DOC-CONNECTBY-02.4", "the same socket, somebody does",
          by_name(s, "127.0.0.1", port_of(listener)));
    closesocket(s);
    closesocket(closed);
    closesocket(listener);
}

static void wide_names(void)
{
    WCHAR node[] = L"127.0.0.1";
    WCHAR service[8];
    SOCKET listener = conf_listener();
    SOCKET s = conf_tcp();
    const char *digits = port_of(listener);
    size_t i;

    for (i = 0; digits[i] != 0; i++)
        service[i] = (WCHAR)digits[i];
    service[i] = 0;
    fails("CONNECTBYNAME-01.4", "WSAConnectByNameW, no node",
          !WSAConnectByNameW(s, NULL, service, NULL, NULL, NULL, NULL, NULL, NULL), WSAEINVAL);
    works("DOC-CONNECTBY-02.5", "WSAConnectByNameW",
          WSAConnectByNameW(s, (wide)node, service, NULL, NULL, NULL, NULL, NULL, NULL));
    closesocket(s);
    closesocket(listener);
}

/* ---- Lists ---- */

struct targets {
    INT count;
    SOCKET_ADDRESS each[3];
    SOCKADDR_IN names[3];
};

static void add(struct targets *targets, SOCKADDR_IN name)
{
    int i = targets->count++;

    targets->names[i] = name;
    targets->each[i].lpSockaddr = (struct sockaddr *)&targets->names[i];
    targets->each[i].iSockaddrLength = sizeof name;
}

static int list(by_list_call call, SOCKET s, struct targets *targets, const struct timeval *timeout)
{
    return call(s, (PSOCKET_ADDRESS_LIST)(void *)targets, NULL, NULL, NULL, NULL, timeout, NULL);
}

static void by_lists(by_list_call call)
{
    SOCKET listener = conf_listener();
    SOCKET closed = conf_bound(SOCK_STREAM);
    SOCKET s = conf_tcp();
    SOCKADDR_IN remote, peer;
    DWORD bytes = sizeof remote;
    struct targets targets;
    u_long on = 1;

    memset(&targets, 0, sizeof targets);
    add(&targets, conf_address(closed));
    fails("DOC-CONNECTBY-03.1", "nobody listens", !list(call, s, &targets, NULL), WSAECONNREFUSED);
    closesocket(s);
    s = conf_tcp();
    ioctlsocket(s, (long)FIONBIO, &on);
    add(&targets, conf_address(listener));
    works("DOC-CONNECTBY-03.2", "the second answers, non-blocking",
          call(s, (PSOCKET_ADDRESS_LIST)(void *)&targets, NULL, NULL, &bytes,
               (struct sockaddr *)&remote, NULL, NULL));
    peer = conf_address(listener);
    ok(bytes == sizeof remote && memcmp(&remote, &peer, sizeof peer) == 0, "DOC-CONNECTBY-03.3",
       "the address given back is that one's");
    fails("DOC-CONNECTBY-03.4", "getpeername", peer_of(s, &peer), WSAENOTCONN);
    works("DOC-CONNECTBY-03.5", "SO_UPDATE_CONNECT_CONTEXT", update(s) == 0);
    works("DOC-CONNECTBY-03.6", "getpeername after it", !peer_of(s, &peer));
    closesocket(s);
    closesocket(closed);
    closesocket(listener);
}

static void list_refusals(by_list_call call)
{
    SOCKET listener = conf_listener();
    SOCKET s = conf_tcp();
    SOCKET bound = conf_bound(SOCK_STREAM);
    SOCKET udp = conf_socket(SOCK_DGRAM);
    OVERLAPPED overlapped;
    struct targets targets;

    memset(&overlapped, 0, sizeof overlapped);
    memset(&targets, 0, sizeof targets);
    fails("DOC-CONNECTBY-04.1", "an empty list", !list(call, s, &targets, NULL), WSAEINVAL);
    add(&targets, conf_address(listener));
    fails("DOC-CONNECTBY-04.2", "no socket", !list(call, INVALID_SOCKET, &targets, NULL),
          WSAENOTSOCK);
    fails("DOC-CONNECTBY-04.3", "no list", !list(call, s, NULL, NULL), WSAEINVAL);
    fails(
        "DOC-CONNECTBY-04.4", "Reserved is given",
        !call(s, (PSOCKET_ADDRESS_LIST)(void *)&targets, NULL, NULL, NULL, NULL, NULL, &overlapped),
        WSAEINVAL);
    fails("DOC-CONNECTBY-04.5", "a bound socket", !list(call, bound, &targets, NULL), WSAEINVAL);
    fails("DOC-CONNECTBY-04.6", "a datagram socket", !list(call, udp, &targets, NULL), WSAEINVAL);
    fails("DOC-CONNECTBY-04.7", "a listener", !list(call, listener, &targets, NULL), WSAEINVAL);
    closesocket(udp);
    closesocket(bound);
    closesocket(s);
    closesocket(listener);
}

/* The first attempt gets no answer: the listener's queue is full. */
static void too_late(by_list_call call)
{
    SOCKET waiting[4], listener = conf_bound(SOCK_STREAM), other = conf_listener();
    SOCKET s = conf_tcp();
    struct timeval soon = {0, CONF_QUIET_MS * 1000};
    struct targets targets;

    listen(listener, 1);
    for (int i = 0; i < 2; i++) {
        SOCKADDR_IN to = conf_address(listener);

        waiting[i] = conf_tcp();
        connect(waiting[i], (struct sockaddr *)&to, sizeof to);
    }
    memset(&targets, 0, sizeof targets);
    add(&targets, conf_address(listener));
    add(&targets, conf_address(other));
    fails("DOC-CONNECTBY-05", "no answer in time", !list(call, s, &targets, &soon), WSAETIMEDOUT);
    closesocket(s);
    for (int i = 0; i < 2; i++)
        closesocket(waiting[i]);
    closesocket(other);
    closesocket(listener);
}

int main(void)
{
    by_list_call call = by_list_function();

    conf_begin("WSAConnectByNameA WSAConnectByNameW WSAConnectByList setsockopt");
    refusals();
    by_names();
    wide_names();
    if (call != NULL) {
        by_lists(call);
        list_refusals(call);
        too_late(call);
    }
    return conf_end();
}
