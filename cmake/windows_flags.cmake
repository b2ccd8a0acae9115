# SPDX-License-Identifier: MIT
#
# The Windows flavour of the compile flags: what a Windows source file expects the compiler to say,
# and no more. The headers define none of it, so that a file without these flags stays a Linux file.
# WS2RING_WINDOWS_FLAGS is the one list; the CMake package and the pkg-config file are made from it.
#
# -Wno-format: Windows source prints a DWORD with %lu, and a DWORD is no long here; thousands of
#   right lines would hide the few wrong ones. The wrong ones are left to the porter: %ld shows a
#   negative LONG as a large number, and scanf("%lu", &dword) writes eight bytes into four.
# -Wno-unknown-pragmas: #pragma comment(lib, "ws2_32.lib") and #pragma warning(...).
set(WS2RING_WINDOWS_FLAGS
    -D_WIN32=1
    -DWIN32=1
    -D_WIN64=1
    -D_WIN32_WINNT=0x0A00
    -DWINVER=0x0A00
    -Wno-format
    -Wno-unknown-pragmas)
