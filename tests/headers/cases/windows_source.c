/* SPDX-License-Identifier: MIT */
/*
 * Source as Windows programs have it, C and C++: compile_matrix.py compiles it in old and new
 * dialects with the Windows flavour of the flags. Nothing runs.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <mstcpip.h>
#include <afunix.h>
#include <windows.h>
#include <stdio.h>

#pragma comment(lib, "ws2_32.lib")
#pragma warning(disable : 4996)

#if !defined(_WIN32) || !defined(WIN32) || _WIN32_WINNT < 0x0600
#error the flavour of the flags is missing
#endif

/* Everything the tables of function pointers of real programs hold. */
struct functions {
    int(WSAAPI *WSASend)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, LPWSAOVERLAPPED,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE);
    int(WSAAPI *WSARecv)(SOCKET, LPWSABUF, DWORD, LPDWORD, LPDWORD, LPWSAOVERLAPPED,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE);
    int(WSAAPI *ioctlsocket)(SOCKET, long, u_long *);
    BOOL(WINAPI *GetQueuedCompletionStatus)(HANDLE, LPDWORD, PULONG_PTR, LPOVERLAPPED *, DWORD);
    int(WSAAPI *select)(int, fd_set *, fd_set *, fd_set *, const struct timeval *);
    LPFN_ACCEPTEX AcceptEx;
    LPFN_CONNECTEX ConnectEx;
    LPFN_DISCONNECTEX DisconnectEx;
    LPFN_GETACCEPTEXSOCKADDRS GetAcceptExSockaddrs;
    LPFN_TRANSMITFILE TransmitFile;
    LPFN_WSARECVMSG WSARecvMsg;
    RIO_EXTENSION_FUNCTION_TABLE rio;
};

struct client {
    OVERLAPPED overlapped;
    SOCKET s;
    WSABUF buffer;
    char data[4096];
    SOCKADDR_STORAGE peer;
    LONG references;
    CRITICAL_SECTION lock;
    LARGE_INTEGER started;
};

extern struct functions functions;
struct functions functions;

static __declspec(thread) int calls;

static DWORD WINAPI worker(LPVOID parameter)
{
    HANDLE port = (HANDLE)parameter;
    OVERLAPPED *overlapped;
    ULONG_PTR key;
    DWORD bytes = 0;

    while (GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE)) {
        struct client *client = CONTAINING_RECORD(overlapped, struct client, overlapped);

        calls++;
        printf("%lu bytes of %lu, error %d\n", bytes, client->buffer.len, WSAGetLastError());
        InterlockedIncrement(&client->references);
    }
    return GetLastError();
}

/* A number of 64 bits wherever Windows source may have an unsigned long. */
static int numbers(SOCKET s, WSABUF *buffer, OVERLAPPED *overlapped, HANDLE port, char *room)
{
    unsigned long on = 1, bytes = 0, flags = 0;
    u_long number = 1;
    DWORD sent, received, in = 0;
    ULONG_PTR key;
    OVERLAPPED *finished;
    int failed = 0;

    failed += ioctlsocket(s, FIONBIO, &on) + ioctlsocket(s, (long)FIONREAD, &number);
    failed += WSASend(s, buffer, 1, &bytes, 0, NULL, NULL);
    failed += WSASend(s, buffer, 1, &sent, 0, overlapped, NULL);
    failed += WSASend(s, buffer, 1, NULL, 0, overlapped, NULL) + WSASend(s, buffer, 1, 0, 0, 0, 0);
    failed += WSARecv(s, buffer, 1, &bytes, &flags, NULL, NULL);
    failed += WSARecv(s, buffer, 1, &received, &flags, NULL, NULL);
    failed += WSARecv(s, buffer, 1, &bytes, &in, NULL, NULL);
    failed += WSARecv(s, buffer, 1, NULL, &in, overlapped, NULL);
    failed += WSARecv(s, buffer, 1, NULL, &flags, overlapped, NULL);
    failed += WSASendTo(s, buffer, 1, &bytes, 0, NULL, 0, NULL, NULL);
    failed += WSARecvFrom(s, buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL);
    failed += WSARecvFrom(s, buffer, 1, NULL, &flags, NULL, NULL, overlapped, NULL);
    failed += WSARecvFrom(s, buffer, 1, &received, &in, NULL, NULL, NULL, NULL);
    failed += WSAIoctl(s, SIO_KEEPALIVE_VALS, NULL, 0, NULL, 0, &bytes, NULL, NULL);
    failed += WSAIoctl(s, SIO_KEEPALIVE_VALS, NULL, 0, NULL, 0, &sent, NULL, NULL);
    failed += WSAGetOverlappedResult(s, overlapped, &bytes, TRUE, &flags);
    failed += WSAGetOverlappedResult(s, overlapped, &received, TRUE, &in);
    failed += GetOverlappedResult((HANDLE)s, overlapped, &bytes, TRUE);
    failed += GetOverlappedResultEx((HANDLE)s, overlapped, &bytes, INFINITE, FALSE);
    failed += ReadFile((HANDLE)s, room, 1, &bytes, overlapped);
    failed += WriteFile((HANDLE)s, "x", 1, &bytes, overlapped);
    failed += GetQueuedCompletionStatus(port, &bytes, &key, &finished, 0);
    failed += AcceptEx(s, s, room, 0, 32, 32, &bytes, overlapped);
    failed += AcceptEx(s, s, room, 0, 32, 32, NULL, overlapped);
    failed += CreateThread(NULL, 0, worker, port, 0, &bytes) == NULL;
    failed += CreateThread(NULL, 0, worker, port, 0, NULL) == NULL;
    return failed;
}

static void pointers(void)
{
    functions.WSASend = WSASend;
    functions.WSARecv = WSARecv;
    functions.ioctlsocket = ioctlsocket;
    functions.GetQueuedCompletionStatus = GetQueuedCompletionStatus;
    functions.select = select;
    functions.AcceptEx = AcceptEx;
    functions.GetAcceptExSockaddrs = GetAcceptExSockaddrs;
}

static int through_pointers(SOCKET s, WSABUF *buffer, DWORD *bytes, u_long *on)
{
    return functions.WSASend(s, buffer, 1, bytes, 0, NULL, NULL) +
           functions.ioctlsocket(s, FIONBIO, on) + (ioctlsocket)(s, FIONBIO, on);
}

static int counters(void)
{
    static volatile long counter;
    static volatile LONG count;
    static volatile unsigned long positive;
    static LONG64 wide;

    InterlockedIncrement(&counter);
    InterlockedDecrement(&count);
    InterlockedExchangeAdd(&positive, 1);
    InterlockedIncrement64(&wide);
    return (int)InterlockedCompareExchange(&counter, 1, 0) + (int)InterlockedExchange(&count, 2);
}

static int sets(SOCKET s)
{
    fd_set readable;
    struct timeval timeout = {1, 500000};
    WSAPOLLFD poll_for;
    WSANETWORKEVENTS events;

    FD_ZERO(&readable);
    FD_SET(s, &readable);
    poll_for.fd = s;
    poll_for.events = POLLIN | POLLOUT;
    events.lNetworkEvents = FD_READ | FD_CLOSE;
    if (select(0, &readable, NULL, NULL, &timeout) < 1 || !FD_ISSET(s, &readable))
        FD_CLR(s, &readable);
    return WSAPoll(&poll_for, 1, -1) + (int)events.lNetworkEvents;
}

static int addresses(SOCKADDR_STORAGE *storage, PSOCKADDR_IN6 six, struct in_addr four)
{
    struct addrinfo hints;
    struct ip_mreq membership;
    struct tcp_keepalive keepalive = {1, 10000, 1000};
    SCOPE_ID scope = SCOPEID_UNSPECIFIED_INIT;
    SOCKADDR_UN path;

    ZeroMemory(&hints, sizeof(hints));
    hints.ai_flags = AI_PASSIVE;
    INETADDR_SETANY((PSOCKADDR)storage);
    INETADDR_SETLOOPBACK((PSOCKADDR)storage);
    SS_PORT(storage) = htons(80);
    IN6ADDR_SETV4MAPPED(six, &four, scope, 0);
    membership.imr_interface = four;
    path.sun_family = AF_UNIX;
    return IN6_ADDR_EQUAL(&six->sin6_addr, &in6addr_any) + hints.ai_flags + path.sun_family +
           IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) + INETADDR_PORT((PSOCKADDR)storage) +
           (int)keepalive.onoff + (int)SIZEOF_SOCKET_ADDRESS_LIST(2) + (int)WSA_CMSG_SPACE(4) +
           (int)membership.imr_interface.s_addr;
}

static int __cdecl control(_In_ WSAMSG *message, _Out_opt_ DWORD *found)
{
    WSACMSGHDR *header = WSA_CMSG_FIRSTHDR(message);

    for (; header != NULL; header = WSA_CMSG_NXTHDR(message, header))
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO && found)
            *found = ((IN_PKTINFO *)(void *)WSA_CMSG_DATA(header))->ipi_ifindex;
    return 0;
}

/* So that nothing is unused. */
extern void *uses[];
void *uses[] = {(void *)numbers, (void *)pointers,  (void *)through_pointers, (void *)counters,
                (void *)sets,    (void *)addresses, (void *)control};
