/* SPDX-License-Identifier: MIT
 *
 * WSARecv, and what a reset does to it: RECV-02, RECV-03, RECV-04, RECV-07, RECV-09, RECV-12,
 * RESET-01. Documented: DOC-RECV-01 (wrong sockets), -02 (several receives, one event each). */
#include "conf.h"

static void scatter(void)
{
    struct pair pair = conf_pair();
    char first[5] = "";
    char second[6] = "";
    WSABUF buffers[2] = {{4, first}, {5, second}};
    DWORD bytes = 0;
    DWORD flags = 0;

    SetLastError(0xdeadbeef);
    conf_send(pair.client, "abcdefghi", 9);
    equals_code("RECV-02.1", "last error after WSASend", GetLastError(), 0);
    SetLastError(0xdeadbeef);
    WSARecv(pair.server, buffers, 2, &bytes, &flags, NULL, NULL);
    equals_code("RECV-02.2", "last error after WSARecv", GetLastError(), 0);
    equals("RECV-02.3", "9 bytes into 4 and 5", (int)bytes, 9);
    ok(strcmp(first, "abcd") == 0 && strcmp(second, "efghi") == 0, "RECV-02.4",
       "they read '%s' and '%s'", first, second);
    conf_pair_close(pair);
}

static void same_overlapped(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped;
    HANDLE port = conf_port();
    char data[2][4] = {"", ""};
    struct packet packets[2];

    memset(&overlapped, 0, sizeof overlapped);
    conf_join_port(pair.server, port, 9);
    equals_code("RECV-03.1", "a receive",
                (unsigned)conf_recv_start(pair.server, data[0], 4, &overlapped), WSA_IO_PENDING);
    equals_code("RECV-03.2", "another one with the same OVERLAPPED",
                (unsigned)conf_recv_start(pair.server, data[1], 4, &overlapped), WSA_IO_PENDING);
    conf_send(pair.client, "abcdefgh", 8);
    for (int i = 0; i < 2; i++)
        packets[i] = conf_packet(port, CONF_WAIT_MS);
    ok(packets[0].overlapped == &overlapped && packets[1].overlapped == &overlapped &&
           packets[0].bytes == 4 && packets[1].bytes == 4,
       "RECV-03.3", "two packets of %d and %d bytes", (int)packets[0].bytes, (int)packets[1].bytes);
    ok(memcmp(data, "abcdefgh", 8) == 0, "RECV-03.4", "they read '%.4s' and '%.4s'", data[0],
       data[1]);
    conf_pair_close(pair);
    CloseHandle(port);
}

static void reset(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    DWORD bytes = 0xdeadbeef;
    DWORD flags = 0;
    char data[4];
    BOOL result;

    equals_code("RECV-04.1", "a receive",
                (unsigned)conf_recv_start(pair.server, data, sizeof data, &overlapped),
                WSA_IO_PENDING);
    conf_reset(pair.client);
    works("RECV-04.2", "it ends when the peer resets", conf_done(&overlapped));
    equals_code("RESET-01.1", "Internal", conf_status(&overlapped), CONF_STATUS_RESET);
    equals("RESET-01.2", "InternalHigh", (int)overlapped.InternalHigh, 0);
    result = GetOverlappedResult((HANDLE)pair.server, &overlapped, &bytes, FALSE);
    fails("RECV-04.3", "GetOverlappedResult", !result, CONF_NETNAME_DELETED);
    equals("RECV-04.4", "bytes", (int)bytes, 0);
    result = WSAGetOverlappedResult(pair.server, &overlapped, &bytes, FALSE, &flags);
    fails("RESET-01.3", "WSAGetOverlappedResult", !result, WSAECONNRESET);
    closesocket(pair.server);
    WSACloseEvent(overlapped.hEvent);
}

static void CALLBACK routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    (void)error;
    (void)bytes;
    (void)flags;
    overlapped->hEvent = overlapped; /* seen by the caller */
}

static void routine_and_port(void)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    OVERLAPPED overlapped;
    char data[4];
    WSABUF buffer = {4, data};
    DWORD flags = 0;
    int failed;

    memset(&overlapped, 0, sizeof overlapped);
    conf_join_port(pair.server, port, 1);
    conf_send(pair.client, "abcd", 4);
    failed = WSARecv(pair.server, &buffer, 1, NULL, &flags, &overlapped, routine) != 0;
    fails("RECV-07.1", "a completion routine on a socket with a port", failed, WSAEINVAL);
    ok(overlapped.hEvent == NULL, "RECV-07.2", "the routine: %s",
       overlapped.hEvent == NULL ? "not called" : "called");
    equals_code("RECV-07.3", "the port", conf_packet(port, 0).error, WAIT_TIMEOUT);
    conf_pair_close(pair);
    CloseHandle(port);
}

static void wrong_sockets(void)
{
    static OVERLAPPED overlapped; /* static: a call wrongly accepted may outlive the function */
    static char data[4] = "abc";
    SOCKET s = conf_tcp();
    SOCKET udp = conf_socket(SOCK_DGRAM);

    fails("RECV-09.1", "handle 0", conf_recv(0, data, 4) < 0, WSAENOTSOCK);
    fails("RECV-09.2", "an unconnected socket", conf_recv(s, data, 4) < 0, WSAENOTCONN);
    ok(memcmp(data, "abc", 4) == 0, "RECV-09.3", "the buffer: %s",
       memcmp(data, "abc", 4) == 0 ? "untouched" : "written");
    equals_code("DOC-RECV-01.1", "an unbound UDP socket",
                (unsigned)conf_recv_start(udp, data, 4, &overlapped), WSAEINVAL);
    closesocket(s);
    fails("DOC-RECV-01.2", "a closed socket", conf_recv(s, data, 4) < 0, WSAENOTSOCK);
    closesocket(udp);
}

static void end_of_stream(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    char data[4];
    int error;

    shutdown(pair.client, SD_SEND);
    for (int i = 0; i < 2; i++) {
        SetLastError(0xdeadbeef);
        error = conf_recv(pair.server, data, sizeof data) == 0 ? (int)GetLastError() : -1;
        equals_code(i == 0 ? "RECV-12.1" : "RECV-12.2", "WSARecv at the end: 0 bytes, last error",
                    (unsigned)error, 0);
    }
    error = conf_recv_start(pair.server, data, sizeof data, &overlapped);
    ok((error == 0 || error == WSA_IO_PENDING) && conf_result(pair.server, &overlapped) == 0,
       "RECV-12.3", "overlapped: 0 bytes");
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

static void one_event_each(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped[2] = {conf_overlapped(), conf_overlapped()};
    char data[2][4] = {"", ""};

    conf_recv_start(pair.server, data[0], 4, &overlapped[0]);
    conf_recv_start(pair.server, data[1], 4, &overlapped[1]);
    conf_send(pair.client, "abc", 3);
    equals("DOC-RECV-02.1", "bytes of the first", conf_result(pair.server, &overlapped[0]), 3);
    ok(!conf_signalled(overlapped[1].hEvent, CONF_QUIET_MS), "DOC-RECV-02.2", "the second waits");
    conf_send(pair.client, "de", 2);
    equals("DOC-RECV-02.3", "bytes of the second", conf_result(pair.server, &overlapped[1]), 2);
    conf_pair_close(pair);
    WSACloseEvent(overlapped[0].hEvent);
    WSACloseEvent(overlapped[1].hEvent);
}

int main(void)
{
    conf_begin("WSARecv GetOverlappedResult WSAGetOverlappedResult");
    scatter();
    same_overlapped();
    reset();
    routine_and_port();
    wrong_sockets();
    end_of_stream();
    one_event_each();
    return conf_end();
}
