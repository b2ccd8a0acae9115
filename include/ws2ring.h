/* SPDX-License-Identifier: MIT */
/*
 * What this library offers beyond Winsock: figures for tests and monitoring. It needs no Winsock
 * header, and may share a source file with POSIX sockets.
 */
#ifndef WS2RING_H
#define WS2RING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Counts of what is alive in this process now. Members are only ever added at the end, and
 * size_bytes, set by the caller, says which of them there are.
 */
struct ws2_stats {
    uint32_t size_bytes; /* in: sizeof(struct ws2_stats) */
    uint32_t sockets;
    uint32_t events;
    /* A closed port counts until its sockets are closed and each thread that last took a packet
     * from it ends, or asks this or another port for packets. */
    uint32_t ports;
    uint32_t threads;     /* of CreateThread(), and others that asked for their own handle */
    uint32_t operations;  /* accepted and not yet completed */
    uint32_t descriptors; /* file descriptors the library holds, rings included */
    uint32_t rings;
    uint64_t allocated_bytes; /* the allocator's figure for what the library holds; 0: unknown */
};

/**
 * Counts the live objects of this process.
 *
 * @param stats      size_bytes set by the caller; the rest is filled in as far as it has room
 * @return 0, or WSAEFAULT (10014): NULL, or size_bytes has no room for a count; the last error is
 *         not used
 * Linux:   each count is exact by itself; together they are not one moment's.
 * Source:  our own.
 */
#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* the function has the structure's name, as stat() has */
#endif
__attribute__((visibility("default"))) int ws2_stats(struct ws2_stats *stats);
#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif

/**
 * Names the engine that carries the operations out.
 *
 * @return "uring" once the library has started one, "none" before; a constant string
 * Source:  our own.
 */
__attribute__((visibility("default"))) const char *ws2_engine(void);

/**
 * The version of the library that is loaded.
 *
 * @return "major.minor.patch"; a constant string
 * Source:  our own.
 */
__attribute__((visibility("default"))) const char *ws2_version(void);

/*
 * Descriptors. A socket is a number of the library's own; behind it stands a descriptor, which the
 * library keeps non-blocking and closed on exec. `socket` has the type of SOCKET.
 */

/**
 * The descriptor of a socket, for what the library does not do: an option of Linux' own, or to hand
 * it to another program. It stays the library's: do not close it, and do not read or write it while
 * operations are under way.
 *
 * @param socket     a socket
 * @return the descriptor, whose number stays as long as the socket; -1 with WSAGetLastError()
 *         WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS or WSAENOTSOCK
 * Source:  our own.
 */
__attribute__((visibility("default"))) int ws2_fd(uintptr_t socket);

/**
 * Makes a socket around a descriptor from elsewhere: inherited, received from a service manager, or
 * made with Linux' own calls. Connected, listening and bound ones are known as such.
 *
 * @param fd         a socket of IPv4, IPv6 or AF_UNIX (streams); it is the library's from then on,
 *                   and closesocket() closes it
 * @return the socket, with the overlapped attribute; INVALID_SOCKET (all ones) with
 *         WSAGetLastError() WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS, WSAENOTSOCK (`fd` is
 *         no socket), WSAEAFNOSUPPORT, WSAESOCKTNOSUPPORT, or WSAENOBUFS, after which `fd` is
 *         closed
 * Linux:   it becomes O_NONBLOCK, also for other processes that have it.
 * Source:  our own.
 */
__attribute__((visibility("default"))) uintptr_t ws2_adopt(int fd);

/**
 * Says whether children that this thread forks from now on keep the descriptors of its process'
 * inheritable sockets, as CreateProcess() is told with bInheritHandles. They keep their numbers
 * (ws2_fd()), also when the child executes another program, which can take them with ws2_adopt().
 *
 * @param inherit    0 (so it is at first): no; anything else: yes, but for sockets made with
 *                   WSA_FLAG_NO_HANDLE_INHERIT or changed by SetHandleInformation()
 * @return what was said before: 0 or 1
 * Linux:   only fork() asks. posix_spawn(), system() and popen() hand on what they are told to.
 * Source:  our own.
 */
__attribute__((visibility("default"))) int ws2_inherit_handles(int inherit);

#ifdef __cplusplus
}
#endif

#endif /* WS2RING_H */
