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

#ifdef __cplusplus
}
#endif

#endif /* WS2RING_H */
