/* SPDX-License-Identifier: MIT */
/*
 * Wide text of either width of WCHAR (2: UTF-16, 4: UTF-32) to UTF-8 and back. All text ends with a
 * zero. Nothing is written beyond the room given; what does not fit or is not valid is refused.
 */
#ifndef CORE_BASE_WIDE_H
#define CORE_BASE_WIDE_H

#include <stdbool.h>
#include <stddef.h>

/* False: not valid, or longer than `room` bytes with its zero. */
bool wide_to_utf8(const void *wide, unsigned width, char *text, size_t room);

/* Returns the length in characters, with the zero; more than `room`: nothing useful was written;
 * 0: not valid. `wide` may be NULL when `room` is 0. */
size_t wide_from_utf8(const char *text, void *wide, unsigned width, size_t room);

#endif
