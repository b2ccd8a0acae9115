/* SPDX-License-Identifier: MIT */
/* core/base/wide: both widths to UTF-8 and back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/wide.h"

enum { WIDE_ROOM = 16 };

static void every_length_goes_both_ways(void **state)
{
    static const char text[] = "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"; /* 1 to 4 bytes each */
    static const uint16_t wide16[] = {'A', 0xE4, 0x20AC, 0xD83D, 0xDE00, 0};
    static const uint32_t wide32[] = {'A', 0xE4, 0x20AC, 0x1F600, 0};
    char narrow[WIDE_ROOM];
    uint16_t out16[WIDE_ROOM];
    uint32_t out32[WIDE_ROOM];

    (void)state;
    assert_true(wide_to_utf8(wide16, 2, narrow, sizeof narrow));
    assert_string_equal(narrow, text);
    assert_true(wide_to_utf8(wide32, 4, narrow, sizeof text)); /* exactly as much as it takes */
    assert_string_equal(narrow, text);
    assert_int_equal(wide_from_utf8(text, out16, 2, 6), 6);
    assert_memory_equal(out16, wide16, sizeof wide16);
    assert_int_equal(wide_from_utf8(text, out32, 4, 5), 5);
    assert_memory_equal(out32, wide32, sizeof wide32);
}

static void nothing_is_written_beyond_the_room(void **state)
{
    static const uint16_t wide16[] = {0x20AC, 0};
    char narrow[WIDE_ROOM];
    uint16_t out16[] = {1, 2, 3};

    (void)state;
    memset(narrow, 'x', sizeof narrow);
    assert_false(wide_to_utf8(wide16, 2, narrow, 3)); /* no room for the zero */
    assert_int_equal(narrow[3], 'x');
    assert_int_equal(wide_from_utf8("abc", out16, 2, 2), 4);
    assert_int_equal(out16[2], 3);
    assert_int_equal(wide_from_utf8("abc", NULL, 2, 0), 4);
    assert_int_equal(wide_from_utf8("", out16, 2, 1), 1);
    assert_int_equal(out16[0], 0);
}

static void what_is_no_unicode_is_refused(void **state)
{
    static const uint16_t bad16[][3] = {{0xD800, 0}, {0xDC00, 0}, {0xD800, 'a', 0}};
    static const uint32_t bad32[][2] = {{0x110000, 0}, {0xD800, 0}, {0xDFFF, 0}, {0xFFFFFFFF, 0}};
    static const char *const bad8[] = {
        "\x80",         "\xC3",
        "\xC3x",        "\xE2\x82",
        "\xF0\x9F\x98", "\xC0\x80",
        "\xE0\x80\x80", "\xF0\x80\x80\x80",
        "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF8\x80\x80", "\xFF",
    };
    char narrow[WIDE_ROOM];
    uint32_t out[WIDE_ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof bad16 / sizeof bad16[0]; i++)
        assert_false(wide_to_utf8(bad16[i], 2, narrow, sizeof narrow));
    for (size_t i = 0; i < sizeof bad32 / sizeof bad32[0]; i++)
        assert_false(wide_to_utf8(bad32[i], 4, narrow, sizeof narrow));
    for (size_t i = 0; i < sizeof bad8 / sizeof bad8[0]; i++) {
        assert_int_equal(wide_from_utf8(bad8[i], out, 2, WIDE_ROOM), 0);
        assert_int_equal(wide_from_utf8(bad8[i], out, 4, WIDE_ROOM), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_goes_both_ways),
        cmocka_unit_test(nothing_is_written_beyond_the_room),
        cmocka_unit_test(what_is_no_unicode_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
