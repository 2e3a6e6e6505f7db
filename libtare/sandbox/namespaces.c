/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "sandbox/build.h"

static const char *type_name(int type)
{
    switch (type) {
    case CLONE_NEWNS:
        return "mount";
    case CLONE_NEWPID:
        return "pid";
    case CLONE_NEWNET:
        return "network";
    case CLONE_NEWUTS:
        return "uts";
    case CLONE_NEWIPC:
        return "ipc";
    case CLONE_NEWUSER:
        return "user";
    case CLONE_NEWCGROUP:
        return "cgroup";
    case CLONE_NEWTIME:
        return "time";
    default:
        return "unknown";
    }
}

static int join(const struct build *build, size_t i, struct error *err)
{
    const struct plan_join *target = &build->plan->namespaces.joins[i];
    int fd = build->sandbox->join_fds[i];
    if (fd < 0)
        return 0;
    if (setns(fd, target->type) == 0)
        return 0;
    int code = errno;
    error_sys(err, code, "join the %s namespace at %s", type_name(target->type), target->path);
    error_add_where(err, "%s", target->where);
    if (code == EINVAL)
        error_add_hint(err, "is it a %s namespace, and not the one we are in already?",
                       type_name(target->type));
    if (code == EPERM)
        error_add_hint(err, "joining it needs CAP_SYS_ADMIN in the user namespace that owns it");
    return -code;
}

int namespaces_join(const struct build *build, struct error *err)
{
    const struct plan_namespaces *namespaces = &build->plan->namespaces;
    /* The user namespace first: with it come the capabilities over those that it owns. */
    for (size_t i = 0; i < namespaces->n_joins; i++) {
        if (namespaces->joins[i].type == CLONE_NEWUSER) {
            int r = join(build, i, err);
            if (r < 0)
                return r;
        }
    }
    for (size_t i = 0; i < namespaces->n_joins; i++) {
        if (namespaces->joins[i].type != CLONE_NEWUSER) {
            int r = join(build, i, err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* Root, or where that is not mapped the user that the program will be. The capabilities are those of the
 * namespace's first process and stay: only a change from root to others takes them. */
static bool become(long call, unsigned user)
{
    return syscall(call, 0, 0, 0) == 0 || (errno == EINVAL && syscall(call, user, user, user) == 0);
}

int namespaces_become_root(const struct build *build, struct error *err)
{
    if (!build_has_namespace(build, CLONE_NEWUSER))
        return 0;
    if (!become(SYS_setresgid, build->plan->process.gid) ||
        !become(SYS_setresuid, build->plan->process.uid)) {
        int code = errno;
        error_sys(err, code, "become root in the user namespace");
        error_add_hint(err, "the uid and gid mappings must contain 0, or the ids of process.user");
        return -code;
    }
    /* The files of an ipc namespace belong to whoever made it. The one from our clone belongs to an
     * id that was not mapped yet: /dev/mqueue would be nobody's. */
    const uint64_t both = CLONE_NEWUSER | CLONE_NEWIPC;
    if ((build->plan->namespaces.create & both) == both && unshare(CLONE_NEWIPC) < 0)
        return error_sys(err, errno, "make an ipc namespace");
    return 0;
}

/* What the kernel gives to such a keyring, and KEY_USR_SEARCH: keyctl_setperm(3). */
#define KEYRING_PERMISSIONS 0x3f1b0000

/* A session keyring of its own, so that the container neither sees nor fills the caller's. */
static void join_keyring(const struct build *build)
{
    char name[128];
    snprintf(name, sizeof(name), "_ses.%s", build->plan->id);
    long keyring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
    if (keyring >= 0)
        /* So that a process that joins the container later finds it by its name. */
        (void)syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, KEYRING_PERMISSIONS);
    if (keyring >= 0 || errno == ENOSYS)
        return;
    struct error warning = ERROR_INIT;
    int code = errno;
    error_sys(&warning, code, "join a new session keyring");
    if (code == EDQUOT)
        error_add_hint(&warning, "raise kernel.keys.maxkeys, or use --no-new-keyring");
    build_warn(build, &warning);
}

/* Any socket of the namespace takes interface requests; a Unix one exists in every kernel. */
int loopback_up(struct error *err)
{
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        return error_sys(err, errno, "bring up the loopback interface");
    return 0;
}

int namespaces_settle(const struct build *build, struct error *err)
{
    if (setsid() < 0)
        return error_sys(err, errno, "setsid");
    if (build->plan->new_keyring)
        join_keyring(build);
    return build->plan->namespaces.loopback_up ? loopback_up(err) : 0;
}
