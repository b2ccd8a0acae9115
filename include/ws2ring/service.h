/* SPDX-License-Identifier: MIT */
/*
 * Name space services: the types and values of WSALookupServiceBegin(), WSASetService() and kin,
 * which belong to Windows' directory of name space providers. Part of winsock2.h.
 */
#ifndef WS2RING_PART_SERVICE_H
#define WS2RING_PART_SERVICE_H

#include <ws2def.h>

/* ---- Name spaces ---- */

#define NS_ALL         0
#define NS_SAP         1
#define NS_NDS         2
#define NS_PEER_BROWSE 3
#define NS_SLP         5
#define NS_DHCP        6
#define NS_TCPIP_LOCAL 10
#define NS_TCPIP_HOSTS 11
#define NS_DNS         12
#define NS_NETBT       13
#define NS_WINS        14
#define NS_NLA         15
#define NS_BTH         16
#define NS_NBP         20
#define NS_MS          30
#define NS_STDA        31
#define NS_NTDS        32
#define NS_EMAIL       37
#define NS_PNRPNAME    38
#define NS_PNRPCLOUD   39
#define NS_X500        40
#define NS_NIS         41
#define NS_NISPLUS     42
#define NS_WRQ         50
#define NS_NETDES      60

/* ---- What a query asks for ---- */

#define LUP_DEEP                   0x00000001
#define LUP_CONTAINERS             0x00000002
#define LUP_NOCONTAINERS           0x00000004
#define LUP_NEAREST                0x00000008
#define LUP_RETURN_NAME            0x00000010
#define LUP_RETURN_TYPE            0x00000020
#define LUP_RETURN_VERSION         0x00000040
#define LUP_RETURN_COMMENT         0x00000080
#define LUP_RETURN_ADDR            0x00000100
#define LUP_RETURN_BLOB            0x00000200
#define LUP_RETURN_ALIASES         0x00000400
#define LUP_RETURN_QUERY_STRING    0x00000800
#define LUP_RETURN_ALL             0x00000FF0
#define LUP_FLUSHCACHE             0x00001000
#define LUP_FLUSHPREVIOUS          0x00002000
#define LUP_NON_AUTHORITATIVE      0x00004000
#define LUP_RES_RESERVICE          0x00008000
#define LUP_RES_SERVICE            0x00008000
#define LUP_SECURE                 0x00008000
#define LUP_RETURN_PREFERRED_NAMES 0x00010000
#define LUP_DNS_ONLY               0x00020000
#define LUP_ADDRCONFIG             0x00100000
#define LUP_DUAL_ADDR              0x00200000
#define LUP_FILESERVER             0x00400000
#define LUP_DISABLE_IDN_ENCODING   0x00800000
#define LUP_API_ANSI               0x01000000
#define LUP_RESOLUTION_HANDLE      0x80000000

/* WSAQUERYSET.dwOutputFlags */
#define RESULT_IS_ALIAS   0x0001
#define RESULT_IS_ADDED   0x0010
#define RESULT_IS_CHANGED 0x0020
#define RESULT_IS_DELETED 0x0040

/* Old names of two LUP_ values and their kin. */
#define RES_UNUSED_1    0x00000001
#define RES_FLUSH_CACHE 0x00000002
#define RES_SERVICE     0x00000004

/* WSASetService() */
#define SERVICE_MULTIPLE 0x00000001

typedef enum _WSAESETSERVICEOP {
    RNRSERVICE_REGISTER = 0,
    RNRSERVICE_DEREGISTER,
    RNRSERVICE_DELETE
} WSAESETSERVICEOP,
    *PWSAESETSERVICEOP, *LPWSAESETSERVICEOP;

/* ---- Pieces ---- */

#ifndef _tagBLOB_DEFINED
#define _tagBLOB_DEFINED
/* Bytes that only the provider understands. */
typedef struct _BLOB {
    ULONG cbSize;
    BYTE *pBlobData;
} BLOB, *LPBLOB;
#endif

/* A network, as 4.3BSD's getnetbyname() described one. */
typedef struct netent {
    char *n_name;
    char **n_aliases; /* NULL ends the list */
    short n_addrtype;
    u_long n_net; /* host byte order */
} NETENT, *PNETENT, *LPNETENT;

typedef struct _AFPROTOCOLS {
    INT iAddressFamily;
    INT iProtocol;
} AFPROTOCOLS, *PAFPROTOCOLS, *LPAFPROTOCOLS;

typedef enum _WSAEcomparator {
    COMP_EQUAL = 0,
    COMP_NOTLESS
} WSAECOMPARATOR,
    *PWSAECOMPARATOR, *LPWSAECOMPARATOR;

typedef struct _WSAVersion {
    DWORD dwVersion;
    WSAECOMPARATOR ecHow;
} WSAVERSION, *PWSAVERSION, *LPWSAVERSION;

/* ---- Structures with text, in CHAR (A) and WCHAR (W) ---- */

/* clang-format off */
#define WS2RING_SERVICE_TYPES(W, PSTR_)                                 \
    typedef struct _WSAQuerySet##W {                                    \
        DWORD dwSize; /* bytes: of this structure */                    \
        PSTR_ lpszServiceInstanceName;                                  \
        LPGUID lpServiceClassId;                                        \
        LPWSAVERSION lpVersion;                                         \
        PSTR_ lpszComment;                                              \
        DWORD dwNameSpace;                                              \
        LPGUID lpNSProviderId;                                          \
        PSTR_ lpszContext;                                              \
        DWORD dwNumberOfProtocols;                                      \
        LPAFPROTOCOLS lpafpProtocols;                                   \
        PSTR_ lpszQueryString;                                          \
        DWORD dwNumberOfCsAddrs;                                        \
        LPCSADDR_INFO lpcsaBuffer;                                      \
        DWORD dwOutputFlags;                                            \
        LPBLOB lpBlob;                                                  \
    } WSAQUERYSET##W, *PWSAQUERYSET##W, *LPWSAQUERYSET##W;              \
                                                                        \
    typedef struct _WSAQuerySet2##W {                                   \
        DWORD dwSize; /* bytes: of this structure */                    \
        PSTR_ lpszServiceInstanceName;                                  \
        LPWSAVERSION lpVersion;                                         \
        PSTR_ lpszComment;                                              \
        DWORD dwNameSpace;                                              \
        LPGUID lpNSProviderId;                                          \
        PSTR_ lpszContext;                                              \
        DWORD dwNumberOfProtocols;                                      \
        LPAFPROTOCOLS lpafpProtocols;                                   \
        PSTR_ lpszQueryString;                                          \
        DWORD dwNumberOfCsAddrs;                                        \
        LPCSADDR_INFO lpcsaBuffer;                                      \
        DWORD dwOutputFlags;                                            \
        LPBLOB lpBlob;                                                  \
    } WSAQUERYSET2##W, *PWSAQUERYSET2##W, *LPWSAQUERYSET2##W;           \
                                                                        \
    typedef struct _WSANSClassInfo##W {                                 \
        PSTR_ lpszName;                                                 \
        DWORD dwNameSpace;                                              \
        DWORD dwValueType;                                              \
        DWORD dwValueSize; /* bytes */                                  \
        LPVOID lpValue;                                                 \
    } WSANSCLASSINFO##W, *PWSANSCLASSINFO##W, *LPWSANSCLASSINFO##W;     \
                                                                        \
    typedef struct _WSAServiceClassInfo##W {                            \
        LPGUID lpServiceClassId;                                        \
        PSTR_ lpszServiceClassName;                                     \
        DWORD dwCount; /* entries in lpClassInfos */                    \
        LPWSANSCLASSINFO##W lpClassInfos;                               \
    } WSASERVICECLASSINFO##W, *PWSASERVICECLASSINFO##W, *LPWSASERVICECLASSINFO##W; \
                                                                        \
    typedef struct _WSANAMESPACE_INFO##W {                              \
        GUID NSProviderId;                                              \
        DWORD dwNameSpace;                                              \
        BOOL fActive;                                                   \
        DWORD dwVersion;                                                \
        PSTR_ lpszIdentifier;                                           \
    } WSANAMESPACE_INFO##W, *PWSANAMESPACE_INFO##W, *LPWSANAMESPACE_INFO##W; \
                                                                        \
    typedef struct _WSANAMESPACE_INFOEX##W {                            \
        GUID NSProviderId;                                              \
        DWORD dwNameSpace;                                              \
        BOOL fActive;                                                   \
        DWORD dwVersion;                                                \
        PSTR_ lpszIdentifier;                                           \
        BLOB ProviderSpecific;                                          \
    } WSANAMESPACE_INFOEX##W, *PWSANAMESPACE_INFOEX##W, *LPWSANAMESPACE_INFOEX##W;
/* clang-format on */

WS2RING_SERVICE_TYPES(A, LPSTR)
WS2RING_SERVICE_TYPES(W, LPWSTR)
#undef WS2RING_SERVICE_TYPES

#ifdef UNICODE
typedef WSAQUERYSETW WSAQUERYSET, *PWSAQUERYSET, *LPWSAQUERYSET;
typedef WSAQUERYSET2W WSAQUERYSET2, *PWSAQUERYSET2, *LPWSAQUERYSET2;
typedef WSANSCLASSINFOW WSANSCLASSINFO, *PWSANSCLASSINFO, *LPWSANSCLASSINFO;
typedef WSASERVICECLASSINFOW WSASERVICECLASSINFO, *PWSASERVICECLASSINFO, *LPWSASERVICECLASSINFO;
typedef WSANAMESPACE_INFOW WSANAMESPACE_INFO, *PWSANAMESPACE_INFO, *LPWSANAMESPACE_INFO;
typedef WSANAMESPACE_INFOEXW WSANAMESPACE_INFOEX, *PWSANAMESPACE_INFOEX, *LPWSANAMESPACE_INFOEX;
#else
typedef WSAQUERYSETA WSAQUERYSET, *PWSAQUERYSET, *LPWSAQUERYSET;
typedef WSAQUERYSET2A WSAQUERYSET2, *PWSAQUERYSET2, *LPWSAQUERYSET2;
typedef WSANSCLASSINFOA WSANSCLASSINFO, *PWSANSCLASSINFO, *LPWSANSCLASSINFO;
typedef WSASERVICECLASSINFOA WSASERVICECLASSINFO, *PWSASERVICECLASSINFO, *LPWSASERVICECLASSINFO;
typedef WSANAMESPACE_INFOA WSANAMESPACE_INFO, *PWSANAMESPACE_INFO, *LPWSANAMESPACE_INFO;
typedef WSANAMESPACE_INFOEXA WSANAMESPACE_INFOEX, *PWSANAMESPACE_INFOEX, *LPWSANAMESPACE_INFOEX;
#endif

#endif /* WS2RING_PART_SERVICE_H */
