/* SPDX-License-Identifier: MIT */
/* Threads and sleeping. None of these needs WSAStartup(). */
#include <windows.h>

#include "core/base/result.h"
#include "core/base/thread.h"
#include "core/base/trace.h"
#include "core/object/thread_object.h"
#include "ring/host/sys.h"

HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack_bytes,
                           LPTHREAD_START_ROUTINE start, LPVOID parameter, DWORD flags,
                           LPDWORD thread_id)
{
    TRACE_CALL(CreateThread, attributes, stack_bytes, start, parameter, flags, thread_id);
    uint32_t handle = 0;
    uint32_t error = 0;

    (void)attributes; /* says whether children inherit the handle; there are no such children */
    /* Checks run in the order of the table in docs/calls/CreateThread.md. */
    if (start == NULL)
        error = ERROR_INVALID_PARAMETER;
    else if (flags & ~(DWORD)(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION))
        error = ERROR_INVALID_PARAMETER;
    else if (flags & CREATE_SUSPENDED)
        error = ERROR_NOT_SUPPORTED;
    else if ((handle = thread_object_start(start, parameter, stack_bytes, thread_id)) == 0)
        error = ERROR_NOT_ENOUGH_MEMORY;
    api_result_bool(error);
    return (HANDLE)(uintptr_t)handle;
}

BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD exit_code)
{
    TRACE_CALL(GetExitCodeThread, thread, exit_code);
    struct thread_object *object = thread_object_ref((uintptr_t)thread);
    uint32_t error = 0;

    if (object == NULL)
        error = ERROR_INVALID_HANDLE;
    else
        *exit_code = waitable_signalled(&object->wait) ? object->exit_code : STILL_ACTIVE;
    thread_object_unref(object);
    return api_result_bool(error);
}

DWORD WINAPI GetCurrentThreadId(void)
{
    TRACE_CALL(GetCurrentThreadId);
    return host_thread_id();
}

void WINAPI Sleep(DWORD timeout)
{
    TRACE_CALL_VOID(Sleep, timeout);
    int64_t deadline_ns = thread_deadline_ns(timeout);
    struct thread *self = timeout == 0 ? NULL : thread_self();

    /* A wait like any other, so that a port does not count the sleeper as busy. True: a late wake
     * of an earlier wait. */
    if (self != NULL) {
        while (thread_wait(self, deadline_ns))
            ;
    } else if (timeout != 0) {
        host_sleep_until(deadline_ns);
    } else {
        host_yield();
    }
}

BOOL WINAPI SwitchToThread(void)
{
    TRACE_CALL(SwitchToThread);
    host_yield();
    return TRUE;
}
