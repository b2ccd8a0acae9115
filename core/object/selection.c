/* SPDX-License-Identifier: MIT */
/* Network events: selection.h. */
#include "core/object/selection.h"

void selection_note_slow(struct sock *sock, long events, int error)
{
    (void)sock;
    (void)events;
    (void)error;
}

void selection_enable_slow(struct sock *sock, long events)
{
    (void)sock;
    (void)events;
}

void selection_end(struct sock *sock)
{
    (void)sock;
}
