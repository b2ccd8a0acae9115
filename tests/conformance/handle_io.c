/* SPDX-License-Identifier: MIT
 *
 * ReadFile, WriteFile and their Ex forms on sockets, GetOverlappedResultEx and CancelSynchronousIo:
 * RECV-13 (a socket handle can be read), OVERLAPPED-11 (a non-blocking socket pends), IOCP-33 (no
 * routine on a handle with a port). Documented: DOC-RW-01 (results and codes), -02 (bad arguments),
 * -03 (packets), -04 (routines), DOC-RESULTEX-01, DOC-CANCELSYNC-01. */
#include "conf.h"

static void synchronous(void)
{
    struct pair pair = conf_pair();
    char data[8] = "";
    DWORD bytes = 77;

    works("DOC-RW-01.1", "WriteFile",
          WriteFile((HANDLE)pair.client, "abcde", 5, &bytes, NULL) != FALSE);
    equals("DOC-RW-01.2", "bytes", bytes, 5);
    works("RECV-13.1", "ReadFile", ReadFile((HANDLE)pair.server, data, 3, &bytes, NULL) != FALSE);
    equals("RECV-13.2", "bytes", bytes, 3);
    ok(memcmp(data, "abc", 3) == 0, "RECV-13.3", "it reads '%.3s'", data);
    shutdown(pair.client, SD_SEND);
    ReadFile((HANDLE)pair.server, data, 8, &bytes, NULL);
    works("DOC-RW-01.3", "at the end of the stream",
          ReadFile((HANDLE)pair.server, data, 8, &bytes, NULL) != FALSE);
    equals("DOC-RW-01.4", "bytes", bytes, 0);
    conf_pair_close(pair);
    pair = conf_pair();
    conf_reset(pair.client);
    bytes = 77;
    fails("DOC-RW-01.5", "after the peer's reset",
          !ReadFile((HANDLE)pair.server, data, 8, &bytes, NULL), CONF_NETNAME_DELETED);
    equals("DOC-RW-01.6", "bytes", bytes, 0);
    closesocket(pair.server);
}

static void refused(void)
{
    SOCKET s = conf_tcp();
    WSAEVENT event = WSACreateEvent();
    char data[8];
    DWORD bytes = 77;

    fails("DOC-RW-02.1", "ReadFile of no handle",
          !ReadFile(INVALID_HANDLE_VALUE, data, 8, &bytes, NULL), ERROR_INVALID_HANDLE);
    equals("DOC-RW-02.2", "bytes", bytes, 0);
    bytes = 77;
    fails("DOC-RW-02.3", "WriteFile to no handle",
          !WriteFile(INVALID_HANDLE_VALUE, data, 8, &bytes, NULL), ERROR_INVALID_HANDLE);
    equals("DOC-RW-02.4", "bytes", bytes, 0);
    closesocket(s);
    fails("DOC-RW-02.5", "ReadFile of a closed socket", !ReadFile((HANDLE)s, data, 8, &bytes, NULL),
          ERROR_INVALID_HANDLE);
    WSACloseEvent(event);
}

static void pending(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    char data[8] = "";
    DWORD bytes = 77;
    u_long on = 1;

    ioctlsocket(pair.client, (long)FIONBIO, &on);
    fails("OVERLAPPED-11", "ReadFile, non-blocking",
          !ReadFile((HANDLE)pair.client, data, 8, NULL, &overlapped), ERROR_IO_PENDING);
    equals_code("DOC-RW-01.7", "Internal", conf_status(&overlapped), CONF_STATUS_PENDING);
    fails("DOC-RESULTEX-01.1", "GetOverlappedResultEx, 0 ms",
          !GetOverlappedResultEx((HANDLE)pair.client, &overlapped, &bytes, 0, FALSE),
          ERROR_IO_INCOMPLETE);
    fails("DOC-RESULTEX-01.2", "some ms",
          !GetOverlappedResultEx((HANDLE)pair.client, &overlapped, &bytes, 5, FALSE), WAIT_TIMEOUT);
    conf_send(pair.server, "abc", 3);
    works("DOC-RESULTEX-01.3", "with data",
          GetOverlappedResultEx((HANDLE)pair.client, &overlapped, &bytes, CONF_WAIT_MS, TRUE) !=
              FALSE);
    equals("DOC-RESULTEX-01.4", "bytes", bytes, 3);
    fails("DOC-RW-01.8", "again", !ReadFile((HANDLE)pair.client, data, 8, NULL, &overlapped),
          ERROR_IO_PENDING);
    CancelIo((HANDLE)pair.client);
    fails("DOC-RESULTEX-01.5", "cancelled",
          !GetOverlappedResultEx((HANDLE)pair.client, &overlapped, &bytes, CONF_WAIT_MS, FALSE),
          ERROR_OPERATION_ABORTED);
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

static unsigned calls;
static struct {
    DWORD error, bytes;
    OVERLAPPED *overlapped;
} told;

static void CALLBACK count_call(ULONG_PTR unused)
{
    (void)unused;
    calls++;
}

static void CALLBACK tell(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    told.error = error;
    told.bytes = bytes;
    told.overlapped = overlapped;
    calls++;
}

static void alertable(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    char data[8];
    DWORD bytes;

    calls = 0;
    conf_recv_start(pair.client, data, 8, &overlapped);
    QueueUserAPC(count_call, GetCurrentThread(), 0);
    fails("DOC-RESULTEX-01.6", "a call is queued",
          !GetOverlappedResultEx((HANDLE)pair.client, &overlapped, &bytes, CONF_WAIT_MS, TRUE),
          WAIT_IO_COMPLETION);
    equals("DOC-RESULTEX-01.7", "calls that ran", calls, 1);
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

static void packets(void)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    OVERLAPPED overlapped;
    struct packet packet;
    char data[8];

    memset(&overlapped, 0, sizeof overlapped);
    conf_join_port(pair.client, port, 9);
    fails("DOC-RW-03.1", "ReadFile with a port",
          !ReadFile((HANDLE)pair.client, data, 8, NULL, &overlapped), ERROR_IO_PENDING);
    conf_send(pair.server, "abc", 3);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.result && packet.overlapped == &overlapped && packet.key == 9, "DOC-RW-03.2",
       "its packet came: %d", packet.result != 0);
    equals("DOC-RW-03.3", "bytes", packet.bytes, 3);
    fails("IOCP-33", "ReadFileEx with a port",
          !ReadFileEx((HANDLE)pair.client, data, 8, &overlapped, tell), ERROR_INVALID_PARAMETER);
    conf_pair_close(pair);
    CloseHandle(port);
}

static void routines(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped;
    char data[8];

    memset(&overlapped, 0, sizeof overlapped);
    calls = 0;
    works("DOC-RW-04.1", "ReadFileEx",
          ReadFileEx((HANDLE)pair.client, data, 8, &overlapped, tell) != FALSE);
    conf_send(pair.server, "abc", 3);
    equals_code("DOC-RW-04.2", "an alertable sleep", SleepEx(CONF_WAIT_MS, TRUE),
                WAIT_IO_COMPLETION);
    ok(calls == 1 && told.overlapped == &overlapped, "DOC-RW-04.3", "routines that ran: %u", calls);
    equals_code("DOC-RW-04.4", "error", told.error, 0);
    equals("DOC-RW-04.5", "bytes", told.bytes, 3);
    ReadFileEx((HANDLE)pair.client, data, 8, &overlapped, tell);
    CancelIo((HANDLE)pair.client);
    SleepEx(CONF_WAIT_MS, TRUE);
    equals_code("DOC-RW-04.6", "error when cancelled", told.error, ERROR_OPERATION_ABORTED);
    works("DOC-RW-04.7", "WriteFileEx",
          WriteFileEx((HANDLE)pair.client, "xyz", 3, &overlapped, tell) != FALSE);
    SleepEx(CONF_WAIT_MS, TRUE);
    equals("DOC-RW-04.8", "bytes", told.bytes, 3);
    equals("DOC-RW-04.9", "the peer receives", conf_recv(pair.server, data, 8), 3);
    conf_pair_close(pair);
}

static void synchronous_cancel(void)
{
    WSAEVENT event = WSACreateEvent();

    fails("DOC-CANCELSYNC-01.1", "an event", !CancelSynchronousIo(event), ERROR_INVALID_HANDLE);
    fails("DOC-CANCELSYNC-01.2", "a thread that waits for nothing",
          !CancelSynchronousIo(GetCurrentThread()), ERROR_NOT_FOUND);
    WSACloseEvent(event);
}

int main(void)
{
    conf_begin("ReadFile WriteFile ReadFileEx WriteFileEx GetOverlappedResultEx "
               "CancelSynchronousIo");
    synchronous();
    refused();
    pending();
    alertable();
    packets();
    routines();
    synchronous_cancel();
    return conf_end();
}
