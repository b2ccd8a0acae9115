/* SPDX-License-Identifier: MIT */
/*
 * Segmented datagrams as Windows programs send them: WSASendMsg with UDP_SEND_MSG_SIZE, or with
 * --way recv WSARecvMsg with UDP_COALESCED_INFO, blocking.
 */
#include <winsock2.h>

#include <mswsock.h>
#include <windows.h>
#include <ws2tcpip.h>

#include <string.h>

#include "driven.h"
#include "segment.h"

static char buffer[SEGMENT_ROOM];
static SOCKADDR_IN peer;
static LPFN_WSASENDMSG send_message;
static LPFN_WSARECVMSG receive_message;
static BOOL receives;

union control {
    WSACMSGHDR header;
    char room[WSA_CMSG_SPACE(sizeof(DWORD))];
};

static void send_once(SOCKET s)
{
    union control control = {{0}};
    WSABUF data = {SEGMENT_ALL, buffer};
    WSAMSG message = {
        .lpBuffers = &data, .dwBufferCount = 1, .Control = {sizeof control, (char *)&control}};
    DWORD segment = SEGMENT_BYTES;
    DWORD bytes = 0;

    control.header.cmsg_level = IPPROTO_UDP;
    control.header.cmsg_type = UDP_SEND_MSG_SIZE;
    control.header.cmsg_len = WSA_CMSG_LEN(sizeof segment);
    memcpy(WSA_CMSG_DATA(&control.header), &segment, sizeof segment);
    if (send_message(s, &message, 0, &bytes, NULL, NULL) != 0)
        driven_fail("WSASendMsg", WSAGetLastError());
}

static size_t receive_once(SOCKET s)
{
    union control control;
    WSABUF data = {sizeof buffer, buffer};
    SOCKADDR_IN from;
    WSAMSG message = {.name = (struct sockaddr *)&from,
                      .namelen = sizeof from,
                      .lpBuffers = &data,
                      .dwBufferCount = 1,
                      .Control = {sizeof control, (char *)&control}};
    DWORD bytes = 0;

    if (receive_message(s, &message, &bytes, NULL, NULL) != 0 ||
        WSA_CMSG_FIRSTHDR(&message) == NULL)
        driven_fail("WSARecvMsg", WSAGetLastError());
    return bytes;
}

static void tell(SOCKET s, char what)
{
    if (send(s, &what, 1, 0) != 1)
        driven_fail("send", WSAGetLastError());
}

static void segment_run(struct driven_round *round)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    uint64_t now_ns = driven_now_ns();
    size_t bytes = 0;

    if (s == INVALID_SOCKET || connect(s, (struct sockaddr *)&peer, sizeof peer) != 0 ||
        (receives && WSASetUdpRecvMaxCoalescedSize(s, SEGMENT_ROOM) != 0))
        driven_fail("socket", WSAGetLastError());
    if (receives)
        tell(s, SEGMENT_PEER_WRITES);
    while (now_ns < round->end_ns) {
        if (receives)
            bytes += receive_once(s);
        else
            send_once(s);
        for (bytes += receives ? 0 : SEGMENT_ALL; bytes >= SEGMENT_ALL; bytes -= SEGMENT_ALL)
            now_ns = driven_done(round, now_ns);
    }
    if (receives)
        tell(s, SEGMENT_PEER_STOPS);
    closesocket(s);
}

static void segment_extension(SOCKET s, GUID id, void *function)
{
    DWORD bytes = 0;

    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, function, sizeof(void *),
                 &bytes, NULL, NULL) != 0)
        driven_fail("extension function", WSAGetLastError());
}

static bool segment_open(const struct driven_options *options)
{
    GUID send_id = WSAID_WSASENDMSG;
    GUID receive_id = WSAID_WSARECVMSG;
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);
    SOCKET s;

    if (error != 0)
        driven_fail("WSAStartup", error);
    peer.sin_family = AF_INET;
    peer.sin_port = htons((u_short)options->port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receives = options->way != NULL && strcmp(options->way, "recv") == 0;
    s = socket(AF_INET, SOCK_DGRAM, 0);
    segment_extension(s, send_id, &send_message);
    segment_extension(s, receive_id, &receive_message);
    closesocket(s);
    return true;
}

int main(int argc, char **argv)
{
    return driven_main(argc, argv, segment_open, segment_run);
}
