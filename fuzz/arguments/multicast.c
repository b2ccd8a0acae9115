/* SPDX-License-Identifier: MIT */
/*
 * Groups and their sources, by the options and by the functions with types: well-formed requests
 * mostly, on loopback, so that one that joined is met by the next.
 */
#include "fuzz/arguments/arguments.h"

#include <ws2tcpip.h>

enum { ARG_SOURCES = 4 };

/* Few groups and sources, so that they meet; sometimes what is none. */
static SOCKADDR_STORAGE arg_group_name(bool group)
{
    SOCKADDR_STORAGE name;
    uint8_t which = arg_byte();

    memset(&name, 0, sizeof name);
    if (which & 0x80) {
        SOCKADDR_IN6 *six = (SOCKADDR_IN6 *)(void *)&name;

        six->sin6_family = AF_INET6;
        six->sin6_addr.s6_addr[0] = group ? 0xff : 0;
        six->sin6_addr.s6_addr[1] = group ? 0x15 : 0;
        six->sin6_addr.s6_addr[15] = which & 3;
    } else {
        SOCKADDR_IN *four = (SOCKADDR_IN *)(void *)&name;

        four->sin_family = which == 0 ? AF_UNSPEC : AF_INET;
        four->sin_addr.s_addr = htonl((group ? 0xefff0100 : 0x7f000000) | (which & 3));
    }
    return name;
}

/* Loopback, or none there is: routers of a real network need not hear of this. */
static uint32_t arg_interface(void)
{
    return arg_byte() < 0xe0 ? 1 : arg_u32() | 0x10000;
}

static IN_ADDR arg_inet(bool group)
{
    IN_ADDR address = {.s_addr = htonl((group ? 0xefff0100 : 0x7f000000) | (arg_byte() & 3))};

    return address;
}

void arg_call_group(void)
{
    SOCKET s = arg_socket();
    int level = arg_byte() & 1 ? IPPROTO_IP : IPPROTO_IPV6;
    uint8_t option = arg_byte();
    GROUP_SOURCE_REQ request = {.gsr_interface = arg_interface()};
    IP_MREQ_SOURCE inet = {.imr_interface.s_addr = htonl(arg_interface())};

    if (option & 1) {
        inet.imr_multiaddr = arg_inet(true);
        inet.imr_sourceaddr = arg_inet(false);
        arg_result(setsockopt(s, level, IP_ADD_MEMBERSHIP + (option >> 1) % 7, (char *)&inet,
                              option & 0x80 ? (int)arg_number() % 13 : (int)sizeof inet));
        return;
    }
    request.gsr_group = arg_group_name(true);
    request.gsr_source = arg_group_name(false);
    arg_result(setsockopt(s, level, MCAST_JOIN_GROUP + (option >> 1) % 6, (char *)&request,
                          option & 0x80 ? (int)arg_number() % 265 : (int)sizeof request));
}

void arg_call_source_filter(void)
{
    SOCKET s = arg_socket();
    SOCKADDR_STORAGE group = arg_group_name(true);
    SOCKADDR_STORAGE list[ARG_SOURCES];
    ULONG count = arg_byte() % (ARG_SOURCES + 1);
    MULTICAST_MODE_TYPE mode = (MULTICAST_MODE_TYPE)(arg_byte() % 3);
    int bytes = arg_byte() & 1 ? (int)sizeof group : (int)(arg_number() % sizeof group);

    for (int i = 0; i < ARG_SOURCES; i++)
        list[i] = arg_group_name(false);
    if (arg_byte() & 1)
        arg_result(setsourcefilter(s, arg_interface(), (SOCKADDR *)(void *)&group, bytes, mode,
                                   count, list));
    else
        arg_result(getsourcefilter(s, arg_interface(), (SOCKADDR *)(void *)&group, bytes, &mode,
                                   &count, list));
}

void arg_call_inet_filter(void)
{
    SOCKET s = arg_socket();
    IN_ADDR interface_ = {.s_addr = htonl(arg_interface())};
    IN_ADDR list[ARG_SOURCES];
    ULONG count = arg_byte() % (ARG_SOURCES + 1);
    MULTICAST_MODE_TYPE mode = (MULTICAST_MODE_TYPE)(arg_byte() % 3);

    for (int i = 0; i < ARG_SOURCES; i++)
        list[i] = arg_inet(false);
    if (arg_byte() & 1)
        arg_result(setipv4sourcefilter(s, interface_, arg_inet(true), mode, count, list));
    else
        arg_result(getipv4sourcefilter(s, interface_, arg_inet(true), &mode, &count, list));
}
