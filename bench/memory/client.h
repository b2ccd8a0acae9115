/* SPDX-License-Identifier: MIT */
/* The other ends of the connections: a process of plain Linux sockets. */
#ifndef BENCH_MEMORY_CLIENT_H
#define BENCH_MEMORY_CLIENT_H

#include <stdint.h>

/* Forks the client; to be called before anything else. Returns the descriptor for commands, or -1
 * with errno. The client ends when it is closed. */
int client_start(void);

/* Has the client open `count` connections to a port of 127.0.0.1 (host order) and hold them. Does
 * not wait for them. 0 or -1. */
int client_connect(int commands, uint16_t port, uint32_t count);

#endif /* BENCH_MEMORY_CLIENT_H */
