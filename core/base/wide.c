/* SPDX-License-Identifier: MIT */
/* See wide.h. */
#include "core/base/wide.h"

#include <stdint.h>
#include <string.h>

enum { WIDE_CODE_MAX = 0x10FFFF, WIDE_BAD = -1 };

static bool is_surrogate(uint32_t code, uint32_t first)
{
    return code >= first && code < first + 0x400;
}

/* The next character, and past it; WIDE_BAD: not valid. */
static int32_t next_wide(const unsigned char **at, unsigned width)
{
    uint32_t code = 0;
    uint16_t low;

    memcpy(&code, *at, width); /* little-endian: the low bytes come first */
    *at += width;
    if (is_surrogate(code, 0xD800) && width == 2) {
        memcpy(&low, *at, sizeof low);
        if (!is_surrogate(low, 0xDC00))
            return WIDE_BAD;
        *at += sizeof low;
        return (int32_t)(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00u));
    }
    if (code > WIDE_CODE_MAX || is_surrogate(code, 0xD800) || is_surrogate(code, 0xDC00))
        return WIDE_BAD;
    return (int32_t)code;
}

/* Bytes of a character in UTF-8; `bytes` has room for four. */
static unsigned put_utf8(uint32_t code, char *bytes)
{
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    unsigned count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (unsigned i = count; i > 1; i--, code >>= 6)
        bytes[i - 1] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(code | marks[count]);
    return count;
}

bool wide_to_utf8(const void *wide, unsigned width, char *text, size_t room)
{
    const unsigned char *at = wide;
    size_t used = 0;

    for (;;) {
        int32_t code = next_wide(&at, width);
        char bytes[4];
        unsigned count;

        if (code < 0)
            return false;
        count = put_utf8((uint32_t)code, bytes);
        if (count > room - used)
            return false;
        memcpy(text + used, bytes, count);
        used += count;
        if (code == 0)
            return true;
    }
}

static int32_t next_utf8(const unsigned char **at)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = *(*at)++;
    unsigned count = code < 0x80 ? 1 : code < 0xC0 ? 0 : code < 0xE0 ? 2 : code < 0xF0 ? 3 : 4;

    if (count == 1)
        return (int32_t)code;
    if (count == 0 || code >= 0xF8)
        return WIDE_BAD;
    code &= 0x7Fu >> count;
    for (unsigned i = 1; i < count; i++, (*at)++) {
        if ((**at & 0xC0) != 0x80)
            return WIDE_BAD;
        code = code << 6 | (**at & 0x3F);
    }
    if (code < least[count] || code > WIDE_CODE_MAX || is_surrogate(code, 0xD800) ||
        is_surrogate(code, 0xDC00))
        return WIDE_BAD;
    return (int32_t)code;
}

/* Units of a character in UTF-16 or UTF-32. */
static unsigned put_wide(uint32_t code, unsigned width, uint32_t units[2])
{
    units[0] = code;
    if (width == 4 || code < 0x10000)
        return 1;
    units[0] = 0xD800 + ((code - 0x10000) >> 10);
    units[1] = 0xDC00 + ((code - 0x10000) & 0x3FF);
    return 2;
}

size_t wide_from_utf8(const char *text, void *wide, unsigned width, size_t room)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char *to = wide;
    size_t used = 0;

    for (;;) {
        int32_t code = next_utf8(&at);
        uint32_t units[2];
        unsigned count;

        if (code < 0)
            return 0;
        count = put_wide((uint32_t)code, width, units);
        for (unsigned i = 0; i < count; i++, used++) {
            if (used < room)
                memcpy(to + used * width, &units[i], width);
        }
        if (code == 0)
            return used;
    }
}
