/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/arena.h"
#include "base/interruption.h"
#include "spec/json.h"
#include "spec/spec.h"

/* Hooks: config.md "POSIX-platform Hooks". Used by the maker (prestart, createRuntime, poststart, poststop)
 * and by the init (createContainer, startContainer). */

/* The state of runtime.md, without what a runtime may add. */
struct hook_state {
    const char *oci_version, *id, *status;
    pid_t pid;
    const char *bundle;
    struct string_map annotations;
};

extern const struct json_type hook_state_type;

/* The state document on a hook's stdin, one line of JSON: ociVersion, id, status, pid (left out when 0),
 * bundle, annotations. */
int hook_state_write(struct arena *arena, const char *id, const char *status, pid_t pid,
                     const char *bundle, const struct string_map *annotations, const char **ret,
                     struct error *err);

/* Files for what hooks write, to stdout and to stderr. -1: none; then the last line goes into the
 * error of a hook that fails. */
struct hook_output {
    int out, err;
};

#define HOOK_OUTPUT_NONE ((struct hook_output){-1, -1})

/* Run the hooks of a list in order; stops at the first that fails (error: "createRuntime hook 2 (/bin/x)
 * failed: exit status 1: <last line of its output>", where = "/hooks/createRuntime/1").
 *   phase   property name, "createRuntime"
 *   env     used when a hook has no env of its own; NULL: empty
 *   cwd_fd  working directory; -1: the caller's
 *   interruption  what ends a hook early besides its timeout, or NULL
 * A hook gets a process group of its own, the state on stdin and end of file after it, no other fds than
 * 0-2; it is killed with its group when its timeout runs out or it is interrupted. A hook that does not read is no error. */
int hooks_run(const struct hook_list *hooks, const char *phase, const char *state,
              const char *const *env, int cwd_fd, const struct hook_output *files,
              const struct interruption *interruption, struct error *err);

/* Another program of the host, found already, in the same way: nothing on stdin, no environment. The error says
 * how it ended and the last line of its output. `args` ends with NULL. */
int program_run(const char *path, const char **args, struct error *err);
