/* SPDX-License-Identifier: MIT
 *
 * Win32 objects. Documented: DOC-WINEVENT-01 (events), DOC-SEM-01 (semaphores), -02 (errors),
 * DOC-MUTEX-01 (owner and recursion), -02 (abandoned), -03 (errors), DOC-ALL-01 (all or nothing),
 * DOC-DUP-01 (duplicated handles), -02 (the thread's own), -03 (errors), DOC-TLS-01 (slots), -02
 * (errors), DOC-MSG-01 (texts), -02 (errors), DOC-TICK-01 (clocks). */
#include "conf.h"

static void events(void)
{
    HANDLE automatic = CreateEventA(NULL, FALSE, TRUE, NULL);
    HANDLE manual = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE pair[2] = {automatic, manual};

    equals_code("DOC-WINEVENT-01.1", "reset by a wait, begins signalled",
                WaitForSingleObject(automatic, 0), WAIT_OBJECT_0);
    equals_code("DOC-WINEVENT-01.2", "then", WaitForSingleObject(automatic, 0), WAIT_TIMEOUT);
    works("DOC-WINEVENT-01.3", "SetEvent", SetEvent(manual));
    equals_code("DOC-WINEVENT-01.4", "reset by hand", WaitForSingleObject(manual, 0),
                WAIT_OBJECT_0);
    equals_code("DOC-WINEVENT-01.5", "then", WaitForMultipleObjects(2, pair, FALSE, 0),
                WAIT_OBJECT_0 + 1);
    works("DOC-WINEVENT-01.6", "ResetEvent", ResetEvent(manual));
    equals_code("DOC-WINEVENT-01.7", "then", WaitForSingleObject(manual, 0), WAIT_TIMEOUT);
    works("DOC-WINEVENT-01.8", "WSASetEvent of it", WSASetEvent(manual));
    equals_code("DOC-WINEVENT-01.9", "then", WaitForSingleObject(manual, 0), WAIT_OBJECT_0);
    CloseHandle(automatic);
    CloseHandle(manual);
    fails("DOC-WINEVENT-01.10", "SetEvent of a closed one", !SetEvent(manual),
          ERROR_INVALID_HANDLE);
    automatic = CreateEventExA(NULL, NULL, CREATE_EVENT_INITIAL_SET, EVENT_ALL_ACCESS);
    equals_code("DOC-WINEVENT-01.11", "CreateEventEx, initially set",
                WaitForSingleObject(automatic, 0), WAIT_OBJECT_0);
    equals_code("DOC-WINEVENT-01.12", "then", WaitForSingleObject(automatic, 0), WAIT_TIMEOUT);
    CloseHandle(automatic);
    fails("DOC-WINEVENT-01.13", "ResetEvent of NULL", !ResetEvent(NULL), ERROR_INVALID_HANDLE);
}

static void semaphores(void)
{
    HANDLE semaphore = CreateSemaphoreA(NULL, 1, 3, NULL);
    LONG before = -1;

    equals_code("DOC-SEM-01.1", "count 1", WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    equals_code("DOC-SEM-01.2", "count 0", WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
    works("DOC-SEM-01.3", "ReleaseSemaphore by 2", ReleaseSemaphore(semaphore, 2, &before));
    equals("DOC-SEM-01.4", "count before", before, 0);
    fails("DOC-SEM-02.1", "ReleaseSemaphore above the maximum",
          !ReleaseSemaphore(semaphore, 2, &before), ERROR_TOO_MANY_POSTS);
    works("DOC-SEM-01.5", "ReleaseSemaphore by 1", ReleaseSemaphore(semaphore, 1, &before));
    equals("DOC-SEM-01.6", "count before", before, 2);
    fails("DOC-SEM-02.2", "ReleaseSemaphore by 0", !ReleaseSemaphore(semaphore, 0, NULL),
          ERROR_INVALID_PARAMETER);
    fails("DOC-SEM-02.3", "ReleaseSemaphore by -1", !ReleaseSemaphore(semaphore, -1, NULL),
          ERROR_INVALID_PARAMETER);
    fails("DOC-SEM-02.4", "CreateSemaphore above the maximum",
          CreateSemaphoreA(NULL, 2, 1, NULL) == NULL, ERROR_INVALID_PARAMETER);
    fails("DOC-SEM-02.5", "CreateSemaphore, maximum 0", CreateSemaphoreA(NULL, 0, 0, NULL) == NULL,
          ERROR_INVALID_PARAMETER);
    fails("DOC-SEM-02.6", "CreateSemaphore below 0", CreateSemaphoreW(NULL, -1, 1, NULL) == NULL,
          ERROR_INVALID_PARAMETER);
    fails("DOC-SEM-02.7", "SetEvent of a semaphore", !SetEvent(semaphore), ERROR_INVALID_HANDLE);
    CloseHandle(semaphore);
    fails("DOC-SEM-02.8", "ReleaseSemaphore of a closed one", !ReleaseSemaphore(semaphore, 1, NULL),
          ERROR_INVALID_HANDLE);
}

static DWORD WINAPI try_mutex(LPVOID mutex)
{
    DWORD result = WaitForSingleObject(mutex, 0);

    if (result == WAIT_OBJECT_0)
        ReleaseMutex(mutex);
    return result;
}

static DWORD WINAPI release_mutex(LPVOID mutex)
{
    return ReleaseMutex(mutex) ? 0 : GetLastError();
}

static DWORD WINAPI keep_mutex(LPVOID mutex)
{
    return WaitForSingleObject(mutex, CONF_WAIT_MS);
}

static DWORD in_thread(LPTHREAD_START_ROUTINE body, HANDLE argument)
{
    HANDLE thread = CreateThread(NULL, 0, body, argument, 0, NULL);
    DWORD code = 0;

    WaitForSingleObject(thread, CONF_WAIT_MS);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    return code;
}

static void mutexes(void)
{
    HANDLE mutex = CreateMutexA(NULL, TRUE, NULL);
    HANDLE both[2];

    equals_code("DOC-MUTEX-01.1", "owned from the start, another thread waits",
                in_thread(try_mutex, mutex), WAIT_TIMEOUT);
    equals_code("DOC-MUTEX-01.2", "its owner waits", WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    equals_code("DOC-MUTEX-03.1", "another thread releases it", in_thread(release_mutex, mutex),
                ERROR_NOT_OWNER);
    works("DOC-MUTEX-01.3", "ReleaseMutex", ReleaseMutex(mutex));
    equals_code("DOC-MUTEX-01.4", "another thread waits", in_thread(try_mutex, mutex),
                WAIT_TIMEOUT);
    works("DOC-MUTEX-01.5", "ReleaseMutex again", ReleaseMutex(mutex));
    equals_code("DOC-MUTEX-01.6", "another thread waits", in_thread(try_mutex, mutex),
                WAIT_OBJECT_0);
    fails("DOC-MUTEX-03.2", "ReleaseMutex once too often", !ReleaseMutex(mutex), ERROR_NOT_OWNER);
    equals_code("DOC-MUTEX-02.1", "a thread keeps it and ends", in_thread(keep_mutex, mutex),
                WAIT_OBJECT_0);
    equals_code("DOC-MUTEX-02.2", "the next wait", WaitForSingleObject(mutex, CONF_WAIT_MS),
                WAIT_ABANDONED);
    works("DOC-MUTEX-02.3", "it is owned now", ReleaseMutex(mutex));
    equals_code("DOC-MUTEX-02.4", "the wait after that", WaitForSingleObject(mutex, 0),
                WAIT_OBJECT_0);
    ReleaseMutex(mutex);
    in_thread(keep_mutex, mutex);
    both[0] = CreateEventA(NULL, TRUE, TRUE, NULL);
    both[1] = mutex;
    equals_code("DOC-MUTEX-02.5", "abandoned, one of two, all",
                WaitForMultipleObjects(2, both, TRUE, 0), WAIT_ABANDONED_0);
    ReleaseMutex(mutex);
    in_thread(keep_mutex, mutex);
    ResetEvent(both[0]);
    equals_code("DOC-MUTEX-02.6", "abandoned, the second of two, any",
                WaitForMultipleObjects(2, both, FALSE, 0), WAIT_ABANDONED_0 + 1);
    ReleaseMutex(mutex);
    CloseHandle(both[0]);
    CloseHandle(mutex);
    fails("DOC-MUTEX-03.3", "ReleaseMutex of a closed one", !ReleaseMutex(mutex),
          ERROR_INVALID_HANDLE);
}

static void all_of_them(void)
{
    HANDLE event = CreateEventA(NULL, FALSE, TRUE, NULL);
    HANDLE semaphore = CreateSemaphoreA(NULL, 2, 2, NULL);
    HANDLE mutex = CreateMutexA(NULL, TRUE, NULL);
    HANDLE all[3];

    all[0] = event;
    all[1] = semaphore;
    all[2] = mutex;
    equals_code("DOC-ALL-01.1", "event, semaphore and an own mutex",
                WaitForMultipleObjects(3, all, TRUE, 0), WAIT_OBJECT_0);
    equals_code("DOC-ALL-01.2", "again: the event is reset",
                WaitForMultipleObjects(3, all, TRUE, 0), WAIT_TIMEOUT);
    equals_code("DOC-ALL-01.3", "the semaphore has one left", WaitForSingleObject(semaphore, 0),
                WAIT_OBJECT_0);
    equals_code("DOC-ALL-01.4", "and no more", WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
    works("DOC-ALL-01.5", "ReleaseMutex", ReleaseMutex(mutex));
    works("DOC-ALL-01.6", "ReleaseMutex again", ReleaseMutex(mutex));
    fails("DOC-ALL-01.7", "and again", !ReleaseMutex(mutex), ERROR_NOT_OWNER);
    CloseHandle(event);
    CloseHandle(semaphore);
    CloseHandle(mutex);
}

static void duplicates(void)
{
    HANDLE self = GetCurrentProcess();
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE other = NULL;
    HANDLE third = NULL;

    works("DOC-DUP-01.1", "DuplicateHandle",
          DuplicateHandle(self, event, self, &other, 0, FALSE, DUPLICATE_SAME_ACCESS));
    ok(other != event, "DOC-DUP-01.2", "another value");
    SetEvent(other);
    equals_code("DOC-DUP-01.3", "set by one, waited for by the other",
                WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(event);
    equals_code("DOC-DUP-01.4", "the first is closed", WaitForSingleObject(other, 0),
                WAIT_OBJECT_0);
    works("DOC-DUP-01.5", "DUPLICATE_CLOSE_SOURCE",
          DuplicateHandle(self, other, self, &third, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    works("DOC-DUP-01.6", "the new one", ResetEvent(third));
    works("DOC-DUP-01.7", "CloseHandle", CloseHandle(third));
    fails("DOC-DUP-01.8", "CloseHandle again", !CloseHandle(third), ERROR_INVALID_HANDLE);
    fails("DOC-DUP-03.1", "DuplicateHandle of a closed handle",
          !DuplicateHandle(self, third, self, &other, 0, FALSE, DUPLICATE_SAME_ACCESS),
          ERROR_INVALID_HANDLE);
    works("DOC-DUP-02.1", "DuplicateHandle of the thread's own",
          DuplicateHandle(self, GetCurrentThread(), self, &other, 0, FALSE, DUPLICATE_SAME_ACCESS));
    equals_code("DOC-DUP-02.2", "it runs", WaitForSingleObject(other, 0), WAIT_TIMEOUT);
    CloseHandle(other);
}

static DWORD WINAPI read_slot(LPVOID index)
{
    return (DWORD)(ULONG_PTR)TlsGetValue((DWORD)(ULONG_PTR)index);
}

static void slots(void)
{
    DWORD index = TlsAlloc();

    ok(index != TLS_OUT_OF_INDEXES, "DOC-TLS-01.1", "TlsAlloc");
    SetLastError(0xdeadbeef);
    ok(TlsGetValue(index) == NULL && GetLastError() == 0, "DOC-TLS-01.2",
       "a new slot is NULL, last error %s", conf_name(GetLastError()));
    works("DOC-TLS-01.3", "TlsSetValue", TlsSetValue(index, (LPVOID)(ULONG_PTR)77));
    SetLastError(0xdeadbeef);
    equals("DOC-TLS-01.4", "TlsGetValue", (long long)(ULONG_PTR)TlsGetValue(index), 77);
    equals("DOC-TLS-01.5", "in another thread",
           (long long)in_thread(read_slot, (HANDLE)(ULONG_PTR)index), 0);
    works("DOC-TLS-01.6", "TlsFree", TlsFree(index));
    fails("DOC-TLS-02.1", "TlsFree again", !TlsFree(index), ERROR_INVALID_PARAMETER);
    index = TlsAlloc();
    equals("DOC-TLS-01.7", "a slot after that", (long long)(ULONG_PTR)TlsGetValue(index), 0);
    TlsFree(index);
    fails("DOC-TLS-02.2", "TlsGetValue, no such slot", TlsGetValue(5000) == NULL,
          ERROR_INVALID_PARAMETER);
    fails("DOC-TLS-02.3", "TlsSetValue, no such slot", !TlsSetValue(5000, NULL),
          ERROR_INVALID_PARAMETER);
}

static void messages(void)
{
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    char text[512];
    WCHAR wide[512];
    LPSTR allocated = NULL;
    DWORD length = FormatMessageA(flags, NULL, WSAECONNRESET, 0, text, sizeof text, NULL);

    ok(length > 2 && length == strlen(text), "DOC-MSG-01.1", "length of the text");
    ok(strcmp(text + length - 2, "\r\n") == 0, "DOC-MSG-01.2", "it ends with a line break");
    length = FormatMessageA(flags | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, WSAECONNRESET, 0,
                            (LPSTR)&allocated, 0, NULL);
    ok(allocated != NULL && length == strlen(allocated) && strcmp(allocated, text) == 0,
       "DOC-MSG-01.3", "allocated");
    ok(LocalFree(allocated) == NULL, "DOC-MSG-01.4", "LocalFree");
    ok(FormatMessageW(flags, NULL, WSAECONNRESET, 0, wide, 512, NULL) == length &&
           wide[length] == 0 && wide[0] == (WCHAR)text[0],
       "DOC-MSG-01.5", "wide");
    length = FormatMessageA(flags | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, ERROR_INVALID_HANDLE, 0,
                            text, sizeof text, NULL);
    ok(length > 0 && strchr(text, '\r') == NULL && strchr(text, '\n') == NULL, "DOC-MSG-01.6",
       "without line breaks");
    fails("DOC-MSG-02.1", "a buffer too small",
          FormatMessageA(flags, NULL, WSAECONNRESET, 0, text, 4, NULL) == 0,
          ERROR_INSUFFICIENT_BUFFER);
    fails("DOC-MSG-02.2", "an unknown code",
          FormatMessageA(flags, NULL, 0x2fffffff, 0, text, sizeof text, NULL) == 0,
          ERROR_MR_MID_NOT_FOUND);
    fails("DOC-MSG-02.3", "no source",
          FormatMessageA(FORMAT_MESSAGE_IGNORE_INSERTS, NULL, 5, 0, text, sizeof text, NULL) == 0,
          ERROR_INVALID_PARAMETER);
}

static void clocks(void)
{
    ULONGLONG before = GetTickCount64();
    DWORD before32 = GetTickCount();
    FILETIME time;

    Sleep(CONF_QUIET_MS);
    ok(GetTickCount64() - before >= CONF_QUIET_MS / 2, "DOC-TICK-01.1", "GetTickCount64 moves on");
    ok(GetTickCount() - before32 >= CONF_QUIET_MS / 2, "DOC-TICK-01.2", "GetTickCount moves on");
    GetSystemTimeAsFileTime(&time);
    ok(time.dwHighDateTime > 31000000, "DOC-TICK-01.3", "GetSystemTimeAsFileTime counts from 1601");
    ok(GetCurrentProcessId() != 0, "DOC-TICK-01.4", "GetCurrentProcessId");
}

int main(void)
{
    conf_begin("CreateEventA CreateEventW CreateEventExA SetEvent ResetEvent CreateSemaphoreA "
               "CreateSemaphoreW ReleaseSemaphore CreateMutexA ReleaseMutex WaitForSingleObject "
               "WaitForMultipleObjects DuplicateHandle GetCurrentThread GetCurrentProcess TlsAlloc "
               "TlsFree TlsGetValue TlsSetValue FormatMessageA FormatMessageW LocalFree "
               "GetTickCount GetTickCount64 GetSystemTimeAsFileTime");
    events();
    semaphores();
    mutexes();
    all_of_them();
    duplicates();
    slots();
    messages();
    clocks();
    return conf_end();
}
