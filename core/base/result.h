/* SPDX-License-Identifier: MIT */
/* Reporting the outcome of an entry point: the only writers of the thread's last error. */
#ifndef CORE_BASE_RESULT_H
#define CORE_BASE_RESULT_H

#include "core/base/thread.h"

/* Winsock: 0, or SOCKET_ERROR (-1) with the last error set. Success sets it to 0
 * (SOCKOPT-GEN-16, RECV-02, SHUTDOWN-11). */
static inline int api_result(int error)
{
    thread_set_error((uint32_t)error);
    return error == 0 ? 0 : -1;
}

/* Win32: TRUE, or FALSE with the last error set. Success leaves the last error alone (IOCP-04). */
static inline int api_result_bool(uint32_t error)
{
    if (error != 0)
        thread_set_error(error);
    return error == 0;
}

#endif
