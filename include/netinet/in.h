/* SPDX-License-Identifier: MIT */
/* Stands before the system's <netinet/in.h>, and refuses it after a Winsock header. */
#pragma GCC system_header
#if defined(WS2RING_WINSOCK_NAMES)
#error "ws2ring: <netinet/in.h> was included after a Winsock header. They define the same \
names with different meanings: keep them in separate source files."
#else
#include_next <netinet/in.h>
#endif
