/* SPDX-License-Identifier: MIT */
/*
 * WSASetBlockingHook(), WSAUnhookBlockingHook(), WSAIsBlocking() and WSACancelBlockingCall(), with
 * and without a start that asked for version 1.1. The hook makes calls, which have to be refused.
 */
#include "fuzz/arguments/arguments.h"

static struct {
    unsigned calls;
    uint8_t how;
    bool cancelled;
} arg_hook;

/* The call must have failed because of where it is made. */
static void arg_refused(bool failed)
{
    FUZZ_CHECK(failed && WSAGetLastError() == WSAEINPROGRESS);
}

static void arg_nested(uint8_t which, SOCKET s, WSAEVENT event)
{
    switch (which % 8) {
    case 0:
        arg_refused(closesocket(s) != 0);
        break;
    case 1:
        arg_refused(!WSACloseEvent(event));
        break;
    case 2:
        arg_refused(WSAConnect(s, arg_address(), arg_address_bytes(), NULL, NULL, NULL, NULL) != 0);
        break;
    case 3:
        arg_refused(WSACleanup() != 0);
        break;
    case 4:
        arg_refused(WSASetBlockingHook(NULL) == NULL);
        break;
    case 5:
        arg_refused(WSAUnhookBlockingHook() != 0);
        break;
    case 6:
        FUZZ_CHECK(WSAStartup(MAKEWORD(1, 1), arg_pointer(arg_room)) == WSAEINPROGRESS);
        break;
    default:
        arg_refused(select(0, NULL, NULL, NULL, NULL) == SOCKET_ERROR);
        break;
    }
}

static BOOL CALLBACK arg_hook_run(void)
{
    FUZZ_CHECK(WSAIsBlocking());
    arg_nested(arg_byte(), arg_socket(), (WSAEVENT)arg_handle());
    if (arg_hook.how & 1) {
        FUZZ_CHECK(WSACancelBlockingCall() == 0);
        arg_hook.cancelled = true;
    }
    return ++arg_hook.calls < (arg_hook.how >> 4);
}

/* A call that blocks for a millisecond. */
static void arg_block(void)
{
    const DWORD limit_ms = 1;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval time = {0, 1000};
    struct fd_set set;
    int result;

    if (s == INVALID_SOCKET)
        return;
    FUZZ_CHECK(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit_ms, sizeof limit_ms) ==
               0);
    if (arg_hook.how & 2) {
        FD_ZERO(&set);
        FD_SET(s, &set);
        result = select(0, NULL, NULL, &set, &time);
    } else {
        SOCKADDR_IN name = {.sin_family = AF_INET};

        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        FUZZ_CHECK(bind(s, (struct sockaddr *)&name, sizeof name) == 0);
        result = recv(s, arg_room, sizeof arg_room, 0);
    }
    arg_failed_if(result == SOCKET_ERROR);
    if (arg_hook.cancelled)
        FUZZ_CHECK(result == SOCKET_ERROR && WSAGetLastError() == WSAEINTR);
    FUZZ_CHECK(closesocket(s) == 0);
}

void arg_call_hook(void)
{
    FARPROC hook = (FARPROC)(void (*)(void))arg_hook_run;
    WSADATA data;
    FARPROC before;

    memset(&arg_hook, 0, sizeof arg_hook);
    arg_hook.how = arg_byte();
    if ((arg_hook.how & 4) && WSAStartup(MAKEWORD(1, 1), &data) == 0)
        arg_starts++;
    FUZZ_CHECK(!WSAIsBlocking());
    FUZZ_CHECK(WSACancelBlockingCall() == SOCKET_ERROR);
    before = WSASetBlockingHook(arg_hook.how & 8 ? NULL : hook);
    arg_failed_if(before == NULL);
    FUZZ_CHECK(before != hook);
    arg_block();
    FUZZ_CHECK(before == NULL ? arg_hook.calls == 0 : true);
    arg_result(WSAUnhookBlockingHook());
}
