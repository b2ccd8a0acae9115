/* SPDX-License-Identifier: MIT */
/*
 * Stands before the system's <sys/ioctl.h>, which would silently give FIONBIO and its kin Linux'
 * numbers: after winsock2.h they stay what ioctlsocket() understands.
 */
#pragma GCC system_header
#if defined(WS2RING_RENAMED) && !defined(_SYS_IOCTL_H)
#pragma push_macro("IOC_IN")
#pragma push_macro("IOC_INOUT")
#pragma push_macro("IOC_OUT")
#pragma push_macro("_IO")
#pragma push_macro("_IOR")
#pragma push_macro("_IOW")
#pragma push_macro("FIONREAD")
#pragma push_macro("FIONBIO")
#pragma push_macro("FIOASYNC")
#pragma push_macro("SIOCATMARK")
#undef IOC_IN
#undef IOC_INOUT
#undef IOC_OUT
#undef _IO
#undef _IOR
#undef _IOW
#undef FIONREAD
#undef FIONBIO
#undef FIOASYNC
#undef SIOCATMARK
#include_next <sys/ioctl.h>
#pragma pop_macro("IOC_IN")
#pragma pop_macro("IOC_INOUT")
#pragma pop_macro("IOC_OUT")
#pragma pop_macro("_IO")
#pragma pop_macro("_IOR")
#pragma pop_macro("_IOW")
#pragma pop_macro("FIONREAD")
#pragma pop_macro("FIONBIO")
#pragma pop_macro("FIOASYNC")
#pragma pop_macro("SIOCATMARK")
#else
#include_next <sys/ioctl.h>
#endif
