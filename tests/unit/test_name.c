/* SPDX-License-Identifier: MIT */
/* Addresses cross the border unchanged but for the family's number, and bad memory is reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/verb/name.h"
#include "ring/host/lx.h"

/* struct sockaddr_in6 as ws2ipdef.h lays it out; winsock2.h alone does not have it. */
struct inet6 {
    uint16_t family;
    uint16_t port;
    uint32_t flow;
    uint8_t address[16];
    uint32_t scope;
};

static struct inet6 inet6_name(void)
{
    struct inet6 name = {.family = AF_INET6, .port = 0x5000, .flow = 7, .scope = 9};

    name.address[15] = 1;
    return name;
}

static void name_changes_the_family_only(void **state)
{
    struct inet6 from = inet6_name();
    struct inet6 back;
    struct name name;
    uint16_t family;
    int room = sizeof back;

    (void)state;
    assert_int_equal(name_from_caller(&name, AF_INET6, (void *)&from, sizeof from), 0);
    memcpy(&family, name.data, sizeof family);
    assert_int_equal(family, LX_AF_INET6);
    assert_int_equal(name.bytes, 28);
    assert_int_equal(name_port(&name), 0x50);
    name_to_winsock(&name);
    assert_int_equal(name_to_caller(&name, (void *)&back, &room), 0);
    assert_int_equal(room, sizeof back);
    assert_memory_equal(&back, &from, sizeof from);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void name_reports_first_failed_check(void **state)
{
    struct inet6 six = inet6_name();
    struct inet6 odd = inet6_name();
    void *bad = (void *)(uintptr_t)1;
    const struct {
        int family;
        void *address;
        int bytes;
        int error;
    } rows[] = {
        {AF_INET, NULL, 16, WSAEFAULT},        {AF_INET, bad, 16, WSAEFAULT},
        {AF_INET, bad, 0, WSAEFAULT},          {AF_INET, &odd, -1, WSAEFAULT},
        {AF_INET, &odd, 15, WSAEFAULT},        {AF_INET6, &odd, 24, WSAEFAULT},
        {AF_INET, &six, 28, WSAEFAULT},        {AF_INET, &odd, 16, WSAEAFNOSUPPORT},
        {AF_INET6, &odd, 28, WSAEAFNOSUPPORT},
    };
    struct name name;

    (void)state;
    odd.family = 0xdead;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(name_from_caller(&name, rows[i].family, rows[i].address, rows[i].bytes),
                         rows[i].error);
}

static void name_to_caller_needs_room(void **state)
{
    struct inet6 from = inet6_name();
    unsigned char to[28];
    struct name name;
    int room = 27;

    (void)state;
    memset(to, 0x5a, sizeof to);
    assert_int_equal(name_from_caller(&name, AF_INET6, (void *)&from, 28), 0);
    assert_int_equal(name_to_caller(&name, (void *)to, &room), WSAEFAULT);
    assert_int_equal(room, 27);
    assert_int_equal(to[0], 0x5a);
    room = 28;
    assert_int_equal(name_to_caller(&name, NULL, &room), WSAEFAULT);
    assert_int_equal(name_to_caller(&name, (void *)to, NULL), WSAEFAULT);
    assert_int_equal(name_to_caller(&name, (void *)(uintptr_t)1, &room), WSAEFAULT);
    assert_int_equal(name_to_caller(&name, (void *)to, (int *)(uintptr_t)4), WSAEFAULT);
}

static void name_knows_the_wildcard(void **state)
{
    struct inet6 six = inet6_name();
    SOCKADDR_IN four = {.sin_family = AF_INET, .sin_port = 0xffff};
    struct name name;

    (void)state;
    assert_int_equal(name_from_caller(&name, AF_INET, (void *)&four, sizeof four), 0);
    assert_true(name_is_wildcard(&name));
    four.sin_addr.s_addr = 0x01000000;
    assert_int_equal(name_from_caller(&name, AF_INET, (void *)&four, sizeof four), 0);
    assert_false(name_is_wildcard(&name));
    assert_int_equal(name_from_caller(&name, AF_INET6, (void *)&six, 28), 0);
    assert_false(name_is_wildcard(&name));
    six.address[15] = 0; /* flow, port and scope do not count */
    assert_int_equal(name_from_caller(&name, AF_INET6, (void *)&six, 28), 0);
    assert_true(name_is_wildcard(&name));
    assert_true(name_is_nowhere(&name));
    six.address[10] = six.address[11] = 0xff;
    assert_int_equal(name_from_caller(&name, AF_INET6, (void *)&six, 28), 0);
    assert_false(name_is_wildcard(&name));
    assert_true(name_is_nowhere(&name));
    six.address[15] = 1;
    assert_int_equal(name_from_caller(&name, AF_INET6, (void *)&six, 28), 0);
    assert_false(name_is_nowhere(&name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_changes_the_family_only),
        cmocka_unit_test(name_reports_first_failed_check),
        cmocka_unit_test(name_to_caller_needs_room),
        cmocka_unit_test(name_knows_the_wildcard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
