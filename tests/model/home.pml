/* SPDX-License-Identifier: MIT */
/*
 * Who watches a selected socket: core/object/home.c, [M1] to [M5]. One event, one socket selected
 * for it, data that arrive; a ring thread that watches the socket as long as it is at home nowhere;
 * a thread that waits once and ends, and another that waits for the same event again and again. Both
 * follow the rules: wait, read the record, receive.
 *
 * What waitable_set() does is one step here (waitable.pml shows that it may be), and so is a look at
 * the socket with the selection's lock held. The receive is a step of its own.
 *
 * Checked: when nothing moves any more no data are left that a thread sleeps over, the socket is
 * watched by somebody who is there, and no thread hangs on a lock.
 *
 * RUN moving
 * RUN ending         -DENDING                      the first thread ends
 * BREAK moving       -DNO_SECOND_LOOK              [M1] moves in with a thread that is it no longer
 * BREAK moving       -DNO_WAKE                     moves in while its thread sleeps elsewhere
 * BREAK moving       -DNO_REARM                    [M5] moved out, and watched by nobody
 * BREAK moving       -DLOOK_ONCE                   [M4] sleeps without the set
 * BREAK moving       -DSTAY                        [M5] another thread waits, and nobody moves out
 */
#define NONE 0
#define NOBODY 3
#define ARRIVALS 3

byte event_home;      /* event->home: NONE, the thread 1 or 2, NOBODY */
byte at_home;         /* selection->home */
bool open[3];         /* home->set >= 0 */
bool ready[3];        /* the set has something to tell of the socket (edge-triggered) */
bool home_lock[3];
bool lock;            /* selection->lock */
bool data, told, recorded;
bool signalled;       /* the event; reset by hand */
bool listed[3], notified[3], asleep[3];
bool watching;        /* the ring thread's request is with the kernel */
bool news;            /* and has answered */
bool called;          /* selection_call_locked() */
byte arrived;

/* ---- The socket and the record ---- */

/* waitable_set() */
inline set_event()
{
    signalled = 1;
    notified[1] = notified[1] || listed[1];
    notified[2] = notified[2] || listed[2]
}

/* selection_look_locked(): `changed` is news that may stand for more of what was told. */
inline look(changed)
{
    if
    :: data && (!told || changed) -> recorded = 1; told = 0; set_event()
    :: else ->
        if
        :: !data -> recorded = 0
        :: else
        fi
    fi
}

proctype peer()
{
    do
    :: arrived < ARRIVALS ->
        d_step {
            arrived++;
            data = 1;
            news = news || watching;
            if
            :: at_home != NONE -> ready[at_home] = 1
            :: else
            fi
        }
    :: else -> break
    od
}

/* ---- The ring thread ---- */

/* home_move_in_locked(), with the selection's lock held. */
inline move_in(home)
{
    home = event_home;
    if
    :: home == NONE || home == NOBODY || at_home != NONE
    :: else ->
        d_step { !home_lock[home] -> home_lock[home] = 1 };
        if
#ifdef NO_SECOND_LOOK
        :: open[home] ->
#else
        :: open[home] && event_home == home ->
#endif
            d_step { ready[home] = data; at_home = home }; /* the kernel tells what holds */
            home_lock[home] = 0;
#ifndef NO_WAKE
            notified[home] = 1;
#endif
            watching = 0;
            news = 0
        :: else -> home_lock[home] = 0
        fi
    fi
}

proctype ring_thread()
{
    byte home;

end_idle:
    do
    :: called -> /* selection_call_done() */
        d_step {
            !lock -> called = 0;
            if
            :: at_home == NONE && !watching -> watching = 1; news = data
            :: else
            fi
        }
    :: news -> /* selection_changed() */
        d_step { !lock -> lock = 1 };
        d_step { news = 0; look(1) };
        move_in(home);
        d_step {
            home = 0;
            lock = 0;
            if
            :: at_home == NONE && !watching -> watching = 1; news = data
            :: else
            fi
        }
    od
}

/* ---- A thread that waits ---- */

/* home_empty_some() */
inline clear_out(home, moved)
{
    d_step { !home_lock[home] -> home_lock[home] = 1 };
    d_step {
        moved = (at_home == home);
        if
        :: moved -> at_home = NONE; ready[home] = 0
        :: else
        fi;
        home_lock[home] = 0
    };
    if
#ifndef NO_REARM
    :: moved -> d_step { !lock -> called = 1 } /* selection_watch_again() */
#endif
    :: else
    fi;
    moved = 0
}

/* home_claim_event() */
inline claim(me, other, watches, moved)
{
    watches = 0;
    if
    :: d_step { event_home == NONE -> event_home = me; watches = 1; open[me] = 1 }
    :: event_home == me -> watches = 1
    :: event_home == NOBODY
#ifdef STAY
    :: event_home == other
#else
    :: event_home == other -> event_home = NOBODY; clear_out(other, moved)
#endif
    fi
}

/* home_tell(), selection_told_at_home() */
inline tell(me)
{
    if
    :: d_step { ready[me] && !lock -> ready[me] = 0;
            if
            :: at_home == me && data -> look(1) /* the kernel tells what holds as it answers */
            :: else
            fi
        }
    :: !ready[me]
    fi
}

/* waitable_wait() without an end of its time */
inline wait(me, other, watches, moved)
{
    if
    :: signalled -> goto got
    :: else
    fi;
    claim(me, other, watches, moved);
#ifndef LOOK_ONCE
    if
    :: watches -> tell(me)
    :: else
    fi;
#endif
    listed[me] = 1;
again:
    if
    :: signalled -> goto got
    :: else
    fi;
    if
#ifdef LOOK_ONCE
    :: 0 ->
#else
    :: watches && at_home == me ->
#endif
        /* home_sleep(): on the set, which holds the thread's own wake-up too */
        asleep[me] = 1;
end_set:
        if
        :: notified[me]
        :: ready[me]
        fi;
        d_step { asleep[me] = 0; notified[me] = 0 };
        tell(me)
    :: else ->
        asleep[me] = 1;
end_parked:
        notified[me];
        d_step { asleep[me] = 0; notified[me] = 0 }
    fi;
    goto again;
got:
    listed[me] = 0
}

/* WSAEnumNetworkEvents, and a receive when the record says so. */
inline serve(me, found)
{
    d_step {
        !lock ->
        look(0);
        found = recorded;
        told = told || recorded;
        recorded = 0;
        signalled = 0
    };
    if
    :: found ->
        data = 0;
        d_step { !lock -> told = 0; recorded = 0; look(0) } /* selection_enable_slow() */
    :: else
    fi;
    found = 0
}

proctype once()
{
    bool watches, moved, found;

    wait(1, 2, watches, moved);
    serve(1, found);
#ifdef ENDING
    d_step { !home_lock[1] -> open[1] = 0 }; /* home_thread_exit() */
    clear_out(1, moved)
#endif
}

proctype for_ever()
{
    bool watches, moved, found;

    do
    :: wait(2, 1, watches, moved);
        serve(2, found)
    od
}

init {
    atomic {
        called = 1;
        run ring_thread();
        run once();
        run for_ever();
        run peer()
    }
    timeout ->
    assert(asleep[2] && !lock && !home_lock[1] && !home_lock[2]);
    assert(!data);
    assert(watching || (at_home == 2 && event_home == 2) || (at_home == 1 && asleep[1]))
}
