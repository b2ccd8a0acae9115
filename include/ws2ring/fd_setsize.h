/* SPDX-License-Identifier: MIT */
/*
 * Takes libc's FD_SETSIZE away and brings the user's back, so that what is left, if anything, is
 * what the user asked for. Has no include guard: whoever includes a libc header includes it after.
 *
 * libc writes FD_SETSIZE as __FD_SETSIZE, and a macro is expanded where it is used: giving the
 * latter an impossible value for a moment tells libc's definition from a user's equal number.
 */
#pragma push_macro("__FD_SETSIZE")
#undef __FD_SETSIZE
#define __FD_SETSIZE (-1)
#if defined(FD_SETSIZE) && FD_SETSIZE < 0
#undef FD_SETSIZE
#endif
#undef __FD_SETSIZE
#pragma pop_macro("__FD_SETSIZE")
#if defined(WS2RING_FD_SETSIZE_SAVED)
#if !defined(FD_SETSIZE)
#pragma pop_macro("FD_SETSIZE")
#endif
#undef WS2RING_FD_SETSIZE_SAVED
#endif
