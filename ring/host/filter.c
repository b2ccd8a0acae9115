/* SPDX-License-Identifier: MIT */
/*
 * The program behind filter.h, in the kernel's classic packet filter language. Loads with
 * SKF_NET_OFF count from the IP header, whichever header the socket's kind begins with; a failing
 * load turns the packet away, which a header that is complete never does.
 */
#include "ring/host/filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

enum {
    FILTER_GROUP_STEPS = 11,
    FILTER_STEPS_MAX = 2 * HOST_FILTER_LIST_MAX + FILTER_GROUP_STEPS * HOST_FILTER_GROUPS_MAX + 72,
    FILTER_LOOPBACK_INDEX = 1, /* of the interface, in every network namespace */
    FILTER_TCP_FLAGS = 13,     /* offset in a TCP header */
    FILTER_TCP_SYN = 2,
    FILTER_TCP_ACK = 16
};

struct filter_program {
    struct sock_filter steps[FILTER_STEPS_MAX];
    uint16_t count;
};

static void filter_add(struct filter_program *program, uint16_t code, uint32_t k, uint8_t yes,
                       uint8_t no)
{
    program->steps[program->count++] = (struct sock_filter){code, yes, no, k};
}

static void filter_load(struct filter_program *program, uint32_t offset)
{
    filter_add(program, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void filter_load_byte(struct filter_program *program, uint32_t offset)
{
    filter_add(program, BPF_LD | BPF_B | BPF_ABS, offset, 0, 0);
}

static void filter_mask(struct filter_program *program, uint32_t mask)
{
    filter_add(program, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
}

/* Goes on after `no` steps unless the value equals k. */
static void filter_unless(struct filter_program *program, uint32_t k, uint8_t no)
{
    filter_add(program, BPF_JMP | BPF_JEQ | BPF_K, k, 0, no);
}

/* Goes on after `yes` steps if the value equals k. */
static void filter_if(struct filter_program *program, uint32_t k, uint8_t yes)
{
    filter_add(program, BPF_JMP | BPF_JEQ | BPF_K, k, yes, 0);
}

static void filter_return(struct filter_program *program, bool take)
{
    filter_add(program, BPF_RET | BPF_K, take ? UINT32_MAX : 0, 0, 0);
}

static void filter_drop_if(struct filter_program *program, uint32_t k)
{
    filter_unless(program, k, 1);
    filter_return(program, false);
}

static void filter_interfaces(struct filter_program *program, const struct host_filter_side *side)
{
    filter_load(program, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX));
    for (uint32_t i = 0; i < side->list_count; i++)
        filter_if(program, side->list[i], (uint8_t)(side->list_count - i));
    filter_return(program, false);
}

/* What this computer sent comes back as PACKET_LOOPBACK, or over the loopback interface. */
static void filter_echo(struct filter_program *program)
{
    filter_load(program, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
    filter_drop_if(program, PACKET_LOOPBACK);
    filter_load(program, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX));
    filter_drop_if(program, FILTER_LOOPBACK_INDEX);
}

enum { FILTER_ECHO_STEPS = 6 }; /* of filter_echo() */

/* A broadcast of a subnet is known by what carried it; on its way back to its sender it is what is
 * neither for one host nor for a group. */
static void filter_broadcast(struct filter_program *program)
{
    filter_load(program, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
    filter_drop_if(program, PACKET_BROADCAST);
    filter_load(program, (uint32_t)(SKF_NET_OFF + 16));
    filter_drop_if(program, 0xffffffff);
    filter_drop_if(program, 0x7fffffff); /* 127.255.255.255, on loopback */
    filter_mask(program, 0xf0000000);
    filter_if(program, 0xe0000000, 3);
    filter_load(program, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
    filter_drop_if(program, PACKET_LOOPBACK);
}

static void filter_inet(struct filter_program *program, const struct host_filter *filter)
{
    if (filter->inet.listed)
        filter_interfaces(program, &filter->inet);
    if (filter->no_broadcast)
        filter_broadcast(program);
    if (filter->inet.no_echo) {
        filter_load(program, (uint32_t)(SKF_NET_OFF + 16));
        filter_mask(program, 0xf0000000);
        filter_unless(program, 0xe0000000, FILTER_ECHO_STEPS);
        filter_echo(program);
    }
    filter_return(program, true);
}

/* Link-local, site-local and unique local addresses, and this computer's ::1. */
static void filter_site(struct filter_program *program, bool stream)
{
    if (stream) { /* a connection that there is goes on */
        filter_load_byte(program, FILTER_TCP_FLAGS);
        filter_mask(program, FILTER_TCP_SYN | FILTER_TCP_ACK);
        filter_unless(program, FILTER_TCP_SYN, 15);
    }
    filter_load(program, (uint32_t)(SKF_NET_OFF + 8));
    filter_mask(program, 0xffc00000);
    filter_if(program, 0xfe800000, 12);
    filter_if(program, 0xfec00000, 11);
    filter_mask(program, 0xfe000000);
    filter_if(program, 0xfc000000, 9);
    filter_load(program, (uint32_t)(SKF_NET_OFF + 8));
    filter_unless(program, 0, 6);
    filter_load(program, (uint32_t)(SKF_NET_OFF + 12));
    filter_unless(program, 0, 4);
    filter_load(program, (uint32_t)(SKF_NET_OFF + 16));
    filter_unless(program, 0, 2);
    filter_load(program, (uint32_t)(SKF_NET_OFF + 20));
    filter_if(program, 1, 1);
    filter_return(program, false);
}

static void filter_jump(struct filter_program *program, uint32_t steps)
{
    filter_add(program, BPF_JMP | BPF_JA, steps, 0, 0);
}

/* Goes on with the next group unless everything is equal. */
static void filter_group(struct filter_program *program, const struct host_filter_group *group,
                         uint32_t groups_behind)
{
    uint32_t words[4];

    memcpy(words, group->address, sizeof words);
    filter_load(program, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX));
    filter_unless(program, group->index, FILTER_GROUP_STEPS - 2);
    for (uint32_t i = 0; i < 4; i++) {
        filter_load(program, (uint32_t)SKF_NET_OFF + 24 + 4 * i);
        filter_unless(program, ntohl(words[i]), (uint8_t)(FILTER_GROUP_STEPS - 4 - 2 * i));
    }
    filter_jump(program, groups_behind * FILTER_GROUP_STEPS + 1); /* over the end of all */
}

static void filter_groups(struct filter_program *program, const struct host_filter *filter)
{
    filter_load_byte(program, (uint32_t)(SKF_NET_OFF + 24));
    filter_if(program, 0xff, 1);
    filter_jump(program, filter->group_count * FILTER_GROUP_STEPS + 1);
    for (uint32_t i = 0; i < filter->group_count; i++)
        filter_group(program, &filter->groups[i], filter->group_count - i - 1);
    filter_return(program, false);
}

static void filter_inet6(struct filter_program *program, const struct host_filter *filter)
{
    if (filter->inet6.listed)
        filter_interfaces(program, &filter->inet6);
    if (filter->group_count != 0)
        filter_groups(program, filter);
    if (filter->inet6.no_echo) {
        filter_load_byte(program, (uint32_t)(SKF_NET_OFF + 24));
        filter_unless(program, 0xff, FILTER_ECHO_STEPS);
        filter_echo(program);
    }
    if (filter->site_only)
        filter_site(program, filter->stream);
    filter_return(program, true);
}

static bool filter_is_open(const struct host_filter *filter)
{
    return !filter->no_broadcast && !filter->site_only && !filter->inet.no_echo &&
           !filter->inet.listed && !filter->inet6.no_echo && !filter->inet6.listed &&
           filter->group_count == 0;
}

int host_filter_set(int fd, const struct host_filter *filter)
{
    struct filter_program program = {.count = 0};
    struct sock_fprog installed;
    int none = 0;
    uint16_t version;

    if (filter_is_open(filter)) {
        if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) == 0)
            return 0;
        return errno == ENOENT ? 0 : -errno; /* there was none */
    }
    filter_load(&program, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
    version = program.count;
    filter_unless(&program, ETH_P_IP, 0);
    filter_inet(&program, filter);
    program.steps[version].jf = (uint8_t)(program.count - version - 1);
    filter_inet6(&program, filter);
    installed.len = program.count;
    installed.filter = program.steps;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &installed, sizeof installed) == 0 ? 0
                                                                                           : -errno;
}
