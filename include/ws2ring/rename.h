/* SPDX-License-Identifier: MIT */
/*
 * Names that both libc and Winsock define, with different meanings. libc's come first, then macros
 * give ours another name in the compiler: source says fd_set and means ws2_fd_set. The shadow
 * headers beside this folder (unistd.h, sys/poll.h, sys/ioctl.h) lift the macros while a header of
 * libc's is read later. Part of winsock2.h; windows.h alone renames nothing but u_long.
 */
#ifndef WS2RING_PART_RENAME_H
#define WS2RING_PART_RENAME_H

#include <ws2ring/base.h>
/* After base.h, which takes care of FD_SETSIZE. */
#include <sys/select.h>
#include <ws2ring/fd_setsize.h>

/* Read by the shadow headers. */
#define WS2RING_RENAMED 1

/* <sys/select.h>; libc's struct timeval stays, select() takes it. */
#undef FD_CLR
#undef FD_ISSET
#undef FD_SET
#undef FD_ZERO
#define fd_set ws2_fd_set
#define select ws2_select

/* <unistd.h> */
#define gethostname ws2_gethostname

/* <poll.h> */
#undef POLLERR
#undef POLLHUP
#undef POLLIN
#undef POLLNVAL
#undef POLLOUT
#undef POLLPRI
#undef POLLRDBAND
#undef POLLRDNORM
#undef POLLWRBAND
#undef POLLWRNORM
#define pollfd ws2_pollfd

#endif /* WS2RING_PART_RENAME_H */
