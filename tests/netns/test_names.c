/* SPDX-License-Identifier: MIT */
/* What name servers answer, and which code each call makes of it. */
#include "attempt.h"

#include <wchar.h>

/* An answer that names a domain server's trouble, asked for by name and by address. */
static const struct {
    const char *name;
    const WCHAR *wide;
    uint32_t address;
    int error;         /* of a question for an address */
    int address_error; /* of one for a name */
} answers[] = {
    {"unknown.example", L"unknown.example", 0xC0000201, WSAHOST_NOT_FOUND, WSAHOST_NOT_FOUND},
    {"failing.example", L"failing.example", 0xC0000202, WSATRY_AGAIN, WSATRY_AGAIN},
    {"empty.example", L"empty.example", 0xC0000203, WSANO_DATA, WSAHOST_NOT_FOUND},
    {"odd.example", L"odd.example", 0xC0000204, WSAHOST_NOT_FOUND, WSAHOST_NOT_FOUND}, /* libc's */
};

static void names_fail_as_the_server_says(void **state)
{
    ADDRINFOA *list = NULL;
    ADDRINFOW *wide = NULL;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(answers); i++) {
        print_message("%s\n", answers[i].name);
        assert_int_equal(getaddrinfo(answers[i].name, NULL, NULL, &list), answers[i].error);
        assert_int_equal(GetAddrInfoW(answers[i].wide, NULL, NULL, &wide), answers[i].error);
        WSASetLastError(0);
        assert_null(gethostbyname(answers[i].name));
        assert_int_equal(WSAGetLastError(), answers[i].error);
    }
}

static void addresses_fail_as_the_server_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(answers); i++) {
        SOCKADDR_IN in = pair_name(answers[i].address, 0);
        struct sockaddr *name = (struct sockaddr *)&in;
        char text[64];
        WCHAR wide[64];

        print_message("%s\n", answers[i].name);
        assert_int_equal(getnameinfo(name, sizeof in, text, sizeof text, NULL, 0, NI_NAMEREQD),
                         answers[i].address_error);
        assert_int_equal(GetNameInfoW(name, sizeof in, wide, 64, NULL, 0, NI_NAMEREQD),
                         answers[i].address_error);
        WSASetLastError(0);
        assert_null(gethostbyaddr((char *)&in.sin_addr, 4, AF_INET));
        assert_int_equal(WSAGetLastError(), answers[i].address_error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_fail_as_the_server_says),
        cmocka_unit_test(addresses_fail_as_the_server_says),
    };

    if (!netns_begin())
        return NETNS_SKIPPED;
    if (!names_begin()) {
        printf("skipped: resolv.conf cannot be replaced\n");
        return NETNS_SKIPPED;
    }
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
