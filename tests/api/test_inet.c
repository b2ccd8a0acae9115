/* SPDX-License-Identifier: MIT */
/* inet_addr, inet_ntoa, inet_pton, inet_ntop and the wide forms: what they read, write, refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include <winsock2.h>

#include <ws2tcpip.h>

enum { INET_UNTOUCHED = 1234567, INET_TEXTS = 80 };

/* The forms for 16-bit WCHAR, which this program does not have. */
INT pton16(INT family, const uint16_t *text, void *address) __asm__("ws2_InetPtonW16");
const uint16_t *ntop16(INT family, const void *address, uint16_t *text,
                       size_t length) __asm__("ws2_InetNtopW16");

static const char *dotted(unsigned address)
{
    static char text[INET_ADDRSTRLEN];

    assert_ptr_equal(inet_ntop(AF_INET, &address, text, sizeof text), text);
    return text;
}

static void inet_addr_reads_one_to_four_parts(void **state)
{
    static const struct {
        const char *text;
        const char *address;
    } rows[] = {
        {"1.2.3.4", "1.2.3.4"},
        {"1", "0.0.0.1"},
        {"1.2", "1.0.0.2"},
        {"1.2.3", "1.2.0.3"},
        {"203569230", "12.34.56.78"},
        {"0x00010203", "0.1.2.3"},
        {"017700000001", "127.0.0.1"},
        {"0777", "0.0.1.255"},
        {"1.2.3.010", "1.2.3.8"},
        {"1.2.3.0xaA", "1.2.3.170"},
        {"1.65535", "1.0.255.255"},
        {"1.2.65535", "1.2.255.255"},
        {"1.16777215", "1.255.255.255"},
        {"1.2.3.4 ", "1.2.3.4"},
        {"1.2.3.4\t", "1.2.3.4"},
        {"1.2.3.4 and more", "1.2.3.4"},
        {" ", "0.0.0.0"},
        {"0", "0.0.0.0"},
    };

    (void)state;
    WSASetLastError(INET_UNTOUCHED);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(dotted(inet_addr(rows[i].text)), rows[i].address);
    assert_int_equal(inet_addr("255.255.255.255"), INADDR_NONE);
    assert_int_equal(WSAGetLastError(), INET_UNTOUCHED);
}

static void inet_addr_refuses_all_else_without_a_code(void **state)
{
    static const char *const rows[] = {
        "",          " 3.4.5.6",  "\t1.2.3.4",  "1.2.3. 4",  "3. 4.5.6",  "\t",        "  ",
        ".",         ".1.2.3",    "1.1.1.0x",   "1.2.3.0a",  "1234BEEF",  "256.1.1.1", "1.256.1.1",
        "1.2.3.256", "1.2.65536", "1.16777216", "1.2.3.4.5", "[1.2.3.4]", ":1",        "::1",
        "1.2.3.",    "1..2",      "08",         "a",         "1.2.3.4x",  "-1",
    };

    (void)state;
    WSASetLastError(INET_UNTOUCHED);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(inet_addr(rows[i]), INADDR_NONE);
    assert_int_equal(WSAGetLastError(), INET_UNTOUCHED);
    assert_int_equal(inet_addr(NULL), INADDR_NONE);
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
}

static void inet_ntoa_needs_a_startup(void **state)
{
    struct in_addr address = {0};
    WSADATA data;
    char *text;

    (void)state;
    address.s_addr = htonl(0x01020304);
    assert_null(inet_ntoa(address));
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    WSASetLastError(INET_UNTOUCHED);
    text = inet_ntoa(address);
    assert_string_equal(text, "1.2.3.4");
    address.s_addr = INADDR_NONE;
    assert_ptr_equal(inet_ntoa(address), text); /* one buffer a thread */
    assert_string_equal(text, "255.255.255.255");
    assert_int_equal(WSAGetLastError(), INET_UNTOUCHED);
    assert_int_equal(WSACleanup(), 0);
}

static DWORD WINAPI other_thread(LPVOID argument)
{
    struct in_addr address = {0};
    char **text = argument;

    *text = inet_ntoa(address);
    return strcmp(*text, "0.0.0.0") == 0;
}

static void inet_ntoa_has_a_buffer_a_thread(void **state)
{
    struct in_addr address = {0};
    WSADATA data;
    char *text, *other = NULL;
    DWORD same = 0;
    HANDLE thread;

    (void)state;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    address.s_addr = INADDR_NONE;
    text = inet_ntoa(address);
    thread = CreateThread(NULL, 0, other_thread, &other, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &same));
    CloseHandle(thread);
    assert_int_equal(same, 1);
    assert_ptr_not_equal(other, text);
    assert_string_equal(text, "255.255.255.255");
    assert_int_equal(WSACleanup(), 0);
}

static void inet_pton_checks_in_order(void **state)
{
    char address[16];

    (void)state;
    assert_int_equal(inet_pton(AF_UNSPEC, NULL, address), -1); /* PTON-01 */
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
    assert_int_equal(inet_pton(AF_INET, "1.2.3.4", NULL), -1);
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
    assert_int_equal(inet_pton(AF_UNSPEC, "1.2.3.4", address), -1);
    assert_int_equal(WSAGetLastError(), WSAEAFNOSUPPORT);
    assert_int_equal(inet_pton(10, "::1", address), -1); /* Linux' number of IPv6 */
    assert_int_equal(WSAGetLastError(), WSAEAFNOSUPPORT);
}

static void inet_pton_reads_four_decimals(void **state)
{
    static const char *const bad[] = {
        "",          "1",         "1.2.3",  "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ",   " 1.2.3.4",
        "1.2.3.010", "0x1.2.3.4", "1.2.3.", "1..2.3",    "1.2.3.-4",  "1.2.3.0004", "::1"};
    unsigned address = INET_UNTOUCHED;

    (void)state;
    WSASetLastError(INET_UNTOUCHED);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(inet_pton(AF_INET, bad[i], &address), 0);
    assert_int_equal(address, INET_UNTOUCHED);
    assert_int_equal(inet_pton(AF_INET, "0.10.200.255", &address), 1);
    assert_int_equal(address, htonl(0x000ac8ff));
    assert_int_equal(WSAGetLastError(), INET_UNTOUCHED); /* PTON-02 */
}

static void inet_pton_reads_ipv6(void **state)
{
    static const struct {
        const char *text;
        const char *written;
    } rows[] = {
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"FE80::00aB", "fe80::ab"},
        {"::123.123.123.123", "::123.123.123.123"},
        {"1::001.2.3.4", "1::102:304"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
        {"0:0:1:0:0:0:1:0", "0:0:1::1:0"},
        {"::fffe:cc98:bd74", "::fffe:cc98:bd74"},
        {"2030:a4b1::", "2030:a4b1::"},
        {"::cc98:bd74", "::204.152.189.116"},
    };
    unsigned char address[16];
    char text[INET6_ADDRSTRLEN];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(inet_pton(AF_INET6, rows[i].text, address), 1);
        assert_ptr_equal(inet_ntop(AF_INET6, address, text, sizeof text), text);
        assert_string_equal(text, rows[i].written);
    }
}

static void inet_pton_refuses_what_is_no_ipv6_address(void **state)
{
    static const char *const bad[] = {
        "",
        ":",
        ":1",
        "1:",
        ":::",
        "1::2::3",
        "::01234",
        "::%16",
        "::/16",
        "[::1]",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7",
        "::g",
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.4:5",
        "1::0001.2.3.4",
        "1.2.3.4",
        "::256.1.1.1",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7:8::",
        " ::1",
        "::1 ",
        "::0x8888",
    };
    unsigned char address[16];

    (void)state;
    memset(address, 0xcc, sizeof address);
    WSASetLastError(INET_UNTOUCHED);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(inet_pton(AF_INET6, bad[i], address), 0);
    for (size_t i = 0; i < sizeof address; i++)
        assert_int_equal(address[i], 0xcc);
    assert_int_equal(WSAGetLastError(), INET_UNTOUCHED);
}

static void inet_ntop_checks_in_order(void **state)
{
    static const unsigned char address[16] = {1, 2, 3, 4};
    char text[INET6_ADDRSTRLEN];

    (void)state;
    assert_null(inet_ntop(AF_UNSPEC, address, NULL, 0));
    assert_int_equal(WSAGetLastError(), WSAEAFNOSUPPORT);
    assert_null(inet_ntop(AF_INET, address, NULL, sizeof text));
    assert_int_equal((DWORD)WSAGetLastError(), (DWORD)STATUS_INVALID_PARAMETER); /* PTON-10 */
    assert_null(inet_ntop(AF_INET6, address, text, 0));
    assert_int_equal((DWORD)WSAGetLastError(), (DWORD)STATUS_INVALID_PARAMETER);
    text[0] = 'x';
    assert_null(inet_ntop(AF_INET, address, text, sizeof "1.2.3.4" - 1));
    assert_int_equal(text[0], 'x');
    WSASetLastError(INET_UNTOUCHED);
    assert_ptr_equal(inet_ntop(AF_INET, address, text, sizeof "1.2.3.4"), text);
    assert_string_equal(text, "1.2.3.4");
    assert_int_equal(WSAGetLastError(), INET_UNTOUCHED);
}

static void wide_forms_agree(void **state)
{
    static const uint16_t text16[] = {':', ':', '1', 0};
    static const uint16_t broken16[] = {0xD800, '1', 0}; /* half of a pair */
    unsigned char address[16] = {0};
    uint16_t out16[8];
    WCHAR text[INET6_ADDRSTRLEN];
    WCHAR longer[INET_TEXTS];

    (void)state;
    assert_int_equal(InetPtonW(AF_INET, NULL, address), -1);
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
    assert_int_equal(InetPtonW(AF_INET, L"1.2.3", address), 0);
    assert_int_equal(WSAGetLastError(), WSAEINVAL); /* PTON-02: unlike inet_pton() */
    WSASetLastError(INET_UNTOUCHED);
    assert_int_equal(InetPtonW(AF_INET6, L"fe80::1", address), 1);
    assert_int_equal(WSAGetLastError(), INET_UNTOUCHED);
    assert_ptr_equal(InetNtopW(AF_INET6, address, text, 8), text);
    assert_int_equal(wcscmp(text, L"fe80::1"), 0);
    assert_null(InetNtopW(AF_INET6, address, text, 7));
    assert_int_equal((DWORD)WSAGetLastError(), (DWORD)STATUS_INVALID_PARAMETER);
    assert_null(InetNtopW(AF_INET6, address, NULL, 8));
    assert_null(InetNtopW(99, address, text, 8));
    assert_int_equal(WSAGetLastError(), WSAEAFNOSUPPORT);
    wmemset(longer, L'1', INET_TEXTS - 1);
    longer[INET_TEXTS - 1] = 0;
    assert_int_equal(InetPtonW(AF_INET6, longer, address), 0);

    assert_int_equal(pton16(AF_INET6, text16, address), 1);
    assert_int_equal(address[15], 1);
    assert_int_equal(pton16(AF_INET6, broken16, address), 0);
    assert_ptr_equal(ntop16(AF_INET6, address, out16, 4), out16);
    assert_memory_equal(out16, text16, sizeof text16);
    assert_null(ntop16(AF_INET6, address, out16, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inet_addr_reads_one_to_four_parts),
        cmocka_unit_test(inet_addr_refuses_all_else_without_a_code),
        cmocka_unit_test(inet_ntoa_needs_a_startup),
        cmocka_unit_test(inet_ntoa_has_a_buffer_a_thread),
        cmocka_unit_test(inet_pton_checks_in_order),
        cmocka_unit_test(inet_pton_reads_four_decimals),
        cmocka_unit_test(inet_pton_reads_ipv6),
        cmocka_unit_test(inet_pton_refuses_what_is_no_ipv6_address),
        cmocka_unit_test(inet_ntop_checks_in_order),
        cmocka_unit_test(wide_forms_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
