/* SPDX-License-Identifier: MIT
 *
 * bind, and who may share an address: BIND-01, BIND-03, REUSE-01, REUSE-02, REUSE-03, REUSE-04,
 * REUSE-05, REUSE-06, REUSE-10, REUSE-14, REUSE-15, IPV6ONLY-01. Documented: DOC-BIND-01 (bound
 * twice), -02 (address of another machine), -03 (port 0), -04 (free again after closesocket). */
#include "conf.h"

enum { PLAIN = 0, ATTEMPTS = 20 };

static const unsigned char ANY4[16] = {[10] = 0xff, [11] = 0xff};
static const unsigned char LOOPBACK4[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};
static const unsigned char ANY6[16];
static const unsigned char LOOPBACK6[16] = {[15] = 1};

/* What one of two sockets binds to. IPv6 may have an IPv4 address: it is mapped, as here. */
struct wish {
    int family;
    const unsigned char *address;
    int option;  /* PLAIN, SO_REUSEADDR or SO_EXCLUSIVEADDRUSE */
    int dual;    /* IPV6_V6ONLY off */
    int listens; /* at once */
};

static int bind_to(SOCKET s, const struct wish *wish, u_short port)
{
    struct sockaddr_in6 name6;
    SOCKADDR_IN name = conf_loopback(port);

    if (wish->family == AF_INET) {
        memcpy(&name.sin_addr, wish->address + 12, 4);
        return conf_bind(s, name);
    }
    memset(&name6, 0, sizeof name6);
    name6.sin6_family = AF_INET6;
    name6.sin6_port = port;
    memcpy(&name6.sin6_addr, wish->address, 16);
    return bind(s, (struct sockaddr *)&name6, sizeof name6);
}

/* A bound socket, or INVALID_SOCKET with the last error of bind. */
static SOCKET bound(const struct wish *wish, u_short port)
{
    SOCKET s = socket(wish->family, SOCK_STREAM, IPPROTO_TCP);
    int off = 0;
    int error;

    if (s == INVALID_SOCKET || (wish->option != PLAIN && conf_set(s, wish->option, 1) != 0) ||
        (wish->dual && setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof off) != 0))
        conf_die("socket");
    if (bind_to(s, wish, port) == 0 && (!wish->listens || listen(s, 5) == 0))
        return s;
    error = WSAGetLastError();
    closesocket(s);
    WSASetLastError(error);
    return INVALID_SOCKET;
}

static u_short port_of(SOCKET s)
{
    struct sockaddr_in6 name; /* the port is at the same place in sockaddr_in */
    int length = sizeof name;

    if (getsockname(s, (struct sockaddr *)&name, &length) != 0)
        conf_die("getsockname");
    return name.sin6_port;
}

/* A port that is free on every address, if nobody takes it meanwhile. */
static u_short free_port(void)
{
    static const struct wish everything = {AF_INET6, ANY6, PLAIN, 1, 0};
    SOCKET s = bound(&everything, 0);
    u_short port;

    if (s == INVALID_SOCKET)
        conf_die("a free port");
    port = port_of(s);
    closesocket(s);
    return port;
}

/* Binds two sockets to one port: 0, or the error of the second. Where that should succeed, other
 * ports are tried too: the system chooses one that is free for the first socket's address, and a
 * stranger, or a connection that was there before, may hold it on the second's. */
static int both(const struct wish *first, const struct wish *second, int wanted, SOCKET s[2])
{
    int error = 0;

    for (int i = 0; i < ATTEMPTS; i++) {
        s[0] = bound(first, i == 0 ? 0 : free_port());
        if (s[0] == INVALID_SOCKET && i > 0 && i < ATTEMPTS - 1)
            continue;
        if (s[0] == INVALID_SOCKET)
            conf_die("first bind");
        s[1] = bound(second, port_of(s[0]));
        error = s[1] == INVALID_SOCKET ? WSAGetLastError() : 0;
        if (error == 0 || wanted != 0 || i == ATTEMPTS - 1)
            break;
        closesocket(s[0]);
    }
    return error;
}

static void close_both(SOCKET s[2])
{
    closesocket(s[0]);
    if (s[1] != INVALID_SOCKET)
        closesocket(s[1]);
}

/* One line about two binds; both sockets are closed. */
static void pair_line(const char *fact, const char *what, const struct wish *first,
                      const struct wish *second, int wanted)
{
    SOCKET s[2];
    int error = both(first, second, wanted, s);

    equals_code(fact, what, (unsigned)error, (unsigned)wanted);
    close_both(s);
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

/* Which of two listeners gets a connection to 127.0.0.1:port: 0, 1, or -1 for neither. Closes both;
 * -1 too when the second could not be bound. */
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

    if (second == INVALID_SOCKET) {
        closesocket(first);
        return -1;
    }
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
    static const struct wish plain = {AF_INET, LOOPBACK4, PLAIN, 0, 0};
    static const struct wish reuse = {AF_INET, LOOPBACK4, SO_REUSEADDR, 0, 0};
    SOCKET s[2];
    SOCKET third = conf_tcp();
    int value = -1;
    int length = sizeof value;

    pair_line("REUSE-01", "plain, then SO_REUSEADDR", &plain, &reuse, WSAEACCES);
    equals_code("REUSE-02.1", "SO_REUSEADDR, then SO_REUSEADDR",
                (unsigned)both(&reuse, &reuse, 0, s), 0);
    works("REUSE-02.2", "the first listens", listen(s[0], 5) == 0);
    works("REUSE-02.3", "the second listens", listen(s[1], 5) == 0);
    equals("REUSE-02.4", "who gets the connection", who_accepts(s[0], s[1]), 0);
    s[0] = bound(&reuse, 0);
    getsockopt(third, SOL_SOCKET, SO_REUSEADDR, (char *)&value, &length);
    equals("REUSE-03.1", "SO_REUSEADDR of a new socket", value, 0);
    ok(conf_bind(third, conf_address(s[0])) != 0, "REUSE-03.2",
       "SO_REUSEADDR, then plain: refused");
    closesocket(s[0]);
    closesocket(third);
}

static void specific(void)
{
    static const struct wish any = {AF_INET, ANY4, PLAIN, 0, 0};
    static const struct wish one = {AF_INET, LOOPBACK4, PLAIN, 0, 0};
    static const struct wish listening = {AF_INET, LOOPBACK4, PLAIN, 0, 1};
    static const struct wish exclusive = {AF_INET, LOOPBACK4, SO_EXCLUSIVEADDRUSE, 0, 0};
    SOCKET s[2];

    equals_code("REUSE-04.1", "any address, then 127.0.0.1", (unsigned)both(&any, &one, 0, s), 0);
    works("REUSE-04.2", "both listen", listen(s[0], 5) == 0 && listen(s[1], 5) == 0);
    equals("REUSE-04.3", "who gets the connection", who_accepts(s[0], s[1]), 1);
    equals_code("REUSE-05.1", "127.0.0.1 listening, then any address",
                (unsigned)both(&listening, &any, 0, s), 0);
    works("REUSE-05.2", "it listens too", listen(s[1], 5) == 0);
    equals("REUSE-05.3", "who gets the connection", who_accepts(s[0], s[1]), 0);
    pair_line("REUSE-06", "any address twice", &any, &any, WSAEADDRINUSE);
    pair_line("REUSE-10.1", "any address, then exclusive 127.0.0.1", &any, &exclusive, 0);
    pair_line("REUSE-10.2", "exclusive 127.0.0.1, then any address", &exclusive, &any, 0);
}

static void families(void)
{
    static const struct wish any4 = {AF_INET, ANY4, PLAIN, 0, 0};
    static const struct wish one4 = {AF_INET, LOOPBACK4, PLAIN, 0, 0};
    static const struct wish exclusive4 = {AF_INET, ANY4, SO_EXCLUSIVEADDRUSE, 0, 0};
    static const struct wish any6 = {AF_INET6, ANY6, PLAIN, 0, 0};
    static const struct wish one6 = {AF_INET6, LOOPBACK6, PLAIN, 0, 0};
    static const struct wish dual6 = {AF_INET6, ANY6, SO_EXCLUSIVEADDRUSE, 1, 0};
    static const struct wish mapped_one = {AF_INET6, LOOPBACK4, PLAIN, 1, 0};
    static const struct wish mapped_any = {AF_INET6, ANY4, PLAIN, 1, 0};
    SOCKET s[2];

    pair_line("REUSE-14.1", "127.0.0.1, then exclusive dual-stack any", &one4, &dual6,
              WSAEADDRINUSE);
    pair_line("REUSE-14.2", "::1, then exclusive IPv4 any", &one6, &exclusive4, 0);
    pair_line("REUSE-15.1", "127.0.0.1, then ::ffff:127.0.0.1", &one4, &mapped_one, WSAEADDRINUSE);
    pair_line("REUSE-15.2", "::ffff:127.0.0.1, then 127.0.0.1", &mapped_one, &one4, WSAEADDRINUSE);
    pair_line("REUSE-15.3", "0.0.0.0, then ::ffff:0.0.0.0", &any4, &mapped_any, WSAEADDRINUSE);
    pair_line("REUSE-15.4", "::ffff:0.0.0.0, then 0.0.0.0", &mapped_any, &any4, WSAEADDRINUSE);
    equals_code("IPV6ONLY-01.1", "IPv6 any, then IPv4 any", (unsigned)both(&any6, &any4, 0, s), 0);
    works("IPV6ONLY-01.2", "both listen", listen(s[0], 5) == 0 && listen(s[1], 5) == 0);
    close_both(s);
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
