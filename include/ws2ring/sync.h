/* SPDX-License-Identifier: MIT */
/* Win32 objects to wait for, alertable waits, thread-local storage. Part of windows.h. */
#ifndef WS2RING_PART_SYNC_H
#define WS2RING_PART_SYNC_H

WS2RING_BEGIN_DECLS

WS2RING_END_DECLS

#endif
