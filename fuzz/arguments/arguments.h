/* SPDX-License-Identifier: MIT */
/*
 * The parts of fuzz_arguments.c: where arguments come from (input.c), and the calls by subject, one
 * file for each.
 *
 * What a program must not do is left out: an OVERLAPPED serves one operation, lengths do not exceed
 * the memory they describe, and a pointer to nowhere stands only where docs/calls promises
 * WSAEFAULT. So that no call waits, sockets are non-blocking and time-outs 0 or 1 ms; so that
 * nothing leaves the machine, every address is a loopback one, and no name server is asked.
 */
#ifndef FUZZ_ARGUMENTS_ARGUMENTS_H
#define FUZZ_ARGUMENTS_ARGUMENTS_H

#include <winsock2.h>

#include <mswsock.h>
#include <ws2tcpip.h>

#include <stdbool.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define ARG_BAD ((void *)(uintptr_t)1) /* a pointer to nowhere */

enum {
    ARG_CALLS = 32,   /* in one input */
    ARG_HANDLES = 64, /* 9 to begin with, at most one more for each call */
    ARG_BYTES = 1024, /* room for whatever a call reads or writes */
    ARG_IO_BYTES = 64
};

/* One call of a kind, its arguments taken from the input. */
typedef void arg_call(void);

/* The calls of one subject. Their places are in the inputs of the corpus: add at the end. */
struct arg_calls {
    arg_call *const *list;
    unsigned count;
};

#define ARG_CALL_LIST(...)                                                 \
    {                                                                      \
        (arg_call *const[]){__VA_ARGS__},                                  \
            sizeof((arg_call *const[]){__VA_ARGS__}) / sizeof(arg_call *), \
    }

/* The input, read from its front; past its end everything is 0. */
struct arg_input {
    const uint8_t *data;
    size_t left;
};

/* What operations of one call may still use when it has returned. */
struct arg_memory {
    OVERLAPPED overlapped;
    WSABUF buffers[4];
    DWORD flags;
    int name_bytes;
    WSAMSG message;
    SOCKADDR_STORAGE name;
    char data[4][ARG_IO_BYTES];
    char output[ARG_BYTES];
};

extern struct arg_input arg_input;
extern struct arg_memory arg_memory[ARG_CALLS];
extern struct arg_memory *arg_own; /* that of the running call */
extern uintptr_t arg_handles[ARG_HANDLES];
extern unsigned arg_handle_count;
extern char arg_room[ARG_BYTES]; /* for values that no operation keeps */
extern int arg_starts;           /* successful WSAStartup() calls not yet undone */
extern unsigned arg_apcs_queued; /* to the running thread */
extern unsigned arg_apcs_run;
extern LPFN_CONNECTEX arg_connect_ex;
extern LPFN_DISCONNECTEX arg_disconnect_ex;

uint8_t arg_byte(void);
uint32_t arg_u32(void);
/* A small number most of the time. */
uint32_t arg_number(void);
/* Any handle: live, closed or invented. */
uintptr_t arg_handle(void);
SOCKET arg_socket(void);
DWORD arg_timeout(void);
/* Good memory, NULL, or a pointer to nowhere. */
void *arg_pointer(void *good);
/* Good memory or NULL, for calls that promise nothing about other pointers. */
void *arg_or_null(void *good);
struct sockaddr *arg_address(void);
int arg_address_bytes(void);
/* The running call's OVERLAPPED, or NULL. */
OVERLAPPED *arg_overlapped(void);
/* That of any call, ended, running or never used, or NULL. */
OVERLAPPED *arg_any_overlapped(void);
LPWSAOVERLAPPED_COMPLETION_ROUTINE arg_optional_routine(void);

/* The checks: a call that failed has left an error. */
void arg_failed_if(bool failed);
void arg_result(int result);
/* A new handle, to be used by later calls and closed in the end. */
void arg_opened(uintptr_t handle);
void arg_opened_socket(SOCKET s);

/* Text in memory of its own, to be freed; or NULL. */
char *arg_text(void);
/* The same text wide; NULL of NULL. */
WCHAR *arg_wide(const char *text);
/* Gives back what the input has left of thread-local storage. */
void arg_free_slots(void);

/* One of the functions for a WCHAR of 16 bits. */
void arg_call_utf16(void);

/* Connecting by list and by name, and multipoint sessions. */
void arg_call_connect_by_list(void);
void arg_call_connect_by_name(void);
void arg_call_leaf(void);
void arg_call_join_leaf(void);

/* Multicast groups and their sources. */
void arg_call_group(void);
void arg_call_source_filter(void);
void arg_call_inet_filter(void);

/* Sockets that are handed on, and their descriptors. */
void arg_call_protocols(void);
void arg_call_duplicate(void);
void arg_call_take(void);
void arg_call_descriptor(void);

/* The blocking hooks of version 1.1. */
void arg_call_hook(void);

/* Reading and writing any handle; ending one direction of a socket. */
void arg_call_handle_io(void);

/* Files, and sending them. */
void arg_call_file(void);

/* Readiness through a port. */
void arg_call_notifications(void);

extern const struct arg_calls arg_socket_calls;
extern const struct arg_calls arg_transfer_calls;
extern const struct arg_calls arg_readiness_calls;
extern const struct arg_calls arg_text_calls;
extern const struct arg_calls arg_lookup_calls;
extern const struct arg_calls arg_sync_calls;
extern const struct arg_calls arg_system_calls;
extern const struct arg_calls arg_port_calls;

#endif /* FUZZ_ARGUMENTS_ARGUMENTS_H */
