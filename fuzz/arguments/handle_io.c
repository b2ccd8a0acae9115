/* SPDX-License-Identifier: MIT */
/* Calls of Win32 that read and write any handle, and those that end one direction of a socket. */
#include "fuzz/arguments/arguments.h"

static void CALLBACK handle_io_routine(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    FUZZ_CHECK(overlapped != NULL);
    FUZZ_CHECK(error != ERROR_IO_PENDING);
    FUZZ_CHECK(bytes <= ARG_BYTES);
}

static void handle_io_plain(HANDLE file, bool write)
{
    void *data = arg_pointer(arg_own->output);
    DWORD size = arg_byte() * 4u;
    OVERLAPPED *overlapped = arg_overlapped();
    DWORD number = 77;
    LPDWORD bytes = arg_or_null(&number);

    if (write ? WriteFile(file, data, size, bytes, overlapped)
              : ReadFile(file, data, size, bytes, overlapped))
        FUZZ_CHECK(bytes == NULL || number <= size);
    else
        arg_failed_if(true);
}

static void handle_io_routines(HANDLE file, bool write)
{
    void *data = arg_pointer(arg_own->output);
    DWORD size = arg_byte() * 4u;
    OVERLAPPED *overlapped = arg_overlapped();
    LPOVERLAPPED_COMPLETION_ROUTINE routine = arg_byte() < 0xe0 ? handle_io_routine : NULL;

    arg_failed_if(write ? !WriteFileEx(file, data, size, overlapped, routine)
                        : !ReadFileEx(file, data, size, overlapped, routine));
}

static void handle_io_result(HANDLE file)
{
    OVERLAPPED *overlapped = arg_any_overlapped();
    DWORD number = 0;
    LPDWORD bytes = arg_or_null(&number);
    DWORD timeout = arg_byte() & 1; /* milliseconds */

    arg_failed_if(!GetOverlappedResultEx(file, overlapped, bytes, timeout, arg_byte() & 1));
}

static void handle_io_receive(SOCKET s)
{
    char *to = arg_pointer(arg_own->output);
    int length = arg_byte() * 4;
    int flags = (int)arg_number();
    int result = WSARecvEx(s, to, length, arg_pointer(&flags));

    FUZZ_CHECK(result == SOCKET_ERROR || (result >= 0 && result <= length));
    arg_failed_if(result == SOCKET_ERROR);
}

void arg_call_handle_io(void)
{
    uint8_t what = arg_byte();
    uintptr_t handle = arg_handle();

    switch (what % 8) {
    case 0:
    case 1:
        handle_io_plain((HANDLE)handle, what & 1);
        break;
    case 2:
    case 3:
        handle_io_routines((HANDLE)handle, what & 1);
        break;
    case 4:
        handle_io_result((HANDLE)handle);
        break;
    case 5:
        arg_failed_if(!CancelSynchronousIo((HANDLE)handle));
        break;
    case 6:
        handle_io_receive((SOCKET)handle);
        break;
    default:
        arg_result(what & 8 ? WSASendDisconnect((SOCKET)handle, arg_pointer(arg_own->buffers))
                            : WSARecvDisconnect((SOCKET)handle, arg_pointer(arg_own->buffers)));
        break;
    }
}
