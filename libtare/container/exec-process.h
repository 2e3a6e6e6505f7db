/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"
#include "tare.h"

/* Which process `tare exec` is to run. */

struct exec_process {
    struct process *process; /* complete: what was left out is the container's */
    /* The document that it came from, for errors; NULL without one. */
    const char *path;
    char *json; /* owned */
    size_t json_size;
};

/* `container`: the process of the container's configuration, or NULL. Reads the document, when there is one;
 * beyond that it is pure. */
int exec_process_read(struct exec_process *exec, struct arena *arena,
                      const struct process *container, const struct tare_exec_options *options,
                      struct error *err);
/* The planner and the child take the process for that of a config.json: in an error, say where it is in the
 * document. */
void exec_process_locate(const struct exec_process *exec, struct error *err);
void exec_process_release(struct exec_process *exec);
