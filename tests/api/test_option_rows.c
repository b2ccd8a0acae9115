/* SPDX-License-Identifier: MIT */
/*
 * Every option that the documentation names (tests/data/options.tsv) has its outcomes in
 * tests/data/option_outcomes.tsv, and every line there is true. Columns of the latter:
 *
 *   level, option  as options.tsv spells them
 *   socket         tcp4 tcp6 udp4 udp6 raw4 (skipped without the privilege), several with commas;
 *                  tcp: tcp4,tcp6  udp: udp4,udp6  v4: tcp4,udp4  v6: tcp6,udp6  all: those four
 *   value          what is set: a number (4 bytes), "-" for NULL and length 0, or bytes as hex
 *                  digits after an x, where /N at the end fills up with zeros to N bytes
 *   set, get       ok, or the error
 *   bytes          what a get into a large buffer reports as length; "-" where get fails
 *   default        what get gives on a new socket: a number, or "?" for whatever it is
 *   after          what get gives after a set that succeeded: a number, "=" for the value, or "?"
 *   source         where that is from: fact, documentation (docs), or this library's own choice
 */
#include <stdbool.h>

#include <sys/mman.h>

#include "table.h"

#include <windows.h>

enum { ROWS_VALUE_BYTES = 512 };

static struct table options;
static struct table outcomes;

enum { OUTCOME_LEVEL, OUTCOME_OPTION, OUTCOME_SOCKET, OUTCOME_VALUE, OUTCOME_SET, OUTCOME_GET };
enum { OUTCOME_BYTES = 6, OUTCOME_DEFAULT, OUTCOME_AFTER, OUTCOME_SOURCE };

/* ---- Reading ---- */

/* The numbers of a level and an option, from the documentation's list. */
static bool numbers_of(char **outcome, int *level, int *option)
{
    for (int i = 0; i < options.count; i++) {
        char **row = options.fields[i];

        if (strcmp(row[0], outcome[OUTCOME_LEVEL]) != 0 ||
            strcmp(row[2], outcome[OUTCOME_OPTION]) != 0)
            continue;
        *level = atoi(row[1]);
        *option = atoi(row[3]);
        return true;
    }
    return false;
}

/* The value column, as bytes. Returns their count; -1: none at all. */
static int value_of(const char *text, unsigned char *bytes)
{
    int count = 0;
    int number;

    memset(bytes, 0, ROWS_VALUE_BYTES);
    if (strcmp(text, "-") == 0)
        return -1;
    if (*text != 'x') {
        number = (int)strtoll(text, NULL, 0);
        memcpy(bytes, &number, sizeof number);
        return sizeof number;
    }
    for (text++; *text != '\0' && *text != '/'; text += 2) {
        char digits[3] = {text[0], text[1], '\0'};

        bytes[count++] = (unsigned char)strtoul(digits, NULL, 16);
    }
    return *text == '/' ? atoi(text + 1) : count;
}

/* ---- Sockets ---- */

static const struct kind {
    const char *names;
    int family;
    int type;
} kinds[] = {
    {"tcp4 tcp v4 all", AF_INET, SOCK_STREAM},
    {"udp4 udp v4 all", AF_INET, SOCK_DGRAM},
    {"tcp6 tcp v6 all", AF_INET6, SOCK_STREAM},
    {"udp6 udp v6 all", AF_INET6, SOCK_DGRAM},
    {"raw4", AF_INET, SOCK_RAW},
};

/* Does the word stand in the list? */
static bool listed(const char *list, const char *separators, const char *word, size_t length)
{
    for (const char *at = list; *at != '\0';) {
        size_t here = strcspn(at, separators);

        if (here == length && strncmp(at, word, here) == 0)
            return true;
        at += here + (at[here] != '\0');
    }
    return false;
}

/* Is this kind of socket meant by the socket column? */
static bool kind_meant(const struct kind *kind, const char *column)
{
    for (const char *at = column; *at != '\0';) {
        size_t here = strcspn(at, ",");

        if (listed(kind->names, " ", at, here))
            return true;
        at += here + (at[here] != '\0');
    }
    return false;
}

/* ---- The tests ---- */

static void rows_of_the_list_all_have_outcomes(void **state)
{
    int missing = 0;

    (void)state;
    for (int i = 0; i < options.count; i++) {
        char **row = options.fields[i];
        bool found = false;

        for (int j = 0; j < outcomes.count && !found; j++)
            found = strcmp(row[0], outcomes.fields[j][OUTCOME_LEVEL]) == 0 &&
                    strcmp(row[2], outcomes.fields[j][OUTCOME_OPTION]) == 0;
        if (found)
            continue;
        print_error("%s %s has no line in option_outcomes.tsv\n", row[0], row[2]);
        missing++;
    }
    assert_int_equal(missing, 0);
}

/* Each name stands in the page, by itself or as one of a family (`RM_...`). */
static void rows_of_the_list_are_all_in_the_page(void **state)
{
    char *page = table_text(DOCS_DIR, "calls/setsockopt.md");
    int missing = 0;

    (void)state;
    for (int i = 0; i < options.count; i++) {
        char **row = options.fields[i];
        const char *underscore = strchr(row[2], '_');
        char name[64];
        char family[64];

        snprintf(name, sizeof name, "`%s`", row[2]);
        snprintf(family, sizeof family, "(`%.*s...`)", (int)(underscore + 1 - row[2]), row[2]);
        if (strstr(page, name) != NULL || strstr(page, family) != NULL)
            continue;
        print_error("%s is not in docs/calls/setsockopt.md\n", row[2]);
        missing++;
    }
    free(page);
    assert_int_equal(missing, 0);
}

static int failures;

static void differs(char **outcome, const struct kind *kind, const char *what, long long got,
                    const char *wanted)
{
    print_error("%s %s on %.4s: %s is %lld, not %s\n", outcome[OUTCOME_LEVEL],
                outcome[OUTCOME_OPTION], kind->names, what, got, wanted);
    failures++;
}

/* What getsockopt says, into a large buffer. The number is of as many bytes as were written. */
static int ask(SOCKET s, int level, int option, unsigned *number, int *bytes)
{
    char buffer[2048] = {0};
    int result;

    *bytes = sizeof buffer;
    result = getsockopt(s, level, option, buffer, bytes);
    memcpy(number, buffer, sizeof *number);
    return result == 0 ? 0 : WSAGetLastError();
}

static void check_get(SOCKET s, char **outcome, const struct kind *kind, const char *wanted)
{
    int level = 0;
    int option = 0;
    unsigned number = 0;
    int bytes = 0;
    int error;

    (void)numbers_of(outcome, &level, &option);
    error = ask(s, level, option, &number, &bytes);
    if (error != table_error(outcome[OUTCOME_GET]))
        differs(outcome, kind, "error of get", error, outcome[OUTCOME_GET]);
    if (error != 0)
        return;
    if (strcmp(outcome[OUTCOME_BYTES], "?") != 0 && bytes != atoi(outcome[OUTCOME_BYTES]))
        differs(outcome, kind, "length of get", bytes, outcome[OUTCOME_BYTES]);
    if (strcmp(wanted, "?") != 0 && number != (unsigned)strtoll(wanted, NULL, 0))
        differs(outcome, kind, "value", number, wanted);
}

static void check_outcome(char **outcome, const struct kind *kind)
{
    unsigned char value[ROWS_VALUE_BYTES];
    int length = value_of(outcome[OUTCOME_VALUE], value);
    SOCKET s = socket(kind->family, kind->type, kind->type == SOCK_RAW ? IPPROTO_ICMP : 0);
    int level = 0;
    int option = 0;
    int error;

    if (s == INVALID_SOCKET && kind->type == SOCK_RAW && WSAGetLastError() == WSAEACCES)
        return; /* this user may not have raw sockets */
    assert_true(s != INVALID_SOCKET);
    if (!numbers_of(outcome, &level, &option))
        fail_msg("%s is not in options.tsv", outcome[OUTCOME_OPTION]);
    check_get(s, outcome, kind, outcome[OUTCOME_DEFAULT]);
    error =
        setsockopt(s, level, option, length < 0 ? NULL : (char *)value, length < 0 ? 0 : length);
    error = error == 0 ? 0 : WSAGetLastError();
    if (error != table_error(outcome[OUTCOME_SET]))
        differs(outcome, kind, "error of set", error, outcome[OUTCOME_SET]);
    else if (strcmp(outcome[OUTCOME_AFTER], "=") == 0)
        check_get(s, outcome, kind, outcome[OUTCOME_VALUE]);
    else
        check_get(s, outcome, kind, outcome[OUTCOME_AFTER]);
    closesocket(s);
}

static void rows_do_what_the_outcomes_say(void **state)
{
    (void)state;
    for (int i = 0; i < outcomes.count; i++) {
        char **outcome = outcomes.fields[i];
        int met = 0;

        if (outcome[OUTCOME_SOURCE] == NULL)
            fail_msg("option_outcomes.tsv, line %d: columns are missing", i + 2);
        for (size_t j = 0; j < PAIR_COUNT(kinds); j++) {
            if (!kind_meant(&kinds[j], outcome[OUTCOME_SOCKET]))
                continue;
            check_outcome(outcome, &kinds[j]);
            met++;
        }
        if (met == 0)
            fail_msg("option_outcomes.tsv, line %d: no such socket", i + 2);
    }
    assert_int_equal(failures, 0);
}

/* The codes that the documentation has for the two calls, once the socket is known. */
static bool is_documented(int error)
{
    static const int documented[] = {WSAEFAULT,      WSAEINVAL,        WSAENETRESET,
                                     WSAENOPROTOOPT, WSAENOTCONN,      WSAENOBUFS,
                                     WSAENOTSOCK,    WSAEADDRNOTAVAIL, WSAEACCES};

    for (size_t i = 0; i < PAIR_COUNT(documented); i++)
        if (documented[i] == error)
            return true;
    return false;
}

static void check_room(SOCKET s, char **row, int room)
{
    unsigned char buffer[1024 + 8];
    int length = room;
    int result;

    memset(buffer, 0xa5, sizeof buffer);
    result = getsockopt(s, atoi(row[1]), atoi(row[3]), (char *)buffer, &length);
    if (result != 0 && !is_documented(WSAGetLastError()))
        fail_msg("%s %s into %d bytes: error %d", row[0], row[2], room, WSAGetLastError());
    if (result == 0 && (length < 0 || length > room))
        fail_msg("%s %s into %d bytes: length %d", row[0], row[2], room, length);
    for (size_t i = (size_t)room; i < sizeof buffer; i++)
        if (buffer[i] != 0xa5)
            fail_msg("%s %s writes past its %d bytes", row[0], row[2], room);
}

static void rows_never_write_past_the_room(void **state)
{
    (void)state;
    for (size_t k = 0; k < PAIR_COUNT(kinds) - 1; k++) {
        SOCKET s = socket(kinds[k].family, kinds[k].type, 0);

        for (int i = 0; i < options.count; i++) {
            for (int room = 0; room < 40; room++)
                check_room(s, options.fields[i], room);
            for (int room = 64; room <= 1024; room *= 2)
                check_room(s, options.fields[i], room);
        }
        closesocket(s);
    }
}

/* Sets random values of many lengths, which end where `end` is. */
static void check_any_bytes(SOCKET s, char **row, unsigned char *end)
{
    static unsigned random = 2463534242u;

    for (int length = -2; length < 300; length += length < 40 ? 1 : 20) {
        unsigned char *value = length > 0 ? end - length : end;

        for (int at = 0; at < length; at++) {
            random = random * 1664525u + 1013904223u;
            value[at] = (unsigned char)(random >> (random & 0x1000000 ? 24 : 30));
        }
        if (setsockopt(s, atoi(row[1]), atoi(row[3]), (char *)value, length) != 0 &&
            !is_documented(WSAGetLastError()))
            fail_msg("%s %s with %d bytes: error %d", row[0], row[2], length, WSAGetLastError());
    }
}

/* There is no memory behind them. */
static void rows_take_any_bytes(void **state)
{
    SYSTEM_INFO system;
    unsigned char *page;

    (void)state;
    GetSystemInfo(&system);
    page = mmap(NULL, 2 * (size_t)system.dwPageSize, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(page != MAP_FAILED);
    assert_int_equal(mprotect(page + system.dwPageSize, system.dwPageSize, PROT_NONE), 0);
    for (size_t k = 0; k < PAIR_COUNT(kinds) - 1; k++) {
        for (int i = 0; i < options.count; i++) {
            SOCKET s = socket(kinds[k].family, kinds[k].type, 0);

            check_any_bytes(s, options.fields[i], page + system.dwPageSize);
            assert_int_equal(closesocket(s), 0);
        }
    }
    assert_int_equal(pair_set(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, 0), 0);
    munmap(page, 2 * (size_t)system.dwPageSize);
}

static int rows_setup(void **state)
{
    table_read(&options, "options.tsv");
    table_read(&outcomes, "option_outcomes.tsv");
    return pair_setup(state);
}

static int rows_teardown(void **state)
{
    free(options.text);
    free(outcomes.text);
    return pair_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_the_list_all_have_outcomes),
        cmocka_unit_test(rows_of_the_list_are_all_in_the_page),
        cmocka_unit_test(rows_do_what_the_outcomes_say),
        cmocka_unit_test(rows_never_write_past_the_room),
        cmocka_unit_test(rows_take_any_bytes),
    };

    return cmocka_run_group_tests(tests, rows_setup, rows_teardown);
}
