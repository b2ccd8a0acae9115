/* SPDX-License-Identifier: MIT
 *
 * Options of IPPROTO_IP and IPPROTO_IPV6: SOCKOPT-GEN-18, -27, -28, -31, SOCKOPT-INFO-05, -10,
 * SOCKOPT-LEVEL-02, -04, -06, -07, IPV6ONLY-01, -02, RECVMSG-13. Documented: DOC-IPOPT-01
 * (defaults), -02 (values that are refused). tests/conformance/multicast.c has the groups. */
#include "conf.h"

struct row {
    const char *fact;
    const char *what;
    int level, option;
    int value; /* of a new socket */
};

static int get(SOCKET s, int level, int option, int *value)
{
    int length = sizeof *value;

    *value = 0;
    return getsockopt(s, level, option, (char *)value, &length);
}

static int set(SOCKET s, int level, int option, int value)
{
    return setsockopt(s, level, option, (char *)&value, sizeof value);
}

static void defaults(SOCKET s, const struct row *rows, int count)
{
    for (int i = 0; i < count; i++) {
        int value;
        int length = sizeof(char[16]);
        char large[16];

        if (get(s, rows[i].level, rows[i].option, &value) != 0) {
            works(rows[i].fact, rows[i].what, 0);
            continue;
        }
        getsockopt(s, rows[i].level, rows[i].option, large, &length);
        ok(value == rows[i].value && length == 4, rows[i].fact, "%s: %d, %d bytes", rows[i].what,
           value, length);
    }
}

static void all_defaults(SOCKET udp, SOCKET udp6, SOCKET tcp)
{
    static const struct row inet[] = {
        {"DOC-IPOPT-01.1", "IP_TTL", IPPROTO_IP, IP_TTL, 128},
        {"SOCKOPT-GEN-18.30", "IP_TOS", IPPROTO_IP, IP_TOS, 0},
        {"DOC-IPOPT-01.2", "IP_MULTICAST_TTL", IPPROTO_IP, IP_MULTICAST_TTL, 1},
        {"DOC-IPOPT-01.3", "IP_MULTICAST_LOOP", IPPROTO_IP, IP_MULTICAST_LOOP, 1},
        {"DOC-IPOPT-01.4", "IP_MULTICAST_IF", IPPROTO_IP, IP_MULTICAST_IF, 0},
        {"DOC-IPOPT-01.5", "IP_DONTFRAGMENT on UDP", IPPROTO_IP, IP_DONTFRAGMENT, 0},
        {"SOCKOPT-GEN-18.31", "IP_PKTINFO", IPPROTO_IP, IP_PKTINFO, 0},
        {"SOCKOPT-LEVEL-06.1", "IP_RECEIVE_BROADCAST", IPPROTO_IP, IP_RECEIVE_BROADCAST, 1},
    };
    static const struct row inet6[] = {
        {"DOC-IPOPT-01.6", "IPV6_UNICAST_HOPS", IPPROTO_IPV6, IPV6_UNICAST_HOPS, 128},
        {"DOC-IPOPT-01.7", "IPV6_MULTICAST_HOPS", IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1},
        {"DOC-IPOPT-01.8", "IPV6_MULTICAST_LOOP", IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1},
        {"DOC-IPOPT-01.9", "IPV6_PKTINFO", IPPROTO_IPV6, IPV6_PKTINFO, 0},
    };
    static const struct row stream[] = {
        {"SOCKOPT-INFO-10.1", "IP_DONTFRAGMENT on TCP", IPPROTO_IP, IP_DONTFRAGMENT, 1},
    };
    int value;

    defaults(udp, inet, sizeof inet / sizeof inet[0]);
    defaults(udp6, inet6, sizeof inet6 / sizeof inet6[0]);
    defaults(tcp, stream, 1);
    works("SOCKOPT-INFO-10.2", "IP_DONTFRAGMENT 0 on TCP",
          set(tcp, IPPROTO_IP, IP_DONTFRAGMENT, 0) == 0);
    get(tcp, IPPROTO_IP, IP_DONTFRAGMENT, &value);
    equals("SOCKOPT-INFO-10.3", "IP_DONTFRAGMENT then", value, 0);
}

static void on_streams(SOCKET tcp, SOCKET tcp6)
{
    static const struct {
        const char *what;
        int option;
    } inet[] = {{"IP_MULTICAST_IF", IP_MULTICAST_IF},
                {"IP_MULTICAST_TTL", IP_MULTICAST_TTL},
                {"IP_MULTICAST_LOOP", IP_MULTICAST_LOOP},
                {"IP_PKTINFO", IP_PKTINFO},
                {"IP_RECVTTL", 21},
                {"IP_RECVTOS", 40}},
      inet6[] = {{"IPV6_MULTICAST_IF", IPV6_MULTICAST_IF},
                 {"IPV6_MULTICAST_HOPS", IPV6_MULTICAST_HOPS},
                 {"IPV6_MULTICAST_LOOP", IPV6_MULTICAST_LOOP},
                 {"IPV6_PKTINFO", IPV6_PKTINFO},
                 {"IPV6_HOPLIMIT", IPV6_HOPLIMIT},
                 {"IPV6_RECVTCLASS", 40}};
    char fact[32];
    int value;

    for (int i = 0; i < 12; i++) {
        int six = i >= 6;

        snprintf(fact, sizeof fact, "SOCKOPT-LEVEL-04.%d", i + 1);
        fails(fact, six ? inet6[i - 6].what : inet[i].what,
              get(six ? tcp6 : tcp, six ? IPPROTO_IPV6 : IPPROTO_IP,
                  six ? inet6[i - 6].option : inet[i].option, &value) != 0,
              WSAEINVAL);
    }
    value = CONF_UNTOUCHED;
    fails("SOCKOPT-INFO-05.1", "IP_HDRINCL on TCP", get(tcp, IPPROTO_IP, IP_HDRINCL, &value) != 0,
          WSAEINVAL);
    fails("SOCKOPT-INFO-05.2", "IP_HDRINCL on TCP, set", set(tcp, IPPROTO_IP, IP_HDRINCL, 1) != 0,
          WSAEINVAL);
    fails("SOCKOPT-LEVEL-02.1", "option -1 of IPPROTO_IP", get(tcp, IPPROTO_IP, -1, &value) != 0,
          WSAENOPROTOOPT);
    fails("SOCKOPT-LEVEL-02.2", "option -1 of IPPROTO_IPV6",
          get(tcp6, IPPROTO_IPV6, -1, &value) != 0, WSAENOPROTOOPT);
}

static void lengths(SOCKET udp)
{
    static const int values[] = {1, 2, 3, 4};
    unsigned char small[2] = {0xee, 0xee};
    char fact[32];
    int length = 1;
    int value = 0x40;

    for (int i = 0; i < 4; i++) {
        snprintf(fact, sizeof fact, "SOCKOPT-GEN-31.%d", i + 1);
        set(udp, IPPROTO_IP, IP_MULTICAST_TTL, 9);
        value = 0x40;
        setsockopt(udp, IPPROTO_IP, IP_MULTICAST_TTL, (char *)&value, values[i]);
        get(udp, IPPROTO_IP, IP_MULTICAST_TTL, &value);
        equals(fact, "IP_MULTICAST_TTL after a short set", value, 0x40);
    }
    set(udp, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
    getsockopt(udp, IPPROTO_IP, IP_MULTICAST_LOOP, (char *)small, &length);
    ok(length == 1 && small[0] == 1 && small[1] == 0xee, "SOCKOPT-GEN-27.5",
       "IP_MULTICAST_LOOP in one byte: %d, length %d", small[0], length);
    small[0] = 0xee;
    length = 2;
    getsockopt(udp, IPPROTO_IP, IP_MULTICAST_LOOP, (char *)small, &length);
    ok(length == 1 && small[0] == 1 && small[1] == 0xee, "SOCKOPT-GEN-27.6",
       "IP_MULTICAST_LOOP in two bytes: %d, length %d", small[0], length);
    length = 2;
    fails("SOCKOPT-GEN-28.30", "IP_PKTINFO in two bytes",
          getsockopt(udp, IPPROTO_IP, IP_PKTINFO, (char *)small, &length) != 0, WSAEFAULT);
    equals("SOCKOPT-GEN-28.31", "the length then", length, 0);
    set(udp, IPPROTO_IP, IP_PKTINFO, 1);
    get(udp, IPPROTO_IP, IP_PKTINFO, &value);
    equals("RECVMSG-13.5", "IP_PKTINFO set to 1", value, 1);
}

static void path_sizes(SOCKET udp, SOCKET udp6, SOCKET tcp)
{
    int value;

    fails("SOCKOPT-LEVEL-07.1", "IP_MTU of UDP, not connected", get(udp, IPPROTO_IP, 73, &value),
          WSAENOTCONN);
    fails("SOCKOPT-LEVEL-07.2", "IP_MTU of TCP, not connected", get(tcp, IPPROTO_IP, 73, &value),
          WSAENOTCONN);
    fails("SOCKOPT-LEVEL-07.3", "IPV6_MTU, not connected", get(udp6, IPPROTO_IPV6, 72, &value),
          WSAENOTCONN);
    works("SOCKOPT-LEVEL-07.4", "IP_MTU_DISCOVER", get(udp, IPPROTO_IP, 71, &value) == 0);
    fails("SOCKOPT-LEVEL-07.5", "IP_MTU_DISCOVER set to what it is",
          set(udp, IPPROTO_IP, 71, value), WSAEINVAL);
    works("SOCKOPT-LEVEL-07.6", "IP_USER_MTU", get(udp, IPPROTO_IP, 76, &value) == 0);
    works("SOCKOPT-LEVEL-07.7", "IP_USER_MTU set", set(udp, IPPROTO_IP, 76, 1400) == 0);
}

static void six_only(SOCKET udp6)
{
    SOCKET inet = conf_socket(SOCK_DGRAM);
    int value;

    get(udp6, IPPROTO_IPV6, IPV6_V6ONLY, &value);
    equals("IPV6ONLY-01.3", "IPV6_V6ONLY", value, 1);
    works("IPV6ONLY-02.1", "IPV6_V6ONLY on IPv4, set",
          set(inet, IPPROTO_IPV6, IPV6_V6ONLY, 0) == 0);
    conf_bind(inet, conf_loopback(0));
    fails("IPV6ONLY-02.2", "the same when bound", set(inet, IPPROTO_IPV6, IPV6_V6ONLY, 0),
          WSAEINVAL);
    fails("DOC-IPOPT-02.1", "IP_TTL 256", set(inet, IPPROTO_IP, IP_TTL, 256), WSAEINVAL);
    fails("DOC-IPOPT-02.2", "IPV6_UNICAST_HOPS 256",
          set(udp6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256), WSAEINVAL);
    closesocket(inet);
}

int main(void)
{
    SOCKET udp, udp6, tcp, tcp6;

    conf_begin("setsockopt getsockopt");
    udp = conf_socket(SOCK_DGRAM);
    tcp = conf_tcp();
    udp6 = socket(AF_INET6, SOCK_DGRAM, 0);
    tcp6 = socket(AF_INET6, SOCK_STREAM, 0);
    all_defaults(udp, udp6, tcp);
    on_streams(tcp, tcp6);
    lengths(udp);
    path_sizes(udp, udp6, tcp);
    six_only(udp6);
    closesocket(udp);
    closesocket(udp6);
    closesocket(tcp);
    closesocket(tcp6);
    return conf_end();
}
