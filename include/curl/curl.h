/* SPDX-License-Identifier: MIT */
/*
 * Stands before libcurl's own header, so that a Windows file may use both. The libcurl of a Linux
 * system was built for POSIX sockets: its sockets are file descriptors (int), its fd_set is libc's,
 * and neither may turn into Winsock's because the file says _WIN32. <sys/socket.h>, which it
 * includes, steps aside for that time.
 *
 * A Windows file is one that included a Winsock header before or has the Windows flavour of the
 * compile flags; for every other file this header does nothing.
 */
#pragma GCC system_header
#if defined(WS2RING_WINSOCK_NAMES) || defined(_WIN32) || defined(WIN32)
#include <winsock2.h>
#include <ws2tcpip.h>
#pragma push_macro("_WIN32")
#pragma push_macro("WIN32")
#pragma push_macro("fd_set")
#undef _WIN32
#undef WIN32
#undef fd_set
#define WS2RING_INSIDE_CURL 1
#include_next <curl/curl.h>
#undef WS2RING_INSIDE_CURL
#pragma pop_macro("_WIN32")
#pragma pop_macro("WIN32")
#pragma pop_macro("fd_set")
#else
#include_next <curl/curl.h>
#endif
