/* SPDX-License-Identifier: MIT */
/*
 * Answers to datagrams: icmp.h. Called by threads in their calls and by ring threads at the end of
 * operations, under no lock: the kernel hands out each answer once, and what is kept here are bits
 * that are set and taken in one step.
 */
#include "core/object/icmp.h"

#include <errno.h>

#include "ring/host/lx.h"
#include "ring/host/message.h"

static uint32_t icmp_silence(struct sock *sock)
{
    return sock_modes(sock) & (SOCK_MODE_NO_CONNRESET | SOCK_MODE_NO_NETRESET);
}

void icmp_listen(struct sock *sock)
{
    atomic_fetch_or_explicit(&sock->answers, SOCK_ANSWERS_KEPT, memory_order_relaxed);
    if (icmp_silence(sock) != (SOCK_MODE_NO_CONNRESET | SOCK_MODE_NO_NETRESET))
        host_keep_answers(sock->fd, sock->family == AF_INET6, true);
}

void icmp_change(struct sock *sock)
{
    bool all = icmp_silence(sock) == (SOCK_MODE_NO_CONNRESET | SOCK_MODE_NO_NETRESET);

    if (sock->type == SOCK_DGRAM && icmp_listens(sock))
        host_keep_answers(sock->fd, sock->family == AF_INET6, !all);
}

/* Is that errno one with which the kernel tells an answer? */
static bool icmp_is_answer(int64_t result)
{
    switch (result) {
    case -ECONNREFUSED:
    case -EHOSTUNREACH:
    case -ENETUNREACH:
    case -EHOSTDOWN:
    case -ENONET:
    case -ENOPROTOOPT:
    case -EOPNOTSUPP:
    case -EPROTO:
    case -EACCES:
    case -EMSGSIZE:
        return true;
    default:
        return false;
    }
}

/* The oldest answer that is kept; notes about our own sends, whose failure is known, are none. */
static enum host_answer icmp_next(struct sock *sock)
{
    enum host_answer answer;

    if (!(atomic_load_explicit(&sock->answers, memory_order_relaxed) & SOCK_ANSWERS_KEPT))
        return HOST_ANSWER_NONE;
    do
        answer = host_take_answer(sock->fd);
    while (answer == HOST_ANSWER_OWN);
    return answer;
}

static bool icmp_told(struct sock *sock, enum host_answer answer)
{
    switch (answer) {
    case HOST_ANSWER_REFUSED:
        return !(sock_modes(sock) & SOCK_MODE_NO_CONNRESET);
    case HOST_ANSWER_EXPIRED:
        return !(sock_modes(sock) & SOCK_MODE_NO_NETRESET);
    case HOST_ANSWER_FATAL:
        return (sock_flags(sock) & SOCK_CONNECTED) != 0;
    default:
        return false;
    }
}

int64_t icmp_receive_result(struct sock *sock, int64_t result)
{
    enum host_answer answer;

    if (sock->type != SOCK_DGRAM || !icmp_is_answer(result))
        return result;
    answer = icmp_next(sock);
    if (answer == HOST_ANSWER_NONE && result == -ECONNREFUSED) /* a connected socket's */
        answer = HOST_ANSWER_REFUSED;
    else if (answer == HOST_ANSWER_NONE)
        answer = result == -EMSGSIZE ? HOST_ANSWER_PASSING : HOST_ANSWER_FATAL;
    if (!icmp_told(sock, answer))
        return 0;
    return answer == HOST_ANSWER_EXPIRED ? -ENETRESET : result;
}

/* Bits first: who sees SOCK_REFUSED sees what kind of news it is. */
static void icmp_note(struct sock *sock, enum host_answer answer)
{
    if (answer == HOST_ANSWER_EXPIRED)
        atomic_fetch_or_explicit(&sock->answers, SOCK_ANSWERS_EXPIRED, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&sock->answers, (uint8_t)~SOCK_ANSWERS_EXPIRED,
                                  memory_order_relaxed);
    sock_set(sock, SOCK_REFUSED);
}

enum icmp_send icmp_send_result(struct sock *sock, int64_t result)
{
    enum host_answer answer;

    if (sock->type == SOCK_STREAM || !icmp_is_answer(result))
        return ICMP_SEND_REAL;
    answer = icmp_next(sock);
    if (answer == HOST_ANSWER_NONE && result != -ECONNREFUSED)
        return ICMP_SEND_REAL;
    if (answer == HOST_ANSWER_NONE) /* no send fails so by itself */
        answer = HOST_ANSWER_REFUSED;
    if (answer == HOST_ANSWER_FATAL || !icmp_told(sock, answer))
        return ICMP_SEND_AGAIN;
    icmp_note(sock, answer);
    return ICMP_SEND_NEWS;
}

bool icmp_send_dropped(struct sock *sock, int64_t result)
{
    return result == -ENOBUFS && sock->type == SOCK_DGRAM && icmp_listens(sock);
}

int icmp_take_news(struct sock *sock)
{
    uint8_t expired = SOCK_ANSWERS_EXPIRED;

    if (!(sock_flags(sock) & SOCK_REFUSED) || !(sock_clear(sock, SOCK_REFUSED) & SOCK_REFUSED))
        return 0;
    /* relaxed: sock_clear() has acquired what icmp_note() stored before. */
    expired &= atomic_fetch_and_explicit(&sock->answers, (uint8_t)~expired, memory_order_relaxed);
    return expired != 0 ? WSAENETRESET : WSAECONNRESET;
}

bool icmp_readable(struct sock *sock)
{
    enum host_answer answer;
    int error = 0;
    uint32_t bytes = sizeof error;

    if (sock_flags(sock) & SOCK_REFUSED)
        return true;
    if (sock->type != SOCK_DGRAM)
        return true;
    while ((answer = icmp_next(sock)) != HOST_ANSWER_NONE) {
        if (icmp_told(sock, answer)) {
            icmp_note(sock, answer);
            return true;
        }
    }
    /* None is kept; a connected socket may have been told one all the same. Reading clears it. */
    if (host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_ERROR, &error, &bytes) == 0 &&
        error == ECONNREFUSED && icmp_told(sock, HOST_ANSWER_REFUSED))
        icmp_note(sock, HOST_ANSWER_REFUSED);
    return (sock_flags(sock) & SOCK_REFUSED) != 0;
}
