/* SPDX-License-Identifier: MIT */
/* WSASendTo and WSARecvFrom overlapped: with events, with a completion port, many at a time. */
#include "udp.h"

#define CUT 0x80000005u /* STATUS_BUFFER_OVERFLOW */

static void the_sender_is_written_at_completion(void **state)
{
    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        SOCKET s = udp_bound(family), sender = udp_bound(family);
        struct udp_name sent_by = udp_name_of(sender), from;
        OVERLAPPED overlapped = flow_overlapped();
        char first[3], second[8];
        WSABUF buffers[2] = {{3, first}, {8, second}};
        DWORD n = 0;

        assert_int_equal(udp_start_recv(s, buffers, 2, &from, &overlapped), WSA_IO_PENDING);
        memset(buffers, 0, sizeof buffers); /* the array was read already */
        assert_int_equal(udp_send(sender, "abcdefgh", 8, udp_name_of(s)), 8);
        assert_int_equal(flow_end(s, &overlapped, &n), 0);
        assert_int_equal(n, 8);
        assert_memory_equal(first, "abc", 3);
        assert_memory_equal(second, "defgh", 5);
        assert_true(udp_same(&from, &sent_by));
        WSACloseEvent(overlapped.hEvent);
        closesocket(s);
        closesocket(sender);
    }
}

static void what_is_there_comes_at_once(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    struct udp_name sent_by = udp_name_of(sender), from;
    OVERLAPPED overlapped = flow_overlapped();
    char data[8];
    WSABUF buffer = {8, data};
    DWORD n = 77, flags = 0;

    (void)state;
    assert_int_equal(udp_send(sender, "abc", 3, udp_name_of(s)), 3);
    from.bytes = sizeof from.data;
    assert_int_equal(
        WSARecvFrom(s, &buffer, 1, &n, &flags, udp_address(&from), &from.bytes, &overlapped, NULL),
        0);
    assert_int_equal(n, 3);
    assert_true(udp_same(&from, &sent_by));
    assert_true(HasOverlappedIoCompleted(&overlapped));
    assert_int_equal(flow_end(s, &overlapped, &n), 0); /* the event is set as well */
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
    closesocket(sender);
}

static void a_cut_datagram_ends_with_its_part(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    struct udp_name to = udp_name_of(s), sent_by = udp_name_of(sender), from;
    char data[4];
    WSABUF buffer = {4, data};

    (void)state;
    for (int early = 0; early < 2; early++) {
        OVERLAPPED overlapped = flow_overlapped();
        DWORD n = 77, flags = 7;

        if (early)
            assert_int_equal(udp_send(sender, "abcdefgh", 8, to), 8);
        assert_int_equal(udp_start_recv(s, &buffer, 1, &from, &overlapped), WSA_IO_PENDING);
        if (!early)
            assert_int_equal(udp_send(sender, "abcdefgh", 8, to), 8);
        assert_int_equal(flow_end(s, &overlapped, &n), ERROR_MORE_DATA);
        assert_int_equal(n, 4);
        assert_int_equal((DWORD)overlapped.Internal, CUT);
        assert_int_equal(overlapped.InternalHigh, 4);
        assert_memory_equal(data, "abcd", 4);
        assert_true(udp_same(&from, &sent_by));
        WSASetLastError(0);
        assert_false(WSAGetOverlappedResult(s, &overlapped, &n, FALSE, &flags));
        assert_int_equal(WSAGetLastError(), WSAEMSGSIZE);
        assert_int_equal(n, 4);
        WSACloseEvent(overlapped.hEvent);
    }
    closesocket(s);
    closesocket(sender);
}

static void an_empty_datagram_ends_an_operation(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    OVERLAPPED overlapped = flow_overlapped(), sending = flow_overlapped();
    struct udp_name from, sent_by = udp_name_of(sender);
    WSABUF buffer = {0, NULL};
    DWORD n = 77;

    (void)state;
    assert_int_equal(udp_start_recv(s, &buffer, 1, &from, &overlapped), WSA_IO_PENDING);
    flow_accepted(udp_start_send(sender, &buffer, 1, udp_name_of(s), &sending));
    assert_int_equal(flow_end(s, &overlapped, &n), 0);
    assert_int_equal(n, 0);
    assert_true(udp_same(&from, &sent_by));
    assert_int_equal(flow_end(sender, &sending, &n), 0);
    assert_int_equal(n, 0);
    WSACloseEvent(overlapped.hEvent);
    WSACloseEvent(sending.hEvent);
    closesocket(s);
    closesocket(sender);
}

/* The address and the array of buffers may go away when the call has returned. */
static void the_destination_is_copied(void **state)
{
    enum { SENDS = 32 };
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped[SENDS] = {{0}};
    char numbers[SENDS];

    (void)state;
    flow_tie(sender, port, 3);
    for (int i = 0; i < SENDS; i++) {
        struct udp_name to = udp_name_of(s);
        WSABUF buffers[2] = {{1, &numbers[i]}, {2, (char *)(uintptr_t) "ab"}};

        numbers[i] = (char)i;
        flow_accepted(WSASendTo(sender, buffers, 2, NULL, 0, udp_address(&to), to.bytes,
                                &overlapped[i], NULL) == 0
                          ? 0
                          : WSAGetLastError());
        memset(&to, 0xFF, sizeof to);
        memset(buffers, 0xFF, sizeof buffers);
    }
    for (int i = 0; i < SENDS; i++) {
        struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);
        char data[8];

        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.bytes, 3);
        assert_int_equal(packet.key, 3);
        assert_int_equal(recv(s, data, 8, 0), 3);
        assert_int_equal(data[0], i); /* in the order of the calls */
    }
    closesocket(s);
    closesocket(sender);
    CloseHandle(port);
}

struct slot {
    OVERLAPPED overlapped;
    struct udp_name from;
    char data[64];
    WSABUF buffer;
};

static void slot_post(SOCKET s, struct slot *slot)
{
    memset(&slot->overlapped, 0, sizeof slot->overlapped);
    slot->buffer = (WSABUF){sizeof slot->data, slot->data};
    flow_accepted(udp_start_recv(s, &slot->buffer, 1, &slot->from, &slot->overlapped));
}

/* An echo server of a few posted receives: each datagram is answered once, to its sender. */
static void many_datagrams_go_through_a_port(void **state)
{
    enum { SLOTS = 8, CLIENTS = 4, ROUNDS = 500 };

    (void)state;
    for (int family = AF_INET; family != 0; family = family == AF_INET ? AF_INET6 : 0) {
        static struct slot slots[SLOTS];
        HANDLE port = flow_port(1);
        SOCKET s = udp_bound(family);
        SOCKET clients[CLIENTS];
        struct udp_name to = udp_name_of(s);

        flow_tie(s, port, 5);
        for (int i = 0; i < SLOTS; i++)
            slot_post(s, &slots[i]);
        for (int i = 0; i < CLIENTS; i++)
            clients[i] = udp_bound(family);
        for (unsigned round = 0; round < ROUNDS; round++) {
            for (unsigned i = 0; i < CLIENTS; i++) {
                unsigned message[2] = {i, round};

                assert_int_equal(udp_send(clients[i], message, sizeof message, to), 8);
            }
            for (unsigned i = 0; i < CLIENTS; i++) {
                struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);
                struct slot *slot = (struct slot *)(void *)packet.overlapped;

                assert_int_equal(packet.error, 0);
                assert_int_equal(packet.key, 5);
                assert_int_equal(packet.bytes, 8);
                assert_int_equal(udp_send(s, slot->data, 8, slot->from), 8);
                slot_post(s, slot);
            }
            for (unsigned i = 0; i < CLIENTS; i++) {
                unsigned answer[2] = {99, 99};

                assert_int_equal(recv(clients[i], (char *)answer, sizeof answer, 0), 8);
                assert_int_equal(answer[0], i);
                assert_int_equal(answer[1], round);
            }
        }
        closesocket(s);
        for (int i = 0; i < SLOTS; i++) /* each receive ends once */
            assert_int_equal(flow_take(port, FLOW_LIMIT_MS).error, ERROR_OPERATION_ABORTED);
        flow_no_packet(port);
        for (int i = 0; i < CLIENTS; i++)
            closesocket(clients[i]);
        CloseHandle(port);
    }
}

static void receives_end_in_the_order_of_the_calls(void **state)
{
    enum { COUNT = 8 };
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    struct slot slots[COUNT];
    DWORD n = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        slots[i].overlapped = flow_overlapped();
        slots[i].buffer = (WSABUF){sizeof slots[i].data, slots[i].data};
        assert_int_equal(
            udp_start_recv(s, &slots[i].buffer, 1, &slots[i].from, &slots[i].overlapped),
            WSA_IO_PENDING);
    }
    for (int i = 0; i < COUNT; i++) {
        char number = (char)i;

        assert_int_equal(udp_send(sender, &number, 1, udp_name_of(s)), 1);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(flow_end(s, &slots[i].overlapped, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(slots[i].data[0], i);
        WSACloseEvent(slots[i].overlapped.hEvent);
    }
    closesocket(s);
    closesocket(sender);
}

static void a_cancelled_receive_writes_no_sender(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    struct udp_name from;
    char data[4] = "...";
    WSABUF buffer = {4, data};
    DWORD n = 77;

    (void)state;
    assert_int_equal(udp_start_recv(s, &buffer, 1, &from, &overlapped), WSA_IO_PENDING);
    assert_true(CancelIoEx((HANDLE)s, &overlapped));
    assert_int_equal(flow_end(s, &overlapped, &n), ERROR_OPERATION_ABORTED);
    assert_int_equal(n, 0);
    assert_int_equal(from.data.ss_family, 0);
    assert_int_equal(from.bytes, sizeof from.data);
    /* The next datagram goes to the next receive. */
    assert_int_equal(udp_send(sender, "abc", 3, udp_name_of(s)), 3);
    assert_int_equal(recv(s, data, 4, 0), 3);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
    closesocket(sender);
}

/* OVERLAPPED-11, and no stealing from the operation. */
static void a_nonblocking_call_does_not_steal(void **state)
{
    SOCKET s = udp_bound(AF_INET), sender = udp_bound(AF_INET);
    OVERLAPPED overlapped = flow_overlapped();
    struct udp_name from;
    char data[4], other[4];
    WSABUF buffer = {4, data};
    DWORD n = 77;

    (void)state;
    udp_nonblocking(s);
    assert_int_equal(udp_start_recv(s, &buffer, 1, &from, &overlapped), WSA_IO_PENDING);
    pair_fails(recv(s, other, 4, 0), WSAEWOULDBLOCK);
    assert_int_equal(udp_send(sender, "abc", 3, udp_name_of(s)), 3);
    assert_int_equal(flow_end(s, &overlapped, &n), 0);
    assert_int_equal(n, 3);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
    closesocket(sender);
}

/* A socket without the overlapped attribute ignores lpOverlapped. */
static void a_plain_socket_is_never_overlapped(void **state)
{
    SOCKET s = WSASocketA(AF_INET, SOCK_DGRAM, 0, NULL, 0, 0), sender = udp_bound(AF_INET);
    struct udp_name name = udp_loopback(AF_INET, 0), from;
    OVERLAPPED overlapped = {.Internal = 77};
    char data[4];
    WSABUF buffer = {3, (char *)(uintptr_t) "abc"};
    DWORD n = 0, flags = 0;

    (void)state;
    assert_int_equal(bind(s, udp_address(&name), name.bytes), 0);
    name = udp_name_of(sender);
    assert_int_equal(
        WSASendTo(s, &buffer, 1, &n, 0, udp_address(&name), name.bytes, &overlapped, NULL), 0);
    assert_int_equal(n, 3);
    assert_int_equal(udp_recv(sender, data, 4, &from), 3);
    assert_int_equal(udp_send(sender, "de", 2, from), 2);
    buffer = (WSABUF){4, data};
    from.bytes = sizeof from.data;
    assert_int_equal(
        WSARecvFrom(s, &buffer, 1, &n, &flags, udp_address(&from), &from.bytes, &overlapped, NULL),
        0);
    assert_int_equal(n, 2);
    assert_true(udp_same(&from, &name));
    assert_int_equal(overlapped.Internal, 77);
    pair_fails(WSARecvFrom(s, &buffer, 1, NULL, &flags, NULL, NULL, &overlapped, NULL), WSAEFAULT);
    closesocket(s);
    closesocket(sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sender_is_written_at_completion),
        cmocka_unit_test(what_is_there_comes_at_once),
        cmocka_unit_test(a_cut_datagram_ends_with_its_part),
        cmocka_unit_test(an_empty_datagram_ends_an_operation),
        cmocka_unit_test(the_destination_is_copied),
        cmocka_unit_test(many_datagrams_go_through_a_port),
        cmocka_unit_test(receives_end_in_the_order_of_the_calls),
        cmocka_unit_test(a_cancelled_receive_writes_no_sender),
        cmocka_unit_test(a_nonblocking_call_does_not_steal),
        cmocka_unit_test(a_plain_socket_is_never_overlapped),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
