/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "cgroup/systemd-address.h"

/* The way into a scope for a process that may not go there by itself. The kernel wants a right to write above both
 * cgroups of a move, and a user has that only inside of what the user's manager has: not in a session after a login.
 * The manager may move its user's processes (AttachProcessesToUnit). */

/* A cgroup in a scope. */
struct scope_place {
    const char *unit;
    bool user;         /* of the caller's own systemd */
    const char *below; /* the scope's: "/" or "/x" */
};

struct admission {
    const struct scope_place *place;
    int maker, process; /* ends of a socket pair */
    struct systemd_addresses addresses;
};

/* That of who needs none: granted without a question. */
#define ADMISSION_NONE ((struct admission){.maker = -1, .process = -1})

/* Before the process is made. `place` is used until it is granted. Kind ERROR_NEEDS_LIBRARY as from scope_load(). */
int admission_begin(struct admission *admission, const struct scope_place *place,
                    struct error *err);
void admission_release(struct admission *admission);

/* In the process: false when it was not let in. */
bool admission_seek(struct admission *admission);
/* In its maker. On failure the process learns of it by admission_release(). */
int admission_grant(struct admission *admission, struct error *err);
