/* SPDX-License-Identifier: MIT */
/*
 * See lookup.h. A lookup belongs to two threads, the one that waits and the one that asks: whoever
 * lets go last frees it.
 *
 * [L1] `ended` is stored with release after the answer, and read with acquire before it.
 */
#include "core/verb/lookup.h"

#include <stdatomic.h>
#include <string.h>

#include "core/base/blocking.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/verb/resolve.h"
#include "ring/host/lx.h"
#include "ring/host/sys.h"

enum { LOOKUP_ADDRESSES_MAX = 64 };

struct lookup {
    _Atomic unsigned holders;
    _Atomic bool ended; /* [L1] */
    struct thread *waiter;
    void (*ask)(struct lookup *lookup);
    struct host_address address; /* asked for */
    char node[HOST_NAME_BYTES];  /* asked for */
    int error;                   /* the answer: a WSA code, */
    char name[HOST_NAME_BYTES];  /* the host's own name, */
    unsigned count;              /* and its addresses */
    struct host_address found[LOOKUP_ADDRESSES_MAX];
};

static bool lookup_collect(void *argument, const struct host_address *address)
{
    struct lookup *lookup = argument;

    lookup->found[lookup->count++] = *address;
    return lookup->count < LOOKUP_ADDRESSES_MAX;
}

static void lookup_ask_name(struct lookup *lookup)
{
    lookup->error = resolve_name(lookup->node, LX_AF_INET, lookup->name, lookup_collect, lookup);
}

static void lookup_ask_address(struct lookup *lookup)
{
    lookup->error = resolve_error(host_resolve_address(&lookup->address, false, lookup->name));
}

static void lookup_let_go(struct lookup *lookup)
{
    /* acq_rel: what the other one did comes before the end of the memory. */
    if (atomic_fetch_sub_explicit(&lookup->holders, 1, memory_order_acq_rel) == 1)
        mem_free(lookup);
}

/* On a thread of its own. */
static void lookup_main(void *argument)
{
    struct lookup *lookup = argument;
    struct thread *waiter = lookup->waiter;

    lookup->ask(lookup);
    atomic_store_explicit(&lookup->ended, true, memory_order_release); /* [L1] */
    park_wake(&waiter->park); /* its structure is never freed (thread.h) */
    lookup_let_go(lookup);
}

static bool lookup_ended(struct lookup *lookup)
{
    return atomic_load_explicit(&lookup->ended, memory_order_acquire); /* [L1] */
}

/* 0 or WSAEINTR: an answer that comes after the cancel is of no use to anybody, also before the
 * wait has seen it. */
static int lookup_wait(struct lookup *lookup)
{
    struct blocking call;
    int error = 0;

    blocking_begin(&call);
    while (!blocking_cancelled(&call) && !lookup_ended(lookup)) {
        int64_t until_ns = PARK_FOREVER;

        if (!blocking_turn(&call, &until_ns))
            thread_wait(lookup->waiter, until_ns);
    }
    if (blocking_cancelled(&call))
        error = WSAEINTR;
    blocking_end(&call);
    return error;
}

/* Has the question answered. NULL: nobody can be sent, so the caller asks itself. */
static struct lookup *lookup_open(void (*ask)(struct lookup *lookup))
{
    struct thread *self = blocking_hooked() ? thread_self() : NULL;
    struct lookup *lookup = self == NULL ? NULL : mem_zalloc(self->shard, sizeof *lookup);

    if (lookup == NULL)
        return NULL;
    atomic_init(&lookup->holders, 2);
    lookup->waiter = self;
    lookup->ask = ask;
    return lookup;
}

/* 0 or a WSA code; false in *asked: no thread was to be had. The caller lets go of it later, in any
 * case. */
static int lookup_run(struct lookup *lookup, bool *asked)
{
    int error;

    *asked = host_thread_start(lookup_main, lookup, 0, true, "ws2ring/lookup") == 0;
    if (!*asked) {
        lookup_let_go(lookup);
        return 0;
    }
    error = lookup_wait(lookup);
    return error == 0 ? lookup->error : error;
}

int lookup_name(const char *name, char *canonical, host_address_visit visit, void *argument)
{
    bool blocks = strlen(name) < HOST_NAME_BYTES && !resolve_here(name);
    struct lookup *lookup = blocks ? lookup_open(lookup_ask_name) : NULL;
    bool asked = false;
    int error = 0;

    if (lookup != NULL) {
        memcpy(lookup->node, name, strlen(name) + 1);
        error = lookup_run(lookup, &asked);
        if (asked && error == 0) {
            memcpy(canonical, lookup->name, sizeof lookup->name);
            for (unsigned i = 0; i < lookup->count && visit(argument, &lookup->found[i]); i++)
                ;
        }
        lookup_let_go(lookup);
    }
    return asked ? error : resolve_name(name, LX_AF_INET, canonical, visit, argument);
}

int lookup_address(const struct host_address *address, char *name)
{
    struct lookup *lookup = lookup_open(lookup_ask_address);
    bool asked = false;
    int error = 0;

    if (lookup != NULL) {
        lookup->address = *address;
        error = lookup_run(lookup, &asked);
        if (asked && error == 0)
            memcpy(name, lookup->name, sizeof lookup->name);
        lookup_let_go(lookup);
    }
    return asked ? error : resolve_error(host_resolve_address(address, false, name));
}
