/* SPDX-License-Identifier: MIT
 *
 * Making sockets, their handles and names: WSASOCKET-02, WSASOCKET-03, WSASOCKET-05, WSASOCKET-11,
 * WSASOCKET-14, NAME-01. Documented: DOC-SOCKET-01 to -04, DOC-HANDLE-01 and -02, DOC-NAME-01 and
 * -02, DOC-ORDER-01. */
#include "conf.h"

static SOCKET make(int family, int type, int protocol)
{
    return WSASocketA(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
}

static void refused(void)
{
    WSAPROTOCOL_INFOA info;
    SOCKET s;
    int error;

    fails("WSASOCKET-02.1", "AF_INET, type 0xdead, protocol 0",
          make(AF_INET, 0xdead, 0) == INVALID_SOCKET, WSAESOCKTNOSUPPORT);
    fails("WSASOCKET-02.2", "AF_INET, type -1, protocol 0", make(AF_INET, -1, 0) == INVALID_SOCKET,
          WSAESOCKTNOSUPPORT);
    fails("WSASOCKET-02.3", "AF_INET, type 0xdead, TCP",
          make(AF_INET, 0xdead, IPPROTO_TCP) == INVALID_SOCKET, WSAESOCKTNOSUPPORT);
    fails("WSASOCKET-02.4", "family 0xdead, type 0xdead, TCP",
          make(0xdead, 0xdead, IPPROTO_TCP) == INVALID_SOCKET, WSAESOCKTNOSUPPORT);
    fails("WSASOCKET-03.1", "AF_INET, SOCK_STREAM, protocol 0xdead",
          make(AF_INET, SOCK_STREAM, 0xdead) == INVALID_SOCKET, WSAEPROTONOSUPPORT);
    fails("WSASOCKET-03.2", "AF_INET, SOCK_STREAM, protocol -1",
          make(AF_INET, SOCK_STREAM, -1) == INVALID_SOCKET, WSAEPROTONOSUPPORT);
    fails("WSASOCKET-03.3", "AF_INET, type 0, protocol 0xdead",
          make(AF_INET, 0, 0xdead) == INVALID_SOCKET, WSAEPROTONOSUPPORT);
    memset(&info, 0, sizeof info);
    info.iAddressFamily = info.iSocketType = info.iProtocol = FROM_PROTOCOL_INFO;
    fails("WSASOCKET-11", "protocol information of -1 throughout",
          WSASocketA(0, 0, IPPROTO_UDP, &info, 0, 0) == INVALID_SOCKET, WSAEAFNOSUPPORT);
    fails("WSASOCKET-14.1", "AF_IPX", make(AF_IPX, SOCK_DGRAM, 1000) == INVALID_SOCKET,
          WSAEAFNOSUPPORT);
    s = make(32, SOCK_STREAM, 3); /* AF_BTH, RFCOMM */
    error = WSAGetLastError();
    ok(s == INVALID_SOCKET && (error == WSAEAFNOSUPPORT || error == WSAEPROTONOSUPPORT),
       "WSASOCKET-14.2", "AF_BTH: refused");
    fails("DOC-SOCKET-01", "AF_UNSPEC, type 0, protocol 0", make(0, 0, 0) == INVALID_SOCKET,
          WSAEINVAL);
    fails("DOC-SOCKET-02", "family 0xdead, SOCK_STREAM, protocol 0",
          make(0xdead, SOCK_STREAM, 0) == INVALID_SOCKET, WSAEAFNOSUPPORT);
    s = make(AF_INET, SOCK_STREAM, IPPROTO_UDP);
    error = WSAGetLastError();
    ok(s == INVALID_SOCKET &&
           (error == WSAEINVAL || error == WSAEPROTOTYPE || error == WSAEPROTONOSUPPORT),
       "DOC-SOCKET-03", "SOCK_STREAM with UDP: refused");
}

static void type_of(const char *fact, const char *what, int family, int type, int protocol,
                    int wanted)
{
    SOCKET s = make(family, type, protocol);
    int seen = -1;
    int length = sizeof seen;

    if (s == INVALID_SOCKET) {
        works(fact, what, 0);
        return;
    }
    getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&seen, &length);
    equals(fact, what, seen, wanted);
    closesocket(s);
}

static void types(void)
{
    type_of("WSASOCKET-05.1", "SO_TYPE of type 0, TCP", AF_INET, 0, IPPROTO_TCP, SOCK_STREAM);
    type_of("WSASOCKET-05.2", "SO_TYPE of type 0, UDP", AF_INET, 0, IPPROTO_UDP, SOCK_DGRAM);
    type_of("WSASOCKET-05.3", "SO_TYPE of type 0, protocol 0", AF_INET, 0, 0, SOCK_STREAM);
    type_of("WSASOCKET-05.4", "SO_TYPE of SOCK_STREAM", AF_INET, SOCK_STREAM, 0, SOCK_STREAM);
    type_of("WSASOCKET-05.5", "SO_TYPE of SOCK_DGRAM", AF_INET, SOCK_DGRAM, 0, SOCK_DGRAM);
    type_of("DOC-SOCKET-04.1", "SO_TYPE of IPv6 TCP", AF_INET6, SOCK_STREAM, IPPROTO_TCP,
            SOCK_STREAM);
    type_of("DOC-SOCKET-04.2", "SO_TYPE of IPv6 UDP", AF_INET6, SOCK_DGRAM, IPPROTO_UDP,
            SOCK_DGRAM);
}

static void handles(void)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    int type = 0;
    int length = sizeof type;

    ok(s != INVALID_SOCKET && s != 0 && s % 4 == 0, "DOC-HANDLE-01.1",
       "WSASocketW: a handle that is not 0 and a multiple of 4");
    works("DOC-HANDLE-01.2", "closesocket", closesocket(s) == 0);
    fails("DOC-HANDLE-01.3", "closesocket again", closesocket(s) != 0, WSAENOTSOCK);
    fails("DOC-HANDLE-01.4", "closesocket of INVALID_SOCKET", closesocket(INVALID_SOCKET) != 0,
          WSAENOTSOCK);
    fails("DOC-HANDLE-01.5", "closesocket of an event", closesocket((SOCKET)event) != 0,
          WSAENOTSOCK);
    works("DOC-HANDLE-01.6", "WSASetEvent after that", WSASetEvent(event));
    s = conf_tcp();
    works("DOC-HANDLE-02.1", "CloseHandle of a socket", CloseHandle((HANDLE)s));
    fails("DOC-HANDLE-02.2", "getsockopt after it",
          getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &length) != 0, WSAENOTSOCK);
    fails("DOC-HANDLE-02.3", "CloseHandle again", !CloseHandle((HANDLE)s), ERROR_INVALID_HANDLE);
    WSACloseEvent(event);
}

static void names(void)
{
    SOCKET s = conf_tcp();
    SOCKADDR_IN address;
    SOCKADDR_IN before;
    int length = sizeof address;

    memset(&address, 0x5a, sizeof address);
    before = address;
    fails("NAME-01.1", "getsockname of an unbound socket",
          getsockname(s, (struct sockaddr *)&address, &length) != 0, WSAEINVAL);
    ok(memcmp(&address, &before, sizeof address) == 0 && length == sizeof address, "NAME-01.2",
       "it writes %s", memcmp(&address, &before, sizeof address) == 0 ? "nothing" : "something");
    fails("DOC-NAME-01.1", "getpeername of an unbound socket",
          getpeername(s, (struct sockaddr *)&address, &length) != 0, WSAENOTCONN);
    conf_bind(s, conf_loopback(0));
    length = sizeof address;
    works("DOC-NAME-02.1", "getsockname of a bound socket",
          getsockname(s, (struct sockaddr *)&address, &length) == 0);
    ok(length == sizeof address && address.sin_family == AF_INET && address.sin_port != 0 &&
           address.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
       "DOC-NAME-02.2", "length %d, family %d, a port, 127.0.0.1", length, address.sin_family);
    length = (int)sizeof address - 1;
    fails("DOC-NAME-02.3", "getsockname with one byte too few",
          getsockname(s, (struct sockaddr *)&address, &length) != 0, WSAEFAULT);
    fails("DOC-NAME-01.2", "getpeername of a bound socket",
          getpeername(s, (struct sockaddr *)&address, &length) != 0, WSAENOTCONN);
    closesocket(s);
    fails("DOC-NAME-02.4", "getsockname of a closed socket",
          getsockname(s, (struct sockaddr *)&address, &length) != 0, WSAENOTSOCK);
}

int main(void)
{
    conf_begin("WSASocketA WSASocketW socket closesocket CloseHandle getsockname getpeername "
               "htons htonl ntohs ntohl");
    refused();
    types();
    handles();
    names();
    ok(htons(0x1234) == 0x3412 && htonl(0x12345678) == 0x78563412 && ntohs(0x1234) == 0x3412 &&
           ntohl(0x12345678) == 0x78563412,
       "DOC-ORDER-01", "htons, htonl, ntohs, ntohl swap bytes");
    return conf_end();
}
