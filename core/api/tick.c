/* SPDX-License-Identifier: MIT */
/* GetTickCount, GetTickCount64, GetSystemTimeAsFileTime. None of them can fail. */
#include <windows.h>

#include "core/base/trace.h"
#include "ring/host/sys.h"

enum { TICK_NS = 1000000, TICK_FILETIME_NS = 100 };

/* From the beginning of 1601 to that of 1970, in units of 100 ns. */
#define TICK_EPOCH INT64_C(116444736000000000)

DWORD WINAPI GetTickCount(void)
{
    TRACE_CALL(GetTickCount);
    return (DWORD)GetTickCount64();
}

ULONGLONG WINAPI GetTickCount64(void)
{
    TRACE_CALL(GetTickCount64);
    return (ULONGLONG)(host_now_ns() / TICK_NS);
}

void WINAPI GetSystemTimeAsFileTime(LPFILETIME time)
{
    TRACE_CALL_VOID(GetSystemTimeAsFileTime, time);
    int64_t units = host_wall_ns() / TICK_FILETIME_NS + TICK_EPOCH;

    time->dwLowDateTime = (DWORD)units;
    time->dwHighDateTime = (DWORD)((uint64_t)units >> 32);
}
