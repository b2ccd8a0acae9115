/* SPDX-License-Identifier: MIT */
/*
 * Who is woken at a completion port: core/object/port.c, [C1] to [C3]. Workers take packets one by
 * one and come back; two threads post. Everything happens under port->lock but park_wake(), which
 * comes after it, so each critical section is one step here. The backlog that a worker leaves to
 * itself is 1 instead of 16 (PORT_CHAIN_BACKLOG). The tick does not run: it is for workers that
 * block elsewhere, and would hide a lost wake of those that do not.
 *
 * Checked: at most one chosen waiter is on its way; no waiter is on the list and chosen; the cap is
 * exceeded by the chosen one at most, or by those who take a last look when their time is over
 * (SOFT); while packets stand and a waiter is parked, somebody is on his way or at work, and when
 * more than the backlog stand, as many as the cap lets; when nothing moves any more every packet has
 * been taken.
 *
 * RUN one_at_a_time  -DCAP=1
 * RUN two_at_a_time  -DCAP=2
 * RUN leaving        -DCAP=1 -DTIMED               waits end by their time; workers leave
 * RUN shutting       -DCAP=2 -DSHUT                the port is closed meanwhile
 * BREAK two          -DCAP=2 -DNO_CHAIN            who takes a packet wakes nobody
 * BREAK one          -DCAP=1 -DTOKEN_KEPT          a chosen waiter keeps the token
 * BREAK leaving      -DCAP=1 -DTIMED -DCHOSEN_LOST    chosen as its time ends
 * BREAK leaving      -DCAP=1 -DTIMED -DLEAVE_QUIETLY  passes nothing on
 * BREAK two          -DCAP=2 -DNO_TOKEN            every packet wakes a waiter
 * BREAK shutting     -DCAP=2 -DSHUT -DSHUT_QUIETLY nobody is told
 */
#define WORKERS 3
#if defined(TIMED) || defined(SHUT)
#define PACKETS 3
#else
#define PACKETS 4
#endif
#define BACKLOG 1
#define NOBODY 255
#ifdef TIMED
#define SOFT 2
#else
#define SOFT 1
#endif

byte posted, taken;        /* packets posted - taken stand in the queue */
bool token, shut;
byte busy;
byte stack[WORKERS];       /* port->waiters; the newest is the last */
byte parked_count;
bool chosen[WORKERS];      /* thread->port_chosen */
bool working[WORKERS];     /* thread->port_active */
bool notified[WORKERS];    /* the park word */
bool asleep[WORKERS];
byte left;                 /* workers that are gone */
byte leavers;              /* that may still give up */

#define COUNT (posted - taken)

/* waiter_choose_locked(), port_pass_on_locked() */
inline pass_on(backlog, wake)
{
    wake = NOBODY;
    if
#ifdef NO_TOKEN
    :: parked_count > 0 && busy < CAP && (COUNT > backlog) ->
#else
    :: !token && parked_count > 0 && busy < CAP && (COUNT > backlog) ->
#endif
        assert(!token);
        parked_count--;
        wake = stack[parked_count];
        stack[parked_count] = 0;
        assert(!chosen[wake]);
        chosen[wake] = 1;
        token = 1
    :: else
    fi
}

/* port_unlock(), before the wake. With room below the cap the packets that stand must be somebody's
 * business: of the chosen one, or of a worker who is awake and left them to itself. */
inline check()
{
    assert(COUNT == 0 || parked_count == 0 || token || busy > 0 || shut);
    assert(COUNT <= BACKLOG || parked_count == 0 || token || busy >= CAP || shut)
}

/* waiter_remove_locked() */
inline remove(me, i)
{
    i = 0;
    do
    :: stack[i] != me -> i++
    :: else -> break
    od;
    parked_count--;
    do
    :: i < parked_count -> stack[i] = stack[i + 1]; i++
    :: else -> break
    od;
    stack[i] = 0;
    i = 0
}

/* port_append() */
proctype poster(byte count)
{
    byte wake;

    do
    :: count > 0 ->
        d_step {
            count--;
            if
            :: !shut -> posted++; pass_on(0, wake); check()
            :: else -> wake = NOBODY
            fi
        };
        if
        :: wake != NOBODY -> notified[wake] = 1; wake = 0
        :: else
        fi
    :: else -> break
    od
}

#define READY(is_chosen) (COUNT > 0 && (busy < CAP || is_chosen))

/* port_wait_locked(): lists itself and releases the lock. */
inline list_self(me)
{
    chosen[me] = 0;
    stack[parked_count] = me;
    parked_count++;
    check()
}

/* The rest of port_take(), once the wait is over. */
inline finish(me, was_chosen, got, wake)
{
    if
    :: was_chosen ->
        assert(token);
#ifndef TOKEN_KEPT
        token = 0
#endif
    :: else
    fi;
    chosen[me] = 0;
    if
    :: !shut && COUNT > 0 ->
        taken++;
        got = 1;
        working[me] = 1;
        busy++;
        assert(busy <= CAP + SOFT) /* [C2] */
    :: else -> got = 0
    fi;
    wake = NOBODY;
    if
#ifndef NO_CHAIN
    :: got -> pass_on(BACKLOG, wake)
#endif
    :: !got -> pass_on(0, wake)
    :: else
    fi;
    check()
}

/* port_take(), again and again. */
proctype worker(byte me)
{
    byte wake, i;
    bool was_chosen, time_left, got, waits;

again:
    was_chosen = 0;
    d_step {
        time_left = 1;
        if
        :: working[me] -> working[me] = 0; busy-- /* worker_remove_locked() */
        :: else
        fi;
        waits = !shut && !READY(0);
        if
        :: waits -> list_self(me)
        :: else -> finish(me, was_chosen, got, wake)
        fi
    };
    do
    :: waits ->
        /* park_wait() */
        asleep[me] = 1;
end_parked:
        if
        :: d_step { notified[me] -> notified[me] = 0; asleep[me] = 0 }
#ifdef TIMED
        :: d_step {
                !notified[me] && leavers > 0 -> leavers--; time_left = 0; asleep[me] = 0
            }
#endif
        fi;
        d_step {
            was_chosen = chosen[me];
#ifdef CHOSEN_LOST
            was_chosen = was_chosen && time_left;
#endif
            if
            :: !chosen[me] -> remove(me, i)
            :: else
            fi;
            waits = !shut && !READY(was_chosen) && time_left;
            if
            :: waits && was_chosen -> token = 0; list_self(me)
            :: waits && !was_chosen -> list_self(me)
            :: else -> finish(me, was_chosen, got, wake)
            fi
        }
    :: else -> break
    od;
    if
    :: wake != NOBODY -> notified[wake] = 1
    :: else
    fi;
    wake = 0;
    if
    :: got -> goto again
#ifdef TIMED
    :: d_step {
            got && leavers > 0 -> /* worker_leave(): to another port, or the thread ends */
            leavers--;
            working[me] = 0;
            busy--;
#ifdef LEAVE_QUIETLY
            wake = NOBODY
#else
            pass_on(0, wake);
            check()
#endif
        };
        if
        :: wake != NOBODY -> notified[wake] = 1
        :: else
        fi;
        wake = 0;
        left++
#endif
    :: !got -> left++
    fi
}

/* port_shut() */
proctype shutter()
{
    byte i;

    d_step {
        shut = 1;
        posted = taken;
#ifndef SHUT_QUIETLY
        for (i : 0 .. WORKERS - 1) {
            if
            :: i < parked_count -> notified[stack[i]] = 1
            :: else
            fi
        }
#endif
        i = 0
    }
}

init {
    byte i;

    atomic {
#ifdef TIMED
        leavers = 1;
#endif
        for (i : 0 .. WORKERS - 1) {
            run worker(i)
        }
        run poster(2);
        run poster(PACKETS - 2);
#ifdef SHUT
        run shutter()
#endif
    }
    timeout ->
    assert(!token && busy == 0 && COUNT == 0);
    assert(left + parked_count == WORKERS);
#ifdef SHUT
    assert(left == WORKERS);
#else
    assert(taken == PACKETS)
#endif
}
