/* SPDX-License-Identifier: MIT */
/*
 * Objects to wait for, waits, threads and calls queued to them, handles, thread-local storage and
 * locks. Waits last 1 ms at most, and no lock is ever held by somebody else.
 */
#include "fuzz/arguments/arguments.h"

#include <process.h>
#include <windows.h>

enum { ARG_STACK_BYTES = 1 << 22 };

static unsigned arg_slots[ARG_CALLS]; /* of thread-local storage, allocated by this input */
static unsigned arg_slot_count;

/* No name most of the time. */
static const char *arg_name(void)
{
    uint8_t first = arg_byte();

    return first < 0xc0 ? NULL : first < 0xe0 ? "" : "name";
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
        result = how & 64 ? WaitForSingleObjectEx((HANDLE)arg_handle(), timeout, how & 128)
                          : WaitForSingleObject((HANDLE)arg_handle(), timeout);
    else if (how % 4 == 1)
        result = WaitForMultipleObjectsEx(count, array, how & 128, timeout, how & 64);
    else if (how % 4 == 2)
        result = WaitForMultipleObjects(count, array, how & 128, timeout);
    else
        result = WSAWaitForMultipleEvents(count, array, how & 128, timeout, how & 64);
    arg_failed_if(result == WAIT_FAILED);
    FUZZ_CHECK(result < WAIT_ABANDONED_0 + MAXIMUM_WAIT_OBJECTS || result == WAIT_IO_COMPLETION ||
               result == WAIT_TIMEOUT || result == WAIT_FAILED);
}

static void call_create(void)
{
    uint8_t how = arg_byte();
    const char *name = arg_name();
    WCHAR room[8];
    const WCHAR *wide = name == NULL ? NULL : room;
    LONG initial = (LONG)arg_number();
    LONG maximum = (LONG)arg_number();
    HANDLE made = NULL;

    for (int i = 0; name != NULL && i < 5; i++)
        room[i] = i < (int)strlen(name) ? (WCHAR)name[i] : 0;
    switch (how % 8) {
    case 0:
        made = CreateEventA(NULL, how & 128, how & 64, name);
        break;
    case 1:
        made = CreateEventW(NULL, how & 128, how & 64, wide);
        break;
    case 2:
        made = CreateEventExA(NULL, name, (DWORD)initial, (DWORD)maximum);
        break;
    case 3:
        made = CreateEventExW(NULL, wide, (DWORD)initial, (DWORD)maximum);
        break;
    case 4:
        made = CreateSemaphoreA(NULL, initial, maximum, name);
        break;
    case 5:
        made = CreateSemaphoreW(NULL, initial, maximum, wide);
        break;
    case 6:
        made = CreateMutexA(NULL, how & 128, name);
        break;
    default:
        made = CreateMutexW(NULL, how & 128, wide);
        break;
    }
    arg_opened((uintptr_t)made);
}

static void call_release(void)
{
    uint8_t how = arg_byte();
    HANDLE object = (HANDLE)arg_handle();
    LONG count = (LONG)arg_number();
    LONG before = -1;
    LONG *previous = arg_or_null(&before);

    switch (how % 4) {
    case 0:
        arg_failed_if(!SetEvent(object));
        break;
    case 1:
        arg_failed_if(!ResetEvent(object));
        break;
    case 2:
        arg_failed_if(!ReleaseMutex(object));
        break;
    default:
        if (!ReleaseSemaphore(object, count, previous))
            arg_failed_if(true);
        else
            FUZZ_CHECK(previous == NULL || before >= 0);
        break;
    }
}

static DWORD WINAPI arg_thread(LPVOID parameter)
{
    DWORD number = (DWORD)(uintptr_t)parameter;

    if (number % 4 == 1)
        ExitThread(number);
    if (number % 4 == 2)
        _endthreadex(number);
    if (number % 4 == 3)
        (void)SleepEx(1, TRUE);
    return number;
}

static unsigned arg_crt_thread(void *parameter)
{
    return arg_thread(parameter);
}

static void call_thread(void)
{
    DWORD id = 0;
    LPTHREAD_START_ROUTINE start = arg_byte() < 0xe0 ? arg_thread : NULL;
    SIZE_T stack_bytes = arg_u32() % ARG_STACK_BYTES;
    LPVOID parameter = (LPVOID)(uintptr_t)arg_number();
    uint8_t how = arg_byte();
    DWORD flags = how < 0xc0 ? 0 : arg_u32();

    if (how & 1)
        arg_opened(_beginthreadex(NULL, (unsigned)stack_bytes,
                                  start == NULL ? NULL : arg_crt_thread, parameter, flags, &id));
    else
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

    if (how & 1) {
        InitializeCriticalSection(&section);
    } else if (how & 2) {
        FUZZ_CHECK(InitializeCriticalSectionAndSpinCount(&section, arg_u32()));
    } else if (!InitializeCriticalSectionEx(&section, arg_u32(), arg_number())) {
        arg_failed_if(true);
        return;
    }
    EnterCriticalSection(&section);
    FUZZ_CHECK(TryEnterCriticalSection(&section));
    LeaveCriticalSection(&section);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
}

static void CALLBACK arg_call_queued(ULONG_PTR data)
{
    (void)data;
    arg_apcs_run++;
}

static void CALLBACK arg_call_elsewhere(ULONG_PTR data)
{
    (void)data;
}

static void call_queue(void)
{
    bool own = arg_byte() & 1;
    HANDLE thread = own ? GetCurrentThread() : (HANDLE)arg_handle();
    PAPCFUNC function = own ? arg_call_queued : arg_call_elsewhere;
    bool none = arg_byte() >= 0xf0;

    if (!QueueUserAPC(none ? NULL : function, thread, arg_number()))
        arg_failed_if(true);
    else if (own)
        arg_apcs_queued++;
}

static void call_sleep(void)
{
    DWORD timeout = arg_timeout();
    BOOL alertable = arg_byte() & 1;
    unsigned before = arg_apcs_run;
    DWORD result = SleepEx(timeout, alertable);

    FUZZ_CHECK(result == 0 || (alertable && result == WAIT_IO_COMPLETION));
    FUZZ_CHECK(alertable ? arg_apcs_run == arg_apcs_queued : arg_apcs_run == before);
}

/* ---- Handles ---- */

static HANDLE arg_process(void)
{
    uint8_t first = arg_byte();

    return first < 0xe0 ? GetCurrentProcess() : first < 0xf0 ? NULL : (HANDLE)arg_handle();
}

static void call_duplicate(void)
{
    HANDLE from = arg_process();
    HANDLE source = arg_byte() < 0xe0 ? (HANDLE)arg_handle() : GetCurrentThread();
    HANDLE to = arg_process();
    HANDLE made = NULL;
    HANDLE *target = arg_or_null(&made);
    DWORD access = arg_number();
    BOOL inherit = arg_byte() & 1;

    arg_failed_if(!DuplicateHandle(from, source, to, target, access, inherit, arg_number()));
    if (made != NULL)
        arg_opened((uintptr_t)made);
}

static void call_handle_flags(void)
{
    bool sets = arg_byte() & 1;
    HANDLE handle = (HANDLE)arg_handle();
    DWORD mask = arg_number();
    DWORD flags = 0;

    arg_failed_if(sets ? !SetHandleInformation(handle, mask, arg_number())
                       : !GetHandleInformation(handle, &flags));
}

/* ---- Thread-local storage ---- */

void arg_free_slots(void)
{
    while (arg_slot_count > 0)
        (void)TlsFree(arg_slots[--arg_slot_count]); /* the input may have freed it */
}

static DWORD arg_slot(void)
{
    uint8_t first = arg_byte();

    return first < 0xe0 && arg_slot_count > 0 ? arg_slots[first % arg_slot_count] : arg_number();
}

static void call_slot(void)
{
    uint8_t how = arg_byte();
    DWORD slot = arg_slot();
    LPVOID value = (LPVOID)(uintptr_t)arg_number();

    switch (how % 4) {
    case 0:
        slot = TlsAlloc();
        arg_failed_if(slot == TLS_OUT_OF_INDEXES);
        if (slot == TLS_OUT_OF_INDEXES)
            return;
        FUZZ_CHECK(TlsGetValue(slot) == NULL && GetLastError() == 0);
        arg_slots[arg_slot_count++] = slot;
        break;
    case 1:
        arg_failed_if(!TlsFree(slot));
        break;
    case 2:
        (void)TlsGetValue(slot); /* NULL with error 0 is a value */
        break;
    default:
        if (TlsSetValue(slot, value))
            FUZZ_CHECK(TlsGetValue(slot) == value && GetLastError() == 0);
        else
            arg_failed_if(true);
        break;
    }
}

/* ---- Locks ---- */

static void call_rwlock(void)
{
    SRWLOCK lock = SRWLOCK_INIT;
    CONDITION_VARIABLE variable = CONDITION_VARIABLE_INIT;
    uint8_t how = arg_byte();
    bool shared = how & 1;
    ULONG flags = how < 0xe0 ? (ULONG)shared : arg_number() | 2;

    InitializeSRWLock(&lock);
    InitializeConditionVariable(&variable);
    if (shared)
        AcquireSRWLockShared(&lock);
    else
        AcquireSRWLockExclusive(&lock);
    if (how & 2)
        WakeConditionVariable(&variable); /* nobody waits: it is lost */
    if (how & 4)
        WakeAllConditionVariable(&variable);
    if (!SleepConditionVariableSRW(&variable, &lock, arg_timeout(), flags))
        arg_failed_if(true);
    FUZZ_CHECK(!TryAcquireSRWLockExclusive(&lock));
    if (shared)
        ReleaseSRWLockShared(&lock);
    else
        ReleaseSRWLockExclusive(&lock);
    FUZZ_CHECK(TryAcquireSRWLockShared(&lock));
    ReleaseSRWLockShared(&lock);
    FUZZ_CHECK(TryAcquireSRWLockExclusive(&lock));
    ReleaseSRWLockExclusive(&lock);
}

static void call_condition(void)
{
    CONDITION_VARIABLE variable = CONDITION_VARIABLE_INIT;
    CRITICAL_SECTION section;

    InitializeCriticalSection(&section);
    EnterCriticalSection(&section);
    arg_failed_if(!SleepConditionVariableCS(&variable, &section, arg_timeout()));
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
}

static BOOL CALLBACK arg_once(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
    (void)once;
    *context = parameter;
    return parameter != NULL;
}

static void call_once(void)
{
    INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    uint8_t how = arg_byte();
    PVOID wanted = how & 1 ? &once : NULL;
    PVOID context = NULL;
    PVOID *result = arg_or_null(&context);

    FUZZ_CHECK(InitOnceExecuteOnce(&once, arg_once, wanted, result) == (wanted != NULL));
    FUZZ_CHECK(InitOnceExecuteOnce(&once, arg_once, &once, result));
    FUZZ_CHECK(result == NULL || context == &once);
}

const struct arg_calls arg_sync_calls =
    ARG_CALL_LIST(call_event, call_wait, call_thread, call_exit_code, call_section, call_create,
                  call_release, call_queue, call_sleep, call_duplicate, call_handle_flags,
                  call_slot, call_rwlock, call_condition, call_once);
