/* SPDX-License-Identifier: MIT */
/*
 * The other end of the link: reads packets from v1 and answers them with ICMP errors, as a router
 * on the way would. The kernel's own routers cannot be made to send most of them.
 */
#include "netns.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ADDRESSES = 256, PACKET_BYTES = 2048, QUOTED_BYTES = 64, IPV6_HEADER_BYTES = 40 };

static _Atomic uint16_t answers[ADDRESSES]; /* type and code; 0: silence */
static int link_fd, icmp_fd, icmp6_fd;

void answer_set(unsigned n, uint8_t type, uint8_t code)
{
    answers[n % ADDRESSES] = (uint16_t)(type << 8 | code);
}

static uint16_t checksum(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < count; i += 2)
        sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return htons((uint16_t)~sum);
}

/* The error quotes the packet; its sender's address is where it goes. */
static void answer_ipv4(const uint8_t *packet, size_t bytes)
{
    uint8_t message[8 + QUOTED_BYTES] = {0};
    struct sockaddr_in to = {.sin_family = AF_INET};
    uint16_t answer = answers[packet[19]];
    uint16_t sum;

    if (answer == 0)
        return;
    message[0] = (uint8_t)(answer >> 8);
    message[1] = (uint8_t)answer;
    memcpy(message + 8, packet, bytes < QUOTED_BYTES ? bytes : QUOTED_BYTES);
    sum = checksum(message, sizeof message);
    memcpy(message + 2, &sum, sizeof sum);
    memcpy(&to.sin_addr, packet + 12, 4);
    (void)!sendto(icmp_fd, message, sizeof message, 0, (struct sockaddr *)&to, sizeof to);
}

/* The kernel computes the checksum of ICMPv6. Neighbour discovery is no traffic of the test's. */
static void answer_ipv6(const uint8_t *packet, size_t bytes)
{
    uint8_t message[8 + QUOTED_BYTES + IPV6_HEADER_BYTES] = {0};
    struct sockaddr_in6 to = {.sin6_family = AF_INET6};
    uint16_t answer = answers[packet[39]];

    if (answer == 0 || packet[6] == IPPROTO_ICMPV6)
        return;
    message[0] = (uint8_t)(answer >> 8);
    message[1] = (uint8_t)answer;
    memcpy(message + 8, packet, bytes < sizeof message - 8 ? bytes : sizeof message - 8);
    memcpy(&to.sin6_addr, packet + 8, 16);
    (void)!sendto(icmp6_fd, message, sizeof message, 0, (struct sockaddr *)&to, sizeof to);
}

static void *answer_run(void *unused)
{
    uint8_t packet[PACKET_BYTES];

    (void)unused;
    for (;;) {
        ssize_t bytes = recv(link_fd, packet, sizeof packet, 0);

        if (bytes < 0)
            return NULL;
        if (bytes >= (ssize_t)sizeof(struct iphdr) && packet[0] >> 4 == 4)
            answer_ipv4(packet, (size_t)bytes);
        else if (bytes >= IPV6_HEADER_BYTES && packet[0] >> 4 == 6)
            answer_ipv6(packet, (size_t)bytes);
    }
}

bool answer_begin(void)
{
    struct sockaddr_ll link = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    pthread_t thread;

    link.sll_ifindex = (int)if_nametoindex("v1");
    link_fd = socket(AF_PACKET, SOCK_DGRAM, 0);
    icmp_fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    icmp6_fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    if (link_fd < 0 || icmp_fd < 0 || icmp6_fd < 0 ||
        bind(link_fd, (struct sockaddr *)&link, sizeof link) != 0)
        return false;
    if (pthread_create(&thread, NULL, answer_run, NULL) != 0)
        return false;
    pthread_detach(thread);
    return true;
}
