/* SPDX-License-Identifier: MIT */
/* The machine, the clock, the process heap, the last error and byte order. */
#include "pair.h"

#include <windows.h>

static void machine_has_pages_and_processors(void **state)
{
    SYSTEM_INFO info;

    (void)state;
    memset(&info, 0xA5, sizeof info);
    GetSystemInfo(&info);
    assert_true(info.dwPageSize >= 4096);
    assert_int_equal(info.dwPageSize & (info.dwPageSize - 1), 0);
    assert_int_equal(info.dwAllocationGranularity, 65536);
    assert_true(info.dwNumberOfProcessors >= 1);
    assert_int_not_equal(info.dwActiveProcessorMask, 0);
}

static void clock_only_moves_forward(void **state)
{
    LARGE_INTEGER frequency, last, now;

    (void)state;
    assert_int_equal(QueryPerformanceFrequency(&frequency), TRUE);
    assert_true(frequency.QuadPart > 0);
    assert_int_equal(QueryPerformanceCounter(&last), TRUE);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(QueryPerformanceCounter(&now), TRUE);
        assert_true(now.QuadPart >= last.QuadPart);
        last = now;
    }
}

static void heap_memory_is_aligned_and_zeroed_on_demand(void **state)
{
    HANDLE heap = GetProcessHeap();
    char *memory = HeapAlloc(heap, HEAP_ZERO_MEMORY, 1000);
    void *empty = HeapAlloc(heap, 0, 0);

    (void)state;
    assert_non_null(heap);
    assert_ptr_equal(heap, GetProcessHeap());
    assert_non_null(memory);
    assert_int_equal((ULONG_PTR)memory % 16, 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(memory[i], 0);
    assert_non_null(empty);
    assert_int_equal(HeapFree(heap, 0, memory), TRUE);
    assert_int_equal(HeapFree(heap, HEAP_NO_SERIALIZE, empty), TRUE);
    assert_int_equal(HeapFree(heap, 0, NULL), TRUE);
}

static void heap_calls_refuse_another_heap(void **state)
{
    (void)state;
    SetLastError(4711);
    assert_null(HeapAlloc(NULL, 0, 16));
    assert_int_equal(GetLastError(), 4711); /* as documented: not set */
    assert_int_equal(HeapFree(NULL, 0, NULL), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_int_equal(CloseHandle(GetProcessHeap()), FALSE);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

static void last_error_has_two_pairs_of_names(void **state)
{
    (void)state;
    WSASetLastError(WSAECONNRESET);
    assert_int_equal(GetLastError(), WSAECONNRESET);
    SetLastError(0xC0000001);
    assert_int_equal((DWORD)WSAGetLastError(), 0xC0000001);
    SetLastError(0);
    assert_int_equal(WSAGetLastError(), 0);
}

static void plain_byte_order_calls_need_no_startup(void **state)
{
    const BYTE bytes4[4] = {0x12, 0x34, 0x56, 0x78};
    const BYTE bytes2[2] = {0x12, 0x34};
    u_long four = htonl(0x12345678);
    u_short two = htons(0x1234);

    (void)state;
    assert_memory_equal(&four, bytes4, 4);
    assert_memory_equal(&two, bytes2, 2);
    assert_int_equal(ntohl(four), 0x12345678);
    assert_int_equal(ntohs(two), 0x1234);
}

static void socket_byte_order_calls_need_startup_first(void **state)
{
    (void)state;
    assert_int_equal(WSAHtonl(INVALID_SOCKET, 1, NULL), SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_int_equal(WSANtohs(INVALID_SOCKET, 1, NULL), SOCKET_ERROR);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
}

/* Runs all four. */
static void byte_order_fails(SOCKET s, u_long *four, u_short *two, int error)
{
    int results[4], errors[4];

    results[0] = WSAHtonl(s, 1, four), errors[0] = WSAGetLastError();
    results[1] = WSANtohl(s, 1, four), errors[1] = WSAGetLastError();
    results[2] = WSAHtons(s, 1, two), errors[2] = WSAGetLastError();
    results[3] = WSANtohs(s, 1, two), errors[3] = WSAGetLastError();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(results[i], SOCKET_ERROR);
        assert_int_equal(errors[i], error);
    }
}

static void socket_byte_order_calls_report_the_first_failed_check(void **state)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_not_equal(s, INVALID_SOCKET);
    byte_order_fails(INVALID_SOCKET, NULL, NULL, WSAENOTSOCK);
    byte_order_fails(s, NULL, NULL, WSAEFAULT);
    byte_order_fails(s, (u_long *)16, (u_short *)16, WSAEFAULT);
    assert_int_equal(closesocket(s), 0);
}

static void socket_byte_order_is_the_networks(void **state)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    u_long four = 0;
    u_short two = 0;

    (void)state;
    assert_int_equal(WSAHtonl(s, 0x12345678, &four), 0);
    assert_int_equal(four, htonl(0x12345678));
    assert_int_equal(WSANtohl(s, four, &four), 0);
    assert_int_equal(four, 0x12345678);
    assert_int_equal(WSAHtons(s, 0x1234, &two), 0);
    assert_int_equal(two, htons(0x1234));
    assert_int_equal(WSANtohs(s, two, &two), 0);
    assert_int_equal(two, 0x1234);
    assert_int_equal(closesocket(s), 0);
}

int main(void)
{
    const struct CMUnitTest before[] = {
        cmocka_unit_test(machine_has_pages_and_processors),
        cmocka_unit_test(clock_only_moves_forward),
        cmocka_unit_test(heap_memory_is_aligned_and_zeroed_on_demand),
        cmocka_unit_test(heap_calls_refuse_another_heap),
        cmocka_unit_test(last_error_has_two_pairs_of_names),
        cmocka_unit_test(plain_byte_order_calls_need_no_startup),
        cmocka_unit_test(socket_byte_order_calls_need_startup_first),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(socket_byte_order_calls_report_the_first_failed_check),
        cmocka_unit_test(socket_byte_order_is_the_networks),
    };
    int failed = cmocka_run_group_tests(before, NULL, NULL);

    return failed + cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
