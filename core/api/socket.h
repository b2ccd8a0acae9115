/* SPDX-License-Identifier: MIT */
/* What socket.c and socket_wide.c share. */
#ifndef CORE_API_SOCKET_H
#define CORE_API_SOCKET_H

#include <winsock2.h>

/* WSASocketA() and both widths of WSASocketW(): every field that is looked at stands before
 * szProtocol, the only one whose layout differs. `info` may be NULL. */
SOCKET socket_create(const int *triple, const void *info, GROUP group, DWORD flags);

#endif
