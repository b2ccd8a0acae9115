/* SPDX-License-Identifier: MIT */
/* The rows are made from include/ws2ring/winerror.h: see cmake/error_names.cmake. */
#include "core/base/error_name.h"

#include <stddef.h>

#include <winsock2.h>

#include "core/base/error_rows.h"

/* clang-format off */
#define ERROR_CASE(code) case code: return #code;
/* clang-format on */

const char *error_name(uint32_t code)
{
    switch (code) {
        ERROR_ROWS(ERROR_CASE)
    default:
        return NULL;
    }
}
