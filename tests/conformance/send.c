/* SPDX-License-Identifier: MIT
 *
 * WSASend: SEND-01, SEND-05, SEND-08, SEND-09, SEND-12, SEND-13 (in the form of WSASend).
 * Documented: DOC-SEND-01 (gather), -02 (an overlapped send takes everything), -03 (order). */
#include "conf.h"

enum { PIECE_BYTES = 1 << 20, LARGE_BYTES = 24 << 20, MANY = 32 };

static char *pattern(unsigned bytes)
{
    char *data = malloc(bytes);

    if (data == NULL)
        conf_die("malloc");
    for (unsigned i = 0; i < bytes; i++)
        data[i] = (char)(i * 31 + i / 1000);
    return data;
}

/* Reads to the end of the stream; the number of bytes, or -1 if one differs from the pattern
 * repeated every `period` bytes, or -2 with an error. */
static int drain(SOCKET s, const char *data, unsigned period)
{
    static char buffer[65536];
    unsigned total = 0;

    for (;;) {
        int got = conf_recv(s, buffer, sizeof buffer);

        if (got <= 0)
            return got < 0 ? -2 : (int)total;
        for (int i = 0; i < got; i++)
            if (buffer[i] != data[(total + (unsigned)i) % period])
                return -1;
        total += (unsigned)got;
    }
}

struct reader {
    SOCKET socket;
    const char *data;
    int got;
};

static DWORD WINAPI read_all(LPVOID argument)
{
    struct reader *reader = argument;

    reader->got = drain(reader->socket, reader->data, PIECE_BYTES);
    return 0;
}

static void blocking(const char *data)
{
    struct pair pair = conf_pair();
    struct reader reader = {pair.server, data, -3};
    HANDLE thread = CreateThread(NULL, 0, read_all, &reader, 0, NULL);

    equals("SEND-01.1", "a blocking WSASend of 1 MiB", conf_send(pair.client, data, PIECE_BYTES),
           PIECE_BYTES);
    shutdown(pair.client, SD_SEND);
    WaitForSingleObject(thread, CONF_WAIT_MS);
    equals("SEND-01.2", "bytes that arrive", reader.got, PIECE_BYTES);
    CloseHandle(thread);
    conf_pair_close(pair);
}

static void non_blocking(const char *data)
{
    struct pair pair = conf_pair();
    u_long on = 1;
    int whole = 0;
    int pieces = 0;
    int sent = 0;
    int got;
    int error = 0;

    ioctlsocket(pair.client, FIONBIO, &on);
    while (pieces < MANY && (got = conf_send(pair.client, data, PIECE_BYTES)) > 0) {
        pieces++;
        whole += got == PIECE_BYTES;
        sent += got;
    }
    error = pieces < MANY ? WSAGetLastError() : WSAEWOULDBLOCK;
    ok(pieces > 0 && whole == pieces, "SEND-05.1", "non-blocking pieces of 1 MiB: %s",
       pieces == 0       ? "none"
       : whole == pieces ? "all whole"
                         : "one in part");
    equals_code("SEND-05.2", "then", (unsigned)error, WSAEWOULDBLOCK);
    closesocket(pair.client);
    ok(drain(pair.server, data, PIECE_BYTES) == sent, "SEND-05.3", "what was taken arrives");
    closesocket(pair.server);
}

static void after_close(void)
{
    struct pair pair = conf_pair();
    char *data = pattern(LARGE_BYTES);
    OVERLAPPED overlapped = conf_overlapped();
    int error = conf_send_start(pair.client, data, LARGE_BYTES, &overlapped);
    char rest[4];
    int got;

    ok(error == 0 || error == WSA_IO_PENDING, "SEND-08.1", "24 MiB are taken");
    works("SEND-08.2", "closesocket at once", closesocket(pair.client) == 0);
    got = drain(pair.server, data, LARGE_BYTES);
    ok(got == LARGE_BYTES, "SEND-08.3", "bytes that arrive: %s",
       got == LARGE_BYTES ? "all"
       : got >= 0         ? "not all"
                          : "wrong ones, or an error");
    SetLastError(0xdeadbeef);
    error = conf_recv(pair.server, rest, sizeof rest);
    ok(error == 0 && GetLastError() == 0, "SEND-08.4", "then 0 bytes, last error %s",
       conf_name(GetLastError()));
    works("SEND-08.5", "the send ends", conf_done(&overlapped));
    closesocket(pair.server);
    WSACloseEvent(overlapped.hEvent);
    free(data);
}

struct writer {
    SOCKET socket;
    const char *data;
    int sent;
};

static DWORD WINAPI write_and_exit(LPVOID argument)
{
    struct writer *writer = argument;
    u_long on = 1;

    ioctlsocket(writer->socket, FIONBIO, &on);
    writer->sent = conf_send(writer->socket, writer->data, PIECE_BYTES);
    return 0;
}

static void after_thread(const char *data)
{
    struct pair pair = conf_pair();
    struct writer writer = {pair.client, data, 0};
    HANDLE thread = CreateThread(NULL, 0, write_and_exit, &writer, 0, NULL);

    WaitForSingleObject(thread, CONF_WAIT_MS);
    equals("SEND-09.1", "sent by a thread that exits", writer.sent, PIECE_BYTES);
    fails("SEND-09.2", "CancelIoEx", !CancelIoEx((HANDLE)pair.client, NULL), ERROR_NOT_FOUND);
    works("SEND-09.3", "CancelIo", CancelIo((HANDLE)pair.client));
    works("SEND-09.4", "shutdown and closesocket",
          shutdown(pair.client, SD_BOTH) == 0 && closesocket(pair.client) == 0);
    ok(drain(pair.server, data, PIECE_BYTES) == writer.sent, "SEND-09.5", "what was taken arrives");
    CloseHandle(thread);
    closesocket(pair.server);
}

static void nothing(void)
{
    struct pair pair = conf_pair();
    SOCKET s = conf_tcp();
    int sent;

    fails("SEND-12.1", "nothing, to handle 0", conf_send(0, NULL, 0) < 0, WSAENOTSOCK);
    fails("SEND-12.2", "nothing, unconnected", conf_send(s, NULL, 0) < 0, WSAENOTCONN);
    SetLastError(0xdeadbeef);
    sent = conf_send(pair.client, NULL, 0);
    ok(sent == 0 && GetLastError() == 0, "SEND-12.3", "nothing, connected: %d, last error %s", sent,
       conf_name(GetLastError()));
    closesocket(s);
    conf_pair_close(pair);
}

static void small(void)
{
    static const char constant[] = "constant"; /* in read-only memory */
    struct pair pair = conf_pair();
    char ab[] = "ab";
    char cde[] = "cde";
    WSABUF buffers[3] = {{2, ab}, {0, NULL}, {3, cde}};
    OVERLAPPED overlapped[3] = {conf_overlapped(), conf_overlapped(), conf_overlapped()};
    char data[16] = "";
    DWORD bytes = 0;

    equals("SEND-13.1", "from read-only memory", conf_send(pair.client, constant, 8), 8);
    equals("SEND-13.2", "bytes that arrive", conf_recv(pair.server, data, sizeof data), 8);
    WSASend(pair.client, buffers, 3, &bytes, 0, NULL, NULL);
    equals("DOC-SEND-01.1", "2, 0 and 3 bytes", (int)bytes, 5);
    memset(data, 0, sizeof data);
    conf_recv(pair.server, data, sizeof data);
    ok(strcmp(data, "abcde") == 0, "DOC-SEND-01.2", "the peer reads '%.8s'", data);
    for (int i = 0; i < 3; i++)
        conf_send_start(pair.client, &"123"[i], 1, &overlapped[i]);
    for (int i = 0; i < 3; i++)
        conf_result(pair.client, &overlapped[i]);
    memset(data, 0, sizeof data);
    for (int got = 0; got < 3;) {
        int more = conf_recv(pair.server, data + got, 3 - (unsigned)got);

        got = more <= 0 ? 3 : got + more;
    }
    ok(strcmp(data, "123") == 0, "DOC-SEND-03", "three overlapped sends: the peer reads '%.8s'",
       data);
    conf_pair_close(pair);
    for (int i = 0; i < 3; i++)
        WSACloseEvent(overlapped[i].hEvent);
}

static void overlapped_takes_all(const char *data)
{
    struct pair pair = conf_pair();
    struct reader reader = {pair.server, data, -3};
    OVERLAPPED overlapped = conf_overlapped();
    int error = conf_send_start(pair.client, data, PIECE_BYTES, &overlapped);
    HANDLE thread = CreateThread(NULL, 0, read_all, &reader, 0, NULL);

    ok(error == 0 || error == WSA_IO_PENDING, "DOC-SEND-02.1",
       "an overlapped send of 1 MiB: taken");
    equals("DOC-SEND-02.2", "its bytes at the end", conf_result(pair.client, &overlapped),
           PIECE_BYTES);
    shutdown(pair.client, SD_SEND);
    WaitForSingleObject(thread, CONF_WAIT_MS);
    equals("DOC-SEND-02.3", "bytes that arrive", reader.got, PIECE_BYTES);
    CloseHandle(thread);
    conf_pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

int main(void)
{
    char *data = pattern(PIECE_BYTES);

    conf_begin("WSASend CancelIo CancelIoEx CreateThread WaitForSingleObject");
    blocking(data);
    non_blocking(data);
    after_close();
    after_thread(data);
    nothing();
    small();
    overlapped_takes_all(data);
    free(data);
    return conf_end();
}
