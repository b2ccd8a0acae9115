/* SPDX-License-Identifier: MIT
 *
 * WSAJoinLeaf. Documented: DOC-JOINLEAF-01 (what a socket must be made with), -02 (bad arguments),
 * -03 (a session on the loopback interface). */
#include "conf.h"

enum { LEAF = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF };

static SOCKET made_with(int type, DWORD flags)
{
    return WSASocketA(AF_INET, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED | flags);
}

static SOCKET join(SOCKET s, SOCKADDR_IN name, DWORD flags)
{
    return WSAJoinLeaf(s, (struct sockaddr *)&name, sizeof name, NULL, NULL, NULL, NULL, flags);
}

static SOCKADDR_IN session(void)
{
    SOCKADDR_IN name = conf_loopback(htons(4000));

    name.sin_addr.s_addr = htonl(0xEFFF0101); /* 239.255.1.1 */
    return name;
}

static void makers(void)
{
    SOCKET s = made_with(SOCK_DGRAM, 0);

    fails("DOC-JOINLEAF-01.1", "a socket made without the flags",
          join(s, session(), JL_BOTH) == INVALID_SOCKET, WSAEINVAL);
    closesocket(s);
    s = made_with(SOCK_DGRAM, WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_C_LEAF);
    fails("DOC-JOINLEAF-01.2", "a socket that is root and leaf", s == INVALID_SOCKET, WSAEINVAL);
    closesocket(s);
    WSASetLastError(0);
    s = made_with(SOCK_DGRAM, LEAF);
    works("DOC-JOINLEAF-01.3", "a leaf", s != INVALID_SOCKET);
    closesocket(s);
}

static void arguments(void)
{
    SOCKET s = made_with(SOCK_DGRAM, LEAF);
    SOCKADDR_IN name = session();
    SOCKADDR_IN other = session();

    other.sin_family = AF_INET6;
    fails("DOC-JOINLEAF-02.1", "no socket", join(INVALID_SOCKET, name, JL_BOTH) == INVALID_SOCKET,
          WSAENOTSOCK);
    fails("DOC-JOINLEAF-02.2", "no name",
          WSAJoinLeaf(s, NULL, sizeof name, NULL, NULL, NULL, NULL, JL_BOTH) == INVALID_SOCKET,
          WSAEFAULT);
    fails("DOC-JOINLEAF-02.3", "a short name",
          WSAJoinLeaf(s, (struct sockaddr *)&name, 15, NULL, NULL, NULL, NULL, JL_BOTH) ==
              INVALID_SOCKET,
          WSAEFAULT);
    fails("DOC-JOINLEAF-02.4", "another family", join(s, other, JL_BOTH) == INVALID_SOCKET,
          WSAEAFNOSUPPORT);
    name.sin_addr.s_addr = htonl(INADDR_ANY);
    fails("DOC-JOINLEAF-02.5", "an address of zeros", join(s, name, JL_BOTH) == INVALID_SOCKET,
          WSAEADDRNOTAVAIL);
    closesocket(s);
}

static void joining(void)
{
    SOCKET s = made_with(SOCK_DGRAM, LEAF);
    SOCKET joined;

    conf_bind(s, conf_loopback(0));
    joined = join(s, session(), JL_BOTH);
    works("DOC-JOINLEAF-03.1", "JL_BOTH", joined != INVALID_SOCKET);
    ok(joined == s, "DOC-JOINLEAF-03.2", "it is the same socket");
    equals("DOC-JOINLEAF-03.3", "send to the session", send(s, "abc", 3, 0), 3);
    fails("DOC-JOINLEAF-03.4", "once more", join(s, session(), JL_BOTH) == INVALID_SOCKET,
          WSAEISCONN);
    closesocket(s);
}

int main(void)
{
    conf_begin("WSAJoinLeaf WSASocketA");
    makers();
    arguments();
    joining();
    return conf_end();
}
