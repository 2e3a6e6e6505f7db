/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "sandbox/build.h"
#include "sandbox/channel.h"
#include "sandbox/exe_guard.h"
#include "sandbox/scheduling.h"

/* A process joins a container that is there.
 *
 * A pid namespace is entered by being born into it, and from that moment on the container's processes
 * see the newcomer. Those that may trace it (CAP_SYS_PTRACE without a user namespace) own whatever it
 * holds: descriptors of the host, the host's root, the way to our executable (CVE-2016-9962,
 * CVE-2019-5736). So everything of the host is given up by an intermediate process that the container
 * cannot see, and what it clones then has nothing to lose: its root is the container's, its
 * descriptors are those of the program and the channel. */

static int enter_root(const struct sandbox_target *target, struct error *err)
{
    if (target->root_fd < 0)
        return 0;
    if (fchdir(target->root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
        return error_sys(err, errno, "chroot into the container");
    return 0;
}

/* All at once: either we are in every namespace of the init, or in none. */
static int enter_namespaces(const struct sandbox_target *target, struct error *err)
{
    if (target->namespaces == 0 || setns(target->pidfd, (int)target->namespaces) == 0)
        return 0;
    int code = errno;
    if (code == ESRCH) {
        error_set(err, ESRCH, PHRASE_EXEC_STOPPED);
        error_set_kind(err, ERROR_WRONG_STATE);
        return -ESRCH;
    }
    error_sys(err, code, "join the namespaces of the container");
    if (code == EPERM)
        error_add_hint(err, "it takes whoever made the container, or root");
    return -code;
}

static int forbid_tracing(struct error *err)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return error_sys(err, errno, "prctl PR_SET_DUMPABLE");
    return 0;
}

int sandbox_join(struct sandbox *sandbox, struct error *err)
{
    struct sandbox_target *target = sandbox->target;
    process_isolate(sandbox->ignored_signals);
    struct build build = {.sandbox = sandbox, .plan = sandbox->plan, .channel = sandbox->channel};
    int r = oom_score_write(0, &sandbox->plan->process, err);
    if (r == 0)
        r = limits_raise(0, &sandbox->plan->process, err);
    if (r == 0)
        r = exe_guard(sandbox->exe_path, EXE_GUARD_OWN_MOUNT, err);
    if (r == 0 && target->before)
        r = target->before(sandbox, target->data, err);
    if (r == 0 && (r = sandbox_lift_fds(sandbox)) < 0)
        error_sys(err, -r, "move an fd out of the payload's range");
    if (r == 0)
        r = forbid_tracing(err);
    if (r == 0)
        r = enter_namespaces(target, err);
    if (r == 0)
        r = enter_root(target, err);
    if (r == 0)
        r = namespaces_become_root(&build, err);
    /* Again: a change of ids sets it as fs.suid_dumpable says. */
    if (r == 0 && build_has_namespace(&build, CLONE_NEWUSER))
        r = forbid_tracing(err);
    close_fd(&target->pidfd);
    close_fd(&target->root_fd);
    return r;
}

static int open_root(struct build *build, struct error *err)
{
    build->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return build->root < 0 ? error_sys(err, errno, "open the container's root") : 0;
}

void sandbox_exec(const struct sandbox *sandbox)
{
    struct error err = ERROR_INIT;
    struct build build = {
        .sandbox = sandbox,
        .plan = sandbox->plan,
        .channel = sandbox->channel,
        .root = -1,
        .proc = -1,
        .arena = ARENA_INIT,
    };
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int r = open_root(&build, &err);
    if (r == 0)
        r = namespaces_settle(&build, &err);
    if (r == 0)
        r = labels_prepare(&build, &err);
    if (r == 0)
        r = terminal_open(&build, &err);
    if (r == 0)
        r = pidfd_send(&build, &err);
    if (r == 0)
        r = process_become(&build, &err);
    if (r == 0)
        r = process_park(&build, &err);
    if (r == 0)
        r = process_start(&build, &err);
    if (r < 0)
        (void)channel_send_error(build.channel, MESSAGE_ERROR, &err);
    _exit(1);
}
