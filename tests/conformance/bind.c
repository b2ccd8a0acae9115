/* SPDX-License-Identifier: MIT
 *
 * bind, and who may share an address: BIND-01, BIND-03, REUSE-01, REUSE-02, REUSE-03, REUSE-04,
 * REUSE-05, REUSE-06, REUSE-10, REUSE-14, REUSE-15, IPV6ONLY-01. Documented: DOC-BIND-01 (bound
 * twice), -02 (address of another machine), -03 (port 0), -04 (free again after closesocket). */
#include "conf.h"

enum { PLAIN = 0 };

/* A TCP socket with one option bound to address:port, INVALID_SOCKET with the last error if not. */
static SOCKET bound(int option, ULONG address, u_short port)
{
    SOCKADDR_IN name = conf_loopback(port);
    SOCKET s = conf_tcp();
    int error;

    name.sin_addr.s_addr = htonl(address);
    if (option != PLAIN && conf_set(s, option, 1) != 0)
        conf_die("bind option");
    if (conf_bind(s, name) == 0)
        return s;
    error = WSAGetLastError();
    closesocket(s);
    WSASetLastError(error);
    return INVALID_SOCKET;
}

/* The IPv6 counterpart: `only` is IPV6_V6ONLY; the address is text-free: 16 bytes. */
static SOCKET bound6(int option, int only, const unsigned char *address, u_short port)
{
    struct sockaddr_in6 name;
    SOCKET s = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    int error;

    memset(&name, 0, sizeof name);
    name.sin6_family = AF_INET6;
    name.sin6_port = port;
    memcpy(&name.sin6_addr, address, 16);
    if (s == INVALID_SOCKET)
        conf_die("IPv6 socket");
    if ((option != PLAIN && conf_set(s, option, 1) != 0) ||
        (!only && setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&only, sizeof only) != 0) ||
        bind(s, (struct sockaddr *)&name, sizeof name) != 0) {
        error = WSAGetLastError();
        closesocket(s);
        WSASetLastError(error);
        return INVALID_SOCKET;
    }
    return s;
}

static u_short port_of(SOCKET s)
{
    return conf_address(s).sin_port; /* at the same place in sockaddr_in6 */
}

static u_short port_of6(SOCKET s)
{
    struct sockaddr_in6 name;
    int length = sizeof name;

    if (getsockname(s, (struct sockaddr *)&name, &length) != 0)
        conf_die("getsockname");
    return name.sin6_port;
}

static void arguments(void)
{
    SOCKET s = conf_tcp();
    SOCKET s6 = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    struct sockaddr_in6 name6;
    SOCKADDR_IN name = conf_loopback(0);
    int length = 24;

    fails("BIND-01.1", "NULL address", bind(s, NULL, sizeof name) != 0, WSAEFAULT);
    fails("BIND-01.2", "length 0", bind(s, (struct sockaddr *)&name, 0) != 0, WSAEFAULT);
    fails("BIND-01.3", "one byte short",
          bind(s, (struct sockaddr *)&name, (int)sizeof name - 1) != 0, WSAEFAULT);
    name.sin_family = (short)0xdead;
    fails("BIND-01.4", "unknown family", conf_bind(s, name) != 0, WSAEAFNOSUPPORT);
    memset(&name6, 0, sizeof name6);
    name6.sin6_family = AF_INET6;
    fails("BIND-03.1", "IPv6, 24 bytes", bind(s6, (struct sockaddr *)&name6, 24) != 0, WSAEFAULT);
    bind(s6, (struct sockaddr *)&name6, sizeof name6);
    fails("BIND-03.2", "getsockname, IPv6, 24 bytes",
          getsockname(s6, (struct sockaddr *)&name6, &length) != 0, WSAEFAULT);
    name = conf_loopback(0);
    name.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1: for documentation, never assigned */
    fails("DOC-BIND-02", "an address of another machine", conf_bind(s, name) != 0,
          WSAEADDRNOTAVAIL);
    works("DOC-BIND-03.1", "127.0.0.1, port 0", conf_bind(s, conf_loopback(0)) == 0);
    ok(port_of(s) != 0, "DOC-BIND-03.2", "it has %s", port_of(s) != 0 ? "a port" : "no port");
    fails("DOC-BIND-01", "bind again", conf_bind(s, conf_loopback(0)) != 0, WSAEINVAL);
    fails("DOC-BIND-05", "bind of an event", conf_bind((SOCKET)WSACreateEvent(), name) != 0,
          WSAENOTSOCK);
    closesocket(s);
    closesocket(s6);
}

/* Which of two listeners gets a connection to 127.0.0.1:port: 0, 1, or -1 for neither. */
static int who_accepts(SOCKET first, SOCKET second)
{
    char space[2][2 * (sizeof(SOCKADDR_IN) + 16)];
    SOCKET accepted[2] = {conf_tcp(), conf_tcp()};
    SOCKET listeners[2] = {first, second};
    OVERLAPPED overlapped[2];
    WSAEVENT events[2];
    SOCKET client;
    DWORD bytes = 0;
    DWORD winner;

    for (int i = 0; i < 2; i++) {
        overlapped[i] = conf_overlapped();
        events[i] = overlapped[i].hEvent;
        if (!conf.accept_ex(listeners[i], accepted[i], space[i], 0, sizeof(SOCKADDR_IN) + 16,
                            sizeof(SOCKADDR_IN) + 16, &bytes, &overlapped[i]) &&
            WSAGetLastError() != ERROR_IO_PENDING)
            conf_die("AcceptEx");
    }
    client = conf_connected(conf_loopback(port_of(first)));
    winner = WSAWaitForMultipleEvents(2, events, FALSE, CONF_WAIT_MS, FALSE);
    closesocket(client);
    closesocket(first); /* ends the accept that got nothing, before its memory goes */
    closesocket(second);
    for (int i = 0; i < 2; i++) {
        conf_signalled(events[i], CONF_WAIT_MS);
        closesocket(accepted[i]);
        WSACloseEvent(events[i]);
    }
    return winner <= WSA_WAIT_EVENT_0 + 1 ? (int)(winner - WSA_WAIT_EVENT_0) : -1;
}

static void shared(void)
{
    SOCKET first = bound(PLAIN, INADDR_LOOPBACK, 0);
    SOCKET second = bound(SO_REUSEADDR, INADDR_LOOPBACK, port_of(first));
    int value = -1;
    int length = sizeof value;

    fails("REUSE-01", "plain, then SO_REUSEADDR", second == INVALID_SOCKET, WSAEACCES);
    closesocket(first);
    first = bound(SO_REUSEADDR, INADDR_LOOPBACK, 0);
    second = bound(SO_REUSEADDR, INADDR_LOOPBACK, port_of(first));
    works("REUSE-02.1", "SO_REUSEADDR, then SO_REUSEADDR", second != INVALID_SOCKET);
    if (second != INVALID_SOCKET) {
        works("REUSE-02.2", "the first listens", listen(first, 5) == 0);
        works("REUSE-02.3", "the second listens", listen(second, 5) == 0);
        equals("REUSE-02.4", "who gets the connection", who_accepts(first, second), 0);
    }
    first = bound(SO_REUSEADDR, INADDR_LOOPBACK, 0);
    second = conf_tcp();
    getsockopt(second, SOL_SOCKET, SO_REUSEADDR, (char *)&value, &length);
    equals("REUSE-03.1", "SO_REUSEADDR of a new socket", value, 0);
    ok(conf_bind(second, conf_address(first)) != 0, "REUSE-03.2",
       "SO_REUSEADDR, then plain: refused");
    closesocket(first);
    closesocket(second);
}

static void specific(void)
{
    SOCKET any = bound(PLAIN, INADDR_ANY, 0);
    SOCKET one = bound(PLAIN, INADDR_LOOPBACK, port_of(any));

    works("REUSE-04.1", "any address, then 127.0.0.1", one != INVALID_SOCKET);
    if (one != INVALID_SOCKET) {
        works("REUSE-04.2", "both listen", listen(any, 5) == 0 && listen(one, 5) == 0);
        equals("REUSE-04.3", "who gets the connection", who_accepts(any, one), 1);
    }
    one = bound(PLAIN, INADDR_LOOPBACK, 0);
    listen(one, 5);
    any = bound(PLAIN, INADDR_ANY, port_of(one));
    works("REUSE-05.1", "127.0.0.1 listening, then any address", any != INVALID_SOCKET);
    if (any != INVALID_SOCKET) {
        works("REUSE-05.2", "it listens too", listen(any, 5) == 0);
        equals("REUSE-05.3", "who gets the connection", who_accepts(one, any), 0);
    }
    any = bound(PLAIN, INADDR_ANY, 0);
    one = bound(PLAIN, INADDR_ANY, port_of(any));
    fails("REUSE-06", "any address twice", one == INVALID_SOCKET, WSAEADDRINUSE);
    one = bound(SO_EXCLUSIVEADDRUSE, INADDR_LOOPBACK, port_of(any));
    works("REUSE-10.1", "any address, then exclusive 127.0.0.1", one != INVALID_SOCKET);
    closesocket(any);
    closesocket(one);
    one = bound(SO_EXCLUSIVEADDRUSE, INADDR_LOOPBACK, 0);
    any = bound(PLAIN, INADDR_ANY, port_of(one));
    works("REUSE-10.2", "exclusive 127.0.0.1, then any address", any != INVALID_SOCKET);
    closesocket(any);
    closesocket(one);
}

static const unsigned char ANY6[16];
static const unsigned char LOOPBACK6[16] = {[15] = 1};
static const unsigned char MAPPED_ANY[16] = {[10] = 0xff, [11] = 0xff};
static const unsigned char MAPPED_LOOPBACK[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};

static void families(void)
{
    SOCKET s4 = bound(PLAIN, INADDR_LOOPBACK, 0);
    SOCKET s6 = bound6(SO_EXCLUSIVEADDRUSE, 0, ANY6, port_of(s4));

    fails("REUSE-14.1", "127.0.0.1, then exclusive dual-stack any", s6 == INVALID_SOCKET,
          WSAEADDRINUSE);
    s6 = bound6(PLAIN, 0, MAPPED_LOOPBACK, port_of(s4));
    fails("REUSE-15.1", "127.0.0.1, then ::ffff:127.0.0.1", s6 == INVALID_SOCKET, WSAEADDRINUSE);
    closesocket(s4);
    s6 = bound6(PLAIN, 1, LOOPBACK6, 0);
    s4 = bound(SO_EXCLUSIVEADDRUSE, INADDR_ANY, port_of6(s6));
    works("REUSE-14.2", "::1, then exclusive IPv4 any", s4 != INVALID_SOCKET);
    closesocket(s4);
    closesocket(s6);
    s6 = bound6(PLAIN, 0, MAPPED_LOOPBACK, 0);
    if (s6 == INVALID_SOCKET)
        conf_die("mapped bind");
    s4 = bound(PLAIN, INADDR_LOOPBACK, port_of6(s6));
    fails("REUSE-15.2", "::ffff:127.0.0.1, then 127.0.0.1", s4 == INVALID_SOCKET, WSAEADDRINUSE);
    closesocket(s6);
    s4 = bound(PLAIN, INADDR_ANY, 0);
    s6 = bound6(PLAIN, 0, MAPPED_ANY, port_of(s4));
    fails("REUSE-15.3", "0.0.0.0, then ::ffff:0.0.0.0", s6 == INVALID_SOCKET, WSAEADDRINUSE);
    closesocket(s4);
    s6 = bound6(PLAIN, 0, MAPPED_ANY, 0);
    if (s6 == INVALID_SOCKET)
        conf_die("mapped bind");
    s4 = bound(PLAIN, INADDR_ANY, port_of6(s6));
    fails("REUSE-15.4", "::ffff:0.0.0.0, then 0.0.0.0", s4 == INVALID_SOCKET, WSAEADDRINUSE);
    closesocket(s6);
    s6 = bound6(PLAIN, 1, ANY6, 0);
    s4 = bound(PLAIN, INADDR_ANY, port_of6(s6));
    works("IPV6ONLY-01.1", "IPv6 any, then IPv4 any", s4 != INVALID_SOCKET);
    works("IPV6ONLY-01.2", "both listen", listen(s6, 5) == 0 && listen(s4, 5) == 0);
    closesocket(s4);
    closesocket(s6);
}

static void freed(void)
{
    SOCKET s = conf_listener();
    SOCKADDR_IN name = conf_address(s);
    SOCKET client = conf_connected(name);

    closesocket(s);
    s = conf_tcp();
    works("DOC-BIND-04.1", "the port of a closed listener", conf_bind(s, name) == 0);
    works("DOC-BIND-04.2", "listen on it", listen(s, 5) == 0);
    closesocket(client);
    closesocket(s);
}

int main(void)
{
    conf_begin("bind setsockopt");
    arguments();
    shared();
    specific();
    families();
    freed();
    return conf_end();
}
