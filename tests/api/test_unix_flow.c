/* SPDX-License-Identifier: MIT */
/* AF_UNIX: data, extension functions, and who is told of news. */
#include "unix.h"

/* AFUNIX-07, and the rest of the calls. */
static void data_move_as_on_any_stream(void **state)
{
    struct pair pair = un_pair();
    SOCKADDR_UN nobody = un_name("/nobody");
    OVERLAPPED overlapped = flow_overlapped();
    HANDLE port = flow_port(1);
    struct flow_packet packet;
    char data[16];
    u_long unread = 0;
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(send(pair.client, "abc", 3, 0), 3);
    assert_int_equal(ioctlsocket(pair.server, FIONREAD, &unread), 0);
    assert_int_equal(unread, 3);
    assert_int_equal(recvfrom(pair.server, data, sizeof data, 0, NULL, NULL), 3);
    assert_int_equal(sendto(pair.server, "de", 2, 0, NULL, 0), 2);
    assert_int_equal(recv(pair.client, data, sizeof data, 0), 2);
    assert_int_equal(sendto(pair.server, "fg", 2, 0, (struct sockaddr *)&nobody, sizeof nobody), 2);
    assert_int_equal(recv(pair.client, data, sizeof data, MSG_PEEK), 2);
    assert_int_equal(recv(pair.client, data, sizeof data, 0), 2);

    assert_int_equal(flow_start_recv(pair.client, data, sizeof data, &overlapped), WSA_IO_PENDING);
    assert_int_equal(flow_send(pair.server, "hij", 3), 3);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 3);
    WSACloseEvent(overlapped.hEvent);

    flow_tie(pair.server, port, 4711);
    memset(&overlapped, 0, sizeof overlapped);
    flow_accepted(flow_start_recv(pair.server, data, sizeof data, &overlapped));
    assert_int_equal(send(pair.client, "k", 1, 0), 1);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 1);
    assert_int_equal(packet.key, 4711);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    flow_accepted(flow_start_recv(pair.server, data, sizeof data, &overlapped));
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 0);
    CloseHandle(port);
    pair_close(pair);
}

static void acceptex_and_connectex_meet(void **state)
{
    SOCKADDR_UN name = un_fresh();
    SOCKADDR_UN own = un_fresh();
    SOCKET listener = un_listener(&name);
    SOCKET accepted = un_socket();
    SOCKET s = un_socket();
    OVERLAPPED overlapped = flow_overlapped();
    char output[2 * AREA_BYTES];
    struct sockaddr *local = NULL;
    struct sockaddr *remote = NULL;
    int local_bytes = 0;
    int remote_bytes = 0;
    DWORD bytes = 0;

    (void)state;
    flow_fails(
        AcceptEx(listener, accepted, output, 0, AREA_BYTES - 1, AREA_BYTES, &bytes, &overlapped),
        WSAEFAULT);
    flow_fails(AcceptEx(listener, accepted, output, 0, AREA_BYTES, AREA_BYTES, &bytes, &overlapped),
               WSA_IO_PENDING);
    assert_int_equal(un_bind(s, &own), 0);
    pair_connect_to(s, (struct sockaddr *)&name, NAME_BYTES);
    assert_int_equal(flow_end(listener, &overlapped, &bytes), 0);
    GetAcceptExSockaddrs(output, 0, AREA_BYTES, AREA_BYTES, &local, &local_bytes, &remote,
                         &remote_bytes);
    assert_int_equal(local_bytes, NAME_BYTES);
    assert_int_equal(remote_bytes, NAME_BYTES);
    assert_memory_equal(local, &name, NAME_BYTES);
    assert_memory_equal(remote, &own, NAME_BYTES);
    assert_int_equal(setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener,
                                sizeof listener),
                     0);
    assert_int_equal(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    assert_int_equal(send(s, "x", 1, 0), 1);
    assert_int_equal(recv(accepted, output, 1, 0), 1);
    WSACloseEvent(overlapped.hEvent);
    closesocket(accepted);
    closesocket(s);
    closesocket(listener);
    assert_int_equal(unlink(name.sun_path), 0);
    assert_int_equal(unlink(own.sun_path), 0);
}

static void connectex_is_refused_in_its_completion(void **state)
{
    SOCKADDR_UN none = un_name("");
    SOCKADDR_UN name = un_fresh();
    SOCKET s = un_socket();
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX connect_ex = NULL;
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &connect_ex,
                              sizeof connect_ex, &bytes, NULL, NULL),
                     0);
    flow_fails(connect_ex(s, (struct sockaddr *)&name, NAME_BYTES, NULL, 0, NULL, &overlapped),
               WSAEINVAL); /* not bound */
    assert_int_equal(bind(s, (struct sockaddr *)&none, 2), 0);
    flow_fails(connect_ex(s, (struct sockaddr *)&none, 2, NULL, 0, NULL, &overlapped), WSAEINVAL);
    flow_fails(connect_ex(s, (struct sockaddr *)&name, NAME_BYTES, NULL, 0, NULL, &overlapped),
               WSA_IO_PENDING);
    assert_int_equal(flow_end(s, &overlapped, &bytes), ERROR_CONNECTION_REFUSED);
    WSACloseEvent(overlapped.hEvent);
    closesocket(s);
}

static void select_and_selections_see_it(void **state)
{
    SOCKADDR_UN name = un_fresh();
    SOCKET listener = un_listener(&name);
    SOCKET s = un_socket();
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS found;
    struct timeval limit = {FLOW_LIMIT_MS / 1000, 0};
    fd_set set;
    SOCKET accepted;

    (void)state;
    assert_int_equal(WSAEventSelect(listener, event, FD_ACCEPT), 0);
    assert_int_equal(un_connect(s, &name), 0);
    assert_int_equal(WSAWaitForMultipleEvents(1, &event, TRUE, FLOW_LIMIT_MS, FALSE),
                     WSA_WAIT_EVENT_0);
    assert_int_equal(WSAEnumNetworkEvents(listener, event, &found), 0);
    assert_int_equal(found.lNetworkEvents, FD_ACCEPT);
    accepted = accept(listener, NULL, NULL);
    assert_true(accepted != INVALID_SOCKET);
    assert_int_equal(send(accepted, "x", 1, 0), 1);
    FD_ZERO(&set);
    FD_SET(s, &set);
    assert_int_equal(select(0, &set, NULL, NULL, &limit), 1);
    assert_true(FD_ISSET(s, &set));
    WSACloseEvent(event);
    closesocket(accepted);
    closesocket(s);
    closesocket(listener);
    assert_int_equal(unlink(name.sun_path), 0);
}

static void peer_tells_its_process(void **state)
{
    struct pair pair = un_pair();
    SOCKET alone = un_socket();
    SOCKET inet = pair_socket(SOCK_STREAM);
    ULONG process = 0;
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(WSAIoctl(pair.server, SIO_AF_UNIX_GETPEERPID, NULL, 0, &process,
                              sizeof process, &bytes, NULL, NULL),
                     0);
    assert_int_equal(process, getpid());
    assert_int_equal(bytes, sizeof process);
    pair_fails(
        WSAIoctl(pair.server, SIO_AF_UNIX_GETPEERPID, NULL, 0, &process, 3, &bytes, NULL, NULL),
        WSAEFAULT);
    pair_fails(WSAIoctl(alone, SIO_AF_UNIX_GETPEERPID, NULL, 0, &process, sizeof process, &bytes,
                        NULL, NULL),
               WSAENOTCONN);
    pair_fails(WSAIoctl(inet, SIO_AF_UNIX_GETPEERPID, NULL, 0, &process, sizeof process, &bytes,
                        NULL, NULL),
               WSAEOPNOTSUPP);
    closesocket(alone);
    closesocket(inet);
    pair_close(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_move_as_on_any_stream),
        cmocka_unit_test(acceptex_and_connectex_meet),
        cmocka_unit_test(connectex_is_refused_in_its_completion),
        cmocka_unit_test(select_and_selections_see_it),
        cmocka_unit_test(peer_tells_its_process),
    };

    return cmocka_run_group_tests(tests, un_setup, un_teardown);
}
