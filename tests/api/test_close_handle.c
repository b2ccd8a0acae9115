/* SPDX-License-Identifier: MIT */
/* CloseHandle: every kind of object, and what is none. */
#include "pair.h"

#include <windows.h>

static void assert_closes_once(HANDLE handle)
{
    SetLastError(4711);
    assert_int_equal(CloseHandle(handle), TRUE);
    assert_int_equal(GetLastError(), 4711);
    assert_int_equal(CloseHandle(handle), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

static void what_is_no_handle_is_refused_without_startup(void **state)
{
    HANDLE bad[] = {NULL, INVALID_HANDLE_VALUE, (HANDLE)4, (HANDLE)0x7FFFFFFC, (HANDLE)0x100000004};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SetLastError(0);
        assert_int_equal(CloseHandle(bad[i]), FALSE);
        assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    }
}

static void event_is_closed(void **state)
{
    WSAEVENT event = WSACreateEvent();

    (void)state;
    assert_closes_once(event);
    assert_int_equal(WSASetEvent(event), FALSE);
    assert_int_equal(WSAGetLastError(), WSA_INVALID_HANDLE);
}

static void socket_is_closed(void **state)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_not_equal(s, INVALID_SOCKET);
    assert_closes_once((HANDLE)s);
    assert_int_equal(closesocket(s), SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSAENOTSOCK);
}

static void port_is_closed(void **state)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);

    (void)state;
    assert_non_null(port);
    assert_closes_once(port);
    assert_int_equal(PostQueuedCompletionStatus(port, 0, 0, NULL), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

int main(void)
{
    const struct CMUnitTest before[] = {
        cmocka_unit_test(what_is_no_handle_is_refused_without_startup),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_is_closed),
        cmocka_unit_test(socket_is_closed),
        cmocka_unit_test(port_is_closed),
    };
    int failed = cmocka_run_group_tests(before, NULL, NULL);

    return failed + cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
