/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "container/api.h"
#include "spec/parse.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static void again_from_sealed_copy(char **argv)
{
    _cleanup_(close_fd) int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (own < 0 || fstat(own, &st) < 0)
        return;
    int seals = fcntl(own, F_GET_SEALS);
    if (seals >= 0 && (seals & SEALS) == SEALS)
        return;
    _cleanup_(close_fd) int copy = memfd_create("tare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy < 0)
        return;
    for (off_t done = 0; done < st.st_size;)
        if (sendfile(copy, own, &done, (size_t)(st.st_size - done)) <= 0)
            return;
    if (fchmod(copy, 0755) < 0 || fcntl(copy, F_ADD_SEALS, SEALS) < 0)
        return;
    fexecve(copy, argv, environ);
}

/* Where the document begins on standard input; -1: there is none. */
static off_t stdin_start = -1;

int again_keep_stdin(void)
{
    stdin_start = lseek(STDIN_FILENO, 0, SEEK_CUR);
    if (stdin_start >= 0)
        return 0;
    /* A pipe can be read once. */
    _cleanup_(free_ptr) char *text = NULL;
    size_t size;
    int r = stream_read_all(STDIN_FILENO, SPEC_SIZE_LIMIT, &text, &size);
    if (r < 0)
        return r;
    _cleanup_(close_fd) int copy = memfd_create("tare-stdin", MFD_CLOEXEC);
    if (copy < 0)
        return -errno;
    r = fd_write_all(copy, text, size);
    if (r < 0)
        return r;
    if (lseek(copy, 0, SEEK_SET) < 0 || dup2(copy, STDIN_FILENO) < 0)
        return -errno;
    stdin_start = 0;
    return 0;
}

#define TWIN TARE_PKGLIBEXECDIR "/tare-dynamic"

void again(const tare_error *error, char **argv)
{
    if (stdin_start >= 0)
        (void)lseek(STDIN_FILENO, stdin_start, SEEK_SET);
    if (error->error.kind == ERROR_UNPROTECTED)
        again_from_sealed_copy(argv);
    else if (error->error.kind == ERROR_NEEDS_LIBRARY)
        execv(TWIN, argv);
}
