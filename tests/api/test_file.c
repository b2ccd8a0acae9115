/* SPDX-License-Identifier: MIT */
/* Files: how they are opened and refused, their size and position, reading and writing them, with
 * and without an OVERLAPPED, and whom the end of an operation is told. */
#include "file.h"

enum { ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

static HANDLE open_as(const char *path, DWORD access, DWORD disposition, DWORD flags)
{
    SetLastError(4711);
    return CreateFileA(path, access, ALL, NULL, disposition, flags, NULL);
}

static void refused(const char *path, DWORD access, DWORD disposition, DWORD flags, DWORD error)
{
    assert_ptr_equal(open_as(path, access, disposition, flags), INVALID_HANDLE_VALUE);
    assert_int_equal(GetLastError(), error);
}

static HANDLE opened(const char *path, DWORD access, DWORD disposition, DWORD error)
{
    HANDLE file = open_as(path, access, disposition, FILE_ATTRIBUTE_NORMAL);

    assert_true(file != INVALID_HANDLE_VALUE && file != NULL);
    assert_int_equal(GetLastError(), error);
    return file;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static DWORD size_of(HANDLE file)
{
    LARGE_INTEGER size;
    DWORD high = 77;

    assert_true(GetFileSizeEx(file, &size));
    assert_int_equal(GetFileSize(file, &high), size.LowPart);
    assert_int_equal(high, size.HighPart);
    assert_int_equal(GetLastError(), 0);
    return size.LowPart;
}

/* ---- Opening ---- */

static void bad_arguments_are_refused_and_nothing_is_made(void **state)
{
    const char *path = file_name("never");
    char long_name[5000];

    (void)state;
    memset(long_name, 'x', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    refused(path, GENERIC_WRITE, 0, 0, ERROR_INVALID_PARAMETER);
    refused(path, GENERIC_WRITE, 6, 0, ERROR_INVALID_PARAMETER);
    refused(NULL, GENERIC_WRITE, 6, 0, ERROR_INVALID_PARAMETER);
    refused(NULL, GENERIC_WRITE, CREATE_ALWAYS, 0, ERROR_PATH_NOT_FOUND);
    refused("", GENERIC_WRITE, CREATE_ALWAYS, 0, ERROR_PATH_NOT_FOUND);
    refused(long_name, GENERIC_WRITE, CREATE_ALWAYS, 0, ERROR_FILENAME_EXCED_RANGE);
    refused(path, GENERIC_WRITE, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, ERROR_NOT_SUPPORTED);
    refused(path, GENERIC_WRITE, CREATE_ALWAYS, FILE_FLAG_OPEN_REPARSE_POINT, ERROR_NOT_SUPPORTED);
    refused(path, GENERIC_READ, TRUNCATE_EXISTING, 0, ERROR_INVALID_PARAMETER);
    assert_false(exists(path));
}

static void what_is_not_there_is_told_apart(void **state)
{
    const char *plain = file_make("plain", 3);
    char below[128];

    (void)state;
    snprintf(below, sizeof below, "%s/below", plain);
    refused(file_name("missing"), GENERIC_READ, OPEN_EXISTING, 0, ERROR_FILE_NOT_FOUND);
    refused(file_name("missing"), GENERIC_WRITE, TRUNCATE_EXISTING, 0, ERROR_FILE_NOT_FOUND);
    refused("ws2ring-missing-file", GENERIC_READ, OPEN_EXISTING, 0, ERROR_FILE_NOT_FOUND);
    refused(file_name("no-dir/file"), GENERIC_READ, OPEN_EXISTING, 0, ERROR_PATH_NOT_FOUND);
    refused(file_name("no-dir/file"), GENERIC_WRITE, CREATE_NEW, 0, ERROR_PATH_NOT_FOUND);
    refused(below, GENERIC_READ, OPEN_EXISTING, 0, ERROR_PATH_NOT_FOUND);
    refused(plain, GENERIC_READ, CREATE_NEW, 0, ERROR_FILE_EXISTS);
    refused(file_directory, GENERIC_READ, OPEN_EXISTING, 0, ERROR_ACCESS_DENIED);
    refused(file_directory, GENERIC_WRITE, OPEN_EXISTING, 0, ERROR_ACCESS_DENIED);
    refused("/dev/zero", GENERIC_READ, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED);
}

static void a_link_to_nowhere_ends(void **state)
{
    const char *link = file_name("link");

    (void)state;
    assert_int_equal(symlink("nowhere-at-all", link), 0);
    refused(link, GENERIC_READ, OPEN_EXISTING, 0, ERROR_FILE_NOT_FOUND);
    refused(link, GENERIC_WRITE, OPEN_ALWAYS, 0, ERROR_FILE_NOT_FOUND);
    refused(link, GENERIC_WRITE, CREATE_NEW, 0, ERROR_FILE_EXISTS);
}

static void a_pipe_is_refused_without_waiting(void **state)
{
    const char *path = file_name("pipe");

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    refused(path, GENERIC_READ, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED);
    refused(path, GENERIC_WRITE, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED);
}

static void dispositions_make_keep_or_empty(void **state)
{
    const char *path = file_name("made");
    HANDLE file;

    (void)state;
    file = opened(path, GENERIC_WRITE, CREATE_NEW, 0);
    CloseHandle(file);
    assert_true(exists(path));
    file_make("made", 10);
    file = opened(path, GENERIC_READ, OPEN_EXISTING, 0);
    assert_int_equal(size_of(file), 10);
    CloseHandle(file);
    file = opened(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS, ERROR_ALREADY_EXISTS);
    assert_int_equal(size_of(file), 10);
    CloseHandle(file);
    file = opened(path, GENERIC_WRITE, TRUNCATE_EXISTING, 0);
    assert_int_equal(size_of(file), 0);
    CloseHandle(file);
    file_make("made", 10);
    file = opened(path, GENERIC_READ, CREATE_ALWAYS, ERROR_ALREADY_EXISTS);
    assert_int_equal(size_of(file), 0);
    CloseHandle(file);
    file = opened(file_name("made2"), GENERIC_ALL, CREATE_ALWAYS, 0);
    CloseHandle(file);
    file = opened(file_name("made3"), 0, OPEN_ALWAYS, 0);
    assert_int_equal(size_of(file), 0);
    CloseHandle(file);
}

static void access_is_kept(void **state)
{
    const char *path = file_make("access", 10);
    HANDLE reads = opened(path, GENERIC_READ, OPEN_EXISTING, 0);
    HANDLE writes = opened(path, FILE_WRITE_DATA, OPEN_EXISTING, 0);
    HANDLE asks = opened(path, 0, OPEN_EXISTING, 0);
    HANDLE appends = opened(path, FILE_APPEND_DATA, OPEN_EXISTING, 0);
    char data[4] = "abc";
    DWORD done;

    (void)state;
    flow_fails(WriteFile(reads, data, 3, &done, NULL), ERROR_ACCESS_DENIED);
    flow_fails(ReadFile(writes, data, 3, &done, NULL), ERROR_ACCESS_DENIED);
    flow_fails(ReadFile(asks, data, 3, &done, NULL), ERROR_ACCESS_DENIED);
    flow_fails(WriteFile(asks, data, 3, &done, NULL), ERROR_ACCESS_DENIED);
    flow_fails(SetEndOfFile(reads), ERROR_ACCESS_DENIED);
    assert_true(WriteFile(appends, "xyz", 3, &done, NULL));
    assert_int_equal(size_of(asks), 13);
    CloseHandle(reads);
    CloseHandle(writes);
    CloseHandle(asks);
    CloseHandle(appends);
}

static void backslashes_separate_and_wide_names_work(void **state)
{
    char path[128];
    wchar_t wide[128];
    const wchar_t bad[] = {'a', (wchar_t)0xD800, 0};
    HANDLE file;

    (void)state;
    file_make("wide", 5);
    snprintf(path, sizeof path, "%s\\wide", file_directory);
    CloseHandle(opened(path, GENERIC_READ, OPEN_EXISTING, 0));
    for (size_t i = 0; i <= strlen(path); i++)
        wide[i] = (wchar_t)path[i];
    file = CreateFileW(wide, GENERIC_READ, ALL, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_int_equal(size_of(file), 5);
    CloseHandle(file);
    assert_ptr_equal(CreateFileW(bad, GENERIC_READ, ALL, NULL, OPEN_EXISTING, 0, NULL),
                     INVALID_HANDLE_VALUE);
    assert_int_equal(GetLastError(), ERROR_INVALID_NAME);
    assert_ptr_equal(CreateFileW(L"", GENERIC_READ, ALL, NULL, OPEN_EXISTING, 0, NULL),
                     INVALID_HANDLE_VALUE);
    assert_int_equal(GetLastError(), ERROR_PATH_NOT_FOUND);
}

static void a_closed_file_is_no_file(void **state)
{
    HANDLE file = file_new("closed", 10);
    LARGE_INTEGER zero = {.QuadPart = 0};
    HANDLE event = WSACreateEvent();
    HANDLE others[2] = {file, event};
    DWORD done;

    (void)state;
    assert_true(CloseHandle(file));
    flow_fails(CloseHandle(file), ERROR_INVALID_HANDLE);
    for (int i = 0; i < 2; i++) { /* an event is none either */
        SetLastError(0);
        assert_int_equal(GetFileSize(others[i], NULL), INVALID_FILE_SIZE);
        assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
        flow_fails(GetFileSizeEx(others[i], &zero), ERROR_INVALID_HANDLE);
        SetLastError(0);
        assert_int_equal(SetFilePointer(others[i], 0, NULL, 9), INVALID_SET_FILE_POINTER);
        assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
        flow_fails(SetFilePointerEx(others[i], zero, NULL, 9), ERROR_INVALID_HANDLE);
        flow_fails(SetEndOfFile(others[i]), ERROR_INVALID_HANDLE);
        flow_fails(ReadFile(others[i], &zero, 1, &done, NULL), ERROR_INVALID_HANDLE);
    }
    WSACloseEvent(event);
}

/* ---- Positions ---- */

static void the_position_moves(void **state)
{
    HANDLE file = open_as(file_make("position", 100), GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING,
                          FILE_FLAG_RANDOM_ACCESS | FILE_FLAG_WRITE_THROUGH);
    LARGE_INTEGER at = {.QuadPart = -10};
    LONG high = 1;
    unsigned char data[200];
    DWORD done;

    (void)state;
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(ReadFile(file, data, 30, &done, NULL));
    assert_int_equal(done, 30);
    assert_int_equal(SetFilePointer(file, 5, NULL, FILE_CURRENT), 35);
    assert_int_equal(SetFilePointer(file, -1, NULL, FILE_END), 99);
    assert_int_equal(SetFilePointer(file, 7, &high, FILE_BEGIN), 7);
    assert_int_equal(high, 1);
    assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT), INVALID_SET_FILE_POINTER);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER); /* it needs the upper half */
    assert_true(ReadFile(file, data, 30, &done, NULL));        /* far behind the end */
    assert_int_equal(done, 0);
    assert_true(SetFilePointerEx(file, at, &at, FILE_END));
    assert_int_equal(at.QuadPart, 90);
    assert_true(ReadFile(file, data, 200, &done, NULL));
    assert_int_equal(done, 10);
    file_same(data, 90, 10);
    at.QuadPart = -101;
    flow_fails(SetFilePointerEx(file, at, NULL, FILE_END), ERROR_NEGATIVE_SEEK);
    flow_fails(SetFilePointerEx(file, at, NULL, 3), ERROR_INVALID_PARAMETER);
    SetLastError(0);
    assert_int_equal(SetFilePointer(file, -1, NULL, FILE_BEGIN), INVALID_SET_FILE_POINTER);
    assert_int_equal(GetLastError(), ERROR_NEGATIVE_SEEK);
    at.QuadPart = 40;
    assert_true(SetFilePointerEx(file, at, NULL, FILE_BEGIN));
    assert_true(SetEndOfFile(file));
    assert_int_equal(size_of(file), 40);
    CloseHandle(file);
}

/* ---- Reading and writing ---- */

static void what_is_written_is_read(void **state)
{
    const char *path = file_name("written");
    HANDLE file = opened(path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0);
    OVERLAPPED place = {.Offset = 2};
    OVERLAPPED end = {.Offset = 0xFFFFFFFF, .OffsetHigh = 0xFFFFFFFF};
    char data[16] = "";
    DWORD done = 0;

    (void)state;
    assert_true(WriteFile(file, "hello", 5, &done, NULL));
    assert_int_equal(done, 5);
    assert_true(WriteFile(file, "LL", 2, &done, &place)); /* the position follows here too */
    assert_int_equal(place.Internal, 0);
    assert_int_equal(place.InternalHigh, 2);
    assert_int_equal(SetFilePointer(file, 0, NULL, FILE_CURRENT), 4);
    assert_true(WriteFile(file, "!", 1, &done, &end));
    assert_int_equal(SetFilePointer(file, 0, NULL, FILE_BEGIN), 0);
    assert_true(ReadFile(file, data, 16, &done, NULL));
    assert_int_equal(done, 6);
    assert_string_equal(data, "heLLo!");
    assert_true(ReadFile(file, data, 16, &done, NULL));
    assert_int_equal(done, 0); /* the end */
    place.Offset = 6;
    flow_fails(ReadFile(file, data, 16, &done, &place), ERROR_HANDLE_EOF);
    assert_int_equal(done, 0);
    assert_int_equal(place.Internal, 0xC0000011);
    place.Offset = 0;
    flow_fails(ReadFile(file, PAIR_BAD, 5, &done, &place), ERROR_NOACCESS);
    flow_fails(WriteFile(file, PAIR_BAD, 5, &done, NULL), ERROR_NOACCESS);
    place.OffsetHigh = 0x80000000;
    flow_fails(ReadFile(file, data, 5, &done, &place), ERROR_INVALID_PARAMETER);
    CloseHandle(file);
}

static void an_overlapped_file_needs_an_overlapped(void **state)
{
    HANDLE file = file_open_with(file_make("needs", 100), FILE_FLAG_OVERLAPPED);
    HANDLE port = flow_port(1);
    OVERLAPPED bad = {.hEvent = port};
    char data[4];
    DWORD done;

    (void)state;
    flow_fails(ReadFile(file, data, 4, &done, NULL), ERROR_INVALID_PARAMETER);
    flow_fails(ReadFile(file, data, 4, &done, &bad), ERROR_INVALID_HANDLE);
    CloseHandle(file);
    CloseHandle(port);
}

static void the_end_signals_event_or_file(void **state)
{
    HANDLE file = file_open_with(file_make("signal", 100), FILE_FLAG_OVERLAPPED);
    OVERLAPPED with = flow_overlapped();
    OVERLAPPED without = {.Offset = 60};
    unsigned char data[100];
    DWORD done = 0;

    (void)state;
    with.Offset = 30;
    assert_true(ReadFile(file, data, 20, NULL, &with));
    assert_int_equal(WaitForSingleObject(with.hEvent, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForSingleObject(file, 0), WAIT_TIMEOUT);
    assert_true(GetOverlappedResult(file, &with, &done, TRUE));
    assert_int_equal(done, 20);
    file_same(data, 30, 20);
    assert_true(ReadFile(file, data, 100, NULL, &without));
    assert_int_equal(WaitForSingleObject(file, 0), WAIT_OBJECT_0);
    assert_true(GetOverlappedResult(file, &without, &done, TRUE));
    assert_int_equal(done, 40);
    file_same(data, 60, 40);
    ResetEvent(with.hEvent);
    with.Offset = 100;
    flow_fails(ReadFile(file, data, 20, NULL, &with), ERROR_HANDLE_EOF);
    assert_int_equal(WaitForSingleObject(with.hEvent, 0), WAIT_TIMEOUT);
    WSACloseEvent(with.hEvent);
    CloseHandle(file);
}

static DWORD routine_calls, routine_bytes;

static void WINAPI routine(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    assert_int_equal(error, 0);
    assert_true(HasOverlappedIoCompleted(overlapped));
    routine_calls++;
    routine_bytes = bytes;
}

static void the_end_is_a_packet(void **state)
{
    HANDLE file = file_open_with(file_make("packet", 100), FILE_FLAG_OVERLAPPED);
    HANDLE plain = file_new("plain-packet", 100);
    HANDLE port = flow_port(1);
    OVERLAPPED overlapped = flow_overlapped();
    HANDLE event = overlapped.hEvent;
    struct flow_packet packet;
    char data[100];

    (void)state;
    SetLastError(0);
    assert_null(CreateIoCompletionPort(plain, port, 5, 0));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    assert_true(CreateIoCompletionPort(file, port, 5, 0) == port);
    assert_null(CreateIoCompletionPort(file, port, 6, 0));
    assert_true(ReadFile(file, data, 70, NULL, &overlapped));
    packet = flow_take(port, 0);
    assert_int_equal(packet.error, 0);
    assert_int_equal(packet.bytes, 70);
    assert_int_equal(packet.key, 5);
    assert_ptr_equal(packet.overlapped, &overlapped);
    overlapped.hEvent = (HANDLE)((ULONG_PTR)event | 1);
    assert_true(ReadFile(file, data, 70, NULL, &overlapped));
    overlapped.hEvent = event;
    overlapped.Offset = 100;
    flow_fails(ReadFile(file, data, 70, NULL, &overlapped), ERROR_HANDLE_EOF);
    flow_fails(ReadFileEx(file, data, 70, &overlapped, routine), ERROR_INVALID_PARAMETER);
    assert_true(SetFileCompletionNotificationModes(file, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    overlapped.Offset = 0;
    assert_true(ReadFile(file, data, 70, NULL, &overlapped));
    flow_no_packet(port);
    CloseHandle(file);
    CloseHandle(plain);
    CloseHandle(port);
    WSACloseEvent(event);
}

static void a_routine_runs_in_an_alertable_wait(void **state)
{
    HANDLE file = file_open_with(file_make("routine", 100), FILE_FLAG_OVERLAPPED);
    HANDLE plain = file_new("plain-routine", 100);
    OVERLAPPED overlapped = {.hEvent = (HANDLE)123456}; /* the caller's own */
    char data[100];

    (void)state;
    flow_fails(ReadFileEx(plain, data, 10, &overlapped, routine), ERROR_INVALID_PARAMETER);
    assert_true(ReadFileEx(file, data, 70, &overlapped, routine));
    assert_int_equal(routine_calls, 0);
    assert_int_equal(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(routine_calls, 1);
    assert_int_equal(routine_bytes, 70);
    CloseHandle(file);
    CloseHandle(plain);
}

static void a_duplicate_is_the_same_file(void **state)
{
    HANDLE file = file_new("duplicate", 100);
    HANDLE other = NULL;
    char data[10];
    DWORD done;

    (void)state;
    assert_true(DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &other, 0, FALSE,
                                DUPLICATE_SAME_ACCESS));
    assert_true(ReadFile(file, data, 10, &done, NULL));
    assert_true(CloseHandle(file));
    assert_int_equal(SetFilePointer(other, 0, NULL, FILE_CURRENT), 10);
    assert_true(CloseHandle(other));
}

static void descriptors_are_given_back(void **state)
{
    const char *path = file_make("leak", 10);
    int before = open(path, O_RDONLY);
    int after;

    (void)state;
    close(before);
    for (int i = 0; i < 10; i++) {
        CloseHandle(file_open_read(path));
        refused(file_directory, GENERIC_READ, OPEN_EXISTING, 0, ERROR_ACCESS_DENIED);
        refused("/dev/null", GENERIC_READ, OPEN_EXISTING, 0, ERROR_NOT_SUPPORTED);
    }
    after = open(path, O_RDONLY);
    close(after);
    assert_int_equal(after, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_arguments_are_refused_and_nothing_is_made),
        cmocka_unit_test(what_is_not_there_is_told_apart),
        cmocka_unit_test(a_link_to_nowhere_ends),
        cmocka_unit_test(a_pipe_is_refused_without_waiting),
        cmocka_unit_test(dispositions_make_keep_or_empty),
        cmocka_unit_test(access_is_kept),
        cmocka_unit_test(backslashes_separate_and_wide_names_work),
        cmocka_unit_test(a_closed_file_is_no_file),
        cmocka_unit_test(the_position_moves),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(an_overlapped_file_needs_an_overlapped),
        cmocka_unit_test(the_end_signals_event_or_file),
        cmocka_unit_test(the_end_is_a_packet),
        cmocka_unit_test(a_routine_runs_in_an_alertable_wait),
        cmocka_unit_test(a_duplicate_is_the_same_file),
        cmocka_unit_test(descriptors_are_given_back),
    };

    return cmocka_run_group_tests(tests, file_setup, file_teardown);
}
