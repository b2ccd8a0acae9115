/* SPDX-License-Identifier: MIT */
/*
 * Stands before the system's <sys/poll.h>, which <poll.h> includes. After winsock2.h libc's struct
 * pollfd and poll() keep their own names for the compiler, and POLL* stay Winsock's values.
 */
#pragma GCC system_header
#if defined(WS2RING_RENAMED) && !defined(_SYS_POLL_H)
#pragma push_macro("pollfd")
#pragma push_macro("POLLERR")
#pragma push_macro("POLLHUP")
#pragma push_macro("POLLIN")
#pragma push_macro("POLLNVAL")
#pragma push_macro("POLLOUT")
#pragma push_macro("POLLPRI")
#pragma push_macro("POLLRDBAND")
#pragma push_macro("POLLRDNORM")
#pragma push_macro("POLLWRBAND")
#pragma push_macro("POLLWRNORM")
#undef pollfd
#include_next <sys/poll.h>
#pragma pop_macro("pollfd")
#pragma pop_macro("POLLERR")
#pragma pop_macro("POLLHUP")
#pragma pop_macro("POLLIN")
#pragma pop_macro("POLLNVAL")
#pragma pop_macro("POLLOUT")
#pragma pop_macro("POLLPRI")
#pragma pop_macro("POLLRDBAND")
#pragma pop_macro("POLLRDNORM")
#pragma pop_macro("POLLWRBAND")
#pragma pop_macro("POLLWRNORM")
#else
#include_next <sys/poll.h>
#endif
