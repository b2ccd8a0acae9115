/* SPDX-License-Identifier: MIT */
/* select(), WSAPoll(), WSAEventSelect() and WSAEnumNetworkEvents(). */
#include "fuzz/arguments/arguments.h"

enum {
    ARG_SET_MAX = 6,
    ARG_TOO_MANY = (1 << 24) + 1 /* sockets: refused before the array is looked at */
};

/* Its sockets are copied to `before`, to hold the result against. */
static struct fd_set *arg_set(struct fd_set *set, struct fd_set *before)
{
    uint8_t first = arg_byte();

    memset(set, 0, sizeof *set);
    if (first < 0xf0) {
        set->fd_count = first % ARG_SET_MAX;
        for (u_int i = 0; i < set->fd_count; i++)
            set->fd_array[i] = arg_socket();
    } else {
        set->fd_count = ARG_TOO_MANY + arg_byte();
    }
    *before = *set;
    return arg_pointer(set);
}

/* What comes back was there before, in the same order. Returns how many. */
static int arg_check_set(const struct fd_set *given, const struct fd_set *before)
{
    u_int at = 0;

    if (given == NULL)
        return 0;
    FUZZ_CHECK(given->fd_count <= before->fd_count);
    for (u_int i = 0; i < given->fd_count; i++, at++) {
        while (at < before->fd_count && before->fd_array[at] != given->fd_array[i])
            at++;
        FUZZ_CHECK(at < before->fd_count);
        FUZZ_CHECK(FD_ISSET(given->fd_array[i], given));
    }
    return (int)given->fd_count;
}

static void call_select(void)
{
    struct fd_set sets[3], before[3];
    struct fd_set *given[3];
    struct timeval time = {0, 0};
    const struct timeval *timeout;
    int ready, found = 0;

    for (int i = 0; i < 3; i++)
        given[i] = arg_set(&sets[i], &before[i]);
    switch (arg_byte() % 8) {
    case 0:
        time.tv_usec = 1000;
        break;
    case 1:
        time.tv_sec = -(long)arg_number() - 1;
        break;
    case 2:
        time.tv_usec = -(long)arg_number() - 1;
        break;
    default:
        break;
    }
    timeout = arg_byte() < 0xf0 ? &time : ARG_BAD; /* NULL would wait for ever */
    ready = select((int)arg_number(), given[0], given[1], given[2], timeout);
    arg_failed_if(ready == SOCKET_ERROR);
    if (ready == SOCKET_ERROR)
        return;
    for (int i = 0; i < 3; i++)
        found += arg_check_set(given[i], &before[i]);
    FUZZ_CHECK(found == ready);
}

static void call_poll(void)
{
    WSAPOLLFD entries[ARG_SET_MAX];
    uint8_t first = arg_byte();
    ULONG count = first < 0xf0 ? first % (ARG_SET_MAX + 1) : ARG_TOO_MANY + arg_byte();
    WSAPOLLFD *list = arg_pointer(entries);
    INT timeout = (INT)arg_timeout();
    int ready, found = 0;

    for (int i = 0; i < ARG_SET_MAX; i++) {
        uint8_t events = arg_byte();

        entries[i].fd = arg_socket();
        entries[i].events = (SHORT)(events < 0xf0 ? (events & 7) * 0x100 & 0x300 : arg_u32());
        if (events & 8)
            entries[i].events = (SHORT)(entries[i].events | POLLWRNORM);
        entries[i].revents = 0x5555;
    }
    ready = WSAPoll(list, count, timeout);
    arg_failed_if(ready == SOCKET_ERROR);
    if (ready == SOCKET_ERROR)
        return;
    for (ULONG i = 0; i < count; i++) {
        const SHORT told = POLLERR | POLLHUP | POLLNVAL;

        FUZZ_CHECK((entries[i].revents & ~(entries[i].events | told)) == 0);
        found += entries[i].revents != 0 && !(entries[i].revents & POLLNVAL);
    }
    FUZZ_CHECK(found == ready);
}

static void call_event_select(void)
{
    SOCKET s = arg_socket();
    WSAEVENT event = (WSAEVENT)arg_handle();

    arg_result(WSAEventSelect(s, event, (long)arg_number()));
}

static void call_enum_events(void)
{
    WSANETWORKEVENTS events = {.lNetworkEvents = -1};
    SOCKET s = arg_socket();
    WSAEVENT event = arg_byte() & 1 ? NULL : (WSAEVENT)arg_handle();
    WSANETWORKEVENTS *found = arg_pointer(&events);
    int result = WSAEnumNetworkEvents(s, event, found);

    arg_result(result);
    FUZZ_CHECK(result == 0 ? (events.lNetworkEvents & ~FD_ALL_EVENTS) == 0
                           : events.lNetworkEvents == -1);
}

const struct arg_calls arg_readiness_calls =
    ARG_CALL_LIST(call_select, call_poll, call_event_select, call_enum_events, arg_call_hook,
                  arg_call_notifications);
