/* SPDX-License-Identifier: MIT */
/*
 * What micro.cpp times: each function does one operation `count` times, so that the call from C++
 * costs nothing that matters. A function that cannot go on ends the process with a message.
 */
#ifndef BENCH_MICRO_SHIM_H
#define BENCH_MICRO_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

/* Starts Winsock and makes the objects that the operations are done on. */
void shim_open(void);
void shim_close(void);

void shim_handle_ref_unref(unsigned count);
void shim_waitable_set_reset(unsigned count);
void shim_event_set_reset(unsigned count);
void shim_event_wait(unsigned count);
void shim_port_post_take(unsigned count);
void shim_op_take_give(unsigned count);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_MICRO_SHIM_H */
