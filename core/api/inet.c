/* SPDX-License-Identifier: MIT */
/* inet_addr, inet_ntoa, inet_pton, inet_ntop: docs/calls holds their checks in order. */
#include <winsock2.h>

#include <ws2tcpip.h>

#include "core/base/inet_text.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/answer.h"

static bool inet_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

unsigned int WSAAPI inet_addr(const char *text)
{
    struct in_addr address = {0};
    const char *end;

    TRACE_CALL(inet_addr, text);
    if (text == NULL) {
        api_result(WSAEFAULT); /* INETADDR-02: no other failure has a code */
        return INADDR_NONE;
    }
    if (strcmp(text, " ") == 0) /* INETADDR-05 */
        return INADDR_ANY;
    if (inet_text_read_parts(text, (uint8_t *)&address, &end) == 0)
        return INADDR_NONE;
    /* What follows a blank is not looked at. */
    return *end == '\0' || inet_is_blank(*end) ? address.s_addr : INADDR_NONE;
}

char *WSAAPI inet_ntoa(struct in_addr address)
{
    struct answer *answer = NULL;
    uint32_t error = 0;

    TRACE_CALL(inet_ntoa, address);
    if (!startup_active())
        error = WSANOTINITIALISED;
    else if ((answer = answer_self()) == NULL)
        error = WSAENOBUFS;
    if (!api_result_bool(error))
        return NULL;
    inet_text_write4((const uint8_t *)&address, answer->address);
    return answer->address;
}

INT WSAAPI inet_pton(INT family, const char *text, void *address)
{
    uint8_t parsed[INET_TEXT_BYTES16];
    const char *end;
    int error = 0;

    TRACE_CALL(inet_pton, family, text, address);
    /* Checks run in the order of the table in docs/calls/inet_pton.md. */
    if (text == NULL || address == NULL)
        error = WSAEFAULT;
    else if (family != AF_INET && family != AF_INET6)
        error = WSAEAFNOSUPPORT;
    if (error != 0)
        return api_result(error);
    if (family == AF_INET)
        return inet_text_read4(text, address);
    end = inet_text_read6(text, parsed);
    if (end == NULL || *end != '\0')
        return 0; /* PTON-02: the last error stays */
    memcpy(address, parsed, sizeof parsed);
    return 1;
}

const char *WSAAPI inet_ntop(INT family, const void *address, char *text, size_t length)
{
    char written[INET_TEXT_MAX6];
    uint32_t error = 0;
    unsigned bytes = 0;

    TRACE_CALL(inet_ntop, family, address, text, length);
    /* Checks run in the order of the table in docs/calls/inet_ntop.md. */
    if (family == AF_INET && address != NULL)
        bytes = inet_text_write4(address, written) + 1;
    else if (family == AF_INET6 && address != NULL)
        bytes = inet_text_write6(address, written) + 1;
    if (family != AF_INET && family != AF_INET6)
        error = WSAEAFNOSUPPORT;
    else if (address == NULL || text == NULL || length < bytes)
        error = (uint32_t)STATUS_INVALID_PARAMETER; /* PTON-10: a status, not a WSA code */
    if (!api_result_bool(error))
        return NULL;
    memcpy(text, written, bytes);
    return text;
}
