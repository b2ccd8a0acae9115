/* SPDX-License-Identifier: MIT */
/* FD_ACCEPT, FD_CONNECT, and the events of datagram sockets: when each is recorded, when again. */
#include "netevents.h"

/* ---- FD_ACCEPT ---- */

static void connections_are_told(void **state)
{
    SOCKET listener = pair_listener();
    WSAEVENT event = events_select(listener, FD_ACCEPT);
    SOCKET clients[2];
    SOCKET server;

    (void)state;
    events_none(listener, event);
    clients[0] = pair_client(pair_address(listener));
    events_are(listener, event, FD_ACCEPT);
    assert_int_equal(WSAEventSelect(listener, event, FD_ACCEPT), 0);
    events_none(listener, event); /* EVENTS-04 */
    clients[1] = pair_client(pair_address(listener));
    events_are(listener, event, FD_ACCEPT);
    server = accept(listener, NULL, NULL);
    events_are(listener, event, FD_ACCEPT); /* EVENTS-06 */
    closesocket(server);
    server = accept(listener, NULL, NULL);
    events_none(listener, event);
    closesocket(server);
    assert_true(accept(listener, NULL, NULL) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    for (int i = 0; i < 2; i++)
        closesocket(clients[i]);
    closesocket(listener);
    WSACloseEvent(event);
}

static void connection_from_before_is_told(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_client(pair_address(listener));
    WSAEVENT event = events_select(listener, FD_CONNECT);

    (void)state;
    events_none(listener, event);
    assert_int_equal(WSAEventSelect(listener, event, FD_ACCEPT), 0);
    events_are(listener, event, FD_ACCEPT); /* EVENTS-07 */
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

static void listening_after_selecting_is_seen(void **state)
{
    SOCKET listener = pair_bound(SOCK_STREAM);
    WSAEVENT event = events_select(listener, SELECT_ALL);
    SOCKET client;

    (void)state;
    events_none(listener, event);
    assert_int_equal(listen(listener, 5), 0);
    client = pair_client(pair_address(listener));
    events_are(listener, event, FD_ACCEPT);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

static void accepted_socket_has_the_listeners_selection(void **state)
{
    SOCKET listener = pair_listener();
    WSAEVENT event = events_select(listener, SELECT_ALL);
    SOCKET client = pair_client(pair_address(listener));
    SOCKET server;
    u_long off = 0;

    (void)state;
    events_are(listener, event, FD_ACCEPT);
    server = accept(listener, NULL, NULL);
    assert_true(server != INVALID_SOCKET);
    pair_fails(ioctlsocket(server, (long)FIONBIO, &off), WSAEINVAL);
    events_are(server, event, FD_WRITE); /* the same event object */
    ready_send(client, "x");
    events_are(server, event, FD_READ);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(event);
}

static void accept_ex_takes_the_connection(void **state)
{
    GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX accept_ex;
    SOCKET listener = pair_listener();
    WSAEVENT event = events_select(listener, FD_ACCEPT);
    SOCKET server = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    SOCKET clients[2];
    char output[64];
    DWORD bytes;

    (void)state;
    flow_extension(id, &accept_ex);
    flow_fails(accept_ex(listener, server, output, 0, 32, 32, &bytes, &overlapped),
               ERROR_IO_PENDING);
    clients[0] = pair_client(pair_address(listener));
    assert_int_equal(flow_end(listener, &overlapped, &bytes), 0);
    events_settle(0);
    assert_int_equal(events_take(listener, event), 0); /* EVENTS-09 */
    clients[1] = pair_client(pair_address(listener));
    events_are(listener, event, FD_ACCEPT);
    for (int i = 0; i < 2; i++)
        closesocket(clients[i]);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
    WSACloseEvent(event);
}

/* The accept socket gets another file behind its descriptor. */
static void accept_socket_may_select_before(void **state)
{
    GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX accept_ex;
    SOCKET listener = pair_listener();
    SOCKET server = pair_socket(SOCK_STREAM);
    WSAEVENT event = events_select(server, FD_READ | FD_CLOSE);
    OVERLAPPED overlapped = flow_overlapped();
    char output[64];
    SOCKET client;
    DWORD bytes;

    (void)state;
    flow_extension(id, &accept_ex);
    flow_fails(accept_ex(listener, server, output, 0, 32, 32, &bytes, &overlapped),
               ERROR_IO_PENDING);
    client = pair_client(pair_address(listener));
    assert_int_equal(flow_end(listener, &overlapped, &bytes), 0);
    ready_send(client, "x");
    events_are(server, event, FD_READ);
    closesocket(client);
    events_are(server, event, FD_CLOSE);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
    WSACloseEvent(event);
}

/* ---- FD_CONNECT ---- */

static void connect_is_told(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_socket(SOCK_STREAM);
    WSAEVENT event = events_select(client, SELECT_ALL);

    (void)state;
    events_none(client, event);
    ready_start_connect(client, pair_address(listener));
    events_are(client, event, FD_CONNECT | FD_WRITE);
    events_none(client, event);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

static void failed_connect_is_told(void **state)
{
    SOCKET client = pair_socket(SOCK_STREAM);
    WSAEVENT event = events_select(client, SELECT_ALL);
    SOCKET listener;

    (void)state;
    ready_start_connect(client, ready_dead_end());
    event_fails(client, event, FD_CONNECT_BIT, WSAECONNREFUSED);
    events_none(client, event);
    listener = pair_listener();
    ready_start_connect(client, pair_address(listener));
    events_are(client, event, FD_CONNECT | FD_WRITE);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

static void connect_ex_is_told(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_bound(SOCK_STREAM);
    WSAEVENT event = events_select(client, SELECT_ALL);
    SOCKET server;

    (void)state;
    pair_connect(client, pair_address(listener));
    events_are(client, event, FD_CONNECT | FD_WRITE);
    server = accept(listener, NULL, NULL);
    ready_send(server, "x");
    events_are(client, event, FD_READ);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

static void accept_ex_enables_the_event(void **state)
{
    GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX accept_ex;
    SOCKET listener = pair_listener();
    SOCKET clients[2] = {pair_client(pair_address(listener)), pair_client(pair_address(listener))};
    SOCKET server = pair_socket(SOCK_STREAM);
    OVERLAPPED overlapped = flow_overlapped();
    WSAEVENT event;
    char output[64];
    DWORD bytes;

    (void)state;
    flow_extension(id, &accept_ex);
    ready_data(listener);
    event = events_select(listener, FD_ACCEPT);
    events_are(listener, event, FD_ACCEPT); /* both */
    flow_fails(accept_ex(listener, server, output, 0, 32, 32, &bytes, &overlapped),
               ERROR_IO_PENDING);
    assert_int_equal(flow_end(listener, &overlapped, &bytes), 0);
    events_are(listener, event, FD_ACCEPT); /* the other */
    for (int i = 0; i < 2; i++)
        closesocket(clients[i]);
    closesocket(server);
    closesocket(listener);
    WSACloseEvent(overlapped.hEvent);
    WSACloseEvent(event);
}

static void connect_from_before_is_told(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET client = pair_socket(SOCK_STREAM);
    SOCKADDR_IN name = pair_address(listener);
    WSAEVENT event;

    (void)state;
    assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof name), 0);
    event = events_select(client, FD_READ);
    events_none(client, event);
    assert_int_equal(WSAEventSelect(client, event, SELECT_ALL), 0);
    events_are(client, event, FD_CONNECT | FD_WRITE); /* EVENTS-12 */
    events_none(client, event);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

/* ---- Datagrams ---- */

static void datagram_socket_is_told_when_it_has_an_address(void **state)
{
    SOCKET s = pair_socket(SOCK_DGRAM);
    SOCKET peer = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(peer);
    WSAEVENT event = events_select(s, SELECT_ALL);
    char byte;

    (void)state;
    events_none(s, event); /* EVENTS-13 */
    assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    events_are(s, event, FD_WRITE);
    assert_int_equal(connect(s, (struct sockaddr *)&name, sizeof name), 0);
    events_are(s, event, FD_CONNECT | FD_WRITE);
    name = pair_address(s);
    assert_int_equal(connect(peer, (struct sockaddr *)&name, sizeof name), 0);
    ready_send(peer, "ab");
    events_are(s, event, FD_READ);
    events_none(s, event);
    ready_send(peer, "cd");
    events_are(s, event, FD_READ);
    pair_fails(recv(s, &byte, 1, 0), WSAEMSGSIZE);
    events_are(s, event, FD_READ); /* the second datagram */
    pair_fails(recv(s, &byte, 1, 0), WSAEMSGSIZE);
    events_none(s, event);
    assert_int_equal(send(peer, NULL, 0, 0), 0); /* an empty one counts */
    events_are(s, event, FD_READ);
    closesocket(s);
    closesocket(peer);
    WSACloseEvent(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_told),
        cmocka_unit_test(connection_from_before_is_told),
        cmocka_unit_test(listening_after_selecting_is_seen),
        cmocka_unit_test(accepted_socket_has_the_listeners_selection),
        cmocka_unit_test(accept_ex_takes_the_connection),
        cmocka_unit_test(accept_socket_may_select_before),
        cmocka_unit_test(connect_is_told),
        cmocka_unit_test(failed_connect_is_told),
        cmocka_unit_test(connect_ex_is_told),
        cmocka_unit_test(accept_ex_enables_the_event),
        cmocka_unit_test(connect_from_before_is_told),
        cmocka_unit_test(datagram_socket_is_told_when_it_has_an_address),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
