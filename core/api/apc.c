/* SPDX-License-Identifier: MIT */
/* QueueUserAPC. It works without WSAStartup(). */
#include <stdlib.h>

#include <windows.h>

#include "core/base/apc.h"
#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/object/thread_object.h"

struct user_apc {
    struct apc apc;
    PAPCFUNC function;
    ULONG_PTR data;
};

static void user_apc_run(struct apc *apc, bool live)
{
    struct user_apc call = *(struct user_apc *)(void *)apc;

    free(apc);
    if (live)
        call.function(call.data);
}

static uint32_t user_apc_queue(PAPCFUNC function, struct thread *thread, uint32_t id,
                               ULONG_PTR data)
{
    struct user_apc *call = malloc(sizeof *call);

    if (call == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    call->apc.run = user_apc_run;
    call->function = function;
    call->data = data;
    if (apc_queue(thread, id, &call->apc))
        return 0;
    free(call);
    return ERROR_GEN_FAILURE;
}

static uint32_t user_apc_queue_object(PAPCFUNC function, struct thread_object *object,
                                      ULONG_PTR data)
{
    struct waitable *started = &object->started;

    /* It is its start that makes it known; that takes no longer than it takes to start. */
    waitable_wait(&started, 1, false, PARK_FOREVER);
    if (object->thread == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    return user_apc_queue(function, object->thread, object->life, data);
}

DWORD WINAPI QueueUserAPC(PAPCFUNC function, HANDLE thread, ULONG_PTR data)
{
    TRACE_CALL(QueueUserAPC, function, thread, data);
    struct thread_object *object = NULL;
    struct thread *self = NULL;
    uint32_t error;

    /* Checks run in the order of the table in docs/calls/QueueUserAPC.md. */
    if (thread == GetCurrentThread())
        self = thread_self();
    else
        object = thread_object_ref((uintptr_t)thread);
    if (object == NULL && thread != GetCurrentThread())
        error = ERROR_INVALID_HANDLE;
    else if (function == NULL)
        error = ERROR_INVALID_PARAMETER;
    else if (object != NULL)
        error = user_apc_queue_object(function, object, data);
    else if (self != NULL)
        error = user_apc_queue(function, self, self->id, data);
    else
        error = ERROR_NOT_ENOUGH_MEMORY;
    thread_object_unref(object);
    return (DWORD)api_result_bool(error);
}
