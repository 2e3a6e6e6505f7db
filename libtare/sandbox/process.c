/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "sandbox/build.h"
#include "sandbox/scheduling.h"

/* What our caller left in the process and the payload must not inherit: ignored and blocked
 * signals; handlers are gone by the clone. And the child does not outlive a maker that dies half-way:
 * nobody else would undo what is there. */
mode_t process_isolate(uint64_t ignored_signals)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int s = 1; ignored_signals; s++, ignored_signals >>= 1)
        if (ignored_signals & 1)
            sigaction(s, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Files and directories inside get the modes that the plan says. */
    return umask(0);
}

int oom_score_write(pid_t pid, const struct plan_process *process, struct error *err)
{
    const struct opt_i32 *score = &process->oom_score_adj;
    if (!score->set)
        return 0;
    char path[64] = "/proc/self/oom_score_adj";
    if (pid != 0)
        snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
    char text[16];
    int n = snprintf(text, sizeof(text), "%d", score->value);
    int r = file_write(AT_FDCWD, path, text, (size_t)n);
    if (r < 0) {
        error_sys(err, -r, "set the OOM score to %d", score->value);
        error_add_where(err, "/process/oomScoreAdj");
        if (r == -EACCES)
            error_add_hint(err, "lowering it below the caller's takes CAP_SYS_RESOURCE");
    }
    return r;
}

/* By the host's /proc, which is still ours to see. In a user namespace the maker does it, who may.
 */
int oom_score_set(const struct build *build, struct error *err)
{
    return build_has_namespace(build, CLONE_NEWUSER)
               ? 0
               : oom_score_write(0, &build->plan->process, err);
}
