/* SPDX-License-Identifier: MIT */
/* What the kernel's io_uring can do, found by trying; version numbers prove nothing. */
#include "tools/diagnose/diagnose.h"

#include <errno.h>
#include <liburing.h>

#include "ring/engine/needs.h"
#include "ring/engine/uapi.h"

enum { URING_ENTRIES = 8 };

static void uring_operations(struct facts *facts, struct io_uring *ring)
{
    static const struct {
        const char *name;
        int code;
        bool needed;
    } rows[] = {
#define NEEDED_ROW(name) {#name, IORING_OP_##name, true},
        NEEDS_OPERATIONS(NEEDED_ROW)
#undef NEEDED_ROW
            {"FUTEX_WAIT", UAPI_OP_FUTEX_WAIT, false},
    };
    struct io_uring_probe *probe = ring == NULL ? NULL : io_uring_get_probe_ring(ring);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        facts->operations[facts->operation_count++] = (struct fact_flag){
            .name = rows[i].name,
            .needed = rows[i].needed,
            .present = probe != NULL && io_uring_opcode_supported(probe, rows[i].code) != 0,
        };
    }
    if (probe != NULL)
        io_uring_free_probe(probe);
}

static void uring_features(struct facts *facts, unsigned features)
{
    static const struct {
        const char *name;
        unsigned bit;
    } rows[] = {
#define NEEDED_ROW(name) {#name, IORING_FEAT_##name},
        NEEDS_FEATURES(NEEDED_ROW)
#undef NEEDED_ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        facts->features[facts->feature_count++] = (struct fact_flag){
            .name = rows[i].name,
            .needed = true,
            .present = (features & rows[i].bit) != 0,
        };
    }
}

static int uring_try(unsigned entries, unsigned completions, unsigned flags)
{
    struct io_uring_params params = {.flags = flags, .cq_entries = completions};
    struct io_uring ring;
    int error = io_uring_queue_init_params(entries, &ring, &params);

    if (error == 0)
        io_uring_queue_exit(&ring);
    return -error;
}

/* None is needed: without the first two the engine does more work. */
static void uring_setups(struct facts *facts)
{
    static const struct {
        const char *name;
        unsigned flags;
    } rows[] = {
        {"DEFER_TASKRUN", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN},
        {"COOP_TASKRUN", IORING_SETUP_COOP_TASKRUN},
        {"SUBMIT_ALL", IORING_SETUP_SUBMIT_ALL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        facts->setups[facts->setup_count++] = (struct fact_flag){
            .name = rows[i].name,
            .present = uring_try(URING_ENTRIES, 0, rows[i].flags) == 0,
        };
    }
}

void uring_look(struct facts *facts)
{
    struct io_uring ring;
    int error = io_uring_queue_init(URING_ENTRIES, &ring, 0);

    facts->setup_error = -error;
    uring_operations(facts, error == 0 ? &ring : NULL);
    uring_features(facts, error == 0 ? ring.features : 0);
    if (error == 0)
        io_uring_queue_exit(&ring);
    uring_setups(facts);
    /* As ring/engine/uring.c makes them. */
    facts->engine_ring_error = uring_try(256, 8192, IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP);
}
