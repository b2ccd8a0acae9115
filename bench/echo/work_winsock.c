/* SPDX-License-Identifier: MIT
 *
 * Linked into the example server with --wrap: it works before each answer, and is the example
 * otherwise. */
#include <winsock2.h>

#include "work.h"

int __real_ws2_WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                       LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
int __wrap_ws2_WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                       LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

int __wrap_ws2_WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                       LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    work_once();
    return __real_ws2_WSASend(s, buffers, count, sent, flags, overlapped, routine);
}
