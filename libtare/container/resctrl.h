/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/state.h"
#include "plan/plan.h"

/* linux.intelRdt: groups of the kernel's resctrl filesystem (Documentation/filesystems/resctrl.rst),
 * by the rules of config-linux.md "IntelRdt". */

struct resctrl {
    int mount;      /* of /sys/fs/resctrl; -1: not used */
    int group;      /* the container's group */
    bool made;      /* the group is our work */
    bool monitored; /* so is mon_groups/ID in it */
};

#define RESCTRL_INIT ((struct resctrl){.mount = -1, .group = -1})

/* The mount, checked to be a resctrl. */
int resctrl_open(struct resctrl *resctrl, struct error *err);
/* What of the plan is not there and will be ours to remove, for a note of what is about to be made. */
void resctrl_announce(const struct resctrl *resctrl, const struct plan_resctrl *plan,
                      struct state *note);
/* Find or make the group's directory: a group that is only named must be there. */
int resctrl_make_group(struct resctrl *resctrl, const struct plan_resctrl *plan, struct error *err);
/* Write the schemata of a new group; in one that was there they must be the same. */
int resctrl_configure(const struct resctrl *resctrl, const struct plan_resctrl *plan,
                      struct error *err);
/* Make the monitoring group mon_groups/ID, if it is wanted. */
int resctrl_monitor(struct resctrl *resctrl, const struct plan_resctrl *plan, const char *id,
                    struct error *err);
/* Put a process into the group, and the monitoring group. */
int resctrl_assign(const struct resctrl *resctrl, const char *id, pid_t pid, struct error *err);
/* Remove what is our work. What is gone already is no error. */
int resctrl_remove(const struct resctrl *resctrl, const char *group, const char *id,
                   struct error *err);
void resctrl_release(struct resctrl *resctrl);

/* `exec`: into the group of the container, when it has one. */
int resctrl_of_assign(const struct state *state, pid_t pid, struct error *err);
/* `delete`: what the state says that the container leaves. */
int resctrl_of_remove(const struct state *state, struct error *err);

/* `update`: write lines to the schemata of the container's group, whose other lines stay. */
int resctrl_of_update(const struct state *state, const struct plan_resctrl_line *lines,
                      size_t n_lines, struct error *err);

/* Whether the text of a schemata file has all that `line` asks for, whatever the kernel's blanks and
 * zeros. */
bool resctrl_has_line(const char *schemata, const char *line);
