/* SPDX-License-Identifier: MIT */
/* Network events: the record, who adds to it and who reads it. selection_state.h has the rules. */
#include "core/object/selection_state.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/object/deferred.h"
#include "core/object/readiness.h"
#include "ring/host/lx.h"
#include "ring/host/net.h"
#include "ring/host/poll.h"
#include "ring/host/sys.h"

enum { SELECTION_NOT_COUNTED = INT32_MIN }; /* an amount that none is equal to */

#define SELECTION_ENDED (READY_CLOSED | READY_RESET)

/* ---- Recording ---- */

void selection_record_locked(struct selection *selection, long events)
{
    selection->active |= events;
    selection->told &= ~events;
    if ((events & selection->mask) && selection->event != NULL)
        waitable_set(&selection->event->wait);
}

static void selection_connected_locked(struct selection *selection, int error)
{
    selection->connect_error = error;
    if (error == 0) {
        selection->close_known = false;
        selection->write_blocked = false;
        selection->write_known = true;
    }
    selection_record_locked(selection, error == 0 ? FD_CONNECT | FD_WRITE : FD_CONNECT);
}

/* How much waits to be taken: it tells a new arrival from an old one. */
static int selection_amount(struct sock *sock)
{
    if (sock_flags(sock) & SOCK_LISTENING)
        return host_waiting_connections(sock->fd) + deferred_count(sock);
    return sock->type == SOCK_STREAM ? host_unread_bytes(sock->fd) : host_waiting_memory(sock->fd);
}

/* [N6] */
static bool selection_trusted(const struct selection *selection)
{
    return (selection->mask & FD_CLOSE) && !selection->foreign && !selection->watching &&
           !selection->holds_at_once && home_is_own(selection);
}

/* Of the events that were told and still hold: those of which there is more now. */
static long selection_arrived_locked(struct selection *selection, long holding, bool ended)
{
    long again = holding & selection->told;
    int amount;

    if (again == 0)
        return 0;
    if ((again & FD_READ) && selection_trusted(selection)) /* connections are counted, below */
        return ended ? 0 : FD_READ;                        /* the end is no arrival: EVENTS-28 */
    amount = selection_amount(selection->sock);
    if (amount == selection->amount) /* urgent bytes outside the stream are not counted */
        return selection->holds_at_once ? 0 : again & FD_OOB;
    selection->amount = amount;
    /* Nothing: what the look saw has just been taken by who was told of it. A signal would be for
     * something that is not there any more. */
    return amount == 0 ? 0 : again & ~FD_OOB;
}

/* Adds `found` (LX_POLL*: what holds on the descriptor) to the record. */
static void selection_judge_locked(struct selection *selection, int found, bool changed)
{
    struct sock *sock = selection->sock;
    uint32_t ready = found < 0 ? 0 : readiness_of(sock, found);
    long holding = 0;
    long events;

    if (ready & READY_READ)
        holding |= sock_flags(sock) & SOCK_LISTENING ? FD_ACCEPT : FD_READ;
    if (ready & READY_OOB)
        holding |= FD_OOB;
    selection->active &= holding | ~(long)SELECTION_LEVEL; /* [N4] */
    events = holding & ~selection->told;
    if (!changed || selection->holds_at_once)
        events &= ~selection->active; /* signalled already */
    if (changed)
        events |= selection_arrived_locked(selection, holding, ready & SELECTION_ENDED);
    if ((ready & SELECTION_ENDED) && !selection->close_known) {
        selection->close_known = true;
        selection->close_error = ready & READY_RESET ? WSAECONNABORTED : 0; /* EVENTS-30 */
        events |= FD_CLOSE;
    }
    if ((ready & READY_WRITE) && selection->write_blocked) {
        selection->write_blocked = false;
        events |= FD_WRITE;
    }
    if (events != 0)
        selection_record_locked(selection, events);
}

void selection_look_locked(struct selection *selection, bool changed)
{
    const int events = LX_POLLIN | LX_POLLPRI | LX_POLLRDHUP | LX_POLLOUT;

    selection_judge_locked(selection, host_poll_now(selection->sock->fd, events), changed);
}

/* ---- What happens to the socket ---- */

void selection_note_slow(struct sock *sock, long events, int error)
{
    struct selection *selection = selection_of(sock);

    host_lock_acquire(&selection->lock);
    if (!selection->ended) {
        if ((events & FD_CONNECT) &&
            (sock_clear(sock, SOCK_CONNECT_NEWS) & SOCK_CONNECT_NEWS)) /* [N3] */
            selection_connected_locked(selection, error);
        if ((events & FD_WRITE) && !selection->write_known) {
            selection->write_known = true;
            selection_record_locked(selection, FD_WRITE);
        }
        selection_look_locked(selection, false);
        selection_call_locked(selection);
    }
    host_lock_release(&selection->lock);
}

void selection_enable_slow(struct sock *sock, long events, bool drained)
{
    struct selection *selection = selection_of(sock);

    host_lock_acquire(&selection->lock);
    if (!selection->ended) {
        if (!home_is_own(selection))
            selection->foreign = true; /* a socket that is at home nowhere yet begins anew */
        selection->told &= ~events;
        selection->active &= ~(events & SELECTION_LEVEL);
        if (events & FD_WRITE)
            selection->write_blocked = true;
        if (!drained || !selection_trusted(selection)) { /* [N6] */
            selection_look_locked(selection, false);
            selection_call_locked(selection);
        }
    }
    host_lock_release(&selection->lock);
}

void selection_told_at_home(struct sock *sock, const struct home *home, int found)
{
    struct selection *selection = selection_of(sock);

    host_lock_acquire(&selection->lock);
    /* relaxed: we are its thread, so it says so if we are at home there. */
    if (!selection->ended && atomic_load_explicit(&selection->home, memory_order_relaxed) == home) {
        if (found & LX_POLLPRI) /* urgent bytes: a receive stops short of them */
            selection->foreign = true;
        selection_judge_locked(selection, found, true);
        selection->holds_at_once = false;
    }
    host_lock_release(&selection->lock);
}

void selection_watch_again(struct sock *sock)
{
    struct selection *selection = selection_of(sock);

    host_lock_acquire(&selection->lock);
    if (!selection->ended)
        selection_call_locked(selection);
    host_lock_release(&selection->lock);
}

void selection_taken_slow(struct sock *sock)
{
    struct selection *selection = selection_of(sock);

    host_lock_acquire(&selection->lock);
    selection->foreign = true;
    selection->amount = SELECTION_NOT_COUNTED;
    host_lock_release(&selection->lock);
}

void selection_moved_slow(struct sock *sock)
{
    struct selection *selection = selection_of(sock);

    host_lock_acquire(&selection->lock);
    if (!selection->ended) {
        selection->moved = true;
        selection->foreign = true;
        home_move_out_locked(selection);
        selection->told &= ~(long)SELECTION_LEVEL;
        selection->close_known = false;
        selection->write_blocked = false;
        selection_look_locked(selection, false);
        selection_call_locked(selection);
    }
    host_lock_release(&selection->lock);
}

/* ---- Choosing ---- */

static struct selection *selection_make(struct sock *sock)
{
    struct sock_rare *rare = sock_rare_make(sock);
    struct selection *made;
    struct selection *old = NULL;

    if (rare == NULL)
        return NULL;
    if (selection_exists(sock))
        return selection_of(sock);
    made = mem_zalloc(thread_self()->shard, sizeof *made); /* exists: it made `rare` */
    if (made == NULL)
        return NULL;
    made->sock = sock;
    selection_watch_init(made);
    /* release: whoever sees the pointer sees what is behind it. */
    if (atomic_compare_exchange_strong_explicit(&rare->selection, &old, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    mem_free(made); /* another thread was faster */
    return old;
}

int selection_prepare(struct sock *sock)
{
    int error = sock_join_ring(sock);

    if (error == 0 && selection_make(sock) == NULL)
        error = WSAENOBUFS;
    return error;
}

void selection_note_once(struct sock *sock, long events)
{
    struct selection *selection = selection_of(sock);

    host_lock_acquire(&selection->lock);
    if (!selection->ended)
        selection_record_locked(selection, events);
    host_lock_release(&selection->lock);
}

/* What the last connect ended with. A blocking call reported its error and left none behind. */
static int selection_old_error(struct sock *sock, uint32_t flags)
{
    if (!(flags & SOCK_CONNECT_FAILED))
        return 0;
    return sock->error != 0 ? sock->error : WSAECONNREFUSED;
}

/* What happened before anything was selected. */
static void selection_begin_locked(struct selection *selection)
{
    struct sock *sock = selection->sock;
    uint32_t flags = sock_clear(sock, SOCK_CONNECT_NEWS); /* [N3] */
    bool sends = flags & (sock->type == SOCK_STREAM ? SOCK_CONNECTED : SOCK_BOUND);

    if (flags & SOCK_CONNECT_NEWS)
        selection_connected_locked(selection, selection_old_error(sock, flags));
    if (sends && !selection->begun && !selection->write_known) {
        selection->write_known = true;
        selection_record_locked(selection, FD_WRITE);
    }
    selection->begun = true;
}

int selection_choose(struct sock *sock, struct event *event, long events)
{
    struct selection *selection;
    struct event *old = NULL;
    int error;

    sock_set(sock, SOCK_NONBLOCKING);
    if (events == 0 && !selection_exists(sock))
        return 0;
    error = sock_join_ring(sock);
    if (error != 0)
        return error;
    selection = selection_make(sock);
    if (selection == NULL)
        return WSAENOBUFS;
    host_lock_acquire(&selection->lock);
    if (sock_clear(sock, 0) & SOCK_CLOSING) /* [N3] selection_end() may have seen no selection */
        selection->ended = true;
    if (selection->ended) {
        error = WSAENOTSOCK;
    } else {
        selection->told &= ~(events & ~selection->mask & SELECTION_LEVEL); /* EVENTS-07 */
        old = selection->event;
        home_move_out_locked(selection); /* it may move in again, for another event */
        if (event != NULL)
            waitable_mark_watched(&event->wait);
        selection->event = event;
        selection->mask = events; /* [N2] */
        selection_begin_locked(selection);
        selection_look_locked(selection, false);
        if (event != NULL && (selection->active & events))
            waitable_set(&event->wait);
        selection_call_locked(selection);
    }
    host_lock_release(&selection->lock);
    event_unref(old);
    return error;
}

void selection_inherit(struct sock *accepted, struct sock *listener)
{
    struct selection *selection;
    struct event *event;
    long events;

    if (!selection_exists(listener))
        return;
    selection = selection_of(listener);
    host_lock_acquire(&selection->lock);
    event = selection->event;
    events = selection->mask;
    if (event != NULL)
        handle_ref_again(event->handle);
    host_lock_release(&selection->lock);
    if (event != NULL && selection_choose(accepted, event, events) != 0)
        event_unref(event); /* no memory: a socket without a selection */
}

bool selection_active(struct sock *sock)
{
    struct selection *selection;
    bool active;

    if (!selection_exists(sock))
        return false;
    selection = selection_of(sock);
    host_lock_acquire(&selection->lock);
    active = selection->event != NULL;
    host_lock_release(&selection->lock);
    return active;
}

/* ---- Reading the record ---- */

/* Writes lNetworkEvents and the codes of these events, and nothing else. */
static int selection_copy_locked(const struct selection *selection, long events,
                                 WSANETWORKEVENTS *to)
{
    WSANETWORKEVENTS copy = {.lNetworkEvents = (LONG)events};

    copy.iErrorCode[FD_CONNECT_BIT] = selection->connect_error;
    copy.iErrorCode[FD_CLOSE_BIT] = selection->close_error;
    if (host_copy_to(to, &copy.lNetworkEvents, sizeof copy.lNetworkEvents) != 0) /* the first */
        return WSAEFAULT;
    for (int bit = 0; bit < FD_MAX_EVENTS; bit++) {
        if ((events & (1L << bit)) &&
            host_copy_to(&to->iErrorCode[bit], &copy.iErrorCode[bit], sizeof(int)) != 0)
            return WSAEFAULT;
    }
    return 0;
}

static int selection_read_locked(struct selection *selection, WSANETWORKEVENTS *to)
{
    long events;
    bool looked;
    int error;

    events = selection->active & selection->mask;
    if (!home_is_own(selection))
        selection->foreign = true;
    looked = events == 0 || (events & (FD_ACCEPT | FD_OOB)) || !selection_trusted(selection);
    if (looked) { /* [N6] */
        selection_look_locked(selection, false);
        events = selection->active & selection->mask;
    }
    error = selection_copy_locked(selection, events, to);
    if (error != 0)
        return error;
    selection->active &= ~events;
    selection->told |= events;
    if (events & SELECTION_LEVEL)
        selection->amount = looked ? selection_amount(selection->sock) : SELECTION_NOT_COUNTED;
    return 0;
}

int selection_read(struct sock *sock, struct event *event, WSANETWORKEVENTS *to)
{
    static const LONG none = 0;
    struct selection *selection;
    int error;

    if (!selection_exists(sock)) {
        error = host_copy_to(to, &none, sizeof none) == 0 ? 0 : WSAEFAULT;
        if (error == 0 && event != NULL)
            waitable_reset(&event->wait);
        return error;
    }
    selection = selection_of(sock);
    host_lock_acquire(&selection->lock);
    error = selection_read_locked(selection, to);
    if (error == 0 && event != NULL)
        waitable_reset(&event->wait);
    host_lock_release(&selection->lock);
    return error;
}

/* ---- The end ---- */

bool selection_end(struct sock *sock)
{
    struct selection *selection;
    struct event *event;
    bool busy;

    if (!selection_exists(sock))
        return false;
    selection = selection_of(sock);
    host_lock_acquire(&selection->lock);
    event = selection->event;
    selection->event = NULL;
    selection->mask = 0;
    selection->ended = true;
    home_move_out_locked(selection);
    selection_call_locked(selection);
    busy = selection_held_locked(selection);
    host_lock_release(&selection->lock);
    event_unref(event);
    return busy;
}

bool selection_busy(struct sock *sock)
{
    struct selection *selection;
    bool busy;

    if (!selection_exists(sock))
        return false;
    selection = selection_of(sock);
    host_lock_acquire(&selection->lock);
    busy = selection_held_locked(selection);
    host_lock_release(&selection->lock);
    return busy;
}

void selection_free(struct sock *sock)
{
    if (!selection_exists(sock))
        return;
    selection_end(sock); /* for a socket whose handle was never closed by closesocket */
    mem_free(selection_of(sock));
}
