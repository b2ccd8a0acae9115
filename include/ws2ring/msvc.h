/* SPDX-License-Identifier: MIT */
/*
 * Words of Microsoft's compiler, for gcc and clang: __declspec, __forceinline, and the annotations
 * that say what a parameter is for, which mean nothing here. Part of base.h. Structured exceptions
 * (__try) have no counterpart and stay errors.
 */
#ifndef WS2RING_PART_MSVC_H
#define WS2RING_PART_MSVC_H

/* clang knows these as keywords, and would say that a macro hides them. */
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro"
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#endif

#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifndef __int64
#define __int64 long long
#endif
#ifndef __forceinline
/* Without static, because source writes that itself; nothing is left to link to. */
#define __forceinline __inline__ __attribute__((__always_inline__, __unused__))
#endif

/* __declspec(thread) and the like: one macro for each word. */
#ifndef __declspec
#define __declspec(word) WS2RING_DECLSPEC_##word
#define WS2RING_DECLSPEC_align(n)   __attribute__((__aligned__(n)))
#define WS2RING_DECLSPEC_deprecated __attribute__((__deprecated__))
#define WS2RING_DECLSPEC_dllexport  __attribute__((__visibility__("default")))
#define WS2RING_DECLSPEC_dllimport
#define WS2RING_DECLSPEC_noalias
#define WS2RING_DECLSPEC_noinline __attribute__((__noinline__))
#define WS2RING_DECLSPEC_noreturn __attribute__((__noreturn__))
#define WS2RING_DECLSPEC_nothrow  __attribute__((__nothrow__))
#define WS2RING_DECLSPEC_novtable
#define WS2RING_DECLSPEC_restrict  __attribute__((__malloc__))
#define WS2RING_DECLSPEC_selectany __attribute__((__weak__))
#if defined(__cplusplus)
#define WS2RING_DECLSPEC_thread thread_local
#else
#define WS2RING_DECLSPEC_thread _Thread_local
#endif
#define WS2RING_DECLSPEC_uuid(text)
#endif
#ifndef DECLSPEC_ALIGN
#define DECLSPEC_ALIGN(n) __attribute__((__aligned__(n)))
#endif
#ifndef DECLSPEC_NORETURN
#define DECLSPEC_NORETURN __attribute__((__noreturn__))
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

/* ---- What a parameter is for ---- */

#ifndef _In_
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_reads_(count)
#define _In_reads_opt_(count)
#define _In_reads_bytes_(bytes)
#define _In_reads_bytes_opt_(bytes)
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_(count)
#define _Inout_updates_bytes_(bytes)
#define _Out_
#define _Out_opt_
#define _Out_writes_(count)
#define _Out_writes_opt_(count)
#define _Out_writes_bytes_(bytes)
#define _Out_writes_bytes_opt_(bytes)
#define _Out_writes_bytes_to_(bytes, written)
#define _Out_writes_to_(count, written)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_result_nullonfailure_
#define _Frees_ptr_
#define _Frees_ptr_opt_
#define _Reserved_
#define _Ret_maybenull_
#define _Ret_notnull_
#define _Success_(condition)
#define _Check_return_
#define _Must_inspect_result_
#define _Use_decl_annotations_
#define _Printf_format_string_
#define _When_(condition, annotation)
#define _Field_size_(count)
#define _Field_size_opt_(count)
#define _Field_size_bytes_(bytes)
#define _Field_size_bytes_opt_(bytes)
#define _Pre_satisfies_(condition)
#define _Post_satisfies_(condition)
#define _IRQL_requires_max_(level)
#define _IRQL_requires_same_
#define _Function_class_(name)
#define _Acquires_lock_(lock)
#define _Releases_lock_(lock)
#define _Requires_lock_held_(lock)
#define _Interlocked_operand_
#endif

#endif /* WS2RING_PART_MSVC_H */
