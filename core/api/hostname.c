/* SPDX-License-Identifier: MIT */
/* gethostname, GetHostNameW, gethostbyname, gethostbyaddr: docs/calls holds their checks. */
#include <winsock2.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/base/wide.h"
#include "core/verb/answer.h"
#include "core/verb/lookup.h"
#include "core/verb/resolve.h"
#include "ring/host/lx.h"
#include "ring/host/sys.h"

WS2RING_API int ws2_GetHostNameW16(void *name, int length);
WS2RING_API int ws2_GetHostNameW32(void *name, int length);

int WSAAPI gethostname(char *name, int length)
{
    char own[HOST_NAME_BYTES];
    int error = 0;
    size_t bytes;

    TRACE_CALL(gethostname, name, length);
    host_own_name(own);
    bytes = strlen(own) + 1;
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (name == NULL || length < 0 || (size_t)length < bytes)
        error = WSAEFAULT;
    else if (host_copy_to(name, own, bytes) != 0)
        error = WSAEFAULT;
    return api_result(error);
}

static int hostname_wide(void *name, unsigned width, int length)
{
    char own[HOST_NAME_BYTES];
    uint32_t wide[HOST_NAME_BYTES];
    int error = 0;
    size_t characters;

    host_own_name(own);
    characters = wide_from_utf8(own, wide, width, HOST_NAME_BYTES);
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (name == NULL || length < 0 || characters == 0 || (size_t)length < characters)
        error = WSAEFAULT;
    else if (host_copy_to(name, wide, characters * width) != 0)
        error = WSAEFAULT;
    return api_result(error);
}

int ws2_GetHostNameW16(void *name, int length)
{
    TRACE_CALL(ws2_GetHostNameW16, name, length);
    return hostname_wide(name, 2, length);
}

int ws2_GetHostNameW32(void *name, int length)
{
    TRACE_CALL(ws2_GetHostNameW32, name, length);
    return hostname_wide(name, 4, length);
}

struct hostname_list {
    unsigned count;
    unsigned bytes; /* of one address */
    uint8_t addresses[ANSWER_ADDRESSES_BYTES];
};

static bool hostname_collect(void *argument, const struct host_address *address)
{
    struct hostname_list *list = argument;

    memcpy(list->addresses + list->count * list->bytes, address->bytes, list->bytes);
    return ++list->count < ANSWER_ADDRESSES_MAX;
}

static struct hostent *hostname_entry(struct answer_host *host, const struct hostname_list *list,
                                      short family)
{
    char **addresses = host->space + 1;
    char *at = (char *)(addresses + list->count + 1);

    host->space[0] = NULL;
    memcpy(at, list->addresses, (size_t)list->count * list->bytes);
    for (unsigned i = 0; i < list->count; i++)
        addresses[i] = at + i * list->bytes;
    addresses[list->count] = NULL;
    host->entry = (struct hostent){
        .h_name = host->name,
        .h_aliases = host->space,
        .h_addrtype = family,
        .h_length = (short)list->bytes,
        .h_addr_list = addresses,
    };
    return &host->entry;
}

static uint32_t hostname_find(const char *name, struct answer_host *host,
                              struct hostname_list *list)
{
    char canonical[HOST_NAME_BYTES];
    struct host_address address;
    bool blank;
    enum resolve_form form = resolve_numeric(name, &address, &blank);
    int error = 0;

    if (form == RESOLVE_MALFORMED || (form == RESOLVE_ADDRESS && address.family != LX_AF_INET))
        return WSANO_DATA;
    if (form == RESOLVE_NAME) {
        error = lookup_name(name, canonical, hostname_collect, list);
    } else {
        hostname_collect(list, &address);
        inet_text_write4(address.bytes, canonical);
    }
    if (error != 0)
        return (uint32_t)error;
    if (strlen(canonical) >= sizeof host->name)
        return WSANO_RECOVERY;
    memcpy(host->name, canonical, strlen(canonical) + 1);
    return 0;
}

struct hostent *WSAAPI gethostbyname(const char *name)
{
    struct hostname_list list = {.bytes = INET_TEXT_BYTES4};
    struct answer *answer = NULL;
    int error;

    TRACE_CALL(gethostbyname, name);
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((answer = answer_self()) == NULL)
        error = WSAENOBUFS;
    else
        error = hostname_find(name == NULL ? "" : name, &answer->host, &list);
    return api_result_bool(error) ? hostname_entry(&answer->host, &list, AF_INET) : NULL;
}

static uint32_t hostname_find_address(const char *bytes, struct hostname_list *list, int family,
                                      struct answer_host *host)
{
    struct host_address address = {.family = family == AF_INET ? LX_AF_INET : LX_AF_INET6};
    char name[HOST_NAME_BYTES];
    int error;

    if (host_copy_from(address.bytes, bytes, list->bytes) != 0)
        return WSAEFAULT;
    error = lookup_address(&address, name);
    if (error != 0)
        return (uint32_t)error;
    if (strlen(name) >= sizeof host->name)
        return WSANO_RECOVERY;
    memcpy(host->name, name, strlen(name) + 1);
    hostname_collect(list, &address);
    return 0;
}

struct hostent *WSAAPI gethostbyaddr(const char *address, int length, int family)
{
    struct hostname_list list = {.bytes = family == AF_INET ? INET_TEXT_BYTES4 : INET_TEXT_BYTES16};
    struct answer *answer = NULL;
    int error;

    TRACE_CALL(gethostbyaddr, address, length, family);
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (family != AF_INET && family != AF_INET6)
        error = WSAEAFNOSUPPORT;
    else if (address == NULL || length < 0 || (unsigned)length < list.bytes)
        error = WSAEFAULT;
    else if ((answer = answer_self()) == NULL)
        error = WSAENOBUFS;
    else
        error = hostname_find_address(address, &list, family, &answer->host);
    return api_result_bool(error) ? hostname_entry(&answer->host, &list, (short)family) : NULL;
}
