/* SPDX-License-Identifier: MIT */
/*
 * WSAAddressToString and WSAStringToAddress, the wide ones once per width of WCHAR (see
 * socket_wide.c for the names): docs/calls holds their checks in order.
 */
#include <winsock2.h>

#include <ws2ipdef.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/base/inet_text.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/base/wide.h"

enum { ADDRESS_STRING_BYTES = 80 }; /* "[", an IPv6 address, "%4294967295]:65535" */

WS2RING_API INT ws2_WSAAddressToStringW16(LPSOCKADDR address, DWORD bytes, const void *info,
                                          void *text, LPDWORD length);
WS2RING_API INT ws2_WSAAddressToStringW32(LPSOCKADDR address, DWORD bytes, const void *info,
                                          void *text, LPDWORD length);
WS2RING_API INT ws2_WSAStringToAddressW16(const void *text, INT family, const void *info,
                                          LPSOCKADDR address, LPINT bytes);
WS2RING_API INT ws2_WSAStringToAddressW32(const void *text, INT family, const void *info,
                                          LPSOCKADDR address, LPINT bytes);

/* ADDRSTR-02 */
static int address_write(LPSOCKADDR address, DWORD bytes, char text[ADDRESS_STRING_BYTES])
{
    SOCKADDR_IN6 in6;
    SOCKADDR_IN in;
    char plain[INET_TEXT_MAX6];
    char scope[16] = "";
    unsigned port;

    if (address->sa_family == AF_INET) {
        if (bytes < sizeof in)
            return WSAEFAULT;
        memcpy(&in, address, sizeof in);
        port = ntohs(in.sin_port);
        inet_text_write4((const uint8_t *)&in.sin_addr, plain);
    } else if (address->sa_family == AF_INET6) {
        if (bytes < sizeof in6)
            return WSAEFAULT;
        memcpy(&in6, address, sizeof in6);
        port = ntohs(in6.sin6_port);
        inet_text_write6((const uint8_t *)&in6.sin6_addr, plain);
        if (in6.sin6_scope_id != 0)
            snprintf(scope, sizeof scope, "%%%u", (unsigned)in6.sin6_scope_id);
    } else {
        return WSAEINVAL;
    }
    if (port == 0)
        snprintf(text, ADDRESS_STRING_BYTES, "%s%s", plain, scope);
    else if (address->sa_family == AF_INET)
        snprintf(text, ADDRESS_STRING_BYTES, "%s:%u", plain, port);
    else
        snprintf(text, ADDRESS_STRING_BYTES, "[%s%s]:%u", plain, scope, port);
    return 0;
}

/* `width` 1: bytes. */
static INT address_to_string(LPSOCKADDR address, DWORD bytes, void *text, unsigned width,
                             LPDWORD length)
{
    char written[ADDRESS_STRING_BYTES];
    size_t characters;
    DWORD room;
    int error;

    if (!startup_active())
        return api_result(WSANOTINITIALISED);
    if (address == NULL || length == NULL || bytes < sizeof address->sa_family)
        return api_result(WSAEFAULT);
    error = address_write(address, bytes, written);
    if (error != 0)
        return api_result(error);
    characters = strlen(written) + 1;
    room = *length;
    *length = (DWORD)characters; /* also when it does not fit: ADDRSTR-01 */
    if (text == NULL || room < characters)
        return api_result(WSAEFAULT);
    if (width == 1)
        memcpy(text, written, characters);
    else
        wide_from_utf8(written, text, width, room);
    return api_result(0);
}

INT WSAAPI WSAAddressToStringA(LPSOCKADDR address, DWORD bytes, LPWSAPROTOCOL_INFOA info,
                               LPSTR text, LPDWORD length)
{
    TRACE_CALL(WSAAddressToStringA, address, bytes, info, text, length);
    return address_to_string(address, bytes, text, 1, length);
}

INT ws2_WSAAddressToStringW16(LPSOCKADDR address, DWORD bytes, const void *info, void *text,
                              LPDWORD length)
{
    TRACE_CALL(ws2_WSAAddressToStringW16, address, bytes, info, text, length);
    return address_to_string(address, bytes, text, 2, length);
}

INT ws2_WSAAddressToStringW32(LPSOCKADDR address, DWORD bytes, const void *info, void *text,
                              LPDWORD length)
{
    TRACE_CALL(ws2_WSAAddressToStringW32, address, bytes, info, text, length);
    return address_to_string(address, bytes, text, 4, length);
}

/* A port in C's notation behind a ':'; an empty text is port 0. */
static bool string_read_port(const char *text, USHORT *port)
{
    unsigned long number;
    char *end;

    *port = 0;
    if (text[0] == '\0')
        return true;
    if (text[0] != ':' || text[1] < '0' || text[1] > '9')
        return false;
    number = strtoul(text + 1, &end, 0);
    *port = htons((USHORT)number);
    return *end == '\0' && number <= UINT16_MAX;
}

static bool string_read4(const char *text, SOCKADDR_IN *in)
{
    const char *end;

    return inet_text_read_parts(text, (uint8_t *)&in->sin_addr, &end) != 0 &&
           string_read_port(end, &in->sin_port);
}

static bool string_read6(const char *text, SOCKADDR_IN6 *in6)
{
    bool bracket = text[0] == '[';
    const char *at = inet_text_read6(text + bracket, (uint8_t *)&in6->sin6_addr);

    if (at == NULL)
        return false;
    if (*at == '%') {
        char *end;

        if (at[1] < '0' || at[1] > '9')
            return false;
        in6->sin6_scope_id = (ULONG)strtoul(at + 1, &end, 10);
        at = end;
    }
    if (!bracket)
        return *at == '\0';
    return *at == ']' && string_read_port(at + 1, &in6->sin6_port);
}

static int string_to_address(const char *text, INT family, LPSOCKADDR address, LPINT bytes)
{
    SOCKADDR_IN in = {.sin_family = AF_INET};
    SOCKADDR_IN6 in6 = {.sin6_family = AF_INET6};
    int needed = family == AF_INET ? (int)sizeof in : (int)sizeof in6;

    if (family != AF_INET && family != AF_INET6)
        return WSAEINVAL;
    if (*bytes < needed) {
        *bytes = needed;
        return WSAEFAULT;
    }
    if (family == AF_INET ? !string_read4(text, &in) : !string_read6(text, &in6))
        return WSAEINVAL;
    memcpy(address, family == AF_INET ? (void *)&in : (void *)&in6, (size_t)needed);
    *bytes = needed;
    return 0;
}

/* The wide text comes as `wide`, or the other as `narrow`. */
static INT string_read(const char *narrow, const void *wide, unsigned width, INT family,
                       LPSOCKADDR address, LPINT bytes)
{
    char converted[ADDRESS_STRING_BYTES] = "";

    if (!startup_active())
        return api_result(WSANOTINITIALISED);
    if (address == NULL || bytes == NULL)
        return api_result(WSAEFAULT);
    if (narrow == NULL && wide == NULL)
        return api_result(WSAEINVAL);
    if (wide != NULL && !wide_to_utf8(wide, width, converted, sizeof converted))
        return api_result(WSAEINVAL);
    return api_result(string_to_address(wide != NULL ? converted : narrow, family, address, bytes));
}

INT WSAAPI WSAStringToAddressA(LPSTR text, INT family, LPWSAPROTOCOL_INFOA info, LPSOCKADDR address,
                               LPINT bytes)
{
    TRACE_CALL(WSAStringToAddressA, text, family, info, address, bytes);
    return string_read(text, NULL, 1, family, address, bytes);
}

INT ws2_WSAStringToAddressW16(const void *text, INT family, const void *info, LPSOCKADDR address,
                              LPINT bytes)
{
    TRACE_CALL(ws2_WSAStringToAddressW16, text, family, info, address, bytes);
    return string_read(NULL, text, 2, family, address, bytes);
}

INT ws2_WSAStringToAddressW32(const void *text, INT family, const void *info, LPSOCKADDR address,
                              LPINT bytes)
{
    TRACE_CALL(ws2_WSAStringToAddressW32, text, family, info, address, bytes);
    return string_read(NULL, text, 4, family, address, bytes);
}
