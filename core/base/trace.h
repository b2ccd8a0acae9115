/* SPDX-License-Identifier: MIT */
/*
 * WS2RING_TRACE: one line per call. Every exported function begins with
 *
 *     TRACE_CALL(recv, s, buffer, bytes, flags);      or, without a result,
 *     TRACE_CALL_VOID(WSASetLastError, error);
 */
#ifndef CORE_BASE_TRACE_H
#define CORE_BASE_TRACE_H

#define TRACE_CALL(function, ...)
#define TRACE_CALL_VOID(function, ...)

#endif
