/* SPDX-License-Identifier: MIT */
/*
 * Names and addresses as text, the older calls: inet_addr, gethostname, gethostbyname,
 * WSAAddressToString and kin. Part of winsock2.h; the newer calls stand in ws2ring/addrinfo.h.
 */
#ifndef WS2RING_PART_NAMES_H
#define WS2RING_PART_NAMES_H

WS2RING_BEGIN_DECLS

/* ---- What the database calls return ---- */

/* A host. The memory belongs to the thread and is used again by its next gethostby call. */
typedef struct hostent {
    char *h_name;       /* the host's own name */
    char **h_aliases;   /* other names; NULL ends the list */
    short h_addrtype;   /* AF_INET */
    short h_length;     /* bytes of one address */
    char **h_addr_list; /* addresses in network byte order; NULL ends the list */
#define h_addr h_addr_list[0]
} HOSTENT, *PHOSTENT, *LPHOSTENT;

/* A service. The memory belongs to the thread and is used again by its next getservby call. */
typedef struct servent {
    char *s_name;
    char **s_aliases; /* NULL ends the list */
    char *s_proto;    /* before the port, as 64-bit Windows has it */
    short s_port;     /* network byte order */
} SERVENT, *PSERVENT, *LPSERVENT;

/* A protocol. The memory belongs to the thread and is used again by its next getprotoby call. */
typedef struct protoent {
    char *p_name;
    char **p_aliases; /* NULL ends the list */
    short p_proto;
} PROTOENT, *PPROTOENT, *LPPROTOENT;

/* ---- IPv4 addresses as text ---- */

/**
 * Reads an IPv4 address in dotted notation.
 *
 * @param text       one to four numbers, each decimal, octal (0...) or hexadecimal (0x...); the
 *                   last one fills the bytes that are left
 * @return the address in network byte order; INADDR_NONE when `text` is none, with
 *         WSAGetLastError() WSAEFAULT only when it is NULL
 * Linux:   works without WSAStartup().
 * Source:  Microsoft Learn, "inet_addr function"; docs/calls for the forms that are accepted.
 */
WS2RING_API unsigned int WSAAPI inet_addr(const char *text) WS2RING_SYM(inet_addr);

/**
 * Writes an IPv4 address in dotted notation.
 *
 * @param address    the address, in network byte order
 * @return text in memory of the thread, which its next inet_ntoa() overwrites; NULL with
 *         WSAGetLastError() WSANOTINITIALISED
 * Source:  Microsoft Learn, "inet_ntoa function".
 */
WS2RING_API char *WSAAPI inet_ntoa(struct in_addr address) WS2RING_SYM(inet_ntoa);

/* ---- Any address as text ---- */

/**
 * Writes an address, with its port unless that is 0, as text.
 *
 * @param address    an AF_INET or AF_INET6 address
 * @param bytes      its length
 * @param info       a protocol to choose the provider by; ignored, may be NULL
 * @param text       receives the text and a terminating zero
 * @param length     room in `text` and then what was used, in characters with the zero
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAEFAULT (a pointer, `bytes`,
 *         or a `length` that is too small and now holds what is needed) or WSAEINVAL (the family)
 * Source:  Microsoft Learn, "WSAAddressToStringA function"; docs/calls for check order.
 */
WS2RING_API INT WSAAPI WSAAddressToStringA(LPSOCKADDR address, DWORD bytes,
                                           LPWSAPROTOCOL_INFOA info, LPSTR text, LPDWORD length)
    WS2RING_SYM(WSAAddressToStringA);
/** As WSAAddressToStringA(), for wide text. */
WS2RING_API INT WSAAPI WSAAddressToStringW(LPSOCKADDR address, DWORD bytes,
                                           LPWSAPROTOCOL_INFOW info, LPWSTR text, LPDWORD length)
    WS2RING_SYM_WIDE(WSAAddressToStringW);

/**
 * Reads an address with or without a port: the reverse of WSAAddressToString().
 *
 * @param text       "1.2.3.4", "1.2.3.4:80", "::1", "fe80::1%2", "[::1]:80"
 * @param family     AF_INET or AF_INET6
 * @param info       a protocol to choose the provider by; ignored, may be NULL
 * @param address    receives the address
 * @param bytes      room in `address` and then its length
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED, WSAEFAULT (a pointer, or
 *         `bytes` too small) or WSAEINVAL (`text` is no address of that family)
 * Source:  Microsoft Learn, "WSAStringToAddressA function"; docs/calls for check order.
 */
WS2RING_API INT WSAAPI WSAStringToAddressA(LPSTR text, INT family, LPWSAPROTOCOL_INFOA info,
                                           LPSOCKADDR address, LPINT bytes)
    WS2RING_SYM(WSAStringToAddressA);
/** As WSAStringToAddressA(), for wide text. */
WS2RING_API INT WSAAPI WSAStringToAddressW(LPWSTR text, INT family, LPWSAPROTOCOL_INFOW info,
                                           LPSOCKADDR address, LPINT bytes)
    WS2RING_SYM_WIDE(WSAStringToAddressW);

#ifdef UNICODE
#define WSAAddressToString WSAAddressToStringW
#define WSAStringToAddress WSAStringToAddressW
#else
#define WSAAddressToString WSAAddressToStringA
#define WSAStringToAddress WSAStringToAddressA
#endif

/* ---- Names ---- */

/**
 * Tells the name of this computer.
 *
 * @param name       receives the name and a terminating zero
 * @param length     room in `name`, in bytes; 256 is always enough
 * @return 0; SOCKET_ERROR with WSAGetLastError() WSANOTINITIALISED or WSAEFAULT (`name`, or
 *         `length` too small)
 * Source:  Microsoft Learn, "gethostname function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI gethostname(char *name, int length) WS2RING_SYM(gethostname);

/**
 * Tells the name of this computer, in wide characters.
 *
 * @param name       receives the name and a terminating zero
 * @param length     room in `name`, in characters
 * @return as gethostname()
 * Source:  Microsoft Learn, "GetHostNameW function"; docs/calls for check order.
 */
WS2RING_API int WSAAPI GetHostNameW(PWSTR name, int length) WS2RING_SYM_WIDE(GetHostNameW);

/**
 * Finds the IPv4 addresses of a host. Programs written today call getaddrinfo().
 *
 * @param name       a name or an address in dotted notation; NULL or "": this computer
 * @return memory of the thread, see struct hostent; NULL with WSAGetLastError() WSANOTINITIALISED,
 *         WSAEFAULT (`name`), WSAHOST_NOT_FOUND, WSANO_DATA (no IPv4 address of that name; or an
 *         IPv6 or malformed address), WSATRY_AGAIN or WSANO_RECOVERY
 * Linux:   asks the system's resolver, so nsswitch.conf and hosts decide as for every program.
 * Source:  Microsoft Learn, "gethostbyname function"; docs/calls for check order.
 */
WS2RING_API struct hostent *WSAAPI gethostbyname(const char *name) WS2RING_SYM(gethostbyname);

/**
 * Finds the name of a host. Programs written today call getnameinfo().
 *
 * @param address    the address, in network byte order
 * @param length     its length in bytes: 4, or 16 with AF_INET6
 * @param family     AF_INET or AF_INET6
 * @return memory of the thread, see struct hostent; NULL with WSAGetLastError() WSANOTINITIALISED,
 *         WSAEFAULT (`address` or `length`), WSAEAFNOSUPPORT, WSAHOST_NOT_FOUND, WSATRY_AGAIN or
 *         WSANO_RECOVERY
 * Source:  Microsoft Learn, "gethostbyaddr function"; docs/calls for check order.
 */
WS2RING_API struct hostent *WSAAPI gethostbyaddr(const char *address, int length, int family)
    WS2RING_SYM(gethostbyaddr);

/**
 * Finds a service by its name.
 *
 * @param name       the service's name or one of its aliases
 * @param protocol   "tcp", "udp"; NULL: the first entry of that name
 * @return memory of the thread, see struct servent; NULL with WSAGetLastError() WSANOTINITIALISED,
 *         WSAEFAULT (`name`) or WSANO_DATA
 * Linux:   the system's services file decides which there are.
 * Source:  Microsoft Learn, "getservbyname function"; docs/calls for check order.
 */
WS2RING_API struct servent *WSAAPI getservbyname(const char *name, const char *protocol)
    WS2RING_SYM(getservbyname);

/**
 * Finds a service by its port.
 *
 * @param port       the port, in network byte order
 * @param protocol   as getservbyname()
 * @return as getservbyname()
 * Source:  Microsoft Learn, "getservbyport function"; docs/calls for check order.
 */
WS2RING_API struct servent *WSAAPI getservbyport(int port, const char *protocol)
    WS2RING_SYM(getservbyport);

/**
 * Finds a protocol by its name.
 *
 * @param name       the protocol's name, in any case of letters
 * @return memory of the thread, see struct protoent; NULL with WSAGetLastError() WSANOTINITIALISED,
 *         WSAEFAULT (`name`) or WSANO_DATA
 * Linux:   the list is Windows', whatever the system's protocols file says.
 * Source:  Microsoft Learn, "getprotobyname function"; docs/calls for check order.
 */
WS2RING_API struct protoent *WSAAPI getprotobyname(const char *name) WS2RING_SYM(getprotobyname);

/**
 * Finds a protocol by its number.
 *
 * @param number     the number, in host byte order
 * @return as getprotobyname()
 * Source:  Microsoft Learn, "getprotobynumber function"; docs/calls for check order.
 */
WS2RING_API struct protoent *WSAAPI getprotobynumber(int number) WS2RING_SYM(getprotobynumber);

WS2RING_END_DECLS

#endif
