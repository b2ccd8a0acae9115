/* SPDX-License-Identifier: MIT
 *
 * ProcessSocketNotifications and SocketNotificationRetrieveEvents. Neither Wine nor older mingw-w64
 * has them, so this runs natively only; it builds for Windows with headers that do. Documented:
 * DOC-NOTIFY-01 (counts and pointers), -02 (the code is returned), -03 (results of entries), -04
 * (level), -05 (one shot), -06 (edge), -07 (disable), -08 (remove), -09 (closesocket), -10 (key and
 * filter of a second registration), -11 (packets of all kinds), -12 (events), -13 (one port). */
#include "conf.h"

#define ALL (SOCK_NOTIFY_REGISTER_EVENT_IN | SOCK_NOTIFY_REGISTER_EVENT_HANGUP)

static SOCK_NOTIFY_REGISTRATION wish(SOCKET s, int operation, int filter, int trigger)
{
    SOCK_NOTIFY_REGISTRATION made;

    memset(&made, 0, sizeof made);
    made.socket = s;
    made.completionKey = (PVOID)s;
    made.eventFilter = (UINT16)filter;
    made.operation = (UINT8)operation;
    made.triggerFlags = (UINT8)trigger;
    made.registrationResult = CONF_UNTOUCHED;
    return made;
}

/* The result of one entry; the call's own code when that fails. */
static DWORD change(HANDLE port, SOCK_NOTIFY_REGISTRATION made)
{
    DWORD error = ProcessSocketNotifications(port, 1, &made, 0, 0, NULL, NULL);

    return error != ERROR_SUCCESS ? error : made.registrationResult;
}

static DWORD enable(HANDLE port, SOCKET s, int filter, int trigger)
{
    return change(port, wish(s, SOCK_NOTIFY_OP_ENABLE, filter, trigger));
}

/* The events of the next packet, which must be of this key; 0: none, -1: of another. */
static int next(HANDLE port, ULONG_PTR key, UINT32 wait_ms)
{
    OVERLAPPED_ENTRY entry;
    UINT32 count = 0;

    if (ProcessSocketNotifications(port, 0, NULL, wait_ms, 1, &entry, &count) != ERROR_SUCCESS)
        return 0;
    return entry.lpCompletionKey == key ? (int)SocketNotificationRetrieveEvents(&entry) : -1;
}

static void comes(const char *fact, const char *what, HANDLE port, ULONG_PTR key, int wanted)
{
    int seen = next(port, key, wanted == 0 ? CONF_QUIET_MS : CONF_WAIT_MS);

    ok(seen == wanted, fact, "%s: 0x%x", what, (unsigned)seen);
}

static struct pair pair_open(void)
{
    struct pair pair = conf_pair();
    u_long on = 1;

    ioctlsocket(pair.server, (long)FIONBIO, &on);
    return pair;
}

static void drain(SOCKET s)
{
    char block[64];

    while (recv(s, block, sizeof block, 0) > 0)
        ;
}

static void arguments(void)
{
    HANDLE port = conf_port();
    SOCKET s = conf_bound(SOCK_DGRAM);
    SOCKET closed = conf_bound(SOCK_DGRAM);
    SOCK_NOTIFY_REGISTRATION made[2];
    OVERLAPPED_ENTRY entry;
    UINT32 count = 7;

    closesocket(closed);
    made[0] =
        wish(s, SOCK_NOTIFY_OP_ENABLE, SOCK_NOTIFY_REGISTER_EVENT_IN, SOCK_NOTIFY_TRIGGER_LEVEL);
    equals_code("DOC-NOTIFY-01.1", "no entries, but a pointer to some",
                ProcessSocketNotifications(port, 0, made, 0, 0, NULL, NULL), WSAEINVAL);
    equals_code("DOC-NOTIFY-01.2", "no room for packets, but a time-out",
                ProcessSocketNotifications(port, 1, made, 1, 0, NULL, NULL), WSAEINVAL);
    equals_code("DOC-NOTIFY-01.3", "no room for packets, but a pointer to some",
                ProcessSocketNotifications(port, 1, made, 0, 0, &entry, NULL), WSAEINVAL);
    equals_code("DOC-NOTIFY-01.4", "no room for packets, but for their number",
                ProcessSocketNotifications(port, 1, made, 0, 0, NULL, &count), WSAEINVAL);
    equals_code("DOC-NOTIFY-01.5", "the entry then", made[0].registrationResult, CONF_UNTOUCHED);
    equals_code("DOC-NOTIFY-02.1", "an entry, and no packet in time",
                ProcessSocketNotifications(port, 1, made, 1, 1, &entry, &count), WAIT_TIMEOUT);
    equals_code("DOC-NOTIFY-02.2", "the entry then", made[0].registrationResult, 0);
    made[0] = wish(closed, SOCK_NOTIFY_OP_ENABLE, SOCK_NOTIFY_REGISTER_EVENT_IN,
                   SOCK_NOTIFY_TRIGGER_LEVEL);
    made[1] = wish(s, SOCK_NOTIFY_OP_DISABLE, 0, 0);
    equals_code("DOC-NOTIFY-03.1", "a closed socket and a registered one",
                ProcessSocketNotifications(port, 2, made, 0, 0, NULL, NULL), 0);
    ok(made[0].registrationResult != 0 && made[1].registrationResult == 0, "DOC-NOTIFY-03.2",
       "only the first fails");
    made[0] = wish(closed, SOCK_NOTIFY_OP_NONE, 0, 0);
    equals_code("DOC-NOTIFY-03.3", "no operation on a closed socket", change(port, made[0]), 0);
    ok(enable(port, s, ALL, SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_EDGE) != 0,
       "DOC-NOTIFY-03.4", "level and edge are not compatible");
    ok(enable(port, s, ALL, SOCK_NOTIFY_TRIGGER_ONESHOT) != 0, "DOC-NOTIFY-03.5",
       "one of them must be there");
    ok(change(port, wish(s, SOCK_NOTIFY_OP_ENABLE | SOCK_NOTIFY_OP_REMOVE, ALL,
                         SOCK_NOTIFY_TRIGGER_LEVEL)) != 0,
       "DOC-NOTIFY-03.6", "at most one operation");
    closesocket(s);
    CloseHandle(port);
}

static void levels(void)
{
    HANDLE port = conf_port();
    struct pair pair = pair_open();

    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_LEVEL);
    comes("DOC-NOTIFY-04.1", "nothing to read", port, pair.server, 0);
    conf_send(pair.client, "ab", 2);
    comes("DOC-NOTIFY-04.2", "something", port, pair.server, SOCK_NOTIFY_EVENT_IN);
    comes("DOC-NOTIFY-04.3", "still something", port, pair.server, SOCK_NOTIFY_EVENT_IN);
    drain(pair.server);
    next(port, pair.server, 0); /* it may have been queued before the receive */
    comes("DOC-NOTIFY-04.4", "received", port, pair.server, 0);

    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT);
    conf_send(pair.client, "ab", 2);
    comes("DOC-NOTIFY-05.1", "one shot", port, pair.server, SOCK_NOTIFY_EVENT_IN);
    comes("DOC-NOTIFY-05.2", "disabled by it", port, pair.server, 0);
    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT);
    comes("DOC-NOTIFY-05.3", "enabled again", port, pair.server, SOCK_NOTIFY_EVENT_IN);
    conf_pair_close(pair);
    CloseHandle(port);
}

static void edges(void)
{
    HANDLE port = conf_port();
    struct pair pair = pair_open();

    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_EDGE);
    conf_send(pair.client, "a", 1);
    comes("DOC-NOTIFY-06.1", "an edge", port, pair.server, SOCK_NOTIFY_EVENT_IN);
    conf_send(pair.client, "b", 1);
    comes("DOC-NOTIFY-06.2", "more of it", port, pair.server, 0);
    drain(pair.server);
    conf_send(pair.client, "c", 1);
    comes("DOC-NOTIFY-06.3", "after draining", port, pair.server, SOCK_NOTIFY_EVENT_IN);
    change(port, wish(pair.server, SOCK_NOTIFY_OP_DISABLE, 0, 0));
    drain(pair.server);
    conf_send(pair.client, "d", 1);
    comes("DOC-NOTIFY-07.1", "disabled", port, pair.server, 0);
    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_EDGE);
    comes("DOC-NOTIFY-06.4", "what held before is no edge", port, pair.server, 0);
    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_LEVEL);
    comes("DOC-NOTIFY-07.2", "but a level", port, pair.server, SOCK_NOTIFY_EVENT_IN);
    conf_pair_close(pair);
    CloseHandle(port);
}

static void removing(void)
{
    HANDLE port = conf_port();
    HANDLE other = conf_port();
    struct pair pair = pair_open();
    SOCK_NOTIFY_REGISTRATION second =
        wish(pair.server, SOCK_NOTIFY_OP_ENABLE, SOCK_NOTIFY_REGISTER_EVENT_OUT,
             SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT);

    second.completionKey = (PVOID)5;
    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_LEVEL);
    ok(enable(other, pair.server, ALL, SOCK_NOTIFY_TRIGGER_LEVEL) != 0, "DOC-NOTIFY-13.1",
       "one port at a time");
    change(port, second);
    comes("DOC-NOTIFY-10.1", "a new filter, the old key", port, pair.server, SOCK_NOTIFY_EVENT_OUT);
    equals_code("DOC-NOTIFY-08.1", "removing",
                change(port, wish(pair.server, SOCK_NOTIFY_OP_REMOVE, 0, 0)), 0);
    comes("DOC-NOTIFY-08.2", "the last packet", port, pair.server, SOCK_NOTIFY_EVENT_REMOVE);
    conf_send(pair.client, "a", 1);
    comes("DOC-NOTIFY-08.3", "nothing after it", port, pair.server, 0);
    ok(change(port, wish(pair.server, SOCK_NOTIFY_OP_REMOVE, 0, 0)) != 0, "DOC-NOTIFY-08.4",
       "there is nothing more to remove");
    equals_code("DOC-NOTIFY-13.2", "now another port", change(other, second), 0);
    comes("DOC-NOTIFY-10.2", "and another key", other, 5, SOCK_NOTIFY_EVENT_OUT);
    enable(other, pair.server, SOCK_NOTIFY_REGISTER_EVENT_HANGUP, SOCK_NOTIFY_TRIGGER_LEVEL);
    conf_pair_close(pair);
    comes("DOC-NOTIFY-09", "closed: no packet says so", other, 5, 0);
    CloseHandle(port);
    CloseHandle(other);
}

static void kinds(void)
{
    HANDLE port = conf_port();
    SOCKET s = conf_bound(SOCK_DGRAM);
    struct packet packet;

    enable(port, s, SOCK_NOTIFY_REGISTER_EVENT_OUT,
           SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.result && packet.key == s && packet.bytes == SOCK_NOTIFY_EVENT_OUT, "DOC-NOTIFY-11.1",
       "GetQueuedCompletionStatus takes it: 0x%x", (unsigned)packet.bytes);
    PostQueuedCompletionStatus(port, 0x1234, 5, NULL);
    comes("DOC-NOTIFY-11.2", "a posted packet", port, 5, 0x1234);
    closesocket(s);
    CloseHandle(port);
}

static void events(void)
{
    HANDLE port = conf_port();
    SOCKET listener = conf_listener();
    SOCKET client = conf_tcp();
    SOCKADDR_IN name = conf_address(listener);
    struct pair pair = pair_open();
    u_long on = 1;

    ioctlsocket(client, (long)FIONBIO, &on);
    enable(port, listener, ALL, SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT);
    connect(client, (struct sockaddr *)&name, sizeof name);
    comes("DOC-NOTIFY-12.1", "a connection waits", port, listener, SOCK_NOTIFY_EVENT_IN);
    enable(port, client, SOCK_NOTIFY_REGISTER_EVENT_OUT,
           SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT);
    comes("DOC-NOTIFY-12.2", "connected", port, client, SOCK_NOTIFY_EVENT_OUT);
    enable(port, pair.server, ALL, SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT);
    shutdown(pair.client, SD_SEND);
    comes("DOC-NOTIFY-12.3", "the peer's end", port, pair.server, SOCK_NOTIFY_EVENT_HANGUP);
    closesocket(listener);
    closesocket(client);
    conf_pair_close(pair);
    CloseHandle(port);
}

int main(void)
{
    conf_begin("ProcessSocketNotifications SocketNotificationRetrieveEvents");
    arguments();
    levels();
    edges();
    removing();
    kinds();
    events();
    return conf_end();
}
