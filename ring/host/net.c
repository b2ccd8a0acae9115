/* SPDX-License-Identifier: MIT */
/*
 * The socket system calls behind net.h. No state and no lock: each function is one call into the
 * kernel, with EINTR retried, so that a signal never becomes an error of a Winsock call.
 */
#include "ring/host/net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(struct host_iov) == sizeof(struct iovec), "host_iov is an iovec");
_Static_assert(offsetof(struct host_iov, base) == offsetof(struct iovec, iov_base), "host_iov");
_Static_assert(offsetof(struct host_iov, bytes) == offsetof(struct iovec, iov_len), "host_iov");

/* The value of a libc call: itself, or the negative errno. */
static int net_result(int value)
{
    return value < 0 ? -errno : value;
}

/* Linux has no raw socket for protocol 0, and thinks that one for IPPROTO_RAW always brings its own
 * header. Neither is so elsewhere. */
static int net_socket_raw(int family, int protocol)
{
    int type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = net_result(socket(family, type, protocol == 0 ? IPPROTO_RAW : protocol));
    int off = 0;

    if (fd < 0 || (protocol != 0 && protocol != IPPROTO_RAW))
        return fd;
    if (family == AF_INET)
        (void)setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &off, sizeof off);
    else
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &off, sizeof off);
    return fd;
}

int host_socket(int family, int type, int protocol)
{
    if (type == SOCK_RAW && (family == AF_INET || family == AF_INET6))
        return net_socket_raw(family, protocol);
    return net_result(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

int host_prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return net_result(fcntl(fd, F_SETFD, FD_CLOEXEC));
}

int host_leave_open(int fd)
{
    return net_result(fcntl(fd, F_SETFD, 0));
}

/* Not retried: Linux releases the number even when close says EINTR, and it may be in use again. */
int host_close(int fd)
{
    int result = net_result(close(fd));

    return result == -EINTR ? 0 : result;
}

int host_replace(int fd, int fresh)
{
    int result;

    do
        result = net_result(dup3(fresh, fd, O_CLOEXEC));
    while (result == -EINTR || result == -EBUSY);
    host_close(fresh);
    return result < 0 ? result : 0;
}

int host_bind(int fd, const void *address, uint32_t bytes)
{
    return net_result(bind(fd, address, bytes));
}

int host_listen(int fd, int backlog)
{
    return net_result(listen(fd, backlog));
}

int host_accept(int fd)
{
    int result;

    do
        result = net_result(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
    while (result == -EINTR);
    return result;
}

int host_connect(int fd, const void *address, uint32_t bytes)
{
    int result;

    do
        result = net_result(connect(fd, address, bytes));
    while (result == -EINTR);
    return result;
}

int host_shutdown(int fd, int how)
{
    return net_result(shutdown(fd, how));
}

int host_getsockname(int fd, void *address, uint32_t *bytes)
{
    return net_result(getsockname(fd, address, bytes));
}

int host_live_peername(int fd, void *address, uint32_t *bytes)
{
    return net_result(getpeername(fd, address, bytes));
}

int host_getpeername(int fd, void *address, uint32_t *bytes)
{
    static const socklen_t lengths[] = {sizeof(struct sockaddr_in6), sizeof(struct sockaddr_in)};
    socklen_t room = *bytes;
    int result = host_live_peername(fd, address, bytes);

    /* After both FINs or a reset getpeername() denies what the kernel still knows; this option
     * tells. It refuses to be asked for more bytes than the address has. */
    for (unsigned i = 0; result == -ENOTCONN && i < sizeof lengths / sizeof lengths[0]; i++) {
        socklen_t length = lengths[i];

        if (length <= room && getsockopt(fd, SOL_SOCKET, SO_PEERNAME, address, &length) == 0) {
            *bytes = length;
            result = 0;
        }
    }
    return result;
}

int host_getsockopt(int fd, int level, int name, void *value, uint32_t *bytes)
{
    return net_result(getsockopt(fd, level, name, value, bytes));
}

int host_setsockopt(int fd, int level, int name, const void *value, uint32_t bytes)
{
    return net_result(setsockopt(fd, level, name, value, bytes));
}

int host_set_option(int fd, int level, int name, int value)
{
    return host_setsockopt(fd, level, name, &value, sizeof value);
}

int host_set_linger(int fd, bool on, int seconds)
{
    struct linger linger = {.l_onoff = on, .l_linger = seconds};

    return host_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

int host_peer_process(int fd, uint32_t *process_id)
{
    struct ucred peer;
    socklen_t bytes = sizeof peer;
    int result = net_result(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes));

    if (result == 0)
        *process_id = (uint32_t)peer.pid;
    return result;
}

static int net_count(int fd, unsigned long request)
{
    int count = 0;
    int result = net_result(ioctl(fd, request, &count));

    return result < 0 ? result : count;
}

int host_unsent_bytes(int fd)
{
    return net_count(fd, SIOCOUTQ);
}

int host_unread_bytes(int fd)
{
    return net_count(fd, FIONREAD);
}

/* The kernel counts the memory that waiting datagrams take, not their bytes. So each is peeked at,
 * with an offset that stays behind those seen before; without room it still tells its length. */
int host_unread_total(int fd)
{
    int offset = 0;
    int64_t total = 0;
    ssize_t bytes;
    int error;

    if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset) != 0)
        return -EOPNOTSUPP;
    do {
        bytes = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
        if (bytes > 0)
            total += bytes;
    } while (bytes >= 0 || errno == EINTR);
    error = errno;
    offset = -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset);
    if (error != EAGAIN)
        return -error;
    return total > INT32_MAX ? INT32_MAX : (int)total;
}

/* One buffer, by far the most common case, takes the system call without a msghdr to copy in. */
/* The two of every message go past libc: its wrappers are cancellation points, which cost as much
 * as our own work here, and a thread that ends in one would keep the direction's claim. */
#ifdef __SANITIZE_THREAD__ /* which learns from the wrappers what happens before what */
#define net_recv recv
#define net_send send
#else
static ssize_t net_recv(int fd, void *data, size_t bytes, int flags)
{
    return syscall(SYS_recvfrom, fd, data, bytes, flags, NULL, NULL);
}

static ssize_t net_send(int fd, const void *data, size_t bytes, int flags)
{
    return syscall(SYS_sendto, fd, data, bytes, flags, NULL, 0);
}
#endif

int64_t host_recv(int fd, const struct host_iov *iov, uint32_t count, int flags)
{
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = count};
    ssize_t bytes;

    flags |= MSG_DONTWAIT;
    do
        bytes =
            count == 1 ? net_recv(fd, iov->base, iov->bytes, flags) : recvmsg(fd, &message, flags);
    while (bytes < 0 && errno == EINTR);
    return bytes < 0 ? -errno : bytes;
}

int64_t host_send(int fd, const struct host_iov *iov, uint32_t count, int flags)
{
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = count};
    ssize_t bytes;

    flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
    do
        bytes =
            count == 1 ? net_send(fd, iov->base, iov->bytes, flags) : sendmsg(fd, &message, flags);
    while (bytes < 0 && errno == EINTR);
    return bytes < 0 ? -errno : bytes;
}

int64_t host_recvfrom(int fd, const struct host_iov *iov, uint32_t count, int flags, void *name,
                      uint32_t name_bytes)
{
    struct msghdr message;
    socklen_t room = name_bytes;
    ssize_t bytes;

    flags |= MSG_DONTWAIT;
    if (count != 1)
        message = (struct msghdr){.msg_name = name,
                                  .msg_namelen = name_bytes,
                                  .msg_iov = (struct iovec *)(uintptr_t)iov,
                                  .msg_iovlen = count};
    do
        bytes = count == 1 ? recvfrom(fd, iov->base, iov->bytes, flags, name, &room)
                           : recvmsg(fd, &message, flags);
    while (bytes < 0 && errno == EINTR);
    return bytes < 0 ? -errno : bytes;
}

int64_t host_sendto(int fd, const struct host_iov *iov, uint32_t count, int flags, const void *name,
                    uint32_t name_bytes)
{
    struct msghdr message;
    ssize_t bytes;

    flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
    if (count != 1)
        message = (struct msghdr){.msg_name = (void *)(uintptr_t)name,
                                  .msg_namelen = name_bytes,
                                  .msg_iov = (struct iovec *)(uintptr_t)iov,
                                  .msg_iovlen = count};
    do
        bytes = count == 1 ? sendto(fd, iov->base, iov->bytes, flags, name, name_bytes)
                           : sendmsg(fd, &message, flags);
    while (bytes < 0 && errno == EINTR);
    return bytes < 0 ? -errno : bytes;
}
