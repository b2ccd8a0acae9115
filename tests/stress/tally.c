/* SPDX-License-Identifier: MIT */
/* Counts for the last lines of the stress program. */
#include "pair.h"

#include <stdio.h>

static _Atomic uint64_t tallies[TALLY_COUNT];

void tally_add(enum tally tally, uint64_t count)
{
    atomic_fetch_add_explicit(&tallies[tally], count, memory_order_relaxed);
}

static void tally_line(const char *title, enum tally first, const char *const *words,
                       unsigned count)
{
    printf("%s:", title);
    for (unsigned i = 0; i < count; i++)
        printf("%s %llu %s", i > 0 ? "," : "", (unsigned long long)tallies[first + i], words[i]);
    printf("\n");
}

void tally_print(void)
{
#define TALLY_WORDS(name, words) words,
    static const char *const endings[] = {ENDINGS(TALLY_WORDS)};
    static const char *const deeds[] = {DEEDS(TALLY_WORDS)};
    static const char *const notices[] = {NOTICES(TALLY_WORDS)};

    tally_line("ends", TALLY_SUCCEEDED, endings, sizeof endings / sizeof endings[0]);
    tally_line("told", TALLY_BY_PACKET, notices, sizeof notices / sizeof notices[0]);
    tally_line("done to them", TALLY_DEED_CANCEL_ONE, deeds, sizeof deeds / sizeof deeds[0]);
    printf("pairs: %llu; %llu streams, of which seen whole to their end: %llu (%.0f %%); "
           "%llu datagrams; %llu bytes compared\n",
           (unsigned long long)tallies[TALLY_PAIRS], (unsigned long long)tallies[TALLY_STREAMS],
           (unsigned long long)tallies[TALLY_STREAMS_WHOLE],
           tallies[TALLY_STREAMS] == 0
               ? 0.0
               : 100.0 * (double)tallies[TALLY_STREAMS_WHOLE] / (double)tallies[TALLY_STREAMS],
           (unsigned long long)tallies[TALLY_DATAGRAMS],
           (unsigned long long)tallies[TALLY_VERIFIED_BYTES]);
}
