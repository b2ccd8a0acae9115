/* SPDX-License-Identifier: MIT */
/*
 * The interlocked operations of Win32 as inline functions: atomic, and a full barrier each. Nothing
 * is exported for them. Increment, Decrement and Add return the new value, all others the old one.
 * LONG is an int here; source that declares `volatile long` instead gets the whole long changed.
 */
#ifndef WS2RING_INTERLOCKED_H
#define WS2RING_INTERLOCKED_H

#include <ws2ring/base.h>

/** Adds one to *target; the new value. */
WS2RING_INLINE LONG InterlockedIncrement(volatile LONG *target)
{
    return __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);
}

/** Takes one from *target; the new value. */
WS2RING_INLINE LONG InterlockedDecrement(volatile LONG *target)
{
    return __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);
}

/** Stores `value`; the old value. */
WS2RING_INLINE LONG InterlockedExchange(volatile LONG *target, LONG value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

/** Adds `value`; the old value. */
WS2RING_INLINE LONG InterlockedExchangeAdd(volatile LONG *target, LONG value)
{
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}

/** Stores `value` if *target is `expected`; the old value either way. */
WS2RING_INLINE LONG InterlockedCompareExchange(volatile LONG *target, LONG value, LONG expected)
{
    __atomic_compare_exchange_n(target, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected; /* the builtin put the old value here when it differed */
}

/** Stores *target & value; the old value. */
WS2RING_INLINE LONG InterlockedAnd(volatile LONG *target, LONG value)
{
    return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);
}

/** Stores *target | value; the old value. */
WS2RING_INLINE LONG InterlockedOr(volatile LONG *target, LONG value)
{
    return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);
}

/** Stores *target ^ value; the old value. */
WS2RING_INLINE LONG InterlockedXor(volatile LONG *target, LONG value)
{
    return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);
}

/** Adds `value`; the new value. */
WS2RING_INLINE LONG InterlockedAdd(volatile LONG *target, LONG value)
{
    return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);
}

/** Adds one to *target; the new value. */
WS2RING_INLINE LONG64 InterlockedIncrement64(volatile LONG64 *target)
{
    return __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);
}

/** Takes one from *target; the new value. */
WS2RING_INLINE LONG64 InterlockedDecrement64(volatile LONG64 *target)
{
    return __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);
}

/** Stores `value`; the old value. */
WS2RING_INLINE LONG64 InterlockedExchange64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

/** Adds `value`; the old value. */
WS2RING_INLINE LONG64 InterlockedExchangeAdd64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}

/** Stores `value` if *target is `expected`; the old value either way. */
WS2RING_INLINE LONG64 InterlockedCompareExchange64(volatile LONG64 *target, LONG64 value,
                                                   LONG64 expected)
{
    __atomic_compare_exchange_n(target, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected; /* the builtin put the old value here when it differed */
}

/** Stores *target & value; the old value. */
WS2RING_INLINE LONG64 InterlockedAnd64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);
}

/** Stores *target | value; the old value. */
WS2RING_INLINE LONG64 InterlockedOr64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);
}

/** Stores *target ^ value; the old value. */
WS2RING_INLINE LONG64 InterlockedXor64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);
}

/** Adds `value`; the new value. */
WS2RING_INLINE LONG64 InterlockedAdd64(volatile LONG64 *target, LONG64 value)
{
    return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);
}

/** Stores `value`; the old value. */
WS2RING_INLINE PVOID InterlockedExchangePointer(PVOID volatile *target, PVOID value)
{
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

/** Stores `value` if *target is `expected`; the old value either way. */
WS2RING_INLINE PVOID InterlockedCompareExchangePointer(PVOID volatile *target, PVOID value,
                                                       PVOID expected)
{
    __atomic_compare_exchange_n(target, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

/** No load or store crosses this point, in the compiler or in the CPU. */
WS2RING_INLINE void MemoryBarrier(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/** Tells the CPU that the caller spins. */
WS2RING_INLINE void YieldProcessor(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    __asm__ __volatile__("yield" ::: "memory");
#endif
}

#include <ws2ring/interlocked_long.h>

#endif /* WS2RING_INTERLOCKED_H */
