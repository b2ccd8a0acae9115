/* SPDX-License-Identifier: MIT */
/*
 * WSAConnectByList, WSAConnectByName and WSAJoinLeaf. The first two always wait, so their time is
 * at most a millisecond; multicast groups are joined and sent to on loopback only.
 */
#include "fuzz/arguments/arguments.h"

#define ARG_SYM16(name) __asm__("ws2_" #name "16")

extern BOOL arg_by_name16(SOCKET s, const uint16_t *node, const uint16_t *service,
                          DWORD *local_bytes, struct sockaddr *local, DWORD *remote_bytes,
                          struct sockaddr *remote, const struct timeval *timeout, void *reserved)
    ARG_SYM16(WSAConnectByNameW);

enum { ARG_TARGETS = 4 };

/* Where addresses go, and how long to try. */
struct arg_by {
    SOCKADDR_STORAGE names[2];
    DWORD bytes[2];
    struct sockaddr *name[2];
    DWORD *length[2];
    struct timeval timeout;
    struct timeval *time;
    OVERLAPPED *reserved;
};

static void arg_by_fill(struct arg_by *by)
{
    uint8_t how = arg_byte();

    for (int i = 0; i < 2; i++) {
        by->bytes[i] = (DWORD)arg_address_bytes();
        by->length[i] = arg_pointer(&by->bytes[i]);
        by->name[i] = arg_pointer(&by->names[i]);
    }
    by->timeout = (struct timeval){how & 1 ? 0 : -(long)(how & 2), how & 4 ? 1000 : 0};
    by->time = how & 0x38 ? &by->timeout : ARG_BAD;
    by->reserved = how < 0xe0 ? NULL : arg_any_overlapped();
}

void arg_call_connect_by_list(void)
{
    union {
        SOCKET_ADDRESS_LIST list;
        struct { /* the same, for more than one */
            INT count;
            SOCKET_ADDRESS each[ARG_TARGETS];
        } of;
    } at;
    SOCKADDR_STORAGE names[ARG_TARGETS];
    SOCKET s = arg_socket();
    uint8_t count = arg_byte();
    struct arg_by by;

    memset(&at, 0, sizeof at);
    at.of.count = count < 0xf0 ? count % (ARG_TARGETS + 1) : (int)count - 0xf8;
    for (int i = 0; i < at.of.count && i < ARG_TARGETS; i++) {
        struct sockaddr *name = arg_address();

        at.of.each[i].lpSockaddr = name;
        if (name != NULL && name != ARG_BAD) {
            memcpy(&names[i], name, sizeof names[i]);
            at.of.each[i].lpSockaddr = (struct sockaddr *)&names[i];
        }
        at.of.each[i].iSockaddrLength = arg_address_bytes();
    }
    if (at.of.count > ARG_TARGETS) /* there is no more memory than this */
        at.of.count = ARG_TARGETS;
    arg_by_fill(&by);
    arg_failed_if(!WSAConnectByList(s, arg_pointer(&at.list), by.length[0], by.name[0],
                                    by.length[1], by.name[1], by.time, by.reserved));
}

/* One of the ports that is named, or text of the input's that is no service. */
static const char *arg_by_text(const char *const *texts, unsigned count)
{
    uint8_t first = arg_byte();

    return first < 0xf0 ? texts[first % count] : NULL;
}

void arg_call_connect_by_name(void)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"};
    static const char *const services[] = {"80", "0", "http", "65536", "-1", "", "x"};
    uint16_t wide[2][32];
    SOCKET s = arg_socket();
    const char *node = arg_by_text(hosts, 4);
    const char *service = arg_by_text(services, 7);
    uint8_t width = arg_byte() % 3;
    struct arg_by by;
    BOOL connected;

    arg_by_fill(&by);
    if (width == 0) {
        connected = WSAConnectByNameA(s, node, service, by.length[0], by.name[0], by.length[1],
                                      by.name[1], by.time, by.reserved);
    } else if (width == 1) {
        WCHAR *texts[2] = {arg_wide(node), arg_wide(service)};

        connected = WSAConnectByNameW(s, texts[0], texts[1], by.length[0], by.name[0], by.length[1],
                                      by.name[1], by.time, by.reserved);
        free(texts[0]);
        free(texts[1]);
    } else {
        for (size_t i = 0; i < 32; i++) {
            wide[0][i] = node != NULL && i < strlen(node) ? (uint16_t)node[i] : 0;
            wide[1][i] = service != NULL && i < strlen(service) ? (uint16_t)service[i] : 0;
        }
        connected =
            arg_by_name16(s, node == NULL ? NULL : wide[0], service == NULL ? NULL : wide[1],
                          by.length[0], by.name[0], by.length[1], by.name[1], by.time, by.reserved);
    }
    arg_failed_if(!connected);
}

/* A socket for sessions, bound to loopback. */
void arg_call_leaf(void)
{
    SOCKADDR_IN name = {.sin_family = AF_INET};
    SOCKET s =
        WSASocketA(AF_INET, SOCK_DGRAM, 0, NULL, 0,
                   WSA_FLAG_OVERLAPPED | WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FUZZ_CHECK(s == INVALID_SOCKET || bind(s, (struct sockaddr *)&name, sizeof name) == 0);
    arg_opened_socket(s);
}

/* Bound to loopback: so nothing leaves this computer. */
static bool arg_is_local(SOCKET s)
{
    SOCKADDR_STORAGE name;
    int bytes = sizeof name;
    bool known = getsockname(s, (struct sockaddr *)&name, &bytes) == 0;

    WSASetLastError(0); /* the call to be checked comes later */
    return known && name.ss_family == AF_INET &&
           ((SOCKADDR_IN *)(void *)&name)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
}

void arg_call_join_leaf(void)
{
    QOS quality;
    SOCKET s = arg_socket();
    uint8_t how = arg_byte();
    struct sockaddr *name = arg_address();
    int bytes = arg_address_bytes();
    SOCKADDR_IN *inet = (SOCKADDR_IN *)(void *)name;
    SOCKET joined;

    memset(&quality, how & 1 ? 0xff : 0, sizeof quality);
    if (how & 2 && name != NULL && name != ARG_BAD && arg_is_local(s) &&
        inet->sin_family == AF_INET)
        inet->sin_addr.s_addr = htonl(0xEFFF0100 | how);
    joined = WSAJoinLeaf(s, name, bytes, arg_pointer(&quality), arg_pointer(&quality),
                         how & 4 ? arg_pointer(&quality) : NULL, arg_pointer(&quality),
                         how & 8 ? (DWORD)1 << (how >> 4 & 3) : arg_number());
    FUZZ_CHECK(joined == s || joined == INVALID_SOCKET);
    arg_failed_if(joined == INVALID_SOCKET);
}
