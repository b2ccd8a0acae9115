/* SPDX-License-Identifier: MIT
 *
 * AcceptEx: ACCEPTEX-01, -02, -04, -07, -09, -11, -12, -14, IOCP-06, IOCP-09, IOCP-10, IOCP-11.
 * Documented: DOC-ACCEPTEX-01 (SO_UPDATE_ACCEPT_CONTEXT), -02 (an accept socket in use), -03
 * (SO_CONNECT_TIME), -04 (closing the accept socket), -05 (a client that has gone). */
#include "conf.h"

enum { ROOM = sizeof(SOCKADDR_IN) + 16 };

/* One AcceptEx with everything it needs. */
struct attempt {
    SOCKET listener;
    SOCKET socket;
    OVERLAPPED overlapped;
    char output[16 + 2 * ROOM];
    DWORD bytes;
};

/* 0 or the error code. `receive` is the room for data, `local` that for the local address. */
static int start(struct attempt *attempt, DWORD receive, DWORD local)
{
    attempt->bytes = 0xdeadbeef;
    return conf.accept_ex(attempt->listener, attempt->socket, attempt->output, receive, local, ROOM,
                          &attempt->bytes, &attempt->overlapped)
               ? 0
               : WSAGetLastError();
}

static struct attempt prepare(void)
{
    struct attempt attempt;

    memset(&attempt, 0, sizeof attempt);
    attempt.listener = conf_listener();
    attempt.socket = conf_tcp();
    attempt.overlapped = conf_overlapped();
    return attempt;
}

/* Closes everything; no operation outlives it, so that the memory may go. */
static void finish(struct attempt *attempt)
{
    closesocket(attempt->listener);
    closesocket(attempt->socket);
    if (conf_status(&attempt->overlapped) == CONF_STATUS_PENDING)
        conf_done(&attempt->overlapped);
    WSACloseEvent(attempt->overlapped.hEvent);
}

static void refusal(const char *fact, const char *what, struct attempt *attempt, void *output,
                    int wanted)
{
    int error;

    attempt->overlapped.Internal = 0xdeadbeef;
    error = conf.accept_ex(attempt->listener, attempt->socket, output, 0, ROOM, ROOM,
                           &attempt->bytes, &attempt->overlapped)
                ? 0
                : WSAGetLastError();
    ok(error == wanted && conf_status(&attempt->overlapped) == CONF_STATUS_PENDING, fact,
       "%s: %s, Internal %s", what, conf_name((unsigned)error),
       conf_name(conf_status(&attempt->overlapped)));
}

static void refusals(void)
{
    static struct attempt attempt; /* not on the stack: a call wrongly accepted may outlive us */
    SOCKET bound = conf_bound(SOCK_STREAM);
    SOCKET listener;
    SOCKET socket;

    attempt = prepare();
    listener = attempt.listener;
    socket = attempt.socket;
    attempt.listener = INVALID_SOCKET;
    refusal("ACCEPTEX-01.1", "no listener", &attempt, attempt.output, WSAENOTSOCK);
    attempt.listener = listener;
    attempt.socket = INVALID_SOCKET;
    refusal("ACCEPTEX-01.2", "no accept socket", &attempt, attempt.output, WSAENOTSOCK);
    attempt.socket = socket;
    refusal("ACCEPTEX-02.1", "NULL output", &attempt, NULL, WSAEFAULT);
    attempt.listener = bound;
    refusal("ACCEPTEX-02.2", "bound, not listening", &attempt, attempt.output, WSAEINVAL);
    attempt.listener = listener;
    attempt.socket = bound;
    refusal("DOC-ACCEPTEX-02", "a bound accept socket", &attempt, attempt.output, WSAEINVAL);
    attempt.socket = socket;
    fails("ACCEPTEX-07.1", "no OVERLAPPED",
          !conf.accept_ex(listener, socket, attempt.output, 0, ROOM, ROOM, &attempt.bytes, NULL),
          ERROR_INVALID_PARAMETER);
    fails("ACCEPTEX-07.2", "no OVERLAPPED and no lengths",
          !conf.accept_ex(listener, socket, attempt.output, 0, 0, 0, &attempt.bytes, NULL),
          ERROR_INVALID_PARAMETER);
    attempt.overlapped.Internal = 0;
    closesocket(bound);
    finish(&attempt);
}

static void without_local(void)
{
    struct attempt attempt = prepare();
    struct sockaddr *local = (struct sockaddr *)&attempt;
    struct sockaddr *remote = NULL;
    int local_length = 4711;
    int remote_length = 0;
    SOCKET client;

    equals_code("ACCEPTEX-04.1", "no room for the local address", (unsigned)start(&attempt, 0, 0),
                ERROR_IO_PENDING);
    client = conf_connected(conf_address(attempt.listener));
    equals("ACCEPTEX-04.2", "bytes at its end", conf_result(attempt.listener, &attempt.overlapped),
           0);
    conf.accept_ex_addresses(attempt.output, 0, 0, ROOM, &local, &local_length, &remote,
                             &remote_length);
    ok(local == (struct sockaddr *)&attempt && local_length == 4711, "ACCEPTEX-04.3",
       "the local pointer and length: %s", local_length == 4711 ? "untouched" : "written");
    ok(remote != NULL && remote_length >= (int)sizeof(SOCKADDR_IN) &&
           ((SOCKADDR_IN *)remote)->sin_port == conf_address(client).sin_port,
       "ACCEPTEX-04.4", "the remote address is the client's");
    closesocket(client);
    finish(&attempt);
}

static void without_data(void)
{
    struct attempt attempt = prepare();
    SOCKADDR_IN peer;
    int length = sizeof peer;
    SOCKET client;

    equals_code("ACCEPTEX-09.1", "AcceptEx without data", (unsigned)start(&attempt, 0, ROOM),
                ERROR_IO_PENDING);
    ok(conf_status(&attempt.overlapped) == CONF_STATUS_PENDING &&
           !conf_signalled(attempt.overlapped.hEvent, CONF_QUIET_MS),
       "ACCEPTEX-09.2", "pending without a client");
    client = conf_connected(conf_address(attempt.listener));
    equals("ACCEPTEX-09.3", "bytes when one comes",
           conf_result(attempt.listener, &attempt.overlapped), 0);
    equals_code("ACCEPTEX-09.4", "Internal", conf_status(&attempt.overlapped), 0);
    works("DOC-ACCEPTEX-01.1", "SO_UPDATE_ACCEPT_CONTEXT",
          setsockopt(attempt.socket, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                     (char *)&attempt.listener, sizeof attempt.listener) == 0);
    works("DOC-ACCEPTEX-01.2", "getpeername after it",
          getpeername(attempt.socket, (struct sockaddr *)&peer, &length) == 0);
    ok(peer.sin_port == conf_address(client).sin_port, "DOC-ACCEPTEX-01.3", "it is the client's");
    ok(conf_address(attempt.socket).sin_port == conf_address(attempt.listener).sin_port,
       "DOC-ACCEPTEX-01.4", "getsockname: the listener's");
    closesocket(client);
    finish(&attempt);
}

static int connect_time(SOCKET s)
{
    int seconds = 0;
    int length = sizeof seconds;

    if (getsockopt(s, SOL_SOCKET, SO_CONNECT_TIME, (char *)&seconds, &length) != 0)
        return -2;
    return seconds;
}

static void with_data(void)
{
    struct attempt attempt = prepare();
    struct sockaddr *local = NULL;
    struct sockaddr *remote = NULL;
    int local_length = 0;
    int remote_length = 0;
    SOCKET client;

    equals_code("ACCEPTEX-11.1", "AcceptEx with data", (unsigned)start(&attempt, 16, ROOM),
                ERROR_IO_PENDING);
    equals("DOC-ACCEPTEX-03.1", "SO_CONNECT_TIME before the connection",
           connect_time(attempt.socket), -1);
    client = conf_connected(conf_address(attempt.listener));
    ok(!conf_signalled(attempt.overlapped.hEvent, CONF_QUIET_MS) &&
           conf_status(&attempt.overlapped) == CONF_STATUS_PENDING,
       "ACCEPTEX-11.2", "pending after the connection");
    ok(connect_time(attempt.socket) >= 0 && connect_time(attempt.socket) < 60, "DOC-ACCEPTEX-03.2",
       "SO_CONNECT_TIME of a silent connection: %s",
       connect_time(attempt.socket) >= 0 ? "seconds" : "none");
    conf_send(client, "x", 1);
    equals("ACCEPTEX-11.3", "bytes after one byte came",
           conf_result(attempt.listener, &attempt.overlapped), 1);
    equals("ACCEPTEX-11.4", "the byte", attempt.output[0], 'x');
    conf.accept_ex_addresses(attempt.output, 16, ROOM, ROOM, &local, &local_length, &remote,
                             &remote_length);
    ok(local != NULL && ((SOCKADDR_IN *)local)->sin_family == AF_INET &&
           ((SOCKADDR_IN *)local)->sin_port == conf_address(attempt.listener).sin_port,
       "ACCEPTEX-12.1", "the local address is the listener's");
    ok(remote != NULL && ((SOCKADDR_IN *)remote)->sin_family == AF_INET &&
           ((SOCKADDR_IN *)remote)->sin_port == conf_address(client).sin_port,
       "ACCEPTEX-12.2", "the remote address is the client's");
    closesocket(client);
    finish(&attempt);
}

static void peer_leaves(void)
{
    struct attempt attempt = prepare();
    SOCKET client;

    start(&attempt, 16, ROOM);
    client = conf_connected(conf_address(attempt.listener));
    shutdown(client, SD_SEND);
    closesocket(client);
    equals("ACCEPTEX-14", "bytes when the client closes without sending",
           conf_result(attempt.listener, &attempt.overlapped), 0);
    finish(&attempt);
}

/* The accept socket can be used again. */
static void peer_gone(void)
{
    struct attempt attempt = prepare();
    SOCKET client;

    conf_reset(conf_connected(conf_address(attempt.listener)));
    equals_code("DOC-ACCEPTEX-05.1", "AcceptEx of a client that has reset",
                (unsigned)start(&attempt, 0, ROOM), ERROR_IO_PENDING);
    fails("DOC-ACCEPTEX-05.2", "its end", conf_result(attempt.listener, &attempt.overlapped) < 0,
          WSAECONNRESET);
    WSACloseEvent(attempt.overlapped.hEvent);
    attempt.overlapped = conf_overlapped();
    equals_code("DOC-ACCEPTEX-05.3", "AcceptEx with the same socket",
                (unsigned)start(&attempt, 0, ROOM), ERROR_IO_PENDING);
    client = conf_connected(conf_address(attempt.listener));
    equals("DOC-ACCEPTEX-05.4", "bytes when one comes",
           conf_result(attempt.listener, &attempt.overlapped), 0);
    closesocket(client);
    finish(&attempt);
}

static void abort_lines(const char *fact, struct packet packet, ULONG_PTR key, OVERLAPPED *wanted)
{
    ok(!packet.result && packet.bytes == 0 && packet.key == key && packet.overlapped == wanted &&
           packet.error == ERROR_OPERATION_ABORTED && conf_status(wanted) == CONF_STATUS_CANCELLED,
       fact, "packet: %s, %s, key %d, bytes %d, Internal %s", packet.result ? "TRUE" : "FALSE",
       conf_name(packet.error), (int)packet.key, (int)packet.bytes, conf_name(conf_status(wanted)));
}

static void cancelled_by_close(void)
{
    struct attempt attempt = prepare();
    HANDLE port = conf_port();
    struct packet packet;

    equals_code("IOCP-06.1", "AcceptEx, then association", (unsigned)start(&attempt, 0, ROOM),
                ERROR_IO_PENDING);
    conf_join_port(attempt.listener, port, 125);
    equals_code("IOCP-06.2", "the port", conf_packet(port, 0).error, WAIT_TIMEOUT);
    closesocket(attempt.listener);
    abort_lines("IOCP-06.3", conf_packet(port, CONF_WAIT_MS), 125, &attempt.overlapped);
    packet = conf_packet(port, CONF_QUIET_MS);
    ok(packet.overlapped == NULL, "IOCP-06.4", "then: %s",
       packet.overlapped == NULL ? "nothing more" : "another packet");
    attempt.listener = INVALID_SOCKET;
    finish(&attempt);

    attempt = prepare();
    conf_join_port(attempt.listener, port, 126);
    start(&attempt, 0, ROOM);
    closesocket(attempt.socket);
    abort_lines("DOC-ACCEPTEX-04", conf_packet(port, CONF_WAIT_MS), 126, &attempt.overlapped);
    attempt.socket = INVALID_SOCKET;
    finish(&attempt);
    CloseHandle(port);
}

static void on_ports(void)
{
    struct attempt attempt = prepare();
    HANDLE port = conf_port();
    HANDLE other = conf_port();
    struct packet packet;
    SOCKET client;

    conf_join_port(attempt.listener, port, 200);
    conf_join_port(attempt.socket, other, 201);
    start(&attempt, 16, ROOM);
    client = conf_connected(conf_address(attempt.listener));
    conf_send(client, "x", 1);
    if (!conf_done(&attempt.overlapped))
        conf_die("AcceptEx does not end");
    closesocket(attempt.socket);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.overlapped == &attempt.overlapped && packet.key == 200, "IOCP-09.1",
       "the packet's key: %d", (int)packet.key);
    equals_code("IOCP-09.2", "the accept socket's port", conf_packet(other, 0).error, WAIT_TIMEOUT);
    ok(packet.result && packet.bytes == 1, "IOCP-10",
       "accept socket closed meanwhile: %s, bytes %d", packet.result ? "TRUE" : "FALSE",
       (int)packet.bytes);
    closesocket(client);
    attempt.socket = INVALID_SOCKET;
    finish(&attempt);

    attempt = prepare();
    conf_join_port(attempt.listener, port, 202);
    start(&attempt, 16, ROOM);
    client = conf_connected(conf_address(attempt.listener));
    conf_signalled(attempt.overlapped.hEvent, CONF_QUIET_MS); /* lets the server side see it */
    closesocket(attempt.socket);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.overlapped == &attempt.overlapped && !packet.result && packet.bytes == 0 &&
           (packet.error == ERROR_OPERATION_ABORTED || packet.error == CONF_CONNECTION_ABORTED),
       "IOCP-11", "accept socket closed before data: %s",
       packet.overlapped == NULL ? "no packet"
       : packet.result           ? "TRUE"
                                 : "FALSE, aborted");
    closesocket(client);
    attempt.socket = INVALID_SOCKET;
    finish(&attempt);
    CloseHandle(port);
    CloseHandle(other);
}

int main(void)
{
    conf_begin("AcceptEx GetAcceptExSockaddrs CreateIoCompletionPort GetQueuedCompletionStatus");
    refusals();
    without_local();
    without_data();
    with_data();
    peer_leaves();
    peer_gone();
    cancelled_by_close();
    on_ports();
    return conf_end();
}
