/* SPDX-License-Identifier: MIT */
/* Services and protocols by name and number: docs/calls holds their checks in order. */
#include <winsock2.h>

#include <strings.h>

#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/verb/answer.h"

/* NETDB-01 and -02: the whole list, whatever the system's own says. */
static const struct netdb_protocol {
    short number;
    const char *name;
    const char *alias;
} netdb_protocols[] = {
    {0, "ip", "IP"},
    {1, "icmp", "ICMP"},
    {3, "ggp", "GGP"},
    {6, "tcp", "TCP"},
    {8, "egp", "EGP"},
    {12, "pup", "PUP"},
    {17, "udp", "UDP"},
    {20, "hmp", "HMP"},
    {22, "xns-idp", "XNS-IDP"},
    {27, "rdp", "RDP"},
    {41, "ipv6", "IPv6"},
    {43, "ipv6-route", "IPv6-Route"},
    {44, "ipv6-frag", "IPv6-Frag"},
    {50, "esp", "ESP"},
    {51, "ah", "AH"},
    {58, "ipv6-icmp", "IPv6-ICMP"},
    {59, "ipv6-nonxt", "IPv6-NoNxt"},
    {60, "ipv6-opts", "IPv6-Opts"},
    {66, "rvd", "RVD"},
};

enum { NETDB_PROTOCOLS = sizeof netdb_protocols / sizeof netdb_protocols[0] };

static unsigned netdb_find_name(const char *name)
{
    unsigned i = 0;

    while (i < NETDB_PROTOCOLS && strcasecmp(netdb_protocols[i].name, name) != 0)
        i++;
    return i;
}

static unsigned netdb_find_number(int number)
{
    unsigned i = 0;

    while (i < NETDB_PROTOCOLS && netdb_protocols[i].number != number)
        i++;
    return i;
}

/* A copy for the thread, because programs may write into it. */
static struct protoent *netdb_protocol(unsigned index)
{
    struct answer *answer = NULL;
    struct answer_protocol *protocol;
    int error = 0;

    if (index == NETDB_PROTOCOLS)
        error = WSANO_DATA;
    else if ((answer = answer_self()) == NULL)
        error = WSAENOBUFS;
    if (!api_result_bool(error))
        return NULL;
    protocol = &answer->protocol;
    memcpy(protocol->name, netdb_protocols[index].name, strlen(netdb_protocols[index].name) + 1);
    memcpy(protocol->alias, netdb_protocols[index].alias, strlen(netdb_protocols[index].alias) + 1);
    protocol->aliases[0] = protocol->alias;
    protocol->aliases[1] = NULL;
    protocol->entry = (struct protoent){
        .p_name = protocol->name,
        .p_aliases = protocol->aliases,
        .p_proto = netdb_protocols[index].number,
    };
    return &protocol->entry;
}

struct protoent *WSAAPI getprotobyname(const char *name)
{
    int error = 0;

    TRACE_CALL(getprotobyname, name);
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (name == NULL)
        error = WSAEFAULT;
    return api_result_bool(error) ? netdb_protocol(netdb_find_name(name)) : NULL;
}

struct protoent *WSAAPI getprotobynumber(int number)
{
    TRACE_CALL(getprotobynumber, number);
    if (!api_result_bool(startup_error()))
        return NULL;
    return netdb_protocol(netdb_find_number(number));
}

static struct servent *netdb_service(struct answer_service *service)
{
    struct host_service *found = &service->found;

    service->entry = (struct servent){
        .s_name = found->name,
        .s_aliases = found->aliases,
        .s_proto = found->protocol,
        .s_port = (short)htons(found->port),
    };
    return &service->entry;
}

struct servent *WSAAPI getservbyname(const char *name, const char *protocol)
{
    struct answer *answer = NULL;
    int error = 0;

    TRACE_CALL(getservbyname, name, protocol);
    if (startup_refuses(&error))
        ; /* it has said why */
    else if (name == NULL)
        error = WSAEFAULT;
    else if ((answer = answer_self()) == NULL)
        error = WSAENOBUFS;
    else if (!host_service_by_name(name, protocol, &answer->service.found))
        error = WSANO_DATA;
    return api_result_bool(error) ? netdb_service(&answer->service) : NULL;
}

struct servent *WSAAPI getservbyport(int port, const char *protocol)
{
    struct answer *answer = NULL;
    int error = 0;

    TRACE_CALL(getservbyport, port, protocol);
    if (startup_refuses(&error))
        ; /* it has said why */
    else if ((answer = answer_self()) == NULL)
        error = WSAENOBUFS;
    else if (!host_service_by_port(ntohs((u_short)port), protocol, &answer->service.found))
        error = WSANO_DATA;
    return api_result_bool(error) ? netdb_service(&answer->service) : NULL;
}
