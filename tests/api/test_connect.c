/* SPDX-License-Identifier: MIT */
/*
 * connect and WSAConnect: order of checks, blocking and not, streams and datagrams.
 *
 * Long: every sentence of the two calls' description that can be tried on loopback has a test.
 */
#include "flow.h"

/* A connect to this listener stays under way: the kernel answers nobody else while its queue holds
 * as many as its backlog allows, and one more. */
struct full {
    SOCKET listener;
    SOCKADDR_IN name;
    SOCKET waiting[2];
};

static SOCKET connected(SOCKADDR_IN to)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    return s;
}

static struct full full_open(void)
{
    struct full full = {.listener = pair_bound(SOCK_STREAM)};

    assert_int_equal(listen(full.listener, 1), 0);
    full.name = pair_address(full.listener);
    for (size_t i = 0; i < PAIR_COUNT(full.waiting); i++)
        full.waiting[i] = connected(full.name);
    return full;
}

static void full_close(struct full full)
{
    for (size_t i = 0; i < PAIR_COUNT(full.waiting); i++)
        closesocket(full.waiting[i]);
    closesocket(full.listener);
}

static void set_nonblocking(SOCKET s)
{
    u_long on = 1;

    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
}

static SOCKET nonblocking(int type)
{
    SOCKET s = pair_socket(type);

    set_nonblocking(s);
    return s;
}

static int connect_to(SOCKET s, SOCKADDR_IN to)
{
    return connect(s, (struct sockaddr *)&to, sizeof to);
}

/* A port of loopback where nobody listens while `holder` is open. */
static SOCKADDR_IN nowhere(SOCKET *holder)
{
    *holder = pair_bound(SOCK_STREAM);
    return pair_address(*holder);
}

/* Waits for the outcome of a non-blocking connect: repeats it until the answer changes. */
static int outcome(SOCKET s, SOCKADDR_IN to)
{
    ULONGLONG limit = (ULONGLONG)time(NULL) + FLOW_LIMIT_MS / 1000;

    while (connect_to(s, to) != 0 && WSAGetLastError() == WSAEALREADY) {
        assert_true((ULONGLONG)time(NULL) <= limit);
        sched_yield();
    }
    return WSAGetLastError();
}

static void is_connected_to(SOCKET s, SOCKADDR_IN to)
{
    SOCKADDR_IN peer = {0};
    int length = sizeof peer;

    assert_int_equal(getpeername(s, (struct sockaddr *)&peer, &length), 0);
    assert_int_equal(length, sizeof peer);
    assert_memory_equal(&peer, &to, sizeof peer);
}

/* ---- Checks ---- */

/* An earlier check wins: each row also breaks what a later check would catch. */
static void connect_reports_first_failed_check(void **state)
{
    struct pair pair = pair_open();
    struct full full = full_open();
    SOCKET listener = pair_listener();
    SOCKET idle = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    SOCKET half = pair_bound(SOCK_STREAM);
    SOCKET busy = nonblocking(SOCK_STREAM);
    SOCKADDR_IN zero = pair_name(0, htons(80));
    SOCKADDR_IN no_port = pair_name(INADDR_LOOPBACK, 0);
    SOCKADDR_IN family = pair_name(0, 0);
    SOCKADDR_IN inet6 = pair_name(0, 0);
    SOCKADDR_IN unspec = pair_name(INADDR_LOOPBACK, 0);
    const struct {
        SOCKET s;
        void *name;
        int length;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, 0, WSAENOTSOCK},
        {listener, NULL, 0, WSAEINVAL},     /* CONNECT-01 */
        {pair.server, NULL, 0, WSAEISCONN}, /* CONNECT-05 */
        {pair.client, NULL, 0, WSAEISCONN},
        {half, NULL, 0, WSAEINVAL}, /* its context is not updated */
        {busy, NULL, 0, WSAEALREADY},
        {idle, NULL, 16, WSAEFAULT},
        {idle, PAIR_BAD, 16, WSAEFAULT},
        {idle, &family, 15, WSAEFAULT},
        {idle, &family, -1, WSAEFAULT},
        {idle, &family, 16, WSAEAFNOSUPPORT},
        {idle, &inet6, 28, WSAEAFNOSUPPORT},
        {idle, &unspec, 16, WSAEAFNOSUPPORT},
        {idle, &zero, 16, WSAEADDRNOTAVAIL},
        {idle, &no_port, 16, WSAEADDRNOTAVAIL},
        {datagram, NULL, 16, WSAEFAULT},
        {datagram, &no_port, 15, WSAEFAULT},
        {datagram, &unspec, 15, WSAEFAULT},
        {datagram, &inet6, 28, WSAEAFNOSUPPORT},
        {datagram, &no_port, 16, WSAEADDRNOTAVAIL},
    };

    (void)state;
    family.sin_family = 77;
    inet6.sin_family = AF_INET6;
    unspec.sin_family = AF_UNSPEC;
    pair_connect(half, pair_address(listener));
    pair_fails(connect_to(busy, full.name), WSAEWOULDBLOCK);
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        pair_fails(connect(rows[i].s, rows[i].name, rows[i].length), rows[i].error);
        pair_fails(WSAConnect(rows[i].s, rows[i].name, rows[i].length, PAIR_BAD, PAIR_BAD, PAIR_BAD,
                              PAIR_BAD),
                   rows[i].error);
    }
    closesocket(busy);
    closesocket(half);
    closesocket(datagram);
    closesocket(idle);
    closesocket(listener);
    full_close(full);
    pair_close(pair);
}

static void connect_needs_a_started_winsock(void **state)
{
    SOCKADDR_IN to = pair_name(INADDR_LOOPBACK, htons(80));
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    pair_fails(connect_to(INVALID_SOCKET, to), WSANOTINITIALISED);
    pair_fails(WSAConnect(INVALID_SOCKET, NULL, 0, NULL, NULL, NULL, NULL), WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

/* CONNECTING-04 */
static void connect_during_connectex_is_invalid(void **state)
{
    struct full full = full_open();
    SOCKET s = pair_bound(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    LPFN_CONNECTEX connect_ex = NULL;
    GUID id = WSAID_CONNECTEX;

    (void)state;
    flow_extension(id, &connect_ex);
    flow_fails(
        connect_ex(s, (struct sockaddr *)&full.name, sizeof full.name, NULL, 0, NULL, &overlapped),
        ERROR_IO_PENDING);
    pair_fails(connect_to(s, full.name), WSAEINVAL);
    closesocket(s);
    assert_int_equal(WaitForSingleObject(overlapped.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(overlapped.Internal, FLOW_CANCELLED);
    WSACloseEvent(overlapped.hEvent);
    full_close(full);
}

/* ---- Streams that wait ---- */

static void a_blocking_connect_connects(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET server;
    SOCKADDR_IN local;
    char data[4];

    (void)state;
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    WSASetLastError(1);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof(SOCKADDR_STORAGE)), 0);
    assert_int_equal(WSAGetLastError(), 0);
    is_connected_to(s, to);
    local = pair_address(s);
    assert_int_equal(local.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_not_equal(local.sin_port, 0);
    assert_in_range(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), 0, 10);
    server = accept(listener, NULL, NULL);
    is_connected_to(server, local);
    assert_int_equal(flow_send(s, "abc", 3), 3);
    assert_int_equal(flow_recv(server, data, 4), 3);
    pair_fails(connect_to(s, to), WSAEISCONN);
    assert_int_equal(shutdown(s, SD_BOTH), 0);
    pair_fails(connect_to(s, to), WSAEISCONN); /* SHUTDOWN-05 */
    closesocket(server);
    closesocket(s);
    closesocket(listener);
}

static void a_bound_socket_keeps_its_address(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKADDR_IN before = pair_address(s);
    SOCKADDR_IN after;

    (void)state;
    assert_int_equal(connect_to(s, pair_address(listener)), 0);
    after = pair_address(s);
    assert_memory_equal(&before, &after, sizeof before);
    closesocket(s);
    closesocket(listener);
}

/* CONNECT-07, POLL-11 */
static void a_refused_blocking_connect_can_be_repeated(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET holder;
    SOCKADDR_IN wrong = nowhere(&holder);

    (void)state;
    for (int bound = 0; bound < 2; bound++) {
        SOCKET s = bound ? pair_bound(SOCK_STREAM) : pair_socket(SOCK_STREAM);
        SOCKADDR_IN before;

        for (int i = 0; i < 2; i++) {
            pair_fails(connect_to(s, wrong), WSAECONNREFUSED);
            assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
            pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
        }
        before = pair_address(s);
        assert_int_equal(connect_to(s, to), 0);
        is_connected_to(s, to);
        if (bound) /* it is still its own */
            assert_int_equal(pair_address(s).sin_port, before.sin_port);
        closesocket(s);
    }
    closesocket(holder);
    closesocket(listener);
}

static void two_connections_cannot_be_the_same(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET first = pair_socket(SOCK_STREAM);
    SOCKET second = pair_socket(SOCK_STREAM);
    SOCKADDR_IN local;

    (void)state;
    assert_int_equal(pair_set(first, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(pair_set(second, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(pair_bind(first, INADDR_LOOPBACK, 0), 0);
    local = pair_address(first);
    assert_int_equal(pair_bind(second, INADDR_LOOPBACK, local.sin_port), 0);
    assert_int_equal(connect_to(first, to), 0);
    pair_fails(connect_to(second, to), WSAEADDRINUSE);
    closesocket(second);
    closesocket(first);
    closesocket(listener);
}

struct connecting {
    SOCKET s;
    SOCKADDR_IN to;
    _Atomic unsigned thread_id;
    int error;
};

static void *connect_there(void *argument)
{
    struct connecting *connecting = argument;

    connecting->thread_id = GetCurrentThreadId();
    connecting->error = connect_to(connecting->s, connecting->to) == 0 ? 0 : WSAGetLastError();
    return NULL;
}

/* While one thread waits in connect, another may ask about the socket, and may close it. */
static void a_waiting_connect_leaves_the_socket_usable(void **state)
{
    struct full full = full_open();
    struct connecting connecting = {.s = pair_bound(SOCK_STREAM), .to = full.name};
    SOCKADDR_IN before = pair_address(connecting.s), after;
    pthread_t thread = flow_run(connect_there, &connecting);

    (void)state;
    flow_asleep(&connecting.thread_id);
    after = pair_address(connecting.s);
    assert_memory_equal(&before, &after, sizeof before);
    pair_fails(connect_to(connecting.s, full.name), WSAEALREADY);
    assert_int_equal(pair_get(connecting.s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    assert_int_equal(closesocket(connecting.s), 0);
    flow_join(thread);
    assert_int_equal(connecting.error, WSAEINTR);
    full_close(full);
}

/* ---- Streams that do not wait ---- */

/* EVENTS-33 */
static void a_nonblocking_connect_goes_on_by_itself(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = nonblocking(SOCK_STREAM);
    SOCKADDR_IN local;
    SOCKET server;

    (void)state;
    pair_fails(connect_to(s, to), WSAEWOULDBLOCK);
    local = pair_address(s);
    assert_int_equal(local.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_not_equal(local.sin_port, 0);
    assert_int_equal(outcome(s, to), WSAEISCONN);
    is_connected_to(s, to);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    assert_in_range(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), 0, 10);
    server = accept(listener, NULL, NULL);
    is_connected_to(server, local);
    assert_int_equal(flow_send(s, "abc", 3), 3);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
}

/* SELECT-19 */
static void a_refused_nonblocking_connect_leaves_its_error(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET holder;
    SOCKADDR_IN wrong = nowhere(&holder);
    SOCKET s = nonblocking(SOCK_STREAM);
    time_t limit = time(NULL) + FLOW_LIMIT_MS / 1000;

    (void)state;
    for (int i = 0; i < 2; i++) {
        pair_fails(connect_to(s, wrong), WSAEWOULDBLOCK);
        while (pair_get(s, SOL_SOCKET, SO_ERROR) != WSAECONNREFUSED) {
            assert_true(time(NULL) <= limit);
            sched_yield();
        }
        assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED);
        /* The error of the first round is still there in the second: wait for the end. */
        while (connect_to(s, wrong) != 0 && WSAGetLastError() == WSAEALREADY)
            sched_yield();
        assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
        while (flow_send(s, "x", 1) != 0 && connect(s, NULL, 0) != 0 &&
               WSAGetLastError() == WSAEALREADY)
            sched_yield();
    }
    pair_fails(connect_to(s, to), WSAEWOULDBLOCK); /* CONNECT-07 */
    assert_int_equal(outcome(s, to), WSAEISCONN);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    closesocket(s);
    closesocket(holder);
    closesocket(listener);
}

static void a_connect_under_way_is_no_connection(void **state)
{
    struct full full = full_open();
    SOCKET s = nonblocking(SOCK_STREAM);
    SOCKADDR_IN peer;
    int length = sizeof peer;
    char data[4];

    (void)state;
    pair_fails(connect_to(s, full.name), WSAEWOULDBLOCK);
    pair_fails(connect_to(s, full.name), WSAEALREADY);
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN); /* CONNECTING-03 */
    pair_fails(flow_recv(s, data, 4), WSAENOTCONN);
    pair_fails(getpeername(s, (struct sockaddr *)&peer, &length), WSAENOTCONN);
    pair_fails(listen(s, 5), WSAEINVAL);
    pair_fails(pair_bind(s, INADDR_LOOPBACK, 0), WSAEINVAL);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    assert_int_equal(closesocket(s), 0);
    full_close(full);
}

static void many_connects_run_together(void **state)
{
    enum { COUNT = 64 };
    SOCKET listener = pair_bound(SOCK_STREAM);
    SOCKADDR_IN to;
    SOCKET clients[COUNT], servers[COUNT];

    (void)state;
    assert_int_equal(listen(listener, COUNT), 0);
    to = pair_address(listener);
    for (int i = 0; i < COUNT; i++) {
        clients[i] = nonblocking(SOCK_STREAM);
        pair_fails(connect_to(clients[i], to), WSAEWOULDBLOCK);
    }
    for (int i = 0; i < COUNT; i++) {
        servers[i] = accept(listener, NULL, NULL);
        assert_true(servers[i] != INVALID_SOCKET);
        assert_int_equal(outcome(clients[i], to), WSAEISCONN);
    }
    for (int i = 0; i < COUNT; i++) {
        closesocket(clients[i]);
        closesocket(servers[i]);
    }
    closesocket(listener);
}

/* ---- Datagrams ---- */

static void send_datagram(SOCKET s, SOCKADDR_IN to, const char *text)
{
    assert_int_equal(sendto(s, text, (int)strlen(text), 0, (struct sockaddr *)&to, sizeof to),
                     strlen(text));
}

static void takes(SOCKET s, const char *text)
{
    char data[16] = {0};

    assert_int_equal(flow_recv(s, data, sizeof data), strlen(text));
    assert_string_equal(data, text);
}

static void a_datagram_partner_filters_and_is_the_default(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKET one = pair_bound(SOCK_DGRAM);
    SOCKET two = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN local;

    (void)state;
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
    assert_int_equal(connect_to(s, pair_address(one)), 0);
    is_connected_to(s, pair_address(one));
    local = pair_address(s); /* got one by itself */
    assert_int_equal(local.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(flow_send(s, "ping", 4), 4);
    takes(one, "ping");
    send_datagram(two, local, "stranger");
    send_datagram(one, local, "pong");
    takes(s, "pong");
    closesocket(two);
    closesocket(one);
    closesocket(s);
}

static void what_strangers_sent_before_is_discarded(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKET one = pair_bound(SOCK_DGRAM);
    SOCKET two = pair_bound(SOCK_DGRAM);

    (void)state;
    send_datagram(two, pair_address(s), "stranger");
    send_datagram(two, pair_address(s), "again");
    send_datagram(one, pair_address(s), "early");
    assert_int_equal(connect_to(s, pair_address(one)), 0);
    takes(s, "early"); /* the partner's own stays */
    send_datagram(one, pair_address(s), "late");
    takes(s, "late");
    closesocket(two);
    closesocket(one);
    closesocket(s);
}

/* UDP-08 */
static void a_datagram_partner_can_be_changed(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKET one = pair_bound(SOCK_DGRAM);
    SOCKET two = pair_bound(SOCK_DGRAM);
    USHORT port;

    (void)state;
    assert_int_equal(connect_to(s, pair_address(one)), 0);
    port = pair_address(s).sin_port;
    send_datagram(one, pair_address(s), "kept");
    assert_int_equal(connect_to(s, pair_address(one)), 0); /* the same */
    takes(s, "kept");
    send_datagram(one, pair_address(s), "late");
    send_datagram(one, pair_address(s), "later");
    assert_int_equal(connect_to(s, pair_address(two)), 0);
    is_connected_to(s, pair_address(two));
    assert_int_equal(pair_address(s).sin_port, port);
    send_datagram(two, pair_address(s), "new");
    takes(s, "new");
    closesocket(two);
    closesocket(one);
    closesocket(s);
}

static void dissolve(SOCKET s, USHORT family, USHORT port)
{
    SOCKADDR_IN nobody = pair_name(0, port);

    nobody.sin_family = family;
    assert_int_equal(connect_to(s, nobody), 0);
}

static void a_datagram_partner_can_be_taken_away(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKET one = pair_bound(SOCK_DGRAM);
    SOCKET two = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN local, peer;
    const USHORT families[] = {AF_INET, AF_UNSPEC, AF_INET};
    const USHORT ports[] = {0, 0, htons(80)};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(families); i++) {
        int length = sizeof peer;
        char data[16];

        assert_int_equal(connect_to(s, pair_address(one)), 0);
        local = pair_address(s);
        send_datagram(one, local, "old");
        dissolve(s, families[i], ports[i]);
        dissolve(s, families[i], ports[i]); /* nothing left to do */
        pair_fails(getpeername(s, (struct sockaddr *)&peer, &length), WSAENOTCONN);
        pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
        pair_fails(flow_recv(s, data, 4), WSAENOTCONN); /* the specification says so */
        assert_int_equal(pair_address(s).sin_port, local.sin_port);
        local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        send_datagram(two, local, "two");
        length = sizeof peer;
        assert_int_equal(recvfrom(s, data, 16, 0, (struct sockaddr *)&peer, &length), 3);
        assert_memory_equal(data, "two", 3);
        assert_int_equal(peer.sin_port, pair_address(two).sin_port);
        send_datagram(s, pair_address(one), "free");
        takes(one, "free");
    }
    closesocket(two);
    closesocket(one);
    closesocket(s);
}

static void a_broadcast_partner_needs_the_option(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN to = pair_name(0x7FFFFFFF, htons(9)); /* 127.255.255.255: loopback's own */

    (void)state;
    pair_fails(connect_to(s, to), WSAEACCES);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_BROADCAST, 1), 0);
    assert_int_equal(connect_to(s, to), 0);
    closesocket(s);
}

/* ---- IPv6 ---- */

static void both_kinds_connect_over_ipv6(void **state)
{
    const int types[] = {SOCK_STREAM, SOCK_DGRAM};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(types); i++) {
        SOCKET server = socket(AF_INET6, types[i], 0);
        SOCKET s = socket(AF_INET6, types[i], 0);
        SOCKADDR_IN6 name = {.sin6_family = AF_INET6};
        SOCKADDR_IN6 zero = {.sin6_family = AF_INET6};
        SOCKADDR_IN6 peer = {0};
        int length = sizeof name;

        name.sin6_addr.s6_addr[15] = 1;
        assert_true(server != INVALID_SOCKET && s != INVALID_SOCKET);
        if (bind(server, (struct sockaddr *)&name, sizeof name) != 0) {
            assert_int_equal(WSAGetLastError(), WSAEADDRNOTAVAIL); /* no IPv6 here */
            closesocket(server);
            closesocket(s);
            continue;
        }
        assert_int_equal(getsockname(server, (struct sockaddr *)&name, &length), 0);
        if (types[i] == SOCK_STREAM)
            assert_int_equal(listen(server, 5), 0);
        pair_fails(connect(s, (struct sockaddr *)&name, 27), WSAEFAULT);
        assert_int_equal(connect(s, (struct sockaddr *)&name, sizeof name), 0);
        assert_int_equal(getpeername(s, (struct sockaddr *)&peer, &length), 0);
        assert_memory_equal(&peer, &name, sizeof name);
        if (types[i] == SOCK_STREAM) {
            pair_fails(connect(s, (struct sockaddr *)&name, sizeof name), WSAEISCONN);
        } else {
            assert_int_equal(connect(s, (struct sockaddr *)&zero, sizeof zero), 0);
            pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
        }
        closesocket(server);
        closesocket(s);
    }
}

/* ---- What WSAConnect has more ---- */

static int wsaconnect_to(SOCKET s, SOCKADDR_IN to, WSABUF *caller, WSABUF *callee, QOS *sqos)
{
    return WSAConnect(s, (struct sockaddr *)&to, sizeof to, caller, callee, sqos, NULL);
}

static void connect_data_are_not_for_streams(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    char data[8] = "hello";
    WSABUF some = {5, data};
    WSABUF wild = {5, PAIR_BAD};
    WSABUF none = {0, NULL};
    WSABUF back = {8, data};
    QOS wanted = {.SendingFlowspec.ServiceType = SERVICETYPE_GUARANTEED};

    (void)state;
    pair_fails(wsaconnect_to(s, to, PAIR_BAD, PAIR_BAD, PAIR_BAD), WSAEFAULT);
    pair_fails(wsaconnect_to(s, to, &wild, PAIR_BAD, PAIR_BAD), WSAEFAULT);
    pair_fails(wsaconnect_to(s, to, &some, PAIR_BAD, PAIR_BAD), WSAEPROTONOSUPPORT);
    pair_fails(wsaconnect_to(s, to, &none, PAIR_BAD, &wanted), WSAEFAULT);
    pair_fails(wsaconnect_to(s, to, &none, &back, PAIR_BAD), WSAEFAULT);
    pair_fails(wsaconnect_to(s, to, &none, &back, &wanted), WSAEOPNOTSUPP);
    wanted.SendingFlowspec.ServiceType = SERVICETYPE_BESTEFFORT;
    wanted.ReceivingFlowspec.ServiceType = SERVICETYPE_CONTROLLEDLOAD;
    pair_fails(wsaconnect_to(s, to, &none, &back, &wanted), WSAEOPNOTSUPP);
    wanted.ReceivingFlowspec.ServiceType = SERVICETYPE_NOTRAFFIC;
    wanted.ProviderSpecific = wild;
    pair_fails(wsaconnect_to(s, to, &none, &back, &wanted), WSAEFAULT);
    assert_int_equal(back.len, 8); /* a call that failed changes nothing */
    wanted.ProviderSpecific = none;
    assert_int_equal(
        WSAConnect(s, (struct sockaddr *)&to, sizeof to, &none, &back, &wanted, PAIR_BAD), 0);
    assert_int_equal(back.len, 0);
    assert_string_equal(data, "hello");
    is_connected_to(s, to);
    closesocket(s);
    s = nonblocking(SOCK_STREAM);
    back.len = 8;
    pair_fails(wsaconnect_to(s, to, NULL, &back, NULL), WSAEWOULDBLOCK);
    assert_int_equal(back.len, 0);
    closesocket(s);
    closesocket(listener);
}

static void connect_data_are_ignored_by_datagrams(void **state)
{
    SOCKET one = pair_bound(SOCK_DGRAM);
    SOCKET s = pair_socket(SOCK_DGRAM);

    (void)state;
    assert_int_equal(wsaconnect_to(s, pair_address(one), PAIR_BAD, PAIR_BAD, NULL), 0);
    is_connected_to(s, pair_address(one));
    pair_fails(wsaconnect_to(s, pair_address(one), NULL, NULL, PAIR_BAD), WSAEFAULT);
    closesocket(s);
    closesocket(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_reports_first_failed_check),
        cmocka_unit_test(connect_needs_a_started_winsock),
        cmocka_unit_test(connect_during_connectex_is_invalid),
        cmocka_unit_test(a_blocking_connect_connects),
        cmocka_unit_test(a_bound_socket_keeps_its_address),
        cmocka_unit_test(a_refused_blocking_connect_can_be_repeated),
        cmocka_unit_test(two_connections_cannot_be_the_same),
        cmocka_unit_test(a_waiting_connect_leaves_the_socket_usable),
        cmocka_unit_test(a_nonblocking_connect_goes_on_by_itself),
        cmocka_unit_test(a_refused_nonblocking_connect_leaves_its_error),
        cmocka_unit_test(a_connect_under_way_is_no_connection),
        cmocka_unit_test(many_connects_run_together),
        cmocka_unit_test(a_datagram_partner_filters_and_is_the_default),
        cmocka_unit_test(what_strangers_sent_before_is_discarded),
        cmocka_unit_test(a_datagram_partner_can_be_changed),
        cmocka_unit_test(a_datagram_partner_can_be_taken_away),
        cmocka_unit_test(a_broadcast_partner_needs_the_option),
        cmocka_unit_test(both_kinds_connect_over_ipv6),
        cmocka_unit_test(connect_data_are_not_for_streams),
        cmocka_unit_test(connect_data_are_ignored_by_datagrams),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
