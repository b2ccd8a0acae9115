/* SPDX-License-Identifier: MIT */
/* WSAAddressToString and WSAStringToAddress: checks in order, and the forms of text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include <winsock2.h>

#include <ws2tcpip.h>

/* The forms for 16-bit WCHAR, which this program does not have. */
INT to_string16(void *address, DWORD bytes, const void *info, uint16_t *text,
                DWORD *length) __asm__("ws2_WSAAddressToStringW16");
INT to_address16(const uint16_t *text, INT family, const void *info, void *address,
                 INT *bytes) __asm__("ws2_WSAStringToAddressW16");

static int setup(void **state)
{
    WSADATA data;

    (void)state;
    return WSAStartup(MAKEWORD(2, 2), &data);
}

static int teardown(void **state)
{
    (void)state;
    return WSACleanup();
}

/* 0, or the code that the call failed with. */
static int to_string(void *address, DWORD bytes, char *text, DWORD *length)
{
    int result;

    WSASetLastError(1234567);
    result = WSAAddressToStringA(address, bytes, NULL, text, length);
    assert_true(result == (WSAGetLastError() == 0 ? 0 : SOCKET_ERROR));
    return WSAGetLastError();
}

static int to_address(const char *text, INT family, void *address, INT *bytes)
{
    int result;

    WSASetLastError(1234567);
    result = WSAStringToAddressA((char *)(uintptr_t)text, family, NULL, address, bytes);
    assert_true(result == (WSAGetLastError() == 0 ? 0 : SOCKET_ERROR));
    return WSAGetLastError();
}

static void both_need_a_startup(void **state)
{
    (void)state;
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(to_string(NULL, 0, NULL, NULL), WSANOTINITIALISED);
    assert_int_equal(to_address(NULL, 99, NULL, NULL), WSANOTINITIALISED);
    assert_int_equal(setup(NULL), 0);
}

static void to_string_checks_in_order(void **state)
{
    SOCKADDR_IN in = {.sin_family = 99};
    DWORD length = 0;

    (void)state;
    assert_int_equal(to_string(NULL, sizeof in, NULL, &length), WSAEFAULT);
    assert_int_equal(to_string(&in, sizeof in, NULL, NULL), WSAEFAULT);
    assert_int_equal(to_string(&in, 1, NULL, &length), WSAEFAULT);
    assert_int_equal(to_string(&in, sizeof in, NULL, &length), WSAEINVAL);
    in.sin_family = AF_INET;
    assert_int_equal(to_string(&in, sizeof in - 1, NULL, &length), WSAEFAULT);
    assert_int_equal(length, 0);
    assert_int_equal(to_string(&in, sizeof in, NULL, &length), WSAEFAULT); /* ADDRSTR-01 */
    assert_int_equal(length, sizeof "0.0.0.0");
}

static void to_address_checks_in_order(void **state)
{
    SOCKADDR_IN in;
    INT bytes = 0;

    (void)state;
    assert_int_equal(to_address(NULL, 99, NULL, &bytes), WSAEFAULT);
    assert_int_equal(to_address(NULL, 99, &in, NULL), WSAEFAULT);
    assert_int_equal(to_address(NULL, AF_INET, &in, &bytes), WSAEINVAL);
    assert_int_equal(to_address("x", 99, &in, &bytes), WSAEINVAL);
    assert_int_equal(to_address("x", AF_INET, &in, &bytes), WSAEFAULT);
    assert_int_equal(bytes, sizeof in);
    assert_int_equal(to_address("x", AF_INET, &in, &bytes), WSAEINVAL);
}

/* Text to address and back gives the second text. */
static void every_form_is_read_and_written(void **state)
{
    static const struct {
        INT family;
        const char *text;
        const char *written;
    } rows[] = {
        {AF_INET, "1.2.3.4", "1.2.3.4"},
        {AF_INET, "1.2.3.4:80", "1.2.3.4:80"},
        {AF_INET, "1.2:0x50", "1.0.0.2:80"},
        {AF_INET, "0.0.0.0:0", "0.0.0.0"},
        {AF_INET6, "::1", "::1"},
        {AF_INET6, "[::1]", "::1"},
        {AF_INET6, "[::1]:443", "[::1]:443"},
        {AF_INET6, "fe80::1%7", "fe80::1%7"},
        {AF_INET6, "[20ab::2001%4660]:33274", "[20ab::2001%4660]:33274"}, /* ADDRSTR-02 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SOCKADDR_STORAGE address;
        INT bytes = sizeof address;
        char text[INET6_ADDRSTRLEN];
        DWORD length = sizeof text;
        DWORD short_length;

        assert_int_equal(to_address(rows[i].text, rows[i].family, &address, &bytes), 0);
        assert_int_equal(bytes, rows[i].family == AF_INET ? 16 : 28);
        assert_int_equal(address.ss_family, rows[i].family);
        assert_int_equal(to_string(&address, (DWORD)bytes, text, &length), 0);
        assert_string_equal(text, rows[i].written);
        assert_int_equal(length, strlen(text) + 1);
        short_length = length - 1;
        assert_int_equal(to_string(&address, (DWORD)bytes, text, &short_length), WSAEFAULT);
        assert_int_equal(short_length, length);
    }
}

static void all_else_is_refused(void **state)
{
    static const struct {
        INT family;
        const char *text;
    } rows[] = {
        {AF_INET, ""},
        {AF_INET, "1.2.3.4:"},
        {AF_INET, "127.127.127.127:08"},
        {AF_INET, "1.2.3.4:65536"},
        {AF_INET, "1.1.1.0x"},
        {AF_INET, "1.2.3.4 "},
        {AF_INET, "::1"},
        {AF_INET6, ""},
        {AF_INET6, "1.2.3.4"},
        {AF_INET6, "[::1"},
        {AF_INET6, "::1]"},
        {AF_INET6, "[::1]:"},
        {AF_INET6, "::1%"},
        {AF_INET6, "::1%lo"},
        {AF_INET6, "::1:80:"},
    };
    SOCKADDR_STORAGE address;

    (void)state;
    memset(&address, 0xcc, sizeof address);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        INT bytes = sizeof address;

        assert_int_equal(to_address(rows[i].text, rows[i].family, &address, &bytes), WSAEINVAL);
        assert_int_equal(address.ss_family, 0xcccc);
    }
}

static void wide_forms_agree(void **state)
{
    static const uint16_t text16[] = {'1', '.', '2', '.', '3', '.', '4', ':', '5', 0};
    SOCKADDR_IN in = {0}, in16 = {0};
    INT bytes = sizeof in;
    WCHAR text[INET_ADDRSTRLEN];
    uint16_t out16[INET_ADDRSTRLEN];
    DWORD length = INET_ADDRSTRLEN;

    (void)state;
    assert_int_equal(WSAStringToAddressW((WCHAR *)(uintptr_t)L"1.2.3.4:5", AF_INET, NULL,
                                         (LPSOCKADDR)&in, &bytes),
                     0);
    assert_int_equal(in.sin_port, htons(5));
    assert_int_equal(WSAAddressToStringW((LPSOCKADDR)&in, sizeof in, NULL, text, &length), 0);
    assert_int_equal(wcscmp(text, L"1.2.3.4:5"), 0);
    assert_int_equal(length, 10);
    assert_int_equal(to_address16(text16, AF_INET, NULL, &in16, &bytes), 0);
    assert_memory_equal(&in, &in16, sizeof in);
    assert_int_equal(to_string16(&in, sizeof in, NULL, out16, &length), 0);
    assert_memory_equal(out16, text16, sizeof text16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_need_a_startup),
        cmocka_unit_test(to_string_checks_in_order),
        cmocka_unit_test(to_address_checks_in_order),
        cmocka_unit_test(every_form_is_read_and_written),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(wide_forms_agree),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
