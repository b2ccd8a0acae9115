/* SPDX-License-Identifier: MIT */
/* Counting violations, and random numbers. Any thread may call these. */
#include "check.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

enum { CHECK_PRINT_MAX = 5 };

static _Atomic unsigned violations[CHECK_COUNT];
static _Thread_local uint64_t random_state;

void check_fail(enum check check, const char *format, ...)
{
    char text[256];
    va_list arguments;

    if (atomic_fetch_add(&violations[check], 1) >= CHECK_PRINT_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "violation: %s\n", text);
}

int check_report(void)
{
#define CHECK_TEXT(name, text) text,
    static const char *const texts[] = {CHECKS(CHECK_TEXT)};
    unsigned failed = 0;

    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        if (violations[i] == 0)
            continue;
        failed++;
        printf("failed: %s (%u times)\n", texts[i], violations[i]);
    }
    printf("%u passed, %u failed\n", CHECK_COUNT - failed, failed);
    fflush(stdout);
    return failed != 0;
}

void random_seed(uint64_t seed)
{
    random_state = seed * 0x9E3779B97F4A7C15u + 0xD1B54A32D192ED03u;
}

uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13; /* xorshift64 */
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(((random_state >> 32) * limit) >> 32);
}
