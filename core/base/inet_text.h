/* SPDX-License-Identifier: MIT */
/*
 * Addresses as text, by Windows' rules, which differ from libc's in details. Pure functions; all
 * text is 8 bits wide, addresses are bytes in network order.
 */
#ifndef CORE_BASE_INET_TEXT_H
#define CORE_BASE_INET_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    INET_TEXT_BYTES4 = 4,
    INET_TEXT_BYTES16 = 16,
    INET_TEXT_MAX4 = 16, /* "255.255.255.255" and the zero */
    INET_TEXT_MAX6 = 46  /* the longest, with a dotted end */
};

/* One to four numbers, decimal, octal or hexadecimal; the last fills what is left. Returns how many
 * there were, and where they end; 0: the text does not begin with an address. */
unsigned inet_text_read_parts(const char *text, uint8_t address[INET_TEXT_BYTES4],
                              const char **end);

/* Exactly four decimal numbers, without leading zeros, and nothing else. */
bool inet_text_read4(const char *text, uint8_t address[INET_TEXT_BYTES4]);

/* An IPv6 address as far as it goes; NULL: the text does not begin with one. */
const char *inet_text_read6(const char *text, uint8_t address[INET_TEXT_BYTES16]);

/* Return the text's length, without its zero. */
unsigned inet_text_write4(const uint8_t address[INET_TEXT_BYTES4], char text[INET_TEXT_MAX4]);
unsigned inet_text_write6(const uint8_t address[INET_TEXT_BYTES16], char text[INET_TEXT_MAX6]);

#endif
