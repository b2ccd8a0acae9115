/* SPDX-License-Identifier: MIT */
/* What the tests of messages with control data share. */
#ifndef TESTS_API_WSAMSG_H
#define TESTS_API_WSAMSG_H

#include "udp.h"

#define MSG_OVERFLOW 0x80000005u /* STATUS_BUFFER_OVERFLOW */

/* A message and all that it points to. */
struct msg {
    WSAMSG message;
    WSABUF buffer;
    struct udp_name name;
    _Alignas(8) char control[256];
    char data[64];
};

static inline LPFN_WSARECVMSG msg_receiver(void)
{
    LPFN_WSARECVMSG function = NULL;
    GUID id = WSAID_WSARECVMSG;

    flow_extension(id, &function);
    return function;
}

/* For a receive with room for everything. */
static inline void msg_room(struct msg *m)
{
    memset(m, 0, sizeof *m);
    m->buffer.buf = m->data;
    m->buffer.len = sizeof m->data;
    m->message.name = udp_address(&m->name);
    m->message.namelen = sizeof m->name.data;
    m->message.lpBuffers = &m->buffer;
    m->message.dwBufferCount = 1;
    m->message.Control.buf = m->control;
    m->message.Control.len = sizeof m->control;
}

/* For a send of text, without control data yet. */
static inline void msg_text(struct msg *m, const char *text, const struct udp_name *to)
{
    msg_room(m);
    memcpy(m->data, text, strlen(text));
    m->buffer.len = (ULONG)strlen(text);
    m->message.Control.len = 0;
    m->message.Control.buf = NULL;
    m->message.name = NULL;
    m->message.namelen = 0;
    if (to != NULL) {
        m->name = *to;
        m->message.name = udp_address(&m->name);
        m->message.namelen = to->bytes;
    }
}

/* Adds a control message to a send. */
static inline void msg_add(struct msg *m, int level, int type, const void *data, size_t bytes)
{
    WSACMSGHDR header = {WSA_CMSG_LEN(bytes), level, type};
    char *at = m->control + m->message.Control.len;

    memcpy(at, &header, sizeof header);
    memcpy(at + sizeof header, data, bytes);
    m->message.Control.buf = m->control;
    m->message.Control.len += (ULONG)WSA_CMSG_SPACE(bytes);
}

/* The control message of that kind with so many bytes, into `data`. False: there is none. */
static inline bool msg_find(const struct msg *m, int level, int type, void *data, size_t bytes)
{
    WSACMSGHDR *at;

    for (at = WSA_CMSG_FIRSTHDR(&m->message); at != NULL; at = WSA_CMSG_NXTHDR(&m->message, at)) {
        if (at->cmsg_level != level || at->cmsg_type != type)
            continue;
        assert_int_equal(at->cmsg_len, WSA_CMSG_LEN(bytes));
        memcpy(data, WSA_CMSG_DATA(at), bytes);
        return true;
    }
    return false;
}

static inline int msg_int(const struct msg *m, int level, int type)
{
    INT value = -1;

    return msg_find(m, level, type, &value, sizeof value) ? value : -1;
}

static inline void msg_option(SOCKET s, int level, int name)
{
    DWORD on = 1;

    assert_int_equal(setsockopt(s, level, name, (const char *)&on, sizeof on), 0);
}

/* Both return 0, or the error. */
static inline int msg_send(SOCKET s, struct msg *m)
{
    DWORD sent = 77;

    if (WSASendMsg(s, &m->message, 0, &sent, NULL, NULL) != 0)
        return WSAGetLastError();
    assert_int_equal(sent, m->buffer.len);
    return 0;
}

static inline int msg_recv(LPFN_WSARECVMSG receive, SOCKET s, struct msg *m, DWORD *bytes)
{
    return receive(s, &m->message, bytes, NULL, NULL) == 0 ? 0 : WSAGetLastError();
}

#endif
