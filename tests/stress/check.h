/* SPDX-License-Identifier: MIT */
/* The stress program's checks, each counted by itself, and its random numbers. */
#ifndef STRESS_CHECK_H
#define STRESS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* X(name, sentence): what must hold. */
/* clang-format off */
#define CHECKS(X)                                                                     \
    X(ONE_END,    "an accepted operation ends exactly once")                          \
    X(NOTICE,     "by packet, event, routine or none, as it was asked for")           \
    X(REFUSED,    "an operation that was refused has no end")                         \
    X(STATE,      "an OVERLAPPED is final, and says what was told")                   \
    X(KEY,        "a packet carries the key of its socket")                           \
    X(THREAD,     "a completion routine runs on the thread that asked for it")        \
    X(ORDER,      "receives, and sends, of one socket end in the order of their calls") \
    X(BYTES,      "receives carry the peer's bytes, in order")                        \
    X(WHOLE,      "who sees the end of a stream has seen all of it")                  \
    X(DATAGRAM,   "a datagram comes once, unchanged, and cut only with a word")       \
    X(LENGTH,     "no receive or send moves more than its buffers hold")              \
    X(BEYOND,     "a receive writes its bytes and no more")                           \
    X(LATE,       "nobody writes to an OVERLAPPED or a buffer after the end")         \
    X(TRAP,       "nobody reads an OVERLAPPED's event after the end")                 \
    X(ABORT,      "closesocket with linger {1,0} leaves no operation behind")         \
    X(CLEANUP,    "the last WSACleanup leaves no operation behind")           \
    X(CALL,       "calls that cannot fail do not")                                    \
    X(DRAIN,      "every operation ends after its socket was closed")                 \
    X(BASELINE,   "descriptors, sockets, events, ports, operations are what they were") \
    X(MEMORY,     "memory is what it was")                                            \
    X(SIGPIPE,    "SIGPIPE never reaches the application")
#define CHECK_ENUM(name, text) CHECK_##name,
/* clang-format on */
enum check { CHECKS(CHECK_ENUM) CHECK_COUNT };

/* Counts a violation and prints the first few of each. */
void check_fail(enum check check, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints `N passed, N failed`; returns the exit code. */
int check_report(void);

/* Each thread draws from a sequence of its own, begun by random_seed(). */
void random_seed(uint64_t seed);
uint32_t random_below(uint32_t limit);
static inline bool random_one_in(uint32_t n)
{
    return random_below(n) == 0;
}

/* signals.c. A storm of SIGUSR1 and SIGALRM, without SA_RESTART, on every thread of the process. */
void signals_watch_pipe(void); /* counts SIGPIPE instead of dying of it */
unsigned signals_pipe_count(void);
bool signals_start(void);
uint64_t signals_stop(void); /* how many were handled */

/* Open descriptors of this process, as the system counts them. */
unsigned descriptors_open(void);

#endif
