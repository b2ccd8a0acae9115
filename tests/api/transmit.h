/* SPDX-License-Identifier: MIT */
/* What the tests of TransmitFile share: buffers around a file, and what must have arrived. */
#ifndef TESTS_API_TRANSMIT_H
#define TESTS_API_TRANSMIT_H

#include "file.h"

/* HEAD and TAIL in bytes, as the others. */
enum { HEAD = 113, TAIL = 71, LARGE = 5 * 1024 * 1024 + 12345, SMALL = 16 * 1024 + 7 };

static unsigned char head[HEAD], tail[TAIL];
static TRANSMIT_FILE_BUFFERS both = {head, HEAD, tail, TAIL};

static inline int transmit_setup(void **state)
{
    memset(head, 'h', sizeof head);
    memset(tail, 't', sizeof tail);
    return file_setup(state);
}

/* What the reader got is the head, this part of the file, and the tail. */
static inline void arrived(const struct file_reader *reader, uint64_t place, uint64_t bytes,
                           bool wrapped)
{
    size_t front = wrapped ? HEAD : 0;

    assert_int_equal(reader->bytes, front + bytes + (wrapped ? TAIL : 0));
    if (wrapped) {
        assert_memory_equal(reader->data, head, HEAD);
        assert_memory_equal(reader->data + HEAD + bytes, tail, TAIL);
    }
    file_same(reader->data + front, place, bytes);
}

#endif
