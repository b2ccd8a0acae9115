/* SPDX-License-Identifier: MIT */
/* Win32 messages for error codes and the tick count. Part of windows.h. */
#ifndef WS2RING_PART_MESSAGE_H
#define WS2RING_PART_MESSAGE_H

WS2RING_BEGIN_DECLS

WS2RING_END_DECLS

#endif
