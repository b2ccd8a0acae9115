/* SPDX-License-Identifier: MIT */
/* The calls on sockets, each with arguments from the input. */
#include "fuzz/arguments/arguments.h"

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
    struct sockaddr *name = arg_pointer(arg_room);

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
    struct sockaddr *name = arg_pointer(arg_room);
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
    char *to;

    arg_option(&level, &name);
    value = arg_byte() & 1 ? arg_handle() : arg_number();
    memcpy(arg_room, &value, sizeof value);
    to = arg_pointer(arg_room);
    arg_result(setsockopt(s, level, name, to, (int)arg_number()));
}

static void call_getsockopt(void)
{
    SOCKET s = arg_socket();
    int bytes = (int)arg_number();
    int level, name;
    char *value;

    arg_option(&level, &name);
    value = arg_pointer(arg_room);
    arg_result(getsockopt(s, level, name, value, arg_pointer(&bytes)));
}

static DWORD arg_ioctl_code(void)
{
    static const DWORD codes[] = {FIONBIO, FIONREAD, SIOCATMARK, SIO_GET_EXTENSION_FUNCTION_POINTER,
                                  SIO_UDP_CONNRESET};
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
    void *out = arg_pointer(arg_own->output);
    DWORD out_bytes = arg_byte() & 1 ? 8 : arg_number();
    LPDWORD returned = arg_pointer(&arg_own->flags);
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

        arg_own->buffers[i].len = length < 0xf0 ? length % (ARG_IO_BYTES + 1) : UINT32_MAX;
        arg_own->buffers[i].buf = arg_pointer(arg_own->data[i]);
    }
    return arg_pointer(arg_own->buffers);
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
    void *output = arg_or_null(arg_own->output);
    DWORD data_bytes = arg_byte();
    DWORD local_bytes = arg_byte();
    DWORD remote_bytes = arg_byte();
    OVERLAPPED *overlapped = arg_overlapped();

    arg_failed_if(!AcceptEx(listener, accepted, output, data_bytes, local_bytes, remote_bytes, NULL,
                            overlapped));
}

static void call_accept_addresses(void)
{
    struct sockaddr *local = NULL;
    struct sockaddr *remote = NULL;
    int local_length = 0, remote_length = 0;
    DWORD data_bytes = arg_byte();
    DWORD local_bytes = arg_byte();
    DWORD remote_bytes = arg_byte();
    struct sockaddr **local_out = arg_or_null(&local);

    GetAcceptExSockaddrs(arg_own->output, data_bytes, local_bytes, remote_bytes, local_out,
                         arg_or_null(&local_length), &remote, &remote_length);
}

static void call_connectex(void)
{
    SOCKET s = arg_socket();
    struct sockaddr *name = arg_address();
    int name_bytes = arg_address_bytes();
    void *data = arg_or_null(arg_own->output);
    DWORD data_bytes = arg_byte();
    OVERLAPPED *overlapped = arg_overlapped();

    arg_failed_if(!arg_connect_ex(s, name, name_bytes, data, data_bytes, NULL, overlapped));
}

static void call_disconnectex(void)
{
    SOCKET s = arg_socket();
    OVERLAPPED *overlapped = arg_overlapped();
    DWORD flags = arg_number();

    arg_failed_if(!arg_disconnect_ex(s, overlapped, flags, arg_byte() < 0xe0 ? 0 : arg_number()));
}

void arg_call_socket(unsigned which)
{
    static void (*const calls[])(void) = {
        call_socket,     call_wsasocket,        call_close,       call_bind,
        call_listen,     call_accept,           call_shutdown,    call_names,
        call_setsockopt, call_getsockopt,       call_ioctlsocket, call_wsaioctl,
        call_wsasend,    call_wsarecv,          call_result,      call_cancel,
        call_acceptex,   call_accept_addresses, call_connectex,   call_disconnectex,
    };

    calls[which % (sizeof calls / sizeof calls[0])]();
}
