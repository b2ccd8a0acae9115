/* SPDX-License-Identifier: MIT */
/*
 * Every control code that the documentation names (tests/data/ioctls.tsv) has its outcomes in
 * tests/data/ioctl_outcomes.tsv, and every line there is true. Columns of the latter:
 *
 *   name     of the code
 *   socket   tcp4 tcp6 udp4 udp6; raw4 raw6 (protocol IP, bound to loopback) and icmp, which are
 *            passed over without the privilege; conn listener nonblocking unix, and bound, a
 *            datagram socket; with commas.
 *            tcp: tcp4,tcp6   udp: udp4,udp6   all: those four
 *   in, out  the buffer: "-" for NULL and no length, a number for as many zeros, "null" or "bad"
 *            and a number for that length with NULL or a pointer to nowhere
 *   outcome  ok, or the error of a call that is not overlapped
 *   bytes    what the count becomes: a number, "=" for untouched, or "?" for whatever it is
 *   source   where that is from: fact, documentation (docs), recall, or this library's own choice
 */
#include <stdbool.h>

#include "table.h"

#include <afunix.h>

enum { BUFFER_BYTES = 8192, UNTOUCHED = 77 };

static struct table codes;
static struct table outcomes;

enum { OUTCOME_NAME, OUTCOME_SOCKET, OUTCOME_IN, OUTCOME_OUT, OUTCOME_ERROR, OUTCOME_BYTES };

static DWORD code_of(const char *name)
{
    for (int i = 0; i < codes.count; i++)
        if (strcmp(codes.fields[i][0], name) == 0)
            return (DWORD)strtoul(codes.fields[i][1], NULL, 10);
    fail_msg("not in ioctls.tsv: %s", name);
    return 0;
}

/* ---- Sockets ---- */

static SOCKET connected; /* at the other end of "conn" */

static SOCKET make_raw(int family, int protocol)
{
    SOCKADDR_IN6 name6 = {.sin6_family = AF_INET6, .sin6_addr.s6_addr[15] = 1};
    SOCKET s = socket(family, SOCK_RAW, protocol);

    if (s == INVALID_SOCKET) {
        assert_int_equal(WSAGetLastError(), WSAEACCES); /* WSASOCKET-13 */
        return s;
    }
    if (family == AF_INET)
        assert_int_equal(pair_bind(s, INADDR_LOOPBACK, 0), 0);
    else
        assert_int_equal(bind(s, (struct sockaddr *)&name6, sizeof name6), 0);
    return s;
}

static SOCKET make_special(const char *kind)
{
    SOCKET s = INVALID_SOCKET;
    u_long on = 1;

    if (strcmp(kind, "conn") == 0) {
        struct pair pair = pair_open();

        connected = pair.client;
        return pair.server;
    }
    if (strcmp(kind, "listener") == 0)
        return pair_listener();
    if (strcmp(kind, "bound") == 0)
        return pair_bound(SOCK_DGRAM);
    if (strcmp(kind, "unix") == 0)
        s = socket(AF_UNIX, SOCK_STREAM, 0);
    else if (strcmp(kind, "nonblocking") == 0)
        s = pair_socket(SOCK_STREAM);
    else
        fail_msg("no such socket: %s", kind);
    assert_true(s != INVALID_SOCKET);
    if (strcmp(kind, "nonblocking") == 0)
        assert_int_equal(ioctlsocket(s, (long)FIONBIO, &on), 0);
    return s;
}

/* INVALID_SOCKET: not permitted. */
static SOCKET make(const char *kind)
{
    SOCKET s;

    if (strcmp(kind, "raw4") == 0)
        return make_raw(AF_INET, IPPROTO_IP);
    if (strcmp(kind, "raw6") == 0)
        return make_raw(AF_INET6, IPPROTO_IPV6);
    if (strcmp(kind, "icmp") == 0)
        return make_raw(AF_INET, IPPROTO_ICMP);
    if (strncmp(kind, "tcp", 3) != 0 && strncmp(kind, "udp", 3) != 0)
        return make_special(kind);
    s = socket(kind[3] == '6' ? AF_INET6 : AF_INET, *kind == 't' ? SOCK_STREAM : SOCK_DGRAM, 0);
    assert_true(s != INVALID_SOCKET);
    return s;
}

/* ---- Calls ---- */

struct buffer {
    char data[BUFFER_BYTES];
    char *start; /* NULL, data, or nowhere */
    DWORD bytes;
};

static void buffer_fill(struct buffer *buffer, const char *text)
{
    memset(buffer, 0, sizeof *buffer);
    if (strncmp(text, "null", 4) == 0) {
        buffer->bytes = (DWORD)strtoul(text + 4, NULL, 10);
    } else if (strncmp(text, "bad", 3) == 0) {
        buffer->bytes = (DWORD)strtoul(text + 3, NULL, 10);
        buffer->start = PAIR_BAD;
    } else if (*text != '-') {
        buffer->bytes = (DWORD)strtoul(text, NULL, 10);
        buffer->start = buffer->data;
    }
    assert_true(buffer->bytes < BUFFER_BYTES);
}

static bool call_is_true(char **row, const char *kind)
{
    static struct buffer in, out;
    DWORD returned = UNTOUCHED;
    SOCKET s = make(kind);
    int error;
    bool right;

    if (s == INVALID_SOCKET)
        return true;
    buffer_fill(&in, row[OUTCOME_IN]);
    buffer_fill(&out, row[OUTCOME_OUT]);
    WSASetLastError(0);
    error = WSAIoctl(s, code_of(row[OUTCOME_NAME]), in.start, in.bytes, out.start, out.bytes,
                     &returned, NULL, NULL) == 0
                ? 0
                : WSAGetLastError();
    right = error == table_error(row[OUTCOME_ERROR]);
    if (*row[OUTCOME_BYTES] == '=')
        right &= returned == UNTOUCHED;
    else if (*row[OUTCOME_BYTES] != '?')
        right &= returned == strtoul(row[OUTCOME_BYTES], NULL, 10);
    for (DWORD i = 0; error != 0 && i < sizeof out.data; i++)
        right &= out.data[i] == 0; /* a failure writes nothing */
    if (!right)
        print_error("%s, %s, in %s, out %s: %d, count %u\n", row[OUTCOME_NAME], kind,
                    row[OUTCOME_IN], row[OUTCOME_OUT], error, returned);
    closesocket(s);
    if (strcmp(kind, "conn") == 0)
        closesocket(connected);
    return right;
}

static bool row_is_true(char **row)
{
    char list[128];
    char expanded[256] = "";
    char *rest = list;
    char *kind;
    bool right = true;

    snprintf(list, sizeof list, "%s", row[OUTCOME_SOCKET]);
    while ((kind = strsep(&rest, ",")) != NULL) {
        if (strcmp(kind, "all") == 0)
            kind = "tcp4,tcp6,udp4,udp6";
        else if (strcmp(kind, "tcp") == 0)
            kind = "tcp4,tcp6";
        else if (strcmp(kind, "udp") == 0)
            kind = "udp4,udp6";
        snprintf(expanded + strlen(expanded), sizeof expanded - strlen(expanded), "%s,", kind);
    }
    rest = expanded;
    while ((kind = strsep(&rest, ",")) != NULL && *kind != '\0')
        right &= call_is_true(row, kind);
    return right;
}

static void every_outcome_is_true(void **state)
{
    int wrong = 0;

    (void)state;
    for (int i = 0; i < outcomes.count; i++)
        wrong += !row_is_true(outcomes.fields[i]);
    assert_int_equal(wrong, 0);
}

static void every_code_has_an_outcome(void **state)
{
    int missing = 0;

    (void)state;
    for (int i = 0; i < codes.count; i++) {
        bool found = false;

        for (int k = 0; k < outcomes.count; k++)
            found |= strcmp(codes.fields[i][0], outcomes.fields[k][0]) == 0;
        if (!found)
            print_error("no outcome: %s\n", codes.fields[i][0]);
        missing += !found;
    }
    assert_int_equal(missing, 0);
    assert_true(codes.count > 100);
}

/* ioctlsocket has those that the list calls its own, as far as they are supported at all. */
static void ioctlsocket_has_three(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    int supported = 0;

    (void)state;
    for (int i = 0; i < codes.count; i++) {
        u_long value = 0;
        bool both = strcmp(codes.fields[i][3], "both") == 0;

        WSASetLastError(0);
        if (ioctlsocket(s, (long)code_of(codes.fields[i][0]), &value) == 0) {
            supported++;
            assert_true(both);
        } else {
            assert_int_equal(WSAGetLastError(), WSAEOPNOTSUPP);
        }
    }
    assert_int_equal(supported, 3);
    closesocket(s);
}

static int setup(void **state)
{
    table_read(&codes, "ioctls.tsv");
    table_read(&outcomes, "ioctl_outcomes.tsv");
    return pair_setup(state);
}

static int teardown(void **state)
{
    free(codes.text);
    free(outcomes.text);
    return pair_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_is_true),
        cmocka_unit_test(every_code_has_an_outcome),
        cmocka_unit_test(ioctlsocket_has_three),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
