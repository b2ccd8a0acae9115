/* SPDX-License-Identifier: MIT */
/*
 * WS2RING_TRACE: what its lines say, where they go, and that nothing else changes. The variable is
 * read when the library is loaded, so each test runs this program again with it set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <winsock2.h>

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRACE_OUTPUT_BYTES = 65536, TRACE_PATH_BYTES = 64, TRACE_FIRST_FREE = 3, TRACE_MANY = 64 };

/* ---- What the children do: 0 when all was as it should be, else the line that was not ---- */

#define CHILD_EXPECT(condition)        \
    do {                               \
        if (!(condition))              \
            return __LINE__ % 251 + 1; \
    } while (0)

static int child_calls(void)
{
    WSADATA data;
    SOCKET s;

    CHILD_EXPECT(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    CHILD_EXPECT(htons(0x1234) == 0x3412);
    s = socket(AF_INET, SOCK_STREAM, 0);
    CHILD_EXPECT(s != INVALID_SOCKET);
    CHILD_EXPECT(listen(s, -1) == SOCKET_ERROR && WSAGetLastError() == WSAEINVAL);
    CHILD_EXPECT(closesocket(s) == 0);
    CHILD_EXPECT(WSACleanup() == 0);
    return 0;
}

/* The last error after each call is what it is without the trace. */
static int child_errors(void)
{
    WSADATA data;
    WSAEVENT event;

    CHILD_EXPECT(shutdown(0, SD_BOTH) == SOCKET_ERROR && WSAGetLastError() == WSANOTINITIALISED);
    CHILD_EXPECT(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    SetLastError(1234567);
    CHILD_EXPECT(GetLastError() == 1234567);
    event = WSACreateEvent(); /* leaves the error alone */
    CHILD_EXPECT(event != WSA_INVALID_EVENT && GetLastError() == 1234567);
    CHILD_EXPECT(!CloseHandle(NULL) && GetLastError() == ERROR_INVALID_HANDLE);
    CHILD_EXPECT(!CloseHandle(NULL) && GetLastError() == ERROR_INVALID_HANDLE);
    CHILD_EXPECT(WSACloseEvent(event) && GetLastError() == ERROR_INVALID_HANDLE);
    errno = 77;
    CHILD_EXPECT(htonl(1) == 0x01000000 && errno == 77);
    return 0;
}

/* A call that makes another. */
static int child_nested(void)
{
    WSADATA data;
    u_long result = 0;
    SOCKET s;

    CHILD_EXPECT(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    s = socket(AF_INET, SOCK_STREAM, 0);
    CHILD_EXPECT(WSANtohl(s, 1, &result) == 0 && result == 0x01000000);
    CHILD_EXPECT(WSANtohl(s, 1, &result) == 0);
    return 0;
}

static void CALLBACK routine(ULONG_PTR value)
{
    htons((u_short)value);
}

/* A wait that runs a routine, which makes calls. */
static int child_routine(void)
{
    CHILD_EXPECT(QueueUserAPC(routine, GetCurrentThread(), 7) != 0);
    CHILD_EXPECT(SleepEx(INFINITE, TRUE) == WAIT_IO_COMPLETION);
    CHILD_EXPECT(htons(8) == 0x0800);
    return 0;
}

/* Texts that a call reads, and one that a call returns. */
static int child_texts(void)
{
    static char text[200];
    struct in_addr address = {0};
    WSADATA data;

    CHILD_EXPECT(inet_addr("1.2.3.4") == htonl(0x01020304));
    CHILD_EXPECT(inet_addr("a\nline \"b\"") == INADDR_NONE);
    CHILD_EXPECT(inet_addr(NULL) == INADDR_NONE);
    memset(text, 'x', sizeof text - 1);
    CHILD_EXPECT(inet_addr(text) == INADDR_NONE);
    CHILD_EXPECT(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    address.s_addr = htonl(INADDR_LOOPBACK);
    CHILD_EXPECT(strcmp(inet_ntoa(address), "127.0.0.1") == 0);
    return 0;
}

/* Closes every descriptor and gives the numbers to standard input's file, as programs do that
 * become daemons. Only calls that need no descriptor follow. */
static int child_closes_all(void)
{
    for (int fd = TRACE_FIRST_FREE; fd < TRACE_MANY; fd++)
        close(fd);
    for (int fd = TRACE_FIRST_FREE; fd < TRACE_MANY; fd++)
        CHILD_EXPECT(dup2(STDIN_FILENO, fd) == fd);
    CHILD_EXPECT(htons(1) == 0x0100);
    return 0;
}

static const struct child {
    const char *name;
    int (*run)(void);
} children[] = {
    {"calls", child_calls},     {"errors", child_errors}, {"nested", child_nested},
    {"routine", child_routine}, {"texts", child_texts},   {"closes_all", child_closes_all},
};

/* ---- The tests ---- */

static char output[TRACE_OUTPUT_BYTES];

/* In the child: standard error goes to one descriptor, standard input comes from another. */
static void run_exec(const char *variable, const char *name, int errors_to, int input)
{
    char *const arguments[] = {(char *)"test_trace", (char *)name, NULL};

    if (variable != NULL)
        setenv("WS2RING_TRACE", variable, 1);
    else
        unsetenv("WS2RING_TRACE");
    if (dup2(errors_to, STDERR_FILENO) < 0 || dup2(input, STDIN_FILENO) < 0)
        _exit(255);
    execv("/proc/self/exe", arguments);
    _exit(254);
}

static size_t read_all(int fd)
{
    size_t used = 0;
    ssize_t got;

    while ((got = read(fd, output + used, sizeof output - 1 - used)) > 0)
        used += (size_t)got;
    output[used] = '\0';
    return used;
}

/* Runs a child to its end; `output` is what it wrote to standard error. */
static void run_child(const char *variable, const char *name, int input)
{
    int ends[2];
    int status = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_exec(variable, name, ends[1], input);
    close(ends[1]);
    read_all(ends[0]);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static unsigned count_lines(void)
{
    unsigned count = 0;

    for (const char *at = output; *at != '\0'; at++)
        count += *at == '\n';
    return count;
}

/* The line of `output` that shows this call: its text after the time and the thread. */
static const char *find_call(const char *call, unsigned skip)
{
    static char line[1024];
    const char *at = output;

    while (at != NULL && *at != '\0') {
        unsigned long seconds, micros, thread;
        int head = 0;
        size_t bytes = strcspn(at, "\n");

        assert_int_equal(sscanf(at, "%lu.%6lu %lu %n", &seconds, &micros, &thread, &head), 3);
        assert_true(thread > 0 && bytes < sizeof line);
        if (strncmp(at + head, call, strlen(call)) == 0 && at[head + strlen(call)] == '(' &&
            skip-- == 0) {
            memcpy(line, at + head, bytes - (size_t)head);
            line[bytes - (size_t)head] = '\0';
            return line;
        }
        at += bytes + 1;
    }
    fail_msg("no line of %s in:\n%s", call, output);
    return NULL;
}

/* The call's line begins with this text, and only the duration follows. */
static void expect_line(const char *call, unsigned skip, const char *text)
{
    const char *line = find_call(call, skip);
    unsigned long micros;
    int end = 0;

    if (strncmp(line, text, strlen(text)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", line, text);
    assert_int_equal(sscanf(line + strlen(text), " %lu us%n", &micros, &end), 1);
    assert_int_equal(strlen(text) + (size_t)end, strlen(line));
}

static void nothing_is_written_when_off(void **state)
{
    (void)state;
    run_child(NULL, "calls", STDIN_FILENO);
    assert_string_equal(output, "");
    run_child("", "calls", STDIN_FILENO);
    assert_string_equal(output, "");
    run_child("0", "calls", STDIN_FILENO);
    assert_string_equal(output, "");
}

static void lines_name_arguments_results_and_errors(void **state)
{
    (void)state;
    run_child("1", "calls", STDIN_FILENO);
    expect_line("htons", 0, "htons(value=4660) = 13330");
    expect_line("socket", 0, "socket(family=2, type=1, protocol=0) = 32");
    expect_line("listen", 0, "listen(s=32, backlog=-1) = -1 WSAEINVAL");
    expect_line("WSAGetLastError", 0, "WSAGetLastError() = 10022 WSAEINVAL");
    expect_line("closesocket", 0, "closesocket(s=32) = 0");
    expect_line("WSACleanup", 0, "WSACleanup() = 0");
    assert_int_equal(count_lines(), 7);
    run_child("-", "calls", STDIN_FILENO);
    assert_int_equal(count_lines(), 7);
}

static void the_last_error_stays_what_the_call_left(void **state)
{
    (void)state;
    run_child("1", "errors", STDIN_FILENO);
    expect_line("shutdown", 0, "shutdown(s=0, how=2) = -1 WSANOTINITIALISED");
    expect_line("SetLastError", 0, "SetLastError(error=0x12d687)");
    /* An error from before is not this call's; the same one again is. */
    assert_null(strstr(find_call("WSACreateEvent", 0), "error"));
    expect_line("CloseHandle", 0, "CloseHandle(handle=NULL) = 0 ERROR_INVALID_HANDLE");
    expect_line("CloseHandle", 1, "CloseHandle(handle=NULL) = 0 ERROR_INVALID_HANDLE");
    assert_null(strstr(find_call("WSACloseEvent", 0), "ERROR"));
}

static void calls_inside_calls_are_traced_too(void **state)
{
    (void)state;
    run_child("1", "nested", STDIN_FILENO);
    for (unsigned i = 0; i < 2; i++) {
        find_call("WSANtohl", i);
        find_call("WSAHtonl", i);
    }
    assert_int_equal(count_lines(), 6);
}

static void calls_of_routines_are_traced(void **state)
{
    const char *inside;

    (void)state;
    run_child("1", "routine", STDIN_FILENO);
    expect_line("htons", 0, "htons(value=7) = 1792");
    expect_line("htons", 1, "htons(value=8) = 2048");
    expect_line("SleepEx", 0, "SleepEx(timeout=0xffffffff, alertable=1) = 192");
    inside = strstr(output, "htons(value=7)");
    assert_true(inside < strstr(output, "SleepEx(")); /* it ends first */
}

static void texts_are_shown_where_they_are_texts(void **state)
{
    const char *line;

    (void)state;
    run_child("1", "texts", STDIN_FILENO);
    expect_line("inet_addr", 0, "inet_addr(text=\"1.2.3.4\") = 0x4030201");
    expect_line("inet_addr", 1, "inet_addr(text=\"a\\x0aline \\x22b\\x22\") = 0xffffffff");
    expect_line("inet_addr", 2, "inet_addr(text=NULL) = 0xffffffff WSAEFAULT");
    line = find_call("inet_addr", 3);
    assert_non_null(strstr(line, "xxx\"...) = 0xffffffff"));
    assert_true(strlen(line) < 150);
    expect_line("inet_ntoa", 0, "inet_ntoa(address=0x100007f) = \"127.0.0.1\"");
}

static void a_file_is_appended_to(void **state)
{
    char path[TRACE_PATH_BYTES] = "/tmp/ws2ring-trace-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    for (unsigned runs = 1; runs <= 2; runs++) {
        run_child(path, "calls", STDIN_FILENO);
        assert_string_equal(output, "");
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        read_all(fd);
        assert_int_equal(count_lines(), 7 * runs);
    }
    close(fd);
    unlink(path);
}

static void a_file_that_cannot_be_opened_is_reported_once(void **state)
{
    (void)state;
    run_child("/nowhere/at/all", "calls", STDIN_FILENO);
    assert_int_equal(count_lines(), 1);
    assert_memory_equal(output, "ws2ring: WS2RING_TRACE=/nowhere/at/all: ", 40);
}

static void a_descriptor_that_was_taken_away_is_not_written_to(void **state)
{
    char path[TRACE_PATH_BYTES] = "/tmp/ws2ring-trace-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    run_child("1", "closes_all", fd);
    assert_string_equal(output, "");
    assert_int_equal(lseek(fd, 0, SEEK_END), 0);
    close(fd);
    unlink(path);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_written_when_off),
        cmocka_unit_test(lines_name_arguments_results_and_errors),
        cmocka_unit_test(the_last_error_stays_what_the_call_left),
        cmocka_unit_test(calls_inside_calls_are_traced_too),
        cmocka_unit_test(calls_of_routines_are_traced),
        cmocka_unit_test(texts_are_shown_where_they_are_texts),
        cmocka_unit_test(a_file_is_appended_to),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_reported_once),
        cmocka_unit_test(a_descriptor_that_was_taken_away_is_not_written_to),
    };

    for (size_t i = 0; argc > 1 && i < sizeof children / sizeof children[0]; i++) {
        if (strcmp(argv[1], children[i].name) == 0)
            _exit(children[i].run()); /* no leak check: sockets are left open on purpose */
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
