/* SPDX-License-Identifier: MIT */
/*
 * The calls that are not about sockets. SetConsoleCtrlHandler() only removes: the signals that
 * adding one takes over belong to the fuzzer.
 */
#include "fuzz/arguments/arguments.h"

enum { ARG_HEAP_BYTES = 65536, ARG_STACK_BYTES = 1 << 22 };

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

static void call_event(void)
{
    uint8_t how = arg_byte();

    if (how % 3 == 0)
        arg_opened((uintptr_t)WSACreateEvent());
    else if (how % 3 == 1)
        arg_failed_if(!WSASetEvent((WSAEVENT)arg_handle()));
    else
        arg_failed_if(!WSAResetEvent((WSAEVENT)arg_handle()));
}

static void call_wait(void)
{
    HANDLE objects[MAXIMUM_WAIT_OBJECTS];
    uint8_t how = arg_byte();
    uint8_t first = arg_byte();
    DWORD count = first < 0xe0 ? first % 5 : first < 0xf0 ? MAXIMUM_WAIT_OBJECTS : arg_u32() | 128;
    HANDLE *array = arg_or_null(objects);
    DWORD timeout = arg_timeout();
    DWORD result;

    for (DWORD i = 0; i < MAXIMUM_WAIT_OBJECTS && i < count; i++)
        objects[i] = (HANDLE)arg_handle();
    if (how % 4 == 0)
        result = WaitForSingleObject((HANDLE)arg_handle(), timeout);
    else if (how % 4 == 1)
        result = WaitForMultipleObjects(count, array, how & 128, timeout);
    else
        result = WSAWaitForMultipleEvents(count, array, how & 128, timeout, how & 64);
    arg_failed_if(result == WAIT_FAILED);
    FUZZ_CHECK(result < MAXIMUM_WAIT_OBJECTS || result == WAIT_TIMEOUT || result == WAIT_FAILED);
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

static DWORD WINAPI arg_thread(LPVOID parameter)
{
    return (DWORD)(uintptr_t)parameter;
}

static void call_thread(void)
{
    DWORD id = 0;
    LPTHREAD_START_ROUTINE start = arg_byte() < 0xe0 ? arg_thread : NULL;
    SIZE_T stack_bytes = arg_u32() % ARG_STACK_BYTES;
    LPVOID parameter = (LPVOID)(uintptr_t)arg_number();
    DWORD flags = arg_byte() < 0xc0 ? 0 : arg_u32();

    arg_opened((uintptr_t)CreateThread(NULL, stack_bytes, start, parameter, flags, &id));
}

static void call_exit_code(void)
{
    DWORD code = 0;

    arg_failed_if(!GetExitCodeThread((HANDLE)arg_handle(), &code));
}

static void call_section(void)
{
    CRITICAL_SECTION section;
    uint8_t how = arg_byte();

    if (how & 1)
        InitializeCriticalSection(&section);
    else
        FUZZ_CHECK(InitializeCriticalSectionAndSpinCount(&section, arg_u32()));
    EnterCriticalSection(&section);
    FUZZ_CHECK(TryEnterCriticalSection(&section));
    LeaveCriticalSection(&section);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
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
}

static void call_console(void)
{
    PHANDLER_ROUTINE handler = (PHANDLER_ROUTINE)arg_handle();

    if (handler != NULL) /* NULL means Ctrl+C */
        arg_failed_if(!SetConsoleCtrlHandler(handler, FALSE));
}

void arg_call_system(unsigned which)
{
    static void (*const calls[])(void) = {
        call_start,     call_stop,    call_last_error, call_byte_order, call_event,   call_wait,
        call_port,      call_post,    call_take,       call_take_many,  call_modes,   call_thread,
        call_exit_code, call_section, call_heap,       call_clock,      call_console,
    };

    calls[which % (sizeof calls / sizeof calls[0])]();
}
