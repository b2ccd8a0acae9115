/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo, getnameinfo and the wide forms: their checks in order, and names that need no
 * network. Where the facts leave a case to the machine (which addresses it has), the tests compare
 * calls with one another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include <winsock2.h>

#include <ws2tcpip.h>

#include <unistd.h>

/* The forms for 16-bit WCHAR, which this program does not have. */
INT get16(const uint16_t *node, const uint16_t *service, const ADDRINFOW *hints,
          PADDRINFOW *result) __asm__("ws2_GetAddrInfoW16");
INT name16(const struct sockaddr *address, int bytes, uint16_t *node, DWORD node_length,
           uint16_t *service, DWORD service_length, INT flags) __asm__("ws2_GetNameInfoW16");

static int setup(void **state)
{
    WSADATA data;

    (void)state;
    return WSAStartup(MAKEWORD(2, 2), &data);
}

static int teardown(void **state)
{
    (void)state;
    return WSACleanup();
}

static ADDRINFOA hints_of(int flags, int family, int type)
{
    return (ADDRINFOA){.ai_flags = flags, .ai_family = family, .ai_socktype = type};
}

/* The call's result, which must be the last error too. The list, if any, is freed. */
static int ask(const char *node, const char *service, const ADDRINFOA *hints)
{
    ADDRINFOA *list = NULL;
    int error;

    WSASetLastError(1234567);
    error = getaddrinfo(node, service, hints, &list);
    assert_int_equal(WSAGetLastError(), error);
    assert_true((list == NULL) == (error != 0));
    freeaddrinfo(list);
    return error;
}

static ADDRINFOA *find(const char *node, const char *service, const ADDRINFOA *hints)
{
    ADDRINFOA *list = NULL;

    assert_int_equal(getaddrinfo(node, service, hints, &list), 0);
    assert_int_equal(WSAGetLastError(), 0);
    assert_non_null(list);
    return list;
}

/* "address port" of an entry. */
static const char *shown(const ADDRINFOA *entry)
{
    static char text[INET6_ADDRSTRLEN + 8];
    const SOCKADDR_IN *in = (const SOCKADDR_IN *)entry->ai_addr;
    const SOCKADDR_IN6 *in6 = (const SOCKADDR_IN6 *)entry->ai_addr;

    assert_int_equal(entry->ai_addr->sa_family, entry->ai_family);
    if (entry->ai_family == AF_INET) {
        assert_int_equal(entry->ai_addrlen, sizeof *in);
        inet_ntop(AF_INET, &in->sin_addr, text, INET6_ADDRSTRLEN);
        assert_int_equal(in->sin_zero[0], 0);
    } else {
        assert_int_equal(entry->ai_family, AF_INET6);
        assert_int_equal(entry->ai_addrlen, sizeof *in6);
        inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
    }
    snprintf(text + strlen(text), 8, " %d", ntohs(in->sin_port)); /* both have it there */
    return text;
}

/* One entry, of this address and port. */
static void expect_one(const char *node, const char *service, const ADDRINFOA *hints,
                       const char *text)
{
    ADDRINFOA *list = find(node, service, hints);

    assert_null(list->ai_next);
    assert_string_equal(shown(list), text);
    freeaddrinfo(list);
}

static void every_call_needs_a_startup(void **state)
{
    SOCKADDR_IN in = {.sin_family = AF_INET};
    char text[64];

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(getaddrinfo("1.2.3.4", NULL, NULL, NULL), WSANOTINITIALISED);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_int_equal(getnameinfo((struct sockaddr *)&in, sizeof in, text, sizeof text, NULL, 0, 0),
                     WSANOTINITIALISED);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_int_equal(setup(NULL), 0);
}

/* Each row also breaks what a later check would catch. */
static void getaddrinfo_reports_first_failed_check(void **state)
{
    ADDRINFOA hints = hints_of(0x02000000, 99, 99);

    (void)state;
    assert_int_equal(getaddrinfo(NULL, NULL, &hints, NULL), WSAEFAULT);
    hints.ai_addrlen = 1;
    assert_int_equal(ask(NULL, NULL, &hints), WSAHOST_NOT_FOUND);
    assert_int_equal(ask("[", "nothing", &hints), WSANO_RECOVERY);
    hints.ai_addrlen = 0;
    hints.ai_next = &hints;
    assert_int_equal(ask("[", "nothing", &hints), WSANO_RECOVERY);
    hints.ai_next = NULL;
    assert_int_equal(ask("[", "nothing", &hints), WSAEINVAL);
    hints.ai_flags = AI_CANONNAME;
    assert_int_equal(ask(NULL, "nothing", &hints), WSAEINVAL);
    hints.ai_flags = 0;
    assert_int_equal(ask("[", "nothing", &hints), WSAEAFNOSUPPORT);
    hints.ai_family = 10; /* Linux' number of IPv6 */
    assert_int_equal(ask("[", "nothing", &hints), WSAEAFNOSUPPORT);
    hints.ai_family = AF_INET6;
    assert_int_equal(ask("[", "nothing", &hints), WSAESOCKTNOSUPPORT);
    hints.ai_socktype = SOCK_STREAM;
    assert_int_equal(ask("[", "nothing", &hints), WSATYPE_NOT_FOUND);
    assert_int_equal(ask("[", "1", &hints), WSAHOST_NOT_FOUND);
    assert_int_equal(ask("::1", "1", &hints), 0);
}

static void numeric_nodes_are_read_as_windows_does(void **state)
{
    static const struct {
        const char *node;
        const char *address;
        int flags;
    } rows[] = {
        {"1.2.3.4", "1.2.3.4 0", AI_NUMERICHOST},
        {"1.2.3.0x4", "1.2.3.4 0", AI_NUMERICHOST}, /* GETADDRINFO-19 */
        {"1.2.3.010", "1.2.3.8 0", AI_NUMERICHOST},
        {"0.0.0.0 ", "0.0.0.0 0", 0},
        {"::1", "::1 0", AI_NUMERICHOST},
        {"beef::cafe", "beef::cafe 0", AI_NUMERICHOST},
        {"[beef::cafe]", "beef::cafe 0", AI_NUMERICHOST}, /* GETADDRINFO-06 */
        {"[beef::cafe]:10239", "beef::cafe 0", AI_NUMERICHOST},
    };
    static const char *const bad[] = {
        "1.2.3", "1.1.1.256",   "0.0.0.0.0",   "0.0.0.0:80", "localhost:80",
        " ",     "[beef::cafe", "beef::cafe]", "[1.2.3.4]",  "[::1]x",
    };
    ADDRINFOA hints = hints_of(AI_NUMERICHOST, AF_UNSPEC, 0);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ADDRINFOA *list = find(rows[i].node, NULL, NULL);

        assert_string_equal(shown(list), rows[i].address);
        assert_int_equal(list->ai_flags, rows[i].flags);
        assert_null(list->ai_canonname);
        assert_null(list->ai_next);
        freeaddrinfo(list);
        expect_one(rows[i].node, NULL, &hints, rows[i].address);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ask(bad[i], NULL, NULL), WSAHOST_NOT_FOUND);
    assert_int_equal(ask("localhost", NULL, &hints), WSAHOST_NOT_FOUND); /* GETADDRINFO-05 */
    hints.ai_flags = 0;
    hints.ai_family = AF_INET;
    assert_int_equal(ask("[beef::cafe]", NULL, &hints), WSAHOST_NOT_FOUND);
    hints.ai_family = AF_INET6;
    assert_int_equal(ask("1.2.3.4", NULL, &hints), WSAHOST_NOT_FOUND);
}

static void a_scope_is_a_number(void **state)
{
    ADDRINFOA *list = find("fe80::1%7", "9", NULL);

    (void)state;
    assert_string_equal(shown(list), "fe80::1 9");
    assert_int_equal(((const SOCKADDR_IN6 *)list->ai_addr)->sin6_scope_id, 7);
    freeaddrinfo(list);
    assert_int_equal(ask("fe80::1%", NULL, NULL), WSAHOST_NOT_FOUND);
    assert_int_equal(ask("fe80::1%lo", NULL, NULL), WSAHOST_NOT_FOUND);
}

/* GETADDRINFO-03, -20. */
static void numeric_services_are_read_as_windows_does(void **state)
{
    static const struct {
        const char *service;
        const char *text;
    } rows[] = {
        {NULL, "1.2.3.4 0"},
        {"", "1.2.3.4 0"},
        {"80", "1.2.3.4 80"},
        {"010", "1.2.3.4 10"},
        {" 123", "1.2.3.4 123"},
        {"65536", "1.2.3.4 0"},
        {"65537", "1.2.3.4 1"},
        {"-1", "1.2.3.4 65535"},
        {"-65535", "1.2.3.4 1"},
        {"+5", "1.2.3.4 5"},
        {"99999999999", "1.2.3.4 65535"},
    };
    static const char *const bad[] = {"0x1a", "28a", "28 ", ":0", "a", "no-such-service"};
    ADDRINFOA hints = hints_of(AI_NUMERICSERV, AF_INET, SOCK_STREAM);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_one("1.2.3.4", rows[i].service, NULL, rows[i].text);
        expect_one("1.2.3.4", rows[i].service, &hints, rows[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ask("1.2.3.4", bad[i], NULL), WSATYPE_NOT_FOUND);
    assert_int_equal(ask("1.2.3.4", "domain", &hints), WSATYPE_NOT_FOUND);
}

static void named_services_need_the_services_file(void **state)
{
    ADDRINFOA hints = hints_of(0, AF_INET, SOCK_STREAM);

    (void)state;
    if (access("/etc/services", R_OK) != 0)
        skip();
    expect_one("1.2.3.4", "domain", NULL, "1.2.3.4 53");
    expect_one("1.2.3.4", "domain", &hints, "1.2.3.4 53");
    expect_one("1.2.3.4", "telnet", &hints, "1.2.3.4 23");
    hints.ai_socktype = SOCK_DGRAM;
    expect_one("1.2.3.4", "domain", &hints, "1.2.3.4 53");
    assert_int_equal(ask("1.2.3.4", "telnet", &hints), WSATYPE_NOT_FOUND);
    hints.ai_socktype = SOCK_RAW;
    assert_int_equal(ask("1.2.3.4", "domain", &hints), WSATYPE_NOT_FOUND);
}

/* GETADDRINFO-07, -08. */
static void type_and_protocol_are_copied(void **state)
{
    ADDRINFOA hints = hints_of(0, AF_INET, SOCK_STREAM);
    ADDRINFOA *list;

    (void)state;
    hints.ai_protocol = 999;
    list = find("1.2.3.4", "1", &hints);
    assert_int_equal(list->ai_socktype, SOCK_STREAM);
    assert_int_equal(list->ai_protocol, 999);
    assert_null(list->ai_next);
    freeaddrinfo(list);
    list = find("1.2.3.4", "1", NULL);
    assert_int_equal(list->ai_socktype, 0);
    assert_int_equal(list->ai_protocol, 0);
    assert_null(list->ai_next);
    freeaddrinfo(list);
}

static void no_node_is_loopback_or_any(void **state)
{
    ADDRINFOA hints = hints_of(0, AF_INET, SOCK_STREAM);
    ADDRINFOA *list;

    (void)state;
    expect_one(NULL, "80", &hints, "127.0.0.1 80");
    hints.ai_flags = AI_PASSIVE;
    expect_one(NULL, "80", &hints, "0.0.0.0 80");
    hints.ai_family = AF_INET6;
    expect_one(NULL, "80", &hints, ":: 80");
    hints.ai_flags = 0;
    expect_one(NULL, "80", &hints, "::1 80");
    hints.ai_family = AF_UNSPEC;
    list = find(NULL, "", &hints);
    while (list->ai_family == AF_INET6) { /* first, where the machine has it */
        ADDRINFOA *rest = list->ai_next;

        assert_string_equal(shown(list), "::1 0");
        list->ai_next = NULL;
        freeaddrinfo(list); /* a list may be freed in parts */
        list = rest;
        assert_non_null(list);
    }
    assert_string_equal(shown(list), "127.0.0.1 0");
    freeaddrinfo(list);
}

static void localhost_is_the_loopback_addresses(void **state)
{
    ADDRINFOA hints = hints_of(AI_CANONNAME, AF_INET, SOCK_STREAM);
    ADDRINFOA *list = find("LocalHost", "7", &hints);

    (void)state;
    assert_string_equal(shown(list), "127.0.0.1 7");
    assert_string_equal(list->ai_canonname, "localhost");
    assert_int_equal(list->ai_flags, 0);
    freeaddrinfo(list);
}

/* GETADDRINFO-02: "" and the own name are one. */
static void the_empty_node_is_this_computer(void **state)
{
    ADDRINFOA hints = hints_of(AI_CANONNAME, AF_UNSPEC, 0);
    ADDRINFOA *empty, *named, *at, *other;
    char own[256];

    (void)state;
    assert_int_equal(gethostname(own, sizeof own), 0);
    empty = find("", NULL, &hints);
    named = find(own, NULL, &hints);
    assert_string_equal(empty->ai_canonname, own);
    for (at = empty, other = named; at != NULL; at = at->ai_next, other = other->ai_next) {
        assert_non_null(other);
        assert_int_equal(at->ai_addrlen, other->ai_addrlen);
        assert_memory_equal(at->ai_addr, other->ai_addr, at->ai_addrlen);
        assert_true(at == empty || at->ai_canonname == NULL);
    }
    assert_null(other);
    freeaddrinfo(empty);
    freeaddrinfo(named);
}

static void ipv4_is_mapped_on_request(void **state)
{
    ADDRINFOA hints = hints_of(AI_V4MAPPED | AI_NUMERICHOST, AF_INET6, SOCK_STREAM);

    (void)state;
    expect_one("1.2.3.4", "5", &hints, "::ffff:1.2.3.4 5");
    hints.ai_family = AF_UNSPEC; /* means nothing there */
    expect_one("1.2.3.4", "5", &hints, "1.2.3.4 5");
}

static SOCKADDR_IN address4(const char *text, u_short port)
{
    SOCKADDR_IN in = {.sin_family = AF_INET, .sin_port = htons(port)};

    assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
    return in;
}

/* getnameinfo()'s result, which must be the last error too. */
#define tell(address, ...) \
    told((WSASetLastError(1234567), getnameinfo((const struct sockaddr *)(address), __VA_ARGS__)))

static int told(int error)
{
    assert_int_equal(WSAGetLastError(), error);
    return error;
}

static void getnameinfo_reports_first_failed_check(void **state)
{
    SOCKADDR_IN in = address4("127.0.0.1", 80);
    SOCKADDR_IN6 in6 = {.sin6_family = AF_INET6};
    char text[8];

    (void)state;
    assert_int_equal(tell(NULL, sizeof in, NULL, 0, NULL, 0, 0x80), WSAEFAULT);
    assert_int_equal(tell(&in, 1, NULL, 0, NULL, 0, 0x80), WSAEFAULT);
    in.sin_family = 99;
    assert_int_equal(tell(&in, 2, NULL, 0, NULL, 0, 0x80), WSAEAFNOSUPPORT);
    in.sin_family = AF_INET;
    assert_int_equal(tell(&in, sizeof in - 1, NULL, 0, NULL, 0, 0x80), WSAEFAULT);
    assert_int_equal(tell(&in6, sizeof in6 - 1, NULL, 0, NULL, 0, 0x80), WSAEFAULT);
    assert_int_equal(tell(&in, sizeof in, NULL, 0, NULL, 0, 0x80), WSAEINVAL);
    assert_int_equal(tell(&in, sizeof in, NULL, 0, NULL, 0, NI_NUMERICHOST), WSAHOST_NOT_FOUND);
    assert_int_equal(tell(&in, sizeof in, text, 0, NULL, 0, NI_NUMERICHOST), WSAEINVAL);
    assert_int_equal(tell(&in, sizeof in, NULL, 0, text, 0, NI_NUMERICHOST), WSAEINVAL);
    assert_int_equal(tell(&in, sizeof in, text, sizeof text, NULL, 0, NI_NUMERICHOST),
                     ERROR_INSUFFICIENT_BUFFER);
}

static void getnameinfo_writes_numbers(void **state)
{
    SOCKADDR_IN in = address4("127.0.0.1", 65000);
    SOCKADDR_IN6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = 3, .sin6_port = htons(1)};
    char node[NI_MAXHOST], service[NI_MAXSERV];

    (void)state;
    assert_int_equal(tell(&in, sizeof in, node, sizeof "127.0.0.1", service, sizeof "65000",
                          NI_NUMERICHOST | NI_NUMERICSERV),
                     0);
    assert_string_equal(node, "127.0.0.1");
    assert_string_equal(service, "65000");
    assert_int_equal(tell(&in, sizeof in, NULL, 0, service, sizeof "65000" - 1, NI_NUMERICSERV),
                     ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(inet_pton(AF_INET6, "fe80::5", &in6.sin6_addr), 1);
    assert_int_equal(tell(&in6, sizeof in6, node, sizeof node, service, sizeof service,
                          NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM),
                     0);
    assert_string_equal(node, "fe80::5%3");
    assert_string_equal(service, "1");
    /* A name is required, and a number asked for. */
    assert_int_equal(tell(&in, sizeof in, node, sizeof node, NULL, 0, NI_NUMERICHOST | NI_NAMEREQD),
                     WSAHOST_NOT_FOUND);
}

static void getnameinfo_names_services(void **state)
{
    SOCKADDR_IN in = address4("127.0.0.1", 53);
    char service[NI_MAXSERV];

    (void)state;
    if (access("/etc/services", R_OK) != 0)
        skip();
    assert_int_equal(tell(&in, sizeof in, NULL, 0, service, sizeof service, 0), 0);
    assert_string_equal(service, "domain");
    in.sin_port = htons(65000); /* nobody's: the number */
    assert_int_equal(tell(&in, sizeof in, NULL, 0, service, sizeof service, NI_DGRAM), 0);
    assert_string_equal(service, "65000");
}

static void wide_forms_agree(void **state)
{
    static const uint16_t node16[] = {'1', '.', '2', '.', '3', '.', '4', 0};
    static const uint16_t broken16[] = {0xDC00, 0};
    ADDRINFOW hints = {.ai_flags = AI_CANONNAME, .ai_family = AF_INET};
    SOCKADDR_IN in = address4("1.2.3.4", 9);
    WCHAR node[NI_MAXHOST], service[NI_MAXSERV];
    uint16_t out16[16];
    ADDRINFOW *list = NULL;

    (void)state;
    assert_int_equal(GetAddrInfoW(L"1.2.3.4", L"9", &hints, &list), 0);
    assert_int_equal(wcscmp(list->ai_canonname, L"1.2.3.4"), 0);
    assert_memory_equal(list->ai_addr, &in, sizeof in);
    FreeAddrInfoW(list);
    FreeAddrInfoW(NULL);
    assert_int_equal(GetAddrInfoW(NULL, NULL, NULL, &list), WSAHOST_NOT_FOUND);
    assert_int_equal(WSAGetLastError(), WSAHOST_NOT_FOUND);
    assert_int_equal(GetNameInfoW((struct sockaddr *)&in, sizeof in, node, 8, service, 2,
                                  NI_NUMERICHOST | NI_NUMERICSERV),
                     0);
    assert_int_equal(wcscmp(node, L"1.2.3.4"), 0);
    assert_int_equal(wcscmp(service, L"9"), 0);
    assert_int_equal(
        GetNameInfoW((struct sockaddr *)&in, sizeof in, node, 7, NULL, 0, NI_NUMERICHOST),
        ERROR_INSUFFICIENT_BUFFER);

    assert_int_equal(get16(node16, NULL, &hints, &list), 0);
    assert_memory_equal(list->ai_canonname, node16, sizeof node16);
    FreeAddrInfoW(list);
    assert_int_equal(get16(broken16, NULL, &hints, &list), WSAHOST_NOT_FOUND);
    assert_int_equal(name16((struct sockaddr *)&in, sizeof in, out16, 16, NULL, 0, NI_NUMERICHOST),
                     0);
    assert_memory_equal(out16, node16, sizeof node16);
}

static void every_code_has_words(void **state)
{
    static const int codes[] = {EAI_AGAIN,  EAI_BADFLAGS, EAI_FAIL,     EAI_FAMILY, EAI_MEMORY,
                                EAI_NONAME, EAI_SERVICE,  EAI_SOCKTYPE, WSANO_DATA, WSAEFAULT};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_string_not_equal(gai_strerrorA(codes[i]), gai_strerrorA(1234567));
        assert_int_equal(wcslen(gai_strerrorW(codes[i])), strlen(gai_strerrorA(codes[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_needs_a_startup),
        cmocka_unit_test(getaddrinfo_reports_first_failed_check),
        cmocka_unit_test(numeric_nodes_are_read_as_windows_does),
        cmocka_unit_test(a_scope_is_a_number),
        cmocka_unit_test(numeric_services_are_read_as_windows_does),
        cmocka_unit_test(named_services_need_the_services_file),
        cmocka_unit_test(type_and_protocol_are_copied),
        cmocka_unit_test(no_node_is_loopback_or_any),
        cmocka_unit_test(localhost_is_the_loopback_addresses),
        cmocka_unit_test(the_empty_node_is_this_computer),
        cmocka_unit_test(ipv4_is_mapped_on_request),
        cmocka_unit_test(getnameinfo_reports_first_failed_check),
        cmocka_unit_test(getnameinfo_writes_numbers),
        cmocka_unit_test(getnameinfo_names_services),
        cmocka_unit_test(wide_forms_agree),
        cmocka_unit_test(every_code_has_words),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
