/* SPDX-License-Identifier: MIT */
/*
 * Stands before the system's <unistd.h>, whose gethostname and socklen_t have other types than
 * Winsock's: the names that our headers put in their place do not reach its declarations.
 */
#pragma GCC system_header
#pragma push_macro("gethostname")
#pragma push_macro("socklen_t")
#undef gethostname
#undef socklen_t
#include_next <unistd.h>
#pragma pop_macro("gethostname")
#pragma pop_macro("socklen_t")
