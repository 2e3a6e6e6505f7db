/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "plan/planner.h"

/* linux.seccomp, as far as it can be judged without making a program of it: what a rule may say,
 * and who answers SCMP_ACT_NOTIFY. */

#define RECEIVER_ANNOTATION "run.oci.seccomp.receiver"
#define PLUGINS_ANNOTATION  "run.oci.seccomp.plugins"
#define STRICT_ANNOTATION   "run.oci.seccomp_fail_unknown_syscall"
#define DATA_ANNOTATION     "run.oci.seccomp_bpf_data"

static bool carries_errno(uint32_t action)
{
    return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

static int check_rule(struct planner *planner, const struct seccomp_rule *rule, size_t i)
{
    const char *where = arena_printf(planner->arena, "/linux/seccomp/syscalls/%zu", i);
    if (!where)
        return -ENOMEM;
    if (rule->errno_ret.set && !carries_errno(rule->action))
        problem_config(&planner->problems, where,
                       "errnoRet goes only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
    if (rule->names.n == 0)
        problem_config(&planner->problems, where, "a rule needs the name of a system call");
    return 0;
}

static bool notifies(const struct seccomp *seccomp)
{
    bool yes = seccomp->default_action == SECCOMP_RET_USER_NOTIF;
    for (size_t i = 0; i < seccomp->syscalls.n && !yes; i++)
        yes = seccomp->syscalls.items[i].action == SECCOMP_RET_USER_NOTIF;
    return yes;
}

/* The three ways to name the agent, in crun's order. Whoever starts the container may stand in
 * another directory than who creates it: a path of the configuration is the bundle's, and the others
 * are absolute. */
static int find_receiver(struct planner *planner, const char *path, struct plan_listener *ret)
{
    const char *annotation = planner_annotation(planner, RECEIVER_ANNOTATION);
    if (path && path[0]) {
        ret->where = "/linux/seccomp/listenerPath";
        ret->path = path[0] == '/'
                        ? path
                        : arena_printf(planner->arena, "%s/%s", planner->options->bundle, path);
        return ret->path ? 0 : -ENOMEM;
    }
    ret->path = annotation ? annotation : planner->options->seccomp_receiver;
    ret->where = annotation ? "/annotations/" RECEIVER_ANNOTATION : "RUN_OCI_SECCOMP_RECEIVER";
    if (ret->path && ret->path[0] != '/')
        problem_config(&planner->problems, ret->where, "\"%s\" is not an absolute path", ret->path);
    return 0;
}

static int plan_listener(struct planner *planner, const struct seccomp *seccomp)
{
    struct plan_listener listener = {.metadata = seccomp->listener_metadata};
    if (find_receiver(planner, seccomp->listener_path, &listener) < 0)
        return -ENOMEM;
    if (seccomp->listener_metadata && !(seccomp->listener_path && seccomp->listener_path[0]))
        problem_config(&planner->problems, "/linux/seccomp/listenerMetadata",
                       "listenerMetadata goes only with a listenerPath");
    if (planner_annotation(planner, PLUGINS_ANNOTATION))
        problem_unsupported(&planner->problems, "/annotations/" PLUGINS_ANNOTATION,
                            "plugins are not supported: have an agent listen on listenerPath");
    /* A program of one's own says for itself, later, whether it notifies. */
    if (notifies(seccomp) || planner->plan->seccomp_data) {
        planner->plan->listener = listener;
    } else if (seccomp->flags.mask & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
        return planner_warn(planner, "/linux/seccomp/flags: "
                                     "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV has no effect without "
                                     "SCMP_ACT_NOTIFY");
    }
    if (notifies(seccomp) && !planner->plan->seccomp_data && !listener.path)
        problem_config(&planner->problems, "/linux/seccomp",
                       "SCMP_ACT_NOTIFY needs a listenerPath: nobody would answer");
    return 0;
}

int plan_seccomp(struct planner *planner)
{
    static const struct seccomp nothing;
    const struct seccomp *seccomp = planner->section->seccomp;
    planner->plan->seccomp_data = planner_annotation(planner, DATA_ANNOTATION);
    if (!seccomp && !planner->plan->seccomp_data)
        return 0;
    seccomp = seccomp ? seccomp : &nothing;
    planner->plan->seccomp_strict = planner_annotation_is_on(planner, STRICT_ANNOTATION);
    if (seccomp->default_errno_ret.set && !carries_errno(seccomp->default_action))
        problem_config(&planner->problems, "/linux/seccomp/defaultErrnoRet",
                       "defaultErrnoRet goes only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
    for (size_t i = 0; i < seccomp->syscalls.n; i++)
        if (check_rule(planner, &seccomp->syscalls.items[i], i) < 0)
            return -ENOMEM;
    return plan_listener(planner, seccomp);
}
