/* SPDX-License-Identifier: MIT */
/* What the library itself says: WSAStartup() decides, everything else here only explains. */
#include "tools/diagnose/diagnose.h"

#include <winsock2.h>

#include <ws2ring.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Points standard error into a pipe; returns a copy of what it was, or -1. */
static int engine_redirect(int ends[2])
{
    int saved;

    if (pipe(ends) != 0)
        return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    if (saved >= 0)
        dup2(ends[1], STDERR_FILENO);
    return saved;
}

/* What was said meanwhile, without the name of the library and the end of the line. */
static void engine_restore(const int ends[2], int saved, char *said)
{
    static const char prefix[] = "ws2ring: ";
    ssize_t bytes;

    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    bytes = read(ends[0], said, FACTS_TEXT_BYTES - 1);
    close(ends[0]);
    said[bytes > 0 ? bytes : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    if (strncmp(said, prefix, sizeof prefix - 1) == 0)
        memmove(said, said + sizeof prefix - 1, strlen(said) - (sizeof prefix - 1) + 1);
}

void engine_look(struct facts *facts)
{
    WSADATA data;
    int ends[2];
    int saved = engine_redirect(ends);

    facts->version = ws2_version();
    facts->startup_error = WSAStartup(MAKEWORD(2, 2), &data);
    facts->engine = ws2_engine();
    if (saved >= 0)
        engine_restore(ends, saved, facts->why);
    if (facts->startup_error == 0)
        WSACleanup();
}
