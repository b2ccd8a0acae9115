/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells of addresses and routes, and what is made of it: news once, repetitions not
 * at all, and everything when messages were lost. In a network namespace of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <unistd.h>

#include "ring/host/netlink.h"
#include "ring/host/route.h"

enum { INET = HOST_CHANGE_ADDRESSES | HOST_CHANGE_ROUTES };

static bool permitted;

static void run(const char *line)
{
    assert_int_equal(system(line), 0);
}

static struct host_netlink netlink_open(void)
{
    struct host_netlink netlink;

    if (!permitted) {
        print_message("skipped: no network namespace, or no command `ip` (package iproute2)\n");
        skip();
    }
    assert_int_equal(host_netlink_open(&netlink), 0);
    return netlink;
}

static void taken_is(struct host_netlink *netlink, uint32_t wanted)
{
    bool lost = true;

    assert_int_equal(host_netlink_take(netlink, &lost), wanted);
    assert_false(lost);
}

static void news_is_told_once(void **state)
{
    struct host_netlink netlink = netlink_open();

    (void)state;
    taken_is(&netlink, 0);
    run("ip addr add 10.1.1.1/32 dev lo");
    taken_is(&netlink, INET);
    taken_is(&netlink, 0);
    run("ip addr change 10.1.1.1/32 dev lo valid_lft 1000 preferred_lft 1000");
    taken_is(&netlink, 0);
    run("ip route add 10.2.0.0/16 dev lo");
    taken_is(&netlink, HOST_CHANGE_ROUTES);
    run("ip link set lo mtu 60000");
    taken_is(&netlink, 0);
    run("ip route del 10.2.0.0/16 && ip addr del 10.1.1.1/32 dev lo");
    taken_is(&netlink, INET);
    host_netlink_close(&netlink);
}

/* What was there before is not new, and its end is. */
static void old_addresses_are_known(void **state)
{
    struct host_netlink netlink = netlink_open();

    (void)state;
    host_netlink_close(&netlink);
    run("ip addr add 10.1.1.2/32 dev lo");
    netlink = netlink_open();
    run("ip addr change 10.1.1.2/32 dev lo valid_lft 1000 preferred_lft 1000");
    taken_is(&netlink, 0);
    run("ip addr del 10.1.1.2/32 dev lo");
    taken_is(&netlink, INET);
    host_netlink_close(&netlink);
}

/* An interface that goes down says nothing of its addresses and routes. */
static void interface_that_goes_down_concerns_its_addresses(void **state)
{
    struct host_netlink netlink = netlink_open();
    bool lost;

    (void)state;
    run("ip link set lo down");
    assert_int_equal(host_netlink_take(&netlink, &lost) & INET, INET);
    run("ip link set lo up");
    assert_int_equal(host_netlink_take(&netlink, &lost) & INET, INET);
    host_netlink_close(&netlink);
}

static void lost_messages_are_a_change_of_everything(void **state)
{
    struct host_netlink netlink = netlink_open();
    uint32_t known = netlink.known_count;
    bool lost = false;

    (void)state;
    run("for i in 1 2 3 4; do for k in $(seq 250); do echo addr add 10.3.$i.$k/32 dev lo; done; "
        "done | ip -batch -");
    assert_int_equal(host_netlink_take(&netlink, &lost), HOST_CHANGE_ALL);
    assert_true(lost);
    assert_int_equal(host_netlink_learn(&netlink), 0);
    assert_int_equal(netlink.known_count, known + 1000);
    taken_is(&netlink, 0);
    run("ip addr del 10.3.4.250/32 dev lo");
    taken_is(&netlink, INET);
    run("for i in 1 2 3 4; do for k in $(seq 250); do echo addr del 10.3.$i.$k/32 dev lo; done; "
        "done | ip -force -batch - 2>/dev/null; true");
    host_netlink_close(&netlink);
}

/* Questions are asked where the socket was opened, and leftovers are no answers. */
static void routes_are_those_of_the_socket_s_namespace(void **state)
{
    struct host_netlink netlink = netlink_open();
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0A040001)};
    struct host_route route;
    char leftover[32] = {0};

    (void)state;
    run("ip addr add 10.1.1.3/32 dev lo && ip route add 10.4.0.0/16 dev lo src 10.1.1.3");
    if (unshare(CLONE_NEWNET) != 0)
        fail_msg("unshare: %s", strerror(errno));
    assert_int_equal(host_route_find(-1, &to, &route), -ENETUNREACH);
    assert_int_equal(route.source_bytes, 0);
    /* A question that is answered with an error, which nobody reads. */
    leftover[0] = 32;
    leftover[4] = 26; /* RTM_GETROUTE without its attributes */
    leftover[6] = 1;
    assert_int_equal(write(netlink.questions_fd, leftover, sizeof leftover), sizeof leftover);
    assert_int_equal(host_route_find(netlink.questions_fd, &to, &route), 0);
    assert_int_equal(route.interface, 1);
    assert_int_equal(route.source_bytes, sizeof(struct sockaddr_in));
    memcpy(&to, route.source, sizeof to);
    assert_int_equal(to.sin_addr.s_addr, htonl(0x0A010103));
    host_netlink_close(&netlink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_is_told_once),
        cmocka_unit_test(old_addresses_are_known),
        cmocka_unit_test(interface_that_goes_down_concerns_its_addresses),
        cmocka_unit_test(lost_messages_are_a_change_of_everything),
        cmocka_unit_test(routes_are_those_of_the_socket_s_namespace), /* last: it moves away */
    };

    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1); /* users often lack the first */
    permitted = unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
                system("ip link set lo up") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
