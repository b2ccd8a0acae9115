/* SPDX-License-Identifier: MIT */
/*
 * Ways of being told: readiness through a completion port (ProcessSocketNotifications), and how a
 * name space reports a change (WSANSPIoctl). Types and values only. Part of winsock2.h.
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
    DWORD registrationResult; /* a Win32 code */
} SOCK_NOTIFY_REGISTRATION;

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
