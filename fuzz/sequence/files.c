/* SPDX-License-Identifier: MIT */
/* Steps of fuzz_sequence.c by the calls that files have too, ReadFile and WriteFile, and by those
 * that send what lies in several places, in files too: TransmitFile and TransmitPackets. */
#include "fuzz/sequence/steps.h"

#include <mswsock.h>
#include <windows.h>

#include <string.h>
#include <sys/stat.h>

#define FILES_DIRECTORY "/tmp/ws2ring-fuzz"

enum { PIECES_MAX = 3 };

/* One piece of an operation's data. */
struct piece {
    char *data;
    DWORD bytes;
    bool in_file;
    uint64_t at; /* where it lies in the file */
};

/* ---- ReadFile and WriteFile ---- */

static void CALLBACK file_ended(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    FUZZ_CHECK(bytes == overlapped->InternalHigh && (error == 0) == (overlapped->Internal == 0));
    model_ended(CONTAINING_RECORD(overlapped, struct model_operation, overlapped));
}

/* ReadFile() and WriteFile(), or with a routine their Ex forms: the same operations. */
void step_post_file(struct model_end *end)
{
    uint8_t how = sequence_byte();
    bool sends = how & 1;
    bool routine = end->way == MODEL_BY_ROUTINE;
    struct model_operation *operation = model_take(end, sends, 1 + how / 2);
    HANDLE s = (HANDLE)end->socket;
    OVERLAPPED *overlapped;
    BOOL good;

    if (operation == NULL)
        return;
    overlapped = &operation->overlapped;
    if (sends) {
        about_to_send(end);
        good = routine
                   ? WriteFileEx(s, operation->data, operation->size_bytes, overlapped, file_ended)
                   : WriteFile(s, operation->data, operation->size_bytes, NULL, overlapped);
    } else {
        good = routine
                   ? ReadFileEx(s, operation->data, operation->size_bytes, overlapped, file_ended)
                   : ReadFile(s, operation->data, operation->size_bytes, NULL, overlapped);
    }
    operation_begun(operation, good || GetLastError() == ERROR_IO_PENDING);
}

/* ---- TransmitFile and TransmitPackets ---- */

static HANDLE file = INVALID_HANDLE_VALUE;
static uint64_t file_bytes; /* that pieces of this input occupy: each has a place of its own */

/* Without a name, as long as the program runs. */
static void file_open(void)
{
    char name[64];

    snprintf(name, sizeof name, FILES_DIRECTORY "/sequence-%lu",
             (unsigned long)GetCurrentProcessId());
    (void)mkdir(FILES_DIRECTORY, 0700);
    file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    FUZZ_CHECK(file != INVALID_HANDLE_VALUE);
    FUZZ_CHECK(remove(name) == 0);
}

/* Moves the piece into the file; nothing of it is left in memory. */
static void file_put(struct piece *piece)
{
    OVERLAPPED place = {.Offset = (DWORD)file_bytes};
    DWORD written = 0;

    if (file == INVALID_HANDLE_VALUE)
        file_open();
    FUZZ_CHECK(WriteFile(file, piece->data, piece->bytes, &written, &place));
    FUZZ_CHECK(written == piece->bytes);
    memset(piece->data, 0, piece->bytes);
    piece->at = file_bytes;
    file_bytes += piece->bytes;
}

void files_begin(void)
{
    file_bytes = 0;
}

/* A piece of no bytes is none: in TransmitPackets it would be the whole file. */
static unsigned cut_pieces(struct model_operation *operation, unsigned count, uint8_t in_file,
                           struct piece *pieces)
{
    DWORD each = operation->size_bytes / count;

    if (each == 0)
        count = 1;
    for (unsigned i = 0; i < count; i++) {
        bool last = i + 1 == count;

        pieces[i].data = operation->data + i * each;
        pieces[i].bytes = last ? operation->size_bytes - i * each : each;
        pieces[i].in_file = in_file >> i & 1;
        if (pieces[i].in_file)
            file_put(&pieces[i]);
    }
    return count;
}

static BOOL transmit_file(SOCKET s, OVERLAPPED *overlapped, const struct piece *pieces)
{
    TRANSMIT_FILE_BUFFERS around = {pieces[0].data, pieces[0].bytes, pieces[2].data,
                                    pieces[2].bytes};

    overlapped->Offset = (DWORD)pieces[1].at;
    return TransmitFile(s, pieces[1].in_file ? file : NULL, pieces[1].bytes, 0, overlapped, &around,
                        0);
}

/* The elements are the caller's again when the call returns. */
static BOOL transmit_packets(SOCKET s, OVERLAPPED *overlapped, const struct piece *pieces,
                             unsigned count)
{
    static LPFN_TRANSMITPACKETS function;
    TRANSMIT_PACKETS_ELEMENT elements[PIECES_MAX];
    GUID id = WSAID_TRANSMITPACKETS;
    DWORD bytes = 0;
    BOOL good;

    if (function == NULL)
        FUZZ_CHECK(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                            sizeof function, &bytes, NULL, NULL) == 0);
    memset(elements, 0, sizeof elements);
    for (unsigned i = 0; i < count; i++) {
        elements[i].dwElFlags = pieces[i].in_file ? TP_ELEMENT_FILE : TP_ELEMENT_MEMORY;
        elements[i].cLength = pieces[i].bytes;
        if (pieces[i].in_file) {
            elements[i].hFile = file;
            elements[i].nFileOffset.QuadPart = (LONGLONG)pieces[i].at;
        } else {
            elements[i].pBuffer = pieces[i].data;
        }
    }
    good = function(s, elements, count, 0, overlapped, 0);
    memset(elements, 0xff, sizeof elements);
    return good;
}

/* A send of up to three pieces, in memory and in a file. */
void step_transmit_pieces(struct model_end *end)
{
    uint8_t how = sequence_byte();
    bool packets = how & 1;
    uint8_t in_file = how >> 3 & 7;
    DWORD size_bytes = 1 + sequence_byte();
    struct piece pieces[PIECES_MAX] = {0};
    struct model_operation *operation;
    unsigned count;
    BOOL good;

    if (end->way == MODEL_BY_ROUTINE) /* they have none */
        return;
    operation = model_take(end, true, packets ? size_bytes : size_bytes + 2);
    if (operation == NULL)
        return;
    about_to_send(end);
    if (packets) {
        count = cut_pieces(operation, 1u + (how >> 1 & 3) % PIECES_MAX, in_file, pieces);
        good = transmit_packets(end->socket, &operation->overlapped, pieces, count);
    } else {
        cut_pieces(operation, 3, 2, pieces);
        good = transmit_file(end->socket, &operation->overlapped, pieces);
    }
    operation_begun(operation, good || WSAGetLastError() == WSA_IO_PENDING);
}

/* The same by TransmitFile alone, which may do without a file. */
void step_transmit(struct model_end *end)
{
    TRANSMIT_FILE_BUFFERS pieces = {0};
    DWORD size_bytes = 1 + sequence_byte();
    struct model_operation *operation;

    if (end->way == MODEL_BY_ROUTINE) /* it has none */
        return;
    operation = model_take(end, true, size_bytes);
    if (operation == NULL)
        return;
    about_to_send(end);
    pieces.Head = operation->data;
    pieces.HeadLength = size_bytes / 2;
    pieces.Tail = operation->data + pieces.HeadLength;
    pieces.TailLength = size_bytes - pieces.HeadLength;
    operation_begun(operation,
                    TransmitFile(end->socket, NULL, 0, 0, &operation->overlapped, &pieces, 0) ||
                        WSAGetLastError() == WSA_IO_PENDING);
}
