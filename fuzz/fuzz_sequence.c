/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of valid calls on connected sockets, held against a small model of Winsock
 * (fuzz/sequence/model.h): direct and overlapped transfers, by completion port, event and
 * completion routine, through ReadFile(), WriteFile(), TransmitFile() and TransmitPackets() too
 * (fuzz/sequence/files.c); what select(), WSAPoll() and WSAEventSelect() say (readiness.c);
 * datagrams by WSASendMsg() and WSARecvMsg() (messages.c); cancelling, sharing, shutting down,
 * closing. One thread makes the calls; the ring threads race with it.
 */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>
#include <ws2ring.h>

#include <string.h>

#include "fuzz/sequence/steps.h"

enum { STEPS_MAX = 512, STEPS = 28 };

static HANDLE port;
static SOCKET listener = INVALID_SOCKET;
static uintptr_t posted, taken; /* packets of our own: the number is the OVERLAPPED */

HANDLE sequence_port(void)
{
    return port;
}

static DWORD take_size(void)
{
    uint8_t first = sequence_byte();

    return first < 0xc0 ? first : (DWORD)(first & 0x3f) * 64;
}

/* ---- Objects ---- */

static void open_listener(void)
{
    SOCKADDR_IN name = {.sin_family = AF_INET};

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    FUZZ_CHECK(listener != INVALID_SOCKET);
    FUZZ_CHECK(bind(listener, (struct sockaddr *)&name, sizeof name) == 0);
    FUZZ_CHECK(listen(listener, 8) == 0);
}

static SOCKET connect_client(void)
{
    static LPFN_CONNECTEX connect_ex;
    GUID id = WSAID_CONNECTEX;
    OVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    SOCKADDR_IN name = {.sin_family = AF_INET};
    int name_bytes = sizeof name;
    DWORD bytes = 0;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    if (connect_ex == NULL)
        FUZZ_CHECK(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &connect_ex,
                            sizeof connect_ex, &bytes, NULL, NULL) == 0);
    FUZZ_CHECK(bind(s, (struct sockaddr *)&name, sizeof name) == 0);
    FUZZ_CHECK(getsockname(listener, (struct sockaddr *)&name, &name_bytes) == 0);
    FUZZ_CHECK(connect_ex(s, (struct sockaddr *)&name, name_bytes, NULL, 0, NULL, &overlapped) ||
               WSAGetLastError() == ERROR_IO_PENDING);
    FUZZ_CHECK(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, WAIT_MS, FALSE) == 0);
    FUZZ_CHECK(overlapped.Internal == 0);
    FUZZ_CHECK(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) == 0);
    FUZZ_CHECK(WSACloseEvent(overlapped.hEvent));
    return s;
}

static void set_up(SOCKET s, enum model_way way)
{
    u_long on = 1;

    FUZZ_CHECK(ioctlsocket(s, FIONBIO, &on) == 0);
    if (way == MODEL_BY_PORT)
        FUZZ_CHECK(CreateIoCompletionPort((HANDLE)s, port, CONNECTION_KEY, 0) == port);
}

/* `narrow`: sends soon find no room. */
static void open_pair(unsigned pair, enum model_way way, bool narrow)
{
    int room_bytes = 2048;
    SOCKET client = connect_client();
    SOCKET server = accept(listener, NULL, NULL);

    FUZZ_CHECK(server != INVALID_SOCKET);
    set_up(client, way);
    set_up(server, way);
    if (narrow)
        FUZZ_CHECK(setsockopt(client, SOL_SOCKET, SO_SNDBUF, (const char *)&room_bytes,
                              sizeof room_bytes) == 0);
    model_open(pair, client, server, way);
}

/* ---- Ends of operations ---- */

static void packet_taken(ULONG_PTR key, OVERLAPPED *overlapped, DWORD bytes)
{
    if (key == POSTED_KEY) { /* first in, first out */
        FUZZ_CHECK((uintptr_t)overlapped == ++taken && bytes == (DWORD)taken);
        return;
    }
    FUZZ_CHECK(bytes == overlapped->InternalHigh);
    if (key == MESSAGE_KEY) {
        message_ended(overlapped);
        return;
    }
    FUZZ_CHECK(key == CONNECTION_KEY);
    model_ended(CONTAINING_RECORD(overlapped, struct model_operation, overlapped));
}

/* Takes one packet. False: there is none. */
static bool take_packet(DWORD timeout_ms)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = 0;
    BOOL succeeded = GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, timeout_ms);

    if (overlapped == NULL) {
        FUZZ_CHECK(!succeeded && GetLastError() == WAIT_TIMEOUT);
        return false;
    }
    FUZZ_CHECK(succeeded == (key == POSTED_KEY || overlapped->Internal == 0));
    packet_taken(key, overlapped, bytes);
    return true;
}

static void step_take_packets(void)
{
    OVERLAPPED_ENTRY entries[8];
    uint8_t how = sequence_byte();
    ULONG count = 1 + how % 8, removed = 0;

    if (!GetQueuedCompletionStatusEx(port, entries, count, &removed, 0, how & 128)) {
        FUZZ_CHECK(GetLastError() == WAIT_TIMEOUT || GetLastError() == WAIT_IO_COMPLETION);
        return;
    }
    FUZZ_CHECK(removed >= 1 && removed <= count);
    for (ULONG i = 0; i < removed; i++)
        packet_taken(entries[i].lpCompletionKey, entries[i].lpOverlapped,
                     entries[i].dwNumberOfBytesTransferred);
}

static void CALLBACK ended(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    FUZZ_CHECK(bytes == overlapped->InternalHigh && flags == 0);
    FUZZ_CHECK((error == 0) == (overlapped->Internal == 0));
    model_ended(CONTAINING_RECORD(overlapped, struct model_operation, overlapped));
}

static void look(void)
{
    while (take_packet(0))
        continue;
    model_look_at_events();
    message_look_at_events();
    while (SleepEx(0, TRUE) == WAIT_IO_COMPLETION)
        continue;
}

/* ---- Steps ---- */

void about_to_send(struct model_end *end)
{
    if (end->peer->socket == INVALID_SOCKET)
        end->in->torn = true;
}

static void step_send(struct model_end *end)
{
    char data[MODEL_BYTES_MAX];
    DWORD size_bytes = take_size();
    WSABUF buffer = {size_bytes, data};
    DWORD sent = 0;

    about_to_send(end);
    model_fill(end->out, data, size_bytes);
    if (WSASend(end->socket, &buffer, 1, &sent, 0, NULL, NULL) == 0) {
        FUZZ_CHECK(sent <= size_bytes && !end->out->finished);
        model_sent(end, sent);
    } else if (WSAGetLastError() == WSAEWOULDBLOCK) {
        model_refused(end);
    } else {
        FUZZ_CHECK(end->out->torn || end->in->torn || end->out->finished);
    }
}

static void step_receive(struct model_end *end, bool peeks)
{
    char data[MODEL_BYTES_MAX];
    DWORD size_bytes = take_size();
    WSABUF buffer = {size_bytes, data};
    DWORD received = 0;
    DWORD flags = peeks ? MSG_PEEK : 0;

    if (WSARecv(end->socket, &buffer, 1, &received, &flags, NULL, NULL) != 0)
        FUZZ_CHECK(WSAGetLastError() == (end->deaf ? WSAESHUTDOWN : WSAEWOULDBLOCK) ||
                   end->in->torn || end->out->torn);
    else if (peeks)
        model_peeked(end, data, size_bytes, received);
    else
        model_received(end, data, size_bytes, received);
}

void operation_begun(struct model_operation *operation, bool accepted)
{
    const struct model_end *end = operation->end;
    bool over = operation->sends ? end->out->finished : end->deaf;

    FUZZ_CHECK(!(accepted && over));
    if (accepted)
        model_accepted(operation);
    else
        FUZZ_CHECK(over || end->in->torn || end->out->torn);
}

static void step_post(struct model_end *end, bool sends, DWORD size_bytes)
{
    struct model_operation *operation = model_take(end, sends, size_bytes);
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = end->way == MODEL_BY_ROUTINE ? ended : NULL;
    WSABUF buffer;
    DWORD flags = 0;
    int result;

    if (operation == NULL)
        return;
    buffer = (WSABUF){operation->size_bytes, operation->data};
    if (sends) {
        about_to_send(end);
        result = WSASend(end->socket, &buffer, 1, NULL, 0, &operation->overlapped, routine);
    } else {
        result = WSARecv(end->socket, &buffer, 1, NULL, &flags, &operation->overlapped, routine);
    }
    operation_begun(operation, result == 0 || WSAGetLastError() == WSA_IO_PENDING);
}

/* One more handle of the socket, for a moment. */
static void step_share(struct model_end *end)
{
    WSAPROTOCOL_INFOW info;
    SOCKET again;

    FUZZ_CHECK(WSADuplicateSocketW(end->socket, GetCurrentProcessId(), &info) == 0);
    again = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    FUZZ_CHECK(again != INVALID_SOCKET && again != end->socket);
    FUZZ_CHECK(WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0,
                          0) == INVALID_SOCKET); /* only once */
    FUZZ_CHECK(closesocket(again) == 0);
}

static void step_cancel(struct model_end *end)
{
    uint8_t which = sequence_byte();
    struct model_operation *operation = which & 1 ? end->receives : end->sends;
    BOOL all = (which & 2) != 0 || operation == NULL;
    BOOL found;

    model_cancel(end, all ? NULL : operation);
    found = CancelIoEx((HANDLE)end->socket, all ? NULL : &operation->overlapped);
    FUZZ_CHECK(found || GetLastError() == ERROR_NOT_FOUND);
    /* What has been seen to be empty has nothing to cancel. */
    FUZZ_CHECK(!found || end->receives != NULL || end->sends != NULL);
}

static void step_shutdown(struct model_end *end, bool disconnects)
{
    int result =
        disconnects ? WSASendDisconnect(end->socket, NULL) : shutdown(end->socket, SD_SEND);

    if (result == 0)
        end->out->finished = true;
    else
        FUZZ_CHECK(end->in->torn || end->out->torn);
}

/* What is pending goes on, and so does sending; new receives are refused. */
static void step_receive_no_more(struct model_end *end)
{
    if (WSARecvDisconnect(end->socket, NULL) == 0)
        end->deaf = true;
    else
        FUZZ_CHECK(end->in->torn || end->out->torn);
}

static void step_close(struct model_end *end)
{
    SOCKET s = end->socket;

    model_close(end);
    FUZZ_CHECK(closesocket(s) == 0);
    FUZZ_CHECK(closesocket(s) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
}

/* ---- All ---- */

static void step_packet(void)
{
    posted++;
    FUZZ_CHECK(PostQueuedCompletionStatus(port, (DWORD)posted, POSTED_KEY, (OVERLAPPED *)posted));
}

static void step_further(struct model_end *end, unsigned which)
{
    switch (which) {
    case 18:
        step_post_file(end);
        break;
    case 19:
        step_shutdown(end, true);
        break;
    case 20:
        step_transmit(end);
        break;
    case 21:
        step_share(end);
        break;
    case 22:
        step_ask(end);
        break;
    case 23:
        step_transmit_pieces(end);
        break;
    case 24:
        step_receive_no_more(end);
        break;
    case 25:
        step_send_message(end);
        break;
    case 26:
        step_receive_message(end);
        break;
    default:
        step_cancel_message(end);
        break;
    }
}

static void step_of(struct model_end *end, unsigned which)
{
    switch (which) {
    case 0:
    case 1:
        step_send(end);
        break;
    case 2:
    case 3:
        step_receive(end, false);
        break;
    case 4:
    case 5:
        step_post(end, false, take_size());
        break;
    case 6:
        step_post(end, true, take_size());
        break;
    case 7:
        step_cancel(end);
        break;
    case 8:
        step_packet();
        break;
    case 9:
        look();
        break;
    case 10:
        if (sequence_byte() & 1)
            step_shutdown(end, false);
        else
            step_close(end);
        break;
    case 11:
        step_post(end, false, 0);
        break;
    case 12:
        step_select_events(end);
        break;
    case 13:
    case 14:
        step_take_record(end);
        break;
    case 15:
        step_readable(end);
        break;
    case 16:
        step_receive(end, true);
        break;
    case 17:
        step_take_packets();
        break;
    default:
        step_further(end, which);
        break;
    }
}

static bool is_over(const struct model_end *end)
{
    return end->socket == INVALID_SOCKET && end->receives == NULL && end->sends == NULL;
}

/* The first byte of a step: 3 bits for the end of a connection, 5 for what happens. */
static void step(void)
{
    static const enum model_way ways[] = {MODEL_BY_PORT, MODEL_BY_PORT, MODEL_BY_EVENT,
                                          MODEL_BY_ROUTINE};
    uint8_t code = sequence_byte();
    unsigned index = code % (MODEL_PAIRS * 2);
    unsigned what = code / (MODEL_PAIRS * 2);
    struct model_end *end = &model_ends[index];

    if (end->socket != INVALID_SOCKET)
        step_of(end, what % STEPS);
    else if (end->peer == NULL || (is_over(end) && is_over(end->peer)))
        open_pair(index / 2, ways[code >> 6],
                  (code & 64) != 0); /* renewed when all of the last is over */
}

/* ---- One input ---- */

/* Everything accepted ends, [M1]; nothing is left. */
static void finish(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};
    ULONGLONG waited_ms = 0;

    for (unsigned i = 0; i < MODEL_PAIRS * 2; i++) {
        if (model_ends[i].socket != INVALID_SOCKET)
            step_close(&model_ends[i]);
    }
    message_close_all();
    for (look(); model_pending > 0 || taken != posted; look()) {
        FUZZ_CHECK(waited_ms++ < WAIT_MS);
        if (!take_packet(1))
            continue;
    }
    FUZZ_CHECK(!take_packet(0));
    model_reset();
    message_reset();
    FUZZ_CHECK(closesocket(listener) == 0);
    FUZZ_CHECK(CloseHandle(port));
    FUZZ_CHECK(WSACleanup() == 0);
    for (waited_ms = 0;; waited_ms++) { /* operations may be on their way back to their pool */
        FUZZ_CHECK(ws2_stats(&stats) == 0);
        if (stats.sockets == 0 && stats.events == 0 && stats.operations == 0)
            break;
        FUZZ_CHECK(waited_ms < WAIT_MS);
        Sleep(1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WSADATA info;

    sequence_begin(data, size);
    posted = taken = 0;
    files_begin();
    FUZZ_CHECK(WSAStartup(MAKEWORD(2, 2), &info) == 0);
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    FUZZ_CHECK(port != NULL);
    open_listener();
    model_reset();
    for (int i = 0; i < STEPS_MAX && sequence_goes_on(); i++)
        step();
    finish();
    return 0;
}
