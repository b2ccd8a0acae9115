/* SPDX-License-Identifier: MIT */
/*
 * Start and stop, memory, clocks, messages and completion ports. SetConsoleCtrlHandler() only
 * removes: the signals that adding one takes over belong to the fuzzer.
 */
#include "fuzz/arguments/arguments.h"

#include <windows.h>
#include <ws2ring.h>

enum { ARG_HEAP_BYTES = 65536 };

static void call_start(void)
{
    WSADATA *data = arg_pointer(arg_room);
    int error = WSAStartup((WORD)arg_number(), data);

    FUZZ_CHECK(error == 0 || error == WSAVERNOTSUPPORTED || error == WSAEFAULT);
    arg_starts += error == 0;
}

static void call_stop(void)
{
    int error = WSACleanup();

    FUZZ_CHECK((error == 0) == (arg_starts > 0));
    arg_result(error);
    arg_starts -= error == 0;
}

static void call_last_error(void)
{
    uint32_t value = arg_number();

    WSASetLastError((int)value);
    FUZZ_CHECK(GetLastError() == value);
    SetLastError(~value);
    FUZZ_CHECK(WSAGetLastError() == (int)~value);
}

static void call_byte_order(void)
{
    uint8_t how = arg_byte();
    SOCKET s = arg_socket();
    u_long value = arg_u32();
    u_long *result = arg_pointer(arg_room);

    FUZZ_CHECK(ntohl(htonl(value)) == value);
    FUZZ_CHECK(ntohs(htons((u_short)value)) == (u_short)value);
    switch (how % 4) {
    case 0:
        arg_result(WSAHtonl(s, value, result));
        break;
    case 1:
        arg_result(WSANtohl(s, value, result));
        break;
    case 2:
        arg_result(WSAHtons(s, (u_short)value, (u_short *)(void *)result));
        break;
    default:
        arg_result(WSANtohs(s, (u_short)value, (u_short *)(void *)result));
        break;
    }
}

static void call_port(void)
{
    HANDLE file = (HANDLE)arg_handle();
    HANDLE existing = arg_byte() & 1 ? NULL : (HANDLE)arg_handle();
    ULONG_PTR key = arg_number();
    HANDLE port = CreateIoCompletionPort(file, existing, key, arg_number());

    if (existing == NULL || port == NULL)
        arg_opened((uintptr_t)port);
    else
        FUZZ_CHECK(port == existing);
}

static void call_post(void)
{
    HANDLE port = (HANDLE)arg_handle();
    DWORD bytes = arg_number();
    ULONG_PTR key = arg_number();

    arg_failed_if(!PostQueuedCompletionStatus(port, bytes, key, arg_pointer(arg_room)));
}

static void call_take(void)
{
    HANDLE port = (HANDLE)arg_handle();
    DWORD number = 0;
    ULONG_PTR value = 0;
    OVERLAPPED *taken = NULL;
    LPDWORD bytes = arg_or_null(&number);
    PULONG_PTR key = arg_or_null(&value);
    LPOVERLAPPED *overlapped = arg_or_null(&taken);

    arg_failed_if(!GetQueuedCompletionStatus(port, bytes, key, overlapped, arg_timeout()));
}

static void call_take_many(void)
{
    OVERLAPPED_ENTRY entries[8];
    ULONG removed = 0;
    HANDLE port = (HANDLE)arg_handle();
    ULONG count = arg_byte() % 9;
    OVERLAPPED_ENTRY *array = arg_or_null(entries);
    ULONG *result = arg_or_null(&removed);
    DWORD timeout = arg_timeout();
    BOOL done = GetQueuedCompletionStatusEx(port, array, count, result, timeout, arg_byte() & 1);

    arg_failed_if(!done);
    FUZZ_CHECK(done ? removed >= 1 && removed <= count : removed == 0);
}

static void call_modes(void)
{
    HANDLE file = (HANDLE)arg_handle();

    arg_failed_if(!SetFileCompletionNotificationModes(file, arg_byte()));
}

static void call_heap(void)
{
    HANDLE heap = arg_byte() < 0xc0 ? GetProcessHeap() : (HANDLE)arg_handle();
    DWORD flags = arg_number();
    SIZE_T bytes = arg_u32() % ARG_HEAP_BYTES;
    char *memory = HeapAlloc(heap, flags, bytes);

    FUZZ_CHECK((memory != NULL) == (heap == GetProcessHeap()));
    for (SIZE_T i = 0; memory != NULL && (flags & HEAP_ZERO_MEMORY) && i < bytes; i++)
        FUZZ_CHECK(memory[i] == 0);
    arg_failed_if(!HeapFree(heap, flags, memory));
}

static void call_clock(void)
{
    LARGE_INTEGER before, after, frequency;
    SYSTEM_INFO info;

    FUZZ_CHECK(QueryPerformanceCounter(&before));
    Sleep(arg_timeout());
    (void)SwitchToThread();
    FUZZ_CHECK(QueryPerformanceCounter(&after) && after.QuadPart >= before.QuadPart);
    FUZZ_CHECK(QueryPerformanceFrequency(&frequency) && frequency.QuadPart > 0);
    GetSystemInfo(&info);
    FUZZ_CHECK(info.dwNumberOfProcessors > 0 && GetCurrentThreadId() != 0);
    FUZZ_CHECK(GetCurrentProcessId() != 0);
}

static void call_console(void)
{
    PHANDLER_ROUTINE handler = (PHANDLER_ROUTINE)arg_handle();

    if (handler != NULL) /* NULL means Ctrl+C */
        arg_failed_if(!SetConsoleCtrlHandler(handler, FALSE));
}

static void call_message(void)
{
    static const DWORD ids[] = {0, 6, 87, WSAEWOULDBLOCK, WSAENOTSOCK, WSAHOST_NOT_FOUND};
    uint8_t which = arg_byte();
    DWORD id = which < 0xc0 ? ids[which % 6] : arg_number();
    DWORD flags = FORMAT_MESSAGE_IGNORE_INSERTS | (arg_byte() & 0x7f) << 8;
    DWORD language = arg_byte() < 0xc0 ? 0 : arg_number();
    DWORD count = arg_number() % (ARG_BYTES / sizeof(WCHAR));
    void *allocated = NULL;
    void *buffer =
        arg_or_null(flags & FORMAT_MESSAGE_ALLOCATE_BUFFER ? (void *)&allocated : arg_room);
    DWORD length;

    flags |= which & 1 ? FORMAT_MESSAGE_FROM_SYSTEM : 0;
    flags |= which & 2 ? arg_byte() : 0;
    if (which & 4)
        length = FormatMessageW(flags, "%1", id, language, buffer, count, NULL);
    else
        length = FormatMessageA(flags, "%1", id, language, buffer, count, NULL);
    arg_failed_if(length == 0);
    FUZZ_CHECK((allocated != NULL) ==
               (length != 0 && (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0));
    FUZZ_CHECK(LocalFree(allocated) == NULL);
}

static void call_local_heap(void)
{
    UINT flags = arg_number();
    SIZE_T bytes = arg_u32() % ARG_HEAP_BYTES;
    char *memory = LocalAlloc(flags, bytes);

    FUZZ_CHECK(memory != NULL);
    for (SIZE_T i = 0; (flags & LMEM_ZEROINIT) && i < bytes; i++)
        FUZZ_CHECK(memory[i] == 0);
    FUZZ_CHECK(LocalFree(memory) == NULL);
}

static void call_ticks(void)
{
    ULONGLONG before = GetTickCount64();
    FILETIME time = {0, 0};

    (void)GetTickCount();
    GetSystemTimeAsFileTime(&time);
    FUZZ_CHECK(time.dwHighDateTime != 0);
    FUZZ_CHECK(GetTickCount64() >= before);
}

static void call_own(void)
{
    struct ws2_stats stats = {.size_bytes = arg_number() % (sizeof stats + 1)};
    struct ws2_stats *given = arg_or_null(&stats);
    uint32_t room = stats.size_bytes;

    FUZZ_CHECK(ws2_stats(given) == (given != NULL && room >= sizeof(uint32_t) ? 0 : WSAEFAULT));
    FUZZ_CHECK(ws2_engine()[0] != '\0' && ws2_version()[0] != '\0');
}

const struct arg_calls arg_system_calls =
    ARG_CALL_LIST(call_start, call_stop, call_last_error, call_byte_order, call_heap, call_clock,
                  call_console, call_message, call_local_heap, call_ticks, call_own);
const struct arg_calls arg_port_calls =
    ARG_CALL_LIST(call_port, call_post, call_take, call_take_many, call_modes, arg_call_file);
