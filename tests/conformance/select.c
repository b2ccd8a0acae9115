/* SPDX-License-Identifier: MIT
 *
 * select. SELECT-01 (no sockets), -02 (no socket among them), -12 (the count), -13 (listening and
 * connecting), -06 (closing), -08 (calls queued to the thread), -14 and -15 (urgent data), -16, -17
 * (the end), -19 (a second connect), -20 (listening after a failed connect), -22 (the time).
 * RESET-03 (a reset connection). Documented: DOC-SELECT-01 (a failed connect), -02
 * (order). */
#include "conf.h"

static struct timeval no_time = {0, 0};
static struct timeval long_time = {CONF_WAIT_MS / 1000, 0};

/* In which of the three sets the socket is: "r", "w", "x". */
static const char *ready(SOCKET s)
{
    static char text[4];
    fd_set sets[3];
    int used = 0;

    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        FD_SET(s, &sets[i]);
    }
    if (select(0, &sets[0], &sets[1], &sets[2], &no_time) < 0)
        return conf_name((unsigned)WSAGetLastError());
    for (int i = 0; i < 3; i++) {
        if (FD_ISSET(s, &sets[i]))
            text[used++] = "rwx"[i];
    }
    text[used] = 0;
    return used > 0 ? text : "none";
}

static void is_ready(const char *fact, const char *what, SOCKET s, const char *wanted)
{
    const char *seen = ready(s);

    ok(strcmp(seen, wanted) == 0, fact, "%s: %s", what, seen);
}

/* Waits until it is in the given set: 0 read, 1 write, 2 except. */
static int until(SOCKET s, int which)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, which == 0 ? &set : NULL, which == 1 ? &set : NULL, which == 2 ? &set : NULL,
                  &long_time);
}

static void arguments(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    struct timeval time = {0, 20000};
    fd_set empty, bad, good;

    FD_ZERO(&empty);
    FD_ZERO(&bad);
    FD_SET(INVALID_SOCKET, &bad);
    FD_ZERO(&good);
    FD_SET(s, &good);
    fails("SELECT-01.1", "no sets", select(0, NULL, NULL, NULL, &no_time) < 0, WSAEINVAL);
    fails("SELECT-01.2", "empty sets", select(0, &empty, NULL, &empty, NULL) < 0, WSAEINVAL);
    fails("SELECT-02.1", "INVALID_SOCKET", select(0, &good, NULL, &bad, &no_time) < 0, WSAENOTSOCK);
    equals("SELECT-02.2", "sockets left", good.fd_count + bad.fd_count, 2);
    equals("SELECT-12", "a count of -1", select(-1, &good, NULL, NULL, &time), 0);
    ok(time.tv_sec == 0 && time.tv_usec == 20000, "SELECT-22", "the time is as it was");
    closesocket(s);
    FD_ZERO(&good);
    FD_SET(s, &good);
    fails("SELECT-02.3", "a closed socket", select(0, &good, NULL, NULL, &no_time) < 0,
          WSAENOTSOCK);
}

static void connections(void)
{
    struct pair pair = conf_pair();
    char byte;

    is_ready("SELECT-17.1", "a connected socket", pair.server, "w");
    closesocket(pair.client);
    until(pair.server, 0);
    is_ready("SELECT-17.2", "its peer has closed", pair.server, "rw");
    equals("SELECT-17.3", "recv", recv(pair.server, &byte, 1, 0), 0);
    closesocket(pair.server);

    pair = conf_pair();
    conf_reset(pair.client);
    until(pair.server, 0);
    is_ready("RESET-03.1", "a reset connection", pair.server, "rw");
    closesocket(pair.server);
}

static void urgent(void)
{
    struct pair pair = conf_pair();
    u_long on = 1;
    char byte = 0;

    send(pair.client, "1", 1, MSG_OOB);
    until(pair.server, 2);
    is_ready("SELECT-14.1", "an urgent byte", pair.server, "wx");
    equals("SELECT-14.2", "recv(MSG_OOB)", recv(pair.server, &byte, 1, MSG_OOB), 1);
    conf_pair_close(pair);
    pair = conf_pair();
    conf_set(pair.server, SO_OOBINLINE, 1);
    send(pair.client, "2", 1, MSG_OOB);
    until(pair.server, 0);
    is_ready("SELECT-15.1", "an urgent byte in line", pair.server, "rw");
    equals("SELECT-15.2", "recv", recv(pair.server, &byte, 1, 0), 1);
    ioctlsocket(pair.server, (long)FIONBIO, &on);
    fails("SELECT-16", "recv again", recv(pair.server, &byte, 1, 0) < 0, WSAEWOULDBLOCK);
    conf_pair_close(pair);
}

static void connecting(void)
{
    SOCKET listener = conf_listener();
    SOCKET client = conf_tcp();
    SOCKET dead = conf_bound(SOCK_STREAM);
    SOCKADDR_IN to = conf_address(listener);
    SOCKADDR_IN nowhere = conf_address(dead);
    u_long on = 1;

    closesocket(dead);
    is_ready("SELECT-13.1", "a listening socket", listener, "none");
    is_ready("SELECT-13.2", "an unconnected one", client, "none");
    ioctlsocket(client, (long)FIONBIO, &on);
    connect(client, (struct sockaddr *)&nowhere, sizeof nowhere);
    equals("DOC-SELECT-01.1", "waiting for a refused connect", until(client, 2), 1);
    is_ready("DOC-SELECT-01.2", "then", client, "x");
    fails("SELECT-19.1", "connect again", connect(client, (struct sockaddr *)&to, sizeof to) != 0,
          WSAEWOULDBLOCK);
    equals("SELECT-19.2", "waiting for it", until(client, 1), 1);
    closesocket(client);
    if (until(listener, 0) == 1)
        closesocket(accept(listener, NULL, NULL));
    client = conf_tcp();
    ioctlsocket(client, (long)FIONBIO, &on);
    connect(client, (struct sockaddr *)&to, sizeof to);
    until(client, 1);
    is_ready("SELECT-13.3", "a socket that has connected", client, "w");
    until(listener, 0);
    is_ready("SELECT-13.4", "a connection waits", listener, "r");
    closesocket(client);
    closesocket(listener);
}

static void failed_then_listening(void)
{
    SOCKET listener = conf_tcp();
    SOCKET dead = conf_bound(SOCK_STREAM);
    SOCKADDR_IN nowhere = conf_address(dead);
    SOCKET client, accepted;
    int listens, error = 0, bytes = sizeof error;
    u_long on = 1;

    closesocket(dead);
    ioctlsocket(listener, (long)FIONBIO, &on);
    connect(listener, (struct sockaddr *)&nowhere, sizeof nowhere);
    until(listener, 2);
    listens = listen(listener, 1) == 0;
    works("SELECT-20.1", "listen after a refused connect", listens);
    if (!listens) { /* as under Wine: then there is nobody to connect to */
        closesocket(listener);
        return;
    }
    client = conf_connected(conf_address(listener));
    until(listener, 0);
    is_ready("SELECT-20.2", "a connection waits", listener, "rx");
    accepted = accept(listener, NULL, NULL);
    works("SELECT-20.3", "accept", accepted != INVALID_SOCKET);
    getsockopt(listener, SOL_SOCKET, SO_ERROR, (char *)&error, &bytes);
    equals_code("SELECT-20.4", "SO_ERROR", (unsigned)error, WSAECONNREFUSED);
    closesocket(accepted);
    closesocket(client);
    closesocket(listener);
}

static void CALLBACK count_call(ULONG_PTR count)
{
    ++*(int *)count;
}

static void queued_calls(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    struct timeval short_time = {0, 20000};
    int count = 0;
    fd_set set;

    QueueUserAPC(count_call, GetCurrentThread(), (ULONG_PTR)&count);
    FD_ZERO(&set);
    FD_SET(s, &set);
    select(0, NULL, &set, NULL, &short_time);
    equals("SELECT-08.1", "calls run when one is ready", count, 0);
    FD_ZERO(&set);
    FD_SET(s, &set);
    equals("SELECT-08.2", "result when none is", select(0, &set, NULL, NULL, &short_time), 0);
    equals("SELECT-08.3", "calls run then", count, 1);
    closesocket(s);
}

struct closed {
    SOCKET s;
    HANDLE started;
    int result, error;
};

static DWORD WINAPI wait_for_except(LPVOID argument)
{
    struct closed *closed = argument;
    fd_set set;

    FD_ZERO(&set);
    FD_SET(closed->s, &set);
    SetEvent(closed->started);
    closed->result = select(0, NULL, NULL, &set, &long_time);
    closed->error = WSAGetLastError();
    return 0;
}

static void closing(void)
{
    struct closed closed = {conf_bound(SOCK_DGRAM), CreateEventA(NULL, TRUE, FALSE, NULL), 0, 0};
    HANDLE thread = CreateThread(NULL, 0, wait_for_except, &closed, 0, NULL);

    WaitForSingleObject(closed.started, CONF_WAIT_MS);
    Sleep(CONF_QUIET_MS); /* it is asleep by then, or sees a closed socket: the same error */
    closesocket(closed.s);
    WaitForSingleObject(thread, CONF_WAIT_MS);
    WSASetLastError(closed.error);
    fails("SELECT-06", "closed during the wait", closed.result < 0, WSAENOTSOCK);
    CloseHandle(thread);
    CloseHandle(closed.started);
}

static void order(void)
{
    struct pair pairs[5];
    fd_set set;

    FD_ZERO(&set);
    for (int i = 0; i < 5; i++) {
        pairs[i] = conf_pair();
        FD_SET(pairs[i].server, &set);
        if (i % 2 == 0) {
            conf_send(pairs[i].client, "x", 1);
            until(pairs[i].server, 0);
        }
    }
    equals("DOC-SELECT-02.1", "ready of five", select(0, &set, NULL, NULL, &no_time), 3);
    ok(set.fd_count == 3 && set.fd_array[0] == pairs[0].server &&
           set.fd_array[1] == pairs[2].server && set.fd_array[2] == pairs[4].server,
       "DOC-SELECT-02.2", "they keep their order");
    for (int i = 0; i < 5; i++)
        conf_pair_close(pairs[i]);
}

int main(void)
{
    conf_begin("select");
    arguments();
    connections();
    urgent();
    connecting();
    failed_then_listening();
    queued_calls();
    closing();
    order();
    WSACleanup();
    return conf_end();
}
