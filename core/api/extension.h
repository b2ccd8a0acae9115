/* SPDX-License-Identifier: MIT */
/* The functions that programs reach only through SIO_GET_EXTENSION_FUNCTION_POINTER. */
#ifndef CORE_API_EXTENSION_H
#define CORE_API_EXTENSION_H

#include <winsock2.h>

#include <mswsock.h>

BOOL PASCAL extension_connect(SOCKET s, const struct sockaddr *name, int name_bytes, PVOID data,
                              DWORD data_bytes, LPDWORD sent, LPOVERLAPPED overlapped);
/* WSARecvMsg: core/api/send_recv_msg.c. */
INT PASCAL extension_recvmsg(SOCKET s, LPWSAMSG message, LPDWORD received,
                             LPWSAOVERLAPPED overlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
BOOL PASCAL extension_disconnect(SOCKET s, LPOVERLAPPED overlapped, DWORD flags, DWORD reserved);
/* TransmitPackets: core/api/transmit.c. */
BOOL PASCAL extension_transmit_packets(SOCKET s, LPTRANSMIT_PACKETS_ELEMENT elements, DWORD count,
                                       DWORD each, LPOVERLAPPED overlapped, DWORD flags);

#endif
