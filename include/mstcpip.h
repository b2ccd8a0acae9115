/* SPDX-License-Identifier: MIT */
/*
 * Control codes for TCP and IP sockets with the types of their arguments, and small helpers for
 * addresses. Which codes the library carries out is written in docs/calls/WSAIoctl.md.
 */
#ifndef WS2RING_MSTCPIP_H
#define WS2RING_MSTCPIP_H

#ifndef _MSTCPIP_
#define _MSTCPIP_
#endif

#include <winsock2.h>
#include <ws2ipdef.h>

/* ---- Control codes ---- */

#define SIO_RCVALL                                _WSAIOW(IOC_VENDOR, 1)
#define SIO_RCVALL_MCAST                          _WSAIOW(IOC_VENDOR, 2)
#define SIO_RCVALL_IGMPMCAST                      _WSAIOW(IOC_VENDOR, 3)
#define SIO_KEEPALIVE_VALS                        _WSAIOW(IOC_VENDOR, 4)
#define SIO_ABSORB_RTRALERT                       _WSAIOW(IOC_VENDOR, 5)
#define SIO_UCAST_IF                              _WSAIOW(IOC_VENDOR, 6)
#define SIO_LIMIT_BROADCASTS                      _WSAIOW(IOC_VENDOR, 7)
#define SIO_INDEX_BIND                            _WSAIOW(IOC_VENDOR, 8)
#define SIO_INDEX_MCASTIF                         _WSAIOW(IOC_VENDOR, 9)
#define SIO_INDEX_ADD_MCAST                       _WSAIOW(IOC_VENDOR, 10)
#define SIO_INDEX_DEL_MCAST                       _WSAIOW(IOC_VENDOR, 11)
#define SIO_RCVALL_MCAST_IF                       _WSAIOW(IOC_VENDOR, 13)
#define SIO_RCVALL_IF                             _WSAIOW(IOC_VENDOR, 14)
#define SIO_LOOPBACK_FAST_PATH                    _WSAIOW(IOC_VENDOR, 16)
#define SIO_TCP_INITIAL_RTO                       _WSAIOW(IOC_VENDOR, 17)
#define SIO_APPLY_TRANSPORT_SETTING               _WSAIOW(IOC_VENDOR, 19)
#define SIO_QUERY_TRANSPORT_SETTING               _WSAIOW(IOC_VENDOR, 20)
#define SIO_CPU_AFFINITY                          _WSAIOW(IOC_VENDOR, 21)
#define SIO_TCP_SET_ICW                           _WSAIOW(IOC_VENDOR, 22)
#define SIO_TCP_SET_ACK_FREQUENCY                 _WSAIOW(IOC_VENDOR, 23)
#define SIO_SET_PRIORITY_HINT                     _WSAIOW(IOC_VENDOR, 24)
#define SIO_PRIORITY_HINT                         SIO_SET_PRIORITY_HINT
#define SIO_TCP_INFO                              _WSAIORW(IOC_VENDOR, 39)
#define SIO_ACQUIRE_PORT_RESERVATION              _WSAIOW(IOC_VENDOR, 100)
#define SIO_RELEASE_PORT_RESERVATION              _WSAIOW(IOC_VENDOR, 101)
#define SIO_ASSOCIATE_PORT_RESERVATION            _WSAIOW(IOC_VENDOR, 102)
#define SIO_SET_SECURITY                          _WSAIOW(IOC_VENDOR, 200)
#define SIO_QUERY_SECURITY                        _WSAIORW(IOC_VENDOR, 201)
#define SIO_SET_PEER_TARGET_NAME                  _WSAIOW(IOC_VENDOR, 202)
#define SIO_DELETE_PEER_TARGET_NAME               _WSAIOW(IOC_VENDOR, 203)
#define SIO_SOCKET_USAGE_NOTIFICATION             _WSAIOW(IOC_VENDOR, 204)
#define SIO_QUERY_WFP_ALE_ENDPOINT_HANDLE         _WSAIOR(IOC_VENDOR, 205)
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS _WSAIOW(IOC_VENDOR, 220)
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT _WSAIOW(IOC_VENDOR, 221)
#define SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS   _WSAIOW(IOC_VENDOR, 222)
#define SIO_GET_TX_TIMESTAMP                      _WSAIOW(IOC_VENDOR, 234)
#define SIO_TIMESTAMPING                          _WSAIOW(IOC_VENDOR, 235)

/* ---- SIO_KEEPALIVE_VALS; both times in milliseconds ---- */

struct tcp_keepalive {
    u_long onoff;
    u_long keepalivetime;     /* idle time before the first probe */
    u_long keepaliveinterval; /* between probes that got no answer */
};

/* ---- SIO_RCVALL and its neighbours ---- */

typedef enum {
    RCVALL_OFF = 0,
    RCVALL_ON = 1,
    RCVALL_SOCKETLEVELONLY = 2,
    RCVALL_IPLEVEL = 3
} RCVALL_VALUE,
    *PRCVALL_VALUE;
#define RCVALL_MAX RCVALL_IPLEVEL

typedef struct {
    RCVALL_VALUE Mode;
    ULONG Interface;
} RCVALL_IF, *PRCVALL_IF;

/* ---- SIO_TCP_INITIAL_RTO; time in milliseconds ---- */

typedef struct _TCP_INITIAL_RTO_PARAMETERS {
    USHORT Rtt;
    UCHAR MaxSynRetransmissions;
} TCP_INITIAL_RTO_PARAMETERS, *PTCP_INITIAL_RTO_PARAMETERS;

#define TCP_INITIAL_RTO_UNSPECIFIED_RTT                     ((USHORT)-1)
#define TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS ((UCHAR)-1)
#define TCP_INITIAL_RTO_DEFAULT_RTT                         0
#define TCP_INITIAL_RTO_DEFAULT_MAX_SYN_RETRANSMISSIONS     0
#define TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS              ((UCHAR)-2)

/* ---- SIO_TCP_SET_ICW, SIO_TCP_SET_ACK_FREQUENCY ---- */

typedef enum {
    TCP_ICW_LEVEL_DEFAULT = 0,
    TCP_ICW_LEVEL_HIGH = 1,
    TCP_ICW_LEVEL_VERY_HIGH = 2,
    TCP_ICW_LEVEL_AGGRESSIVE = 3,
    TCP_ICW_LEVEL_EXPERIMENTAL = 4,
    TCP_ICW_LEVEL_COMPAT = 254,
    TCP_ICW_LEVEL_MAX = 255
} TCP_ICW_LEVEL,
    *PTCP_ICW_LEVEL;

typedef struct _TCP_ICW_PARAMETERS {
    TCP_ICW_LEVEL Level;
} TCP_ICW_PARAMETERS, *PTCP_ICW_PARAMETERS;

typedef struct _TCP_ACK_FREQUENCY_PARAMETERS {
    UCHAR TcpDelayedAckFrequency;
} TCP_ACK_FREQUENCY_PARAMETERS, *PTCP_ACK_FREQUENCY_PARAMETERS;

/* ---- SIO_TCP_INFO: in, the version (0 or 1); out, one of these ---- */

typedef enum _TCPSTATE {
    TCPSTATE_CLOSED,
    TCPSTATE_LISTEN,
    TCPSTATE_SYN_SENT,
    TCPSTATE_SYN_RCVD,
    TCPSTATE_ESTABLISHED,
    TCPSTATE_FIN_WAIT_1,
    TCPSTATE_FIN_WAIT_2,
    TCPSTATE_CLOSE_WAIT,
    TCPSTATE_CLOSING,
    TCPSTATE_LAST_ACK,
    TCPSTATE_TIME_WAIT,
    TCPSTATE_MAX
} TCPSTATE;

typedef struct _TCP_INFO_v0 {
    TCPSTATE State;
    ULONG Mss;
    ULONG64 ConnectionTimeMs;
    BOOLEAN TimestampsEnabled;
    ULONG RttUs;
    ULONG MinRttUs;
    ULONG BytesInFlight;
    ULONG Cwnd;
    ULONG SndWnd;
    ULONG RcvWnd;
    ULONG RcvBuf;
    ULONG64 BytesOut;
    ULONG64 BytesIn;
    ULONG BytesReordered;
    ULONG BytesRetrans;
    ULONG FastRetrans;
    ULONG DupAcksIn;
    ULONG TimeoutEpisodes;
    UCHAR SynRetrans;
} TCP_INFO_v0, *PTCP_INFO_v0;

typedef struct _TCP_INFO_v1 {
    TCPSTATE State;
    ULONG Mss;
    ULONG64 ConnectionTimeMs;
    BOOLEAN TimestampsEnabled;
    ULONG RttUs;
    ULONG MinRttUs;
    ULONG BytesInFlight;
    ULONG Cwnd;
    ULONG SndWnd;
    ULONG RcvWnd;
    ULONG RcvBuf;
    ULONG64 BytesOut;
    ULONG64 BytesIn;
    ULONG BytesReordered;
    ULONG BytesRetrans;
    ULONG FastRetrans;
    ULONG DupAcksIn;
    ULONG TimeoutEpisodes;
    UCHAR SynRetrans;
    ULONG SndLimTransRwin;
    ULONG SndLimTimeRwin;
    ULONG64 SndLimBytesRwin;
    ULONG SndLimTransCwnd;
    ULONG SndLimTimeCwnd;
    ULONG64 SndLimBytesCwnd;
    ULONG SndLimTransSnd;
    ULONG SndLimTimeSnd;
    ULONG64 SndLimBytesSnd;
} TCP_INFO_v1, *PTCP_INFO_v1;

/* ---- SIO_SET_PRIORITY_HINT ---- */

typedef enum {
    SocketPriorityHintVeryLow = 0,
    SocketPriorityHintLow = 1,
    SocketPriorityHintNormal = 2,
    SocketMaximumPriorityHintType = 3
} SOCKET_PRIORITY_HINT,
    *PSOCKET_PRIORITY_HINT;

typedef struct {
    SOCKET_PRIORITY_HINT hint;
} PRIORITY_STATUS, *PPRIORITY_STATUS;

/* ---- SIO_TIMESTAMPING ---- */

#define TIMESTAMPING_FLAG_RX 0x1
#define TIMESTAMPING_FLAG_TX 0x2

typedef struct _TIMESTAMPING_CONFIG {
    ULONG Flags;
    USHORT TxTimestampsBuffered;
} TIMESTAMPING_CONFIG, *PTIMESTAMPING_CONFIG;

/* Control messages of level SOL_SOCKET. */
#define SO_TIMESTAMP    0x300A
#define SO_TIMESTAMP_ID 0x300B

/* ---- Ranges of ports ---- */

typedef struct _INET_PORT_RANGE {
    USHORT StartPort; /* network byte order */
    USHORT NumberOfPorts;
} INET_PORT_RANGE, *PINET_PORT_RANGE;
typedef struct _INET_PORT_RANGE INET_PORT_RESERVATION, *PINET_PORT_RESERVATION;

typedef struct {
    ULONG64 Token;
} INET_PORT_RESERVATION_TOKEN, *PINET_PORT_RESERVATION_TOKEN;

#define INVALID_PORT_RESERVATION_TOKEN ((ULONG64)0)

/* Windows derives this one; as C has it, the members of both stand here by name. */
typedef struct {
    __extension__ union {
        INET_PORT_RESERVATION Reservation;
        __extension__ struct {
            USHORT StartPort;
            USHORT NumberOfPorts;
        };
    };
    __extension__ union {
        INET_PORT_RESERVATION_TOKEN ReservationToken;
        ULONG64 Token;
    };
} INET_PORT_RESERVATION_INSTANCE, *PINET_PORT_RESERVATION_INSTANCE;

typedef struct {
    ULONG OwningPid;
} INET_PORT_RESERVATION_INFORMATION, *PINET_PORT_RESERVATION_INFORMATION;

/* ---- SIO_QUERY_RSS_PROCESSOR_INFO, SIO_QUERY_RSS_SCALABILITY_INFO ---- */

typedef struct _SOCKET_PROCESSOR_AFFINITY {
    PROCESSOR_NUMBER Processor;
    USHORT NumaNodeId;
    USHORT Reserved;
} SOCKET_PROCESSOR_AFFINITY, *PSOCKET_PROCESSOR_AFFINITY;

typedef struct _RSS_SCALABILITY_INFO {
    BOOLEAN RssEnabled;
} RSS_SCALABILITY_INFO, *PRSS_SCALABILITY_INFO;

/* ---- SIO_APPLY_TRANSPORT_SETTING, SIO_QUERY_TRANSPORT_SETTING ---- */

typedef struct TRANSPORT_SETTING_ID {
    GUID Guid;
} TRANSPORT_SETTING_ID, *PTRANSPORT_SETTING_ID;

typedef enum CONTROL_CHANNEL_TRIGGER_STATUS {
    CONTROL_CHANNEL_TRIGGER_STATUS_INVALID = 0,
    CONTROL_CHANNEL_TRIGGER_STATUS_SOFTWARE_SLOT_ALLOCATED = 1,
    CONTROL_CHANNEL_TRIGGER_STATUS_HARDWARE_SLOT_ALLOCATED = 2,
    CONTROL_CHANNEL_TRIGGER_STATUS_POLICY_ERROR = 3,
    CONTROL_CHANNEL_TRIGGER_STATUS_SYSTEM_ERROR = 4,
    CONTROL_CHANNEL_TRIGGER_STATUS_TRANSPORT_DISCONNECTED = 5,
    CONTROL_CHANNEL_TRIGGER_STATUS_SERVICE_UNAVAILABLE = 6
} CONTROL_CHANNEL_TRIGGER_STATUS,
    *PCONTROL_CHANNEL_TRIGGER_STATUS;
#define CONTROL_CHANNEL_TRIGGER_STATUS_MAX CONTROL_CHANNEL_TRIGGER_STATUS_SYSTEM_ERROR

#include <ws2ring/inetaddr.h>
#include <ws2ring/security.h>

#endif /* WS2RING_MSTCPIP_H */
