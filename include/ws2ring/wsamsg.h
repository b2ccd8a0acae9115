/* SPDX-License-Identifier: MIT */
/* Messages with control data: what WSASendMsg() and WSARecvMsg() take. Part of ws2def.h. */
#ifndef WS2RING_PART_WSAMSG_H
#define WS2RING_PART_WSAMSG_H

/* A message: where to or from, its data, and control messages beside the data. */
typedef struct _WSAMSG {
    LPSOCKADDR name;
    INT namelen; /* bytes */
    LPWSABUF lpBuffers;
    ULONG dwBufferCount;
    WSABUF Control;
    ULONG dwFlags; /* MSG_ values */
} WSAMSG, *PWSAMSG, *LPWSAMSG;

/* What each control message begins with. */
typedef struct cmsghdr {
    SIZE_T cmsg_len; /* bytes, with this header */
    INT cmsg_level;
    INT cmsg_type;
    /* followed by the data */
} WSACMSGHDR, *PWSACMSGHDR, *LPWSACMSGHDR;
typedef WSACMSGHDR CMSGHDR, *PCMSGHDR;

/* Headers and data both begin at multiples of eight bytes. */
#define WSA_CMSGHDR_ALIGN(bytes)  (((bytes) + sizeof(SIZE_T) - 1) & ~(sizeof(SIZE_T) - 1))
#define WSA_CMSGDATA_ALIGN(bytes) WSA_CMSGHDR_ALIGN(bytes)

/* The data of a control message. */
#define WSA_CMSG_DATA(header) ((PUCHAR)(header) + WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)))
/* Bytes that a control message takes, with what comes behind it to align the next. */
#define WSA_CMSG_SPACE(bytes) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + WSA_CMSGHDR_ALIGN(bytes))
/* The cmsg_len of a control message with so many bytes of data. */
#define WSA_CMSG_LEN(bytes) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + (bytes))
/* The first control message; NULL: none. */
#define WSA_CMSG_FIRSTHDR(message) ws2ring_cmsg_first(message)
/* The one after `header`, the first for NULL; NULL: no more. */
#define WSA_CMSG_NXTHDR(message, header) ws2ring_cmsg_next((message), (header))

WS2RING_INLINE LPWSACMSGHDR ws2ring_cmsg_first(const WSAMSG *message)
{
    if (message->Control.len < sizeof(WSACMSGHDR))
        return NULL;
    return (LPWSACMSGHDR)(void *)message->Control.buf;
}

WS2RING_INLINE LPWSACMSGHDR ws2ring_cmsg_next(const WSAMSG *message, const WSACMSGHDR *header)
{
    SIZE_T next; /* offset in the control buffer */

    if (header == NULL)
        return ws2ring_cmsg_first(message);
    next = (SIZE_T)((const CHAR *)header - message->Control.buf);
    /* No sum overflows after this, and no walk stands still. */
    if (header->cmsg_len < sizeof(WSACMSGHDR) || header->cmsg_len > message->Control.len)
        return NULL;
    next += WSA_CMSGHDR_ALIGN(header->cmsg_len);
    if (next + sizeof(WSACMSGHDR) > message->Control.len)
        return NULL;
    return (LPWSACMSGHDR)(void *)(message->Control.buf + next);
}

#endif /* WS2RING_PART_WSAMSG_H */
