/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts, services and protocols. Nobody outside is asked: a host is an address, this
 * computer, or refused by AI_NUMERICHOST; NI_NUMERICHOST is always set.
 */
#include "fuzz/arguments/arguments.h"

static const char *const arg_hosts[] = {
    "localhost", "127.0.0.1", "::1", "", "127.1", "::ffff:127.0.0.1", "LOCALHOST",
};

/* A host that is on this computer, or NULL. */
static const char *arg_host(void)
{
    uint8_t first = arg_byte();

    return first < 0xf0 ? arg_hosts[first % (sizeof arg_hosts / sizeof arg_hosts[0])] : NULL;
}

static const char *arg_service(void)
{
    static const char *const services[] = {"80", "0", "http", "65536", "domain", "-1", "", "x"};
    uint8_t first = arg_byte();

    return first < 0xf0 ? services[first % 8] : NULL;
}

/* ---- getaddrinfo() and getnameinfo() ---- */

/* The members that the narrow and the wide structure have in common, by name. */
#define ARG_FILL_HINTS(hints)                                           \
    do {                                                                \
        memset(&(hints), 0, sizeof(hints));                             \
        (hints).ai_flags = (int)arg_number();                           \
        if (arg_byte() & 1)                                             \
            (hints).ai_flags |= (int)(arg_u32() & 0x7fffffff);          \
        (hints).ai_family = (int)(arg_byte() & 1 ? 0 : arg_number());   \
        (hints).ai_socktype = (int)(arg_byte() & 1 ? 0 : arg_number()); \
        (hints).ai_protocol = (int)(arg_byte() & 1 ? 0 : arg_number()); \
        (hints).ai_addrlen = arg_byte() < 0xf0 ? 0 : 1;                 \
    } while (0)

static void call_getaddrinfo(void)
{
    ADDRINFOA hints, *list = NULL;
    char *text = arg_byte() & 1 ? arg_text() : NULL;
    const char *node = text != NULL ? text : arg_host();
    const char *service = arg_service();
    bool hinted = text != NULL || arg_byte() & 1;
    ADDRINFOA **result = arg_or_null(&list);
    int error;

    ARG_FILL_HINTS(hints);
    if (text != NULL)
        hints.ai_flags |= AI_NUMERICHOST;
    error = getaddrinfo(node, service, hinted ? &hints : NULL, result);
    FUZZ_CHECK((error == 0) == (list != NULL));
    for (const ADDRINFOA *each = list; each != NULL; each = each->ai_next) {
        FUZZ_CHECK(each->ai_addr->sa_family == each->ai_family);
        FUZZ_CHECK(each->ai_addrlen ==
                   (each->ai_family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6)));
    }
    if (list != NULL)
        freeaddrinfo(list);
    free(text);
}

static void call_getaddrinfo_wide(void)
{
    ADDRINFOW hints, *list = NULL;
    char *text = arg_byte() & 1 ? arg_text() : NULL;
    /* Only text that is an address for certain may be widened to anything. */
    WCHAR *node = arg_wide(text);
    WCHAR local[] = L"localhost";
    const char *narrow = arg_service();
    WCHAR *service = arg_wide(narrow);
    ADDRINFOW **result = arg_or_null(&list);
    int error;

    ARG_FILL_HINTS(hints);
    hints.ai_flags |= AI_NUMERICHOST;
    if (node == NULL && arg_byte() & 1)
        hints.ai_flags &= ~AI_NUMERICHOST;
    error = GetAddrInfoW(node != NULL ? node : local, service, &hints, result);
    FUZZ_CHECK((error == 0) == (list != NULL));
    FreeAddrInfoW(list);
    free(service);
    free(node);
    free(text);
}

static void call_getnameinfo(void)
{
    SOCKADDR_STORAGE name;
    char room[2][128];
    bool is_wide = arg_byte() & 1;
    int bytes = arg_byte() < 0xc0 ? (int)sizeof name : (int)(arg_byte() % sizeof name);
    struct sockaddr *address = arg_or_null(&name);
    void *node = arg_or_null(room[0]);
    void *service = arg_or_null(room[1]);
    DWORD node_length = arg_byte() % 33; /* characters of 4 bytes, if wide */
    DWORD service_length = arg_byte() % 33;
    int flags = (int)arg_number() | NI_NUMERICHOST;

    memset(&name, 0, sizeof name);
    for (size_t i = 0; i < sizeof(SOCKADDR_IN6); i++)
        ((char *)&name)[i] = (char)arg_byte();
    name.ss_family = arg_byte() & 1 ? AF_INET : AF_INET6;
    if (is_wide)
        (void)GetNameInfoW(address, bytes, node, node_length, service, service_length, flags);
    else
        (void)getnameinfo(address, bytes, node, node_length, service, service_length, flags);
}

static void call_gai_strerror(void)
{
    int code = (int)arg_number();

    FUZZ_CHECK(gai_strerrorA(code)[0] != '\0');
    FUZZ_CHECK(gai_strerrorW(code)[0] != 0);
}

/* ---- The older calls ---- */

static void call_gethostname(void)
{
    int length =
        (int)(arg_byte() & 1 ? arg_number() % (ARG_BYTES / sizeof(WCHAR)) : 0u - arg_byte());

    if (arg_byte() & 1)
        arg_result(GetHostNameW(arg_pointer(arg_room), length));
    else
        arg_result(gethostname(arg_pointer(arg_room), length));
}

static void arg_check_host(const struct hostent *host)
{
    arg_failed_if(host == NULL);
    if (host == NULL)
        return;
    FUZZ_CHECK(host->h_name != NULL && host->h_aliases != NULL);
    FUZZ_CHECK(host->h_length == (host->h_addrtype == AF_INET ? 4 : 16));
    FUZZ_CHECK(host->h_addr_list[0] != NULL);
}

static void call_gethostbyname(void)
{
    char text[32];
    uint32_t address = arg_u32();

    snprintf(text, sizeof text, "%u.%u.%u.%u", address & 0xff, address >> 8 & 0xff,
             address >> 16 & 0xff, address >> 24);
    arg_check_host(gethostbyname(arg_byte() & 1 ? text : arg_host()));
}

static void call_gethostbyaddr(void)
{
    static const char loopback[16] = {127, 0, 0, 1};
    uint8_t how = arg_byte();
    int length = arg_byte() & 1 ? 16 : (int)arg_number();
    const char *address = loopback;

    if (how & 1) /* many computers have no name for ::1, and would ask for it */
        length = arg_byte() % 16;
    if (how >= 0xf0)
        address = how & 2 ? ARG_BAD : NULL;
    arg_check_host(gethostbyaddr(address, length, how & 1 ? AF_INET6 : how & 4 ? how : AF_INET));
}

static void call_database(void)
{
    uint8_t how = arg_byte();
    char *text = arg_text();
    const char *protocol = how & 16 ? NULL : how & 32 ? "tcp" : how & 64 ? "udp" : "x";
    int number = (int)arg_number();

    switch (how % 4) {
    case 0:
        arg_failed_if(getservbyname(how & 128 ? arg_service() : text, protocol) == NULL);
        break;
    case 1:
        arg_failed_if(getservbyport(number, protocol) == NULL);
        break;
    case 2:
        arg_failed_if(getprotobyname(how & 128 ? "tcp" : text) == NULL);
        break;
    default:
        arg_failed_if(getprotobynumber(number) == NULL);
        break;
    }
    free(text);
}

const struct arg_calls arg_lookup_calls =
    ARG_CALL_LIST(call_getaddrinfo, call_getaddrinfo_wide, call_getnameinfo, call_gai_strerror,
                  call_gethostname, call_gethostbyname, call_gethostbyaddr, call_database);
