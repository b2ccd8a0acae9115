/* SPDX-License-Identifier: MIT */
/* Registered I/O: types, values and the types of the functions in its table. Part of mswsock.h. */
#ifndef WS2RING_PART_RIO_H
#define WS2RING_PART_RIO_H

#include <winsock2.h>

/* ---- Handles of buffers, completion queues and request queues ---- */

typedef struct RIO_BUFFERID_t *RIO_BUFFERID, **PRIO_BUFFERID;
typedef struct RIO_CQ_t *RIO_CQ, **PRIO_CQ;
typedef struct RIO_RQ_t *RIO_RQ, **PRIO_RQ;

#define RIO_INVALID_BUFFERID ((RIO_BUFFERID)(ULONG_PTR)0xFFFFFFFF)
#define RIO_INVALID_CQ       ((RIO_CQ)0)
#define RIO_INVALID_RQ       ((RIO_RQ)0)
#define RIO_MAX_CQ_SIZE      0x8000000
#define RIO_CORRUPT_CQ       0xFFFFFFFF

/* Flags of a request. */
#define RIO_MSG_DONT_NOTIFY 0x00000001
#define RIO_MSG_DEFER       0x00000002
#define RIO_MSG_WAITALL     0x00000004
#define RIO_MSG_COMMIT_ONLY 0x00000008

/* ---- Structures ---- */

/* One finished request. */
typedef struct _RIORESULT {
    LONG Status;
    ULONG BytesTransferred;
    ULONGLONG SocketContext;
    ULONGLONG RequestContext;
} RIORESULT, *PRIORESULT;

/* A piece of a registered buffer, in bytes. */
typedef struct _RIO_BUF {
    RIO_BUFFERID BufferId;
    ULONG Offset;
    ULONG Length;
} RIO_BUF, *PRIO_BUF;

/* What a buffer for control messages begins with. */
typedef struct _RIO_CMSG_BUFFER {
    ULONG TotalLength;
} RIO_CMSG_BUFFER, *PRIO_CMSG_BUFFER;

typedef enum _RIO_NOTIFICATION_COMPLETION_TYPE {
    RIO_EVENT_COMPLETION = 1,
    RIO_IOCP_COMPLETION = 2
} RIO_NOTIFICATION_COMPLETION_TYPE,
    *PRIO_NOTIFICATION_COMPLETION_TYPE;

/* How RIONotify() tells that results wait. */
typedef struct _RIO_NOTIFICATION_COMPLETION {
    RIO_NOTIFICATION_COMPLETION_TYPE Type;
    __extension__ union {
        struct {
            HANDLE EventHandle;
            BOOL NotifyReset;
        } Event;
        struct {
            HANDLE IocpHandle;
            PVOID CompletionKey;
            PVOID Overlapped;
        } Iocp;
    };
} RIO_NOTIFICATION_COMPLETION, *PRIO_NOTIFICATION_COMPLETION;

/* ---- Functions ---- */

typedef BOOL(PASCAL *LPFN_RIORECEIVE)(RIO_RQ queue, PRIO_BUF data, ULONG data_count, DWORD flags,
                                      PVOID context);
typedef int(PASCAL *LPFN_RIORECEIVEEX)(RIO_RQ queue, PRIO_BUF data, ULONG data_count,
                                       PRIO_BUF local, PRIO_BUF remote, PRIO_BUF control,
                                       PRIO_BUF out_flags, DWORD flags, PVOID context);
typedef BOOL(PASCAL *LPFN_RIOSEND)(RIO_RQ queue, PRIO_BUF data, ULONG data_count, DWORD flags,
                                   PVOID context);
typedef BOOL(PASCAL *LPFN_RIOSENDEX)(RIO_RQ queue, PRIO_BUF data, ULONG data_count, PRIO_BUF local,
                                     PRIO_BUF remote, PRIO_BUF control, PRIO_BUF out_flags,
                                     DWORD flags, PVOID context);
typedef void(PASCAL *LPFN_RIOCLOSECOMPLETIONQUEUE)(RIO_CQ queue);
typedef RIO_CQ(PASCAL *LPFN_RIOCREATECOMPLETIONQUEUE)(DWORD size,
                                                      PRIO_NOTIFICATION_COMPLETION notification);
typedef RIO_RQ(PASCAL *LPFN_RIOCREATEREQUESTQUEUE)(SOCKET s, ULONG receives, ULONG receive_buffers,
                                                   ULONG sends, ULONG send_buffers,
                                                   RIO_CQ receive_queue, RIO_CQ send_queue,
                                                   PVOID context);
typedef ULONG(PASCAL *LPFN_RIODEQUEUECOMPLETION)(RIO_CQ queue, PRIORESULT results, ULONG count);
typedef void(PASCAL *LPFN_RIODEREGISTERBUFFER)(RIO_BUFFERID buffer);
typedef INT(PASCAL *LPFN_RIONOTIFY)(RIO_CQ queue);
typedef RIO_BUFFERID(PASCAL *LPFN_RIOREGISTERBUFFER)(PCHAR data, DWORD bytes);
typedef BOOL(PASCAL *LPFN_RIORESIZECOMPLETIONQUEUE)(RIO_CQ queue, DWORD size);
typedef BOOL(PASCAL *LPFN_RIORESIZEREQUESTQUEUE)(RIO_RQ queue, DWORD receives, DWORD sends);

/* What SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER returns for WSAID_MULTIPLE_RIO. */
typedef struct _RIO_EXTENSION_FUNCTION_TABLE {
    DWORD cbSize; /* bytes: of this structure */
    LPFN_RIORECEIVE RIOReceive;
    LPFN_RIORECEIVEEX RIOReceiveEx;
    LPFN_RIOSEND RIOSend;
    LPFN_RIOSENDEX RIOSendEx;
    LPFN_RIOCLOSECOMPLETIONQUEUE RIOCloseCompletionQueue;
    LPFN_RIOCREATECOMPLETIONQUEUE RIOCreateCompletionQueue;
    LPFN_RIOCREATEREQUESTQUEUE RIOCreateRequestQueue;
    LPFN_RIODEQUEUECOMPLETION RIODequeueCompletion;
    LPFN_RIODEREGISTERBUFFER RIODeregisterBuffer;
    LPFN_RIONOTIFY RIONotify;
    LPFN_RIOREGISTERBUFFER RIORegisterBuffer;
    LPFN_RIORESIZECOMPLETIONQUEUE RIOResizeCompletionQueue;
    LPFN_RIORESIZEREQUESTQUEUE RIOResizeRequestQueue;
} RIO_EXTENSION_FUNCTION_TABLE, *PRIO_EXTENSION_FUNCTION_TABLE;

/* clang-format off */
#define WSAID_MULTIPLE_RIO \
    { 0x8509e081, 0x96dd, 0x4005, { 0xb1, 0x65, 0x9e, 0x2e, 0xe8, 0xc7, 0x9e, 0x3f } }
/* clang-format on */

#endif /* WS2RING_PART_RIO_H */
