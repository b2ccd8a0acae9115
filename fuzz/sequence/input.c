/* SPDX-License-Identifier: MIT */
/* The input of fuzz_sequence.c, byte by byte. */
#include "fuzz/sequence/steps.h"

static struct {
    const uint8_t *data;
    size_t left;
} input;

void sequence_begin(const uint8_t *data, size_t size)
{
    input.data = data;
    input.left = size;
}

bool sequence_goes_on(void)
{
    return input.left > 0;
}

uint8_t sequence_byte(void)
{
    if (input.left == 0)
        return 0;
    input.left--;
    return *input.data++;
}
