/* SPDX-License-Identifier: MIT */
/*
 * SetConsoleCtrlHandler. `console_lock` protects the list of routines and the ignore flag; routines
 * are called on the console thread without it, so they may add and remove routines themselves.
 */
#include <windows.h>

#include "core/base/result.h"
#include "core/base/trace.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

enum { CONSOLE_HANDLERS_MAX = 64 }; /* routines; a process has one or two */

/* In the order of host_console_start(): SIGINT, SIGQUIT, SIGHUP, SIGTERM. */
static const DWORD console_types[] = {CTRL_C_EVENT, CTRL_BREAK_EVENT, CTRL_CLOSE_EVENT,
                                      CTRL_SHUTDOWN_EVENT};

static struct host_lock console_lock;
static PHANDLER_ROUTINE console_handlers[CONSOLE_HANDLERS_MAX];
static unsigned console_count;
static bool console_ignores_c;

static void console_event(int row)
{
    DWORD type = console_types[row];
    PHANDLER_ROUTINE handlers[CONSOLE_HANDLERS_MAX];
    unsigned count;
    bool ignored;

    host_lock_acquire(&console_lock);
    ignored = console_ignores_c && type == CTRL_C_EVENT;
    count = console_count;
    memcpy(handlers, console_handlers, count * sizeof handlers[0]);
    host_lock_release(&console_lock);
    while (!ignored && count > 0) /* the last one added is asked first */
        ignored = handlers[--count](type);
    if (!ignored)
        host_console_default(row);
}

static uint32_t console_add_locked(PHANDLER_ROUTINE handler)
{
    if (console_count == CONSOLE_HANDLERS_MAX)
        return ERROR_NOT_ENOUGH_MEMORY;
    console_handlers[console_count++] = handler;
    return 0;
}

/* A routine that was added twice must be removed twice. */
static uint32_t console_remove_locked(PHANDLER_ROUTINE handler)
{
    unsigned at = console_count;

    while (at > 0 && console_handlers[at - 1] != handler)
        at--;
    if (at == 0)
        return ERROR_INVALID_PARAMETER;
    for (; at < console_count; at++)
        console_handlers[at - 1] = console_handlers[at];
    console_count--;
    return 0;
}

BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL add)
{
    TRACE_CALL(SetConsoleCtrlHandler, handler, add);
    uint32_t error = 0;

    host_lock_acquire(&console_lock);
    if (handler == NULL)
        console_ignores_c = add;
    else if (add)
        error = console_add_locked(handler);
    else
        error = console_remove_locked(handler);
    host_lock_release(&console_lock);
    /* After the list is right: a signal may arrive at once. */
    if (error == 0 && add && host_console_start(console_event) != 0) {
        SetConsoleCtrlHandler(handler, FALSE);
        error = ERROR_NOT_ENOUGH_MEMORY;
    }
    return api_result_bool(error);
}
