/* SPDX-License-Identifier: MIT */
/*
 * The park word of ring/engine/park.h, [P1] to [P6]: one thread that sleeps, two that wake it. The
 * thread sleeps in park_wait() (park.c), in wait_ring_wait() (wait_ring.c) and in poll(2) between
 * park_poll_begin() and park_poll_end(), in any order, until it has seen both reasons; each time it
 * may have a deadline. The kernel's part is here too: the futex queue, on which the thread and the
 * wait ring's request may both stand, and the two eventfds.
 *
 * Checked: the thread sees both reasons, whatever order things happen in; it never sleeps for good;
 * nobody writes to its descriptor for poll(2) once it has ended.
 *
 * RUN two
 * RUN three          -DWAKERS=3
 * RUN eventfd        -DEVENT_RING            the wait ring before Linux 6.7
 * BREAK two          -DPARK_STORES      parking overwrites a wake
 * BREAK two          -DWAKE_WHEN_PARKED nothing is left for who is about to park
 * BREAK two          -DWAKE_FIRST       the wake comes before its reason
 * BREAK two          -DSLEEP_BLINDLY    the kernel does not compare the word
 * BREAK two          -DWAKE_ONE         [P4] the request swallows the thread's wake
 * BREAK two          -DLATE_WRITE       [P6] does not read what was written, or will be
 * BREAK eventfd      -DEVENT_RING -DONE_EVENT  [P5] one eventfd for the ring and poll
 */
#ifndef WAKERS
#define WAKERS 2
#endif
#define AWAKE 0
#define FUTEX 1
#define NOTIFIED 2
#define EVENT 3
#define POLL 4
#ifdef EVENT_RING
#define RING EVENT
#else
#define RING FUTEX
#endif

byte word;
byte reasons;          /* what the wakers publish */
bool thread_queued;    /* on the futex */
bool request_queued;   /* the wait ring's request, on the futex or on its eventfd */
bool answer;           /* its completion is there to be reaped */
byte event_count;      /* park->event_fd */
byte poll_count;       /* park->poll_fd */
bool gone;             /* it is closed */

/* ---- The kernel ---- */

inline futex_wake_all()
{
    d_step {
#ifdef WAKE_ONE
        if
        :: request_queued -> request_queued = 0; answer = 1
        :: else -> thread_queued = 0
        fi
#else
        thread_queued = 0;
        if
        :: request_queued && RING == FUTEX -> request_queued = 0; answer = 1
        :: else
        fi
#endif
    }
}

/* write(2) to the ring's eventfd: an armed read takes it at once. */
inline event_write()
{
    d_step {
        if
        :: request_queued -> request_queued = 0; answer = 1
        :: else -> event_count++
        fi
    }
}

/* ---- Waking: park_wake() ---- */

proctype waker()
{
    byte before;

#ifndef WAKE_FIRST
    reasons++;
#endif
#ifdef WAKE_WHEN_PARKED
    before = word;
    if
    :: before == AWAKE || before == NOTIFIED -> goto done
    :: else
    fi;
#endif
    d_step { before = word; word = NOTIFIED }; /* [P1] */
    if
    :: before == FUTEX -> futex_wake_all()
    :: before == EVENT -> event_write()
    :: before == POLL ->
#ifdef ONE_EVENT
        event_write()
#else
        d_step { assert(!gone); poll_count++ } /* [P6] */
#endif
    :: else
    fi;
done:
#ifdef WAKE_FIRST
    reasons++
#else
    skip
#endif
}

/* ---- Sleeping ---- */

/* 0 -> to; parked: whether it was. */
inline begin(to, parked)
{
#ifdef PARK_STORES
    d_step { word = to; parked = 1 }
#else
    d_step {
        if
        :: word == AWAKE -> word = to; parked = 1
        :: else -> parked = 0
        fi
    }
#endif
}

inline end()
{
    word = AWAKE
}

/* park_wait() and park_sleep() */
inline wait_futex(timed, parked)
{
    begin(FUTEX, parked);
    do
    :: parked && word == FUTEX ->
        d_step {
            thread_queued = 1;
#ifndef SLEEP_BLINDLY
            if
            :: word != FUTEX -> thread_queued = 0
            :: else
            fi
#endif
        };
        if
        :: !thread_queued
        :: timed -> thread_queued = 0; break
        fi
    :: !parked || word != FUTEX -> break
    od;
    end()
}

/* wait_ring_reap() */
inline reap(armed)
{
    d_step {
        if
        :: answer -> answer = 0; armed = 0
        :: else
        fi
    }
}

/* wait_ring_arm() and the kernel's look when it takes the request in */
inline arm(armed)
{
    d_step {
        armed = 1;
        if
        :: RING == FUTEX && word != FUTEX -> answer = 1
        :: RING == FUTEX && word == FUTEX -> request_queued = 1
        :: RING == EVENT && event_count > 0 -> event_count = 0; answer = 1
        :: RING == EVENT && event_count == 0 -> request_queued = 1
        fi
    }
}

/* wait_ring_wait(). Its operation may end at any time, which is like a deadline. */
inline wait_ring(timed, parked, armed)
{
    reap(armed);
    begin(RING, parked);
    do
    :: parked && word == RING ->
        if
        :: !armed -> arm(armed)
        :: else
        fi;
        if
        :: answer
        :: timed -> break
        fi;
        reap(armed)
    :: !parked || word != RING -> break
    od;
    end()
}

/* park_poll_begin(), poll(2), park_poll_end() */
inline wait_poll(timed, parked, notified)
{
    begin(POLL, parked);
    if
    :: parked ->
        if
#ifdef ONE_EVENT
        :: event_count > 0
#else
        :: poll_count > 0
#endif
        :: timed
        fi
    :: else
    fi;
    d_step { notified = (word == NOTIFIED); word = AWAKE };
#ifdef ONE_EVENT
    event_count = 0
#elif defined(LATE_WRITE)
    poll_count = 0
#else
    if
    :: notified && parked -> d_step { poll_count > 0 -> poll_count = 0 } /* [P6] */
    :: else
    fi
#endif
}

active proctype sleeper()
{
    bool timed, parked, armed, notified;

    do
    :: reasons == WAKERS -> break
    :: else ->
        if
        :: timed = 0
        :: timed = 1
        fi;
        if
        :: wait_futex(timed, parked)
        :: wait_ring(timed, parked, armed)
        :: wait_poll(timed, parked, notified)
        fi
    od;
    gone = 1 /* park_poll_forget(): the thread ends */
}

init {
    byte i;

    atomic {
        for (i : 1 .. WAKERS) {
            run waker()
        }
    }
}
