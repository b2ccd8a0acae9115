/* SPDX-License-Identifier: MIT */
/*
 * Stands before the system's <sys/socket.h> and steps aside at once, unless a Winsock header came
 * first: then it says in plain words what would otherwise be a page of redefinition errors. Every
 * other POSIX socket header (<netinet/in.h>, <arpa/inet.h>, <netdb.h>) arrives here too.
 */
#pragma GCC system_header
#if defined(WS2RING_WINSOCK_NAMES)
#error "ws2ring: <sys/socket.h>, or a header that needs it, was included after a Winsock header. \
Both define the same names with different meanings: keep them in separate source files."
#else
#include_next <sys/socket.h>
#endif
