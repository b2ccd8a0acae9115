/* SPDX-License-Identifier: MIT */
/*
 * The functions of ws2tcpip.h that are inline: options with types, and questions about IPv6
 * addresses. What stands behind the options is tested with setsockopt and getsockopt.
 */
#include "flow.h"

#include <ws2ring.h>
#include <ws2tcpip.h>

/* ---- Options ---- */

struct typed { /* of one option */
    int (*set)(SOCKET s, DWORD value);
    int (*get)(SOCKET s, DWORD *value);
    DWORD at_first, value;
};

static int set_fail(SOCKET s, DWORD value)
{
    return WSASetFailConnectOnIcmpError(s, (BOOL)value);
}

static int get_fail(SOCKET s, DWORD *value)
{
    BOOL fail = -1;
    int result = WSAGetFailConnectOnIcmpError(s, &fail);

    if (result == 0)
        *value = (DWORD)fail;
    return result;
}

static const struct typed segment = {WSASetUdpSendMessageSize, WSAGetUdpSendMessageSize, 0, 1200};
static const struct typed coalesce = {WSASetUdpRecvMaxCoalescedSize, WSAGetUdpRecvMaxCoalescedSize,
                                      0, 65535};
static const struct typed mtu = {WSASetIPUserMtu, WSAGetIPUserMtu, 0xffffffff, 1400};
static const struct typed ecn = {WSASetRecvIPEcn, WSAGetRecvIPEcn, 0, 1};
static const struct typed fail_on_icmp = {set_fail, get_fail, 0, 1};

static void both_families_have_them(void **state)
{
    static const struct {
        const struct typed *typed;
        int type;
    } rows[] = {{&segment, SOCK_DGRAM}, {&coalesce, SOCK_DGRAM}, {&mtu, SOCK_DGRAM},
                {&mtu, SOCK_STREAM},    {&ecn, SOCK_DGRAM},      {&fail_on_icmp, SOCK_STREAM}};
    static const int families[] = {AF_INET, AF_INET6};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows) * 2; i++) {
        const struct typed *typed = rows[i / 2].typed;
        SOCKET s = socket(families[i % 2], rows[i / 2].type, 0);
        DWORD value = 42;

        assert_int_not_equal(s, INVALID_SOCKET);
        assert_int_equal(typed->get(s, &value), 0);
        assert_int_equal(value, typed->at_first);
        assert_int_equal(typed->set(s, typed->value), 0);
        assert_int_equal(typed->get(s, &value), 0);
        assert_int_equal(value, typed->value);
        closesocket(s);
    }
}

static void they_fail_as_the_call_behind_them(void **state)
{
    static const struct typed *all[] = {&segment, &coalesce, &mtu, &ecn, &fail_on_icmp};
    SOCKET stream = socket(AF_INET, SOCK_STREAM, 0);
    DWORD value = 42;

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(all); i++) {
        pair_fails(all[i]->set(INVALID_SOCKET, 1), WSAENOTSOCK);
        pair_fails(all[i]->get(INVALID_SOCKET, &value), WSAENOTSOCK);
    }
    assert_int_equal(value, 42);
    pair_fails(WSASetRecvIPEcn(stream, 1), WSAEINVAL); /* SOCKOPT-LEVEL-06 */
    pair_fails(WSASetUdpSendMessageSize(stream, 1), WSAENOPROTOOPT);
    closesocket(stream);
}

/* ---- Addresses ---- */

static IN6_ADDR address(const char *text)
{
    IN6_ADDR result;

    assert_int_equal(inet_pton(AF_INET6, text, &result), 1);
    return result;
}

enum { QUESTIONS = 13 };

static BOOL (*const questions[QUESTIONS])(const IN6_ADDR *) = {
    IN6_IS_ADDR_UNSPECIFIED,  IN6_IS_ADDR_LOOPBACK,     IN6_IS_ADDR_MULTICAST,
    IN6_IS_ADDR_LINKLOCAL,    IN6_IS_ADDR_SITELOCAL,    IN6_IS_ADDR_V4MAPPED,
    IN6_IS_ADDR_V4COMPAT,     IN6_IS_ADDR_V4TRANSLATED, IN6_IS_ADDR_MC_NODELOCAL,
    IN6_IS_ADDR_MC_LINKLOCAL, IN6_IS_ADDR_MC_SITELOCAL, IN6_IS_ADDR_MC_ORGLOCAL,
    IN6_IS_ADDR_MC_GLOBAL};

/* For each address which of the questions, in that order, are answered with yes. */
static void each_kind_of_address_is_known(void **state)
{
    static const struct {
        const char *text;
        const char *yes;
    } rows[] = {{"::", "1000000000000"},
                {"::1", "0100000000000"},
                {"fe80::1", "0001000000000"},
                {"fec0::1", "0000100000000"},
                {"::ffff:1.2.3.4", "0000010000000"},
                {"::1.2.3.4", "0000001000000"},
                {"::ffff:0:1.2.3.4", "0000000100000"},
                {"ff01::1", "0010000010000"},
                {"ff02::1", "0010000001000"},
                {"ff05::1", "0010000000100"},
                {"ff08::1", "0010000000010"},
                {"ff0e::1", "0010000000001"},
                {"2001:db8::1", "0000000000000"}};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        IN6_ADDR asked = address(rows[i].text);
        char yes[QUESTIONS + 1] = "";

        for (int k = 0; k < QUESTIONS; k++)
            yes[k] = questions[k](&asked) ? '1' : '0';
        if (strcmp(yes, rows[i].yes) != 0)
            fail_msg("%s: %s, not %s", rows[i].text, yes, rows[i].yes);
    }
}

static void groups_have_no_interface(void **state)
{
    IN6_ADDR global = address("2001:db8::1");
    IN6_ADDR group = address("ff02::1");

    (void)state;
    assert_true(IN6_IS_ADDR_EUI64(&global));
    assert_false(IN6_IS_ADDR_EUI64(&group));
}

static void names_are_set_and_asked(void **state)
{
    SOCKADDR_IN6 name;

    (void)state;
    memset(&name, 0xee, sizeof name);
    IN6ADDR_SETANY(&name);
    assert_int_equal(name.sin6_family, AF_INET6);
    assert_int_equal(name.sin6_port, 0);
    assert_int_equal(name.sin6_scope_id, 0);
    assert_true(IN6ADDR_ISANY(&name) && !IN6ADDR_ISLOOPBACK(&name));
    IN6ADDR_SETLOOPBACK(&name);
    assert_true(IN6ADDR_ISLOOPBACK(&name) && !IN6ADDR_ISANY(&name) && !IN6ADDR_ISV4MAPPED(&name));
    name.sin6_addr = address("::ffff:1.2.3.4");
    assert_true(IN6ADDR_ISV4MAPPED(&name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_families_have_them),
        cmocka_unit_test(they_fail_as_the_call_behind_them),
        cmocka_unit_test(each_kind_of_address_is_known),
        cmocka_unit_test(groups_have_no_interface),
        cmocka_unit_test(names_are_set_and_asked),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
