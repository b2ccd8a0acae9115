/* SPDX-License-Identifier: MIT */
/* POSIX threads: starting them detached, telling them apart, and hearing of their end. */
#include "ring/host/sys.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { THREAD_NAME_BYTES = 16 }; /* the kernel's limit, with the terminating zero */

struct thread_start { /* from host_thread_start() to the new thread, which frees it */
    void (*run)(void *);
    void *argument;
    char name[THREAD_NAME_BYTES];
};

_Static_assert(sizeof(pthread_key_t) == sizeof(uint32_t), "a key fits in what sys.h promises");
_Static_assert(sizeof(clockid_t) == sizeof(int32_t), "a clock fits in what sys.h promises");

uint32_t host_process_id(void)
{
    return (uint32_t)getpid();
}

uint32_t host_thread_id(void)
{
    static _Thread_local uint32_t thread_id;

    if (thread_id == 0)
        thread_id = (uint32_t)gettid();
    return thread_id;
}

static void *thread_main(void *memory)
{
    struct thread_start start = *(struct thread_start *)memory;

    free(memory);
    if (start.name[0] != '\0')
        pthread_setname_np(pthread_self(), start.name);
    start.run(start.argument);
    return NULL;
}

/* What pthread_attr_setstacksize() accepts: whole pages, and no less than the minimum. */
static size_t thread_stack_bytes(size_t wanted_bytes)
{
    size_t page_bytes = host_page_bytes();
    size_t least_bytes = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    size_t bytes = wanted_bytes < least_bytes ? least_bytes : wanted_bytes;

    if (bytes > SIZE_MAX - page_bytes)
        return bytes; /* refused by pthread_create() */
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

static int thread_create(struct thread_start *start, size_t stack_bytes)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int error = pthread_attr_init(&attributes);

    if (error != 0)
        return error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack_bytes != 0)
        error = pthread_attr_setstacksize(&attributes, thread_stack_bytes(stack_bytes));
    if (error == 0)
        error = pthread_create(&thread, &attributes, thread_main, start);
    pthread_attr_destroy(&attributes);
    return error;
}

int host_thread_start(void (*run)(void *), void *argument, size_t stack_bytes, bool block_signals,
                      const char *name)
{
    struct thread_start *start = calloc(1, sizeof *start);
    sigset_t all, before;
    int error;

    if (start == NULL)
        return -ENOMEM;
    start->run = run;
    start->argument = argument;
    for (size_t i = 0; name != NULL && name[i] != '\0' && i < THREAD_NAME_BYTES - 1; i++)
        start->name[i] = name[i];
    /* The mask is inherited, so there is no moment in which the new thread could take a signal. */
    if (block_signals) {
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
    }
    error = thread_create(start, stack_bytes);
    if (block_signals)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        free(start);
    return -error;
}

void host_thread_exit(void)
{
    pthread_exit(NULL);
}

int32_t host_thread_cpu_clock(void)
{
    clockid_t clock;

    return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? (int32_t)clock : -1;
}

int host_thread_exit_hook(void (*at_exit)(void *), uint32_t *key)
{
    return -pthread_key_create(key, at_exit);
}

int host_thread_exit_arm(uint32_t key, void *argument)
{
    return -pthread_setspecific(key, argument);
}
