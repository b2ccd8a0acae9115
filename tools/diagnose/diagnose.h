/* SPDX-License-Identifier: MIT */
/*
 * What ws2ring-diagnose finds out, and who does it: system.c, uring.c and engine.c fill in the
 * facts, findings.c judges them, text.c and json.c print both.
 */
#ifndef TOOLS_DIAGNOSE_H
#define TOOLS_DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FACTS_OPERATIONS_MAX = 16,
    FACTS_SETUPS_MAX = 8,
    FACTS_FEATURES_MAX = 8,
    FINDINGS_MAX = 16,
    FACTS_TEXT_BYTES = 256
};

#define FACTS_UNLIMITED UINT64_MAX

/* Something that the kernel has or lacks. */
struct fact_flag {
    const char *name;
    bool needed; /* the library cannot do without */
    bool present;
};

struct fact_limit {
    uint64_t soft;
    uint64_t hard; /* FACTS_UNLIMITED: there is none */
};

struct facts {
    /* system.c */
    char kernel[FACTS_TEXT_BYTES]; /* "Linux 6.1.0" */
    char machine[FACTS_TEXT_BYTES];
    unsigned cpus;
    struct fact_limit descriptors;
    struct fact_limit locked_bytes;
    int seccomp_mode;    /* 0 none, 1 strict, 2 filter; -1 unknown */
    int seccomp_filters; /* -1 unknown */
    int uring_disabled;  /* sysctl kernel.io_uring_disabled; -1: there is none */
    int backlog_max;     /* sysctl net.core.somaxconn; -1 unknown */

    /* uring.c */
    int setup_error;       /* errno of io_uring_setup(); 0: it works */
    int engine_ring_error; /* errno for rings as large as the engine's; 0: they work */
    struct fact_flag operations[FACTS_OPERATIONS_MAX];
    unsigned operation_count;
    struct fact_flag features[FACTS_FEATURES_MAX];
    unsigned feature_count;
    struct fact_flag setups[FACTS_SETUPS_MAX];
    unsigned setup_count;

    /* engine.c */
    int startup_error; /* WSAStartup()'s result */
    const char *version;
    const char *engine;
    char why[FACTS_TEXT_BYTES]; /* what it said to standard error when it failed */
};

/* Exit statuses, too. */
enum verdict { VERDICT_USABLE = 0, VERDICT_LIMITED = 1, VERDICT_UNUSABLE = 2 };

struct finding {
    enum verdict severity;             /* VERDICT_USABLE: only worth knowing */
    const char *check;                 /* one word for scripts */
    char text[2 * FACTS_TEXT_BYTES];   /* what is so */
    char advice[2 * FACTS_TEXT_BYTES]; /* what to do about it */
};

struct findings {
    struct finding rows[FINDINGS_MAX];
    unsigned count;
    enum verdict verdict; /* the worst of them */
};

void system_look(struct facts *facts);
void uring_look(struct facts *facts);
void engine_look(struct facts *facts);

void findings_judge(const struct facts *facts, struct findings *findings);

void text_print(const struct facts *facts, const struct findings *findings);
void json_print(const struct facts *facts, const struct findings *findings);

#endif
