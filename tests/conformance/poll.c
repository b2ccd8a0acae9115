/* SPDX-License-Identifier: MIT
 *
 * WSAPoll. POLL-03 and -04 (entries without a socket), -06 (listening), -07 (connected, urgent
 * data), -08 (the peer's end), -09 (SD_RECEIVE), -11 (a refused connect). RESET-03. Documented:
 * DOC-POLL-01 (arguments). */
#include "conf.h"

#define POLL_ALL (POLLRDNORM | POLLRDBAND | POLLWRNORM)

static int poll_once(SOCKET s, SHORT events, int wait_ms)
{
    WSAPOLLFD fd = {s, events, 0x5555};
    int result = WSAPoll(&fd, 1, wait_ms);

    return result < 0 ? -1 : fd.revents;
}

static void finds(const char *fact, const char *what, SOCKET s, SHORT events, int wanted)
{
    int seen = poll_once(s, events, 0);

    ok(seen == wanted, fact, "%s: 0x%x", what, (unsigned)seen);
}

static void arguments(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    SOCKET closed = conf_bound(SOCK_DGRAM);
    WSAPOLLFD fds[2] = {{s, POLLIN, 9}, {INVALID_SOCKET, POLLIN, 9}};

    closesocket(closed);
    fails("DOC-POLL-01", "no entries", WSAPoll(fds, 0, 0) < 0, WSAEINVAL);
    equals("POLL-03.1", "a socket and none", WSAPoll(fds, 2, 0), 0);
    equals("POLL-03.2", "its result", fds[1].revents, POLLNVAL);
    fds[1].fd = closed;
    fds[1].events = POLLPRI;
    fds[0].revents = fds[1].revents = 9;
    fails("POLL-04.1", "a closed one with POLLPRI", WSAPoll(fds, 2, 0) < 0, WSAEINVAL);
    equals("POLL-04.2", "results", fds[0].revents + fds[1].revents, 0);
    fds[1].events = POLLIN;
    fails("POLL-04.3", "only a closed one", WSAPoll(&fds[1], 1, 0) < 0, WSAENOTSOCK);
    equals("POLL-04.4", "its result", fds[1].revents, POLLNVAL);
    closesocket(s);
}

static void connections(void)
{
    struct pair pair = conf_pair();
    char byte;

    finds("POLL-07.1", "a connected socket", pair.server, POLL_ALL, POLLWRNORM);
    shutdown(pair.client, SD_RECEIVE);
    shutdown(pair.server, SD_RECEIVE);
    finds("POLL-09", "after shutdown(SD_RECEIVE)", pair.server, POLL_ALL, POLLWRNORM);
    conf_pair_close(pair);

    pair = conf_pair();
    conf_send(pair.client, "x", 1);
    shutdown(pair.client, SD_SEND);
    equals("POLL-08.1", "waiting for nothing but the end", poll_once(pair.server, 0, CONF_WAIT_MS),
           POLLHUP);
    finds("POLL-08.2", "data and the end", pair.server, POLL_ALL,
          POLLRDNORM | POLLWRNORM | POLLHUP);
    recv(pair.server, &byte, 1, 0);
    finds("POLL-08.3", "the end", pair.server, POLL_ALL, POLLWRNORM | POLLHUP);
    conf_pair_close(pair);

    pair = conf_pair();
    conf_reset(pair.client);
    poll_once(pair.server, 0, CONF_WAIT_MS);
    finds("RESET-03.2", "a reset connection", pair.server, POLL_ALL,
          POLLERR | POLLHUP | POLLWRNORM);
    closesocket(pair.server);
}

static void urgent(void)
{
    struct pair pair = conf_pair();

    send(pair.client, "1", 1, MSG_OOB);
    poll_once(pair.server, POLLRDBAND, CONF_WAIT_MS);
    finds("POLL-07.2", "an urgent byte", pair.server, POLL_ALL, POLLRDBAND | POLLWRNORM);
    conf_pair_close(pair);
    pair = conf_pair();
    conf_set(pair.server, SO_OOBINLINE, 1);
    send(pair.client, "1", 1, MSG_OOB);
    poll_once(pair.server, POLLRDNORM, CONF_WAIT_MS);
    finds("POLL-07.3", "an urgent byte in line", pair.server, POLL_ALL, POLLRDNORM | POLLWRNORM);
    conf_pair_close(pair);
}

static void connecting(void)
{
    SOCKET listener = conf_listener();
    SOCKET client = conf_connected(conf_address(listener));
    SOCKET dead = conf_bound(SOCK_STREAM);
    SOCKADDR_IN nowhere = conf_address(dead);
    u_long on = 1;

    closesocket(dead);
    poll_once(listener, POLLRDNORM, CONF_WAIT_MS);
    finds("POLL-06.1", "a connection waits", listener, POLL_ALL, POLLRDNORM);
    finds("POLL-06.2", "asking for other things", listener, POLLRDBAND | POLLWRNORM, 0);
    closesocket(client);
    closesocket(listener);
    client = conf_tcp();
    ioctlsocket(client, (long)FIONBIO, &on);
    connect(client, (struct sockaddr *)&nowhere, sizeof nowhere);
    equals("POLL-11", "a refused connect", poll_once(client, POLLWRNORM, CONF_WAIT_MS),
           POLLWRNORM | POLLHUP | POLLERR);
    closesocket(client);
}

int main(void)
{
    conf_begin("WSAPoll");
    arguments();
    connections();
    urgent();
    connecting();
    WSACleanup();
    return conf_end();
}
