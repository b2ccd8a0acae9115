/* SPDX-License-Identifier: MIT */
/*
 * WSAEnumProtocols, WSADuplicateSocket, the tickets that it writes, and descriptors. Offers are for
 * this process or for none that there is: others would have to be waited for.
 */
#include "fuzz/arguments/arguments.h"

#include <unistd.h>

#include <windows.h>
#include <ws2ring.h>

#define ARG_SYM16(name) __asm__("ws2_" #name "16")

extern int arg_protocols16(int *protocols, void *buffer, DWORD *bytes) ARG_SYM16(WSAEnumProtocolsW);
extern int arg_duplicate16(SOCKET s, DWORD process, void *info) ARG_SYM16(WSADuplicateSocketW);

enum { ARG_PROTOCOLS = 6 };

/* The last ticket, which may have been taken, forged, or never been one. */
static WSAPROTOCOL_INFOW ticket;

void arg_call_protocols(void)
{
    static WSAPROTOCOL_INFOW room[ARG_PROTOCOLS];
    int list[3] = {(int)arg_byte(), (int)arg_byte(), 0};
    uint8_t how = arg_byte();
    DWORD bytes = how & 1 ? sizeof room : arg_number() % sizeof room;
    int *protocols = arg_pointer(list);
    void *buffer = arg_pointer(room);
    DWORD *length = arg_pointer(&bytes);
    int count;

    if (how & 2)
        count = WSAEnumProtocolsA(protocols, buffer, length);
    else if (how & 4)
        count = arg_protocols16(protocols, buffer, length);
    else
        count = WSAEnumProtocolsW(protocols, buffer, length);
    FUZZ_CHECK(count >= SOCKET_ERROR && count < ARG_PROTOCOLS);
    arg_failed_if(count == SOCKET_ERROR);
}

void arg_call_duplicate(void)
{
    SOCKET s = arg_socket();
    uint8_t how = arg_byte();
    DWORD process = how & 0x10 ? (DWORD)-1 : how & 0x20 ? 0 : GetCurrentProcessId();
    void *info = arg_pointer(&ticket);

    if (how & 1)
        arg_result(WSADuplicateSocketA(s, process, info));
    else if (how & 2)
        arg_result(arg_duplicate16(s, process, info));
    else
        arg_result(WSADuplicateSocketW(s, process, info));
}

void arg_call_take(void)
{
    WSAPROTOCOL_INFOW info = ticket;
    uint8_t at = arg_byte();
    uint8_t bits = arg_byte();

    if (at < 128) /* mostly somewhere behind what it could be */
        ((unsigned char *)&info)[at] ^= bits;
    arg_opened_socket(WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info,
                                 arg_byte() < 0xe0 ? 0 : 1, arg_number()));
}

void arg_call_descriptor(void)
{
    SOCKET s = arg_socket();
    uint8_t how = arg_byte();
    DWORD flags = 0;
    int fd = ws2_fd(s);

    (void)ws2_inherit_handles(how & 1);
    arg_failed_if(fd < 0);
    if (fd >= 0 && (how & 2)) {
        int copy = dup(fd);
        SOCKET adopted = (SOCKET)ws2_adopt(how & 4 ? copy : -1);

        if (copy >= 0 && (adopted == INVALID_SOCKET || !(how & 4)))
            close(copy); /* it was not taken over: there is room for a socket here */
        arg_opened_socket(adopted);
        return;
    }
    if (GetHandleInformation((HANDLE)s, &flags))
        arg_failed_if(!SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, how));
}
