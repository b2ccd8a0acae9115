/* SPDX-License-Identifier: MIT */
/*
 * The types and values of socket security (IPsec), which nothing on Linux stands behind. They exist
 * so that source which mentions them compiles. Part of mstcpip.h.
 */
#ifndef WS2RING_PART_SECURITY_H
#define WS2RING_PART_SECURITY_H

#include <ws2def.h>

typedef enum _SOCKET_SECURITY_PROTOCOL {
    SOCKET_SECURITY_PROTOCOL_DEFAULT,
    SOCKET_SECURITY_PROTOCOL_IPSEC,
    SOCKET_SECURITY_PROTOCOL_IPSEC2,
    SOCKET_SECURITY_PROTOCOL_INVALID
} SOCKET_SECURITY_PROTOCOL;

/* SecurityFlags */
#define SOCKET_SETTINGS_GUARANTEE_ENCRYPTION 0x1
#define SOCKET_SETTINGS_ALLOW_INSECURE       0x2

/* IpsecFlags */
#define SOCKET_SETTINGS_IPSEC_SKIP_FILTER_INSTANTIATION           0x1
#define SOCKET_SETTINGS_IPSEC_OPTIONAL_PEER_NAME_VERIFICATION     0x2
#define SOCKET_SETTINGS_IPSEC_ALLOW_FIRST_INBOUND_PKT_UNENCRYPTED 0x4
#define SOCKET_SETTINGS_IPSEC_PEER_NAME_IS_RAW_FORMAT             0x8

/* Fields and flags of queries */
#define SOCKET_QUERY_IPSEC2_ABORT_CONNECTION_ON_FIELD_CHANGE 0x1
#define SOCKET_QUERY_IPSEC2_FIELD_MASK_MM_SA_ID              0x1
#define SOCKET_QUERY_IPSEC2_FIELD_MASK_QM_SA_ID              0x2

/* SOCKET_SECURITY_QUERY_INFO.Flags */
#define SOCKET_INFO_CONNECTION_SECURED      0x1
#define SOCKET_INFO_CONNECTION_ENCRYPTED    0x2
#define SOCKET_INFO_CONNECTION_IMPERSONATED 0x4

typedef enum _SOCKET_USAGE_TYPE { SYSTEM_CRITICAL_SOCKET = 1 } SOCKET_USAGE_TYPE;

typedef struct _SOCKET_SECURITY_SETTINGS {
    SOCKET_SECURITY_PROTOCOL SecurityProtocol;
    ULONG SecurityFlags;
} SOCKET_SECURITY_SETTINGS;

/* Arrays without a length are not C++. */
#if defined(__cplusplus)
#define WS2RING_TEXT_BEHIND(name)
#else
#define WS2RING_TEXT_BEHIND(name) __extension__ wchar_t name[0];
#endif

typedef struct _SOCKET_SECURITY_SETTINGS_IPSEC {
    SOCKET_SECURITY_PROTOCOL SecurityProtocol;
    ULONG SecurityFlags;
    ULONG IpsecFlags;
    GUID AuthipMMPolicyKey;
    GUID AuthipQMPolicyKey;
    GUID Reserved;
    UINT64 Reserved2;
    ULONG UserNameStringLen;
    ULONG DomainNameStringLen;
    ULONG PasswordStringLen;
    WS2RING_TEXT_BEHIND(AllStrings)
} SOCKET_SECURITY_SETTINGS_IPSEC;

typedef struct _SOCKET_PEER_TARGET_NAME {
    SOCKET_SECURITY_PROTOCOL SecurityProtocol;
    SOCKADDR_STORAGE PeerAddress;
    ULONG PeerTargetNameStringLen;
    WS2RING_TEXT_BEHIND(AllStrings)
} SOCKET_PEER_TARGET_NAME;

#undef WS2RING_TEXT_BEHIND

typedef struct _SOCKET_SECURITY_QUERY_TEMPLATE {
    SOCKET_SECURITY_PROTOCOL SecurityProtocol;
    SOCKADDR_STORAGE PeerAddress;
    ULONG PeerTokenAccessMask;
} SOCKET_SECURITY_QUERY_TEMPLATE;

typedef struct _SOCKET_SECURITY_QUERY_INFO {
    SOCKET_SECURITY_PROTOCOL SecurityProtocol;
    ULONG Flags;
    UINT64 PeerApplicationAccessTokenHandle;
    UINT64 PeerMachineAccessTokenHandle;
} SOCKET_SECURITY_QUERY_INFO;

#endif /* WS2RING_PART_SECURITY_H */
