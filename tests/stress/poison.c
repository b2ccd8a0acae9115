/* SPDX-License-Identifier: MIT */
/*
 * An idle task is poisoned: a write into its OVERLAPPED or its buffer after the end of its
 * operation is found when the task is used next; a late look at its hEvent signals the trap; with
 * AddressSanitizer even a late read by the library ends the program.
 */
#include "pair.h"

#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes)   ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

enum { POISON = 0xA7 };

static char poison[CONTROL_BYTES];

void poison_begin(void)
{
    memset(poison, (char)POISON, sizeof poison);
}

bool poison_untouched(const char *bytes, uint32_t count)
{
    return memcmp(bytes, poison, count) == 0;
}

const char *task_fault(struct task *task)
{
    OVERLAPPED *overlapped = &task->overlapped;
    const char *fault = NULL;

    ASAN_UNPOISON_MEMORY_REGION(overlapped, sizeof *overlapped);
    ASAN_UNPOISON_MEMORY_REGION(task->buffer, task->used_bytes);
    if (memcmp(overlapped, poison, offsetof(OVERLAPPED, hEvent)) != 0 ||
        overlapped->hEvent != stress.trap)
        fault = "an OVERLAPPED was written to after the end of its operation";
    else if (!poison_untouched(task->buffer, task->used_bytes))
        fault = "a buffer was written to after the end of its operation";
    ASAN_POISON_MEMORY_REGION(overlapped, sizeof *overlapped);
    ASAN_POISON_MEMORY_REGION(task->buffer, task->used_bytes);
    return fault;
}

void task_wake(struct task *task)
{
    uint32_t bytes = task->kind == TASK_CONTROL ? CONTROL_BYTES : BUFFER_BYTES;

    ASAN_UNPOISON_MEMORY_REGION(&task->overlapped, sizeof task->overlapped);
    ASAN_UNPOISON_MEMORY_REGION(task->buffer, bytes);
    (void)bytes;
}

void task_rest_locked(struct task *task)
{
    OVERLAPPED *overlapped = &task->overlapped;

    memcpy(overlapped, poison, sizeof *overlapped);
    overlapped->hEvent = stress.trap;
    memcpy(task->buffer, poison, task->used_bytes);
    ASAN_POISON_MEMORY_REGION(overlapped, sizeof *overlapped);
    ASAN_POISON_MEMORY_REGION(task->buffer,
                              task->kind == TASK_CONTROL ? CONTROL_BYTES : BUFFER_BYTES);
    task->state = TASK_IDLE;
    task->end->outstanding--;
    if (task->kind != TASK_CONTROL)
        task_lane(task)->idle |= 1ull << (task - task_lane(task)->tasks);
}
