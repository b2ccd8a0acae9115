/* SPDX-License-Identifier: MIT */
/* Names of error codes, for people. */
#ifndef CORE_BASE_ERROR_NAME_H
#define CORE_BASE_ERROR_NAME_H

#include <stdint.h>

/* "WSAECONNREFUSED"; NULL for 0 and for a code that winerror.h does not name. */
const char *error_name(uint32_t code);

#endif
