/* SPDX-License-Identifier: MIT
 *
 * A datagram echo server: one thread, blocking recvfrom() and sendto(). It uses nothing but
 * Windows' own calls and builds unchanged on Windows.
 *
 * Ctrl-C closes the socket from another thread, which ends the recvfrom() that waits on it. */
#include "example.h"

enum { DATAGRAM_BYTES = 65536 };

static SOCKET server = INVALID_SOCKET;

static DWORD WINAPI stopper_main(LPVOID unused)
{
    (void)unused;
    WSAWaitForMultipleEvents(1, &example_stop, TRUE, WSA_INFINITE, FALSE);
    closesocket(server);
    return 0;
}

/* Errors that concern one datagram, not the server: too long for the buffer, or an earlier answer
 * found nobody listening. */
static BOOL error_passes(int error)
{
    return error == WSAEMSGSIZE || error == WSAECONNRESET || error == WSAENETRESET;
}

int main(int argc, char **argv)
{
    static char datagram[DATAGRAM_BYTES];
    unsigned short port = example_port(argc, argv);
    HANDLE stopper;

    example_startup();
    example_catch_ctrl_c();
    server = example_bind(SOCK_DGRAM, port);
    stopper = CreateThread(NULL, 0, stopper_main, NULL, 0, NULL);
    if (stopper == NULL)
        example_fail("CreateThread", (int)GetLastError());
    example_announce(server);
    while (!example_stopped()) {
        SOCKADDR_STORAGE peer;
        int peer_bytes = sizeof peer;
        int bytes =
            recvfrom(server, datagram, sizeof datagram, 0, (struct sockaddr *)&peer, &peer_bytes);

        if (bytes < 0 && !example_stopped() && !error_passes(WSAGetLastError()))
            example_fail("recvfrom", WSAGetLastError());
        if (bytes >= 0) /* what cannot be answered is lost, as datagrams may be */
            sendto(server, datagram, bytes, 0, (struct sockaddr *)&peer, peer_bytes);
    }
    WaitForSingleObject(stopper, INFINITE);
    CloseHandle(stopper);
    printf("stopped\n");
    WSACleanup();
    return 0;
}
