/* SPDX-License-Identifier: MIT
 *
 * A chat server on WSAEventSelect(): one thread, an event per client. Each line that a client sends
 * goes to all the others with the sender's number in front. It uses nothing but Windows' own calls
 * and builds unchanged on Windows.
 *
 * A thread can wait for 64 events, so there is room for 62 clients; one more is told so and closed.
 * A client that does not read what the others write is dropped once OUT_BYTES wait for it. */
#include "example.h"

enum {
    EVENT_STOP,
    EVENT_LISTENER,
    EVENT_CLIENTS, /* the first client's event */
    CLIENTS_MAX = WSA_MAXIMUM_WAIT_EVENTS - EVENT_CLIENTS,
    LINE_BYTES = 1024, /* longer lines are cut into several */
    OUT_BYTES = 65536,
};

struct client {
    SOCKET socket;
    unsigned number;
    int line_bytes;
    int out_bytes;
    BOOL doomed; /* to be removed once nobody walks the list */
    char line[LINE_BYTES];
    char out[OUT_BYTES];
};

/* events[EVENT_CLIENTS + i] belongs to clients[i]. */
static WSAEVENT events[WSA_MAXIMUM_WAIT_EVENTS];
static struct client *clients[CLIENTS_MAX];
static int client_count;
static unsigned next_number = 1;

/* Sends what is waiting, as far as the client takes it. FD_WRITE comes when it takes more. */
static void client_flush(struct client *client)
{
    int sent = send(client->socket, client->out, client->out_bytes, 0);

    if (sent < 0) {
        if (WSAGetLastError() != WSAEWOULDBLOCK)
            client->doomed = TRUE;
        return;
    }
    memmove(client->out, client->out + sent, (size_t)(client->out_bytes - sent));
    client->out_bytes -= sent;
}

static void client_say(struct client *client, const char *text, int bytes)
{
    if (client->doomed)
        return;
    if (bytes > OUT_BYTES - client->out_bytes) {
        client->doomed = TRUE;
        return;
    }
    memcpy(client->out + client->out_bytes, text, (size_t)bytes);
    client->out_bytes += bytes;
    client_flush(client);
}

static void say_to_others(const struct client *sender, const char *text, int bytes)
{
    for (int i = 0; i < client_count; i++) {
        if (clients[i] != sender)
            client_say(clients[i], text, bytes);
    }
}

static void client_line(struct client *client)
{
    char text[LINE_BYTES + 32];
    int bytes =
        snprintf(text, sizeof text, "%u: %.*s\n", client->number, client->line_bytes, client->line);

    client->line_bytes = 0;
    say_to_others(client, text, bytes);
}

/* One receive; it makes FD_READ come again if there is more. FALSE: nothing was there. */
static BOOL client_read(struct client *client)
{
    char bytes[4096];
    int received = recv(client->socket, bytes, sizeof bytes, 0);

    if (received <= 0) {
        if (received == 0 || WSAGetLastError() != WSAEWOULDBLOCK)
            client->doomed = TRUE;
        return FALSE;
    }
    for (int i = 0; i < received; i++) {
        if (bytes[i] == '\n' || client->line_bytes == LINE_BYTES)
            client_line(client);
        if (bytes[i] != '\n' && bytes[i] != '\r')
            client->line[client->line_bytes++] = bytes[i];
    }
    return TRUE;
}

static void client_add(SOCKET s)
{
    static const char full[] = "the room is full\n";
    struct client *client = client_count < CLIENTS_MAX ? calloc(1, sizeof *client) : NULL;
    WSAEVENT event = client == NULL ? WSA_INVALID_EVENT : WSACreateEvent();
    char text[64];

    if (event == WSA_INVALID_EVENT ||
        WSAEventSelect(s, event, FD_READ | FD_WRITE | FD_CLOSE) != 0) {
        send(s, full, sizeof full - 1, 0);
        closesocket(s);
        if (event != WSA_INVALID_EVENT)
            WSACloseEvent(event);
        free(client);
        return;
    }
    client->socket = s;
    client->number = next_number++;
    events[EVENT_CLIENTS + client_count] = event;
    clients[client_count++] = client;
    client_say(client, text, snprintf(text, sizeof text, "you are %u\n", client->number));
    say_to_others(client, text, snprintf(text, sizeof text, "%u came\n", client->number));
}

static void client_remove(int index)
{
    struct client *client = clients[index];
    char text[64];

    closesocket(client->socket);
    WSACloseEvent(events[EVENT_CLIENTS + index]);
    client_count--;
    clients[index] = clients[client_count];
    events[EVENT_CLIENTS + index] = events[EVENT_CLIENTS + client_count];
    say_to_others(client, text, snprintf(text, sizeof text, "%u left\n", client->number));
    free(client);
}

/* Telling the others that one left may show that another has gone as well. */
static void remove_doomed(void)
{
    BOOL removed;

    do {
        removed = FALSE;
        for (int i = client_count - 1; i >= 0; i--) {
            if (!clients[i]->doomed)
                continue;
            client_remove(i);
            removed = TRUE;
            break;
        }
    } while (removed);
}

static void client_serve(int index)
{
    struct client *client = clients[index];
    WSANETWORKEVENTS happened;

    if (WSAEnumNetworkEvents(client->socket, events[EVENT_CLIENTS + index], &happened) != 0) {
        client->doomed = TRUE;
        return;
    }
    if (happened.lNetworkEvents & FD_CLOSE) { /* it comes once, and data may precede the end */
        while (client_read(client))
            continue;
        client->doomed = TRUE;
    } else if (happened.lNetworkEvents & FD_READ) {
        client_read(client);
    }
    if ((happened.lNetworkEvents & FD_WRITE) && client->out_bytes > 0 && !client->doomed)
        client_flush(client);
}

static void accept_all(SOCKET listener)
{
    WSANETWORKEVENTS happened;
    SOCKET s;

    if (WSAEnumNetworkEvents(listener, events[EVENT_LISTENER], &happened) != 0)
        example_fail("WSAEnumNetworkEvents", WSAGetLastError());
    while ((s = accept(listener, NULL, NULL)) != INVALID_SOCKET)
        client_add(s);
}

int main(int argc, char **argv)
{
    unsigned short port = example_port(argc, argv);
    SOCKET listener;

    example_startup();
    example_catch_ctrl_c();
    listener = example_listen(port);
    events[EVENT_STOP] = example_stop;
    events[EVENT_LISTENER] = WSACreateEvent();
    if (events[EVENT_LISTENER] == WSA_INVALID_EVENT ||
        WSAEventSelect(listener, events[EVENT_LISTENER], FD_ACCEPT) != 0)
        example_fail("WSAEventSelect", WSAGetLastError());
    example_announce(listener);
    for (;;) {
        DWORD count = EVENT_CLIENTS + (DWORD)client_count;
        DWORD woken = WSAWaitForMultipleEvents(count, events, FALSE, WSA_INFINITE, FALSE);

        if (woken == WSA_WAIT_FAILED)
            example_fail("WSAWaitForMultipleEvents", WSAGetLastError());
        if (woken == WSA_WAIT_EVENT_0 + EVENT_STOP)
            break;
        if (woken == WSA_WAIT_EVENT_0 + EVENT_LISTENER)
            accept_all(listener);
        /* The wait names the first event that is set. The others get their turn too, or the first
         * clients could keep the last ones waiting for ever. */
        for (int i = 0; i < client_count; i++) {
            if (WSAWaitForMultipleEvents(1, &events[EVENT_CLIENTS + i], TRUE, 0, FALSE) ==
                WSA_WAIT_EVENT_0)
                client_serve(i);
        }
        remove_doomed();
    }
    while (client_count > 0)
        client_remove(client_count - 1);
    closesocket(listener);
    WSACloseEvent(events[EVENT_LISTENER]);
    printf("stopped\n");
    WSACleanup();
    return 0;
}
