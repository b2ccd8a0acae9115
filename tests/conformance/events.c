/* SPDX-License-Identifier: MIT
 *
 * Event objects, waits and threads. The 1997 specification: SEED-CLOSEEVENT-02 (a closed handle),
 * SEED-CLOSEEVENT-03 (a socket is no event). Documented: DOC-EVENT-01 (state), -02 (a socket is no
 * event), DOC-WAIT-01 (bad arguments), -02 (which one), -03 (all), -04 (across threads),
 * DOC-THREAD-01 and -02. */
#include "conf.h"

static DWORD wait_for(WSAEVENT event, DWORD wait_ms)
{
    return WSAWaitForMultipleEvents(1, &event, FALSE, wait_ms, FALSE);
}

static void states(void)
{
    WSAEVENT event = WSACreateEvent();

    works("DOC-EVENT-01.1", "WSACreateEvent", event != WSA_INVALID_EVENT);
    equals_code("DOC-EVENT-01.2", "a new event", wait_for(event, 0), WSA_WAIT_TIMEOUT);
    works("DOC-EVENT-01.3", "WSASetEvent", WSASetEvent(event));
    equals_code("DOC-EVENT-01.4", "then", wait_for(event, 0), WSA_WAIT_EVENT_0);
    equals_code("DOC-EVENT-01.5", "and again: it is reset by hand", wait_for(event, 0),
                WSA_WAIT_EVENT_0);
    equals_code("DOC-EVENT-01.6", "WaitForSingleObject", WaitForSingleObject(event, 0),
                WAIT_OBJECT_0);
    works("DOC-EVENT-01.7", "WSAResetEvent", WSAResetEvent(event));
    equals_code("DOC-EVENT-01.8", "then", wait_for(event, CONF_QUIET_MS), WSA_WAIT_TIMEOUT);
    works("DOC-EVENT-01.9", "WSACloseEvent", WSACloseEvent(event));
    fails("SEED-CLOSEEVENT-02.1", "WSACloseEvent again", !WSACloseEvent(event), WSA_INVALID_HANDLE);
    fails("SEED-CLOSEEVENT-02.2", "WSASetEvent of a closed event", !WSASetEvent(event),
          WSA_INVALID_HANDLE);
    fails("SEED-CLOSEEVENT-02.3", "WSAResetEvent", !WSAResetEvent(event), WSA_INVALID_HANDLE);
    fails("SEED-CLOSEEVENT-02.4", "WSAWaitForMultipleEvents", wait_for(event, 0) == WSA_WAIT_FAILED,
          WSA_INVALID_HANDLE);
    fails("SEED-CLOSEEVENT-02.5", "WSACloseEvent of NULL", !WSACloseEvent(NULL),
          WSA_INVALID_HANDLE);
}

/* What else may name an event. */
static void closed(void)
{
    SOCKET s = conf_tcp();
    WSAEVENT event = WSACreateEvent();
    WSAEVENT other = WSACreateEvent();
    WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];
    int refused = 0;

    works("SEED-CLOSEEVENT-02.6", "CloseHandle closes an event", CloseHandle(event));
    fails("SEED-CLOSEEVENT-02.7", "WSACloseEvent then", !WSACloseEvent(event), WSA_INVALID_HANDLE);
    fails("SEED-CLOSEEVENT-02.8", "SetEvent", !SetEvent(event), ERROR_INVALID_HANDLE);
    fails("SEED-CLOSEEVENT-02.9", "WSAEventSelect", WSAEventSelect(s, event, FD_READ) != 0,
          WSAEINVAL);
    for (int i = 0; i < WSA_MAXIMUM_WAIT_EVENTS; i++) {
        for (int k = 0; k < WSA_MAXIMUM_WAIT_EVENTS; k++)
            events[k] = k == i ? event : other;
        refused += WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, FALSE, 0, FALSE) ==
                       WSA_WAIT_FAILED &&
                   WSAGetLastError() == WSA_INVALID_HANDLE;
    }
    equals("SEED-CLOSEEVENT-02.10", "waits that name it, at each of 64 places, refused", refused,
           WSA_MAXIMUM_WAIT_EVENTS);
    works("SEED-CLOSEEVENT-02.11", "WSACloseEvent of the other", WSACloseEvent(other));
    closesocket(s);
}

static void not_events(void)
{
    SOCKET s = conf_tcp();
    int type = 0;
    int length = sizeof type;

    fails("DOC-EVENT-02", "WSASetEvent of a socket", !WSASetEvent((WSAEVENT)s), WSA_INVALID_HANDLE);
    fails("SEED-CLOSEEVENT-03.1", "WSACloseEvent of a socket", !WSACloseEvent((WSAEVENT)s),
          WSA_INVALID_HANDLE);
    works("SEED-CLOSEEVENT-03.2", "the socket is still there",
          getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &length) == 0);
    closesocket(s);
}

static void arguments(void)
{
    WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS + 1];
    WSAEVENT event = WSACreateEvent();

    for (int i = 0; i <= WSA_MAXIMUM_WAIT_EVENTS; i++)
        events[i] = event;
    fails("DOC-WAIT-01.1", "no events",
          WSAWaitForMultipleEvents(0, events, FALSE, 0, FALSE) == WSA_WAIT_FAILED,
          WSA_INVALID_PARAMETER);
    fails("DOC-WAIT-01.2", "65 events",
          WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS + 1, events, FALSE, 0, FALSE) ==
              WSA_WAIT_FAILED,
          WSA_INVALID_PARAMETER);
    equals_code("DOC-WAIT-01.3", "64 events, the same one, any",
                WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, events, FALSE, 0, FALSE),
                WSA_WAIT_TIMEOUT);
    events[1] = NULL;
    fails("DOC-WAIT-01.4", "a NULL event",
          WSAWaitForMultipleEvents(2, events, FALSE, 0, FALSE) == WSA_WAIT_FAILED,
          WSA_INVALID_HANDLE);
    equals_code("DOC-WAIT-01.5", "alertable, nothing queued",
                WSAWaitForMultipleEvents(1, events, FALSE, CONF_QUIET_MS, TRUE), WSA_WAIT_TIMEOUT);
    WSACloseEvent(event);
}

static void several(void)
{
    WSAEVENT events[3] = {WSACreateEvent(), WSACreateEvent(), WSACreateEvent()};

    WSASetEvent(events[2]);
    WSASetEvent(events[1]);
    equals_code("DOC-WAIT-02", "the second and the third: any",
                WSAWaitForMultipleEvents(3, events, FALSE, 0, FALSE), WSA_WAIT_EVENT_0 + 1);
    equals_code("DOC-WAIT-03.1", "all",
                WSAWaitForMultipleEvents(3, events, TRUE, CONF_QUIET_MS, FALSE), WSA_WAIT_TIMEOUT);
    WSASetEvent(events[0]);
    equals_code("DOC-WAIT-03.2", "all, all set",
                WSAWaitForMultipleEvents(3, events, TRUE, 0, FALSE), WSA_WAIT_EVENT_0);
    for (int i = 0; i < 3; i++)
        WSACloseEvent(events[i]);
}

static DWORD WINAPI set_event(LPVOID event)
{
    WSASetEvent(event);
    return 4711;
}

struct exchange {
    WSAEVENT ping;
    WSAEVENT pong;
    int rounds;
};

static DWORD WINAPI answer(LPVOID argument)
{
    struct exchange *exchange = argument;

    while (exchange->rounds < 100 && conf_signalled(exchange->ping, CONF_WAIT_MS)) {
        WSAResetEvent(exchange->ping);
        exchange->rounds++;
        WSASetEvent(exchange->pong);
    }
    return 0;
}

static void threads(void)
{
    struct exchange exchange = {WSACreateEvent(), WSACreateEvent(), 0};
    WSAEVENT event = WSACreateEvent();
    HANDLE thread = CreateThread(NULL, 0, set_event, event, 0, NULL);
    HANDLE both[2] = {thread, event};
    DWORD code = 0;
    int answers = 0;

    equals_code("DOC-WAIT-04.1", "an event set by another thread", wait_for(event, CONF_WAIT_MS),
                WSA_WAIT_EVENT_0);
    equals_code("DOC-THREAD-01.1", "WaitForMultipleObjects, thread and event, all",
                WaitForMultipleObjects(2, both, TRUE, CONF_WAIT_MS), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    equals("DOC-THREAD-01.2", "exit code", (int)code, 4711);
    equals_code("DOC-THREAD-01.3", "a thread that has ended stays signalled",
                WaitForSingleObject(thread, 0), WAIT_OBJECT_0);
    works("DOC-THREAD-01.4", "CloseHandle of the thread", CloseHandle(thread));
    equals_code("DOC-THREAD-01.5", "waiting for its handle then", WaitForSingleObject(thread, 0),
                WAIT_FAILED);
    thread = CreateThread(NULL, 0, answer, &exchange, 0, NULL);
    GetExitCodeThread(thread, &code);
    equals("DOC-THREAD-02", "exit code of a running thread", (int)code, STILL_ACTIVE);
    for (int i = 0; i < 100; i++) {
        WSASetEvent(exchange.ping);
        answers += conf_signalled(exchange.pong, CONF_WAIT_MS);
        WSAResetEvent(exchange.pong);
    }
    equals("DOC-WAIT-04.2", "answers in 100 rounds between two threads", answers, 100);
    WaitForSingleObject(thread, CONF_WAIT_MS);
    CloseHandle(thread);
    WSACloseEvent(exchange.ping);
    WSACloseEvent(exchange.pong);
    WSACloseEvent(event);
}

int main(void)
{
    conf_begin("WSACreateEvent WSASetEvent WSAResetEvent WSACloseEvent WSAWaitForMultipleEvents "
               "WaitForSingleObject WaitForMultipleObjects CreateThread GetExitCodeThread "
               "CloseHandle");
    states();
    closed();
    not_events();
    arguments();
    several();
    threads();
    return conf_end();
}
