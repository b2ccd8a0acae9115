/* SPDX-License-Identifier: MIT */
/*
 * Memory that calls of the oldest kind return: one piece for each thread and each kind of answer,
 * overwritten by the thread's next call of that kind. It is made at the first such call and stays
 * with the thread's structure (core/base/thread.h), for the next thread that gets it.
 */
#ifndef CORE_VERB_ANSWER_H
#define CORE_VERB_ANSWER_H

#include <winsock2.h>

#include "core/base/inet_text.h"
#include "ring/host/resolve.h"

enum {
    ANSWER_ADDRESSES_MAX = 64,
    ANSWER_ADDRESSES_BYTES = ANSWER_ADDRESSES_MAX * INET_TEXT_BYTES16,
    ANSWER_NAME_BYTES = 256,
    ANSWER_PHRASE_CHARACTERS = 96
};

/* HOSTNAME-04: right behind the structure stand the pointers to aliases (there are none, so one
 * NULL), those to addresses with their NULL, and the addresses. */
struct answer_host {
    struct hostent entry;
    char *space[1 + ANSWER_ADDRESSES_MAX + 1 + ANSWER_ADDRESSES_BYTES / sizeof(char *)];
    char name[ANSWER_NAME_BYTES];
};

struct answer_service {
    struct servent entry;
    struct host_service found;
};

struct answer_protocol {
    struct protoent entry;
    char *aliases[2];
    char name[16];
    char alias[16];
};

struct answer {
    char address[INET_TEXT_MAX4];
    struct answer_host host;
    struct answer_service service;
    struct answer_protocol protocol;
    uint32_t phrase[ANSWER_PHRASE_CHARACTERS]; /* either width */
};

/* The calling thread's; NULL: no memory. */
struct answer *answer_self(void);

#endif
