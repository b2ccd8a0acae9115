/* SPDX-License-Identifier: MIT */
/*
 * Name servers that do not answer: gethostbyname and gethostbyaddr of a thread with a 1.1 hook call
 * it meanwhile, and can be cancelled. The servers of /etc/resolv.conf become addresses of loopback,
 * with sockets at their port that nobody reads.
 */
#include "../api/hook.h"
#include "netns.h"

#include <stdbool.h>

enum { NAMES_SERVERS_MAX = 8, NAMES_CANCEL_AT = 20, NAMES_PORT = 53 };

/* In a network of our own all of these can be had. */
static bool names_silence(void)
{
    SOCKADDR_IN6 name;
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);

    memset(&name, 0, sizeof name);
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(NAMES_PORT);
    return pair_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0) == 0 &&
           bind(s, (struct sockaddr *)&name, sizeof name) == 0;
}

static void names_take_servers(void)
{
    FILE *file = fopen("/etc/resolv.conf", "r");
    char line[256];
    char address[64];
    int count = 0;

    while (file != NULL && count < NAMES_SERVERS_MAX && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "nameserver %63[0-9a-fA-F.:]", address) != 1)
            continue;
        count++;
        (void)netns_run("ip addr add %s dev lo", address); /* 127.0.0.53 is there already */
    }
    if (file != NULL)
        fclose(file);
}

/* The hook was called often, and ended the wait, long before the server is given up. */
static void was_cancelled(bool failed, ULONGLONG began)
{
    int error = WSAGetLastError();

    hook_end();
    if (hook.calls < NAMES_CANCEL_AT) {
        print_message("skipped: this machine does not ask its name servers\n");
        return;
    }
    assert_true(failed);
    assert_int_equal(error, WSAEINTR);
    assert_int_equal(hook.calls, NAMES_CANCEL_AT);
    assert_true(GetTickCount64() - began < 4000);
}

static void a_lookup_by_name_is_cancelled(void **state)
{
    ULONGLONG began = GetTickCount64();

    (void)state;
    hook_set((struct hook){.cancel_at = NAMES_CANCEL_AT});
    was_cancelled(gethostbyname("a-name-that-nobody-has.invalid") == NULL, began);
}

static void a_lookup_by_address_is_cancelled(void **state)
{
    static const char address[4] = {(char)192, 0, 2, 1}; /* for documentation: nobody has it */
    ULONGLONG began = GetTickCount64();

    (void)state;
    hook_set((struct hook){.cancel_at = NAMES_CANCEL_AT});
    was_cancelled(gethostbyaddr(address, sizeof address, AF_INET) == NULL, began);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lookup_by_name_is_cancelled),
        cmocka_unit_test(a_lookup_by_address_is_cancelled),
    };
    WSADATA data;

    if (!netns_begin())
        return NETNS_SKIPPED;
    names_take_servers();
    if (WSAStartup(MAKEWORD(1, 1), &data) != 0 || !names_silence()) {
        printf("skipped: no socket at port %d\n", NAMES_PORT);
        return NETNS_SKIPPED;
    }
    return cmocka_run_group_tests(tests, hook_setup, pair_teardown);
}
