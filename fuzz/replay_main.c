/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libFuzzer where the compiler has none: runs the fuzz target once on the empty
 * input, once on every file named on the command line, and on every file of a directory named
 * there. What the target finds, it reports by ending the process.
 */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Corpus files are small; a larger one was put there by mistake. */
#define REPLAY_FILE_MAX_BYTES ((size_t)1 << 20)

/* Returns 0, or 1 after a message. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *buffer = malloc(REPLAY_FILE_MAX_BYTES);
    uint8_t *exact = NULL;
    size_t size_bytes;
    int failed = 1;

    if (file == NULL || buffer == NULL) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        goto out;
    }
    size_bytes = fread(buffer, 1, REPLAY_FILE_MAX_BYTES, file);
    if (ferror(file) || !feof(file)) {
        fprintf(stderr, "replay: %s: cannot be read, or too large\n", path);
        goto out;
    }
    /* A buffer of the exact size lets AddressSanitizer see the first byte read too far. */
    exact = malloc(size_bytes > 0 ? size_bytes : 1);
    if (exact == NULL)
        goto out;
    memcpy(exact, buffer, size_bytes);
    LLVMFuzzerTestOneInput(exact, size_bytes);
    failed = 0;

out:
    free(exact);
    free(buffer);
    if (file != NULL)
        fclose(file);
    return failed;
}

/* Adds the number of files it ran to *count. Returns 0, or 1 after a message. */
static int replay_directory(const char *path, int *count)
{
    struct dirent **entries;
    int entry_count = scandir(path, &entries, NULL, alphasort);
    int failed = 0;

    if (entry_count < 0) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return 1;
    }
    for (int i = 0; i < entry_count; i++) {
        char name[4096];

        if (entries[i]->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
            failed |= replay_file(name);
            ++*count;
        }
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    int count = 0;

    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        struct stat info;

        if (stat(argv[i], &info) != 0) {
            printf("replay: no corpus %s\n", argv[i]); /* a new target has none yet */
        } else if (S_ISDIR(info.st_mode)) {
            failed |= replay_directory(argv[i], &count);
        } else {
            failed |= replay_file(argv[i]);
            count++;
        }
    }
    printf("replay: the empty input and %d files\n", count);
    return failed;
}
