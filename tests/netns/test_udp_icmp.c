/* SPDX-License-Identifier: MIT */
/* What a router or the destination answers to datagrams, and which of it receives tell. */
#include "attempt.h"

enum { UNREACHABLE = 3, TIME_EXCEEDED = 11, UNREACHABLE6 = 1, TIME_EXCEEDED6 = 3 };

#define HOPLIMIT_EXCEEDED 0xC000A012u

static void tell(SOCKET s, DWORD code, BOOL on)
{
    DWORD n;

    assert_int_equal(WSAIoctl(s, code, &on, sizeof on, NULL, 0, &n, NULL, NULL), 0);
}

/* A socket that sends to addresses which are answered as the rows say. */
static SOCKET asker(int family)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static void ask(SOCKET s, const char *format, unsigned n, uint8_t type, uint8_t code)
{
    SOCKADDR_STORAGE to;
    char address[32];
    int to_bytes;

    answer_set(n, type, code);
    snprintf(address, sizeof address, format, n);
    to_bytes = attempt_name(&to, address, htons(9));
    assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&to, to_bytes), 1);
}

/* A receive with a deadline, so that an answer that is not told is a time-out. */
static int hear(SOCKET s, DWORD wait_ms)
{
    char byte;

    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&wait_ms, sizeof wait_ms), 0);
    WSASetLastError(0);
    assert_int_equal(recv(s, &byte, 1, 0), SOCKET_ERROR);
    return WSAGetLastError();
}

static const struct {
    const char *format;
    unsigned n;
    uint8_t type, code;
    int error; /* 0: nothing is told */
} rows[] = {
    {"10.8.0.%u", 2, UNREACHABLE, 3, WSAECONNRESET},
    {"fd08::%x", 2, UNREACHABLE6, 4, WSAECONNRESET},
    {"10.8.0.%u", 3, TIME_EXCEEDED, 0, WSAENETRESET},
    {"fd08::%x", 3, TIME_EXCEEDED6, 0, WSAENETRESET},
    {"10.8.0.%u", 4, UNREACHABLE, 0, 0},
    {"10.8.0.%u", 5, UNREACHABLE, 1, 0},
    {"10.8.0.%u", 6, UNREACHABLE, 13, 0},
    {"fd08::%x", 4, UNREACHABLE6, 0, 0},
};

static void unconnected_sockets_hear_two_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        SOCKET s = asker(strchr(rows[i].format, ':') != NULL ? AF_INET6 : AF_INET);

        ask(s, rows[i].format, rows[i].n, rows[i].type, rows[i].code);
        assert_int_equal(hear(s, rows[i].error != 0 ? 20000 : 60),
                         rows[i].error != 0 ? rows[i].error : WSAETIMEDOUT);
        closesocket(s);
    }
}

static void connected_sockets_hear_of_used_up_hops(void **state)
{
    SOCKADDR_STORAGE to;
    SOCKET s = asker(AF_INET);
    int to_bytes = attempt_name(&to, "10.8.0.3", htons(9));

    (void)state;
    answer_set(3, TIME_EXCEEDED, 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, to_bytes), 0);
    assert_int_equal(send(s, "x", 1, 0), 1);
    assert_int_equal(hear(s, 20000), WSAENETRESET);
    closesocket(s);
}

static void every_receive_hears_of_used_up_hops(void **state)
{
    SOCKET s = asker(AF_INET);
    LPFN_WSARECVMSG WSARecvMsg = NULL;
    char data[4];
    WSABUF buffer = {4, data};
    WSAMSG message = {.lpBuffers = &buffer, .dwBufferCount = 1};
    DWORD n = 0, flags = 0;

    (void)state;
    flow_extension((GUID)WSAID_WSARECVMSG, &WSARecvMsg);
    ask(s, "10.8.0.%u", 3, TIME_EXCEEDED, 0);
    pair_fails(recvfrom(s, data, 4, 0, NULL, NULL), WSAENETRESET);
    ask(s, "10.8.0.%u", 3, TIME_EXCEEDED, 0);
    pair_fails(WSARecvFrom(s, &buffer, 1, &n, &flags, NULL, NULL, NULL, NULL), WSAENETRESET);
    ask(s, "10.8.0.%u", 3, TIME_EXCEEDED, 0);
    pair_fails(WSARecvMsg(s, &message, &n, NULL, NULL), WSAENETRESET);
    closesocket(s);
}

/* Each switch silences its own answer only. */
static void each_switch_is_for_one_answer(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        SOCKET s = asker(AF_INET);

        tell(s, i == 0 ? SIO_UDP_CONNRESET : SIO_UDP_NETRESET, FALSE);
        ask(s, "10.8.0.%u", 2, UNREACHABLE, 3);
        assert_int_equal(hear(s, i == 0 ? 60 : 20000), i == 0 ? WSAETIMEDOUT : WSAECONNRESET);
        ask(s, "10.8.0.%u", 3, TIME_EXCEEDED, 0);
        assert_int_equal(hear(s, i == 1 ? 60 : 20000), i == 1 ? WSAETIMEDOUT : WSAENETRESET);
        closesocket(s);
    }
}

static void an_operation_hears_it_in_its_completion(void **state)
{
    SOCKET s = asker(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    SOCKADDR_IN any = pair_name(INADDR_ANY, 0);
    DWORD n = 0, flags = 0;
    char data[4];

    (void)state;
    assert_int_equal(bind(s, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(flow_start_recv(s, data, 4, &overlapped), WSA_IO_PENDING);
    ask(s, "10.8.0.%u", 5, UNREACHABLE, 1); /* does not end it */
    ask(s, "10.8.0.%u", 3, TIME_EXCEEDED, 0);
    assert_int_equal(flow_end(s, &overlapped, &n), ERROR_HOST_UNREACHABLE);
    assert_int_equal((DWORD)overlapped.Internal, HOPLIMIT_EXCEEDED);
    assert_false(WSAGetOverlappedResult(s, &overlapped, &n, FALSE, &flags));
    assert_int_equal(WSAGetLastError(), WSAENETRESET);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unconnected_sockets_hear_two_answers),
        cmocka_unit_test(connected_sockets_hear_of_used_up_hops),
        cmocka_unit_test(every_receive_hears_of_used_up_hops),
        cmocka_unit_test(each_switch_is_for_one_answer),
        cmocka_unit_test(an_operation_hears_it_in_its_completion),
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
