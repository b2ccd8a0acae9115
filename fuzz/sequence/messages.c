/* SPDX-License-Identifier: MIT */
/*
 * Steps of fuzz_sequence.c on datagrams: WSASendMsg and WSARecvMsg between two UDP sockets, which
 * stand beside each connection and tell of ends as its first sockets do.
 *
 * [D1] Every accepted operation ends exactly once; those of one direction in the order of their
 *      calls, [M4].
 * [D2] A datagram comes as it was sent, at most once, in the order of the calls that sent it; or
 *      cut, and then all that tells of it says so. The kernel may drop some.
 * [D3] A receive that fails writes nothing; none writes more than it says, and nobody writes to
 *      anything of an operation after its end.
 * [D4] A call has done with a send's message, name and control data when it returns.
 */
#include "fuzz/sequence/steps.h"

#include <mswsock.h>
#include <windows.h>
#include <ws2tcpip.h>

#include <string.h>

enum {
    MESSAGES = 128,     /* operations in one input */
    HEADER_BYTES = 8,   /* of a datagram: its number, its length */
    BYTES_MAX = 1028,   /* of a datagram, or of the room for one */
    CONTROL_BYTES = 64, /* room for control data */
    NUMBERS_MAX = 1024, /* datagrams of one sender: no more steps */
    POISON = 0xa5,
};
#define MESSAGE_PENDING 0x103u
#define MESSAGE_CUT     0x80000005u

struct message {
    WSAOVERLAPPED overlapped;
    WSAMSG header;
    WSABUF buffers[2];
    SOCKADDR_IN name;
    _Alignas(8) char control[CONTROL_BYTES];
    char data[BYTES_MAX];
    struct message *next; /* posted later, same socket and direction */
    struct message_end *end;
    DWORD size_bytes, control_bytes; /* what it may use */
    bool sends, cancelled, done;
    bool placed; /* a receive: what it holds was looked at */
};

struct message_end {
    SOCKET socket; /* INVALID_SOCKET: not made yet */
    enum model_way way;
    SOCKADDR_IN name;
    struct message_end *peer;
    struct message *receives, *sends; /* under way, oldest first */
    uint32_t sent_count;
    uint32_t newest; /* that it has received */
};

static struct message_end ends[MODEL_PAIRS * 2];
static struct message messages[MESSAGES];
static unsigned used;

/* ---- Sockets ---- */

static LPFN_WSARECVMSG receive_function(void)
{
    static LPFN_WSARECVMSG function;
    GUID id = WSAID_WSARECVMSG;
    DWORD bytes = 0;
    SOCKET s;

    if (function != NULL)
        return function;
    s = socket(AF_INET, SOCK_DGRAM, 0);
    FUZZ_CHECK(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                        sizeof function, &bytes, NULL, NULL) == 0);
    FUZZ_CHECK(closesocket(s) == 0);
    return function;
}

static void end_open(struct message_end *end, enum model_way way, HANDLE port)
{
    DWORD on = 1;
    u_long nonblocking = 1;
    int name_bytes = sizeof end->name;

    end->way = way;
    end->socket = socket(AF_INET, SOCK_DGRAM, 0);
    end->name = (SOCKADDR_IN){.sin_family = AF_INET};
    end->name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FUZZ_CHECK(end->socket != INVALID_SOCKET);
    FUZZ_CHECK(setsockopt(end->socket, IPPROTO_IP, IP_PKTINFO, (const char *)&on, sizeof on) == 0);
    FUZZ_CHECK(ioctlsocket(end->socket, FIONBIO, &nonblocking) == 0);
    FUZZ_CHECK(bind(end->socket, (struct sockaddr *)&end->name, sizeof end->name) == 0);
    FUZZ_CHECK(getsockname(end->socket, (struct sockaddr *)&end->name, &name_bytes) == 0);
    if (way == MODEL_BY_PORT)
        FUZZ_CHECK(CreateIoCompletionPort((HANDLE)end->socket, port, MESSAGE_KEY, 0) == port);
}

/* The datagram socket beside one of a connection. */
static struct message_end *end_beside(const struct model_end *model)
{
    size_t index = (size_t)(model - model_ends);
    struct message_end *end = &ends[index];

    if (end->peer == NULL) {
        end->peer = &ends[index ^ 1];
        end->peer->peer = end;
        end_open(end, model->way, sequence_port());
        end_open(end->peer, model->way, sequence_port());
    }
    return end;
}

/* ---- Datagrams ---- */

static char datagram_byte(uint32_t number, uint32_t place)
{
    return (char)(number * 37 + place * 11 + (place >> 8));
}

static void datagram_write(char *data, uint32_t number, uint32_t bytes)
{
    memcpy(data, &number, sizeof number);
    memcpy(data + sizeof number, &bytes, sizeof bytes);
    for (uint32_t i = HEADER_BYTES; i < bytes; i++)
        data[i] = datagram_byte(number, i);
}

static bool is_poison(const void *memory, size_t bytes)
{
    const unsigned char *at = memory;

    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != POISON)
            return false;
    }
    return true;
}

/* [D2]: `bytes` of a datagram are in the data; its room and that of its control data are known.
 * `told` is whether the call or the operation said that something was cut. */
static void datagram_check(struct message_end *end, struct message *message, DWORD bytes, bool told,
                           bool peeks)
{
    const WSAMSG *header = &message->header;
    const struct message_end *from = end->peer;
    bool short_control = message->control_bytes < WSA_CMSG_SPACE(sizeof(IN_PKTINFO));
    uint32_t number, size_bytes;

    FUZZ_CHECK(bytes >= HEADER_BYTES && bytes <= message->size_bytes);
    memcpy(&number, message->data, sizeof number);
    memcpy(&size_bytes, message->data + sizeof number, sizeof size_bytes);
    FUZZ_CHECK(number > end->newest && number <= from->sent_count);
    FUZZ_CHECK(bytes == (size_bytes < message->size_bytes ? size_bytes : message->size_bytes));
    for (uint32_t i = HEADER_BYTES; i < bytes; i++)
        FUZZ_CHECK(message->data[i] == datagram_byte(number, i));
    FUZZ_CHECK(is_poison(message->data + bytes, BYTES_MAX - bytes)); /* [D3] */
    FUZZ_CHECK(((header->dwFlags & MSG_TRUNC) != 0) == (size_bytes > bytes));
    FUZZ_CHECK(((header->dwFlags & MSG_CTRUNC) != 0) == short_control);
    FUZZ_CHECK(told == (size_bytes > bytes || short_control));
    FUZZ_CHECK(header->namelen == sizeof message->name &&
               message->name.sin_port == from->name.sin_port &&
               message->name.sin_addr.s_addr == from->name.sin_addr.s_addr);
    if (!short_control) {
        const WSACMSGHDR *first = WSA_CMSG_FIRSTHDR(header);

        FUZZ_CHECK(first != NULL && first->cmsg_level == IPPROTO_IP &&
                   first->cmsg_type == IP_PKTINFO);
    }
    if (!peeks)
        end->newest = number;
}

/* ---- Operations ---- */

/* A fresh one, all poison but what describes it. */
static struct message *message_fresh(struct message *message, struct message_end *end, bool sends,
                                     DWORD size_bytes)
{
    memset(message, POISON, offsetof(struct message, next));
    memset(&message->overlapped, 0, sizeof message->overlapped);
    message->end = end;
    message->sends = sends;
    message->size_bytes = size_bytes;
    message->control_bytes = 0;
    message->next = NULL;
    message->cancelled = message->done = message->placed = false;
    return message;
}

/* NULL: the input has used all. */
static struct message *message_take(struct message_end *end, bool sends, DWORD size_bytes)
{
    struct message *message;

    if (used == MESSAGES)
        return NULL;
    message = message_fresh(&messages[used++], end, sends, size_bytes);
    if (end->way == MODEL_BY_EVENT) {
        message->overlapped.hEvent = WSACreateEvent();
        FUZZ_CHECK(message->overlapped.hEvent != WSA_INVALID_EVENT);
    }
    return message;
}

static struct message **message_list(struct message *message)
{
    return message->sends ? &message->end->sends : &message->end->receives;
}

static void message_accepted(struct message *message)
{
    struct message **link = message_list(message);

    while (*link != NULL)
        link = &(*link)->next;
    *link = message;
    model_pending++;
}

/* Poison, except the handle of its event. */
static void message_rest(struct message *message)
{
    HANDLE event = message->overlapped.hEvent;

    memset(message, POISON, offsetof(struct message, next));
    message->overlapped.hEvent = event;
}

static bool message_rests(const struct message *message)
{
    const char *behind = (const char *)(&message->overlapped + 1);

    return is_poison(&message->overlapped, offsetof(WSAOVERLAPPED, hEvent)) &&
           is_poison(behind, offsetof(struct message, next) - sizeof message->overlapped);
}

/* An ended receive, with all before it. */
static void message_place(struct message *message)
{
    ULONG_PTR status = message->overlapped.Internal;
    bool cut = status == MESSAGE_CUT;

    if (message->placed)
        return;
    message->placed = true;
    if (status == 0 || cut) {
        datagram_check(message->end, message, (DWORD)message->overlapped.InternalHigh, cut, false);
        return;
    }
    FUZZ_CHECK(message->cancelled && message->overlapped.InternalHigh == 0);
    FUZZ_CHECK(is_poison(message->data, sizeof message->data)); /* [D3] */
    FUZZ_CHECK(is_poison(message->control, sizeof message->control));
    FUZZ_CHECK(is_poison(&message->name, sizeof message->name));
    FUZZ_CHECK(message->header.Control.len == message->control_bytes &&
               message->header.dwFlags == 0);
}

void message_ended(OVERLAPPED *overlapped)
{
    struct message *message = CONTAINING_RECORD(overlapped, struct message, overlapped);
    ULONG_PTR status = message->overlapped.Internal;
    struct message **link = message_list(message);

    FUZZ_CHECK(!message->done && status != MESSAGE_PENDING); /* [D1] */
    message->done = true;
    FUZZ_CHECK(*link == message || (status != 0 && status != MESSAGE_CUT));
    while (*link != message)
        link = &(*link)->next;
    *link = message->next;
    model_pending--;
    if (!message->sends)
        message_place(message);
    else if (status == 0)
        FUZZ_CHECK(message->overlapped.InternalHigh == message->size_bytes);
    else
        FUZZ_CHECK(message->cancelled);
    message_rest(message);
}

static void CALLBACK routine_ended(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped,
                                   DWORD flags)
{
    (void)flags;
    FUZZ_CHECK(bytes == overlapped->InternalHigh && (error == 0) == (overlapped->Internal == 0));
    message_ended(overlapped);
}

static bool is_signalled(struct message *message)
{
    return WSAWaitForMultipleEvents(1, &message->overlapped.hEvent, TRUE, 0, FALSE) ==
           WSA_WAIT_EVENT_0;
}

/* Ends what is signalled of the operations before `last`. */
static void look_until(struct message *oldest, const struct message *last)
{
    struct message *next;

    for (struct message *each = oldest; each != last; each = next) {
        next = each->next;
        if (!is_signalled(each))
            continue;
        look_until(*message_list(each), each); /* ended since we looked at them */
        message_ended(&each->overlapped);
    }
}

void message_look_at_events(void)
{
    for (unsigned i = 0; i < MODEL_PAIRS * 2; i++) {
        if (ends[i].way != MODEL_BY_EVENT)
            continue;
        look_until(ends[i].receives, NULL);
        look_until(ends[i].sends, NULL);
    }
}

/* ---- Steps ---- */

/* Its data in two buffers, or one. */
static void message_fill_buffers(struct message *message, bool two)
{
    DWORD first = two ? message->size_bytes / 3 : message->size_bytes;

    message->buffers[0] = (WSABUF){first, message->data};
    message->buffers[1] = (WSABUF){message->size_bytes - first, message->data + first};
    message->header = (WSAMSG){
        .name = (struct sockaddr *)&message->name,
        .namelen = sizeof message->name,
        .lpBuffers = message->buffers,
        .dwBufferCount = two ? 2 : 1,
    };
}

/* The source address, or the type of service. */
static void message_add_control(struct message *message, bool address)
{
    IN_PKTINFO from = {.ipi_addr = message->end->name.sin_addr};
    INT service = 8;
    size_t bytes = address ? sizeof from : sizeof service;
    WSACMSGHDR header = {WSA_CMSG_LEN(bytes), IPPROTO_IP, address ? IP_PKTINFO : IP_TOS};

    memcpy(message->control, &header, sizeof header);
    memcpy(message->control + WSA_CMSG_LEN(0), address ? (const void *)&from : &service, bytes);
    message->header.Control.buf = message->control;
    message->header.Control.len = (ULONG)WSA_CMSG_SPACE(bytes);
}

static struct message *message_begin(struct message *own, struct message_end *end, bool sends,
                                     bool direct, DWORD size_bytes)
{
    return direct ? message_fresh(own, end, sends, size_bytes)
                  : message_take(end, sends, size_bytes);
}

void step_send_message(struct model_end *model)
{
    struct message_end *end = end_beside(model);
    uint8_t how = sequence_byte();
    bool direct = how & 1;
    DWORD size_bytes = HEADER_BYTES + sequence_byte() * 4u;
    struct message own;
    struct message *message = message_begin(&own, end, true, direct, size_bytes);
    DWORD sent = 0;
    int result;

    if (message == NULL || end->sent_count == NUMBERS_MAX)
        return;
    datagram_write(message->data, end->sent_count + 1, size_bytes);
    message_fill_buffers(message, how & 2);
    message->name = end->peer->name;
    if (how & 4)
        message_add_control(message, how & 8);
    result = WSASendMsg(end->socket, &message->header, 0, direct ? &sent : NULL,
                        direct ? NULL : &message->overlapped,
                        !direct && end->way == MODEL_BY_ROUTINE ? routine_ended : NULL);
    memset(&message->header, POISON,
           offsetof(struct message, data) - offsetof(struct message, header)); /* [D4] */
    if (result != 0 && WSAGetLastError() != WSA_IO_PENDING) {
        FUZZ_CHECK(direct && WSAGetLastError() == WSAEWOULDBLOCK);
        return;
    }
    end->sent_count++;
    if (!direct)
        message_accepted(message);
    else
        FUZZ_CHECK(result == 0 && sent == size_bytes);
}

/* A direct receive takes nothing that belongs to an operation posted before, [M3]. */
static void message_received(struct message *message, int error, DWORD bytes, bool peeks)
{
    struct message_end *end = message->end;
    uint32_t size_bytes;

    for (struct message *each = end->receives; each != NULL; each = each->next) {
        FUZZ_CHECK(__atomic_load_n(&each->overlapped.Internal, __ATOMIC_ACQUIRE) !=
                   MESSAGE_PENDING);
        message_place(each);
    }
    if (error != 0) { /* then no count is told */
        memcpy(&size_bytes, message->data + sizeof size_bytes, sizeof size_bytes);
        bytes = size_bytes < message->size_bytes ? size_bytes : message->size_bytes;
    }
    datagram_check(end, message, bytes, error != 0, peeks);
}

void step_receive_message(struct model_end *model)
{
    static const DWORD control_bytes[] = {CONTROL_BYTES, CONTROL_BYTES, 16, 0};
    struct message_end *end = end_beside(model);
    uint8_t how = sequence_byte();
    bool direct = how & 1;
    bool peeks = direct && how & 8;
    struct message own;
    struct message *message =
        message_begin(&own, end, false, direct, HEADER_BYTES + sequence_byte() * 4u);
    DWORD received = 0;
    int error;

    if (message == NULL)
        return;
    message_fill_buffers(message, how & 2);
    message->control_bytes = control_bytes[how >> 4 & 3];
    message->header.Control.len = message->control_bytes;
    message->header.Control.buf = message->control_bytes == 0 ? NULL : message->control;
    message->header.dwFlags = peeks ? MSG_PEEK : 0;
    error = receive_function()(end->socket, &message->header, direct ? &received : NULL,
                               direct ? NULL : &message->overlapped,
                               !direct && end->way == MODEL_BY_ROUTINE ? routine_ended : NULL) == 0
                ? 0
                : WSAGetLastError();
    if (!direct) {
        FUZZ_CHECK(error == 0 || error == WSA_IO_PENDING);
        message_accepted(message);
    } else if (error == 0 || error == WSAEMSGSIZE) {
        message_received(message, error, received, peeks);
    } else {
        FUZZ_CHECK(error == WSAEWOULDBLOCK);
    }
}

static void cancel_list(struct message *oldest)
{
    for (struct message *each = oldest; each != NULL; each = each->next)
        each->cancelled = true;
}

void step_cancel_message(struct model_end *model)
{
    struct message_end *end = end_beside(model);
    uint8_t which = sequence_byte();
    struct message *message = which & 1 ? end->receives : end->sends;
    bool all = (which & 2) != 0 || message == NULL;
    BOOL found;

    if (all) {
        cancel_list(end->receives);
        cancel_list(end->sends);
    } else {
        message->cancelled = true;
    }
    found = CancelIoEx((HANDLE)end->socket, all ? NULL : &message->overlapped);
    FUZZ_CHECK(found || GetLastError() == ERROR_NOT_FOUND);
    FUZZ_CHECK(!found || end->receives != NULL || end->sends != NULL);
}

/* ---- One input ---- */

void message_close_all(void)
{
    for (unsigned i = 0; i < MODEL_PAIRS * 2; i++) {
        if (ends[i].peer == NULL)
            continue;
        cancel_list(ends[i].receives); /* sends run on, perhaps to nobody */
        FUZZ_CHECK(closesocket(ends[i].socket) == 0);
    }
}

void message_reset(void)
{
    for (unsigned i = 0; i < used; i++) {
        HANDLE event = messages[i].overlapped.hEvent;

        FUZZ_CHECK(!messages[i].done || message_rests(&messages[i])); /* [D3] */
        if (messages[i].end->way == MODEL_BY_EVENT)
            FUZZ_CHECK(WSACloseEvent(event));
    }
    memset(ends, 0, sizeof ends);
    used = 0;
}
