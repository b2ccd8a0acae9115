/* SPDX-License-Identifier: MIT */
/* Expands the rows of errmap_rows.h. Pure functions; called by every module that reports errors. */
#include "core/base/errmap.h"

#include "core/base/errmap_rows.h"

#define ERRMAP_CASE(from, to) \
    case from:                \
        return to;
#define ERRMAP_STATUS_FROM(from, to) \
    case from:                       \
        return (uint32_t)(to);
#define ERRMAP_OF_STATUS(from, to) \
    case (uint32_t)(from):         \
        return to;

/* What one call reports differently from all others; 0: nothing. */
static int errmap_special(enum errmap_call call, int linux_error)
{
#define ERRMAP_CALL(name, rows) \
    case ERRMAP_CALL_##name:    \
        switch (linux_error) {  \
            rows(ERRMAP_CASE)   \
        }                       \
        break;

    switch (call) {
        ERRMAP_CALL(SOCKET, ERRMAP_SOCKET)
        ERRMAP_CALL(BIND, ERRMAP_BIND)
        ERRMAP_CALL(LISTEN, ERRMAP_LISTEN)
        ERRMAP_CALL(ACCEPT, ERRMAP_ACCEPT)
        ERRMAP_CALL(CONNECT, ERRMAP_CONNECT)
        ERRMAP_CALL(SEND, ERRMAP_SEND)
        ERRMAP_CALL(RECV, ERRMAP_RECV)
        ERRMAP_CALL(OPTION, ERRMAP_OPTION)
    case ERRMAP_CALL_ANY:
        break;
    }
#undef ERRMAP_CALL
    return 0;
}

int errmap_to_wsa(enum errmap_call call, int linux_error)
{
    int special = errmap_special(call, linux_error);

    if (special != 0 || linux_error == 0)
        return special;
    switch (linux_error) {
        ERRMAP_ANY(ERRMAP_CASE)
    }
    return WSASYSCALLFAILURE; /* nobody mapped this errno: a bug in the table, never a guess */
}

uint32_t errmap_to_status(enum errmap_call call, int linux_error)
{
    if (linux_error == 0)
        return (uint32_t)STATUS_SUCCESS;
    if (call == ERRMAP_CALL_RECV) {
        switch (linux_error) {
            ERRMAP_STATUS_RECV(ERRMAP_STATUS_FROM)
        }
    } else if (call == ERRMAP_CALL_CONNECT) {
        switch (linux_error) {
            ERRMAP_STATUS_CONNECT(ERRMAP_STATUS_FROM)
        }
    }
    switch (linux_error) {
        ERRMAP_STATUS_ANY(ERRMAP_STATUS_FROM)
    }
    return (uint32_t)STATUS_UNEXPECTED_NETWORK_ERROR;
}

/* The two high bits of a status: 0 success, 1 information, 2 warning, 3 error. */
static int errmap_failed(uint32_t status)
{
    return status >> 30 >= 2;
}

int errmap_status_to_wsa(uint32_t status)
{
    if (!errmap_failed(status))
        return 0;
    switch (status) {
        ERRMAP_WSA_OF_STATUS(ERRMAP_OF_STATUS)
    case 0x80070000u | WSA_IO_INCOMPLETE: /* a Win32 code inside a status: OVERLAPPED-09 */
    case 0xC0010000u | WSA_IO_INCOMPLETE:
    case 0xC0070000u | WSA_IO_INCOMPLETE:
        return WSA_IO_INCOMPLETE;
    default:
        return WSAEINVAL;
    }
}

uint32_t errmap_status_to_win32(uint32_t status)
{
    if (!errmap_failed(status))
        return 0;
    switch (status) {
        ERRMAP_WIN32_OF_STATUS(ERRMAP_OF_STATUS)
    default:
        return ERRMAP_ERROR_UNKNOWN;
    }
}
