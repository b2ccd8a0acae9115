/* SPDX-License-Identifier: MIT */
/*
 * WSAIoctl: its checks, the extension functions and the codes that ioctlsocket knows too, and how
 * an overlapped call completes. The codes about addresses and routes are verb/ioctl.h's.
 */
#include "core/api/extension.h"

#include <string.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/op.h"
#include "core/object/sock.h"
#include "core/verb/ioctl.h"
#include "ring/host/sys.h"

#define IOCTL_STATUS_NOT_SUPPORTED 0xC00000BBu
#define IOCTL_CHK_QOS              0xDC000001u /* SIO_CHK_QOS, of qossp.h */

static const struct {
    GUID id;
    void (*function)(void);
} ioctl_extensions[] = {
    {WSAID_ACCEPTEX, (void (*)(void))AcceptEx},
    {WSAID_GETACCEPTEXSOCKADDRS, (void (*)(void))GetAcceptExSockaddrs},
    {WSAID_CONNECTEX, (void (*)(void))extension_connect},
    {WSAID_DISCONNECTEX, (void (*)(void))extension_disconnect},
};

static int ioctl_extension(struct ioctl_call *call)
{
    GUID id;

    if (call->in_bytes < sizeof id || host_copy_from(&id, call->in, sizeof id) != 0)
        return WSAEFAULT;
    if (call->out_bytes < sizeof ioctl_extensions[0].function)
        return WSAEFAULT;
    for (unsigned i = 0; i < sizeof ioctl_extensions / sizeof ioctl_extensions[0]; i++) {
        if (memcmp(&id, &ioctl_extensions[i].id, sizeof id) != 0)
            continue;
        if (host_copy_to(call->out, &ioctl_extensions[i].function,
                         sizeof ioctl_extensions[i].function) != 0)
            return WSAEFAULT;
        call->returned = sizeof ioctl_extensions[i].function;
        return 0;
    }
    return WSAEINVAL;
}

/* FIONBIO: IOCTL-10. */
static int ioctl_nonblocking(SOCKET s, const struct ioctl_call *call)
{
    u_long on = 0;

    if (call->in_bytes < sizeof on || host_copy_from(&on, call->in, sizeof on) != 0)
        return WSAEFAULT;
    return ioctlsocket(s, (long)FIONBIO, &on) == 0 ? 0 : WSAGetLastError();
}

/* FIONREAD and SIOCATMARK: IOCTL-03. */
static int ioctl_query(SOCKET s, struct ioctl_call *call)
{
    u_long value = 0;

    if (call->out_bytes < sizeof value)
        return WSAEFAULT;
    if (ioctlsocket(s, (long)call->code, &value) != 0)
        return WSAGetLastError();
    if (host_copy_to(call->out, &value, sizeof value) != 0)
        return WSAEFAULT;
    call->returned = sizeof value;
    return 0;
}

/* Quality of service: no protocol here has any. */
static bool ioctl_is_qos(DWORD code)
{
    return code == SIO_GET_QOS || code == SIO_SET_QOS || code == SIO_GET_GROUP_QOS ||
           code == SIO_SET_GROUP_QOS || code == IOCTL_CHK_QOS;
}

static int ioctl_run(SOCKET s, struct ioctl_call *call)
{
    switch (call->code) {
    case SIO_GET_EXTENSION_FUNCTION_POINTER:
        return ioctl_extension(call);
    case (DWORD)FIONBIO:
        return ioctl_nonblocking(s, call);
    case (DWORD)FIONREAD:
    case (DWORD)SIOCATMARK:
        return ioctl_query(s, call);
    case SIO_ADDRESS_LIST_QUERY:
        return ioctl_address_list(call);
    case SIO_ADDRESS_LIST_SORT:
        return ioctl_address_sort(call);
    case SIO_ROUTING_INTERFACE_QUERY:
        return ioctl_routing(call);
    default:
        return ioctl_is_qos(call->code) ? WSAENOPROTOOPT : WSAEOPNOTSUPP; /* IOCTL-16 */
    }
}

/* An overlapped ioctl has ended already: its completion still comes. An unknown code is accepted
 * and fails in the completion (IOCTL-17). A routine gets no byte count (IOCTL-06). */
static int ioctl_complete(const struct ioctl_call *call, int error)
{
    struct op *op;

    if (error != 0 && error != WSAEOPNOTSUPP)
        return error;
    op = op_take();
    if (op == NULL)
        return WSAENOBUFS;
    if (op_prepare_routine(op, call->sock, call->overlapped, call->routine) != 0) {
        op_abandon(op);
        return WSA_INVALID_HANDLE;
    }
    if (error == 0) {
        op_complete_inline(op, 0, call->routine == NULL && !call->uncounted ? call->returned : 0);
        return 0;
    }
    handle_ref_again(call->sock->handle);
    op_complete(op, IOCTL_STATUS_NOT_SUPPORTED, 0, 0);
    return WSA_IO_PENDING;
}

/* All but the first checks. Sets call->report when the caller's count is to be written. */
static int ioctl_carry_out(SOCKET s, struct ioctl_call *call)
{
    int error;

    if (call->routine != NULL && call->overlapped != NULL &&
        atomic_load_explicit(&call->sock->port, memory_order_acquire) != NULL)
        return WSAEINVAL; /* as for WSARecv: RECV-07 */
    if (call->code == SIO_ADDRESS_LIST_CHANGE || call->code == SIO_ROUTING_INTERFACE_CHANGE) {
        error = ioctl_change(call);
    } else {
        error = ioctl_run(s, call);
        call->report |= error == 0 || error == WSAEOPNOTSUPP;
        if (call->overlapped != NULL)
            return ioctl_complete(call, error);
    }
    call->report |= error == 0;
    return error;
}

int WSAAPI WSAIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_bytes, LPVOID out, DWORD out_bytes,
                    LPDWORD returned, LPWSAOVERLAPPED overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WSAIoctl, s, code, in, in_bytes, out, out_bytes, returned, overlapped, routine);
    struct ioctl_call call = {NULL,       code,    in, in_bytes, out,  out_bytes,
                              overlapped, routine, 0,  false,    false};
    WSAOVERLAPPED before;
    DWORD old = 0;
    int error;

    if (startup_refuses(&error))
        return api_result(error);
    if ((call.sock = sock_ref(s)) == NULL)
        return api_result(WSAENOTSOCK);
    if (!(sock_flags(call.sock) & SOCK_OVERLAPPED))
        call.overlapped = NULL; /* documented: such a socket ignores it */
    if (returned == NULL || host_copy_from(&old, returned, sizeof old) != 0) {
        error = WSAEFAULT; /* IOCTL-02 */
    } else if (call.overlapped != NULL && host_copy_from(&before, overlapped, sizeof before) != 0) {
        error = WSAEFAULT;
    } else {
        error = ioctl_carry_out(s, &call);
        if (call.report && host_copy_to(returned, &call.returned, sizeof call.returned) != 0)
            error = WSAEFAULT;
    }
    sock_unref(call.sock);
    return api_result(error);
}
