/* SPDX-License-Identifier: MIT */
/* What the functions that create Win32 objects share. */
#ifndef CORE_API_CREATE_H
#define CORE_API_CREATE_H

#include <windows.h>

#include "core/base/result.h"

/* Whether a name was given, in any width; an empty one is none. */
#define CREATE_NAMED(name) ((name) != NULL && (name)[0] != 0)

/* The new object's handle; 0: there was no memory. Unlike other calls these clear the last error,
 * because programs ask it for ERROR_ALREADY_EXISTS. Names are refused: they would have to be known
 * to other processes, and pretending would let a program start twice that means to run once. */
static inline HANDLE create_result(uint32_t handle, bool named)
{
    uint32_t error = 0;

    if (named)
        error = ERROR_NOT_SUPPORTED;
    else if (handle == 0)
        error = ERROR_NOT_ENOUGH_MEMORY;
    thread_set_error(error);
    return (HANDLE)(uintptr_t)handle;
}

#endif
