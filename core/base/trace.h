/* SPDX-License-Identifier: MIT */
/*
 * WS2RING_TRACE: one line per call, as docs/trace.md describes it. Every exported function begins
 * with
 *
 *     TRACE_CALL(recv, s, buffer, bytes, flags);      or, without a result,
 *     TRACE_CALL_VOID(WSASetLastError, error);        or, when it never returns,
 *     TRACE_CALL_NORETURN(ExitThread, exit_code);
 *
 * Off, that is one branch. On, the function calls itself, once, between a look at the clock and the
 * line: the second entry passes trace_enter() by a mark of the thread, which it takes away, so that
 * calls from inside completion routines are traced again.
 */
#ifndef CORE_BASE_TRACE_H
#define CORE_BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum trace_kind { TRACE_NONE, TRACE_SIGNED, TRACE_UNSIGNED, TRACE_POINTER, TRACE_TEXT };

/* One call under way. Names are the source text "s, buffer"; kinds and values go by it. */
struct trace_call {
    const char *name;
    const char *names;
    const unsigned char *kinds; /* enum trace_kind; TRACE_NONE ends them */
    const uint64_t *values;
    int64_t start_ns;
};

extern bool trace_on; /* written before there are threads */

/* False: this is the second entry. */
bool trace_enter(void) __attribute__((cold));
void trace_start(struct trace_call *call) __attribute__((cold));
/* Writes the line. The thread's last error and errno stay as the call left them. */
void trace_end(const struct trace_call *call, enum trace_kind kind, uint64_t result)
    __attribute__((cold));

/* The bits of an argument or a result, sign-extended where it has a sign. By its address, because
 * it may be a structure. */
static inline uint64_t trace_value(const void *at, size_t bytes, enum trace_kind kind)
{
    uint64_t value = 0;
    unsigned unused = 64 - 8 * (unsigned)bytes;

    memcpy(&value, at, bytes);
    return kind == TRACE_SIGNED ? (uint64_t)((int64_t)(value << unused) >> unused) : value;
}

/* clang-format off */
#define TRACE_KIND(x) _Generic((x), \
    char: TRACE_SIGNED, signed char: TRACE_SIGNED, short: TRACE_SIGNED, int: TRACE_SIGNED, \
    long: TRACE_SIGNED, long long: TRACE_SIGNED, _Bool: TRACE_UNSIGNED, \
    unsigned char: TRACE_UNSIGNED, unsigned short: TRACE_UNSIGNED, unsigned: TRACE_UNSIGNED, \
    unsigned long: TRACE_UNSIGNED, unsigned long long: TRACE_UNSIGNED, \
    char *: TRACE_TEXT, const char *: TRACE_TEXT, default: TRACE_POINTER)
#define TRACE_VALUE(x) trace_value(&(x), sizeof(x), TRACE_KIND(x))

/* TRACE_EACH(M, a, b) is M(a), M(b), and ends with the comma. Up to ten. */
#define TRACE_PICK(a, b, c, d, e, f, g, h, i, j, k, name, ...) name
#define TRACE_EACH(M, ...) \
    TRACE_PICK(0, ##__VA_ARGS__, TRACE_10, TRACE_9, TRACE_8, TRACE_7, TRACE_6, TRACE_5, TRACE_4, \
               TRACE_3, TRACE_2, TRACE_1, TRACE_0, 0)(M, ##__VA_ARGS__)
#define TRACE_0(M)
#define TRACE_1(M, x) M(x),
#define TRACE_2(M, x, ...) M(x), TRACE_1(M, __VA_ARGS__)
#define TRACE_3(M, x, ...) M(x), TRACE_2(M, __VA_ARGS__)
#define TRACE_4(M, x, ...) M(x), TRACE_3(M, __VA_ARGS__)
#define TRACE_5(M, x, ...) M(x), TRACE_4(M, __VA_ARGS__)
#define TRACE_6(M, x, ...) M(x), TRACE_5(M, __VA_ARGS__)
#define TRACE_7(M, x, ...) M(x), TRACE_6(M, __VA_ARGS__)
#define TRACE_8(M, x, ...) M(x), TRACE_7(M, __VA_ARGS__)
#define TRACE_9(M, x, ...) M(x), TRACE_8(M, __VA_ARGS__)
#define TRACE_10(M, x, ...) M(x), TRACE_9(M, __VA_ARGS__)
/* clang-format on */

/* clang-format off */
#define TRACE_BEGIN(text, names_text, ...) \
    static const unsigned char trace_kinds[] = { \
        TRACE_EACH(TRACE_KIND, ##__VA_ARGS__) TRACE_NONE }; \
    const uint64_t trace_values[] = { TRACE_EACH(TRACE_VALUE, ##__VA_ARGS__) 0 }; \
    struct trace_call trace_this = { text, names_text, trace_kinds, trace_values, 0 }; \
    trace_start(&trace_this)
/* clang-format on */

/* The texts are made here: one macro further down, select would be what it is renamed to. */
#define TRACE_CALL(function, ...)                                                        \
    do {                                                                                 \
        if (__builtin_expect(trace_on, 0) && trace_enter()) {                            \
            TRACE_BEGIN(#function, #__VA_ARGS__, ##__VA_ARGS__);                         \
            __auto_type trace_result = function(__VA_ARGS__);                            \
            trace_end(&trace_this, TRACE_KIND(trace_result), TRACE_VALUE(trace_result)); \
            return trace_result;                                                         \
        }                                                                                \
    } while (0)

#define TRACE_CALL_VOID(function, ...)                           \
    do {                                                         \
        if (__builtin_expect(trace_on, 0) && trace_enter()) {    \
            TRACE_BEGIN(#function, #__VA_ARGS__, ##__VA_ARGS__); \
            function(__VA_ARGS__);                               \
            trace_end(&trace_this, TRACE_NONE, 0);               \
            return;                                              \
        }                                                        \
    } while (0)

/* For a function that never returns: its line comes first. */
#define TRACE_CALL_NORETURN(function, ...)                       \
    do {                                                         \
        if (__builtin_expect(trace_on, 0)) {                     \
            TRACE_BEGIN(#function, #__VA_ARGS__, ##__VA_ARGS__); \
            trace_end(&trace_this, TRACE_NONE, 0);               \
        }                                                        \
    } while (0)

#endif
