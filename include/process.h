/* SPDX-License-Identifier: MIT */
/* The thread functions of the Windows C runtime. */
#ifndef WS2RING_PROCESS_H
#define WS2RING_PROCESS_H

#include <ws2ring/base.h>

WS2RING_BEGIN_DECLS

/**
 * Starts a thread; as CreateThread(), whose C library needs no other way.
 *
 * @param security   not looked at
 * @param stack_bytes  size of the stack, 0: the system's default
 * @param start      what the thread runs; its result is the exit code
 * @param argument   handed to `start`
 * @param flags      0 or STACK_SIZE_PARAM_IS_A_RESERVATION
 * @param thread_id  receives the thread's number; may be NULL
 * @return a handle that the caller must close; 0 with errno EINVAL (an argument, or a flag that is
 *         not supported) or EAGAIN, and GetLastError() as CreateThread() sets it
 * Source:  Microsoft Learn, "_beginthread, _beginthreadex".
 */
WS2RING_API uintptr_t __cdecl _beginthreadex(void *security, unsigned stack_bytes,
                                             unsigned(__stdcall *start)(void *), void *argument,
                                             unsigned flags, unsigned *thread_id)
    WS2RING_SYM(_beginthreadex);

/** As ExitThread(); the handle stays open. */
WS2RING_API void __cdecl _endthreadex(unsigned exit_code) WS2RING_SYM(_endthreadex)
    __attribute__((__noreturn__));

WS2RING_END_DECLS

#endif
