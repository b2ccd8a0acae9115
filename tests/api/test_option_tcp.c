/* SPDX-License-Identifier: MIT */
/*
 * Options of TCP and UDP, and what the kernel was told of them. The kernel is asked by libc's own
 * getsockopt(), which has the plain name in the linker's eyes.
 */
#include "flow.h"

#include <fcntl.h>
#include <unistd.h>

#include <ws2tcpip.h>

extern int kernel_getsockopt(int fd, int level, int name, void *value,
                             unsigned *bytes) __asm__("getsockopt");

/* Linux' numbers */
enum { LINUX_SOL_SOCKET = 1, LINUX_SO_KEEPALIVE = 9, LINUX_SO_NO_CHECK = 11 };
enum { LINUX_KEEPIDLE = 4, LINUX_KEEPINTVL = 5, LINUX_KEEPCNT = 6, LINUX_SYNCNT = 7 };
enum { LINUX_USER_TIMEOUT = 18, LINUX_FASTOPEN = 23, LINUX_UDP_SEGMENT = 103, LINUX_UDP_GRO = 104 };

static int kernel_fd; /* of the socket that open_socket() made last */

/* The kernel gives a new descriptor the lowest number that is free. */
static SOCKET open_socket(int family, int type)
{
    SOCKET s;
    int kernel_type = 0;
    unsigned bytes = sizeof kernel_type;

    kernel_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(kernel_fd >= 0);
    close(kernel_fd);
    s = socket(family, type, 0);
    assert_true(s != INVALID_SOCKET);
    assert_int_equal(kernel_getsockopt(kernel_fd, LINUX_SOL_SOCKET, 3, &kernel_type, &bytes), 0);
    assert_int_equal(kernel_type, type);
    return s;
}

static int kernel_get(int level, int name)
{
    int value = -1;
    unsigned bytes = sizeof value;

    assert_int_equal(kernel_getsockopt(kernel_fd, level, name, &value, &bytes), 0);
    return value;
}

/* Windows' numbers count from the moment that keep-alive is on. */
static void keepalive_tells_the_kernel_its_times(void **state)
{
    SOCKET s = open_socket(AF_INET6, SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    assert_int_equal(kernel_get(LINUX_SOL_SOCKET, LINUX_SO_KEEPALIVE), 1);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPINTVL), 1);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPCNT), 10);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_KEEPALIVE, 60), 0);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_KEEPINTVL, 5), 0);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_KEEPCNT, 3), 0);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPIDLE), 60);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPINTVL), 5);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPCNT), 3);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_KEEPALIVE, 0), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPINTVL), 5);
    closesocket(s);
}

/* Linux' ranges are smaller: there it is the largest number, here the one that was set. */
static void keepalive_numbers_read_back_beyond_the_kernels(void **state)
{
    SOCKET s = open_socket(AF_INET, SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_KEEPIDLE, 1000000), 0);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPIDLE), 1000000);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPIDLE), 32767);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_KEEPCNT, 255), 0);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPCNT), 255);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPCNT), 127);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_KEEPINTVL, 0x7fffffff), 0);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPINTVL), 0x7fffffff);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPINTVL), 32767);
    pair_fails(pair_set(s, IPPROTO_TCP, TCP_KEEPCNT, 256), WSAEINVAL);
    pair_fails(pair_set(s, IPPROTO_TCP, TCP_KEEPIDLE, 0), WSAEINVAL);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPCNT), 255);
    closesocket(s);
}

/* SOCKOPT-GEN-28: what fails takes the length away; and with it a length of -1, SOCKOPT-GEN-19. */
static void numbers_of_tcp_need_all_their_room(void **state)
{
    static const int names[] = {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT};
    SOCKET s = open_socket(AF_INET, SOCK_STREAM);

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(names); i++) {
        for (int room = 1; room < 4; room++) {
            unsigned value = 0xffffffff;
            int length = room;

            pair_fails(getsockopt(s, IPPROTO_TCP, names[i], (char *)&value, &length), WSAEFAULT);
            assert_int_equal(length, 0);
            assert_int_equal(value, 0xffffffff);
            pair_fails(setsockopt(s, IPPROTO_TCP, names[i], (char *)&value, room), WSAEFAULT);
        }
        pair_fails(setsockopt(s, IPPROTO_TCP, names[i], "\1\0\0", -1), WSAENOBUFS);
        pair_fails(setsockopt(s, IPPROTO_TCP, names[i], NULL, 4), WSAEFAULT);
        pair_fails(setsockopt(s, IPPROTO_TCP, names[i], PAIR_BAD, 4), WSAEFAULT);
    }
    closesocket(s);
}

static void accepted_sockets_inherit_the_times(void **state)
{
    SOCKET listener = pair_socket(SOCK_STREAM);
    SOCKET client;
    SOCKET server;

    (void)state;
    assert_int_equal(pair_set(listener, IPPROTO_TCP, TCP_KEEPIDLE, 100000), 0);
    assert_int_equal(pair_set(listener, IPPROTO_TCP, TCP_KEEPINTVL, 7), 0);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    assert_int_equal(pair_bind(listener, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(listen(listener, 5), 0);
    client = pair_client(pair_address(listener));
    server = accept(listener, NULL, NULL);
    assert_int_equal(pair_get(server, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_KEEPIDLE), 100000);
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_KEEPINTVL), 7);
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_KEEPCNT), 10);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

/* One time in two units; -1 is for ever, which is 24 days to Linux. */
static void retransmission_time_has_two_units(void **state)
{
    SOCKET s = open_socket(AF_INET, SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_MAXRT, 20), 0);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_USER_TIMEOUT), 20000);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_MAXRTMS), 20000);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_MAXRTMS, 1999), 0);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_USER_TIMEOUT), 1999);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_MAXRT), 1);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_MAXRT, -1), 0);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_USER_TIMEOUT), 0x7fffffff);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_MAXRTMS), -1);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_MAXRT, 0x7fffffff), 0);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_MAXRT), 2147483);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_MAXRT, 0), 0);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_USER_TIMEOUT), 0);
    closesocket(s);
}

static void first_packet_is_repeated_as_the_option_says(void **state)
{
    SOCKET s = open_socket(AF_INET, SOCK_STREAM);
    int usual = kernel_get(IPPROTO_TCP, LINUX_SYNCNT);

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_NOSYNRETRIES, 1), 0);
        assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_SYNCNT), 1);
        assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_NOSYNRETRIES), 1);
    }
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_NOSYNRETRIES, 0), 0);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_SYNCNT), usual);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_NOSYNRETRIES), 0);
    closesocket(s);
}

/* The machine's setting, which can be asked for and not changed. */
static void time_stamps_are_the_systems(void **state)
{
    SOCKET s = open_socket(AF_INET, SOCK_STREAM);
    int now = pair_get(s, IPPROTO_TCP, TCP_TIMESTAMPS);
    SOCKET listener = pair_listener();
    SOCKET client = pair_client(pair_address(listener));

    (void)state;
    assert_in_range(now, 0, 1);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_TIMESTAMPS, now), 0);
    pair_fails(pair_set(s, IPPROTO_TCP, TCP_TIMESTAMPS, !now), WSAENOPROTOOPT);
    assert_int_equal(pair_get(client, IPPROTO_TCP, TCP_TIMESTAMPS), now);
    closesocket(s);
    closesocket(client);
    closesocket(listener);
}

/* A listener may have it on; connections then come as usual. */
static void fast_open_is_of_listeners(void **state)
{
    SOCKET listener = open_socket(AF_INET, SOCK_STREAM);
    SOCKET client;
    SOCKET server;
    char byte = 0;

    (void)state;
    assert_int_equal(pair_set(listener, IPPROTO_TCP, TCP_FASTOPEN, 1), 0);
    assert_true(kernel_get(IPPROTO_TCP, LINUX_FASTOPEN) > 0);
    assert_int_equal(pair_bind(listener, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(listen(listener, 5), 0);
    client = pair_client(pair_address(listener));
    server = accept(listener, NULL, NULL);
    assert_int_equal(send(client, "x", 1, 0), 1);
    assert_int_equal(recv(server, &byte, 1, 0), 1);
    assert_int_equal(byte, 'x');
    assert_true(pair_get(server, IPPROTO_TCP, TCP_MAXSEG) > 0);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

/* As SIOCATMARK: false while an urgent byte waits. */
static void at_mark_tells_of_an_urgent_byte(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_client(pair_address(listener));
    SOCKET server = accept(listener, NULL, NULL);
    WSAPOLLFD wait = {server, POLLRDBAND, 0};
    char byte = 0;

    (void)state;
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_ATMARK), 1);
    assert_int_equal(send(client, "!", 1, MSG_OOB), 1);
    assert_int_equal(WSAPoll(&wait, 1, FLOW_LIMIT_MS), 1);
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_ATMARK), 0);
    assert_int_equal(recv(server, &byte, 1, MSG_OOB), 1);
    assert_int_equal(pair_get(server, IPPROTO_TCP, TCP_ATMARK), 1);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

/* No connect, no message; the option itself needs the other one. */
static void icmp_error_info_is_empty_at_first(void **state)
{
    SOCKET s = open_socket(AF_INET, SOCK_STREAM);
    ICMP_ERROR_INFO info;
    int length = sizeof info;

    (void)state;
    pair_fails(getsockopt(s, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, (char *)&info, &length), WSAEINVAL);
    assert_int_equal(WSASetFailConnectOnIcmpError(s, TRUE), 0);
    assert_int_equal(getsockopt(s, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, (char *)&info, &length), 0);
    assert_int_equal(length, 0);
    closesocket(s);
}

/* TF_REUSE_SOCKET puts another descriptor behind the handle. */
static void options_outlive_the_descriptor(void **state)
{
    GUID id = WSAID_DISCONNECTEX;
    LPFN_DISCONNECTEX disconnect_ex = NULL;
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = open_socket(AF_INET, SOCK_STREAM);
    SOCKET server;
    DWORD bytes;

    (void)state;
    assert_int_equal(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &disconnect_ex,
                              sizeof disconnect_ex, &bytes, NULL, NULL),
                     0);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_KEEPIDLE, 60), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_MAXRT, 20), 0);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    assert_int_equal(pair_set(s, IPPROTO_TCP, TCP_NOSYNRETRIES, 1), 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    server = accept(listener, NULL, NULL);
    assert_true(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
    assert_int_equal(kernel_get(LINUX_SOL_SOCKET, LINUX_SO_KEEPALIVE), 1);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPIDLE), 60);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_KEEPINTVL), 1);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_USER_TIMEOUT), 20000);
    assert_int_equal(kernel_get(IPPROTO_TCP, LINUX_SYNCNT), 1);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(pair_get(s, IPPROTO_TCP, TCP_KEEPIDLE), 60);
    closesocket(server);
    closesocket(s);
    closesocket(listener);
}

static void checksums_have_two_names(void **state)
{
    SOCKET s = open_socket(AF_INET, SOCK_DGRAM);

    (void)state;
    assert_int_equal(pair_set(s, IPPROTO_UDP, UDP_NOCHECKSUM, 1), 0);
    assert_int_equal(kernel_get(LINUX_SOL_SOCKET, LINUX_SO_NO_CHECK), 1);
    assert_int_equal(pair_get(s, IPPROTO_UDP, UDP_CHECKSUM_COVERAGE), 0);
    assert_int_equal(pair_set(s, IPPROTO_UDP, UDP_CHECKSUM_COVERAGE, 1), 0);
    assert_int_equal(pair_get(s, IPPROTO_UDP, UDP_NOCHECKSUM), 0);
    closesocket(s);
}

static void datagrams_are_segmented_and_coalesced_by_the_kernel(void **state)
{
    SOCKET s = open_socket(AF_INET, SOCK_DGRAM);
    DWORD bytes = 1;

    (void)state;
    assert_int_equal(WSASetUdpSendMessageSize(s, 1200), 0);
    assert_int_equal(kernel_get(IPPROTO_UDP, LINUX_UDP_SEGMENT), 1200);
    assert_int_equal(WSAGetUdpSendMessageSize(s, &bytes), 0);
    assert_int_equal(bytes, 1200);
    pair_fails(WSASetUdpSendMessageSize(s, 65536), WSAEINVAL);
    assert_int_equal(kernel_get(IPPROTO_UDP, LINUX_UDP_SEGMENT), 1200);
    assert_int_equal(WSASetUdpSendMessageSize(s, 0), 0);
    assert_int_equal(kernel_get(IPPROTO_UDP, LINUX_UDP_SEGMENT), 0);
    assert_int_equal(WSASetUdpRecvMaxCoalescedSize(s, 65535), 0);
    assert_int_equal(kernel_get(IPPROTO_UDP, LINUX_UDP_GRO), 1);
    assert_int_equal(WSAGetUdpRecvMaxCoalescedSize(s, &bytes), 0);
    assert_int_equal(bytes, 65535);
    /* the kernel knows no smaller limit than that of all datagrams */
    assert_int_equal(WSASetUdpRecvMaxCoalescedSize(s, 8000), 0);
    assert_int_equal(kernel_get(IPPROTO_UDP, LINUX_UDP_GRO), 0);
    assert_int_equal(WSAGetUdpRecvMaxCoalescedSize(s, &bytes), 0);
    assert_int_equal(bytes, 8000);
    assert_int_equal(WSASetUdpRecvMaxCoalescedSize(s, 0), 0);
    assert_int_equal(kernel_get(IPPROTO_UDP, LINUX_UDP_GRO), 0);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keepalive_tells_the_kernel_its_times),
        cmocka_unit_test(keepalive_numbers_read_back_beyond_the_kernels),
        cmocka_unit_test(numbers_of_tcp_need_all_their_room),
        cmocka_unit_test(accepted_sockets_inherit_the_times),
        cmocka_unit_test(retransmission_time_has_two_units),
        cmocka_unit_test(first_packet_is_repeated_as_the_option_says),
        cmocka_unit_test(time_stamps_are_the_systems),
        cmocka_unit_test(fast_open_is_of_listeners),
        cmocka_unit_test(at_mark_tells_of_an_urgent_byte),
        cmocka_unit_test(icmp_error_info_is_empty_at_first),
        cmocka_unit_test(options_outlive_the_descriptor),
        cmocka_unit_test(checksums_have_two_names),
        cmocka_unit_test(datagrams_are_segmented_and_coalesced_by_the_kernel),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
