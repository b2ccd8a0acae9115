/* SPDX-License-Identifier: MIT */
/* Files whose file system cannot say what it would have to wait for, with kernels that do not tell
 * what is in the page cache: they are read as from a disk, and are no error. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "ring/host/file.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

enum { PAGE_PART = 4000 };

static char part[PAGE_PART];

/* One of /proc: no file system has less to say. */
static int file_silent(void)
{
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static int file_usual(char *path)
{
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(host_file_write(fd, part, sizeof part, 0), sizeof part);
    return fd;
}

static void a_disk_may_be_needed(void)
{
    int fd = file_silent();
    char byte;

    assert_int_equal(host_file_read_now(fd, &byte, 1, 0), -EAGAIN);
    assert_false(host_file_cached(fd, 0, 100));
    assert_int_equal(host_file_read(fd, &byte, 1, 0), 1);
    close(fd);
}

static void what_was_written_is_there(void)
{
    char path[] = "/tmp/ws2ring-test-XXXXXX";
    int fd = file_usual(path);
    int64_t got = host_file_read_now(fd, part, sizeof part, 0);

    /* In a memory file system that is silent too it takes cachestat to know. */
    assert_true(got == sizeof part || got == -EAGAIN);
    assert_int_equal(host_file_read(fd, part, sizeof part, 0), sizeof part);
    close(fd);
    assert_int_equal(host_file_read_now(-1, part, sizeof part, 0), -EBADF);
}

static void silence_is_no_error(void **state)
{
    (void)state;
    a_disk_may_be_needed();
    what_was_written_is_there();
}

/* Last: there is no way back out of a filter. As kernels before 6.5 answer. */
static void nor_is_it_without_cachestat(void **state)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_cachestat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};

    (void)state;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        print_message("skipped: no seccomp filter can be set\n");
        skip();
    }
    a_disk_may_be_needed();
    what_was_written_is_there();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_no_error),
        cmocka_unit_test(nor_is_it_without_cachestat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
