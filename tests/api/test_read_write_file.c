/* SPDX-License-Identifier: MIT */
/* ReadFile, WriteFile, ReadFileEx and WriteFileEx on sockets. */
#include "flow.h"

#define OVERFLOWED 0x80000005u

static HANDLE as_file(SOCKET s)
{
    return (HANDLE)(ULONG_PTR)s;
}

/* ---- The first failed check ---- */

static void CALLBACK never_called(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    (void)error;
    (void)bytes;
    (void)overlapped;
    fail();
}

enum { FORMS = 4 };

/* One of the four calls; the plain ones leave 0 in *bytes whatever they check later. */
static BOOL call(int form, HANDLE file, void *data, DWORD size, DWORD *bytes, OVERLAPPED *ov)
{
    BOOL result;

    *bytes = 77;
    switch (form) {
    case 0:
        result = ReadFile(file, data, size, bytes, ov);
        break;
    case 1:
        result = WriteFile(file, data, size, bytes, ov);
        break;
    case 2:
        return ReadFileEx(file, data, size, ov, never_called);
    default:
        return WriteFileEx(file, data, size, ov, never_called);
    }
    assert_int_not_equal(bytes != NULL ? *bytes : 0, 77);
    return result;
}

static void the_first_failed_check_is_reported(void **state)
{
    struct pair pair = pair_open();
    SOCKET fresh = pair_socket(SOCK_STREAM);
    SOCKET unbound = pair_socket(SOCK_DGRAM);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    OVERLAPPED ov = {0};
    char data[8];
    DWORD bytes;

    (void)state;
    flow_fails(ReadFile(as_file(pair.client), data, 8, NULL, NULL), ERROR_INVALID_PARAMETER);
    flow_fails(WriteFile(as_file(pair.client), data, 8, NULL, NULL), ERROR_INVALID_PARAMETER);
    flow_fails(ReadFileEx(as_file(pair.client), data, 8, NULL, never_called),
               ERROR_INVALID_PARAMETER);
    flow_fails(WriteFileEx(as_file(pair.client), data, 8, &ov, NULL), ERROR_INVALID_PARAMETER);
    for (int form = 0; form < FORMS; form++) {
        flow_fails(call(form, INVALID_HANDLE_VALUE, NULL, 8, &bytes, &ov), ERROR_INVALID_HANDLE);
        flow_fails(call(form, NULL, NULL, 8, &bytes, &ov), ERROR_INVALID_HANDLE);
        flow_fails(call(form, event, data, 8, &bytes, &ov), ERROR_INVALID_HANDLE);
        flow_fails(call(form, as_file(fresh), NULL, 8, &bytes, &ov), ERROR_CONNECTION_INVALID);
        flow_fails(call(form, as_file(pair.client), NULL, 8, &bytes, &ov), ERROR_NOACCESS);
        flow_fails(call(form, as_file(pair.client), data, 0x80000000u, &bytes, &ov),
                   ERROR_NO_SYSTEM_RESOURCES);
    }
    flow_fails(call(0, as_file(unbound), NULL, 8, &bytes, NULL), ERROR_INVALID_PARAMETER);
    flow_fails(call(1, as_file(unbound), NULL, 8, &bytes, NULL), ERROR_CONNECTION_INVALID);
    ov.hEvent = (HANDLE)(ULONG_PTR)0x7ffffff0;
    flow_fails(call(0, as_file(pair.client), data, 8, &bytes, &ov), ERROR_INVALID_HANDLE);
    flow_fails(call(1, as_file(pair.client), data, 8, &bytes, &ov), ERROR_INVALID_HANDLE);
    assert_int_equal(shutdown(pair.client, SD_BOTH), 0);
    for (int form = 0; form < FORMS; form++)
        flow_fails(call(form, as_file(pair.client), NULL, 8, &bytes, &ov),
                   ERROR_PIPE_NOT_CONNECTED);
    assert_int_equal(SleepEx(0, TRUE), 0); /* no routine was queued */
    closesocket(fresh);
    closesocket(unbound);
    CloseHandle(event);
    pair_close(pair);
}

/* ---- Synchronous ---- */

/* RECV-13. */
static void without_an_overlapped_it_is_send_and_recv(void **state)
{
    struct pair pair = pair_open();
    char data[8];
    DWORD bytes = 77;
    u_long on = 1;

    (void)state;
    assert_true(WriteFile(as_file(pair.client), "abcde", 5, &bytes, NULL));
    assert_int_equal(bytes, 5);
    assert_true(ReadFile(as_file(pair.server), data, 3, &bytes, NULL));
    assert_int_equal(bytes, 3);
    assert_true(ReadFile(as_file(pair.server), data + 3, 5, &bytes, NULL));
    assert_int_equal(bytes, 2);
    assert_memory_equal(data, "abcde", 5);
    assert_true(WriteFile(as_file(pair.client), NULL, 0, &bytes, NULL));
    assert_int_equal(bytes, 0);
    assert_int_equal(ioctlsocket(pair.server, (long)FIONBIO, &on), 0);
    flow_fails(ReadFile(as_file(pair.server), data, 8, &bytes, NULL), ERROR_NOT_READY);
    on = 0;
    assert_int_equal(ioctlsocket(pair.server, (long)FIONBIO, &on), 0);
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    bytes = 77;
    assert_true(ReadFile(as_file(pair.server), data, 8, &bytes, NULL)); /* the end */
    assert_int_equal(bytes, 0);
    pair_close(pair);
}

static void a_reset_is_a_deleted_name(void **state)
{
    struct pair pair = pair_open();
    struct linger hard = {1, 0};
    char data[8];
    DWORD bytes = 77;

    (void)state;
    assert_int_equal(
        setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard), 0);
    closesocket(pair.client);
    flow_fails(ReadFile(as_file(pair.server), data, 8, &bytes, NULL), ERROR_NETNAME_DELETED);
    assert_int_equal(bytes, 0);
    closesocket(pair.server);
}

static void a_cut_datagram_has_more_data(void **state)
{
    SOCKET one = pair_bound(SOCK_DGRAM);
    SOCKET two = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN to = pair_address(two);
    OVERLAPPED ov = flow_overlapped();
    char data[4];
    DWORD bytes = 77;

    (void)state;
    assert_int_equal(connect(one, (struct sockaddr *)&to, sizeof to), 0);
    assert_true(WriteFile(as_file(one), "abcdef", 6, &bytes, NULL));
    assert_int_equal(bytes, 6);
    flow_fails(ReadFile(as_file(two), data, 4, &bytes, NULL), ERROR_MORE_DATA);
    assert_int_equal(bytes, 4);
    assert_memory_equal(data, "abcd", 4);
    assert_true(WriteFile(as_file(one), "ghijkl", 6, &bytes, NULL));
    flow_fails(ReadFile(as_file(two), data, 4, NULL, &ov), ERROR_IO_PENDING);
    assert_int_equal(flow_end(two, &ov, &bytes), ERROR_MORE_DATA);
    assert_int_equal(bytes, 4);
    assert_memory_equal(data, "ghij", 4);
    WSACloseEvent(ov.hEvent);
    closesocket(one);
    closesocket(two);
}

/* ---- Overlapped ---- */

/* OVERLAPPED-11: blocking or not makes no difference. */
static void with_an_overlapped_it_pends(void **state)
{
    struct pair pair = pair_open();
    u_long on = 0;

    (void)state;
    for (; on < 2; on++) {
        OVERLAPPED ov = flow_overlapped();
        char data[8];
        DWORD bytes = 77;

        assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0);
        flow_fails(ReadFile(as_file(pair.client), data, 8, &bytes, &ov), ERROR_IO_PENDING);
        assert_int_equal(bytes, 0);
        assert_false(HasOverlappedIoCompleted(&ov));
        assert_true(WriteFile(as_file(pair.server), "abc", 3, &bytes, NULL));
        assert_int_equal(flow_end(pair.client, &ov, &bytes), 0);
        assert_int_equal(bytes, 3);
        assert_memory_equal(data, "abc", 3);
        flow_fails(ReadFile(as_file(pair.client), data, 8, NULL, &ov), ERROR_IO_PENDING);
        assert_true(CancelIo(as_file(pair.client)));
        assert_int_equal(flow_end(pair.client, &ov, &bytes), ERROR_OPERATION_ABORTED);
        WSACloseEvent(ov.hEvent);
    }
    pair_close(pair);
}

static void packets_go_to_the_port(void **state)
{
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    OVERLAPPED ov = {0};
    struct flow_packet packet;
    char data[8];

    (void)state;
    flow_tie(pair.client, port, 5);
    flow_fails(ReadFile(as_file(pair.client), data, 8, NULL, &ov), ERROR_IO_PENDING);
    flow_fails(ReadFileEx(as_file(pair.client), data, 8, &ov, never_called),
               ERROR_INVALID_PARAMETER); /* IOCP-33 */
    assert_int_equal(flow_send(pair.server, "abc", 3), 3);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 3);
    assert_int_equal(packet.key, 5);
    assert_ptr_equal(packet.overlapped, &ov);
    if (!WriteFile(as_file(pair.client), "xyz", 3, NULL, &ov))
        assert_int_equal(GetLastError(), ERROR_IO_PENDING);
    packet = flow_take(port, FLOW_LIMIT_MS);
    assert_ptr_equal(packet.overlapped, &ov);
    assert_int_equal(packet.bytes, 3);
    flow_no_packet(port);
    pair_close(pair);
    CloseHandle(port);
}

/* A socket without the overlapped attribute waits, and tells the OVERLAPPED as well. */
static void a_handle_that_is_not_overlapped_waits(void **state)
{
    SOCKET listener = pair_listener();
    SOCKET s = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0);
    SOCKADDR_IN to = pair_address(listener);
    OVERLAPPED ov = {.hEvent = CreateEventA(NULL, TRUE, TRUE, NULL)};
    OVERLAPPED wrong = {.hEvent = (HANDLE)(ULONG_PTR)0x7ffffff0};
    SOCKET peer;
    char data[8];
    DWORD bytes = 77;

    (void)state;
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    peer = accept(listener, NULL, NULL);
    flow_fails(WriteFile(as_file(s), "abc", 3, &bytes, &wrong), ERROR_INVALID_HANDLE);
    flow_fails(ReadFileEx(as_file(s), data, 8, &ov, never_called), ERROR_INVALID_PARAMETER);
    assert_int_equal(WaitForSingleObject(ov.hEvent, 0), WAIT_OBJECT_0); /* refused: untouched */
    assert_int_equal(flow_send(peer, "abc", 3), 3);
    assert_true(ReadFile(as_file(s), data, 8, &bytes, &ov));
    assert_int_equal(bytes, 3);
    assert_int_equal(ov.Internal, 0);
    assert_int_equal(ov.InternalHigh, 3);
    assert_int_equal(WaitForSingleObject(ov.hEvent, 0), WAIT_OBJECT_0);
    assert_true(WriteFile(as_file(s), "defg", 4, NULL, &ov));
    assert_int_equal(ov.InternalHigh, 4);
    assert_int_equal(flow_recv(peer, data, 8), 4);
    CloseHandle(ov.hEvent);
    closesocket(peer);
    closesocket(s);
    closesocket(listener);
}

/* ---- Routines ---- */

static struct {
    unsigned calls;
    DWORD error, bytes;
    OVERLAPPED *overlapped;
    DWORD thread_id;
} told;

static void CALLBACK tell(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    told.calls++;
    told.error = error;
    told.bytes = bytes;
    told.overlapped = overlapped;
    told.thread_id = GetCurrentThreadId();
}

static void run_one(void)
{
    told.calls = 0;
    assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.thread_id, GetCurrentThreadId());
}

static void the_ex_forms_end_in_their_routine(void **state)
{
    struct pair pair = pair_open();
    OVERLAPPED in = {.hEvent = (HANDLE)(ULONG_PTR)0x1234}; /* the caller's own */
    OVERLAPPED out = {0};
    char data[8];

    (void)state;
    SetLastError(77);
    assert_true(ReadFileEx(as_file(pair.client), data, 8, &in, tell));
    assert_int_equal(GetLastError(), 0);
    assert_int_equal(SleepEx(0, TRUE), 0);
    SetLastError(77);
    assert_true(WriteFileEx(as_file(pair.server), "abc", 3, &out, tell));
    assert_int_equal(GetLastError(), 0);
    told.calls = 0;
    while (told.calls < 2)
        assert_int_equal(SleepEx(FLOW_LIMIT_MS, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(in.Internal, 0);
    assert_int_equal(in.InternalHigh, 3);
    assert_int_equal(out.InternalHigh, 3);
    assert_memory_equal(data, "abc", 3);
    pair_close(pair);
}

/* Win32 codes, where a routine of WSARecv would get Winsock's. */
static void a_routine_gets_win32_codes(void **state)
{
    struct pair pair = pair_open();
    struct linger hard = {1, 0};
    OVERLAPPED ov = {0};
    char data[8];

    (void)state;
    assert_true(ReadFileEx(as_file(pair.client), data, 8, &ov, tell));
    assert_true(CancelIoEx(as_file(pair.client), &ov));
    run_one();
    assert_int_equal(told.error, ERROR_OPERATION_ABORTED);
    assert_int_equal(told.bytes, 0);
    assert_ptr_equal(told.overlapped, &ov);
    assert_true(ReadFileEx(as_file(pair.client), data, 8, &ov, tell));
    assert_int_equal(
        setsockopt(pair.server, SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof hard), 0);
    closesocket(pair.server);
    run_one();
    assert_int_equal(told.error, ERROR_NETNAME_DELETED);
    closesocket(pair.client);
}

static void a_cut_datagram_is_told_to_the_routine(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN own = pair_address(s);
    OVERLAPPED ov = {0};
    char data[4];

    (void)state;
    assert_int_equal(sendto(s, "abcdef", 6, 0, (struct sockaddr *)&own, sizeof own), 6);
    assert_true(ReadFileEx(as_file(s), data, 4, &ov, tell));
    run_one();
    assert_int_equal(told.error, ERROR_MORE_DATA);
    assert_int_equal(told.bytes, 4);
    assert_int_equal(ov.Internal, OVERFLOWED);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failed_check_is_reported),
        cmocka_unit_test(without_an_overlapped_it_is_send_and_recv),
        cmocka_unit_test(a_reset_is_a_deleted_name),
        cmocka_unit_test(a_cut_datagram_has_more_data),
        cmocka_unit_test(with_an_overlapped_it_pends),
        cmocka_unit_test(packets_go_to_the_port),
        cmocka_unit_test(a_handle_that_is_not_overlapped_waits),
        cmocka_unit_test(the_ex_forms_end_in_their_routine),
        cmocka_unit_test(a_routine_gets_win32_codes),
        cmocka_unit_test(a_cut_datagram_is_told_to_the_routine),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
