/* SPDX-License-Identifier: MIT */
/*
 * Ways of being told: readiness through a completion port (ProcessSocketNotifications), and how a
 * name space reports a change (WSANSPIoctl: types and values only). Part of winsock2.h.
 */
#ifndef WS2RING_PART_NOTIFY_H
#define WS2RING_PART_NOTIFY_H

#include <ws2def.h>

/* ---- ProcessSocketNotifications() ---- */

/* What to watch for. */
#define SOCK_NOTIFY_REGISTER_EVENT_NONE   0x00
#define SOCK_NOTIFY_REGISTER_EVENT_IN     0x01
#define SOCK_NOTIFY_REGISTER_EVENT_OUT    0x02
#define SOCK_NOTIFY_REGISTER_EVENT_HANGUP 0x04
#define SOCK_NOTIFY_REGISTER_EVENTS_ALL   0x07

/* What was seen. */
#define SOCK_NOTIFY_EVENT_IN     0x01
#define SOCK_NOTIFY_EVENT_OUT    0x02
#define SOCK_NOTIFY_EVENT_HANGUP 0x04
#define SOCK_NOTIFY_EVENT_ERR    0x40
#define SOCK_NOTIFY_EVENT_REMOVE 0x80
#define SOCK_NOTIFY_EVENTS_ALL   0xC7

/* SOCK_NOTIFY_REGISTRATION.operation */
#define SOCK_NOTIFY_OP_NONE    0x00
#define SOCK_NOTIFY_OP_ENABLE  0x01
#define SOCK_NOTIFY_OP_DISABLE 0x02
#define SOCK_NOTIFY_OP_REMOVE  0x04

/* SOCK_NOTIFY_REGISTRATION.triggerFlags */
#define SOCK_NOTIFY_TRIGGER_ONESHOT    0x01
#define SOCK_NOTIFY_TRIGGER_PERSISTENT 0x02
#define SOCK_NOTIFY_TRIGGER_LEVEL      0x04
#define SOCK_NOTIFY_TRIGGER_EDGE       0x08
#define SOCK_NOTIFY_TRIGGER_ALL        0x0F

typedef struct SOCK_NOTIFY_REGISTRATION {
    SOCKET socket;
    PVOID completionKey;
    UINT16 eventFilter;
    UINT8 operation;
    UINT8 triggerFlags;
    DWORD registrationResult; /* 0, or why this entry changed nothing */
} SOCK_NOTIFY_REGISTRATION;

WS2RING_BEGIN_DECLS

/**
 * Registers sockets with a completion port, which then gets a packet when a socket is ready; and
 * takes packets from that port, of these and of any other kind.
 *
 * Each registration has one packet: what happens while it is queued is told as one. A level
 * condition is told again and again while it holds; an edge is told when it begins to hold, which
 * takes a call that drained the socket before. SOCK_NOTIFY_EVENT_REMOVE is the last packet of a
 * registration; closesocket() removes without one.
 *
 * @param port                what CreateIoCompletionPort() returned
 * @param registration_count  entries of `registrations`; 0: none, and then it must be NULL
 * @param registrations       what to change, in order. `operation` is SOCK_NOTIFY_OP_NONE, _ENABLE
 *                            (also of a socket that is registered: filter and trigger are replaced,
 *                            the key stays), _DISABLE or _REMOVE. Enabling needs one of
 *                            SOCK_NOTIFY_TRIGGER_LEVEL and _EDGE, and may add one of _ONESHOT
 *                            (disabled by its next packet) and _PERSISTENT (else). Each entry's
 *                            registrationResult receives 0, WSAENOTSOCK (`socket`), WSAEINVAL
 *                            (flags; or registered with another port), ERROR_NOT_FOUND (nothing to
 *                            disable or remove) or WSAENOBUFS
 * @param timeout             milliseconds to wait for a packet; 0 polls, INFINITE never expires
 * @param completion_count    room in `entries`; 0: takes nothing, and then the time-out must be 0
 *                            and the two pointers NULL
 * @param entries             receives the packets: the key; the SOCK_NOTIFY_EVENT_* that
 *                            SocketNotificationRetrieveEvents() reads
 * @param received_count      receives how many there are
 * @return 0, or WAIT_TIMEOUT: no packet came, the registrations were done. Any other code, and
 *         nothing was changed: WSANOTINITIALISED, WSAENETDOWN, WSAEINPROGRESS, WSAEINVAL (counts
 *         and pointers do not fit), WSAENOTSOCK (`port`; also when it is closed during the wait),
 *         WSAEFAULT (`registrations` cannot be read) or WSAENOBUFS. The last error stays as it is
 * Linux:   polls that stay with a ring thread, and a poll(2) when a packet is taken.
 * Source:  Microsoft Learn, "ProcessSocketNotifications function"; docs/calls for check order.
 */
WS2RING_API DWORD WSAAPI ProcessSocketNotifications(HANDLE port, UINT32 registration_count,
                                                    SOCK_NOTIFY_REGISTRATION *registrations,
                                                    UINT32 timeout, ULONG completion_count,
                                                    OVERLAPPED_ENTRY *entries,
                                                    UINT32 *received_count)
    WS2RING_SYM(ProcessSocketNotifications);

/**
 * What a packet of a registered socket tells: SOCK_NOTIFY_EVENT_*.
 *
 * @param notification  an entry of ProcessSocketNotifications() or GetQueuedCompletionStatusEx()
 * Source:  Microsoft Learn, "SocketNotificationRetrieveEvents function".
 */
static inline UINT32 SocketNotificationRetrieveEvents(OVERLAPPED_ENTRY *notification)
{
    return (UINT32)notification->dwNumberOfBytesTransferred;
}

WS2RING_END_DECLS

/* ---- WSANSPIoctl() ---- */

typedef enum _WSACOMPLETIONTYPE {
    NSP_NOTIFY_IMMEDIATELY = 0,
    NSP_NOTIFY_HWND,
    NSP_NOTIFY_EVENT,
    NSP_NOTIFY_PORT,
    NSP_NOTIFY_APC
} WSACOMPLETIONTYPE,
    *PWSACOMPLETIONTYPE, *LPWSACOMPLETIONTYPE;

typedef struct _WSACOMPLETION {
    WSACOMPLETIONTYPE Type;
    union {
        struct {
            HWND hWnd;
            UINT uMsg;
            WPARAM context;
        } WindowMessage;
        struct {
            LPWSAOVERLAPPED lpOverlapped;
        } Event;
        struct {
            LPWSAOVERLAPPED lpOverlapped;
            LPWSAOVERLAPPED_COMPLETION_ROUTINE lpfnCompletionProc;
        } Apc;
        struct {
            LPWSAOVERLAPPED lpOverlapped;
            HANDLE hPort;
            ULONG_PTR Key;
        } Port;
    } Parameters;
} WSACOMPLETION, *PWSACOMPLETION, *LPWSACOMPLETION;

#endif /* WS2RING_PART_NOTIFY_H */
