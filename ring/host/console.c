/* SPDX-License-Identifier: MIT */
/*
 * The signals a terminal or an init system sends, handed to a thread. The signal handler only
 * counts and posts a semaphore, the two things it is allowed to do; everything else happens on a
 * library thread with all signals blocked, so a callback may take any lock.
 */
#include "ring/host/sys.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "ring/host/lock.h"

static const int console_signals[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM};

enum { CONSOLE_ROWS = sizeof console_signals / sizeof console_signals[0] };

static struct host_lock console_lock; /* protects console_running */
static bool console_running;
static void (*console_handler)(int row); /* written before the thread starts */
static sem_t console_posts;
static _Atomic unsigned console_pending[CONSOLE_ROWS];

static void console_signal(int number)
{
    int error = errno; /* of whatever was interrupted */

    for (int row = 0; row < CONSOLE_ROWS; row++) {
        if (console_signals[row] == number)
            /* release pairs with the acquire in console_main(); lock-free, so signal-safe. */
            atomic_fetch_add_explicit(&console_pending[row], 1, memory_order_release);
    }
    sem_post(&console_posts);
    errno = error;
}

/* One post stands for one count, of any row. */
static void console_main(void *unused)
{
    (void)unused;
    for (;;) {
        while (sem_wait(&console_posts) != 0)
            ;
        for (int row = 0; row < CONSOLE_ROWS; row++) {
            if (atomic_load_explicit(&console_pending[row], memory_order_acquire) == 0)
                continue;
            /* relaxed: only this thread counts down. */
            atomic_fetch_sub_explicit(&console_pending[row], 1, memory_order_relaxed);
            console_handler(row);
            break;
        }
    }
}

static void console_install(int number)
{
    struct sigaction action = {.sa_handler = console_signal, .sa_flags = SA_RESTART};
    struct sigaction before;

    /* nohup(1) asks by an ignored SIGHUP that the process outlives its terminal. SIGINT is
     * different: a shell ignores it for every background job, and programs that want to hear of it
     * say so. */
    if (number == SIGHUP && sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
        return;
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static int console_start_locked(void (*handler)(int row))
{
    int result;

    if (sem_init(&console_posts, 0, 0) != 0)
        return -errno;
    console_handler = handler;
    result = host_thread_start(console_main, NULL, 0, true, "ws2ring/console");
    if (result != 0)
        return result;
    for (int row = 0; row < CONSOLE_ROWS; row++)
        console_install(console_signals[row]);
    console_running = true;
    return 0;
}

int host_console_start(void (*handler)(int row))
{
    int result = 0;

    host_lock_acquire(&console_lock);
    if (!console_running)
        result = console_start_locked(handler);
    host_lock_release(&console_lock);
    return result;
}

void host_console_default(int row)
{
    int number = console_signals[row];
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t one;

    sigaction(number, &action, NULL);
    /* Unblocked here, because every other thread may have it blocked. */
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    kill(getpid(), number);
}
