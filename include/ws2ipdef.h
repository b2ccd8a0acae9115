/* SPDX-License-Identifier: MIT */
/*
 * IPv6 addresses, and the options of levels IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP and IPPROTO_UDP.
 */
#ifndef WS2RING_WS2IPDEF_H
#define WS2RING_WS2IPDEF_H

#ifndef _WS2IPDEF_
#define _WS2IPDEF_
#endif

#include <ws2def.h>

/* ---- IPv6 addresses ---- */

/* An IPv6 address in network byte order. */
typedef struct in6_addr {
    union {
        UCHAR Byte[16];
        USHORT Word[8];
    } u;
} IN6_ADDR, *PIN6_ADDR, *LPIN6_ADDR;

#define in_addr6  in6_addr
#define _S6_un    u
#define _S6_u8    Byte
#define s6_addr   u.Byte
#define s6_addr16 u.Word
#define s6_bytes  u.Byte
#define s6_words  u.Word

/* clang-format off */
#define IN6ADDR_ANY_INIT      { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } } }
#define IN6ADDR_LOOPBACK_INIT { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } } }
/* clang-format on */

/* IPv6 address, port and scope. */
typedef struct sockaddr_in6 {
    ADDRESS_FAMILY sin6_family;
    USHORT sin6_port; /* network byte order */
    ULONG sin6_flowinfo;
    IN6_ADDR sin6_addr;
    __extension__ union {
        ULONG sin6_scope_id; /* an interface index */
        SCOPE_ID sin6_scope_struct;
    };
} SOCKADDR_IN6_LH, SOCKADDR_IN6, *PSOCKADDR_IN6_LH, *PSOCKADDR_IN6, *LPSOCKADDR_IN6;

/* An IPv4 or an IPv6 address. */
typedef union _SOCKADDR_INET {
    SOCKADDR_IN Ipv4;
    SOCKADDR_IN6 Ipv6;
    ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;

/* Where from and where to. */
typedef struct _sockaddr_in6_pair {
    PSOCKADDR_IN6 SourceAddress;
    PSOCKADDR_IN6 DestinationAddress;
} SOCKADDR_IN6_PAIR, *PSOCKADDR_IN6_PAIR;

/* ---- Level IPPROTO_IP ---- */

#define IP_OPTIONS                1
#define IP_HDRINCL                2
#define IP_TOS                    3
#define IP_TTL                    4
#define IP_MULTICAST_IF           9
#define IP_MULTICAST_TTL          10
#define IP_MULTICAST_LOOP         11
#define IP_ADD_MEMBERSHIP         12
#define IP_DROP_MEMBERSHIP        13
#define IP_DONTFRAGMENT           14
#define IP_ADD_SOURCE_MEMBERSHIP  15
#define IP_DROP_SOURCE_MEMBERSHIP 16
#define IP_BLOCK_SOURCE           17
#define IP_UNBLOCK_SOURCE         18
#define IP_PKTINFO                19
#define IP_HOPLIMIT               21
#define IP_RECVTTL                21
#define IP_RECEIVE_BROADCAST      22
#define IP_PROTECTION_LEVEL       23
#define IP_RECVIF                 24
#define IP_RECVDSTADDR            25
#define IP_IFLIST                 28
#define IP_ADD_IFLIST             29
#define IP_DEL_IFLIST             30
#define IP_UNICAST_IF             31
#define IP_RTHDR                  32
#define IP_GET_IFLIST             33
#define IP_RECVRTHDR              38
#define IP_TCLASS                 39
#define IP_RECVTCLASS             40
#define IP_RECVTOS                40
#define MCAST_JOIN_GROUP          41
#define MCAST_LEAVE_GROUP         42
#define MCAST_BLOCK_SOURCE        43
#define MCAST_UNBLOCK_SOURCE      44
#define MCAST_JOIN_SOURCE_GROUP   45
#define MCAST_LEAVE_SOURCE_GROUP  46
#define IP_ORIGINAL_ARRIVAL_IF    47
#define IP_ECN                    50
#define IP_RECVECN                50
#define IP_PKTINFO_EX             51
#define IP_WFP_REDIRECT_RECORDS   60
#define IP_WFP_REDIRECT_CONTEXT   70
#define IP_MTU_DISCOVER           71
#define IP_MTU                    73
#define IP_NRT_INTERFACE          74
#define IP_RECVERR                75
#define IP_USER_MTU               76

/* Values of these options, and limits. */
#define IP_DEFAULT_MULTICAST_LOOP      1
#define IP_DEFAULT_MULTICAST_TTL       1
#define IP_MAX_MEMBERSHIPS             20
#define IP_PMTUDISC_DO                 1
#define IP_PMTUDISC_DONT               2
#define IP_PMTUDISC_MAX                4
#define IP_PMTUDISC_NOT_SET            0
#define IP_PMTUDISC_PROBE              3
#define IP_UNSPECIFIED_HOP_LIMIT       (-1)
#define IP_UNSPECIFIED_TYPE_OF_SERVICE (-1)
#define IP_UNSPECIFIED_USER_MTU        0xffffffff

/* Whether a list of sources is let in or kept out. */
typedef enum { MCAST_INCLUDE = 0, MCAST_EXCLUDE = 1 } MULTICAST_MODE_TYPE;

/* ---- Level IPPROTO_IPV6 ---- */

#define IPV6_HOPOPTS              1
#define IPV6_HDRINCL              2
#define IPV6_UNICAST_HOPS         4
#define IPV6_MULTICAST_IF         9
#define IPV6_MULTICAST_HOPS       10
#define IPV6_MULTICAST_LOOP       11
#define IPV6_ADD_MEMBERSHIP       12
#define IPV6_JOIN_GROUP           12
#define IPV6_DROP_MEMBERSHIP      13
#define IPV6_LEAVE_GROUP          13
#define IPV6_DONTFRAG             14
#define IPV6_PKTINFO              19
#define IPV6_HOPLIMIT             21
#define IPV6_PROTECTION_LEVEL     23
#define IPV6_RECVIF               24
#define IPV6_RECVDSTADDR          25
#define IPV6_CHECKSUM             26
#define IPV6_V6ONLY               27
#define IPV6_IFLIST               28
#define IPV6_ADD_IFLIST           29
#define IPV6_DEL_IFLIST           30
#define IPV6_UNICAST_IF           31
#define IPV6_RTHDR                32
#define IPV6_GET_IFLIST           33
#define IPV6_RECVRTHDR            38
#define IPV6_TCLASS               39
#define IPV6_RECVTCLASS           40
#define IPV6_ECN                  50
#define IPV6_RECVECN              50
#define IPV6_PKTINFO_EX           51
#define IPV6_WFP_REDIRECT_RECORDS 60
#define IPV6_WFP_REDIRECT_CONTEXT 70
#define IPV6_MTU_DISCOVER         71
#define IPV6_MTU                  72
#define IPV6_NRT_INTERFACE        74
#define IPV6_RECVERR              75
#define IPV6_USER_MTU             76

/* Parts of an IPv6 header and of its traffic class. */
#define IPV6_ECN_SHIFT               12
#define IPV6_ADDRESS_BITS            128
#define IPV6_ECN_MASK                0x00003000
#define IPV6_TRAFFIC_CLASS_MASK      0x0000c00f
#define IPV6_FULL_TRAFFIC_CLASS_MASK 0x0000f00f
#define IPV6_FLOW_LABEL_MASK         0xffff0f00

/* The value of IP_PROTECTION_LEVEL and IPV6_PROTECTION_LEVEL. */
#define PROTECTION_LEVEL_UNRESTRICTED   10
#define PROTECTION_LEVEL_EDGERESTRICTED 20
#define PROTECTION_LEVEL_RESTRICTED     30
#define PROTECTION_LEVEL_DEFAULT        ((UINT)-1)

/* ---- Level IPPROTO_TCP; TCP_NODELAY stands in winsock2.h ---- */

#define TCP_KEEPALIVE                  3
#define TCP_KEEPIDLE                   3
#define TCP_MAXSEG                     4
#define TCP_MAXRT                      5
#define TCP_STDURG                     6
#define TCP_NOURG                      7
#define TCP_ATMARK                     8
#define TCP_NOSYNRETRIES               9
#define TCP_TIMESTAMPS                 10
#define TCP_OFFLOAD_PREFERENCE         11
#define TCP_CONGESTION_ALGORITHM       12
#define TCP_DELAY_FIN_ACK              13
#define TCP_MAXRTMS                    14
#define TCP_FASTOPEN                   15
#define TCP_KEEPCNT                    16
#define TCP_KEEPINTVL                  17
#define TCP_FAIL_CONNECT_ON_ICMP_ERROR 18
#define TCP_ICMP_ERROR_INFO            19

/* The value of TCP_OFFLOAD_PREFERENCE. */
#define TCP_OFFLOAD_NO_PREFERENCE 0
#define TCP_OFFLOAD_NOT_PREFERRED 1
#define TCP_OFFLOAD_PREFERRED     2

/* ---- Level IPPROTO_UDP ---- */

#define UDP_SEND_MSG_SIZE           2
#define UDP_COALESCED_INFO          3
#define UDP_RECV_MAX_COALESCED_SIZE 3

/* ---- Values of the group options ---- */

/* IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP */
typedef struct ip_mreq {
    IN_ADDR imr_multiaddr;
    IN_ADDR imr_interface;
} IP_MREQ, *PIP_MREQ;

/* IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_UNBLOCK_SOURCE. On Linux
 * the last two members change places; the library knows. */
typedef struct ip_mreq_source {
    IN_ADDR imr_multiaddr;
    IN_ADDR imr_sourceaddr;
    IN_ADDR imr_interface;
} IP_MREQ_SOURCE, *PIP_MREQ_SOURCE;

/* SIO_SET_MULTICAST_FILTER, SIO_GET_MULTICAST_FILTER */
typedef struct ip_msfilter {
    IN_ADDR imsf_multiaddr;
    IN_ADDR imsf_interface;
    MULTICAST_MODE_TYPE imsf_fmode;
    ULONG imsf_numsrc; /* entries in imsf_slist */
    IN_ADDR imsf_slist[1];
} IP_MSFILTER, *PIP_MSFILTER;

#define IP_MSFILTER_SIZE(sources) \
    (sizeof(IP_MSFILTER) - sizeof(IN_ADDR) + (sources) * sizeof(IN_ADDR))

/* IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP */
typedef struct ipv6_mreq {
    IN6_ADDR ipv6mr_multiaddr;
    ULONG ipv6mr_interface; /* interface index */
} IPV6_MREQ, *PIPV6_MREQ;

/* MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP */
typedef struct group_req {
    ULONG gr_interface; /* interface index */
    SOCKADDR_STORAGE gr_group;
} GROUP_REQ, *PGROUP_REQ;

/* MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE */
typedef struct group_source_req {
    ULONG gsr_interface; /* interface index */
    SOCKADDR_STORAGE gsr_group;
    SOCKADDR_STORAGE gsr_source;
} GROUP_SOURCE_REQ, *PGROUP_SOURCE_REQ;

/* SIOCSMSFILTER, SIOCGMSFILTER */
typedef struct group_filter {
    ULONG gf_interface; /* interface index */
    SOCKADDR_STORAGE gf_group;
    MULTICAST_MODE_TYPE gf_fmode;
    ULONG gf_numsrc; /* entries in gf_slist */
    SOCKADDR_STORAGE gf_slist[1];
} GROUP_FILTER, *PGROUP_FILTER;

#define GROUP_FILTER_SIZE(sources) \
    (sizeof(GROUP_FILTER) - sizeof(SOCKADDR_STORAGE) + (sources) * sizeof(SOCKADDR_STORAGE))

/* ---- Control messages and errors ---- */

/* IP_PKTINFO: the address and the interface of a datagram. */
typedef struct in_pktinfo {
    IN_ADDR ipi_addr;
    ULONG ipi_ifindex;
} IN_PKTINFO, *PIN_PKTINFO;

/* IPV6_PKTINFO */
typedef struct in6_pktinfo {
    IN6_ADDR ipi6_addr;
    ULONG ipi6_ifindex;
} IN6_PKTINFO, *PIN6_PKTINFO;

/* IP_PKTINFO_EX, IPV6_PKTINFO_EX */
typedef struct in_pktinfo_ex {
    IN_PKTINFO pkt_info;
    SCOPE_ID scope_id;
} IN_PKTINFO_EX, *PIN_PKTINFO_EX;
typedef struct in6_pktinfo_ex {
    IN6_PKTINFO pkt_info;
    SCOPE_ID scope_id;
} IN6_PKTINFO_EX, *PIN6_PKTINFO_EX;

/* IP_RECVERR, IPV6_RECVERR */
typedef struct in_recverr {
    IPPROTO protocol;
    ULONG info;
    UINT8 type;
    UINT8 code;
} IN_RECVERR, *PIN_RECVERR;

/* TCP_ICMP_ERROR_INFO */
typedef struct icmp_error_info {
    SOCKADDR_INET srcaddress;
    IPPROTO protocol;
    UINT8 type;
    UINT8 code;
} ICMP_ERROR_INFO, *PICMP_ERROR_INFO;

/* The value of IP_MTU_DISCOVER and IPV6_MTU_DISCOVER: one of IP_PMTUDISC_. */
typedef INT PMTUD_STATE, *PPMTUD_STATE;

/* ---- SIO_GET_INTERFACE_LIST ---- */

/* iiFlags */
#define IFF_UP           0x00000001
#define IFF_BROADCAST    0x00000002
#define IFF_LOOPBACK     0x00000004
#define IFF_POINTTOPOINT 0x00000008
#define IFF_MULTICAST    0x00000010

/* An IPv6 address as it was before it had a scope. */
struct sockaddr_in6_old {
    SHORT sin6_family;
    USHORT sin6_port;
    ULONG sin6_flowinfo;
    IN6_ADDR sin6_addr;
};

typedef union sockaddr_gen {
    struct sockaddr Address;
    struct sockaddr_in AddressIn;
    struct sockaddr_in6_old AddressIn6;
} sockaddr_gen;

typedef struct _INTERFACE_INFO {
    ULONG iiFlags;
    sockaddr_gen iiAddress;
    sockaddr_gen iiBroadcastAddress;
    sockaddr_gen iiNetmask;
} INTERFACE_INFO, *LPINTERFACE_INFO;

/* SIO_GET_INTERFACE_LIST_EX */
typedef struct _INTERFACE_INFO_EX {
    ULONG iiFlags;
    SOCKET_ADDRESS iiAddress;
    SOCKET_ADDRESS iiBroadcastAddress;
    SOCKET_ADDRESS iiNetmask;
} INTERFACE_INFO_EX, *LPINTERFACE_INFO_EX;

#include <ws2ring/in6addr.h>

#endif /* WS2RING_WS2IPDEF_H */
