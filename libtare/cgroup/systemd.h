/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "cgroup/cgroup.h"
#include "cgroup/sd-bus.h"
#include "plan/plan.h"

/* The manager of systemd by D-Bus: org.freedesktop.systemd1(5). Every call and every wait is
 * bounded. */

struct systemd {
    struct sd_bus *bus;
    bool user;
    bool direct;      /* connected to systemd itself and not to a message bus */
    unsigned version; /* 0: not asked for yet */
    int fd;           /* of the connection, sd-bus's */
    /* Of waits for jobs; NULL: none. */
    const struct interruption *interruption;
};

#define SYSTEMD_INIT ((struct systemd){.fd = -1})

/* Connect to the system's manager, or to the caller's own. */
int systemd_open(struct systemd *systemd, bool user, struct error *err);
/* The same by the process at the other end of the socket, which introduces itself (cgroup/introduction.h). */
int systemd_open_introduced(struct systemd *systemd, bool user, int socket, struct error *err);
void systemd_release(struct systemd *systemd);

/* Start the scope with the process in it that made the connection, and wait until it is there.
 * -EEXIST: there is a unit of that name, and it is in use. */
int systemd_start_scope(struct systemd *systemd, const struct plan_scope *scope, struct error *err);

/* Move the process that made the connection to the unit's cgroup, or the one below it: "/" or "/x". */
int systemd_attach(struct systemd *systemd, const char *unit, const char *below, struct error *err);

/* Change properties of a unit that runs, until it ends. */
int systemd_set_properties(struct systemd *systemd, const char *unit,
                           const struct plan_property *properties, size_t n, struct error *err);

/* Stop the unit, wait until it has stopped, and let systemd forget how it ended. One that is not
 * there is a success. */
int systemd_stop_unit(struct systemd *systemd, const char *unit, struct error *err);
