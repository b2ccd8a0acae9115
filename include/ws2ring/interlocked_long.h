/* SPDX-License-Identifier: MIT */
/*
 * Lets the interlocked operations of 32 and of 64 bits take `long *` and `unsigned long *`, signed
 * or not, volatile or not. Windows source declares its counters so, or as int64_t, and both are
 * longs here: the operation is one on the whole long. In C by macros, in C++ by overloads; the bare
 * names stay functions. Part of interlocked.h.
 */
#ifndef WS2RING_INTERLOCKED_LONG_H
#define WS2RING_INTERLOCKED_LONG_H

/* ---- The operations; the type says void so that both signs fit ---- */

WS2RING_INLINE long ws2ring_long_Increment(volatile void *target)
{
    volatile long *at = (volatile long *)target;

    return __atomic_add_fetch(at, 1, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_Decrement(volatile void *target)
{
    volatile long *at = (volatile long *)target;

    return __atomic_sub_fetch(at, 1, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_Exchange(volatile void *target, long value)
{
    volatile long *at = (volatile long *)target;

    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_ExchangeAdd(volatile void *target, long value)
{
    volatile long *at = (volatile long *)target;

    return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_Add(volatile void *target, long value)
{
    volatile long *at = (volatile long *)target;

    return __atomic_add_fetch(at, value, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_And(volatile void *target, long value)
{
    volatile long *at = (volatile long *)target;

    return __atomic_fetch_and(at, value, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_Or(volatile void *target, long value)
{
    volatile long *at = (volatile long *)target;

    return __atomic_fetch_or(at, value, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_Xor(volatile void *target, long value)
{
    volatile long *at = (volatile long *)target;

    return __atomic_fetch_xor(at, value, __ATOMIC_SEQ_CST);
}

WS2RING_INLINE long ws2ring_long_CompareExchange(volatile void *target, long value, long expected)
{
    volatile long *at = (volatile long *)target;

    __atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected; /* the builtin put the old value here when it differed */
}

#if defined(__cplusplus)

/* Both signs of one operation, under the names for 32 and for 64 bits. */
#define WS2RING_LONG_OVERLOAD(type, name, operation, parameters, arguments) \
    inline type name parameters                                             \
    {                                                                       \
        return (type)ws2ring_long_##operation arguments;                    \
    }
#define WS2RING_LONG_OVERLOADS(operation, parameters, unsigned_parameters, arguments)            \
    WS2RING_LONG_OVERLOAD(long, Interlocked##operation, operation, parameters, arguments)        \
    WS2RING_LONG_OVERLOAD(long, Interlocked##operation##64, operation, parameters, arguments)    \
    WS2RING_LONG_OVERLOAD(unsigned long, Interlocked##operation, operation, unsigned_parameters, \
                          arguments)                                                             \
    WS2RING_LONG_OVERLOAD(unsigned long, Interlocked##operation##64, operation,                  \
                          unsigned_parameters, arguments)

extern "C++" {
WS2RING_LONG_OVERLOADS(Increment, (volatile long *target), (volatile unsigned long *target),
                       (target))
WS2RING_LONG_OVERLOADS(Decrement, (volatile long *target), (volatile unsigned long *target),
                       (target))
WS2RING_LONG_OVERLOADS(Exchange, (volatile long *target, long value),
                       (volatile unsigned long *target, unsigned long value), (target, (long)value))
WS2RING_LONG_OVERLOADS(ExchangeAdd, (volatile long *target, long value),
                       (volatile unsigned long *target, unsigned long value), (target, (long)value))
WS2RING_LONG_OVERLOADS(Add, (volatile long *target, long value),
                       (volatile unsigned long *target, unsigned long value), (target, (long)value))
WS2RING_LONG_OVERLOADS(And, (volatile long *target, long value),
                       (volatile unsigned long *target, unsigned long value), (target, (long)value))
WS2RING_LONG_OVERLOADS(Or, (volatile long *target, long value),
                       (volatile unsigned long *target, unsigned long value), (target, (long)value))
WS2RING_LONG_OVERLOADS(Xor, (volatile long *target, long value),
                       (volatile unsigned long *target, unsigned long value), (target, (long)value))
WS2RING_LONG_OVERLOADS(CompareExchange, (volatile long *target, long value, long expected),
                       (volatile unsigned long *target, unsigned long value,
                        unsigned long expected),
                       (target, (long)value, (long)expected))
}
#undef WS2RING_LONG_OVERLOAD
#undef WS2RING_LONG_OVERLOADS

#else

/* The function for the type of `target`. */
/* clang-format off */
#define WS2RING_LONG_OR(operation, target, function)            \
    __extension__ _Generic((target),                            \
        long *: ws2ring_long_##operation,                       \
        volatile long *: ws2ring_long_##operation,              \
        unsigned long *: ws2ring_long_##operation,              \
        volatile unsigned long *: ws2ring_long_##operation,     \
        default: function)
/* clang-format on */

#define InterlockedIncrement(target) \
    WS2RING_LONG_OR(Increment, target, InterlockedIncrement)(target)
#define InterlockedDecrement(target) \
    WS2RING_LONG_OR(Decrement, target, InterlockedDecrement)(target)
#define InterlockedExchange(target, value) \
    WS2RING_LONG_OR(Exchange, target, InterlockedExchange)(target, value)
#define InterlockedExchangeAdd(target, value) \
    WS2RING_LONG_OR(ExchangeAdd, target, InterlockedExchangeAdd)(target, value)
#define InterlockedAdd(target, value) WS2RING_LONG_OR(Add, target, InterlockedAdd)(target, value)
#define InterlockedAnd(target, value) WS2RING_LONG_OR(And, target, InterlockedAnd)(target, value)
#define InterlockedOr(target, value)  WS2RING_LONG_OR(Or, target, InterlockedOr)(target, value)
#define InterlockedXor(target, value) WS2RING_LONG_OR(Xor, target, InterlockedXor)(target, value)
#define InterlockedCompareExchange(target, value, expected) \
    WS2RING_LONG_OR(CompareExchange, target, InterlockedCompareExchange)(target, value, expected)
#define InterlockedIncrement64(target) \
    WS2RING_LONG_OR(Increment, target, InterlockedIncrement64)(target)
#define InterlockedDecrement64(target) \
    WS2RING_LONG_OR(Decrement, target, InterlockedDecrement64)(target)
#define InterlockedExchange64(target, value) \
    WS2RING_LONG_OR(Exchange, target, InterlockedExchange64)(target, value)
#define InterlockedExchangeAdd64(target, value) \
    WS2RING_LONG_OR(ExchangeAdd, target, InterlockedExchangeAdd64)(target, value)
#define InterlockedAdd64(target, value) \
    WS2RING_LONG_OR(Add, target, InterlockedAdd64)(target, value)
#define InterlockedAnd64(target, value) \
    WS2RING_LONG_OR(And, target, InterlockedAnd64)(target, value)
#define InterlockedOr64(target, value) WS2RING_LONG_OR(Or, target, InterlockedOr64)(target, value)
#define InterlockedXor64(target, value) \
    WS2RING_LONG_OR(Xor, target, InterlockedXor64)(target, value)
#define InterlockedCompareExchange64(target, value, expected) \
    WS2RING_LONG_OR(CompareExchange, target, InterlockedCompareExchange64)(target, value, expected)

#endif

#endif /* WS2RING_INTERLOCKED_LONG_H */
