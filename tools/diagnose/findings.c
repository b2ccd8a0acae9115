/* SPDX-License-Identifier: MIT */
/* What the facts mean for a server, and what can be done about it. */
#include "tools/diagnose/diagnose.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FEW_DESCRIPTORS = 10000, SHORT_BACKLOG = 1024, SECCOMP_FILTER = 2 };

/* Adds a finding; its advice is the caller's to fill in. There is room for one of every call in
 * this file. */
__attribute__((format(printf, 4, 5))) static char *finding_add(struct findings *findings,
                                                               enum verdict severity,
                                                               const char *check,
                                                               const char *format, ...)
{
    struct finding *finding = &findings->rows[findings->count++];
    va_list arguments;

    finding->severity = severity;
    finding->check = check;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
    if (severity > findings->verdict)
        findings->verdict = severity;
    return finding->advice;
}

#define ADVISE(advice, text) memcpy((advice), (text), sizeof(text))

/* io_uring_setup() fails: by whose will? */
static void judge_setup(const struct facts *facts, struct findings *findings)
{
    /* The library has the last word: another engine may serve. */
    enum verdict severity = facts->startup_error == 0 ? VERDICT_LIMITED : VERDICT_UNUSABLE;
    int error = facts->setup_error;
    bool refused = error == EPERM || error == EACCES;

    if (facts->uring_disabled == 2 && refused) {
        ADVISE(finding_add(findings, severity, "sysctl",
                           "The sysctl kernel.io_uring_disabled is 2: nobody may use io_uring."),
               "As root: sysctl kernel.io_uring_disabled=0, and the same line in /etc/sysctl.d.");
    } else if (facts->uring_disabled == 1 && refused) {
        ADVISE(finding_add(findings, severity, "sysctl",
                           "The sysctl kernel.io_uring_disabled is 1: only members of the group in "
                           "kernel.io_uring_group may use io_uring."),
               "Run the server in that group, or as root: sysctl kernel.io_uring_disabled=0.");
    } else if (facts->seccomp_mode == SECCOMP_FILTER && (refused || error == ENOSYS)) {
        ADVISE(finding_add(findings, severity, "seccomp",
                           "A seccomp filter, as container run-times install them, refuses "
                           "io_uring_setup (%s).",
                           strerror(error)),
               "Use a seccomp profile that allows io_uring_setup, io_uring_enter and "
               "io_uring_register: docker run --security-opt seccomp=FILE, or seccompProfile in "
               "Kubernetes.");
    } else if (error == ENOSYS) {
        ADVISE(finding_add(findings, severity, "kernel", "This kernel has no io_uring."),
               "Use Linux 5.19 or newer, built with CONFIG_IO_URING.");
    } else if (error == ENOMEM) {
        ADVISE(finding_add(findings, severity, "memory",
                           "There is not enough memory for a ring, or not enough of it may be "
                           "locked."),
               "Raise the limit on locked memory: ulimit -l, or LimitMEMLOCK= in systemd.");
    } else {
        ADVISE(
            finding_add(findings, severity, "setup", "io_uring_setup fails: %s.", strerror(error)),
            "Look for a security module (SELinux, AppArmor, a sandbox) that forbids it.");
    }
}

static const char *first_missing(const struct fact_flag *flags, unsigned count, bool needed)
{
    for (unsigned i = 0; i < count; i++) {
        if (flags[i].needed == needed && !flags[i].present)
            return flags[i].name;
    }
    return NULL;
}

static bool has_setup(const struct facts *facts, const char *name)
{
    for (unsigned i = 0; i < facts->setup_count; i++) {
        if (strcmp(facts->setups[i].name, name) == 0)
            return facts->setups[i].present;
    }
    return false;
}

static void judge_kernel(const struct facts *facts, struct findings *findings)
{
    const char *missing = first_missing(facts->operations, facts->operation_count, true);

    if (missing == NULL)
        missing = first_missing(facts->features, facts->feature_count, true);
    if (missing != NULL)
        ADVISE(finding_add(findings, VERDICT_UNUSABLE, "kernel",
                           "This kernel's io_uring is too old: it lacks %s.", missing),
               "Use Linux 5.19 or newer.");
    if (!has_setup(facts, "DEFER_TASKRUN"))
        ADVISE(finding_add(findings, VERDICT_LIMITED, "speed",
                           "Rings cannot be set up with DEFER_TASKRUN (Linux 6.1): a message costs "
                           "more CPU time."),
               "Use Linux 6.1 or newer.");
    missing = first_missing(facts->operations, facts->operation_count, false);
    if (missing != NULL)
        ADVISE(finding_add(findings, VERDICT_USABLE, "speed",
                           "The operation %s (Linux 6.7) is missing: blocking calls and waits take "
                           "a longer way.",
                           missing),
               "Use Linux 6.7 or newer.");
    if (facts->engine_ring_error != 0)
        ADVISE(finding_add(findings, VERDICT_LIMITED, "memory",
                           "A ring of the usual size cannot be made (%s): smaller ones are used.",
                           strerror(facts->engine_ring_error)),
               "Raise the limit on locked memory: ulimit -l, or LimitMEMLOCK= in systemd.");
}

static void judge_limits(const struct facts *facts, struct findings *findings)
{
    if (facts->descriptors.hard < FEW_DESCRIPTORS)
        ADVISE(finding_add(findings, VERDICT_LIMITED, "descriptors",
                           "The hard limit of %llu descriptors leaves room for about as many "
                           "connections.",
                           (unsigned long long)facts->descriptors.hard),
               "Raise it: ulimit -Hn, LimitNOFILE= in systemd, or docker run --ulimit nofile=N.");
    if (facts->backlog_max >= 0 && facts->backlog_max < SHORT_BACKLOG)
        ADVISE(finding_add(findings, VERDICT_LIMITED, "backlog",
                           "Listening sockets queue at most %d connections, whatever listen() asks "
                           "for: more that arrive at once wait or fail.",
                           facts->backlog_max),
               "As root: sysctl net.core.somaxconn=4096.");
}

void findings_judge(const struct facts *facts, struct findings *findings)
{
    if (facts->setup_error != 0)
        judge_setup(facts, findings);
    else
        judge_kernel(facts, findings);
    judge_limits(facts, findings);
    /* Nothing above explains it. */
    if (facts->startup_error != 0 && findings->verdict != VERDICT_UNUSABLE)
        ADVISE(finding_add(findings, VERDICT_UNUSABLE, "startup", "WSAStartup fails with %d: %s.",
                           facts->startup_error, facts->why[0] != '\0' ? facts->why : "no reason"),
               "Report this, with the output of ws2ring-diagnose --json.");
}
