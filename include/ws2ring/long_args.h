/* SPDX-License-Identifier: MIT */
/*
 * Lets calls with a parameter of type LPDWORD, PULONG or u_long* take `unsigned long *` too, which
 * is what Windows source often declares, and which is 64 bits wide here. Before the call the upper
 * half of that number is cleared, then the call gets a pointer to the lower half. So the value is
 * right whenever the library writes it, also after the call has returned, and a pointer to a DWORD
 * passes as it is.
 *
 * C has a macro of the call's name and its arguments; C++ has overloads, templates so that NULL
 * still means the function itself. Either way the bare name is the exported function. A macro
 * leaves a use with an unexpected number of arguments alone: a comma between braces makes two of
 * one. WS2RING_EXACT_PROTOTYPES turns all of it off; the library itself is built so.
 */
#ifndef WS2RING_PART_LONG_ARGS_H
#define WS2RING_PART_LONG_ARGS_H

#include <ws2ring/base.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "ws2ring: the lower half of a number must come first."
#endif

/* The lower half of a number whose upper half is cleared; NULL stays NULL. */
WS2RING_INLINE DWORD *ws2ring_lower_half(unsigned long *number)
{
    if (number != NULL)
        memset((char *)number + sizeof(DWORD), 0, sizeof *number - sizeof(DWORD));
    return (DWORD *)(void *)number;
}

#if defined(WS2RING_EXACT_PROTOTYPES)
/* Nothing. */
#elif defined(__cplusplus)

extern "C++" {
/* `type` is `result` if T is unsigned long; there is no `type`, and so no overload, for others. */
template <class T, class result> struct ws2ring_long_only {
};
template <class result> struct ws2ring_long_only<unsigned long, result> {
    typedef result type;
};
}

/* One overload: WS2RING_OVERLOAD(result, name, (parameters), (arguments)). */
#define WS2RING_OVERLOAD(result, name, parameters, arguments)                      \
    extern "C++" {                                                                 \
    template <class T> typename ws2ring_long_only<T, result>::type name parameters \
    {                                                                              \
        return name arguments;                                                     \
    }                                                                              \
    }
#define WS2RING_LONG(number) ws2ring_lower_half(number)

#else

/* An int is the 0 of somebody who means NULL. */
/* clang-format off */
#define WS2RING_LONG(number)                                                        \
    __extension__ _Generic((number),                                                \
        unsigned long *: ws2ring_lower_half((unsigned long *)(void *)(number)),     \
        int: (void *)(long)(number),                                                \
        default: (number))
/* clang-format on */

/* An argument list as it is. */
#define WS2RING_SAME(...)                                             (__VA_ARGS__)

/* WS2RING_ARGS_<count>(form, arguments): `form` when there are that many, else WS2RING_SAME. */
#define WS2RING_13TH(a, b, c, d, e, f, g, h, i, j, k, l, picked, ...) picked

/* clang-format off */
#define WS2RING_ARGS_2(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,            \
                 WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,           \
                 WS2RING_SAME, form, WS2RING_SAME, ~)
#define WS2RING_ARGS_3(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,            \
                 WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, form,     \
                 WS2RING_SAME, WS2RING_SAME, ~)
#define WS2RING_ARGS_4(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,            \
                 WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, form, WS2RING_SAME,     \
                 WS2RING_SAME, WS2RING_SAME, ~)
#define WS2RING_ARGS_5(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,            \
                 WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, form, WS2RING_SAME, WS2RING_SAME,     \
                 WS2RING_SAME, WS2RING_SAME, ~)
#define WS2RING_ARGS_6(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,            \
                 WS2RING_SAME, WS2RING_SAME, form, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,     \
                 WS2RING_SAME, WS2RING_SAME, ~)
#define WS2RING_ARGS_7(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,            \
                 WS2RING_SAME, form, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,     \
                 WS2RING_SAME, WS2RING_SAME, ~)
#define WS2RING_ARGS_8(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, form,      \
                 WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,           \
                 WS2RING_SAME, WS2RING_SAME, ~)
#define WS2RING_ARGS_9(form, ...)                                                                \
    WS2RING_13TH(__VA_ARGS__, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, form, WS2RING_SAME,      \
                 WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME, WS2RING_SAME,           \
                 WS2RING_SAME, WS2RING_SAME, ~)
/* clang-format on */
#endif

#endif /* WS2RING_PART_LONG_ARGS_H */
