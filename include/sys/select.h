/* SPDX-License-Identifier: MIT */
/*
 * Stands before the system's <sys/select.h>, which sets FD_SETSIZE to its own value without asking.
 * A value that the user set before is put aside here; ws2ring/fd_setsize.h restores it. In a file
 * for Windows (_WIN32) that happens at once, so that the user may also set one later.
 */
#pragma GCC system_header
#if defined(_SYS_SELECT_H)
#if defined(WS2RING_BASE_H) && !defined(WS2RING_RENAMED) && !defined(FD_SETSIZE) && !defined(_WIN32)
/* windows.h alone took libc's value away, and here somebody asks for it. */
#define FD_SETSIZE __FD_SETSIZE
#endif
#else
#if defined(FD_SETSIZE)
#pragma push_macro("FD_SETSIZE")
#define WS2RING_FD_SETSIZE_SAVED 1
#undef FD_SETSIZE
#endif
#include_next <sys/select.h>
#if defined(_WIN32)
#include <ws2ring/fd_setsize.h>
#endif
#endif
