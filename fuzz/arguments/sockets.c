/* SPDX-License-Identifier: MIT */
/* The calls that make, name, connect and close sockets, and set their options. */
#include "fuzz/arguments/arguments.h"

#include <mstcpip.h>

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
    else if (first >= 0xc0 && first < 0xe0)
        *name = (first & 0x10 ? 0x3000 : 0x2000) | (first & 0xf);
    else if (first >= 0xe0 && first < 0xfd)
        *name = 0x30 + (first - 0xe0); /* the higher ones of IPPROTO_IP and IPPROTO_IPV6 */
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
    static const DWORD more[] = {SIO_ADDRESS_LIST_QUERY,       SIO_ADDRESS_LIST_CHANGE,
                                 SIO_ADDRESS_LIST_SORT,        SIO_ROUTING_INTERFACE_QUERY,
                                 SIO_ROUTING_INTERFACE_CHANGE, SIO_GET_QOS};
    static const DWORD rest[] = {SIO_KEEPALIVE_VALS,
                                 SIO_TCP_INFO,
                                 SIO_BASE_HANDLE,
                                 SIO_GET_INTERFACE_LIST,
                                 SIO_UDP_NETRESET,
                                 SIO_IDEAL_SEND_BACKLOG_QUERY,
                                 SIO_LOOPBACK_FAST_PATH,
                                 SIO_TCP_INITIAL_RTO,
                                 SIO_PRIORITY_HINT,
                                 SIO_SET_COMPATIBILITY_MODE,
                                 SIO_RCVALL,
                                 SIO_GET_BROADCAST_ADDRESS,
                                 SIO_MULTIPOINT_LOOPBACK,
                                 SIO_MULTICAST_SCOPE,
                                 SIO_INDEX_MCASTIF,
                                 SIO_QUERY_RSS_PROCESSOR_INFO,
                                 SIO_SET_MULTICAST_FILTER,
                                 SIO_GET_MULTICAST_FILTER,
                                 SIOCSMSFILTER,
                                 SIOCGMSFILTER};
    uint8_t first = arg_byte();

    if (first < 0xd0)
        return codes[first % 5];
    if (first < 0xee)
        return more[first % 6];
    return first < 0xfc ? rest[arg_byte() % (sizeof rest / sizeof rest[0])] : arg_u32();
}

/* What the codes about addresses read: a destination, or a list that leads to it twice. */
static void *arg_ioctl_addresses(DWORD code, DWORD *room_bytes)
{
    static struct {
        SOCKET_ADDRESS_LIST list;
        SOCKET_ADDRESS second;
    } lists;
    struct sockaddr *name = arg_address();

    *room_bytes = code == SIO_ADDRESS_LIST_SORT ? sizeof lists : sizeof(SOCKADDR_STORAGE);
    if (code != SIO_ADDRESS_LIST_SORT)
        return name;
    lists.list.iAddressCount = (INT)arg_number();
    lists.list.Address[0] = (SOCKET_ADDRESS){name, (INT)arg_number()};
    lists.second = lists.list.Address[0];
    return arg_pointer(&lists);
}

static bool arg_ioctl_reads_addresses(DWORD code)
{
    return code == SIO_ADDRESS_LIST_SORT || code == SIO_ROUTING_INTERFACE_QUERY ||
           code == SIO_ROUTING_INTERFACE_CHANGE;
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
    DWORD room_bytes = UINT32_MAX; /* of the lists, whose length says what is read and written */
    void *in =
        arg_ioctl_reads_addresses(code) ? arg_ioctl_addresses(code, &room_bytes) : arg_pointer(&id);
    DWORD in_bytes = arg_byte() & 1 ? sizeof id : arg_number();
    void *out = arg_pointer(arg_own->output);
    DWORD out_bytes = arg_byte() & 1 ? 8 : arg_number();
    LPDWORD returned = arg_pointer(&arg_own->flags);
    OVERLAPPED *overlapped = arg_overlapped();

    in_bytes = in_bytes < room_bytes ? in_bytes : room_bytes;
    arg_result(WSAIoctl(s, code, in, in_bytes, out, out_bytes, returned, overlapped,
                        arg_optional_routine()));
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

static void call_connect(void)
{
    SOCKET s = arg_socket();
    struct sockaddr *name = arg_address();

    arg_result(connect(s, name, arg_address_bytes()));
}

static void call_wsaconnect(void)
{
    QOS quality;
    WSABUF buffers[2] = {{0, NULL}, {0, NULL}};
    SOCKET s = arg_socket();
    struct sockaddr *name = arg_address();
    int bytes = arg_address_bytes();
    uint8_t given = arg_byte();
    WSABUF *caller = given & 1 ? arg_pointer(&buffers[0]) : NULL;
    WSABUF *callee = given & 2 ? arg_pointer(&buffers[1]) : NULL;
    QOS *sqos = given & 4 ? arg_pointer(&quality) : NULL;

    memset(&quality, given & 8 ? 0xff : 0, sizeof quality);
    quality.ProviderSpecific = (WSABUF){sizeof arg_room, arg_pointer(arg_room)};
    if (given & 16)
        quality.SendingFlowspec.ServiceType = arg_number();
    if (given & 32)
        buffers[0] = (WSABUF){arg_byte() % 8, arg_pointer(arg_room)};
    arg_result(WSAConnect(s, name, bytes, caller, callee, sqos,
                          given & 64 ? arg_pointer(&quality) : NULL));
}

/* Answers with the low bits of its context, and asks for a group with the others. */
static int CALLBACK arg_condition(LPWSABUF caller, LPWSABUF caller_data, LPQOS sqos, LPQOS gqos,
                                  LPWSABUF callee, LPWSABUF callee_data, GROUP *group,
                                  DWORD_PTR context)
{
    (void)sqos, (void)gqos;
    FUZZ_CHECK(caller->len <= sizeof(SOCKADDR_STORAGE) && caller->buf != NULL);
    FUZZ_CHECK(callee->len <= sizeof(SOCKADDR_STORAGE) && callee->buf != NULL);
    FUZZ_CHECK(caller_data->len == 0 && callee_data->len == 0);
    *group = (GROUP)(context >> 2);
    return (int)(context & 3); /* 3 is no answer */
}

static void call_wsaaccept(void)
{
    SOCKET s = arg_socket();
    int bytes = arg_address_bytes();
    struct sockaddr *name = arg_pointer(arg_room);
    int *length = arg_pointer(&bytes);
    uint8_t answer = arg_byte();
    uint8_t which = arg_byte();
    LPCONDITIONPROC condition = which < 0xe0   ? arg_condition
                                : which < 0xf0 ? NULL
                                               : (LPCONDITIONPROC)(uintptr_t)1;

    arg_opened_socket(WSAAccept(s, name, length, condition, answer));
}

const struct arg_calls arg_socket_calls = ARG_CALL_LIST(
    call_socket, call_wsasocket, call_close, call_bind, call_listen, call_accept, call_shutdown,
    call_names, call_setsockopt, call_getsockopt, call_ioctlsocket, call_wsaioctl, call_acceptex,
    call_accept_addresses, call_connectex, call_disconnectex, call_connect, call_wsaconnect,
    arg_call_connect_by_list, arg_call_connect_by_name, arg_call_leaf, arg_call_join_leaf,
    call_wsaaccept, arg_call_protocols, arg_call_duplicate, arg_call_take, arg_call_descriptor,
    arg_call_group, arg_call_source_filter, arg_call_inet_filter);
