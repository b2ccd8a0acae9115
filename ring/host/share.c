/* SPDX-License-Identifier: MIT */
/*
 * Offers of descriptors: share.h. While there are offers, a thread of the library ("ws2ring/share")
 * waits at an abstract AF_UNIX address, which is random, and in the network namespace of the giver.
 * Who comes there is asked of the kernel (SO_PEERCRED), before anything that it says is read: a
 * process that no offer is for, or of another user, is sent away. So only those who are expected
 * can keep the thread busy. The taker asks the kernel likewise who answers it.
 *
 * An offer ends with the process that it is for: its pidfd tells, and cannot be mistaken for that
 * of a later process with the same id.
 *
 * share_lock protects everything here. The thread ends, under it, when the last offer is gone.
 */
#include "ring/host/share.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcntl.h>

#include "ring/host/lock.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum {
    SHARE_OFFERS_MAX = 1024, /* each holds two descriptors */
    SHARE_BACKLOG = 64,
    SHARE_GIVER_WAIT_S = 1, /* for a taker that has come and says nothing */
    SHARE_TAKER_WAIT_S = 5,
    SHARE_NAMES = 8 /* tries for an address that nobody has */
};

struct share_offer {
    struct share_offer *next;
    int fd;
    int process_fd; /* pidfd: readable when the process has ended */
    uint32_t process;
    unsigned char token[HOST_TOKEN_BYTES];
    unsigned char note[HOST_NOTE_BYTES];
};

static struct host_lock share_lock;
static struct share_offer *share_offers;
static unsigned share_count;
static int share_listener = -1; /* while the thread runs, as is the next */
static int share_set = -1;      /* epoll: the listener and every process_fd */
static uint64_t share_where;

int host_random(void *to, uint32_t bytes)
{
    ssize_t got;

    do
        got = getrandom(to, bytes, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)bytes ? 0 : -EIO;
}

static int share_pidfd(uint32_t process)
{
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)process, 0);

    if (fd >= 0)
        return fd;
    return errno == EINVAL ? -ESRCH : -errno; /* 0, negative, or the id of a thread */
}

int host_process_exists(uint32_t process)
{
    int fd = share_pidfd(process);

    if (fd < 0)
        return fd;
    host_close(fd);
    return 0;
}

static socklen_t share_address(struct sockaddr_un *address, uint64_t where)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)snprintf(address->sun_path + 1, sizeof address->sun_path - 1,
                                        "ws2ring/%016llx", (unsigned long long)where));
}

static int share_socket(int flags, int wait_s)
{
    const struct timeval wait = {.tv_sec = wait_s};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait); /* connect, too */
    return fd;
}

/* Who is at the other end: a process of this user? */
static bool share_is_ours(int fd, uint32_t *process)
{
    struct ucred peer;
    socklen_t bytes = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0 || peer.uid != geteuid())
        return false;
    *process = (uint32_t)peer.pid;
    return true;
}

/* ---- The giver ---- */

static void share_free(struct share_offer *offer)
{
    if (offer->fd >= 0)
        host_close(offer->fd);
    if (offer->process_fd >= 0)
        host_close(offer->process_fd);
    free(offer);
}

static bool share_has_ended(const struct share_offer *offer)
{
    struct pollfd poll_of = {.fd = offer->process_fd, .events = POLLIN};

    return poll(&poll_of, 1, 0) > 0;
}

/* Offers to processes that have ended. */
static void share_sweep_locked(void)
{
    struct share_offer **link = &share_offers;

    while (*link != NULL) {
        struct share_offer *offer = *link;

        if (!share_has_ended(offer)) {
            link = &offer->next;
            continue;
        }
        *link = offer->next;
        share_count--;
        share_free(offer);
    }
}

static bool share_expects_locked(uint32_t process)
{
    for (const struct share_offer *offer = share_offers; offer != NULL; offer = offer->next) {
        if (offer->process == process && !share_has_ended(offer))
            return true;
    }
    return false;
}

/* Takes the offer off the list; NULL: there is none. */
static struct share_offer *share_claim(uint32_t process, const unsigned char *token)
{
    struct share_offer **link;
    struct share_offer *offer;

    host_lock_acquire(&share_lock);
    link = &share_offers;
    while (*link != NULL &&
           ((*link)->process != process || memcmp((*link)->token, token, HOST_TOKEN_BYTES) != 0))
        link = &(*link)->next;
    offer = *link;
    if (offer != NULL && share_has_ended(offer))
        offer = NULL; /* another process has its id now */
    if (offer != NULL) {
        *link = offer->next;
        share_count--;
    }
    host_lock_release(&share_lock);
    return offer;
}

union share_control {
    struct cmsghdr head; /* for its alignment */
    char bytes[CMSG_SPACE(sizeof(int))];
};

static void share_send(int to, struct share_offer *offer)
{
    union share_control control;
    struct iovec iov = {offer->note, sizeof offer->note};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head;

    memset(&control, 0, sizeof control);
    head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof offer->fd);
    memcpy(CMSG_DATA(head), &offer->fd, sizeof offer->fd);
    while (sendmsg(to, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ; /* another error: the taker has gone, and the offer with it */
}

/* One who has come. */
static void share_serve(int fd)
{
    const struct timeval wait = {.tv_sec = SHARE_GIVER_WAIT_S};
    unsigned char token[HOST_TOKEN_BYTES + 1];
    struct share_offer *offer = NULL;
    uint32_t process = 0;
    bool expected;
    ssize_t got;

    if (!share_is_ours(fd, &process))
        return;
    host_lock_acquire(&share_lock);
    expected = share_expects_locked(process);
    host_lock_release(&share_lock);
    if (!expected)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    do
        got = recv(fd, token, sizeof token, 0);
    while (got < 0 && errno == EINTR);
    if (got == HOST_TOKEN_BYTES)
        offer = share_claim(process, token);
    if (offer == NULL)
        return;
    share_send(fd, offer);
    share_free(offer);
}

static void share_stop_locked(void)
{
    if (share_listener >= 0)
        host_close(share_listener);
    if (share_set >= 0)
        host_close(share_set);
    share_listener = share_set = -1;
}

/* The last offer is gone: so go the address, and the thread. */
static bool share_retire(void)
{
    bool last;

    host_lock_acquire(&share_lock);
    share_sweep_locked();
    last = share_count == 0;
    if (last)
        share_stop_locked();
    host_lock_release(&share_lock);
    return last;
}

static void share_run(void *unused)
{
    (void)unused;
    do {
        struct epoll_event event;
        int fd;

        if (epoll_wait(share_set, &event, 1, -1) < 0)
            continue;                                           /* EINTR */
        fd = accept4(share_listener, NULL, NULL, SOCK_CLOEXEC); /* non-blocking */
        if (fd < 0)
            continue;
        share_serve(fd);
        host_close(fd);
    } while (!share_retire());
}

static int share_watch_locked(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return epoll_ctl(share_set, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int share_listen_locked(void)
{
    struct sockaddr_un address;
    int error = 0;

    for (int i = 0; i < SHARE_NAMES; i++) {
        socklen_t bytes;

        error = host_random(&share_where, sizeof share_where);
        if (error != 0)
            return error;
        share_where |= 1; /* never 0 */
        bytes = share_address(&address, share_where);
        if (bind(share_listener, (struct sockaddr *)&address, bytes) == 0)
            return listen(share_listener, SHARE_BACKLOG) == 0 ? 0 : -errno;
        error = -errno;
        if (error != -EADDRINUSE)
            return error;
    }
    return error;
}

/* The address, but nobody at it yet. */
static int share_start_locked(void)
{
    int error;

    share_listener = share_socket(SOCK_NONBLOCK, SHARE_GIVER_WAIT_S);
    if (share_listener < 0)
        return share_listener;
    share_set = epoll_create1(EPOLL_CLOEXEC);
    error = share_set < 0 ? -errno : share_listen_locked();
    return error != 0 ? error : share_watch_locked(share_listener);
}

static int share_offer_locked(struct share_offer *offer, struct host_ticket *ticket)
{
    bool first;
    int error = 0;

    share_sweep_locked();
    if (share_count >= SHARE_OFFERS_MAX)
        return -ENOBUFS;
    first = share_listener < 0;
    if (first)
        error = share_start_locked();
    if (error == 0)
        error = share_watch_locked(offer->process_fd);
    if (error == 0 && first)
        error = host_thread_start(share_run, NULL, 0, true, "ws2ring/share");
    if (error != 0) {
        if (first)
            share_stop_locked();
        return error;
    }
    offer->next = share_offers;
    share_offers = offer;
    share_count++;
    ticket->where = share_where;
    memcpy(ticket->token, offer->token, sizeof ticket->token);
    return 0;
}

int host_offer(int fd, uint32_t process, const void *note, struct host_ticket *ticket)
{
    struct share_offer *offer = calloc(1, sizeof *offer);
    int error;

    if (offer == NULL)
        return -ENOMEM;
    offer->process = process;
    memcpy(offer->note, note, sizeof offer->note);
    offer->process_fd = share_pidfd(process);
    offer->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (offer->process_fd < 0)
        error = offer->process_fd;
    else if (offer->fd < 0)
        error = -errno;
    else
        error = host_random(offer->token, sizeof offer->token);
    if (error == 0) {
        host_lock_acquire(&share_lock);
        error = share_offer_locked(offer, ticket);
        host_lock_release(&share_lock);
    }
    if (error != 0)
        share_free(offer);
    return error;
}

/* ---- The taker ---- */

/* The answer: a descriptor and its note, or nothing. */
static int share_receive(int from, void *note)
{
    union share_control control;
    struct iovec iov = {note, HOST_NOTE_BYTES};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    const struct cmsghdr *head;
    int fd = -1;
    ssize_t got;

    do
        got = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return -ENOENT; /* refused, or too late */
    head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    if (fd < 0)
        return message.msg_flags & MSG_CTRUNC ? -EMFILE : -ENOENT;
    if (got != HOST_NOTE_BYTES) {
        host_close(fd);
        return -ENOENT;
    }
    return fd;
}

static int share_ask(int to, const struct host_ticket *ticket, void *note)
{
    struct sockaddr_un address;
    socklen_t bytes = share_address(&address, ticket->where);
    uint32_t giver = 0;

    if (host_connect(to, &address, bytes) != 0 || !share_is_ours(to, &giver))
        return -ENOENT;
    while (send(to, ticket->token, sizeof ticket->token, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR)
            return -ENOENT;
    }
    return share_receive(to, note);
}

int host_take(const struct host_ticket *ticket, void *note)
{
    int to = share_socket(0, SHARE_TAKER_WAIT_S);
    int fd;

    if (to < 0)
        return to;
    fd = share_ask(to, ticket, note);
    host_close(to);
    return fd;
}

/* ---- fork ---- */

/* The offers are the parent's, and so is the thread. The memory behind them stays: malloc may have
 * been busy in another thread. */
static void share_forked(void)
{
    atomic_store_explicit(&share_lock.word, 0, memory_order_relaxed);
    for (const struct share_offer *offer = share_offers; offer != NULL; offer = offer->next) {
        host_close(offer->fd);
        host_close(offer->process_fd);
    }
    share_stop_locked();
    share_offers = NULL;
    share_count = 0;
}

__attribute__((constructor)) static void share_load(void)
{
    host_fork_hook(share_forked);
}
