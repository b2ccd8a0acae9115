/* SPDX-License-Identifier: MIT
 *
 * setsockopt and getsockopt: SOCKOPT-GEN-03, -05, -06, -07, -13, -14, -16, -17, -18, -19, -27, -29,
 * -30, SOCKOPT-INFO-12, -16, -17. Documented: DOC-OPT-01 (unknown option), -02 (NULL pointers), -03
 * (defaults), -04 (SO_LINGER and SO_DONTLINGER are one state), -05 (SO_CONNECT_TIME). */
#include "conf.h"

static int get(SOCKET s, int level, int option)
{
    int value = 0;
    int length = sizeof value;

    if (getsockopt(s, level, option, (char *)&value, &length) != 0)
        return -1;
    return value;
}

static void linger(SOCKET s)
{
    struct linger value = {2, 7};
    int length = sizeof value;
    int error;

    works("SOCKOPT-GEN-05.1", "SO_LINGER {2,7}",
          setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&value, sizeof value) == 0);
    value.l_onoff = value.l_linger = 0;
    getsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&value, &length);
    ok(value.l_onoff != 0 && value.l_linger == 7, "SOCKOPT-GEN-05.2", "it reads %s, %d",
       value.l_onoff != 0 ? "on" : "off", value.l_linger);
    equals("DOC-OPT-04.1", "SO_DONTLINGER then", get(s, SOL_SOCKET, SO_DONTLINGER), 0);
    value.l_onoff = 0;
    setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&value, sizeof value);
    value.l_onoff = 1;
    getsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&value, &length);
    equals("SOCKOPT-GEN-05.3", "l_onoff after {0,7}", value.l_onoff, 0);
    equals("DOC-OPT-04.2", "SO_DONTLINGER then", get(s, SOL_SOCKET, SO_DONTLINGER), 1);
    error = setsockopt(s, SOL_SOCKET, SO_LINGER, NULL, sizeof value);
    fails("SOCKOPT-GEN-06.1", "SO_LINGER, NULL, right length", error != 0, WSAEFAULT);
    error = setsockopt(s, SOL_SOCKET, SO_LINGER, NULL, 0);
    fails("SOCKOPT-GEN-06.2", "SO_LINGER, NULL, length 0", error != 0, WSAEFAULT);
    error = setsockopt(s, SOL_SOCKET, SO_DONTLINGER, NULL, sizeof(BOOL));
    fails("SOCKOPT-GEN-06.3", "SO_DONTLINGER, NULL, right length", error != 0, WSAEFAULT);
    error = setsockopt(s, SOL_SOCKET, SO_DONTLINGER, NULL, 0);
    fails("SOCKOPT-GEN-06.4", "SO_DONTLINGER, NULL, length 0", error != 0, WSAEFAULT);
}

static void nodelay(SOCKET s)
{
    static const int lengths[] = {1, 4, 42};
    char value[64];

    for (int i = 0; i < 3; i++) {
        char fact[32];

        snprintf(fact, sizeof fact, "SOCKOPT-GEN-07.%d", i + 1);
        memset(value, 0, sizeof value);
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, value, 4);
        value[0] = 1;
        ok(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, value, lengths[i]) == 0 &&
               get(s, IPPROTO_TCP, TCP_NODELAY) == 1,
           fact, "TCP_NODELAY with %d bytes: then %d", lengths[i],
           get(s, IPPROTO_TCP, TCP_NODELAY));
    }
    value[0] = 0;
    fails("SOCKOPT-GEN-07.4", "TCP_NODELAY with 0 bytes",
          setsockopt(s, IPPROTO_TCP, TCP_NODELAY, value, 0) != 0, WSAEFAULT);
    equals("SOCKOPT-GEN-07.5", "TCP_NODELAY after it", get(s, IPPROTO_TCP, TCP_NODELAY), 1);
}

static void levels(SOCKET s)
{
    static const unsigned unknown[] = {0xffffffff, 0x8000, 0x1234ffff, 0x8000ffff, 0x800};
    int value = 1;
    int length;

    for (int i = 0; i < 5; i++) {
        char fact[32];
        char what[32];

        if (i < 2) {
            snprintf(fact, sizeof fact, "SOCKOPT-GEN-13.%d", i + 1);
            snprintf(what, sizeof what, "set at level 0x%x", unknown[i]);
            fails(fact, what, setsockopt(s, (int)unknown[i], 1, (char *)&value, 4) != 0, WSAEINVAL);
        }
        snprintf(fact, sizeof fact, "SOCKOPT-INFO-12.%d", i + 1);
        snprintf(what, sizeof what, "get at level 0x%x", unknown[i]);
        length = sizeof value;
        fails(fact, what, getsockopt(s, (int)unknown[i], 1, (char *)&value, &length) != 0,
              WSAEINVAL);
    }
    fails("DOC-OPT-01.1", "set an unknown option", conf_set(s, 0x7fee, 1) != 0, WSAENOPROTOOPT);
    length = sizeof value;
    fails("DOC-OPT-01.2", "get an unknown option",
          getsockopt(s, SOL_SOCKET, 0x7fee, (char *)&value, &length) != 0, WSAENOPROTOOPT);
    length = sizeof value;
    fails("DOC-OPT-02.1", "getsockopt, NULL value",
          getsockopt(s, SOL_SOCKET, SO_RCVBUF, NULL, &length) != 0, WSAEFAULT);
    fails("DOC-OPT-02.2", "getsockopt, NULL length",
          getsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&value, NULL) != 0, WSAEFAULT);
}

static const struct option_row {
    const char *name;
    int level;
    int option;
    int size;     /* SOCKOPT-GEN-18 */
    int negative; /* SOCKOPT-GEN-19: error of optlen -1 */
} option_rows[] = {
    {"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 4, 0},
    {"SO_EXCLUSIVEADDRUSE", SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 4, 0},
    {"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 4, 0},
    {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 4, 0},
    {"SO_LINGER", SOL_SOCKET, SO_LINGER, 4, 0},
    {"SO_DONTLINGER", SOL_SOCKET, SO_DONTLINGER, 4, 0},
    {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1, WSAENOBUFS},
    {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1, WSAENOBUFS},
};

static void sizes(void)
{
    char value[8];
    char fact[32];
    char what[48];

    for (int i = 0; i < (int)(sizeof option_rows / sizeof option_rows[0]); i++) {
        const struct option_row *row = &option_rows[i];
        SOCKET s = conf_tcp();
        int length = sizeof value;
        int failed;

        memset(value, 0, sizeof value);
        snprintf(fact, sizeof fact, "SOCKOPT-GEN-17.%d", i + 1);
        snprintf(what, sizeof what, "%s with 8 bytes, set", row->name);
        works(fact, what, setsockopt(s, row->level, row->option, value, 8) == 0);
        failed = getsockopt(s, row->level, row->option, value, &length) != 0;
        snprintf(fact, sizeof fact, "SOCKOPT-GEN-18.%d", i + 1);
        ok(!failed && length == row->size, fact, "%s with 8 bytes, get: %s, length %d", row->name,
           failed ? "fails" : "succeeds", length);
        memset(value, 0, sizeof value);
        failed = setsockopt(s, row->level, row->option, value, -1) != 0;
        snprintf(fact, sizeof fact, "SOCKOPT-GEN-19.%d", i + 1);
        snprintf(what, sizeof what, "%s with length -1", row->name);
        if (row->negative == 0)
            works(fact, what, !failed);
        else
            fails(fact, what, failed, row->negative);
        closesocket(s);
    }
}

/* What a too short buffer, of ffffffff before, holds afterwards. */
static const struct short_row {
    const char *fact;
    const char *name;
    int option;
    int given;
    unsigned value;
    int length;
    int error;
} short_rows[] = {
    {"SOCKOPT-GEN-27.1", "SO_REUSEADDR", SO_REUSEADDR, 1, 0xffffff01, 1, 0},
    {"SOCKOPT-GEN-27.2", "SO_REUSEADDR", SO_REUSEADDR, 2, 0xffff0001, 1, 0},
    {"SOCKOPT-GEN-27.3", "SO_DONTLINGER", SO_DONTLINGER, 1, 0xffffff01, 1, 0},
    {"SOCKOPT-GEN-27.4", "SO_DONTLINGER", SO_DONTLINGER, 2, 0xffff0001, 1, 0},
    {"SOCKOPT-GEN-29.1", "SO_RCVBUF", SO_RCVBUF, 1, 0xffffff00, 1, WSAEFAULT},
    {"SOCKOPT-GEN-29.2", "SO_RCVBUF", SO_RCVBUF, 2, 0xffff0000, 2, WSAEFAULT},
    {"SOCKOPT-GEN-29.3", "SO_SNDBUF", SO_SNDBUF, 1, 0xffffff00, 1, WSAEFAULT},
    {"SOCKOPT-GEN-29.4", "SO_SNDBUF", SO_SNDBUF, 2, 0xffff0000, 2, WSAEFAULT},
    {"SOCKOPT-GEN-29.5", "SO_LINGER", SO_LINGER, 1, 0xffffff00, 1, WSAEFAULT},
    {"SOCKOPT-GEN-29.6", "SO_LINGER", SO_LINGER, 2, 0xffff0000, 2, WSAEFAULT},
};

static void short_gets(SOCKET s)
{
    conf_set(s, SO_REUSEADDR, 1);
    conf_set(s, SO_DONTLINGER, 1);
    for (size_t i = 0; i < sizeof short_rows / sizeof short_rows[0]; i++) {
        const struct short_row *row = &short_rows[i];
        unsigned value = 0xffffffff;
        int length = row->given;
        int result = getsockopt(s, SOL_SOCKET, row->option, (char *)&value, &length);
        int error = result == 0 ? 0 : WSAGetLastError();

        ok(error == row->error && value == row->value && length == row->length, row->fact,
           "%s into %d bytes: %s, length %d, ffffffff becomes %08x", row->name, row->given,
           conf_name((unsigned)error), length, value);
    }
}

static void errors(SOCKET s)
{
    int value = 1234;
    int length = sizeof value;

    SetLastError(0xdeadbeef);
    ok(setsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&value, sizeof value) == 0 &&
           GetLastError() == 0,
       "SOCKOPT-GEN-14.1", "SO_ERROR set to 1234: last error %s", conf_name(GetLastError()));
    equals("SOCKOPT-GEN-14.2", "SO_ERROR", get(s, SOL_SOCKET, SO_ERROR), 1234);
    SetLastError(0xdeadbeef);
    conf_set(s, SO_KEEPALIVE, 1);
    equals_code("SOCKOPT-GEN-16.1", "last error after setsockopt", GetLastError(), 0);
    SetLastError(0xdeadbeef);
    getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, (char *)&value, &length);
    equals_code("SOCKOPT-GEN-16.2", "last error after getsockopt", GetLastError(), 0);
}

static void defaults(void)
{
    SOCKET s = conf_tcp();

    equals("DOC-OPT-03.1", "SO_REUSEADDR of a new socket", get(s, SOL_SOCKET, SO_REUSEADDR), 0);
    equals("DOC-OPT-03.2", "SO_KEEPALIVE", get(s, SOL_SOCKET, SO_KEEPALIVE), 0);
    equals("DOC-OPT-03.3", "SO_DONTLINGER", get(s, SOL_SOCKET, SO_DONTLINGER), 1);
    equals("DOC-OPT-03.4", "SO_ERROR", get(s, SOL_SOCKET, SO_ERROR), 0);
    equals("DOC-OPT-03.5", "TCP_NODELAY", get(s, IPPROTO_TCP, TCP_NODELAY), 0);
    equals("DOC-OPT-03.6", "SO_EXCLUSIVEADDRUSE", get(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE), 0);
    equals("DOC-OPT-05", "SO_CONNECT_TIME", get(s, SOL_SOCKET, SO_CONNECT_TIME), -1);
    works("SOCKOPT-GEN-03.1", "SO_RCVBUF set to 0", conf_set(s, SO_RCVBUF, 0) == 0);
    equals("SOCKOPT-GEN-03.2", "SO_RCVBUF", get(s, SOL_SOCKET, SO_RCVBUF), 0);
    works("SOCKOPT-GEN-03.3", "SO_RCVBUF set to 12345", conf_set(s, SO_RCVBUF, 12345) == 0);
    equals("SOCKOPT-GEN-03.4", "SO_RCVBUF", get(s, SOL_SOCKET, SO_RCVBUF), 12345);
    closesocket(s);
}

static void acceptconn(void)
{
    SOCKET s = conf_bound(SOCK_STREAM);

    equals("SOCKOPT-INFO-17.1", "SO_ACCEPTCONN after bind", get(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
    fails("SOCKOPT-INFO-16.1", "SO_ACCEPTCONN set to 0", conf_set(s, SO_ACCEPTCONN, 0) != 0,
          WSAENOPROTOOPT);
    fails("SOCKOPT-INFO-16.2", "SO_ACCEPTCONN set to 1", conf_set(s, SO_ACCEPTCONN, 1) != 0,
          WSAENOPROTOOPT);
    listen(s, 1);
    equals("SOCKOPT-INFO-17.2", "SO_ACCEPTCONN after listen", get(s, SOL_SOCKET, SO_ACCEPTCONN), 1);
    fails("SOCKOPT-INFO-16.3", "SO_ACCEPTCONN of a listener set to 0",
          conf_set(s, SO_ACCEPTCONN, 0) != 0, WSAENOPROTOOPT);
    fails("SOCKOPT-INFO-16.4", "SO_ACCEPTCONN of a listener set to 1",
          conf_set(s, SO_ACCEPTCONN, 1) != 0, WSAENOPROTOOPT);
    closesocket(s);
}

static void closed(void)
{
    SOCKET s = conf_tcp();
    unsigned value = CONF_UNTOUCHED;
    int length = sizeof value;

    closesocket(s);
    fails("SOCKOPT-GEN-30.1", "getsockopt of a closed socket",
          getsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&value, &length) != 0, WSAENOTSOCK);
    ok(value == CONF_UNTOUCHED, "SOCKOPT-GEN-30.2", "its buffer: %s",
       value == CONF_UNTOUCHED ? "untouched" : "written");
    fails("SOCKOPT-GEN-30.3", "setsockopt of a closed socket", conf_set(s, SO_RCVBUF, 1) != 0,
          WSAENOTSOCK);
}

int main(void)
{
    SOCKET s;

    conf_begin("setsockopt getsockopt");
    s = conf_tcp();
    defaults();
    linger(s);
    nodelay(s);
    levels(s);
    errors(s);
    closesocket(s);
    s = conf_tcp();
    short_gets(s);
    closesocket(s);
    sizes();
    acceptconn();
    closed();
    return conf_end();
}
