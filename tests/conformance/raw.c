/* SPDX-License-Identifier: MIT
 *
 * Raw sockets: RAW-02, RAW-03, WSASOCKET-13; DOC-RAW-01 (their own address). They need rights that
 * not everybody has: without them the lines hold as far as nothing contradicts them. */
#include "conf.h"

enum { HEADER = 20, ECHO = 12 };

static const unsigned char echo_rest[8] = {0x12, 0x34, 0, 9, 'p', 'i', 'n', 'g'};

static void echo_write(unsigned char *echo, unsigned char type)
{
    memset(echo, 0, 4);
    echo[0] = type;
    memcpy(echo + 4, echo_rest, sizeof echo_rest);
}

static unsigned internet_sum(const unsigned char *data, int bytes)
{
    unsigned sum = 0;

    for (int i = 0; i + 1 < bytes; i += 2)
        sum += (unsigned)(data[i] << 8 | data[i + 1]);
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static SOCKET raw_socket(int family, int protocol)
{
    SOCKET s = socket(family, SOCK_RAW, protocol);
    DWORD limit = CONF_WAIT_MS;

    if (s != INVALID_SOCKET)
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit);
    return s;
}

static void rights(void)
{
    SOCKET s = raw_socket(AF_INET, IPPROTO_ICMP);
    int error = s == INVALID_SOCKET ? WSAGetLastError() : 0;

    ok(error == 0 || error == WSAEACCES, "WSASOCKET-13.1", "a raw socket, or WSAEACCES");
    if (s != INVALID_SOCKET)
        closesocket(s);
}

/* The reply; the request may come back first. Returns its length. */
static int wait_reply(SOCKET s, unsigned char *packet, int room, int offset, unsigned char type)
{
    int bytes;

    do
        bytes = recv(s, (char *)packet, room, 0);
    while (bytes > offset && packet[offset] != type);
    return bytes;
}

static void icmp(void)
{
    SOCKET s = raw_socket(AF_INET, IPPROTO_ICMP);
    SOCKADDR_IN to = conf_loopback(0);
    SOCKADDR_IN from = conf_loopback(0);
    unsigned char echo[ECHO];
    unsigned char packet[128];
    int bytes = HEADER + ECHO;
    unsigned sum;

    memset(packet, 0, sizeof packet);
    memcpy(packet + HEADER + 4, echo_rest, sizeof echo_rest);
    packet[0] = 0x45;
    packet[9] = IPPROTO_ICMP;
    if (s != INVALID_SOCKET) {
        conf_bind(s, conf_loopback(0));
        echo_write(echo, 8);
        sum = internet_sum(echo, sizeof echo);
        echo[2] = (unsigned char)(sum >> 8);
        echo[3] = (unsigned char)sum;
        sendto(s, (char *)echo, sizeof echo, 0, (struct sockaddr *)&to, sizeof to);
        bytes = wait_reply(s, packet, sizeof packet, HEADER, 0);
        from = conf_address(s);
    }
    equals("RAW-02.1", "the reply's length, with its IP header", bytes, HEADER + ECHO);
    ok(packet[0] == 0x45 && packet[9] == IPPROTO_ICMP, "RAW-02.2", "its header: version %d, %d",
       packet[0] >> 4, packet[9]);
    equals("RAW-02.3", "it echoes id, sequence and data",
           memcmp(packet + HEADER + 4, echo_rest, sizeof echo_rest) == 0, 1);
    ok(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK), "DOC-RAW-01", "the local address");
    if (s != INVALID_SOCKET)
        closesocket(s);
}

static void icmp6(void)
{
    SOCKET s = raw_socket(AF_INET6, 58);
    SOCKADDR_IN6 to;
    unsigned char echo[ECHO];
    unsigned char packet[128];
    int bytes = ECHO;

    memset(&to, 0, sizeof to);
    to.sin6_family = AF_INET6;
    to.sin6_addr.s6_addr[15] = 1;
    memset(packet, 0, sizeof packet);
    memcpy(packet + 4, echo_rest, sizeof echo_rest);
    packet[0] = 129;
    packet[2] = 1;
    if (s != INVALID_SOCKET) {
        bind(s, (struct sockaddr *)&to, sizeof to);
        echo_write(echo, 128);
        sendto(s, (char *)echo, sizeof echo, 0, (struct sockaddr *)&to, sizeof to);
        bytes = wait_reply(s, packet, sizeof packet, 0, 129);
    }
    equals("RAW-03.1", "the reply's length, without a header", bytes, ECHO);
    equals("RAW-03.2", "its checksum is there", packet[2] != 0 || packet[3] != 0, 1);
    equals("RAW-03.3", "it echoes id, sequence and data",
           memcmp(packet + 4, echo_rest, sizeof echo_rest) == 0, 1);
    if (s != INVALID_SOCKET)
        closesocket(s);
}

int main(void)
{
    conf_begin("socket bind sendto recv WSAIoctl");
    rights();
    icmp();
    icmp6();
    return conf_end();
}
