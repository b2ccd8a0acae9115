/* SPDX-License-Identifier: MIT */
/*
 * A name server on 127.0.0.1, and a resolv.conf that asks it, both of this process alone. The first
 * label of a question chooses the answer.
 */
#include "netns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DNS_PORT = 53, DNS_BYTES = 512, DNS_HEADER_BYTES = 12 };

/* What RFC 1035 calls RCODE. The numbers are last parts of addresses, in questions for names. */
static const struct {
    const char *label;
    uint8_t code;
} codes[] = {
    {"unknown", 3}, {"1", 3}, {"failing", 2}, {"2", 2},
    {"empty", 0},   {"3", 0}, {"odd", 1},     {"4", 1},
};

static int dns_fd;

/* Turns a question into its answer: no records, only a code. */
static void dns_answer(uint8_t *packet)
{
    char label[64] = "";

    memcpy(label, packet + DNS_HEADER_BYTES + 1, packet[DNS_HEADER_BYTES] & 63);
    packet[2] |= 0x80; /* an answer */
    packet[3] = 0x80;  /* recursion available, or it would count as a server that knows nothing */
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(label, codes[i].label) == 0)
            packet[3] |= codes[i].code;
    }
}

static void *dns_run(void *unused)
{
    uint8_t packet[DNS_BYTES];
    struct sockaddr_in from;
    socklen_t from_bytes = sizeof from;

    (void)unused;
    for (;; from_bytes = sizeof from) {
        ssize_t bytes =
            recvfrom(dns_fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_bytes);

        if (bytes < 0)
            return NULL;
        if (bytes <= DNS_HEADER_BYTES)
            continue;
        dns_answer(packet);
        (void)!sendto(dns_fd, packet, (size_t)bytes, 0, (struct sockaddr *)&from, from_bytes);
    }
}

/* In a mount namespace of our own, so that nobody else sees it. */
static bool dns_configure(void)
{
    char name[] = "/tmp/ws2ring-resolv-XXXXXX";
    static const char text[] = "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n";
    int fd = mkstemp(name);
    bool done = fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1 &&
                unshare(CLONE_NEWNS) == 0 &&
                mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                mount(name, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0;

    if (fd >= 0) {
        close(fd);
        unlink(name);
    }
    return done;
}

bool names_begin(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT)};
    pthread_t thread;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!dns_configure())
        return false;
    dns_fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (dns_fd < 0 || bind(dns_fd, (struct sockaddr *)&at, sizeof at) != 0)
        return false;
    if (pthread_create(&thread, NULL, dns_run, NULL) != 0)
        return false;
    pthread_detach(thread);
    return true;
}
