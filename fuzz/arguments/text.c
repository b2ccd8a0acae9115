/* SPDX-License-Identifier: MIT */
/*
 * Addresses as text, and text as addresses. What has been written must be read as the same address.
 * Texts lie in memory of their exact size, so that AddressSanitizer sees the first byte too many.
 */
#include "fuzz/arguments/arguments.h"

static const char *const arg_texts[] = {
    "127.0.0.1",       "::1",          "1.2.3",           "0x7f.1",
    "[::1]:80",        "1.2.3.4:5",    "::ffff:1.2.3.4",  "fe80::1%1",
    "1:2:3:4:5:6:7:8", "017700000001", "255.255.255.256", "",
};

char *arg_text(void)
{
    uint8_t first = arg_byte();
    size_t length = first < 0x80 ? first % 48 : 0;
    const char *fixed = arg_texts[first % (sizeof arg_texts / sizeof arg_texts[0])];
    char *text;

    if (first >= 0xf8)
        return NULL;
    if (length == 0)
        length = strlen(fixed);
    else
        fixed = NULL;
    text = malloc(length + 1);
    FUZZ_CHECK(text != NULL);
    for (size_t i = 0; i < length; i++)
        text[i] = fixed != NULL ? fixed[i] : (char)arg_byte();
    text[length] = '\0';
    return text;
}

WCHAR *arg_wide(const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    uint32_t more = arg_byte() < 0xf0 ? 0 : arg_u32(); /* beyond what a byte holds */
    WCHAR *wide;

    if (text == NULL)
        return NULL;
    wide = malloc((length + 1) * sizeof *wide);
    FUZZ_CHECK(wide != NULL);
    for (size_t i = 0; i <= length; i++)
        wide[i] = (unsigned char)text[i];
    if (length > 0 && more != 0)
        wide[length - 1] = (WCHAR)more;
    return wide;
}

static int arg_family(void)
{
    uint8_t first = arg_byte();

    return first < 0x70 ? AF_INET : first < 0xe0 ? AF_INET6 : (int)arg_number();
}

/* ---- inet_ ---- */

static void call_inet_addr(void)
{
    char *text = arg_text();
    struct in_addr address;
    const char *written;

    (void)inet_addr(text);
    free(text);
    address.s_addr = arg_u32();
    written = inet_ntoa(address);
    arg_failed_if(written == NULL);
    FUZZ_CHECK(written == NULL || inet_addr(written) == address.s_addr);
}

static void call_pton(void)
{
    bool is_wide = arg_byte() & 1;
    int family = arg_family();
    char *text = arg_text();
    WCHAR *wide = arg_wide(text);
    void *address = arg_or_null(arg_room);
    int result = is_wide ? InetPtonW(family, wide, address) : inet_pton(family, text, address);

    FUZZ_CHECK(result >= -1 && result <= 1);
    arg_failed_if(result == -1);
    free(wide);
    free(text);
}

static void arg_check_written(int family, const char *address, const char *text, const WCHAR *wide)
{
    char again[16];
    int bytes = family == AF_INET ? 4 : 16;

    FUZZ_CHECK((wide != NULL ? InetPtonW(family, wide, again) : inet_pton(family, text, again)) ==
               1);
    FUZZ_CHECK(memcmp(again, address, (size_t)bytes) == 0);
}

static void call_ntop(void)
{
    bool is_wide = arg_byte() & 1;
    int family = arg_family();
    char address[16];
    const void *from = arg_or_null(address);
    size_t length = arg_byte() % 70;
    void *to = malloc(length * sizeof(WCHAR) + 1);
    void *given = arg_or_null(to);
    const WCHAR *wide = NULL;
    const char *text = NULL;

    for (size_t i = 0; i < sizeof address; i++)
        address[i] = (char)arg_byte();
    if (is_wide)
        wide = InetNtopW(family, from, given, length);
    else
        text = inet_ntop(family, from, given, length);
    arg_failed_if(wide == NULL && text == NULL);
    if (wide != NULL || text != NULL)
        arg_check_written(family, address, text, wide);
    free(to);
}

/* ---- WSAAddressToString(), WSAStringToAddress() ---- */

static void call_string_to_address(void)
{
    bool is_wide = arg_byte() & 1;
    int family = arg_family();
    char *text = arg_text();
    WCHAR *wide = arg_wide(text);
    int bytes = arg_byte() % (int)sizeof(SOCKADDR_STORAGE);
    struct sockaddr *address = malloc((size_t)bytes + 1);
    struct sockaddr *given = arg_or_null(address);
    int *length = arg_or_null(&bytes);

    arg_result(is_wide ? WSAStringToAddressW(wide, family, NULL, given, length)
                       : WSAStringToAddressA(text, family, NULL, given, length));
    free(address);
    free(wide);
    free(text);
}

/* Everything about it is read back, but what has no place in the text. */
static void arg_check_address(const SOCKADDR_STORAGE *name, const char *text)
{
    SOCKADDR_STORAGE again;
    const SOCKADDR_IN *inet = (const SOCKADDR_IN *)name, *inet_again = (SOCKADDR_IN *)&again;
    const SOCKADDR_IN6 *inet6 = (const SOCKADDR_IN6 *)name, *inet6_again = (SOCKADDR_IN6 *)&again;
    int bytes = sizeof again;

    FUZZ_CHECK(WSAStringToAddressA((char *)text, name->ss_family, NULL, (struct sockaddr *)&again,
                                   &bytes) == 0);
    FUZZ_CHECK(again.ss_family == name->ss_family);
    if (name->ss_family == AF_INET) {
        FUZZ_CHECK(inet->sin_port == inet_again->sin_port &&
                   inet->sin_addr.s_addr == inet_again->sin_addr.s_addr);
    } else {
        FUZZ_CHECK(inet6->sin6_port == inet6_again->sin6_port &&
                   memcmp(&inet6->sin6_addr, &inet6_again->sin6_addr, 16) == 0);
    }
}

static void call_address_to_string(void)
{
    SOCKADDR_STORAGE name;
    uint8_t how = arg_byte();
    DWORD bytes = arg_byte() < 0xc0 ? sizeof name : arg_byte() % sizeof name;
    struct sockaddr *address = arg_or_null(&name);
    DWORD length = arg_byte() % 80;
    void *text = malloc(length * sizeof(WCHAR) + 1);
    void *given = arg_or_null(text);
    DWORD *count = arg_or_null(&length);
    int result;

    memset(&name, 0, sizeof name);
    for (size_t i = 0; i < sizeof(SOCKADDR_IN6); i++)
        ((char *)&name)[i] = (char)arg_byte();
    name.ss_family = (ADDRESS_FAMILY)arg_family();
    if (how & 1)
        result = WSAAddressToStringW(address, bytes, NULL, given, count);
    else
        result = WSAAddressToStringA(address, bytes, NULL, given, count);
    arg_result(result);
    if (result == 0 && !(how & 1))
        arg_check_address(&name, text);
    free(text);
}

const struct arg_calls arg_text_calls =
    ARG_CALL_LIST(call_inet_addr, call_pton, call_ntop, call_string_to_address,
                  call_address_to_string, arg_call_utf16);
