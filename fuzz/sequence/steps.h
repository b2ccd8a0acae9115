/* SPDX-License-Identifier: MIT */
/* Between fuzz_sequence.c and its parts. */
#ifndef FUZZ_SEQUENCE_STEPS_H
#define FUZZ_SEQUENCE_STEPS_H

#include "fuzz/sequence/model.h"

enum { WAIT_MS = 10000 };

/* input.c. The next byte of the input; past its end 0. */
void sequence_begin(const uint8_t *data, size_t size);
bool sequence_goes_on(void);
uint8_t sequence_byte(void);

/* readiness.c. A selection begins or ends. */
void step_select_events(struct model_end *end);
/* What is due must be signalled, and stand in the record then, [M6]. */
void step_take_record(struct model_end *end);
/* [M5], by select() or WSAPoll(). */
void step_readable(struct model_end *end);
/* Questions that change nothing. */
void step_ask(struct model_end *end);

#endif
