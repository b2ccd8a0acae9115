/* SPDX-License-Identifier: MIT */
/*
 * The rows of errmap.h. errmap.c expands them into switches, so that a value named twice in one
 * list does not compile; tests/unit/test_errmap.c walks the same rows.
 */
#ifndef CORE_BASE_ERRMAP_ROWS_H
#define CORE_BASE_ERRMAP_ROWS_H

#include <winsock2.h>

#include <errno.h>

/* Statuses that the facts translate and that the public header does not name. */
#define ERRMAP_PAGEFILE_QUOTA           0xC0000007u
#define ERRMAP_NO_SUCH_DEVICE           0xC000000Eu
#define ERRMAP_NO_SUCH_FILE             0xC000000Fu
#define ERRMAP_CONFLICTING_ADDRESSES    0xC0000018u
#define ERRMAP_OBJECT_NAME_NOT_FOUND    0xC0000034u
#define ERRMAP_OBJECT_PATH_NOT_FOUND    0xC000003Au
#define ERRMAP_QUOTA_EXCEEDED           0xC0000044u
#define ERRMAP_TOO_MANY_PAGING_FILES    0xC0000097u
#define ERRMAP_WORKING_SET_QUOTA        0xC00000A1u
#define ERRMAP_DEVICE_NOT_READY         0xC00000A3u
#define ERRMAP_REMOTE_NOT_LISTENING     0xC00000BCu
#define ERRMAP_NETWORK_BUSY             0xC00000BFu
#define ERRMAP_INVALID_NETWORK_RESPONSE 0xC00000C3u
#define ERRMAP_REQUEST_NOT_ACCEPTED     0xC00000D0u
#define ERRMAP_TOO_MANY_OPENED_FILES    0xC000011Fu
#define ERRMAP_COMMITMENT_LIMIT         0xC000012Du
#define ERRMAP_REMOTE_RESOURCES         0xC000013Du
#define ERRMAP_INVALID_BUFFER_SIZE      0xC0000206u
#define ERRMAP_TRANSACTION_ABORTED      0xC000020Fu
#define ERRMAP_HOST_DOWN                0xC0000350u

/* clang-format off */

/* X(errno, WSA code): what any call reports that fails at once. */
#define ERRMAP_ANY(X)                        \
    X(EPERM,           WSAEACCES)            \
    X(EINTR,           WSAEINTR)             \
    X(EBADF,           WSAENOTSOCK)          \
    X(EAGAIN,          WSAEWOULDBLOCK)       \
    X(ENOMEM,          WSAENOBUFS)           \
    X(EACCES,          WSAEACCES)            \
    X(EFAULT,          WSAEFAULT)            \
    X(ENODEV,          WSAENETDOWN)          \
    X(EINVAL,          WSAEINVAL)            \
    X(ENFILE,          WSAEMFILE)            \
    X(EMFILE,          WSAEMFILE)            \
    X(EPIPE,           WSAESHUTDOWN)         \
    X(EDOM,            WSAEINVAL)            \
    X(ERANGE,          WSAEINVAL)            \
    X(ENOTSOCK,        WSAENOTSOCK)          \
    X(EDESTADDRREQ,    WSAEDESTADDRREQ)      \
    X(EMSGSIZE,        WSAEMSGSIZE)          \
    X(EPROTOTYPE,      WSAEPROTOTYPE)        \
    X(ENOPROTOOPT,     WSAENOPROTOOPT)       \
    X(EPROTO,          WSAECONNABORTED)      \
    X(EPROTONOSUPPORT, WSAEPROTONOSUPPORT)   \
    X(ESOCKTNOSUPPORT, WSAESOCKTNOSUPPORT)   \
    X(EOPNOTSUPP,      WSAEOPNOTSUPP)        \
    X(EPFNOSUPPORT,    WSAEPFNOSUPPORT)      \
    X(EAFNOSUPPORT,    WSAEAFNOSUPPORT)      \
    X(EADDRINUSE,      WSAEADDRINUSE)        \
    X(EADDRNOTAVAIL,   WSAEADDRNOTAVAIL)     \
    X(ENETDOWN,        WSAENETDOWN)          \
    X(ENETUNREACH,     WSAENETUNREACH)       \
    X(ENETRESET,       WSAENETRESET)         \
    X(ECONNABORTED,    WSAECONNABORTED)      \
    X(ECONNRESET,      WSAECONNRESET)        \
    X(ENOBUFS,         WSAENOBUFS)           \
    X(EISCONN,         WSAEISCONN)           \
    X(ENOTCONN,        WSAENOTCONN)          \
    X(ESHUTDOWN,       WSAESHUTDOWN)         \
    X(ETIMEDOUT,       WSAETIMEDOUT)         \
    X(ECONNREFUSED,    WSAECONNREFUSED)      \
    X(EHOSTDOWN,       WSAEHOSTDOWN)         \
    X(EHOSTUNREACH,    WSAEHOSTUNREACH)      \
    X(ENONET,          WSAEHOSTUNREACH)      \
    X(EALREADY,        WSAEALREADY)          \
    X(EINPROGRESS,     WSAEINPROGRESS)       \
    X(EUSERS,          WSAEUSERS)            \
    X(ENOSPC,          WSAENOBUFS)           \
    X(ECANCELED,       WSA_OPERATION_ABORTED)

/* socket(): Linux has one code for a type or a protocol that the family lacks. */
#define ERRMAP_SOCKET(X)                     \
    X(EINVAL,          WSAEPROTONOSUPPORT)

/* bind(): an interface that is not there makes the address unusable. */
#define ERRMAP_BIND(X)                       \
    X(ENODEV,          WSAEADDRNOTAVAIL)

#define ERRMAP_LISTEN(X)                     \
    X(EDESTADDRREQ,    WSAEINVAL)

/* accept(): a connection that the network lost while it waited is a reset one. */
#define ERRMAP_ACCEPT(X)                     \
    X(ECONNABORTED,    WSAECONNRESET)        \
    X(EPROTO,          WSAECONNRESET)

/* connect(): "started, not finished" is WSAEWOULDBLOCK to a Winsock caller. Linux says EAGAIN when
 * there is no free local port; EINVAL when the local address does not go with the remote one.
 * Routers' answers: ENOPROTOOPT is "no such protocol there", EOPNOTSUPP "source route failed". */
#define ERRMAP_CONNECT(X)                    \
    X(EINPROGRESS,     WSAEWOULDBLOCK)       \
    X(EAGAIN,          WSAENOBUFS)           \
    X(ENOPROTOOPT,     WSAENETUNREACH)       \
    X(EOPNOTSUPP,      WSAENETUNREACH)       \
    X(EINVAL,          WSAEADDRNOTAVAIL)

/* A send after the peer's reset: EPIPE once the reset was noticed. Sends after our own shutdown()
 * never reach the kernel. ENODEV: control data named an interface that is not there. */
#define ERRMAP_SEND(X)                       \
    X(ENODEV,          WSAEADDRNOTAVAIL)     \
    X(EPIPE,           WSAECONNRESET)

/* An ICMP answer to what a datagram socket sent before: nobody listens there, or nobody speaks the
 * protocol. */
#define ERRMAP_RECV(X)                       \
    X(EPIPE,           WSAECONNRESET)        \
    X(ECONNREFUSED,    WSAECONNRESET)        \
    X(ENOPROTOOPT,     WSAENETUNREACH)

/* setsockopt(): an interface that is not there has no address either. */
#define ERRMAP_OPTION(X)                     \
    X(ENODEV,          WSAEADDRNOTAVAIL)     \
    X(EOPNOTSUPP,      WSAENOPROTOOPT)

/* X(errno, NTSTATUS): how an operation ends. */
#define ERRMAP_STATUS_ANY(X)                            \
    X(EPERM,           STATUS_ACCESS_DENIED)            \
    X(EACCES,          STATUS_ACCESS_DENIED)            \
    X(EBADF,           STATUS_INVALID_HANDLE)           \
    X(ENOTSOCK,        STATUS_INVALID_HANDLE)           \
    X(EFAULT,          STATUS_ACCESS_VIOLATION)         \
    X(EINVAL,          STATUS_INVALID_PARAMETER)        \
    X(EMFILE,          ERRMAP_TOO_MANY_OPENED_FILES)    \
    X(ENFILE,          ERRMAP_TOO_MANY_OPENED_FILES)    \
    X(ENOMEM,          STATUS_INSUFFICIENT_RESOURCES)   \
    X(ENOBUFS,         STATUS_INSUFFICIENT_RESOURCES)   \
    X(EAGAIN,          STATUS_INSUFFICIENT_RESOURCES)   \
    X(EPIPE,           STATUS_CONNECTION_RESET)         \
    X(EMSGSIZE,        STATUS_BUFFER_OVERFLOW)          \
    X(EOPNOTSUPP,      STATUS_NOT_SUPPORTED)            \
    X(EAFNOSUPPORT,    STATUS_INVALID_ADDRESS_COMPONENT) \
    X(EADDRINUSE,      STATUS_ADDRESS_ALREADY_EXISTS)   \
    X(EADDRNOTAVAIL,   STATUS_INVALID_ADDRESS_COMPONENT) \
    X(ENETDOWN,        STATUS_UNEXPECTED_NETWORK_ERROR) \
    X(ENETRESET,       STATUS_CONNECTION_RESET)         \
    X(ENETUNREACH,     STATUS_NETWORK_UNREACHABLE)      \
    X(ECONNABORTED,    STATUS_CONNECTION_ABORTED)       \
    X(EPROTO,          STATUS_CONNECTION_ABORTED)       \
    X(ECONNRESET,      STATUS_CONNECTION_RESET)         \
    X(EISCONN,         STATUS_CONNECTION_ACTIVE)        \
    X(ENOTCONN,        STATUS_INVALID_CONNECTION)       \
    X(EDESTADDRREQ,    STATUS_INVALID_CONNECTION)       \
    X(ESHUTDOWN,       STATUS_PIPE_DISCONNECTED)        \
    X(ETIMEDOUT,       STATUS_IO_TIMEOUT)               \
    X(ECONNREFUSED,    STATUS_CONNECTION_REFUSED)       \
    X(EHOSTDOWN,       ERRMAP_HOST_DOWN)                \
    X(EHOSTUNREACH,    STATUS_HOST_UNREACHABLE)         \
    X(ENONET,          STATUS_HOST_UNREACHABLE)         \
    X(EALREADY,        STATUS_INVALID_DEVICE_REQUEST)   \
    X(EINTR,           STATUS_CANCELLED)                \
    X(ECANCELED,       STATUS_CANCELLED)

/* A datagram socket learns from a receive that nobody listens where it sent to; a stream receive
 * never sees this errno. */
#define ERRMAP_STATUS_RECV(X)                           \
    X(ECONNREFUSED,    STATUS_PORT_UNREACHABLE)         \
    X(ENETRESET,       STATUS_HOPLIMIT_EXCEEDED)        \
    X(ENOPROTOOPT,     STATUS_PROTOCOL_UNREACHABLE)

/* ConnectEx tells what connect tells. */
#define ERRMAP_STATUS_CONNECT(X)                        \
    X(ENOPROTOOPT,     STATUS_PROTOCOL_UNREACHABLE)     \
    X(EOPNOTSUPP,      STATUS_NETWORK_UNREACHABLE)      \
    X(EINVAL,          STATUS_INVALID_ADDRESS_COMPONENT)

/* X(NTSTATUS, WSA code): facts OVERLAPPED-05 to -08 row by row; the rows above them are from the
 * codes that the calls themselves report. All others: WSAEINVAL (OVERLAPPED-09). */
#define ERRMAP_WSA_OF_STATUS(X)                                 \
    X(STATUS_BUFFER_OVERFLOW,           WSAEMSGSIZE)            \
    X(STATUS_BUFFER_TOO_SMALL,          WSAEFAULT)              \
    X(STATUS_ACCESS_VIOLATION,          WSAEFAULT)              \
    X(STATUS_INVALID_HANDLE,            WSAENOTSOCK)            \
    X(STATUS_OBJECT_TYPE_MISMATCH,      WSAENOTSOCK)            \
    X(STATUS_ACCESS_DENIED,             WSAEACCES)              \
    X(STATUS_NOT_SUPPORTED,             WSAEOPNOTSUPP)          \
    X(ERRMAP_TOO_MANY_OPENED_FILES,     WSAEMFILE)              \
    X(STATUS_NO_MEMORY,                 WSAENOBUFS)             \
    X(STATUS_INSUFFICIENT_RESOURCES,    WSAENOBUFS)             \
    X(ERRMAP_QUOTA_EXCEEDED,            WSAENOBUFS)             \
    X(ERRMAP_PAGEFILE_QUOTA,            WSAENOBUFS)             \
    X(ERRMAP_COMMITMENT_LIMIT,          WSAENOBUFS)             \
    X(ERRMAP_WORKING_SET_QUOTA,         WSAENOBUFS)             \
    X(ERRMAP_REMOTE_RESOURCES,          WSAENOBUFS)             \
    X(STATUS_TOO_MANY_ADDRESSES,        WSAENOBUFS)             \
    X(ERRMAP_CONFLICTING_ADDRESSES,     WSAENOBUFS)             \
    X(ERRMAP_TOO_MANY_PAGING_FILES,     WSAENOBUFS)             \
    X(STATUS_SHARING_VIOLATION,         WSAEADDRINUSE)          \
    X(STATUS_ADDRESS_ALREADY_EXISTS,    WSAEADDRINUSE)          \
    X(ERRMAP_DEVICE_NOT_READY,          WSAEWOULDBLOCK)         \
    X(ERRMAP_REQUEST_NOT_ACCEPTED,      WSAEWOULDBLOCK)         \
    X(STATUS_PIPE_DISCONNECTED,         WSAESHUTDOWN)           \
    X(STATUS_IO_TIMEOUT,                WSAETIMEDOUT)           \
    X(STATUS_LINK_TIMEOUT,              WSAETIMEDOUT)           \
    X(ERRMAP_REMOTE_NOT_LISTENING,      WSAECONNREFUSED)        \
    X(STATUS_CONNECTION_REFUSED,        WSAECONNREFUSED)        \
    X(STATUS_CANCELLED,                 WSA_OPERATION_ABORTED)  \
    X(STATUS_LOCAL_DISCONNECT,          WSAECONNABORTED)        \
    X(ERRMAP_TRANSACTION_ABORTED,       WSAECONNABORTED)        \
    X(STATUS_CONNECTION_ABORTED,        WSAECONNABORTED)        \
    X(STATUS_REMOTE_DISCONNECT,         WSAECONNRESET)          \
    X(STATUS_LINK_FAILED,               WSAECONNRESET)          \
    X(STATUS_CONNECTION_DISCONNECTED,   WSAECONNRESET)          \
    X(STATUS_CONNECTION_RESET,          WSAECONNRESET)          \
    X(STATUS_PORT_UNREACHABLE,          WSAECONNRESET)          \
    X(STATUS_HOPLIMIT_EXCEEDED,         WSAENETRESET)           \
    X(STATUS_INVALID_CONNECTION,        WSAENOTCONN)            \
    X(STATUS_CONNECTION_ACTIVE,         WSAEISCONN)             \
    X(STATUS_GRACEFUL_DISCONNECT,       WSAEDISCON)             \
    X(STATUS_REQUEST_ABORTED,           WSAEINTR)               \
    X(STATUS_INVALID_ADDRESS,           WSAEADDRNOTAVAIL)       \
    X(STATUS_INVALID_ADDRESS_COMPONENT, WSAEADDRNOTAVAIL)       \
    X(ERRMAP_INVALID_BUFFER_SIZE,       WSAEMSGSIZE)            \
    X(STATUS_BAD_NETWORK_PATH,          WSAENETUNREACH)         \
    X(STATUS_NETWORK_UNREACHABLE,       WSAENETUNREACH)         \
    X(STATUS_PROTOCOL_UNREACHABLE,      WSAENETUNREACH)         \
    X(STATUS_HOST_UNREACHABLE,          WSAEHOSTUNREACH)        \
    X(ERRMAP_HOST_DOWN,                 WSAEHOSTDOWN)           \
    X(ERRMAP_NO_SUCH_DEVICE,            WSAENETDOWN)            \
    X(ERRMAP_NO_SUCH_FILE,              WSAENETDOWN)            \
    X(ERRMAP_OBJECT_NAME_NOT_FOUND,     WSAENETDOWN)            \
    X(ERRMAP_OBJECT_PATH_NOT_FOUND,     WSAENETDOWN)            \
    X(ERRMAP_NETWORK_BUSY,              WSAENETDOWN)            \
    X(ERRMAP_INVALID_NETWORK_RESPONSE,  WSAENETDOWN)            \
    X(STATUS_UNEXPECTED_NETWORK_ERROR,  WSAENETDOWN)

/* X(NTSTATUS, Win32 code): what the port functions and GetOverlappedResult() report. */
#define ERRMAP_WIN32_OF_STATUS(X)                                 \
    X(STATUS_BUFFER_OVERFLOW,           ERROR_MORE_DATA)          \
    X(STATUS_BUFFER_TOO_SMALL,          ERROR_INSUFFICIENT_BUFFER) \
    X(STATUS_ACCESS_VIOLATION,          ERROR_NOACCESS)           \
    X(STATUS_INVALID_HANDLE,            ERROR_INVALID_HANDLE)     \
    X(STATUS_OBJECT_TYPE_MISMATCH,      ERROR_INVALID_HANDLE)     \
    X(STATUS_INVALID_PARAMETER,         ERROR_INVALID_PARAMETER)  \
    X(STATUS_INVALID_DEVICE_REQUEST,    ERROR_INVALID_FUNCTION)   \
    X(STATUS_END_OF_FILE,               ERROR_HANDLE_EOF)         \
    X(STATUS_ACCESS_DENIED,             ERROR_ACCESS_DENIED)      \
    X(STATUS_NOT_SUPPORTED,             ERROR_NOT_SUPPORTED)      \
    X(STATUS_NO_MEMORY,                 ERROR_NOT_ENOUGH_MEMORY)  \
    X(STATUS_INSUFFICIENT_RESOURCES,    ERROR_NO_SYSTEM_RESOURCES) \
    X(ERRMAP_WORKING_SET_QUOTA,         ERROR_WORKING_SET_QUOTA)  \
    X(ERRMAP_TOO_MANY_OPENED_FILES,     ERROR_TOO_MANY_OPEN_FILES) \
    X(STATUS_PIPE_DISCONNECTED,         ERROR_PIPE_NOT_CONNECTED) \
    X(STATUS_IO_TIMEOUT,                ERROR_SEM_TIMEOUT)        \
    X(STATUS_LINK_TIMEOUT,              ERROR_UNEXP_NET_ERR)      \
    X(STATUS_BAD_NETWORK_PATH,          ERROR_BAD_NETPATH)        \
    X(ERRMAP_NETWORK_BUSY,              ERROR_NETWORK_BUSY)       \
    X(STATUS_UNEXPECTED_NETWORK_ERROR,  ERROR_UNEXP_NET_ERR)      \
    X(STATUS_NETWORK_NAME_DELETED,      ERROR_NETNAME_DELETED)    \
    X(STATUS_CANCELLED,                 ERROR_OPERATION_ABORTED)  \
    X(STATUS_LOCAL_DISCONNECT,          ERROR_NETNAME_DELETED)    \
    X(STATUS_REMOTE_DISCONNECT,         ERROR_NETNAME_DELETED)    \
    X(STATUS_LINK_FAILED,               ERROR_UNEXP_NET_ERR)      \
    X(STATUS_INVALID_CONNECTION,        ERROR_CONNECTION_INVALID) \
    X(STATUS_INVALID_ADDRESS,           ERROR_UNEXP_NET_ERR)      \
    X(STATUS_INVALID_ADDRESS_COMPONENT, ERROR_INVALID_NETNAME)    \
    X(STATUS_ADDRESS_ALREADY_EXISTS,    ERROR_DUP_NAME)           \
    X(STATUS_ADDRESS_CLOSED,            ERROR_NETNAME_DELETED)    \
    X(STATUS_CONNECTION_DISCONNECTED,   ERROR_NETNAME_DELETED)    \
    X(STATUS_CONNECTION_RESET,          ERROR_NETNAME_DELETED)    \
    X(STATUS_CONNECTION_REFUSED,        ERROR_CONNECTION_REFUSED) \
    X(STATUS_GRACEFUL_DISCONNECT,       ERROR_GRACEFUL_DISCONNECT) \
    X(STATUS_ADDRESS_ALREADY_ASSOCIATED, ERROR_ADDRESS_ALREADY_ASSOCIATED) \
    X(STATUS_CONNECTION_ACTIVE,         ERROR_CONNECTION_ACTIVE)  \
    X(STATUS_NETWORK_UNREACHABLE,       ERROR_NETWORK_UNREACHABLE) \
    X(STATUS_HOST_UNREACHABLE,          ERROR_HOST_UNREACHABLE)   \
    X(STATUS_PROTOCOL_UNREACHABLE,      ERROR_PROTOCOL_UNREACHABLE) \
    X(STATUS_PORT_UNREACHABLE,          ERROR_PORT_UNREACHABLE)   \
    X(STATUS_HOPLIMIT_EXCEEDED,         ERROR_HOST_UNREACHABLE)   \
    X(STATUS_REQUEST_ABORTED,           ERROR_REQUEST_ABORTED)    \
    X(STATUS_CONNECTION_ABORTED,        ERROR_CONNECTION_ABORTED) \
    X(ERRMAP_HOST_DOWN,                 ERRMAP_ERROR_HOST_DOWN)

/* clang-format on */

/* Win32 codes that the public header does not name. */
#ifndef ERROR_DUP_NAME
#define ERROR_DUP_NAME 52
#endif
#ifndef ERROR_PIPE_NOT_CONNECTED
#define ERROR_PIPE_NOT_CONNECTED 233
#endif
#define ERRMAP_ERROR_HOST_DOWN 1256
#define ERRMAP_ERROR_UNKNOWN   317 /* Windows' code for a status that has no message */

#endif
