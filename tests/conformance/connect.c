/* SPDX-License-Identifier: MIT
 *
 * connect and WSAConnect, and the time-outs of blocking calls. Documented: DOC-CONNECT-01
 * (addresses that are none), -02 (WSAConnect's data), -03 (a datagram socket's partner). The 1997
 * specification: SEED-CONNECT-01 (connect data), -02 (quality of service), -03 (groups), -04
 * (after a partner was taken away). */
#include "conf.h"

static int connect_to(SOCKET s, SOCKADDR_IN to)
{
    return connect(s, (struct sockaddr *)&to, sizeof to) != 0;
}

static int peer_of(SOCKET s)
{
    SOCKADDR_IN peer;
    int length = sizeof peer;

    return getpeername(s, (struct sockaddr *)&peer, &length) != 0;
}

static void states(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    SOCKET s = conf_tcp();

    fails("CONNECT-01.1", "connect of a listener", connect_to(listener, to), WSAEINVAL);
    works("CONNECT-05.4", "connect", !connect_to(s, to));
    fails("CONNECT-05.5", "connect again", connect_to(s, to), WSAEISCONN);
    shutdown(s, SD_BOTH);
    fails("SHUTDOWN-05.9", "connect after shutdown", connect_to(s, to), WSAEISCONN);
    works("SHUTDOWN-05.10", "getpeername after shutdown", !peer_of(s));
    closesocket(s);
    closesocket(listener);
}

static void refused(void)
{
    SOCKET holder = conf_bound(SOCK_STREAM); /* nobody listens at its port */
    SOCKADDR_IN wrong = conf_address(holder);
    SOCKET listener = conf_listener();
    SOCKET s = conf_tcp();

    fails("CONNECT-07.1", "connect to nobody", connect_to(s, wrong), WSAECONNREFUSED);
    works("CONNECT-07.2", "then to somebody", !connect_to(s, conf_address(listener)));
    closesocket(s);
    closesocket(listener);
    closesocket(holder);
}

static void later(void)
{
    SOCKET listener = conf_listener();
    SOCKET s = conf_tcp();
    SOCKET server;
    u_long on = 1;

    ioctlsocket(s, FIONBIO, &on);
    fails("EVENTS-33.9", "a non-blocking connect", connect_to(s, conf_address(listener)),
          WSAEWOULDBLOCK);
    works("EVENTS-33.10", "its local port at once", conf_address(s).sin_port != 0);
    server = accept(listener, NULL, NULL);
    works("EVENTS-33.11", "accept", server != INVALID_SOCKET);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
}

static void addresses(void)
{
    SOCKET s = conf_tcp();
    SOCKADDR_IN to = conf_loopback(0);

    fails("DOC-CONNECT-01.1", "too short", connect(s, (struct sockaddr *)&to, 15) != 0, WSAEFAULT);
    fails("DOC-CONNECT-01.2", "port 0", connect_to(s, to), WSAEADDRNOTAVAIL);
    to.sin_port = htons(9);
    to.sin_addr.s_addr = 0;
    fails("DOC-CONNECT-01.3", "address 0", connect_to(s, to), WSAEADDRNOTAVAIL);
    to.sin_family = AF_UNSPEC;
    fails("DOC-CONNECT-01.4", "no family", connect_to(s, to), WSAEAFNOSUPPORT);
    fails("DOC-CONNECT-01.5", "no socket", connect_to(INVALID_SOCKET, to), WSAENOTSOCK);
    closesocket(s);
}

static void data(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    SOCKET s = conf_tcp();
    char bytes[4] = "abc";
    WSABUF back = {4, bytes};

    works("DOC-CONNECT-02.1", "WSAConnect",
          WSAConnect(s, (struct sockaddr *)&to, sizeof to, NULL, &back, NULL, NULL) == 0);
    equals("DOC-CONNECT-02.2", "bytes that came back", back.len, 0);
    closesocket(s);
    closesocket(listener);
}

/* WSAConnect with one thing more, on a socket of its own: 0 or the error. */
static int connect_with(SOCKADDR_IN to, WSABUF *caller, WSABUF *callee, QOS *sqos, QOS *gqos)
{
    SOCKET s = conf_tcp();
    int error = WSAConnect(s, (struct sockaddr *)&to, sizeof to, caller, callee, sqos, gqos) == 0
                    ? 0
                    : WSAGetLastError();

    closesocket(s);
    return error;
}

static void more(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    char bytes[4] = "abc";
    WSABUF data = {3, bytes};
    WSABUF none = {0, NULL};
    WSABUF wild = {3, (char *)(ULONG_PTR)1};
    QOS quality;

    equals_code("SEED-CONNECT-01.1", "caller data",
                (unsigned)connect_with(to, &data, NULL, NULL, NULL), WSAEPROTONOSUPPORT);
    equals_code("SEED-CONNECT-01.2", "caller data of no bytes",
                (unsigned)connect_with(to, &none, NULL, NULL, NULL), 0);
    equals_code("SEED-CONNECT-01.3", "caller data at no address",
                (unsigned)connect_with(to, &wild, NULL, NULL, NULL), WSAEFAULT);
    equals_code("SEED-CONNECT-01.4", "room for callee data at no address",
                (unsigned)connect_with(to, NULL, &wild, NULL, NULL), WSAEFAULT);
    memset(&quality, 0, sizeof quality);
    quality.SendingFlowspec.ServiceType = SERVICETYPE_GUARANTEED;
    equals_code("SEED-CONNECT-02.1", "a guaranteed flow",
                (unsigned)connect_with(to, NULL, NULL, &quality, NULL), WSAEOPNOTSUPP);
    equals_code("SEED-CONNECT-02.2", "the same for a group that the socket did not make",
                (unsigned)connect_with(to, NULL, NULL, NULL, &quality), 0);
    quality.SendingFlowspec.ServiceType = SERVICETYPE_BESTEFFORT;
    equals_code("SEED-CONNECT-02.3", "best effort",
                (unsigned)connect_with(to, NULL, NULL, &quality, NULL), 0);
    quality.ProviderSpecific = wild;
    equals_code("SEED-CONNECT-02.4", "provider-specific flows too small for one",
                (unsigned)connect_with(to, NULL, NULL, &quality, NULL), WSAEFAULT);
    closesocket(listener);
}

static SOCKET in_group(GROUP group)
{
    return WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, group, WSA_FLAG_OVERLAPPED);
}

/* The 1997 specification's groups: 2 makes one that belongs to one host. */
static void groups(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    SOCKET first = in_group(2);
    SOCKET second;
    GROUP group = 0;
    int length = sizeof group;

    getsockopt(first, SOL_SOCKET, SO_GROUP_ID, (char *)&group, &length);
    ok(group != 0, "SEED-CONNECT-03.1", "a constrained group has a number");
    second = in_group(group);
    works("SEED-CONNECT-03.2", "its creator connects", !connect_to(first, to));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    fails("SEED-CONNECT-03.3", "its member to another host", connect_to(second, to), WSAEINVAL);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    works("SEED-CONNECT-03.4", "its member to the same", !connect_to(second, to));
    closesocket(second);
    closesocket(first);
    closesocket(listener);
}

static void partner(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);
    SOCKET one = conf_bound(SOCK_DGRAM);
    SOCKET two = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN nobody = conf_loopback(0);
    char data[4];
    u_long on = 1;
    u_short port;

    ioctlsocket(s, (long)FIONBIO, &on); /* no call may wait for ever */
    works("UDP-08.1", "connect", !connect_to(s, conf_address(one)));
    works("UDP-08.2", "connect to the same", !connect_to(s, conf_address(one)));
    port = conf_address(s).sin_port;
    works("UDP-08.3", "connect to another", !connect_to(s, conf_address(two)));
    works("DOC-CONNECT-03.1", "the port stays", conf_address(s).sin_port == port);
    nobody.sin_family = AF_UNSPEC;
    works("UDP-08.4", "connect to nobody", !connect_to(s, nobody));
    fails("UDP-08.5", "getpeername", peer_of(s), WSAENOTCONN);
    fails("DOC-CONNECT-03.2", "send", send(s, "x", 1, 0) != 1, WSAENOTCONN);
    fails("SEED-CONNECT-04", "recv", recv(s, data, sizeof data, 0) < 0, WSAENOTCONN);
    works("DOC-CONNECT-03.3", "the port still stays", conf_address(s).sin_port == port);
    closesocket(two);
    closesocket(one);
    closesocket(s);
}

static void time_out(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    DWORD value = 77;
    int length = sizeof value;
    char byte;

    getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&value, &length);
    equals("TIMEOUT-01.1", "SO_RCVTIMEO", value, 0);
    conf_set(s, SO_RCVTIMEO, 100);
    getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&value, &length);
    equals("SOCKOPT-GEN-01.9", "SO_RCVTIMEO set to 100", value, 100);
    fails("TIMEOUT-01.2", "recv", recv(s, &byte, 1, 0) != 0, WSAETIMEDOUT);
    closesocket(s);
}

int main(void)
{
    conf_begin("connect WSAConnect");
    states();
    refused();
    later();
    addresses();
    data();
    more();
    groups();
    partner();
    time_out();
    return conf_end();
}
