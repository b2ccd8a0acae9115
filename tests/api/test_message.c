/* SPDX-License-Identifier: MIT */
/* FormatMessage, LocalAlloc, LocalFree, and the clocks of message.h. */
#include "flow.h"

enum {
    SYSTEM = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
    ROOM = 256,
    HOUR_MS = 60 * 60 * 1000
};

/* Both widths of WCHAR, whichever this file is compiled with. */
extern DWORD ws2_FormatMessageW16(DWORD flags, const void *source, DWORD id, DWORD language,
                                  uint16_t *buffer, DWORD count, va_list *arguments);
extern DWORD ws2_FormatMessageW32(DWORD flags, const void *source, DWORD id, DWORD language,
                                  uint32_t *buffer, DWORD count, va_list *arguments);

static const DWORD codes[] = {
    ERROR_SUCCESS,
    ERROR_INVALID_HANDLE,
    ERROR_NOT_ENOUGH_MEMORY,
    ERROR_NETNAME_DELETED,
    ERROR_INVALID_PARAMETER,
    WAIT_TIMEOUT,
    ERROR_ABANDONED_WAIT_0,
    ERROR_OPERATION_ABORTED,
    ERROR_IO_INCOMPLETE,
    ERROR_IO_PENDING,
    ERROR_NOT_FOUND,
    ERROR_CONNECTION_REFUSED,
    ERROR_CONNECTION_ABORTED,
    WSAEINTR,
    WSAEACCES,
    WSAEFAULT,
    WSAEINVAL,
    WSAEMFILE,
    WSAEWOULDBLOCK,
    WSAENOTSOCK,
    WSAEMSGSIZE,
    WSAEADDRINUSE,
    WSAECONNRESET,
    WSAENOBUFS,
    WSAENOTCONN,
    WSAESHUTDOWN,
    WSAETIMEDOUT,
    WSAECONNREFUSED,
    WSASYSNOTREADY,
    WSANOTINITIALISED,
    WSAHOST_NOT_FOUND,
    WSANO_DATA,
};

static void codes_have_texts_of_one_line(void **state)
{
    char text[ROOM];

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(codes); i++) {
        DWORD length = FormatMessageA(SYSTEM, NULL, codes[i], 0, text, sizeof text, NULL);

        assert_in_range(length, 10, ROOM - 1);
        assert_int_equal(length, strlen(text));
        assert_ptr_equal(strchr(text, '\r'), text + length - 2);
        assert_string_equal(text + length - 3, ".\r\n");
        assert_null(strchr(text, '%')); /* nothing to insert */
        length = FormatMessageA(SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, codes[i],
                                MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), text, sizeof text, NULL);
        assert_int_equal(length, strlen(text));
        assert_string_equal(text + length - 2, ". ");
    }
}

static void wide_texts_are_the_same_in_both_widths(void **state)
{
    char text[ROOM];
    uint16_t text16[ROOM];
    uint32_t text32[ROOM];
    WCHAR wide[ROOM];
    DWORD length = FormatMessageA(SYSTEM, NULL, WSAECONNRESET, 0, text, ROOM, NULL);

    (void)state;
    assert_int_equal(ws2_FormatMessageW16(SYSTEM, NULL, WSAECONNRESET, 0, text16, ROOM, NULL),
                     length);
    assert_int_equal(ws2_FormatMessageW32(SYSTEM, NULL, WSAECONNRESET, 0, text32, ROOM, NULL),
                     length);
    assert_int_equal(FormatMessageW(SYSTEM, NULL, WSAECONNRESET, 0, wide, ROOM, NULL), length);
    for (DWORD i = 0; i <= length; i++) {
        assert_int_equal(text16[i], text[i]);
        assert_int_equal(text32[i], text[i]);
        assert_int_equal(wide[i], text[i]);
    }
}

static void buffer_is_allocated_when_asked(void **state)
{
    char *text = NULL;
    uint16_t *text16 = NULL;
    DWORD length = FormatMessageA(SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, WSAEFAULT, 0,
                                  (LPSTR)&text, 4096, NULL);

    (void)state;
    assert_non_null(text);
    assert_int_equal(length, strlen(text));
    text[4095] = 'x'; /* the least to allocate */
    assert_null(LocalFree(text));
    assert_int_equal(ws2_FormatMessageW16(SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, WSAEFAULT,
                                          0, (uint16_t *)(void *)&text16, 0, NULL),
                     length);
    assert_int_equal(text16[length], 0);
    assert_null(LocalFree(text16));
}

static void room_counts_the_final_zero(void **state)
{
    char text[ROOM];
    DWORD length = FormatMessageA(SYSTEM, NULL, WSAEINVAL, 0, text, ROOM, NULL);

    (void)state;
    memset(text, 'x', sizeof text);
    flow_fails(FormatMessageA(SYSTEM, NULL, WSAEINVAL, 0, text, length, NULL),
               ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(text[0], 'x');
    SetLastError(4711);
    assert_int_equal(FormatMessageA(SYSTEM, NULL, WSAEINVAL, 0, text, length + 1, NULL), length);
    assert_int_equal(GetLastError(), 4711);
    assert_int_equal(text[length + 1], 'x');
}

static void format_reports_the_first_failed_check(void **state)
{
    enum { UNKNOWN = 0x2fffffff, GERMAN = 0x407 };
    char text[ROOM];
    /* clang-format off */
    const struct { DWORD flags; DWORD id; DWORD language; char *buffer; DWORD error; } rows[] = {
        { 0,                            UNKNOWN,   GERMAN, NULL, ERROR_INVALID_PARAMETER },
        { FORMAT_MESSAGE_IGNORE_INSERTS, UNKNOWN,  GERMAN, text, ERROR_INVALID_PARAMETER },
        { FORMAT_MESSAGE_FROM_STRING,   UNKNOWN,   GERMAN, text, ERROR_NOT_SUPPORTED },
        { FORMAT_MESSAGE_FROM_HMODULE,  UNKNOWN,   GERMAN, text, ERROR_NOT_SUPPORTED },
        { SYSTEM | 40,                  UNKNOWN,   GERMAN, text, ERROR_NOT_SUPPORTED },
        { SYSTEM,                       UNKNOWN,   GERMAN, text, ERROR_MR_MID_NOT_FOUND },
        { SYSTEM,                       WSAEINVAL, GERMAN, text, ERROR_RESOURCE_LANG_NOT_FOUND },
        { SYSTEM,                       WSAEINVAL, 0x409,  text, ERROR_INSUFFICIENT_BUFFER },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        flow_fails(FormatMessageA(rows[i].flags, NULL, rows[i].id, rows[i].language, rows[i].buffer,
                                  1, NULL),
                   rows[i].error);
}

static void local_memory_is_zeroed_when_asked(void **state)
{
    char *memory = LocalAlloc(LPTR, 1000);

    (void)state;
    assert_non_null(memory);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(memory[i], 0);
    assert_null(LocalFree(memory));
    memory = LocalAlloc(LMEM_FIXED, 0);
    assert_non_null(memory);
    assert_null(LocalFree(memory));
    assert_null(LocalFree(NULL));
}

static void ticks_and_time_of_day_move_on(void **state)
{
    FILETIME now;
    ULARGE_INTEGER units;
    ULONGLONG expected = ((ULONGLONG)time(NULL) + 11644473600) * 1000;
    ULONGLONG before = GetTickCount64();
    DWORD before32 = GetTickCount();

    (void)state;
    GetSystemTimeAsFileTime(&now);
    units.LowPart = now.dwLowDateTime;
    units.HighPart = now.dwHighDateTime;
    assert_in_range(units.QuadPart / 10000, expected - HOUR_MS, expected + HOUR_MS);
    Sleep(3);
    assert_true(GetTickCount64() - before >= 2);
    assert_true(GetTickCount() - before32 >= 2);
    assert_true(GetTickCount() - (DWORD)before < 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_texts_of_one_line),
        cmocka_unit_test(wide_texts_are_the_same_in_both_widths),
        cmocka_unit_test(buffer_is_allocated_when_asked),
        cmocka_unit_test(room_counts_the_final_zero),
        cmocka_unit_test(format_reports_the_first_failed_check),
        cmocka_unit_test(local_memory_is_zeroed_when_asked),
        cmocka_unit_test(ticks_and_time_of_day_move_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
