/* SPDX-License-Identifier: MIT */
/*
 * Stands before the system's <sys/socket.h> and steps aside at once, unless a Winsock header came
 * first: then it says in plain words what would otherwise be a page of redefinition errors. The
 * other POSIX socket headers (<netinet/in.h>, <arpa/inet.h>, <netdb.h>) have the like.
 */
#pragma GCC system_header
#if defined(WS2RING_INSIDE_CURL)
/* All that <curl/curl.h> needs is a type for lengths: Winsock's own sockaddr has libc's layout. */
#elif defined(WS2RING_WINSOCK_NAMES)
#error "ws2ring: <sys/socket.h>, or a header that needs it, was included after a Winsock header. \
They define the same names with different meanings: keep them in separate source files."
#else
#include_next <sys/socket.h>
#endif
