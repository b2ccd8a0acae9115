/* SPDX-License-Identifier: MIT */
/*
 * The types and values that do not belong to one call: address families, socket types, protocols,
 * addresses, option names of level SOL_SOCKET, control codes, message flags and buffers.
 */
#ifndef WS2RING_WS2DEF_H
#define WS2RING_WS2DEF_H

#ifndef _WS2DEF_
#define _WS2DEF_
#endif

#include <ws2ring/base.h>

/* ---- Address families ---- */

typedef USHORT ADDRESS_FAMILY;

#define AF_UNSPEC     0
#define AF_UNIX       1
#define AF_INET       2
#define AF_IMPLINK    3
#define AF_PUP        4
#define AF_CHAOS      5
#define AF_IPX        6
#define AF_NS         AF_IPX
#define AF_ISO        7
#define AF_OSI        AF_ISO
#define AF_ECMA       8
#define AF_DATAKIT    9
#define AF_CCITT      10
#define AF_SNA        11
#define AF_DECnet     12
#define AF_DLI        13
#define AF_LAT        14
#define AF_HYLINK     15
#define AF_APPLETALK  16
#define AF_NETBIOS    17
#define AF_VOICEVIEW  18
#define AF_FIREFOX    19
#define AF_UNKNOWN1   20
#define AF_BAN        21
#define AF_ATM        22
#define AF_INET6      23
#define AF_CLUSTER    24
#define AF_12844      25
#define AF_IRDA       26
#define AF_NETDES     28
#define AF_TCNPROCESS 29
#define AF_TCNMESSAGE 30
#define AF_ICLFXBM    31
#define AF_BTH        32
#define AF_LINK       33
#define AF_HYPERV     34
#define AF_MAX        35

#define PF_UNSPEC    AF_UNSPEC
#define PF_UNIX      AF_UNIX
#define PF_INET      AF_INET
#define PF_IMPLINK   AF_IMPLINK
#define PF_PUP       AF_PUP
#define PF_CHAOS     AF_CHAOS
#define PF_IPX       AF_IPX
#define PF_NS        AF_NS
#define PF_ISO       AF_ISO
#define PF_OSI       AF_OSI
#define PF_ECMA      AF_ECMA
#define PF_DATAKIT   AF_DATAKIT
#define PF_CCITT     AF_CCITT
#define PF_SNA       AF_SNA
#define PF_DECnet    AF_DECnet
#define PF_DLI       AF_DLI
#define PF_LAT       AF_LAT
#define PF_HYLINK    AF_HYLINK
#define PF_APPLETALK AF_APPLETALK
#define PF_VOICEVIEW AF_VOICEVIEW
#define PF_FIREFOX   AF_FIREFOX
#define PF_UNKNOWN1  AF_UNKNOWN1
#define PF_BAN       AF_BAN
#define PF_ATM       AF_ATM
#define PF_INET6     AF_INET6
#define PF_BTH       AF_BTH
#define PF_MAX       AF_MAX

/* ---- Socket types ---- */

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_RDM       4
#define SOCK_SEQPACKET 5

/* ---- Options of level SOL_SOCKET ---- */

#define SOL_SOCKET 0xffff

#define SO_DEBUG               0x0001
#define SO_ACCEPTCONN          0x0002
#define SO_REUSEADDR           0x0004
#define SO_EXCLUSIVEADDRUSE    ((int)(~SO_REUSEADDR))
#define SO_KEEPALIVE           0x0008
#define SO_DONTROUTE           0x0010
#define SO_BROADCAST           0x0020
#define SO_USELOOPBACK         0x0040
#define SO_LINGER              0x0080
#define SO_DONTLINGER          ((int)(~SO_LINGER))
#define SO_OOBINLINE           0x0100
#define SO_SNDBUF              0x1001
#define SO_RCVBUF              0x1002
#define SO_SNDLOWAT            0x1003
#define SO_RCVLOWAT            0x1004
#define SO_SNDTIMEO            0x1005
#define SO_RCVTIMEO            0x1006
#define SO_ERROR               0x1007
#define SO_TYPE                0x1008
#define SO_BSP_STATE           0x1009
#define SO_PAUSE_ACCEPT        0x3003
#define SO_COMPARTMENT_ID      0x3004
#define SO_RANDOMIZE_PORT      0x3005
#define SO_PORT_SCALABILITY    0x3006
#define SO_REUSE_UNICASTPORT   0x3007
#define SO_REUSE_MULTICASTPORT 0x3008
#define SO_ORIGINAL_DST        0x300f

/* ---- Protocols ---- */

#define IPPROTO_HOPOPTS               0
#define IPPROTO_IP                    0
#define IPPROTO_ICMP                  1
#define IPPROTO_IGMP                  2
#define IPPROTO_GGP                   3
#define IPPROTO_IPV4                  4
#define IPPROTO_ST                    5
#define IPPROTO_TCP                   6
#define IPPROTO_CBT                   7
#define IPPROTO_EGP                   8
#define IPPROTO_IGP                   9
#define IPPROTO_PUP                   12
#define IPPROTO_UDP                   17
#define IPPROTO_IDP                   22
#define IPPROTO_RDP                   27
#define IPPROTO_IPV6                  41
#define IPPROTO_ROUTING               43
#define IPPROTO_FRAGMENT              44
#define IPPROTO_ESP                   50
#define IPPROTO_AH                    51
#define IPPROTO_ICMPV6                58
#define IPPROTO_NONE                  59
#define IPPROTO_DSTOPTS               60
#define IPPROTO_ND                    77
#define IPPROTO_ICLFXBM               78
#define IPPROTO_PIM                   103
#define IPPROTO_PGM                   113
#define IPPROTO_L2TP                  115
#define IPPROTO_SCTP                  132
#define IPPROTO_RAW                   255
#define IPPROTO_MAX                   256
#define IPPROTO_RESERVED_RAW          257
#define IPPROTO_RESERVED_IPSEC        258
#define IPPROTO_RESERVED_IPSECOFFLOAD 259
#define IPPROTO_RESERVED_WNV          260
#define IPPROTO_RESERVED_MAX          261

/* One of the IPPROTO_ values. */
typedef INT IPPROTO, *PIPROTO;

/* ---- Well-known ports ---- */

#define IPPORT_TCPMUX         1
#define IPPORT_ECHO           7
#define IPPORT_DISCARD        9
#define IPPORT_SYSTAT         11
#define IPPORT_DAYTIME        13
#define IPPORT_NETSTAT        15
#define IPPORT_QOTD           17
#define IPPORT_MSP            18
#define IPPORT_CHARGEN        19
#define IPPORT_FTP_DATA       20
#define IPPORT_FTP            21
#define IPPORT_TELNET         23
#define IPPORT_SMTP           25
#define IPPORT_TIMESERVER     37
#define IPPORT_NAMESERVER     42
#define IPPORT_WHOIS          43
#define IPPORT_MTP            57
#define IPPORT_TFTP           69
#define IPPORT_RJE            77
#define IPPORT_FINGER         79
#define IPPORT_TTYLINK        87
#define IPPORT_SUPDUP         95
#define IPPORT_POP3           110
#define IPPORT_NTP            123
#define IPPORT_EPMAP          135
#define IPPORT_NETBIOS_NS     137
#define IPPORT_NETBIOS_DGM    138
#define IPPORT_NETBIOS_SSN    139
#define IPPORT_IMAP           143
#define IPPORT_SNMP           161
#define IPPORT_SNMP_TRAP      162
#define IPPORT_IMAP3          220
#define IPPORT_LDAP           389
#define IPPORT_HTTPS          443
#define IPPORT_MICROSOFT_DS   445
#define IPPORT_BIFFUDP        512
#define IPPORT_EXECSERVER     512
#define IPPORT_LOGINSERVER    513
#define IPPORT_WHOSERVER      513
#define IPPORT_CMDSERVER      514
#define IPPORT_EFSSERVER      520
#define IPPORT_ROUTESERVER    520
#define IPPORT_REGISTERED_MIN 1024
#define IPPORT_RESERVED       1024
#define IPPORT_REGISTERED_MAX 49151
#define IPPORT_DYNAMIC_MIN    49152
#define IPPORT_DYNAMIC_MAX    65535

/* ---- IPv4 addresses, in host byte order ---- */

#define ADDR_ANY         INADDR_ANY
#define INADDR_ANY       ((ULONG)0x00000000)
#define INADDR_LOOPBACK  0x7f000001
#define INADDR_BROADCAST ((ULONG)0xffffffff)
#define INADDR_NONE      0xffffffff

#define IN_CLASSA(i)     (((ULONG)(i)&0x80000000) == 0)
#define IN_CLASSA_NET    0xff000000
#define IN_CLASSA_NSHIFT 24
#define IN_CLASSA_HOST   0x00ffffff
#define IN_CLASSA_MAX    128
#define IN_CLASSB(i)     (((ULONG)(i)&0xc0000000) == 0x80000000)
#define IN_CLASSB_NET    0xffff0000
#define IN_CLASSB_NSHIFT 16
#define IN_CLASSB_HOST   0x0000ffff
#define IN_CLASSB_MAX    65536
#define IN_CLASSC(i)     (((ULONG)(i)&0xe0000000) == 0xc0000000)
#define IN_CLASSC_NET    0xffffff00
#define IN_CLASSC_NSHIFT 8
#define IN_CLASSC_HOST   0x000000ff
#define IN_CLASSD(i)     (((ULONG)(i)&0xf0000000) == 0xe0000000)
#define IN_CLASSD_NET    0xf0000000
#define IN_CLASSD_NSHIFT 28
#define IN_CLASSD_HOST   0x0fffffff
#define IN_MULTICAST(i)  IN_CLASSD(i)

/* ---- Control codes for ioctlsocket() and WSAIoctl() ---- */

/* Linux has macros of these names with other values in <sys/ioctl.h>. */
#undef IOC_IN
#undef IOC_INOUT
#undef IOC_OUT
#define IOC_UNIX     0x00000000
#define IOC_WS2      0x08000000
#define IOC_PROTOCOL 0x10000000
#define IOC_VENDOR   0x18000000
#define IOC_VOID     0x20000000
#define IOC_OUT      0x40000000
#define IOC_IN       0x80000000
#define IOC_INOUT    (IOC_IN | IOC_OUT)

#define _WSAIO(group, code)   (IOC_VOID | (group) | (code))
#define _WSAIOR(group, code)  (IOC_OUT | (group) | (code))
#define _WSAIOW(group, code)  (IOC_IN | (group) | (code))
#define _WSAIORW(group, code) (IOC_INOUT | (group) | (code))

#define SIO_ENABLE_CIRCULAR_QUEUEING                _WSAIO(IOC_WS2, 2)
#define SIO_FLUSH                                   _WSAIO(IOC_WS2, 4)
#define SIO_ADDRESS_LIST_CHANGE                     _WSAIO(IOC_WS2, 23)
#define SIO_FIND_ROUTE                              _WSAIOR(IOC_WS2, 3)
#define SIO_GET_BROADCAST_ADDRESS                   _WSAIOR(IOC_WS2, 5)
#define SIO_ADDRESS_LIST_QUERY                      _WSAIOR(IOC_WS2, 22)
#define SIO_QUERY_TARGET_PNP_HANDLE                 _WSAIOR(IOC_WS2, 24)
#define SIO_QUERY_RSS_PROCESSOR_INFO                _WSAIOR(IOC_WS2, 37)
#define SIO_QUERY_RSS_SCALABILITY_INFO              _WSAIOR(IOC_VENDOR, 210)
#define SIO_ASSOCIATE_HANDLE                        _WSAIOW(IOC_WS2, 1)
#define SIO_MULTIPOINT_LOOPBACK                     _WSAIOW(IOC_WS2, 9)
#define SIO_MULTICAST_SCOPE                         _WSAIOW(IOC_WS2, 10)
#define SIO_SET_QOS                                 _WSAIOW(IOC_WS2, 11)
#define SIO_SET_GROUP_QOS                           _WSAIOW(IOC_WS2, 12)
#define SIO_ROUTING_INTERFACE_CHANGE                _WSAIOW(IOC_WS2, 21)
#define SIO_NSP_NOTIFY_CHANGE                       _WSAIOW(IOC_WS2, 25)
#define SIO_RESERVED_1                              _WSAIOW(IOC_WS2, 26)
#define SIO_RESERVED_2                              _WSAIOW(IOC_WS2, 33)
#define SIO_SOCKET_CLOSE_NOTIFY                     _WSAIOW(IOC_VENDOR, 13)
#define SIO_GET_EXTENSION_FUNCTION_POINTER          _WSAIORW(IOC_WS2, 6)
#define SIO_GET_QOS                                 _WSAIORW(IOC_WS2, 7)
#define SIO_GET_GROUP_QOS                           _WSAIORW(IOC_WS2, 8)
#define SIO_TRANSLATE_HANDLE                        _WSAIORW(IOC_WS2, 13)
#define SIO_ROUTING_INTERFACE_QUERY                 _WSAIORW(IOC_WS2, 20)
#define SIO_ADDRESS_LIST_SORT                       _WSAIORW(IOC_WS2, 25)
#define SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER _WSAIORW(IOC_WS2, 36)

/* ---- Message flags ---- */

#define MSG_OOB            0x0001
#define MSG_PEEK           0x0002
#define MSG_DONTROUTE      0x0004
#define MSG_WAITALL        0x0008
#define MSG_INTERRUPT      0x0010
#define MSG_PUSH_IMMEDIATE 0x0020
#define MSG_ERRQUEUE       0x1000
#define MSG_PARTIAL        0x8000

/* ---- Addresses ---- */

/* An IPv4 address in network byte order. */
typedef struct in_addr {
    union {
        struct {
            UCHAR s_b1, s_b2, s_b3, s_b4;
        } S_un_b;
        struct {
            USHORT s_w1, s_w2;
        } S_un_w;
        ULONG S_addr;
    } S_un;
} IN_ADDR, *PIN_ADDR, *LPIN_ADDR;

#define s_addr  S_un.S_addr
#define s_host  S_un.S_un_b.s_b2
#define s_net   S_un.S_un_b.s_b1
#define s_imp   S_un.S_un_w.s_w2
#define s_impno S_un.S_un_b.s_b4
#define s_lh    S_un.S_un_b.s_b3

/* What every address begins with; the family says how to read the rest. */
typedef struct sockaddr {
    ADDRESS_FAMILY sa_family;
    CHAR sa_data[14];
} SOCKADDR, *PSOCKADDR, *LPSOCKADDR;

/* IPv4 address and port. */
typedef struct sockaddr_in {
    ADDRESS_FAMILY sin_family;
    USHORT sin_port; /* network byte order */
    IN_ADDR sin_addr;
    CHAR sin_zero[8];
} SOCKADDR_IN, *PSOCKADDR_IN, *LPSOCKADDR_IN;

#define _SS_MAXSIZE   128
#define _SS_ALIGNSIZE (sizeof(LONG64))
#define _SS_PAD1SIZE  (_SS_ALIGNSIZE - sizeof(USHORT))
#define _SS_PAD2SIZE  (_SS_MAXSIZE - (sizeof(USHORT) + _SS_PAD1SIZE + _SS_ALIGNSIZE))

/* Room for an address of any family. */
typedef struct sockaddr_storage {
    ADDRESS_FAMILY ss_family;
    CHAR __ss_pad1[_SS_PAD1SIZE];
    LONG64 __ss_align;
    CHAR __ss_pad2[_SS_PAD2SIZE];
} SOCKADDR_STORAGE, *PSOCKADDR_STORAGE, *LPSOCKADDR_STORAGE;

/* A pointer to an address with its length in bytes. */
typedef struct _SOCKET_ADDRESS {
    LPSOCKADDR lpSockaddr;
    INT iSockaddrLength;
} SOCKET_ADDRESS, *PSOCKET_ADDRESS, *LPSOCKET_ADDRESS;

/* What SIO_ADDRESS_LIST_QUERY returns; Address has iAddressCount entries. */
typedef struct _SOCKET_ADDRESS_LIST {
    INT iAddressCount;
    SOCKET_ADDRESS Address[1];
} SOCKET_ADDRESS_LIST, *PSOCKET_ADDRESS_LIST, *LPSOCKET_ADDRESS_LIST;

#define SIZEOF_SOCKET_ADDRESS_LIST(count) \
    (offsetof(SOCKET_ADDRESS_LIST, Address) + (count) * sizeof(SOCKET_ADDRESS))

/* The port in an address of either family, network byte order; may be assigned to. */
#define SS_PORT(storage) (((PSOCKADDR_IN)(void *)(storage))->sin_port)

/* The two ends of a connection as a name service describes them. */
typedef struct _CSADDR_INFO {
    SOCKET_ADDRESS LocalAddr;
    SOCKET_ADDRESS RemoteAddr;
    INT iSocketType;
    INT iProtocol;
} CSADDR_INFO, *PCSADDR_INFO, *LPCSADDR_INFO;

/* ---- IPv6 scopes ---- */

#define ScopeLevelInterface    1
#define ScopeLevelLink         2
#define ScopeLevelSubnet       3
#define ScopeLevelAdmin        4
#define ScopeLevelSite         5
#define ScopeLevelOrganization 8
#define ScopeLevelGlobal       14
#define ScopeLevelCount        16

/* One of the ScopeLevel values. */
typedef INT SCOPE_LEVEL;

/* Which interface or site an IPv6 address belongs to. */
typedef struct {
    __extension__ union {
        __extension__ struct {
            ULONG Zone : 28;
            ULONG Level : 4;
        };
        ULONG Value;
    };
} SCOPE_ID, *PSCOPE_ID;

#define SCOPEID_UNSPECIFIED_INIT \
    {                            \
        {                        \
            {                    \
                0, 0             \
            }                    \
        }                        \
    }

/* ---- Buffers ---- */

/* One piece of memory to send from or receive into. */
typedef struct _WSABUF {
    ULONG len; /* bytes */
    CHAR *buf;
} WSABUF, *LPWSABUF;

#include <ws2ring/wsamsg.h>

#endif /* WS2RING_WS2DEF_H */
