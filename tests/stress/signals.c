/* SPDX-License-Identifier: MIT */
/*
 * The signal storm. Handlers are installed without SA_RESTART, so every system call that a signal
 * may interrupt is. No Winsock header here: this file speaks to the system.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static _Atomic unsigned pipe_count;
static _Atomic uint64_t storm_count;
static _Atomic bool storm_over;
static pthread_t storm_thread;

static void on_pipe(int number)
{
    (void)number;
    atomic_fetch_add(&pipe_count, 1);
}

static void on_storm(int number)
{
    (void)number;
    atomic_fetch_add_explicit(&storm_count, 1, memory_order_relaxed);
}

static void install(int number, void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(number, &action, NULL);
}

void signals_watch_pipe(void)
{
    install(SIGPIPE, on_pipe);
}

unsigned signals_pipe_count(void)
{
    return atomic_load(&pipe_count);
}

/* One signal to each thread there is now. */
static void storm_round(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;

    if (tasks == NULL)
        return;
    while ((entry = readdir(tasks)) != NULL) {
        long thread = strtol(entry->d_name, NULL, 10);

        if (thread > 0) /* it may have ended since: no matter */
            syscall(SYS_tgkill, getpid(), thread, SIGUSR1);
    }
    closedir(tasks);
}

static void *storm_main(void *unused)
{
    const struct timespec pause = {.tv_nsec = 300000};

    (void)unused;
    while (!atomic_load(&storm_over)) {
        storm_round();
        nanosleep(&pause, NULL);
    }
    return NULL;
}

bool signals_start(void)
{
    const struct itimerval every = {.it_interval = {.tv_usec = 1000},
                                    .it_value = {.tv_usec = 1000}};

    install(SIGUSR1, on_storm);
    install(SIGALRM, on_storm);
    return setitimer(ITIMER_REAL, &every, NULL) == 0 &&
           pthread_create(&storm_thread, NULL, storm_main, NULL) == 0;
}

uint64_t signals_stop(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};

    setitimer(ITIMER_REAL, &never, NULL);
    atomic_store(&storm_over, true);
    pthread_join(storm_thread, NULL);
    return atomic_load(&storm_count);
}

unsigned descriptors_open(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    if (directory == NULL)
        return 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 3; /* ".", ".." and the directory itself */
}
