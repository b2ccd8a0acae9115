# SPDX-License-Identifier: MIT
#
# Refuses, in plain words, every platform whose lock-free code and structure layouts nobody checked.
include(CheckCSourceCompiles)

set(CMAKE_REQUIRED_QUIET ON)
check_c_source_compiles("
    #if !(defined __x86_64__ && !defined __ILP32__) && !(defined __aarch64__ && defined __LP64__)
    #error neither x86-64 nor aarch64
    #endif
    int main(void) { return 0; }" WS2RING_HAS_64BIT_CPU)
check_c_source_compiles("
    #include <stddef.h>
    #include <stdlib.h>
    #if !defined __linux__ || !defined __GLIBC__
    #error not Linux with glibc
    #endif
    int main(void) { return 0; }" WS2RING_HAS_GLIBC)
unset(CMAKE_REQUIRED_QUIET)

if(NOT WS2RING_HAS_64BIT_CPU)
    message(FATAL_ERROR "ws2ring supports 64-bit x86-64 and aarch64 only. This compiler targets "
                        "'${CMAKE_SYSTEM_PROCESSOR}', or a 32-bit form of it.")
endif()
if(NOT WS2RING_HAS_GLIBC)
    message(FATAL_ERROR "ws2ring supports Linux with glibc only. This compiler targets "
                        "'${CMAKE_SYSTEM_NAME}' with another C library (musl, bionic).")
endif()
