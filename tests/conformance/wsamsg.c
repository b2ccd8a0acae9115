/* SPDX-License-Identifier: MIT
 *
 * Messages: RECVMSG-04, -06, -08, -09, -11, -13, -14; SENDMSG-01, -02, -05.
 * Documented: DOC-SENDMSG-01 (what is refused); DOC-RECVMSG-01 (what is refused), -02 (a cut
 * message), -03 (MSG_PEEK), -04 (through a port, in order). */
#include "conf.h"

enum { MANY = 32 };

#define STATUS_CUT 0x80000005u /* STATUS_BUFFER_OVERFLOW */

static LPFN_WSARECVMSG receive;

struct message {
    WSAMSG message;
    WSABUF buffer;
    SOCKADDR_IN6 name; /* room for either family */
    char data[16];
    long long control[16]; /* aligned */
};

/* With room for everything. */
static void room(struct message *m)
{
    memset(m, 0, sizeof *m);
    m->buffer.buf = m->data;
    m->buffer.len = sizeof m->data;
    m->message.name = (struct sockaddr *)&m->name;
    m->message.namelen = sizeof m->name;
    m->message.lpBuffers = &m->buffer;
    m->message.dwBufferCount = 1;
    m->message.Control.buf = (char *)m->control;
    m->message.Control.len = sizeof m->control;
}

static void find_receive(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);
    GUID id = WSAID_WSARECVMSG;
    DWORD bytes;

    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &receive, sizeof receive,
                 &bytes, NULL, NULL) != 0)
        conf_die("WSARecvMsg");
    closesocket(s);
}

static void to_somebody(SOCKET s, const char *text, SOCKET to)
{
    SOCKADDR_IN name = conf_address(to);

    sendto(s, text, (int)strlen(text), 0, (struct sockaddr *)&name, sizeof name);
}

static int turn_on(SOCKET s, int level, int name)
{
    DWORD on = 1;

    return setsockopt(s, level, name, (const char *)&on, sizeof on);
}

static void sending(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM), to = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN name = conf_address(to), own;
    WSABUF parts[2];
    WSAMSG message;
    DWORD bytes = 0xdeadbeef;
    char data[8] = "";
    int failed;

    fails("SENDMSG-01.2", "no message", WSASendMsg(s, NULL, 0, &bytes, NULL, NULL) != 0, WSAEFAULT);
    memset(&message, 0, sizeof message);
    parts[0].buf = (char *)"abc";
    parts[0].len = 3;
    parts[1].buf = (char *)"de";
    parts[1].len = 2;
    message.name = (struct sockaddr *)&name;
    message.namelen = sizeof name;
    message.lpBuffers = parts;
    message.dwBufferCount = 2;
    fails("SENDMSG-01.1", "no socket, no byte count",
          WSASendMsg(INVALID_SOCKET, &message, 0, NULL, NULL, NULL) != 0, WSAENOTSOCK);
    fails("SENDMSG-01.3", "no byte count", WSASendMsg(s, &message, 0, NULL, NULL, NULL) != 0,
          WSAEFAULT);
    WSASetLastError(1);
    failed = WSASendMsg(s, &message, 0, &bytes, NULL, NULL) != 0;
    equals_code("SENDMSG-05", "last error after a success", (unsigned)WSAGetLastError(), 0);
    works("SENDMSG-02.1", "two buffers", !failed);
    equals("SENDMSG-02.2", "bytes", bytes, 5);
    own = conf_address(s);
    ok(own.sin_port != 0 && own.sin_addr.s_addr == INADDR_ANY, "SENDMSG-02.3",
       "the socket is bound to %s", own.sin_addr.s_addr == INADDR_ANY ? "any address" : "one");
    recv(to, data, sizeof data, 0);
    ok(memcmp(data, "abcde", 5) == 0, "SENDMSG-02.4", "the datagram: '%s'", data);
    message.name = NULL;
    message.namelen = 0;
    fails("DOC-SENDMSG-01.1", "nobody to send to",
          WSASendMsg(s, &message, 0, &bytes, NULL, NULL) != 0, WSAENOTCONN);
    message.name = (struct sockaddr *)&name;
    message.namelen = sizeof name - 1;
    fails("DOC-SENDMSG-01.2", "a short name", WSASendMsg(s, &message, 0, &bytes, NULL, NULL) != 0,
          WSAEFAULT);
    closesocket(s);
    closesocket(to);
}

static void refused_receives(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    struct message m;
    DWORD bytes = 0;
    u_long on = 1;

    room(&m);
    ioctlsocket(s, (long)FIONBIO, &on);
    fails("DOC-RECVMSG-01", "no data, non-blocking",
          receive(s, &m.message, &bytes, NULL, NULL) != 0, WSAEWOULDBLOCK);
    closesocket(s);
}

static int control_int(const struct message *m, int level, int type)
{
    WSACMSGHDR *at;

    for (at = WSA_CMSG_FIRSTHDR(&m->message); at != NULL; at = WSA_CMSG_NXTHDR(&m->message, at))
        if (at->cmsg_level == level && at->cmsg_type == type &&
            at->cmsg_len == sizeof(WSACMSGHDR) + sizeof(INT))
            return *(INT *)(void *)WSA_CMSG_DATA(at);
    return -1;
}

static void control_data(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    WSACMSGHDR *header;
    IN_PKTINFO *info;
    struct message m;
    DWORD bytes = 0;

    works("RECVMSG-13.1", "IP_PKTINFO on", turn_on(s, IPPROTO_IP, IP_PKTINFO) == 0);
    to_somebody(sender, "abc", s);
    room(&m);
    works("RECVMSG-09.1", "a receive", receive(s, &m.message, &bytes, NULL, NULL) == 0);
    equals("RECVMSG-08.1", "room that the control data took", m.message.Control.len,
           WSA_CMSG_SPACE(sizeof(IN_PKTINFO)));
    header = WSA_CMSG_FIRSTHDR(&m.message);
    if (header == NULL)
        conf_die("no control data");
    equals("RECVMSG-13.2", "cmsg_len", (long long)header->cmsg_len,
           sizeof(WSACMSGHDR) + sizeof(IN_PKTINFO));
    info = (IN_PKTINFO *)(void *)WSA_CMSG_DATA(header);
    ok(header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO &&
           info->ipi_addr.s_addr == htonl(INADDR_LOOPBACK),
       "RECVMSG-09.2", "sent to 127.0.0.%u", (unsigned)(ntohl(info->ipi_addr.s_addr) & 255));
    closesocket(s);
    s = conf_bound(SOCK_DGRAM);
    turn_on(s, IPPROTO_IP, IP_RECVTTL);
    to_somebody(sender, "abc", s);
    room(&m);
    receive(s, &m.message, &bytes, NULL, NULL);
    ok(control_int(&m, IPPROTO_IP, IP_TTL) >= 32, "RECVMSG-11", "IP_TTL %s",
       control_int(&m, IPPROTO_IP, IP_TTL) >= 32 ? "is there" : "is not there");
    closesocket(s);
    closesocket(sender);
}

static void control_data6(void)
{
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0), sender = socket(AF_INET6, SOCK_DGRAM, 0);
    SOCKADDR_IN6 name;
    int length = sizeof name;
    struct message m;
    DWORD bytes = 0;

    memset(&name, 0, sizeof name);
    name.sin6_family = AF_INET6;
    name.sin6_addr.s6_addr[15] = 1;
    bind(s, (struct sockaddr *)&name, sizeof name);
    getsockname(s, (struct sockaddr *)&name, &length);
    turn_on(s, IPPROTO_IPV6, IPV6_HOPLIMIT);
    turn_on(s, IPPROTO_IPV6, IPV6_RECVTCLASS);
    sendto(sender, "abc", 3, 0, (struct sockaddr *)&name, sizeof name);
    room(&m);
    works("RECVMSG-14.1", "an IPv6 receive", receive(s, &m.message, &bytes, NULL, NULL) == 0);
    ok(control_int(&m, IPPROTO_IPV6, IPV6_HOPLIMIT) >= 32, "RECVMSG-14.2", "IPV6_HOPLIMIT %s",
       control_int(&m, IPPROTO_IPV6, IPV6_HOPLIMIT) >= 32 ? "is there" : "is not there");
    equals("RECVMSG-14.3", "IPV6_TCLASS", control_int(&m, IPPROTO_IPV6, IPV6_TCLASS), 0);
    closesocket(s);
    closesocket(sender);
}

static void cut(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    struct message m;
    DWORD bytes = 0;

    to_somebody(sender, "abcdef", s);
    room(&m);
    m.buffer.len = 2;
    fails("DOC-RECVMSG-02.1", "6 bytes into 2", receive(s, &m.message, &bytes, NULL, NULL) != 0,
          WSAEMSGSIZE);
    ok((m.message.dwFlags & MSG_TRUNC) != 0, "DOC-RECVMSG-02.2", "MSG_TRUNC is %s",
       m.message.dwFlags & MSG_TRUNC ? "set" : "not set");
    ok(memcmp(m.data, "ab\0", 3) == 0, "DOC-RECVMSG-02.3", "the buffer: '%.3s'", m.data);
    to_somebody(sender, "gh", s);
    for (int i = 0; i < 2; i++) {
        room(&m);
        m.message.dwFlags = i == 0 ? MSG_PEEK : 0;
        bytes = 0;
        receive(s, &m.message, &bytes, NULL, NULL);
        equals(i == 0 ? "DOC-RECVMSG-03.1" : "DOC-RECVMSG-03.2", i == 0 ? "peeked" : "received",
               bytes, 2);
    }
    closesocket(s);
    closesocket(sender);
}

static void overlapped(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    WSAOVERLAPPED ov;
    DWORD bytes = 0, flags = 0xdeadbeef;
    struct message m;
    int failed;

    turn_on(s, IPPROTO_IP, IP_PKTINFO);
    memset(&ov, 0, sizeof ov);
    ov.hEvent = WSACreateEvent();
    room(&m);
    failed = receive(s, &m.message, NULL, &ov, NULL) != 0;
    fails("RECVMSG-08.2", "an overlapped receive", failed, WSA_IO_PENDING);
    equals("RECVMSG-08.3", "Control.len meanwhile", m.message.Control.len, sizeof m.control);
    to_somebody(sender, "abc", s);
    WSAWaitForMultipleEvents(1, &ov.hEvent, TRUE, CONF_WAIT_MS, FALSE);
    equals("RECVMSG-08.4", "Control.len at the end", m.message.Control.len,
           WSA_CMSG_SPACE(sizeof(IN_PKTINFO)));
    room(&m);
    m.message.Control.len = sizeof(WSACMSGHDR);
    failed = receive(s, &m.message, NULL, &ov, NULL) != 0;
    fails("RECVMSG-04.1", "too little room for control data", failed, WSA_IO_PENDING);
    to_somebody(sender, "defg", s);
    WSAWaitForMultipleEvents(1, &ov.hEvent, TRUE, CONF_WAIT_MS, FALSE);
    ok((unsigned)ov.Internal == STATUS_CUT, "RECVMSG-04.2", "Internal: 0x%x",
       (unsigned)ov.Internal);
    equals("RECVMSG-04.3", "InternalHigh", (long long)ov.InternalHigh, 4);
    equals("RECVMSG-04.4", "dwFlags", m.message.dwFlags, MSG_CTRUNC);
    failed = !WSAGetOverlappedResult(s, &ov, &bytes, FALSE, &flags);
    fails("RECVMSG-04.5", "WSAGetOverlappedResult", failed, WSAEMSGSIZE);
    equals("RECVMSG-04.6", "its byte count", bytes, 4);
    equals_code("RECVMSG-06", "its flags", flags, 0xdeadbeef);
    WSACloseEvent(ov.hEvent);
    closesocket(s);
    closesocket(sender);
}

static void through_port(void)
{
    static struct message messages[MANY];
    static WSAOVERLAPPED ovs[MANY];
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 7, 1);
    int in_order = 0;

    for (int i = 0; i < MANY; i++) {
        room(&messages[i]);
        receive(s, &messages[i].message, NULL, &ovs[i], NULL);
    }
    for (int i = 0; i < MANY; i++) {
        char text[2] = {(char)('A' + i), 0};

        to_somebody(sender, text, s);
    }
    for (int i = 0; i < MANY; i++) {
        DWORD bytes = 0;
        ULONG_PTR key = 0;
        LPOVERLAPPED ov = NULL;

        if (!GetQueuedCompletionStatus(port, &bytes, &key, &ov, CONF_WAIT_MS))
            break;
        in_order += ov == &ovs[i] && bytes == 1 && messages[i].data[0] == 'A' + i;
    }
    equals("DOC-RECVMSG-04", "messages in the order of their receives", in_order, MANY);
    closesocket(s);
    closesocket(sender);
    CloseHandle(port);
}

int main(void)
{
    conf_begin("WSASendMsg WSARecvMsg");
    find_receive();
    sending();
    refused_receives();
    control_data();
    control_data6();
    cut();
    overlapped();
    through_port();
    return conf_end();
}
