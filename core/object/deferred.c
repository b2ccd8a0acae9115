/* SPDX-License-Identifier: MIT */
/* The list of connections that were put off; deferred.h states the rule. */
#include "core/object/deferred.h"

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "ring/host/lock.h"
#include "ring/host/net.h"

/* Made by the listener's first WSAAccept() with a condition function; lives with the socket. */
struct deferred_list {
    struct host_lock lock;
    struct deferred *first;
    int offered; /* to an accept, and counted */
    int held;    /* places without a connection, or whose connection is looked at */
    bool ended;
    _Atomic int waiting; /* in the list; read without the lock. seq_cst: block.c, [B2] */
};

static struct deferred_list *deferred_list(struct sock *listener)
{
    struct sock_rare *rare = sock_rare(listener);

    /* seq_cst, and in deferred_list_make(): as `waiting`. */
    return rare == NULL ? NULL : atomic_load(&rare->deferred);
}

static struct deferred_list *deferred_list_make(struct sock *listener)
{
    struct sock_rare *rare = sock_rare_make(listener);
    struct deferred_list *list = deferred_list(listener);
    struct deferred_list *made;

    if (rare == NULL || list != NULL)
        return list;
    made = mem_zalloc(thread_self()->shard, sizeof *made); /* exists: it made `rare` */
    if (made == NULL)
        return NULL;
    if (atomic_compare_exchange_strong(&rare->deferred, &list, made))
        return made;
    mem_free(made); /* another thread was faster */
    return list;
}

static void deferred_reset(int fd)
{
    host_set_linger(fd, true, 0);
    host_close(fd);
}

/* ---- Places ---- */

struct deferred *deferred_open(struct sock *listener)
{
    struct deferred_list *list = deferred_list_make(listener);
    struct deferred *place =
        list == NULL ? NULL : mem_zalloc(thread_self()->shard, sizeof *place); /* it made `list` */

    if (place == NULL)
        return NULL;
    host_lock_acquire(&list->lock);
    list->held++;
    host_lock_release(&list->lock);
    return place;
}

void deferred_close(struct sock *listener, struct deferred *place)
{
    struct deferred_list *list = deferred_list(listener);

    host_lock_acquire(&list->lock);
    list->held--;
    host_lock_release(&list->lock);
    mem_free(place);
}

/* ---- The list ---- */

static bool deferred_push_locked(struct deferred_list *list, struct deferred *place)
{
    if (list->ended)
        return false;
    place->next = list->first;
    list->first = place;
    atomic_fetch_add(&list->waiting, 1);
    return true;
}

static struct deferred *deferred_pop_locked(struct deferred_list *list)
{
    struct deferred *place = list->first;

    if (place == NULL)
        return NULL;
    list->first = place->next;
    atomic_fetch_sub(&list->waiting, 1);
    return place;
}

static void deferred_drop(struct deferred *place)
{
    deferred_reset(place->fd);
    mem_free(place);
}

bool deferred_put(struct sock *listener, struct deferred *place, int fd)
{
    struct deferred_list *list = deferred_list(listener);
    bool put;

    place->fd = fd;
    host_lock_acquire(&list->lock);
    put = deferred_push_locked(list, place);
    list->held--;
    host_lock_release(&list->lock);
    if (!put)
        deferred_drop(place);
    return put;
}

int deferred_take(struct sock *listener)
{
    struct deferred_list *list = deferred_list(listener);
    struct deferred *place;
    int fd;

    if (list == NULL || atomic_load(&list->waiting) == 0)
        return -1;
    host_lock_acquire(&list->lock);
    place = deferred_pop_locked(list);
    host_lock_release(&list->lock);
    if (place == NULL)
        return -1;
    fd = place->fd;
    mem_free(place);
    return fd;
}

/* ---- Offers ---- */

struct deferred *deferred_offer(struct sock *listener, bool counted)
{
    struct deferred_list *list = deferred_list(listener);
    struct deferred *place;

    if (list == NULL)
        return NULL;
    host_lock_acquire(&list->lock);
    place = deferred_pop_locked(list);
    if (place != NULL) {
        place->counted = counted;
        list->offered += counted;
    }
    host_lock_release(&list->lock);
    return place;
}

int deferred_redeem(struct sock *listener, struct deferred *offer)
{
    struct deferred_list *list = deferred_list(listener);
    int fd = offer->fd;

    host_lock_acquire(&list->lock);
    list->offered -= offer->counted;
    host_lock_release(&list->lock);
    mem_free(offer);
    return fd;
}

void deferred_return(struct sock *listener, struct deferred *offer)
{
    struct deferred_list *list = deferred_list(listener);
    bool put;

    host_lock_acquire(&list->lock);
    list->offered -= offer->counted;
    put = deferred_push_locked(list, offer);
    host_lock_release(&list->lock);
    if (!put)
        deferred_drop(offer);
}

/* ---- Looking ---- */

bool deferred_any(struct sock *listener)
{
    struct deferred_list *list = deferred_list(listener);

    return list != NULL && atomic_load(&list->waiting) > 0;
}

bool deferred_unsettled(struct sock *listener)
{
    struct deferred_list *list = deferred_list(listener);
    bool unsettled;

    if (list == NULL)
        return false;
    host_lock_acquire(&list->lock);
    unsettled = list->offered > 0 || list->first != NULL;
    host_lock_release(&list->lock);
    return unsettled;
}

int deferred_count(struct sock *listener)
{
    struct deferred_list *list = deferred_list(listener);
    int count;

    if (list == NULL)
        return 0;
    host_lock_acquire(&list->lock);
    count = atomic_load(&list->waiting) + list->offered + list->held;
    host_lock_release(&list->lock);
    return count;
}

/* ---- The end ---- */

void deferred_end(struct sock *listener)
{
    struct deferred_list *list = deferred_list(listener);
    struct deferred *place;

    if (list == NULL)
        return;
    host_lock_acquire(&list->lock);
    list->ended = true;
    while ((place = deferred_pop_locked(list)) != NULL)
        deferred_drop(place);
    host_lock_release(&list->lock);
}

void deferred_forked(struct sock *listener)
{
    struct deferred_list *list = deferred_list(listener);

    /* The lock may be somebody's who is not here; there is nobody else. The memory stays, as all
     * that belongs to the parent's operations. */
    for (struct deferred *place = list == NULL ? NULL : list->first; place != NULL;
         place = place->next)
        host_close(place->fd);
}

void deferred_free(struct sock *listener)
{
    struct deferred_list *list = deferred_list(listener);

    if (list == NULL)
        return;
    deferred_end(listener); /* for a socket whose handle was never closed by closesocket */
    mem_free(list);
}
