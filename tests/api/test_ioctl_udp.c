/* SPDX-License-Identifier: MIT */
/* Control codes of datagram sockets: one address for several CPUs, and when a datagram came. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow.h"

#include <mstcpip.h>

enum { DATAGRAMS = 32 };

static int ask(SOCKET s, DWORD code, const void *in, DWORD in_bytes)
{
    DWORD n = 0;

    return WSAIoctl(s, code, (void *)(uintptr_t)in, in_bytes, NULL, 0, &n, NULL, NULL);
}

static int affinity(SOCKET s, USHORT cpu)
{
    return ask(s, SIO_CPU_AFFINITY, &cpu, sizeof cpu);
}

static void send_datagram(SOCKET s, SOCKADDR_IN to)
{
    assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
}

static u_long waiting(SOCKET s)
{
    u_long bytes = 0;

    assert_int_equal(ioctlsocket(s, (long)FIONREAD, &bytes), 0);
    return bytes;
}

/* Loopback delivers on the CPU that sends. */
static void each_cpu_has_its_socket(void **state)
{
    SOCKET sockets[2] = {pair_socket(SOCK_DGRAM), pair_socket(SOCK_DGRAM)};
    SOCKET sender = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN to;
    cpu_set_t before, one;
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;

    (void)state;
    assert_int_equal(pthread_getaffinity_np(pthread_self(), sizeof before, &before), 0);
    if (!CPU_ISSET(0, &before) || !CPU_ISSET(1, &before)) {
        print_message("skipped: CPUs 0 and 1 are not both ours\n");
        skip();
    }
    for (USHORT cpu = 0; cpu < 2; cpu++)
        assert_int_equal(affinity(sockets[cpu], cpu), 0);
    assert_int_equal(pair_bind(sockets[0], INADDR_LOOPBACK, 0), 0);
    to = pair_address(sockets[0]);
    assert_int_equal(bind(sockets[1], (struct sockaddr *)&to, sizeof to), 0);
    for (int cpu = 0; cpu < 2; cpu++) {
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        assert_int_equal(pthread_setaffinity_np(pthread_self(), sizeof one, &one), 0);
        for (int i = 0; i < DATAGRAMS; i++)
            send_datagram(sender, to);
    }
    assert_int_equal(pthread_setaffinity_np(pthread_self(), sizeof before, &before), 0);
    while (waiting(sockets[0]) + waiting(sockets[1]) < 2 * DATAGRAMS) /* on their way still */
        assert_true(GetTickCount64() < limit);
    assert_int_equal(waiting(sockets[0]), DATAGRAMS);
    assert_int_equal(waiting(sockets[1]), DATAGRAMS);
    closesocket(sockets[0]);
    closesocket(sockets[1]);
    closesocket(sender);
}

static void address_is_shared_with_its_kind_only(void **state)
{
    SOCKET one = pair_socket(SOCK_DGRAM);
    SOCKET plain = pair_socket(SOCK_DGRAM);
    SOCKET reuse = pair_socket(SOCK_DGRAM);
    SOCKADDR_IN name;

    (void)state;
    pair_fails(affinity(one, 0xFFFF), WSAEINVAL);
    assert_int_equal(pair_set(reuse, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    pair_fails(affinity(reuse, 0), WSAEINVAL);
    assert_int_equal(affinity(one, 0), 0);
    assert_int_equal(pair_bind(one, INADDR_LOOPBACK, 0), 0);
    pair_fails(affinity(one, 0), WSAEINVAL);
    name = pair_address(one);
    pair_fails(bind(plain, (struct sockaddr *)&name, sizeof name), WSAEADDRINUSE);
    closesocket(one);
    closesocket(plain);
    closesocket(reuse);
}

/* The stamp of the next datagram; 0: it has none. */
static uint64_t next_stamp(SOCKET s, LPFN_WSARECVMSG receive)
{
    char data[8];
    _Alignas(WSACMSGHDR) char control[256];
    WSABUF buffer = {sizeof data, data};
    WSAMSG message = {
        .lpBuffers = &buffer, .dwBufferCount = 1, .Control = {sizeof control, control}};
    uint64_t stamp = 0;
    DWORD n = 0;

    assert_int_equal(receive(s, &message, &n, NULL, NULL), 0);
    for (WSACMSGHDR *at = WSA_CMSG_FIRSTHDR(&message); at != NULL;
         at = WSA_CMSG_NXTHDR(&message, at)) {
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SO_TIMESTAMP)
            memcpy(&stamp, WSA_CMSG_DATA(at), sizeof stamp);
    }
    return stamp;
}

/* The kernel begins a moment after it was asked: "if available". */
static void datagrams_say_when_they_came(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    TIMESTAMPING_CONFIG config = {.Flags = TIMESTAMPING_FLAG_RX};
    GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG receive = NULL;
    LARGE_INTEGER before, after, ticks;
    ULONGLONG limit = GetTickCount64() + FLOW_LIMIT_MS;
    uint64_t stamp;

    (void)state;
    flow_extension(id, &receive);
    QueryPerformanceFrequency(&ticks);
    send_datagram(s, pair_address(s));
    assert_int_equal(next_stamp(s, receive), 0);
    assert_int_equal(ask(s, SIO_TIMESTAMPING, &config, sizeof config), 0);
    do {
        assert_true(GetTickCount64() < limit);
        QueryPerformanceCounter(&before);
        send_datagram(s, pair_address(s));
        stamp = next_stamp(s, receive);
        QueryPerformanceCounter(&after);
    } while (stamp == 0);
    /* The clocks are read one after the other, so they may differ a little. */
    assert_true((int64_t)stamp >= before.QuadPart - ticks.QuadPart / 100);
    assert_true((int64_t)stamp <= after.QuadPart + ticks.QuadPart / 100);
    config.Flags = 0;
    assert_int_equal(ask(s, SIO_TIMESTAMPING, &config, sizeof config), 0);
    send_datagram(s, pair_address(s));
    assert_int_equal(next_stamp(s, receive), 0);
    config.Flags = 4;
    pair_fails(ask(s, SIO_TIMESTAMPING, &config, sizeof config), WSAEINVAL);
    config.Flags = TIMESTAMPING_FLAG_TX;
    pair_fails(ask(s, SIO_TIMESTAMPING, &config, sizeof config), WSAEOPNOTSUPP);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cpu_has_its_socket),
        cmocka_unit_test(address_is_shared_with_its_kind_only),
        cmocka_unit_test(datagrams_say_when_they_came),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
