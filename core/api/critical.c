/* SPDX-License-Identifier: MIT */
/*
 * Critical sections: a host_lock in LockCount, its owner and the depth of its entries beside it.
 * Unlike the library's own locks it is held while user code runs and sleeps, which its futex bears.
 *
 * [C1] OwningThread is the id of the thread that holds the lock, else 0. Only the holder changes
 *      it, so whoever reads its own id there holds the lock, and relaxed accesses are enough.
 * [C2] RecursionCount belongs to the holder.
 */
#include <windows.h>

#include "core/base/trace.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

/* A section is never spun on for longer, whatever the caller asked for. */
enum { CRITICAL_SPINS_MAX = 4000 };

_Static_assert(sizeof(CRITICAL_SECTION) == 40, "programs embed sections of this size");
_Static_assert(sizeof(struct host_lock) == sizeof(LONG), "the lock stands in LockCount");

static struct host_lock *critical_lock(CRITICAL_SECTION *section)
{
    return (struct host_lock *)(void *)&section->LockCount;
}

static void critical_set_owner(CRITICAL_SECTION *section, uintptr_t owner)
{
    __atomic_store_n(&section->OwningThread, (HANDLE)owner, __ATOMIC_RELAXED); /* [C1] */
}

/* Enters once more when the caller is in already. */
static bool critical_reenter(CRITICAL_SECTION *section)
{
    HANDLE owner = __atomic_load_n(&section->OwningThread, __ATOMIC_RELAXED); /* [C1] */

    if ((uintptr_t)owner != host_thread_id())
        return false;
    section->RecursionCount++;
    return true;
}

static void critical_entered(CRITICAL_SECTION *section)
{
    critical_set_owner(section, host_thread_id());
    section->RecursionCount = 1;
}

void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION section)
{
    TRACE_CALL_VOID(InitializeCriticalSection, section);
    InitializeCriticalSectionAndSpinCount(section, 0);
}

BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section, DWORD spin_count)
{
    TRACE_CALL(InitializeCriticalSectionAndSpinCount, section, spin_count);
    DWORD spins = spin_count & 0x00FFFFFF; /* the topmost 8 bits are flags */

    memset(section, 0, sizeof *section);
    /* With one CPU the owner cannot leave while we spin. */
    if (host_cpu_count() > 1)
        section->SpinCount = spins < CRITICAL_SPINS_MAX ? spins : CRITICAL_SPINS_MAX;
    return TRUE;
}

void WINAPI EnterCriticalSection(LPCRITICAL_SECTION section)
{
    TRACE_CALL_VOID(EnterCriticalSection, section);
    struct host_lock *lock = critical_lock(section);

    if (critical_reenter(section))
        return;
    for (ULONG_PTR i = 0; i < section->SpinCount; i++) {
        /* relaxed: a look that spares the owner a compare-and-swap; host_lock_try() decides. */
        if (atomic_load_explicit(&lock->word, memory_order_relaxed) == 0)
            break;
    }
    host_lock_acquire(lock);
    critical_entered(section);
}

BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION section)
{
    TRACE_CALL(TryEnterCriticalSection, section);
    if (critical_reenter(section))
        return TRUE;
    if (!host_lock_try(critical_lock(section)))
        return FALSE;
    critical_entered(section);
    return TRUE;
}

void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION section)
{
    TRACE_CALL_VOID(LeaveCriticalSection, section);
    if (--section->RecursionCount > 0)
        return;
    critical_set_owner(section, 0);
    host_lock_release(critical_lock(section));
}

void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION section)
{
    TRACE_CALL_VOID(DeleteCriticalSection, section);
    memset(section, 0, sizeof *section);
}
