/* SPDX-License-Identifier: MIT */
/*
 * Winsock 2 on Linux: the calls of ws2_32. It may come before or after windows.h, which it
 * includes. <sys/socket.h> and its kin cannot share a source file with it.
 *
 * Long: Windows programs expect all of it in the one header, and most lines are documentation.
 */
#ifndef WS2RING_WINSOCK2_H
#define WS2RING_WINSOCK2_H

#ifndef _WINSOCK2API_
#define _WINSOCK2API_
#endif
#ifndef _WINSOCKAPI_
#define _WINSOCKAPI_
#endif

#include <windows.h>
#include <ws2def.h>
#include <ws2ring/qos.h>
#include <ws2ring/rename.h>

/* ---- Values ---- */

#define WINSOCK_VERSION MAKEWORD(2, 2)

typedef UINT_PTR SOCKET;
typedef unsigned int GROUP;

#define INVALID_SOCKET ((SOCKET)(~(SOCKET)0))
#define SOCKET_ERROR   (-1)

/* As address family, type or protocol of WSASocket(): take it from the protocol information. */
#define FROM_PROTOCOL_INFO (-1)

/* A backlog that lets the system choose. */
#define SOMAXCONN            0x7fffffff
#define SOMAXCONN_HINT(size) (-(size))

/* shutdown() */
#define SD_RECEIVE 0
#define SD_SEND    1
#define SD_BOTH    2

/* WSASocket() */
#define WSA_FLAG_OVERLAPPED             0x001
#define WSA_FLAG_MULTIPOINT_C_ROOT      0x002
#define WSA_FLAG_MULTIPOINT_C_LEAF      0x004
#define WSA_FLAG_MULTIPOINT_D_ROOT      0x008
#define WSA_FLAG_MULTIPOINT_D_LEAF      0x010
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x040
#define WSA_FLAG_NO_HANDLE_INHERIT      0x080
#define WSA_FLAG_REGISTERED_IO          0x100

/* Socket groups, which WSASocket() accepts and does not implement. */
#define SG_UNCONSTRAINED_GROUP 1
#define SG_CONSTRAINED_GROUP   2

/* ioctlsocket(). Linux has macros of these names with other values in <sys/ioctl.h>. */
#undef _IO
#undef _IOR
#undef _IOW
#undef FIONREAD
#undef FIONBIO
#undef FIOASYNC
#undef SIOCATMARK
#define IOCPARM_MASK     0x7f
#define _IO(group, code) (IOC_VOID | ((group) << 8) | (code))
#define _IOR(group, code, type) \
    (IOC_OUT | (((ULONG)sizeof(type) & IOCPARM_MASK) << 16) | ((group) << 8) | (code))
#define _IOW(group, code, type) \
    (IOC_IN | (((ULONG)sizeof(type) & IOCPARM_MASK) << 16) | ((group) << 8) | (code))
#define FIONREAD   _IOR('f', 127, u_long)
#define FIONBIO    _IOW('f', 126, u_long)
#define FIOASYNC   _IOW('f', 125, u_long)
#define SIOCSHIWAT _IOW('s', 0, u_long)
#define SIOCGHIWAT _IOR('s', 1, u_long)
#define SIOCSLOWAT _IOW('s', 2, u_long)
#define SIOCGLOWAT _IOR('s', 3, u_long)
#define SIOCATMARK _IOR('s', 7, u_long)

/* ---- Options ---- */

/* SO_PROTOCOL_INFO reads a WSAPROTOCOL_INFO of the caller's kind. */
#define SO_GROUP_ID           0x2001
#define SO_GROUP_PRIORITY     0x2002
#define SO_MAX_MSG_SIZE       0x2003
#define SO_PROTOCOL_INFOA     0x2004
#define SO_PROTOCOL_INFOW     0x2005
#define SO_CONDITIONAL_ACCEPT 0x3002
#ifdef UNICODE
#define SO_PROTOCOL_INFO SO_PROTOCOL_INFOW
#else
#define SO_PROTOCOL_INFO SO_PROTOCOL_INFOA
#endif
#define PVD_CONFIG 0x3001

/* Level IPPROTO_TCP; the others stand in ws2ipdef.h. */
#define TCP_NODELAY 0x0001

/* The value of SO_LINGER: whether closesocket() waits for queued data, and how many seconds. */
typedef struct linger {
    u_short l_onoff;
    u_short l_linger;
} LINGER, *PLINGER, *LPLINGER;

/* ---- Message flags beyond those of ws2def.h ---- */

#define MSG_MAXIOVLEN 16

/* ---- Start-up ---- */

#define WSADESCRIPTION_LEN 256
#define WSASYS_STATUS_LEN  128

/* What WSAStartup() reports. The last three numbers mean nothing since version 2. */
typedef struct WSAData {
    WORD wVersion;     /* the version in use: low byte major, high byte minor */
    WORD wHighVersion; /* the highest version there is: 2.2 */
    unsigned short iMaxSockets;
    unsigned short iMaxUdpDg;
    char *lpVendorInfo;
    char szDescription[WSADESCRIPTION_LEN + 1];
    char szSystemStatus[WSASYS_STATUS_LEN + 1];
} WSADATA, *LPWSADATA;

/* ---- Overlapped operations and events ---- */

typedef OVERLAPPED WSAOVERLAPPED;
typedef LPOVERLAPPED LPWSAOVERLAPPED;

typedef HANDLE WSAEVENT;
typedef LPHANDLE LPWSAEVENT;

#define WSA_IO_PENDING        ERROR_IO_PENDING
#define WSA_IO_INCOMPLETE     ERROR_IO_INCOMPLETE
#define WSA_INVALID_HANDLE    ERROR_INVALID_HANDLE
#define WSA_INVALID_PARAMETER ERROR_INVALID_PARAMETER
#define WSA_NOT_ENOUGH_MEMORY ERROR_NOT_ENOUGH_MEMORY
#define WSA_OPERATION_ABORTED ERROR_OPERATION_ABORTED

#define WSA_INVALID_EVENT       ((WSAEVENT)NULL)
#define WSA_MAXIMUM_WAIT_EVENTS MAXIMUM_WAIT_OBJECTS
#define WSA_WAIT_FAILED         WAIT_FAILED
#define WSA_WAIT_EVENT_0        WAIT_OBJECT_0
#define WSA_WAIT_IO_COMPLETION  WAIT_IO_COMPLETION
#define WSA_WAIT_TIMEOUT        WAIT_TIMEOUT
#define WSA_INFINITE            INFINITE

/* Runs on the thread that started the operation, while it waits alertably. */
typedef void(CALLBACK *LPWSAOVERLAPPED_COMPLETION_ROUTINE)(DWORD error, DWORD bytes,
                                                           LPWSAOVERLAPPED overlapped, DWORD flags);

/* ---- Protocol information ---- */

#define MAX_PROTOCOL_CHAIN     7
#define BASE_PROTOCOL          1
#define LAYERED_PROTOCOL       0
#define WSAPROTOCOL_LEN        255
#define BIGENDIAN              0x0000
#define LITTLEENDIAN           0x0001
#define SECURITY_PROTOCOL_NONE 0x0000

/* WSAPROTOCOL_INFO.dwProviderFlags */
#define PFL_MULTIPLE_PROTO_ENTRIES  0x00000001
#define PFL_RECOMMENDED_PROTO_ENTRY 0x00000002
#define PFL_HIDDEN                  0x00000004
#define PFL_MATCHES_PROTOCOL_ZERO   0x00000008
#define PFL_NETWORKDIRECT_PROVIDER  0x00000010

/* WSAPROTOCOL_INFO.dwServiceFlags1 */
#define XP1_CONNECTIONLESS           0x00000001
#define XP1_GUARANTEED_DELIVERY      0x00000002
#define XP1_GUARANTEED_ORDER         0x00000004
#define XP1_MESSAGE_ORIENTED         0x00000008
#define XP1_PSEUDO_STREAM            0x00000010
#define XP1_GRACEFUL_CLOSE           0x00000020
#define XP1_EXPEDITED_DATA           0x00000040
#define XP1_CONNECT_DATA             0x00000080
#define XP1_DISCONNECT_DATA          0x00000100
#define XP1_SUPPORT_BROADCAST        0x00000200
#define XP1_SUPPORT_MULTIPOINT       0x00000400
#define XP1_MULTIPOINT_CONTROL_PLANE 0x00000800
#define XP1_MULTIPOINT_DATA_PLANE    0x00001000
#define XP1_QOS_SUPPORTED            0x00002000
#define XP1_INTERRUPT                0x00004000
#define XP1_UNI_SEND                 0x00008000
#define XP1_UNI_RECV                 0x00010000
#define XP1_IFS_HANDLES              0x00020000
#define XP1_PARTIAL_MESSAGE          0x00040000
#define XP1_SAN_SUPPORT_SDP          0x00080000

/* The catalogue entries a protocol is made of; ChainLen 1: it stands alone. */
typedef struct _WSAPROTOCOLCHAIN {
    int ChainLen;
    DWORD ChainEntries[MAX_PROTOCOL_CHAIN];
} WSAPROTOCOLCHAIN, *LPWSAPROTOCOLCHAIN;

/* One transport protocol. */
typedef struct _WSAPROTOCOL_INFOA {
    DWORD dwServiceFlags1;
    DWORD dwServiceFlags2;
    DWORD dwServiceFlags3;
    DWORD dwServiceFlags4;
    DWORD dwProviderFlags;
    GUID ProviderId;
    DWORD dwCatalogEntryId;
    WSAPROTOCOLCHAIN ProtocolChain;
    int iVersion;
    int iAddressFamily;
    int iMaxSockAddr; /* bytes */
    int iMinSockAddr; /* bytes */
    int iSocketType;
    int iProtocol;
    int iProtocolMaxOffset;
    int iNetworkByteOrder;
    int iSecurityScheme;
    DWORD dwMessageSize; /* bytes; 0: a stream, 1: it depends on the address */
    DWORD dwProviderReserved;
    CHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOA, *LPWSAPROTOCOL_INFOA;

/* The same with the name in WCHAR, which is 32 bits wide on Linux unless -fshort-wchar is given. */
typedef struct _WSAPROTOCOL_INFOW {
    DWORD dwServiceFlags1;
    DWORD dwServiceFlags2;
    DWORD dwServiceFlags3;
    DWORD dwServiceFlags4;
    DWORD dwProviderFlags;
    GUID ProviderId;
    DWORD dwCatalogEntryId;
    WSAPROTOCOLCHAIN ProtocolChain;
    int iVersion;
    int iAddressFamily;
    int iMaxSockAddr; /* bytes */
    int iMinSockAddr; /* bytes */
    int iSocketType;
    int iProtocol;
    int iProtocolMaxOffset;
    int iNetworkByteOrder;
    int iSecurityScheme;
    DWORD dwMessageSize; /* bytes; 0: a stream, 1: it depends on the address */
    DWORD dwProviderReserved;
    WCHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOW, *LPWSAPROTOCOL_INFOW;

#ifdef UNICODE
typedef WSAPROTOCOL_INFOW WSAPROTOCOL_INFO;
typedef LPWSAPROTOCOL_INFOW LPWSAPROTOCOL_INFO;
#define WSASocket          WSASocketW
#define WSADuplicateSocket WSADuplicateSocketW
#define WSAEnumProtocols   WSAEnumProtocolsW
#else
typedef WSAPROTOCOL_INFOA WSAPROTOCOL_INFO;
typedef LPWSAPROTOCOL_INFOA LPWSAPROTOCOL_INFO;
#define WSASocket          WSASocketA
#define WSADuplicateSocket WSADuplicateSocketA
#define WSAEnumProtocols   WSAEnumProtocolsA
#endif

/* ---- Smaller sets of values ---- */

/* What a WSAAccept() condition answers. */
#define CF_ACCEPT 0x0000
#define CF_REJECT 0x0001
#define CF_DEFER  0x0002

/* WSAJoinLeaf() */
#define JL_SENDER_ONLY   0x01
#define JL_RECEIVER_ONLY 0x02
#define JL_BOTH          0x04

/* Values that nothing takes any more. */
#define TH_NETDEV         0x00000001
#define TH_TAPI           0x00000002
#define IMPLINK_IP        155
#define IMPLINK_LOWEXPER  156
#define IMPLINK_HIGHEXPER 158

/* Room that any WSAAsyncGet...() needs for its answer, in bytes. */
#define MAXGETHOSTSTRUCT 1024

/* 1 would ask for a typedef of each function; the ones mswsock.h has are always there. */
#ifndef INCL_WINSOCK_API_TYPEDEFS
#define INCL_WINSOCK_API_TYPEDEFS 0
#endif

/* Parts of the message that WSAAsyncSelect() and WSAAsyncGet...() send. */
#define WSAMAKEASYNCREPLY(length, error) MAKELONG(length, error)
#define WSAMAKESELECTREPLY(event, error) MAKELONG(event, error)
#define WSAGETASYNCBUFLEN(lparam)        LOWORD(lparam)
#define WSAGETASYNCERROR(lparam)         HIWORD(lparam)
#define WSAGETSELECTEVENT(lparam)        LOWORD(lparam)
#define WSAGETSELECTERROR(lparam)        HIWORD(lparam)

/* What failed lookups leave, under 4.3BSD's name. */
#define h_errno WSAGetLastError()

/* Whether WSAAccept() takes a connection: CF_ACCEPT, CF_REJECT or CF_DEFER. */
typedef int(CALLBACK *LPCONDITIONPROC)(LPWSABUF caller_id, LPWSABUF caller_data, LPQOS sqos,
                                       LPQOS gqos, LPWSABUF callee_id, LPWSABUF callee_data,
                                       GROUP *group, DWORD_PTR context);

WS2RING_BEGIN_DECLS

/* ---- Start-up and last error ---- */

/**
 * Begins use of the library by this process; each success needs one WSACleanup().
 *
 * @param version    highest version the caller can use, MAKEWORD(major, minor); more than 2.2 is
 *                   taken as 2.2
 * @param data       receives the version agreed on and a description
 * @return 0, or the error itself: WSAVERNOTSUPPORTED (below 1.0), WSASYSNOTREADY (the kernel offers
 *         no usable engine), WSAEPROCLIM, WSAEFAULT (`data`); the last error is not used
 * Linux:   starts no thread and opens no ring yet; the first operation does.
 * Source:  Microsoft Learn, "WSAStartup function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAStartup(WORD version, LPWSADATA data) WS2RING_SYM(WSAStartup);

/**
 * Ends one use of the library; the one that matches the first WSAStartup() closes every socket and
 * cancels every operation, notifying nobody.
 *
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED
 * Linux:   returns only when the kernel holds no memory of the caller.
 * Source:  Microsoft Learn, "WSACleanup function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSACleanup(void) WS2RING_SYM(WSACleanup);

/**
 * Reads the calling thread's last error.
 *
 * @return the code the last failed call of this thread left; never fails, needs no WSAStartup()
 * Linux:   the same value as GetLastError(); independent of errno.
 * Source:  Microsoft Learn, "WSAGetLastError function".
 */
WS2RING_API int WSAAPI WSAGetLastError(void) WS2RING_SYM(WSAGetLastError);

/**
 * Sets the calling thread's last error.
 *
 * @param error      the code that WSAGetLastError() and GetLastError() will return
 * Source:  Microsoft Learn, "WSASetLastError function".
 */
WS2RING_API void WSAAPI WSASetLastError(int error) WS2RING_SYM(WSASetLastError);

/* ---- Sockets ---- */

/**
 * Creates a socket that takes overlapped operations.
 *
 * @param family     AF_INET, AF_INET6...
 * @param type       SOCK_STREAM, SOCK_DGRAM...
 * @param protocol   IPPROTO_TCP..., 0: the usual one for family and type
 * @return the socket; INVALID_SOCKET with WSAGetLastError() WSANOTINITIALISED, WSAEAFNOSUPPORT,
 *         WSAESOCKTNOSUPPORT, WSAEPROTONOSUPPORT, WSAEPROTOTYPE, WSAEINVAL (everything
 *         unspecified), WSAEMFILE or WSAENOBUFS
 * Linux:   the value is a handle of this library, not a file descriptor; the descriptor behind it
 *          is non-blocking and close-on-exec. An AF_INET6 socket starts with IPV6_V6ONLY on.
 * Source:  Microsoft Learn, "socket function"; docs/calls for check order.
 */
WS2RING_API SOCKET WSAAPI socket(int family, int type, int protocol) WS2RING_SYM(socket);

/**
 * Creates a socket with chosen attributes, or one that another process handed over.
 *
 * @param family     as socket(), or FROM_PROTOCOL_INFO
 * @param type       as socket(), or FROM_PROTOCOL_INFO
 * @param protocol   as socket(), or FROM_PROTOCOL_INFO
 * @param info       the protocol to use, or NULL
 * @param group      0, SG_UNCONSTRAINED_GROUP or SG_CONSTRAINED_GROUP (a new group), or the
 *                   SO_GROUP_ID of an existing one
 * @param flags      WSA_FLAG_ values; WSA_FLAG_OVERLAPPED to allow overlapped operations
 * @return the socket; INVALID_SOCKET with WSAGetLastError() as socket(), WSAEFAULT (`info`) or
 *         WSAEINVAL (`group`, `flags` or the content of `info`)
 * Linux:   as socket(); all that a group does is to constrain its streams to one host.
 * Source:  Microsoft Learn, "WSASocketA function"; docs/calls for check order.
 */
WS2RING_API SOCKET WSAAPI WSASocketA(int family, int type, int protocol, LPWSAPROTOCOL_INFOA info,
                                     GROUP group, DWORD flags) WS2RING_SYM(WSASocketA);

/**
 * WSASocketA() with wide protocol information.
 *
 * @param info       the protocol to use, or NULL; everything else as WSASocketA()
 * @return as WSASocketA()
 * Linux:   two functions stand behind this name, for 32-bit and 16-bit WCHAR; this header picks the
 *          one that fits the compiler's wchar_t.
 * Source:  Microsoft Learn, "WSASocketW function"; docs/calls for check order.
 */
WS2RING_API SOCKET WSAAPI WSASocketW(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info,
                                     GROUP group, DWORD flags) WS2RING_SYM_WIDE(WSASocketW);

/**
 * Closes a socket. Receives, accepts and connects in progress end at once with an error; sends that
 * were accepted before are still carried out, unless SO_LINGER says otherwise.
 *
 * @param s          the socket; its value is refused from then on
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK or WSAEWOULDBLOCK
 *         (non-blocking, and SO_LINGER asks for a wait)
 * Linux:   close(2) does not cancel anything by itself; the library does, and a call blocked in
 *          another thread returns.
 * Source:  Microsoft Learn, "closesocket function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI closesocket(SOCKET s) WS2RING_SYM(closesocket);

/**
 * Gives a socket its local address.
 *
 * @param s          a socket that has none yet
 * @param name       the address; its family must be the socket's; port 0: the system chooses
 * @param namelen    length of `name`, in bytes
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEFAULT (`name`,
 *         `namelen` or the family), WSAEINVAL (already bound), WSAEADDRINUSE, WSAEADDRNOTAVAIL or
 *         WSAEACCES
 * Linux:   a port left in TIME_WAIT may be bound again, as on Windows.
 * Source:  Microsoft Learn, "bind function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI bind(SOCKET s, const struct sockaddr *name, int namelen) WS2RING_SYM(bind);

/**
 * Lets a bound stream socket take connections.
 *
 * @param s          a bound socket
 * @param backlog    how many connections may wait, SOMAXCONN: the system chooses
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEINVAL (not
 *         bound), WSAEISCONN, WSAEOPNOTSUPP (no stream socket), WSAEADDRINUSE or WSAENOBUFS
 * Linux:   the kernel caps the backlog at net.core.somaxconn.
 * Source:  Microsoft Learn, "listen function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI listen(SOCKET s, int backlog) WS2RING_SYM(listen);

/**
 * Takes a waiting connection, or waits for one.
 *
 * @param s          a listening socket
 * @param addr       receives the peer's address; may be NULL
 * @param addrlen    room in `addr` and then its length, in bytes; may be NULL with `addr`
 * @return the new socket, with the listener's properties; INVALID_SOCKET with WSAGetLastError()
 *         WSANOTINITIALISED, WSAENOTSOCK, WSAEINVAL (not listening), WSAEOPNOTSUPP, WSAEFAULT
 *         (`addr` or `addrlen`), WSAEWOULDBLOCK (non-blocking, none waits), WSAECONNRESET,
 *         WSAEMFILE, WSAENOBUFS or WSAEINTR (closed, or cancelled)
 * Linux:   a signal does not end the wait.
 * Source:  Microsoft Learn, "accept function"; docs/calls for check order.
 */
WS2RING_API SOCKET WSAAPI accept(SOCKET s, struct sockaddr *addr, int *addrlen) WS2RING_SYM(accept);

/**
 * Ends sending, receiving or both, and keeps the socket.
 *
 * @param s          a connected socket
 * @param how        SD_RECEIVE, SD_SEND or SD_BOTH
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEINVAL (`how`),
 *         WSAENOTCONN, WSAECONNABORTED or WSAECONNRESET
 * Linux:   SD_SEND sends FIN after the data that were accepted before.
 * Source:  Microsoft Learn, "shutdown function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI shutdown(SOCKET s, int how) WS2RING_SYM(shutdown);

/**
 * Reads the local address of a socket.
 *
 * @param s          a bound or connected socket
 * @param name       receives the address
 * @param namelen    room in `name` and then its length, in bytes
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEFAULT (`name`
 *         or `namelen`) or WSAEINVAL (not bound)
 * Source:  Microsoft Learn, "getsockname function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI getsockname(SOCKET s, struct sockaddr *name, int *namelen)
    WS2RING_SYM(getsockname);

/**
 * Reads the address of the peer.
 *
 * @param s          a connected socket
 * @param name       receives the address
 * @param namelen    room in `name` and then its length, in bytes
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEFAULT (`name`
 *         or `namelen`) or WSAENOTCONN
 * Source:  Microsoft Learn, "getpeername function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI getpeername(SOCKET s, struct sockaddr *name, int *namelen)
    WS2RING_SYM(getpeername);

/**
 * Sets an option of a socket.
 *
 * @param s          the socket
 * @param level      SOL_SOCKET, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IP or IPPROTO_IPV6
 * @param name       an option of that level: SO_, TCP_, UDP_, IP_ or IPV6_
 * @param value      the new value
 * @param length     its length, in bytes
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEFAULT (`value`
 *         or `length`), WSAEINVAL (`level` or the value), WSAENOPROTOOPT (`name`) or WSAENOTCONN
 * Linux:   docs/calls/setsockopt.md says of every option what stands behind it, whether it is only
 *          kept and read back, or why it is refused.
 * Source:  Microsoft Learn, "setsockopt function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI setsockopt(SOCKET s, int level, int name, const char *value, int length)
    WS2RING_SYM(setsockopt);

/**
 * Reads an option of a socket.
 *
 * @param s          the socket
 * @param level      as setsockopt()
 * @param name       as setsockopt()
 * @param value      receives the value
 * @param length     room in `value` and then its length, in bytes
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEFAULT (`value`
 *         or `length`), WSAEINVAL (`level`) or WSAENOPROTOOPT (`name`)
 * Linux:   as setsockopt(); SO_ERROR is kept by the library.
 * Source:  Microsoft Learn, "getsockopt function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI getsockopt(SOCKET s, int level, int name, char *value, int *length)
    WS2RING_SYM(getsockopt);

/**
 * Controls a socket with one number in or out.
 *
 * @param s          the socket
 * @param command    FIONBIO (in: not 0 makes the socket non-blocking), FIONREAD (out: bytes to be
 *                   read) or SIOCATMARK; looked at as 32 bits, so both a sign-extended and a
 *                   zero-extended code are right
 * @param argument   the number, 32 bits wide
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK, WSAEFAULT
 *         (`argument`), WSAEINVAL (FIONBIO 0 while events are selected) or WSAEOPNOTSUPP
 * Linux:   non-blocking mode is a property of this library's socket, not of its descriptor.
 * Source:  Microsoft Learn, "ioctlsocket function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI ioctlsocket(SOCKET s, long command, u_long *argument)
    WS2RING_SYM(ioctlsocket);

/**
 * Controls a socket.
 *
 * @param s          the socket
 * @param code       a SIO_ code
 * @param in         input of the code, `in_bytes` long; may be NULL
 * @param in_bytes   bytes
 * @param out        room for the output, `out_bytes` long; may be NULL
 * @param out_bytes  bytes
 * @param returned   receives the length of the output, in bytes
 * @param overlapped NULL: wait; else the operation's state
 * @param routine    called on completion, or NULL
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSA_IO_PENDING (started), WSAENOTSOCK, WSAEFAULT
 *         (a pointer or a length), WSAEINVAL (`code` or its input), WSAEAFNOSUPPORT, WSAENETUNREACH
 *         or WSAEHOSTUNREACH (a destination), WSAEOPNOTSUPP (not carried out on this socket),
 *         WSAENOPROTOOPT (not of this protocol), WSAENOTCONN (only of a connection), WSAEMSGSIZE
 *         (SIO_TCP_INFO), WSAEACCES (no right to capture), WSAEWOULDBLOCK (a network event follows)
 *         or WSAEINTR (closed or cancelled while it waited)
 * Linux:   docs/calls has a table of all codes. Changes of addresses and routes are those of the
 *          network namespace of who asked for them first.
 * Source:  Microsoft Learn, "WSAIoctl function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSAIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_bytes, LPVOID out,
                                DWORD out_bytes, LPDWORD returned, LPWSAOVERLAPPED overlapped,
                                LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) WS2RING_SYM(WSAIoctl);

/* ---- Data ---- */

/**
 * Sends the content of several buffers.
 *
 * @param s          a connected socket
 * @param buffers    where the data are; read before the call returns, so it may go away then
 * @param count      number of buffers
 * @param sent       receives the bytes sent when the call succeeds at once; may be NULL with
 *                   `overlapped`
 * @param flags      MSG_ values
 * @param overlapped NULL: wait; else the operation's state, which the library owns until it is done
 * @param routine    called on completion, or NULL
 * @return 0: sent, and if overlapped also reported as every completion is; SOCKET_ERROR with
 *         WSAGetLastError() WSA_IO_PENDING (started), WSANOTINITIALISED, WSAENOTSOCK, WSAENOTCONN,
 *         WSAEINVAL, WSAEFAULT, WSAESHUTDOWN, WSAEOPNOTSUPP (`flags`), WSAEMSGSIZE,
 *         WSAEWOULDBLOCK, WSAENOBUFS, WSAECONNABORTED or WSAECONNRESET
 * Linux:   a stream send completes only when every byte was taken; sends keep their order. A bad
 *          data pointer may be found by the kernel, and WSAEFAULT then comes with the completion.
 * Source:  Microsoft Learn, "WSASend function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                               LPWSAOVERLAPPED overlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) WS2RING_SYM(WSASend);

/**
 * Receives into several buffers.
 *
 * @param s          a connected or bound socket
 * @param buffers    where to put the data; read before the call returns, so it may go away then
 * @param count      number of buffers
 * @param received   receives the bytes received when the call succeeds at once; may be NULL with
 *                   `overlapped`
 * @param flags      in: MSG_ values; out: MSG_PARTIAL for a message that did not fit
 * @param overlapped NULL: wait; else the operation's state, which the library owns until it is done
 * @param routine    called on completion, or NULL
 * @return 0: received (0 bytes on a stream: the peer ended it), and if overlapped also reported as
 *         every completion is; SOCKET_ERROR with WSAGetLastError() WSA_IO_PENDING (started),
 *         WSANOTINITIALISED, WSAENOTSOCK, WSAENOTCONN, WSAEINVAL (not bound), WSAEFAULT,
 *         WSAESHUTDOWN, WSAEOPNOTSUPP (`flags`), WSAEMSGSIZE, WSAEWOULDBLOCK, WSAETIMEDOUT,
 *         WSAECONNABORTED or WSAECONNRESET
 * Linux:   receives complete in the order in which they were started. A receive without room waits
 *          for data, takes none, and pins no memory.
 * Source:  Microsoft Learn, "WSARecv function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI WSARecv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received,
                               LPDWORD flags, LPWSAOVERLAPPED overlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) WS2RING_SYM(WSARecv);

/**
 * Reports the result of an overlapped operation, in Winsock codes.
 *
 * @param s          the socket the operation was started on
 * @param overlapped the operation
 * @param bytes      receives the number of bytes transferred
 * @param wait       TRUE: wait until it has finished; FALSE: report at once
 * @param flags      receives what a synchronous receive would have put into its flags
 * @return TRUE: it succeeded; FALSE with WSAGetLastError() WSA_IO_INCOMPLETE (still running, `wait`
 *         FALSE), WSA_OPERATION_ABORTED (cancelled), the code of its failure, WSANOTINITIALISED,
 *         WSAENOTSOCK, WSA_INVALID_HANDLE (its event), WSA_INVALID_PARAMETER or WSAEFAULT
 * Source:  Microsoft Learn, "WSAGetOverlappedResult function"; docs/calls for check order.
 */
WS2RING_API BOOL WSAAPI WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD bytes,
                                               BOOL wait, LPDWORD flags)
    WS2RING_SYM(WSAGetOverlappedResult);

/* ---- Events ---- */

/**
 * Creates an event that is not signalled, and that stays signalled until it is reset.
 *
 * @return the event; WSA_INVALID_EVENT with WSAGetLastError() WSANOTINITIALISED or
 *         WSA_NOT_ENOUGH_MEMORY
 * Linux:   a word in memory, without a descriptor.
 * Source:  Microsoft Learn, "WSACreateEvent function".
 */
WS2RING_API WSAEVENT WSAAPI WSACreateEvent(void) WS2RING_SYM(WSACreateEvent);

/**
 * Signals an event; every thread that waits for it goes on.
 *
 * @param event      the event
 * @return TRUE; FALSE with WSAGetLastError() WSANOTINITIALISED or WSA_INVALID_HANDLE
 * Source:  Microsoft Learn, "WSASetEvent function".
 */
WS2RING_API BOOL WSAAPI WSASetEvent(WSAEVENT event) WS2RING_SYM(WSASetEvent);

/**
 * Takes the signal of an event back.
 *
 * @param event      the event
 * @return TRUE; FALSE with WSAGetLastError() WSANOTINITIALISED or WSA_INVALID_HANDLE
 * Source:  Microsoft Learn, "WSAResetEvent function".
 */
WS2RING_API BOOL WSAAPI WSAResetEvent(WSAEVENT event) WS2RING_SYM(WSAResetEvent);

/**
 * Closes an event.
 *
 * @param event      the event; its value is refused from then on
 * @return TRUE; FALSE with WSAGetLastError() WSANOTINITIALISED or WSA_INVALID_HANDLE
 * Source:  Windows Sockets 2 specification (1997), "WSACloseEvent".
 */
WS2RING_API BOOL WSAAPI WSACloseEvent(WSAEVENT event) WS2RING_SYM(WSACloseEvent);

/**
 * Waits until one event, or every event, is signalled.
 *
 * @param count      number of entries in `events`: 1 to WSA_MAXIMUM_WAIT_EVENTS (64)
 * @param events     what to wait for
 * @param wait_all   TRUE: all must be signalled together; FALSE: the lowest index wins
 * @param timeout    milliseconds; 0 polls, WSA_INFINITE never expires
 * @param alertable  TRUE: completion routines queued to this thread may run
 * @return WSA_WAIT_EVENT_0 + index, WSA_WAIT_TIMEOUT, WSA_WAIT_IO_COMPLETION, or
 *         WSA_WAIT_FAILED with WSAGetLastError() WSANOTINITIALISED, WSA_INVALID_PARAMETER
 *         (`count`), WSA_INVALID_HANDLE (an entry) or WSA_NOT_ENOUGH_MEMORY
 * Linux:   timed on CLOCK_MONOTONIC; time spent suspended does not count.
 * Source:  Microsoft Learn, "WSAWaitForMultipleEvents function"; docs/calls for check order.
 */
WS2RING_API DWORD WSAAPI WSAWaitForMultipleEvents(DWORD count, const WSAEVENT *events,
                                                  BOOL wait_all, DWORD timeout, BOOL alertable)
    WS2RING_SYM(WSAWaitForMultipleEvents);

/* ---- Byte order ---- */

/**
 * Turns 32 bits from host to network byte order.
 *
 * @param value      host byte order
 * @return `value` in network byte order; never fails, needs no WSAStartup()
 * Source:  Microsoft Learn, "htonl function".
 */
WS2RING_API u_long WSAAPI htonl(u_long value) WS2RING_SYM(htonl);

/**
 * Turns 16 bits from host to network byte order.
 *
 * @param value      host byte order
 * @return `value` in network byte order; never fails, needs no WSAStartup()
 * Source:  Microsoft Learn, "htons function".
 */
WS2RING_API u_short WSAAPI htons(u_short value) WS2RING_SYM(htons);

/**
 * Turns 32 bits from network to host byte order.
 *
 * @param value      network byte order
 * @return `value` in host byte order; never fails, needs no WSAStartup()
 * Source:  Microsoft Learn, "ntohl function".
 */
WS2RING_API u_long WSAAPI ntohl(u_long value) WS2RING_SYM(ntohl);

/**
 * Turns 16 bits from network to host byte order.
 *
 * @param value      network byte order
 * @return `value` in host byte order; never fails, needs no WSAStartup()
 * Source:  Microsoft Learn, "ntohs function".
 */
WS2RING_API u_short WSAAPI ntohs(u_short value) WS2RING_SYM(ntohs);

/**
 * Turns 32 bits from host byte order to that of a socket's protocol.
 *
 * @param s          the socket
 * @param value      host byte order
 * @param result     receives the value in the protocol's byte order
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAENOTSOCK or WSAEFAULT
 *         (`result`)
 * Linux:   every protocol here uses network byte order.
 * Source:  Microsoft Learn, "WSAHtonl function".
 */
WS2RING_API int WSAAPI WSAHtonl(SOCKET s, u_long value, u_long *result) WS2RING_SYM(WSAHtonl);

/**
 * Turns 16 bits from host byte order to that of a socket's protocol; else as WSAHtonl().
 *
 * @param s          the socket
 * @param value      host byte order
 * @param result     receives the value in the protocol's byte order
 * @return 0; SOCKET_ERROR with WSAGetLastError() as WSAHtonl()
 * Source:  Microsoft Learn, "WSAHtons function".
 */
WS2RING_API int WSAAPI WSAHtons(SOCKET s, u_short value, u_short *result) WS2RING_SYM(WSAHtons);

/**
 * Turns 32 bits from the byte order of a socket's protocol to host byte order; else as WSAHtonl().
 *
 * @param s          the socket
 * @param value      the protocol's byte order
 * @param result     receives the value in host byte order
 * @return 0; SOCKET_ERROR with WSAGetLastError() as WSAHtonl()
 * Source:  Microsoft Learn, "WSANtohl function".
 */
WS2RING_API int WSAAPI WSANtohl(SOCKET s, u_long value, u_long *result) WS2RING_SYM(WSANtohl);

/**
 * Turns 16 bits from the byte order of a socket's protocol to host byte order; else as WSAHtonl().
 *
 * @param s          the socket
 * @param value      the protocol's byte order
 * @param result     receives the value in host byte order
 * @return 0; SOCKET_ERROR with WSAGetLastError() as WSAHtonl()
 * Source:  Microsoft Learn, "WSANtohs function".
 */
WS2RING_API int WSAAPI WSANtohs(SOCKET s, u_short value, u_short *result) WS2RING_SYM(WSANtohs);

/** Turns 64 bits from host to network byte order. */
WS2RING_INLINE UINT64 htonll(UINT64 value)
{
    return __builtin_bswap64(value);
}

/** Turns 64 bits from network to host byte order. */
WS2RING_INLINE UINT64 ntohll(UINT64 value)
{
    return __builtin_bswap64(value);
}

/** The bits of a float in network byte order. */
WS2RING_INLINE UINT32 htonf(float value)
{
    UINT32 bits;

    memcpy(&bits, &value, sizeof bits);
    return __builtin_bswap32(bits);
}

/** The float whose bits are given in network byte order. */
WS2RING_INLINE float ntohf(UINT32 bits)
{
    float value;

    bits = __builtin_bswap32(bits);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** The bits of a double in network byte order. */
WS2RING_INLINE UINT64 htond(double value)
{
    UINT64 bits;

    memcpy(&bits, &value, sizeof bits);
    return __builtin_bswap64(bits);
}

/** The double whose bits are given in network byte order. */
WS2RING_INLINE double ntohd(UINT64 bits)
{
    double value;

    bits = __builtin_bswap64(bits);
    memcpy(&value, &bits, sizeof value);
    return value;
}

WS2RING_END_DECLS

#include <ws2ring/blocking.h>
#include <ws2ring/connect.h>
#include <ws2ring/data.h>
#include <ws2ring/disconnect.h>
#include <ws2ring/names.h>
#include <ws2ring/netevents.h>
#include <ws2ring/notify.h>
#include <ws2ring/service.h>
#include <ws2ring/sharing.h>

#include <ws2ring/long_winsock.h> /* after every declaration */

#endif /* WS2RING_WINSOCK2_H */
