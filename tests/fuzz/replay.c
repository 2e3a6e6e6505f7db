/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fts.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* A main() for a harness in the place of libFuzzer's: runs each file that is named, or all below a directory,
 * or with no argument what is on stdin. For AFL++, and to look at one input under a debugger. */

static int run_stream(FILE *stream, const char *name)
{
    size_t size = 0, room = 0;
    uint8_t *bytes = NULL;
    do {
        room = room ? room * 2 : 65536;
        uint8_t *larger = realloc(bytes, room);
        if (!larger) {
            free(bytes);
            return 1;
        }
        bytes = larger;
        size += fread(bytes + size, 1, room - size, stream);
    } while (size == room);
    /* In a block of the exact size, whose end AddressSanitizer guards. */
    uint8_t *exact = malloc(size ? size : 1);
    if (exact) {
        memcpy(exact, bytes, size);
        fprintf(stderr, "%s: %zu bytes\n", name, size);
        LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(bytes);
    return exact ? 0 : 1;
}

static int run_file(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    int r = run_stream(file, path);
    fclose(file);
    return r;
}

int main(int argc, char *argv[])
{
    if (argc < 2)
        return run_stream(stdin, "stdin");
    FTS *tree = fts_open(argv + 1, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    int failed = !tree;
    for (FTSENT *entry; tree && (entry = fts_read(tree));)
        if (entry->fts_info == FTS_F)
            failed |= run_file(entry->fts_path);
    if (tree)
        fts_close(tree);
    return failed;
}
