/* SPDX-License-Identifier: MIT */
/* WSAStartup, WSACleanup, and what ws2ring.h adds. `startup_lock` makes starts and stops take
 * turns. */
#include <winsock2.h>

#include <ws2ring.h>

#include <stdio.h>
#include <string.h>

#include "core/base/handle.h"
#include "core/base/mem.h"
#include "core/base/result.h"
#include "core/base/startup.h"
#include "core/base/trace.h"
#include "core/object/deferred.h"
#include "core/object/sharing.h"
#include "core/verb/close.h"
#include "ring/engine/engine.h"
#include "ring/host/lock.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum { STARTUP_VERSION_MAX = 0x0202, STARTUP_WHY_BYTES = 256 };

static struct host_lock startup_lock;
static bool startup_probed;

/* The version that a request gets (STARTUP-06); 0: refused. */
static WORD startup_negotiate(WORD asked)
{
    unsigned major = LOBYTE(asked);
    unsigned minor = HIBYTE(asked);

    if (major == 0)
        return 0;
    if (major == 1)
        return minor == 0 ? MAKEWORD(1, 0) : MAKEWORD(1, 1);
    if (major == 2 && minor < 2)
        return asked;
    return MAKEWORD(2, 2);
}

/* STARTUP-07 and -14: texts are written as short strings, lpVendorInfo is left alone. */
static void startup_describe(WSADATA *data, WORD asked, WORD version)
{
    bool old = LOBYTE(asked) == 1;

    data->wVersion = version == 0 ? MAKEWORD(2, 2) : version;
    data->wHighVersion = MAKEWORD(2, 2);
    data->iMaxSockets = old ? 32767 : 0;
    data->iMaxUdpDg = old ? 65467 : 0;
    memcpy(data->szDescription, "WinSock 2.0", sizeof "WinSock 2.0");
    memcpy(data->szSystemStatus, "Running", sizeof "Running");
}

static void startup_forget_sock(void *object, void *argument)
{
    struct sock *sock = object;

    (void)argument;
    deferred_forked(sock);
    if (!sharing_end_locked(sock))
        return;
    if (sharing_inherits(sock)) /* for the program that the child executes */
        host_leave_open(sock->fd);
    else
        host_close(sock->fd); /* the child's copy; the parent's connection lives on */
    if (sock_modes(sock) & SOCK_MODE_CAPTURES)
        host_close(sock_rare(sock)->uncaptured - 1);
}

/* A child of fork() has no Winsock until it starts it anew. Its copies of the sockets are closed;
 * the memory behind them stays, because operations in it were the parent's. */
static void startup_forked(void)
{
    atomic_store_explicit(&startup_lock.word, 0, memory_order_relaxed);
    atomic_store_explicit(&startup_count, 0, memory_order_relaxed);
    startup_era_end();
    sock_each(startup_forget_sock, NULL);
}

__attribute__((constructor)) static void startup_load(void)
{
    host_fork_hook(startup_forked);
}

/* Once per process: can the engine work here? One line on standard error says why not. */
static int startup_engine_locked(void)
{
    char why[STARTUP_WHY_BYTES] = "";

    if (startup_engine_lost())
        return WSASYSNOTREADY;
    if (startup_probed)
        return 0;
    if (engine_probe(why, sizeof why) != 0) {
        fprintf(stderr, "ws2ring: %s\n", why);
        return WSASYSNOTREADY;
    }
    host_raise_descriptor_limit();
    if (host_env_flag("WS2RING_VERBOSE"))
        fprintf(stderr, "ws2ring: engine %s, version %s\n", engine_name(), WS2RING_VERSION);
    startup_probed = true;
    return 0;
}

int WSAAPI WSAStartup(WORD asked, LPWSADATA data)
{
    TRACE_CALL(WSAStartup, asked, data);
    WORD version = startup_negotiate(asked);
    WSADATA described;
    int error;

    if (startup_in_callback())
        return WSAEINPROGRESS;
    /* A version that is refused comes before a bad pointer (STARTUP-09). */
    if (data == NULL || host_copy_from(&described, data, sizeof described) != 0)
        return version == 0 ? WSAVERNOTSUPPORTED : WSAEFAULT;
    startup_describe(&described, asked, version);
    error = host_copy_to(data, &described, sizeof described);
    if (version == 0)
        return WSAVERNOTSUPPORTED;
    if (error != 0)
        return WSAEFAULT;
    host_lock_acquire(&startup_lock);
    error = startup_engine_locked();
    if (error == 0) {
        atomic_fetch_add_explicit(&startup_count, 1, memory_order_relaxed); /* see startup.h */
        if (LOBYTE(version) == 1)
            startup_era_begin();
    }
    host_lock_release(&startup_lock);
    return error;
}

int WSAAPI WSACleanup(void)
{
    TRACE_CALL(WSACleanup);
    int error;

    host_lock_acquire(&startup_lock);
    error = startup_error();
    if (error == WSAENETDOWN) /* what is left of the sockets goes all the same */
        error = 0;
    if (error == 0 && atomic_fetch_sub_explicit(&startup_count, 1, memory_order_acq_rel) == 1) {
        startup_era_end();
        sock_close_all();
    }
    host_lock_release(&startup_lock);
    return api_result(error);
}

const char *ws2_engine(void)
{
    TRACE_CALL(ws2_engine);
    return startup_active() ? engine_name() : "none";
}

const char *ws2_version(void)
{
    TRACE_CALL(ws2_version);
    return WS2RING_VERSION;
}

int ws2_stats(struct ws2_stats *stats)
{
    TRACE_CALL(ws2_stats, stats);
    struct ws2_stats now = {
        .sockets = handle_live_count(HANDLE_SOCK) + handle_live_count(HANDLE_SOCK_HIDDEN),
        .events = handle_live_count(HANDLE_EVENT),
        .ports = handle_live_count(HANDLE_PORT),
        .threads = handle_live_count(HANDLE_THREAD),
        .operations = (uint32_t)thread_op_balance(),
        .descriptors = host_descriptor_count(),
        .rings = engine_ring_count(),
        .allocated_bytes = mem_allocated_bytes(),
    };
    size_t bytes;

    if (stats == NULL || stats->size_bytes < sizeof stats->size_bytes)
        return WSAEFAULT;
    /* A program built against an older header has a shorter structure. */
    bytes = stats->size_bytes < sizeof now ? stats->size_bytes : sizeof now;
    now.size_bytes = stats->size_bytes;
    memcpy(stats, &now, bytes);
    return 0;
}
