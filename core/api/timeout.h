/* SPDX-License-Identifier: MIT */
/* A time-out given as a struct timeval: select, WSAConnectByName and WSAConnectByList. */
#ifndef CORE_API_TIMEOUT_H
#define CORE_API_TIMEOUT_H

#include <winsock2.h>

#include <stdint.h>

/* The time at which it is over: PARK_FOREVER for NULL, and for more than 30 years; 0 for none at
 * all. 0, WSAEFAULT, or WSAEINVAL (negative). */
int timeout_deadline(const struct timeval *timeout, int64_t *deadline_ns);

#endif
