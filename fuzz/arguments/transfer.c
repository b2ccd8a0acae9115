/* SPDX-License-Identifier: MIT */
/* The calls that send and receive, what became of operations, and cancelling them. */
#include "fuzz/arguments/arguments.h"

static WSABUF *arg_buffers(DWORD *count)
{
    uint8_t first = arg_byte();

    *count = first < 0xe0 ? first % 5 : 1025 + arg_number() % 2048;
    for (int i = 0; i < 4; i++) {
        uint8_t length = arg_byte();

        arg_own->buffers[i].len = length < 0xf0 ? length % (ARG_IO_BYTES + 1) : UINT32_MAX;
        arg_own->buffers[i].buf = arg_pointer(arg_own->data[i]);
    }
    return arg_pointer(arg_own->buffers);
}

/* Lengths that fit arg_memory.output, or are negative. */
static int arg_length(void)
{
    uint8_t first = arg_byte();

    return first < 0xf0 ? first * 4 : (int)(arg_u32() | 1u << 31);
}

static int arg_transfer_flags(void)
{
    return arg_byte() < 0xa0 ? 0 : (int)arg_number();
}

static void call_wsasend(void)
{
    SOCKET s = arg_socket();
    DWORD count, sent = 0;
    WSABUF *buffers = arg_buffers(&count);
    DWORD flags = arg_byte() < 0xa0 ? 0 : arg_number();
    OVERLAPPED *overlapped = arg_overlapped();
    /* With an OVERLAPPED the count is written whatever it points to: no bad pointer then. */
    LPDWORD bytes = overlapped == NULL ? arg_pointer(&sent) : arg_or_null(&sent);

    arg_result(WSASend(s, buffers, count, bytes, flags, overlapped, arg_optional_routine()));
}

static void call_wsarecv(void)
{
    SOCKET s = arg_socket();
    DWORD count, received = 0;
    WSABUF *buffers = arg_buffers(&count);
    LPDWORD flags = arg_pointer(&arg_own->flags);
    OVERLAPPED *overlapped = arg_overlapped();
    LPDWORD bytes = overlapped == NULL ? arg_pointer(&received) : arg_or_null(&received);

    arg_own->flags = arg_byte() < 0xa0 ? 0 : arg_number();
    arg_result(WSARecv(s, buffers, count, bytes, flags, overlapped, arg_optional_routine()));
}

static void call_wsasendto(void)
{
    SOCKET s = arg_socket();
    DWORD count, sent = 0;
    WSABUF *buffers = arg_buffers(&count);
    DWORD flags = (DWORD)arg_transfer_flags();
    struct sockaddr *to = arg_address();
    int to_bytes = arg_address_bytes();
    OVERLAPPED *overlapped = arg_overlapped();
    LPDWORD bytes = arg_pointer(&sent);

    arg_result(WSASendTo(s, buffers, count, bytes, flags, to, to_bytes, overlapped,
                         arg_optional_routine()));
}

static void call_wsarecvfrom(void)
{
    SOCKET s = arg_socket();
    DWORD count, received = 0;
    WSABUF *buffers = arg_buffers(&count);
    LPDWORD flags = arg_pointer(&arg_own->flags);
    struct sockaddr *from = arg_byte() & 1 ? arg_pointer(&arg_own->name) : NULL;
    LPINT from_bytes = from != NULL || arg_byte() & 1 ? arg_pointer(&arg_own->name_bytes) : NULL;
    OVERLAPPED *overlapped = arg_overlapped();
    LPDWORD bytes = arg_pointer(&received);

    arg_own->flags = (DWORD)arg_transfer_flags();
    arg_own->name_bytes = arg_address_bytes();
    arg_result(WSARecvFrom(s, buffers, count, bytes, flags, from, from_bytes, overlapped,
                           arg_optional_routine()));
}

/* A count of at most `length` bytes, or SOCKET_ERROR. */
static void arg_transferred(int result, int length)
{
    FUZZ_CHECK(result == SOCKET_ERROR || (result >= 0 && result <= length));
    arg_failed_if(result == SOCKET_ERROR);
}

static void call_send(void)
{
    bool addressed = arg_byte() & 1;
    SOCKET s = arg_socket();
    const char *from = arg_pointer(arg_own->output);
    int length = arg_length();
    int flags = arg_transfer_flags();
    struct sockaddr *to = addressed ? arg_address() : NULL;
    int to_bytes = addressed ? arg_address_bytes() : 0;

    arg_transferred(addressed ? sendto(s, from, length, flags, to, to_bytes)
                              : send(s, from, length, flags),
                    length);
}

static void call_recv(void)
{
    bool addressed = arg_byte() & 1;
    SOCKET s = arg_socket();
    char *to = arg_pointer(arg_own->output);
    int length = arg_length();
    int flags = arg_transfer_flags();
    int from_bytes = addressed ? arg_address_bytes() : 0;
    struct sockaddr *from = addressed ? arg_pointer(&arg_own->name) : NULL;

    arg_transferred(addressed ? recvfrom(s, to, length, flags, from, arg_pointer(&from_bytes))
                              : recv(s, to, length, flags),
                    length);
}

static void call_result(void)
{
    bool winsock = arg_byte() & 1;
    uintptr_t s = arg_handle();
    OVERLAPPED *overlapped = arg_any_overlapped();
    DWORD number = 0, flags = 0;
    LPDWORD bytes = arg_or_null(&number);
    BOOL wait = overlapped != NULL && HasOverlappedIoCompleted(overlapped) && arg_byte() & 1;

    arg_failed_if(winsock ? !WSAGetOverlappedResult(s, overlapped, bytes, wait, arg_or_null(&flags))
                          : !GetOverlappedResult((HANDLE)s, overlapped, bytes, wait));
}

static void call_cancel(void)
{
    bool one = arg_byte() & 1;
    HANDLE file = (HANDLE)arg_handle();

    arg_failed_if(one ? !CancelIoEx(file, arg_any_overlapped()) : !CancelIo(file));
}

/* Control data: mostly messages that are well formed, of kinds that exist somewhere. */
static void arg_control(WSABUF *control)
{
    static const int levels[] = {IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP, SOL_SOCKET};
    uint32_t at = 0;

    control->buf = arg_byte() < 0xf0 ? arg_own->output : NULL;
    for (unsigned count = arg_byte() % 6; count > 0; count--) {
        WSACMSGHDR header = {.cmsg_level = levels[arg_byte() % 4], .cmsg_type = arg_byte() % 80};
        unsigned bytes = arg_byte() % 32;

        header.cmsg_len = arg_byte() < 0xe0 ? WSA_CMSG_LEN(bytes) : arg_u32();
        memcpy(arg_own->output + at, &header, sizeof header);
        for (unsigned i = 0; i < bytes; i++)
            arg_own->output[at + sizeof header + i] = (char)arg_byte();
        at += (uint32_t)WSA_CMSG_SPACE(bytes);
    }
    control->len = arg_byte() < 0xe0 ? at : arg_byte() % (at + 1);
}

static WSAMSG *arg_message(struct sockaddr *name, int name_bytes)
{
    WSAMSG *message = &arg_own->message;

    message->lpBuffers = arg_buffers(&message->dwBufferCount);
    message->name = name;
    message->namelen = name_bytes;
    return arg_pointer(message);
}

static void call_wsasendmsg(void)
{
    SOCKET s = arg_socket();
    struct sockaddr *to = arg_byte() & 1 ? arg_address() : NULL;
    WSAMSG *message = arg_message(to, to != NULL ? arg_address_bytes() : arg_byte() & 1);
    DWORD flags = (DWORD)arg_transfer_flags(), sent = 0;
    OVERLAPPED *overlapped = arg_overlapped();

    arg_control(&arg_own->message.Control);
    arg_result(
        WSASendMsg(s, message, flags, arg_pointer(&sent), overlapped, arg_optional_routine()));
}

static void call_wsarecvmsg(void)
{
    static LPFN_WSARECVMSG receive;
    SOCKET s = arg_socket();
    struct sockaddr *from = arg_byte() & 1 ? (struct sockaddr *)(void *)&arg_own->name : NULL;
    WSAMSG *message = arg_message(from, from != NULL ? arg_address_bytes() : arg_byte() & 1);
    OVERLAPPED *overlapped = arg_overlapped();
    DWORD received = 0;

    if (receive == NULL) {
        SOCKET any = socket(AF_INET, SOCK_DGRAM, 0);
        GUID id = WSAID_WSARECVMSG;

        (void)WSAIoctl(any, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &receive,
                       sizeof receive, &received, NULL, NULL);
        closesocket(any);
        if (receive == NULL)
            return;
    }
    arg_own->message.dwFlags = (DWORD)arg_transfer_flags();
    arg_own->message.Control.buf = arg_byte() < 0xf0 ? arg_own->output : NULL;
    arg_own->message.Control.len = arg_byte();
    arg_result(receive(s, message, arg_pointer(&received), overlapped, arg_optional_routine()));
}

const struct arg_calls arg_transfer_calls = ARG_CALL_LIST(
    call_wsasend, call_wsarecv, call_result, call_cancel, call_wsasendto, call_wsarecvfrom,
    call_send, call_recv, call_wsasendmsg, call_wsarecvmsg, arg_call_handle_io);
