/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "container/api.h"

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

#define TWIN TARE_PKGLIBEXECDIR "/tare-dynamic"

void again(const tare_error *error, char **argv)
{
    if (error->error.kind == ERROR_UNPROTECTED)
        again_from_sealed_copy(argv);
    else if (error->error.kind == ERROR_NEEDS_LIBRARY)
        execv(TWIN, argv);
}
