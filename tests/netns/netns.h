/* SPDX-License-Identifier: MIT */
/*
 * A network of the test's own, where routes, links and filters can be broken without anybody else
 * noticing. The process moves into it before it has threads, so before WSAStartup(). Needs `ip`,
 * and for filters `nft`. Includes no socket header, so that tests which speak Winsock and netns.c,
 * which speaks Linux, both can have it.
 */
#ifndef TESTS_NETNS_NETNS_H
#define TESTS_NETNS_NETNS_H

#include <stdbool.h>
#include <stdint.h>

enum { NETNS_SKIPPED = 77 }; /* exit status that CTest counts as skipped */

/*
 * The network has loopback, and a link v0 with the addresses 10.8.0.1/24 and fd08::1/64. At its
 * other end, v1, is nobody; 10.8.0.2 to .40 and fd08::2 to ::28 are known neighbours all the same,
 * so that what is sent to them leaves at once. false: "skipped: reason" was printed.
 */
bool netns_begin(void);

/* Runs a command line, quietly if it succeeds. true: status 0. */
bool netns_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes a value to /proc/sys/net/<name>. false: it is read-only here. */
bool netns_set(const char *name, const char *value);

/* Is this command there? */
bool netns_has(const char *command);

/* ---- Somebody at the other end of the link ---- */

/*
 * A thread that takes what arrives at v1 for 10.8.0.<n> or fd08::<n> and answers it with the
 * ICMP or ICMPv6 message that answer_set() chose for n; no answer was chosen: silence. Ends with
 * the process. false: not permitted.
 */
bool answer_begin(void);
void answer_set(unsigned n, uint8_t type, uint8_t code);

/* ---- A name server ---- */

/*
 * One that answers questions for unknown.* (and PTR questions for *.1) with "no such name",
 * failing.* (*.2) with "server failure", empty.* (*.3) with nothing, odd.* (*.4) with "format
 * error". The process asks nobody else from now on. false: not permitted.
 */
bool names_begin(void);

#endif
