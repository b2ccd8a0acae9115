/* SPDX-License-Identifier: MIT */
/* Arguments made of the input's bytes, and the checks that every call's result goes through. */
#include "fuzz/arguments/arguments.h"

struct arg_input arg_input;
struct arg_memory arg_memory[ARG_CALLS];
struct arg_memory *arg_own;
uintptr_t arg_handles[ARG_HANDLES];
unsigned arg_handle_count;
char arg_room[ARG_BYTES];
unsigned arg_apcs_queued;
unsigned arg_apcs_run;

/* ---- Arguments from the input ---- */

uint8_t arg_byte(void)
{
    if (arg_input.left == 0)
        return 0;
    arg_input.left--;
    return *arg_input.data++;
}

uint32_t arg_u32(void)
{
    uint32_t value = arg_byte();

    value |= (uint32_t)arg_byte() << 8;
    value |= (uint32_t)arg_byte() << 16;
    return value | (uint32_t)arg_byte() << 24;
}

/* A small number most of the time, any other when the first byte says so. */
uint32_t arg_number(void)
{
    uint8_t first = arg_byte();

    if (first < 0xf0)
        return first;
    return first == 0xf0 ? UINT32_MAX : first == 0xf1 ? INT32_MAX : arg_u32();
}

uintptr_t arg_handle(void)
{
    uint8_t first = arg_byte();

    if (first < 0xe0)
        return arg_handles[first % arg_handle_count];
    switch (first) {
    case 0xe0:
        return 0;
    case 0xe1:
        return UINTPTR_MAX;
    case 0xe2:
        return arg_handles[arg_byte() % arg_handle_count] | 1;
    case 0xe3:
        return arg_handles[arg_byte() % arg_handle_count] | (uintptr_t)1 << 32;
    default:
        return (uintptr_t)arg_u32() << (first & 16);
    }
}

SOCKET arg_socket(void)
{
    return (SOCKET)arg_handle();
}

DWORD arg_timeout(void)
{
    return arg_byte() & 1;
}

/* Good memory, NULL, or a pointer to nowhere. */
void *arg_pointer(void *good)
{
    uint8_t first = arg_byte();

    return first < 0xe0 ? good : first & 1 ? ARG_BAD : NULL;
}

/* Good memory or NULL, for calls that promise nothing about other pointers. */
void *arg_or_null(void *good)
{
    return arg_byte() < 0xe0 ? good : NULL;
}

struct sockaddr *arg_address(void)
{
    static SOCKADDR_STORAGE name;
    SOCKADDR_IN *inet = (SOCKADDR_IN *)&name;
    SOCKADDR_IN6 *inet6 = (SOCKADDR_IN6 *)&name;
    uint8_t kind = arg_byte();
    int bytes = sizeof name;

    memset(&name, 0, sizeof name);
    if (kind & 1) {
        (void)getsockname((SOCKET)arg_handle(), (struct sockaddr *)&name, &bytes);
        WSASetLastError(0); /* the call to be checked comes later */
    } else if (kind & 2) {
        inet6->sin6_family = AF_INET6;
        inet6->sin6_addr.s6_addr[15] = 1;
        inet6->sin6_port = htons(kind & 4 ? 1 : 0);
    } else {
        inet->sin_family = AF_INET;
        inet->sin_addr.s_addr = htonl(kind & 8 ? INADDR_ANY : INADDR_LOOPBACK);
        inet->sin_port = htons(kind & 4 ? 1 : 0);
    }
    if (kind & 16)
        name.ss_family = (ADDRESS_FAMILY)arg_byte();
    if (kind & 64)
        name.ss_family = AF_UNIX;
    if (name.ss_family == AF_UNIX) { /* no file: no path, or none that there is */
        const char nowhere[] = "/ws2ring-fuzz/nowhere/at/all";

        memset((char *)&name + sizeof name.ss_family, 0, sizeof name - sizeof name.ss_family);
        if (kind & 4)
            memcpy((char *)&name + sizeof name.ss_family, nowhere, sizeof nowhere);
    }
    return kind & 32 ? arg_pointer(&name) : (struct sockaddr *)&name;
}

int arg_address_bytes(void)
{
    uint8_t first = arg_byte();

    return first < 0xc0 ? (int)sizeof(SOCKADDR_STORAGE) : (int)arg_number();
}

/* The running call's OVERLAPPED, or none. */
OVERLAPPED *arg_overlapped(void)
{
    uint8_t first = arg_byte();

    if (first & 1)
        return NULL;
    if (first & 2)
        arg_own->overlapped.hEvent = (HANDLE)(arg_handle() | (first >> 2 & 1));
    return &arg_own->overlapped;
}

/* That of any call, ended, running or never used. */
OVERLAPPED *arg_any_overlapped(void)
{
    uint8_t first = arg_byte();

    return first < 0xe0 ? &arg_memory[first % ARG_CALLS].overlapped : NULL;
}

static void CALLBACK arg_routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    const char *place = (const char *)overlapped;

    (void)bytes;
    (void)flags;
    FUZZ_CHECK(place >= (const char *)arg_memory && place < (const char *)&arg_memory[ARG_CALLS] &&
               HasOverlappedIoCompleted(overlapped));
    FUZZ_CHECK((error == 0) == (overlapped->Internal == 0));
}

LPWSAOVERLAPPED_COMPLETION_ROUTINE arg_optional_routine(void)
{
    return arg_byte() < 0xe0 ? NULL : arg_routine;
}

/* ---- What calls leave behind ---- */

void arg_failed_if(bool failed)
{
    FUZZ_CHECK(!failed || WSAGetLastError() != 0);
}

void arg_result(int result)
{
    FUZZ_CHECK(result == 0 || result == SOCKET_ERROR);
    arg_failed_if(result != 0);
}

/* A new handle, to be used by later calls and closed in the end. */
void arg_opened(uintptr_t handle)
{
    bool failed = handle == 0 || handle == INVALID_SOCKET;

    arg_failed_if(failed);
    if (failed)
        return;
    FUZZ_CHECK(arg_handle_count < ARG_HANDLES && handle % 4 == 0 && handle <= INT32_MAX);
    arg_handles[arg_handle_count++] = handle;
}

void arg_opened_socket(SOCKET s)
{
    u_long on = 1;

    arg_opened(s);
    if (s != INVALID_SOCKET)
        FUZZ_CHECK(ioctlsocket(s, (long)FIONBIO, &on) == 0);
}
