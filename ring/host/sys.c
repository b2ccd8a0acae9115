/* SPDX-License-Identifier: MIT */
/* Clocks and what the process may use: CPUs, descriptors, its environment. No state, no locks. */
#include "ring/host/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { SYS_CPU_WORDS_MAX = 1024 }; /* 65,536 CPUs, more than Linux can be built for */

#define SYS_SECOND_NS INT64_C(1000000000)

static int64_t sys_clock_ns(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return -1;
    return (int64_t)now.tv_sec * SYS_SECOND_NS + now.tv_nsec;
}

int64_t host_now_ns(void)
{
    return sys_clock_ns(CLOCK_MONOTONIC);
}

int64_t host_now_coarse_ns(void)
{
    return sys_clock_ns(CLOCK_MONOTONIC_COARSE);
}

int64_t host_wall_ns(void)
{
    return sys_clock_ns(CLOCK_REALTIME);
}

int64_t host_nap_end_ns(int64_t deadline_ns)
{
#ifdef __SANITIZE_THREAD__
    int64_t soon_ns = host_now_ns() + 50000000;

    usleep(0); /* handlers run here */
    return deadline_ns < soon_ns ? deadline_ns : soon_ns;
#else
    return deadline_ns;
#endif
}

void host_yield(void)
{
    sched_yield();
}

void host_sleep_until(int64_t deadline_ns)
{
    struct timespec until = {
        .tv_sec = deadline_ns / SYS_SECOND_NS,
        .tv_nsec = deadline_ns % SYS_SECOND_NS,
    };

    /* An absolute time, so that a signal cannot stretch the sleep. */
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

int64_t host_cpu_clock_ns(int32_t clock)
{
    return sys_clock_ns(clock);
}

unsigned host_cpu_count(void)
{
    unsigned long words[SYS_CPU_WORDS_MAX] = {0};
    unsigned count = 0;

    /* The mask counts, not the machine: a container may have two CPUs of 128. The set's type is
     * fixed at 1,024 CPUs in glibc, and the call fails when the kernel's is larger, hence our own.
     *  */
    if (sched_getaffinity(0, sizeof words, (cpu_set_t *)(void *)words) != 0)
        return 1;
    for (unsigned i = 0; i < SYS_CPU_WORDS_MAX; i++)
        count += (unsigned)__builtin_popcountl(words[i]);
    return count == 0 ? 1 : count;
}

uint32_t host_page_bytes(void)
{
    return (uint32_t)sysconf(_SC_PAGESIZE);
}

void host_raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

uint32_t host_descriptor_count(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    uint32_t count = 0;

    if (folder == NULL)
        return 0;
    while ((entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* without the folder's own */
}

bool host_env_flag(const char *name)
{
    const char *text = getenv(name);

    return text != NULL && text[0] != '\0' && strcmp(text, "0") != 0;
}
