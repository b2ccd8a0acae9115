/* SPDX-License-Identifier: MIT */
/*
 * The protocols there are: one row each, for WSAEnumProtocols(), for getsockopt(SO_PROTOCOL_INFO)
 * and for WSADuplicateSocket(). The rows never change, so there is no lock.
 */
#ifndef CORE_BASE_CATALOG_H
#define CORE_BASE_CATALOG_H

#include <winsock2.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The name comes last in WSAPROTOCOL_INFO, and alone differs between A, W and the widths of WCHAR.
 * A width is 1, 2 or 4. */
enum { CATALOG_FIXED_BYTES = offsetof(WSAPROTOCOL_INFOA, szProtocol) };
#define CATALOG_BYTES(width)   (CATALOG_FIXED_BYTES + (WSAPROTOCOL_LEN + 1) * (width))
#define CATALOG_INFO_BYTES_MAX CATALOG_BYTES(4)

unsigned catalog_count(void);

/* Writes entry `index`, CATALOG_BYTES(width) long, with no regard to alignment. */
void catalog_write(unsigned index, unsigned width, void *to);

/* Is the entry one that WSAEnumProtocols() shows for this list, which ends with 0 or is NULL? */
bool catalog_listed(unsigned index, const int *protocols);

/* The entry of a socket; raw ones have one for all protocols. */
unsigned catalog_of(int family, int type);

#endif
