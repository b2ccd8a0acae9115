/* SPDX-License-Identifier: MIT */
/* The calls of winsock2.h that take `unsigned long *` for a DWORD; see ws2ring/long_args.h. */
#ifndef WS2RING_PART_LONG_WINSOCK_H
#define WS2RING_PART_LONG_WINSOCK_H

#include <ws2ring/long_args.h>

#if defined(WS2RING_EXACT_PROTOTYPES)
/* Nothing. */
#elif defined(__cplusplus)

WS2RING_OVERLOAD(int, ioctlsocket, (SOCKET s, long command, T *argument),
                 (s, command, WS2RING_LONG(argument)))
WS2RING_OVERLOAD(int, WSAHtonl, (SOCKET s, u_long value, T *result),
                 (s, value, WS2RING_LONG(result)))
WS2RING_OVERLOAD(int, WSANtohl, (SOCKET s, u_long value, T *result),
                 (s, value, WS2RING_LONG(result)))
WS2RING_OVERLOAD(int, WSAIoctl,
                 (SOCKET s, DWORD code, LPVOID in, DWORD in_bytes, LPVOID out, DWORD out_bytes,
                  T *returned, LPWSAOVERLAPPED overlapped,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine),
                 (s, code, in, in_bytes, out, out_bytes, WS2RING_LONG(returned), overlapped,
                  routine))
WS2RING_OVERLOAD(int, WSAEnumProtocolsA, (LPINT protocols, LPWSAPROTOCOL_INFOA buffer, T *bytes),
                 (protocols, buffer, WS2RING_LONG(bytes)))
WS2RING_OVERLOAD(int, WSAEnumProtocolsW, (LPINT protocols, LPWSAPROTOCOL_INFOW buffer, T *bytes),
                 (protocols, buffer, WS2RING_LONG(bytes)))
WS2RING_OVERLOAD(int, WSASend,
                 (SOCKET s, LPWSABUF buffers, DWORD count, T *sent, DWORD flags,
                  LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine),
                 (s, buffers, count, WS2RING_LONG(sent), flags, overlapped, routine))
WS2RING_OVERLOAD(int, WSASendTo,
                 (SOCKET s, LPWSABUF buffers, DWORD count, T *sent, DWORD flags,
                  const struct sockaddr *to, int tolen, LPWSAOVERLAPPED overlapped,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine),
                 (s, buffers, count, WS2RING_LONG(sent), flags, to, tolen, overlapped, routine))
WS2RING_OVERLOAD(int, WSASendMsg,
                 (SOCKET s, LPWSAMSG message, DWORD flags, T *sent, LPWSAOVERLAPPED overlapped,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine),
                 (s, message, flags, WS2RING_LONG(sent), overlapped, routine))
WS2RING_OVERLOAD(INT, WSAAddressToStringA,
                 (LPSOCKADDR address, DWORD bytes, LPWSAPROTOCOL_INFOA info, LPSTR text, T *length),
                 (address, bytes, info, text, WS2RING_LONG(length)))
WS2RING_OVERLOAD(INT, WSAAddressToStringW,
                 (LPSOCKADDR address, DWORD bytes, LPWSAPROTOCOL_INFOW info, LPWSTR text,
                  T *length),
                 (address, bytes, info, text, WS2RING_LONG(length)))

/* These have two such parameters: the first, the second or both may be a long. */
#define WS2RING_RECV(one, first, two, second)                                                  \
    WS2RING_OVERLOAD(int, WSARecv,                                                             \
                     (SOCKET s, LPWSABUF buffers, DWORD count, one received, two flags,        \
                      LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine), \
                     (s, buffers, count, first, second, overlapped, routine))
WS2RING_RECV(T *, WS2RING_LONG(received), DWORD *, flags)
WS2RING_RECV(DWORD *, received, T *, WS2RING_LONG(flags))
WS2RING_RECV(T *, WS2RING_LONG(received), T *, WS2RING_LONG(flags))
#undef WS2RING_RECV

#define WS2RING_RECVFROM(one, first, two, second)                                        \
    WS2RING_OVERLOAD(int, WSARecvFrom,                                                   \
                     (SOCKET s, LPWSABUF buffers, DWORD count, one received, two flags,  \
                      struct sockaddr * from, LPINT fromlen, LPWSAOVERLAPPED overlapped, \
                      LPWSAOVERLAPPED_COMPLETION_ROUTINE routine),                       \
                     (s, buffers, count, first, second, from, fromlen, overlapped, routine))
WS2RING_RECVFROM(T *, WS2RING_LONG(received), DWORD *, flags)
WS2RING_RECVFROM(DWORD *, received, T *, WS2RING_LONG(flags))
WS2RING_RECVFROM(T *, WS2RING_LONG(received), T *, WS2RING_LONG(flags))
#undef WS2RING_RECVFROM

#define WS2RING_RESULT(one, first, two, second)                                               \
    WS2RING_OVERLOAD(BOOL, WSAGetOverlappedResult,                                            \
                     (SOCKET s, LPWSAOVERLAPPED overlapped, one bytes, BOOL wait, two flags), \
                     (s, overlapped, first, wait, second))
WS2RING_RESULT(T *, WS2RING_LONG(bytes), DWORD *, flags)
WS2RING_RESULT(DWORD *, bytes, T *, WS2RING_LONG(flags))
WS2RING_RESULT(T *, WS2RING_LONG(bytes), T *, WS2RING_LONG(flags))
#undef WS2RING_RESULT

#define WS2RING_BY_LIST(one, first, two, second)                                              \
    WS2RING_OVERLOAD(BOOL, WSAConnectByList,                                                  \
                     (SOCKET s, PSOCKET_ADDRESS_LIST list, one local_bytes, LPSOCKADDR local, \
                      two remote_bytes, LPSOCKADDR remote, const struct timeval *timeout,     \
                      LPWSAOVERLAPPED reserved),                                              \
                     (s, list, first, local, second, remote, timeout, reserved))
WS2RING_BY_LIST(T *, WS2RING_LONG(local_bytes), DWORD *, remote_bytes)
WS2RING_BY_LIST(DWORD *, local_bytes, T *, WS2RING_LONG(remote_bytes))
WS2RING_BY_LIST(T *, WS2RING_LONG(local_bytes), T *, WS2RING_LONG(remote_bytes))
#undef WS2RING_BY_LIST

#define WS2RING_BY_NAME(one, first, two, second)                                                \
    WS2RING_OVERLOAD(BOOL, WSAConnectByNameA,                                                   \
                     (SOCKET s, LPCSTR node, LPCSTR service, one local_bytes, LPSOCKADDR local, \
                      two remote_bytes, LPSOCKADDR remote, const struct timeval *timeout,       \
                      LPWSAOVERLAPPED reserved),                                                \
                     (s, node, service, first, local, second, remote, timeout, reserved))       \
    WS2RING_OVERLOAD(BOOL, WSAConnectByNameW,                                                   \
                     (SOCKET s, LPWSTR node, LPWSTR service, one local_bytes, LPSOCKADDR local, \
                      two remote_bytes, LPSOCKADDR remote, const struct timeval *timeout,       \
                      LPWSAOVERLAPPED reserved),                                                \
                     (s, node, service, first, local, second, remote, timeout, reserved))
WS2RING_BY_NAME(T *, WS2RING_LONG(local_bytes), DWORD *, remote_bytes)
WS2RING_BY_NAME(DWORD *, local_bytes, T *, WS2RING_LONG(remote_bytes))
WS2RING_BY_NAME(T *, WS2RING_LONG(local_bytes), T *, WS2RING_LONG(remote_bytes))
#undef WS2RING_BY_NAME

#else

/* Forms of an argument list: which arguments may be a long, of how many. */
/* clang-format off */
#define WS2RING_3RD_OF_3(a, b, c)                   (a, b, WS2RING_LONG(c))
#define WS2RING_5TH_OF_5(a, b, c, d, e)             (a, b, c, d, WS2RING_LONG(e))
#define WS2RING_3RD_5TH_OF_5(a, b, c, d, e)         (a, b, WS2RING_LONG(c), d, WS2RING_LONG(e))
#define WS2RING_4TH_OF_6(a, b, c, d, e, f)          (a, b, c, WS2RING_LONG(d), e, f)
#define WS2RING_4TH_OF_7(a, b, c, d, e, f, g)       (a, b, c, WS2RING_LONG(d), e, f, g)
#define WS2RING_4TH_5TH_OF_7(a, b, c, d, e, f, g) \
    (a, b, c, WS2RING_LONG(d), WS2RING_LONG(e), f, g)
#define WS2RING_4TH_OF_9(a, b, c, d, e, f, g, h, i) (a, b, c, WS2RING_LONG(d), e, f, g, h, i)
#define WS2RING_7TH_OF_9(a, b, c, d, e, f, g, h, i) (a, b, c, d, e, f, WS2RING_LONG(g), h, i)
#define WS2RING_4TH_5TH_OF_9(a, b, c, d, e, f, g, h, i) \
    (a, b, c, WS2RING_LONG(d), WS2RING_LONG(e), f, g, h, i)
#define WS2RING_3RD_5TH_OF_8(a, b, c, d, e, f, g, h) \
    (a, b, WS2RING_LONG(c), d, WS2RING_LONG(e), f, g, h)
#define WS2RING_4TH_6TH_OF_9(a, b, c, d, e, f, g, h, i) \
    (a, b, c, WS2RING_LONG(d), e, WS2RING_LONG(f), g, h, i)

#define ioctlsocket(...) ioctlsocket WS2RING_ARGS_3(WS2RING_3RD_OF_3, __VA_ARGS__)(__VA_ARGS__)
#define WSAHtonl(...)    WSAHtonl WS2RING_ARGS_3(WS2RING_3RD_OF_3, __VA_ARGS__)(__VA_ARGS__)
#define WSANtohl(...)    WSANtohl WS2RING_ARGS_3(WS2RING_3RD_OF_3, __VA_ARGS__)(__VA_ARGS__)
#define WSAEnumProtocolsA(...) \
    WSAEnumProtocolsA WS2RING_ARGS_3(WS2RING_3RD_OF_3, __VA_ARGS__)(__VA_ARGS__)
#define WSAEnumProtocolsW(...) \
    WSAEnumProtocolsW WS2RING_ARGS_3(WS2RING_3RD_OF_3, __VA_ARGS__)(__VA_ARGS__)
#define WSAIoctl(...)    WSAIoctl WS2RING_ARGS_9(WS2RING_7TH_OF_9, __VA_ARGS__)(__VA_ARGS__)
#define WSASend(...)     WSASend WS2RING_ARGS_7(WS2RING_4TH_OF_7, __VA_ARGS__)(__VA_ARGS__)
#define WSARecv(...)     WSARecv WS2RING_ARGS_7(WS2RING_4TH_5TH_OF_7, __VA_ARGS__)(__VA_ARGS__)
#define WSASendTo(...)   WSASendTo WS2RING_ARGS_9(WS2RING_4TH_OF_9, __VA_ARGS__)(__VA_ARGS__)
#define WSASendMsg(...)  WSASendMsg WS2RING_ARGS_6(WS2RING_4TH_OF_6, __VA_ARGS__)(__VA_ARGS__)
#define WSARecvFrom(...) WSARecvFrom WS2RING_ARGS_9(WS2RING_4TH_5TH_OF_9, __VA_ARGS__)(__VA_ARGS__)
#define WSAGetOverlappedResult(...) \
    WSAGetOverlappedResult WS2RING_ARGS_5(WS2RING_3RD_5TH_OF_5, __VA_ARGS__)(__VA_ARGS__)
#define WSAAddressToStringA(...) \
    WSAAddressToStringA WS2RING_ARGS_5(WS2RING_5TH_OF_5, __VA_ARGS__)(__VA_ARGS__)
#define WSAAddressToStringW(...) \
    WSAAddressToStringW WS2RING_ARGS_5(WS2RING_5TH_OF_5, __VA_ARGS__)(__VA_ARGS__)
#define WSAConnectByList(...) \
    WSAConnectByList WS2RING_ARGS_8(WS2RING_3RD_5TH_OF_8, __VA_ARGS__)(__VA_ARGS__)
#define WSAConnectByNameA(...) \
    WSAConnectByNameA WS2RING_ARGS_9(WS2RING_4TH_6TH_OF_9, __VA_ARGS__)(__VA_ARGS__)
#define WSAConnectByNameW(...) \
    WSAConnectByNameW WS2RING_ARGS_9(WS2RING_4TH_6TH_OF_9, __VA_ARGS__)(__VA_ARGS__)
/* clang-format on */

#endif

#endif /* WS2RING_PART_LONG_WINSOCK_H */
