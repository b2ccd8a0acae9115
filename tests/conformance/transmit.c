/* SPDX-License-Identifier: MIT
 *
 * TransmitFile and TransmitPackets, and the files that they send: facts TRANSMITFILE-*, and what
 * the documentation of these calls says. */
#include "conf.h"

enum { FILE_BYTES = 70003, PIECE = 1000 };

#define FILE_NAME "conf-transmit.tmp"

static LPFN_TRANSMITFILE transmit_file;
static LPFN_TRANSMITPACKETS transmit_packets;
static char content[FILE_BYTES];
static char head[] = "<head>", tail[] = "<tail>";

static HANDLE open_file(DWORD access, DWORD disposition, DWORD flags)
{
    return CreateFileA(FILE_NAME, access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, disposition,
                       flags, NULL);
}

static void refuses(const char *fact, const char *what, HANDLE file, DWORD wanted)
{
    DWORD error = GetLastError();

    if (file == INVALID_HANDLE_VALUE)
        equals(fact, what, error, wanted);
    else
        ok(0, fact, "%s: opened", what);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
}

/* ---- Files ---- */

static void opening(void)
{
    HANDLE file;

    remove(FILE_NAME);
    refuses("DOC-CREATEFILE-01.1", "OPEN_EXISTING of nothing, error",
            open_file(GENERIC_READ, OPEN_EXISTING, 0), ERROR_FILE_NOT_FOUND);
    refuses("DOC-CREATEFILE-01.2", "TRUNCATE_EXISTING of nothing, error",
            open_file(GENERIC_WRITE, TRUNCATE_EXISTING, 0), ERROR_FILE_NOT_FOUND);
    refuses("DOC-CREATEFILE-01.3", "disposition 0, error", open_file(GENERIC_READ, 0, 0), 87);
    refuses("DOC-CREATEFILE-01.4", "disposition 6, error", open_file(GENERIC_READ, 6, 0), 87);
    refuses("DOC-CREATEFILE-01.5", "a missing directory, error",
            CreateFileA("no-such-directory\\file", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
            3 /* ERROR_PATH_NOT_FOUND */);
    refuses("DOC-CREATEFILE-01.6", "no name, error",
            CreateFileA("", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), 3);
    refuses("DOC-CREATEFILE-01.7", "a directory, error",
            CreateFileA(".", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_ACCESS_DENIED);
    file = open_file(GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_NORMAL);
    works("DOC-CREATEFILE-02.1", "CREATE_NEW", file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    refuses("DOC-CREATEFILE-02.2", "CREATE_NEW again, error",
            open_file(GENERIC_WRITE, CREATE_NEW, 0), 80 /* ERROR_FILE_EXISTS */);
    file = open_file(GENERIC_WRITE, OPEN_ALWAYS, 0);
    equals("DOC-CREATEFILE-02.3", "OPEN_ALWAYS, it was there: last error", GetLastError(),
           ERROR_ALREADY_EXISTS);
    CloseHandle(file);
    file = open_file(GENERIC_WRITE, CREATE_ALWAYS, 0);
    equals("DOC-CREATEFILE-02.4", "CREATE_ALWAYS, it was there: last error", GetLastError(),
           ERROR_ALREADY_EXISTS);
    CloseHandle(file);
    remove(FILE_NAME);
    SetLastError(0xdeadbeef);
    file = open_file(GENERIC_WRITE, CREATE_ALWAYS, 0);
    equals("DOC-CREATEFILE-02.5", "CREATE_ALWAYS, it was not: last error", GetLastError(), 0);
    CloseHandle(file);
}

/* Writes the content, reads it back. Leaves the file there. */
static void reading_and_writing(void)
{
    HANDLE file = open_file(GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS, 0);
    OVERLAPPED at;
    LARGE_INTEGER size;
    DWORD bytes = 0, high = 7;
    char data[PIECE];

    for (int i = 0; i < FILE_BYTES; i++)
        content[i] = (char)(i * 167 + i / 251);
    works("DOC-WRITEFILE-01.1", "writing", WriteFile(file, content, FILE_BYTES, &bytes, NULL));
    equals("DOC-WRITEFILE-01.2", "bytes", bytes, FILE_BYTES);
    equals("DOC-FILESIZE-01.1", "GetFileSize", GetFileSize(file, &high), FILE_BYTES);
    equals("DOC-FILESIZE-01.2", "its upper half", high, 0);
    works("DOC-FILESIZE-01.3", "GetFileSizeEx", GetFileSizeEx(file, &size));
    equals("DOC-FILESIZE-01.4", "the size", size.QuadPart, FILE_BYTES);
    equals("DOC-FILEPOINTER-01.1", "the position", SetFilePointer(file, 0, NULL, FILE_CURRENT),
           FILE_BYTES);
    works("DOC-READFILE-01.1", "reading at the end", ReadFile(file, data, PIECE, &bytes, NULL));
    equals("DOC-READFILE-01.2", "bytes", bytes, 0);
    equals("DOC-FILEPOINTER-01.2", "ten before the end", SetFilePointer(file, -10, NULL, FILE_END),
           FILE_BYTES - 10);
    ReadFile(file, data, PIECE, &bytes, NULL);
    ok(bytes == 10 && memcmp(data, content + FILE_BYTES - 10, 10) == 0, "DOC-READFILE-01.3",
       "the last bytes: %d", (int)bytes);
    fails("DOC-FILEPOINTER-01.3", "before the beginning",
          SetFilePointer(file, -1, NULL, FILE_BEGIN) == INVALID_SET_FILE_POINTER,
          131 /* ERROR_NEGATIVE_SEEK */);
    fails("DOC-FILEPOINTER-01.4", "a bad origin",
          SetFilePointer(file, 0, NULL, 3) == INVALID_SET_FILE_POINTER, ERROR_INVALID_PARAMETER);
    memset(&at, 0, sizeof at);
    at.Offset = 500;
    ReadFile(file, data, PIECE, &bytes, &at);
    ok(bytes == PIECE && memcmp(data, content + 500, PIECE) == 0, "DOC-READFILE-02.1",
       "from an offset: %d", (int)bytes);
    equals("DOC-READFILE-02.2", "the position behind it",
           SetFilePointer(file, 0, NULL, FILE_CURRENT), 500 + PIECE);
    at.Offset = FILE_BYTES;
    fails("DOC-READFILE-02.3", "the end, with an OVERLAPPED",
          !ReadFile(file, data, PIECE, &bytes, &at), ERROR_HANDLE_EOF);
    CloseHandle(file);
    file = open_file(GENERIC_READ, OPEN_EXISTING, 0);
    fails("DOC-WRITEFILE-01.3", "without access", !WriteFile(file, "x", 1, &bytes, NULL),
          ERROR_ACCESS_DENIED);
    fails("DOC-SETENDOFFILE-01", "without access", !SetEndOfFile(file), ERROR_ACCESS_DENIED);
    CloseHandle(file);
}

/* ---- TransmitFile ---- */

/* Reads so many bytes, or to the end of the stream. */
static int gather(SOCKET s, char *data, int room)
{
    int bytes = 0;
    int got;

    while (bytes < room && (got = conf_recv(s, data + bytes, (unsigned)(room - bytes))) > 0)
        bytes += got;
    return bytes;
}

/* Within a second: of what has been sent already. */
static int readable(SOCKET s)
{
    struct timeval second = {1, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, &second) == 1;
}

static void refusals(HANDLE file)
{
    SOCKET tcp = conf_tcp();
    SOCKET udp = conf_socket(SOCK_DGRAM);
    struct pair pair = conf_pair();
    OVERLAPPED beyond = conf_overlapped();

    fails("TRANSMITFILE-01.1", "no socket",
          !transmit_file(INVALID_SOCKET, NULL, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
    fails("TRANSMITFILE-01.6", "no socket, by name",
          !TransmitFile(INVALID_SOCKET, NULL, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
    fails("TRANSMITFILE-01.2", "TCP, not connected", !transmit_file(tcp, NULL, 0, 0, NULL, NULL, 0),
          WSAENOTCONN);
    fails("TRANSMITFILE-01.3", "TCP, not connected, TF_REUSE_SOCKET",
          !transmit_file(tcp, NULL, 0, 0, NULL, NULL, TF_REUSE_SOCKET), WSAENOTCONN);
    fails("TRANSMITFILE-01.4", "UDP, not connected", !transmit_file(udp, NULL, 0, 0, NULL, NULL, 0),
          WSAENOTCONN);
    fails("TRANSMITFILE-01.5", "UDP, not connected, TF_REUSE_SOCKET",
          !transmit_file(udp, NULL, 0, 0, NULL, NULL, TF_REUSE_SOCKET), WSAENOTCONN);
    beyond.Offset = FILE_BYTES + 1;
    fails("DOC-TRANSMITFILE-01.1", "from behind the end",
          !transmit_file(pair.client, file, 0, 0, &beyond, NULL, 0), WSAEINVAL);
    fails("DOC-TRANSMITFILE-01.2", "TF_REUSE_SOCKET alone",
          !transmit_file(pair.client, file, 0, 0, NULL, NULL, TF_REUSE_SOCKET), WSAEINVAL);
    fails("DOC-TRANSMITFILE-01.3", "2,147,483,647 bytes",
          !transmit_file(pair.client, file, 0x7fffffff, 0, NULL, NULL, 0), WSAEINVAL);
    shutdown(pair.client, SD_SEND);
    fails("DOC-TRANSMITFILE-01.4", "after shutdown",
          !transmit_file(pair.client, file, 0, 0, NULL, NULL, 0), WSAESHUTDOWN);
    conf_pair_close(pair);
    WSACloseEvent(beyond.hEvent);
    closesocket(tcp);
    closesocket(udp);
}

static void what_arrives(HANDLE file)
{
    struct pair pair = conf_pair();
    TRANSMIT_FILE_BUFFERS buffers = {head, 6, tail, 6};
    static char data[FILE_BYTES + 12];
    int got;

    works("TRANSMITFILE-02.1", "nothing", transmit_file(pair.client, NULL, 0, 0, NULL, NULL, 0));
    works("TRANSMITFILE-02.2", "head and tail",
          transmit_file(pair.client, NULL, 0, 0, NULL, &buffers, 0));
    got = gather(pair.server, data, 12);
    ok(got == 12 && memcmp(data, "<head><tail>", 12) == 0, "TRANSMITFILE-02.3", "arrive: %d", got);
    SetFilePointer(file, PIECE, NULL, FILE_BEGIN);
    works("TRANSMITFILE-03.1", "from the position",
          transmit_file(pair.client, file, 0, 0, NULL, &buffers, 0));
    got = gather(pair.server, data, FILE_BYTES - PIECE + 12);
    ok(got == FILE_BYTES - PIECE + 12 && memcmp(data, head, 6) == 0 &&
           memcmp(data + 6, content + PIECE, FILE_BYTES - PIECE) == 0 &&
           memcmp(data + got - 6, tail, 6) == 0,
       "TRANSMITFILE-03.2", "head, rest of the file, tail: %d", got);
    SetFilePointer(file, 5, NULL, FILE_BEGIN);
    works("DOC-TRANSMITFILE-02.1", "a part",
          transmit_file(pair.client, file, 100, 10, NULL, NULL, 0));
    got = gather(pair.server, data, 100);
    ok(got == 100 && memcmp(data, content + 5, 100) == 0, "DOC-TRANSMITFILE-02.2", "arrives: %d",
       got);
    conf_pair_close(pair);
}

static void overlapped(HANDLE file)
{
    struct pair pair = conf_pair();
    HANDLE port = conf_port();
    TRANSMIT_FILE_BUFFERS buffers = {head, 6, tail, 6};
    OVERLAPPED at;
    struct packet packet;
    static char data[FILE_BYTES];
    int got;

    memset(&at, 0, sizeof at);
    at.Offset = 333;
    conf_join_port(pair.client, port, 5);
    SetLastError(0);
    if (!transmit_file(pair.client, file, 2000, 0, &at, &buffers, TF_DISCONNECT))
        equals_code("DOC-TRANSMITFILE-03.1", "started", (unsigned)WSAGetLastError(),
                    WSA_IO_PENDING);
    else
        ok(1, "DOC-TRANSMITFILE-03.1", "started: IO_PENDING"); /* both are legal */
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.result && packet.overlapped == &at && packet.key == 5, "DOC-TRANSMITFILE-03.2",
       "its packet: %d", packet.result);
    equals("DOC-TRANSMITFILE-03.3", "bytes", packet.bytes, 2012);
    got = gather(pair.server, data, 2012);
    ok(got == 2012 && memcmp(data + 6, content + 333, 2000) == 0, "DOC-TRANSMITFILE-03.4",
       "arrive: %d", got);
    ok(readable(pair.server) && conf_recv(pair.server, data, 1) == 0, "DOC-TRANSMITFILE-03.5",
       "then the stream ends");
    conf_pair_close(pair);
    CloseHandle(port);
}

/* ---- TransmitPackets ---- */

static void packets(HANDLE file)
{
    struct pair pair = conf_pair();
    TRANSMIT_PACKETS_ELEMENT pieces[3];
    OVERLAPPED at = conf_overlapped();
    static char data[FILE_BYTES];
    int got;

    memset(pieces, 0, sizeof pieces);
    pieces[0].dwElFlags = TP_ELEMENT_MEMORY;
    pieces[0].cLength = 6;
    pieces[0].pBuffer = head;
    pieces[1].dwElFlags = TP_ELEMENT_FILE;
    pieces[1].cLength = 3000;
    pieces[1].nFileOffset.QuadPart = 44;
    pieces[1].hFile = file;
    pieces[2].dwElFlags = TP_ELEMENT_MEMORY | TP_ELEMENT_EOP;
    pieces[2].cLength = 6;
    pieces[2].pBuffer = tail;
    if (!transmit_packets(pair.client, pieces, 3, 0, &at, 0) && WSAGetLastError() != WSA_IO_PENDING)
        fails("DOC-TRANSMITPACKETS-01.1", "started", 1, 0);
    else
        equals("DOC-TRANSMITPACKETS-01.1", "bytes", conf_result(pair.client, &at), 3012);
    got = gather(pair.server, data, 3012);
    ok(got == 3012 && memcmp(data, head, 6) == 0 && memcmp(data + 6, content + 44, 3000) == 0 &&
           memcmp(data + 3006, tail, 6) == 0,
       "DOC-TRANSMITPACKETS-01.2", "arrive: %d", got);
    fails("DOC-TRANSMITPACKETS-02.1", "TP_REUSE_SOCKET alone",
          !transmit_packets(pair.client, pieces, 3, 0, NULL, TP_REUSE_SOCKET), WSAEINVAL);
    fails("DOC-TRANSMITPACKETS-02.2", "no socket",
          !transmit_packets(INVALID_SOCKET, pieces, 3, 0, NULL, 0), WSAENOTSOCK);
    conf_pair_close(pair);
    WSACloseEvent(at.hEvent);
}

/* Its functions by name; Wine has not all of them. */
static int find(GUID id, void *function)
{
    SOCKET s = conf_tcp();
    DWORD bytes = 0;
    int error = WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, function,
                         sizeof(void *), &bytes, NULL, NULL);

    closesocket(s);
    return error == 0;
}

int main(void)
{
    HANDLE file;

    conf_begin("TransmitFile TransmitPackets CreateFileA GetFileSize GetFileSizeEx SetFilePointer "
               "SetEndOfFile ReadFile WriteFile");
    opening();
    reading_and_writing();
    file = open_file(GENERIC_READ, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN);
    works("DOC-TRANSMITFILE-04", "WSAID_TRANSMITFILE",
          find((GUID)WSAID_TRANSMITFILE, &transmit_file));
    works("DOC-TRANSMITPACKETS-03", "WSAID_TRANSMITPACKETS",
          find((GUID)WSAID_TRANSMITPACKETS, &transmit_packets));
    refusals(file);
    what_arrives(file);
    overlapped(file);
    if (transmit_packets != NULL)
        packets(file);
    CloseHandle(file);
    remove(FILE_NAME);
    return conf_end();
}
