/* SPDX-License-Identifier: MIT */
/*
 * Sockets that are handed on. Inside the process the offer is a further handle (object/sharing.h),
 * made at once, and a list of those that nobody has taken: share_lock protects it. To another
 * process goes the descriptor (ring/host/share.h), with a note of what the kernel does not know of
 * it; there it becomes a socket of its own, whose state goes its own way from then on.
 *
 * docs/decisions/0009-sharing-between-processes.md has the reasons.
 */
#include "core/verb/share.h"

#include <errno.h>
#include <string.h>

#include "core/base/errmap.h"
#include "core/base/mem.h"
#include "core/object/sharing.h"
#include "core/verb/close.h"
#include "core/verb/name.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/sys.h"

enum { SHARE_OFFERS_MAX = 1024, SHARE_VERSION = 1 };

/* What a socket is, whatever handle or process it is seen from. The other flags are about
 * operations and lists of one process. */
#define SHARE_FLAGS                                                                            \
    ((uint32_t)SOCK_NONBLOCKING | SOCK_BOUND | SOCK_LISTENING | SOCK_CONNECTED |               \
     SOCK_CONTEXT_PENDING | SOCK_SHUT_RECV | SOCK_SHUT_SEND | SOCK_DISCONNECTED | SOCK_REUSE | \
     SOCK_EXCLUSIVE | SOCK_SNDBUF_SET | SOCK_RCVBUF_SET | SOCK_ACCEPTED | SOCK_ABANDONED)

struct share_note {
    uint32_t version;
    uint32_t flags; /* SHARE_FLAGS */
    uint8_t family, type, protocol, multipoint;
    uint16_t linger_on, linger_s;
    int32_t error;
    uint32_t connected_at_s;
    int32_t send_buffer_bytes, receive_buffer_bytes;
    uint32_t send_timeout_ms, receive_timeout_ms;
    uint32_t modes, controls;
};

_Static_assert(sizeof(struct share_note) <= HOST_NOTE_BYTES, "it goes along with the descriptor");

/* ---- Inside the process ---- */

struct share_offer {
    struct share_offer *next;
    uint32_t handle;
    unsigned char token[HOST_TOKEN_BYTES];
};

static struct host_lock share_lock;
static struct share_offer *share_offers;
static unsigned share_count;

/* Those whose handle was closed without having been taken. */
static void share_sweep_locked(void)
{
    struct share_offer **link = &share_offers;

    while (*link != NULL) {
        struct share_offer *offer = *link;

        if (handle_type_of(offer->handle) != HANDLE_NONE) {
            link = &offer->next;
            continue;
        }
        *link = offer->next;
        share_count--;
        mem_free(offer);
    }
}

static int share_list(struct share_offer *offer)
{
    int error = WSAENOBUFS;

    host_lock_acquire(&share_lock);
    if (share_count >= SHARE_OFFERS_MAX)
        share_sweep_locked();
    if (share_count < SHARE_OFFERS_MAX) {
        offer->next = share_offers;
        share_offers = offer;
        share_count++;
        error = 0;
    }
    host_lock_release(&share_lock);
    return error;
}

static int share_offer_here(struct sock *sock, struct host_ticket *ticket)
{
    struct share_offer *offer = mem_zalloc(sock->handle >> 2, sizeof *offer);
    int error = WSAENOBUFS;

    if (offer == NULL || host_random(offer->token, sizeof offer->token) != 0)
        goto out;
    ticket->where = 0;
    memcpy(ticket->token, offer->token, sizeof ticket->token);
    error = sharing_open(sock, false, &offer->handle);
    if (error != 0)
        goto out;
    error = share_list(offer);
    if (error != 0)
        (void)sock_close(offer->handle);
    else
        offer = NULL;
out:
    mem_free(offer);
    return error;
}

/* The token is compared as a whole: what it says of the first wrong byte is of no use to anybody in
 * this process. */
static int share_take_here(const struct host_ticket *ticket, SOCKET *taken)
{
    struct share_offer **link;
    struct share_offer *offer;
    int error = WSAEINVAL;

    host_lock_acquire(&share_lock);
    link = &share_offers;
    while (*link != NULL && memcmp((*link)->token, ticket->token, sizeof ticket->token) != 0)
        link = &(*link)->next;
    offer = *link;
    if (offer != NULL) {
        *link = offer->next;
        share_count--;
    }
    host_lock_release(&share_lock);
    if (offer != NULL && sharing_is_sock(offer->handle)) {
        *taken = offer->handle;
        error = 0;
    }
    mem_free(offer);
    return error;
}

void share_forget(void)
{
    host_lock_acquire(&share_lock);
    while (share_offers != NULL) {
        struct share_offer *offer = share_offers;

        share_offers = offer->next;
        mem_free(offer);
    }
    share_count = 0;
    host_lock_release(&share_lock);
}

static void share_forked(void)
{
    atomic_store_explicit(&share_lock.word, 0, memory_order_relaxed);
    share_offers = NULL;
    share_count = 0;
}

__attribute__((constructor)) static void share_load(void)
{
    host_fork_hook(share_forked);
}

/* ---- Between processes ---- */

static void share_describe_locked(struct sock *sock, struct share_note *note)
{
    struct sock_rare *rare = sock_rare(sock);

    memset(note, 0, sizeof *note);
    note->version = SHARE_VERSION;
    note->flags = sock_flags(sock) & SHARE_FLAGS;
    note->family = sock->family;
    note->type = sock->type;
    note->protocol = sock->protocol;
    note->linger_on = sock->linger_on;
    note->linger_s = sock->linger_s;
    note->error = sock->error;
    note->connected_at_s = sock->connected_at_s;
    if (rare == NULL)
        return;
    note->multipoint = rare->multipoint;
    note->send_buffer_bytes = rare->send_buffer_bytes;
    note->receive_buffer_bytes = rare->receive_buffer_bytes;
    note->send_timeout_ms = atomic_load_explicit(&rare->send_timeout_ms, memory_order_relaxed);
    note->receive_timeout_ms =
        atomic_load_explicit(&rare->receive_timeout_ms, memory_order_relaxed);
    note->modes = sock_modes(sock) & ~(uint32_t)SOCK_MODE_NO_INHERIT;
    note->controls = sock_controls(sock);
}

static int share_offer_there(struct sock *sock, uint32_t process, struct host_ticket *ticket)
{
    unsigned char bytes[HOST_NOTE_BYTES] = {0};
    struct share_note note;
    int error;

    /* From before the first copy exists: a close must not take its listener away from the taker. */
    if (!sock_set_mode(sock, SOCK_MODE_SHARED, true))
        return WSAENOBUFS;
    host_lock_acquire(&sock->lock); /* [S3] */
    share_describe_locked(sock, &note);
    memcpy(bytes, &note, sizeof note);
    error = host_offer(sock->fd, process, bytes, ticket);
    host_lock_release(&sock->lock);
    return error == -ESRCH ? WSAEINVAL : errmap_to_wsa(ERRMAP_CALL_ANY, -error);
}

int share_offer(struct sock *sock, uint32_t process, struct host_ticket *ticket)
{
    return process == host_process_id() ? share_offer_here(sock, ticket)
                                        : share_offer_there(sock, process, ticket);
}

/* The state that Linux keeps in its socket may have gone on since the note was written. */
static uint32_t share_flags_now(int fd, const struct share_note *note)
{
    struct name name = {.bytes = sizeof name.data};
    uint32_t flags = note->flags & SHARE_FLAGS;

    if (note->type == SOCK_STREAM && !(flags & SOCK_CONNECTED) &&
        host_live_peername(fd, name.data, &name.bytes) == 0)
        flags |= SOCK_BOUND | SOCK_CONNECTED; /* a connect was under way */
    return flags;
}

static bool share_restore_rare(struct sock *sock, const struct share_note *note)
{
    struct sock_rare *rare = sock_rare_make(sock);

    if (rare == NULL)
        return false;
    rare->multipoint = note->multipoint;
    rare->send_buffer_bytes = note->send_buffer_bytes;
    rare->receive_buffer_bytes = note->receive_buffer_bytes;
    atomic_store_explicit(&rare->send_timeout_ms, note->send_timeout_ms, memory_order_relaxed);
    atomic_store_explicit(&rare->receive_timeout_ms, note->receive_timeout_ms,
                          memory_order_relaxed);
    atomic_store_explicit(&rare->controls, note->controls, memory_order_relaxed);
    return sock_set_mode(sock, note->modes | SOCK_MODE_SHARED, true);
}

/* The descriptor becomes a socket, or is closed. */
static int share_open(int fd, const struct share_note *note, uint32_t more_flags, SOCKET *opened)
{
    uint32_t flags = share_flags_now(fd, note) | more_flags;
    struct sock *sock = sock_open(fd, note->family, note->type, note->protocol, flags);

    if (sock == NULL)
        return WSAENOBUFS;
    if (!share_restore_rare(sock, note)) {
        if (handle_close(sock->handle, HANDLE_SOCK) != NULL)
            sock_unref(sock);
        sock_unref(sock); /* ours */
        return WSAENOBUFS;
    }
    if (flags & SOCK_LISTENING)
        sock->recv.limit = engine_accepts();
    sock->linger_on = note->linger_on;
    sock->linger_s = note->linger_s;
    sock->error = note->error;
    sock->connected_at_s = note->connected_at_s;
    *opened = sock->handle;
    sock_unref(sock);
    return 0;
}

int share_take(const struct host_ticket *ticket, DWORD flags, SOCKET *taken)
{
    uint32_t more = flags & WSA_FLAG_OVERLAPPED ? SOCK_OVERLAPPED : 0;
    unsigned char bytes[HOST_NOTE_BYTES];
    struct share_note note;
    int error;
    int fd;

    if (ticket->where == 0)
        return share_take_here(ticket, taken);
    fd = host_take(ticket, bytes);
    if (fd < 0)
        return fd == -ENOENT ? WSAEINVAL : errmap_to_wsa(ERRMAP_CALL_ANY, -fd);
    memcpy(&note, bytes, sizeof note);
    if (note.version != SHARE_VERSION || name_bytes(note.family) == 0) {
        host_close(fd); /* of another version of the library */
        return WSAEINVAL;
    }
    error = share_open(fd, &note, more, taken);
    if (error == 0 && (flags & WSA_FLAG_NO_HANDLE_INHERIT)) {
        struct sock *sock = sock_ref(*taken);

        if (sock != NULL)
            (void)sock_set_mode(sock, SOCK_MODE_NO_INHERIT, true); /* there is room by now */
        sock_unref(sock);
    }
    return error;
}

/* ---- From outside ---- */

static int share_ask(int fd, int name, int *value)
{
    uint32_t bytes = sizeof *value;

    return host_getsockopt(fd, LX_SOL_SOCKET, name, value, &bytes);
}

static int share_winsock_family(int family)
{
    if (family == LX_AF_UNIX)
        return AF_UNIX;
    if (family == LX_AF_INET6)
        return AF_INET6;
    return family == LX_AF_INET ? AF_INET : AF_UNSPEC;
}

/* What the kernel knows. 0 or a WSA code. */
static int share_look(int fd, struct share_note *note)
{
    struct name name = {.bytes = sizeof name.data};
    int family = 0;
    int type = 0;
    int protocol = 0;
    int listening = 0;

    memset(note, 0, sizeof *note);
    if (share_ask(fd, LX_SO_DOMAIN, &family) != 0 || share_ask(fd, LX_SO_TYPE, &type) != 0 ||
        share_ask(fd, LX_SO_PROTOCOL, &protocol) != 0)
        return WSAENOTSOCK;
    (void)share_ask(fd, LX_SO_ACCEPTCONN, &listening);
    note->family = (uint8_t)share_winsock_family(family);
    if (note->family == AF_UNSPEC)
        return WSAEAFNOSUPPORT;
    if (type != SOCK_STREAM &&
        (note->family == AF_UNIX || (type != SOCK_DGRAM && type != SOCK_RAW)))
        return WSAESOCKTNOSUPPORT;
    note->type = (uint8_t)type;
    note->protocol = (uint8_t)protocol;
    if (host_getsockname(fd, name.data, &name.bytes) == 0 &&
        (note->family == AF_UNIX ? !name_is_unnamed(&name)
                                 : name_port(&name) != 0 || !name_is_wildcard(&name)))
        note->flags |= SOCK_BOUND;
    name.bytes = sizeof name.data;
    if (host_live_peername(fd, name.data, &name.bytes) == 0)
        note->flags |= SOCK_BOUND | SOCK_CONNECTED;
    if (listening)
        note->flags |= SOCK_BOUND | SOCK_LISTENING;
    note->connected_at_s = sock_now_s();
    return 0;
}

int share_adopt(int fd, SOCKET *adopted)
{
    struct share_note note;
    int error = share_look(fd, &note);

    if (error == 0 && host_prepare(fd) != 0)
        error = WSAENOTSOCK;
    if (error != 0)
        return error;
    return share_open(fd, &note, SOCK_OVERLAPPED, adopted);
}
