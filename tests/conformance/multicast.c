/* SPDX-License-Identifier: MIT
 *
 * IPv4 multicast on the loopback interface, where a program can have it anywhere. Documented:
 * DOC-MCAST-01 (what may follow what), -02 (who hears a group), -03 (IP_MULTICAST_LOOP is the
 * receiver's), -04 (sources), -05 (lists of sources), -06 (bad arguments). */
#include "conf.h"

#define GROUP 0xefff0101 /* 239.255.1.1 */
#define OTHER 0xefff0102

static int group(SOCKET s, int option, unsigned address)
{
    struct ip_mreq request;

    request.imr_multiaddr.s_addr = htonl(address);
    request.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
    return setsockopt(s, IPPROTO_IP, option, (char *)&request, sizeof request);
}

static int source(SOCKET s, int option, unsigned from)
{
    struct ip_mreq_source request;

    request.imr_multiaddr.s_addr = htonl(GROUP);
    request.imr_sourceaddr.s_addr = htonl(from);
    request.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
    return setsockopt(s, IPPROTO_IP, option, (char *)&request, sizeof request);
}

/* A socket that hears what comes to any address. */
static SOCKET receiver(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);
    SOCKADDR_IN any = conf_loopback(0);
    DWORD limit = CONF_WAIT_MS;

    any.sin_addr.s_addr = htonl(INADDR_ANY);
    if (conf_bind(s, any) != 0)
        conf_die("bind");
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit);
    return s;
}

static SOCKET sender(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    DWORD interface_ = htonl(INADDR_LOOPBACK);

    if (setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&interface_, sizeof interface_) != 0)
        conf_die("IP_MULTICAST_IF");
    return s;
}

/* Sends a letter to the group, and one to the receiver alone. Did the first one come? */
static int hears(SOCKET from, SOCKET to, unsigned address)
{
    SOCKADDR_IN name = conf_address(to);
    char letter = 0;

    name.sin_addr.s_addr = htonl(address);
    sendto(from, "g", 1, 0, (struct sockaddr *)&name, sizeof name);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(from, "x", 1, 0, (struct sockaddr *)&name, sizeof name);
    recv(to, &letter, 1, 0);
    if (letter != 'g')
        return 0;
    recv(to, &letter, 1, 0);
    return 1;
}

static void order_of_whole_groups(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);

    works("DOC-MCAST-01.1", "add", group(s, IP_ADD_MEMBERSHIP, GROUP) == 0);
    fails("DOC-MCAST-01.2", "add, add", group(s, IP_ADD_MEMBERSHIP, GROUP) != 0, WSAEADDRNOTAVAIL);
    fails("DOC-MCAST-01.3", "add, add source",
          source(s, IP_ADD_SOURCE_MEMBERSHIP, INADDR_LOOPBACK) != 0, WSAEADDRNOTAVAIL);
    fails("DOC-MCAST-01.4", "add, drop source",
          source(s, IP_DROP_SOURCE_MEMBERSHIP, INADDR_LOOPBACK) != 0, WSAEINVAL);
    fails("DOC-MCAST-01.5", "add, unblock", source(s, IP_UNBLOCK_SOURCE, INADDR_LOOPBACK) != 0,
          WSAEINVAL);
    works("DOC-MCAST-01.6", "add, block", source(s, IP_BLOCK_SOURCE, INADDR_LOOPBACK) == 0);
    fails("DOC-MCAST-01.7", "block, block", source(s, IP_BLOCK_SOURCE, INADDR_LOOPBACK) != 0,
          WSAEADDRNOTAVAIL);
    fails("DOC-MCAST-01.8", "block, add source",
          source(s, IP_ADD_SOURCE_MEMBERSHIP, INADDR_LOOPBACK) != 0, WSAEINVAL);
    fails("DOC-MCAST-01.9", "block, add", group(s, IP_ADD_MEMBERSHIP, GROUP) != 0, WSAEINVAL);
    works("DOC-MCAST-01.10", "block, unblock", source(s, IP_UNBLOCK_SOURCE, INADDR_LOOPBACK) == 0);
    works("DOC-MCAST-01.11", "drop", group(s, IP_DROP_MEMBERSHIP, GROUP) == 0);
    fails("DOC-MCAST-01.12", "drop, drop", group(s, IP_DROP_MEMBERSHIP, GROUP) != 0, WSAEINVAL);
    closesocket(s);
}

static void order_of_sources(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);

    works("DOC-MCAST-01.13", "add source",
          source(s, IP_ADD_SOURCE_MEMBERSHIP, INADDR_LOOPBACK) == 0);
    fails("DOC-MCAST-01.14", "add source, add source",
          source(s, IP_ADD_SOURCE_MEMBERSHIP, INADDR_LOOPBACK) != 0, WSAEADDRNOTAVAIL);
    fails("DOC-MCAST-01.15", "add source, add", group(s, IP_ADD_MEMBERSHIP, GROUP) != 0,
          WSAEADDRNOTAVAIL);
    fails("DOC-MCAST-01.16", "add source, unblock",
          source(s, IP_UNBLOCK_SOURCE, INADDR_LOOPBACK) != 0, WSAEINVAL);
    works("DOC-MCAST-01.17", "add source, drop source",
          source(s, IP_DROP_SOURCE_MEMBERSHIP, INADDR_LOOPBACK) == 0);
    fails("DOC-MCAST-01.18", "drop source, drop source",
          source(s, IP_DROP_SOURCE_MEMBERSHIP, INADDR_LOOPBACK) != 0, WSAEADDRNOTAVAIL);
    closesocket(s);
}

static void members(SOCKET from)
{
    SOCKET s = receiver(), stranger = receiver();

    ok(!hears(from, s, GROUP), "DOC-MCAST-02.1", "not a member: it hears nothing");
    group(s, IP_ADD_MEMBERSHIP, GROUP);
    ok(hears(from, s, GROUP), "DOC-MCAST-02.2", "a member: it hears the group");
    ok(!hears(from, s, OTHER), "DOC-MCAST-02.3", "another group: it hears nothing");
    ok(!hears(from, stranger, GROUP), "DOC-MCAST-02.4", "a stranger: it hears nothing");
    group(s, IP_DROP_MEMBERSHIP, GROUP);
    ok(!hears(from, s, GROUP), "DOC-MCAST-02.5", "no longer a member: it hears nothing");
    closesocket(s);
    closesocket(stranger);
}

static void echo(SOCKET from)
{
    SOCKET s = receiver();
    BOOL off = FALSE, on = TRUE;

    group(s, IP_ADD_MEMBERSHIP, GROUP);
    setsockopt(from, IPPROTO_IP, IP_MULTICAST_LOOP, (char *)&off, sizeof off);
    ok(hears(from, s, GROUP), "DOC-MCAST-03.1", "off at the sender: it is heard");
    setsockopt(from, IPPROTO_IP, IP_MULTICAST_LOOP, (char *)&on, sizeof on);
    setsockopt(s, IPPROTO_IP, IP_MULTICAST_LOOP, (char *)&off, sizeof off);
    ok(!hears(from, s, GROUP), "DOC-MCAST-03.2", "off at the receiver: it is not heard");
    closesocket(s);
}

static void sources(SOCKET from)
{
    SOCKET s = receiver();

    source(s, IP_ADD_SOURCE_MEMBERSHIP, INADDR_LOOPBACK);
    ok(hears(from, s, GROUP), "DOC-MCAST-04.1", "its source: it hears it");
    source(s, IP_ADD_SOURCE_MEMBERSHIP, 0x7f000002);
    source(s, IP_DROP_SOURCE_MEMBERSHIP, INADDR_LOOPBACK);
    ok(!hears(from, s, GROUP), "DOC-MCAST-04.2", "another source: it hears nothing");
    group(s, IP_DROP_MEMBERSHIP, GROUP);
    group(s, IP_ADD_MEMBERSHIP, GROUP);
    source(s, IP_BLOCK_SOURCE, INADDR_LOOPBACK);
    ok(!hears(from, s, GROUP), "DOC-MCAST-04.3", "a blocked source: it hears nothing");
    source(s, IP_UNBLOCK_SOURCE, INADDR_LOOPBACK);
    ok(hears(from, s, GROUP), "DOC-MCAST-04.4", "unblocked: it hears it");
    closesocket(s);
}

/* The structure of SIO_SET_MULTICAST_FILTER, for one source. */
static void list_of_sources(SOCKET from)
{
    SOCKET s = receiver();
    IP_MSFILTER filter;
    DWORD bytes = 0;
    int done;

    memset(&filter, 0, sizeof filter);
    filter.imsf_multiaddr.s_addr = htonl(GROUP);
    filter.imsf_interface.s_addr = htonl(INADDR_LOOPBACK);
    filter.imsf_fmode = MCAST_INCLUDE;
    filter.imsf_numsrc = 1;
    filter.imsf_slist[0].s_addr = htonl(INADDR_LOOPBACK);
    done = WSAIoctl(s, SIO_SET_MULTICAST_FILTER, &filter, sizeof filter, NULL, 0, &bytes, NULL,
                    NULL) == 0;
    works("DOC-MCAST-05.1", "a list with one source", done);
    ok(hears(from, s, GROUP), "DOC-MCAST-05.2", "it is let in");
    memset(&filter.imsf_slist, 0, sizeof filter.imsf_slist);
    filter.imsf_fmode = MCAST_EXCLUDE;
    done = WSAIoctl(s, SIO_GET_MULTICAST_FILTER, &filter, sizeof filter, &filter, sizeof filter,
                    &bytes, NULL, NULL) == 0;
    works("DOC-MCAST-05.3", "read", done);
    ok(filter.imsf_fmode == MCAST_INCLUDE && filter.imsf_numsrc == 1 &&
           filter.imsf_slist[0].s_addr == htonl(INADDR_LOOPBACK),
       "DOC-MCAST-05.4", "mode %d, %u sources", (int)filter.imsf_fmode,
       (unsigned)filter.imsf_numsrc);
    filter.imsf_fmode = MCAST_EXCLUDE;
    WSAIoctl(s, SIO_SET_MULTICAST_FILTER, &filter, sizeof filter, NULL, 0, &bytes, NULL, NULL);
    ok(!hears(from, s, GROUP), "DOC-MCAST-05.5", "kept out");
    closesocket(s);
}

static void bad_arguments(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM), stream = conf_tcp();
    struct ip_mreq request = {{{{0}}}, {{{0}}}};

    fails("DOC-MCAST-06.1", "not a group", group(s, IP_ADD_MEMBERSHIP, INADDR_LOOPBACK) != 0,
          WSAEINVAL);
    request.imr_multiaddr.s_addr = htonl(GROUP);
    request.imr_interface.s_addr = htonl(0x0a636363);
    fails("DOC-MCAST-06.2", "not this computer's interface",
          setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof request) != 0,
          WSAEADDRNOTAVAIL);
    fails("DOC-MCAST-06.3", "too short",
          setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, 7) != 0, WSAEFAULT);
    fails("DOC-MCAST-06.4", "a stream", group(stream, IP_ADD_MEMBERSHIP, GROUP) != 0, WSAEINVAL);
    closesocket(s);
    closesocket(stream);
}

int main(void)
{
    SOCKET from;

    conf_begin("setsockopt WSAIoctl");
    from = sender();
    order_of_whole_groups();
    order_of_sources();
    members(from);
    echo(from);
    sources(from);
    list_of_sources(from);
    bad_arguments();
    closesocket(from);
    return conf_end();
}
