/* SPDX-License-Identifier: MIT */
/* Addresses of stream sockets that are files: AF_UNIX. */
#ifndef WS2RING_AFUNIX_H
#define WS2RING_AFUNIX_H

#ifndef _AFUNIX_
#define _AFUNIX_
#endif

#include <ws2def.h>

/* Room for the path, with its terminating zero. */
#define UNIX_PATH_MAX 108

typedef struct sockaddr_un {
    ADDRESS_FAMILY sun_family;
    char sun_path[UNIX_PATH_MAX]; /* UTF-8, as every path on Linux */
} SOCKADDR_UN, *PSOCKADDR_UN;

/* Out: the number of the peer's process. */
#define SIO_AF_UNIX_GETPEERPID        _WSAIOR(IOC_VENDOR, 256)
#define SIO_AF_UNIX_SETBINDPARENTPATH _WSAIOW(IOC_VENDOR, 257)
#define SIO_AF_UNIX_SETCONNPARENTPATH _WSAIOW(IOC_VENDOR, 258)

#endif /* WS2RING_AFUNIX_H */
