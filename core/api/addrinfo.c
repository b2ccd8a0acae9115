/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo, freeaddrinfo, getnameinfo, gai_strerrorA: docs/calls holds their checks in order. A
 * result is the last error too, and so a success clears it (GETADDRINFO-02).
 */
#include <winsock2.h>

#include <ws2tcpip.h>

#include "core/api/names.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/base/wide.h"

int names_result(int error)
{
    api_result(error);
    return error;
}

int names_find(const char *node, const char *service, const struct addrinfo *hints,
               struct addrinfo **result)
{
    if (!startup_active())
        return WSANOTINITIALISED;
    if (result == NULL)
        return WSAEFAULT; /* Windows crashes: GETADDRINFO-18 */
    *result = NULL;
    return addrinfo_get(node, service, hints, result);
}

INT WSAAPI getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **result)
{
    TRACE_CALL(getaddrinfo, node, service, hints, result);
    return names_result(names_find(node, service, hints, result));
}

void WSAAPI freeaddrinfo(struct addrinfo *list)
{
    TRACE_CALL_VOID(freeaddrinfo, list);
    addrinfo_free(list);
}

/* Copies one name; false: it does not fit. */
static bool names_copy(const struct names_room *room, unsigned index, const char *name)
{
    size_t length = room->lengths[index];
    size_t bytes = strlen(name) + 1;
    size_t characters;

    if (room->texts[index] == NULL)
        return true;
    if (room->width != 1) {
        characters = wide_from_utf8(name, room->texts[index], room->width, length);
        return characters != 0 && characters <= length;
    }
    if (bytes > length)
        return false;
    memcpy(room->texts[index], name, bytes);
    return true;
}

int names_tell(const struct sockaddr *address, int bytes, const struct names_room *room, int flags)
{
    struct addrinfo_names names = {
        .wants_node = room->texts[0] != NULL,
        .wants_service = room->texts[1] != NULL,
        .lacks_room = (room->texts[0] != NULL && room->lengths[0] == 0) ||
                      (room->texts[1] != NULL && room->lengths[1] == 0),
    };
    int error = WSANOTINITIALISED;

    if (startup_active())
        error = addrinfo_names(&names, address, bytes, flags);
    if (error == 0 && (!names_copy(room, 0, names.node) || !names_copy(room, 1, names.service)))
        error = ERROR_INSUFFICIENT_BUFFER;
    return names_result(error);
}

INT WSAAPI getnameinfo(const struct sockaddr *address, socklen_t bytes, char *node,
                       DWORD node_length, char *service, DWORD service_length, INT flags)
{
    const struct names_room room = {{node, service}, {node_length, service_length}, 1};

    TRACE_CALL(getnameinfo, address, bytes, node, node_length, service, service_length, flags);
    return names_tell(address, bytes, &room, flags);
}

char *WSAAPI gai_strerrorA(int code)
{
    TRACE_CALL(gai_strerrorA, code);
    return (char *)(uintptr_t)addrinfo_phrase(code); /* without const, as on Windows */
}
