/* SPDX-License-Identifier: MIT */
/* Between fuzz_sequence.c and its parts. */
#ifndef FUZZ_SEQUENCE_STEPS_H
#define FUZZ_SEQUENCE_STEPS_H

#include "fuzz/sequence/model.h"

/* Of packets: who they are about. */
enum { CONNECTION_KEY = 1, MESSAGE_KEY = 2, POSTED_KEY = 7 };
enum { WAIT_MS = 10000 };

/* fuzz_sequence.c */
HANDLE sequence_port(void);
/* What is sent to a closed socket resets the connection, also in the other direction. */
void about_to_send(struct model_end *end);
/* What was shut down is refused, and what was reset may be. */
void operation_begun(struct model_operation *operation, bool accepted);

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

/* files.c. What files have too, and sends of what lies in several places. */
void files_begin(void);
void step_post_file(struct model_end *end);
void step_transmit(struct model_end *end);
void step_transmit_pieces(struct model_end *end);

/* messages.c. Datagrams, between two sockets beside the connection. */
void step_send_message(struct model_end *end);
void step_receive_message(struct model_end *end);
void step_cancel_message(struct model_end *end);
void message_ended(OVERLAPPED *overlapped);
void message_look_at_events(void);
/* No more; then, when nothing is pending: nothing was touched after its end. */
void message_close_all(void);
void message_reset(void);

#endif
