/* SPDX-License-Identifier: MIT */
/*
 * Argument validation of every exported call: the input is a sequence of calls with any integers,
 * on live, closed and invented handles. Whatever fails leaves a last error; afterwards everything
 * can be closed, and nothing is left of it.
 *
 * What a program must not do is left out: an OVERLAPPED serves one operation, lengths do not exceed
 * the memory they describe, and a pointer to nowhere stands only where docs/calls promises
 * WSAEFAULT. So that no call waits, sockets are non-blocking and time-outs 0 or 1 ms; so that
 * nothing leaves the machine, every address is a loopback one.
 */
#include <winsock2.h>

#include <mswsock.h>
#include <ws2ipdef.h>
#include <ws2ring.h>

#include "fuzz/fuzz.h"

#define ARG_BAD ((void *)(uintptr_t)1) /* a pointer to nowhere */

enum {
    ARG_CALLS = 32,   /* in one input */
    ARG_HANDLES = 64, /* 9 to begin with, at most one more for each call */
    ARG_BYTES = 1024, /* room for whatever a call reads or writes */
    ARG_IO_BYTES = 64,
    ARG_SETTLE_MS = 10000
};

/* The input, read from its front; past its end everything is 0. */
struct arg_input {
    const uint8_t *data;
    size_t left;
};

/* What operations of one call may still use when it has returned. */
struct arg_memory {
    OVERLAPPED overlapped;
    WSABUF buffers[4];
    DWORD flags;
    char data[4][ARG_IO_BYTES];
    char output[ARG_BYTES];
};

static struct arg_input input;
static struct arg_memory memory[ARG_CALLS];
static struct arg_memory *own; /* that of the running call */
static uintptr_t handles[ARG_HANDLES];
static unsigned handle_count;
static int starts; /* successful WSAStartup() calls not yet undone */
static LPFN_CONNECTEX connect_ex;
static LPFN_DISCONNECTEX disconnect_ex;
static char room[ARG_BYTES]; /* for values that no operation keeps */

/* ---- Arguments from the input ---- */

static uint8_t arg_byte(void)
{
    if (input.left == 0)
        return 0;
    input.left--;
    return *input.data++;
}

static uint32_t arg_u32(void)
{
    uint32_t value = arg_byte();

    value |= (uint32_t)arg_byte() << 8;
    value |= (uint32_t)arg_byte() << 16;
    return value | (uint32_t)arg_byte() << 24;
}

/* A small number most of the time, any other when the first byte says so. */
static uint32_t arg_number(void)
{
    uint8_t first = arg_byte();

    if (first < 0xf0)
        return first;
    return first == 0xf0 ? UINT32_MAX : first == 0xf1 ? INT32_MAX : arg_u32();
}

static uintptr_t arg_handle(void)
{
    uint8_t first = arg_byte();

    if (first < 0xe0)
        return handles[first % handle_count];
    switch (first) {
    case 0xe0:
        return 0;
    case 0xe1:
        return UINTPTR_MAX;
    case 0xe2:
        return handles[arg_byte() % handle_count] | 1;
    case 0xe3:
        return handles[arg_byte() % handle_count] | (uintptr_t)1 << 32;
    default:
        return (uintptr_t)arg_u32() << (first & 16);
    }
}

static SOCKET arg_socket(void)
{
    return (SOCKET)arg_handle();
}

static DWORD arg_timeout(void)
{
    return arg_byte() & 1;
}

/* Good memory, NULL, or a pointer to nowhere. */
static void *arg_pointer(void *good)
{
    uint8_t first = arg_byte();

    return first < 0xe0 ? good : first & 1 ? ARG_BAD : NULL;
}

/* Good memory or NULL, for calls that promise nothing about other pointers. */
static void *arg_or_null(void *good)
{
    return arg_byte() < 0xe0 ? good : NULL;
}

static struct sockaddr *arg_address(void)
{
    static SOCKADDR_STORAGE name;
    SOCKADDR_IN *inet = (SOCKADDR_IN *)&name;
    SOCKADDR_IN6 *inet6 = (SOCKADDR_IN6 *)&name;
    uint8_t kind = arg_byte();
    int bytes = sizeof name;

    memset(&name, 0, sizeof name);
    if (kind & 1) {
        (void)getsockname((SOCKET)arg_handle(), (struct sockaddr *)&name, &bytes);
    } else if (kind & 2) {
        inet6->sin6_family = AF_INET6;
        inet6->sin6_addr.s6_addr[15] = 1;
        inet6->sin6_port = htons(kind & 4 ? 1 : 0);
    } else {
        inet->sin_family = AF_INET;
        inet->sin_addr.s_addr = htonl(kind & 8 ? INADDR_ANY : INADDR_LOOPBACK);
        inet->sin_port = htons(kind & 4 ? 1 : 0);
    }
    if (kind & 16)
        name.ss_family = (ADDRESS_FAMILY)arg_byte();
    return kind & 32 ? arg_pointer(&name) : (struct sockaddr *)&name;
}

static int arg_address_bytes(void)
{
    uint8_t first = arg_byte();

    return first < 0xc0 ? (int)sizeof(SOCKADDR_STORAGE) : (int)arg_number();
}

/* The running call's OVERLAPPED, or none. */
static OVERLAPPED *arg_overlapped(void)
{
    uint8_t first = arg_byte();

    if (first & 1)
        return NULL;
    if (first & 2)
        own->overlapped.hEvent = (HANDLE)(arg_handle() | (first >> 2 & 1));
    return &own->overlapped;
}

/* That of any call, ended, running or never used. */
static OVERLAPPED *arg_any_overlapped(void)
{
    uint8_t first = arg_byte();

    return first < 0xe0 ? &memory[first % ARG_CALLS].overlapped : NULL;
}

static void CALLBACK arg_routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    (void)error;
    (void)bytes;
    (void)overlapped;
    (void)flags;
}

static LPWSAOVERLAPPED_COMPLETION_ROUTINE arg_optional_routine(void)
{
    return arg_byte() < 0xe0 ? NULL : arg_routine;
}

/* ---- What calls leave behind ---- */

static void arg_failed_if(bool failed)
{
    FUZZ_CHECK(!failed || WSAGetLastError() != 0);
}

static void arg_result(int result)
{
    FUZZ_CHECK(result == 0 || result == SOCKET_ERROR);
    arg_failed_if(result != 0);
}

/* A new handle, to be used by later calls and closed in the end. */
static void arg_opened(uintptr_t handle)
{
    bool failed = handle == 0 || handle == INVALID_SOCKET;

    arg_failed_if(failed);
    if (failed)
        return;
    FUZZ_CHECK(handle_count < ARG_HANDLES && handle % 4 == 0 && handle <= INT32_MAX);
    handles[handle_count++] = handle;
}

static void arg_opened_socket(SOCKET s)
{
    u_long on = 1;

    arg_opened(s);
    if (s != INVALID_SOCKET)
        FUZZ_CHECK(ioctlsocket(s, (long)FIONBIO, &on) == 0);
}

/* ---- The calls ---- */

static void call_socket(void)
{
    int family = (int)arg_number();
    int type = (int)arg_number();

    arg_opened_socket(socket(family, type, (int)arg_number()));
}

static void arg_info(WSAPROTOCOL_INFOA *info)
{
    memset(info, 0, sizeof *info);
    info->iAddressFamily = (int)arg_number();
    info->iSocketType = (int)arg_number();
    info->iProtocol = (int)arg_number();
    info->dwServiceFlags3 = arg_byte() < 0xe0 ? 0 : 1;
}

static void call_wsasocket(void)
{
    WSAPROTOCOL_INFOW wide; /* begins like the narrow one */
    bool is_wide = arg_byte() & 1;
    int family = (int)arg_number();
    int type = (int)arg_number();
    int protocol = (int)arg_number();
    void *info = arg_byte() & 1 ? arg_pointer(&wide) : NULL;
    GROUP group = arg_number();
    DWORD flags = arg_number();

    memset(&wide, 0, sizeof wide);
    arg_info((WSAPROTOCOL_INFOA *)(void *)&wide);
    arg_opened_socket(is_wide ? WSASocketW(family, type, protocol, info, group, flags)
                              : WSASocketA(family, type, protocol, info, group, flags));
}

static void call_close(void)
{
    uint8_t how = arg_byte();
    uintptr_t handle = arg_handle();

    if (how % 3 == 0)
        arg_result(closesocket(handle));
    else if (how % 3 == 1)
        arg_failed_if(!CloseHandle((HANDLE)handle));
    else
        arg_failed_if(!WSACloseEvent((WSAEVENT)handle));
}

static void call_bind(void)
{
    SOCKET s = arg_socket();
    struct sockaddr *name = arg_address();

    arg_result(bind(s, name, arg_address_bytes()));
}

static void call_listen(void)
{
    SOCKET s = arg_socket();

    arg_result(listen(s, (int)arg_number()));
}

static void call_accept(void)
{
    SOCKET s = arg_socket();
    int bytes = arg_address_bytes();
    struct sockaddr *name = arg_pointer(room);

    arg_opened_socket(accept(s, name, arg_pointer(&bytes)));
}

static void call_shutdown(void)
{
    SOCKET s = arg_socket();

    arg_result(shutdown(s, (int)arg_number()));
}

static void call_names(void)
{
    bool peer = arg_byte() & 1;
    SOCKET s = arg_socket();
    int bytes = arg_address_bytes();
    struct sockaddr *name = arg_pointer(room);
    int *length = arg_pointer(&bytes);

    arg_result(peer ? getpeername(s, name, length) : getsockname(s, name, length));
}

/* Numbers that name an option, often enough. */
static void arg_option(int *level, int *name)
{
    static const int levels[] = {SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_IPV6, IPPROTO_UDP};
    uint8_t first = arg_byte();

    *level = first < 0xc0 ? levels[first % 5] : (int)arg_number();
    first = arg_byte();
    *name = first < 0x30 ? first : first < 0x60 ? ~(first & 0x1f) : (int)arg_number();
    if (first >= 0x60 && first < 0xc0)
        *name = (first & 0x20 ? 0x7000 : 0x1000) | (first & 0x1f);
}

static void call_setsockopt(void)
{
    SOCKET s = arg_socket();
    uintptr_t value;
    int level, name;

    arg_option(&level, &name);
    value = arg_byte() & 1 ? arg_handle() : arg_number();
    memcpy(room, &value, sizeof value);
    arg_result(setsockopt(s, level, name, arg_pointer(room), (int)arg_number()));
}

static void call_getsockopt(void)
{
    SOCKET s = arg_socket();
    int bytes = (int)arg_number();
    int level, name;
    char *value;

    arg_option(&level, &name);
    value = arg_pointer(room);
    arg_result(getsockopt(s, level, name, value, arg_pointer(&bytes)));
}

static DWORD arg_ioctl_code(void)
{
    static const DWORD codes[] = {FIONBIO, FIONREAD, SIOCATMARK,
                                  SIO_GET_EXTENSION_FUNCTION_POINTER, SIO_UDP_CONNRESET};
    uint8_t first = arg_byte();

    return first < 0xd0 ? codes[first % 5] : arg_u32();
}

static void call_ioctlsocket(void)
{
    SOCKET s = arg_socket();
    DWORD code = arg_ioctl_code();
    u_long argument = 1; /* stays non-blocking */

    arg_result(ioctlsocket(s, (long)code, arg_pointer(&argument)));
}

static void call_wsaioctl(void)
{
    static const GUID ids[] = {WSAID_ACCEPTEX, WSAID_CONNECTEX, WSAID_DISCONNECTEX,
                               WSAID_TRANSMITFILE};
    SOCKET s = arg_socket();
    DWORD code = arg_ioctl_code();
    GUID id = ids[arg_byte() % 4]; /* also a value that is not 0, for FIONBIO */
    void *in = arg_pointer(&id);
    DWORD in_bytes = arg_byte() & 1 ? sizeof id : arg_number();
    void *out = arg_pointer(own->output);
    DWORD out_bytes = arg_byte() & 1 ? 8 : arg_number();
    LPDWORD returned = arg_pointer(&own->flags);
    OVERLAPPED *overlapped = arg_overlapped();

    arg_result(WSAIoctl(s, code, in, in_bytes, out, out_bytes, returned, overlapped,
                        arg_optional_routine()));
}

static WSABUF *arg_buffers(DWORD *count)
{
    uint8_t first = arg_byte();

    *count = first < 0xe0 ? first % 5 : 1025 + arg_number() % 2048;
    for (int i = 0; i < 4; i++) {
        uint8_t length = arg_byte();

        own->buffers[i].len = length < 0xf0 ? length % (ARG_IO_BYTES + 1) : UINT32_MAX;
        own->buffers[i].buf = arg_pointer(own->data[i]);
    }
    return arg_pointer(own->buffers);
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
    LPDWORD flags = arg_pointer(&own->flags);
    OVERLAPPED *overlapped = arg_overlapped();
    LPDWORD bytes = overlapped == NULL ? arg_pointer(&received) : arg_or_null(&received);

    own->flags = arg_byte() < 0xa0 ? 0 : arg_number();
    arg_result(WSARecv(s, buffers, count, bytes, flags, overlapped, arg_optional_routine()));
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

static void call_acceptex(void)
{
    SOCKET listener = arg_socket();
    SOCKET accepted = arg_socket();
    void *output = arg_or_null(own->output);
    DWORD lengths[3] = {arg_byte(), arg_byte(), arg_byte()};
    OVERLAPPED *overlapped = arg_overlapped();

    arg_failed_if(!AcceptEx(listener, accepted, output, lengths[0], lengths[1], lengths[2], NULL,
                            overlapped));
}

static void call_accept_addresses(void)
{
    struct sockaddr *local = NULL;
    struct sockaddr *remote = NULL;
    int local_bytes = 0, remote_bytes = 0;
    DWORD lengths[3] = {arg_byte(), arg_byte(), arg_byte()};
    struct sockaddr **local_out = arg_or_null(&local);

    GetAcceptExSockaddrs(own->output, lengths[0], lengths[1], lengths[2], local_out,
                         arg_or_null(&local_bytes), &remote, &remote_bytes);
}

static void call_connectex(void)
{
    SOCKET s = arg_socket();
    struct sockaddr *name = arg_address();
    int name_bytes = arg_address_bytes();
    void *data = arg_or_null(own->output);
    DWORD data_bytes = arg_byte();
    OVERLAPPED *overlapped = arg_overlapped();

    arg_failed_if(!connect_ex(s, name, name_bytes, data, data_bytes, NULL, overlapped));
}

static void call_disconnectex(void)
{
    SOCKET s = arg_socket();
    OVERLAPPED *overlapped = arg_overlapped();
    DWORD flags = arg_number();

    arg_failed_if(!disconnect_ex(s, overlapped, flags, arg_byte() < 0xe0 ? 0 : arg_number()));
}
