/* SPDX-License-Identifier: MIT */
/* Addresses as text and names: inet_pton, getaddrinfo and kin. Part of ws2tcpip.h. */
#ifndef WS2RING_PART_ADDRINFO_H
#define WS2RING_PART_ADDRINFO_H

WS2RING_BEGIN_DECLS

/* <unistd.h> has an unsigned socklen_t; see the shadow <unistd.h> beside this folder. */
#undef socklen_t
#define socklen_t ws2_socklen_t
typedef int ws2_socklen_t;

/* ---- What getaddrinfo() is asked for and returns ---- */

/* One address. The order of the members is not Linux' (ai_canonname comes first), and ai_addrlen is
 * 64 bits wide. */
typedef struct addrinfo {
    int ai_flags;       /* AI_ */
    int ai_family;      /* AF_ */
    int ai_socktype;    /* SOCK_; 0: any */
    int ai_protocol;    /* IPPROTO_; 0: any */
    size_t ai_addrlen;  /* bytes of *ai_addr */
    char *ai_canonname; /* with AI_CANONNAME, in the first entry */
    struct sockaddr *ai_addr;
    struct addrinfo *ai_next;
} ADDRINFOA, *PADDRINFOA;

/* The same with wide text. */
typedef struct addrinfoW {
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    size_t ai_addrlen;
    PWSTR ai_canonname;
    struct sockaddr *ai_addr;
    struct addrinfoW *ai_next;
} ADDRINFOW, *PADDRINFOW;

typedef ADDRINFOA ADDRINFO, *LPADDRINFO;

/* hints.ai_flags */
#define AI_PASSIVE                  0x00000001 /* without a node: addresses to bind to */
#define AI_CANONNAME                0x00000002 /* tell the host's own name */
#define AI_NUMERICHOST              0x00000004 /* the node is an address, ask nobody */
#define AI_NUMERICSERV              0x00000008 /* the service is a number */
#define AI_DNS_ONLY                 0x00000010
#define AI_FORCE_CLEAR_TEXT         0x00000020
#define AI_BYPASS_DNS_CACHE         0x00000040
#define AI_RETURN_TTL               0x00000080
#define AI_ALL                      0x00000100 /* with AI_V4MAPPED: both kinds */
#define AI_ADDRCONFIG               0x00000400 /* families that this computer has addresses of */
#define AI_V4MAPPED                 0x00000800 /* AF_INET6: IPv4 addresses as ::ffff:a.b.c.d */
#define AI_NON_AUTHORITATIVE        0x00004000
#define AI_SECURE                   0x00008000
#define AI_RETURN_PREFERRED_NAMES   0x00010000
#define AI_FQDN                     0x00020000 /* as AI_CANONNAME, with the domain */
#define AI_FILESERVER               0x00040000
#define AI_DISABLE_IDN_ENCODING     0x00080000
#define AI_SECURE_WITH_FALLBACK     0x00100000
#define AI_EXCLUSIVE_CUSTOM_SERVERS 0x00200000
#define AI_RETURN_RESPONSE_FLAGS    0x10000000
#define AI_REQUIRE_SECURE           0x20000000
#define AI_RESOLUTION_HANDLE        0x40000000
#define AI_EXTENDED                 0x80000000

/* getnameinfo() */
#define NI_NOFQDN      0x01 /* the name without its domain, for hosts of our own */
#define NI_NUMERICHOST 0x02 /* the address as text */
#define NI_NAMEREQD    0x04 /* fail where there is no name */
#define NI_NUMERICSERV 0x08 /* the port as a number */
#define NI_DGRAM       0x10 /* the UDP service of that port */
#define NI_MAXHOST     1025
#define NI_MAXSERV     32

/* The results of getaddrinfo() and getnameinfo() are Winsock's codes. */
#define EAI_AGAIN        WSATRY_AGAIN
#define EAI_BADFLAGS     WSAEINVAL
#define EAI_FAIL         WSANO_RECOVERY
#define EAI_FAMILY       WSAEAFNOSUPPORT
#define EAI_MEMORY       WSA_NOT_ENOUGH_MEMORY
#define EAI_NODATA       EAI_NONAME
#define EAI_NOSECURENAME WSA_SECURE_HOST_NOT_FOUND
#define EAI_NONAME       WSAHOST_NOT_FOUND
#define EAI_SERVICE      WSATYPE_NOT_FOUND
#define EAI_SOCKTYPE     WSAESOCKTNOSUPPORT
#define EAI_IPSECPOLICY  WSA_IPSEC_NAME_POLICY_ERROR

/* ---- Addresses as text ---- */

/**
 * Reads an address.
 *
 * @param family     AF_INET (four decimal numbers) or AF_INET6
 * @param text       the address, without port or scope
 * @param address    receives 4 or 16 bytes in network byte order
 * @return 1; 0 when `text` is no such address; -1 with WSAGetLastError() WSAEFAULT (a pointer) or
 *         WSAEAFNOSUPPORT
 * Linux:   works without WSAStartup().
 * Source:  Microsoft Learn, "inet_pton function"; docs/calls for check order.
 */
WS2RING_API INT WSAAPI inet_pton(INT family, const char *text, void *address)
    WS2RING_SYM(inet_pton);
/** As inet_pton(), for wide text; 0 comes with WSAGetLastError() WSAEINVAL. */
WS2RING_API INT WSAAPI InetPtonW(INT family, LPCWSTR text, void *address)
    WS2RING_SYM_WIDE(InetPtonW);

/**
 * Writes an address.
 *
 * @param family     AF_INET or AF_INET6
 * @param address    4 or 16 bytes in network byte order
 * @param text       receives the text and a terminating zero
 * @param length     room in `text`, in characters: INET_ADDRSTRLEN or INET6_ADDRSTRLEN is enough
 * @return `text`; NULL with WSAGetLastError() WSAEAFNOSUPPORT or STATUS_INVALID_PARAMETER
 *         (`text`, or `length` too small)
 * Linux:   works without WSAStartup().
 * Source:  Microsoft Learn, "inet_ntop function"; docs/calls for check order.
 */
WS2RING_API const char *WSAAPI inet_ntop(INT family, const void *address, char *text, size_t length)
    WS2RING_SYM(inet_ntop);
/** As inet_ntop(), for wide text. */
WS2RING_API LPCWSTR WSAAPI InetNtopW(INT family, const void *address, LPWSTR text, size_t length)
    WS2RING_SYM_WIDE(InetNtopW);

/* ---- Names ---- */

/**
 * Finds the addresses of a host and the port of a service.
 *
 * @param node       a name or an address; "": this computer; NULL: the loopback address, or with
 *                   AI_PASSIVE the address to bind to
 * @param service    a name or a number; NULL or "": port 0
 * @param hints      flags, family, type and protocol that are wanted, all else 0; NULL: anything
 * @param result     receives the list, for freeaddrinfo()
 * @return 0, or a code that is the last error too: WSANOTINITIALISED, WSAEFAULT (`result`),
 *         WSAHOST_NOT_FOUND (`node`, or both names NULL), WSANO_RECOVERY (other members of `hints`
 *         set), WSAEINVAL (flags), WSAEAFNOSUPPORT, WSAESOCKTNOSUPPORT, WSATYPE_NOT_FOUND
 *         (`service`), WSANO_DATA, WSATRY_AGAIN or WSA_NOT_ENOUGH_MEMORY
 * Linux:   asks the system's resolver, so nsswitch.conf and hosts decide as for every program.
 * Source:  Microsoft Learn, "getaddrinfo function"; docs/calls for check order.
 */
WS2RING_API INT WSAAPI getaddrinfo(const char *node, const char *service,
                                   const struct addrinfo *hints, struct addrinfo **result)
    WS2RING_SYM(getaddrinfo);
/** As getaddrinfo(), for wide text; the list is for FreeAddrInfoW(). */
WS2RING_API INT WSAAPI GetAddrInfoW(PCWSTR node, PCWSTR service, const ADDRINFOW *hints,
                                    PADDRINFOW *result) WS2RING_SYM_WIDE(GetAddrInfoW);

/**
 * Frees what getaddrinfo() returned.
 *
 * @param list       its result, or NULL
 * Source:  Microsoft Learn, "freeaddrinfo function".
 */
WS2RING_API void WSAAPI freeaddrinfo(struct addrinfo *list) WS2RING_SYM(freeaddrinfo);
/** Frees what GetAddrInfoW() returned. */
WS2RING_API void WSAAPI FreeAddrInfoW(PADDRINFOW list) WS2RING_SYM(FreeAddrInfoW);

/**
 * Finds the names of an address and a port.
 *
 * @param address       an AF_INET or AF_INET6 address
 * @param bytes         its length
 * @param node          receives the host's name and a terminating zero; NULL: not wanted
 * @param node_length   room in `node`, in characters: NI_MAXHOST is enough
 * @param service       receives the service's name, or the port where it has none; NULL: not wanted
 * @param service_length  room in `service`, in characters: NI_MAXSERV is enough
 * @param flags         NI_
 * @return 0, or a code that is the last error too: WSANOTINITIALISED, WSAEFAULT (`address` or
 *         `bytes`), WSAEAFNOSUPPORT, WSAEINVAL (flags, or a buffer of no length), WSAHOST_NOT_FOUND
 *         (both buffers NULL, or NI_NAMEREQD and no name), ERROR_INSUFFICIENT_BUFFER, WSATRY_AGAIN
 *         or WSANO_RECOVERY
 * Linux:   asks the system's resolver; the services file decides about services.
 * Source:  Microsoft Learn, "getnameinfo function"; docs/calls for check order.
 */
WS2RING_API INT WSAAPI getnameinfo(const struct sockaddr *address, socklen_t bytes, char *node,
                                   DWORD node_length, char *service, DWORD service_length,
                                   INT flags) WS2RING_SYM(getnameinfo);
/** As getnameinfo(), for wide text. */
WS2RING_API INT WSAAPI GetNameInfoW(const struct sockaddr *address, socklen_t bytes, PWCHAR node,
                                    DWORD node_length, PWCHAR service, DWORD service_length,
                                    INT flags) WS2RING_SYM_WIDE(GetNameInfoW);

/**
 * Says in words what a result of getaddrinfo() or getnameinfo() means.
 *
 * @param code       the result
 * @return English text that never changes and is never freed
 * Source:  Microsoft Learn, "gai_strerrorA function".
 */
WS2RING_API char *WSAAPI gai_strerrorA(int code) WS2RING_SYM(gai_strerrorA);
/** As gai_strerrorA(), in wide characters: memory of the thread, overwritten by its next call. */
WS2RING_API WCHAR *WSAAPI gai_strerrorW(int code) WS2RING_SYM_WIDE(gai_strerrorW);
#define GAI_STRERROR_BUFFER_SIZE 1024

/* ---- The names with A and without a letter ---- */

#define GetAddrInfoA  getaddrinfo
#define FreeAddrInfoA freeaddrinfo
#define GetNameInfoA  getnameinfo
#define InetPtonA     inet_pton
#define InetNtopA     inet_ntop

#ifdef UNICODE
typedef ADDRINFOW ADDRINFOT, *PADDRINFOT;
#define GetAddrInfo  GetAddrInfoW
#define FreeAddrInfo FreeAddrInfoW
#define GetNameInfo  GetNameInfoW
#define InetPton     InetPtonW
#define InetNtop     InetNtopW
#define gai_strerror gai_strerrorW
#else
typedef ADDRINFOA ADDRINFOT, *PADDRINFOT;
#define GetAddrInfo  GetAddrInfoA
#define FreeAddrInfo FreeAddrInfoA
#define GetNameInfo  GetNameInfoA
#define InetPton     InetPtonA
#define InetNtop     InetNtopA
#define gai_strerror gai_strerrorA
#endif

WS2RING_END_DECLS

#endif
