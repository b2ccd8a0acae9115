/* SPDX-License-Identifier: MIT */
/*
 * Documented errors of the connect family, and of calls on a connection, for which the tests about
 * the calls try only one of the forms: connect, WSAConnect, ConnectEx.
 */
#include "hook.h"

#include <sys/resource.h>

static LPFN_CONNECTEX connect_ex;

static int setup(void **state)
{
    if (pair_setup(state) != 0)
        return -1;
    flow_extension((GUID)WSAID_CONNECTEX, &connect_ex);
    return 0;
}

static int wsaconnect_to(SOCKET s, SOCKADDR_IN to)
{
    return WSAConnect(s, (struct sockaddr *)&to, sizeof to, NULL, NULL, NULL, NULL);
}

/* A second socket with the local address of a connection to `to`. */
static SOCKET twin_of(SOCKET first)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    assert_int_equal(pair_set(s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, pair_address(first).sin_port), 0);
    return s;
}

static void the_same_connection_again_is_in_use(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET first = pair_socket(SOCK_STREAM);
    SOCKET second, third;
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;
    DWORD flags = 0;

    (void)state;
    assert_int_equal(pair_set(first, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    assert_int_equal(pair_bind(first, INADDR_LOOPBACK, 0), 0);
    second = twin_of(first);
    third = twin_of(first);
    assert_int_equal(wsaconnect_to(first, to), 0);
    pair_fails(wsaconnect_to(second, to), WSAEADDRINUSE);
    flow_fails(connect_ex(third, (struct sockaddr *)&to, sizeof to, NULL, 0, NULL, &overlapped),
               ERROR_IO_PENDING);
    (void)flow_end(third, &overlapped, &bytes);
    WSASetLastError(0);
    assert_false(WSAGetOverlappedResult(third, &overlapped, &bytes, FALSE, &flags));
    assert_int_equal(WSAGetLastError(), WSAEADDRINUSE);
    WSACloseEvent(overlapped.hEvent);
    closesocket(third);
    closesocket(second);
    closesocket(first);
    closesocket(listener);
}

/* One thing wrong at a time, for WSAConnect itself. */
static void wsaconnect_says_what_is_wrong(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKADDR_IN zero = pair_name(0, to.sin_port);
    SOCKADDR_IN all = pair_name(INADDR_BROADCAST, htons(9));
    SOCKADDR_IN other = to;
    SOCKET idle = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);
    SOCKET connected = pair_socket(SOCK_STREAM);
    SOCKET closed = pair_bound(SOCK_STREAM);
    SOCKADDR_IN nobody = pair_address(closed);

    (void)state;
    other.sin_family = AF_INET6;
    assert_int_equal(wsaconnect_to(connected, to), 0);
    pair_fails(wsaconnect_to(connected, to), WSAEISCONN);
    pair_fails(wsaconnect_to(listener, to), WSAEINVAL);
    pair_fails(wsaconnect_to(INVALID_SOCKET, to), WSAENOTSOCK);
    pair_fails(wsaconnect_to(idle, zero), WSAEADDRNOTAVAIL);
    pair_fails(wsaconnect_to(idle, other), WSAEAFNOSUPPORT);
    pair_fails(wsaconnect_to(idle, nobody), WSAECONNREFUSED);
    pair_fails(WSAConnect(idle, (struct sockaddr *)&to, 3, NULL, NULL, NULL, NULL), WSAEFAULT);
    pair_fails(wsaconnect_to(datagram, all), WSAEACCES);
    assert_int_equal(pair_set(datagram, SOL_SOCKET, SO_BROADCAST, 1), 0);
    assert_int_equal(wsaconnect_to(idle, to), 0); /* after all that failed */
    closesocket(closed);
    closesocket(connected);
    closesocket(datagram);
    closesocket(idle);
    closesocket(listener);
}

/* Nothing answers, so it stays under way. */
static void wsaconnect_under_way_is_not_begun_again(void **state)
{
    struct hook_full full = hook_full_open();
    SOCKET s = pair_socket(SOCK_STREAM);
    u_long on = 1;

    (void)state;
    assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    pair_fails(wsaconnect_to(s, full.name), WSAEWOULDBLOCK);
    pair_fails(wsaconnect_to(s, full.name), WSAEALREADY);
    closesocket(s);
    hook_full_close(full);
}

/* CONNECTING-04: the documentation has WSAEALREADY for a second ConnectEx. */
static void connectex_under_way_is_invalid(void **state)
{
    struct hook_full full = hook_full_open();
    SOCKET s = pair_bound(SOCK_STREAM);
    OVERLAPPED first = flow_overlapped();
    OVERLAPPED second = flow_overlapped();
    DWORD bytes = 0;

    (void)state;
    flow_fails(
        connect_ex(s, (struct sockaddr *)&full.name, sizeof full.name, NULL, 0, NULL, &first),
        ERROR_IO_PENDING);
    flow_fails(
        connect_ex(s, (struct sockaddr *)&full.name, sizeof full.name, NULL, 0, NULL, &second),
        WSAEINVAL);
    closesocket(s);
    assert_int_equal(WaitForSingleObject(first.hEvent, FLOW_LIMIT_MS), WAIT_OBJECT_0);
    assert_false(GetOverlappedResult((HANDLE)s, &first, &bytes, FALSE));
    WSACloseEvent(first.hEvent);
    WSACloseEvent(second.hEvent);
    hook_full_close(full);
}

/* A descriptor is the first thing that a socket needs. */
static void without_descriptors_there_are_no_sockets(void **state)
{
    struct rlimit before, none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int form = 0; form < 3; form++) {
        SOCKET s = INVALID_SOCKET;
        int error;

        WSASetLastError(0);
        if (form == 0)
            s = socket(AF_INET, SOCK_STREAM, 0);
        else if (form == 1)
            s = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
        else
            s = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
        error = WSAGetLastError();
        assert_true(s == INVALID_SOCKET);
        assert_int_equal(error, WSAEMFILE);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    closesocket(pair_socket(SOCK_STREAM));
}

/* A peer that goes away without a word, as after a crash: every call says so. */
static void a_reset_connection_is_reset_for_every_call(void **state)
{
    WSABUF buffer = {1, (char[]){'x'}};
    DWORD bytes = 0;
    DWORD flags = 0;

    (void)state;
    for (int call = 0; call < 4; call++) {
        struct pair pair = pair_open();
        struct linger hard = {1, 0};
        char byte;

        setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof hard);
        assert_int_equal(closesocket(pair.server), 0);
        if (call == 0)
            pair_fails(recv(pair.client, &byte, 1, 0), WSAECONNRESET);
        else if (call == 1)
            pair_fails(recvfrom(pair.client, &byte, 1, 0, NULL, NULL), WSAECONNRESET);
        else if (call == 2)
            pair_fails(WSARecv(pair.client, &buffer, 1, &bytes, &flags, NULL, NULL), WSAECONNRESET);
        else
            pair_fails(WSARecvFrom(pair.client, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL),
                       WSAECONNRESET);
        /* and whoever sends hears it as well */
        pair_fails(send(pair.client, "x", 1, 0), WSAECONNRESET);
        pair_fails(sendto(pair.client, "x", 1, 0, NULL, 0), WSAECONNRESET);
        pair_fails(WSASend(pair.client, &buffer, 1, &bytes, 0, NULL, NULL), WSAECONNRESET);
        pair_fails(WSASendTo(pair.client, &buffer, 1, &bytes, 0, NULL, 0, NULL, NULL),
                   WSAECONNRESET);
        closesocket(pair.client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_connection_again_is_in_use),
        cmocka_unit_test(wsaconnect_says_what_is_wrong),
        cmocka_unit_test(wsaconnect_under_way_is_not_begun_again),
        cmocka_unit_test(connectex_under_way_is_invalid),
        cmocka_unit_test(without_descriptors_there_are_no_sockets),
        cmocka_unit_test(a_reset_connection_is_reset_for_every_call),
    };

    return cmocka_run_group_tests(tests, setup, pair_teardown);
}
