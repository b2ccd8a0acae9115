/* SPDX-License-Identifier: MIT */
/* The rows of catalog.h. Their order decides what WSASocket(0, 0, protocol) makes: WSASOCKET-12. */
#include "core/base/catalog.h"

#include <string.h>

#include "core/base/wide.h"

/* What a protocol can do, as ENUMPROTO-03, WSASOCKET-13 and the documentation of TCP have it. */
#define CATALOG_STREAM \
    (XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_GRACEFUL_CLOSE | XP1_IFS_HANDLES)
#define CATALOG_TCP (CATALOG_STREAM | XP1_EXPEDITED_DATA)
#define CATALOG_MESSAGES                                                                          \
    (XP1_CONNECTIONLESS | XP1_MESSAGE_ORIENTED | XP1_SUPPORT_BROADCAST | XP1_SUPPORT_MULTIPOINT | \
     XP1_IFS_HANDLES)

/* Programs compare these with the system's own providers to find layers that others put between;
 * there are none, so they are the same. */
#define CATALOG_INET                                       \
    {                                                      \
        0xE70F1AA0, 0xAB8B, 0x11CF,                        \
        {                                                  \
            0x8C, 0xA3, 0x00, 0x80, 0x5F, 0x48, 0xA1, 0x92 \
        }                                                  \
    }
#define CATALOG_INET6                                      \
    {                                                      \
        0xF9EAB0C0, 0x26D4, 0x11D0,                        \
        {                                                  \
            0xBB, 0xBF, 0x00, 0xAA, 0x00, 0x6C, 0x34, 0xE4 \
        }                                                  \
    }
#define CATALOG_UNIX                                       \
    {                                                      \
        0xA00943D9, 0x9C2E, 0x4633,                        \
        {                                                  \
            0x9B, 0x59, 0x00, 0x57, 0xA3, 0x16, 0x09, 0x94 \
        }                                                  \
    }

enum {
    CATALOG_FIRST_ID = 1001,
    CATALOG_VERSION = 2,
    CATALOG_DATAGRAM_BYTES = 65507, /* SO_MAX_MSG_SIZE: 65535 without the headers of IPv4, UDP */
    CATALOG_DATAGRAM6_BYTES = 65527,
    CATALOG_RAW_BYTES = 32768
};

struct catalog_row {
    DWORD services;
    DWORD flags; /* PFL_ */
    GUID provider;
    int16_t family, type, protocol, protocols_more;
    uint8_t name_least, name_most; /* bytes of an address */
    DWORD message_bytes;
    const char *text;
};

/* clang-format off */
static const struct catalog_row catalog_rows[] = {
    {CATALOG_TCP, PFL_MATCHES_PROTOCOL_ZERO, CATALOG_INET,
     AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, 16, 16, 0, "ws2ring [TCP/IP]"},
    {CATALOG_MESSAGES, PFL_MATCHES_PROTOCOL_ZERO, CATALOG_INET,
     AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0, 16, 16, CATALOG_DATAGRAM_BYTES, "ws2ring [UDP/IP]"},
    {CATALOG_MESSAGES, PFL_MATCHES_PROTOCOL_ZERO | PFL_HIDDEN, CATALOG_INET,
     AF_INET, SOCK_RAW, 0, 255, 16, 16, CATALOG_RAW_BYTES, "ws2ring [RAW/IP]"},
    {CATALOG_TCP, PFL_MATCHES_PROTOCOL_ZERO, CATALOG_INET6,
     AF_INET6, SOCK_STREAM, IPPROTO_TCP, 0, 28, 28, 0, "ws2ring [TCP/IPv6]"},
    {CATALOG_MESSAGES, PFL_MATCHES_PROTOCOL_ZERO, CATALOG_INET6,
     AF_INET6, SOCK_DGRAM, IPPROTO_UDP, 0, 28, 28, CATALOG_DATAGRAM6_BYTES, "ws2ring [UDP/IPv6]"},
    {CATALOG_MESSAGES, PFL_MATCHES_PROTOCOL_ZERO | PFL_HIDDEN, CATALOG_INET6,
     AF_INET6, SOCK_RAW, 0, 255, 28, 28, CATALOG_RAW_BYTES, "ws2ring [RAW/IPv6]"},
    {CATALOG_STREAM, PFL_MATCHES_PROTOCOL_ZERO, CATALOG_UNIX,
     AF_UNIX, SOCK_STREAM, 0, 0, 2, 110, 0, "ws2ring [AF_UNIX]"},
};
/* clang-format on */

enum { CATALOG_COUNT = sizeof catalog_rows / sizeof catalog_rows[0] };

unsigned catalog_count(void)
{
    return CATALOG_COUNT;
}

void catalog_write(unsigned index, unsigned width, void *to)
{
    const struct catalog_row *row = &catalog_rows[index];
    const WSAPROTOCOL_INFOA info = {
        .dwServiceFlags1 = row->services,
        .dwProviderFlags = row->flags,
        .ProviderId = row->provider,
        .dwCatalogEntryId = CATALOG_FIRST_ID + index,
        .ProtocolChain = {.ChainLen = BASE_PROTOCOL},
        .iVersion = CATALOG_VERSION,
        .iAddressFamily = row->family,
        .iMaxSockAddr = row->name_most,
        .iMinSockAddr = row->name_least,
        .iSocketType = row->type,
        .iProtocol = row->protocol,
        .iProtocolMaxOffset = row->protocols_more,
        .iNetworkByteOrder = BIGENDIAN,
        .iSecurityScheme = SECURITY_PROTOCOL_NONE,
        .dwMessageSize = row->message_bytes,
    };
    uint32_t wide[WSAPROTOCOL_LEN + 1] = {0}; /* room and alignment for any width */

    if (width == 1)
        memcpy(wide, row->text, strlen(row->text));
    else
        (void)wide_from_utf8(row->text, wide, width, WSAPROTOCOL_LEN + 1);
    memcpy(to, &info, CATALOG_FIXED_BYTES);
    memcpy((char *)to + CATALOG_FIXED_BYTES, wide, (size_t)(WSAPROTOCOL_LEN + 1) * width);
}

bool catalog_listed(unsigned index, const int *protocols)
{
    if (catalog_rows[index].flags & PFL_HIDDEN)
        return false;
    if (protocols == NULL)
        return true;
    while (*protocols != 0 && *protocols != catalog_rows[index].protocol)
        protocols++;
    return *protocols != 0;
}

unsigned catalog_of(int family, int type)
{
    unsigned index = 0;

    while (index + 1 < CATALOG_COUNT &&
           (catalog_rows[index].family != family || catalog_rows[index].type != type))
        index++;
    return index;
}
