/* SPDX-License-Identifier: MIT
 *
 * ioctlsocket and WSAIoctl: IOCTL-01, IOCTL-02, IOCTL-10, IOCTL-16, IOCTL-17. Documented:
 * DOC-IOCTL-01 (extension functions), -02 (bad sockets). */
#include "conf.h"

/* FIONREAD and SIO_KEEPALIVE_VALS only have to be refused here, which needs no support for them. */
static const struct {
    const char *name;
    DWORD code;
} codes[] = {
    {"FIONREAD", 0x4004667f},
    {"SIOCATMARK", 0x40047307},
    {"FIONBIO", 0x8004667e},
    {"SIO_KEEPALIVE_VALS", 0x98000004},
    {"SIO_GET_EXTENSION_FUNCTION_POINTER", 0xc8000006},
    {"SIO_BASE_HANDLE", 0x48000022},
    {"unknown", 0xdeadbeef},
};

static void without_count(SOCKET s)
{
    OVERLAPPED overlapped = conf_overlapped();
    char in[64] = "";
    char out[64];

    for (int i = 0; i < (int)(sizeof codes / sizeof codes[0]); i++) {
        char fact[32];

        snprintf(fact, sizeof fact, "IOCTL-02.%d", i + 1);
        fails(fact, codes[i].name,
              WSAIoctl(s, codes[i].code, in, sizeof in, out, sizeof out, NULL, NULL, NULL) != 0,
              WSAEFAULT);
    }
    fails("IOCTL-02.8", "unknown, with OVERLAPPED",
          WSAIoctl(s, 0xdeadbeef, NULL, 0, NULL, 0, NULL, &overlapped, NULL) != 0, WSAEFAULT);
    WSACloseEvent(overlapped.hEvent);
}

static void non_blocking(void)
{
    struct pair pair = conf_pair();
    SOCKET s = pair.server;
    DWORD bytes = 0xdeadbeef;
    u_long values[2] = {1, 0};
    char data[4];

    fails("IOCTL-01", "FIONBIO with a bad pointer",
          ioctlsocket(s, FIONBIO, (u_long *)(ULONG_PTR)1) != 0, WSAEFAULT);
    works("IOCTL-10.1", "FIONBIO with 5 bytes",
          WSAIoctl(s, FIONBIO, values, 5, NULL, 0, &bytes, NULL, NULL) == 0);
    equals("IOCTL-10.2", "bytes returned", (int)bytes, 0);
    fails("IOCTL-10.3", "WSARecv then", conf_recv(s, data, 4) < 0, WSAEWOULDBLOCK);
    fails("IOCTL-10.4", "FIONBIO with 3 bytes",
          WSAIoctl(s, FIONBIO, values, 3, NULL, 0, &bytes, NULL, NULL) != 0, WSAEFAULT);
    works("IOCTL-10.5", "FIONBIO with a bad output buffer",
          WSAIoctl(s, FIONBIO, values, 4, (void *)(ULONG_PTR)0xdeadbeef, 4, &bytes, NULL, NULL) ==
              0);
    values[0] = 0;
    works("IOCTL-10.6", "FIONBIO 0", ioctlsocket(s, FIONBIO, values) == 0);
    conf_send(pair.client, "abc", 3);
    equals("IOCTL-10.7", "WSARecv then", conf_recv(s, data, 4), 3);
    conf_pair_close(pair);
    fails("DOC-IOCTL-02.1", "ioctlsocket of a closed socket", ioctlsocket(s, FIONBIO, values) != 0,
          WSAENOTSOCK);
    fails("DOC-IOCTL-02.2", "WSAIoctl of a closed socket",
          WSAIoctl(s, FIONBIO, values, 4, NULL, 0, &bytes, NULL, NULL) != 0, WSAENOTSOCK);
}

static void unknown(SOCKET s)
{
    static const struct {
        const char *name;
        DWORD code;
    } rows[] = {{"0xdeadbeef", 0xdeadbeef}, {"FIOASYNC", 0x8004667d}, {"SIO_FLUSH", 0x28000004}};
    HANDLE port = conf_port();
    struct packet packet;

    conf_join_port(s, port, 31);
    for (int i = 0; i < 3; i++) {
        OVERLAPPED overlapped;
        DWORD bytes = 0xdeadbeef;
        char fact[32];
        int error = WSAIoctl(s, rows[i].code, NULL, 0, NULL, 0, &bytes, NULL, NULL) == 0
                        ? 0
                        : WSAGetLastError();

        snprintf(fact, sizeof fact, "IOCTL-16.%d", i + 1);
        ok(error == WSAEOPNOTSUPP && bytes == 0, fact, "%s: %s, bytes %s", rows[i].name,
           conf_name((unsigned)error), conf_name(bytes));
        memset(&overlapped, 0, sizeof overlapped);
        error = WSAIoctl(s, rows[i].code, NULL, 0, NULL, 0, &bytes, &overlapped, NULL) == 0
                    ? 0
                    : WSAGetLastError();
        snprintf(fact, sizeof fact, "IOCTL-17.%d", 2 * i + 1);
        equals_code(fact, rows[i].name, (unsigned)error, ERROR_IO_PENDING);
        packet = conf_packet(port, error == ERROR_IO_PENDING ? CONF_WAIT_MS : 0);
        snprintf(fact, sizeof fact, "IOCTL-17.%d", 2 * i + 2);
        ok(!packet.result && packet.overlapped == &overlapped && packet.bytes == 0 &&
               packet.error == ERROR_NOT_SUPPORTED && packet.key == 31 &&
               conf_status(&overlapped) == CONF_STATUS_NOT_SUPPORTED,
           fact, "its packet: %s, %s, Internal %s", packet.overlapped == NULL ? "none" : "one",
           conf_name(packet.error), conf_name(conf_status(&overlapped)));
    }
    CloseHandle(port);
}

static void extensions(SOCKET s)
{
    GUID ids[] = {WSAID_ACCEPTEX, WSAID_GETACCEPTEXSOCKADDRS, WSAID_CONNECTEX, WSAID_DISCONNECTEX};
    GUID nobodys = {0x12345678, 0x1234, 0x1234, {1, 2, 3, 4, 5, 6, 7, 8}};
    void *function;
    DWORD bytes;

    for (int i = 0; i < 4; i++) {
        char fact[32];
        int error;

        snprintf(fact, sizeof fact, "DOC-IOCTL-01.%d", i + 1);
        function = NULL;
        bytes = 0;
        error = WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &ids[i], sizeof ids[i], &function,
                         sizeof function, &bytes, NULL, NULL);
        ok(error == 0 && bytes == sizeof function && function != NULL, fact,
           "extension %d: %s, bytes %d", i, function != NULL ? "found" : "not found", (int)bytes);
    }
    bytes = 0;
    fails("DOC-IOCTL-01.5", "an unknown extension",
          WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &nobodys, sizeof nobodys, &function,
                   sizeof function, &bytes, NULL, NULL) != 0,
          WSAEINVAL);
    fails("DOC-IOCTL-01.6", "no room for the pointer",
          WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &ids[0], sizeof ids[0], &function,
                   sizeof function - 1, &bytes, NULL, NULL) != 0,
          WSAEFAULT);
}

int main(void)
{
    SOCKET s;

    conf_begin("ioctlsocket WSAIoctl");
    s = conf_tcp();
    without_count(s);
    extensions(s);
    non_blocking();
    unknown(s);
    closesocket(s);
    return conf_end();
}
