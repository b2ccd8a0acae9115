/* SPDX-License-Identifier: MIT */
/* See inet_text.h; the facts are INETADDR-03, -05 and PTON-05, -09. */
#include "core/base/inet_text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = 4, GROUPS = 8, GROUP_DIGITS_MAX = 4, PART_DIGITS_MAX = 3 };

/* The value of a digit, or 16 or more. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

/* Digits of one base, at least one; NULL: none. The number wraps around. */
static const char *read_digits(const char *at, unsigned base, uint32_t *number)
{
    const char *first = at;

    for (*number = 0; digit_value(*at) < base; at++)
        *number = *number * base + digit_value(*at);
    return at == first ? NULL : at;
}

/* A number in C's notation. An 8 after a leading 0 is no digit, and so ends it. */
static const char *read_number(const char *at, uint32_t *number)
{
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        return read_digits(at + 2, 16, number);
    return read_digits(at, at[0] == '0' ? 8 : 10, number);
}

unsigned inet_text_read_parts(const char *text, uint8_t address[INET_TEXT_BYTES4], const char **end)
{
    uint32_t parts[PARTS_MAX];
    uint32_t value = 0;
    unsigned count = 0;
    const char *at = text;

    for (;;) {
        at = read_number(at, &parts[count++]);
        if (at == NULL)
            return 0;
        if (*at != '.')
            break;
        if (count == PARTS_MAX)
            return 0;
        at++;
    }
    for (unsigned i = 0; i + 1 < count; i++) {
        if (parts[i] > UINT8_MAX)
            return 0;
        value |= parts[i] << (24 - 8 * i);
    }
    if (count > 1 && parts[count - 1] >> (8 * (PARTS_MAX + 1 - count)) != 0)
        return 0;
    value |= parts[count - 1];
    for (unsigned i = 0; i < PARTS_MAX; i++)
        address[i] = (uint8_t)(value >> (24 - 8 * i));
    *end = at;
    return count;
}

/* Four decimal numbers; how a number may begin differs by where the address stands. */
static const char *read_decimals(const char *at, bool leading_zeros,
                                 uint8_t address[INET_TEXT_BYTES4])
{
    for (unsigned i = 0; i < PARTS_MAX; i++) {
        const char *first = at;
        uint32_t number;

        at = read_digits(at, 10, &number);
        if (at == NULL || at - first > PART_DIGITS_MAX || number > UINT8_MAX)
            return NULL;
        if (!leading_zeros && *first == '0' && at - first > 1)
            return NULL;
        address[i] = (uint8_t)number;
        if (i + 1 < PARTS_MAX && *at++ != '.')
            return NULL;
    }
    return at;
}

bool inet_text_read4(const char *text, uint8_t address[INET_TEXT_BYTES4])
{
    uint8_t parsed[INET_TEXT_BYTES4];
    const char *end = read_decimals(text, false, parsed);

    if (end == NULL || *end != '\0')
        return false;
    memcpy(address, parsed, sizeof parsed);
    return true;
}

/* An address under construction: bytes before and after the "::". */
struct groups {
    uint8_t bytes[INET_TEXT_BYTES16];
    unsigned used;
    int gap;     /* where "::" stands, or -1 */
    bool dotted; /* it has a dotted end, which nothing follows */
};

/* One group, or the dotted end; NULL: neither. */
static const char *read_group(struct groups *groups, const char *at)
{
    const char *first = at;
    uint32_t number;

    at = read_digits(at, 16, &number);
    if (at == NULL)
        return NULL;
    if (*at == '.') {
        if (groups->used + INET_TEXT_BYTES4 > INET_TEXT_BYTES16)
            return NULL;
        at = read_decimals(first, true, groups->bytes + groups->used);
        groups->used += INET_TEXT_BYTES4;
        groups->dotted = true;
        return at;
    }
    if (at - first > GROUP_DIGITS_MAX || groups->used + 2 > INET_TEXT_BYTES16)
        return NULL;
    groups->bytes[groups->used++] = (uint8_t)(number >> 8);
    groups->bytes[groups->used++] = (uint8_t)number;
    return at;
}

/* Puts zeros where "::" stands; false: too few groups without one, or too many with one. */
static bool groups_finish(const struct groups *groups, uint8_t address[INET_TEXT_BYTES16])
{
    unsigned head = groups->gap < 0 ? groups->used : (unsigned)groups->gap;
    unsigned tail = groups->used - head;

    if (groups->gap < 0 ? groups->used != INET_TEXT_BYTES16 : groups->used + 2 > INET_TEXT_BYTES16)
        return false;
    memset(address, 0, INET_TEXT_BYTES16);
    memcpy(address, groups->bytes, head);
    memcpy(address + INET_TEXT_BYTES16 - tail, groups->bytes + head, tail);
    return true;
}

const char *inet_text_read6(const char *text, uint8_t address[INET_TEXT_BYTES16])
{
    struct groups groups = {.gap = -1};
    const char *at = text;

    if (at[0] == ':' && at[1] == ':') {
        groups.gap = 0;
        at += 2;
    }
    while (digit_value(*at) < 16) {
        at = read_group(&groups, at);
        if (at == NULL)
            return NULL;
        if (groups.dotted || *at != ':')
            break;
        if (at[1] == ':' && groups.gap < 0) {
            groups.gap = (int)groups.used;
            at += 2;
        } else if (digit_value(at[1]) < 16) {
            at++;
        }
    }
    return groups_finish(&groups, address) ? at : NULL;
}

unsigned inet_text_write4(const uint8_t address[INET_TEXT_BYTES4], char text[INET_TEXT_MAX4])
{
    return (unsigned)snprintf(text, INET_TEXT_MAX4, "%u.%u.%u.%u", address[0], address[1],
                              address[2], address[3]);
}

static uint16_t group_at(const uint8_t *address, unsigned index)
{
    return (uint16_t)(address[2 * index] << 8 | address[2 * index + 1]);
}

/* The first of the longest runs of two or more zero groups; 0 groups: there is none. */
static unsigned longest_run(const uint8_t *address, unsigned *start)
{
    unsigned longest = 1;
    unsigned run = 0;

    *start = GROUPS;
    for (unsigned i = 0; i < GROUPS; i++) {
        run = group_at(address, i) == 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            *start = i + 1 - run;
        }
    }
    return longest > 1 ? longest : 0;
}

unsigned inet_text_write6(const uint8_t address[INET_TEXT_BYTES16], char text[INET_TEXT_MAX6])
{
    unsigned start;
    unsigned run = longest_run(address, &start);
    /* ::a.b.c.d and ::ffff:a.b.c.d */
    bool dotted = start == 0 && (run == 6 || (run == 5 && group_at(address, 5) == 0xffff));
    unsigned groups = dotted ? GROUPS - 2 : GROUPS;
    unsigned used = 0;

    for (unsigned i = 0; i < groups; i++) {
        if (i == start) {
            used += (unsigned)snprintf(text + used, INET_TEXT_MAX6 - used, "::");
            i += run - 1;
            continue;
        }
        used += (unsigned)snprintf(text + used, INET_TEXT_MAX6 - used, "%s%x",
                                   i == 0 || i == start + run ? "" : ":", group_at(address, i));
    }
    if (dotted) {
        if (run == 5)
            text[used++] = ':';
        used += inet_text_write4(address + 12, text + used);
    }
    return used;
}
