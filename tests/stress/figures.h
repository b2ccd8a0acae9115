/* SPDX-License-Identifier: MIT */
/* What must come back to where it was: counts of the library and the system, and memory. */
#ifndef STRESS_FIGURES_H
#define STRESS_FIGURES_H

#include <stdint.h>

struct figures {
    uint32_t sockets, events, ports, operations, descriptors, system_descriptors;
};

struct figures figures_now(void);
/* Fails BASELINE if the figures are not `before` again within a few seconds. */
void figures_check(struct figures before);

/* Notes how much memory there is now, and fails MEMORY if it is far more than was noted. */
void memory_note(void);
void memory_check(void);

uint64_t now_ms(void);

#endif
