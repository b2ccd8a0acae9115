/* SPDX-License-Identifier: MIT */
/*
 * A kernel that does not let us use io_uring: WSAStartup() says WSASYSNOTREADY, and one line on
 * standard error names the cause. A child process takes io_uring away from itself with a seccomp
 * filter, as container run-times do, and hands over what it saw.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <winsock2.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DENIED_STARTS = 2, DENIED_TEXT_BYTES = 4096 };

/* What the child could not arrange, as its exit status; 0: it saw what it was to see. */
enum denied_exit {
    DENIED_AS_PROMISED,
    DENIED_NO_FILTER,
    DENIED_NO_PIPE,
    DENIED_WRONG_RESULT,
    DENIED_LEFT_STARTED
};

/* From here on io_uring_setup() fails with this error in the calling process. */
static int denied_install(int error)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : -errno;
}

/* Starts `starts` times under the filter; standard error goes to the pipe. */
static enum denied_exit denied_child(int error, int starts, int errors_to)
{
    WSADATA data;

    if (dup2(errors_to, STDERR_FILENO) < 0)
        return DENIED_NO_PIPE;
    if (denied_install(error) != 0)
        return DENIED_NO_FILTER;
    for (int i = 0; i < starts; i++) {
        if (WSAStartup(MAKEWORD(2, 2), &data) != WSASYSNOTREADY)
            return DENIED_WRONG_RESULT;
    }
    /* A start that failed counts for nothing. */
    if (WSACleanup() != SOCKET_ERROR || WSAGetLastError() != WSANOTINITIALISED)
        return DENIED_LEFT_STARTED;
    return DENIED_AS_PROMISED;
}

/* Runs the child and reads what it wrote to standard error. */
static void denied_run(int error, int starts, char text[DENIED_TEXT_BYTES])
{
    int ends[2];
    int status = 0;
    size_t used = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(denied_child(error, starts, ends[1])); /* no leak check, no second test report */
    close(ends[1]);
    while ((got = read(ends[0], text + used, DENIED_TEXT_BYTES - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), DENIED_AS_PROMISED);
}

static int denied_count_lines(const char *text)
{
    int lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static void startup_names_the_cause_in_one_line(void **state)
{
    const struct {
        int error;
        const char *cause;
    } rows[] = {
        {EPERM, "denied by the administrator or a container"},
        {ENOSYS, "not in this kernel, or hidden by a seccomp profile"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[DENIED_TEXT_BYTES];

        denied_run(rows[i].error, 1, text);
        assert_int_equal(denied_count_lines(text), 1);
        assert_int_equal(text[strlen(text) - 1], '\n');
        assert_memory_equal(text, "ws2ring: ", 9);
        assert_non_null(strstr(text, rows[i].cause));
    }
}

/* Every failed start asks the kernel anew, so that lifting the ban helps, and says so again. */
static void every_failed_startup_is_reported(void **state)
{
    char text[DENIED_TEXT_BYTES];

    (void)state;
    denied_run(EPERM, DENIED_STARTS, text);
    assert_int_equal(denied_count_lines(text), DENIED_STARTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(startup_names_the_cause_in_one_line),
        cmocka_unit_test(every_failed_startup_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
