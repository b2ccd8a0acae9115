/* SPDX-License-Identifier: MIT
 *
 * Cancelling, by CancelIo, CancelIoEx and closesocket. Documented: DOC-CANCEL-01 (nothing to
 * cancel), -02 (a receive on a port), -03 (one of two), -04 (CancelIo and threads), -05 (data are
 * not lost), -06 (AcceptEx), -07 (bad handles), DOC-CLOSE-01 (AcceptEx and closesocket), -02 (a
 * receive without a port and closesocket). */
#include "conf.h"

static void nothing(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped;

    memset(&overlapped, 0, sizeof overlapped);
    fails("DOC-CANCEL-01.1", "CancelIoEx of all, none pending",
          !CancelIoEx((HANDLE)pair.server, NULL), ERROR_NOT_FOUND);
    fails("DOC-CANCEL-01.2", "CancelIoEx of one never started",
          !CancelIoEx((HANDLE)pair.server, &overlapped), ERROR_NOT_FOUND);
    works("DOC-CANCEL-01.3", "CancelIo, none pending", CancelIo((HANDLE)pair.server));
    conf_pair_close(pair);
    fails("DOC-CANCEL-07.1", "CancelIoEx of a closed socket",
          !CancelIoEx((HANDLE)pair.server, NULL), ERROR_INVALID_HANDLE);
    fails("DOC-CANCEL-07.2", "CancelIo of a closed socket", !CancelIo((HANDLE)pair.server),
          ERROR_INVALID_HANDLE);
}

static void on_port(void)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    OVERLAPPED overlapped = conf_overlapped();
    struct packet packet;
    DWORD bytes = 0;
    DWORD flags = 0;
    char data[8];

    conf_join_port(pair.server, port, 12);
    conf_recv_start(pair.server, data, sizeof data, &overlapped);
    works("DOC-CANCEL-02.1", "CancelIoEx of all", CancelIoEx((HANDLE)pair.server, NULL));
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(!packet.result && packet.key == 12 && packet.overlapped == &overlapped &&
           packet.bytes == 0 && packet.error == ERROR_OPERATION_ABORTED,
       "DOC-CANCEL-02.2", "packet %s, %s, bytes %d", packet.result ? "TRUE" : "FALSE",
       conf_name(packet.error), (int)packet.bytes);
    equals_code("DOC-CANCEL-02.3", "Internal", conf_status(&overlapped), CONF_STATUS_CANCELLED);
    works("DOC-CANCEL-02.4", "the event too", conf_signalled(overlapped.hEvent, CONF_WAIT_MS));
    fails("DOC-CANCEL-02.5", "WSAGetOverlappedResult",
          !WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &flags),
          WSA_OPERATION_ABORTED);
    packet = conf_packet(port, CONF_QUIET_MS);
    ok(packet.overlapped == NULL, "DOC-CANCEL-02.6", "then: %s",
       packet.overlapped == NULL ? "nothing more" : "another packet");
    conf_pair_close(pair);
    CloseHandle(port);
    WSACloseEvent(overlapped.hEvent);
}

static void one_of_two(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped[2] = {conf_overlapped(), conf_overlapped()};
    char data[2][4] = {"", ""};

    conf_recv_start(pair.server, data[0], 4, &overlapped[0]);
    conf_recv_start(pair.server, data[1], 4, &overlapped[1]);
    works("DOC-CANCEL-03.1", "CancelIoEx of the second of two receives",
          CancelIoEx((HANDLE)pair.server, &overlapped[1]));
    fails("DOC-CANCEL-03.2", "the second", conf_result(pair.server, &overlapped[1]) < 0,
          WSA_OPERATION_ABORTED);
    ok(!conf_signalled(overlapped[0].hEvent, CONF_QUIET_MS), "DOC-CANCEL-03.3", "the first waits");
    conf_send(pair.client, "abc", 3);
    equals("DOC-CANCEL-03.4", "the first ends with", conf_result(pair.server, &overlapped[0]), 3);
    conf_recv_start(pair.server, data[0], 4, &overlapped[0]);
    conf_recv_start(pair.server, data[1], 4, &overlapped[1]);
    CancelIoEx((HANDLE)pair.server, &overlapped[0]);
    fails("DOC-CANCEL-03.5", "the first of two, cancelled",
          conf_result(pair.server, &overlapped[0]) < 0, WSA_OPERATION_ABORTED);
    conf_send(pair.client, "de", 2);
    equals("DOC-CANCEL-05.1", "data sent afterwards go to the second",
           conf_result(pair.server, &overlapped[1]), 2);
    conf_recv_start(pair.server, data[0], 4, &overlapped[0]);
    CancelIoEx((HANDLE)pair.server, NULL);
    conf_result(pair.server, &overlapped[0]);
    conf_send(pair.client, "xyz", 3);
    equals("DOC-CANCEL-05.2", "or to a receive started later", conf_recv(pair.server, data[0], 4),
           3);
    conf_pair_close(pair);
    WSACloseEvent(overlapped[0].hEvent);
    WSACloseEvent(overlapped[1].hEvent);
}

static DWORD WINAPI cancel_own(LPVOID socket)
{
    return (DWORD)CancelIo((HANDLE) * (SOCKET *)socket);
}

static void own_thread(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    HANDLE thread;
    DWORD code = 99;
    char data[4];

    conf_recv_start(pair.server, data, 4, &overlapped);
    thread = CreateThread(NULL, 0, cancel_own, &pair.server, 0, NULL);
    WaitForSingleObject(thread, CONF_WAIT_MS);
    GetExitCodeThread(thread, &code);
    equals("DOC-CANCEL-04.1", "CancelIo in another thread", (int)code, TRUE);
    ok(!conf_signalled(overlapped.hEvent, CONF_QUIET_MS), "DOC-CANCEL-04.2", "the receive waits");
    works("DOC-CANCEL-04.3", "CancelIo in its own thread", CancelIo((HANDLE)pair.server));
    fails("DOC-CANCEL-04.4", "the receive", conf_result(pair.server, &overlapped) < 0,
          WSA_OPERATION_ABORTED);
    CloseHandle(thread);
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

static void accepts(void)
{
    static char output[2 * (sizeof(SOCKADDR_IN) + 16)];
    SOCKET listener = conf_listener();
    SOCKET s = conf_tcp();
    OVERLAPPED overlapped = conf_overlapped();
    SOCKET client;
    DWORD bytes = 0;

    conf.accept_ex(listener, s, output, 0, sizeof(SOCKADDR_IN) + 16, sizeof(SOCKADDR_IN) + 16,
                   &bytes, &overlapped);
    works("DOC-CANCEL-06.1", "CancelIoEx of an AcceptEx",
          CancelIoEx((HANDLE)listener, &overlapped));
    fails("DOC-CANCEL-06.2", "it", conf_result(listener, &overlapped) < 0, WSA_OPERATION_ABORTED);
    conf.accept_ex(listener, s, output, 0, sizeof(SOCKADDR_IN) + 16, sizeof(SOCKADDR_IN) + 16,
                   &bytes, &overlapped);
    client = conf_connected(conf_address(listener));
    equals("DOC-CANCEL-06.3", "the accept socket serves again, bytes",
           conf_result(listener, &overlapped), 0);
    closesocket(client);
    closesocket(s);
    s = conf_tcp();
    conf.accept_ex(listener, s, output, 0, sizeof(SOCKADDR_IN) + 16, sizeof(SOCKADDR_IN) + 16,
                   &bytes, &overlapped);
    closesocket(listener);
    ok(conf_signalled(overlapped.hEvent, CONF_WAIT_MS) &&
           conf_status(&overlapped) == CONF_STATUS_CANCELLED,
       "DOC-CLOSE-01", "AcceptEx when its listener closes: Internal %s",
       conf_name(conf_status(&overlapped)));
    closesocket(s);
    WSACloseEvent(overlapped.hEvent);
}

static void closed_receive(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    char data[4];

    conf_recv_start(pair.server, data, 4, &overlapped);
    closesocket(pair.server);
    works("DOC-CLOSE-02.1", "closesocket with a receive pending: its event",
          conf_signalled(overlapped.hEvent, CONF_WAIT_MS));
    ok(conf_status(&overlapped) >= 0xc0000000, "DOC-CLOSE-02.2", "Internal: %s",
       conf_status(&overlapped) >= 0xc0000000 ? "a failure" : "no failure");
    closesocket(pair.client);
    WSACloseEvent(overlapped.hEvent);
}

int main(void)
{
    conf_begin("CancelIo CancelIoEx closesocket");
    nothing();
    on_port();
    one_of_two();
    own_thread();
    accepts();
    closed_receive();
    return conf_end();
}
