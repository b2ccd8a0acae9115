/* SPDX-License-Identifier: MIT
 *
 * Datagrams: UDP-01, UDP-02, UDP-03, UDP-06, SEND-12 (the empty datagram), RECVMSG-10.
 * Documented: DOC-SENDTO-01 (what is refused), -02 (the implicit bind), -03 (overlapped, and the
 * address is copied); DOC-RECVFROM-01 (a cut datagram), -02 (the sender of an overlapped receive),
 * -03 (a cut datagram's completion), -04 (many through a port), -05 (what is refused). */
#include "conf.h"

enum { MANY = 64 };

static int to_somebody(SOCKET s, const void *data, int bytes, SOCKADDR_IN to)
{
    return sendto(s, data, bytes, 0, (struct sockaddr *)&to, sizeof to);
}

static void short_name(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN from, sent_by = conf_address(sender);
    char data[8] = "";
    int length = sizeof from - 1;
    unsigned char room[128];
    int untouched = 1;

    memset(&from, 0x5a, sizeof from);
    WSASetLastError(1);
    to_somebody(sender, "one", 3, conf_address(s));
    equals_code("RECVMSG-10", "last error after sendto", (unsigned)WSAGetLastError(), 0);
    fails("UDP-01.1", "a name one byte short",
          recvfrom(s, data, 8, 0, (struct sockaddr *)&from, &length) < 0, WSAEFAULT);
    ok(from.sin_family == 0x5a5a, "UDP-01.2", "the name: %s",
       from.sin_family == 0x5a5a ? "untouched" : "written");
    to_somebody(sender, "two", 3, conf_address(s)); /* so that a lost datagram blocks nobody */
    length = sizeof from;
    recvfrom(s, data, 8, 0, (struct sockaddr *)&from, &length);
    ok(memcmp(data, "one", 3) == 0, "UDP-01.3", "the next call gets '%.3s'", data);
    memset(room, 0x5a, sizeof room);
    length = sizeof room;
    to_somebody(sender, "six", 3, conf_address(s));
    recvfrom(s, data, 8, 0, (struct sockaddr *)(void *)room, &length);
    for (size_t i = sizeof from; i < sizeof room; i++)
        untouched &= room[i] == 0x5a;
    ok(untouched && memcmp(room, &sent_by, 8) == 0, "UDP-02.1",
       "a long name: the sender, and the rest %s", untouched ? "untouched" : "written");
    equals("UDP-02.2", "its length", length, sizeof from);
    closesocket(s);
    closesocket(sender);
}

static void closed_port(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), nobody = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN to = conf_address(nobody);
    int sent = 0;

    closesocket(nobody);
    connect(s, (struct sockaddr *)&to, sizeof to);
    for (int i = 0; i < 10; i++)
        sent += send(s, "x", 1, 0) == 1;
    ok(sent == 10, "UDP-03", "ten sends to a closed port: %s",
       sent == 10 ? "all succeed" : "some fail");
    closesocket(s);
}

static void refused(void)
{
    static char large[65536];
    SOCKET s = conf_socket(SOCK_DGRAM), other = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN good = conf_address(other), bad = good;

    fails("UDP-06.1", "send on an unconnected socket", send(s, "x", 1, 0) < 0, WSAENOTCONN);
    fails("UDP-06.2", "sendto without a destination", sendto(s, "x", 1, 0, NULL, 0) < 0,
          WSAENOTCONN);
    fails("UDP-06.3", "send on a bound one", send(other, "x", 1, 0) < 0, WSAENOTCONN);
    fails("DOC-SENDTO-01.1", "an address too short",
          sendto(s, "x", 1, 0, (struct sockaddr *)&good, sizeof good - 1) < 0, WSAEFAULT);
    bad.sin_family = AF_INET6;
    fails("DOC-SENDTO-01.2", "another family",
          sendto(s, "x", 1, 0, (struct sockaddr *)&bad, sizeof bad) < 0, WSAEAFNOSUPPORT);
    bad = good;
    bad.sin_port = 0;
    fails("DOC-SENDTO-01.3", "no port", to_somebody(s, "x", 1, bad) < 0, WSAEADDRNOTAVAIL);
    bad = good;
    bad.sin_addr.s_addr = INADDR_ANY;
    fails("DOC-SENDTO-01.4", "no address", to_somebody(s, "x", 1, bad) < 0, WSAEADDRNOTAVAIL);
    bad.sin_addr.s_addr = INADDR_BROADCAST;
    fails("DOC-SENDTO-01.5", "a broadcast without the option", to_somebody(s, "x", 1, bad) < 0,
          WSAEACCES);
    fails("DOC-SENDTO-01.6", "a datagram of 65536 bytes",
          to_somebody(s, large, sizeof large, good) < 0, WSAEMSGSIZE);
    fails("DOC-SENDTO-01.7", "MSG_OOB",
          sendto(s, "x", 1, MSG_OOB, (struct sockaddr *)&good, sizeof good) < 0, WSAEOPNOTSUPP);
    fails("DOC-SENDTO-01.8", "no buffer", to_somebody(s, NULL, 1, good) < 0, WSAEFAULT);
    closesocket(s);
    closesocket(other);
}

static void implicit_bind(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM), to = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN from, name;
    int length = sizeof from;
    int failed;
    char data[4];

    failed = getsockname(s, (struct sockaddr *)&name, &length) != 0;
    fails("DOC-SENDTO-02.1", "getsockname before sendto", failed, WSAEINVAL);
    equals("DOC-SENDTO-02.2", "sendto", to_somebody(s, "abc", 3, conf_address(to)), 3);
    name = conf_address(s);
    recvfrom(to, data, 4, 0, (struct sockaddr *)&from, &length);
    ok(name.sin_port != 0 && name.sin_port == from.sin_port, "DOC-SENDTO-02.3", "the port is %s",
       name.sin_port == from.sin_port ? "the one that was heard" : "another");
    closesocket(s);
    closesocket(to);
}

static void empty(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    char data[4];

    equals("SEND-12.4", "an empty datagram is sent", to_somebody(sender, NULL, 0, conf_address(s)),
           0);
    to_somebody(sender, "x", 1, conf_address(s));
    equals("SEND-12.5", "and received", recv(s, data, 4, 0), 0);
    equals("SEND-12.6", "before the next", recv(s, data, 4, 0), 1);
    closesocket(s);
    closesocket(sender);
}

static void cut(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    char data[4] = "...";
    WSABUF buffer = {2, data};
    DWORD bytes = 0xdeadbeef, flags = 0;
    int failed;

    to_somebody(sender, "abcdef", 6, conf_address(s));
    to_somebody(sender, "ghijkl", 6, conf_address(s));
    to_somebody(sender, "mn", 2, conf_address(s));
    fails("DOC-RECVFROM-01.1", "recv of 6 bytes into 2", recv(s, data, 2, 0) < 0, WSAEMSGSIZE);
    ok(memcmp(data, "ab.", 3) == 0, "DOC-RECVFROM-01.2", "the buffer holds '%.3s'", data);
    failed = WSARecvFrom(s, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL) != 0;
    fails("DOC-RECVFROM-01.3", "WSARecvFrom", failed, WSAEMSGSIZE);
    equals("DOC-RECVFROM-01.4", "flags", flags, MSG_PARTIAL);
    recv(s, data, 3, 0);
    ok(memcmp(data, "mn", 2) == 0, "DOC-RECVFROM-01.5", "the next datagram is '%.2s'", data);
    closesocket(s);
    closesocket(sender);
}

struct slot {
    OVERLAPPED overlapped;
    SOCKADDR_IN from;
    INT length;
    char data[16];
};

static int slot_start(SOCKET s, struct slot *slot, ULONG bytes)
{
    WSABUF buffer = {bytes, slot->data};
    DWORD flags = 0;

    memset(&slot->from, 0, sizeof slot->from);
    slot->length = sizeof slot->from;
    return WSARecvFrom(s, &buffer, 1, NULL, &flags, (struct sockaddr *)&slot->from, &slot->length,
                       &slot->overlapped, NULL) == 0
               ? 0
               : WSAGetLastError();
}

static void overlapped(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN to = conf_address(s), sent_by = conf_address(sender);
    struct slot slot = {.overlapped = conf_overlapped()};
    OVERLAPPED sending = conf_overlapped();
    WSABUF buffers[2] = {{2, (char *)"ab"}, {3, (char *)"cde"}};
    int error;

    equals_code("DOC-RECVFROM-02.1", "an overlapped receive", (unsigned)slot_start(s, &slot, 16),
                WSA_IO_PENDING);
    error = WSASendTo(sender, buffers, 2, NULL, 0, (struct sockaddr *)&to, sizeof to, &sending,
                      NULL) == 0
                ? 0
                : WSAGetLastError();
    memset(&to, 0, sizeof to);
    memset(buffers, 0, sizeof buffers);
    ok(error == 0 || error == WSA_IO_PENDING, "DOC-SENDTO-03.1", "an overlapped send is taken");
    equals("DOC-SENDTO-03.2", "its bytes", conf_result(sender, &sending), 5);
    equals("DOC-RECVFROM-02.2", "bytes received", conf_result(s, &slot.overlapped), 5);
    ok(memcmp(slot.data, "abcde", 5) == 0, "DOC-RECVFROM-02.3", "they read '%.5s'", slot.data);
    ok(slot.from.sin_port == sent_by.sin_port && slot.length == sizeof sent_by, "DOC-RECVFROM-02.4",
       "the sender's port and %d bytes of name", (int)slot.length);
    slot_start(s, &slot, 4);
    to_somebody(sender, "abcdefgh", 8, conf_address(s));
    fails("DOC-RECVFROM-03.1", "8 bytes into 4", conf_result(s, &slot.overlapped) < 0, WSAEMSGSIZE);
    equals("DOC-RECVFROM-03.2", "InternalHigh", (int)slot.overlapped.InternalHigh, 4);
    equals_code("DOC-RECVFROM-03.3", "Internal", conf_status(&slot.overlapped), 0x80000005u);
    ok(slot.from.sin_port == sent_by.sin_port, "DOC-RECVFROM-03.4", "the sender is known");
    closesocket(s);
    closesocket(sender);
    WSACloseEvent(slot.overlapped.hEvent);
    WSACloseEvent(sending.hEvent);
}

static void through_port(void)
{
    static struct slot slots[MANY];
    SOCKET s = conf_bound(SOCK_DGRAM), sender = conf_bound(SOCK_DGRAM);
    HANDLE port = conf_port();
    int right = 0;
    struct packet packet;

    conf_join_port(s, port, 4);
    for (int i = 0; i < MANY; i++)
        slot_start(s, &slots[i], 16);
    for (int i = 0; i < MANY; i++) {
        char number = (char)i;

        to_somebody(sender, &number, 1, conf_address(s));
    }
    for (int i = 0; i < MANY; i++) {
        packet = conf_packet(port, CONF_WAIT_MS);
        right += packet.result && packet.bytes == 1 && packet.key == 4 &&
                 packet.overlapped == &slots[i].overlapped && slots[i].data[0] == i;
    }
    equals("DOC-RECVFROM-04.1", "packets in the order of the calls", right, MANY);
    slot_start(s, &slots[0], 16);
    closesocket(s);
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(!packet.result && packet.error == ERROR_OPERATION_ABORTED, "DOC-RECVFROM-04.2",
       "closesocket ends a receive: %s", conf_name(packet.error));
    closesocket(sender);
    CloseHandle(port);
}

static void refused_receives(void)
{
    SOCKET s = conf_bound(SOCK_DGRAM);
    SOCKADDR_IN from;
    u_long on = 1;
    char data[4];

    ioctlsocket(s, FIONBIO, &on);
    fails("DOC-RECVFROM-05.1", "no data, non-blocking", recvfrom(s, data, 4, 0, NULL, NULL) < 0,
          WSAEWOULDBLOCK);
    fails("DOC-RECVFROM-05.2", "a name without a length",
          recvfrom(s, data, 4, 0, (struct sockaddr *)&from, NULL) < 0, WSAEFAULT);
    fails("DOC-RECVFROM-05.3", "MSG_OOB", recv(s, data, 4, MSG_OOB) < 0, WSAEOPNOTSUPP);
    fails("DOC-RECVFROM-05.4", "MSG_WAITALL", recv(s, data, 4, MSG_WAITALL) < 0, WSAEOPNOTSUPP);
    closesocket(s);
}

int main(void)
{
    conf_begin("sendto recvfrom WSASendTo WSARecvFrom");
    short_name();
    closed_port();
    refused();
    implicit_bind();
    empty();
    cut();
    overlapped();
    through_port();
    refused_receives();
    return conf_end();
}
