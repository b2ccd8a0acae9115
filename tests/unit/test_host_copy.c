/* SPDX-License-Identifier: MIT */
/* Checked copies: right ones arrive, wrong ones are -EFAULT, also where a sandbox forbids the call
 * that is used first. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "ring/host/sys.h"

enum { BIG_BYTES = 100001 }; /* more than a pipe takes at once, and no multiple of a page */

static char big_from[BIG_BYTES], big_to[BIG_BYTES];

static void copy_round_trip(void)
{
    for (size_t i = 0; i < BIG_BYTES; i++)
        big_from[i] = (char)(i * 7);
    memset(big_to, 0, BIG_BYTES);
    assert_int_equal(host_copy_from(big_to, big_from, BIG_BYTES), 0);
    assert_memory_equal(big_to, big_from, BIG_BYTES);
    memset(big_to, 0, BIG_BYTES);
    assert_int_equal(host_copy_to(big_to, big_from, BIG_BYTES), 0);
    assert_memory_equal(big_to, big_from, BIG_BYTES);
}

static void copy_bad_addresses(void)
{
    size_t page_bytes = host_page_bytes();
    char *pages =
        mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char ours[16] = {0};

    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(munmap(pages + page_bytes, page_bytes), 0);
    assert_int_equal(host_copy_from(ours, NULL, sizeof ours), -EFAULT);
    assert_int_equal(host_copy_to(NULL, ours, sizeof ours), -EFAULT);
    assert_int_equal(host_copy_from(ours, (void *)16, sizeof ours), -EFAULT);
    assert_int_equal(host_copy_to((void *)UINTPTR_MAX, ours, sizeof ours), -EFAULT);
    assert_int_equal(host_copy_from(ours, NULL, 0), 0);
    /* The first half is there, the second is not. */
    assert_int_equal(host_copy_from(ours, pages + page_bytes - 8, sizeof ours), -EFAULT);
    assert_int_equal(host_copy_to(pages + page_bytes - 8, ours, sizeof ours), -EFAULT);
    assert_int_equal(host_copy_to(pages + page_bytes - 16, ours, sizeof ours), 0);
    assert_int_equal(mprotect(pages, page_bytes, PROT_READ), 0);
    assert_int_equal(host_copy_to(pages, ours, sizeof ours), -EFAULT);
    assert_int_equal(munmap(pages, page_bytes), 0);
}

static void copies_arrive(void **state)
{
    (void)state;
    copy_round_trip();
}

static void wrong_addresses_are_efault(void **state)
{
    (void)state;
    copy_bad_addresses();
}

/* Variables of the program are taken without a question; constants are none, also those that the
 * loader had to write to. */
static void constants_are_not_written(void **state)
{
    static const char constant[16] = "constant";
    static const char *const relocated[] = {constant, "text"};
    static char variable[16];
    char ours[16] = "ours";

    (void)state;
    assert_int_equal(host_copy_to(variable, ours, sizeof ours), 0);
    assert_memory_equal(variable, ours, sizeof ours);
    assert_int_equal(host_copy_from(ours, constant, sizeof ours), 0);
    assert_string_equal(ours, "constant");
    assert_int_equal(host_copy_to((void *)(uintptr_t)constant, ours, sizeof ours), -EFAULT);
    assert_int_equal(host_copy_to((void *)(uintptr_t)relocated, ours, sizeof ours), -EFAULT);
}

/* Last: there is no way back out of a filter. */
static void copies_work_the_same_without_process_vm_calls(void **state)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_writev, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};

    (void)state;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        skip();
    copy_round_trip();
    copy_bad_addresses();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_arrive),
        cmocka_unit_test(wrong_addresses_are_efault),
        cmocka_unit_test(constants_are_not_written),
        cmocka_unit_test(copies_work_the_same_without_process_vm_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
