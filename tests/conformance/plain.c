/* SPDX-License-Identifier: MIT
 *
 * send and recv on streams, without their WSA forms: SEND-06, SEND-12, RECV-09, RECV-12, EVENTS-21.
 * Documented: DOC-PLAIN-01 (flags), -02 (MSG_WAITALL), -03 (MSG_PEEK), -04 (MSG_OOB). */
#include "conf.h"

static void lengths(void)
{
    struct pair pair = conf_pair();
    SOCKET idle = conf_tcp();
    char data[8] = "abc";
    int error;

    fails("SEND-12.7", "send(0, NULL, 0)", send(0, NULL, 0, 0) < 0, WSAENOTSOCK);
    fails("SEND-12.8", "send of nothing, unconnected", send(idle, NULL, 0, 0) < 0, WSAENOTCONN);
    WSASetLastError(1);
    error = send(pair.client, NULL, 0, 0) == 0 ? WSAGetLastError() : -1;
    equals_code("SEND-12.9", "send of nothing, connected: 0, last error", (unsigned)error, 0);
    fails("RECV-09.4", "recv(0)", recv(0, data, 4, 0) < 0, WSAENOTSOCK);
    fails("RECV-09.5", "recv, unconnected", recv(idle, data, 4, 0) < 0, WSAENOTCONN);
    ok(memcmp(data, "abc", 4) == 0, "RECV-09.6", "the buffer: %s",
       memcmp(data, "abc", 4) == 0 ? "untouched" : "written");
    send(pair.client, "x", 1, 0); /* so that nothing waits */
    fails("EVENTS-21.1", "recv with length -1", recv(pair.server, data, -1, 0) < 0, WSAEFAULT);
    equals("OVERLAPPED-17.7", "recv(s, NULL, 0, 0)", recv(pair.server, NULL, 0, 0), 0);
    closesocket(idle);
    conf_pair_close(pair);
}

static void ignored_names(void)
{
    struct pair pair = conf_pair();
    SOCKADDR_IN bad;
    INT garbage = -3;
    char data[4] = "";
    int sent;

    memset(&bad, 0x5a, sizeof bad);
    sent = sendto(pair.client, "ab", 2, 0, (struct sockaddr *)&bad, 3);
    equals("SEND-06.1", "sendto a bad address on a stream", sent, 2);
    conf_pair_close(pair);
    pair = conf_pair();
    send(pair.client, "ab", 2, 0);
    equals("SEND-06.2", "recvfrom with a bad length",
           recvfrom(pair.server, data, 4, 0, (struct sockaddr *)&bad, &garbage), 2);
    ok(bad.sin_family == 0x5a5a && garbage == -3, "SEND-06.3", "the name and its length: %s",
       bad.sin_family == 0x5a5a && garbage == -3 ? "untouched" : "written");
    conf_pair_close(pair);
}

static void end_of_stream(void)
{
    struct pair pair = conf_pair();
    char data[4];
    int error;

    closesocket(pair.client);
    for (int i = 0; i < 2; i++) {
        WSASetLastError(1);
        error = recv(pair.server, data, 4, 0) == 0 ? WSAGetLastError() : -1;
        equals_code(i == 0 ? "RECV-12.4" : "RECV-12.5", "recv at the end: 0, last error",
                    (unsigned)error, 0);
    }
    closesocket(pair.server);
}

static void flags(void)
{
    struct pair pair = conf_pair();
    u_long on = 1;
    char data[8] = "";

    send(pair.client, "abcd", 4, 0);
    send(pair.client, "efgh", 4, 0);
    fails("DOC-PLAIN-01.1", "MSG_WAITALL with MSG_PEEK",
          recv(pair.server, data, 1, MSG_WAITALL | MSG_PEEK) < 0, WSAEOPNOTSUPP);
    equals("DOC-PLAIN-03.1", "recv of 2 with MSG_PEEK", recv(pair.server, data, 2, MSG_PEEK), 2);
    equals("DOC-PLAIN-02.1", "recv of 8 with MSG_WAITALL", recv(pair.server, data, 8, MSG_WAITALL),
           8);
    ok(memcmp(data, "abcdefgh", 8) == 0, "DOC-PLAIN-02.2", "they read '%.8s'", data);
    ioctlsocket(pair.server, FIONBIO, &on);
    fails("DOC-PLAIN-01.2", "no data, non-blocking", recv(pair.server, data, 8, 0) < 0,
          WSAEWOULDBLOCK);
    fails("DOC-PLAIN-01.3", "MSG_WAITALL, non-blocking",
          recv(pair.server, data, 8, MSG_WAITALL) < 0, WSAEOPNOTSUPP);
    conf_pair_close(pair);
}

/* Waits for urgent data, as long as CONF_WAIT_MS. */
static int urgent(SOCKET s, char *byte)
{
    for (int i = 0; i < CONF_WAIT_MS; i++) {
        int got = recv(s, byte, 1, MSG_OOB);

        if (got > 0)
            return got;
        Sleep(1);
    }
    return -1;
}

static void out_of_band(void)
{
    struct pair pair = conf_pair();
    char data[8] = "";
    char byte = 0;

    send(pair.client, "ab", 2, 0);
    send(pair.client, "!", 1, MSG_OOB);
    equals("DOC-PLAIN-04.1", "recv with MSG_OOB", urgent(pair.server, &byte), 1);
    equals("DOC-PLAIN-04.2", "the urgent byte", byte, '!');
    equals("DOC-PLAIN-04.3", "the others", recv(pair.server, data, 8, 0), 2);
    conf_pair_close(pair);
    pair = conf_pair();
    conf_set(pair.server, SO_OOBINLINE, 1);
    fails("DOC-PLAIN-04.4", "recv with MSG_OOB and SO_OOBINLINE",
          recv(pair.server, data, 1, MSG_OOB) < 0, WSAEINVAL);
    send(pair.client, "?", 1, MSG_OOB);
    equals("DOC-PLAIN-04.5", "plain recv", recv(pair.server, data, 8, 0), 1);
    equals("DOC-PLAIN-04.6", "the byte in the stream", data[0], '?');
    conf_pair_close(pair);
}

int main(void)
{
    conf_begin("send recv sendto recvfrom");
    lengths();
    ignored_names();
    end_of_stream();
    flags();
    out_of_band();
    return conf_end();
}
