/* SPDX-License-Identifier: MIT */
/* What connect_by.c and connect_by_wide.c share: everything but the width of the text. */
#ifndef CORE_API_CONNECT_BY_H
#define CORE_API_CONNECT_BY_H

#include <winsock2.h>

/* The arguments that both calls have. */
struct connect_by_call {
    SOCKET s;
    LPDWORD local_bytes;
    LPSOCKADDR local;
    LPDWORD remote_bytes;
    LPSOCKADDR remote;
    const struct timeval *timeout;
    LPWSAOVERLAPPED reserved;
};

/* WSAConnectByName() with text of `width` bytes a character: 1, 2 or 4. */
BOOL connect_by_name(const struct connect_by_call *call, const void *node, const void *service,
                     unsigned width);

#endif
