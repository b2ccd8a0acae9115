/* SPDX-License-Identifier: MIT */
/* socket and WSASocketA/W: which combinations make a socket, and what refuses the others. */
#include "pair.h"

static SOCKET make(int family, int type, int protocol)
{
    return WSASocketA(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
}

static void assert_refused(SOCKET s, int error)
{
    assert_true(s == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), error);
}

/* An earlier check wins: each row also breaks what a later check would catch. */
static void socket_refuses_bad_combinations(void **state)
{
    /* clang-format off */
    static const struct { int family, type, protocol; DWORD flags; int error; } rows[] = {
        { 0xdead,   0xdead,      0xdead,      0x8000, WSAESOCKTNOSUPPORT }, /* WSASOCKET-02 */
        { 0xdead,   0xdead,      IPPROTO_TCP, 0,      WSAESOCKTNOSUPPORT },
        { AF_INET,  0xdead,      0,           0,      WSAESOCKTNOSUPPORT },
        { AF_INET,  -1,          0,           0,      WSAESOCKTNOSUPPORT },
        { AF_INET,  SOCK_RDM,    0,           0x8000, WSAESOCKTNOSUPPORT },
        { 0,        0,           0,           0x8000, WSAEINVAL },
        { 0xdead,   SOCK_STREAM, 0xdead,      0x8000, WSAEAFNOSUPPORT },
        { AF_IPX,   SOCK_DGRAM,  1000,        0x8000, WSAEAFNOSUPPORT },    /* WSASOCKET-14 */
        { 32,       SOCK_STREAM, 3,           0,      WSAEAFNOSUPPORT },
        { AF_INET,  SOCK_STREAM, 0xdead,      0x8000, WSAEPROTONOSUPPORT }, /* WSASOCKET-03 */
        { AF_INET,  SOCK_STREAM, -1,          0,      WSAEPROTONOSUPPORT },
        { AF_INET,  0,           0xdead,      0,      WSAEPROTONOSUPPORT },
        { AF_INET,  SOCK_RAW,    256,         0x8000, WSAEPROTONOSUPPORT },
        { AF_INET,  SOCK_STREAM, IPPROTO_UDP, 0x8000, WSAEPROTOTYPE },
        { AF_INET6, SOCK_DGRAM,  IPPROTO_TCP, 0x8000, WSAEPROTOTYPE },
        { AF_INET,  SOCK_STREAM, IPPROTO_TCP, 0x8000, WSAEINVAL },
        { AF_INET,  SOCK_STREAM, IPPROTO_TCP, WSA_FLAG_MULTIPOINT_C_LEAF, WSAEINVAL },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++)
        assert_refused(
            WSASocketA(rows[i].family, rows[i].type, rows[i].protocol, NULL, 0, rows[i].flags),
            rows[i].error);
}

/* WSASOCKET-05, -12. */
static void socket_completes_what_is_left_open(void **state)
{
    static const struct {
        int family;
        int type;
        int protocol;
        int seen;
    } rows[] = {
        {AF_INET, 0, IPPROTO_TCP, SOCK_STREAM}, {AF_INET, 0, IPPROTO_UDP, SOCK_DGRAM},
        {AF_INET, 0, 0, SOCK_STREAM},           {AF_INET, SOCK_STREAM, 0, SOCK_STREAM},
        {AF_INET, SOCK_DGRAM, 0, SOCK_DGRAM},   {AF_INET6, SOCK_STREAM, 0, SOCK_STREAM},
        {AF_INET6, 0, IPPROTO_UDP, SOCK_DGRAM}, {0, 0, IPPROTO_TCP, SOCK_STREAM},
        {0, 0, IPPROTO_UDP, SOCK_DGRAM},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        SOCKET s = make(rows[i].family, rows[i].type, rows[i].protocol);

        assert_true(s != INVALID_SOCKET);
        assert_int_equal(WSAGetLastError(), 0);
        assert_int_equal(pair_get(s, SOL_SOCKET, SO_TYPE), rows[i].seen);
        assert_int_equal(closesocket(s), 0);
    }
}

static void socket_checks_protocol_information(void **state)
{
    WSAPROTOCOL_INFOA info;
    SOCKET s;

    (void)state;
    memset(&info, 0, sizeof info);
    info.iAddressFamily = info.iSocketType = info.iProtocol = FROM_PROTOCOL_INFO;
    assert_refused(WSASocketA(0, 0, IPPROTO_UDP, &info, 0, 0), WSAEAFNOSUPPORT); /* -11 */
    assert_refused(WSASocketA(0, 0xdead, 0, PAIR_BAD, 0, 0), WSAEFAULT);
    info.iAddressFamily = AF_INET;
    info.iSocketType = SOCK_DGRAM;
    info.iProtocol = IPPROTO_UDP;
    s = WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    assert_true(s != INVALID_SOCKET);
    assert_int_equal(pair_get(s, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    closesocket(s);
    info.dwProviderReserved = 1; /* as WSADuplicateSocket() leaves it */
    assert_refused(WSASocketA(0, 0, 0, &info, 0, 0), WSAEINVAL);
}

static void socket_wide_form_agrees(void **state)
{
    WSAPROTOCOL_INFOW info;
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);

    (void)state;
    assert_true(s != INVALID_SOCKET);
    closesocket(s);
    assert_refused(WSASocketW(AF_INET, 0xdead, 0, NULL, 0, 0), WSAESOCKTNOSUPPORT);
    memset(&info, 0, sizeof info);
    info.iAddressFamily = AF_INET6;
    info.iSocketType = SOCK_STREAM;
    info.iProtocol = IPPROTO_TCP;
    s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    assert_true(s != INVALID_SOCKET);
    assert_int_equal(pair_get(s, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    closesocket(s);
}

static void socket_needs_startup(void **state)
{
    (void)state;
    assert_int_equal(WSACleanup(), 0);
    assert_refused(socket(0xdead, 0xdead, 0), WSANOTINITIALISED);
    assert_refused(WSASocketA(0xdead, 0xdead, 0, PAIR_BAD, 0, 0), WSANOTINITIALISED);
    assert_int_equal(pair_setup(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(socket_refuses_bad_combinations),
        cmocka_unit_test(socket_completes_what_is_left_open),
        cmocka_unit_test(socket_checks_protocol_information),
        cmocka_unit_test(socket_wide_form_agrees),
        cmocka_unit_test(socket_needs_startup),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
