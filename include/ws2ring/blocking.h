/* SPDX-License-Identifier: MIT */
/*
 * The calls of Winsock 1.1 that later versions dropped: a hook that runs while a call blocks, and
 * ending that call. They serve a process once any WSAStartup() of it has asked for version 1.0 or
 * 1.1, up to its last WSACleanup(). Part of winsock2.h.
 */
#ifndef WS2RING_PART_BLOCKING_H
#define WS2RING_PART_BLOCKING_H

WS2RING_BEGIN_DECLS

/**
 * Chooses the function that the calling thread calls again and again while one of its calls blocks.
 *
 * @param hook       takes nothing and returns BOOL: TRUE to be called again at once, FALSE to be
 *                   called after a pause. In it every Winsock call fails with WSAEINPROGRESS, but
 *                   WSAIsBlocking(), WSACancelBlockingCall() and those that document no such code
 * @return the hook before, which may be given back later; at first a function that returns FALSE.
 *         NULL with WSAGetLastError() WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS (called by a
 *         hook or another callback), WSAEOPNOTSUPP (nobody asked for version 1.x) or WSAEFAULT
 *         (`hook` is NULL)
 * Linux:   the pause is 10 ms, or shorter when the call ends. A thread with a hook waits through a
 *          thread of the library, which costs a little; other threads are not concerned.
 * Source:  Windows Sockets 1.1 (1993) and Windows Sockets 2 API 2.2.2 (1997),
 *          "WSASetBlockingHook()"; docs/calls for check order.
 */
WS2RING_API FARPROC WSAAPI WSASetBlockingHook(FARPROC hook) WS2RING_SYM(WSASetBlockingHook);

/**
 * Gives the calling thread its first hook back, which does nothing.
 *
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS or
 *         WSAEOPNOTSUPP, as WSASetBlockingHook()
 * Source:  as WSASetBlockingHook(), "WSAUnhookBlockingHook()".
 */
WS2RING_API int WSAAPI WSAUnhookBlockingHook(void) WS2RING_SYM(WSAUnhookBlockingHook);

/**
 * Tells a hook, or a call queued to the thread, that it runs inside a call that blocks.
 *
 * @return TRUE: inside of one; FALSE: not, or nobody asked for version 1.x. The last error stays
 * Source:  as WSASetBlockingHook(), "WSAIsBlocking()".
 */
WS2RING_API BOOL WSAAPI WSAIsBlocking(void) WS2RING_SYM(WSAIsBlocking);

/**
 * Ends the call that the thread is blocked in, which then fails with WSAEINTR; from a hook, or from
 * a call queued to the thread. A call that has ended meanwhile succeeds all the same, and one that
 * was cancelled has taken no data and no connection. Accepting, waiting and receiving can go on
 * afterwards; a socket whose connect was cancelled is not connected; one whose send was, and had
 * sent a part, is reset, and everything but closesocket() fails on it with WSAECONNABORTED.
 *
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENETDOWN, WSAEOPNOTSUPP
 *         (nobody asked for version 1.x) or WSAEINVAL (the thread is not blocked)
 * Source:  as WSASetBlockingHook(), "WSACancelBlockingCall()".
 */
WS2RING_API int WSAAPI WSACancelBlockingCall(void) WS2RING_SYM(WSACancelBlockingCall);

WS2RING_END_DECLS

#endif
