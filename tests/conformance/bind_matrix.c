/* SPDX-License-Identifier: MIT
 *
 * DOC-BINDMATRIX-01: the documented table of two binds to one port by the same user (Windows 2003
 * and later): what was set on the first and the second socket, wildcard or specific address. */
#include "conf.h"

enum { DEFAULT, REUSE, EXCLUSIVE };
enum { ATTEMPTS = 20 };

static const char *const OPTION_NAMES[] = {"default", "SO_REUSEADDR", "SO_EXCLUSIVEADDRUSE"};

/* [first option][first address][second option][second address]; address 0 wildcard, 1 specific */
static const int EXPECTED[3][2][3][2] = {
    [DEFAULT] = {{{WSAEADDRINUSE, 0}, {WSAEACCES, 0}, {WSAEADDRINUSE, 0}},
                 {{0, WSAEADDRINUSE}, {0, WSAEACCES}, {WSAEADDRINUSE, WSAEADDRINUSE}}},
    [REUSE] = {{{WSAEADDRINUSE, 0}, {0, 0}, {WSAEADDRINUSE, 0}},
               {{0, WSAEADDRINUSE}, {0, 0}, {WSAEADDRINUSE, WSAEADDRINUSE}}},
    [EXCLUSIVE] = {{{WSAEADDRINUSE, WSAEACCES}, {WSAEACCES, WSAEACCES}, {WSAEADDRINUSE, WSAEACCES}},
                   {{0, WSAEADDRINUSE}, {0, WSAEACCES}, {WSAEADDRINUSE, WSAEADDRINUSE}}},
};

static SOCKET with_option(int option)
{
    SOCKET s = conf_tcp();

    if ((option == REUSE && conf_set(s, SO_REUSEADDR, 1) != 0) ||
        (option == EXCLUSIVE && conf_set(s, SO_EXCLUSIVEADDRUSE, 1) != 0))
        conf_die("option");
    return s;
}

static SOCKADDR_IN name_of(int specific, u_short port)
{
    SOCKADDR_IN name = conf_loopback(port);

    if (!specific)
        name.sin_addr.s_addr = htonl(INADDR_ANY);
    return name;
}

/* The error of the second bind, or 0. */
static int try_both(int option1, int specific1, int option2, int specific2)
{
    SOCKET first = with_option(option1);
    SOCKET second = with_option(option2);
    int error = 0;

    if (conf_bind(first, name_of(specific1, 0)) != 0)
        conf_die("first bind");
    if (conf_bind(second, name_of(specific2, conf_address(first).sin_port)) != 0)
        error = WSAGetLastError();
    closesocket(first);
    closesocket(second);
    return error;
}

static void row(int line, int option1, int specific1, int option2, int specific2)
{
    char fact[32];
    int wanted = EXPECTED[option1][specific1][option2][specific2];
    int error = 0;

    /* The port was free for the first address only; a stranger may hold it on the second. */
    for (int i = 0; i < ATTEMPTS; i++) {
        error = try_both(option1, specific1, option2, specific2);
        if (error == 0 || wanted != 0)
            break;
    }
    snprintf(fact, sizeof fact, "DOC-BINDMATRIX-01.%d", line);
    ok(error == wanted, fact, "%s %s, %s %s: %s", OPTION_NAMES[option1],
       specific1 ? "specific" : "wildcard", OPTION_NAMES[option2],
       specific2 ? "specific" : "wildcard", error == 0 ? "success" : conf_name((unsigned)error));
}

int main(void)
{
    conf_begin("bind setsockopt");
    for (int i = 0; i < 36; i++)
        row(i + 1, i / 12, i / 6 % 2, i / 2 % 3, i % 2);
    return conf_end();
}
