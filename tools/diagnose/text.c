/* SPDX-License-Identifier: MIT */
/* The report for people: facts first, then what they mean. */
#include "tools/diagnose/diagnose.h"

#include <stdio.h>
#include <string.h>

static void print_flags(const char *title, const struct fact_flag *flags, unsigned count)
{
    printf("%-16s", title);
    for (unsigned i = 0; i < count; i++)
        printf(" %s%s", flags[i].present ? "" : "no-", flags[i].name);
    printf("\n");
}

static void print_limit(const char *title, const struct fact_limit *limit)
{
    const uint64_t values[] = {limit->soft, limit->hard};

    printf("%-16s", title);
    for (unsigned i = 0; i < 2; i++) {
        printf("%s", i == 0 ? " soft " : ", hard ");
        if (values[i] == FACTS_UNLIMITED)
            printf("unlimited");
        else
            printf("%llu", (unsigned long long)values[i]);
    }
    printf("\n");
}

static void print_seccomp(const struct facts *facts)
{
    static const char *const modes[] = {"none", "strict", "filter"};

    printf("%-16s %s", "seccomp",
           facts->seccomp_mode >= 0 && facts->seccomp_mode <= 2 ? modes[facts->seccomp_mode]
                                                                : "unknown");
    if (facts->seccomp_filters > 0)
        printf(", filters: %d", facts->seccomp_filters);
    printf("\n");
}

static void print_number(const char *title, int value)
{
    if (value >= 0)
        printf("%-16s %d\n", title, value);
    else
        printf("%-16s not there\n", title);
}

void text_print(const struct facts *facts, const struct findings *findings)
{
    static const char *const verdicts[] = {"usable", "usable, with limits", "not usable"};
    static const char *const severities[] = {"NOTE", "LIMIT", "PROBLEM"};

    printf("%-16s %s, %s, CPUs: %u\n", "kernel", facts->kernel, facts->machine, facts->cpus);
    printf("%-16s %s\n", "io_uring",
           facts->setup_error == 0 ? "can be set up" : strerror(facts->setup_error));
    if (facts->setup_error == 0) {
        print_flags("  operations", facts->operations, facts->operation_count);
        print_flags("  features", facts->features, facts->feature_count);
        print_flags("  set-up", facts->setups, facts->setup_count);
    }
    print_number("  disabled", facts->uring_disabled);
    print_seccomp(facts);
    print_limit("descriptors", &facts->descriptors);
    print_limit("locked bytes", &facts->locked_bytes);
    print_number("backlog", facts->backlog_max);
    printf("%-16s ws2ring %s, engine: %s\n", "library", facts->version, facts->engine);
    if (facts->why[0] != '\0')
        printf("%-16s %s\n", "  it says", facts->why);
    for (unsigned i = 0; i < findings->count; i++)
        printf("\n%s: %s\n    %s\n", severities[findings->rows[i].severity], findings->rows[i].text,
               findings->rows[i].advice);
    printf("\nws2ring is %s here.\n", verdicts[findings->verdict]);
}
