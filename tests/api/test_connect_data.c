/* SPDX-License-Identifier: MIT */
/*
 * What WSAConnect has beside connect: connect data, quality of service, and socket groups, each
 * with every outcome that the 1997 specification lists.
 */
#include "flow.h"

#include <sys/mman.h>
#include <unistd.h>

enum { DATA_MAX = 65535 }; /* docs/calls/WSAConnect.md */

static int wsaconnect_to(SOCKET s, SOCKADDR_IN to, WSABUF *caller, WSABUF *callee, QOS *sqos,
                         QOS *gqos)
{
    return WSAConnect(s, (struct sockaddr *)&to, sizeof to, caller, callee, sqos, gqos);
}

static SOCKET in_group(int type, GROUP group)
{
    return WSASocketW(AF_INET, type, 0, NULL, group, WSA_FLAG_OVERLAPPED);
}

static GROUP group_of(SOCKET s)
{
    return (GROUP)pair_get(s, SOL_SOCKET, SO_GROUP_ID);
}

/* Another address of this computer than 127.0.0.1. */
static SOCKET listener_elsewhere(void)
{
    SOCKET s = pair_socket(SOCK_STREAM);

    assert_int_equal(pair_bind(s, INADDR_LOOPBACK + 1, 0), 0);
    assert_int_equal(listen(s, 16), 0);
    return s;
}

/* ---- Connect data ---- */

static void data_beyond_the_limit_are_a_fault(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    char *room = calloc(1, DATA_MAX + 1);
    WSABUF data = {DATA_MAX + 1, room};

    (void)state;
    assert_non_null(room);
    pair_fails(wsaconnect_to(s, to, &data, NULL, NULL, NULL), WSAEFAULT);
    data.len = 0xffffffff;
    pair_fails(wsaconnect_to(s, to, &data, NULL, NULL, NULL), WSAEFAULT);
    data.len = DATA_MAX;
    pair_fails(wsaconnect_to(s, to, &data, NULL, NULL, NULL), WSAEPROTONOSUPPORT);
    data.len = 1;
    pair_fails(wsaconnect_to(s, to, &data, NULL, NULL, NULL), WSAEPROTONOSUPPORT);
    data.buf = NULL;
    pair_fails(wsaconnect_to(s, to, &data, NULL, NULL, NULL), WSAEFAULT);
    data.len = 0; /* no data: as good as none */
    assert_int_equal(wsaconnect_to(s, to, &data, NULL, NULL, NULL), 0);
    free(room);
    closesocket(s);
    closesocket(listener);
}

/* The buffer for what comes back must be there, all of it. */
static void room_for_the_answer_must_be_writable(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    WSABUF back = {8, NULL};
    WSABUF *unwritable = (WSABUF *)(void *)(pages + page);

    (void)state;
    assert_true(pages != MAP_FAILED);
    *unwritable = (WSABUF){0, NULL};
    assert_int_equal(mprotect(pages + page, page, PROT_READ), 0);
    pair_fails(wsaconnect_to(s, to, NULL, &back, NULL, NULL), WSAEFAULT);
    back.buf = pages + page - 4; /* the second half cannot be written */
    pair_fails(wsaconnect_to(s, to, NULL, &back, NULL, NULL), WSAEFAULT);
    pair_fails(wsaconnect_to(s, to, NULL, unwritable, NULL, NULL), WSAEFAULT);
    assert_int_equal(back.len, 8);
    back.buf = pages + page - 8;
    memcpy(back.buf, "content", 8);
    assert_int_equal(wsaconnect_to(s, to, NULL, &back, NULL, NULL), 0);
    assert_int_equal(back.len, 0); /* nothing came back */
    assert_string_equal(back.buf, "content");
    closesocket(s);
    closesocket(listener);
    munmap(pages, 2 * page);
}

/* The specification speaks of an operation that is complete. */
static void a_refused_connect_leaves_the_answer_alone(void **state)
{
    SOCKET holder = pair_bound(SOCK_STREAM);
    SOCKET s = pair_socket(SOCK_STREAM);
    char room[8];
    WSABUF back = {8, room};

    (void)state;
    pair_fails(wsaconnect_to(s, pair_address(holder), NULL, &back, NULL, NULL), WSAECONNREFUSED);
    assert_int_equal(back.len, 8);
    closesocket(s);
    closesocket(holder);
}

/* ---- Quality of service ---- */

static void flows_that_cannot_be_had_are_refused(void **state)
{
    const SERVICETYPE refused[] = {SERVICETYPE_CONTROLLEDLOAD, SERVICETYPE_GUARANTEED,
                                   SERVICETYPE_QUALITATIVE, 0xffffffff};
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    SOCKET datagram = pair_socket(SOCK_DGRAM);

    (void)state;
    for (size_t i = 0; i < PAIR_COUNT(refused); i++) {
        QOS qos = {.SendingFlowspec.ServiceType = refused[i]};

        pair_fails(wsaconnect_to(s, to, NULL, NULL, &qos, NULL), WSAEOPNOTSUPP);
        pair_fails(wsaconnect_to(datagram, to, NULL, NULL, &qos, NULL), WSAEOPNOTSUPP);
        qos = (QOS){.ReceivingFlowspec.ServiceType = refused[i]};
        pair_fails(wsaconnect_to(s, to, NULL, NULL, &qos, NULL), WSAEOPNOTSUPP);
    }
    closesocket(datagram);
    closesocket(s);
    closesocket(listener);
}

static void provider_specific_flows_must_be_readable(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET s = pair_socket(SOCK_STREAM);
    QOS_OBJECT_HDR end = {QOS_OBJECT_END_OF_LIST, sizeof end};
    QOS qos = {.SendingFlowspec.ServiceType = SERVICETYPE_BESTEFFORT};

    (void)state;
    qos.ProviderSpecific = (WSABUF){sizeof end, PAIR_BAD};
    pair_fails(wsaconnect_to(s, to, NULL, NULL, &qos, NULL), WSAEFAULT);
    qos.ProviderSpecific = (WSABUF){sizeof end - 1, (char *)&end}; /* too small for any object */
    pair_fails(wsaconnect_to(s, to, NULL, NULL, &qos, NULL), WSAEFAULT);
    qos.ProviderSpecific = (WSABUF){DATA_MAX + 1, (char *)&end};
    pair_fails(wsaconnect_to(s, to, NULL, NULL, &qos, NULL), WSAEFAULT);
    qos.ProviderSpecific = (WSABUF){sizeof end, (char *)&end};
    assert_int_equal(wsaconnect_to(s, to, NULL, NULL, &qos, NULL), 0);
    closesocket(s);
    closesocket(listener);
}

/* ---- Groups ---- */

static void groups_are_made_and_joined(void **state)
{
    SOCKET alone = in_group(SOCK_STREAM, 0);
    SOCKET first = in_group(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    GROUP id = group_of(first);
    SOCKET second = in_group(SOCK_DGRAM, id);
    SOCKET constrained = in_group(SOCK_STREAM, SG_CONSTRAINED_GROUP);

    (void)state;
    assert_int_equal(group_of(alone), 0);
    assert_true(id != 0 && id != SG_UNCONSTRAINED_GROUP && id != SG_CONSTRAINED_GROUP);
    assert_int_equal(group_of(second), id);
    assert_true(group_of(constrained) != id);
    closesocket(first);
    assert_int_equal(group_of(second), id); /* it lives on with its members */
    closesocket(second);
    WSASetLastError(0);
    assert_true(in_group(SOCK_STREAM, id) == INVALID_SOCKET); /* it had no more */
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
    WSASetLastError(0);
    assert_true(in_group(SOCK_DGRAM, SG_CONSTRAINED_GROUP) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
    WSASetLastError(0);
    assert_true(in_group(SOCK_DGRAM, group_of(constrained)) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
    WSASetLastError(0);
    assert_true(in_group(SOCK_STREAM, 7) == INVALID_SOCKET);
    assert_int_equal(WSAGetLastError(), WSAEINVAL);
    closesocket(constrained);
    closesocket(alone);
}

/* The flow of a group is its creator's business; from all others it is not even looked at. */
static void only_the_creator_says_what_the_group_wants(void **state)
{
    SOCKET listener = pair_listener();
    SOCKADDR_IN to = pair_address(listener);
    SOCKET creator = in_group(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    SOCKET member = in_group(SOCK_STREAM, group_of(creator));
    SOCKET stranger = pair_socket(SOCK_STREAM);
    QOS wanted = {.SendingFlowspec.ServiceType = SERVICETYPE_GUARANTEED};
    QOS modest = {.SendingFlowspec.ServiceType = SERVICETYPE_BESTEFFORT};

    (void)state;
    pair_fails(wsaconnect_to(creator, to, NULL, NULL, PAIR_BAD, &wanted), WSAEFAULT);
    pair_fails(wsaconnect_to(creator, to, NULL, NULL, &wanted, PAIR_BAD), WSAEOPNOTSUPP);
    pair_fails(wsaconnect_to(creator, to, NULL, NULL, NULL, PAIR_BAD), WSAEFAULT);
    pair_fails(wsaconnect_to(creator, to, NULL, NULL, NULL, &wanted), WSAEOPNOTSUPP);
    wanted.ProviderSpecific = (WSABUF){1, PAIR_BAD};
    pair_fails(wsaconnect_to(creator, to, NULL, NULL, NULL, &wanted), WSAEFAULT);
    assert_int_equal(wsaconnect_to(creator, to, NULL, NULL, NULL, &modest), 0);
    assert_int_equal(wsaconnect_to(member, to, NULL, NULL, NULL, &wanted), 0);
    assert_int_equal(wsaconnect_to(stranger, to, NULL, NULL, NULL, PAIR_BAD), 0);
    closesocket(stranger);
    closesocket(member);
    closesocket(creator);
    closesocket(listener);
}

static void a_constrained_group_belongs_to_one_host(void **state)
{
    SOCKET here[2] = {pair_listener(), pair_listener()};
    SOCKET there = listener_elsewhere();
    SOCKET holder = pair_bound(SOCK_STREAM);
    SOCKET creator = in_group(SOCK_STREAM, SG_CONSTRAINED_GROUP);
    SOCKET member = in_group(SOCK_STREAM, group_of(creator));
    SOCKADDR_IN to = pair_address(there);
    OVERLAPPED overlapped = flow_overlapped();
    LPFN_CONNECTEX connect_ex = NULL;
    GUID id = WSAID_CONNECTEX;
    u_long on = 1;

    (void)state;
    flow_extension(id, &connect_ex);
    /* A connect that failed decides nothing. */
    pair_fails(wsaconnect_to(creator, pair_address(holder), NULL, NULL, NULL, NULL),
               WSAECONNREFUSED);
    assert_int_equal(wsaconnect_to(creator, pair_address(here[0]), NULL, NULL, NULL, NULL), 0);
    pair_fails(wsaconnect_to(member, to, PAIR_BAD, NULL, NULL, NULL), WSAEINVAL);
    pair_fails(connect(member, (struct sockaddr *)&to, sizeof to), WSAEINVAL);
    assert_int_equal(ioctlsocket(member, (long)FIONBIO, &on), 0);
    pair_fails(connect(member, (struct sockaddr *)&to, sizeof to), WSAEINVAL);
    assert_int_equal(pair_bind(member, 0, 0), 0);
    flow_fails(connect_ex(member, (struct sockaddr *)&to, sizeof to, NULL, 0, NULL, &overlapped),
               WSAEINVAL);
    on = 0;
    assert_int_equal(ioctlsocket(member, (long)FIONBIO, &on), 0);
    /* The host counts, not the port. */
    assert_int_equal(wsaconnect_to(member, pair_address(here[1]), NULL, NULL, NULL, NULL), 0);
    WSACloseEvent(overlapped.hEvent);
    closesocket(member);
    closesocket(creator);
    closesocket(holder);
    closesocket(there);
    closesocket(here[0]);
    closesocket(here[1]);
}

static void an_unconstrained_group_goes_anywhere(void **state)
{
    SOCKET here = pair_listener();
    SOCKET there = listener_elsewhere();
    SOCKET creator = in_group(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    SOCKET member = in_group(SOCK_STREAM, group_of(creator));

    (void)state;
    assert_int_equal(wsaconnect_to(creator, pair_address(here), NULL, NULL, NULL, NULL), 0);
    assert_int_equal(wsaconnect_to(member, pair_address(there), NULL, NULL, NULL, NULL), 0);
    closesocket(member);
    closesocket(creator);
    closesocket(there);
    closesocket(here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_beyond_the_limit_are_a_fault),
        cmocka_unit_test(room_for_the_answer_must_be_writable),
        cmocka_unit_test(a_refused_connect_leaves_the_answer_alone),
        cmocka_unit_test(flows_that_cannot_be_had_are_refused),
        cmocka_unit_test(provider_specific_flows_must_be_readable),
        cmocka_unit_test(groups_are_made_and_joined),
        cmocka_unit_test(only_the_creator_says_what_the_group_wants),
        cmocka_unit_test(a_constrained_group_belongs_to_one_host),
        cmocka_unit_test(an_unconstrained_group_goes_anywhere),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
