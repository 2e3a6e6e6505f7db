/* SPDX-License-Identifier: Apache-2.0 */
#include "container/join.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "base/fd.h"

static int join_open(const struct plan_join *join, struct error *err)
{
    /* O_NONBLOCK: the path may name a FIFO; the ioctl will tell. */
    _cleanup_(close_fd) int fd = open(join->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        int r = error_sys(err, errno, "open namespace %s", join->path);
        error_add_where(err, "%s/path", join->where);
        return r;
    }
    int type = ioctl(fd, NS_GET_NSTYPE);
    if (type == join->type)
        return TAKE_FD(fd);
    error_config(err, join->where,
                 type < 0 ? "%s is no namespace" : "%s is a namespace of another type", join->path);
    return -EINVAL;
}

int joins_open(const struct plan_namespaces *plan, int fds[NAMESPACE_TYPES], struct error *err)
{
    for (size_t i = 0; i < NAMESPACE_TYPES; i++)
        fds[i] = -1;
    for (size_t i = 0; i < plan->n_joins; i++) {
        fds[i] = join_open(&plan->joins[i], err);
        if (fds[i] < 0) {
            int r = fds[i];
            fds[i] = -1;
            joins_close(fds);
            return r;
        }
    }
    return 0;
}

void joins_close(int fds[NAMESPACE_TYPES])
{
    for (size_t i = 0; i < NAMESPACE_TYPES; i++)
        close_fd(&fds[i]);
}

int joins_enter(const struct plan_namespaces *plan, int fds[NAMESPACE_TYPES], size_t i,
                struct error *err)
{
    const struct plan_join *join = &plan->joins[i];
    if (setns(fds[i], join->type) < 0) {
        int r = error_sys(err, errno, "join namespace %s", join->path);
        error_add_where(err, "%s", join->where);
        return r;
    }
    close_fd(&fds[i]);
    return 0;
}

int joins_find(const struct plan_namespaces *plan, int type)
{
    for (size_t i = 0; i < plan->n_joins; i++)
        if (plan->joins[i].type == type)
            return (int)i;
    return -1;
}
