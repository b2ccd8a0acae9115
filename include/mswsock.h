/* SPDX-License-Identifier: MIT */
/*
 * Microsoft's extensions to Winsock. AcceptEx and GetAcceptExSockaddrs can be called directly; all
 * of them, ConnectEx and DisconnectEx only so, can be had from WSAIoctl() with
 * SIO_GET_EXTENSION_FUNCTION_POINTER and the WSAID_ value of the function.
 */
#ifndef WS2RING_MSWSOCK_H
#define WS2RING_MSWSOCK_H

#ifndef _MSWSOCK_
#define _MSWSOCK_
#endif

#include <winsock2.h>

/* ---- Options of level SOL_SOCKET ---- */

#define SO_SYNCHRONOUS_ALERT      0x0010
#define SO_SYNCHRONOUS_NONALERT   0x0020
#define SO_CONNDATA               0x7000
#define SO_CONNOPT                0x7001
#define SO_DISCDATA               0x7002
#define SO_DISCOPT                0x7003
#define SO_CONNDATALEN            0x7004
#define SO_CONNOPTLEN             0x7005
#define SO_DISCDATALEN            0x7006
#define SO_DISCOPTLEN             0x7007
#define SO_OPENTYPE               0x7008
#define SO_MAXDG                  0x7009
#define SO_MAXPATHDG              0x700a
#define SO_UPDATE_ACCEPT_CONTEXT  0x700b
#define SO_CONNECT_TIME           0x700c
#define SO_UPDATE_CONNECT_CONTEXT 0x7010

/* Level IPPROTO_TCP. */
#define TCP_BSDURGENT 0x7000

/* ---- Control codes ---- */

#define SIO_BSP_HANDLE             _WSAIOR(IOC_WS2, 27)
#define SIO_BSP_HANDLE_SELECT      _WSAIOR(IOC_WS2, 28)
#define SIO_BSP_HANDLE_POLL        _WSAIOR(IOC_WS2, 29)
#define SIO_BASE_HANDLE            _WSAIOR(IOC_WS2, 34)
#define SIO_UDP_CONNRESET          _WSAIOW(IOC_VENDOR, 12)
#define SIO_UDP_NETRESET           _WSAIOW(IOC_VENDOR, 15)
#define SIO_SET_COMPATIBILITY_MODE _WSAIOW(IOC_VENDOR, 300)
#define SIO_EXT_SELECT             _WSAIORW(IOC_WS2, 30)
#define SIO_EXT_POLL               _WSAIORW(IOC_WS2, 31)
#define SIO_EXT_SENDMSG            _WSAIORW(IOC_WS2, 32)

/* ---- Flags ---- */

/* DisconnectEx() and TransmitFile() */
#define TF_USE_DEFAULT_WORKER 0x00
#define TF_DISCONNECT         0x01
#define TF_REUSE_SOCKET       0x02
#define TF_WRITE_BEHIND       0x04
#define TF_USE_SYSTEM_THREAD  0x10
#define TF_USE_KERNEL_APC     0x20
#define DE_REUSE_SOCKET       TF_REUSE_SOCKET

/* TransmitPackets() */
#define TP_USE_DEFAULT_WORKER 0x00
#define TP_DISCONNECT         0x01
#define TP_ELEMENT_MEMORY     0x01
#define TP_ELEMENT_FILE       0x02
#define TP_REUSE_SOCKET       0x02
#define TP_ELEMENT_EOP        0x04
#define TP_USE_SYSTEM_THREAD  0x10
#define TP_USE_KERNEL_APC     0x20

/* What WSARecvMsg() reports about a message. */
#define MSG_TRUNC  0x0100
#define MSG_CTRUNC 0x0200
#define MSG_BCAST  0x0400
#define MSG_MCAST  0x0800

/* ---- Extension functions by name, as initialisers of a GUID ---- */

/* clang-format off */
#define WSAID_ACCEPTEX \
    { 0xb5367df1, 0xcbac, 0x11cf, { 0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92 } }
#define WSAID_CONNECTEX \
    { 0x25a207b9, 0xddf3, 0x4660, { 0x8e, 0xe9, 0x76, 0xe5, 0x8c, 0x74, 0x06, 0x3e } }
#define WSAID_DISCONNECTEX \
    { 0x7fda2e11, 0x8630, 0x436f, { 0xa0, 0x31, 0xf5, 0x36, 0xa6, 0xee, 0xc1, 0x57 } }
#define WSAID_GETACCEPTEXSOCKADDRS \
    { 0xb5367df2, 0xcbac, 0x11cf, { 0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92 } }
#define WSAID_TRANSMITFILE \
    { 0xb5367df0, 0xcbac, 0x11cf, { 0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92 } }
#define WSAID_TRANSMITPACKETS \
    { 0xd9689da0, 0x1f90, 0x11d3, { 0x99, 0x71, 0x00, 0xc0, 0x4f, 0x68, 0xc8, 0x76 } }
#define WSAID_WSARECVMSG \
    { 0xf689d7c8, 0x6f1f, 0x436b, { 0x8a, 0x53, 0xe5, 0x4f, 0xe3, 0x51, 0xc3, 0x22 } }
#define WSAID_WSAPOLL \
    { 0x18c76f85, 0xdc66, 0x4964, { 0x97, 0x2e, 0x23, 0xc2, 0x72, 0x38, 0x31, 0x2b } }
#define WSAID_WSASENDMSG \
    { 0xa441e712, 0x754f, 0x43ca, { 0x84, 0xa7, 0x0d, 0xee, 0x44, 0xcf, 0x60, 0x6d } }
/* clang-format on */

/* ---- Structures ---- */

/* What TransmitFile() sends before and behind the file; lengths in bytes. */
typedef struct _TRANSMIT_FILE_BUFFERS {
    LPVOID Head;
    DWORD HeadLength;
    LPVOID Tail;
    DWORD TailLength;
} TRANSMIT_FILE_BUFFERS, *PTRANSMIT_FILE_BUFFERS, *LPTRANSMIT_FILE_BUFFERS;

/* One piece of what TransmitPackets() sends: memory, or part of a file. */
typedef struct _TRANSMIT_PACKETS_ELEMENT {
    ULONG dwElFlags; /* TP_ELEMENT_ values */
    ULONG cLength;   /* bytes */
    __extension__ union {
        __extension__ struct {
            LARGE_INTEGER nFileOffset;
            HANDLE hFile;
        };
        PVOID pBuffer;
    };
} TRANSMIT_PACKETS_ELEMENT, *PTRANSMIT_PACKETS_ELEMENT, *LPTRANSMIT_PACKETS_ELEMENT;

/* SIO_SET_COMPATIBILITY_MODE */
typedef enum _WSA_COMPATIBILITY_BEHAVIOR_ID {
    WsaBehaviorAll = 0,
    WsaBehaviorReceiveBuffering = 1,
    WsaBehaviorAutoTuning = 2
} WSA_COMPATIBILITY_BEHAVIOR_ID,
    *PWSA_COMPATIBILITY_BEHAVIOR_ID;

typedef struct _WSA_COMPATIBILITY_MODE {
    WSA_COMPATIBILITY_BEHAVIOR_ID BehaviorId;
    ULONG TargetOsVersion;
} WSA_COMPATIBILITY_MODE, *PWSA_COMPATIBILITY_MODE;

/* ---- Types of the extension functions ---- */

/** AcceptEx(); see its declaration. */
typedef BOOL(PASCAL *LPFN_ACCEPTEX)(SOCKET listener, SOCKET accepted, PVOID output,
                                    DWORD receive_bytes, DWORD local_bytes, DWORD remote_bytes,
                                    LPDWORD received, LPOVERLAPPED overlapped);

/** GetAcceptExSockaddrs(); see its declaration. */
typedef void(PASCAL *LPFN_GETACCEPTEXSOCKADDRS)(PVOID output, DWORD receive_bytes,
                                                DWORD local_bytes, DWORD remote_bytes,
                                                struct sockaddr **local, LPINT local_length,
                                                struct sockaddr **remote, LPINT remote_length);

/**
 * ConnectEx: connects, and may send first data.
 *
 * @param s          a bound socket that is not connected
 * @param name       the peer's address
 * @param namelen    its length, in bytes
 * @param data       what to send once connected, or NULL
 * @param data_bytes its length, in bytes
 * @param sent       receives the bytes sent when the call succeeds at once; may be NULL
 * @param overlapped the operation's state; required
 * @return TRUE: done; FALSE with WSAGetLastError() ERROR_IO_PENDING (started),
 *         WSAEINVAL (not bound, listening, or connecting), ERROR_INVALID_PARAMETER (no
 *         `overlapped`), WSAENOTSOCK, WSAEISCONN, WSAEFAULT or WSAEADDRNOTAVAIL. A refused or
 *         failed connection is the operation's result.
 * Linux:   after SO_UPDATE_CONNECT_CONTEXT every call works on the socket, as on Windows.
 * Source:  Microsoft Learn, "LPFN_CONNECTEX callback function".
 */
typedef BOOL(PASCAL *LPFN_CONNECTEX)(SOCKET s, const struct sockaddr *name, int namelen, PVOID data,
                                     DWORD data_bytes, LPDWORD sent, LPOVERLAPPED overlapped);

/**
 * DisconnectEx: ends a connection, and may make the socket ready for another.
 *
 * @param s          a connected socket
 * @param overlapped the operation's state, or NULL: wait
 * @param flags      0 or TF_REUSE_SOCKET
 * @param reserved   0
 * @return TRUE: done; FALSE with WSAGetLastError() ERROR_IO_PENDING (started), WSAENOTCONN,
 *         WSAENOTSOCK, WSAEINVAL or WSAEFAULT
 * Source:  Microsoft Learn, "LPFN_DISCONNECTEX callback function".
 */
typedef BOOL(PASCAL *LPFN_DISCONNECTEX)(SOCKET s, LPOVERLAPPED overlapped, DWORD flags,
                                        DWORD reserved);

/** TransmitFile(); see its declaration. */
typedef BOOL(PASCAL *LPFN_TRANSMITFILE)(SOCKET s, HANDLE file, DWORD file_bytes, DWORD each,
                                        LPOVERLAPPED overlapped, LPTRANSMIT_FILE_BUFFERS buffers,
                                        DWORD flags);

/**
 * TransmitPackets: sends pieces of memory and of files, one behind the other.
 *
 * @param s          a connected socket, or a datagram socket with a destination
 * @param elements   the pieces; those of memory must stay until the operation has ended. A file's
 *                   nFileOffset -1 is its position, its cLength 0 all that follows
 * @param count      number of pieces
 * @param each       bytes of a datagram at most; 0 or 0xFFFFFFFF: TP_ELEMENT_EOP alone separates
 *                   them. Has no effect on streams
 * @param overlapped the operation's state, or NULL: wait until everything was sent
 * @param flags      TP_DISCONNECT, TP_REUSE_SOCKET (with it); TP_USE_ flags have no effect
 * @return TRUE: done; FALSE with WSAGetLastError() ERROR_IO_PENDING (started), WSAENOTSOCK (a file
 *         too), WSAENOTCONN, WSAESHUTDOWN, WSAEINVAL (flags, a place outside the file, more than
 *         2,147,483,646 bytes), WSAEFAULT, WSAEACCES (a file that may not be read), WSAENOBUFS,
 *         WSAEMSGSIZE (a datagram too long), WSAECONNRESET or WSAECONNABORTED
 * Source:  Microsoft Learn, "LPFN_TRANSMITPACKETS callback function"; docs/calls for check order.
 */
typedef BOOL(PASCAL *LPFN_TRANSMITPACKETS)(SOCKET s, LPTRANSMIT_PACKETS_ELEMENT elements,
                                           DWORD count, DWORD each, LPOVERLAPPED overlapped,
                                           DWORD flags);

/** WSARecvMsg: receives a datagram with its control messages. */
typedef INT(PASCAL *LPFN_WSARECVMSG)(SOCKET s, LPWSAMSG message, LPDWORD received,
                                     LPWSAOVERLAPPED overlapped,
                                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/** WSASendMsg: sends a datagram with control messages. */
typedef INT(PASCAL *LPFN_WSASENDMSG)(SOCKET s, LPWSAMSG message, DWORD flags, LPDWORD sent,
                                     LPWSAOVERLAPPED overlapped,
                                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/** WSAPoll(); see its declaration. */
typedef INT(WSAAPI *LPFN_WSAPOLL)(LPWSAPOLLFD fds, ULONG count, INT timeout);

WS2RING_BEGIN_DECLS

/**
 * Takes a connection into a socket of the caller, and may receive its first data.
 *
 * @param listener   a listening socket; its port and key get the completion
 * @param accepted   a fresh socket of the same family; use it after SO_UPDATE_ACCEPT_CONTEXT
 * @param output     receives the data and then both addresses, until GetAcceptExSockaddrs()
 * @param receive_bytes  room for data at the start of `output`; 0: do not wait for data
 * @param local_bytes    room for the local address: its size and 16 bytes more
 * @param remote_bytes   room for the peer's address: its size and 16 bytes more
 * @param received   receives the bytes of data when the call succeeds at once; may be NULL
 * @param overlapped the operation's state; required
 * @return TRUE: done; FALSE with WSAGetLastError() ERROR_IO_PENDING (started), WSAENOTSOCK
 *         (either socket), WSAEINVAL (not listening, or `accepted` in use), WSAEFAULT (`output`
 *         or lengths) or ERROR_INVALID_PARAMETER (`overlapped` is NULL)
 * Linux:   `accepted` gets its descriptor when the connection comes.
 * Source:  Microsoft Learn, "AcceptEx function"; docs/calls for check order.
 */
WS2RING_API BOOL PASCAL AcceptEx(SOCKET listener, SOCKET accepted, PVOID output,
                                 DWORD receive_bytes, DWORD local_bytes, DWORD remote_bytes,
                                 LPDWORD received, LPOVERLAPPED overlapped) WS2RING_SYM(AcceptEx);

/**
 * Finds both addresses in the buffer that AcceptEx() filled.
 *
 * @param output     the buffer
 * @param receive_bytes  as given to AcceptEx()
 * @param local_bytes    as given to AcceptEx(); 0 leaves `local` alone
 * @param remote_bytes   as given to AcceptEx()
 * @param local      receives a pointer into `output`
 * @param local_length   receives the length of the local address, in bytes
 * @param remote     receives a pointer into `output`
 * @param remote_length  receives the length of the peer's address, in bytes
 * Linux:   the layout inside `output` is this library's own.
 * Source:  Microsoft Learn, "GetAcceptExSockaddrs function".
 */
WS2RING_API void PASCAL GetAcceptExSockaddrs(PVOID output, DWORD receive_bytes, DWORD local_bytes,
                                             DWORD remote_bytes, struct sockaddr **local,
                                             LPINT local_length, struct sockaddr **remote,
                                             LPINT remote_length) WS2RING_SYM(GetAcceptExSockaddrs);

/**
 * Receives like recv(), but a datagram that does not fit is a partial message and no error.
 *
 * @param s     a connected stream, or a bound or connected datagram socket
 * @param buf   where the data go
 * @param len   room in bytes
 * @param flags receives MSG_PARTIAL for a datagram that was cut, whose rest is lost, else 0; what
 *              it was before is not looked at
 * @return the bytes received; 0: an empty datagram, or the peer has ended the stream. SOCKET_ERROR
 *         with WSAGetLastError() as recv() has it, but never WSAEMSGSIZE or WSAEOPNOTSUPP; also
 *         WSAEFAULT (`flags`). *flags is as it was then
 * Source:  Microsoft Learn, "WSARecvEx function"; docs/calls for check order.
 */
WS2RING_API int PASCAL WSARecvEx(SOCKET s, char *buf, int len, int *flags) WS2RING_SYM(WSARecvEx);

/**
 * Sends a buffer, part of a file and another buffer, as one operation in the order of all sends.
 *
 * @param s          a connected stream socket
 * @param file       what CreateFile() returned, for reading; or NULL: the buffers alone
 * @param file_bytes how much of it; 0: up to its end
 * @param each       size of one send, in bytes: has no effect
 * @param overlapped the operation's state: its Offset and OffsetHigh say where in the file to
 *                   begin. NULL: wait until everything was sent, from the file's position, which
 *                   moves along
 * @param buffers    what goes before and behind the file; or NULL
 * @param flags      TF_DISCONNECT: the sending side of the connection ends behind the data;
 *                   TF_REUSE_SOCKET, with it: the socket becomes fit for AcceptEx() or ConnectEx
 *                   again. TF_WRITE_BEHIND and TF_USE_ flags have no effect
 * @return TRUE: done; FALSE with WSAGetLastError() ERROR_IO_PENDING (started), WSAENOTSOCK (`file`
 *         too), WSAENOTCONN, WSAESHUTDOWN, WSAEINVAL (a datagram socket, `flags`, a place outside
 *         the file, more than 2,147,483,646 bytes; the file ended early), WSAEFAULT, WSAEACCES (a
 *         file that may not be read), WSAENOBUFS, WSAECONNRESET or WSAECONNABORTED
 * Linux:   sendfile(2) as far as the file is in the page cache; never waits for a disk on a thread
 *          of the library's. A synchronous call waits also on a non-blocking socket.
 * Source:  Microsoft Learn, "TransmitFile function"; docs/calls for check order.
 */
WS2RING_API BOOL PASCAL TransmitFile(SOCKET s, HANDLE file, DWORD file_bytes, DWORD each,
                                     LPOVERLAPPED overlapped, LPTRANSMIT_FILE_BUFFERS buffers,
                                     DWORD flags) WS2RING_SYM(TransmitFile);

WS2RING_END_DECLS

/* `unsigned long *` for a DWORD; see ws2ring/long_args.h. */
#if defined(WS2RING_EXACT_PROTOTYPES)
/* Nothing. */
#elif defined(__cplusplus)
WS2RING_OVERLOAD(BOOL, AcceptEx,
                 (SOCKET listener, SOCKET accepted, PVOID output, DWORD receive_bytes,
                  DWORD local_bytes, DWORD remote_bytes, T *received, LPOVERLAPPED overlapped),
                 (listener, accepted, output, receive_bytes, local_bytes, remote_bytes,
                  WS2RING_LONG(received), overlapped))
#else
#define WS2RING_7TH_OF_8(a, b, c, d, e, f, g, h) (a, b, c, d, e, f, WS2RING_LONG(g), h)

#define AcceptEx(...) AcceptEx WS2RING_ARGS_8(WS2RING_7TH_OF_8, __VA_ARGS__)(__VA_ARGS__)
#endif

#include <ws2ring/nla.h>
#include <ws2ring/rio.h>

#endif /* WS2RING_MSWSOCK_H */
