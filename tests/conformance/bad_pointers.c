/* SPDX-License-Identifier: MIT
 *
 * Pointers that Windows survives and Wine does not: BIND-06. Nothing else belongs here, because a
 * crash loses every later line of the program. */
#include "conf.h"

int main(void)
{
    const struct sockaddr *bad = (const struct sockaddr *)(ULONG_PTR)1;
    WSADATA data;
    SOCKET s;

    printf("# covers: bind\n");
    equals("BIND-06.1", "bind of INVALID_SOCKET before start-up", bind(INVALID_SOCKET, bad, 0), -1);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        conf_die("WSAStartup");
    fails("BIND-06.2", "bind of INVALID_SOCKET to a bad pointer", bind(INVALID_SOCKET, bad, 0) != 0,
          WSAENOTSOCK);
    s = conf_tcp();
    fails("BIND-06.3", "bad pointer, length 0", bind(s, bad, 0) != 0, WSAEFAULT);
    fails("BIND-06.4", "bad pointer, full length", bind(s, bad, sizeof(SOCKADDR_IN)) != 0,
          WSAEFAULT);
    fails("BIND-06.5", "NULL, full length", bind(s, NULL, sizeof(SOCKADDR_IN)) != 0, WSAEFAULT);
    fails("BIND-06.6", "NULL, negative length", bind(s, NULL, -1) != 0, WSAEFAULT);
    works("BIND-06.7", "a good address after all that", conf_bind(s, conf_loopback(0)) == 0);
    WSACleanup();
    return conf_end();
}
