/* SPDX-License-Identifier: MIT
 *
 * Completion ports: IOCP-04, IOCP-17, IOCP-20, IOCP-21, IOCP-22, IOCP-26, IOCP-31. Documented:
 * DOC-IOCP-01 (one port for life), -02 (low bit of hEvent), -03 (outputs on time-out), -04 (wrong
 * handles), -05 (closing the port ends a wait), -06 (concurrency and handle), -07 (waiting thread),
 * DOC-SKIP-01 (notification modes on a bad handle). */
#include "conf.h"

/* Sends `size` bytes and returns when they have arrived: one more goes ahead, and is waited for. */
static void send_arrived(struct pair pair, const char *data, unsigned size)
{
    char all[64] = "!";
    char first;

    memcpy(all + 1, data, size);
    if (conf_send(pair.client, all, size + 1) != (int)size + 1 ||
        conf_recv(pair.server, &first, 1) != 1)
        conf_die("send");
}

static void posted(void)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 999, 0);
    OVERLAPPED overlapped;
    struct packet packet;

    works("IOCP-21.1", "CreateIoCompletionPort", port != NULL);
    packet = conf_packet(port, 0);
    ok(!packet.result && packet.error == WAIT_TIMEOUT && packet.overlapped == NULL, "IOCP-21.2",
       "an empty port: %s", conf_name(packet.error));
    ok(packet.bytes == 0xdeadbeef && packet.key == 0xdeadbeef, "DOC-IOCP-03",
       "bytes and key then: %s", packet.key == 0xdeadbeef ? "untouched" : "written");
    works("IOCP-21.3", "PostQueuedCompletionStatus",
          PostQueuedCompletionStatus(port, 123, 456, &overlapped));
    packet = conf_packet(port, 0);
    ok(packet.result && packet.bytes == 123 && packet.key == 456 &&
           packet.overlapped == &overlapped,
       "IOCP-21.4", "the packet: %d, %d", (int)packet.bytes, (int)packet.key);
    PostQueuedCompletionStatus(port, 1, (ULONG_PTR)-1, NULL);
    packet = conf_packet(port, 0);
    ok(packet.result && packet.bytes == 1 && packet.key == (ULONG_PTR)-1 &&
           packet.overlapped == NULL,
       "IOCP-21.5", "with a NULL OVERLAPPED: %s", packet.result ? "TRUE" : "FALSE");
    CloseHandle(port);
}

static void several(void)
{
    HANDLE port = conf_port();
    OVERLAPPED_ENTRY entries[4];
    OVERLAPPED overlapped[3];
    ULONG count = 99;
    BOOL result = GetQueuedCompletionStatusEx(port, entries, 4, &count, 0, FALSE);

    fails("IOCP-22.1", "GetQueuedCompletionStatusEx of an empty port", !result, WAIT_TIMEOUT);
    for (int i = 0; i < 3; i++)
        PostQueuedCompletionStatus(port, (DWORD)i + 10, (ULONG_PTR)i, &overlapped[i]);
    memset(entries, 0x5a, sizeof entries);
    result = GetQueuedCompletionStatusEx(port, entries, 2, &count, 0, FALSE);
    ok(result && count == 2, "IOCP-22.2", "asked for 2 of 3: %d", (int)count);
    ok(entries[0].lpCompletionKey == 0 && entries[1].lpCompletionKey == 1 &&
           entries[0].dwNumberOfBytesTransferred == 10 && entries[1].lpOverlapped == &overlapped[1],
       "IOCP-22.3", "first in, first out");
    equals_code("IOCP-22.4", "Internal of a posted entry", (unsigned)entries[0].Internal, 0);
    result = GetQueuedCompletionStatusEx(port, entries, 4, &count, CONF_WAIT_MS, FALSE);
    ok(result && count == 1 && entries[0].lpCompletionKey == 2, "IOCP-22.5", "the rest: %d",
       (int)count);
    CloseHandle(port);
}

static void at_once(void)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    OVERLAPPED overlapped = conf_overlapped();
    struct packet packet;
    char data[8] = "";
    WSABUF buffer = {sizeof data, data};
    DWORD bytes = 0;
    DWORD flags = 0;
    int result;

    send_arrived(pair, "hello", 5);
    conf_join_port(pair.server, port, 44);
    result = WSARecv(pair.server, &buffer, 1, &bytes, &flags, &overlapped, NULL);
    ok(result == 0 && bytes == 5, "IOCP-04.1", "WSARecv with data there: %s, bytes %d",
       result == 0 ? "0" : conf_name((unsigned)WSAGetLastError()), (int)bytes);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.result && packet.bytes == 5 && packet.key == 44 && packet.overlapped == &overlapped,
       "IOCP-04.2", "a packet as well: %s, bytes %d", packet.result ? "TRUE" : "FALSE",
       (int)packet.bytes);
    equals_code("IOCP-04.3", "last error after it", packet.error, 0xdeadbeef);
    conf_pair_close(pair);
    CloseHandle(port);
    WSACloseEvent(overlapped.hEvent);
}

static void skipped(void)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    OVERLAPPED overlapped = conf_overlapped();
    struct packet packet;
    char data[8] = "";

    conf_join_port(pair.server, port, 45);
    works("IOCP-31.1", "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS",
          SetFileCompletionNotificationModes((HANDLE)pair.server, CONF_SKIP_PORT_ON_SUCCESS));
    send_arrived(pair, "hello", 5);
    equals_code("IOCP-31.2", "WSARecv with data there",
                (unsigned)conf_recv_start(pair.server, data, sizeof data, &overlapped), 0);
    packet = conf_packet(port, CONF_QUIET_MS);
    ok(packet.overlapped == NULL, "IOCP-31.3", "its packet: %s",
       packet.overlapped == NULL ? "none" : "one");
    equals_code("IOCP-31.4", "WSARecv without data",
                (unsigned)conf_recv_start(pair.server, data, sizeof data, &overlapped),
                WSA_IO_PENDING);
    conf_send(pair.client, "ab", 2);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.overlapped == &overlapped && packet.bytes == 2, "IOCP-31.5",
       "its packet: %s, bytes %d", packet.overlapped == NULL ? "none" : "one", (int)packet.bytes);
    fails("DOC-SKIP-01", "a bad handle",
          !SetFileCompletionNotificationModes((HANDLE)(ULONG_PTR)0x7ffffff0,
                                              CONF_SKIP_PORT_ON_SUCCESS),
          ERROR_INVALID_HANDLE);
    conf_pair_close(pair);
    CloseHandle(port);
    WSACloseEvent(overlapped.hEvent);
}

/* closesocket or CloseHandle with a receive pending. */
static void closed(int by_handle)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    OVERLAPPED overlapped;
    struct packet packet;
    char data[8];
    int error;

    memset(&overlapped, 0, sizeof overlapped);
    conf_join_port(pair.server, port, 46);
    error = conf_recv_start(pair.server, data, sizeof data, &overlapped);
    equals_code(by_handle ? "IOCP-17.5" : "IOCP-17.1", "WSARecv", (unsigned)error, WSA_IO_PENDING);
    if (by_handle)
        CloseHandle((HANDLE)pair.server);
    else
        closesocket(pair.server);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(!packet.result && packet.key == 46 && packet.overlapped == &overlapped &&
           packet.error == CONF_CONNECTION_ABORTED && packet.bytes == 0,
       by_handle ? "IOCP-17.6" : "IOCP-17.2", "%s: packet %s, %s, bytes %d",
       by_handle ? "CloseHandle" : "closesocket", packet.result ? "TRUE" : "FALSE",
       conf_name(packet.error), (int)packet.bytes);
    ok(conf_status(&overlapped) == CONF_STATUS_CONN_ABORTED && overlapped.InternalHigh == 0,
       by_handle ? "IOCP-17.7" : "IOCP-17.3", "Internal %s, InternalHigh %d",
       conf_name(conf_status(&overlapped)), (int)overlapped.InternalHigh);
    packet = conf_packet(port, CONF_QUIET_MS);
    ok(packet.overlapped == NULL, by_handle ? "IOCP-17.8" : "IOCP-17.4", "then: %s",
       packet.overlapped == NULL ? "nothing more" : "another packet");
    closesocket(pair.client);
    CloseHandle(port);
}

struct issue {
    SOCKET socket;
    char data[8];
    OVERLAPPED overlapped;
    int error;
};

static DWORD WINAPI issue_and_exit(LPVOID argument)
{
    struct issue *issue = argument;

    issue->error = conf_recv_start(issue->socket, issue->data, 8, &issue->overlapped);
    return 0;
}

static void outlives_thread(void)
{
    struct pair pair = conf_pair();
    struct issue issue = {pair.server, "", conf_overlapped(), 0};
    HANDLE thread = CreateThread(NULL, 0, issue_and_exit, &issue, 0, NULL);

    WaitForSingleObject(thread, CONF_WAIT_MS);
    equals_code("IOCP-20.1", "WSARecv by a thread that exits", (unsigned)issue.error,
                WSA_IO_PENDING);
    ok(!conf_signalled(issue.overlapped.hEvent, CONF_QUIET_MS) &&
           conf_status(&issue.overlapped) == CONF_STATUS_PENDING,
       "IOCP-20.2", "afterwards: %s", conf_name(conf_status(&issue.overlapped)));
    conf_send(pair.client, "abc", 3);
    equals("IOCP-20.3", "it ends with", conf_result(pair.server, &issue.overlapped), 3);
    CloseHandle(thread);
    conf_pair_close(pair);
    WSACloseEvent(issue.overlapped.hEvent);
}

static DWORD WINAPI wait_for_handle(LPVOID port)
{
    return WaitForSingleObject(port, CONF_WAIT_MS);
}

static void waitable(void)
{
    HANDLE port = conf_port();
    HANDLE threads[2];
    DWORD code;
    int woken = 0;

    equals_code("IOCP-26.1", "waiting for an empty port", WaitForSingleObject(port, 0),
                WAIT_TIMEOUT);
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, wait_for_handle, port, 0, NULL);
    PostQueuedCompletionStatus(port, 1, 2, NULL);
    WaitForMultipleObjects(2, threads, TRUE, CONF_WAIT_MS);
    for (int i = 0; i < 2; i++) {
        woken += GetExitCodeThread(threads[i], &code) && code == WAIT_OBJECT_0;
        CloseHandle(threads[i]);
    }
    equals("IOCP-26.2", "of two threads that wait for the port, woken", woken, 2);
    works("IOCP-26.3", "the packet is still there", conf_packet(port, 0).result);
    CloseHandle(port);
}

static void associations(void)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    HANDLE other = conf_port();
    OVERLAPPED overlapped = conf_overlapped();
    WSAEVENT event = overlapped.hEvent;
    char data[8];
    HANDLE result;

    result = CreateIoCompletionPort((HANDLE)pair.server, port, 1, 64);
    ok(result == port, "DOC-IOCP-06", "association: %s",
       result == port ? "the port's handle" : "something else");
    fails("DOC-IOCP-01.1", "another port",
          CreateIoCompletionPort((HANDLE)pair.server, other, 2, 0) == NULL,
          ERROR_INVALID_PARAMETER);
    fails("DOC-IOCP-01.2", "the same port again",
          CreateIoCompletionPort((HANDLE)pair.server, port, 3, 0) == NULL, ERROR_INVALID_PARAMETER);
    overlapped.hEvent = (WSAEVENT)((ULONG_PTR)event | 1);
    conf_recv_start(pair.server, data, sizeof data, &overlapped);
    conf_send(pair.client, "abc", 3);
    works("DOC-IOCP-02.1", "low bit of hEvent: the event is signalled",
          conf_signalled(event, CONF_WAIT_MS));
    equals_code("DOC-IOCP-02.2", "the port", conf_packet(port, CONF_QUIET_MS).error, WAIT_TIMEOUT);
    fails("DOC-IOCP-04.1", "association with an event as port",
          CreateIoCompletionPort((HANDLE)pair.client, event, 1, 0) == NULL, ERROR_INVALID_HANDLE);
    equals_code("DOC-IOCP-04.2", "dequeuing from an event", conf_packet(event, 0).error,
                ERROR_INVALID_HANDLE);
    fails("DOC-IOCP-04.3", "posting to an event", !PostQueuedCompletionStatus(event, 0, 0, NULL),
          ERROR_INVALID_HANDLE);
    CloseHandle(other);
    fails("DOC-IOCP-04.4", "posting to a closed port",
          !PostQueuedCompletionStatus(other, 0, 0, NULL), ERROR_INVALID_HANDLE);
    conf_pair_close(pair);
    CloseHandle(port);
    WSACloseEvent(event);
}

enum { CLOSE_WAIT_MS = 2000 }; /* Wine does not end such a wait, and would use all of it */

struct waiter {
    HANDLE port;
    struct packet packet;
};

static DWORD WINAPI dequeue(LPVOID argument)
{
    struct waiter *waiter = argument;

    waiter->packet = conf_packet(waiter->port, CLOSE_WAIT_MS);
    return 0;
}

/* Whether the thread waits already cannot be seen; it is given a moment, and both orders pass. */
static void waiting(void)
{
    struct waiter waiter = {conf_port(), {0, 0, 0, NULL, 0}};
    HANDLE thread = CreateThread(NULL, 0, dequeue, &waiter, 0, NULL);

    WaitForSingleObject(thread, CONF_QUIET_MS);
    PostQueuedCompletionStatus(waiter.port, 7, 8, NULL);
    WaitForSingleObject(thread, CONF_WAIT_MS);
    ok(waiter.packet.result && waiter.packet.bytes == 7 && waiter.packet.key == 8, "DOC-IOCP-07",
       "a waiting thread gets the packet: %d, %d", (int)waiter.packet.bytes,
       (int)waiter.packet.key);
    CloseHandle(thread);
    thread = CreateThread(NULL, 0, dequeue, &waiter, 0, NULL);
    WaitForSingleObject(thread, CONF_QUIET_MS);
    CloseHandle(waiter.port);
    WaitForSingleObject(thread, CONF_WAIT_MS);
    ok(!waiter.packet.result && waiter.packet.overlapped == NULL &&
           (waiter.packet.error == 735 || waiter.packet.error == ERROR_INVALID_HANDLE),
       "DOC-IOCP-05", "closing the port ends a wait: %s", conf_name(waiter.packet.error));
    CloseHandle(thread);
}

int main(void)
{
    conf_begin("CreateIoCompletionPort GetQueuedCompletionStatus GetQueuedCompletionStatusEx "
               "PostQueuedCompletionStatus SetFileCompletionNotificationModes");
    posted();
    several();
    at_once();
    skipped();
    closed(0);
    closed(1);
    outlives_thread();
    waitable();
    associations();
    waiting();
    return conf_end();
}
