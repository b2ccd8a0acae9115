/* SPDX-License-Identifier: MIT */
/*
 * What children inherit, by WSA_FLAG_NO_HANDLE_INHERIT, SetHandleInformation and
 * ws2_inherit_handles; and descriptors that become sockets.
 */
#define _GNU_SOURCE 1 /* pipe2, in part.h */
#include "part.h"

static void children_get_what_is_inheritable_when_they_are_to(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool asked = i & 1;
        bool inheritable = i & 2;
        struct pair pair = pair_open();
        struct part part;
        struct answer answer;
        int fd = ws2_fd(pair.server);
        char byte;

        assert_true(fd >= 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_true(SetHandleInformation((HANDLE)pair.server, HANDLE_FLAG_INHERIT,
                                         inheritable ? HANDLE_FLAG_INHERIT : 0));
        assert_true(SetHandleInformation((HANDLE)pair.client, HANDLE_FLAG_INHERIT, 0));
        assert_int_equal(ws2_inherit_handles(asked), 0);
        part = part_fork("adopt");
        assert_int_equal(ws2_inherit_handles(0), asked);
        assert_int_equal(closesocket(pair.server), 0);
        part_tell(&part, NULL, fd);
        answer = part_hear(&part);
        if (asked && inheritable) {
            assert_int_equal(answer.error, 0);
            assert_echo(pair.client, "efg");
            assert_int_equal(shutdown(pair.client, SD_SEND), 0);
        } else {
            assert_int_equal(answer.error, WSAENOTSOCK);
        }
        assert_int_equal(recv(pair.client, &byte, 1, 0), 0);
        part_end(&part);
        closesocket(pair.client);
    }
}

static void flag_of_wsasocket_decides(void **state)
{
    SOCKET plain = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0);
    SOCKET kept = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_NO_HANDLE_INHERIT);
    SOCKET client = pair_bound(SOCK_STREAM);
    SOCKET accepted;
    DWORD flags = 77;

    (void)state;
    assert_true(GetHandleInformation((HANDLE)plain, &flags));
    assert_int_equal(flags, HANDLE_FLAG_INHERIT);
    assert_true(GetHandleInformation((HANDLE)kept, &flags));
    assert_int_equal(flags, 0);
    assert_int_equal(pair_bind(kept, INADDR_LOOPBACK, 0), 0);
    assert_int_equal(listen(kept, 1), 0);
    pair_connect(client, pair_address(kept));
    accepted = accept(kept, NULL, NULL); /* takes it from its listener */
    assert_true(GetHandleInformation((HANDLE)accepted, &flags));
    assert_int_equal(flags, 0);
    closesocket(accepted);
    closesocket(client);
    closesocket(kept);
    closesocket(plain);
}

static void descriptors_from_elsewhere_become_sockets(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN name = pair_address(listener);
    int fd = dup(ws2_fd(listener));
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    SOCKET adopted = (SOCKET)ws2_adopt(fd);
    SOCKET client;
    SOCKET accepted;

    (void)state;
    assert_true(adopted != INVALID_SOCKET);
    assert_int_equal(ws2_fd(adopted), fd);
    assert_int_equal(pair_get(adopted, SOL_SOCKET, SO_ACCEPTCONN), 1);
    assert_int_equal(closesocket(listener), 0);
    client = pair_client(name);
    accepted = accept(adopted, NULL, NULL);
    assert_true(accepted != INVALID_SOCKET);
    closesocket(accepted);
    closesocket(client);
    closesocket(adopted);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* it was the library's */
    assert_int_equal(ws2_fd(adopted), -1);
    assert_int_equal(WSAGetLastError(), WSAENOTSOCK);
    assert_true((SOCKET)ws2_adopt(file) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAENOTSOCK);
    assert_int_equal(close(file), 0); /* still ours */
    assert_true((SOCKET)ws2_adopt(-1) == INVALID_SOCKET);
    WSACleanup();
    assert_int_equal(ws2_fd(adopted), -1);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_true((SOCKET)ws2_adopt(0) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_get_what_is_inheritable_when_they_are_to),
        cmocka_unit_test(flag_of_wsasocket_decides),
        cmocka_unit_test(descriptors_from_elsewhere_become_sockets),
    };

    if (argc > 1)
        return part_run(argv[1]);
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
