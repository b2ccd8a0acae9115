/* SPDX-License-Identifier: MIT
 *
 * WSAAccept: ACCEPT-04, ACCEPTEX-13. Documented: DOC-WSAACCEPT-01 (wrong sockets and arguments),
 * -02 (what the condition function gets), -03 (CF_REJECT), -04 (CF_DEFER), -05 (another answer),
 * -06 (no condition function), -07 (FD_ACCEPT after CF_DEFER), -08 (SO_CONDITIONAL_ACCEPT), -09 (a
 * client that has gone). */
#include "conf.h"

enum { ROOM = sizeof(SOCKADDR_IN) + 16 };

/* What the condition function answers, and what it saw. */
static struct {
    int answer;
    int count;
    DWORD thread;
    DWORD_PTR context;
    SOCKADDR_IN caller;
    SOCKADDR_IN callee;
    int no_caller_data;
    int no_callee_data;
    int no_quality;
    int group;
} seen;

static int CALLBACK condition(LPWSABUF caller, LPWSABUF caller_data, LPQOS sqos, LPQOS gqos,
                              LPWSABUF callee, LPWSABUF callee_data, GROUP *group,
                              DWORD_PTR context)
{
    seen.count++;
    seen.thread = GetCurrentThreadId();
    seen.context = context;
    if (caller != NULL && caller->len >= sizeof seen.caller)
        memcpy(&seen.caller, caller->buf, sizeof seen.caller);
    if (callee != NULL && callee->len >= sizeof seen.callee)
        memcpy(&seen.callee, callee->buf, sizeof seen.callee);
    seen.no_caller_data = caller_data == NULL || caller_data->len == 0;
    seen.no_callee_data = callee_data == NULL || callee_data->len == 0;
    seen.no_quality = sqos == NULL && gqos == NULL;
    seen.group = group != NULL;
    return seen.answer;
}

static SOCKET ask(SOCKET listener, int answer)
{
    seen.answer = answer;
    seen.count = 0;
    return WSAAccept(listener, NULL, NULL, condition, 4711);
}

static int readable(SOCKET s)
{
    struct timeval none = {0, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, &none);
}

static SOCKET quiet_listener(void)
{
    SOCKET listener = conf_listener();
    u_long on = 1;

    ioctlsocket(listener, FIONBIO, &on);
    WSASetLastError(0);
    return listener;
}

/* Can the two talk? */
static int joined(SOCKET client, SOCKET server)
{
    u_long off = 0;
    char byte = 0;

    ioctlsocket(server, FIONBIO, &off);
    return conf_send(client, "j", 1) == 1 && conf_recv(server, &byte, 1) == 1 && byte == 'j';
}

static void refusals(void)
{
    SOCKET udp = conf_bound(SOCK_DGRAM);
    SOCKET idle = conf_bound(SOCK_STREAM);
    SOCKET listener = quiet_listener();
    SOCKET client;
    SOCKADDR_IN name;
    int length = 0;

    fails("DOC-WSAACCEPT-01.1", "WSAAccept of no socket",
          WSAAccept(INVALID_SOCKET, NULL, NULL, condition, 0) == INVALID_SOCKET, WSAENOTSOCK);
    fails("DOC-WSAACCEPT-01.2", "WSAAccept of a datagram socket",
          WSAAccept(udp, NULL, NULL, condition, 0) == INVALID_SOCKET, WSAEOPNOTSUPP);
    fails("DOC-WSAACCEPT-01.3", "WSAAccept without listen",
          WSAAccept(idle, NULL, NULL, condition, 0) == INVALID_SOCKET, WSAEINVAL);
    fails("DOC-WSAACCEPT-01.4", "WSAAccept with nobody there",
          ask(listener, CF_ACCEPT) == INVALID_SOCKET, WSAEWOULDBLOCK);
    equals("DOC-WSAACCEPT-01.5", "calls of the condition function", seen.count, 0);
    client = conf_connected(conf_address(listener));
    fails("ACCEPT-04.3", "WSAAccept, no room for the address",
          WSAAccept(listener, (struct sockaddr *)&name, &length, NULL, 0) == INVALID_SOCKET,
          WSAEFAULT);
    equals("ACCEPT-04.4", "the length", length, 0);
    closesocket(client);
    closesocket(listener);
    closesocket(idle);
    closesocket(udp);
}

static void accepting(void)
{
    SOCKET listener = quiet_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKET server;
    SOCKADDR_IN name;
    int length = sizeof name;

    seen.answer = CF_ACCEPT;
    seen.count = 0;
    server = WSAAccept(listener, (struct sockaddr *)&name, &length, condition, 4711);
    works("DOC-WSAACCEPT-02.1", "CF_ACCEPT", server != INVALID_SOCKET);
    equals("DOC-WSAACCEPT-02.2", "calls of the condition function", seen.count, 1);
    ok(seen.thread == GetCurrentThreadId(), "DOC-WSAACCEPT-02.3", "on the calling thread");
    equals("DOC-WSAACCEPT-02.4", "the callback data", (int)seen.context, 4711);
    ok(seen.caller.sin_family == AF_INET && seen.caller.sin_port == conf_address(client).sin_port,
       "DOC-WSAACCEPT-02.5", "the caller id is the client's address");
    ok(seen.callee.sin_family == AF_INET && seen.callee.sin_port == conf_address(listener).sin_port,
       "DOC-WSAACCEPT-02.6", "the callee id is the listener's address");
    equals("DOC-WSAACCEPT-02.7", "no caller data", seen.no_caller_data, 1);
    equals("DOC-WSAACCEPT-02.8", "no room for callee data", seen.no_callee_data, 1);
    equals("DOC-WSAACCEPT-02.9", "no quality of service", seen.no_quality, 1);
    equals("DOC-WSAACCEPT-02.10", "a group to fill in", seen.group, 1);
    ok(length == sizeof name && name.sin_port == conf_address(client).sin_port,
       "DOC-WSAACCEPT-02.11", "the address is the client's");
    equals("DOC-WSAACCEPT-02.12", "the two can talk", joined(client, server), 1);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
}

static void rejecting(void)
{
    SOCKET listener = quiet_listener();
    SOCKET client = conf_connected(conf_address(listener));
    char byte;
    int got;

    fails("DOC-WSAACCEPT-03.1", "CF_REJECT", ask(listener, CF_REJECT) == INVALID_SOCKET,
          WSAECONNREFUSED);
    got = conf_recv(client, &byte, 1);
    ok(got <= 0, "DOC-WSAACCEPT-03.2", "the client's connection: %s", got > 0 ? "stands" : "ended");
    fails("DOC-WSAACCEPT-03.3", "WSAAccept again", ask(listener, CF_ACCEPT) == INVALID_SOCKET,
          WSAEWOULDBLOCK);
    closesocket(client);
    closesocket(listener);
}

static void deferring(void)
{
    SOCKET listener = quiet_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKET server;
    SOCKADDR_IN first;

    fails("DOC-WSAACCEPT-04.1", "CF_DEFER", ask(listener, CF_DEFER) == INVALID_SOCKET,
          WSATRY_AGAIN);
    first = seen.caller;
    equals("DOC-WSAACCEPT-04.2", "the listener is readable", readable(listener), 1);
    fails("DOC-WSAACCEPT-04.3", "CF_DEFER again", ask(listener, CF_DEFER) == INVALID_SOCKET,
          WSATRY_AGAIN);
    equals("DOC-WSAACCEPT-04.4", "the same client", memcmp(&first, &seen.caller, 8), 0);
    server = ask(listener, CF_ACCEPT);
    works("DOC-WSAACCEPT-04.5", "then CF_ACCEPT", server != INVALID_SOCKET);
    equals("DOC-WSAACCEPT-04.6", "the two can talk", joined(client, server), 1);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
}

static void answering_otherwise(void)
{
    SOCKET listener = quiet_listener();
    SOCKET client = conf_connected(conf_address(listener));

    fails("DOC-WSAACCEPT-05", "an answer that is none", ask(listener, 77) == INVALID_SOCKET,
          WSAEINVAL);
    closesocket(client);
    closesocket(listener);
}

static void without_condition(void)
{
    SOCKET listener = quiet_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKET server = WSAAccept(listener, NULL, NULL, NULL, 0);

    works("DOC-WSAACCEPT-06.1", "WSAAccept without a condition", server != INVALID_SOCKET);
    equals("DOC-WSAACCEPT-06.2", "the two can talk", joined(client, server), 1);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
}

static void acceptex_next(void)
{
    static char output[16 + 2 * ROOM];
    static OVERLAPPED overlapped;
    SOCKET listener = quiet_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKET second;
    SOCKET socket = conf_tcp();
    SOCKET server;
    DWORD bytes = 0;

    ask(listener, CF_DEFER);
    second = conf_connected(conf_address(listener));
    overlapped = conf_overlapped();
    WSASetLastError(0);
    fails("ACCEPTEX-13.1", "AcceptEx after CF_DEFER",
          !conf.accept_ex(listener, socket, output, 16, ROOM, ROOM, &bytes, &overlapped),
          ERROR_IO_PENDING);
    /* Its end first: under Wine an accept meanwhile may get either client. */
    conf_send(client, "first", 5);
    equals("ACCEPTEX-13.2", "AcceptEx has the first client's data",
           conf_result(listener, &overlapped), 5);
    server = accept(listener, NULL, NULL);
    works("ACCEPTEX-13.3", "accept", server != INVALID_SOCKET);
    equals("ACCEPTEX-13.4", "it has the second client", joined(second, server), 1);
    WSACloseEvent(overlapped.hEvent);
    closesocket(server);
    closesocket(socket);
    closesocket(second);
    closesocket(client);
    closesocket(listener);
}

static void events(void)
{
    SOCKET listener = conf_listener();
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS found;
    SOCKET client;
    SOCKET server;

    WSAEventSelect(listener, event, FD_ACCEPT);
    client = conf_connected(conf_address(listener));
    conf_signalled(event, CONF_WAIT_MS);
    WSAEnumNetworkEvents(listener, event, &found);
    equals("DOC-WSAACCEPT-07.1", "network events of a client", found.lNetworkEvents, FD_ACCEPT);
    ask(listener, CF_DEFER);
    equals("DOC-WSAACCEPT-07.2", "after CF_DEFER", conf_signalled(event, CONF_QUIET_MS), 0);
    WSAEventSelect(listener, event, 0);
    WSAEventSelect(listener, event, FD_ACCEPT);
    equals("DOC-WSAACCEPT-07.3", "after another WSAEventSelect",
           conf_signalled(event, CONF_WAIT_MS), 1);
    server = ask(listener, CF_ACCEPT);
    works("DOC-WSAACCEPT-07.4", "CF_ACCEPT", server != INVALID_SOCKET);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

static void option(void)
{
    SOCKET s = conf_bound(SOCK_STREAM);
    int value = -1;
    int length = sizeof value;

    getsockopt(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, (char *)&value, &length);
    equals("DOC-WSAACCEPT-08.1", "SO_CONDITIONAL_ACCEPT at first", value, 0);
    works("DOC-WSAACCEPT-08.2", "set it", conf_set(s, SO_CONDITIONAL_ACCEPT, 1) == 0);
    getsockopt(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, (char *)&value, &length);
    equals("DOC-WSAACCEPT-08.3", "it is", value, 1);
    listen(s, 4);
    fails("DOC-WSAACCEPT-08.4", "set it on a listener", conf_set(s, SO_CONDITIONAL_ACCEPT, 0) != 0,
          WSAEINVAL);
    closesocket(s);
}

static void gone(void)
{
    SOCKET listener = quiet_listener();

    conf_reset(conf_connected(conf_address(listener)));
    fails("DOC-WSAACCEPT-09.1", "WSAAccept of a client that has reset",
          ask(listener, CF_ACCEPT) == INVALID_SOCKET, WSAECONNRESET);
    equals("DOC-WSAACCEPT-09.2", "calls of the condition function", seen.count, 0);
    closesocket(listener);
}

int main(void)
{
    conf_begin("WSAAccept AcceptEx select WSAEventSelect");
    refusals();
    accepting();
    rejecting();
    deferring();
    answering_otherwise();
    without_condition();
    acceptex_next();
    events();
    option();
    gone();
    return conf_end();
}
