/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "checkpoint/rpc.h"

/* The directories of a checkpoint: of its images, and of CRIU's work, where its log is. */

struct images {
    int fd, work_fd;
    const char *path, *work_path; /* as they were given */
    const char *log_file;
};

#define IMAGES_NONE ((struct images){.fd = -1, .work_fd = -1})

/* Open both; `work_path` NULL: the images' own. What is missing of them is made for a dump, and of the
 * work's also for a restore. What a former log, or a link in its place, has left is removed: CRIU would follow
 * it. */
int images_open(struct images *images, const char *path, const char *work_path, bool dump,
                struct error *err);
/* Open both again as a process in another mount namespace sees them: CRIU mounts in its work directory. */
int images_move(struct images *images, pid_t pid, struct error *err);
void images_release(struct images *images);

/* Each file whose name begins so and ends with ".img", until `visit` returns something else than 0, which is returned; or
 * -errno. */
int images_visit(const struct images *images, const char *beginning,
                 int (*visit)(const char *name, void *data), void *data);
/* Whether there is a file whose name begins so and ends with ".img". */
bool images_have(const struct images *images, const char *beginning);

/* descriptors.json, as runc and crun write and read it: what the init's standard descriptors are, in CRIU's
 * words. */
#define IMAGES_STDIO 3
struct images_stdio {
    const char *names[IMAGES_STDIO];
};
int images_write_stdio(const struct images *images, struct arena *arena,
                       const struct images_stdio *stdio, struct error *err);
/* Without the file, names are NULL. */
int images_read_stdio(const struct images *images, struct arena *arena, struct images_stdio *ret,
                      struct error *err);

/* CRIU has failed: say what, with the last errors of its log. */
int images_blame(const struct images *images, const char *operation, const struct criu_reply *reply,
                 struct error *err);
