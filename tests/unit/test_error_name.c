/* SPDX-License-Identifier: MIT */
/* core/base/error_name: names that are made from include/ws2ring/winerror.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/error_name.h"

#include <winsock2.h>

static void codes_have_the_names_of_the_header(void **state)
{
    (void)state;
    assert_string_equal(error_name(WSAECONNREFUSED), "WSAECONNREFUSED");
    assert_string_equal(error_name(WSAEINTR), "WSAEINTR"); /* the first */
    assert_string_equal(error_name(WSA_IPSEC_NAME_POLICY_ERROR), "WSA_IPSEC_NAME_POLICY_ERROR");
    assert_string_equal(error_name(WSANO_ADDRESS), "WSANO_DATA"); /* two names, one number */
    assert_string_equal(error_name(WSA_IO_PENDING), "ERROR_IO_PENDING");
    assert_string_equal(error_name(ERROR_INVALID_FUNCTION), "ERROR_INVALID_FUNCTION");
    assert_string_equal(error_name(ERROR_INVALID_USER_BUFFER), "ERROR_INVALID_USER_BUFFER");
    assert_string_equal(error_name(WAIT_TIMEOUT), "WAIT_TIMEOUT");
    assert_string_equal(error_name(ERROR_ABANDONED_WAIT_0), "ERROR_ABANDONED_WAIT_0");
}

static void other_numbers_have_none(void **state)
{
    (void)state;
    assert_null(error_name(0));
    assert_null(error_name(WSABASEERR));
    assert_null(error_name(12345678));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_the_names_of_the_header),
        cmocka_unit_test(other_numbers_have_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
