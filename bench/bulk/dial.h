/* SPDX-License-Identifier: MIT
 *
 * A plain connection to the peer of a bulk transfer. */
#ifndef WS2RING_BENCH_DIAL_H
#define WS2RING_BENCH_DIAL_H

#include <stdbool.h>
#include <stddef.h>

/* A blocking socket, connected to 127.0.0.1, with the direction told. Ends the program if it
 * fails. */
int dial_peer(int port, char direction);
/* Ends the connection: once the peer has everything, or, when it is the one who sends, at once. */
void dial_end(int fd, char direction);

#endif
