/* SPDX-License-Identifier: MIT */
/* ProcessSocketNotifications: docs/calls holds its checks in order. It returns its code. */
#include <winsock2.h>

#include <windows.h>

#include "core/base/mem.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/notification.h"
#include "ring/host/sys.h"

#define NOTIFY_COUNT_MAX (1u << 24) /* nobody has as many sockets */

enum { NOTIFY_SMALL = 32 }; /* entries that need no memory from the allocator */

static bool notify_flags_fit(const SOCK_NOTIFY_REGISTRATION *wish)
{
    const UINT8 when = wish->triggerFlags & (SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_EDGE);
    const UINT8 how_often = SOCK_NOTIFY_TRIGGER_ONESHOT | SOCK_NOTIFY_TRIGGER_PERSISTENT;

    if (wish->operation == SOCK_NOTIFY_OP_DISABLE || wish->operation == SOCK_NOTIFY_OP_REMOVE)
        return true; /* the other fields are not looked at */
    return wish->operation == SOCK_NOTIFY_OP_ENABLE &&
           (wish->eventFilter & ~SOCK_NOTIFY_REGISTER_EVENTS_ALL) == 0 &&
           (wish->triggerFlags & ~SOCK_NOTIFY_TRIGGER_ALL) == 0 &&
           (when == SOCK_NOTIFY_TRIGGER_LEVEL || when == SOCK_NOTIFY_TRIGGER_EDGE) &&
           (wish->triggerFlags & how_often) != how_often;
}

/* One entry. What its registrationResult will be. */
static uint32_t notify_register(struct port *port, const SOCK_NOTIFY_REGISTRATION *wish)
{
    struct sock *sock;
    uint32_t error;

    if (wish->operation == SOCK_NOTIFY_OP_NONE)
        return 0;
    sock = sock_ref(wish->socket);
    if (sock == NULL)
        return WSAENOTSOCK;
    error = notify_flags_fit(wish) ? notification_change(sock, port, wish) : WSAEINVAL;
    sock_unref(sock);
    return error;
}

/* All entries, or none and an error: WSAEFAULT or WSAENOBUFS. */
static int notify_register_all(struct port *port, SOCK_NOTIFY_REGISTRATION *infos, UINT32 count)
{
    SOCK_NOTIFY_REGISTRATION small[NOTIFY_SMALL];
    SOCK_NOTIFY_REGISTRATION *copy = small;
    int error = 0;

    if (count > NOTIFY_COUNT_MAX)
        return WSAEFAULT;
    if (count > NOTIFY_SMALL)
        copy = mem_zalloc(0, count * sizeof *copy);
    if (copy == NULL || thread_self() == NULL)
        error = WSAENOBUFS;
    else if (host_copy_from(copy, infos, count * sizeof *copy) != 0)
        error = WSAEFAULT;
    for (UINT32 i = 0; i < count && error == 0; i++)
        infos[i].registrationResult = notify_register(port, &copy[i]);
    if (copy != small)
        mem_free(copy);
    return error;
}

static int notify_take(struct port *port, UINT32 timeout, OVERLAPPED_ENTRY *entries, ULONG count,
                       UINT32 *received)
{
    unsigned taken = 0;
    uint32_t error = port_take(port, entries, count, &taken, thread_deadline_ns(timeout), false);

    if (error == 0 || error == WAIT_TIMEOUT)
        *received = taken;
    else if (error == ERROR_ABANDONED_WAIT_0) /* closed meanwhile: it is none any more */
        error = WSAENOTSOCK;
    else
        error = WSAENOBUFS;
    return (int)error;
}

DWORD WSAAPI ProcessSocketNotifications(HANDLE handle, UINT32 registration_count,
                                        SOCK_NOTIFY_REGISTRATION *registrations, UINT32 timeout,
                                        ULONG completion_count, OVERLAPPED_ENTRY *entries,
                                        UINT32 *received_count)
{
    TRACE_CALL(ProcessSocketNotifications, handle, registration_count, registrations, timeout,
               completion_count, entries, received_count);
    struct port *port = NULL;
    bool counted = false;
    int error = 0;

    /* Checks run in the order of the table in docs/calls/ProcessSocketNotifications.md. */
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((registration_count == 0) != (registrations == NULL) ||
             (completion_count == 0) != (entries == NULL) ||
             (completion_count == 0) != (received_count == NULL) ||
             (completion_count == 0 && timeout != 0))
        error = WSAEINVAL;
    else if ((port = port_ref_to_take((ULONG_PTR)handle, &counted)) == NULL)
        error = WSAENOTSOCK;
    else if (registration_count > 0)
        error = notify_register_all(port, registrations, registration_count);
    if (error == 0 && completion_count > 0)
        error = notify_take(port, timeout, entries, completion_count, received_count);
    if (counted)
        port_unref(port);
    return (DWORD)error;
}
