/* SPDX-License-Identifier: MIT
 *
 * Addresses as text and names: STARTUP-02, NETDB-01 to -06, INETADDR-02 to -05, PTON-01 to -10,
 * ADDRSTR-01, -02, -06, GETADDRINFO-02 to -20, HOSTNAME-03 to -06. Documented: DOC-NAMES-01
 * (hints), -02 (getnameinfo). Nothing here asks the network. */
#include "conf.h"

#include <ws2tcpip.h>

enum { UNTOUCHED = 0xdeadbeef };

/* conf.h prints a fact once; rows of one fact count up. */
static const char *numbered(const char *fact, int number)
{
    static char text[32];

    snprintf(text, sizeof text, "%s.%d", fact, number);
    return text;
}

/* inet_ntop() stands in for printing; it has its own lines below. */
static const char *dotted(unsigned address)
{
    static char text[32];
    const unsigned char *bytes = (const unsigned char *)&address;

    snprintf(text, sizeof text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
    return text;
}

static void before_startup(void)
{
    fails("STARTUP-02", "gethostbyname before WSAStartup", gethostbyname("localhost") == NULL,
          WSANOTINITIALISED);
}

static void parts(void)
{
    static const struct {
        const char *text;
        const char *address;
    } rows[] = {
        {"1", "0.0.0.1"},
        {"1.2", "1.0.0.2"},
        {"1.2.3", "1.2.0.3"},
        {"203569230", "12.34.56.78"},
        {"0x00010203", "0.1.2.3"},
        {"017700000001", "127.0.0.1"},
        {"0777", "0.0.1.255"},
        {"1.2.3.010", "1.2.3.8"},
        {"1.2.3.0xaA", "1.2.3.170"},
    };
    static const char *const bad[] = {
        " 3.4.5.6", "1.2.3. 4", "3. 4.5.6", "",         "\t",        "  ", ".",
        ".1.2.3",   "1.1.1.0x", "1.2.3.0a", "1234BEEF", "1.2.3.4.5", ":1",
    };

    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        const char *seen = dotted(inet_addr(rows[i].text));

        ok(strcmp(seen, rows[i].address) == 0, numbered("INETADDR-03", i + 1), "%s: %s",
           rows[i].text, seen);
    }
    for (int i = 0; i < (int)(sizeof bad / sizeof bad[0]); i++) {
        WSASetLastError(UNTOUCHED);
        ok(inet_addr(bad[i]) == INADDR_NONE && (unsigned)WSAGetLastError() == UNTOUCHED,
           numbered("INETADDR-05", i + 1), "\"%s\": no address, no code", bad[i]);
    }
    equals("INETADDR-05.20", "a blank", inet_addr(" "), 0);
    fails("INETADDR-02", "inet_addr(NULL)", inet_addr(NULL) == INADDR_NONE, WSAEFAULT);
}

static void read_six(void)
{
    static const struct {
        const char *text;
        int result;
    } rows[] = {
        {"::01234", 0},
        {"::123.123.123.123", 1},
        {"1::001.2.3.4", 1},
        {"1::0001.2.3.4", 0},
        {"::%16", 0},
        {"::/16", 0},
        {"[::1]", 0},
        {"::1", 1},
        {"1:2:3:4:5:6:7:8:9", 0},
    };
    unsigned char address[16];

    fails("PTON-01.1", "inet_pton of NULL, no family", inet_pton(AF_UNSPEC, NULL, address) == -1,
          WSAEFAULT);
    fails("PTON-01.2", "inet_pton, no family", inet_pton(AF_UNSPEC, "::1", address) == -1,
          WSAEAFNOSUPPORT);
    WSASetLastError(UNTOUCHED);
    equals("PTON-02.1", "inet_pton of no address", inet_pton(AF_INET, "x", address), 0);
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++)
        equals(numbered("PTON-05", i + 1), rows[i].text, inet_pton(AF_INET6, rows[i].text, address),
               rows[i].result);
}

static void write_six(void)
{
    static const char *const rows[] = {
        "::fffe:cc98:bd74", "2030:a4b1::",   "::204.152.189.116", "::1",
        "1:2:3:4:5:6:7:8",  "::ffff:1.2.3.4"};
    unsigned char address[16];
    char text[INET6_ADDRSTRLEN];

    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        inet_pton(AF_INET6, rows[i], address);
        inet_ntop(AF_INET6, address, text, sizeof text);
        ok(strcmp(text, rows[i]) == 0, numbered("PTON-09", i + 1), "%s", text);
    }
    fails("PTON-10.1", "inet_ntop, no family", inet_ntop(99, address, text, sizeof text) == NULL,
          WSAEAFNOSUPPORT);
    fails("PTON-10.2", "inet_ntop, no room", inet_ntop(AF_INET, address, text, 3) == NULL,
          (int)0xc000000d);
}

static void with_port(void)
{
    SOCKADDR_IN in = {0};
    SOCKADDR_IN6 in6 = {0};
    char text[INET6_ADDRSTRLEN];
    DWORD length = 0;
    int bytes = sizeof in;

    in.sin_family = AF_INET;
    fails("ADDRSTR-01.1", "WSAAddressToString, no room",
          WSAAddressToStringA((LPSOCKADDR)&in, sizeof in, NULL, text, &length) != 0, WSAEFAULT);
    equals("ADDRSTR-01.2", "room needed", length, 8);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(33274);
    in6.sin6_scope_id = 4660;
    inet_pton(AF_INET6, "20ab::2001", &in6.sin6_addr);
    length = sizeof text;
    WSAAddressToStringA((LPSOCKADDR)&in6, sizeof in6, NULL, text, &length);
    ok(strcmp(text, "[20ab::2001%4660]:33274") == 0, "ADDRSTR-02.1", "%s", text);
    equals("ADDRSTR-02.2", "its length", length, 24);
    fails("ADDRSTR-06.1", "a port with an octal 8",
          WSAStringToAddressA((char *)"127.127.127.127:08", AF_INET, NULL, (LPSOCKADDR)&in,
                              &bytes) != 0,
          WSAEINVAL);
}

/* The result of getaddrinfo(), and its first address and port. */
static int look_up(const char *node, const char *service, const struct addrinfo *hints,
                   char text[64])
{
    struct addrinfo *list = NULL;
    int error = getaddrinfo(node, service, hints, &list);

    text[0] = '\0';
    if (error != 0)
        return error;
    if (list->ai_family == AF_INET)
        inet_ntop(AF_INET, &((SOCKADDR_IN *)list->ai_addr)->sin_addr, text, 48);
    else
        inet_ntop(AF_INET6, &((SOCKADDR_IN6 *)list->ai_addr)->sin6_addr, text, 48);
    snprintf(text + strlen(text), 16, " %u", ntohs(((SOCKADDR_IN *)list->ai_addr)->sin_port));
    freeaddrinfo(list);
    return 0;
}

static void nodes(void)
{
    static const struct {
        const char *fact;
        const char *node;
        const char *seen; /* NULL: WSAHOST_NOT_FOUND */
    } rows[] = {
        {"GETADDRINFO-06.1", "[beef::cafe]", "beef::cafe 0"},
        {"GETADDRINFO-06.2", "[beef::cafe]:10239", "beef::cafe 0"},
        {"GETADDRINFO-06.3", "[beef::cafe", NULL},
        {"GETADDRINFO-19.1", "1.2.3.0x4", "1.2.3.4 0"},
        {"GETADDRINFO-19.2", "1.2.3.010", "1.2.3.8 0"},
        {"GETADDRINFO-19.3", "1.2.3", NULL},
        {"GETADDRINFO-19.4", "1.1.1.256", NULL},
        {"GETADDRINFO-19.5", "0.0.0.0.0", NULL},
        {"GETADDRINFO-19.6", "0.0.0.0:80", NULL},
        {"GETADDRINFO-19.7", "localhost:80", NULL},
        {"GETADDRINFO-19.8", "0.0.0.0 ", "0.0.0.0 0"},
    };
    char text[64];

    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        int error = look_up(rows[i].node, NULL, NULL, text);

        if (rows[i].seen == NULL)
            equals(rows[i].fact, rows[i].node, error, WSAHOST_NOT_FOUND);
        else
            ok(strcmp(text, rows[i].seen) == 0, rows[i].fact, "%s: %d %s", rows[i].node, error,
               text);
    }
}

static void services(void)
{
    static const struct {
        const char *service;
        int port; /* -1: WSATYPE_NOT_FOUND */
    } rows[] = {
        {"", 0},
        {"010", 10},
        {" 123", 123},
        {"65536", 0},
        {"65537", 1},
        {"-1", 65535},
        {"-65535", 1},
        {"+5", 5},
        {"0x1a", -1},
        {"28a", -1},
        {"28 ", -1},
        {":0", -1},
        {"99999999999", 65535},
    };
    char text[64], wanted[64];

    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        int error = look_up("1.2.3.4", rows[i].service, NULL, text);

        snprintf(wanted, sizeof wanted, "1.2.3.4 %d", rows[i].port);
        if (rows[i].port < 0)
            equals(numbered("GETADDRINFO-20", i + 1), rows[i].service, error, WSATYPE_NOT_FOUND);
        else
            ok(strcmp(text, wanted) == 0, numbered("GETADDRINFO-20", i + 1), "\"%s\": %d %s",
               rows[i].service, error, text);
    }
}

static void hints(void)
{
    struct addrinfo asked = {0};
    struct addrinfo *list = NULL;
    char text[64];

    asked.ai_flags = AI_NUMERICHOST;
    equals("GETADDRINFO-05", "AI_NUMERICHOST, localhost", look_up("localhost", NULL, &asked, text),
           WSAHOST_NOT_FOUND);
    asked.ai_flags = 0;
    asked.ai_socktype = 999;
    equals("GETADDRINFO-07.1", "socket type 999", look_up("1.2.3.4", NULL, &asked, text),
           WSAESOCKTNOSUPPORT);
    asked.ai_socktype = SOCK_STREAM;
    asked.ai_protocol = 999;
    equals("GETADDRINFO-07.2", "protocol 999", look_up("1.2.3.4", NULL, &asked, text), 0);
    if (getaddrinfo("1.2.3.4", NULL, NULL, &list) == 0) {
        ok(list->ai_next == NULL && list->ai_socktype == 0 && list->ai_protocol == 0,
           "GETADDRINFO-08", "no hints: type %d, protocol %d, %s", list->ai_socktype,
           list->ai_protocol, list->ai_next == NULL ? "alone" : "with others");
        freeaddrinfo(list);
    }
    equals("DOC-NAMES-01.1", "no node, no service", look_up(NULL, NULL, NULL, text),
           WSAHOST_NOT_FOUND);
    memset(&asked, 0, sizeof asked);
    asked.ai_addrlen = 1;
    equals("DOC-NAMES-01.2", "a length in the hints", look_up("1.2.3.4", NULL, &asked, text),
           WSANO_RECOVERY);
    asked.ai_addrlen = 0;
    asked.ai_family = 99;
    equals("DOC-NAMES-01.3", "family 99", look_up("1.2.3.4", NULL, &asked, text), WSAEAFNOSUPPORT);
    asked.ai_family = AF_INET6;
    equals("DOC-NAMES-01.4", "an IPv4 address for AF_INET6", look_up("1.2.3.4", NULL, &asked, text),
           WSAHOST_NOT_FOUND);
    asked.ai_family = AF_INET;
    asked.ai_flags = AI_PASSIVE;
    look_up(NULL, "7", &asked, text);
    ok(strcmp(text, "0.0.0.0 7") == 0, "DOC-NAMES-01.5", "AI_PASSIVE: %s", text);
    asked.ai_flags = 0;
    look_up(NULL, "7", &asked, text);
    ok(strcmp(text, "127.0.0.1 7") == 0, "DOC-NAMES-01.6", "no AI_PASSIVE: %s", text);
    asked.ai_flags = AI_CANONNAME;
    equals("DOC-NAMES-01.7", "AI_CANONNAME without a node", look_up(NULL, "7", &asked, text),
           WSAEINVAL);
}

static void local(void)
{
    char name[256] = "", first[64], second[64];
    struct hostent *host;

    works("HOSTNAME-05.1", "gethostname", gethostname(name, sizeof name) == 0);
    works("HOSTNAME-05.2", "gethostbyname of it", gethostbyname(name) != NULL);
    fails("HOSTNAME-05.3", "gethostname, no room", gethostname(name, 1) != 0, WSAEFAULT);
    works("HOSTNAME-03", "gethostbyname(\"\")", gethostbyname("") != NULL);
#ifndef _WIN32 /* Wine answers from /etc/hosts, and what stands there is the machine's business */
    host = gethostbyname("localhost");
    ok(host != NULL && memcmp(host->h_addr, "\x7f\0\0\1", 4) == 0, "HOSTNAME-06",
       "localhost is 127.0.0.1");
    ok(host != NULL && (void *)host->h_aliases == (void *)(host + 1), "HOSTNAME-04",
       "the aliases stand behind the structure");
    look_up("", NULL, NULL, first);
    gethostname(name, sizeof name);
    look_up(name, NULL, NULL, second);
    ok(first[0] != '\0' && strcmp(first, second) == 0, "GETADDRINFO-02",
       "\"\" and the own name are one");
#else
    (void)host;
    (void)first;
    (void)second;
#endif
}

static void addresses(void)
{
    SOCKADDR_IN in = conf_loopback(htons(65000));
    char node[64], service[64];

    equals("DOC-NAMES-02.1", "getnameinfo(NULL)",
           getnameinfo(NULL, sizeof in, node, sizeof node, NULL, 0, 0), WSAEFAULT);
    equals("DOC-NAMES-02.2", "getnameinfo, short",
           getnameinfo((struct sockaddr *)&in, 15, node, sizeof node, NULL, 0, 0), WSAEFAULT);
    equals("DOC-NAMES-02.3", "getnameinfo, nothing wanted",
           getnameinfo((struct sockaddr *)&in, sizeof in, NULL, 0, NULL, 0, 0), WSAHOST_NOT_FOUND);
    equals("DOC-NAMES-02.4", "getnameinfo, numbers",
           getnameinfo((struct sockaddr *)&in, sizeof in, node, sizeof node, service,
                       sizeof service, NI_NUMERICHOST | NI_NUMERICSERV),
           0);
    ok(strcmp(node, "127.0.0.1") == 0 && strcmp(service, "65000") == 0, "DOC-NAMES-02.5", "%s, %s",
       node, service);
    in.sin_family = 99;
    equals("DOC-NAMES-02.6", "getnameinfo, family 99",
           getnameinfo((struct sockaddr *)&in, sizeof in, node, sizeof node, NULL, 0, 0),
           WSAEAFNOSUPPORT);
}

static void databases(void)
{
    struct protoent *protocol = getprotobyname("TcP");
    int known = 0;

    equals("NETDB-01", "TcP", protocol == NULL ? -1 : protocol->p_proto, 6);
    for (int number = -1; number <= 256; number++)
        known += getprotobynumber(number) != NULL;
    equals("NETDB-02", "protocols", known, 19);
    fails("NETDB-06.1", "an unknown service", getservbyname("no-such-service", NULL) == NULL,
          WSANO_DATA);
    fails("NETDB-06.2", "an unknown protocol", getservbyname("telnet", "xyz") == NULL, WSANO_DATA);
}

int main(void)
{
    before_startup();
    conf_begin("inet_addr inet_pton inet_ntop WSAAddressToStringA WSAStringToAddressA "
               "getaddrinfo freeaddrinfo getnameinfo gethostname gethostbyname "
               "getprotobyname getprotobynumber getservbyname");
    parts();
    read_six();
    write_six();
    with_port();
    nodes();
    services();
    hints();
    local();
    addresses();
    databases();
    return conf_end();
}
