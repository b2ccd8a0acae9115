/* SPDX-License-Identifier: MIT */
/* Event objects: a waitable with a handle. */
#ifndef CORE_OBJECT_EVENT_H
#define CORE_OBJECT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/handle.h"
#include "core/object/duplicate.h"
#include "core/object/waitable.h"

struct home;

struct event {
    struct waitable wait; /* first: home.c */
    uint32_t handle;
    struct home *_Atomic home; /* home.h, [M1] */
    struct event *next;        /* in the pool */
};

/* 0: no memory, or the table is full. */
uint32_t event_open(bool auto_reset, bool signalled);
/* A counted reference, or NULL. The two low bits of the value are ignored by event_ref_overlapped:
 * programs set the lowest one in hEvent to keep a packet from being queued. */
static inline struct event *event_ref(uint64_t value)
{
    return object_ref(value, HANDLE_EVENT);
}
static inline struct event *event_ref_overlapped(uint64_t value)
{
    return object_ref(value & ~(uint64_t)3, HANDLE_EVENT);
}
static inline void event_unref(struct event *event)
{
    if (event != NULL)
        handle_unref(event->handle);
}

/* A look without a reference: the lowest of these events that is signalled and that no wait has to
 * take. -1: none, or something else is among them, so that a proper wait must find out. */
int event_glance(void *const *values, unsigned count);

/* The waitable inside whatever object the value names, with a counted reference that
 * handle_unref((uint32_t)value) gives back; NULL when it names nothing that can be waited for. */
struct waitable *object_waitable_ref(uint64_t value);

#endif
