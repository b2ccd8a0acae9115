/* SPDX-License-Identifier: MIT */
/*
 * What is limited runs out: every handle that the library can give is taken, or the process may
 * have few descriptors. It comes back when something is closed.
 */
#include "flow.h"

#include <sys/resource.h>

enum { HANDLES_MAX = 1 << 24 }; /* more than there can be */

static HANDLE *taken;
static size_t taken_count;

static void handles_take_all(void)
{
    taken = malloc(HANDLES_MAX * sizeof *taken); /* only what is used is there */
    assert_non_null(taken);
    WSASetLastError(0);
    for (taken_count = 0; taken_count < HANDLES_MAX; taken_count++) {
        taken[taken_count] = WSACreateEvent();
        if (taken[taken_count] == WSA_INVALID_EVENT)
            break;
    }
    assert_int_equal(WSAGetLastError(), WSA_NOT_ENOUGH_MEMORY);
    assert_true(taken_count < HANDLES_MAX);
}

static void handles_give_back(void)
{
    while (taken_count > 0)
        assert_true(WSACloseEvent(taken[--taken_count]));
    free(taken);
}

#define no_socket(call)                                  \
    do {                                                 \
        WSASetLastError(0);                              \
        assert_true((call) == INVALID_SOCKET);           \
        assert_int_equal(WSAGetLastError(), WSAENOBUFS); \
    } while (0)

static void without_handles_nothing_is_made(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET client = pair_socket(SOCK_STREAM);
    SOCKET other = pair_socket(SOCK_STREAM);

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* a million handles take it half a minute */
#endif
    assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(connect(other, (struct sockaddr *)&to, sizeof to), 0);
    handles_take_all();
    WSASetLastError(0);
    assert_true(WSACreateEvent() == WSA_INVALID_EVENT);
    assert_int_equal(WSAGetLastError(), WSA_NOT_ENOUGH_MEMORY);
    no_socket(socket(AF_INET, SOCK_STREAM, 0));
    no_socket(WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0));
    no_socket(WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, 0));
    no_socket(accept(listener, NULL, NULL));
    no_socket(WSAAccept(listener, NULL, NULL, NULL, 0));
    handles_give_back();
    closesocket(pair_socket(SOCK_STREAM));
    closesocket(other);
    closesocket(client);
    closesocket(listener);
}

/* poll() refuses more entries than the process may have descriptors. */
static void a_poll_of_too_many_has_no_buffers(void **state)
{
    SOCKET s = pair_bound(SOCK_DGRAM);
    WSAPOLLFD entries[200];
    struct rlimit before, few;
    int result, error;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(entries); i++)
        entries[i] = (WSAPOLLFD){.fd = s, .events = POLLRDNORM};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    WSASetLastError(0);
    result = WSAPoll(entries, PAIR_COUNT(entries), 0);
    error = WSAGetLastError();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result, SOCKET_ERROR);
    assert_int_equal(error, WSAENOBUFS);
    assert_int_equal(WSAPoll(entries, PAIR_COUNT(entries), 0), 0);
    closesocket(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_of_too_many_has_no_buffers),
        cmocka_unit_test(without_handles_nothing_is_made),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
