/* SPDX-License-Identifier: MIT */
/* Raw sockets: who may have them, what they receive and what they send. */
#include <linux/capability.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../api/flow.h"
#include "../api/netevents.h"
#include "netns.h"

#include <ws2tcpip.h>

enum { IP4_BYTES = 20, ECHO_BYTES = 12, EXPERIMENT = 253, OTHER_EXPERIMENT = 254 };

static SOCKET raw(int family, int protocol)
{
    SOCKET s = socket(family, SOCK_RAW, protocol);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static SOCKET raw_at(uint32_t address, int protocol)
{
    SOCKET s = raw(AF_INET, protocol);

    assert_int_equal(pair_bind(s, address, 0), 0);
    return s;
}

static SOCKADDR_IN6 loopback6(USHORT port)
{
    SOCKADDR_IN6 name = {.sin6_family = AF_INET6, .sin6_port = port, .sin6_addr.s6_addr[15] = 1};

    return name;
}

static void send_to(SOCKET s, uint32_t address, const void *data, int bytes)
{
    SOCKADDR_IN to = pair_name(address, htons(7)); /* a port, which nobody looks at */

    assert_int_equal(sendto(s, data, bytes, 0, (struct sockaddr *)&to, sizeof to), bytes);
}

/* ---- Who may have one ---- */

/* The rights of this thread only: the system call knows no others. */
static void *try_without_rights(void *argument)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];
    int *errors = argument;
    const int families[] = {AF_INET, AF_INET6};

    memset(none, 0, sizeof none);
    assert_int_equal(syscall(SYS_capset, &header, none), 0);
    for (int i = 0; i < 2; i++) {
        WSASetLastError(0);
        errors[2 * i] = socket(families[i], SOCK_RAW, IPPROTO_ICMP) == INVALID_SOCKET;
        errors[2 * i + 1] = WSAGetLastError();
    }
    return NULL;
}

/* WSASOCKET-13 */
static void without_rights_there_is_none(void **state)
{
    int errors[4] = {0};

    (void)state;
    flow_join(flow_run(try_without_rights, errors));
    for (int i = 0; i < 4; i += 2) {
        assert_int_equal(errors[i], 1);
        assert_int_equal(errors[i + 1], WSAEACCES);
    }
}

static void every_protocol_has_one(void **state)
{
    static const int wrong[] = {-1, 256, 0x7FFFFFFF};
    const int families[] = {AF_INET, AF_INET6};

    (void)state;
    for (size_t f = 0; f < PAIR_COUNT(families); f++) {
        for (int protocol = 0; protocol < 256; protocol++)
            closesocket(raw(families[f], protocol));
        for (size_t i = 0; i < PAIR_COUNT(wrong); i++) {
            WSASetLastError(0);
            assert_true(socket(families[f], SOCK_RAW, wrong[i]) == INVALID_SOCKET);
            assert_int_equal(WSAGetLastError(), WSAEPROTONOSUPPORT);
        }
    }
}

/* No protocol brings its own header unasked: RAW and IP do on Linux, or do not exist. */
static void headers_are_written_by_the_system(void **state)
{
    static const int protocols[] = {IPPROTO_IP, IPPROTO_ICMP, EXPERIMENT, IPPROTO_RAW};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(protocols); i++) {
        SOCKET s = raw(AF_INET, protocols[i]);
        SOCKET s6 = raw(AF_INET6, protocols[i]);

        assert_int_equal(pair_get(s, IPPROTO_IP, IP_HDRINCL), 0);
        assert_int_equal(pair_get(s6, IPPROTO_IPV6, IPV6_HDRINCL), 0);
        closesocket(s);
        closesocket(s6);
    }
}

/* ---- Names ---- */

/* They have no ports, and any number of them may have one address. */
static void one_address_serves_many(void **state)
{
    SOCKET one = raw_at(INADDR_LOOPBACK, EXPERIMENT);
    SOCKET two = raw(AF_INET, EXPERIMENT);
    SOCKET other = raw_at(INADDR_LOOPBACK + 1, EXPERIMENT);
    SOCKET third = raw_at(INADDR_LOOPBACK, OTHER_EXPERIMENT);
    char data[64];
    u_long waiting = 9;

    (void)state;
    assert_int_equal(pair_bind(two, INADDR_LOOPBACK, htons(5)), 0);
    pair_fails(pair_bind(two, INADDR_LOOPBACK, 0), WSAEINVAL);
    assert_int_equal(pair_address(one).sin_port, 0);
    assert_int_equal(pair_address(one).sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    send_to(other, INADDR_LOOPBACK, "abc", 3);
    assert_int_equal(flow_recv(one, data, sizeof data), IP4_BYTES + 3);
    assert_int_equal(flow_recv(two, data, sizeof data), IP4_BYTES + 3);
    assert_int_equal(ioctlsocket(other, (long)FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 0); /* another address */
    assert_int_equal(ioctlsocket(third, (long)FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 0); /* another protocol */
    closesocket(one);
    closesocket(two);
    closesocket(other);
    closesocket(third);
}

static void senders_have_no_port(void **state)
{
    SOCKET s = raw_at(INADDR_LOOPBACK, EXPERIMENT);
    SOCKET s6 = raw(AF_INET6, EXPERIMENT);
    SOCKADDR_IN6 name6 = loopback6(0);
    SOCKADDR_IN6 to6 = loopback6(htons(7));
    SOCKADDR_IN from;
    int length = sizeof from;
    char data[64];

    (void)state;
    send_to(s, INADDR_LOOPBACK, "abc", 3);
    memset(&from, 0xFF, sizeof from);
    assert_int_equal(recvfrom(s, data, sizeof data, 0, (struct sockaddr *)&from, &length),
                     IP4_BYTES + 3);
    assert_int_equal(length, sizeof from);
    assert_int_equal(from.sin_family, AF_INET);
    assert_int_equal(from.sin_port, 0);
    assert_int_equal(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(bind(s6, (struct sockaddr *)&name6, sizeof name6), 0);
    assert_int_equal(sendto(s6, "abc", 3, 0, (struct sockaddr *)&to6, sizeof to6), 3);
    memset(&name6, 0xFF, sizeof name6);
    length = sizeof name6;
    assert_int_equal(recvfrom(s6, data, sizeof data, 0, (struct sockaddr *)&name6, &length), 3);
    to6.sin6_port = 0;
    assert_memory_equal(&name6, &to6, sizeof to6);
    memset(&name6, 0xFF, sizeof name6);
    assert_int_equal(getsockname(s6, (struct sockaddr *)&name6, &length), 0);
    assert_memory_equal(&name6, &to6, sizeof to6);
    closesocket(s);
    closesocket(s6);
}

/* ---- Data ---- */

static USHORT internet_sum(const unsigned char *data, int bytes)
{
    uint32_t sum = 0;

    for (int i = 0; i + 1 < bytes; i += 2)
        sum += (uint32_t)(data[i] << 8 | data[i + 1]);
    while (sum >> 16 != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (USHORT)~sum;
}

static void echo_write(unsigned char *echo, unsigned char type)
{
    static const unsigned char rest[] = {0, 0, 0, 0x12, 0x34, 0, 9, 'p', 'i', 'n', 'g'};

    echo[0] = type;
    memcpy(echo + 1, rest, sizeof rest);
}

/* RAW-02: the request comes too, on loopback; then the reply, each with its IP header. */
static void icmp_comes_with_its_header(void **state)
{
    SOCKET s = raw_at(INADDR_LOOPBACK, IPPROTO_ICMP);
    unsigned char echo[ECHO_BYTES];
    unsigned char packet[128];
    USHORT sum;

    (void)state;
    echo_write(echo, 8);
    sum = internet_sum(echo, sizeof echo);
    echo[2] = (unsigned char)(sum >> 8);
    echo[3] = (unsigned char)sum;
    send_to(s, INADDR_LOOPBACK, echo, sizeof echo);
    for (int type = 8; type >= 0; type -= 8) {
        memset(packet, 0, sizeof packet);
        assert_int_equal(flow_recv(s, packet, sizeof packet), IP4_BYTES + ECHO_BYTES);
        assert_int_equal(packet[0], 0x45); /* version 4, five words */
        assert_int_equal(packet[2] << 8 | packet[3], IP4_BYTES + ECHO_BYTES);
        assert_int_equal(packet[9], IPPROTO_ICMP);
        assert_int_equal(packet[IP4_BYTES], type);
        assert_memory_equal(packet + IP4_BYTES + 4, echo + 4, ECHO_BYTES - 4);
    }
    closesocket(s);
}

/* RAW-03 */
static void icmpv6_comes_without_its_header(void **state)
{
    SOCKET s = raw(AF_INET6, IPPROTO_ICMPV6);
    SOCKADDR_IN6 name = loopback6(0);
    unsigned char echo[ECHO_BYTES];
    unsigned char packet[128];

    (void)state;
    assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
    echo_write(echo, 128);
    assert_int_equal(sendto(s, (char *)echo, sizeof echo, 0, (struct sockaddr *)&name, sizeof name),
                     sizeof echo);
    for (int type = 128; type < 130; type++) {
        memset(packet, 0, sizeof packet);
        assert_int_equal(flow_recv(s, packet, sizeof packet), ECHO_BYTES);
        assert_int_equal(packet[0], type);
        assert_int_not_equal(packet[2] << 8 | packet[3], 0); /* the system's checksum */
        assert_memory_equal(packet + 4, echo + 4, ECHO_BYTES - 4);
    }
    closesocket(s);
}

/* The rules of datagrams. */
static void receives_follow_the_rules_of_datagrams(void **state)
{
    SOCKET unbound = raw(AF_INET, EXPERIMENT);
    SOCKET s = raw_at(INADDR_LOOPBACK, EXPERIMENT);
    char data[64];

    (void)state;
    pair_fails(flow_recv(unbound, data, sizeof data), WSAEINVAL);
    pair_fails(flow_send(s, "x", 1), WSAENOTCONN);
    pair_fails(listen(s, 1), WSAEOPNOTSUPP);
    send_to(unbound, INADDR_LOOPBACK, "abcdef", 6); /* this binds it */
    assert_int_equal(pair_address(unbound).sin_addr.s_addr, 0);
    pair_fails(flow_recv(s, data, IP4_BYTES + 3), WSAEMSGSIZE);
    send_to(unbound, INADDR_LOOPBACK, "next", 4);
    assert_int_equal(flow_recv(s, data, sizeof data), IP4_BYTES + 4);
    assert_memory_equal(data + IP4_BYTES, "next", 4);
    closesocket(unbound);
    closesocket(s);
}

static void own_headers_are_sent(void **state)
{
    static const int protocols[] = {IPPROTO_IP, IPPROTO_RAW, OTHER_EXPERIMENT};
    SOCKET taker = raw_at(INADDR_LOOPBACK, EXPERIMENT);
    unsigned char packet[IP4_BYTES + 4] = {
        0x45, 0, 0, sizeof packet, 0, 7, 0, 0,   64,  EXPERIMENT, 0,  0, 10,
        1,    2, 3, 127,           0, 0, 1, 'o', 'w', 'n',        '!'};
    unsigned char got[64];

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(protocols); i++) {
        SOCKET s = raw_at(INADDR_LOOPBACK, protocols[i]);

        assert_int_equal(pair_set(s, IPPROTO_IP, IP_HDRINCL, 1), 0);
        memcpy(packet + 12, "\x7f\0\0\x09", 4); /* whose it is not */
        send_to(s, INADDR_LOOPBACK, packet, sizeof packet);
        assert_int_equal(flow_recv(taker, got, sizeof got), sizeof packet);
        assert_memory_equal(got + 12, packet + 12, sizeof packet - 12);
        assert_int_equal(got[8], 64);
        closesocket(s);
    }
    closesocket(taker);
}

static void packets_come_to_ports_and_events(void **state)
{
    SOCKET s = raw_at(INADDR_LOOPBACK, EXPERIMENT);
    SOCKET sender = raw_at(INADDR_LOOPBACK + 1, EXPERIMENT);
    WSAEVENT event = events_select(s, FD_READ);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = {0};
    struct flow_packet packet;
    char data[64];

    (void)state;
    send_to(sender, INADDR_LOOPBACK, "1", 1);
    events_are(s, event, FD_READ);
    assert_int_equal(flow_recv(s, data, sizeof data), IP4_BYTES + 1);
    flow_tie(s, port, 3);
    flow_accepted(flow_start_recv(s, data, sizeof data, &overlapped));
    send_to(sender, INADDR_LOOPBACK, "22", 2);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, IP4_BYTES + 2);
    closesocket(s);
    closesocket(sender);
    CloseHandle(port);
    WSACloseEvent(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_rights_there_is_none),
        cmocka_unit_test(every_protocol_has_one),
        cmocka_unit_test(headers_are_written_by_the_system),
        cmocka_unit_test(one_address_serves_many),
        cmocka_unit_test(senders_have_no_port),
        cmocka_unit_test(icmp_comes_with_its_header),
        cmocka_unit_test(icmpv6_comes_without_its_header),
        cmocka_unit_test(receives_follow_the_rules_of_datagrams),
        cmocka_unit_test(own_headers_are_sent),
        cmocka_unit_test(packets_come_to_ports_and_events),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
