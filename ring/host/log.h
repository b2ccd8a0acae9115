/* SPDX-License-Identifier: MIT */
/*
 * A place for diagnostic lines that the user asks for with an environment variable. The descriptor
 * is the library's own; should the application have closed it with all others, nothing is written,
 * because the number may be a connection of somebody's by then.
 */
#ifndef RING_HOST_LOG_H
#define RING_HOST_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* Opens what the variable names: "1" or "-" is standard error, other text a file, appended to.
 * False: unset, empty or "0", or the file cannot be opened, which standard error is told. Once,
 * before there are threads; ignored in a program that runs with another user's rights. */
bool host_log_open(const char *variable);

/* Writes a line with one write(2), so that lines of several threads and processes do not mix. */
void host_log_line(const char *text, size_t bytes);

#endif
