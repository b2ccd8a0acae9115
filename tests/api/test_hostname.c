/* SPDX-License-Identifier: MIT */
/* gethostname, gethostby..., getservby..., getprotoby...: checks, results, whose memory it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include <winsock2.h>

#include <unistd.h>

#define HOSTNAME_BAD ((char *)(uintptr_t)0x1000)

/* The form for 16-bit WCHAR, which this program does not have. */
int name16(uint16_t *name, int length) __asm__("ws2_GetHostNameW16");

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

/* The last error, which is then forgotten. */
static int error_left(void)
{
    int error = WSAGetLastError();

    WSASetLastError(0);
    return error;
}

static void every_call_needs_a_startup(void **state)
{
    WCHAR wide[4];

    (void)state;
    assert_int_equal(WSACleanup(), 0);
    assert_int_equal(gethostname(NULL, 0), SOCKET_ERROR);
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_int_equal(GetHostNameW(wide, 0), SOCKET_ERROR);
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_null(gethostbyname("localhost")); /* STARTUP-02 */
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_null(gethostbyaddr(NULL, 0, 99));
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_null(getservbyname(NULL, NULL));
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_null(getservbyport(0, NULL));
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_null(getprotobyname(NULL));
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_null(getprotobynumber(6));
    assert_int_equal(error_left(), WSANOTINITIALISED);
    assert_int_equal(setup(NULL), 0);
}

static void gethostname_wants_room(void **state)
{
    char name[256];
    char again[256];
    int length;

    (void)state;
    assert_int_equal(gethostname(name, sizeof name), 0);
    length = (int)strlen(name);
    assert_true(length > 0);
    assert_int_equal(gethostname(again, length + 1), 0);
    assert_string_equal(again, name);
    again[0] = '?';
    assert_int_equal(gethostname(again, length), SOCKET_ERROR);
    assert_int_equal(error_left(), WSAEFAULT);
    assert_int_equal(again[0], '?');
    assert_int_equal(gethostname(again, -1), SOCKET_ERROR);
    assert_int_equal(error_left(), WSAEFAULT);
    assert_int_equal(gethostname(NULL, sizeof name), SOCKET_ERROR);
    assert_int_equal(error_left(), WSAEFAULT);
    assert_int_equal(gethostname(HOSTNAME_BAD, sizeof name), SOCKET_ERROR);
    assert_int_equal(error_left(), WSAEFAULT);
}

static void wide_names_agree(void **state)
{
    char name[256];
    WCHAR wide[256];
    uint16_t wide16[256];
    int length;

    (void)state;
    assert_int_equal(gethostname(name, sizeof name), 0);
    length = (int)strlen(name);
    assert_int_equal(GetHostNameW(wide, length + 1), 0);
    assert_int_equal(name16(wide16, length + 1), 0);
    for (int i = 0; i <= length; i++) {
        assert_int_equal(wide[i], name[i]);
        assert_int_equal(wide16[i], name[i]);
    }
    assert_int_equal(GetHostNameW(wide, length), SOCKET_ERROR);
    assert_int_equal(error_left(), WSAEFAULT);
    assert_int_equal(name16(NULL, length + 1), SOCKET_ERROR);
    assert_int_equal(error_left(), WSAEFAULT);
}

/* HOSTNAME-04: the parts follow one another. */
static void assert_layout(const struct hostent *host)
{
    unsigned count = 0;

    assert_ptr_equal(host->h_aliases, host + 1);
    assert_null(host->h_aliases[0]);
    assert_ptr_equal(host->h_addr_list, host->h_aliases + 1);
    while (host->h_addr_list[count] != NULL)
        count++;
    assert_true(count > 0);
    assert_ptr_equal(host->h_addr_list[0], host->h_addr_list + count + 1);
    assert_int_equal(host->h_addrtype, AF_INET);
    assert_int_equal(host->h_length, 4);
}

static void gethostbyname_knows_local_names(void **state)
{
    static const unsigned char loopback[] = {127, 0, 0, 1};
    static const unsigned char numeric[] = {1, 2, 3, 4};
    struct hostent *host;
    unsigned char first[4];
    char own[256];

    (void)state;
    WSASetLastError(1234567);
    host = gethostbyname("localhost"); /* HOSTNAME-06 */
    assert_non_null(host);
    assert_layout(host);
    assert_memory_equal(host->h_addr, loopback, 4);
    assert_string_equal(host->h_name, "localhost");
    assert_ptr_equal(gethostbyname("1.2.3.4"), host); /* one buffer a thread */
    assert_layout(host);
    assert_memory_equal(host->h_addr, numeric, 4);
    assert_string_equal(host->h_name, "1.2.3.4");
    assert_int_equal(gethostname(own, sizeof own), 0);
    WSASetLastError(1234567);
    assert_non_null(gethostbyname(own)); /* HOSTNAME-05 */
    assert_layout(host);
    assert_string_equal(host->h_name, own);
    memcpy(first, host->h_addr, sizeof first);
    assert_non_null(gethostbyname("")); /* HOSTNAME-03 */
    assert_memory_equal(host->h_addr, first, sizeof first);
    assert_non_null(gethostbyname(NULL));
    assert_memory_equal(host->h_addr, first, sizeof first);
    assert_int_equal(error_left(), 1234567);
}

static void gethostbyname_refuses_what_is_no_ipv4(void **state)
{
    static const char *const bad[] = {"::1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "[::1]", " "};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(gethostbyname(bad[i]));
        assert_int_equal(error_left(), WSANO_DATA);
    }
}

static void gethostbyaddr_checks_in_order(void **state)
{
    static const char loopback[] = {127, 0, 0, 1};

    (void)state;
    assert_null(gethostbyaddr(NULL, 0, 99));
    assert_int_equal(error_left(), WSAEAFNOSUPPORT);
    assert_null(gethostbyaddr(NULL, 4, AF_INET));
    assert_int_equal(error_left(), WSAEFAULT);
    assert_null(gethostbyaddr(loopback, 3, AF_INET));
    assert_int_equal(error_left(), WSAEFAULT);
    assert_null(gethostbyaddr(loopback, 4, AF_INET6));
    assert_int_equal(error_left(), WSAEFAULT);
    assert_null(gethostbyaddr(HOSTNAME_BAD, 4, AF_INET));
    assert_int_equal(error_left(), WSAEFAULT);
}

static void services_come_from_the_services_file(void **state)
{
    struct servent *service;

    (void)state;
    assert_null(getservbyname(NULL, NULL));
    assert_int_equal(error_left(), WSAEFAULT);
    assert_null(getservbyname("no-such-service", NULL)); /* NETDB-06 */
    assert_int_equal(error_left(), WSANO_DATA);
    if (access("/etc/services", R_OK) != 0)
        skip();
    service = getservbyname("domain", "udp"); /* NETDB-03 */
    assert_non_null(service);
    assert_int_equal((u_short)service->s_port, htons(53));
    assert_string_equal(service->s_name, "domain");
    assert_string_equal(service->s_proto, "udp");
    assert_ptr_equal(getservbyname("telnet", "tcp"), service);
    assert_int_equal((u_short)service->s_port, htons(23));
    assert_non_null(getservbyname("mail", NULL));
    assert_string_equal(service->s_name, "smtp");
    assert_string_equal(service->s_aliases[0], "mail");
    assert_null(service->s_aliases[1]);
    assert_non_null(getservbyport(htons(53), "tcp"));
    assert_string_equal(service->s_name, "domain");
    assert_null(getservbyname("domain", "no-such-protocol"));
    assert_int_equal(error_left(), WSANO_DATA);
    assert_null(getservbyport(htons(65000), NULL));
    assert_int_equal(error_left(), WSANO_DATA);
}

/* NETDB-01, -02: Windows' list, whatever the system's own says. */
static void protocols_are_a_fixed_list(void **state)
{
    struct protoent *protocol;
    unsigned count = 0;

    (void)state;
    for (int number = -1; number <= 256; number++) {
        protocol = getprotobynumber(number);
        if (protocol == NULL) {
            assert_int_equal(error_left(), WSANO_DATA);
            continue;
        }
        count++;
        assert_int_equal(protocol->p_proto, number);
        assert_non_null(protocol->p_aliases[0]);
        assert_null(protocol->p_aliases[1]);
        assert_ptr_equal(getprotobyname(protocol->p_name), protocol);
        assert_int_equal(protocol->p_proto, number);
    }
    assert_int_equal(count, 19);
    protocol = getprotobyname("TcP");
    assert_non_null(protocol);
    assert_int_equal(protocol->p_proto, IPPROTO_TCP);
    assert_string_equal(protocol->p_name, "tcp");
    assert_string_equal(protocol->p_aliases[0], "TCP");
    assert_null(getprotobyname("no-such-protocol"));
    assert_int_equal(error_left(), WSANO_DATA);
    assert_null(getprotobyname(NULL));
    assert_int_equal(error_left(), WSAEFAULT);
}

static DWORD WINAPI other_thread(LPVOID argument)
{
    *(struct hostent **)argument = gethostbyname("1.2.3.4");
    return 0;
}

static void each_thread_has_its_own_answer(void **state)
{
    struct hostent *mine = gethostbyname("4.3.2.1");
    struct hostent *other = NULL;
    HANDLE thread = CreateThread(NULL, 0, other_thread, &other, 0, NULL);

    (void)state;
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_non_null(other);
    assert_ptr_not_equal(other, mine);
    assert_string_equal(mine->h_name, "4.3.2.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_needs_a_startup),
        cmocka_unit_test(gethostname_wants_room),
        cmocka_unit_test(wide_names_agree),
        cmocka_unit_test(gethostbyname_knows_local_names),
        cmocka_unit_test(gethostbyname_refuses_what_is_no_ipv4),
        cmocka_unit_test(gethostbyaddr_checks_in_order),
        cmocka_unit_test(services_come_from_the_services_file),
        cmocka_unit_test(protocols_are_a_fixed_list),
        cmocka_unit_test(each_thread_has_its_own_answer),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
