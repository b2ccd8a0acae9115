/* SPDX-License-Identifier: MIT */
/*
 * The result types of GetAddrInfoEx(): a getaddrinfo() entry with more and more members behind it.
 * Types and values only. Part of ws2tcpip.h.
 */
#ifndef WS2RING_PART_ADDRINFOEX_H
#define WS2RING_PART_ADDRINFOEX_H

#include <ws2def.h>

/* ---- ai_version: which structure it is ---- */

#define ADDRINFOEX_VERSION_2 2
#define ADDRINFOEX_VERSION_3 3
#define ADDRINFOEX_VERSION_4 4
#define ADDRINFOEX_VERSION_5 5
#define ADDRINFOEX_VERSION_6 6

/* ADDRINFO_DNS_SERVER.ai_servertype, its ai_flags, and ADDRINFOEX6.ai_responseflags */
#define AI_DNS_SERVER_TYPE_UDP     0x1
#define AI_DNS_SERVER_TYPE_DOH     0x2
#define AI_DNS_SERVER_UDP_FALLBACK 0x1
#define AI_DNS_RESPONSE_SECURE     0x1
#define AI_DNS_RESPONSE_HOSTFILE   0x2

/* A server to ask. */
typedef struct addrinfo_dns_server {
    ULONG ai_servertype;
    ULONG64 ai_flags;
    ULONG ai_addrlen; /* bytes */
    struct sockaddr *ai_addr;
    PWSTR ai_template; /* DNS over HTTPS: where to ask */
} ADDRINFO_DNS_SERVER;

/* ---- Entries ---- */

/* What all of them begin with. */
#define WS2RING_ADDRINFOEX(text, next) \
    int ai_flags;                      \
    int ai_family;                     \
    int ai_socktype;                   \
    int ai_protocol;                   \
    size_t ai_addrlen; /* bytes */     \
    text ai_canonname;                 \
    struct sockaddr *ai_addr;          \
    void *ai_blob;                     \
    size_t ai_bloblen; /* bytes */     \
    LPGUID ai_provider;                \
    struct next *ai_next

typedef struct addrinfoexA {
    WS2RING_ADDRINFOEX(PSTR, addrinfoexA);
} ADDRINFOEXA, *PADDRINFOEXA, *LPADDRINFOEXA;

typedef struct addrinfoexW {
    WS2RING_ADDRINFOEX(PWSTR, addrinfoexW);
} ADDRINFOEXW, *PADDRINFOEXW, *LPADDRINFOEXW;

typedef struct addrinfoex2W {
    WS2RING_ADDRINFOEX(PWSTR, addrinfoex2W);
    int ai_version;
    PWSTR ai_fqdn;
} ADDRINFOEX2W, *PADDRINFOEX2W, *LPADDRINFOEX2W;

typedef struct addrinfoex3 {
    WS2RING_ADDRINFOEX(PWSTR, addrinfoex3);
    int ai_version;
    PWSTR ai_fqdn;
    int ai_interfaceindex;
} ADDRINFOEX3, *PADDRINFOEX3, *LPADDRINFOEX3;

typedef struct addrinfoex4 {
    WS2RING_ADDRINFOEX(PWSTR, addrinfoex4);
    int ai_version;
    PWSTR ai_fqdn;
    int ai_interfaceindex;
    HANDLE ai_resolutionhandle;
} ADDRINFOEX4, *PADDRINFOEX4, *LPADDRINFOEX4;

typedef struct addrinfoex5 {
    WS2RING_ADDRINFOEX(PWSTR, addrinfoex5);
    int ai_version;
    PWSTR ai_fqdn;
    int ai_interfaceindex;
    HANDLE ai_resolutionhandle;
    unsigned int ai_ttl; /* seconds */
} ADDRINFOEX5, *PADDRINFOEX5, *LPADDRINFOEX5;

typedef struct addrinfoex6 {
    WS2RING_ADDRINFOEX(PWSTR, addrinfoex6);
    int ai_version;
    PWSTR ai_fqdn;
    int ai_interfaceindex;
    HANDLE ai_resolutionhandle;
    unsigned int ai_ttl; /* seconds */
    ULONG ai_numservers;
    ADDRINFO_DNS_SERVER *ai_servers;
    ULONG64 ai_responseflags;
} ADDRINFOEX6, *PADDRINFOEX6, *LPADDRINFOEX6;

#undef WS2RING_ADDRINFOEX

#ifdef UNICODE
typedef ADDRINFOEXW ADDRINFOEX, *PADDRINFOEX;
#else
typedef ADDRINFOEXA ADDRINFOEX, *PADDRINFOEX;
#endif

#endif /* WS2RING_PART_ADDRINFOEX_H */
