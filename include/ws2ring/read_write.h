/* SPDX-License-Identifier: MIT */
/*
 * What Win32 does with any open handle, sockets and files alike: reading, writing, the result of an
 * overlapped operation within a time, and ending what a thread waits for. Part of windows.h.
 */
#ifndef WS2RING_PART_READ_WRITE_H
#define WS2RING_PART_READ_WRITE_H

#include <ws2ring/base.h>

/**
 * What ReadFileEx() and WriteFileEx() call when the operation has ended.
 *
 * @param error      0, or the Win32 code of its failure
 * @param bytes      transferred
 * @param overlapped as given to the call; its hEvent is the caller's own
 */
typedef void(WINAPI *LPOVERLAPPED_COMPLETION_ROUTINE)(DWORD error, DWORD bytes,
                                                      LPOVERLAPPED overlapped);

WS2RING_BEGIN_DECLS

/**
 * Reads from a file, or receives from a socket.
 *
 * @param file       a file or a socket
 * @param buffer     where the data go
 * @param size       room in bytes
 * @param received   receives the number of bytes read, 0 when there was an error; may be NULL with
 *                   `overlapped`
 * @param overlapped NULL: wait; else the operation's state, which the library owns until it is done
 * @return TRUE: done, with 0 bytes at the end of the file, and when the peer has ended the stream.
 *         FALSE with GetLastError() ERROR_IO_PENDING (accepted), ERROR_INVALID_HANDLE (`file`, or
 *         hEvent), ERROR_INVALID_PARAMETER (both pointers are NULL), ERROR_NOACCESS (`buffer`),
 *         ERROR_HANDLE_EOF (a file, overlapped), ERROR_MORE_DATA (a datagram that did not fit),
 *         ERROR_NOT_READY (a non-blocking socket without data), ERROR_OPERATION_ABORTED
 *         (CancelSynchronousIo()), ERROR_CONNECTION_INVALID (not connected),
 *         ERROR_PIPE_NOT_CONNECTED (receiving was shut down), ERROR_NETNAME_DELETED (reset by the
 *         peer) or the code of another failure
 * Source:  Microsoft Learn, "ReadFile function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI ReadFile(HANDLE file, LPVOID buffer, DWORD size, LPDWORD received,
                                 LPOVERLAPPED overlapped) WS2RING_SYM(ReadFile);

/**
 * Writes to a file, or sends to the peer of a connected socket.
 *
 * @param file       a file or a socket
 * @param buffer     the data; only read
 * @param size       bytes
 * @param sent       receives the number of bytes written, 0 when there was an error; may be NULL
 *                   with `overlapped`
 * @param overlapped NULL: wait; else the operation's state, which the library owns until it is done
 * @return TRUE: done; FALSE with GetLastError() as ReadFile() has it
 * Source:  Microsoft Learn, "WriteFile function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI WriteFile(HANDLE file, LPCVOID buffer, DWORD size, LPDWORD sent,
                                  LPOVERLAPPED overlapped) WS2RING_SYM(WriteFile);

/**
 * Reads, and ends in a completion routine of the calling thread.
 *
 * @param file       a file or a socket that is overlapped and has no completion port
 * @param buffer     where the data go
 * @param size       room in bytes
 * @param overlapped the operation's state; hEvent is not looked at
 * @param routine    called in an alertable wait of this thread
 * @return TRUE: accepted, and the routine will be called once; the last error is 0. FALSE with
 *         GetLastError() ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER (a NULL pointer, a port, or
 *         no overlapped handle), or as ReadFile() has it
 * Source:  Microsoft Learn, "ReadFileEx function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI ReadFileEx(HANDLE file, LPVOID buffer, DWORD size, LPOVERLAPPED overlapped,
                                   LPOVERLAPPED_COMPLETION_ROUTINE routine) WS2RING_SYM(ReadFileEx);

/**
 * Writes, and ends in a completion routine of the calling thread.
 *
 * @param file       as for ReadFileEx()
 * @param buffer     the data; only read, until the operation has ended
 * @param size       bytes
 * @param overlapped the operation's state; hEvent is not looked at
 * @param routine    called in an alertable wait of this thread
 * @return as ReadFileEx()
 * Source:  Microsoft Learn, "WriteFileEx function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI WriteFileEx(HANDLE file, LPCVOID buffer, DWORD size,
                                    LPOVERLAPPED overlapped,
                                    LPOVERLAPPED_COMPLETION_ROUTINE routine)
    WS2RING_SYM(WriteFileEx);

/**
 * Reports the result of an overlapped operation, and waits for it a limited time if need be.
 *
 * @param file       the socket or file; waited on when the operation has no event
 * @param overlapped the operation
 * @param bytes      receives the number of bytes transferred
 * @param timeout    milliseconds; 0 reports at once, INFINITE never expires
 * @param alertable  TRUE: completion routines queued to this thread may run and end the wait
 * @return TRUE: it succeeded; FALSE with GetLastError() ERROR_IO_INCOMPLETE (`timeout` is 0, and it
 *         is still running), WAIT_TIMEOUT, WAIT_IO_COMPLETION, ERROR_INVALID_HANDLE,
 *         ERROR_INVALID_PARAMETER, ERROR_OPERATION_ABORTED (cancelled), or the code of its failure
 * Source:  Microsoft Learn, "GetOverlappedResultEx function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI GetOverlappedResultEx(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes,
                                              DWORD timeout, BOOL alertable)
    WS2RING_SYM(GetOverlappedResultEx);

/**
 * Ends the blocking call that another thread is inside of.
 *
 * @param thread     the thread
 * @return TRUE: the call was asked to end. A socket call then fails with WSAEINTR, ReadFile() and
 *         WriteFile() with ERROR_OPERATION_ABORTED, unless it had just ended. FALSE with
 *         GetLastError() ERROR_INVALID_HANDLE, or ERROR_NOT_FOUND: the thread waits for no I/O
 * Linux:   what a receive has taken is never lost; a send that is ended in the middle resets the
 *          connection.
 * Source:  Microsoft Learn, "CancelSynchronousIo function"; docs/calls for check order.
 */
WS2RING_API BOOL WINAPI CancelSynchronousIo(HANDLE thread) WS2RING_SYM(CancelSynchronousIo);

WS2RING_END_DECLS

#endif
