/* SPDX-License-Identifier: MIT */
/* TransmitPackets: its checks, pieces of memory and files on a stream, and the borders of
 * datagrams. */
#include "file.h"

enum { LARGE = 700 * 1024 + 333 };

static LPFN_TRANSMITPACKETS TransmitPackets;

static int setup(void **state)
{
    GUID id = WSAID_TRANSMITPACKETS;
    int error = file_setup(state);

    if (error == 0)
        flow_extension(id, &TransmitPackets);
    return error;
}

static TRANSMIT_PACKETS_ELEMENT memory(const char *text, ULONG flags)
{
    TRANSMIT_PACKETS_ELEMENT element = {.dwElFlags = TP_ELEMENT_MEMORY | flags,
                                        .cLength = (ULONG)strlen(text)};

    element.pBuffer = (void *)(uintptr_t)text;
    return element;
}

static TRANSMIT_PACKETS_ELEMENT part(HANDLE file, LONGLONG offset, ULONG bytes, ULONG flags)
{
    TRANSMIT_PACKETS_ELEMENT element = {.dwElFlags = TP_ELEMENT_FILE | flags, .cLength = bytes};

    element.hFile = file;
    element.nFileOffset.QuadPart = offset;
    return element;
}

/* Two datagram sockets; the first is connected to the second. */
static struct pair datagrams(void)
{
    struct pair pair = {pair_bound(SOCK_DGRAM), pair_bound(SOCK_DGRAM)};
    SOCKADDR_IN name = pair_address(pair.server);

    assert_int_equal(connect(pair.client, (struct sockaddr *)&name, sizeof name), 0);
    return pair;
}

static void first_failed_check_is_reported(void **state)
{
    HANDLE file = file_new("checks", 1000);
    SOCKET idle = pair_bound(SOCK_STREAM);
    SOCKET lonely = pair_bound(SOCK_DGRAM);
    struct pair pair = pair_open();
    struct pair udp = datagrams();
    OVERLAPPED bad_event = {.hEvent = (HANDLE)idle};
    TRANSMIT_PACKETS_ELEMENT good = memory("x", 0);
    TRANSMIT_PACKETS_ELEMENT bad[] = {
        {.dwElFlags = 8},
        {.dwElFlags = TP_ELEMENT_MEMORY | TP_ELEMENT_FILE},
        part(file, 1001, 0, 0),
        part(file, -2, 0, 0),
        part(file, 0, 0x7FFFFFFF, 0),
        part((HANDLE)idle, 0, 0, 0),
        {.dwElFlags = TP_ELEMENT_MEMORY, .cLength = 1},
    };
    const int errors[] = {WSAEINVAL, WSAEINVAL,   WSAEINVAL, WSAEINVAL,
                          WSAEINVAL, WSAENOTSOCK, WSAEFAULT};
    char data[4];

    (void)state;
    flow_fails(TransmitPackets(INVALID_SOCKET, PAIR_BAD, 1, 0, PAIR_BAD, 0xff00), WSAENOTSOCK);
    flow_fails(TransmitPackets(idle, PAIR_BAD, 1, 0, PAIR_BAD, 0xff00), WSAENOTCONN);
    flow_fails(TransmitPackets(lonely, PAIR_BAD, 1, 0, PAIR_BAD, 0xff00), WSAENOTCONN);
    flow_fails(TransmitPackets(pair.client, PAIR_BAD, 1, 0, PAIR_BAD, TF_WRITE_BEHIND), WSAEINVAL);
    flow_fails(TransmitPackets(pair.client, PAIR_BAD, 1, 0, PAIR_BAD, TP_REUSE_SOCKET), WSAEINVAL);
    flow_fails(TransmitPackets(udp.client, PAIR_BAD, 1, 0, PAIR_BAD, TP_DISCONNECT), WSAEINVAL);
    flow_fails(TransmitPackets(pair.client, &bad[0], 1, 0, PAIR_BAD, 0), WSAEFAULT);
    flow_fails(TransmitPackets(pair.client, PAIR_BAD, 1, 0, &bad_event, 0), WSAEFAULT);
    flow_fails(TransmitPackets(pair.client, NULL, 1, 0, &bad_event, 0), WSAEFAULT);
    for (size_t i = 0; i < PAIR_COUNT(bad); i++)
        flow_fails(TransmitPackets(pair.client, &bad[i], 1, 0, &bad_event, 0), errors[i]);
    flow_fails(TransmitPackets(pair.client, &good, 1, 0, &bad_event, 0), WSA_INVALID_HANDLE);
    flow_fails(TransmitPackets(pair.client, &good, 0x10001, 0, NULL, 0), WSAENOBUFS);
    assert_true(TransmitPackets(pair.client, NULL, 0, 0, NULL, 0));
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    flow_fails(TransmitPackets(pair.client, PAIR_BAD, 1, 0, PAIR_BAD, 0xff00), WSAESHUTDOWN);
    assert_int_equal(flow_recv(pair.server, data, 4), 0); /* nothing has happened */
    pair_close(pair);
    pair_close(udp);
    closesocket(idle);
    closesocket(lonely);
    CloseHandle(file);
}

/* Pieces of a stream follow each other, whatever separates them. */
static void a_stream_gets_all_pieces(void **state)
{
    const char *path = file_make("stream", LARGE);

    (void)state;
    for (int cold = 0; cold < 2; cold++) {
        struct pair pair = pair_open();
        HANDLE port = flow_port(1);
        HANDLE file = file_open_read(path);
        OVERLAPPED overlapped = {0};
        TRANSMIT_PACKETS_ELEMENT pieces[] = {
            memory("<a>", TP_ELEMENT_EOP),
            part(file, 1000, LARGE - 2000, 0),
            memory("<b>", 0),
            memory("", 0),
            part(file, 5, 7, TP_ELEMENT_EOP),
            part(file, 0, 0, 0),
        };
        struct file_reader reader;
        struct flow_packet packet;

        pieces[5].dwElFlags = 0; /* a file is the default */
        if (cold)
            file_cool(path);
        flow_tie(pair.client, port, 3);
        file_reader_start(&reader, pair.server, 3 * LARGE);
        if (!TransmitPackets(pair.client, pieces, PAIR_COUNT(pieces), 4096, &overlapped,
                             TP_DISCONNECT))
            assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
        packet = flow_take(port, FLOW_LIMIT_MS);
        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.bytes, 2 * LARGE - 2000 + 13);
        file_reader_end(&reader);
        assert_int_equal(reader.bytes, packet.bytes);
        assert_memory_equal(reader.data, "<a>", 3);
        file_same(reader.data + 3, 1000, LARGE - 2000);
        assert_memory_equal(reader.data + 3 + LARGE - 2000, "<b>", 3);
        file_same(reader.data + 6 + LARGE - 2000, 5, 7);
        file_same(reader.data + 13 + LARGE - 2000, 0, LARGE);
        file_reader_free(&reader);
        pair_close(pair);
        CloseHandle(file);
        CloseHandle(port);
    }
}

static void minus_one_is_the_position_that_moves_along(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("position", 1000);
    TRANSMIT_PACKETS_ELEMENT pieces[] = {part(file, -1, 100, 0), part(file, 0, 10, 0),
                                         part(file, -1, 50, 0), part(file, -1, 0, 0)};
    unsigned char data[1000];

    (void)state;
    assert_int_equal(SetFilePointer(file, 20, NULL, FILE_BEGIN), 20);
    assert_true(TransmitPackets(pair.client, pieces, 4, 0, NULL, 0));
    assert_int_equal(flow_recv_with(pair.server, data, 990, MSG_WAITALL), 990);
    file_same(data, 20, 100);
    file_same(data + 100, 0, 10);
    file_same(data + 110, 120, 880);
    assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT), 1000);
    pair_close(pair);
    CloseHandle(file);
}

static void next_datagram(SOCKET s, const char *front, uint64_t place, size_t bytes)
{
    unsigned char data[2000];
    size_t fixed = strlen(front);

    assert_int_equal(flow_recv(s, data, sizeof data), fixed + bytes);
    assert_memory_equal(data, front, fixed);
    file_same(data + fixed, place, bytes);
}

static void datagrams_end_where_the_caller_says(void **state)
{
    const char *path = file_make("datagrams", 5000);
    HANDLE file = file_open_read(path);

    (void)state;
    for (int mode = 0; mode < 4; mode++) { /* warm and cold, blocking and not */
        struct pair pair = datagrams();
        OVERLAPPED overlapped = flow_overlapped();
        TRANSMIT_PACKETS_ELEMENT pieces[] = {
            memory("one", TP_ELEMENT_EOP),
            memory("two", 0),
            part(file, 100, 1200, 0x4),
            part(file, 1300, 10, 0),
            memory("", TP_ELEMENT_EOP),
            memory("", TP_ELEMENT_EOP),
            memory("la", 0),
            memory("st", 0),
        };
        DWORD bytes = 0;

        if (mode & 1)
            file_cool(path);
        if (mode & 2) {
            assert_true(TransmitPackets(pair.client, pieces, 8, 0xFFFFFFFF, NULL, 0));
        } else {
            if (!TransmitPackets(pair.client, pieces, 8, 0, &overlapped, 0))
                assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
            assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
            assert_int_equal(bytes, 3 + 1203 + 10 + 4);
        }
        next_datagram(pair.server, "one", 0, 0);
        next_datagram(pair.server, "two", 100, 1200);
        next_datagram(pair.server, "", 1300, 10);
        next_datagram(pair.server, "", 0, 0);
        next_datagram(pair.server, "last", 0, 0);
        pair_close(pair);
        WSACloseEvent(overlapped.hEvent);
    }
    CloseHandle(file);
}

static void datagrams_are_no_longer_than_asked(void **state)
{
    struct pair pair = datagrams();
    HANDLE file = file_new("each", 2500);
    TRANSMIT_PACKETS_ELEMENT pieces[] = {memory("abc", 0), part(file, 0, 0, TP_ELEMENT_EOP),
                                         memory("def", 0)};

    (void)state;
    assert_true(TransmitPackets(pair.client, pieces, 3, 1000, NULL, 0));
    next_datagram(pair.server, "abc", 0, 997);
    next_datagram(pair.server, "", 997, 1000);
    next_datagram(pair.server, "", 1997, 503);
    next_datagram(pair.server, "def", 0, 0);
    pair_close(pair);
    CloseHandle(file);
}

static void a_datagram_too_long_is_an_error(void **state)
{
    struct pair pair = datagrams();
    HANDLE file = file_new("long", 200000);
    TRANSMIT_PACKETS_ELEMENT pieces[] = {memory("first", TP_ELEMENT_EOP), part(file, 0, 66000, 0)};

    (void)state;
    flow_fails(TransmitPackets(pair.client, pieces, 2, 0, NULL, 0), WSAEMSGSIZE);
    next_datagram(pair.server, "first", 0, 0); /* had gone before */
    pieces[1].cLength = 200000;
    flow_fails(TransmitPackets(pair.client, pieces, 2, 0, NULL, 0), WSAEMSGSIZE);
    pieces[0] = memory("x", 0);
    pieces[0].pBuffer = PAIR_BAD;
    flow_fails(TransmitPackets(pair.client, pieces, 1, 0, NULL, 0), WSAEFAULT);
    pair_close(pair);
    CloseHandle(file);
}

static void cancel_ends_it(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("cancel", 8 << 20);
    TRANSMIT_PACKETS_ELEMENT pieces[] = {memory("x", 0), part(file, 0, 0, 0)};
    OVERLAPPED overlapped = flow_overlapped();
    DWORD bytes = 0;

    (void)state;
    assert_int_equal(pair_set(pair.client, SOL_SOCKET, SO_SNDBUF, 16384), 0);
    flow_fails(TransmitPackets(pair.client, pieces, 2, 0, &overlapped, 0), WSA_IO_PENDING);
    CloseHandle(file);
    assert_true(CancelIoEx((HANDLE)pair.client, &overlapped));
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), WSA_OPERATION_ABORTED);
    pair_close(pair);
    WSACloseEvent(overlapped.hEvent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_failed_check_is_reported),
        cmocka_unit_test(a_stream_gets_all_pieces),
        cmocka_unit_test(minus_one_is_the_position_that_moves_along),
        cmocka_unit_test(datagrams_end_where_the_caller_says),
        cmocka_unit_test(datagrams_are_no_longer_than_asked),
        cmocka_unit_test(a_datagram_too_long_is_an_error),
        cmocka_unit_test(cancel_ends_it),
    };

    return cmocka_run_group_tests(tests, setup, file_teardown);
}
