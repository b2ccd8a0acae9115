/* SPDX-License-Identifier: MIT */
/*
 * bind and listen. Owns the list of bound sockets of this process; bind_lock protects it. Lock
 * order: sock->lock, then bind_lock.
 *
 * Linux' SO_REUSEADDR and SO_REUSEPORT are tools here, unrelated to the options of the same name
 * that the application sets:
 * [B1] A stream socket that is bound and neither listens nor is connected has neither of them, so
 *      that another process cannot bind its address too. A listener has SO_REUSEADDR, and hands it
 *      to the connections it accepts: their TIME_WAIT then does not keep a later bind away.
 * [B2] The first attempt to bind is made without SO_REUSEADDR. With it, the kernel would note on
 *      the port that everybody who asks for reuse may come in, and look no further.
 * [B3] Where Windows allows two binds and Linux does not, both sockets get both options for the
 *      moment of the bind or listen only. Afterwards a third socket collides again.
 * [B4] A stream socket with Winsock's SO_REUSEADDR keeps SO_REUSEPORT: two such sockets share, in
 *      one process or in two of the same user. A program of one instruction on the group of
 *      listeners gives each connection to the first of them (REUSE-02).
 *
 * Long: bind, listen and the address of a failed connect share one list, one lock and these rules.
 */
#include "core/verb/bind.h"

#include <errno.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/base/mem.h"
#include "core/object/selection.h"
#include "ring/host/lock.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"

enum { BIND_BUCKET_COUNT = 1024, BIND_LISTEN_ACCEPTS = 16 };

enum bind_option { BIND_DEFAULT, BIND_REUSE, BIND_EXCLUSIVE, BIND_OPTION_COUNT };

/* What a bound socket covers: addresses of IPv4, of IPv6, or (dual stack) of both. */
struct bind_entry {
    struct bind_entry *next;       /* same port */
    struct bind_entry *owner_next; /* same hash of the socket */
    struct sock *sock;             /* not counted: it leaves the list before it goes */
    uint16_t port;
    bool port_given; /* by the application, which may want it again */
    uint8_t protocol;
    uint8_t option; /* enum bind_option at the time of the bind */
    bool has_inet;
    bool has_inet6;
    bool wildcard;
    uint8_t inet[4];
    uint8_t inet6[16];
    uint8_t inet6_rest[4]; /* scope, as it stands in an address */
};

static struct host_lock bind_lock;
static struct bind_entry *bind_ports[BIND_BUCKET_COUNT];  /* by port */
static struct bind_entry *bind_owners[BIND_BUCKET_COUNT]; /* by socket */

/* What the second bind gets, [first option][first wildcard?][second option][second wildcard?]: the
 * vendor's table for one user, which REUSE-01 to REUSE-15 agree with. */
/* clang-format off */
static const uint16_t bind_matrix[BIND_OPTION_COUNT][2][BIND_OPTION_COUNT][2] = {
    [BIND_DEFAULT] = {
        { { WSAEADDRINUSE, 0 }, { WSAEACCES, 0 }, { WSAEADDRINUSE, WSAEADDRINUSE } },
        { { 0, WSAEADDRINUSE }, { 0, WSAEACCES }, { 0, WSAEADDRINUSE } },
    },
    [BIND_REUSE] = {
        { { WSAEADDRINUSE, 0 }, { 0, 0 }, { WSAEADDRINUSE, WSAEADDRINUSE } },
        { { 0, WSAEADDRINUSE }, { 0, 0 }, { 0, WSAEADDRINUSE } },
    },
    [BIND_EXCLUSIVE] = {
        { { WSAEADDRINUSE, 0 }, { WSAEACCES, 0 }, { WSAEADDRINUSE, WSAEADDRINUSE } },
        { { WSAEACCES, WSAEADDRINUSE }, { WSAEACCES, WSAEACCES }, { WSAEACCES, WSAEADDRINUSE } },
    },
};
/* clang-format on */

static struct bind_entry **bind_bucket(uint16_t port)
{
    return &bind_ports[port % BIND_BUCKET_COUNT];
}

/* Where the pointer to the socket's entry is, or the end of its list. */
static struct bind_entry **bind_owner_link(const struct sock *sock)
{
    struct bind_entry **link = &bind_owners[(sock->handle >> 2) % BIND_BUCKET_COUNT];

    while (*link != NULL && (*link)->sock != sock)
        link = &(*link)->owner_next;
    return link;
}

static enum bind_option bind_option_of(struct sock *sock)
{
    uint32_t flags = sock_flags(sock);

    if (flags & SOCK_EXCLUSIVE)
        return BIND_EXCLUSIVE;
    return flags & SOCK_REUSE ? BIND_REUSE : BIND_DEFAULT;
}

/* Fills in what the socket would cover with this name. */
static void bind_describe(struct bind_entry *entry, struct sock *sock, const struct name *name)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t zero[16];
    int only = 1;
    uint32_t bytes = sizeof only;

    memset(entry, 0, sizeof *entry);
    entry->sock = sock;
    entry->port = name_port(name);
    entry->port_given = entry->port != 0;
    entry->protocol = sock->protocol;
    entry->option = (uint8_t)bind_option_of(sock);
    entry->wildcard = name_is_wildcard(name);
    if (sock->family == AF_INET) {
        entry->has_inet = true;
        memcpy(entry->inet, name->data + 4, sizeof entry->inet);
        return;
    }
    memcpy(entry->inet6, name->data + 8, sizeof entry->inet6);
    memcpy(entry->inet6_rest, name->data + 24, sizeof entry->inet6_rest);
    if (memcmp(entry->inet6, mapped, sizeof mapped) == 0) { /* an IPv4 address in disguise */
        entry->has_inet = true;
        memcpy(entry->inet, entry->inet6 + sizeof mapped, sizeof entry->inet);
        entry->wildcard = memcmp(entry->inet, zero, sizeof entry->inet) == 0;
        return;
    }
    entry->has_inet6 = true;
    if (entry->wildcard &&
        host_getsockopt(sock->fd, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY, &only, &bytes) == 0)
        entry->has_inet = !only; /* dual stack; that address is all zero already */
}

/* One address of one family: the same, or one of them stands for all. */
static bool bind_overlap(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    static const uint8_t zero[16];

    return memcmp(a, b, bytes) == 0 || memcmp(a, zero, bytes) == 0 || memcmp(b, zero, bytes) == 0;
}

static bool bind_related(const struct bind_entry *a, const struct bind_entry *b)
{
    if (a->sock == b->sock || a->port != b->port || a->protocol != b->protocol)
        return false;
    if (a->has_inet && b->has_inet && bind_overlap(a->inet, b->inet, sizeof a->inet))
        return true;
    return a->has_inet6 && b->has_inet6 && bind_overlap(a->inet6, b->inet6, sizeof a->inet6);
}

/* 0, or the first conflict with a socket of this process. */
static int bind_conflict_locked(const struct bind_entry *wanted)
{
    struct bind_entry *entry = wanted->port != 0 ? *bind_bucket(wanted->port) : NULL;

    for (; entry != NULL; entry = entry->next) {
        int error = bind_matrix[entry->option][entry->wildcard][wanted->option][wanted->wildcard];

        if (error != 0 && bind_related(entry, wanted))
            return error;
    }
    return 0;
}

/* [B1] [B4]: what the socket has when no bind or listen of a neighbour is under way. */
static void bind_options_rest(struct sock *sock)
{
    bool reuse = sock_flags(sock) & SOCK_REUSE;
    bool stream = sock->type == SOCK_STREAM;
    bool busy = sock_flags(sock) & (SOCK_LISTENING | SOCK_CONNECTED);

    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, stream ? busy : reuse);
    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEPORT, stream && reuse);
}

static void bind_options_share(struct sock *sock)
{
    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEPORT, 1);
}

/* Every socket that `wanted` may live beside, but which the kernel might hold against it: [B3]. */
static unsigned bind_each_neighbour_locked(const struct bind_entry *wanted,
                                           void (*visit)(struct sock *sock))
{
    struct bind_entry *entry = *bind_bucket(wanted->port);
    unsigned count = 0;

    for (; entry != NULL; entry = entry->next) {
        if (!bind_related(entry, wanted))
            continue;
        visit(entry->sock);
        count++;
    }
    return count;
}

/* After [B3] the kernel remembers on the port that its last socket had SO_REUSEPORT, and would let
 * another process of this user in that asks for it too. The next plain socket on the port makes it
 * forget. That is one of the other family, whose addresses collide with none of ours; it lives for
 * a moment. Best effort: with a dual-stack neighbour there is no such address. */
static void bind_seal(const struct bind_entry *shared)
{
    struct name name = {.bytes = (uint32_t)name_bytes(shared->has_inet ? AF_INET6 : AF_INET)};
    uint16_t family = shared->has_inet ? LX_AF_INET6 : LX_AF_INET;
    int fd;

    if (shared->sock->type != SOCK_STREAM)
        return;
    fd = host_socket(family, SOCK_STREAM, 0);
    if (fd < 0)
        return;
    memcpy(name.data, &family, sizeof family);
    name.data[2] = (unsigned char)(shared->port >> 8);
    name.data[3] = (unsigned char)shared->port;
    if (shared->has_inet) { /* [::1] */
        (void)host_set_option(fd, LX_IPPROTO_IPV6, LX_IPV6_V6ONLY, 1);
        name.data[23] = 1;
    } else { /* 127.255.255.254 */
        memcpy(name.data + 4, "\x7f\xff\xff\xfe", 4);
    }
    (void)host_bind(fd, name.data, name.bytes);
    host_close(fd);
}

/* The kernel's bind, with as little reuse as will do. 0 or a negative errno. */
static int bind_kernel_locked(const struct bind_entry *wanted, const struct name *name)
{
    struct sock *sock = wanted->sock;
    bool stream = sock->type == SOCK_STREAM;
    unsigned neighbours;
    int error;

    if (wanted->option == BIND_REUSE)
        (void)host_set_option(sock->fd, LX_SOL_SOCKET, stream ? LX_SO_REUSEPORT : LX_SO_REUSEADDR,
                              1);
    error = host_bind(sock->fd, name->data, name->bytes); /* [B2] */
    if (error == -EADDRINUSE && wanted->port == 0)
        error = -ENOBUFS; /* any port would have done, so there is none left */
    if (error != -EADDRINUSE)
        goto out;
    /* Somebody is there: connections in TIME_WAIT, which only need SO_REUSEADDR on our side, or
     * neighbours in this process. */
    neighbours = bind_each_neighbour_locked(wanted, bind_options_share);
    if (neighbours == 0 && !stream)
        goto out;
    if (neighbours != 0)
        bind_options_share(sock);
    else
        (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1);
    error = host_bind(sock->fd, name->data, name->bytes);
    bind_options_rest(sock);
    if (neighbours != 0) {
        (void)bind_each_neighbour_locked(wanted, bind_options_rest);
        bind_seal(wanted);
    }
out:
    if (error != 0) /* the application may try again without SO_REUSEADDR */
        (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEPORT, 0);
    return error;
}

/* Puts a bound socket on the list. The kernel knows the port by now, also when it chose it. */
static void bind_remember_locked(struct bind_entry *entry)
{
    struct sock *sock = entry->sock;
    struct bind_entry **bucket;
    struct bind_entry **owner = bind_owner_link(sock);
    struct name name = {.bytes = sizeof name.data};

    if (entry->port == 0 && host_getsockname(sock->fd, name.data, &name.bytes) == 0)
        entry->port = name_port(&name);
    bucket = bind_bucket(entry->port);
    entry->next = *bucket;
    *bucket = entry;
    entry->owner_next = *owner;
    *owner = entry;
    sock_set(sock, SOCK_BOUND | SOCK_IN_BIND_TABLE);
}

/* Windows wants SO_BROADCAST before a bind to the broadcast address; Linux does not ask. */
static bool bind_broadcast_refused(struct sock *sock, const struct bind_entry *wanted)
{
    static const uint8_t all[4] = {255, 255, 255, 255};
    int on = 0;
    uint32_t on_bytes = sizeof on;

    if (sock->type != SOCK_DGRAM || !wanted->has_inet || memcmp(wanted->inet, all, sizeof all) != 0)
        return false;
    (void)host_getsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_BROADCAST, &on, &on_bytes);
    return on == 0;
}

/* The checks that depend on the socket's state; sock->lock is held. */
static int bind_sock_locked(struct sock *sock, const struct name *name, struct bind_entry *entry)
{
    int error;

    if (sock_flags(sock) & (SOCK_BOUND | SOCK_CONNECTED | SOCK_CONNECTING | SOCK_ACCEPTING))
        return WSAEINVAL;
    bind_describe(entry, sock, name);
    if (bind_broadcast_refused(sock, entry))
        return WSAEACCES;
    host_lock_acquire(&bind_lock);
    error = bind_conflict_locked(entry);
    if (error == 0) {
        error = errmap_to_wsa(ERRMAP_CALL_BIND, -bind_kernel_locked(entry, name));
        /* Another process has it. The table's column for a second socket with SO_REUSEADDR knows
         * no other failure than this one. */
        if (error == WSAEADDRINUSE && entry->option == BIND_REUSE)
            error = WSAEACCES;
    }
    if (error == 0)
        bind_remember_locked(entry);
    host_lock_release(&bind_lock);
    return error;
}

int bind_sock(struct sock *sock, const struct name *name)
{
    struct bind_entry *entry = mem_zalloc(sock->handle >> 2, sizeof *entry);
    int error = WSAENOBUFS;

    if (entry != NULL) {
        host_lock_acquire(&sock->lock);
        error = bind_sock_locked(sock, name, entry);
        host_lock_release(&sock->lock);
    }
    if (error != 0)
        mem_free(entry);
    else if (sock->type != SOCK_STREAM)
        selection_note(sock, FD_WRITE, 0); /* EVENTS-13 */
    return error;
}

/* Winsock's backlog as Linux takes it; the kernel caps it at net.core.somaxconn. */
static int bind_backlog(int backlog)
{
    enum { HINT_MIN = 200, HINT_MAX = 65535 }; /* documented range of SOMAXCONN_HINT */

    if (backlog >= 0)
        return backlog > 0 ? backlog : 1;
    if (backlog > -HINT_MIN)
        return HINT_MIN;
    return backlog < -HINT_MAX ? HINT_MAX : -backlog;
}

/* [B4]: "return 0", the first socket of the group. After the listen only: the kernel holds a group
 * that a socket has before it listens against it. */
static void bind_first_listener(struct sock *sock)
{
    static const struct {
        uint16_t code;
        uint8_t jump_true;
        uint8_t jump_false;
        uint32_t value;
    } instruction = {.code = 0x06 /* return a constant */};
    const struct {
        uint16_t count;
        const void *code;
    } program = {.count = 1, .code = &instruction};

    /* Refused: the kernel then spreads the connections, which Windows' documentation allows. */
    (void)host_setsockopt(sock->fd, LX_SOL_SOCKET, LX_SO_ATTACH_REUSEPORT_CBPF, &program,
                          sizeof program);
}

/* The address that a failed connect had chosen stays the socket's, if nobody has it by now. */
static void bind_after_connect(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);

    if (rare != NULL && rare->local.bytes > 0)
        (void)host_bind(sock->fd, rare->local.data, rare->local.bytes);
}

/* The kernel's listen. It checks for conflicts once more, and differently, because the socket now
 * counts as a listener: [B3] again. */
static int bind_kernel_listen_locked(struct sock *sock, int backlog)
{
    struct bind_entry *entry = *bind_owner_link(sock);
    int error;

    (void)host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_REUSEADDR, 1); /* [B1] */
    if (sock_flags(sock) & SOCK_CONNECT_FAILED)                         /* SELECT-20 */
        bind_after_connect(sock);
    error = host_listen(sock->fd, backlog);
    if (error != -EADDRINUSE || entry == NULL)
        return error;
    if (bind_each_neighbour_locked(entry, bind_options_share) == 0)
        return error;
    bind_options_share(sock);
    error = host_listen(sock->fd, backlog);
    (void)bind_each_neighbour_locked(entry, bind_options_rest);
    bind_seal(entry);
    return error;
}

int bind_listen(struct sock *sock, int backlog)
{
    uint32_t flags;
    int error = 0;

    host_lock_acquire(&sock->lock);
    flags = sock_flags(sock);
    if (sock->type != SOCK_STREAM)
        error = WSAEOPNOTSUPP;
    else if (flags & SOCK_CONNECTED)
        error = WSAEISCONN;
    else if (!(flags & SOCK_BOUND) || flags & SOCK_CONNECTING)
        error = WSAEINVAL;
    if (error == 0 && !(flags & SOCK_LISTENING)) { /* a second listen changes nothing: LISTEN-03 */
        host_lock_acquire(&bind_lock);
        error = -bind_kernel_listen_locked(sock, bind_backlog(backlog));
        error = errmap_to_wsa(ERRMAP_CALL_LISTEN, error);
        if (error == 0) {
            if (flags & SOCK_REUSE)
                bind_first_listener(sock);
            sock->recv.limit = BIND_LISTEN_ACCEPTS; /* before the flag that lets accepts in */
            sock_set(sock, SOCK_LISTENING);
        }
        bind_options_rest(sock);
        host_lock_release(&bind_lock);
    }
    host_lock_release(&sock->lock);
    return error;
}

void bind_connected(struct sock *sock)
{
    struct bind_entry *entry;

    if (sock->type != SOCK_STREAM || !(sock_flags(sock) & SOCK_IN_BIND_TABLE))
        return;
    host_lock_acquire(&bind_lock);
    entry = *bind_owner_link(sock);
    if (entry != NULL && entry->port_given)
        bind_options_rest(sock);
    host_lock_release(&bind_lock);
}

/* The socket's own local address again, as bind_describe() took it apart. */
static void bind_compose(const struct bind_entry *entry, struct name *name)
{
    uint16_t family = entry->sock->family == AF_INET6 ? LX_AF_INET6 : LX_AF_INET;

    memset(name, 0, sizeof *name);
    name->bytes = (uint32_t)name_bytes(entry->sock->family);
    memcpy(name->data, &family, sizeof family);
    name->data[2] = (unsigned char)(entry->port >> 8);
    name->data[3] = (unsigned char)entry->port;
    if (family == LX_AF_INET) {
        memcpy(name->data + 4, entry->inet, sizeof entry->inet);
        return;
    }
    memcpy(name->data + 8, entry->inet6, sizeof entry->inet6);
    memcpy(name->data + 24, entry->inet6_rest, sizeof entry->inet6_rest);
}

void bind_address(struct sock *sock, struct name *name)
{
    const struct bind_entry none = {.sock = sock};
    const struct bind_entry *entry = NULL;

    host_lock_acquire(&bind_lock);
    if (sock_flags(sock) & SOCK_IN_BIND_TABLE)
        entry = *bind_owner_link(sock);
    bind_compose(entry == NULL ? &none : entry, name);
    host_lock_release(&bind_lock);
}

void bind_restore(struct sock *sock)
{
    struct bind_entry *entry;
    struct name name;

    if (!(sock_flags(sock) & SOCK_IN_BIND_TABLE))
        return;
    host_lock_acquire(&bind_lock);
    entry = *bind_owner_link(sock);
    if (entry != NULL && !entry->port_given) {
        bind_compose(entry, &name);
        /* -EINVAL: it is bound yet. getsockname cannot tell, it shows a port that is gone too. */
        (void)host_bind(sock->fd, name.data, name.bytes);
    }
    host_lock_release(&bind_lock);
}

/* Before the descriptor of a socket is closed, or when its address is given up. */
static void bind_forget(struct sock *sock)
{
    struct bind_entry **link;
    struct bind_entry *entry;

    if (!(sock_clear(sock, SOCK_IN_BIND_TABLE) & SOCK_IN_BIND_TABLE))
        return;
    host_lock_acquire(&bind_lock);
    link = bind_owner_link(sock);
    entry = *link;
    if (entry != NULL) {
        *link = entry->owner_next;
        link = bind_bucket(entry->port);
        while (*link != entry)
            link = &(*link)->next;
        *link = entry->next;
    }
    host_lock_release(&bind_lock);
    mem_free(entry);
}

__attribute__((constructor)) static void bind_load(void)
{
    sock_register_unbind(bind_forget);
}
