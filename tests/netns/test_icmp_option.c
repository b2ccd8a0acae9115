/* SPDX-License-Identifier: MIT */
/* TCP_FAIL_CONNECT_ON_ICMP_ERROR and TCP_ICMP_ERROR_INFO, with somebody who answers connects. */
#include "../api/flow.h"
#include "netns.h"

#include <ws2tcpip.h>

static const struct {
    int family;
    const char *address;
    const char *from; /* the answers are sent from this end's address */
    unsigned n;
    uint8_t type, code;
} answers[] = {
    {AF_INET, "10.8.0.2", "10.8.0.1", 2, 3, 0},  /* no such net */
    {AF_INET, "10.8.0.3", "10.8.0.1", 3, 3, 1},  /* no such host */
    {AF_INET, "10.8.0.4", "10.8.0.1", 4, 3, 13}, /* filtered */
    {AF_INET, "10.8.0.5", "10.8.0.1", 5, 3, 3},  /* no such port */
    {AF_INET6, "fd08::6", "fd08::1", 6, 1, 1},   /* prohibited */
};

static SOCKADDR_INET name_of(size_t i, const char *address)
{
    SOCKADDR_INET name;
    int bytes = sizeof name;

    memset(&name, 0, sizeof name);
    assert_int_equal(WSAStringToAddressA((char *)(uintptr_t)address, answers[i].family, NULL,
                                         (struct sockaddr *)&name, &bytes),
                     0);
    name.Ipv4.sin_port = htons(9); /* it is at the same place for both */
    return name;
}

static void check_info(SOCKET s, size_t i)
{
    SOCKADDR_INET from = name_of(i, answers[i].from);
    ICMP_ERROR_INFO info;
    int length = sizeof info;

    for (int again = 0; again < 2; again++) { /* it stays until the next connect */
        memset(&info, 0xee, sizeof info);
        assert_int_equal(WSAGetIcmpErrorInfo(s, &info), 0);
        assert_int_equal(info.srcaddress.si_family, answers[i].family);
        if (answers[i].family == AF_INET)
            assert_memory_equal(&info.srcaddress.Ipv4.sin_addr, &from.Ipv4.sin_addr, 4);
        else
            assert_memory_equal(&info.srcaddress.Ipv6.sin6_addr, &from.Ipv6.sin6_addr, 16);
        assert_int_equal(info.protocol,
                         answers[i].family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
        assert_int_equal(info.type, answers[i].type);
        assert_int_equal(info.code, answers[i].code);
    }
    length = sizeof info - 1;
    pair_fails(getsockopt(s, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, (char *)&info, &length), WSAEFAULT);
}

static int connect_by_connectex(SOCKET s, const SOCKADDR_INET *to, int bytes)
{
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX connect_ex = NULL;
    OVERLAPPED overlapped = flow_overlapped();
    SOCKADDR_INET any;
    DWORD got;
    DWORD flags;
    int error;

    memset(&any, 0, sizeof any);
    any.si_family = to->si_family;
    assert_int_equal(bind(s, (struct sockaddr *)&any, bytes), 0);
    assert_int_equal(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &connect_ex,
                              sizeof connect_ex, &got, NULL, NULL),
                     0);
    if (!connect_ex(s, (const struct sockaddr *)to, bytes, NULL, 0, NULL, &overlapped))
        assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    WSASetLastError(0);
    (void)WSAGetOverlappedResult(s, &overlapped, &got, TRUE, &flags);
    error = WSAGetLastError();
    WSACloseEvent(overlapped.hEvent);
    return error;
}

static void icmp_messages_end_connects_and_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(answers); i++) {
        SOCKADDR_INET to = name_of(i, answers[i].address);
        int bytes = answers[i].family == AF_INET ? sizeof to.Ipv4 : sizeof to.Ipv6;
        SOCKET s = socket(answers[i].family, SOCK_STREAM, 0);
        SOCKET other = socket(answers[i].family, SOCK_STREAM, 0);

        answer_set(answers[i].n, answers[i].type, answers[i].code);
        assert_int_equal(WSASetFailConnectOnIcmpError(s, TRUE), 0);
        assert_int_equal(WSASetFailConnectOnIcmpError(other, TRUE), 0);
        pair_fails(connect(s, (struct sockaddr *)&to, bytes), WSAEHOSTUNREACH);
        check_info(s, i);
        assert_int_equal(connect_by_connectex(other, &to, bytes), WSAEHOSTUNREACH);
        check_info(other, i);
        answer_set(answers[i].n, 0, 0);
        closesocket(s);
        closesocket(other);
    }
}

/* A refusal by the host itself is none; what an earlier connect left is gone. */
static void reset_is_no_icmp_message(void **state)
{
    SOCKADDR_INET unreachable = name_of(1, answers[1].address);
    SOCKET listener = pair_bound(SOCK_STREAM); /* it does not listen */
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    ICMP_ERROR_INFO info;
    int length = sizeof info;

    (void)state;
    answer_set(answers[1].n, answers[1].type, answers[1].code);
    assert_int_equal(WSASetFailConnectOnIcmpError(s, TRUE), 0);
    pair_fails(connect(s, (struct sockaddr *)&unreachable, sizeof unreachable.Ipv4),
               WSAEHOSTUNREACH);
    pair_fails(connect(s, (struct sockaddr *)&to, sizeof to), WSAECONNREFUSED);
    assert_int_equal(getsockopt(s, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, (char *)&info, &length), 0);
    assert_int_equal(length, 0);
    answer_set(answers[1].n, 0, 0);
    closesocket(s);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(icmp_messages_end_connects_and_are_told),
        cmocka_unit_test(reset_is_no_icmp_message),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!answer_begin()) {
        printf("skipped: packet sockets are not permitted\n");
        return NETNS_SKIPPED;
    }
    if (!netns_set("ipv4/icmp_ratelimit", "0") || !netns_set("ipv6/icmp/ratelimit", "0"))
        printf("note: /proc/sys is read-only\n");
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
