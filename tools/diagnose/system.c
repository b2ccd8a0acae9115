/* SPDX-License-Identifier: MIT */
/* What the system says about itself: the kernel, limits, seccomp, sysctls. */
#include "tools/diagnose/diagnose.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

/* The number in a file that holds one; -1: there is none. */
static int system_number(const char *path)
{
    FILE *file = fopen(path, "re");
    int number = -1;

    if (file == NULL)
        return -1;
    if (fscanf(file, "%d", &number) != 1)
        number = -1;
    fclose(file);
    return number;
}

static struct fact_limit system_limit(int resource)
{
    struct rlimit limit = {0};

    getrlimit((__rlimit_resource_t)resource, &limit);
    return (struct fact_limit){
        .soft = limit.rlim_cur == RLIM_INFINITY ? FACTS_UNLIMITED : limit.rlim_cur,
        .hard = limit.rlim_max == RLIM_INFINITY ? FACTS_UNLIMITED : limit.rlim_max,
    };
}

/* Kernels without seccomp have no such lines. */
static void system_seccomp(struct facts *facts)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[FACTS_TEXT_BYTES];

    facts->seccomp_mode = -1;
    facts->seccomp_filters = -1;
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "Seccomp: %d", &facts->seccomp_mode);
        sscanf(line, "Seccomp_filters: %d", &facts->seccomp_filters);
    }
    fclose(file);
}

void system_look(struct facts *facts)
{
    struct utsname name;
    cpu_set_t cpus;

    if (uname(&name) == 0) {
        snprintf(facts->kernel, sizeof facts->kernel, "%s %s", name.sysname, name.release);
        snprintf(facts->machine, sizeof facts->machine, "%s", name.machine);
    }
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        facts->cpus = (unsigned)CPU_COUNT(&cpus);
    facts->descriptors = system_limit(RLIMIT_NOFILE);
    facts->locked_bytes = system_limit(RLIMIT_MEMLOCK);
    system_seccomp(facts);
    facts->uring_disabled = system_number("/proc/sys/kernel/io_uring_disabled");
    facts->backlog_max = system_number("/proc/sys/net/core/somaxconn");
}
