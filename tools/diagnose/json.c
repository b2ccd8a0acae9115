/* SPDX-License-Identifier: MIT */
/* The report for programs; docs/diagnose.md describes its members. */
#include "tools/diagnose/diagnose.h"

#include <stdio.h>
#include <string.h>

static void json_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ')
            printf("\\u%04x", (unsigned char)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void json_member(const char *name, const char *text)
{
    printf("  \"%s\": ", name);
    json_text(text);
    printf(",\n");
}

/* -1 is null: the system does not say. */
static void json_number(const char *name, int value)
{
    if (value < 0)
        printf("  \"%s\": null,\n", name);
    else
        printf("  \"%s\": %d,\n", name, value);
}

static void json_flags(const char *name, const struct fact_flag *flags, unsigned count)
{
    printf("  \"%s\": {", name);
    for (unsigned i = 0; i < count; i++)
        printf("%s\"%s\": %s", i == 0 ? "" : ", ", flags[i].name,
               flags[i].present ? "true" : "false");
    printf("},\n");
}

static void json_limit(const char *name, const struct fact_limit *limit)
{
    const uint64_t values[] = {limit->soft, limit->hard};
    static const char *const names[] = {"soft", "hard"};

    printf("  \"%s\": {", name);
    for (unsigned i = 0; i < 2; i++) {
        printf("%s\"%s\": ", i == 0 ? "" : ", ", names[i]);
        if (values[i] == FACTS_UNLIMITED)
            printf("null");
        else
            printf("%llu", (unsigned long long)values[i]);
    }
    printf("},\n");
}

static void json_findings(const struct findings *findings)
{
    static const char *const severities[] = {"note", "limit", "problem"};

    printf("  \"findings\": [");
    for (unsigned i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->rows[i];

        printf("%s\n    {\"severity\": \"%s\", \"check\": \"%s\",\n     \"text\": ",
               i == 0 ? "" : ",", severities[finding->severity], finding->check);
        json_text(finding->text);
        printf(",\n     \"advice\": ");
        json_text(finding->advice);
        printf("}");
    }
    printf("%s],\n", findings->count == 0 ? "" : "\n  ");
}

void json_print(const struct facts *facts, const struct findings *findings)
{
    static const char *const modes[] = {"none", "strict", "filter"};
    static const char *const verdicts[] = {"usable", "limited", "unusable"};
    bool known = facts->seccomp_mode >= 0 && facts->seccomp_mode <= 2;

    printf("{\n");
    json_member("version", facts->version);
    json_member("kernel", facts->kernel);
    json_member("machine", facts->machine);
    printf("  \"cpus\": %u,\n", facts->cpus);
    printf("  \"io_uring_setup_errno\": %d,\n", facts->setup_error);
    json_flags("operations", facts->operations, facts->operation_count);
    json_flags("features", facts->features, facts->feature_count);
    json_flags("setup_flags", facts->setups, facts->setup_count);
    printf("  \"engine_ring_errno\": %d,\n", facts->engine_ring_error);
    json_number("io_uring_disabled", facts->uring_disabled);
    json_member("seccomp", known ? modes[facts->seccomp_mode] : "unknown");
    json_number("seccomp_filters", facts->seccomp_filters);
    json_limit("descriptors", &facts->descriptors);
    json_limit("locked_bytes", &facts->locked_bytes);
    json_number("backlog_max", facts->backlog_max);
    json_member("engine", facts->engine);
    printf("  \"startup_error\": %d,\n", facts->startup_error);
    json_member("startup_says", facts->why);
    json_findings(findings);
    printf("  \"verdict\": \"%s\"\n}\n", verdicts[findings->verdict]);
}
