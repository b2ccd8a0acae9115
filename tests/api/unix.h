/* SPDX-License-Identifier: MIT */
/* What the tests of AF_UNIX share: names of files in a folder of their own, sockets, a pair. */
#ifndef TESTS_API_UNIX_H
#define TESTS_API_UNIX_H

#include "flow.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <afunix.h>

enum { NAME_BYTES = sizeof(SOCKADDR_UN), AREA_BYTES = NAME_BYTES + 16 };

static char folder[] = "/tmp/ws2ring-unix-XXXXXX";
static unsigned names;

static inline SOCKADDR_UN un_name(const char *path)
{
    SOCKADDR_UN name;

    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    return name;
}

/* In the tests' own folder; no two are the same. */
static inline SOCKADDR_UN un_fresh(void)
{
    char path[64];

    snprintf(path, sizeof path, "%s/%u", folder, names++);
    return un_name(path);
}

static inline SOCKET un_socket(void)
{
    SOCKET s = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(s != INVALID_SOCKET);
    return s;
}

static inline int un_bind(SOCKET s, const SOCKADDR_UN *name)
{
    return bind(s, (const struct sockaddr *)name, NAME_BYTES);
}

static inline int un_connect(SOCKET s, const SOCKADDR_UN *name)
{
    return connect(s, (const struct sockaddr *)name, NAME_BYTES);
}

static inline SOCKET un_listener(const SOCKADDR_UN *name)
{
    SOCKET s = un_socket();

    assert_int_equal(un_bind(s, name), 0);
    assert_int_equal(listen(s, 16), 0);
    return s;
}

static inline struct pair un_pair(void)
{
    SOCKADDR_UN name = un_fresh();
    SOCKET listener = un_listener(&name);
    struct pair pair = {.client = un_socket()};

    assert_int_equal(un_connect(pair.client, &name), 0);
    pair.server = accept(listener, NULL, NULL);
    assert_true(pair.server != INVALID_SOCKET);
    closesocket(listener);
    assert_int_equal(unlink(name.sun_path), 0);
    return pair;
}

static inline int un_setup(void **state)
{
    if (mkdtemp(folder) == NULL)
        return -1;
    return pair_setup(state);
}

static inline int un_teardown(void **state)
{
    int left = pair_teardown(state);

    return rmdir(folder) == 0 ? left : -1; /* every test has removed its files */
}

#endif
