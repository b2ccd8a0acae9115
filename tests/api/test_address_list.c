/* SPDX-License-Identifier: MIT */
/*
 * Lists of addresses: SIO_ADDRESS_LIST_QUERY and SIO_ADDRESS_LIST_SORT.
 * tests/netns/test_address_list.c makes real changes.
 */
#include "change.h"

enum { LIST_BYTES = 16384 };

static SOCKET socket_of(int family)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static int list_query(SOCKET s, void *list, DWORD bytes, DWORD *returned, OVERLAPPED *overlapped)
{
    return WSAIoctl(s, SIO_ADDRESS_LIST_QUERY, NULL, 0, list, bytes, returned, overlapped, NULL);
}

/* ---- The list ---- */

/* IOCTL-30: header, entries, addresses, and nothing behind them. */
static void list_is_whole_and_can_be_bound_to(void **state)
{
    static const int families[] = {AF_INET, AF_INET6};

    (void)state;
    for (size_t f = 0; f < PAIR_COUNT(families); f++) {
        int bytes = families[f] == AF_INET ? (int)sizeof(SOCKADDR_IN) : (int)sizeof(SOCKADDR_IN6);
        SOCKET s = socket_of(families[f]);
        char room[LIST_BYTES];
        SOCKET_ADDRESS_LIST *list = (SOCKET_ADDRESS_LIST *)(void *)room;
        DWORD returned = 77;

        memset(room, 0x55, sizeof room);
        assert_int_equal(list_query(s, room, sizeof room, &returned, NULL), 0);
        assert_int_equal(returned, SIZEOF_SOCKET_ADDRESS_LIST((size_t)list->iAddressCount) +
                                       (size_t)(list->iAddressCount * bytes));
        assert_int_equal((unsigned char)room[returned], 0x55);
        if (families[f] == AF_INET)
            assert_true(list->iAddressCount > 0); /* there is loopback at least */
        for (int i = 0; i < list->iAddressCount; i++) {
            SOCKET one = socket_of(families[f]);
            const SOCKET_ADDRESS *address = &list->Address[i];

            assert_int_equal(address->iSockaddrLength, bytes);
            assert_ptr_equal(address->lpSockaddr,
                             room + SIZEOF_SOCKET_ADDRESS_LIST((size_t)list->iAddressCount) +
                                 i * bytes);
            assert_int_equal(address->lpSockaddr->sa_family, families[f]);
            assert_int_equal(bind(one, address->lpSockaddr, bytes), 0);
            closesocket(one);
        }
        closesocket(s);
    }
}

/* IOCTL-29. */
static void list_that_does_not_fit_says_how_much_it_needs(void **state)
{
    SOCKET s = socket_of(AF_INET);
    char room[LIST_BYTES];
    DWORD needed = 0;
    DWORD returned;
    static const DWORD sizes[] = {0, 4, sizeof(INT), offsetof(SOCKET_ADDRESS_LIST, Address)};

    (void)state;
    assert_int_equal(list_query(s, room, sizeof room, &needed, NULL), 0);
    memset(room, 0x55, sizeof room);
    for (size_t i = 0; i < PAIR_COUNT(sizes); i++) {
        returned = 77;
        pair_fails(list_query(s, room, sizes[i], &returned, NULL), WSAEFAULT);
        assert_int_equal(returned, needed);
    }
    returned = 77;
    pair_fails(list_query(s, room, needed - 1, &returned, NULL), WSAEFAULT);
    assert_int_equal(returned, needed);
    returned = 77;
    pair_fails(list_query(s, NULL, 0, &returned, NULL), WSAEFAULT);
    assert_int_equal(returned, needed);
    returned = 77;
    pair_fails(list_query(s, room, 1, &returned, NULL), WSAEINVAL);
    assert_int_equal(returned, 0);
    for (size_t i = 0; i < needed; i++)
        assert_int_equal(room[i], 0x55);
    returned = 77;
    pair_fails(list_query(s, PAIR_BAD, needed, &returned, NULL), WSAEFAULT);
    assert_int_equal(list_query(s, room, needed, &returned, NULL), 0);
    closesocket(s);
}

/* IOCTL-30: it ends at once, and its packet has no byte count. */
static void overlapped_query_ends_at_once(void **state)
{
    SOCKET s = socket_of(AF_INET);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped;
    struct flow_packet packet;
    char room[LIST_BYTES];
    DWORD returned = 77;

    (void)state;
    flow_tie(s, port, 5);
    memset(&overlapped, 0x55, sizeof overlapped);
    pair_fails(list_query(s, room, 0, &returned, &overlapped), WSAEFAULT);
    assert_true(overlapped.Internal == 0x5555555555555555u);
    assert_true(returned > 8 && returned != 77);
    flow_no_packet(port);
    memset(&overlapped, 0, sizeof overlapped);
    assert_int_equal(list_query(s, room, sizeof room, &returned, &overlapped), 0);
    assert_true(returned > 8);
    packet = flow_take(port, 0);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 0);
    assert_ptr_equal(packet.overlapped, &overlapped);
    flow_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

/* ---- Sorting ---- */

struct sorting {
    SOCKET_ADDRESS_LIST list; /* room for one, and the others behind it */
    SOCKET_ADDRESS more[7];
    SOCKADDR_STORAGE names[8];
};

static void sorting_fill(struct sorting *sorting, const char *const *texts, int count)
{
    memset(sorting, 0, sizeof *sorting);
    sorting->list.iAddressCount = count;
    for (int i = 0; i < count; i++) {
        SOCKET_ADDRESS *entry = (SOCKET_ADDRESS *)(void *)((char *)&sorting->list +
                                                           SIZEOF_SOCKET_ADDRESS_LIST((size_t)i));

        sorting->names[i] = change_name(texts[i], &entry->iSockaddrLength);
        entry->lpSockaddr = (LPSOCKADDR)&sorting->names[i];
    }
}

static int sorting_run(SOCKET s, struct sorting *sorting, DWORD *returned)
{
    DWORD bytes = (DWORD)SIZEOF_SOCKET_ADDRESS_LIST((size_t)sorting->list.iAddressCount);

    return WSAIoctl(s, SIO_ADDRESS_LIST_SORT, sorting, bytes, sorting, bytes, returned, NULL, NULL);
}

static LPSOCKADDR sorting_at(struct sorting *sorting, int i)
{
    SOCKET_ADDRESS entry;

    memcpy(&entry, (char *)&sorting->list + SIZEOF_SOCKET_ADDRESS_LIST((size_t)i), sizeof entry);
    return entry.lpSockaddr;
}

/* Loopback is reached, and what has no route here comes after it; a list may be sorted in place. */
static void destinations_are_sorted_in_place(void **state)
{
    static const char *const texts[] = {"100::1", "::ffff:127.0.0.1", "::1", "127.0.0.1"};
    SOCKET s = socket_of(AF_INET6);
    struct sorting sorting;
    DWORD returned = 77;

    (void)state;
    sorting_fill(&sorting, texts, 4);
    assert_int_equal(sorting_run(s, &sorting, &returned), 0);
    assert_int_equal(sorting.list.iAddressCount, 3); /* the last is no IPv6 address */
    assert_int_equal(returned, SIZEOF_SOCKET_ADDRESS_LIST(3));
    /* ::1 has precedence 50, IPv4 35. Without IPv6 here ::1 is as unreachable as the other. */
    if (sorting_at(&sorting, 0) == (LPSOCKADDR)&sorting.names[2]) {
        assert_ptr_equal(sorting_at(&sorting, 1), &sorting.names[1]);
        assert_ptr_equal(sorting_at(&sorting, 2), &sorting.names[0]);
    } else {
        assert_ptr_equal(sorting_at(&sorting, 0), &sorting.names[1]);
    }
    sorting_fill(&sorting, texts, 0);
    assert_int_equal(sorting_run(s, &sorting, &returned), 0);
    assert_int_equal(sorting.list.iAddressCount, 0);
    closesocket(s);
}

static void sort_reports_first_failed_check(void **state)
{
    static const char *const texts[] = {"::1", "::ffff:127.0.0.1"};
    const DWORD two = SIZEOF_SOCKET_ADDRESS_LIST(2);
    SOCKET inet = socket_of(AF_INET);
    SOCKET s = socket_of(AF_INET6);
    struct sorting sorting;
    DWORD n;
    /* clang-format off */
    const struct { SOCKET s; void *in; DWORD in_bytes; void *out; DWORD out_bytes; int error;
                   DWORD returned; } rows[] = {
        {inet, PAIR_BAD, 0,       PAIR_BAD, 0,       WSAEINVAL, 77},
        {s,    NULL,     0,       PAIR_BAD, 0,       WSAEFAULT, 77},
        {s,    &sorting, 3,       &sorting, two,     WSAEFAULT, 77},
        {s,    PAIR_BAD, two,     &sorting, two,     WSAEFAULT, 77},
        {s,    &sorting, two - 1, NULL,     0,       WSAEINVAL, 77},
        {s,    &sorting, two,     NULL,     0,       WSAEFAULT, two},
        {s,    &sorting, two,     &sorting, two - 1, WSAEFAULT, two},
        {s,    &sorting, two,     PAIR_BAD, two,     WSAEFAULT, 77},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        sorting_fill(&sorting, texts, 2);
        n = 77;
        pair_fails(WSAIoctl(rows[i].s, SIO_ADDRESS_LIST_SORT, rows[i].in, rows[i].in_bytes,
                            rows[i].out, rows[i].out_bytes, &n, NULL, NULL),
                   rows[i].error);
        assert_int_equal(n, rows[i].returned);
    }
    sorting_fill(&sorting, texts, 2);
    sorting.list.iAddressCount = -1;
    pair_fails(WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &sorting, two, &sorting, two, &n, NULL, NULL),
               WSAEINVAL);
    sorting_fill(&sorting, texts, 2);
    sorting.list.Address[0].lpSockaddr = PAIR_BAD;
    pair_fails(WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &sorting, two, &sorting, two, &n, NULL, NULL),
               WSAEFAULT);
    closesocket(inet);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_is_whole_and_can_be_bound_to),
        cmocka_unit_test(list_that_does_not_fit_says_how_much_it_needs),
        cmocka_unit_test(overlapped_query_ends_at_once),
        cmocka_unit_test(destinations_are_sorted_in_place),
        cmocka_unit_test(sort_reports_first_failed_check),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
