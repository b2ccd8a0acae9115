/* SPDX-License-Identifier: MIT */
/*
 * What the engine cannot do without. probe.c asks the kernel at WSAStartup, tools/diagnose tells
 * the user; both walk these rows.
 */
#ifndef RING_ENGINE_NEEDS_H
#define RING_ENGINE_NEEDS_H

/* clang-format off */

/* X(name): operations, IORING_OP_name. Sockets are not made through the ring; that operation came
 * with 5.19, and stands for what no probe shows: on a 5.10 that has everything else, blocking sends
 * failed. */
#define NEEDS_OPERATIONS(X) \
    X(RECV)                 \
    X(SEND)                 \
    X(RECVMSG)              \
    X(SENDMSG)              \
    X(ACCEPT)               \
    X(READ)                 \
    X(POLL_ADD)             \
    X(ASYNC_CANCEL)         \
    X(SOCKET)

/* X(name): features of a ring, IORING_FEAT_name. EXT_ARG carries time-outs (5.11); NODROP keeps
 * completions when the queue is full (5.5). */
#define NEEDS_FEATURES(X)   \
    X(EXT_ARG)              \
    X(NODROP)

/* clang-format on */

#endif
