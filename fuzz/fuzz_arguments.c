/* SPDX-License-Identifier: MIT */
/*
 * Argument validation of every exported call: the input is a sequence of calls with any integers,
 * on live, closed and invented handles. Whatever fails leaves a last error; afterwards everything
 * can be closed, and nothing is left of it. What is left out, and why: fuzz/arguments/arguments.h.
 */
#include <winsock2.h>

#include <mswsock.h>
#include <ws2ring.h>

#include "fuzz/arguments/arguments.h"

enum { ARG_SETTLE_MS = 5000, ARG_CONNECT_MS = 5000 };

int arg_starts;
LPFN_CONNECTEX arg_connect_ex;
LPFN_DISCONNECTEX arg_disconnect_ex;

static struct ws2_stats arg_stats(void)
{
    struct ws2_stats stats = {.size_bytes = sizeof stats};

    FUZZ_CHECK(ws2_stats(&stats) == 0);
    return stats;
}

static void arg_start(void)
{
    WSADATA data;

    FUZZ_CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    arg_starts++;
}

static void *arg_extension(SOCKET s, GUID id)
{
    void *function = NULL;
    DWORD bytes = 0;

    FUZZ_CHECK(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                        sizeof function, &bytes, NULL, NULL) == 0);
    return function;
}

/* Bound to loopback and a port of the system's choice. */
static SOCKET arg_bound(int type)
{
    SOCKADDR_IN name = {.sin_family = AF_INET};
    SOCKET s = socket(AF_INET, type, 0);

    arg_opened_socket(s);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FUZZ_CHECK(bind(s, (struct sockaddr *)&name, sizeof name) == 0);
    return s;
}

/* A connected pair over the listener. */
static void arg_connect(SOCKET listener)
{
    SOCKET client = arg_bound(SOCK_STREAM);
    OVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    SOCKADDR_IN name;
    int bytes = sizeof name;

    FUZZ_CHECK(getsockname(listener, (struct sockaddr *)&name, &bytes) == 0);
    FUZZ_CHECK(
        arg_connect_ex(client, (struct sockaddr *)&name, bytes, NULL, 0, NULL, &overlapped) ||
        WSAGetLastError() == WSA_IO_PENDING);
    FUZZ_CHECK(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, ARG_CONNECT_MS, FALSE) == 0);
    FUZZ_CHECK(overlapped.Internal == 0);
    FUZZ_CHECK(setsockopt(client, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) == 0);
    FUZZ_CHECK(WSACloseEvent(overlapped.hEvent));
    arg_opened_socket(accept(listener, NULL, NULL));
}

/* The objects that every input begins with: handles 0 to 8. */
static void arg_open_all(void)
{
    const DWORD overlapped = 0;
    SOCKET listener;

    arg_handle_count = 0;
    FUZZ_CHECK(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (const char *)&overlapped,
                          sizeof overlapped) == 0); /* another input may have set it */
    arg_opened_socket(socket(AF_INET, SOCK_STREAM, 0));
    arg_connect_ex = (LPFN_CONNECTEX)arg_extension(arg_handles[0], (GUID)WSAID_CONNECTEX);
    arg_disconnect_ex = (LPFN_DISCONNECTEX)arg_extension(arg_handles[0], (GUID)WSAID_DISCONNECTEX);
    (void)arg_bound(SOCK_STREAM);
    (void)arg_bound(SOCK_DGRAM);
    listener = arg_bound(SOCK_STREAM);
    FUZZ_CHECK(listen(listener, 4) == 0);
    arg_connect(listener);
    arg_opened((uintptr_t)CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1));
    arg_opened((uintptr_t)WSACreateEvent());
    arg_opened((uintptr_t)WSACreateEvent());
    FUZZ_CHECK(WSASetEvent((WSAEVENT)arg_handles[arg_handle_count - 1]));
}

/* Closes what the calls left open. An abortive close always succeeds and leaves no TIME_WAIT. */
static void arg_close_all(void)
{
    const LINGER abortive = {1, 0};

    for (unsigned i = 0; i < arg_handle_count; i++) {
        (void)setsockopt(arg_handles[i], SOL_SOCKET, SO_LINGER, (const char *)&abortive,
                         sizeof abortive);
        (void)CloseHandle((HANDLE)arg_handles[i]); /* the input may have closed it */
        FUZZ_CHECK(!CloseHandle((HANDLE)arg_handles[i]));
    }
    while (arg_starts > 0) {
        FUZZ_CHECK(WSACleanup() == 0);
        arg_starts--;
    }
    FUZZ_CHECK(WSACleanup() == SOCKET_ERROR && WSAGetLastError() == WSANOTINITIALISED);
}

/* Operations and threads may take a moment to end; completion routines wait to be run. The thread
 * of the fuzzer has an object of its own once its handle was asked for. */
static void arg_expect_nothing_left(void)
{
    struct ws2_stats now = arg_stats();

    for (int i = 0; i < ARG_SETTLE_MS; i++) {
        if (now.sockets == 0 && now.events == 0 && now.ports == 0 && now.threads <= 1 &&
            now.operations == 0) {
            (void)SleepEx(0, TRUE);
            FUZZ_CHECK(arg_apcs_run == arg_apcs_queued);
            return;
        }
        (void)SleepEx(1, TRUE);
        now = arg_stats();
    }
    fprintf(stderr, "left: %u sockets, %u events, %u ports, %u threads, %u operations\n",
            now.sockets, now.events, now.ports, now.threads, now.operations);
    abort();
}

/* Once rings and the thread's own descriptors are there, an input leaves no descriptor behind. */
static void arg_expect_no_descriptor(void)
{
    static struct ws2_stats before;
    static unsigned inputs;
    struct ws2_stats now = arg_stats();

    if (inputs++ >= 2 && now.rings == before.rings)
        FUZZ_CHECK(now.descriptors <= before.descriptors + 8); /* the fuzzer has files of its own */
    else
        before = now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A call's first byte: 3 bits for the subject, 5 for the call. */
    static const struct arg_calls *const groups[8] = {
        &arg_socket_calls, &arg_transfer_calls, &arg_readiness_calls, &arg_text_calls,
        &arg_lookup_calls, &arg_sync_calls,     &arg_system_calls,    &arg_port_calls,
    };
    const struct arg_calls *calls;

    memset(arg_memory, 0, sizeof arg_memory);
    arg_apcs_queued = arg_apcs_run = 0;
    arg_input = (struct arg_input){data, size};
    arg_start();
    arg_open_all();
    for (int i = 0; i < ARG_CALLS && arg_input.left > 0; i++) {
        uint8_t which = arg_byte();

        arg_own = &arg_memory[i];
        WSASetLastError(0);
        calls = groups[which >> 5];
        calls->list[(which & 31) % calls->count]();
    }
    arg_close_all();
    arg_free_slots();
    arg_expect_nothing_left();
    arg_expect_no_descriptor();
    return 0;
}
