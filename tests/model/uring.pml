/* SPDX-License-Identifier: MIT */
/*
 * The inbox of a ring thread and how it sleeps: ring/engine/uring.c, [U1]. Two threads submit; one
 * of them submits an operation again as soon as it has ended, so that an address returns to the
 * stack while the other may hold it as its guess. The kernel completes something of its own now and
 * then, and somebody may ask for ticks.
 *
 * Checked: each operation is taken in once for each time it was submitted, oldest first; when
 * nothing moves any more the inbox is empty; a wish for a tick is never forgotten.
 *
 * RUN inbox
 * RUN ticks          -DTICKS
 * BREAK inbox        -DPARK_STORES                 parks over an operation
 * BREAK inbox        -DTAKE_IN_TWO                 takes the inbox by a load and a store
 * BREAK inbox        -DNO_REARM                    hears the first wake only
 * BREAK inbox        -DWAKE_FIRST                  wakes, then pushes
 * BREAK inbox        -DNEWEST_FIRST                does not turn the stack round
 * BREAK ticks        -DTICKS -DTICK_OFF_LAST       a wish that comes during a tick is forgotten
 * BREAK ticks        -DTICKS -DWISH_WITHOUT_WAKE   a thread that sleeps without a time-out
 */
#define EMPTY 0
#define PARKED 1     /* URING_PARKED */
#define FIRST 2      /* operations: FIRST to OPS - 1 */
#define OPS 5
#define TWICE FIRST  /* the one that is submitted twice */

byte inbox;
byte next[OPS];
byte pending[OPS];   /* ghost: submitted and not taken in */
byte ended[OPS];     /* op->done ran */
byte order[OPS];     /* ghost: its submitter's count */
byte newest[2];      /* ghost: of each submitter, the last one taken in */
byte owner[OPS];
byte completions;    /* CQEs that nobody looked at: the wake's and others */
bool wake_answer;
bool reading;        /* the request that reads wake_fd is with the kernel */
byte wake_count;     /* of the eventfd */
bool tick_wanted;
byte watched, ticked; /* what wants ticks: added before engine_want_tick() */
bool asleep;         /* without a time-out */

/* uring_wake(): write(2) to wake_fd; the armed read takes it at once. */
inline wake()
{
    d_step {
        if
        :: reading -> reading = 0; wake_answer = 1; completions++
        :: else -> wake_count++
        fi
    }
}

/* engine_submit() */
inline submit(op, head)
{
    d_step { pending[op]++; head = inbox };
#ifdef WAKE_FIRST
    if
    :: head == PARKED -> wake()
    :: else
    fi;
#endif
    do
    :: next[op] = (head == PARKED -> EMPTY : head);
        if
        :: d_step { inbox == head -> inbox = op };
            break
        :: d_step { inbox != head -> head = inbox }
        fi
    od;
#ifndef WAKE_FIRST
    if
    :: head == PARKED -> wake()
    :: else
    fi
#endif
}

proctype submitter(byte me; byte from; byte to)
{
    byte op = from;
    byte head;

    do
    :: op <= to ->
        d_step { owner[op] = me; order[op] = op };
        submit(op, head);
        op++
    :: else -> break
    od;
    if
    :: me == 0 -> /* once more, when it has ended */
        ended[TWICE] == 1;
        order[TWICE] = to + 1;
        submit(TWICE, head)
    :: else
    fi
}

proctype kernel()
{
    completions++
}

/* port_watch() and engine_want_tick() */
proctype wisher()
{
    bool before;

    watched++;
    d_step { before = tick_wanted; tick_wanted = 1 };
#ifndef WISH_WITHOUT_WAKE
    if
    :: !before -> wake()
    :: else
    fi
#endif
}

/* ---- The ring thread ---- */

/* uring_take_inbox() and uring_take_in() */
inline take_in(op, oldest, following)
{
#ifdef TAKE_IN_TWO
    op = inbox;
    inbox = EMPTY;
#else
    d_step { op = inbox; inbox = EMPTY };
#endif
    d_step {
        oldest = EMPTY;
        if
        :: op == PARKED -> op = EMPTY
        :: else
        fi;
#ifdef NEWEST_FIRST
        oldest = op;
#else
        do
        :: op != EMPTY -> following = next[op]; next[op] = oldest; oldest = op; op = following
        :: else -> break
        od;
#endif
        following = 0
    };
    do
    :: oldest != EMPTY ->
        d_step {
            op = oldest;
            oldest = next[op];
            assert(pending[op] == 1);
            assert(order[op] > newest[owner[op]]);
            newest[owner[op]] = order[op];
            pending[op]--;
            ended[op]++; /* from now on its owner may use it again */
            op = 0
        }
    :: else -> break
    od
}

/* The submission of what was prepared: here, the read of wake_fd. */
inline kernel_submit(armed)
{
    d_step {
        if
        :: armed && wake_count > 0 -> wake_count = 0; wake_answer = 1; completions++
        :: armed && wake_count == 0 -> reading = 1
        :: else
        fi;
        armed = 0
    }
}

/* uring_enter() and uring_sleep() */
inline enter(parked, armed)
{
    parked = 0;
    if
    :: completions == 0 ->
#ifdef PARK_STORES
        d_step { inbox = PARKED; parked = 1 }
#else
        d_step {
            if
            :: inbox == EMPTY -> inbox = PARKED; parked = 1
            :: else
            fi
        }
#endif
    :: completions > 0
    fi;
    if
    :: parked ->
        if
        :: tick_wanted -> kernel_submit(armed) /* and comes back when it is time for a tick */
        :: !tick_wanted ->
            kernel_submit(armed);
            asleep = 1;
end_asleep:
            completions > 0;
            asleep = 0
        fi;
        d_step {
            if
            :: inbox == PARKED -> inbox = EMPTY
            :: else
            fi
        }
    :: else -> kernel_submit(armed)
    fi
}

/* uring_reap() */
inline reap(armed)
{
    d_step {
        if
#ifndef NO_REARM
        :: wake_answer -> armed = 1 /* uring_arm_wake() */
#endif
        :: else
        fi;
        wake_answer = 0;
        completions = 0
    }
}

/* uring_run_tick(): whoever is watched by now is looked at. */
inline run_tick()
{
    if
    :: tick_wanted ->
#ifdef TICK_OFF_LAST
        ticked = watched;
        tick_wanted = 0
#else
        tick_wanted = 0;
        ticked = watched
#endif
    :: else
    fi
}

/* uring_main() */
proctype ring_thread()
{
    byte op, oldest, following;
    bool parked;
    bool armed = 1;

    do
    :: take_in(op, oldest, following);
        enter(parked, armed);
        reap(armed);
        run_tick()
    od
}

init {
    atomic {
        run ring_thread();
        run kernel();
        run submitter(1, FIRST + 1, OPS - 1);
#ifdef TICKS
        run wisher();
        run wisher()
#else
        run submitter(0, FIRST, FIRST)
#endif
    }
    timeout ->
    assert(asleep && inbox == PARKED);
    assert(ended[FIRST + 1] == 1 && ended[OPS - 1] == 1);
#ifndef TICKS
    assert(ended[TWICE] == 2);
#endif
    assert(ticked == watched)
}
