/* SPDX-License-Identifier: MIT */
/*
 * WSASocketW, once per width of WCHAR. The public header's name leads to one of the two; both are
 * declared here under plain names, because one compilation has only one wchar_t.
 */
#include "core/api/socket.h"

#include "core/base/trace.h"

WS2RING_API SOCKET ws2_WSASocketW16(int family, int type, int protocol, const void *info,
                                    GROUP group, DWORD flags);
WS2RING_API SOCKET ws2_WSASocketW32(int family, int type, int protocol, const void *info,
                                    GROUP group, DWORD flags);

SOCKET ws2_WSASocketW16(int family, int type, int protocol, const void *info, GROUP group,
                        DWORD flags)
{
    TRACE_CALL(ws2_WSASocketW16, family, type, protocol, info, group, flags);
    return socket_create((const int[]){family, type, protocol}, info, group, flags);
}

SOCKET ws2_WSASocketW32(int family, int type, int protocol, const void *info, GROUP group,
                        DWORD flags)
{
    TRACE_CALL(ws2_WSASocketW32, family, type, protocol, info, group, flags);
    return socket_create((const int[]){family, type, protocol}, info, group, flags);
}
