/* SPDX-License-Identifier: MIT
 *
 * Completion routines and calls queued to a thread. Facts: RECV-07 (not with a port), RECV-15 (runs
 * inside WSAWaitForMultipleEvents), IOCP-23 and -24 (ports and queued calls), IOCP-33 (a port comes
 * later). Documented: DOC-ROUTINE-01 (where they run), -02 (parameters), -03 (hEvent is free), -04
 * (cancelling), -05 (order), -06 (nested waits), DOC-APC-01 (QueueUserAPC), -02 (signalled objects
 * go first), -03 (errors). */
#include "conf.h"

static struct {
    int calls;
    DWORD error;
    DWORD bytes;
    DWORD flags;
    DWORD thread_id;
    OVERLAPPED *overlapped;
    char order[32];
} seen;

static void CALLBACK routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    seen.calls++;
    seen.error = error;
    seen.bytes = bytes;
    seen.flags = flags;
    seen.thread_id = GetCurrentThreadId();
    seen.overlapped = overlapped;
}

static void CALLBACK note(ULONG_PTR letter)
{
    size_t length = strlen(seen.order);

    seen.calls++;
    if (length + 1 < sizeof seen.order)
        seen.order[length] = (char)letter;
}

static void forget(void)
{
    memset(&seen, 0, sizeof seen);
}

static void queue_call(char letter)
{
    if (QueueUserAPC(note, GetCurrentThread(), (ULONG_PTR)letter) == 0)
        conf_die("QueueUserAPC");
}

static int start_recv(SOCKET s, char *data, unsigned size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD flags = 0;
    DWORD bytes = 0;

    return WSARecv(s, &buffer, 1, &bytes, &flags, overlapped, routine) == 0 ? 0 : WSAGetLastError();
}

static int start_send(SOCKET s, char *data, unsigned size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD bytes = 0;

    return WSASend(s, &buffer, 1, &bytes, 0, overlapped, routine) == 0 ? 0 : WSAGetLastError();
}

static void alert(const char *fact, const char *what)
{
    equals_code(fact, what, SleepEx(CONF_WAIT_MS, TRUE), WAIT_IO_COMPLETION);
}

static void receives(void)
{
    struct pair pair = conf_pair();
    WSAEVENT event = WSACreateEvent();
    OVERLAPPED overlapped;
    char data[16];

    memset(&overlapped, 0, sizeof overlapped);
    overlapped.hEvent = (HANDLE)(ULONG_PTR)0x12345678; /* the program's own */
    forget();
    equals_code("DOC-ROUTINE-03.1", "WSARecv with a routine, hEvent no event",
                (unsigned)start_recv(pair.server, data, sizeof data, &overlapped), WSA_IO_PENDING);
    equals_code("DOC-ROUTINE-01.1", "SleepEx with nothing to run", SleepEx(CONF_QUIET_MS, TRUE), 0);
    conf_send(pair.client, "hello", 5);
    equals_code("DOC-ROUTINE-01.2", "a wait that is not alertable",
                WSAWaitForMultipleEvents(1, &event, FALSE, CONF_QUIET_MS, FALSE), WSA_WAIT_TIMEOUT);
    equals("DOC-ROUTINE-01.3", "routines run in it", seen.calls, 0);
    equals_code("RECV-15.1", "an alertable wait",
                WSAWaitForMultipleEvents(1, &event, FALSE, CONF_WAIT_MS, TRUE),
                WSA_WAIT_IO_COMPLETION);
    equals("RECV-15.2", "routines run in it", seen.calls, 1);
    equals_code("DOC-ROUTINE-02.1", "error", seen.error, 0);
    equals("DOC-ROUTINE-02.2", "bytes", seen.bytes, 5);
    equals("DOC-ROUTINE-02.3", "flags", seen.flags, 0);
    ok(seen.overlapped == &overlapped, "DOC-ROUTINE-02.4", "the OVERLAPPED");
    ok(seen.thread_id == GetCurrentThreadId(), "DOC-ROUTINE-02.5", "the thread");
    equals_code("DOC-ROUTINE-02.6", "Internal", conf_status(&overlapped), 0);
    equals("DOC-ROUTINE-02.7", "InternalHigh", (int)overlapped.InternalHigh, 5);
    ok(overlapped.hEvent == (HANDLE)(ULONG_PTR)0x12345678, "DOC-ROUTINE-03.2", "hEvent is left");
    WSACloseEvent(event);
    conf_pair_close(pair);
}

static void at_once(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped;
    char data[16] = "123";
    int error;

    memset(&overlapped, 0, sizeof overlapped);
    forget();
    error = start_send(pair.client, data, 3, &overlapped);
    ok(error == 0 || error == WSA_IO_PENDING, "DOC-ROUTINE-01.4", "WSASend with a routine");
    equals("DOC-ROUTINE-01.5", "it has not run inside the call", seen.calls, 0);
    alert("DOC-ROUTINE-01.6", "SleepEx");
    equals("DOC-ROUTINE-01.7", "routines run in it", seen.calls, 1);
    equals("DOC-ROUTINE-01.8", "bytes", seen.bytes, 3);
    forget();
    error = start_recv(pair.server, data, sizeof data, &overlapped);
    ok(error == 0 || error == WSA_IO_PENDING, "DOC-ROUTINE-01.9", "WSARecv, data are there");
    alert("DOC-ROUTINE-01.10", "SleepEx");
    equals("DOC-ROUTINE-01.11", "routines run in it", seen.calls, 1);
    equals("DOC-ROUTINE-01.12", "bytes", seen.bytes, 3);
    forget();
    start_recv(pair.server, data, sizeof data, &overlapped);
    shutdown(pair.client, SD_SEND);
    alert("DOC-ROUTINE-02.8", "SleepEx, the other side has shut down");
    equals_code("DOC-ROUTINE-02.9", "error", seen.error, 0);
    equals("DOC-ROUTINE-02.10", "bytes", seen.bytes, 0);
    conf_pair_close(pair);
}

static void cancelled(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped;
    char data[16];

    memset(&overlapped, 0, sizeof overlapped);
    forget();
    start_recv(pair.server, data, sizeof data, &overlapped);
    works("DOC-ROUTINE-04.1", "CancelIoEx", CancelIoEx((HANDLE)pair.server, &overlapped));
    alert("DOC-ROUTINE-04.2", "SleepEx");
    equals_code("DOC-ROUTINE-04.3", "error", seen.error, WSA_OPERATION_ABORTED);
    equals("DOC-ROUTINE-04.4", "bytes", seen.bytes, 0);
    forget();
    start_recv(pair.server, data, sizeof data, &overlapped);
    works("DOC-ROUTINE-04.5", "CancelIo", CancelIo((HANDLE)pair.server));
    alert("DOC-ROUTINE-04.6", "SleepEx");
    equals_code("DOC-ROUTINE-04.7", "error", seen.error, WSA_OPERATION_ABORTED);
    forget();
    start_recv(pair.server, data, sizeof data, &overlapped);
    closesocket(pair.server);
    alert("DOC-ROUTINE-04.8", "SleepEx after closesocket");
    equals("DOC-ROUTINE-04.9", "routines run in it", seen.calls, 1);
    ok(seen.error != 0, "DOC-ROUTINE-04.10", "with an error");
    closesocket(pair.client);
}

static void with_port(void)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    OVERLAPPED overlapped;
    char data[16];
    struct packet packet;

    memset(&overlapped, 0, sizeof overlapped);
    forget();
    start_recv(pair.server, data, sizeof data, &overlapped);
    conf_join_port(pair.server, port, 1);
    conf_send(pair.client, "x", 1);
    alert("IOCP-33.1", "SleepEx, a port came after the call");
    equals("IOCP-33.2", "bytes", seen.bytes, 1);
    packet = conf_packet(port, 0);
    ok(!packet.result && packet.error == WAIT_TIMEOUT, "IOCP-33.3", "and there is no packet");
    forget();
    fails("RECV-07.4", "WSARecv with a port and a routine",
          start_recv(pair.server, data, sizeof data, &overlapped) != 0, WSAEINVAL);
    fails("RECV-07.5", "WSASend with a port and a routine",
          start_send(pair.server, data, 1, &overlapped) != 0, WSAEINVAL);
    equals_code("RECV-07.6", "SleepEx", SleepEx(CONF_QUIET_MS, TRUE), 0);
    CloseHandle(port);
    conf_pair_close(pair);
}

static int take_entries(HANDLE port, DWORD wait_ms, BOOL alertable)
{
    OVERLAPPED_ENTRY entries[4];
    ULONG removed = 0;

    SetLastError(0);
    return GetQueuedCompletionStatusEx(port, entries, 4, &removed, wait_ms, alertable)
               ? (int)removed
               : -(int)GetLastError();
}

static void ports_and_calls(void)
{
    HANDLE port = conf_port();

    forget();
    queue_call('a');
    equals("IOCP-23.1", "removing, not alertable", take_entries(port, 0, FALSE), -WAIT_TIMEOUT);
    equals("IOCP-23.2", "calls run in it", seen.calls, 0);
    equals("IOCP-23.3", "alertable", take_entries(port, CONF_WAIT_MS, TRUE),
           -(int)WAIT_IO_COMPLETION);
    equals("IOCP-23.4", "calls run in it", seen.calls, 1);
    PostQueuedCompletionStatus(port, 0, 0, NULL);
    queue_call('b');
    equals("IOCP-24.1", "packet and call, thread new to the port",
           take_entries(port, CONF_WAIT_MS, TRUE), -(int)WAIT_IO_COMPLETION);
    equals("IOCP-24.2", "calls run in it", seen.calls, 2);
    equals("IOCP-24.3", "then", take_entries(port, CONF_WAIT_MS, TRUE), 1);
    PostQueuedCompletionStatus(port, 0, 0, NULL);
    queue_call('c');
    equals("IOCP-24.4", "packet and call, thread known", take_entries(port, CONF_WAIT_MS, TRUE), 1);
    equals("IOCP-24.5", "calls run in it", seen.calls, 2);
    equals("IOCP-24.6", "then", take_entries(port, CONF_WAIT_MS, TRUE), -(int)WAIT_IO_COMPLETION);
    CloseHandle(port);
}

static void CALLBACK nested(ULONG_PTR unused)
{
    (void)unused;
    note('(');
    queue_call('d');
    SleepEx(0, TRUE);
    note(')');
}

static void calls(void)
{
    HANDLE event = CreateEventA(NULL, TRUE, TRUE, NULL);

    forget();
    queue_call('a');
    queue_call('b');
    queue_call('c');
    equals_code("DOC-ROUTINE-05.1", "SleepEx, no time, three calls", SleepEx(0, TRUE),
                WAIT_IO_COMPLETION);
    ok(strcmp(seen.order, "abc") == 0, "DOC-ROUTINE-05.2", "order: %s", seen.order);
    equals_code("DOC-ROUTINE-05.3", "SleepEx again", SleepEx(0, TRUE), 0);
    forget();
    queue_call('a');
    equals_code("DOC-APC-02.1", "WaitForSingleObjectEx, signalled, and a call",
                WaitForSingleObjectEx(event, CONF_WAIT_MS, TRUE), WAIT_OBJECT_0);
    equals("DOC-APC-02.2", "calls run in it", seen.calls, 0);
    ResetEvent(event);
    equals_code("DOC-APC-02.3", "not signalled, no time", WaitForSingleObjectEx(event, 0, TRUE),
                WAIT_IO_COMPLETION);
    equals("DOC-APC-02.4", "calls run in it", seen.calls, 1);
    equals_code("DOC-APC-02.5", "nothing queued", WaitForSingleObjectEx(event, 0, TRUE),
                WAIT_TIMEOUT);
    queue_call('b');
    equals_code("DOC-APC-02.6", "WaitForMultipleObjectsEx",
                WaitForMultipleObjectsEx(1, &event, TRUE, CONF_WAIT_MS, TRUE), WAIT_IO_COMPLETION);
    forget();
    QueueUserAPC(nested, GetCurrentThread(), 0);
    queue_call('e');
    equals_code("DOC-ROUTINE-06.1", "a call that waits alertably itself", SleepEx(0, TRUE),
                WAIT_IO_COMPLETION);
    ok(strcmp(seen.order, "(ed)") == 0, "DOC-ROUTINE-06.2", "order: %s", seen.order);
    CloseHandle(event);
}

static HANDLE ready;

static DWORD WINAPI alertable_thread(LPVOID unused)
{
    (void)unused;
    SetEvent(ready);
    return SleepEx(CONF_WAIT_MS, TRUE);
}

static void other_threads(void)
{
    HANDLE thread;
    DWORD code = 0;

    ready = CreateEventA(NULL, FALSE, FALSE, NULL);
    forget();
    thread = CreateThread(NULL, 0, alertable_thread, NULL, 0, NULL);
    WaitForSingleObject(ready, CONF_WAIT_MS);
    works("DOC-APC-01.1", "QueueUserAPC to another thread", QueueUserAPC(note, thread, 'x') != 0);
    equals_code("DOC-APC-01.2", "it ends", WaitForSingleObject(thread, CONF_WAIT_MS),
                WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    equals_code("DOC-APC-01.3", "its SleepEx", code, WAIT_IO_COMPLETION);
    equals("DOC-APC-01.4", "calls run", seen.calls, 1);
    fails("DOC-APC-03.1", "QueueUserAPC to a thread that has ended",
          QueueUserAPC(note, thread, 'x') == 0, ERROR_GEN_FAILURE);
    CloseHandle(thread);
    fails("DOC-APC-03.2", "QueueUserAPC to a closed handle", QueueUserAPC(note, thread, 'x') == 0,
          ERROR_INVALID_HANDLE);
    fails("DOC-APC-03.3", "QueueUserAPC to an event", QueueUserAPC(note, ready, 'x') == 0,
          ERROR_INVALID_HANDLE);
    CloseHandle(ready);
}

int main(void)
{
    conf_begin("WSARecv WSASend SleepEx WSAWaitForMultipleEvents WaitForSingleObjectEx "
               "WaitForMultipleObjectsEx GetQueuedCompletionStatusEx QueueUserAPC CancelIo "
               "CancelIoEx closesocket");
    receives();
    at_once();
    cancelled();
    with_port();
    ports_and_calls();
    calls();
    other_threads();
    return conf_end();
}
