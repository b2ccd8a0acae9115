/* SPDX-License-Identifier: MIT
 *
 * Several handles of one socket, and what a socket tells of its protocol: DUP-02, -04, -05,
 * STARTUP-05, SEND-10, CLOSE-01, IOCP-07, SOCKOPT-INFO-01, -03, -04, -06, -07, -08, ENUMPROTO-01,
 * -03, -04, WSASOCKET-09, -12. Documented: DOC-SHARE-01 (a ticket serves once), -02 (what the
 * handles share), -03 (the last close), -04 (inheritance). */
#include "conf.h"

#ifndef SO_BSP_STATE /* which only some Windows headers name */
#define SO_BSP_STATE 0x1009
#endif

static SOCKET take(WSAPROTOCOL_INFOA *info)
{
    return WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, info, 0,
                      WSA_FLAG_OVERLAPPED);
}

static SOCKET duplicate(SOCKET s)
{
    WSAPROTOCOL_INFOA info;

    if (WSADuplicateSocketA(s, GetCurrentProcessId(), &info) != 0)
        return INVALID_SOCKET;
    return take(&info);
}

static SOCKET copy_handle(SOCKET s)
{
    HANDLE made = NULL;

    if (!DuplicateHandle(GetCurrentProcess(), (HANDLE)s, GetCurrentProcess(), &made, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return INVALID_SOCKET;
    return (SOCKET)made;
}

static void refused(void)
{
    WSAPROTOCOL_INFOA info;
    SOCKET s = conf_tcp();
    DWORD own = GetCurrentProcessId();

    fails("DUP-02.1", "process 0, no room", WSADuplicateSocketA(s, 0, NULL) != 0, WSAEINVAL);
    fails("DUP-02.2", "process ~0, no room", WSADuplicateSocketA(s, ~(DWORD)0, NULL) != 0,
          WSAEINVAL);
    fails("DUP-02.3", "our process, no room", WSADuplicateSocketA(s, own, NULL) != 0, WSAEFAULT);
    fails("DUP-02.4", "no socket", WSADuplicateSocketA(INVALID_SOCKET, own, &info) != 0,
          WSAENOTSOCK);
    closesocket(s);
}

static void connected(void)
{
    WSAPROTOCOL_INFOA info;
    struct pair pair = conf_pair();
    SOCKET second = INVALID_SOCKET;
    char data[4] = "";
    int size = 4711;
    int seen = 0;
    int length = sizeof seen;

    works("STARTUP-05.1", "WSADuplicateSocket to ourselves",
          WSADuplicateSocketA(pair.server, GetCurrentProcessId(), &info) == 0);
    second = WSASocketA(0, 0, 0, &info, 0, 0);
    works("STARTUP-05.2", "WSASocket", second != INVALID_SOCKET);
    ok(second != pair.server, "STARTUP-05.3", "another handle");
    fails("DOC-SHARE-01", "the ticket once more", take(&info) == INVALID_SOCKET, WSAEINVAL);
    setsockopt(second, SOL_SOCKET, SO_RCVBUF, (char *)&size, sizeof size);
    getsockopt(pair.server, SOL_SOCKET, SO_RCVBUF, (char *)&seen, &length);
    equals("DOC-SHARE-02.1", "SO_RCVBUF set through one, read through the other", seen, size);
    equals("STARTUP-05.4", "it sends", send(second, "ab", 2, 0), 2);
    equals("STARTUP-05.5", "and receives", recv(pair.client, data, sizeof data, 0), 2);
    works("DOC-SHARE-03.1", "the first is closed", closesocket(pair.server) == 0);
    equals("DOC-SHARE-03.2", "the second sends", send(second, "c", 1, 0), 1);
    fails("DOC-SHARE-03.3", "the first does not", send(pair.server, "c", 1, 0) != 1, WSAENOTSOCK);
    works("DOC-SHARE-03.4", "the second is closed", closesocket(second) == 0);
    equals("DOC-SHARE-03.5", "what was sent comes", recv(pair.client, data, sizeof data, 0), 1);
    equals("DOC-SHARE-03.6", "and the end", recv(pair.client, data, sizeof data, 0), 0);
    closesocket(pair.client);
}

static void datagrams(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);
    SOCKET second = duplicate(s);
    SOCKET receiver = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN to = conf_address(receiver);
    u_long on = 1;
    char byte;

    ioctlsocket(second, FIONBIO, &on);
    conf_bind(s, conf_loopback(0));
    fails("DUP-04", "recvfrom on a duplicate from before the bind",
          recvfrom(second, &byte, 1, 0, NULL, NULL) != 1, WSAEINVAL);
    closesocket(second);
    second = duplicate(s);
    works("DUP-05.1", "the original is closed", closesocket(s) == 0);
    equals("DUP-05.2", "sendto on the duplicate",
           sendto(second, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    equals("DUP-05.3", "it arrives", recv(receiver, &byte, 1, 0), 1);
    works("DUP-05.4", "closesocket", closesocket(second) == 0);
    closesocket(receiver);
}

static void copies(void)
{
    struct pair pair = conf_pair();
    SOCKET copy = copy_handle(pair.client);
    WSABUF buffer = {1, "c"};
    OVERLAPPED overlapped;
    struct timeval now = {0, 0};
    fd_set set;
    DWORD bytes = 0;
    DWORD flags = 0;

    memset(&overlapped, 0, sizeof overlapped);
    works("SEND-10.1", "DuplicateHandle", copy != INVALID_SOCKET);
    equals("SEND-10.2", "send", send(copy, "a", 1, 0), 1);
    equals("SEND-10.3", "sendto without an address", sendto(copy, "b", 1, 0, NULL, 0), 1);
    works("SEND-10.4", "WSASend", WSASend(copy, &buffer, 1, &bytes, 0, NULL, NULL) == 0);
    FD_ZERO(&set);
    FD_SET(copy, &set);
    equals("CLOSE-01.1", "select", select(0, NULL, &set, NULL, &now), 1);
    fails("CLOSE-01.2", "WSAGetOverlappedResult",
          !WSAGetOverlappedResult(copy, &overlapped, &bytes, FALSE, &flags), WSAENOTSOCK);
    works("SEND-10.5", "closesocket", closesocket(copy) == 0);
    equals("SEND-10.6", "the original sends", send(pair.client, "d", 1, 0), 1);
    closesocket(pair.client);
    closesocket(pair.server);
}

/* A pending AcceptEx, issued on the duplicate; `first` is closed first. */
static void listener(int first)
{
    SOCKET handles[2];
    SOCKET accepted = conf_tcp();
    HANDLE port = conf_port();
    OVERLAPPED overlapped;
    struct packet packet;
    char output[64];
    char fact[32];
    DWORD bytes = 0;

    memset(&overlapped, 0, sizeof overlapped);
    handles[0] = conf_listener();
    CreateIoCompletionPort((HANDLE)handles[0], port, 7, 0);
    handles[1] = duplicate(handles[0]);
    snprintf(fact, sizeof fact, "IOCP-07.%d", 3 * first + 1);
    fails(fact, "AcceptEx on the duplicate",
          !conf.accept_ex(handles[1], accepted, output, 0, 32, 32, &bytes, &overlapped),
          WSA_IO_PENDING);
    closesocket(handles[first]);
    packet = conf_packet(port, CONF_QUIET_MS);
    snprintf(fact, sizeof fact, "IOCP-07.%d", 3 * first + 2);
    ok(packet.overlapped == NULL, fact, "one handle is closed: %s",
       packet.overlapped == NULL ? "no packet" : "a packet");
    closesocket(handles[!first]);
    packet = conf_packet(port, CONF_WAIT_MS);
    snprintf(fact, sizeof fact, "IOCP-07.%d", 3 * first + 3);
    ok(packet.overlapped == &overlapped && !packet.result && packet.key == 7, fact,
       "the other is closed: %s, key %d", packet.overlapped == &overlapped ? "a packet" : "none",
       (int)packet.key);
    closesocket(accepted);
    CloseHandle(port);
}

static void protocol_of(const char *fact, int family, int type, int protocol)
{
    SOCKET s = socket(family, type, 0);
    WSAPROTOCOL_INFOA narrow;
    WSAPROTOCOL_INFOW wide;
    int length = sizeof narrow;
    int same;

    memset(&narrow, 0, sizeof narrow);
    memset(&wide, 0, sizeof wide);
    getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&narrow, &length);
    length = sizeof wide;
    getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&wide, &length);
    same = memcmp(&narrow, &wide, offsetof(WSAPROTOCOL_INFOA, szProtocol)) == 0;
    ok(narrow.iAddressFamily == family && narrow.iSocketType == type &&
           narrow.iProtocol == protocol && same && narrow.szProtocol[0] != 0,
       fact, "family %d, type %d, protocol %d; A and W %s", narrow.iAddressFamily,
       narrow.iSocketType, narrow.iProtocol, same ? "agree" : "differ");
    closesocket(s);
}

static void protocol_info(void)
{
    SOCKET s = conf_tcp();
    WSAPROTOCOL_INFOA info[2];
    int length = sizeof *info - 1;

    fails("SOCKOPT-INFO-01", "SO_PROTOCOL_INFOA of no socket, no pointers",
          getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_PROTOCOL_INFOA, NULL, NULL) != 0, WSAENOTSOCK);
    fails("SOCKOPT-INFO-03.1", "one byte too few",
          getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)info, &length) != 0, WSAEFAULT);
    equals("SOCKOPT-INFO-03.2", "the length becomes", length, 372);
    length = sizeof *info + 1;
    works("SOCKOPT-INFO-03.3", "one byte too many",
          getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)info, &length) == 0);
    equals("SOCKOPT-INFO-03.4", "the length stays", length, 373);
    closesocket(s);
    protocol_of("SOCKOPT-INFO-04.1", AF_INET, SOCK_STREAM, IPPROTO_TCP);
    protocol_of("SOCKOPT-INFO-04.2", AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    protocol_of("SOCKOPT-INFO-04.3", AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    protocol_of("SOCKOPT-INFO-04.4", AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
}

struct bsp {
    CSADDR_INFO info;
    char names[256];
};

static int bsp_state(SOCKET s, struct bsp *bsp, int *length)
{
    memset(bsp, 0x5a, sizeof *bsp);
    return getsockopt(s, SOL_SOCKET, SO_BSP_STATE, (char *)bsp, length);
}

static int same_port(const SOCKET_ADDRESS *one, SOCKADDR_IN other)
{
    return one->iSockaddrLength >= (int)sizeof other &&
           ((const SOCKADDR_IN *)(void *)one->lpSockaddr)->sin_port == other.sin_port;
}

static void bsp_states(void)
{
    SOCKET s = conf_tcp();
    struct pair pair = conf_pair();
    struct bsp bsp;
    int exact = (int)(sizeof(CSADDR_INFO) + 2 * sizeof(struct sockaddr));
    int length = sizeof bsp;

    works("SOCKOPT-INFO-06.1", "SO_BSP_STATE, not bound", bsp_state(s, &bsp, &length) == 0);
    ok(bsp.info.LocalAddr.iSockaddrLength == 0 && bsp.info.LocalAddr.lpSockaddr == NULL &&
           bsp.info.RemoteAddr.iSockaddrLength == 0 && bsp.info.RemoteAddr.lpSockaddr == NULL,
       "SOCKOPT-INFO-06.2", "no addresses");
    length = sizeof(CSADDR_INFO);
    fails("SOCKOPT-INFO-08.1", "no room for addresses", bsp_state(s, &bsp, &length) != 0,
          WSAEFAULT);
    equals("SOCKOPT-INFO-08.2", "the length stays", length == (int)sizeof(CSADDR_INFO), 1);
    length = exact - 1;
    fails("SOCKOPT-INFO-08.3", "one byte too few", bsp_state(s, &bsp, &length) != 0, WSAEFAULT);
    length = exact;
    works("SOCKOPT-INFO-08.4", "exact room", bsp_state(s, &bsp, &length) == 0);
    conf_bind(s, conf_loopback(0));
    length = sizeof bsp;
    bsp_state(s, &bsp, &length);
    ok(same_port(&bsp.info.LocalAddr, conf_address(s)), "SOCKOPT-INFO-07.1",
       "bound: the local address");
    closesocket(s);
    length = sizeof bsp;
    bsp_state(pair.client, &bsp, &length);
    ok(same_port(&bsp.info.LocalAddr, conf_address(pair.client)) &&
           same_port(&bsp.info.RemoteAddr, conf_address(pair.server)),
       "SOCKOPT-INFO-07.2", "the client's ends");
    ok(bsp.info.iSocketType == SOCK_STREAM && bsp.info.iProtocol == IPPROTO_TCP,
       "SOCKOPT-INFO-07.3", "type %d, protocol %d", bsp.info.iSocketType, bsp.info.iProtocol);
    length = sizeof bsp;
    bsp_state(pair.server, &bsp, &length);
    ok(same_port(&bsp.info.LocalAddr, conf_address(pair.server)) &&
           same_port(&bsp.info.RemoteAddr, conf_address(pair.client)),
       "SOCKOPT-INFO-07.4", "the server's mirror them");
    closesocket(pair.client);
    closesocket(pair.server);
}

static void protocols(void)
{
    static WSAPROTOCOL_INFOA list[64];
    const DWORD udp = XP1_CONNECTIONLESS | XP1_MESSAGE_ORIENTED | XP1_SUPPORT_BROADCAST |
                      XP1_SUPPORT_MULTIPOINT | XP1_IFS_HANDLES;
    int wanted[] = {0xdead, IPPROTO_TCP, 0xcafe, IPPROTO_UDP, 0xbeef, 0};
    DWORD bytes = 0;
    int others = 0;
    int odd = 0;
    int count;

    fails("ENUMPROTO-01.1", "no buffer", WSAEnumProtocolsA(NULL, NULL, &bytes) == SOCKET_ERROR,
          WSAENOBUFS);
    ok(bytes > 0 && bytes % sizeof *list == 0, "ENUMPROTO-01.2",
       "the length becomes what it takes");
    bytes = 0;
    fails("WSASOCKET-09", "a buffer, length 0",
          WSAEnumProtocolsA(NULL, list, &bytes) == SOCKET_ERROR, WSAENOBUFS);
    bytes = sizeof list;
    count = WSAEnumProtocolsA(wanted, list, &bytes);
    for (int i = 0; i < count; i++) {
        others += list[i].iProtocol != IPPROTO_TCP && list[i].iProtocol != IPPROTO_UDP;
        if (list[i].iProtocol == IPPROTO_UDP)
            odd += (list[i].dwServiceFlags1 & ~(DWORD)XP1_QOS_SUPPORTED) != udp;
    }
    ok(count >= 2 && others == 0, "ENUMPROTO-04", "a list with unknown numbers: %d others", others);
    equals("ENUMPROTO-03", "UDP with other service flags", odd, 0);
    ok(count > 0 && list[0].iProtocol == IPPROTO_TCP &&
           (list[0].dwProviderFlags & PFL_MATCHES_PROTOCOL_ZERO),
       "WSASOCKET-12", "the first is TCP, for protocol 0");
}

static void inheritance(void)
{
    SOCKET plain = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0);
    SOCKET kept = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_NO_HANDLE_INHERIT);
    DWORD flags = 0;

    GetHandleInformation((HANDLE)plain, &flags);
    equals("DOC-SHARE-04.1", "inheritable", flags & HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    GetHandleInformation((HANDLE)kept, &flags);
    equals("DOC-SHARE-04.2", "with WSA_FLAG_NO_HANDLE_INHERIT", flags & HANDLE_FLAG_INHERIT, 0);
    works("DOC-SHARE-04.3", "SetHandleInformation",
          SetHandleInformation((HANDLE)plain, HANDLE_FLAG_INHERIT, 0));
    GetHandleInformation((HANDLE)plain, &flags);
    equals("DOC-SHARE-04.4", "no more", flags & HANDLE_FLAG_INHERIT, 0);
    closesocket(plain);
    closesocket(kept);
}

int main(void)
{
    conf_begin("WSADuplicateSocketA WSASocketA WSAEnumProtocolsA DuplicateHandle closesocket "
               "getsockopt GetHandleInformation SetHandleInformation");
    refused();
    connected();
    datagrams();
    copies();
    listener(0);
    listener(1);
    protocol_info();
    bsp_states();
    protocols();
    inheritance();
    return conf_end();
}
