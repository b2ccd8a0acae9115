/* SPDX-License-Identifier: MIT */
/* Stands before the system's <netdb.h>, and refuses it after a Winsock header. */
#pragma GCC system_header
#if defined(WS2RING_WINSOCK_NAMES)
#error "ws2ring: <netdb.h> was included after a Winsock header. They define the same \
names with different meanings: keep them in separate source files."
#else
#include_next <netdb.h>
#endif
