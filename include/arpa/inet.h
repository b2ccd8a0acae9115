/* SPDX-License-Identifier: MIT */
/* Stands before the system's <arpa/inet.h>, and refuses it after a Winsock header. */
#pragma GCC system_header
#if defined(WS2RING_WINSOCK_NAMES)
#error "ws2ring: <arpa/inet.h> was included after a Winsock header. They define the same \
names with different meanings: keep them in separate source files."
#else
#include_next <arpa/inet.h>
#endif
