/* SPDX-License-Identifier: MIT */
/* What options of SOL_SOCKET do, beyond being read back: test_option.c and test_option_rows.c have
 * the rest. */
#include <stdbool.h>

#include "flow.h"

/* SOCKOPT-LEVEL-09; SOCKOPT-GEN-29: too short a buffer stays as it is. */
static void option_open_type_needs_no_socket(void **state)
{
    int type = SO_SYNCHRONOUS_NONALERT;
    int length = sizeof type;
    unsigned untouched = 0xffffffff;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    SOCKET handles[] = {INVALID_SOCKET, 0, (SOCKET)(uintptr_t)event, 4 * 12345};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(handles); i++) {
        type = SO_SYNCHRONOUS_NONALERT;
        assert_int_equal(
            setsockopt(handles[i], SOL_SOCKET, SO_OPENTYPE, (char *)&type, sizeof type), 0);
        type = -1;
        assert_int_equal(getsockopt(handles[i], SOL_SOCKET, SO_OPENTYPE, (char *)&type, &length),
                         0);
        assert_int_equal(type, SO_SYNCHRONOUS_NONALERT);
        assert_int_equal(length, 4);
        assert_int_equal(pair_set(handles[i], SOL_SOCKET, SO_OPENTYPE, 0), 0);
        pair_fails(pair_set(handles[i], SOL_SOCKET, SO_DEBUG, 0), WSAENOTSOCK);
        pair_fails(pair_set(handles[i], SOL_SOCKET, 0x7fee, 0), WSAENOTSOCK);
        pair_fails(pair_set(handles[i], IPPROTO_TCP, SO_OPENTYPE, 0), WSAENOTSOCK);
    }
    length = 2;
    pair_fails(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&untouched, &length),
               WSAEFAULT);
    assert_int_equal(untouched, 0xffffffff);
    assert_int_equal(length, 2);
    pair_fails(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, NULL, 4), WSAEFAULT);
    CloseHandle(event);
}

static bool is_overlapped(SOCKET s)
{
    HANDLE port = CreateIoCompletionPort((HANDLE)(uintptr_t)s, NULL, 0, 0);
    bool overlapped = port != NULL;

    if (overlapped)
        CloseHandle(port);
    return overlapped;
}

static void *other_thread(void *argument)
{
    *(int *)argument = pair_get(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE);
    return NULL;
}

/* It is for what socket() makes; WSASocket() has a flag. Other threads keep their own. */
static void option_open_type_takes_the_overlapped_attribute_away(void **state)
{
    pthread_t thread;
    int there = -1;
    SOCKET plain;
    SOCKET flagged;

    (void)state;
    assert_int_equal(pair_set(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, SO_SYNCHRONOUS_ALERT), 0);
    plain = pair_socket(SOCK_STREAM);
    flagged = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    assert_int_equal(pthread_create(&thread, NULL, other_thread, &there), 0);
    pthread_join(thread, NULL);
    assert_int_equal(there, 0);
    assert_int_equal(pair_set(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, 0), 0);
    assert_false(is_overlapped(plain));
    assert_true(is_overlapped(flagged));
    closesocket(plain);
    closesocket(flagged);
    plain = pair_socket(SOCK_STREAM);
    assert_true(is_overlapped(plain));
    closesocket(plain);
}

/* The documentation: only sockets of a group have one. */
static void option_group_priority_is_of_groups(void **state)
{
    SOCKET alone = pair_socket(SOCK_STREAM);
    SOCKET member =
        WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, SG_UNCONSTRAINED_GROUP, WSA_FLAG_OVERLAPPED);

    (void)state;
    assert_true(member != INVALID_SOCKET);
    assert_int_equal(pair_get(member, SOL_SOCKET, SO_GROUP_PRIORITY), 0);
    assert_int_equal(pair_set(member, SOL_SOCKET, SO_GROUP_PRIORITY, 7), 0);
    assert_int_equal(pair_get(member, SOL_SOCKET, SO_GROUP_PRIORITY), 7);
    pair_fails(pair_set(member, SOL_SOCKET, SO_GROUP_PRIORITY, -1), WSAEINVAL);
    assert_int_equal(pair_get(member, SOL_SOCKET, SO_GROUP_PRIORITY), 7);
    pair_fails(pair_set(alone, SOL_SOCKET, SO_GROUP_PRIORITY, 7), WSAENOPROTOOPT);
    closesocket(alone);
    closesocket(member);
}

/* What it says is the largest datagram that goes, and one byte more is too much. */
static void option_message_size_is_the_limit(void **state)
{
    static char data[65536];
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN to = pair_address(s);
    int most = pair_get(s, SOL_SOCKET, SO_MAX_MSG_SIZE);

    (void)state;
    assert_int_equal(sendto(s, data, most, 0, (struct sockaddr *)&to, sizeof to), most);
    pair_fails(sendto(s, data, most + 1, 0, (struct sockaddr *)&to, sizeof to), WSAEMSGSIZE);
    closesocket(s);
}

/* Ports of SO_REUSE_UNICASTPORT are random anyway, and Windows wants the one or the other. */
static void option_ports_before_bind_only(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_RANDOMIZE_PORT, 1), 0);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSE_UNICASTPORT, 1), 0);
    pair_fails(pair_set(s, SOL_SOCKET, SO_RANDOMIZE_PORT, 1), WSAEINVAL);
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSE_UNICASTPORT, 0), 0);
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    assert_int_not_equal(pair_address(s).sin_port, 0);
    pair_fails(pair_set(s, SOL_SOCKET, SO_RANDOMIZE_PORT, 0), WSAEINVAL);
    pair_fails(pair_set(s, SOL_SOCKET, SO_REUSE_UNICASTPORT, 1), WSAEINVAL);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_RANDOMIZE_PORT), 1);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_REUSE_UNICASTPORT), 0);
    closesocket(s);
}

/* The port comes with the connect, so that it may be one that is in use towards other hosts. */
static void option_unicast_port_is_chosen_by_connect(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);

    (void)state;
    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSE_UNICASTPORT, 1), 0);
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(pair_address(s).sin_port, 0);
    pair_connect_to(s, (struct sockaddr *)&to, sizeof to);
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    assert_int_not_equal(pair_address(s).sin_port, 0);
    closesocket(s);
    closesocket(listener);
}

/* Receivers of multicast share a port; without the option on both they do not. */
static void option_multicast_port_is_shared(void **state)
{
    SOCKET first = pair_socket(SOCK_DGRAM);
    SOCKET second = pair_socket(SOCK_DGRAM);
    SOCKET third = pair_socket(SOCK_DGRAM);
    USHORT port;

    (void)state;
    assert_int_equal(pair_set(first, SOL_SOCKET, SO_REUSE_MULTICASTPORT, 1), 0);
    assert_int_equal(pair_set(second, SOL_SOCKET, SO_REUSE_MULTICASTPORT, 1), 0);
    assert_int_equal(pair_bind(first, INADDR_ANY, 0), 0);
    port = pair_address(first).sin_port;
    assert_int_equal(pair_bind(second, INADDR_ANY, port), 0);
    pair_fails(pair_bind(third, INADDR_ANY, port), WSAEADDRINUSE);
    pair_fails(pair_set(first, SOL_SOCKET, SO_REUSE_MULTICASTPORT, 0), WSAEINVAL);
    closesocket(first);
    closesocket(second);
    closesocket(third);
}

/* Nothing redirects the connections of this test. Not a datagram's matter at all. */
static void option_original_destination_without_redirection(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_client(pair_address(listener));
    SOCKET server = accept(listener, NULL, NULL);
    SOCKADDR_STORAGE name;
    int length = sizeof name;
    int result;

    (void)state;
    pair_fails(getsockopt(listener, SOL_SOCKET, SO_ORIGINAL_DST, (char *)&name, &length),
               WSAENOTCONN);
    WSASetLastError(0);
    result = getsockopt(server, SOL_SOCKET, SO_ORIGINAL_DST, (char *)&name, &length);
    if (result == 0) { /* the machine follows connections, and knows this one */
        SOCKADDR_IN here = pair_address(server);

        assert_int_equal(length, sizeof here);
        assert_memory_equal(&name, &here, 8);
    } else {
        assert_int_equal(WSAGetLastError(), WSAEINVAL);
    }
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

/* A listener that cannot refuse its connections does not say that it will. */
static void option_pause_accept_is_refused(void **state)
{
    SOCKET listener = pair_listener();

    (void)state;
    pair_fails(pair_set(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, 1), WSAENOPROTOOPT);
    assert_int_equal(pair_set(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, 0), 0);
    assert_int_equal(pair_get(listener, SOL_SOCKET, SO_PAUSE_ACCEPT), 0);
    closesocket(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(option_open_type_needs_no_socket),
        cmocka_unit_test(option_open_type_takes_the_overlapped_attribute_away),
        cmocka_unit_test(option_group_priority_is_of_groups),
        cmocka_unit_test(option_message_size_is_the_limit),
        cmocka_unit_test(option_ports_before_bind_only),
        cmocka_unit_test(option_unicast_port_is_chosen_by_connect),
        cmocka_unit_test(option_multicast_port_is_shared),
        cmocka_unit_test(option_original_destination_without_redirection),
        cmocka_unit_test(option_pause_accept_is_refused),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
