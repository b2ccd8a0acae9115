/* SPDX-License-Identifier: MIT
 *
 * WSAIoctl on streams: IOCTL-03, IOCTL-04, IOCTL-06, IOCTL-07 (what waits to be read, urgent data),
 * IOCTL-13, IOCTL-14 (keep-alive), IOCTL-20 (the backlog), IOCTL-31, IOCTL-32 (interfaces).
 * Documented: DOC-IOCTL-08 (keep-alive of datagram sockets), -09 (room for interfaces), -10 (the
 * base handle; Wine crashes without an output, so that is not asked). */
#include "conf.h"

#include <mstcpip.h>

#define BACKLOG_QUERY 0x4004747bu /* SIO_IDEAL_SEND_BACKLOG_QUERY */
#define BASE_HANDLE   0x48000022u /* SIO_BASE_HANDLE */

enum { INTERFACES = 64 };

static int code_of(int result)
{
    return result == 0 ? 0 : WSAGetLastError();
}

static int ask(SOCKET s, DWORD code, void *out, DWORD out_bytes, DWORD *returned)
{
    return code_of(WSAIoctl(s, code, NULL, 0, out, out_bytes, returned, NULL, NULL));
}

static void nothing_waits(void)
{
    static const struct {
        const char *name;
        DWORD code;
        unsigned wanted;
    } rows[] = {{"FIONREAD", 0x4004667fu, 0}, {"SIOCATMARK", 0x40047307u, 1}};
    struct pair pair = conf_pair();
    SOCKET sockets[3];
    int line = 0;

    sockets[0] = pair.server;
    sockets[1] = conf_tcp();
    sockets[2] = conf_bound(SOCK_STREAM);
    for (int i = 0; i < 2; i++) {
        DWORD returned = CONF_UNTOUCHED;
        unsigned value = 77;
        char fact[32];
        int error;

        for (int k = 0; k < 3; k++) {
            error = ask(sockets[k], rows[i].code, &value, 4, &returned);
            snprintf(fact, sizeof fact, "IOCTL-04.%d", ++line);
            ok(error == 0 && value == rows[i].wanted && returned == 4, fact, "%s: %s, %u",
               rows[i].name, conf_name((unsigned)error), value);
        }
        returned = CONF_UNTOUCHED;
        error = ask(pair.server, rows[i].code, &value, 3, &returned);
        snprintf(fact, sizeof fact, "IOCTL-03.%d", i + 1);
        ok(error == WSAEFAULT && returned == CONF_UNTOUCHED, fact, "%s, 3 bytes: %s, bytes %s",
           rows[i].name, conf_name((unsigned)error),
           returned == CONF_UNTOUCHED ? "untouched" : "written");
    }
    closesocket(sockets[1]);
    closesocket(sockets[2]);
    conf_pair_close(pair);
}

static DWORD routine_error, routine_bytes, routine_calls;

static void CALLBACK routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    routine_error = error;
    routine_bytes = bytes;
    routine_calls++;
}

static void ended_at_once(void)
{
    SOCKET s = conf_tcp();
    OVERLAPPED overlapped;
    unsigned value = 77;
    DWORD returned = 0;
    int error;

    memset(&overlapped, 0, sizeof overlapped);
    error = code_of(WSAIoctl(s, 0x4004667fu, NULL, 0, &value, 4, &returned, &overlapped, routine));
    ok(error == 0 && returned == 4, "IOCTL-06.1", "FIONREAD with a routine: %s, bytes %d",
       conf_name((unsigned)error), (int)returned);
    equals("IOCTL-06.2", "calls so far", (int)routine_calls, 0);
    SleepEx(0, TRUE);
    ok(routine_calls == 1 && routine_error == 0 && routine_bytes == 0, "IOCTL-06.3",
       "then: %d call, error %d, bytes %d", (int)routine_calls, (int)routine_error,
       (int)routine_bytes);
    closesocket(s);
}

static unsigned value_of(SOCKET s, DWORD code)
{
    DWORD returned;
    unsigned value = 77;

    if (ask(s, code, &value, 4, &returned) != 0)
        return 99;
    return value;
}

static void wait_for_urgent(SOCKET s)
{
    struct timeval limit = {CONF_WAIT_MS / 1000, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    select(0, NULL, NULL, &set, &limit);
}

static void urgent(void)
{
    struct pair pair = conf_pair();
    char data[8];

    conf_send(pair.client, "12345", 5);
    send(pair.client, "u", 1, MSG_OOB);
    wait_for_urgent(pair.server);
    equals("IOCTL-07.1", "FIONREAD, 5 bytes and an urgent one", value_of(pair.server, 0x4004667fu),
           5);
    equals("IOCTL-07.2", "SIOCATMARK", value_of(pair.server, 0x40047307u), 0);
    conf_recv(pair.server, data, 2);
    equals("IOCTL-07.3", "SIOCATMARK, 2 bytes later", value_of(pair.server, 0x40047307u), 0);
    recv(pair.server, data, 1, MSG_OOB);
    equals("IOCTL-07.4", "SIOCATMARK, the urgent one was read", value_of(pair.server, 0x40047307u),
           1);
    conf_pair_close(pair);
}

static void keepalive(void)
{
    static const struct {
        u_long on, time, interval;
    } rows[] = {{1, 0, 0}, {1, 100, 100}, {0, 0, 0}, {0, 100, 100}};
    SOCKET s = conf_tcp();
    SOCKET udp = conf_socket(SOCK_DGRAM);
    struct tcp_keepalive values = {1, 1000, 1000};
    OVERLAPPED overlapped;
    DWORD returned = CONF_UNTOUCHED;
    int error =
        code_of(WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, 0, NULL, 0, &returned, NULL, NULL));

    ok(error == WSAEFAULT && returned == 0, "IOCTL-13.1", "no length: %s, bytes %s",
       conf_name((unsigned)error), returned == 0 ? "0" : "not 0");
    returned = CONF_UNTOUCHED;
    error = code_of(
        WSAIoctl(s, SIO_KEEPALIVE_VALS, NULL, sizeof values, NULL, 0, &returned, NULL, NULL));
    ok(error == WSAEFAULT && returned == 0, "IOCTL-13.2", "no input: %s, bytes %s",
       conf_name((unsigned)error), returned == 0 ? "0" : "not 0");
    for (int i = 0; i < 4; i++) {
        char fact[32];

        values.onoff = rows[i].on;
        values.keepalivetime = rows[i].time;
        values.keepaliveinterval = rows[i].interval;
        returned = CONF_UNTOUCHED;
        error = code_of(WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, sizeof values, NULL, 0, &returned,
                                 NULL, NULL));
        snprintf(fact, sizeof fact, "IOCTL-13.%d", i + 3);
        ok(error == 0 && returned == 0, fact, "%d, %d ms: %s", (int)rows[i].on, (int)rows[i].time,
           conf_name((unsigned)error));
    }
    memset(&overlapped, 0, sizeof overlapped);
    overlapped.Internal = overlapped.InternalHigh = CONF_UNTOUCHED;
    returned = CONF_UNTOUCHED;
    error = code_of(WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, sizeof values - 1, NULL, 0, &returned,
                             &overlapped, NULL));
    ok(error == WSAEFAULT && returned == CONF_UNTOUCHED &&
           conf_status(&overlapped) == CONF_STATUS_PENDING &&
           overlapped.InternalHigh == CONF_UNTOUCHED,
       "IOCTL-14", "overlapped, a byte short: %s, Internal %s", conf_name((unsigned)error),
       conf_status(&overlapped) == CONF_UNTOUCHED ? "untouched"
                                                  : conf_name(conf_status(&overlapped)));
    fails("DOC-IOCTL-08", "keep-alive of a datagram socket",
          WSAIoctl(udp, SIO_KEEPALIVE_VALS, &values, sizeof values, NULL, 0, &returned, NULL,
                   NULL) != 0,
          WSAENOPROTOOPT);
    closesocket(udp);
    closesocket(s);
}

static void backlog(void)
{
    struct pair pair = conf_pair();
    SOCKET s = conf_tcp();
    SOCKET udp = conf_socket(SOCK_DGRAM);
    DWORD returned = 0;
    unsigned value = 0;
    int error;

    fails("IOCTL-20.1", "SIO_IDEAL_SEND_BACKLOG_QUERY, not connected",
          WSAIoctl(s, BACKLOG_QUERY, NULL, 0, &value, 4, &returned, NULL, NULL) != 0, WSAENOTCONN);
    error = ask(pair.client, BACKLOG_QUERY, &value, 4, &returned);
    ok(error == 0 && value == 0x10000, "IOCTL-20.2", "connected: %s, 0x%x",
       conf_name((unsigned)error), value);
    fails("IOCTL-20.3", "on a datagram socket",
          WSAIoctl(udp, BACKLOG_QUERY, NULL, 0, &value, 4, &returned, NULL, NULL) != 0,
          WSAEOPNOTSUPP);
    closesocket(udp);
    closesocket(s);
    conf_pair_close(pair);
}

static void interfaces(void)
{
    static INTERFACE_INFO list[INTERFACES];
    SOCKET s = conf_socket(SOCK_DGRAM);
    HANDLE port = conf_port();
    OVERLAPPED overlapped;
    struct packet packet;
    DWORD needed = 0;
    DWORD returned = CONF_UNTOUCHED;
    int loopback = 0;
    int sound = 1;
    int error = ask(s, SIO_GET_INTERFACE_LIST, list, sizeof list, &needed);

    ok(error == 0 && needed > 0 && needed % sizeof list[0] == 0, "IOCTL-31.1",
       "SIO_GET_INTERFACE_LIST: %s", conf_name((unsigned)error));
    for (DWORD i = 0; error == 0 && i < needed / sizeof list[0]; i++) {
        loopback |= (list[i].iiFlags & IFF_LOOPBACK) != 0;
        sound &= list[i].iiAddress.Address.sa_family == AF_INET &&
                 list[i].iiNetmask.AddressIn.sin_addr.s_addr != 0;
        sound &= list[i].iiFlags & IFF_BROADCAST ||
                 list[i].iiBroadcastAddress.AddressIn.sin_addr.s_addr == 0;
    }
    equals("IOCTL-31.2", "loopback is there", loopback, 1);
    equals("IOCTL-31.3", "addresses, masks and broadcast addresses are sound", sound, 1);
    memset(&overlapped, 0, sizeof overlapped);
    conf_join_port(s, port, 31);
    error = code_of(WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, sizeof list, &returned,
                             &overlapped, NULL));
    ok(error == ERROR_IO_PENDING && returned == CONF_UNTOUCHED, "IOCTL-32.1",
       "overlapped: %s, bytes %s", conf_name((unsigned)error),
       returned == CONF_UNTOUCHED ? "untouched" : "written");
    packet = conf_packet(port, CONF_WAIT_MS);
    ok(packet.result && packet.overlapped == &overlapped && packet.bytes == needed &&
           overlapped.InternalHigh == needed,
       "IOCTL-32.2", "its packet: %s, the size is %s", packet.overlapped == NULL ? "none" : "one",
       packet.bytes == needed ? "right" : "wrong");
    fails("DOC-IOCTL-09", "no room",
          WSAIoctl(s, SIO_GET_INTERFACE_LIST, NULL, 0, list, 4, &returned, NULL, NULL) != 0,
          WSAEFAULT);
    closesocket(s);
    CloseHandle(port);
}

static void handles(void)
{
    SOCKET s = conf_tcp();
    SOCKET base = INVALID_SOCKET;
    DWORD returned = 0;
    int error = ask(s, BASE_HANDLE, &base, sizeof base, &returned);

    ok(error == 0 && base == s && returned == sizeof base, "DOC-IOCTL-10.1",
       "SIO_BASE_HANDLE: %s, %s", conf_name((unsigned)error), base == s ? "the socket" : "another");
    fails("DOC-IOCTL-10.2", "no room",
          WSAIoctl(s, BASE_HANDLE, NULL, 0, &base, sizeof base - 1, &returned, NULL, NULL) != 0,
          WSAEFAULT);
    closesocket(s);
}

int main(void)
{
    conf_begin("ioctlsocket WSAIoctl");
    nothing_waits();
    ended_at_once();
    urgent();
    keepalive();
    backlog();
    interfaces();
    handles();
    return conf_end();
}
