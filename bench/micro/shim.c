/* SPDX-License-Identifier: MIT */
/* The operations that micro.cpp times, through the API and below it. */
#include "bench/micro/shim.h"

#include <winsock2.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/base/handle.h"
#include "core/object/event.h"
#include "core/object/op.h"

static WSAEVENT shim_event;
static WSAEVENT shim_event_set; /* stays signalled */
static HANDLE shim_port;
static struct event *shim_object; /* behind shim_event */

#define SHIM_CHECK(condition)                                          \
    do {                                                               \
        if (!(condition)) {                                            \
            fprintf(stderr, "micro: does not hold: %s\n", #condition); \
            exit(1);                                                   \
        }                                                              \
    } while (0)

void shim_open(void)
{
    WSADATA data;

    SHIM_CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    shim_event = WSACreateEvent();
    shim_event_set = WSACreateEvent();
    shim_port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    SHIM_CHECK(shim_event != NULL && shim_event_set != NULL && shim_port != NULL);
    SHIM_CHECK(WSASetEvent(shim_event_set));
    shim_object = event_ref((uintptr_t)shim_event);
    SHIM_CHECK(shim_object != NULL);
}

void shim_close(void)
{
    event_unref(shim_object);
    CloseHandle(shim_port);
    WSACloseEvent(shim_event_set);
    WSACloseEvent(shim_event);
    WSACleanup();
}

void shim_handle_ref_unref(unsigned count)
{
    uint32_t handle = (uint32_t)(uintptr_t)shim_event;

    for (unsigned i = 0; i < count; i++) {
        SHIM_CHECK(handle_ref(handle, HANDLE_EVENT) != NULL);
        handle_unref(handle);
    }
}

void shim_waitable_set_reset(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        waitable_set(&shim_object->wait);
        waitable_reset(&shim_object->wait);
    }
}

void shim_event_set_reset(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        SHIM_CHECK(WSASetEvent(shim_event));
        SHIM_CHECK(WSAResetEvent(shim_event));
    }
}

void shim_event_wait(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        DWORD index = WSAWaitForMultipleEvents(1, &shim_event_set, FALSE, 0, FALSE);

        SHIM_CHECK(index == WSA_WAIT_EVENT_0);
    }
}

void shim_port_post_take(unsigned count)
{
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    OVERLAPPED *overlapped = NULL;

    for (unsigned i = 0; i < count; i++) {
        SHIM_CHECK(PostQueuedCompletionStatus(shim_port, i, 1, NULL));
        SHIM_CHECK(GetQueuedCompletionStatus(shim_port, &bytes, &key, &overlapped, 0));
        SHIM_CHECK(bytes == i);
    }
}

void shim_op_take_give(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct op *op = op_take();

        SHIM_CHECK(op != NULL);
        op_give(op);
    }
}
