/* SPDX-License-Identifier: MIT
 *
 * ConnectEx: CONNECT-01, CONNECT-03, CONNECT-05, CONNECTING-03, CONNECTING-04, IOCP-12 (each in its
 * ConnectEx part). Documented: DOC-CONNECTEX-01 (SO_UPDATE_CONNECT_CONTEXT), -02 (refused), -03 (no
 * address), -04 (IPv6), -05 (closesocket while connecting), DOC-CONNECTTIME-01. */
#include "conf.h"

static void refusals(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    OVERLAPPED overlapped = conf_overlapped();
    struct pair pair;
    DWORD sent = 0;
    SOCKET s = conf_tcp();

    equals_code("CONNECT-01", "ConnectEx on a listening socket",
                (unsigned)conf_connect_start(listener, to, &overlapped), WSAEINVAL);
    equals_code("CONNECT-03.1", "no socket",
                (unsigned)conf_connect_start(INVALID_SOCKET, to, &overlapped), WSAENOTSOCK);
    equals_code("CONNECT-03.2", "an unbound socket",
                (unsigned)conf_connect_start(s, to, &overlapped), WSAEINVAL);
    conf_bind(s, conf_loopback(0));
    fails("CONNECT-03.3", "no OVERLAPPED",
          !conf.connect_ex(s, (struct sockaddr *)&to, sizeof to, NULL, 0, &sent, NULL),
          ERROR_INVALID_PARAMETER);
    closesocket(s);
    pair = conf_pair();
    equals_code("CONNECT-05.1", "connected by ConnectEx",
                (unsigned)conf_connect_start(pair.client, to, &overlapped), WSAEISCONN);
    equals_code("CONNECT-05.2", "an accepted socket",
                (unsigned)conf_connect_start(pair.server, to, &overlapped), WSAEISCONN);
    conf_pair_close(pair);
    s = conf_connected_raw(to);
    equals_code("CONNECT-05.3", "connected, context not updated",
                (unsigned)conf_connect_start(s, to, &overlapped), WSAEISCONN);
    closesocket(s);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

static int connect_time(SOCKET s)
{
    int seconds = 0;
    int length = sizeof seconds;

    if (getsockopt(s, SOL_SOCKET, SO_CONNECT_TIME, (char *)&seconds, &length) != 0)
        return -2;
    return seconds;
}

static void context(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN peer;
    int length = sizeof peer;
    SOCKET s = conf_bound(SOCK_STREAM);

    equals("DOC-CONNECTTIME-01.1", "SO_CONNECT_TIME before", connect_time(s), -1);
    closesocket(s);
    s = conf_connected_raw(conf_address(listener));
    ok(connect_time(s) >= 0 && connect_time(s) < 60, "DOC-CONNECTTIME-01.2",
       "SO_CONNECT_TIME after ConnectEx: %s", connect_time(s) >= 0 ? "seconds" : "none");
    fails("DOC-CONNECTEX-01.1", "getpeername before SO_UPDATE_CONNECT_CONTEXT",
          getpeername(s, (struct sockaddr *)&peer, &length) != 0, WSAENOTCONN);
    fails("DOC-CONNECTEX-01.2", "shutdown before it", shutdown(s, SD_SEND) != 0, WSAENOTCONN);
    works("DOC-CONNECTEX-01.3", "SO_UPDATE_CONNECT_CONTEXT",
          setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) == 0);
    length = sizeof peer;
    memset(&peer, 0, sizeof peer);
    getpeername(s, (struct sockaddr *)&peer, &length);
    ok(peer.sin_port == conf_address(listener).sin_port, "DOC-CONNECTEX-01.4",
       "getpeername after it: the listener");
    works("DOC-CONNECTEX-01.5", "shutdown after it", shutdown(s, SD_SEND) == 0);
    closesocket(s);
    closesocket(listener);
}

static void packet_line(const char *fact, const char *what, struct packet packet, int bytes)
{
    ok(packet.result && packet.key == 77 && (int)packet.bytes == bytes, fact,
       "%s: %s, key %d, bytes %d", what,
       packet.overlapped == NULL ? "no packet"
       : packet.result           ? "TRUE"
                                 : "FALSE",
       (int)packet.key, (int)packet.bytes);
}

static void packets(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    OVERLAPPED overlapped = conf_overlapped();
    HANDLE port = conf_port();
    char hello[] = "hello";
    char data[8] = "";
    DWORD sent = 0;
    SOCKET s = conf_bound(SOCK_STREAM);
    SOCKET server;

    conf_join_port(s, port, 77);
    equals_code("IOCP-12.1", "ConnectEx", (unsigned)conf_connect_start(s, to, &overlapped),
                ERROR_IO_PENDING);
    packet_line("IOCP-12.2", "its packet", conf_packet(port, CONF_WAIT_MS), 0);
    works("IOCP-12.3", "its event too", conf_done(&overlapped));
    closesocket(s);
    closesocket(accept(listener, NULL, NULL));

    s = conf_bound(SOCK_STREAM);
    conf_join_port(s, port, 77);
    conf.connect_ex(s, (struct sockaddr *)&to, sizeof to, hello, 5, &sent, &overlapped);
    packet_line("IOCP-12.4", "with 5 bytes of data", conf_packet(port, CONF_WAIT_MS), 5);
    server = accept(listener, NULL, NULL);
    equals("IOCP-12.5", "the peer gets", conf_recv(server, data, sizeof data), 5);
    ok(memcmp(data, hello, 5) == 0, "IOCP-12.6", "it reads '%s'", data);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
    CloseHandle(port);
    WSACloseEvent(overlapped.hEvent);
}

static void refused(void)
{
    SOCKET closed = conf_bound(SOCK_STREAM); /* nobody listens, and nobody else can */
    SOCKET s = conf_bound(SOCK_STREAM);
    OVERLAPPED overlapped = conf_overlapped();
    HANDLE port = conf_port();
    SOCKADDR_IN nowhere = conf_loopback(htons(1));
    struct packet packet;
    DWORD bytes = 0;
    DWORD flags = 0;
    int error;

    conf_join_port(s, port, 5);
    conf_connect_start(s, conf_address(closed), &overlapped);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(!packet.result && packet.bytes == 0 && packet.key == 5 && packet.overlapped == &overlapped &&
           packet.error == CONF_CONNECTION_REFUSED,
       "DOC-CONNECTEX-02.1", "nobody listens: %s, %s, bytes %d", packet.result ? "TRUE" : "FALSE",
       conf_name(packet.error), (int)packet.bytes);
    equals_code("DOC-CONNECTEX-02.2", "Internal", conf_status(&overlapped), CONF_STATUS_REFUSED);
    fails("DOC-CONNECTEX-02.3", "WSAGetOverlappedResult",
          !WSAGetOverlappedResult(s, &overlapped, &bytes, FALSE, &flags), WSAECONNREFUSED);
    closesocket(s);
    closesocket(closed);
    CloseHandle(port);

    s = conf_bound(SOCK_STREAM);
    nowhere.sin_addr.s_addr = htonl(INADDR_ANY);
    error = conf_connect_start(s, nowhere, &overlapped);
    if (error == ERROR_IO_PENDING && conf_result(s, &overlapped) < 0)
        error = WSAGetLastError();
    equals_code("DOC-CONNECTEX-03", "to 0.0.0.0, at once or at its end", (unsigned)error,
                WSAEADDRNOTAVAIL);
    closesocket(s);
    WSACloseEvent(overlapped.hEvent);
}

/* ConnectEx calls that stay pending: the listener's backlog is full, and nobody accepts. Nothing is
 * on the stack, because a call wrongly accepted may outlive the function. */
static void connecting(void)
{
    static OVERLAPPED overlapped[16];
    static OVERLAPPED other[4];
    static char data[4] = "abc";
    SOCKET sockets[16];
    SOCKET listener = conf_bound(SOCK_STREAM);
    HANDLE port = conf_port();
    struct packet packet;
    SOCKADDR_IN to;
    SOCKET s;
    int count = 0;

    listen(listener, 1);
    to = conf_address(listener);
    for (int i = 0; i < 4; i++)
        other[i] = conf_overlapped();
    do {
        s = sockets[count] = conf_bound(SOCK_STREAM);
        overlapped[count] = conf_overlapped();
        conf_connect_start(s, to, &overlapped[count]);
    } while (conf_signalled(overlapped[count++].hEvent, CONF_QUIET_MS) && count < 16);
    equals_code("CONNECTING-04.1", "a ConnectEx to a full backlog",
                conf_status(&overlapped[count - 1]), CONF_STATUS_PENDING);
    equals_code("CONNECTING-04.2", "a second ConnectEx",
                (unsigned)conf_connect_start(s, to, &other[0]), WSAEINVAL);
    equals_code("CONNECTING-03.1", "WSASend while connecting",
                (unsigned)conf_send_start(s, data, 3, &other[1]), WSAENOTCONN);
    equals_code("CONNECTING-03.2", "WSARecv while connecting",
                (unsigned)conf_recv_start(s, data, 3, &other[2]), WSAENOTCONN);

    s = conf_bound(SOCK_STREAM);
    conf_join_port(s, port, 6);
    conf_connect_start(s, to, &other[3]);
    closesocket(s);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.overlapped == &other[3] && !packet.result && packet.bytes == 0, "DOC-CONNECTEX-05",
       "closesocket while connecting: %s",
       packet.overlapped == NULL ? "no packet"
       : packet.result           ? "TRUE"
                                 : "FALSE");
    closesocket(listener);
    for (int i = 0; i < count; i++)
        closesocket(sockets[i]);
    CloseHandle(port);
}

static void ipv6(void)
{
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    SOCKET s = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    OVERLAPPED overlapped = conf_overlapped();
    struct sockaddr_in6 name;
    int length = sizeof name;
    char data[4] = "";
    DWORD sent = 0;
    SOCKET server;

    memset(&name, 0, sizeof name);
    name.sin6_family = AF_INET6;
    name.sin6_addr.s6_addr[15] = 1;
    works("DOC-CONNECTEX-04.1", "bind to ::1, both",
          bind(listener, (struct sockaddr *)&name, sizeof name) == 0 &&
              bind(s, (struct sockaddr *)&name, sizeof name) == 0);
    works("DOC-CONNECTEX-04.2", "listen", listen(listener, 5) == 0);
    getsockname(listener, (struct sockaddr *)&name, &length);
    equals("DOC-CONNECTEX-04.3", "length of its name", length, sizeof name);
    conf.connect_ex(s, (struct sockaddr *)&name, sizeof name, NULL, 0, &sent, &overlapped);
    equals("DOC-CONNECTEX-04.4", "ConnectEx ends with", conf_result(s, &overlapped), 0);
    server = accept(listener, (struct sockaddr *)&name, &length);
    ok(server != INVALID_SOCKET && length == sizeof name && name.sin6_family == AF_INET6,
       "DOC-CONNECTEX-04.5", "accept: length %d, family %d", length, name.sin6_family);
    conf_send(server, "abc", 3);
    equals("DOC-CONNECTEX-04.6", "bytes that arrive", conf_recv(s, data, sizeof data), 3);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
}

int main(void)
{
    conf_begin("ConnectEx setsockopt getpeername GetQueuedCompletionStatus");
    refusals();
    context();
    packets();
    refused();
    connecting();
    ipv6();
    return conf_end();
}
