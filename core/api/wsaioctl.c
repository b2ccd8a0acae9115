/* SPDX-License-Identifier: MIT */
/*
 * WSAIoctl: its checks, the extension functions, and how an overlapped call completes. All other
 * codes are rows of verb/ioctl_table.c.
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

static const struct {
    GUID id;
    void (*function)(void);
} ioctl_extensions[] = {
    {WSAID_ACCEPTEX, (void (*)(void))AcceptEx},
    {WSAID_GETACCEPTEXSOCKADDRS, (void (*)(void))GetAcceptExSockaddrs},
    {WSAID_CONNECTEX, (void (*)(void))extension_connect},
    {WSAID_DISCONNECTEX, (void (*)(void))extension_disconnect},
    {WSAID_TRANSMITFILE, (void (*)(void))TransmitFile},
    {WSAID_TRANSMITPACKETS, (void (*)(void))extension_transmit_packets},
    {WSAID_WSASENDMSG, (void (*)(void))WSASendMsg},
    {WSAID_WSARECVMSG, (void (*)(void))extension_recvmsg},
    {WSAID_WSAPOLL, (void (*)(void))WSAPoll},
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

/* An overlapped ioctl has ended already: its completion still comes. An unknown code is accepted
 * and fails in the completion (IOCTL-17). A routine gets no byte count (IOCTL-06). */
static int ioctl_complete(const struct ioctl_call *call, const struct ioctl_row *row, int error)
{
    bool pends = row != NULL && row->flags & IOCTL_PENDS;
    bool counted = pends || (call->routine == NULL && !call->uncounted);
    uint32_t bytes = counted ? call->returned : 0;
    struct op *op;

    if (error != 0 && error != WSAEOPNOTSUPP) {
        if (row != NULL && row->flags & IOCTL_MARKS)
            __atomic_store_n(&call->overlapped->Internal, STATUS_PENDING, __ATOMIC_RELEASE);
        return error;
    }
    op = op_take();
    if (op == NULL)
        return WSAENOBUFS;
    if (op_prepare_routine(op, call->sock, call->overlapped, call->routine) != 0) {
        op_abandon(op);
        return WSA_INVALID_HANDLE;
    }
    if (error == 0 && !pends) {
        op_complete_inline(op, 0, bytes);
        return 0;
    }
    handle_ref_again(call->sock->handle);
    op_complete(op, error == 0 ? 0 : IOCTL_STATUS_NOT_SUPPORTED, error == 0 ? bytes : 0, 0);
    return WSA_IO_PENDING;
}

/* All but the first checks. Sets call->report when the caller's count is to be written. */
static int ioctl_carry_out(struct ioctl_call *call)
{
    const struct ioctl_row *row = ioctl_find(call->code);
    int error = WSAEOPNOTSUPP; /* IOCTL-16 */

    if (call->routine != NULL && call->overlapped != NULL &&
        atomic_load_explicit(&call->sock->port, memory_order_acquire) != NULL)
        return WSAEINVAL; /* as for WSARecv: RECV-07 */
    if (call->code == SIO_GET_EXTENSION_FUNCTION_POINTER)
        error = ioctl_extension(call);
    else if (row != NULL)
        error = ioctl_run(row, call);
    if (row != NULL && row->flags & IOCTL_WAITS && error != WSAEOPNOTSUPP) {
        call->report |= error == 0;
        return error;
    }
    call->report |= error == 0 || error == WSAEOPNOTSUPP;
    if (call->overlapped == NULL) {
        call->report |= row != NULL && row->flags & IOCTL_ZEROES;
        return error;
    }
    call->report &= !(row != NULL && row->flags & IOCTL_PENDS);
    return ioctl_complete(call, row, error);
}

int WSAAPI WSAIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_bytes, LPVOID out, DWORD out_bytes,
                    LPDWORD returned, LPWSAOVERLAPPED overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    TRACE_CALL(WSAIoctl, s, code, in, in_bytes, out, out_bytes, returned, overlapped, routine);
    struct ioctl_call call = {.s = s,
                              .code = code,
                              .in = in,
                              .in_bytes = in_bytes,
                              .out = out,
                              .out_bytes = out_bytes,
                              .overlapped = overlapped,
                              .routine = routine};
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
        error = ioctl_carry_out(&call);
        if (call.report && host_copy_to(returned, &call.returned, sizeof call.returned) != 0)
            error = WSAEFAULT;
    }
    sock_unref(call.sock);
    return api_result(error);
}
