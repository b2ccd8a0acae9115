/* SPDX-License-Identifier: MIT */
/*
 * One slot of the handle table: core/base/handle.c, [H1] and [H2]; what WSACloseEvent promises rests
 * on it. An object is opened, used by two threads that know its value, closed by two at once, and
 * the slot is opened again with the next generation.
 *
 * Checked: a reference never names an object that is freed, or another one than the value did; an
 * object is freed once, after the last reference; one of two closes succeeds; once a close has
 * returned, nothing gets a reference by that value.
 *
 * RUN slot
 * BREAK slot         -DNO_GENERATION               a value is not told from a later one
 * BREAK slot         -DCOUNT_BLINDLY               a reference is an addition, not an exchange
 * BREAK slot         -DCLOSE_IN_TWO                a close looks, then writes
 * BREAK slot         -DFREE_FIRST                  the slot is given back before the object dies
 */
#define GENERATIONS 2
#define NOTHING 255

/* slot->word */
byte generation, references;
bool closed, typed;        /* typed: not HANDLE_NONE */
byte object;               /* slot->object */

bool freed[GENERATIONS];
byte users[GENERATIONS];   /* ghost: references that threads have by now */
byte closes[GENERATIONS];  /* ghost: closes that succeeded */
bool known[GENERATIONS];   /* handle_open() has returned the value */
bool gone[GENERATIONS];    /* ghost: a close has returned */
bool listed = 1;           /* on the free list */

/* word_names() */
#ifdef NO_GENERATION
#define NAMES(value) (typed && !closed)
#else
#define NAMES(value) (generation == value && typed && !closed)
#endif

/* slot_retire() */
inline retire(mine)
{
#ifdef FREE_FIRST
    d_step { closed = 0; typed = 0; generation++; listed = 1 };
#endif
    d_step {
        mine = object;
        assert(mine < GENERATIONS && !freed[mine] && users[mine] == 0);
        freed[mine] = 1
    };
#ifndef FREE_FIRST
    d_step { closed = 0; typed = 0; generation++; listed = 1 }
#endif
}

/* handle_unref() */
inline unref(last, mine)
{
    d_step { assert(references > 0); references--; last = (references == 0) };
    if
    :: last ->
#ifndef CLOSE_IN_TWO
        assert(closed);
#endif
        retire(mine)
    :: else
    fi
}

/* handle_ref(), a use of the object, handle_unref() */
proctype user(byte value)
{
    bool got, last, late;
    byte mine;

    known[value];
    late = gone[value];
#ifdef COUNT_BLINDLY
    references++;
    if
    :: NAMES(value) -> got = 1
    :: else -> unref(last, mine)
    fi;
#else
    if
    :: d_step { NAMES(value) -> references++; got = 1 } /* the exchange that succeeds */
    :: d_step { !NAMES(value) -> got = 0 }
    fi;
#endif
    if
    :: got ->
        assert(!late); /* further references to this handle fail */
        d_step { mine = object; assert(mine == value && !freed[value]); users[value]++ };
        d_step { assert(!freed[value]); users[value]-- };
        unref(last, mine)
    :: else
    fi
}

/* handle_close(), handle_unref() */
proctype closer(byte value)
{
    bool got, last;
    byte mine;

    known[value];
#ifdef CLOSE_IN_TWO
    got = NAMES(value);
    if
    :: got -> closed = 1
    :: else
    fi;
#else
    if
    :: d_step { NAMES(value) -> closed = 1; got = 1 }
    :: d_step { !NAMES(value) -> got = 0 }
    fi;
#endif
    if
    :: got ->
        d_step { closes[value]++; assert(closes[value] == 1); gone[value] = 1 };
        unref(last, mine)
    :: else
    fi
}

/* handle_open() */
proctype opener()
{
    byte value;

    do
    :: value < GENERATIONS ->
        d_step { listed -> listed = 0 };
        object = value; /* [H1] */
        d_step { assert(generation == value); typed = 1; references = 1 };
        known[value] = 1;
        value++
    :: else -> break
    od
}

init {
    atomic {
        run opener();
        run user(0);
        run user(0);
        run closer(0);
        run closer(0);
        run user(1);
        run closer(1)
    }
    timeout ->
    assert(freed[0] && freed[1] && closes[0] == 1 && closes[1] == 1 && listed)
}
