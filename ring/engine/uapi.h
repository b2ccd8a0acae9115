/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the kernel's interface that liburing 2.3 and the headers of its time do not have yet.
 * Whoever uses one asks the kernel first whether it knows the operation.
 */
#ifndef RING_ENGINE_UAPI_H
#define RING_ENGINE_UAPI_H

/* Operations of a ring; macros, because newer headers have enumerators of the kernel's names. */
#define UAPI_OP_FUTEX_WAIT 51 /* Linux 6.7 */

/* Flags of a futex operation: in sqe->fd. */
#define UAPI_FUTEX2_SIZE_U32 0x02
#define UAPI_FUTEX2_PRIVATE  0x80 /* equals FUTEX_PRIVATE_FLAG: FUTEX_WAKE_PRIVATE wakes it */

#endif
