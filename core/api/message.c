/* SPDX-License-Identifier: MIT */
/*
 * FormatMessage for error codes, and the local heap that its results may lie in. Texts are ASCII,
 * and end with a line break as Windows' do; the wide forms widen them.
 */
#include <stdlib.h>

#include <windows.h>

#include "core/api/message_rows.h"
#include "core/base/result.h"
#include "core/base/trace.h"

enum { MESSAGE_WIDTH_BITS = FORMAT_MESSAGE_MAX_WIDTH_MASK };

struct message_request {
    DWORD flags;
    DWORD id;
    DWORD language;
    void *buffer;
    DWORD count;         /* characters */
    unsigned char_bytes; /* 1, 2 or 4 */
};

/* clang-format off */
static const char *message_text(DWORD id)
{
    switch (id) {
#define MESSAGE_CASE(code, text) case code: return text;
        MESSAGE_WIN32(MESSAGE_CASE)
        MESSAGE_WINSOCK(MESSAGE_CASE)
#undef MESSAGE_CASE
    default: return NULL;
    }
}
/* clang-format on */

static uint32_t message_check(const struct message_request *request)
{
    DWORD width = request->flags & MESSAGE_WIDTH_BITS;
    DWORD primary = request->language & 0x3FF;

    if (request->buffer == NULL)
        return ERROR_INVALID_PARAMETER;
    if (!(request->flags &
          (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_FROM_HMODULE)))
        return ERROR_INVALID_PARAMETER;
    if (!(request->flags & FORMAT_MESSAGE_FROM_SYSTEM) || (width != 0 && width != 0xFF))
        return ERROR_NOT_SUPPORTED;
    if (message_text(request->id) == NULL)
        return ERROR_MR_MID_NOT_FOUND;
    if (primary != LANG_NEUTRAL && primary != LANG_ENGLISH)
        return ERROR_RESOURCE_LANG_NOT_FOUND;
    return 0;
}

static void message_put(void *to, size_t index, unsigned char_bytes, char c)
{
    if (char_bytes == 1)
        ((char *)to)[index] = c;
    else if (char_bytes == 2)
        ((uint16_t *)to)[index] = (unsigned char)c;
    else
        ((uint32_t *)to)[index] = (unsigned char)c;
}

static void message_write(void *to, unsigned char_bytes, const char *text, const char *end)
{
    size_t index = 0;

    for (; *text != '\0'; text++)
        message_put(to, index++, char_bytes, *text);
    for (; *end != '\0'; end++)
        message_put(to, index++, char_bytes, *end);
    message_put(to, index, char_bytes, '\0');
}

/* Checks run in the order of the table in docs/calls/FormatMessageA.md. */
static DWORD message_format(const struct message_request *request)
{
    const char *end = request->flags & MESSAGE_WIDTH_BITS ? " " : "\r\n";
    uint32_t error = message_check(request);
    void *to = request->buffer;
    size_t length = 0; /* without the final zero */

    if (error == 0) {
        length = strlen(message_text(request->id)) + strlen(end);
        if (request->flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
            size_t chars = length + 1 > request->count ? length + 1 : request->count;

            to = malloc(chars * request->char_bytes);
            if (to == NULL)
                error = ERROR_NOT_ENOUGH_MEMORY;
        } else if (length + 1 > request->count) {
            error = ERROR_INSUFFICIENT_BUFFER;
        }
    }
    if (!api_result_bool(error))
        return 0;
    message_write(to, request->char_bytes, message_text(request->id), end);
    if (request->flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)
        *(void **)request->buffer = to;
    return (DWORD)length;
}

DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD id, DWORD language, LPSTR buffer,
                            DWORD count, va_list *arguments)
{
    TRACE_CALL(FormatMessageA, flags, source, id, language, buffer, count, arguments);
    return message_format(&(struct message_request){flags, id, language, buffer, count, 1});
}

/* Wide texts: one function per width of WCHAR, as in socket_wide.c. */
WS2RING_API DWORD ws2_FormatMessageW16(DWORD flags, const void *source, DWORD id, DWORD language,
                                       uint16_t *buffer, DWORD count, va_list *arguments);
WS2RING_API DWORD ws2_FormatMessageW32(DWORD flags, const void *source, DWORD id, DWORD language,
                                       uint32_t *buffer, DWORD count, va_list *arguments);

DWORD ws2_FormatMessageW16(DWORD flags, const void *source, DWORD id, DWORD language,
                           uint16_t *buffer, DWORD count, va_list *arguments)
{
    TRACE_CALL(ws2_FormatMessageW16, flags, source, id, language, buffer, count, arguments);
    return message_format(&(struct message_request){flags, id, language, buffer, count, 2});
}

DWORD ws2_FormatMessageW32(DWORD flags, const void *source, DWORD id, DWORD language,
                           uint32_t *buffer, DWORD count, va_list *arguments)
{
    TRACE_CALL(ws2_FormatMessageW32, flags, source, id, language, buffer, count, arguments);
    return message_format(&(struct message_request){flags, id, language, buffer, count, 4});
}

HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T bytes)
{
    TRACE_CALL(LocalAlloc, flags, bytes);
    SIZE_T wanted_bytes = bytes == 0 ? 1 : bytes; /* no bytes still give a pointer */
    void *memory = flags & LMEM_ZEROINIT ? calloc(1, wanted_bytes) : malloc(wanted_bytes);

    api_result_bool(memory == NULL ? ERROR_NOT_ENOUGH_MEMORY : 0);
    return memory;
}

HLOCAL WINAPI LocalFree(HLOCAL memory)
{
    TRACE_CALL(LocalFree, memory);
    free(memory);
    return NULL;
}
