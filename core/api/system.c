/* SPDX-License-Identifier: MIT */
/* The machine, the clock and the process heap. None of these needs WSAStartup(). */
#include <stdlib.h>

#include <windows.h>

#include "core/base/result.h"
#include "core/base/trace.h"
#include "ring/host/sys.h"

enum {
    SYSTEM_GRANULARITY_BYTES = 65536, /* what every Windows reports */
    SYSTEM_TYPE_AMD64 = 8664          /* PROCESSOR_AMD_X8664 */
};

static char system_heap; /* its address is the heap's handle; no object of the table has it */

void WINAPI GetSystemInfo(LPSYSTEM_INFO info)
{
    TRACE_CALL_VOID(GetSystemInfo, info);
    unsigned cpus = host_cpu_count();

    memset(info, 0, sizeof *info);
#if defined(__x86_64__)
    info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64;
    info->dwProcessorType = SYSTEM_TYPE_AMD64;
#else
    info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_ARM64;
#endif
    info->dwPageSize = host_page_bytes();
    info->lpMinimumApplicationAddress = (LPVOID)(uintptr_t)SYSTEM_GRANULARITY_BYTES;
    info->lpMaximumApplicationAddress = (LPVOID)(uintptr_t)0x00007FFFFFFEFFFF;
    info->dwActiveProcessorMask = cpus >= 64 ? ~(DWORD_PTR)0 : ((DWORD_PTR)1 << cpus) - 1;
    info->dwNumberOfProcessors = cpus;
    info->dwAllocationGranularity = SYSTEM_GRANULARITY_BYTES;
}

HANDLE WINAPI GetProcessHeap(void)
{
    TRACE_CALL(GetProcessHeap);
    return &system_heap;
}

LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T bytes)
{
    TRACE_CALL(HeapAlloc, heap, flags, bytes);
    SIZE_T wanted_bytes = bytes == 0 ? 1 : bytes; /* no bytes still give a pointer */

    if (heap != &system_heap)
        return NULL;
    return flags & HEAP_ZERO_MEMORY ? calloc(1, wanted_bytes) : malloc(wanted_bytes);
}

BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID memory)
{
    TRACE_CALL(HeapFree, heap, flags, memory);
    (void)flags;
    if (heap != &system_heap)
        return api_result_bool(ERROR_INVALID_HANDLE);
    free(memory);
    return TRUE;
}

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count)
{
    TRACE_CALL(QueryPerformanceCounter, count);
    count->QuadPart = host_now_ns();
    return TRUE;
}

BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
    TRACE_CALL(QueryPerformanceFrequency, frequency);
    frequency->QuadPart = 1000000000; /* host_now_ns() counts nanoseconds */
    return TRUE;
}
