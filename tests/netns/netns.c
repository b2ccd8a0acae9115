/* SPDX-License-Identifier: MIT */
/* Making and changing the network of netns.h: namespaces, `ip`, /proc/sys. */
#include "netns.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { NEIGHBOURS_MAX = 40, LINE_BYTES = 512 };

static bool write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    bool written;

    if (file == NULL)
        return false;
    written = fputs(text, file) >= 0;
    return fclose(file) == 0 && written; /* the kernel refuses when the buffer is flushed */
}

/* Without root's rights: a user namespace, in which this user is root. */
static bool enter_as_user(void)
{
    char map[64];
    uid_t uid = getuid();
    gid_t gid = getgid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
    if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", map))
        return false;
    snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
    return write_file("/proc/self/gid_map", map);
}

bool netns_run(const char *format, ...)
{
    char line[LINE_BYTES];
    char quiet[LINE_BYTES + 64];
    va_list arguments;
    int status;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    snprintf(quiet, sizeof quiet, "{ %s; } >/dev/null 2>&1", line);
    status = system(quiet);
    if (status != 0)
        fprintf(stderr, "status %d of: %s\n", status, line);
    return status == 0;
}

bool netns_has(const char *command)
{
    char line[LINE_BYTES];

    snprintf(line, sizeof line, "command -v %s >/dev/null", command);
    return system(line) == 0;
}

bool netns_set(const char *name, const char *value)
{
    char path[LINE_BYTES];

    snprintf(path, sizeof path, "/proc/sys/net/%s", name);
    return write_file(path, value);
}

/* One `ip` for all neighbours: a process for each would take longer than the tests. */
static bool add_neighbours(void)
{
    FILE *pipe = popen("ip -batch - >/dev/null", "w");

    if (pipe == NULL)
        return false;
    for (int i = 2; i <= NEIGHBOURS_MAX; i++) {
        fprintf(pipe, "neigh add 10.8.0.%d dev v0 lladdr 02:00:00:00:00:02\n", i);
        fprintf(pipe, "neigh add fd08::%x dev v0 lladdr 02:00:00:00:00:02\n", (unsigned)i);
    }
    return pclose(pipe) == 0;
}

static const char *build(void)
{
    if (!netns_has("ip"))
        return "no command `ip` (package iproute2)";
    if (!netns_run("ip link set lo up"))
        return "loopback cannot be configured";
    if (!netns_run("ip link add v0 type veth peer name v1"))
        return "this kernel has no veth links";
    if (!netns_run("ip addr add 10.8.0.1/24 dev v0 && ip link set v0 up && ip link set v1 up"))
        return "the link v0 cannot be configured";
    if (!netns_run("ip -6 addr add fd08::1/64 dev v0 nodad"))
        return "no IPv6";
    return add_neighbours() ? NULL : "neighbours cannot be configured";
}

bool netns_begin(void)
{
    const char *reason = NULL;

    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1); /* users often lack the first */
    if (geteuid() == 0 ? unshare(CLONE_NEWNET) != 0 : !enter_as_user())
        reason = "making a network namespace is not permitted";
    else
        reason = build();
    if (reason != NULL)
        printf("skipped: %s\n", reason);
    return reason == NULL;
}
