/* SPDX-License-Identifier: MIT */
/*
 * WSAConnectByList and WSAConnectByName: order of checks, attempts in turn, time-outs, addresses
 * given back, and what the socket is afterwards.
 *
 * Long: two calls, one of them in three forms, over both IP families.
 */
#include "flow.h"

#include <ws2tcpip.h>

enum { TARGETS_MAX = 4, SOON_MS = 100 };

/* A list with its addresses, all of one size. */
struct targets {
    union {
        SOCKET_ADDRESS_LIST list;
        struct { /* the same, for more than one */
            INT count;
            SOCKET_ADDRESS each[TARGETS_MAX];
        } of;
    } at;
    SOCKADDR_STORAGE names[TARGETS_MAX];
};

static void targets_add(struct targets *targets, const void *name, int bytes)
{
    int i = targets->at.of.count++;

    memcpy(&targets->names[i], name, (size_t)bytes);
    targets->at.of.each[i].lpSockaddr = (struct sockaddr *)&targets->names[i];
    targets->at.of.each[i].iSockaddrLength = bytes;
}

static void targets_add4(struct targets *targets, SOCKADDR_IN name)
{
    targets_add(targets, &name, sizeof name);
}

static BOOL by_list(SOCKET s, struct targets *targets)
{
    return WSAConnectByList(s, &targets->at.list, NULL, NULL, NULL, NULL, NULL, NULL);
}

static BOOL by_list_in(SOCKET s, struct targets *targets, const struct timeval *timeout)
{
    return WSAConnectByList(s, &targets->at.list, NULL, NULL, NULL, NULL, timeout, NULL);
}

static BOOL by_name(SOCKET s, const char *node, const char *service)
{
    return WSAConnectByNameA(s, node, service, NULL, NULL, NULL, NULL, NULL, NULL);
}

static const char *port_text(SOCKADDR_IN name)
{
    static char text[8];

    snprintf(text, sizeof text, "%u", ntohs(name.sin_port));
    return text;
}

static int update(SOCKET s)
{
    return setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0);
}

/* A port of loopback where nobody listens while `holder` is open. */
static SOCKADDR_IN nowhere(SOCKET *holder)
{
    *holder = pair_bound(SOCK_STREAM);
    return pair_address(*holder);
}

static void set_nonblocking(SOCKET s)
{
    u_long on = 1;

    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
}

/* Data flow both ways. */
static void is_connection(SOCKET s, SOCKET listener)
{
    SOCKET server = accept(listener, NULL, NULL);
    char data[4];

    assert_true(server != INVALID_SOCKET);
    assert_int_equal(flow_send(s, "abc", 3), 3);
    assert_int_equal(flow_recv(server, data, 4), 3);
    assert_int_equal(flow_send(server, "de", 2), 2);
    assert_int_equal(flow_recv(s, data, 4), 2);
    closesocket(server);
}

/* A listener whose queue is full: the kernel answers nobody who tries. */
struct full {
    SOCKET listener;
    SOCKADDR_IN name;
    SOCKET waiting[2];
};

static struct full full_open(void)
{
    struct full full = {.listener = pair_bound(SOCK_STREAM)};

    assert_int_equal(listen(full.listener, 1), 0);
    full.name = pair_address(full.listener);
    for (size_t i = 0; i < PAIR_COUNT(full.waiting); i++) {
        full.waiting[i] = pair_socket(SOCK_STREAM);
        assert_int_equal(connect(full.waiting[i], (struct sockaddr *)&full.name, sizeof full.name),
                         0);
    }
    return full;
}

static void full_close(struct full full)
{
    for (size_t i = 0; i < PAIR_COUNT(full.waiting); i++)
        closesocket(full.waiting[i]);
    closesocket(full.listener);
}

static ULONGLONG now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ULONGLONG)now.tv_sec * 1000 + (ULONGLONG)now.tv_nsec / 1000000;
}

/* ---- Checks ---- */

/* An earlier check wins: each row also breaks what a later check would catch. */
static void by_list_reports_first_failed_check(void **state)
{
    struct pair pair = pair_open();
    SOCKET listener = pair_listener();
    SOCKET idle = pair_socket(SOCK_STREAM);
    SOCKET bound = pair_bound(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN name;
    DWORD fits = sizeof name, small = sizeof name - 1;
    struct timeval before = {-1, 0};
    struct timeval before_us = {0, -1};
    struct targets none = {0};
    struct targets wild = {0};
    OVERLAPPED overlapped;
    void *bad = PAIR_BAD;
    const struct {
        SOCKET s;
        void *list;
        DWORD *bytes;
        void *name;
        struct timeval *timeout;
        OVERLAPPED *reserved;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, bad, bad, bad, bad, WSAENOTSOCK},
        {datagram, NULL, bad, bad, bad, NULL, WSAEINVAL},
        {idle, NULL, bad, bad, bad, NULL, WSAEINVAL},
        {idle, bad, bad, bad, bad, &overlapped, WSAEINVAL},
        {datagram, bad, bad, bad, bad, NULL, WSAEINVAL},
        {listener, bad, bad, bad, bad, NULL, WSAEINVAL},
        {pair.client, bad, bad, bad, bad, NULL, WSAEISCONN},
        {idle, bad, bad, bad, bad, NULL, WSAEFAULT},
        {idle, bad, NULL, &name, bad, NULL, WSAEFAULT},
        {idle, bad, &small, &name, &before, NULL, WSAEFAULT},
        {idle, bad, &fits, bad, &before, NULL, WSAEFAULT},
        {idle, bad, &fits, &name, bad, NULL, WSAEFAULT},
        {idle, bad, &fits, &name, &before, NULL, WSAEINVAL},
        {idle, bad, &fits, &name, &before_us, NULL, WSAEINVAL},
        {bound, bad, &fits, &name, NULL, NULL, WSAEINVAL},
        {idle, bad, &fits, &name, NULL, NULL, WSAEFAULT},
        {idle, &none, &fits, &name, NULL, NULL, WSAEINVAL},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        flow_fails(WSAConnectByList(rows[i].s, rows[i].list, rows[i].bytes, rows[i].name, NULL,
                                    NULL, rows[i].timeout, rows[i].reserved),
                   rows[i].error);
        flow_fails(WSAConnectByList(rows[i].s, rows[i].list, NULL, NULL, rows[i].bytes,
                                    rows[i].name, rows[i].timeout, rows[i].reserved),
                   rows[i].error);
    }
    none.at.list.iAddressCount = -1;
    flow_fails(by_list(idle, &none), WSAEINVAL);
    targets_add(&wild, &name, sizeof name);
    wild.at.list.Address[0].lpSockaddr = bad;
    flow_fails(by_list(idle, &wild), WSAEFAULT);
    closesocket(datagram);
    closesocket(bound);
    closesocket(idle);
    closesocket(listener);
    pair_close(pair);
}

static void by_name_reports_first_failed_check(void **state)
{
    struct pair pair = pair_open();
    SOCKET listener = pair_listener();
    SOCKET idle = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    struct timeval before = {-1, 0};
    OVERLAPPED overlapped;
    void *bad = PAIR_BAD;
    const struct {
        SOCKET s;
        const char *node, *service;
        void *name;
        struct timeval *timeout;
        OVERLAPPED *reserved;
        int error;
    } rows[] = {
        {INVALID_SOCKET, NULL, NULL, bad, bad, bad, WSAENOTSOCK},
        {idle, NULL, "80", bad, bad, NULL, WSAEINVAL}, /* CONNECTBYNAME-01 */
        {idle, "127.0.0.1", NULL, bad, bad, NULL, WSAEINVAL},
        {datagram, "127.0.0.1", "80", bad, bad, &overlapped, WSAEINVAL},
        {datagram, "127.0.0.1", "80", bad, bad, NULL, WSAEFAULT}, /* CONNECTBYNAME-06 */
        {listener, "127.0.0.1", "no such service", bad, bad, NULL, WSAEINVAL},
        {pair.server, "127.0.0.1", "no such service", bad, bad, NULL, WSAEISCONN},
        {idle, "127.0.0.1", "no such service", bad, &before, NULL, WSAEFAULT},
        {idle, "127.0.0.1", "no such service", NULL, &before, NULL, WSAEINVAL},
        {idle, "127.0.0.1", "no such service", NULL, NULL, NULL, WSATYPE_NOT_FOUND},
        {idle, "999.1.1.1", "80", NULL, NULL, NULL, WSAHOST_NOT_FOUND},
        {idle, "127.0.0.1", "0", NULL, NULL, NULL, WSAEADDRNOTAVAIL},
        {idle, "0.0.0.0", "80", NULL, NULL, NULL, WSAEADDRNOTAVAIL},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        flow_fails(WSAConnectByNameA(rows[i].s, rows[i].node, rows[i].service, bad, rows[i].name,
                                     bad, NULL, rows[i].timeout, rows[i].reserved),
                   rows[i].error);
    flow_fails(WSAConnectByNameW(idle, NULL, (LPWSTR)L"80", NULL, NULL, NULL, NULL, NULL, NULL),
               WSAEINVAL);
    flow_fails(WSAConnectByNameW(idle, (LPWSTR)L"127.0.0.1", (LPWSTR)L"no such service", NULL, NULL,
                                 NULL, NULL, NULL, NULL),
               WSATYPE_NOT_FOUND);
    closesocket(datagram);
    closesocket(idle);
    closesocket(listener);
    pair_close(pair);
}

static void both_need_a_started_winsock(void **state)
{
    WSADATA data;

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    flow_fails(WSAConnectByList(INVALID_SOCKET, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
               WSANOTINITIALISED);
    flow_fails(by_name(INVALID_SOCKET, NULL, NULL), WSANOTINITIALISED);
    flow_fails(WSAConnectByNameW(INVALID_SOCKET, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
               WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

/* ---- A list ---- */

static void the_first_that_answers_is_taken(void **state)
{
    SOCKET listeners[2] = {pair_listener(), pair_listener()};
    SOCKET holder;
    struct targets targets = {0};
    SOCKADDR_IN local = {0}, remote = {0};
    SOCKADDR_IN wanted = pair_address(listeners[0]);
    SOCKADDR_IN now, zero = {0};
    DWORD local_bytes = sizeof local, remote_bytes = sizeof(SOCKADDR_STORAGE);
    SOCKADDR_STORAGE room;

    (void)state;
    for (int nonblocking = 0; nonblocking < 2; nonblocking++) { /* it waits anyway */
        SOCKET s = pair_socket(SOCK_STREAM);

        memset(&targets, 0, sizeof targets);
        targets_add4(&targets, nowhere(&holder));
        targets_add4(&targets, pair_name(0, htons(80))); /* cannot even be tried */
        targets_add4(&targets, wanted);
        targets_add4(&targets, pair_address(listeners[1]));
        if (nonblocking)
            set_nonblocking(s);
        WSASetLastError(1);
        assert_true(WSAConnectByList(s, &targets.at.list, &local_bytes, (struct sockaddr *)&local,
                                     &remote_bytes, (struct sockaddr *)&room, NULL, NULL));
        assert_int_equal(WSAGetLastError(), 0);
        assert_int_equal(local_bytes, sizeof local);
        assert_int_equal(remote_bytes, sizeof remote);
        memcpy(&remote, &room, sizeof remote);
        assert_memory_equal(&remote, &wanted, sizeof remote);
        assert_int_equal(local.sin_family, AF_INET);
        assert_int_equal(local.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
        assert_int_equal(local.sin_port, 0); /* CONNECTBYNAME-04 */
        assert_int_equal(update(s), 0);
        now = pair_address(s);
        assert_int_not_equal(now.sin_port, 0);
        is_connection(s, listeners[0]);
        remote_bytes = sizeof(SOCKADDR_STORAGE);
        local = zero;
        closesocket(s);
        closesocket(holder);
    }
    closesocket(listeners[0]);
    closesocket(listeners[1]);
}

static void the_last_failure_is_reported(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET holder;
    SOCKADDR_IN refused = nowhere(&holder);
    SOCKADDR_IN6 other = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    SOCKET s = pair_socket(SOCK_STREAM);
    struct targets targets = {0};
    DWORD bytes = 99;
    char room[99] = {77};

    (void)state;
    other.sin6_addr.s6_addr[15] = 1;
    targets_add4(&targets, refused);
    flow_fails(by_list(s, &targets), WSAECONNREFUSED);
    targets_add4(&targets, pair_name(0, 1));
    flow_fails(by_list(s, &targets), WSAEADDRNOTAVAIL);
    targets_add4(&targets, refused);
    flow_fails(WSAConnectByList(s, &targets.at.list, &bytes, (struct sockaddr *)room, &bytes,
                                (struct sockaddr *)room, NULL, NULL),
               WSAECONNREFUSED);
    assert_int_equal(bytes, 99); /* a call that failed changes nothing */
    assert_int_equal(room[0], 77);
    targets_add(&targets, &other, sizeof other);
    flow_fails(by_list(s, &targets), WSAEAFNOSUPPORT); /* an address of the other family */
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    memset(&targets, 0, sizeof targets);
    targets_add4(&targets, pair_address(listener));
    assert_true(by_list(s, &targets)); /* the socket is as good as new */
    is_connection(s, listener);
    closesocket(s);
    closesocket(holder);
    closesocket(listener);
}

/* As after ConnectEx: CONNECT-05. */
static void the_context_is_to_be_updated(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKADDR_IN peer;
    int length = sizeof peer;
    struct targets targets = {0};

    (void)state;
    targets_add4(&targets, to);
    for (int name = 0; name < 2; name++) {
        SOCKET s = pair_socket(SOCK_STREAM);

        assert_true(name ? by_name(s, "127.0.0.1", port_text(to)) : by_list(s, &targets));
        pair_fails(getpeername(s, (struct sockaddr *)&peer, &length), WSAENOTCONN);
        pair_fails(shutdown(s, SD_SEND), WSAENOTCONN);
        pair_fails(connect(s, (struct sockaddr *)&to, sizeof to), WSAEINVAL);
        flow_fails(by_list(s, &targets), WSAEINVAL);
        assert_int_equal(flow_send(s, "x", 1), 1); /* data flow */
        assert_in_range(pair_get(s, SOL_SOCKET, SO_CONNECT_TIME), 0, 10);
        assert_int_equal(update(s), 0);
        assert_int_equal(update(s), 0); /* again: nothing left to do */
        assert_int_equal(getpeername(s, (struct sockaddr *)&peer, &length), 0);
        assert_memory_equal(&peer, &to, sizeof peer);
        pair_fails(connect(s, (struct sockaddr *)&to, sizeof to), WSAEISCONN);
        flow_fails(by_list(s, &targets), WSAEISCONN);
        assert_int_equal(shutdown(s, SD_SEND), 0);
        closesocket(s);
    }
    closesocket(listener);
}

static void fd_connect_tells_the_outcome(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS events;
    struct targets targets = {0};

    (void)state;
    targets_add4(&targets, pair_address(listener));
    assert_int_equal(WSAEventSelect(s, event, FD_CONNECT), 0);
    assert_true(by_list(s, &targets)); /* non-blocking by now: it waits all the same */
    assert_int_equal(WSAEnumNetworkEvents(s, event, &events), 0);
    assert_int_equal(events.lNetworkEvents, FD_CONNECT);
    assert_int_equal(events.iErrorCode[FD_CONNECT_BIT], 0);
    closesocket(s);
    WSACloseEvent(event);
    closesocket(listener);
}

/* ---- Time ---- */

static void the_time_bounds_all_attempts_together(void **state)
{
    struct full full = full_open();
    SOCKET listener = pair_listener();
    SOCKET s = pair_socket(SOCK_STREAM);
    struct timeval soon = {0, SOON_MS * 1000};
    struct targets targets = {0};
    ULONGLONG start = now_ms();

    (void)state;
    targets_add4(&targets, full.name);
    targets_add4(&targets, pair_address(listener));
    flow_fails(by_list_in(s, &targets, &soon), WSAETIMEDOUT); /* the second is not tried */
    assert_in_range(now_ms() - start, SOON_MS, FLOW_LIMIT_MS);
    flow_fails(WSAConnectByNameA(s, "127.0.0.1", port_text(full.name), NULL, NULL, NULL, NULL,
                                 &soon, NULL),
               WSAETIMEDOUT);
    /* The attempt that was given up is over: nothing of it disturbs the next. */
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    memset(&targets, 0, sizeof targets);
    targets_add4(&targets, pair_address(listener));
    assert_true(by_list(s, &targets));
    is_connection(s, listener);
    closesocket(s);
    closesocket(listener);
    full_close(full);
}

static void a_time_of_zero_makes_one_attempt(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET holder;
    SOCKET s = pair_socket(SOCK_STREAM);
    struct timeval zero = {0, 0};
    struct timeval far = {0x7fffffff, 999999};
    struct targets targets = {0};

    (void)state;
    targets_add4(&targets, nowhere(&holder));
    targets_add4(&targets, pair_address(listener));
    flow_fails(by_list_in(s, &targets, &zero), WSAETIMEDOUT);
    memset(&targets, 0, sizeof targets);
    targets_add4(&targets, pair_address(listener));
    assert_true(by_list_in(s, &targets, &far));
    closesocket(s);
    closesocket(holder);
    closesocket(listener);
}

struct other {
    SOCKET s;
    struct targets targets;
    int error;
};

static void *connect_there(void *argument)
{
    struct other *other = argument;

    other->error = by_list(other->s, &other->targets) ? 0 : WSAGetLastError();
    return NULL;
}

static void closing_the_socket_ends_it(void **state)
{
    struct full full = full_open();
    struct other other = {.s = pair_socket(SOCK_STREAM)};
    pthread_t thread;

    (void)state;
    targets_add4(&other.targets, full.name);
    targets_add4(&other.targets, full.name);
    thread = flow_run(connect_there, &other);
    while (connect(other.s, (struct sockaddr *)&full.name, 0) != SOCKET_ERROR ||
           WSAGetLastError() != WSAEALREADY) /* until it is under way */
        sched_yield();
    assert_int_equal(closesocket(other.s), 0);
    flow_join(thread);
    assert_int_equal(other.error, WSAEINTR);
    full_close(full);
}

/* ---- Names ---- */

static void a_name_and_a_service_are_looked_up(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    const char *const nodes[] = {"127.0.0.1", "localhost"};

    (void)state;
    for (int bound = 0; bound < 2; bound++) {
        for (size_t i = 0; i < PAIR_COUNT(nodes); i++) {
            SOCKET s = bound ? pair_bound(SOCK_STREAM) : pair_socket(SOCK_STREAM);
            SOCKADDR_IN before, after, remote = {0};
            DWORD bytes = sizeof remote;

            if (bound)
                before = pair_address(s);
            set_nonblocking(s);
            assert_true(WSAConnectByNameA(s, nodes[i], port_text(to), NULL, NULL, &bytes,
                                          (struct sockaddr *)&remote, NULL, NULL));
            assert_memory_equal(&remote, &to, sizeof to);
            assert_int_equal(update(s), 0);
            after = pair_address(s);
            if (bound)
                assert_memory_equal(&before, &after, sizeof before);
            is_connection(s, listener);
            closesocket(s);
        }
    }
    closesocket(listener);
}

/* What a program with a WCHAR of 16 bits calls. */
BOOL by_name16(SOCKET s, const uint16_t *node, const uint16_t *service, DWORD *local_bytes,
               struct sockaddr *local, DWORD *remote_bytes, struct sockaddr *remote,
               const struct timeval *timeout, void *reserved) __asm__("ws2_WSAConnectByNameW16");

static void names_of_16_bits_work_too(void **state)
{
    static const uint16_t node[] = {'1', '2', '7', '.', '0', '.', '0', '.', '1', 0};
    static const uint16_t half[] = {0xD800, 0};
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener), remote = {0};
    DWORD bytes = sizeof remote;
    SOCKET s = pair_socket(SOCK_STREAM);
    uint16_t service[8] = {0};

    (void)state;
    for (size_t i = 0; port_text(to)[i] != 0; i++)
        service[i] = (uint16_t)port_text(to)[i];
    flow_fails(by_name16(s, NULL, service, NULL, NULL, NULL, NULL, NULL, NULL), WSAEINVAL);
    flow_fails(by_name16(s, half, service, NULL, NULL, NULL, NULL, NULL, NULL), WSAHOST_NOT_FOUND);
    flow_fails(by_name16(s, node, half, NULL, NULL, NULL, NULL, NULL, NULL), WSATYPE_NOT_FOUND);
    assert_true(
        by_name16(s, node, service, NULL, NULL, &bytes, (struct sockaddr *)&remote, NULL, NULL));
    assert_memory_equal(&remote, &to, sizeof to);
    is_connection(s, listener);
    closesocket(s);
    closesocket(listener);
}

static void wide_names_work_too(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    WCHAR service[8], long_name[2000];
    WCHAR node[] = {'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't', 0};
    WCHAR wrong[] = {0xD800, 0};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(service); i++)
        service[i] = 0;
    for (size_t i = 0; port_text(to)[i] != 0; i++)
        service[i] = (WCHAR)port_text(to)[i];
    for (size_t i = 0; i < PAIR_COUNT(long_name); i++)
        long_name[i] = 'a';
    long_name[PAIR_COUNT(long_name) - 1] = 0;
    flow_fails(WSAConnectByNameW(s, wrong, service, NULL, NULL, NULL, NULL, NULL, NULL),
               WSAHOST_NOT_FOUND);
    flow_fails(WSAConnectByNameW(s, long_name, service, NULL, NULL, NULL, NULL, NULL, NULL),
               WSAHOST_NOT_FOUND);
    flow_fails(WSAConnectByNameW(s, node, long_name, NULL, NULL, NULL, NULL, NULL, NULL),
               WSATYPE_NOT_FOUND);
    assert_true(WSAConnectByNameW(s, node, service, NULL, NULL, NULL, NULL, NULL, NULL));
    is_connection(s, listener);
    closesocket(s);
    closesocket(listener);
}

static void a_refused_bound_socket_keeps_its_address(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET holder;
    SOCKADDR_IN wrong = nowhere(&holder);
    SOCKET s = pair_bound(SOCK_STREAM);
    SOCKADDR_IN before = pair_address(s), after;

    (void)state;
    flow_fails(by_name(s, "127.0.0.1", port_text(wrong)), WSAECONNREFUSED);
    after = pair_address(s);
    assert_memory_equal(&before, &after, sizeof before);
    assert_true(by_name(s, "127.0.0.1", port_text(to)));
    assert_int_equal(update(s), 0);
    after = pair_address(s);
    assert_memory_equal(&before, &after, sizeof before);
    closesocket(s);
    closesocket(holder);
    closesocket(listener);
}

/* ---- IPv6 ---- */

static SOCKET socket6(int only)
{
    SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);

    assert_true(s != INVALID_SOCKET);
    assert_int_equal(pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, only), 0);
    return s;
}

/* A listener on ::1, INVALID_SOCKET where there is no IPv6. */
static SOCKET listener6(SOCKADDR_IN6 *name)
{
    SOCKET s = socket6(1);
    int length = sizeof *name;

    memset(name, 0, sizeof *name);
    name->sin6_family = AF_INET6;
    name->sin6_addr.s6_addr[15] = 1;
    if (bind(s, (struct sockaddr *)name, sizeof *name) != 0) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    assert_int_equal(listen(s, 5), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)name, &length), 0);
    return s;
}

static SOCKADDR_IN6 mapped(SOCKADDR_IN name)
{
    SOCKADDR_IN6 name6 = {.sin6_family = AF_INET6, .sin6_port = name.sin_port};

    name6.sin6_addr.s6_addr[10] = name6.sin6_addr.s6_addr[11] = 0xff;
    memcpy(name6.sin6_addr.s6_addr + 12, &name.sin_addr, 4);
    return name6;
}

/* IPv4 has to be written as IPv6, and needs IPV6_V6ONLY off. */
static void one_socket_reaches_both_families(void **state)
{
    SOCKADDR_IN6 name6;
    SOCKET six = listener6(&name6);
    SOCKET four = pair_listener();
    SOCKADDR_IN6 four6 = mapped(pair_address(four));
    struct targets targets = {0};
    SOCKADDR_IN6 remote;
    DWORD bytes = sizeof remote;
    SOCKET s = socket6(0);

    (void)state;
    if (six == INVALID_SOCKET) {
        closesocket(four);
        closesocket(s);
        skip(); /* no IPv6 here */
    }
    targets_add(&targets, &four6, sizeof four6);
    assert_true(WSAConnectByList(s, &targets.at.list, NULL, NULL, &bytes,
                                 (struct sockaddr *)&remote, NULL, NULL));
    assert_int_equal(bytes, sizeof remote);
    assert_memory_equal(&remote, &four6, sizeof remote);
    is_connection(s, four);
    closesocket(s);

    s = socket6(1);
    flow_fails(by_list(s, &targets), WSAENETUNREACH);
    targets_add(&targets, &name6, sizeof name6);
    assert_true(by_list(s, &targets)); /* the first failed, the second is IPv6's own */
    is_connection(s, six);
    closesocket(s);

    s = socket6(0); /* names too */
    assert_true(by_name(s, "127.0.0.1", port_text(pair_address(four))));
    is_connection(s, four);
    closesocket(s);
    s = socket6(0);
    assert_true(by_name(s, "localhost", port_text(pair_address(four)))); /* ::1 refuses first */
    is_connection(s, four);
    closesocket(s);
    closesocket(four);
    closesocket(six);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_list_reports_first_failed_check),
        cmocka_unit_test(by_name_reports_first_failed_check),
        cmocka_unit_test(both_need_a_started_winsock),
        cmocka_unit_test(the_first_that_answers_is_taken),
        cmocka_unit_test(the_last_failure_is_reported),
        cmocka_unit_test(the_context_is_to_be_updated),
        cmocka_unit_test(fd_connect_tells_the_outcome),
        cmocka_unit_test(the_time_bounds_all_attempts_together),
        cmocka_unit_test(a_time_of_zero_makes_one_attempt),
        cmocka_unit_test(closing_the_socket_ends_it),
        cmocka_unit_test(a_name_and_a_service_are_looked_up),
        cmocka_unit_test(wide_names_work_too),
        cmocka_unit_test(names_of_16_bits_work_too),
        cmocka_unit_test(a_refused_bound_socket_keeps_its_address),
        cmocka_unit_test(one_socket_reaches_both_families),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
