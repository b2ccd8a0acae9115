// SPDX-License-Identifier: MIT
// The same program in C++, where overloads do what macros do in C.
#include "test_long_args.c"
