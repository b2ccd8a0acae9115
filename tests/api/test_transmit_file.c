/* SPDX-License-Identifier: MIT */
/* TransmitFile: the order of its checks, and that every byte arrives, once and in its place,
 * whatever the file's size, the reader's speed and the state of the page cache. */
#include "transmit.h"

/* ---- Checks ---- */

static void first_failed_check_is_reported(void **state)
{
    HANDLE file = file_new("checks", 1000);
    HANDLE blind = CreateFileA(file_name("blind"), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    SOCKET idle = pair_bound(SOCK_STREAM);
    SOCKET udp = pair_bound(SOCK_DGRAM);
    SOCKET udp_peer = pair_bound(SOCK_DGRAM);
    SOCKADDR_IN name = pair_address(udp_peer);
    struct pair pair = pair_open();
    OVERLAPPED beyond = {.Offset = 1001};
    OVERLAPPED negative = {.OffsetHigh = 0x80000000};
    OVERLAPPED bad_event = {.hEvent = (HANDLE)idle};
    TRANSMIT_FILE_BUFFERS no_head = {NULL, 5, NULL, 0};
    TRANSMIT_FILE_BUFFERS huge = {head, 1, tail, 0x7FFFFFFE};
    char data[4];

    (void)state;
    /* TRANSMITFILE-01. */
    flow_fails(TransmitFile(INVALID_SOCKET, NULL, 0, 0, NULL, PAIR_BAD, 0xff00), WSAENOTSOCK);
    flow_fails(TransmitFile((SOCKET)file, file, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
    flow_fails(TransmitFile(idle, NULL, 0, 0, NULL, PAIR_BAD, 0xff00), WSAENOTCONN);
    flow_fails(TransmitFile(idle, NULL, 0, 0, NULL, NULL, TF_REUSE_SOCKET), WSAENOTCONN);
    flow_fails(TransmitFile(udp, NULL, 0, 0, NULL, NULL, TF_REUSE_SOCKET), WSAENOTCONN);
    assert_int_equal(connect(udp, (struct sockaddr *)&name, sizeof name), 0);
    flow_fails(TransmitFile(udp, NULL, 0, 0, NULL, PAIR_BAD, 0xff00), WSAEINVAL);
    flow_fails(TransmitFile(pair.client, file, 0, 0, PAIR_BAD, PAIR_BAD, 0x40), WSAEINVAL);
    flow_fails(TransmitFile(pair.client, file, 0, 0, PAIR_BAD, PAIR_BAD, TF_REUSE_SOCKET),
               WSAEINVAL);
    flow_fails(TransmitFile(pair.client, (HANDLE)4, 0, 0, PAIR_BAD, NULL, 0), WSAEFAULT);
    flow_fails(TransmitFile(pair.client, (HANDLE)4, 0, 0, NULL, PAIR_BAD, 0), WSAEFAULT);
    flow_fails(TransmitFile(pair.client, (HANDLE)4, 0, 0, &negative, &no_head, 0), WSAEINVAL);
    flow_fails(TransmitFile(pair.client, (HANDLE)4, 0, 0, NULL, &no_head, 0), WSAEFAULT);
    flow_fails(TransmitFile(pair.client, (HANDLE)4, 0, 0, &bad_event, &huge, 0), WSAENOTSOCK);
    flow_fails(TransmitFile(pair.client, (HANDLE)idle, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
    flow_fails(TransmitFile(pair.client, blind, 0, 0, NULL, NULL, 0), WSAEACCES);
    flow_fails(TransmitFile(pair.client, file, 0, 0, &beyond, NULL, 0), WSAEINVAL);
    flow_fails(TransmitFile(pair.client, file, 0x7FFFFFFF, 0, NULL, NULL, 0), WSAEINVAL);
    flow_fails(TransmitFile(pair.client, NULL, 0, 0, &bad_event, &huge, 0), WSAEINVAL);
    flow_fails(TransmitFile(pair.client, file, 0, 0, &bad_event, NULL, 0), WSA_INVALID_HANDLE);
    assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT), 0); /* nothing has happened */
    assert_int_equal(shutdown(pair.client, SD_SEND), 0);
    flow_fails(TransmitFile(pair.client, file, 0, 0, NULL, PAIR_BAD, 0xff00), WSAESHUTDOWN);
    assert_int_equal(flow_recv(pair.server, data, 4), 0);
    pair_close(pair);
    closesocket(idle);
    closesocket(udp);
    closesocket(udp_peer);
    CloseHandle(file);
    CloseHandle(blind);
}

/* ---- What arrives ---- */

/* TRANSMITFILE-02. */
static void without_a_file_the_buffers_go(void **state)
{
    TRANSMIT_FILE_BUFFERS empty = {NULL, 0, NULL, 0};
    struct pair pair = pair_open();
    struct file_reader reader;

    (void)state;
    assert_true(TransmitFile(pair.client, NULL, 0, 0, NULL, NULL, 0));
    assert_true(TransmitFile(pair.client, NULL, 0, 0, NULL, &empty, 0));
    assert_true(TransmitFile(pair.client, NULL, 99, 7, NULL, &both, TF_WRITE_BEHIND));
    shutdown(pair.client, SD_SEND);
    file_reader_start(&reader, pair.server, 1000);
    file_reader_end(&reader);
    arrived(&reader, 0, 0, true);
    file_reader_free(&reader);
    pair_close(pair);
}

static void one_size_arrives(const char *path, uint64_t size, bool blocking)
{
    struct pair pair = pair_open();
    OVERLAPPED overlapped = flow_overlapped();
    HANDLE file = file_open_read(path);
    struct file_reader reader;
    DWORD bytes = 0;

    file_reader_start(&reader, pair.server, size + 1000);
    if (blocking) {
        assert_true(TransmitFile(pair.client, file, 0, 0, NULL, &both, 0));
        assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT), size);
    } else {
        if (!TransmitFile(pair.client, file, 0, 0, &overlapped, &both, 0))
            assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
        assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
        assert_int_equal(bytes, HEAD + size + TAIL);
        assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT), 0);
    }
    closesocket(pair.client);
    file_reader_end(&reader);
    arrived(&reader, 0, size, true);
    file_reader_free(&reader);
    closesocket(pair.server);
    CloseHandle(file);
    WSACloseEvent(overlapped.hEvent);
}

/* TRANSMITFILE-03, for sizes around every border of the implementation. */
static void every_size_arrives_whole(void **state)
{
    const uint64_t sizes[] = {
        0, 1, 4095, 4096, 32767, 32768, 32769, SMALL, (512 << 10), (512 << 10) + 1, 1 << 20, LARGE};

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(sizes); i++) {
        const char *path = file_make("size", sizes[i]);

        one_size_arrives(path, sizes[i], true);
        one_size_arrives(path, sizes[i], false);
        file_cool(path);
        one_size_arrives(path, sizes[i], true);
        file_cool(path);
        one_size_arrives(path, sizes[i], false);
    }
}

static void position_offset_and_length_select_the_part(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("part", LARGE);
    OVERLAPPED overlapped = flow_overlapped();
    struct file_reader reader;
    DWORD bytes = 0;

    (void)state;
    file_reader_start(&reader, pair.server, LARGE);
    assert_int_equal(SetFilePointer(file, 100, NULL, FILE_BEGIN), 100);
    assert_true(TransmitFile(pair.client, file, 50, 0, NULL, NULL, 0));
    assert_true(TransmitFile(pair.client, file, 70000, 4096, NULL, NULL, TF_USE_KERNEL_APC));
    assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT), 70150);
    overlapped.Offset = 70150;
    if (!TransmitFile(pair.client, file, 1000000, 0, &overlapped, NULL, TF_USE_SYSTEM_THREAD))
        assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 1000000);
    overlapped.Offset = LARGE; /* the end: nothing to send, and no failure */
    if (!TransmitFile(pair.client, file, 0, 0, &overlapped, NULL, 0))
        assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
    assert_int_equal(flow_end(pair.client, &overlapped, &bytes), 0);
    assert_int_equal(bytes, 0);
    closesocket(pair.client);
    file_reader_end(&reader);
    arrived(&reader, 100, 1070050, false);
    file_reader_free(&reader);
    closesocket(pair.server);
    CloseHandle(file);
    WSACloseEvent(overlapped.hEvent);
}

/* One completion each, bytes in posting order, among other sends; through a port. */
static void it_keeps_its_place_among_the_sends(void **state)
{
    enum { ROUNDS = 20 };
    static OVERLAPPED sends[ROUNDS][2];
    const char *path = file_make("order", LARGE);
    struct pair pair = pair_open();
    HANDLE port = flow_port(1);
    HANDLE file = file_open_with(path, FILE_FLAG_SEQUENTIAL_SCAN | FILE_FLAG_OVERLAPPED);
    struct file_reader reader;
    uint64_t place = 0;

    (void)state;
    memset(sends, 0, sizeof sends);
    file_cool(path);
    flow_tie(pair.client, port, 9);
    file_reader_start(&reader, pair.server, 2 * LARGE);
    for (int i = 0; i < ROUNDS; i++) {
        sends[i][0].Offset = (DWORD)place;
        if (!TransmitFile(pair.client, file, 200000 + (DWORD)i, 0, &sends[i][0], NULL, 0))
            assert_int_equal(WSAGetLastError(), WSA_IO_PENDING);
        place += 200000 + (unsigned)i;
        flow_accepted(flow_start_send(pair.client, "<mark>", 6, &sends[i][1]));
    }
    for (int i = 0; i < 2 * ROUNDS; i++) {
        struct flow_packet packet = flow_take(port, FLOW_LIMIT_MS);

        assert_int_equal(packet.error, 0);
        assert_int_equal(packet.key, 9);
        assert_ptr_equal(packet.overlapped, &sends[i / 2][i % 2]);
        assert_int_equal(packet.bytes, i % 2 ? 6 : 200000 + i / 2);
    }
    flow_no_packet(port);
    closesocket(pair.client);
    file_reader_end(&reader);
    place = 0;
    for (size_t i = 0, at = 0; i < ROUNDS; i++) {
        file_same(reader.data + at, place, 200000 + i);
        at += 200000 + i;
        place += 200000 + i;
        assert_memory_equal(reader.data + at, "<mark>", 6);
        at += 6;
    }
    assert_int_equal(reader.bytes, place + 6 * ROUNDS);
    file_reader_free(&reader);
    closesocket(pair.server);
    CloseHandle(file);
    CloseHandle(port);
}

/* Also the claim passes from the blocked thread to the next. */
static void a_slow_reader_gets_everything(void **state)
{
    struct pair pair = pair_open();
    HANDLE file = file_new("slow", LARGE);
    struct file_reader reader;
    u_long on = 1;

    (void)state;
    assert_int_equal(ioctlsocket(pair.client, (long)FIONBIO, &on), 0); /* it waits all the same */
    file_reader_start_at(&reader, pair.server, LARGE + 1000, 997);
    assert_true(TransmitFile(pair.client, file, 0, 1, NULL, &both, TF_DISCONNECT));
    pair_fails(flow_send(pair.client, "x", 1), WSAESHUTDOWN);
    file_reader_end(&reader);
    arrived(&reader, 0, LARGE, true);
    file_reader_free(&reader);
    pair_close(pair);
    CloseHandle(file);
}

static void the_extension_is_the_function(void **state)
{
    LPFN_TRANSMITFILE found = NULL;
    GUID id = WSAID_TRANSMITFILE;

    (void)state;
    flow_extension(id, &found);
    flow_fails(found(INVALID_SOCKET, NULL, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_failed_check_is_reported),
        cmocka_unit_test(without_a_file_the_buffers_go),
        cmocka_unit_test(every_size_arrives_whole),
        cmocka_unit_test(position_offset_and_length_select_the_part),
        cmocka_unit_test(it_keeps_its_place_among_the_sends),
        cmocka_unit_test(a_slow_reader_gets_everything),
        cmocka_unit_test(the_extension_is_the_function),
    };

    return cmocka_run_group_tests(tests, transmit_setup, file_teardown);
}
