/* SPDX-License-Identifier: MIT */
/* AF_UNIX: names that are paths; bind, connect and accept. */
#include "unix.h"

static void assert_no_socket(int family, int type, int protocol, int error)
{
    WSASetLastError(0);
    assert_true(socket(family, type, protocol) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), error);
}

static void there_are_streams_only(void **state)
{
    SOCKET s = socket(AF_UNIX, 0, 0);

    (void)state;
    assert_true(s != INVALID_SOCKET);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    closesocket(s);
    assert_no_socket(AF_UNIX, SOCK_DGRAM, 0, WSAESOCKTNOSUPPORT);
    assert_no_socket(AF_UNIX, SOCK_SEQPACKET, 0, WSAESOCKTNOSUPPORT);
    assert_no_socket(AF_UNIX, 0xdead, 0, WSAESOCKTNOSUPPORT);
    assert_no_socket(AF_UNIX, SOCK_STREAM, IPPROTO_TCP, WSAEPROTONOSUPPORT);
}

static void bind_reports_first_failed_check(void **state)
{
    SOCKADDR_UN name = un_fresh();
    SOCKADDR_UN other = un_fresh();
    SOCKADDR_UN nowhere = un_name("/no/such/folder/at/all");
    SOCKADDR_IN inet = pair_name(INADDR_LOOPBACK, 0);
    SOCKET s = un_socket();
    SOCKET second = un_socket();

    (void)state;
    pair_fails(bind(s, NULL, NAME_BYTES), WSAEFAULT);
    pair_fails(bind(s, PAIR_BAD, NAME_BYTES), WSAEFAULT);
    pair_fails(bind(s, (struct sockaddr *)&name, 0), WSAEFAULT); /* AFUNIX-01 */
    pair_fails(bind(s, (struct sockaddr *)&name, 1), WSAEFAULT);
    pair_fails(bind(s, (struct sockaddr *)&inet, sizeof inet), WSAEFAULT);
    pair_fails(un_bind(s, &nowhere), WSAEADDRNOTAVAIL);
    pair_fails(listen(s, 1), WSAEINVAL);
    assert_int_equal(un_bind(s, &name), 0);
    pair_fails(un_bind(s, &other), WSAEINVAL);
    pair_fails(un_bind(second, &name), WSAEADDRINUSE); /* AFUNIX-05 */
    closesocket(s);
    pair_fails(un_bind(second, &name), WSAEADDRINUSE); /* the file outlives its socket */
    assert_int_equal(unlink(name.sun_path), 0);
    assert_int_equal(un_bind(second, &name), 0);
    assert_int_equal(unlink(name.sun_path), 0);
    closesocket(second);
    s = pair_socket(SOCK_STREAM);
    pair_fails(un_bind(s, &name), WSAEAFNOSUPPORT);
    closesocket(s);
}

static void names_are_paths_with_their_zero(void **state)
{
    SOCKADDR_UN name = un_fresh();
    SOCKADDR_UN seen;
    SOCKADDR_UN before;
    SOCKET s = un_listener(&name);
    int length = sizeof seen;
    int exact = 2 + (int)strlen(name.sun_path) + 1;

    (void)state;
    memset(&seen, 0x5a, sizeof seen);
    before = seen;
    assert_int_equal(getsockname(s, (struct sockaddr *)&seen, &length), 0); /* AFUNIX-02 */
    assert_int_equal(length, exact);
    assert_memory_equal(&seen, &name, exact);
    assert_memory_equal((char *)&seen + exact, (char *)&before + exact, NAME_BYTES - exact);
    seen = before;
    length = exact - 1;
    pair_fails(getsockname(s, (struct sockaddr *)&seen, &length), WSAEFAULT);
    assert_memory_equal(&seen, &before, sizeof seen);
    length = NAME_BYTES;
    pair_fails(getpeername(s, (struct sockaddr *)&seen, &length), WSAENOTCONN); /* AFUNIX-04 */
    assert_int_equal(length, NAME_BYTES);
    assert_memory_equal(&seen, &before, sizeof seen);
    closesocket(s);
    assert_int_equal(access(name.sun_path, F_OK), 0); /* AFUNIX-05 */
    assert_int_equal(unlink(name.sun_path), 0);
}

/* AFUNIX-01. The shortest path has one character, so this is in the current folder. */
static void length_says_where_the_path_ends(void **state)
{
    SOCKADDR_UN name = un_name("ab");
    SOCKADDR_UN seen;
    char before[512];
    SOCKET s = un_socket();
    int length = sizeof seen;

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(bind(s, (struct sockaddr *)&name, 3), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&seen, &length), 0);
    assert_int_equal(length, 4);
    assert_string_equal(seen.sun_path, "a");
    closesocket(s);
    assert_int_equal(unlink("a"), 0);
    assert_int_equal(chdir(before), 0);
}

static void longest_path_needs_no_zero(void **state)
{
    SOCKADDR_UN name;
    SOCKADDR_UN seen;
    SOCKET s = un_socket();
    SOCKET client = un_socket();
    char path[sizeof name.sun_path + 1] = "";
    int length = sizeof seen;

    (void)state;
    memset(path, 'x', sizeof name.sun_path);
    memcpy(path, folder, strlen(folder));
    path[strlen(folder)] = '/';
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    memcpy(name.sun_path, path, sizeof name.sun_path);
    assert_int_equal(un_bind(s, &name), 0);
    assert_int_equal(listen(s, 1), 0);
    assert_int_equal(un_connect(client, &name), 0);
    assert_int_equal(getpeername(client, (struct sockaddr *)&seen, &length), 0);
    assert_int_equal(length, NAME_BYTES);
    assert_memory_equal(&seen, &name, NAME_BYTES);
    closesocket(client);
    closesocket(s);
    assert_int_equal(unlink(path), 0);
}

/* AFUNIX-01: without a name a socket can listen, though nobody can ask for it. */
static void binding_no_name_is_enough_to_listen(void **state)
{
    SOCKADDR_UN none = un_name("");
    SOCKADDR_UN seen;
    SOCKET s = un_socket();
    SOCKET client = un_socket();
    int length = sizeof seen;

    (void)state;
    assert_int_equal(bind(s, (struct sockaddr *)&none, 2), 0);
    assert_int_equal(listen(s, 1), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&seen, &length), 0);
    assert_int_equal(length, 2);
    assert_int_equal(seen.sun_family, AF_UNIX);
    pair_fails(connect(client, (struct sockaddr *)&none, 2), WSAEINVAL);
    memcpy(none.sun_path + 1, "abstract", 8); /* Linux' own sort of names */
    pair_fails(un_connect(client, &none), WSAEINVAL);
    closesocket(client);
    closesocket(s);
}

static void connect_reports_first_failed_check(void **state)
{
    SOCKADDR_UN name = un_fresh();
    SOCKADDR_UN plain = un_fresh();
    SOCKADDR_IN inet = pair_name(INADDR_LOOPBACK, 1);
    SOCKET s = un_socket();
    SOCKET listener;
    FILE *file = fopen(plain.sun_path, "w");

    (void)state;
    assert_non_null(file);
    fclose(file);
    pair_fails(connect(s, NULL, NAME_BYTES), WSAEFAULT);
    pair_fails(connect(s, (struct sockaddr *)&name, 1), WSAEFAULT);
    pair_fails(connect(s, (struct sockaddr *)&inet, sizeof inet), WSAEAFNOSUPPORT);
    pair_fails(un_connect(s, &name), WSAECONNREFUSED);  /* no file */
    pair_fails(un_connect(s, &plain), WSAECONNREFUSED); /* not a socket's */
    listener = un_listener(&name);
    pair_fails(un_connect(listener, &name), WSAEINVAL);
    assert_int_equal(un_connect(s, &name), 0); /* the same socket can try again */
    pair_fails(un_connect(s, &name), WSAEISCONN);
    closesocket(s);
    closesocket(listener);
    s = un_socket();
    pair_fails(un_connect(s, &name), WSAECONNREFUSED); /* the listener is gone, its file is not */
    closesocket(s);
    assert_int_equal(unlink(name.sun_path), 0);
    assert_int_equal(unlink(plain.sun_path), 0);
}

static void nonblocking_connect_is_told_later(void **state)
{
    SOCKADDR_UN name = un_fresh();
    SOCKET listener = un_listener(&name);
    SOCKET s = un_socket();
    u_long on = 1;
    WSAPOLLFD entry = {.fd = s, .events = POLLWRNORM};

    (void)state;
    assert_int_equal(ioctlsocket(s, FIONBIO, &on), 0);
    pair_fails(un_connect(s, &name), WSAEWOULDBLOCK);
    assert_int_equal(WSAPoll(&entry, 1, FLOW_LIMIT_MS), 1);
    assert_int_equal(entry.revents, POLLWRNORM);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_ERROR), 0);
    pair_fails(un_connect(s, &name), WSAEISCONN);
    closesocket(s);
    closesocket(listener);
    assert_int_equal(unlink(name.sun_path), 0);
}

static void accept_tells_the_clients_name(void **state)
{
    SOCKADDR_UN name = un_fresh();
    SOCKADDR_UN own = un_fresh();
    SOCKADDR_UN seen;
    SOCKET listener = un_listener(&name);
    SOCKET s = un_socket();
    SOCKET accepted;
    int length = NAME_BYTES - 1;

    (void)state;
    assert_int_equal(un_bind(s, &own), 0);
    assert_int_equal(un_connect(s, &name), 0);
    WSASetLastError(0);
    assert_true(accept(listener, (struct sockaddr *)&seen, &length) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
    length = NAME_BYTES;
    accepted = accept(listener, (struct sockaddr *)&seen, &length);
    assert_true(accepted != INVALID_SOCKET);
    assert_int_equal(length, 2 + strlen(own.sun_path) + 1);
    assert_string_equal(seen.sun_path, own.sun_path);
    closesocket(accepted);
    closesocket(s);
    s = un_socket(); /* without a name */
    assert_int_equal(un_connect(s, &name), 0);
    length = NAME_BYTES;
    accepted = accept(listener, (struct sockaddr *)&seen, &length);
    assert_true(accepted != INVALID_SOCKET);
    assert_int_equal(length, 2);
    closesocket(accepted);
    closesocket(s);
    closesocket(listener);
    assert_int_equal(unlink(name.sun_path), 0);
    assert_int_equal(unlink(own.sun_path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_streams_only),
        cmocka_unit_test(bind_reports_first_failed_check),
        cmocka_unit_test(names_are_paths_with_their_zero),
        cmocka_unit_test(length_says_where_the_path_ends),
        cmocka_unit_test(longest_path_needs_no_zero),
        cmocka_unit_test(binding_no_name_is_enough_to_listen),
        cmocka_unit_test(connect_reports_first_failed_check),
        cmocka_unit_test(nonblocking_connect_is_told_later),
        cmocka_unit_test(accept_tells_the_clients_name),
    };

    return cmocka_run_group_tests(tests, un_setup, un_teardown);
}
