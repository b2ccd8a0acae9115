/* SPDX-License-Identifier: MIT
 *
 * shutdown, DisconnectEx and abortive closes: SHUTDOWN-01, -02, -05, -08, -10, -11,
 * DISCONNECTEX-01, -03, -04. Documented: DOC-SHUTDOWN-01 (bad arguments), -02 (data for nobody),
 * DOC-DISCONNECTEX-01 (bad arguments), -02 (overlapped), -03 (reuse), DOC-LINGER-01 (abortive
 * close). */
#include "conf.h"

static int names_work(SOCKET s)
{
    SOCKADDR_IN name;
    int length = sizeof name;
    int first = getsockname(s, (struct sockaddr *)&name, &length);

    length = sizeof name;
    return first == 0 && getpeername(s, (struct sockaddr *)&name, &length) == 0;
}

static void not_connected(void)
{
    SOCKET s = conf_tcp();
    SOCKET listener = conf_listener();

    fails("SHUTDOWN-01.1", "unconnected, SD_SEND", shutdown(s, SD_SEND) != 0, WSAENOTCONN);
    fails("SHUTDOWN-01.2", "unconnected, SD_RECEIVE", shutdown(s, SD_RECEIVE) != 0, WSAENOTCONN);
    fails("SHUTDOWN-01.3", "listening, SD_SEND", shutdown(listener, SD_SEND) != 0, WSAENOTCONN);
    fails("SHUTDOWN-01.4", "listening, SD_RECEIVE", shutdown(listener, SD_RECEIVE) != 0,
          WSAENOTCONN);
    closesocket(s);
    fails("DOC-SHUTDOWN-01.1", "a closed socket", shutdown(s, SD_SEND) != 0, WSAENOTSOCK);
    fails("DOC-SHUTDOWN-01.2", "a closed socket, bad direction", shutdown(s, 99) != 0, WSAENOTSOCK);
    closesocket(listener);
}

static void send_side(void)
{
    struct pair pair = conf_pair();
    char data[4];

    fails("DOC-SHUTDOWN-01.3", "bad direction", shutdown(pair.client, 99) != 0, WSAEINVAL);
    SetLastError(0xdeadbeef);
    shutdown(pair.client, SD_SEND);
    equals_code("SHUTDOWN-11", "last error after shutdown", GetLastError(), 0);
    works("SHUTDOWN-02.1", "SD_SEND again", shutdown(pair.client, SD_SEND) == 0);
    fails("SHUTDOWN-02.2", "WSASend after it", conf_send(pair.client, "abc", 3) < 0, WSAESHUTDOWN);
    equals("SHUTDOWN-02.3", "the peer receives", conf_recv(pair.server, data, 4), 0);
    equals("SHUTDOWN-02.4", "and again", conf_recv(pair.server, data, 4), 0);
    equals("SHUTDOWN-02.5", "the other direction still works", conf_send(pair.server, "abc", 3), 3);
    equals("SHUTDOWN-02.6", "bytes received there", conf_recv(pair.client, data, 4), 3);
    works("SHUTDOWN-05.1", "SD_RECEIVE too", shutdown(pair.client, SD_RECEIVE) == 0);
    works("SHUTDOWN-05.2", "getsockname and getpeername then", names_work(pair.client));
    conf_pair_close(pair);
}

static void receive_side(void)
{
    struct pair pair = conf_pair();
    OVERLAPPED overlapped = conf_overlapped();
    OVERLAPPED second = conf_overlapped();
    char data[8] = "";
    char other[8];

    equals_code("SHUTDOWN-08.1", "WSARecv before",
                (unsigned)conf_recv_start(pair.server, data, sizeof data, &overlapped),
                WSA_IO_PENDING);
    works("SHUTDOWN-08.2", "SD_RECEIVE", shutdown(pair.server, SD_RECEIVE) == 0);
    ok(!conf_signalled(overlapped.hEvent, CONF_QUIET_MS), "SHUTDOWN-08.3", "the receive stays");
    equals_code("SHUTDOWN-08.4", "a new overlapped WSARecv",
                (unsigned)conf_recv_start(pair.server, other, sizeof other, &second), WSAESHUTDOWN);
    fails("SHUTDOWN-08.5", "a new synchronous WSARecv",
          conf_recv(pair.server, other, sizeof other) < 0, WSAESHUTDOWN);
    conf_send(pair.client, "data", 4);
    equals("SHUTDOWN-08.6", "bytes of the first one", conf_result(pair.server, &overlapped), 4);
    ok(memcmp(data, "data", 4) == 0, "SHUTDOWN-08.7", "it reads '%s'", data);
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
    WSACloseEvent(second.hEvent);
}

/* The peer waits, but not for ever. */
static void data_for_nobody(void)
{
    struct pair pair = conf_pair();
    DWORD limit_ms = CONF_WAIT_MS;
    char data[4];

    setsockopt(pair.client, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit_ms, sizeof limit_ms);
    shutdown(pair.server, SD_RECEIVE);
    equals("DOC-SHUTDOWN-02.1", "sending after SD_RECEIVE", conf_send(pair.server, "abc", 3), 3);
    equals("DOC-SHUTDOWN-02.2", "bytes that arrive", conf_recv(pair.client, data, 3), 3);
    conf_send(pair.client, "abc", 3);
    fails("DOC-SHUTDOWN-02.3", "the peer, when it has sent too",
          conf_recv(pair.client, data, 4) < 0, WSAECONNRESET);
    conf_pair_close(pair);
}

static void datagrams(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    char data[4];

    works("SHUTDOWN-10.1", "UDP, SD_RECEIVE", shutdown(s, SD_RECEIVE) == 0);
    fails("SHUTDOWN-10.2", "WSARecv after it", conf_recv(s, data, 4) < 0, WSAESHUTDOWN);
    works("SHUTDOWN-10.3", "UDP, SD_SEND", shutdown(s, SD_SEND) == 0);
    works("SHUTDOWN-10.4", "UDP, SD_SEND again", shutdown(s, SD_SEND) == 0);
    closesocket(s);
}

static void disconnect(void)
{
    OVERLAPPED overlapped = conf_overlapped();
    struct pair pair = conf_pair();
    SOCKET s = conf_tcp();
    char data[4];
    int error;

    fails("DISCONNECTEX-01.1", "no socket", !conf.disconnect_ex(INVALID_SOCKET, NULL, 0, 0),
          WSAENOTSOCK);
    fails("DISCONNECTEX-01.2", "an unconnected socket", !conf.disconnect_ex(s, NULL, 0, 0),
          WSAENOTCONN);
    fails("DOC-DISCONNECTEX-01.1", "reserved not 0", !conf.disconnect_ex(pair.client, NULL, 0, 1),
          WSAEINVAL);
    fails("DOC-DISCONNECTEX-01.2", "unknown flag", !conf.disconnect_ex(pair.client, NULL, 0x80, 0),
          WSAEINVAL);
    works("DISCONNECTEX-04.1", "without OVERLAPPED", conf.disconnect_ex(pair.client, NULL, 0, 0));
    works("DISCONNECTEX-04.2", "again", conf.disconnect_ex(pair.client, NULL, 0, 0));
    equals("DISCONNECTEX-03.1", "the peer receives", conf_recv(pair.server, data, 4), 0);
    works("DISCONNECTEX-03.2", "names of the disconnected socket", names_work(pair.client));
    works("DISCONNECTEX-03.3", "names of its peer", names_work(pair.server));
    conf_pair_close(pair);
    pair = conf_pair();
    error = conf.disconnect_ex(pair.client, &overlapped, 0, 0) ? 0 : WSAGetLastError();
    ok((error == 0 || error == ERROR_IO_PENDING) && conf_result(pair.client, &overlapped) == 0,
       "DOC-DISCONNECTEX-02.1", "with OVERLAPPED: it ends");
    equals("DOC-DISCONNECTEX-02.2", "the peer receives", conf_recv(pair.server, data, 4), 0);
    conf_pair_close(pair);
    closesocket(s);
    WSACloseEvent(overlapped.hEvent);
}

/* Takes one connection into `into` and returns its client; what AcceptEx said goes to *error. */
static SOCKET accept_into(SOCKET listener, SOCKET into, int *error)
{
    static char output[2 * (sizeof(SOCKADDR_IN) + 16)];
    static OVERLAPPED overlapped;
    DWORD bytes = 0;
    SOCKET client;

    overlapped = conf_overlapped();
    *error = conf.accept_ex(listener, into, output, 0, sizeof(SOCKADDR_IN) + 16,
                            sizeof(SOCKADDR_IN) + 16, &bytes, &overlapped)
                 ? 0
                 : WSAGetLastError();
    if (*error == ERROR_IO_PENDING)
        *error = 0;
    if (*error != 0)
        return INVALID_SOCKET;
    client = conf_connected(conf_address(listener));
    if (conf_result(listener, &overlapped) != 0)
        *error = WSAGetLastError();
    setsockopt(into, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof listener);
    WSACloseEvent(overlapped.hEvent);
    return client;
}

static void reuse(void)
{
    SOCKET listener = conf_listener();
    SOCKET s = conf_tcp();
    char data[4] = "";
    int error;
    SOCKET client = accept_into(listener, s, &error);

    shutdown(client, SD_SEND);
    conf_recv(s, data, 4); /* the client ends first, so that this side has no TIME_WAIT */
    works("DOC-DISCONNECTEX-03.1", "TF_REUSE_SOCKET",
          conf.disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
    closesocket(client);
    client = accept_into(listener, s, &error);
    equals_code("DOC-DISCONNECTEX-03.2", "AcceptEx with it again", (unsigned)error, 0);
    if (client != INVALID_SOCKET) {
        conf_send(client, "abc", 3);
        equals("DOC-DISCONNECTEX-03.3", "bytes of the second connection", conf_recv(s, data, 4), 3);
    } else {
        ok(0, "DOC-DISCONNECTEX-03.3", "no second connection");
    }
    closesocket(client);
    closesocket(s);
    closesocket(listener);
}

static void abortive(void)
{
    struct pair pair = conf_pair();
    char data[4];

    conf_reset(pair.client);
    fails("DOC-LINGER-01.1", "the peer of a close with linger {1,0} receives",
          conf_recv(pair.server, data, 4) < 0, WSAECONNRESET);
    closesocket(pair.server);
    pair = conf_pair();
    closesocket(pair.client);
    equals("DOC-LINGER-01.2", "the peer of a plain close receives", conf_recv(pair.server, data, 4),
           0);
    closesocket(pair.server);
}

int main(void)
{
    conf_begin("shutdown DisconnectEx closesocket");
    not_connected();
    send_side();
    receive_side();
    data_for_nobody();
    datagrams();
    disconnect();
    reuse();
    abortive();
    return conf_end();
}
