/* SPDX-License-Identifier: MIT
 *
 * WSAEventSelect and WSAEnumNetworkEvents. EVENTS-03 (no event to reset), -04 to -09 (FD_ACCEPT),
 * -12 (FD_CONNECT from before), -13 (datagrams), -14 (FD_WRITE), -19 (more data), -22 (outside of
 * the mask), -24 (FD_OOB), -25 to -30 (FD_CLOSE), -33 (connect on loopback). Documented:
 * DOC-EVSEL-01 (arguments), -02 (non-blocking), -03 (the accepted socket), -04 (a receive enables
 * FD_READ). */
#include "conf.h"

#define EVENTS_ALL (FD_READ | FD_WRITE | FD_OOB | FD_ACCEPT | FD_CONNECT | FD_CLOSE)

/* The names of the recorded events, with their error codes, as soon as there are some. */
static const char *recorded(SOCKET s, WSAEVENT event, DWORD wait_ms)
{
    static const char *const names[] = {"READ", "WRITE", "OOB", "ACCEPT", "CONNECT", "CLOSE"};
    static char text[256];
    WSANETWORKEVENTS found;
    size_t used = 0;

    text[0] = 0;
    if (!conf_signalled(event, wait_ms))
        return "not signalled";
    if (WSAEnumNetworkEvents(s, event, &found) != 0)
        return conf_name((unsigned)WSAGetLastError());
    for (int bit = 0; bit < 6; bit++) {
        if (!(found.lNetworkEvents & (1 << bit)))
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? " " : "",
                                 names[bit]);
        if (found.iErrorCode[bit] != 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "(%s)",
                                     conf_name((unsigned)found.iErrorCode[bit]));
    }
    return used > 0 ? text : "nothing";
}

static void records(const char *fact, const char *what, SOCKET s, WSAEVENT event,
                    const char *wanted)
{
    const char *seen = recorded(s, event, CONF_WAIT_MS);

    ok(strcmp(seen, wanted) == 0, fact, "%s: %s", what, seen);
}

/* An event that is signalled for nothing is legal. */
static void records_nothing(const char *fact, const char *what, SOCKET s, WSAEVENT event)
{
    const char *seen = recorded(s, event, CONF_QUIET_MS);

    ok(strcmp(seen, "not signalled") == 0 || strcmp(seen, "nothing") == 0, fact, "%s: %s", what,
       strcmp(seen, "nothing") == 0 ? "not signalled" : seen);
}

static WSAEVENT choose(SOCKET s, long events)
{
    WSAEVENT event = WSACreateEvent();

    if (event == WSA_INVALID_EVENT || WSAEventSelect(s, event, events) != 0)
        conf_die("WSAEventSelect");
    return event;
}

static void settle(void)
{
    Sleep(CONF_QUIET_MS);
}

static void arguments(void)
{
    SOCKET s = conf_tcp();
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS found;
    u_long off = 0;

    fails("DOC-EVSEL-01.1", "no socket", WSAEventSelect(INVALID_SOCKET, event, FD_READ) != 0,
          WSAENOTSOCK);
    fails("DOC-EVSEL-01.2", "no event", WSAEventSelect(s, NULL, FD_READ) != 0, WSAEINVAL);
    fails("DOC-EVSEL-01.3", "enumerating no socket",
          WSAEnumNetworkEvents(INVALID_SOCKET, event, &found) != 0, WSAENOTSOCK);
    works("EVENTS-03", "enumerating without an event", WSAEnumNetworkEvents(s, NULL, &found) == 0);
    works("DOC-EVSEL-02.1", "WSAEventSelect", WSAEventSelect(s, event, FD_READ) == 0);
    fails("DOC-EVSEL-02.2", "FIONBIO 0", ioctlsocket(s, (long)FIONBIO, &off) != 0, WSAEINVAL);
    works("DOC-EVSEL-02.3", "cancelling", WSAEventSelect(s, NULL, 0) == 0);
    works("DOC-EVSEL-02.4", "FIONBIO 0 then", ioctlsocket(s, (long)FIONBIO, &off) == 0);
    closesocket(s);
    WSACloseEvent(event);
}

static void reading(void)
{
    struct pair pair = conf_pair();
    WSAEVENT event = choose(pair.server, EVENTS_ALL);
    char data[8];

    records("DOC-EVSEL-04.1", "an accepted socket", pair.server, event, "WRITE");
    conf_send(pair.client, "abc", 3);
    records("DOC-EVSEL-04.2", "data", pair.server, event, "READ");
    conf_send(pair.client, "abc", 3);
    records("EVENTS-19", "more data", pair.server, event, "READ");
    records_nothing("DOC-EVSEL-04.3", "nothing new", pair.server, event);
    conf_recv(pair.server, data, 1);
    records("DOC-EVSEL-04.4", "data left after a receive", pair.server, event, "READ");
    conf_recv(pair.server, data, 8);
    records_nothing("DOC-EVSEL-04.5", "none left", pair.server, event);
    records_nothing("EVENTS-14", "after a send", pair.server, event);
    WSAEventSelect(pair.server, event, 0);
    conf_send(pair.client, "x", 1);
    settle();
    WSAEventSelect(pair.server, event, FD_READ);
    records("EVENTS-22", "data that came while nothing was selected", pair.server, event, "READ");
    conf_pair_close(pair);
    WSACloseEvent(event);
}

static void urgent(void)
{
    struct pair pair = conf_pair();
    WSAEVENT event = choose(pair.server, FD_READ | FD_OOB);
    char byte = 0;

    send(pair.client, "1", 1, MSG_OOB);
    records("EVENTS-24.1", "an urgent byte", pair.server, event, "OOB");
    equals("EVENTS-24.2", "receiving it", recv(pair.server, &byte, 1, MSG_OOB), 1);
    records_nothing("EVENTS-24.3", "then", pair.server, event);
    conf_pair_close(pair);
    WSACloseEvent(event);
}

static void closing(void)
{
    struct pair pair = conf_pair();
    WSAEVENT event = choose(pair.server, FD_READ | FD_CLOSE);
    char byte;

    shutdown(pair.client, SD_RECEIVE);
    records_nothing("EVENTS-26.1", "the peer's shutdown(SD_RECEIVE)", pair.server, event);
    shutdown(pair.server, SD_BOTH);
    records_nothing("EVENTS-26.2", "the own shutdown", pair.server, event);
    shutdown(pair.client, SD_SEND);
    records("EVENTS-27", "the peer's shutdown(SD_SEND) after that", pair.server, event, "CLOSE");
    closesocket(pair.client);
    records_nothing("EVENTS-25.1", "the peer's close after its shutdown", pair.server, event);
    WSAEventSelect(pair.server, event, FD_READ | FD_CLOSE);
    records_nothing("EVENTS-25.2", "selecting again", pair.server, event);
    closesocket(pair.server);
    WSACloseEvent(event);

    pair = conf_pair();
    event = choose(pair.server, FD_READ | FD_CLOSE);
    conf_send(pair.client, "ab", 2);
    records("EVENTS-28.1", "data", pair.server, event, "READ");
    closesocket(pair.client);
    records("EVENTS-28.2", "the peer's close before they are read", pair.server, event, "CLOSE");
    recv(pair.server, &byte, 1, 0);
    records("EVENTS-28.3", "a receive that leaves some", pair.server, event, "READ");
    recv(pair.server, &byte, 1, 0);
    records_nothing("EVENTS-28.4", "after the last", pair.server, event);
    closesocket(pair.server);
    WSACloseEvent(event);

    pair = conf_pair();
    closesocket(pair.client);
    settle();
    event = choose(pair.server, FD_CLOSE);
    records("EVENTS-29", "selecting after the peer has closed", pair.server, event, "CLOSE");
    closesocket(pair.server);
    WSACloseEvent(event);

    pair = conf_pair();
    event = choose(pair.server, FD_CLOSE);
    conf_reset(pair.client);
    records("EVENTS-30", "the peer's reset", pair.server, event, "CLOSE(WSAECONNABORTED)");
    closesocket(pair.server);
    WSACloseEvent(event);
}

static void accepting(void)
{
    SOCKET listener = conf_listener();
    SOCKET clients[3], server;
    WSAEVENT event;

    clients[0] = conf_connected(conf_address(listener));
    event = choose(listener, FD_ACCEPT);
    records("EVENTS-07", "a connection from before", listener, event, "ACCEPT");
    WSAEventSelect(listener, event, FD_ACCEPT);
    records_nothing("EVENTS-04", "selecting again", listener, event);
    clients[1] = conf_connected(conf_address(listener));
    settle();
    recorded(listener, event, 0);
    server = accept(listener, NULL, NULL);
    records("EVENTS-06.1", "accepting the first of two", listener, event, "ACCEPT");
    closesocket(server);
    WSAEventSelect(listener, event, FD_ACCEPT | FD_READ);
    server = accept(listener, NULL, NULL);
    records_nothing("EVENTS-06.2", "accepting the second", listener, event);
    conf_send(clients[1], "x", 1);
    records("DOC-EVSEL-03", "data for the accepted socket", server, event, "READ");
    closesocket(server);
    for (int i = 0; i < 2; i++)
        closesocket(clients[i]);
    closesocket(listener);
    WSACloseEvent(event);
}

static void connecting(void)
{
    SOCKET listener = conf_listener();
    SOCKADDR_IN to = conf_address(listener);
    SOCKET client = conf_tcp();
    WSAEVENT event = choose(client, EVENTS_ALL);
    SOCKET dead = conf_bound(SOCK_STREAM);
    SOCKADDR_IN nowhere = conf_address(dead);

    closesocket(dead);
    fails("EVENTS-33.1", "connect", connect(client, (struct sockaddr *)&to, sizeof to) != 0,
          WSAEWOULDBLOCK);
    records("EVENTS-33.2", "then", client, event, "WRITE CONNECT");
    closesocket(client);
    WSACloseEvent(event);

    client = conf_tcp();
    event = choose(client, FD_CLOSE);
    connect(client, (struct sockaddr *)&to, sizeof to);
    settle();
    WSAEventSelect(client, event, FD_CONNECT);
    records("EVENTS-12", "selecting after a connect", client, event, "CONNECT");
    closesocket(client);
    WSACloseEvent(event);

    client = conf_tcp();
    event = choose(client, EVENTS_ALL);
    connect(client, (struct sockaddr *)&nowhere, sizeof nowhere);
    records("EVENTS-33.3", "a refused connect", client, event, "CONNECT(WSAECONNREFUSED)");
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

static void datagrams(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);
    WSAEVENT event = choose(s, EVENTS_ALL);
    SOCKADDR_IN to = conf_loopback(htons(9));

    records_nothing("EVENTS-13.1", "a datagram socket without an address", s, event);
    connect(s, (struct sockaddr *)&to, sizeof to);
    records("EVENTS-13.2", "connect", s, event, "WRITE CONNECT");
    closesocket(s);
    WSACloseEvent(event);
}

int main(void)
{
    conf_begin("WSAEventSelect WSAEnumNetworkEvents");
    arguments();
    reading();
    urgent();
    closing();
    accepting();
    connecting();
    datagrams();
    WSACleanup();
    return conf_end();
}
