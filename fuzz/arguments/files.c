/* SPDX-License-Identifier: MIT */
/*
 * Files, TransmitFile and TransmitPackets. Files are made only in a directory of the fuzzer's own,
 * under two names, and stay small; what is sent is so little that no call waits for a reader.
 */
#include "fuzz/arguments/arguments.h"

#include <stdlib.h>
#include <sys/stat.h>

#define FILES_DIRECTORY "/tmp/ws2ring-fuzz"

enum { FILES_BYTES_MAX = 8192, FILES_SENT_MAX = 100 };

static const char *const files_names[] = {
    FILES_DIRECTORY "/a",
    FILES_DIRECTORY "\\b",
    FILES_DIRECTORY "/missing/c",
    FILES_DIRECTORY "/a/under",
    FILES_DIRECTORY,
    "/dev/null",
    "",
};

static HANDLE files_open(const char *name, DWORD access, DWORD disposition, DWORD flags)
{
    WCHAR wide[64];
    size_t i = 0;

    if (name == NULL || !(arg_byte() & 1))
        return CreateFileA(name, access, arg_byte(), NULL, disposition, flags, NULL);
    do
        wide[i] = (WCHAR)name[i];
    while (name[i++] != '\0');
    return CreateFileW(wide, access, arg_byte(), NULL, disposition, flags, NULL);
}

static void call_create(void)
{
    uint8_t which = arg_byte();
    const char *name =
        which < 0xf0 ? files_names[which % (sizeof files_names / sizeof(char *))] : NULL;
    DWORD access = arg_byte() & 1 ? GENERIC_READ | GENERIC_WRITE : arg_u32();
    DWORD disposition = arg_byte() < 0xf0 ? OPEN_ALWAYS : arg_byte() % 8;
    DWORD flags = arg_byte() & 1 ? FILE_FLAG_OVERLAPPED : arg_u32();
    HANDLE file;

    (void)mkdir(FILES_DIRECTORY, 0700);
    file = files_open(name, access, disposition, flags);
    if (file == INVALID_HANDLE_VALUE) {
        arg_failed_if(true);
        return;
    }
    if (GetFileSize(file, NULL) > FILES_BYTES_MAX) { /* what earlier inputs have written */
        FUZZ_CHECK(CloseHandle(file));
        file = CreateFileA(name, GENERIC_ALL, 0, NULL, CREATE_ALWAYS, flags & FILE_FLAG_OVERLAPPED,
                           NULL);
        FUZZ_CHECK(file != INVALID_HANDLE_VALUE);
    }
    arg_opened((uintptr_t)file);
}

static void call_position(void)
{
    HANDLE file = (HANDLE)arg_handle();
    uint8_t kind = arg_byte();
    LONG distance = (int8_t)arg_byte();
    DWORD origin = arg_byte() % 5;
    LARGE_INTEGER at = {.QuadPart = distance};
    LONG high = distance < 0 ? -1 : 0;

    if (kind & 1)
        arg_failed_if(SetFilePointer(file, distance, kind & 2 ? &high : NULL, origin) ==
                          INVALID_SET_FILE_POINTER &&
                      GetLastError() != 0);
    else
        arg_failed_if(!SetFilePointerEx(file, at, kind & 2 ? &at : NULL, origin));
}

static void call_size(void)
{
    HANDLE file = (HANDLE)arg_handle();
    LARGE_INTEGER size;
    DWORD high = 0;

    switch (arg_byte() % 3) {
    case 0:
        arg_failed_if(GetFileSize(file, arg_or_null(&high)) == INVALID_FILE_SIZE);
        break;
    case 1:
        arg_failed_if(!GetFileSizeEx(file, &size));
        break;
    default:
        arg_failed_if(!SetEndOfFile(file));
    }
}

static DWORD files_sent_bytes(void)
{
    uint8_t first = arg_byte();

    if (first < 0xf0)
        return 1u + first % FILES_SENT_MAX;
    return first & 1 ? UINT32_MAX : INT32_MAX;
}

static void call_transmit_file(void)
{
    SOCKET s = arg_socket();
    HANDLE file = arg_byte() < 0xc0 ? (HANDLE)arg_handle() : NULL;
    TRANSMIT_FILE_BUFFERS buffers = {arg_pointer(arg_own->data[0]), arg_byte() % ARG_IO_BYTES,
                                     arg_pointer(arg_own->data[1]), arg_byte() % ARG_IO_BYTES};
    LPTRANSMIT_FILE_BUFFERS given = arg_pointer(&buffers);
    DWORD flags = arg_byte() < 0xc0 ? arg_byte() & 3 : arg_number();
    OVERLAPPED *overlapped = arg_overlapped();

    arg_failed_if(
        !TransmitFile(s, file, files_sent_bytes(), arg_number(), overlapped, given, flags));
}

static void files_element(TRANSMIT_PACKETS_ELEMENT *element)
{
    uint8_t kind = arg_byte();

    element->dwElFlags = kind < 0xf0 ? kind % 8u : arg_number();
    element->cLength = arg_byte() % ARG_IO_BYTES;
    if (element->dwElFlags & TP_ELEMENT_MEMORY) {
        element->pBuffer = arg_pointer(arg_own->data[kind % 4]);
        return;
    }
    element->cLength = files_sent_bytes();
    element->hFile = (HANDLE)arg_handle();
    element->nFileOffset.QuadPart = (int8_t)arg_byte();
}

static void call_transmit_packets(void)
{
    static LPFN_TRANSMITPACKETS TransmitPackets;
    SOCKET s = arg_socket();
    TRANSMIT_PACKETS_ELEMENT elements[4];
    DWORD count = arg_byte() % 5;
    LPTRANSMIT_PACKETS_ELEMENT given = arg_pointer(elements);
    GUID id = WSAID_TRANSMITPACKETS;
    DWORD bytes;

    memset(elements, 0, sizeof elements);
    for (DWORD i = 0; i < count; i++)
        files_element(&elements[i]);
    if (TransmitPackets == NULL &&
        WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &TransmitPackets,
                 sizeof TransmitPackets, &bytes, NULL, NULL) != 0)
        return;
    arg_failed_if(
        !TransmitPackets(s, given, count, arg_number(), arg_overlapped(), arg_byte() & 0x33));
}

void arg_call_file(void)
{
    static arg_call *const calls[] = {call_create, call_position, call_size, call_transmit_file,
                                      call_transmit_packets};

    calls[arg_byte() % (sizeof calls / sizeof(arg_call *))]();
}
