/* SPDX-License-Identifier: MIT */
/*
 * The classic event server, as portable Winsock C: one thread, WSAEventSelect with an event for
 * each socket, and WSAWaitForMultipleEvents over all of them, hence at most 63 connections beside
 * the listener. Every pass serves each signalled event once, so that no connection starves.
 */
#include <winsock2.h>

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 65536, BACKLOG = 4096 };

/* The first is the listener. */
static WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];
static SOCKET sockets[WSA_MAXIMUM_WAIT_EVENTS];
static DWORD count;

static void fail(const char *what)
{
    fprintf(stderr, "event_echo: %s: error %d\n", what, WSAGetLastError());
    exit(1);
}

static void add(SOCKET s, long network_events)
{
    WSAEVENT event = WSACreateEvent();

    if (event == WSA_INVALID_EVENT || WSAEventSelect(s, event, network_events) != 0)
        fail("WSAEventSelect");
    sockets[count] = s;
    events[count] = event;
    count++;
}

static void close_at(DWORD index)
{
    closesocket(sockets[index]);
    WSACloseEvent(events[index]);
    count--;
    sockets[index] = sockets[count];
    events[index] = events[count];
}

static void accept_one(void)
{
    SOCKET s = accept(sockets[0], NULL, NULL);
    BOOL on = TRUE;

    if (s == INVALID_SOCKET)
        return;
    if (count == WSA_MAXIMUM_WAIT_EVENTS) {
        closesocket(s);
        return;
    }
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
    add(s, FD_READ | FD_CLOSE);
}

/* Messages fit a socket's buffer, so a send that takes less than everything is a lost client. */
static void echo(DWORD index)
{
    static char data[BUFFER_BYTES];
    int bytes = recv(sockets[index], data, sizeof data, 0);

    if (bytes == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK)
        return;
    if (bytes <= 0 || send(sockets[index], data, bytes, 0) != bytes)
        close_at(index);
}

static void serve(DWORD index)
{
    WSANETWORKEVENTS found;

    if (WSAEnumNetworkEvents(sockets[index], events[index], &found) != 0)
        fail("WSAEnumNetworkEvents");
    if (found.lNetworkEvents & FD_ACCEPT)
        accept_one();
    if (found.lNetworkEvents & FD_READ)
        echo(index);
    else if (found.lNetworkEvents & FD_CLOSE)
        close_at(index);
}

/* Each signalled event once, from the lowest index up. */
static void pass(void)
{
    DWORD first = 0;
    DWORD timeout = WSA_INFINITE;

    while (first < count) {
        DWORD found =
            WSAWaitForMultipleEvents(count - first, events + first, FALSE, timeout, FALSE);

        if (found == WSA_WAIT_TIMEOUT)
            return;
        if (found == WSA_WAIT_FAILED)
            fail("WSAWaitForMultipleEvents");
        first += found - WSA_WAIT_EVENT_0;
        serve(first);
        first++;
        timeout = 0;
    }
}

static SOCKET open_listener(int port)
{
    SOCKADDR_IN address;
    int length = sizeof address;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((u_short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s == INVALID_SOCKET || bind(s, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(s, BACKLOG) != 0)
        fail("cannot listen");
    getsockname(s, (struct sockaddr *)&address, &length);
    printf("listening on %u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return s;
}

/* --port N; --workers W, which the driver passes to every server, has no meaning here. */
static int parse_port(int argc, char **argv)
{
    int port = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0)
            port = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--workers") != 0)
            fprintf(stderr, "%s is not known\n", argv[i]);
    }
    return port;
}

int main(int argc, char **argv)
{
    WSADATA data;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return 1;
    add(open_listener(parse_port(argc, argv)), FD_ACCEPT);
    for (;;)
        pass();
}
