/* SPDX-License-Identifier: MIT */
/* WSAEventSelect and WSAEnumNetworkEvents. */
#include <winsock2.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/selection.h"

/* Bits that name no event choose nothing. Takes the reference to the event over. */
static int select_events(struct sock *sock, struct event *event, long events)
{
    int error = selection_choose(sock, events == 0 ? NULL : event, events);

    if (error != 0 || events == 0)
        event_unref(event);
    return error;
}

int WSAAPI WSAEventSelect(SOCKET s, WSAEVENT event_handle, long events)
{
    TRACE_CALL(WSAEventSelect, s, event_handle, events);
    struct sock *sock = NULL;
    struct event *event = NULL;
    int error;

    /* Checks run in the order of the table in docs/calls/WSAEventSelect.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (events != 0 && (event = event_ref((uintptr_t)event_handle)) == NULL)
        error = WSAEINVAL;
    else
        error = select_events(sock, event, events & FD_ALL_EVENTS);
    sock_unref(sock);
    return api_result(error);
}

int WSAAPI WSAEnumNetworkEvents(SOCKET s, WSAEVENT event_handle, LPWSANETWORKEVENTS found)
{
    TRACE_CALL(WSAEnumNetworkEvents, s, event_handle, found);
    struct sock *sock = NULL;
    struct event *event = NULL;
    int error;

    /* Checks run in the order of the table in docs/calls/WSAEnumNetworkEvents.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((sock = sock_ref(s)) == NULL)
        error = WSAENOTSOCK;
    else if (event_handle != NULL && (event = event_ref((uintptr_t)event_handle)) == NULL)
        error = WSAEINVAL;
    else
        error = selection_read(sock, event, found);

    event_unref(event);
    sock_unref(sock);
    return api_result(error);
}
