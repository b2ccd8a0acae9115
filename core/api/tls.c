/* SPDX-License-Identifier: MIT */
/*
 * Thread-local storage. A slot counts its uses, odd while it is allocated; each thread has an array
 * of values, each with the use that it was set in. So a slot that is allocated again holds NULL in
 * every thread, although nobody touches another thread's array.
 */
#include <stdlib.h>

#include <windows.h>

#include "core/base/result.h"
#include "core/base/trace.h"
#include "ring/host/lock.h"
#include "ring/host/sys.h"

enum {
    TLS_SLOTS = 1088, /* as many as Windows has */
    TLS_FEW = 64      /* what a thread's array begins with */
};

struct tls_value {
    void *value;
    uint32_t use;
};

struct tls_values {
    struct tls_value *list;
    uint32_t count;
};

static struct host_lock tls_lock;           /* allocating and freeing */
static _Atomic uint32_t tls_use[TLS_SLOTS]; /* changed under the lock */
static _Thread_local struct tls_values tls;

/* relaxed: a program that hands an index to another thread orders that itself. */
static uint32_t tls_use_of(DWORD index)
{
    return atomic_load_explicit(&tls_use[index], memory_order_relaxed);
}

static void tls_use_next(DWORD index)
{
    atomic_fetch_add_explicit(&tls_use[index], 1, memory_order_relaxed);
}

static void tls_thread_exit(struct thread *thread)
{
    (void)thread; /* the calling one */
    free(tls.list);
    tls = (struct tls_values){NULL, 0};
}

static void tls_forked(void)
{
    atomic_store_explicit(&tls_lock.word, 0, memory_order_relaxed);
}

__attribute__((constructor)) static void tls_start(void)
{
    thread_register_exit(tls_thread_exit);
    host_fork_hook(tls_forked);
}

/* Room for `index` in the calling thread's array. */
static bool tls_reserve(DWORD index)
{
    uint32_t count = index < TLS_FEW ? TLS_FEW : TLS_SLOTS;
    struct tls_value *list;

    if (index < tls.count)
        return true;
    if (thread_self() == NULL) /* it frees the array when the thread ends */
        return false;
    list = realloc(tls.list, count * sizeof *list);
    if (list == NULL)
        return false;
    memset(&list[tls.count], 0, (count - tls.count) * sizeof *list);
    tls = (struct tls_values){list, count};
    return true;
}

DWORD WINAPI TlsAlloc(void)
{
    TRACE_CALL(TlsAlloc);
    DWORD index = 0;

    host_lock_acquire(&tls_lock);
    while (index < TLS_SLOTS && tls_use_of(index) % 2 != 0)
        index++;
    if (index < TLS_SLOTS)
        tls_use_next(index);
    host_lock_release(&tls_lock);
    if (index < TLS_SLOTS)
        return index;
    api_result_bool(ERROR_NO_MORE_ITEMS);
    return TLS_OUT_OF_INDEXES;
}

BOOL WINAPI TlsFree(DWORD index)
{
    TRACE_CALL(TlsFree, index);
    uint32_t error = ERROR_INVALID_PARAMETER;

    host_lock_acquire(&tls_lock);
    if (index < TLS_SLOTS && tls_use_of(index) % 2 != 0) {
        tls_use_next(index);
        error = 0;
    }
    host_lock_release(&tls_lock);
    return api_result_bool(error);
}

LPVOID WINAPI TlsGetValue(DWORD index)
{
    TRACE_CALL(TlsGetValue, index);
    if (index >= TLS_SLOTS) {
        api_result_bool(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    thread_set_error(0); /* tells a NULL that was set from a failure */
    if (index >= tls.count || tls.list[index].use != tls_use_of(index))
        return NULL;
    return tls.list[index].value;
}

BOOL WINAPI TlsSetValue(DWORD index, LPVOID value)
{
    TRACE_CALL(TlsSetValue, index, value);
    uint32_t error = 0;

    if (index >= TLS_SLOTS || tls_use_of(index) % 2 == 0)
        error = ERROR_INVALID_PARAMETER;
    else if (!tls_reserve(index))
        error = ERROR_NOT_ENOUGH_MEMORY;
    else
        tls.list[index] = (struct tls_value){value, tls_use_of(index)};
    return api_result_bool(error);
}
