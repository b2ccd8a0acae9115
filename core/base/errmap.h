/* SPDX-License-Identifier: MIT */
/*
 * Error numbers, three kinds: Linux errno -> WSA code for calls that fail at once, Linux errno ->
 * NTSTATUS for completions, NTSTATUS -> WSA code or Win32 code for those who ask for the result.
 * Row lists in errmap_rows.h are expanded here and in tests/unit/test_errmap.c.
 */
#ifndef CORE_BASE_ERRMAP_H
#define CORE_BASE_ERRMAP_H

#include <stdint.h>

enum errmap_call {
    ERRMAP_CALL_ANY,
    ERRMAP_CALL_SOCKET,
    ERRMAP_CALL_BIND,
    ERRMAP_CALL_LISTEN,
    ERRMAP_CALL_ACCEPT,
    ERRMAP_CALL_CONNECT,
    ERRMAP_CALL_SEND,
    ERRMAP_CALL_RECV,
    ERRMAP_CALL_OPTION
};

/* `linux_error` is a positive errno; 0 gives 0. */
int errmap_to_wsa(enum errmap_call call, int linux_error);
uint32_t errmap_to_status(enum errmap_call call, int linux_error);

/* Any NTSTATUS; facts OVERLAPPED-05 to -09. Success and information codes give 0. */
int errmap_status_to_wsa(uint32_t status);
uint32_t errmap_status_to_win32(uint32_t status);

#endif
