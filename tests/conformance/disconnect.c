/* SPDX-License-Identifier: MIT
 *
 * WSASendDisconnect, WSARecvDisconnect and WSARecvEx. Documented: DOC-DISCONNECT-01 (sending),
 * -02 (receiving), -03 (bad arguments, and data that TCP cannot carry), DOC-RECVEX-01 (streams),
 * -02 (datagrams), DOC-LINGER-02 (the non-blocking close that would have to wait). */
#include "conf.h"

static void sending(void)
{
    struct pair pair = conf_pair();
    char data[8];

    conf_send(pair.client, "abc", 3);
    works("DOC-DISCONNECT-01.1", "WSASendDisconnect", WSASendDisconnect(pair.client, NULL) == 0);
    works("DOC-DISCONNECT-01.2", "again", WSASendDisconnect(pair.client, NULL) == 0);
    fails("DOC-DISCONNECT-01.3", "WSASend then", conf_send(pair.client, "abc", 3) < 0,
          WSAESHUTDOWN);
    equals("DOC-DISCONNECT-01.4", "the peer receives", conf_recv(pair.server, data, 8), 3);
    equals("DOC-DISCONNECT-01.5", "and then", conf_recv(pair.server, data, 8), 0);
    conf_pair_close(pair);
}

static void receiving(void)
{
    struct pair pair = conf_pair();
    char data[8];

    works("DOC-DISCONNECT-02.1", "WSARecvDisconnect", WSARecvDisconnect(pair.client, NULL) == 0);
    fails("DOC-DISCONNECT-02.2", "WSARecv then", conf_recv(pair.client, data, 8) < 0, WSAESHUTDOWN);
    equals("DOC-DISCONNECT-02.3", "sending goes on", conf_send(pair.client, "abc", 3), 3);
    equals("DOC-DISCONNECT-02.4", "the peer receives", conf_recv(pair.server, data, 8), 3);
    conf_pair_close(pair);
}

static void refused(void)
{
    SOCKET s = conf_tcp();
    struct pair pair = conf_pair();
    WSABUF some;

    some.len = 3;
    some.buf = (char *)"bye";
    fails("DOC-DISCONNECT-03.1", "WSASendDisconnect, not connected",
          WSASendDisconnect(s, NULL) != 0, WSAENOTCONN);
    fails("DOC-DISCONNECT-03.2", "WSARecvDisconnect, not connected",
          WSARecvDisconnect(s, NULL) != 0, WSAENOTCONN);
    fails("DOC-DISCONNECT-03.3", "WSASendDisconnect with data",
          WSASendDisconnect(pair.client, &some) != 0, WSAENOPROTOOPT);
    fails("DOC-DISCONNECT-03.4", "WSARecvDisconnect with data",
          WSARecvDisconnect(pair.client, &some) != 0, WSAENOPROTOOPT);
    closesocket(s);
    fails("DOC-DISCONNECT-03.5", "WSASendDisconnect, no socket", WSASendDisconnect(s, NULL) != 0,
          WSAENOTSOCK);
    fails("DOC-DISCONNECT-03.6", "WSARecvDisconnect, no socket", WSARecvDisconnect(s, NULL) != 0,
          WSAENOTSOCK);
    conf_pair_close(pair);
}

static void stream(void)
{
    struct pair pair = conf_pair();
    char data[8];
    int flags = 0;

    conf_send(pair.server, "abcdef", 6);
    equals("DOC-RECVEX-01.1", "4 of 6 bytes", WSARecvEx(pair.client, data, 4, &flags), 4);
    equals("DOC-RECVEX-01.2", "flags", flags, 0);
    equals("DOC-RECVEX-01.3", "the rest", WSARecvEx(pair.client, data, 4, &flags), 2);
    shutdown(pair.server, SD_SEND);
    equals("DOC-RECVEX-01.4", "the end", WSARecvEx(pair.client, data, 4, &flags), 0);
    conf_pair_close(pair);
    fails("DOC-RECVEX-01.5", "a closed socket", WSARecvEx(pair.client, data, 4, &flags) < 0,
          WSAENOTSOCK);
}

static void datagrams(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN own = conf_address(s);
    char data[8];
    int flags = 0;

    sendto(s, "abcd", 4, 0, (struct sockaddr *)&own, sizeof own);
    equals("DOC-RECVEX-02.1", "a datagram that fits", WSARecvEx(s, data, 4, &flags), 4);
    equals("DOC-RECVEX-02.2", "flags", flags, 0);
    sendto(s, "abcdef", 6, 0, (struct sockaddr *)&own, sizeof own);
    equals("DOC-RECVEX-02.3", "one that does not", WSARecvEx(s, data, 4, &flags), 4);
    ok((flags & MSG_PARTIAL) != 0, "DOC-RECVEX-02.4", "MSG_PARTIAL: %d",
       (flags & MSG_PARTIAL) != 0);
    closesocket(s);
}

/* More than anybody's buffers hold, and nobody reads it. */
static void lingering(void)
{
    struct pair pair = conf_pair();
    struct linger linger = {1, 30};
    unsigned size = 32u << 20;
    char *data = calloc(1, size);
    OVERLAPPED overlapped = conf_overlapped();
    u_long on = 1;
    int open;

    if (data == NULL)
        conf_die("calloc");
    ioctlsocket(pair.client, (long)FIONBIO, &on);
    setsockopt(pair.client, SOL_SOCKET, SO_LINGER, (const char *)&linger, sizeof linger);
    equals_code("DOC-LINGER-02.1", "a send that nobody reads",
                (unsigned)conf_send_start(pair.client, data, size, &overlapped), WSA_IO_PENDING);
    open = closesocket(pair.client) != 0;
    fails("DOC-LINGER-02.2", "closesocket, non-blocking, linger {1,30}", open, WSAEWOULDBLOCK);
    if (open)
        conf_reset(pair.client);
    closesocket(pair.server);
    conf_done(&overlapped);
    WSACloseEvent(overlapped.hEvent);
    /* The data stay: nobody says here when the last operation has let go of them. */
}

int main(void)
{
    conf_begin("WSASendDisconnect WSARecvDisconnect WSARecvEx closesocket");
    sending();
    receiving();
    refused();
    stream();
    datagrams();
    lingering();
    return conf_end();
}
