/* SPDX-License-Identifier: MIT */
/*
 * What no row of tests/data says: widths of the basic types, structures that the tables lack,
 * GUIDs, and what the macros and inline functions of the headers compute. Included by the generated
 * program, which defines check_equal(what, expected, ours) first.
 */
#ifndef TESTS_HEADERS_STATIC_CHECKS_H
#define TESTS_HEADERS_STATIC_CHECKS_H

#define CHECK_SIZE(type, bytes) check_equal("sizeof(" #type ")", (bytes), (long long)sizeof(type))

#define CHECK_VALUE(expression, value) check_equal(#expression, (value), (long long)(expression))

static void check_widths(void)
{
    CHECK_SIZE(BYTE, 1);
    CHECK_SIZE(BOOLEAN, 1);
    CHECK_SIZE(WORD, 2);
    CHECK_SIZE(USHORT, 2);
    CHECK_SIZE(u_short, 2);
    CHECK_SIZE(ADDRESS_FAMILY, 2);
    CHECK_SIZE(DWORD, 4);
    CHECK_SIZE(LONG, 4);
    CHECK_SIZE(ULONG, 4);
    CHECK_SIZE(u_long, 4);
    CHECK_SIZE(BOOL, 4);
    CHECK_SIZE(INT, 4);
    CHECK_SIZE(NTSTATUS, 4);
    CHECK_SIZE(GROUP, 4);
    CHECK_SIZE(LONGLONG, 8);
    CHECK_SIZE(LONG64, 8);
    CHECK_SIZE(HANDLE, 8);
    CHECK_SIZE(WSAEVENT, 8);
    CHECK_SIZE(SOCKET, 8);
    CHECK_SIZE(UINT_PTR, 8);
    CHECK_SIZE(ULONG_PTR, 8);
    CHECK_SIZE(SIZE_T, 8);
    CHECK_SIZE(WCHAR, __SIZEOF_WCHAR_T__);
    CHECK_VALUE((DWORD)-1 > 0, 1);
    CHECK_VALUE((u_long)-1 > 0, 1);
    CHECK_VALUE((SOCKET)-1 > 0, 1);
    CHECK_VALUE((LONG)-1 < 0, 1);
}

/* Windows' layout on 64 bits, for structures without a row in layout.tsv. */
static void check_structures(void)
{
    CHECK_SIZE(LARGE_INTEGER, 8);
    CHECK_SIZE(ULARGE_INTEGER, 8);
    CHECK_SIZE(SECURITY_ATTRIBUTES, 24);
    CHECK_VALUE(offsetof(SECURITY_ATTRIBUTES, bInheritHandle), 16);
    CHECK_SIZE(CRITICAL_SECTION, 40);
    CHECK_VALUE(offsetof(CRITICAL_SECTION, DebugInfo), 0);
    CHECK_VALUE(offsetof(CRITICAL_SECTION, LockCount), 8);
    CHECK_VALUE(offsetof(CRITICAL_SECTION, RecursionCount), 12);
    CHECK_VALUE(offsetof(CRITICAL_SECTION, OwningThread), 16);
    CHECK_VALUE(offsetof(CRITICAL_SECTION, LockSemaphore), 24);
    CHECK_VALUE(offsetof(CRITICAL_SECTION, SpinCount), 32);
    CHECK_SIZE(SYSTEM_INFO, 48);
    CHECK_VALUE(offsetof(SYSTEM_INFO, wProcessorArchitecture), 0);
    CHECK_VALUE(offsetof(SYSTEM_INFO, dwPageSize), 4);
    CHECK_VALUE(offsetof(SYSTEM_INFO, dwActiveProcessorMask), 24);
    CHECK_VALUE(offsetof(SYSTEM_INFO, dwNumberOfProcessors), 32);
    CHECK_VALUE(offsetof(SYSTEM_INFO, wProcessorRevision), 46);
    CHECK_SIZE(struct ws2_stats, 40);
    CHECK_VALUE(offsetof(struct ws2_stats, allocated_bytes), 32);
}

static void check_guid(const char *what, GUID ours, const char *expected)
{
    char text[64];
    const UCHAR *tail = ours.Data4;

    snprintf(text, sizeof text, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             (unsigned)ours.Data1, (unsigned)ours.Data2, (unsigned)ours.Data3, tail[0], tail[1],
             tail[2], tail[3], tail[4], tail[5], tail[6], tail[7]);
    check_equal(what, 0, strcmp(text, expected));
}

static void check_guids(void)
{
    static const GUID acceptex = WSAID_ACCEPTEX;
    static const GUID connectex = WSAID_CONNECTEX;
    static const GUID disconnectex = WSAID_DISCONNECTEX;
    static const GUID sockaddrs = WSAID_GETACCEPTEXSOCKADDRS;
    static const GUID transmitfile = WSAID_TRANSMITFILE;
    static const GUID transmitpackets = WSAID_TRANSMITPACKETS;
    static const GUID recvmsg = WSAID_WSARECVMSG;
    static const GUID sendmsg = WSAID_WSASENDMSG;
    static const GUID poll = WSAID_WSAPOLL;
    static const GUID rio = WSAID_MULTIPLE_RIO;

    check_guid("WSAID_ACCEPTEX", acceptex, "b5367df1-cbac-11cf-95ca-00805f48a192");
    check_guid("WSAID_CONNECTEX", connectex, "25a207b9-ddf3-4660-8ee9-76e58c74063e");
    check_guid("WSAID_DISCONNECTEX", disconnectex, "7fda2e11-8630-436f-a031-f536a6eec157");
    check_guid("WSAID_GETACCEPTEXSOCKADDRS", sockaddrs, "b5367df2-cbac-11cf-95ca-00805f48a192");
    check_guid("WSAID_TRANSMITFILE", transmitfile, "b5367df0-cbac-11cf-95ca-00805f48a192");
    check_guid("WSAID_TRANSMITPACKETS", transmitpackets, "d9689da0-1f90-11d3-9971-00c04f68c876");
    check_guid("WSAID_WSARECVMSG", recvmsg, "f689d7c8-6f1f-436b-8a53-e54fe351c322");
    check_guid("WSAID_WSASENDMSG", sendmsg, "a441e712-754f-43ca-84a7-0dee44cf606d");
    check_guid("WSAID_WSAPOLL", poll, "18c76f85-dc66-4964-972e-23c27238312b");
    check_guid("WSAID_MULTIPLE_RIO", rio, "8509e081-96dd-4005-b165-9e2ee8c79e3f");
}

static void check_macros(void)
{
    OVERLAPPED_ENTRY entry;
    OVERLAPPED overlapped;
    SCOPE_ID scope;

    CHECK_VALUE(MAKEWORD(2, 1), 0x0102);
    CHECK_VALUE(MAKEWORD(0x1ff, 0x2fe), 0xfeff);
    CHECK_VALUE(MAKELONG(0x1234, 0xfedc), (LONG)0xfedc1234);
    CHECK_VALUE(LOBYTE(0xa1b2c3d4), 0xd4);
    CHECK_VALUE(HIBYTE(0xa1b2c3d4), 0xc3);
    CHECK_VALUE(LOWORD(0xa1b2c3d4), 0xc3d4);
    CHECK_VALUE(HIWORD(0xa1b2c3d4), 0xa1b2);
    CHECK_VALUE(sizeof(TEXT("ab")), 3 * (long long)sizeof(TCHAR));
    CHECK_VALUE(min(3, -4), -4);
    CHECK_VALUE(max(3, -4), 3);
    CHECK_VALUE(CONTAINING_RECORD(&entry.Internal, OVERLAPPED_ENTRY, Internal) == &entry, 1);

    FillMemory(&overlapped, sizeof overlapped, 0xff);
    ZeroMemory(&overlapped, sizeof overlapped);
    CHECK_VALUE(HasOverlappedIoCompleted(&overlapped), 1);
    overlapped.Internal = STATUS_PENDING;
    CHECK_VALUE(HasOverlappedIoCompleted(&overlapped), 0);
    overlapped.Internal = (ULONG_PTR)STATUS_CANCELLED;
    CHECK_VALUE(HasOverlappedIoCompleted(&overlapped), 1);

    /* Bit fields have no offset; their masks say where they are. */
    scope.Value = 0;
    scope.Zone = 0x0fffffff;
    CHECK_VALUE(scope.Value, 0x0fffffff);
    scope.Zone = 0;
    scope.Level = ScopeLevelGlobal;
    CHECK_VALUE(scope.Value, 0xe0000000);
}

static void check_interlocked(void)
{
    volatile LONG number = 5;
    volatile LONG64 wide = 5;
    int targets[2];
    PVOID volatile pointer = &targets[0];

    CHECK_VALUE(InterlockedIncrement(&number), 6);
    CHECK_VALUE(InterlockedDecrement(&number), 5);
    CHECK_VALUE(InterlockedExchange(&number, 7), 5);
    CHECK_VALUE(InterlockedExchangeAdd(&number, -3), 7);
    CHECK_VALUE(InterlockedCompareExchange(&number, 9, 1), 4);
    CHECK_VALUE(InterlockedCompareExchange(&number, 9, 4), 4);
    CHECK_VALUE(InterlockedAnd(&number, 8), 9);
    CHECK_VALUE(InterlockedOr(&number, 2), 8);
    CHECK_VALUE(number, 10);

    CHECK_VALUE(InterlockedIncrement64(&wide), 6);
    CHECK_VALUE(InterlockedDecrement64(&wide), 5);
    CHECK_VALUE(InterlockedExchange64(&wide, 0x700000000), 5);
    CHECK_VALUE(InterlockedExchangeAdd64(&wide, -0x300000000), 0x700000000);
    CHECK_VALUE(InterlockedCompareExchange64(&wide, 9, 1), 0x400000000);
    CHECK_VALUE(InterlockedCompareExchange64(&wide, 0x900000001, 0x400000000), 0x400000000);
    CHECK_VALUE(InterlockedAnd64(&wide, 0x800000000), 0x900000001);
    CHECK_VALUE(InterlockedOr64(&wide, 2), 0x800000000);
    CHECK_VALUE(wide, 0x800000002);

    CHECK_VALUE(InterlockedExchangePointer(&pointer, &targets[1]) == &targets[0], 1);
    CHECK_VALUE(InterlockedCompareExchangePointer(&pointer, NULL, &targets[0]) == &targets[1], 1);
    CHECK_VALUE(pointer == &targets[1], 1);
    CHECK_VALUE(InterlockedCompareExchangePointer(&pointer, NULL, &targets[1]) == &targets[1], 1);
    CHECK_VALUE(pointer == NULL, 1);
    CHECK_VALUE(InterlockedXor(&number, 3), 10);
    CHECK_VALUE(InterlockedAdd(&number, 1), 10);
    MemoryBarrier();
    YieldProcessor();
}

static void check_in6_addresses(void)
{
    static const IN6_ADDR any = IN6ADDR_ANY_INIT;
    static const IN6_ADDR loopback = IN6ADDR_LOOPBACK_INIT;
    IN6_ADDR other = IN6ADDR_ANY_INIT;

    CHECK_VALUE(IN6_IS_ADDR_UNSPECIFIED(&any), 1);
    CHECK_VALUE(IN6_IS_ADDR_UNSPECIFIED(&loopback), 0);
    CHECK_VALUE(IN6_IS_ADDR_LOOPBACK(&loopback), 1);
    CHECK_VALUE(IN6_IS_ADDR_LOOPBACK(&any), 0);
    CHECK_VALUE(IN6_IS_ADDR_V4MAPPED(&any), 0);
    other.s6_addr[10] = other.s6_addr[11] = 0xff;
    CHECK_VALUE(IN6_IS_ADDR_V4MAPPED(&other), 1);
    other.s6_addr[0] = 0xfe;
    other.s6_addr[1] = 0xbf;
    CHECK_VALUE(IN6_IS_ADDR_LINKLOCAL(&other), 1);
    other.s6_addr[1] = 0xc0;
    CHECK_VALUE(IN6_IS_ADDR_LINKLOCAL(&other), 0);
    CHECK_VALUE(IN6_IS_ADDR_MULTICAST(&other), 0);
    other.s6_addr[0] = 0xff;
    CHECK_VALUE(IN6_IS_ADDR_MULTICAST(&other), 1);
}

static IN6_ADDR in6_address(UCHAR first, UCHAR second)
{
    IN6_ADDR address = IN6ADDR_ANY_INIT;

    address.s6_addr[0] = first;
    address.s6_addr[1] = second;
    return address;
}

static void check_in6_scopes(void)
{
    IN6_ADDR site = in6_address(0xfe, 0xc0);
    IN6_ADDR global = in6_address(0x20, 0x01);
    IN6_ADDR group = in6_address(0xff, 0x02);
    IN6_ADDR compatible = IN6ADDR_ANY_INIT;

    compatible.s6_addr[12] = 10;
    CHECK_VALUE(IN6_IS_ADDR_SITELOCAL(&site), 1);
    CHECK_VALUE(IN6_IS_ADDR_SITELOCAL(&global), 0);
    CHECK_VALUE(IN6_IS_ADDR_GLOBAL(&global), 1);
    CHECK_VALUE(IN6_IS_ADDR_GLOBAL(&group), 0);
    CHECK_VALUE(IN6_IS_ADDR_MC_LINKLOCAL(&group), 1);
    CHECK_VALUE(IN6_IS_ADDR_MC_SITELOCAL(&group), 0);
    CHECK_VALUE(IN6_IS_ADDR_V4COMPAT(&compatible), 1);
    CHECK_VALUE(IN6_IS_ADDR_V4COMPAT(&in6addr_loopback), 0);
    CHECK_VALUE(IN6_IS_ADDR_UNSPECIFIED(&in6addr_any), 1);
    CHECK_VALUE(IN6_ADDR_EQUAL(&site, &global), 0);
    CHECK_VALUE(IN6_ADDR_EQUAL(&site, &site), 1);
}

static void check_inet_addresses(void)
{
    SOCKADDR_STORAGE storage;
    PSOCKADDR name = (PSOCKADDR)&storage;
    SCOPE_ID scope = SCOPEID_UNSPECIFIED_INIT;
    IN_ADDR four;

    FillMemory(&storage, sizeof storage, 0xff);
    storage.ss_family = AF_INET;
    INETADDR_SETLOOPBACK(name);
    CHECK_VALUE(INETADDR_ISLOOPBACK(name), 1);
    CHECK_VALUE(INETADDR_ISANY(name), 0);
    CHECK_VALUE(((PSOCKADDR_IN)name)->sin_addr.s_addr, 0x0100007f);
    CHECK_VALUE(INETADDR_ADDRESS(name) == (PUCHAR) & ((PSOCKADDR_IN)name)->sin_addr, 1);
    SS_PORT(name) = 0x1234;
    CHECK_VALUE(INETADDR_PORT(name), 0x1234);
    four = ((PSOCKADDR_IN)name)->sin_addr;
    CHECK_VALUE(IN4_IS_ADDR_LOOPBACK(&four), 1);
    CHECK_VALUE(IN4_IS_ADDR_MULTICAST(&four), 0);

    storage.ss_family = AF_INET6;
    INETADDR_SETANY(name);
    CHECK_VALUE(INETADDR_ISANY(name), 1);
    CHECK_VALUE(INETADDR_ISV4MAPPED(name), 0);
    scope.Value = 7;
    IN6ADDR_SETV4MAPPED((PSOCKADDR_IN6)name, &four, scope, 0x5678);
    CHECK_VALUE(INETADDR_ISV4MAPPED(name), 1);
    CHECK_VALUE(INETADDR_PORT(name), 0x5678);
    CHECK_VALUE(INETADDR_SCOPE_ID(name).Value, 7);
    CHECK_VALUE(memcmp(IN6_GET_ADDR_V4MAPPED(&((PSOCKADDR_IN6)name)->sin6_addr), &four, 4), 0);
    CHECK_VALUE(INETADDR_ADDRESS(name) == ((PSOCKADDR_IN6)name)->sin6_addr.s6_addr, 1);
    CHECK_VALUE(SIZEOF_SOCKET_ADDRESS_LIST(2), 40);
}

/* Walks a buffer with two control messages, of 4 and of 8 bytes, and a damaged one. */
static void check_control_messages(void)
{
    LONG64 room[9] = {0};
    WSAMSG message = {NULL, 0, NULL, 0, {56, (CHAR *)room}, 0};
    LPWSACMSGHDR first = WSA_CMSG_FIRSTHDR(&message), second;

    CHECK_VALUE(WSA_CMSG_LEN(4), 20);
    CHECK_VALUE(WSA_CMSG_SPACE(4), 24);
    CHECK_VALUE((CHAR *)first == message.Control.buf, 1);
    CHECK_VALUE((CHAR *)WSA_CMSG_DATA(first) - message.Control.buf, 16);
    CHECK_VALUE(WSA_CMSG_NXTHDR(&message, NULL) == first, 1);
    first->cmsg_len = WSA_CMSG_LEN(4);
    second = WSA_CMSG_NXTHDR(&message, first);
    CHECK_VALUE((CHAR *)second - message.Control.buf, 24);
    second->cmsg_len = WSA_CMSG_LEN(8);
    CHECK_VALUE(WSA_CMSG_NXTHDR(&message, second) == NULL, 1);
    second->cmsg_len = 0;
    CHECK_VALUE(WSA_CMSG_NXTHDR(&message, second) == NULL, 1);
    second->cmsg_len = (SIZE_T)-1;
    CHECK_VALUE(WSA_CMSG_NXTHDR(&message, second) == NULL, 1);
    message.Control.len = 15;
    CHECK_VALUE(WSA_CMSG_FIRSTHDR(&message) == NULL, 1);
}

static void check_wide_byte_order(void)
{
    CHECK_VALUE(htonll(0x0102030405060708), 0x0807060504030201);
    CHECK_VALUE(ntohll(htonll(77)), 77);
    CHECK_VALUE(htonf(1.0f), 0x0000803f);
    CHECK_VALUE(ntohf(htonf(2.5f)) == 2.5f, 1);
    CHECK_VALUE(htond(1.0), 0xf03f);
    CHECK_VALUE(ntohd(htond(2.5)) == 2.5, 1);
}

static void check_everything_else(void)
{
    check_widths();
    check_structures();
    check_guids();
    check_macros();
    check_interlocked();
    check_in6_addresses();
    check_in6_scopes();
    check_inet_addresses();
    check_control_messages();
    check_wide_byte_order();
}

#endif /* TESTS_HEADERS_STATIC_CHECKS_H */
