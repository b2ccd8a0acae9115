/* SPDX-License-Identifier: MIT */
/* The last WSACleanup while another thread makes sockets: it leaves none behind. */
#include "pair.h"

#include <stdatomic.h>

#include <windows.h>
#include <ws2ring.h>

enum { RACE_ROUNDS = 300, RACE_THREADS = 2, RACE_WAIT_MS = 10000 };

static _Atomic unsigned made;

/* Makes sockets until it is told that there is no Winsock any more. Returns the last error. */
static DWORD WINAPI race_main(LPVOID unused)
{
    (void)unused;
    while (socket(AF_INET, SOCK_DGRAM, 0) != INVALID_SOCKET)
        atomic_fetch_add(&made, 1);
    return (DWORD)WSAGetLastError();
}

static unsigned sockets_now(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    assert_int_equal(ws2_stats(&stats), 0);
    return stats.sockets;
}

static void cleanup_overlooks_no_socket(void **state)
{
    (void)state;
    for (int i = 0; i < RACE_ROUNDS; i++) {
        HANDLE threads[RACE_THREADS];
        DWORD error = 0;

        assert_int_equal(pair_setup(NULL), 0);
        atomic_store(&made, 0);
        for (int t = 0; t < RACE_THREADS; t++) {
            threads[t] = CreateThread(NULL, 0, race_main, NULL, 0, NULL);
            assert_non_null(threads[t]);
        }
        while (atomic_load(&made) < 2)
            SwitchToThread();
        assert_int_equal(WSACleanup(), 0);
        assert_int_equal(WaitForMultipleObjects(RACE_THREADS, threads, TRUE, RACE_WAIT_MS), 0);
        for (int t = 0; t < RACE_THREADS; t++) {
            assert_true(GetExitCodeThread(threads[t], &error));
            assert_int_equal(error, WSANOTINITIALISED);
            CloseHandle(threads[t]);
        }
        assert_int_equal(sockets_now(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleanup_overlooks_no_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
