/* SPDX-License-Identifier: MIT */
/* The library's ways to wait for any of many: through its calls, and below them. */
#include "bench/micro/wait_any.h"

#include <winsock2.h>

#include <windows.h>

#include "core/object/event.h"
#include "driven.h"
#include "ring/engine/park.h"

static HANDLE handles[WAIT_ANY_EVENTS];
static struct waitable *objects[WAIT_ANY_EVENTS];

static void own_open(int count)
{
    for (int i = 0; i < count; i++) {
        handles[i] = CreateEventA(NULL, FALSE, FALSE, NULL);
        if (handles[i] == NULL)
            driven_fail("CreateEvent", (int)GetLastError());
        objects[i] = &event_ref((uintptr_t)handles[i])->wait;
    }
}

static void winsock_open(int count)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0)
        driven_fail("WSAStartup", error);
    own_open(count);
}

static void winsock_set(int index)
{
    WSASetEvent(handles[index]);
}

static int winsock_wait(int first, int count)
{
    return first +
           (int)WSAWaitForMultipleEvents((DWORD)count, handles + first, FALSE, WSA_INFINITE, FALSE);
}

static void waitable_set_at(int index)
{
    waitable_set(objects[index]);
}

static int waitable_wait_at(int first, int count)
{
    return first + waitable_wait(objects + first, (unsigned)count, false, PARK_FOREVER);
}

const struct wait_any_way wait_any_winsock = {"winsock", winsock_open, winsock_set, winsock_wait};
const struct wait_any_way wait_any_waitable = {"waitable", own_open, waitable_set_at,
                                               waitable_wait_at};
