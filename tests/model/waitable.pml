/* SPDX-License-Identifier: MIT */
/*
 * The waitable protocol of core/object/waitable.c, [W1] to [W6], on two objects.
 *
 * Each of its atomic operations is one step here. A load and the compare-and-swap that depends on it
 * are one step as well: when the swap succeeds the word is what was loaded, and when it fails the C
 * code loads again. A loop around host_yield() is a step that waits. Parking is what park.pml shows
 * it to be: a thread goes on when it was woken since it last parked.
 *
 * Checked: every assertion on the way; and when nothing moves any more, that nobody hangs in a lock
 * or a loop, that whoever still sleeps has nothing to take (no lost wake-up), that each signal of an
 * automatic object satisfied one wait or still stands, and that a wait for all took all or nothing.
 *
 * RUN any            -DANY
 * RUN opposite       -DOPPOSITE
 * RUN mixed          -DMIXED
 * RUN three          -DTHREE
 * RUN passing        -DPASSING
 * RUN commit         -DCOMMIT
 * RUN reset          -DRESET
 * RUN twice          -DTWICE
 * RUN alert          -DALERT
 * RUN closing        -DCLOSING
 * RUN handover       -DHANDOVER
 * RUN semaphore      -DSEMAPHORE
 * BREAK opposite     -DOPPOSITE -DUNORDERED        deadlock of two waits for all
 * BREAK mixed        -DMIXED -DKEEP_ON_FAILURE  what could be locked is taken, for nothing
 * BREAK any          -DANY -DNO_SECOND_LOOK        parks without looking after listing
 * BREAK any          -DANY -DBIT_AFTER_LOOK        lists, looks, then sets WAITERS
 * BREAK any          -DANY -DNO_PASS_ON            who leaves does not look
 * BREAK any          -DANY -DTAKE_TWICE            take is a load and a store
 * BREAK any          -DANY -DWAKE_UNLOCKED         a setter walks the list without the lock
 * BREAK handover     -DHANDOVER -DNO_PASS_ON       a wake ends with who left by another object
 * BREAK passing      -DPASSING -DWAKE_FIRST        one who waits for all swallows the wake
 * BREAK commit       -DCOMMIT -DNO_SET_AGAIN       a set that met LOCKED is cleared with it
 * BREAK reset        -DRESET -DRESET_LOCKED        a reset does not respect LOCKED
 * BREAK closing      -DCLOSING -DNO_REFERENCE      a wait without a reference
 * BREAK semaphore    -DSEMAPHORE -DNO_PASS_ON      two counts, one wake
 */
#define OBJECTS 2
#define WAITERS 3
#define BLOCKS 6     /* WAITERS * 2: waiter * 2 + place in its wait */
#define NONE 255

typedef waitable {
    bool signalled;  /* WAITABLE_SIGNALLED, _LOCKED, _WAITERS, _AUTO, _COUNTED: one word in C */
    bool locked;
    bool waiters;
    bool auto_reset;
    bool counted;
    bool lock;            /* host_lock */
    byte list[BLOCKS];    /* struct wait_block, oldest first */
    byte listed;
    byte count;           /* of a semaphore */
    byte references;      /* of the handle table */
    bool closed;
    byte raised;          /* ghosts: signals that came; were taken; satisfied a wait */
    byte taken;
    byte used;
};

waitable object[OBJECTS];
bool notified[WAITERS];   /* PARK_NOTIFIED */
bool asleep[WAITERS];
bool called[WAITERS];     /* a call is queued: apc_pending() */
bool valid[BLOCKS];       /* ghost: its owner is in wait_sleep() */
bool all_of[WAITERS];
byte first_of[WAITERS];
byte second_of[WAITERS];  /* NONE: waits for one object only */
byte started, finished;

inline alive(o) { assert(object[o].references > 0) }

/* ---- Taking ---- */

/* Ghost: a signal of an automatic object goes. */
inline cleared(o)
{
    object[o].signalled = 0;
    object[o].taken++
}

/* waitable_take(), and for a semaphore waitable_lock() with waitable_take_locked(). */
inline take_one(o, ok)
{
#ifdef TAKE_TWICE
    if
    :: d_step { !object[o].signalled -> ok = 0 }
    :: object[o].signalled ->
        atomic { !object[o].locked; ok = 1 }
        d_step { object[o].signalled = 0; object[o].taken++ }
    fi
#else
    if
    :: d_step { !object[o].signalled -> alive(o); ok = 0 }
    :: d_step { object[o].signalled && !object[o].auto_reset -> alive(o); ok = 1 }
    :: d_step {
            object[o].signalled && object[o].auto_reset && !object[o].counted &&
                !object[o].locked ->
            alive(o);
            ok = 1;
            cleared(o)
        }
    :: d_step { object[o].counted && object[o].signalled && !object[o].locked ->
            object[o].locked = 1 };
        object[o].count--;
        d_step { object[o].signalled = (object[o].count > 0); object[o].locked = 0;
            object[o].taken++; ok = 1 }
    fi
#endif
}

/* waitable_lock() */
inline lock_one(o, ok)
{
    if
    :: d_step { !object[o].locked && !object[o].signalled -> alive(o); ok = 0 }
    :: d_step { !object[o].locked && object[o].signalled -> alive(o); object[o].locked = 1; ok = 1 }
    fi
}

/* waitable_unlock(), waitable_take_locked() */
inline unlock_one(o)
{
    d_step { assert(object[o].locked); object[o].locked = 0 }
}

inline take_locked(o)
{
    d_step {
        assert(object[o].locked && object[o].signalled);
        object[o].locked = 0;
        if
        :: object[o].auto_reset -> cleared(o)
        :: else
        fi
    }
}

/* wait_take_all(): `low` and `high` by address. */
inline take_both(low, high, ok)
{
    if
    :: d_step { !object[low].signalled -> alive(low); ok = 0 }
    :: object[low].signalled ->
        if
        :: d_step { !object[high].signalled -> alive(high); ok = 0 }
        :: object[high].signalled ->
            lock_one(low, ok);
            if
            :: ok ->
                lock_one(high, ok);
                if
                :: ok ->
                    /* The instant at which the wait is satisfied: all of it stands. */
                    assert(object[low].signalled && object[high].signalled);
                    take_locked(low);
                    take_locked(high)
                :: else ->
#ifdef KEEP_ON_FAILURE
                    take_locked(low)
#else
                    unlock_one(low)
#endif
                fi
            :: else
            fi
        fi
    fi
}

/* wait_look(): index 0 or 1, 2 a call is queued, NONE nothing. */
inline look(me, index, ok)
{
    index = NONE;
    if
    :: all ->
#ifdef UNORDERED
        take_both(first, second, ok);
#else
        if
        :: first < second -> take_both(first, second, ok)
        :: else -> take_both(second, first, ok)
        fi;
#endif
        if
        :: ok -> index = 0
        :: else
        fi
    :: else ->
        take_one(first, ok);
        if
        :: ok -> index = 0
        :: !ok && second != NONE ->
            take_one(second, ok);
            if
            :: ok -> index = 1
            :: else
            fi
        :: else
        fi
    fi;
    if
    :: index == NONE && called[me] -> index = 2
    :: else
    fi
}

/* ---- Lists ---- */

inline acquire(o) { d_step { !object[o].lock -> object[o].lock = 1 } }
inline release(o) { object[o].lock = 0 }

/* waitable_choose_locked(): from the head up to the first who waits for any. `chosen`: a bit for
 * each waiter. */
inline choose_locked(o, i, chosen)
{
    i = 0;
#ifdef WAKE_UNLOCKED
    if
    :: object[o].listed > 0 -> i = object[o].list[0]; assert(valid[i]); chosen = chosen | (1 << (i / 2))
    :: else
    fi;
    i = BLOCKS;
#endif
    do
    :: d_step {
            i < object[o].listed ->
            assert(valid[object[o].list[i]]); /* [W6] */
            chosen = chosen | (1 << (object[o].list[i] / 2));
            if
            :: object[o].auto_reset && !all_of[object[o].list[i] / 2] -> i = BLOCKS
#ifdef WAKE_FIRST
            :: else -> i = BLOCKS
#else
            :: else -> i++
#endif
            fi
        }
    :: else -> break
    od;
    i = 0
}

/* waitable_wake_chosen(): without the lock, so that whoever was chosen may be gone on by then. */
inline wake_chosen(chosen)
{
    do
    :: d_step { chosen & 1 -> notified[0] = 1; chosen = chosen & 6 }
    :: d_step { (chosen & 3) == 2 -> notified[1] = 1; chosen = chosen & 4 }
    :: d_step { chosen == 4 -> notified[2] = 1; chosen = 0 }
    :: chosen == 0 -> break
    od
}

/* waitable_enlist(); the list alone is seen by nobody without the lock. */
inline enlist(o, block)
{
    acquire(o);
    d_step {
        alive(o);
        valid[block] = 1;
        object[o].list[object[o].listed] = block;
        object[o].listed++
    };
#ifndef BIT_AFTER_LOOK
    object[o].waiters = 1;
#endif
    release(o)
}

/* waitable_delist() */
inline delist(o, block, i, chosen)
{
    acquire(o);
    d_step {
        alive(o);
        i = 0;
        do
        :: object[o].list[i] != block -> i++
        :: else -> break
        od;
        object[o].listed--;
        do
        :: i < object[o].listed -> object[o].list[i] = object[o].list[i + 1]; i++
        :: else -> break
        od;
        object[o].list[i] = 0;
        i = 0
    };
    if
    :: object[o].listed == 0 -> object[o].waiters = 0
    :: else
    fi;
#ifndef NO_PASS_ON
    if
    :: object[o].auto_reset && object[o].signalled -> choose_locked(o, i, chosen) /* [W5] */
    :: else
    fi;
#endif
    d_step { valid[block] = 0; object[o].lock = 0 };
    wake_chosen(chosen)
}

/* ---- References: wait_set_ref(), event_ref(), event_unref() ---- */

inline reference(o, ok)
{
    d_step {
        if
        :: object[o].closed -> ok = 0
        :: else -> object[o].references++; ok = 1
        fi
    }
}

inline unreference(o)
{
    d_step {
        alive(o);
        object[o].references--;
        if
        :: object[o].references == 0 -> /* freed */
            assert(object[o].closed && object[o].listed == 0 && !object[o].locked &&
                   !object[o].lock)
        :: else
        fi
    }
}

/* ---- Who waits ---- */

/* wait_sleep() */
inline sleep(me, timed, index, ok, i, chosen)
{
    enlist(first, me * 2);
    if
    :: second != NONE -> enlist(second, me * 2 + 1)
    :: else
    fi;
#ifdef NO_SECOND_LOOK
    goto park;
#endif
again:
    look(me, index, ok);
    if
    :: index != NONE -> goto leave
    :: else
    fi;
park:
#ifdef BIT_AFTER_LOOK
    object[first].waiters = 1;
#endif
    asleep[me] = 1;
end_asleep:
    if
    :: d_step { notified[me] -> notified[me] = 0; asleep[me] = 0 };
        goto again
    :: d_step { timed && !notified[me] -> asleep[me] = 0 }
    fi;
    look(me, index, ok); /* the time is over: one look more */
leave:
    delist(first, me * 2, i, chosen);
    if
    :: second != NONE -> delist(second, me * 2 + 1, i, chosen)
    :: else
    fi
}

/* waitable_wait(), called `rounds` times; `timed`: its time may be over at any moment. */
proctype waiter(byte me; bool all; byte first; byte second; bool timed; byte rounds)
{
    byte index, i, chosen;
    bool ok;

#ifndef NO_REFERENCE
    reference(first, ok);
    if
    :: !ok -> goto done
    :: else
    fi;
    if
    :: second != NONE ->
        reference(second, ok);
        if
        :: !ok -> unreference(first); goto done
        :: else
        fi
    :: else
    fi;
#endif
    do
    :: rounds > 0 ->
        rounds--;
        look(me, index, ok);
        if
        :: index == NONE -> sleep(me, timed, index, ok, i, chosen)
        :: else
        fi;
        if
        :: all && index == 0 -> d_step { object[first].used++; object[second].used++ }
        :: !all && index == 0 -> object[first].used++
        :: !all && index == 1 -> object[second].used++
        :: index == 2 -> called[me] = 0 /* apc_run() */
        :: else
        fi
    :: else -> break
    od;
#ifndef NO_REFERENCE
    unreference(first);
    if
    :: second != NONE -> unreference(second)
    :: else
    fi;
#endif
done:
    finished++
}

/* ---- Who signals ---- */

/* waitable_set() */
inline set(o, saw_locked, saw_waiters, i, chosen)
{
    do
    :: d_step {
            alive(o);
            saw_locked = object[o].locked;
            saw_waiters = object[o].waiters;
            if
            :: object[o].signalled
            :: else -> object[o].signalled = 1; object[o].raised++
            fi
        };
        if
        :: saw_locked ->
#ifdef NO_SET_AGAIN
            break
#else
            !object[o].locked /* [W3] */
#endif
        :: else -> break
        fi
    od;
    if
    :: saw_waiters ->
#ifdef WAKE_UNLOCKED
        choose_locked(o, i, chosen);
#else
        acquire(o);
        choose_locked(o, i, chosen);
        release(o);
#endif
        wake_chosen(chosen)
    :: else
    fi
}

/* waitable_reset() */
inline reset(o)
{
    d_step {
#ifndef RESET_LOCKED
        !object[o].locked -> /* [W2] */
#endif
        if
        :: object[o].signalled -> object[o].signalled = 0; object[o].raised--
        :: else
        fi
    }
}

/* One or two sets, in this order. */
proctype setter(byte o; byte then)
{
    bool saw_locked, saw_waiters, ok;
    byte i, chosen;

    reference(o, ok);
    if
    :: ok -> set(o, saw_locked, saw_waiters, i, chosen); unreference(o)
    :: else
    fi;
    if
    :: then != NONE ->
        reference(then, ok);
        if
        :: ok -> set(then, saw_locked, saw_waiters, i, chosen); unreference(then)
        :: else
        fi
    :: else
    fi;
    finished++
}

proctype resetter(byte o; byte then)
{
    bool saw_locked, saw_waiters;
    byte i, chosen;

    reset(o);
    set(then, saw_locked, saw_waiters, i, chosen);
    finished++
}

/* semaphore_release(): waitable_hold(), waitable_let_go() */
proctype releaser(byte o; byte more)
{
    bool saw_waiters;
    byte i, chosen;

    d_step { !object[o].locked -> object[o].locked = 1 };
    object[o].count = object[o].count + more;
    d_step {
        object[o].locked = 0;
        object[o].signalled = (object[o].count > 0);
        object[o].raised = object[o].raised + more;
        saw_waiters = object[o].waiters
    };
    if
    :: saw_waiters -> acquire(o); choose_locked(o, i, chosen); release(o); wake_chosen(chosen)
    :: else
    fi;
    finished++
}

/* apc_queue(): the call is there before the wake. */
proctype caller(byte to)
{
    called[to] = 1;
    notified[to] = 1;
    finished++
}

/* WSACloseEvent(): handle_close(), handle_unref() */
proctype closer(byte o)
{
    object[o].closed = 1;
    unreference(o);
    finished++
}

/* ---- Scenarios ---- */

#define WAIT(me, all, first, second, timed, rounds) \
    all_of[me] = all; first_of[me] = first; second_of[me] = second; \
    run waiter(me, all, first, second, timed, rounds); started++
#define START(process) run process; started++

inline scenario()
{
#if defined(ANY)
    WAIT(0, 0, 0, NONE, 0, 2);
    WAIT(1, 0, 0, NONE, 1, 1);
    START(setter(0, 0));
    START(setter(0, NONE))
#elif defined(OPPOSITE)
    object[1].signalled = 1; object[1].raised = 1;
    WAIT(0, 1, 0, 1, 0, 1);
    WAIT(1, 1, 1, 0, 0, 1);
    START(setter(0, 1));
    START(setter(0, NONE))
#elif defined(MIXED)
    WAIT(0, 1, 0, 1, 0, 1);
    WAIT(1, 0, 1, NONE, 1, 1);
    START(setter(0, 0));
    START(setter(1, NONE))
#elif defined(THREE)
    WAIT(0, 1, 0, 1, 0, 1);
    WAIT(1, 1, 1, 0, 0, 1);
    WAIT(2, 0, 1, NONE, 0, 1);
    START(setter(0, 1))
#elif defined(PASSING)
    WAIT(0, 1, 0, 1, 0, 1);
    WAIT(1, 0, 0, NONE, 0, 1);
    START(setter(0, 0))
#elif defined(COMMIT)
    object[0].signalled = 1; object[0].raised = 1;
    object[1].signalled = 1; object[1].raised = 1;
    WAIT(0, 1, 0, 1, 0, 1);
    WAIT(1, 1, 0, 1, 0, 1);
    START(setter(0, 1))
#elif defined(RESET)
    object[0].auto_reset = 0;
    object[0].signalled = 1; object[0].raised = 1;
    object[1].signalled = 1; object[1].raised = 1;
    WAIT(0, 1, 0, 1, 0, 1);
    WAIT(1, 0, 1, NONE, 1, 1);
    START(resetter(0, 1));
    START(setter(0, NONE))
#elif defined(TWICE)
    WAIT(0, 0, 0, 0, 0, 1);
    WAIT(1, 0, 1, 0, 0, 1);
    START(setter(0, 0));
    START(setter(0, NONE))
#elif defined(ALERT)
    WAIT(0, 0, 0, 1, 0, 2);
    WAIT(1, 0, 0, NONE, 0, 1);
    START(caller(0));
    START(setter(0, 0))
#elif defined(CLOSING)
    WAIT(0, 0, 0, 1, 0, 1);
    WAIT(1, 1, 1, 0, 1, 1);
    START(closer(0));
    START(setter(0, 1))
#elif defined(HANDOVER)
    WAIT(0, 0, 1, 0, 0, 1);
    WAIT(1, 0, 0, NONE, 0, 1);
    START(setter(0, NONE));
    START(setter(1, NONE))
#elif defined(SEMAPHORE)
    object[0].counted = 1;
    WAIT(0, 0, 0, NONE, 0, 1);
    WAIT(1, 1, 0, 1, 0, 1);
    WAIT(2, 0, 0, NONE, 1, 1);
    START(releaser(0, 2))
#endif
}

/* ---- When nothing moves any more ---- */

#define SIGNALLED(o) (o != NONE && object[o].signalled)
#define SATISFIABLE(me) \
    (all_of[me] -> SIGNALLED(first_of[me]) && SIGNALLED(second_of[me]) : \
                   SIGNALLED(first_of[me]) || SIGNALLED(second_of[me]))

inline check_waiter(me)
{
    assert(!asleep[me] || !SATISFIABLE(me)); /* no lost wake-up */
    assert(!asleep[me] || !called[me])
}

inline check_object(o)
{
    if
    :: object[o].counted -> assert(object[o].raised == object[o].taken + object[o].count)
    :: !object[o].counted && object[o].auto_reset ->
        assert(object[o].raised == object[o].taken + object[o].signalled)
    :: else
    fi;
    /* A signal satisfies one wait, and a wait for all takes nothing for nothing. */
    assert(!object[o].auto_reset || object[o].used == object[o].taken);
    assert(!object[o].lock && !object[o].locked);
    assert(object[o].waiters == (object[o].listed > 0)) /* [W4] */
}

init {
    byte o;

    atomic {
        for (o : 0 .. OBJECTS - 1) {
            object[o].auto_reset = 1;
            object[o].references = 1
        }
        scenario()
    }
    timeout ->
    /* Nobody spins, holds a lock or waits for one: each has finished or sleeps. */
    assert(finished + asleep[0] + asleep[1] + asleep[2] == started);
    check_waiter(0);
    check_waiter(1);
    check_waiter(2);
    check_object(0);
    check_object(1);
#ifdef COMMIT
    /* The setter sets 0 first: with 0 set after a wait took both, so is 1. */
    assert(!(object[0].signalled && !object[1].signalled));
#endif
}
