/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "sandbox/build.h"
#include "spec/json-kind.h"
#include "spec/names.h"

#define CAPABILITIES 64
#define BIT(n)       (UINT64_C(1) << (n))

/* ---- limits ---- */

static const char *rlimit_name(int resource)
{
    const struct json_name *name = json_name_of(rlimit_names, (uint64_t)resource);
    return name ? name->name : "?";
}

/* In a user namespace raising a hard limit needs a capability outside of it: there the maker has done that
 * before, and what is left is lowering. */
int rlimits_set(const struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    for (size_t i = 0; i < process->n_rlimits; i++) {
        const struct plan_rlimit *rlimit = &process->rlimits[i];
        if (setrlimit((__rlimit_resource_t)rlimit->resource, &rlimit->limit) == 0)
            continue;
        int code = errno;
        error_sys(err, code, "set %s to %llu, %llu", rlimit_name(rlimit->resource),
                  (unsigned long long)rlimit->limit.rlim_cur,
                  (unsigned long long)rlimit->limit.rlim_max);
        error_add_where(err, "/process/rlimits/%zu", i);
        if (code == EPERM)
            error_add_hint(err, "raising a hard limit needs CAP_SYS_RESOURCE");
        return -code;
    }
    return 0;
}

/* ---- identity ---- */

static int set_groups(const struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    if (process->keep_groups)
        return 0;
    /* Where the user namespace denies setgroups, the groups cannot even be dropped:
     * user_namespaces(7). */
    if (build->plan->namespaces.deny_setgroups && process->n_groups == 0)
        return 0;
    if (syscall(SYS_setgroups, process->n_groups, process->groups) == 0)
        return 0;
    int code = errno;
    if (code == EPERM && process->n_groups == 0 && build->plan->in_user_namespace)
        return 0;
    error_sys(err, code, "set the supplementary groups");
    error_add_where(err, "/process/user/additionalGids");
    if (code == EINVAL)
        error_add_hint(err, "is each of them mapped in the user namespace?");
    if (code == EPERM && build->plan->in_user_namespace)
        error_add_hint(err,
                       "the user namespace denies setgroups (user_namespaces(7)): its gids were "
                       "mapped without privileges");
    return -code;
}

static int set_ids(const struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    int r = set_groups(build, err);
    if (r < 0)
        return r;
    if (syscall(SYS_setresgid, process->gid, process->gid, process->gid) < 0) {
        r = error_sys(err, errno, "set the group id %u", process->gid);
        error_add_where(err, "/process/user/gid");
    } else if (syscall(SYS_setresuid, process->uid, process->uid, process->uid) < 0) {
        r = error_sys(err, errno, "set the user id %u", process->uid);
        error_add_where(err, "/process/user/uid");
    }
    if (r == -EINVAL)
        error_add_hint(err, "the user namespace has no mapping for it");
    if (r == -EAGAIN)
        error_add_hint(err, "the user has reached RLIMIT_NPROC");
    return r;
}

/* ---- capabilities ---- */

static int drop_bounding(uint64_t keep, struct error *err)
{
    for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
        if (keep & BIT(cap))
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
            /* The first one that the kernel does not know. */
            if (errno == EINVAL)
                return 0;
            return error_sys(err, errno, "drop capability %lu from the bounding set", cap);
        }
    }
    return 0;
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable,
                            struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (unsigned i = 0; i < 2; i++) {
        data[i].effective = (uint32_t)(effective >> (32 * i));
        data[i].permitted = (uint32_t)(permitted >> (32 * i));
        data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
    }
    if (syscall(SYS_capset, &header, data) < 0) {
        int code = errno;
        error_sys(err, code, "set the capabilities");
        error_add_where(err, "/process/capabilities");
        if (code == EPERM)
            error_add_hint(err, "the caller of tare does not have all of them itself");
        return -code;
    }
    return 0;
}

static void raise_ambient(const struct build *build, uint64_t ambient)
{
    for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
        if (!(ambient & BIT(cap)) || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) == 0)
            continue;
        struct error warning = ERROR_INIT;
        error_sys(&warning, errno, "raise the ambient capability %lu", cap);
        error_add_where(&warning, "/process/capabilities/ambient");
        error_add_hint(&warning, "it must be in the permitted and in the inheritable set");
        build_warn(build, &warning);
    }
}

/* The filter is loaded at the very end, and without no_new_privs that needs CAP_SYS_ADMIN. It does
 * not reach the payload: execve computes the sets anew from the bounding, inheritable and ambient
 * ones. */
static uint64_t needed_until_exec(const struct build *build)
{
    bool filter = build->sandbox->seccomp != NULL;
    return filter && !build->plan->process.no_new_privileges ? BIT(CAP_SYS_ADMIN) : 0;
}

/* Without `capabilities` in the config the sets stay as setuid leaves them: none are permitted to a
 * user that is not root. */
static int keep_only(uint64_t needed, struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return error_sys(err, errno, "capget");
    uint64_t inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return set_capabilities(needed, needed, inheritable, err);
}

/* The order matters: the bounding set needs CAP_SETPCAP and the ids CAP_SETUID, so both come before
 * the sets; keepcaps carries the permitted set over the change of the user id, which would clear
 * it; ambient capabilities must be permitted and inheritable already. */
int credentials_set(const struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    const struct plan_capabilities *caps = &process->capabilities;
    uint64_t extra = needed_until_exec(build);
    int r = caps->set ? drop_bounding(caps->bounding, err) : 0;
    if (r < 0)
        return r;
    bool keep = process->uid != 0 && (caps->set || extra);
    if (keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return error_sys(err, errno, "keep the capabilities over setuid");
    r = set_ids(build, err);
    if (r < 0)
        return r;
    /* What our caller had as ambient is not the container's. */
    if ((caps->set || process->uid != 0) &&
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return error_sys(err, errno, "clear the ambient capabilities");
    if (caps->set) {
        r = set_capabilities(caps->effective | extra, caps->permitted | extra, caps->inheritable,
                             err);
        if (r == 0)
            raise_ambient(build, caps->ambient);
    } else if (keep) {
        r = keep_only(extra, err);
    }
    if (r < 0)
        return r;
    if (process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_sys(err, errno, "set no_new_privs");
    if (process->personality && personality(process->personality->domain) < 0) {
        r = error_sys(err, errno, "set the personality");
        error_add_where(err, "/linux/personality");
        return r;
    }
    umask(process->umask);
    return 0;
}
