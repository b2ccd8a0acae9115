/* SPDX-License-Identifier: MIT */
/* ws2ring-diagnose: says whether ws2ring can work on this machine, and what would help. */
#include "tools/diagnose/diagnose.h"

#include <argp.h>

enum { OPTION_JSON = 'j' };

static error_t option_parse(int key, char *text, struct argp_state *state)
{
    bool *json = state->input;

    (void)text;
    switch (key) {
    case OPTION_JSON:
        *json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool options_read(int argc, char **argv)
{
    static const struct argp_option rows[] = {
        {"json", OPTION_JSON, NULL, 0, "Print JSON, for programs", 0},
        {0},
    };
    static const struct argp argp = {
        .options = rows,
        .parser = option_parse,
        .doc = "Says whether ws2ring can work here: the kernel and its io_uring, limits, and what "
               "forbids it; and what to do about it.\v"
               "Exit status: 0 usable; 1 usable, with limits; 2 not usable; 64 a wrong option.",
    };
    bool json = false;

    argp_parse(&argp, argc, argv, 0, NULL, &json);
    return json;
}

int main(int argc, char **argv)
{
    bool json = options_read(argc, argv);
    static struct facts facts;
    static struct findings findings;

    system_look(&facts);
    uring_look(&facts);
    engine_look(&facts); /* last: it raises the limit on descriptors */
    findings_judge(&facts, &findings);
    if (json)
        json_print(&facts, &findings);
    else
        text_print(&facts, &findings);
    return (int)findings.verdict;
}
