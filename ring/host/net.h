/* SPDX-License-Identifier: MIT */
/*
 * Socket system calls, with Linux numbers. Addresses are Linux' struct sockaddr bytes: core puts
 * LX_AF_* into the family. Every function returns 0 (or a count, a descriptor) or a negative errno;
 * EINTR is retried here, SIGPIPE is suppressed here.
 */
#ifndef RING_HOST_NET_H
#define RING_HOST_NET_H

#include <stdbool.h>
#include <stdint.h>

struct host_iov { /* same layout as struct iovec; net.c asserts it */
    void *base;
    uint64_t bytes;
};

/* A descriptor from outside becomes O_NONBLOCK and CLOEXEC, or is left to children of exec. */
int host_prepare(int fd);
int host_leave_open(int fd);
int host_socket(int family, int type, int protocol); /* O_NONBLOCK and CLOEXEC */
int host_close(int fd);
/* Puts the file of `fresh` in the place of `fd`, which it keeps for itself alone. */
int host_replace(int fd, int fresh);
int host_bind(int fd, const void *address, uint32_t bytes);
int host_listen(int fd, int backlog);
int host_accept(int fd); /* O_NONBLOCK and CLOEXEC */
int host_connect(int fd, const void *address, uint32_t bytes);
int host_shutdown(int fd, int how); /* 0 receive, 1 send, 2 both, as Winsock numbers them too */
int host_getsockname(int fd, void *address, uint32_t *bytes);
int host_getpeername(int fd, void *address, uint32_t *bytes);
/* The same, but -ENOTCONN when the connection was reset. */
int host_live_peername(int fd, void *address, uint32_t *bytes);
int host_getsockopt(int fd, int level, int name, void *value, uint32_t *bytes);
int host_setsockopt(int fd, int level, int name, const void *value, uint32_t bytes);
int host_set_option(int fd, int level, int name, int value); /* an int option */
int host_set_linger(int fd, bool on, int seconds);
int host_peer_process(int fd, uint32_t *process_id); /* of AF_UNIX: SO_PEERCRED */
int host_unsent_bytes(int fd);                       /* SIOCOUTQ */
int host_unread_bytes(int fd); /* FIONREAD; of a datagram socket: in the first one */
/* In all of them. Nobody else may receive or peek meanwhile. -EOPNOTSUPP: not to be had;
 * other errors are the socket's, which the kernel tells only once. */
int host_unread_total(int fd);

/* One attempt that never blocks. Returns a byte count or a negative errno (-EAGAIN: must wait). */
int64_t host_recv(int fd, const struct host_iov *iov, uint32_t count, int flags);
int64_t host_send(int fd, const struct host_iov *iov, uint32_t count, int flags);
/* The same with a name: who sent it (at most name_bytes are written), who gets it. */
int64_t host_recvfrom(int fd, const struct host_iov *iov, uint32_t count, int flags, void *name,
                      uint32_t name_bytes);
int64_t host_sendto(int fd, const struct host_iov *iov, uint32_t count, int flags, const void *name,
                    uint32_t name_bytes);

#endif
