/* SPDX-License-Identifier: MIT */
/*
 * GetAddrInfoW, GetNameInfoW and gai_strerrorW, each once per width of WCHAR (see socket_wide.c for
 * the names), and FreeAddrInfoW, which no width matters to.
 */
#include "core/api/names.h"
#include "core/base/trace.h"
#include "core/base/wide.h"
#include "core/verb/answer.h"

WS2RING_API INT ws2_GetAddrInfoW16(const void *node, const void *service,
                                   const struct addrinfo *hints, struct addrinfo **result);
WS2RING_API INT ws2_GetAddrInfoW32(const void *node, const void *service,
                                   const struct addrinfo *hints, struct addrinfo **result);
WS2RING_API INT ws2_GetNameInfoW16(const struct sockaddr *address, int bytes, void *node,
                                   DWORD node_length, void *service, DWORD service_length,
                                   INT flags);
WS2RING_API INT ws2_GetNameInfoW32(const struct sockaddr *address, int bytes, void *node,
                                   DWORD node_length, void *service, DWORD service_length,
                                   INT flags);
WS2RING_API void *ws2_gai_strerrorW16(int code);
WS2RING_API void *ws2_gai_strerrorW32(int code);

_Static_assert(sizeof(struct addrinfo) == sizeof(ADDRINFOW), "one is used for the other");

static INT names_find_wide(const void *const texts[2], unsigned width, const struct addrinfo *hints,
                           struct addrinfo **result)
{
    char node[HOST_NAME_BYTES];
    char service[HOST_NAME_BYTES];
    int error;

    /* A text that is too long or no Unicode is refused as a name that nobody knows would be. */
    if (texts[0] != NULL && !wide_to_utf8(texts[0], width, node, sizeof node))
        return names_result(WSAHOST_NOT_FOUND);
    if (texts[1] != NULL && !wide_to_utf8(texts[1], width, service, sizeof service))
        return names_result(WSATYPE_NOT_FOUND);
    error = names_find(texts[0] == NULL ? NULL : node, texts[1] == NULL ? NULL : service, hints,
                       result);
    if (error == 0 && (error = addrinfo_widen(*result, width)) != 0) {
        addrinfo_free(*result);
        *result = NULL;
    }
    return names_result(error);
}

INT ws2_GetAddrInfoW16(const void *node, const void *service, const struct addrinfo *hints,
                       struct addrinfo **result)
{
    TRACE_CALL(ws2_GetAddrInfoW16, node, service, hints, result);
    return names_find_wide((const void *const[]){node, service}, 2, hints, result);
}

INT ws2_GetAddrInfoW32(const void *node, const void *service, const struct addrinfo *hints,
                       struct addrinfo **result)
{
    TRACE_CALL(ws2_GetAddrInfoW32, node, service, hints, result);
    return names_find_wide((const void *const[]){node, service}, 4, hints, result);
}

void WSAAPI FreeAddrInfoW(PADDRINFOW list)
{
    TRACE_CALL_VOID(FreeAddrInfoW, list);
    addrinfo_free((struct addrinfo *)(void *)list);
}

INT ws2_GetNameInfoW16(const struct sockaddr *address, int bytes, void *node, DWORD node_length,
                       void *service, DWORD service_length, INT flags)
{
    const struct names_room room = {{node, service}, {node_length, service_length}, 2};

    TRACE_CALL(ws2_GetNameInfoW16, address, bytes, node, node_length, service, service_length,
               flags);
    return names_tell(address, bytes, &room, flags);
}

INT ws2_GetNameInfoW32(const struct sockaddr *address, int bytes, void *node, DWORD node_length,
                       void *service, DWORD service_length, INT flags)
{
    const struct names_room room = {{node, service}, {node_length, service_length}, 4};

    TRACE_CALL(ws2_GetNameInfoW32, address, bytes, node, node_length, service, service_length,
               flags);
    return names_tell(address, bytes, &room, flags);
}

static void *names_phrase_wide(int code, unsigned width)
{
    struct answer *answer = answer_self();

    if (answer == NULL)
        return NULL;
    wide_from_utf8(addrinfo_phrase(code), answer->phrase, width, ANSWER_PHRASE_CHARACTERS);
    return answer->phrase;
}

void *ws2_gai_strerrorW16(int code)
{
    TRACE_CALL(ws2_gai_strerrorW16, code);
    return names_phrase_wide(code, 2);
}

void *ws2_gai_strerrorW32(int code)
{
    TRACE_CALL(ws2_gai_strerrorW32, code);
    return names_phrase_wide(code, 4);
}
