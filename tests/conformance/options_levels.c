/* SPDX-License-Identifier: MIT
 *
 * Options of SOL_SOCKET, IPPROTO_TCP and IPPROTO_UDP that options.c has not: SOCKOPT-GEN-01, -12,
 * -28, SOCKOPT-LEVEL-01, -09, and more lines of SOCKOPT-GEN-18, -29. Documented: DOC-OPT-06
 * (BSD options that Windows refuses), -07 (sizes of messages), -08 (keep-alive), -09 (groups), -10
 * (options of other protocols), -11 (random and re-used ports), -12 (checksums), -13 (urgent data),
 * -14 (ICMP errors of a connect), -15 (SO_OPENTYPE and the overlapped attribute). */
#include "conf.h"

/* Older headers lack some of them. */
enum { KEEPIDLE = 3, MAXRT = 5, KEEPCNT = 16, KEEPINTVL = 17, FAIL_ON_ICMP = 18, ICMP_INFO = 19 };
enum { BSDURGENT = 0x7000, RANDOMIZE_PORT = 0x3005, REUSE_UNICASTPORT = 0x3007 };
enum { NO_CHECKSUM = 1, CHECKSUM_COVERAGE = 20, MAX_DATAGRAM = 0x7009 };

static int get(SOCKET s, int level, int option)
{
    int value = 0;
    int length = sizeof value;

    if (getsockopt(s, level, option, (char *)&value, &length) != 0)
        return -1;
    return value;
}

static int get_fails(SOCKET s, int level, int option)
{
    int value = 0;
    int length = sizeof value;

    return getsockopt(s, level, option, (char *)&value, &length) != 0;
}

static int set(SOCKET s, int level, int option, int value)
{
    return setsockopt(s, level, option, (const char *)&value, sizeof value);
}

static void debug(SOCKET s)
{
    int value = 0;
    int length = sizeof value;

    equals("SOCKOPT-LEVEL-01.1", "SO_DEBUG of a new socket", get(s, SOL_SOCKET, SO_DEBUG), 0);
    works("SOCKOPT-LEVEL-01.2", "SO_DEBUG set to 2", set(s, SOL_SOCKET, SO_DEBUG, 2) == 0);
    getsockopt(s, SOL_SOCKET, SO_DEBUG, (char *)&value, &length);
    ok(value == 1 && length == 4, "SOCKOPT-LEVEL-01.3", "it reads %d, of %d bytes", value, length);
}

static void open_type(void)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    SOCKET s = (SOCKET)(UINT_PTR)event;
    int type = -1;
    int length = sizeof type;

    works("SOCKOPT-LEVEL-09.1", "SO_OPENTYPE of an event",
          getsockopt(s, SOL_SOCKET, SO_OPENTYPE, (char *)&type, &length) == 0);
    ok(type == 0 && length == 4, "SOCKOPT-LEVEL-09.2", "it reads %d, of %d bytes", type, length);
    works("SOCKOPT-LEVEL-09.3", "SO_OPENTYPE set with an event",
          set(s, SOL_SOCKET, SO_OPENTYPE, SO_SYNCHRONOUS_NONALERT) == 0);
    equals("SOCKOPT-LEVEL-09.4", "SO_OPENTYPE of no handle",
           get(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE), SO_SYNCHRONOUS_NONALERT);
    fails("SOCKOPT-LEVEL-09.5", "SO_TYPE of an event", get_fails(s, SOL_SOCKET, SO_TYPE),
          WSAENOTSOCK);
    fails("SOCKOPT-LEVEL-09.6", "an unknown option of an event", get_fails(s, SOL_SOCKET, 0x7fee),
          WSAENOTSOCK);
    CloseHandle(event);
    s = conf_tcp();
    set(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, 0);
    ok(CreateIoCompletionPort((HANDLE)s, NULL, 0, 0) == NULL, "DOC-OPT-15",
       "a socket made with SO_OPENTYPE: no completion port");
    closesocket(s);
}

static void timeouts(SOCKET s)
{
    static const int options[] = {SO_RCVTIMEO, SO_SNDTIMEO};

    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "SO_RCVTIMEO" : "SO_SNDTIMEO";
        char fact[32];
        unsigned value = 0xffffffff;
        int length = 2;

        set(s, SOL_SOCKET, options[i], 1234567);
        snprintf(fact, sizeof fact, "SOCKOPT-GEN-01.%d", 2 * i + 1);
        equals(fact, name, get(s, SOL_SOCKET, options[i]), 1234567);
        set(s, SOL_SOCKET, options[i], 0);
        snprintf(fact, sizeof fact, "SOCKOPT-GEN-01.%d", 2 * i + 2);
        equals(fact, name, get(s, SOL_SOCKET, options[i]), 0);
        snprintf(fact, sizeof fact, "SOCKOPT-GEN-29.%d", 7 + i);
        ok(getsockopt(s, SOL_SOCKET, options[i], (char *)&value, &length) != 0 &&
               value == 0xffffffff && length == 2,
           fact, "%s into 2 bytes: ffffffff stays %08x, length %d", name, value, length);
    }
}

static const struct {
    const char *name;
    int level, option;
    int size; /* SOCKOPT-GEN-18 */
} sizes[] = {
    {"SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, 4}, {"SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 4},
    {"SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, 4},   {"SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, 4},
    {"SO_OPENTYPE", SOL_SOCKET, SO_OPENTYPE, 4},   {"SO_DONTROUTE", SOL_SOCKET, SO_DONTROUTE, 1},
    {"TCP_KEEPALIVE", IPPROTO_TCP, KEEPIDLE, 4},
};

static void natural_sizes(SOCKET s)
{
    char value[8];

    for (int i = 0; i < (int)(sizeof sizes / sizeof sizes[0]); i++) {
        char fact[32];
        int length = sizeof value;
        int failed = getsockopt(s, sizes[i].level, sizes[i].option, value, &length) != 0;

        snprintf(fact, sizeof fact, "SOCKOPT-GEN-18.%d", 11 + i);
        ok(!failed && length == sizes[i].size, fact, "%s with 8 bytes, get: %s, length %d",
           sizes[i].name, failed ? "fails" : "succeeds", length);
    }
    fails("SOCKOPT-GEN-12", "SO_DONTROUTE, pointer to nowhere",
          setsockopt(s, SOL_SOCKET, SO_DONTROUTE, (char *)(UINT_PTR)1, 4) != 0, WSAEFAULT);
}

static void keepalive(SOCKET s)
{
    static const struct {
        const char *name;
        int option;
        int initially;
    } rows[] = {{"TCP_KEEPIDLE", KEEPIDLE, 7200},
                {"TCP_KEEPINTVL", KEEPINTVL, 1},
                {"TCP_KEEPCNT", KEEPCNT, 10}};

    for (int i = 0; i < 3; i++) {
        char fact[32];
        char what[48];

        snprintf(fact, sizeof fact, "DOC-OPT-08.%d", 2 * i + 1);
        equals(fact, rows[i].name, get(s, IPPROTO_TCP, rows[i].option), rows[i].initially);
        set(s, IPPROTO_TCP, rows[i].option, 100);
        snprintf(fact, sizeof fact, "DOC-OPT-08.%d", 2 * i + 2);
        snprintf(what, sizeof what, "%s set to 100", rows[i].name);
        equals(fact, what, get(s, IPPROTO_TCP, rows[i].option), 100);
        for (int room = 1; room < 3; room++) {
            char value[4];
            int length = room;
            int failed = getsockopt(s, IPPROTO_TCP, rows[i].option, value, &length) != 0;
            unsigned error = failed ? (unsigned)WSAGetLastError() : 0;

            snprintf(fact, sizeof fact, "SOCKOPT-GEN-28.%d", 2 * i + room);
            ok(failed && error == WSAEFAULT && length == 0, fact, "%s into %d bytes: %s, length %d",
               rows[i].name, room, conf_name(error), length);
        }
    }
    fails("DOC-OPT-08.7", "TCP_KEEPCNT set to 256", set(s, IPPROTO_TCP, KEEPCNT, 256) != 0,
          WSAEINVAL);
}

static void refused(SOCKET s)
{
    static const struct {
        const char *name;
        int option, wanted;
    } rows[] = {{"SO_RCVLOWAT", SO_RCVLOWAT, WSAEINVAL},
                {"SO_SNDLOWAT", SO_SNDLOWAT, WSAEINVAL},
                {"SO_USELOOPBACK", SO_USELOOPBACK, WSAEINVAL},
                {"SO_GROUP_PRIORITY", SO_GROUP_PRIORITY, WSAENOPROTOOPT},
                {"SO_CONNDATA", SO_CONNDATA, WSAENOPROTOOPT},
                {"SO_CONNOPT", SO_CONNOPT, WSAENOPROTOOPT},
                {"SO_DISCDATA", SO_DISCDATA, WSAENOPROTOOPT},
                {"SO_DISCOPT", SO_DISCOPT, WSAENOPROTOOPT},
                {"PVD_CONFIG", PVD_CONFIG, WSAENOPROTOOPT},
                {"SO_MAX_MSG_SIZE", SO_MAX_MSG_SIZE, WSAENOPROTOOPT}};

    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        const char *base = i < 3    ? "DOC-OPT-06"
                           : i == 3 ? "DOC-OPT-09"
                           : i < 9  ? "DOC-OPT-10"
                                    : "DOC-OPT-07";
        char fact[32];
        char what[48];

        snprintf(fact, sizeof fact, "%s.%d", base, 2 * i + 1);
        snprintf(what, sizeof what, "%s, get", rows[i].name);
        fails(fact, what, get_fails(s, SOL_SOCKET, rows[i].option), rows[i].wanted);
        snprintf(fact, sizeof fact, "%s.%d", base, 2 * i + 2);
        snprintf(what, sizeof what, "%s, set", rows[i].name);
        fails(fact, what, set(s, SOL_SOCKET, rows[i].option, 1) != 0, rows[i].wanted);
    }
}

static void datagrams(void)
{
    SOCKET s = conf_socket(SOCK_DGRAM);

    equals("DOC-OPT-07.1", "SO_MAX_MSG_SIZE of UDP", get(s, SOL_SOCKET, SO_MAX_MSG_SIZE), 65507);
    equals("DOC-OPT-07.2", "SO_MAXDG of UDP", get(s, SOL_SOCKET, MAX_DATAGRAM), 65507);
    equals("DOC-OPT-12.1", "UDP_NOCHECKSUM", get(s, IPPROTO_UDP, NO_CHECKSUM), 0);
    equals("DOC-OPT-12.2", "UDP_CHECKSUM_COVERAGE", get(s, IPPROTO_UDP, CHECKSUM_COVERAGE), 1);
    works("DOC-OPT-12.3", "UDP_NOCHECKSUM set", set(s, IPPROTO_UDP, NO_CHECKSUM, 1) == 0);
    equals("DOC-OPT-12.4", "UDP_NOCHECKSUM", get(s, IPPROTO_UDP, NO_CHECKSUM), 1);
    closesocket(s);
}

static void ports(void)
{
    SOCKET s = conf_tcp();
    int failed;

    equals("DOC-OPT-11.1", "SO_RANDOMIZE_PORT", get(s, SOL_SOCKET, RANDOMIZE_PORT), 0);
    works("DOC-OPT-11.2", "SO_REUSE_UNICASTPORT set",
          set(s, SOL_SOCKET, REUSE_UNICASTPORT, 1) == 0);
    failed = set(s, SOL_SOCKET, RANDOMIZE_PORT, 1) != 0;
    ok(failed, "DOC-OPT-11.3", "SO_RANDOMIZE_PORT set after it: %s", failed ? "fails" : "succeeds");
    closesocket(s);
}

static void tcp(void)
{
    SOCKET s = conf_tcp();
    char info[64];
    int length = sizeof info;

    equals("DOC-OPT-13.1", "TCP_BSDURGENT", get(s, IPPROTO_TCP, BSDURGENT), 1);
    works("DOC-OPT-13.2", "TCP_BSDURGENT set to what it is",
          set(s, IPPROTO_TCP, BSDURGENT, 1) == 0);
    works("DOC-OPT-14.1", "TCP_FAIL_CONNECT_ON_ICMP_ERROR set",
          set(s, IPPROTO_TCP, FAIL_ON_ICMP, 1) == 0);
    works("DOC-OPT-14.2", "TCP_ICMP_ERROR_INFO before a connect",
          getsockopt(s, IPPROTO_TCP, ICMP_INFO, info, &length) == 0);
    equals("DOC-OPT-14.3", "its length", length, 0);
    set(s, IPPROTO_TCP, MAXRT, 20);
    equals("DOC-OPT-08.8", "TCP_MAXRT set to 20", get(s, IPPROTO_TCP, MAXRT), 20);
    closesocket(s);
}

int main(void)
{
    SOCKET s;

    conf_begin("setsockopt getsockopt");
    s = conf_tcp();
    debug(s);
    timeouts(s);
    natural_sizes(s);
    keepalive(s);
    refused(s);
    closesocket(s);
    open_type();
    datagrams();
    ports();
    tcp();
    return conf_end();
}
