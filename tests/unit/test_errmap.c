/* SPDX-License-Identifier: MIT */
/* Walks the rows that errmap.c expands: each value must come out as its row says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/errmap.h"
#include "core/base/errmap_rows.h"

struct row {
    uint32_t from;
    uint32_t to;
};

#define ROW(from, to) {(uint32_t)(from), (uint32_t)(to)},
#define COUNT(rows)   (sizeof(rows) / sizeof(rows)[0])

static const struct row any_rows[] = {ERRMAP_ANY(ROW)};
static const struct row status_rows[] = {ERRMAP_STATUS_ANY(ROW)};
static const struct row wsa_rows[] = {ERRMAP_WSA_OF_STATUS(ROW)};
static const struct row win32_rows[] = {ERRMAP_WIN32_OF_STATUS(ROW)};

static const struct special {
    enum errmap_call call;
    uint32_t from;
    uint32_t to;
} special_rows[] = {
#define SOCKET_ROW(from, to)  {ERRMAP_CALL_SOCKET, from, to},
#define BIND_ROW(from, to)    {ERRMAP_CALL_BIND, from, to},
#define LISTEN_ROW(from, to)  {ERRMAP_CALL_LISTEN, from, to},
#define ACCEPT_ROW(from, to)  {ERRMAP_CALL_ACCEPT, from, to},
#define CONNECT_ROW(from, to) {ERRMAP_CALL_CONNECT, from, to},
#define SEND_ROW(from, to)    {ERRMAP_CALL_SEND, from, to},
#define RECV_ROW(from, to)    {ERRMAP_CALL_RECV, from, to},
#define OPTION_ROW(from, to)  {ERRMAP_CALL_OPTION, from, to},
    ERRMAP_SOCKET(SOCKET_ROW) ERRMAP_BIND(BIND_ROW) ERRMAP_LISTEN(LISTEN_ROW)
        ERRMAP_ACCEPT(ACCEPT_ROW) ERRMAP_CONNECT(CONNECT_ROW) ERRMAP_SEND(SEND_ROW)
            ERRMAP_RECV(RECV_ROW) ERRMAP_OPTION(OPTION_ROW)};

static void errmap_follows_the_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(any_rows); i++)
        assert_int_equal(errmap_to_wsa(ERRMAP_CALL_ANY, (int)any_rows[i].from), any_rows[i].to);
    for (size_t i = 0; i < COUNT(special_rows); i++) {
        const struct special *row = &special_rows[i];

        assert_int_equal(errmap_to_wsa(row->call, (int)row->from), row->to);
    }
    for (size_t i = 0; i < COUNT(status_rows); i++)
        assert_int_equal(errmap_to_status(ERRMAP_CALL_ANY, (int)status_rows[i].from),
                         status_rows[i].to);
    for (size_t i = 0; i < COUNT(wsa_rows); i++)
        assert_int_equal(errmap_status_to_wsa(wsa_rows[i].from), wsa_rows[i].to);
    for (size_t i = 0; i < COUNT(win32_rows); i++)
        assert_int_equal(errmap_status_to_win32(win32_rows[i].from), win32_rows[i].to);
}

static void errmap_keeps_success(void **state)
{
    (void)state;
    for (int call = ERRMAP_CALL_ANY; call <= ERRMAP_CALL_OPTION; call++) {
        assert_int_equal(errmap_to_wsa((enum errmap_call)call, 0), 0);
        assert_int_equal(errmap_to_status((enum errmap_call)call, 0), 0);
    }
    assert_int_equal(errmap_status_to_wsa(0), 0);
    assert_int_equal(errmap_status_to_wsa((uint32_t)STATUS_PENDING), 0);
    assert_int_equal(errmap_status_to_wsa((uint32_t)STATUS_RECEIVE_PARTIAL), 0);
    assert_int_equal(errmap_status_to_win32((uint32_t)STATUS_EVENT_PENDING), 0);
}

/* An operation and a call that fail for the same reason must not tell different stories. */
static void errmap_every_status_has_a_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(status_rows); i++) {
        uint32_t status = status_rows[i].to;

        assert_int_not_equal(errmap_status_to_wsa(status), 0);
        assert_int_not_equal(errmap_status_to_win32(status), 0);
        if (status != (uint32_t)STATUS_INVALID_PARAMETER &&
            status != (uint32_t)STATUS_INVALID_DEVICE_REQUEST)
            assert_int_not_equal(errmap_status_to_wsa(status), WSAEINVAL);
        assert_int_not_equal(errmap_status_to_win32(status), ERRMAP_ERROR_UNKNOWN);
    }
}

static void errmap_answers_the_unknown(void **state)
{
    (void)state;
    assert_int_equal(errmap_to_wsa(ERRMAP_CALL_ANY, 4000), WSASYSCALLFAILURE);
    assert_int_equal(errmap_to_status(ERRMAP_CALL_ANY, 4000),
                     (uint32_t)STATUS_UNEXPECTED_NETWORK_ERROR);
    assert_int_equal(errmap_status_to_wsa(0xC0000001u), WSAEINVAL); /* OVERLAPPED-09 */
    assert_int_equal(errmap_status_to_wsa(0x800703E4u), WSA_IO_INCOMPLETE);
    assert_int_equal(errmap_status_to_wsa(0xC00103E4u), WSA_IO_INCOMPLETE);
    assert_int_equal(errmap_status_to_wsa(0xC00703E4u), WSA_IO_INCOMPLETE);
    assert_int_equal(errmap_status_to_win32(0xC0000001u), ERRMAP_ERROR_UNKNOWN);
}

/* Whichever way an application connects, it learns the same. Those that end no connect: EINPROGRESS
 * is no end, ECANCELED is closesocket's. */
static void errmap_connect_and_connectex_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(status_rows); i++) {
        int linux_error = (int)status_rows[i].from;
        uint32_t status = errmap_to_status(ERRMAP_CALL_CONNECT, linux_error);

        if (linux_error == EINTR || linux_error == EALREADY || linux_error == EPIPE ||
            linux_error == EDESTADDRREQ || linux_error == ENETRESET || linux_error == EAFNOSUPPORT)
            continue; /* connect() does not end with these */
        assert_int_equal(errmap_status_to_wsa(status),
                         errmap_to_wsa(ERRMAP_CALL_CONNECT, linux_error));
    }
    assert_int_equal(errmap_to_status(ERRMAP_CALL_CONNECT, ENOPROTOOPT),
                     (uint32_t)STATUS_PROTOCOL_UNREACHABLE);
    assert_int_equal(errmap_to_wsa(ERRMAP_CALL_CONNECT, ENOPROTOOPT), WSAENETUNREACH);
}

/* The ones that servers look for, spelled out: RESET-01, RECV-04 and the header's promises. */
static void errmap_port_codes_of_servers(void **state)
{
    (void)state;
    assert_int_equal(errmap_status_to_win32((uint32_t)STATUS_CONNECTION_RESET), 64);
    assert_int_equal(errmap_status_to_win32((uint32_t)STATUS_CONNECTION_ABORTED), 1236);
    assert_int_equal(errmap_status_to_win32((uint32_t)STATUS_CANCELLED), 995);
    assert_int_equal(errmap_status_to_win32((uint32_t)STATUS_CONNECTION_REFUSED), 1225);
    assert_int_equal(errmap_status_to_win32((uint32_t)STATUS_NOT_SUPPORTED), 50);
    assert_int_equal(errmap_status_to_win32((uint32_t)STATUS_IO_TIMEOUT), 121);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errmap_follows_the_rows),
        cmocka_unit_test(errmap_keeps_success),
        cmocka_unit_test(errmap_every_status_has_a_code),
        cmocka_unit_test(errmap_answers_the_unknown),
        cmocka_unit_test(errmap_connect_and_connectex_agree),
        cmocka_unit_test(errmap_port_codes_of_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
