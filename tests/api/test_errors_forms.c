/* SPDX-License-Identifier: MIT */
/* Documented errors of calls that have several forms: each form tells what the others tell. */
#include "pair.h"

#include <ws2tcpip.h>

#include <wchar.h>

static void sockets_are_refused_alike(void **state)
{
    static const struct {
        int family, type, protocol, error;
    } rows[] = {
        {AF_INET, 99, 0, WSAESOCKTNOSUPPORT},
        {AF_INET, SOCK_STREAM, 99, WSAEPROTONOSUPPORT},
        {AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTOTYPE},
        {99, SOCK_STREAM, 0, WSAEAFNOSUPPORT},
        {AF_UNSPEC, 0, 0, WSAEINVAL},
    };

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(rows); i++) {
        int family = rows[i].family;
        int type = rows[i].type;
        int protocol = rows[i].protocol;

        WSASetLastError(0);
        assert_true(socket(family, type, protocol) == INVALID_SOCKET);
        assert_int_equal(WSAGetLastError(), rows[i].error);
        WSASetLastError(0);
        assert_true(WSASocketA(family, type, protocol, NULL, 0, 0) == INVALID_SOCKET);
        assert_int_equal(WSAGetLastError(), rows[i].error);
        WSASetLastError(0);
        assert_true(WSASocketW(family, type, protocol, NULL, 0, 0) == INVALID_SOCKET);
        assert_int_equal(WSAGetLastError(), rows[i].error);
    }
}

static void wide_addrinfo_is_refused_alike(void **state)
{
    ADDRINFOW hints = {.ai_flags = 0x02000000, .ai_family = 99, .ai_socktype = 99};
    ADDRINFOW *list = NULL;

    (void)state;
    assert_int_equal(GetAddrInfoW(L"1.2.3.4", NULL, &hints, NULL), WSAEFAULT);
    hints.ai_addrlen = 1;
    assert_int_equal(GetAddrInfoW(L"[", L"nothing", &hints, &list), WSANO_RECOVERY);
    hints.ai_addrlen = 0;
    assert_int_equal(GetAddrInfoW(L"[", L"nothing", &hints, &list), WSAEINVAL);
    hints.ai_flags = 0;
    assert_int_equal(GetAddrInfoW(L"[", L"nothing", &hints, &list), WSAEAFNOSUPPORT);
    hints.ai_family = AF_INET6;
    assert_int_equal(GetAddrInfoW(L"[", L"nothing", &hints, &list), WSAESOCKTNOSUPPORT);
    hints.ai_socktype = SOCK_STREAM;
    assert_int_equal(GetAddrInfoW(L"[", L"nothing", &hints, &list), WSATYPE_NOT_FOUND);
    assert_int_equal(GetAddrInfoW(L"[", L"1", &hints, &list), WSAHOST_NOT_FOUND);
    assert_null(list);
}

static void wide_nameinfo_is_refused_alike(void **state)
{
    SOCKADDR_IN in = pair_name(INADDR_LOOPBACK, htons(80));
    struct sockaddr *name = (struct sockaddr *)&in;
    WCHAR text[8];

    (void)state;
    assert_int_equal(GetNameInfoW(NULL, sizeof in, text, 8, NULL, 0, 0), WSAEFAULT);
    assert_int_equal(GetNameInfoW(name, sizeof in - 1, text, 8, NULL, 0, 0), WSAEFAULT);
    assert_int_equal(GetNameInfoW(name, sizeof in, NULL, 0, NULL, 0, 0x80), WSAEINVAL);
    assert_int_equal(GetNameInfoW(name, sizeof in, NULL, 0, NULL, 0, NI_NUMERICHOST),
                     WSAHOST_NOT_FOUND);
    in.sin_family = 99;
    assert_int_equal(GetNameInfoW(name, sizeof in, text, 8, NULL, 0, 0), WSAEAFNOSUPPORT);
}

static void wide_addresses_are_refused_alike(void **state)
{
    SOCKADDR_IN in = pair_name(INADDR_LOOPBACK, 0);
    LPSOCKADDR name = (LPSOCKADDR)&in;
    WCHAR text[32] = L"x";
    DWORD length = 1;
    INT bytes = sizeof in;

    (void)state;
    pair_fails(WSAAddressToStringW(NULL, sizeof in, NULL, text, &length), WSAEFAULT);
    pair_fails(WSAAddressToStringW(name, sizeof in, NULL, text, &length), WSAEFAULT);
    length = 32;
    in.sin_family = 99;
    pair_fails(WSAAddressToStringW(name, sizeof in, NULL, text, &length), WSAEINVAL);
    wcscpy(text, L"x");
    pair_fails(WSAStringToAddressW(text, AF_INET, NULL, name, &bytes), WSAEINVAL);
    bytes = 3;
    pair_fails(WSAStringToAddressW(text, AF_INET, NULL, name, &bytes), WSAEFAULT);
}

/* The Winsock 2 forms of htonl() and its like ask for a socket. */
static void byte_orders_want_a_socket_and_a_place(void **state)
{
    SOCKET s = pair_socket(SOCK_STREAM);
    u_long long_value = 0;
    u_short short_value = 0;

    (void)state;
    pair_fails(WSAHtonl(INVALID_SOCKET, 1, &long_value), WSAENOTSOCK);
    pair_fails(WSANtohl(INVALID_SOCKET, 1, &long_value), WSAENOTSOCK);
    pair_fails(WSAHtons(INVALID_SOCKET, 1, &short_value), WSAENOTSOCK);
    pair_fails(WSANtohs(INVALID_SOCKET, 1, &short_value), WSAENOTSOCK);
    pair_fails(WSAHtonl(s, 1, NULL), WSAEFAULT);
    pair_fails(WSANtohl(s, 1, NULL), WSAEFAULT);
    pair_fails(WSAHtons(s, 1, NULL), WSAEFAULT);
    pair_fails(WSANtohs(s, 1, NULL), WSAEFAULT);
    assert_int_equal(long_value, 0);
    assert_int_equal(short_value, 0);
    closesocket(s);
}

static void protocol_information_must_be_memory(void **state)
{
    (void)state;
    WSASetLastError(0);
    assert_true(WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, PAIR_BAD, 0,
                           0) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
    WSASetLastError(0);
    assert_true(WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, PAIR_BAD, 0,
                           0) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEFAULT);
}

static void wide_texts_are_refused_alike(void **state)
{
    unsigned char address[16];

    (void)state;
    pair_fails(InetPtonW(99, L"1.2.3.4", address), WSAEAFNOSUPPORT);
    pair_fails(InetPtonW(AF_INET, NULL, address), WSAEFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_are_refused_alike),
        cmocka_unit_test(wide_addrinfo_is_refused_alike),
        cmocka_unit_test(wide_nameinfo_is_refused_alike),
        cmocka_unit_test(wide_addresses_are_refused_alike),
        cmocka_unit_test(protocol_information_must_be_memory),
        cmocka_unit_test(wide_texts_are_refused_alike),
        cmocka_unit_test(byte_orders_want_a_socket_and_a_place),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
