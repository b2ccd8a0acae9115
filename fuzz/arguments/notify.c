/* SPDX-License-Identifier: MIT */
/* ProcessSocketNotifications() and SocketNotificationRetrieveEvents(). */
#include "fuzz/arguments/arguments.h"

enum { ARG_WISHES_MAX = 6 };

#define ARG_TOO_MANY ((1u << 24) + 1) /* entries: refused before the array is looked at */

/* What the call must not, or must, change. */
#define ARG_UNTOUCHED 0x5555u

static void arg_wish(SOCK_NOTIFY_REGISTRATION *wish)
{
    static const UINT8 triggers[] = {SOCK_NOTIFY_TRIGGER_LEVEL, SOCK_NOTIFY_TRIGGER_EDGE,
                                     SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT,
                                     SOCK_NOTIFY_TRIGGER_EDGE | SOCK_NOTIFY_TRIGGER_PERSISTENT};
    static const UINT8 operations[] = {SOCK_NOTIFY_OP_ENABLE, SOCK_NOTIFY_OP_ENABLE,
                                       SOCK_NOTIFY_OP_DISABLE, SOCK_NOTIFY_OP_REMOVE};
    uint8_t how = arg_byte();

    wish->socket = arg_socket();
    wish->completionKey = (PVOID)(uintptr_t)arg_number();
    wish->operation = operations[how & 3];
    wish->triggerFlags = triggers[(how >> 2) & 3];
    wish->eventFilter = (how >> 4) & SOCK_NOTIFY_REGISTER_EVENTS_ALL;
    if (how >= 0xf0) {
        wish->operation = arg_byte();
        wish->triggerFlags = arg_byte();
        wish->eventFilter = (UINT16)arg_u32();
    }
    wish->registrationResult = ARG_UNTOUCHED;
}

/* Counts and pointers that do not fit are refused, so those may be anything; where they fit, only
 * the entries may be at a pointer to nowhere. */
void arg_call_notifications(void)
{
    SOCK_NOTIFY_REGISTRATION wishes[ARG_WISHES_MAX];
    OVERLAPPED_ENTRY entries[ARG_WISHES_MAX];
    HANDLE port = (HANDLE)arg_handle();
    uint8_t counts = arg_byte(), given = arg_byte();
    UINT32 received = ARG_UNTOUCHED, written = counts % (ARG_WISHES_MAX + 1);
    UINT32 wished = counts < 0xf0 ? written : ARG_TOO_MANY + counts;
    ULONG room = (counts >> 4) & 3;
    bool fits = given < 0x80;
    DWORD timeout = room > 0 || !fits ? arg_timeout() : 0;
    SOCK_NOTIFY_REGISTRATION *list = arg_pointer(wishes);
    DWORD result;

    for (UINT32 i = 0; i < written; i++)
        arg_wish(&wishes[i]);
    if (fits ? wished == 0 : !(given & 1))
        list = NULL;
    else if (fits && list == NULL)
        wished = 0;
    result = ProcessSocketNotifications(port, wished, list, timeout, room,
                                        (fits ? room > 0 : given & 2) ? entries : NULL,
                                        (fits ? room > 0 : given & 4) ? &received : NULL);
    if (result == ERROR_SUCCESS || result == WAIT_TIMEOUT) {
        for (UINT32 i = 0; i < wished; i++)
            FUZZ_CHECK(wishes[i].registrationResult != ARG_UNTOUCHED);
        FUZZ_CHECK(room == 0 ? result == 0 : received <= room);
        FUZZ_CHECK(room == 0 || (received == 0) == (result == WAIT_TIMEOUT));
        if (room > 0 && received > 0)
            FUZZ_CHECK(SocketNotificationRetrieveEvents(entries) ==
                       entries->dwNumberOfBytesTransferred);
        return;
    }
    FUZZ_CHECK(received == ARG_UNTOUCHED);
    for (UINT32 i = 0; i < written; i++)
        FUZZ_CHECK(wishes[i].registrationResult == ARG_UNTOUCHED);
}
