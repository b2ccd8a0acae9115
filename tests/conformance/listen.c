/* SPDX-License-Identifier: MIT
 *
 * listen and accept: LISTEN-02, LISTEN-03, LISTEN-06, ACCEPT-04, ACCEPT-05, ACCEPT-06, ACCEPT-07.
 * Documented: DOC-LISTEN-01 (wrong sockets), DOC-ACCEPT-01 (wrong sockets), -02 (non-blocking), -03
 * (an accepted socket inherits non-blocking mode), -04 (names), -05 (a client that has gone). */
#include "conf.h"

static void backlogs(void)
{
    static const int backlogs[] = {-2, 1, SOMAXCONN};
    SOCKET s = conf_tcp();
    struct pair pair = conf_pair();
    SOCKET udp = conf_bound(SOCK_DGRAM);

    for (int i = 0; i < 3; i++) {
        char fact[32];

        snprintf(fact, sizeof fact, "LISTEN-02.%d", i + 1);
        fails(fact, "listen on an unbound socket", listen(s, backlogs[i]) != 0, WSAEINVAL);
    }
    conf_bind(s, conf_loopback(0));
    works("LISTEN-03.1", "listen with backlog 0", listen(s, 0) == 0);
    works("LISTEN-03.2", "listen again with SOMAXCONN", listen(s, SOMAXCONN) == 0);
    fails("DOC-LISTEN-01.1", "listen on a connected socket", listen(pair.client, 1) != 0,
          WSAEISCONN);
    fails("DOC-LISTEN-01.2", "listen on UDP", listen(udp, 1) != 0, WSAEOPNOTSUPP);
    closesocket(s);
    fails("DOC-LISTEN-01.3", "listen on a closed socket", listen(s, 1) != 0, WSAENOTSOCK);
    fails("DOC-ACCEPT-01.1", "accept on a closed socket", accept(s, NULL, NULL) == INVALID_SOCKET,
          WSAENOTSOCK);
    fails("DOC-ACCEPT-01.2", "accept on UDP", accept(udp, NULL, NULL) == INVALID_SOCKET,
          WSAEOPNOTSUPP);
    fails("DOC-ACCEPT-01.3", "accept on a connected socket",
          accept(pair.server, NULL, NULL) == INVALID_SOCKET, WSAEINVAL);
    s = conf_bound(SOCK_STREAM);
    fails("DOC-ACCEPT-01.4", "accept without listen", accept(s, NULL, NULL) == INVALID_SOCKET,
          WSAEINVAL);
    closesocket(s);
    closesocket(udp);
    conf_pair_close(pair);
}

static DWORD WINAPI listen_and_exit(LPVOID s)
{
    return (DWORD)listen(*(SOCKET *)s, 5);
}

static void outlives_thread(void)
{
    SOCKET s = conf_bound(SOCK_STREAM);
    HANDLE thread = CreateThread(NULL, 0, listen_and_exit, &s, 0, NULL);
    SOCKET client;
    SOCKET server;
    DWORD code = 1;

    WaitForSingleObject(thread, CONF_WAIT_MS);
    GetExitCodeThread(thread, &code);
    equals("LISTEN-06.1", "listen in a thread that exits", code, 0);
    client = conf_connected(conf_address(s));
    server = accept(s, NULL, NULL);
    works("LISTEN-06.2", "accept afterwards", server != INVALID_SOCKET);
    CloseHandle(thread);
    closesocket(client);
    closesocket(server);
    closesocket(s);
}

/* Each of the three has a listener of its own: whether a failed accept takes the connection away is
 * not said anywhere. */
static void without_room(void)
{
    SOCKET listener = conf_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKADDR_STORAGE peer;
    int length = 0;

    fails("ACCEPT-04.1", "accept with length 0",
          accept(listener, (struct sockaddr *)&peer, &length) == INVALID_SOCKET, WSAEFAULT);
    equals("ACCEPT-04.2", "the length after it", length, 0);
    closesocket(client);
    closesocket(listener);
}

static void without_length(void)
{
    SOCKET listener = conf_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKADDR_STORAGE peer;
    SOCKADDR_STORAGE untouched;
    SOCKET server;

    memset(&peer, 0x5a, sizeof peer);
    untouched = peer;
    server = accept(listener, (struct sockaddr *)&peer, NULL);
    works("ACCEPT-05.1", "accept with an address and no length", server != INVALID_SOCKET);
    ok(memcmp(&peer, &untouched, sizeof peer) == 0, "ACCEPT-05.2", "the address: %s",
       memcmp(&peer, &untouched, sizeof peer) == 0 ? "untouched" : "written");
    closesocket(server);
    closesocket(client);
    closesocket(listener);
}

static void addresses(void)
{
    SOCKET listener = conf_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKADDR_IN local = conf_address(client);
    SOCKADDR_STORAGE peer;
    int length = sizeof peer;
    SOCKET server = accept(listener, (struct sockaddr *)&peer, &length);

    ok(server != INVALID_SOCKET && length == sizeof(SOCKADDR_IN), "ACCEPT-06.1",
       "accept with room for any address: length %d", length);
    ok(((SOCKADDR_IN *)&peer)->sin_port == local.sin_port &&
           ((SOCKADDR_IN *)&peer)->sin_addr.s_addr == local.sin_addr.s_addr,
       "ACCEPT-06.2", "the address is the client's");
    length = sizeof peer;
    works("DOC-ACCEPT-04.1", "getpeername of the accepted socket",
          getpeername(server, (struct sockaddr *)&peer, &length) == 0);
    ok(((SOCKADDR_IN *)&peer)->sin_port == local.sin_port, "DOC-ACCEPT-04.2", "it is the client's");
    ok(conf_address(server).sin_port == conf_address(listener).sin_port, "DOC-ACCEPT-04.3",
       "getsockname: the listener's");
    closesocket(server);
    closesocket(client);
    closesocket(listener);
}

static int get(SOCKET s, int level, int option)
{
    int value = 0;
    int length = sizeof value;

    return getsockopt(s, level, option, (char *)&value, &length) == 0 ? value : -1;
}

static void inherited(void)
{
    SOCKET listener = conf_tcp();
    struct linger linger = {1, 9};
    int length = sizeof linger;
    int on = 1;
    SOCKET client;
    SOCKET server;

    conf_set(listener, SO_REUSEADDR, 1);
    conf_bind(listener, conf_loopback(0));
    conf_set(listener, SO_KEEPALIVE, 1);
    conf_set(listener, SO_SNDBUF, 0x123);
    conf_set(listener, SO_RCVBUF, 0x123);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof on);
    setsockopt(listener, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger);
    listen(listener, 5);
    client = conf_connected(conf_address(listener));
    server = accept(listener, NULL, NULL);
    equals("ACCEPT-07.1", "SO_REUSEADDR", get(server, SOL_SOCKET, SO_REUSEADDR), 1);
    equals("ACCEPT-07.2", "SO_KEEPALIVE", get(server, SOL_SOCKET, SO_KEEPALIVE), 1);
    equals("ACCEPT-07.3", "SO_SNDBUF", get(server, SOL_SOCKET, SO_SNDBUF), 0x123);
    equals("ACCEPT-07.4", "SO_RCVBUF", get(server, SOL_SOCKET, SO_RCVBUF), 0x123);
    equals("ACCEPT-07.5", "TCP_NODELAY", get(server, IPPROTO_TCP, TCP_NODELAY), 1);
    linger.l_onoff = linger.l_linger = 0;
    getsockopt(server, SOL_SOCKET, SO_LINGER, (char *)&linger, &length);
    ok(linger.l_onoff != 0 && linger.l_linger == 9, "ACCEPT-07.6", "SO_LINGER: %s, %d",
       linger.l_onoff != 0 ? "on" : "off", linger.l_linger);
    equals("ACCEPT-07.7", "SO_ACCEPTCONN is not inherited", get(server, SOL_SOCKET, SO_ACCEPTCONN),
           0);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
}

static void non_blocking(void)
{
    SOCKET listener = conf_listener();
    u_long on = 1;
    char data[4];
    SOCKET client;
    SOCKET server;

    works("DOC-ACCEPT-02.1", "FIONBIO", ioctlsocket(listener, FIONBIO, &on) == 0);
    fails("DOC-ACCEPT-02.2", "accept with nobody there",
          accept(listener, NULL, NULL) == INVALID_SOCKET, WSAEWOULDBLOCK);
    client = conf_connected(conf_address(listener));
    server = accept(listener, NULL, NULL);
    works("DOC-ACCEPT-02.3", "accept of a client", server != INVALID_SOCKET);
    fails("DOC-ACCEPT-03", "WSARecv on the accepted socket", conf_recv(server, data, 4) < 0,
          WSAEWOULDBLOCK);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
}

static void gone(void)
{
    SOCKET listener = conf_listener();
    u_long on = 1;

    ioctlsocket(listener, FIONBIO, &on);
    conf_reset(conf_connected(conf_address(listener)));
    fails("DOC-ACCEPT-05.1", "accept of a client that has reset",
          accept(listener, NULL, NULL) == INVALID_SOCKET, WSAECONNRESET);
    fails("DOC-ACCEPT-05.2", "accept again", accept(listener, NULL, NULL) == INVALID_SOCKET,
          WSAEWOULDBLOCK);
    closesocket(listener);
}

int main(void)
{
    conf_begin("listen accept ioctlsocket getsockopt getpeername getsockname");
    backlogs();
    outlives_thread();
    without_room();
    without_length();
    addresses();
    inherited();
    non_blocking();
    gone();
    return conf_end();
}
