/* SPDX-License-Identifier: MIT
 *
 * An echo server on select(): one thread, non-blocking sockets. It uses nothing but Windows' own
 * calls and builds unchanged on Windows. FD_SETSIZE is raised as Windows allows it: before the
 * first Winsock header.
 *
 * A client is either being read from (its buffer is empty) or written to (it is not), so a client
 * that does not read stops being read from. */
#define FD_SETSIZE 1024

#include "example.h"

enum {
    CLIENTS_MAX = FD_SETSIZE - 1, /* the listener needs a place in the set as well */
    BUFFER_BYTES = 4096,
    STOP_INTERVAL_US = 100000, /* how late Ctrl-C may be noticed */
};

struct client {
    SOCKET socket;
    int filled; /* bytes in the buffer */
    int sent;   /* of those */
    char buffer[BUFFER_BYTES];
};

static struct client *clients[CLIENTS_MAX];
static int client_count;

static void client_add(SOCKET s)
{
    struct client *client = calloc(1, sizeof *client);
    u_long on = 1;

    if (client == NULL || ioctlsocket(s, FIONBIO, &on) != 0) {
        closesocket(s);
        free(client);
        return;
    }
    client->socket = s;
    clients[client_count++] = client;
}

static void client_remove(int index)
{
    closesocket(clients[index]->socket);
    free(clients[index]);
    clients[index] = clients[--client_count];
}

/* The three that follow return FALSE when the client is to be removed. */

static BOOL client_failed(void)
{
    return WSAGetLastError() != WSAEWOULDBLOCK;
}

static BOOL client_write(struct client *client)
{
    int sent =
        send(client->socket, client->buffer + client->sent, client->filled - client->sent, 0);

    if (sent < 0)
        return !client_failed();
    client->sent += sent;
    if (client->sent == client->filled)
        client->filled = client->sent = 0;
    return TRUE;
}

static BOOL client_read(struct client *client)
{
    int received = recv(client->socket, client->buffer, BUFFER_BYTES, 0);

    if (received == 0) /* it sends no more, and has been sent everything */
        return FALSE;
    if (received < 0)
        return !client_failed();
    client->filled = received;
    return client_write(client);
}

static void fill_sets(SOCKET listener, fd_set *readable, fd_set *writable)
{
    FD_ZERO(readable);
    FD_ZERO(writable);
    if (client_count < CLIENTS_MAX)
        FD_SET(listener, readable);
    for (int i = 0; i < client_count; i++)
        FD_SET(clients[i]->socket, clients[i]->filled > 0 ? writable : readable);
}

static void serve_ready(SOCKET listener, fd_set *readable, fd_set *writable)
{
    for (int i = client_count - 1; i >= 0; i--) { /* backwards: removing moves the last one here */
        struct client *client = clients[i];
        BOOL keep = TRUE;

        if (FD_ISSET(client->socket, writable))
            keep = client_write(client);
        else if (FD_ISSET(client->socket, readable))
            keep = client_read(client);
        if (!keep)
            client_remove(i);
    }
    if (FD_ISSET(listener, readable)) {
        SOCKET s = accept(listener, NULL, NULL);

        if (s != INVALID_SOCKET)
            client_add(s);
    }
}

int main(int argc, char **argv)
{
    unsigned short port = example_port(argc, argv);
    u_long on = 1;
    SOCKET listener;

    example_startup();
    example_catch_ctrl_c();
    listener = example_listen(port);
    if (ioctlsocket(listener, FIONBIO, &on) != 0) /* a client may be gone before it is accepted */
        example_fail("ioctlsocket", WSAGetLastError());
    example_announce(listener);
    while (!example_stopped()) {
        struct timeval patience = {0, STOP_INTERVAL_US};
        fd_set readable;
        fd_set writable;
        int ready;

        fill_sets(listener, &readable, &writable);
        ready = select(0, &readable, &writable, NULL, &patience);
        if (ready < 0)
            example_fail("select", WSAGetLastError());
        if (ready > 0)
            serve_ready(listener, &readable, &writable);
    }
    while (client_count > 0)
        client_remove(client_count - 1);
    closesocket(listener);
    printf("stopped\n");
    WSACleanup();
    return 0;
}
