/* SPDX-License-Identifier: MIT */
/* InetPtonW and InetNtopW, each once per width of WCHAR; see socket_wide.c for the names. */
#include <winsock2.h>

#include <ws2tcpip.h>

#include "core/base/inet_text.h"
#include "core/base/result.h"
#include "core/base/trace.h"
#include "core/base/wide.h"

WS2RING_API INT ws2_InetPtonW16(INT family, const void *text, void *address);
WS2RING_API INT ws2_InetPtonW32(INT family, const void *text, void *address);
WS2RING_API void *ws2_InetNtopW16(INT family, const void *address, void *text, size_t length);
WS2RING_API void *ws2_InetNtopW32(INT family, const void *address, void *text, size_t length);

static INT inet_pton_wide(INT family, const void *text, unsigned width, void *address)
{
    char narrow[INET_TEXT_MAX6] = "";
    INT result;

    /* What does not fit or is no Unicode is no address: the empty text says so. */
    if (text != NULL && !wide_to_utf8(text, width, narrow, sizeof narrow))
        narrow[0] = '\0';
    result = inet_pton(family, text == NULL ? NULL : narrow, address);
    if (result == 0)
        api_result(WSAEINVAL); /* PTON-02 */
    return result;
}

static void *inet_ntop_wide(INT family, const void *address, void *text, unsigned width,
                            size_t length)
{
    char narrow[INET_TEXT_MAX6] = "";
    uint32_t error = 0;

    if (inet_ntop(family, address, narrow, sizeof narrow) == NULL)
        return NULL;
    if (text == NULL || strlen(narrow) >= length)
        error = (uint32_t)STATUS_INVALID_PARAMETER;
    if (!api_result_bool(error))
        return NULL;
    wide_from_utf8(narrow, text, width, length);
    return text;
}

INT ws2_InetPtonW16(INT family, const void *text, void *address)
{
    TRACE_CALL(ws2_InetPtonW16, family, text, address);
    return inet_pton_wide(family, text, 2, address);
}

INT ws2_InetPtonW32(INT family, const void *text, void *address)
{
    TRACE_CALL(ws2_InetPtonW32, family, text, address);
    return inet_pton_wide(family, text, 4, address);
}

void *ws2_InetNtopW16(INT family, const void *address, void *text, size_t length)
{
    TRACE_CALL(ws2_InetNtopW16, family, address, text, length);
    return inet_ntop_wide(family, address, text, 2, length);
}

void *ws2_InetNtopW32(INT family, const void *address, void *text, size_t length)
{
    TRACE_CALL(ws2_InetNtopW32, family, address, text, length);
    return inet_ntop_wide(family, address, text, 4, length);
}
