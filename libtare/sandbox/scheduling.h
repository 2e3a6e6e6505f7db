/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "plan/plan.h"

/* process.scheduler and process.ioPriority, for a process that is there: sched_setattr(2),
 * ioprio_set(2). The init does it to itself (pid 0) while it still has its maker's privileges. In a
 * user namespace it has none that count here, and the maker does it. Nothing for what is not
 * configured. */
int process_schedule(pid_t pid, const struct plan_process *process, struct error *err);

struct sched_attr;

/* Let a process under SCHED_DEADLINE make processes, which will be normal ones, and have it as it was again:
 * sched_getattr(2). Nothing but SCHED_FLAG_RESET_ON_FORK changes: its share of the processors would be free for
 * others, and not for itself until its period is over, if it were given up meanwhile. */
int process_let_fork(pid_t pid, struct sched_attr *ret, struct error *err);
int process_reschedule(pid_t pid, const struct sched_attr *attr, struct error *err);

/* Whatever our caller was bound to is no concern of the container: the calling process gets any processor that
 * its cpuset allows. CRI-O binds the runtime to the processors of the host's own work with taskset(1). */
void affinity_reset(void);

/* process.execCPUAffinity.final of the calling process. Without it and without `initial`, as affinity_reset(). */
int affinity_set(const struct plan_process *process, struct error *err);

/* process.rlimits: the hard limits that go above the process's present ones, for somebody who may raise them
 * outside of the user namespace. The exact values are set by the process itself. */
int limits_raise(pid_t pid, const struct plan_process *process, struct error *err);

/* linux.memoryPolicy, of the calling thread, which is the only one that set_mempolicy(2) reaches: the
 * payload inherits it through execve. To be called in the container's cgroup, whose cpuset decides
 * which nodes there are. */
int memory_policy_set(const struct plan_process *process, struct error *err);

/* Of a process, 0: of the caller. Here because it, too, is the maker's to do in a user namespace. */
int oom_score_write(pid_t pid, const struct plan_process *process, struct error *err);
