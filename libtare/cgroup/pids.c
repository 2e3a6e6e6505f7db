/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/pids.h"

#include <errno.h>

#include "base/fd.h"
#include "base/parse.h"
#include "cgroup/cgroup.h"
#include "cgroup/directory.h"

#define PIDS_FILE_LIMIT ((size_t)64 << 20)

static int list_add(struct pid_list *list, pid_t pid)
{
    pid_t *pids = arena_grow(list->arena, list->pids, list->n, &list->capacity, sizeof(*pids));
    if (!pids)
        return -ENOMEM;
    list->pids = pids;
    pids[list->n++] = pid;
    return 0;
}

static int read_directory_pids(struct pid_list *list, int dirfd)
{
    _cleanup_(free_ptr) char *text = NULL;
    int r = file_read(dirfd, "cgroup.procs", PIDS_FILE_LIMIT, &text, NULL);
    /* Threads of a threaded cgroup belong to a process that is listed above it. */
    if (r == -EOPNOTSUPP)
        return 0;
    if (r < 0)
        return r;
    char *rest = text;
    for (char *line; r == 0 && (line = strsep(&rest, "\n")) && *line;) {
        uint32_t pid;
        r = parse_u32(line, &pid);
        if (r == 0)
            r = list_add(list, (pid_t)pid);
    }
    return r;
}

/* A queue of paths below the top; names of children are put at its end as they are found. */
struct queue {
    char **paths;
    size_t n, capacity;
};

static int queue_children(struct queue *queue, struct arena *arena, int dirfd, const char *path)
{
    _cleanup_(close_listing) DIR *listing = directory_list(dirfd, ".");
    if (!listing)
        return -errno;
    for (const char *name; (name = directory_next(listing));) {
        char **paths =
            arena_grow(arena, queue->paths, queue->n, &queue->capacity, sizeof(*queue->paths));
        char *child = arena_printf(arena, "%s/%s", path, name);
        if (!paths || !child)
            return -ENOMEM;
        queue->paths = paths;
        paths[queue->n++] = child;
    }
    return 0;
}

int pid_list_read(struct pid_list *list, int dirfd)
{
    struct queue queue = {0};
    int r = read_directory_pids(list, dirfd);
    if (r == 0)
        r = queue_children(&queue, list->arena, dirfd, "");
    for (size_t i = 0; r == 0 && i < queue.n; i++) {
        _cleanup_(close_fd) int child = directory_open(dirfd, queue.paths[i]);
        r = child < 0 ? child : read_directory_pids(list, child);
        if (r == 0)
            r = queue_children(&queue, list->arena, child, queue.paths[i]);
        /* Removed since we saw its name: then it had no process. */
        if (r == -ENOENT || r == -ENODEV)
            r = 0;
    }
    return r;
}

int cgroup_pids(const struct cgroup *cgroup, struct arena *arena, pid_t **ret, size_t *ret_n,
                struct error *err)
{
    *ret = NULL;
    *ret_n = 0;
    if (cgroup->fd < 0) {
        error_set(err, ENOTSUP, "cannot list processes: the container has no cgroup");
        error_set_kind(err, ERROR_UNSUPPORTED);
        return -ENOTSUP;
    }
    struct pid_list list = {.arena = arena};
    int r = pid_list_read(&list, cgroup->fd);
    if (r < 0)
        return error_sys(err, -r, "list the processes of cgroup %s", cgroup->path);
    *ret = list.pids;
    *ret_n = list.n;
    return 0;
}
