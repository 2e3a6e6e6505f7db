/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/hook.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "base/fd.h"
#include "spec/json.h"
#include "sys/process.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

/* How much of a hook's output is kept for the error text: its last line is in the last of it. */
#define OUTPUT_KEPT 512
/* What a pipe can hold, in pieces of that size: a hook that never stops writing has its timeout, too. */
#define OUTPUT_READS 128

struct output {
    char tail[OUTPUT_KEPT];
    size_t length;
};

/* ---- the state document ---- */

static const struct json_field hook_state_fields[] = {
    JSON_FIELD(struct hook_state, oci_version, "ociVersion", JSON_STRING),
    JSON_FIELD(struct hook_state, id, "id", JSON_STRING),
    JSON_FIELD(struct hook_state, status, "status", JSON_STRING),
    JSON_FIELD(struct hook_state, pid, "pid", JSON_INT),
    JSON_FIELD(struct hook_state, bundle, "bundle", JSON_STRING),
    JSON_FIELD(struct hook_state, annotations, "annotations", JSON_STRING_MAP),
};

JSON_TYPE(struct hook_state, hook_state);

int hook_state_write(struct arena *arena, const char *id, const char *status, pid_t pid,
                     const char *bundle, const struct string_map *annotations, const char **ret,
                     struct error *err)
{
    struct hook_state state = {
        .oci_version = SPEC_VERSION,
        .id = id,
        .status = status,
        .pid = pid,
        .bundle = bundle,
    };
    if (annotations && annotations->n > 0)
        state.annotations = *annotations;
    return json_write(arena, &hook_state_type, &state, "", ret, err);
}

/* The state as a sealed file: a hook reads it and then the end of it, or does not read it at all,
 * and no pipe can fill up or break. Hooks run one after the other, so that the shared offset is
 * rewound for each. */
static int state_file(const char *state, struct error *err)
{
    _cleanup_(close_fd) int fd =
        memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    /* MFD_NOEXEC_SEAL: Linux 6.3. */
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return error_sys(err, errno, "make the state file for hooks");
    int r = fd_write_all(fd, state, strlen(state));
    if (r < 0)
        return error_sys(err, -r, "write the state file for hooks");
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return error_sys(err, errno, "seal the state file for hooks");
    return TAKE_FD(fd);
}

/* ---- running one ---- */

/* In the hook's process: only async-signal-safe calls. */
static _noreturn_ void hook_exec(const struct hook *hook, const char *const *env, int cwd_fd,
                                 int state_fd, int output_fd, const struct hook_output *files)
{
    static const char *const no_env[] = {NULL};
    const char *const default_args[] = {hook->path, NULL};
    struct sigaction default_action = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++) {
        sigaction(s, &default_action, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);

    if (cwd_fd >= 0 && fchdir(cwd_fd) < 0)
        _exit(127);
    /* The ends may themselves be 0, 1 or 2 when our caller had those closed: lift them out of the
     * way. */
    state_fd = fcntl(state_fd, F_DUPFD_CLOEXEC, 3);
    int out = fcntl(files->out >= 0 ? files->out : output_fd, F_DUPFD_CLOEXEC, 3);
    int err = fcntl(files->err >= 0 ? files->err : output_fd, F_DUPFD_CLOEXEC, 3);
    if (state_fd < 0 || out < 0 || err < 0 || dup2(state_fd, 0) < 0 || dup2(out, 1) < 0 ||
        dup2(err, 2) < 0)
        _exit(127);
    sys_close_range(3, ~0u);

    const char *const *args = hook->args.set && hook->args.n > 0 ? hook->args.items : default_args;
    const char *const *its_env = env ? env : no_env;
    if (hook->env.set)
        its_env = hook->env.n > 0 ? hook->env.items : no_env;
    execve(hook->path, (char *const *)(uintptr_t)args, (char *const *)(uintptr_t)its_env);
    int code = errno;
    dprintf(2, "execve: %s\n", strerrordesc_np(code));
    _exit(127);
}

static void output_read(struct output *output, int fd)
{
    char bytes[OUTPUT_KEPT];
    for (int i = 0; i < OUTPUT_READS; i++) {
        ssize_t n = read(fd, bytes, sizeof(bytes));
        if (n <= 0)
            return;
        size_t fresh = (size_t)n;
        size_t kept = output->length + fresh > OUTPUT_KEPT ? OUTPUT_KEPT - fresh : output->length;
        memmove(output->tail, output->tail + output->length - kept, kept);
        memcpy(output->tail + kept, bytes, fresh);
        output->length = kept + fresh;
    }
}

/* The last line that is not empty, in place. */
static const char *output_last_line(struct output *output)
{
    char *text = output->tail;
    size_t n = output->length < OUTPUT_KEPT ? output->length : OUTPUT_KEPT - 1;
    text[n] = '\0';
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == ' ')) {
        text[--n] = '\0';
    }
    const char *newline = strrchr(text, '\n');
    return newline ? newline + 1 : text;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait for the end of the process, not of its output: a hook may leave a daemon behind that holds
 * the pipe. 0, -ETIMEDOUT or -errno; the error is filled by an interruption only. */
static int hook_wait(int pidfd, int output_fd, const struct opt_i64 *timeout, struct output *output,
                     const struct interruption *interruption, struct error *err)
{
    int64_t deadline = -1;
    if (timeout->set)
        deadline = timeout->value > INT64_MAX / 2000 ? INT64_MAX : now_ms() + timeout->value * 1000;
    struct pollfd fds[3] = {{.fd = pidfd, .events = POLLIN},
                            {.fd = output_fd, .events = POLLIN},
                            {.fd = interruption ? interruption->fd : -1, .events = POLLIN}};
    for (;;) {
        int64_t left = deadline < 0 ? -1 : deadline - now_ms();
        if (deadline >= 0 && left <= 0)
            return -ETIMEDOUT;
        int r = poll(fds, ELEMENTSOF(fds), left > INT32_MAX ? INT32_MAX : (int)left);
        if (r < 0 && errno != EINTR)
            return -errno;
        if (r <= 0)
            continue;
        if (fds[1].revents)
            output_read(output, output_fd);
        if (fds[0].revents)
            return 0;
        if (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
            fds[1].fd = -1;
        if (interruption && fds[2].revents &&
            (r = interruption->check(interruption->data, err)) < 0)
            return r;
    }
}

static int hook_judge(int status, struct output *output, struct error *err)
{
    if (status == 0)
        return 0;
    const char *line = output_last_line(output);
    const char *colon = line[0] ? ": " : "";
    if (WIFSIGNALED(status))
        return error_set(err, ECANCELED, "killed by signal %d%s%s", WTERMSIG(status), colon, line);
    return error_set(err, ECANCELED, "exit status %d%s%s", WEXITSTATUS(status), colon, line);
}

static int hook_run(const struct hook *hook, int state_fd, const char *const *env, int cwd_fd,
                    const struct hook_output *files, const struct interruption *interruption,
                    struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(err, errno, "make a pipe");
    _cleanup_(close_fd) int output_fd = ends[0];
    _cleanup_(close_fd) int write_end = ends[1];
    if (fcntl(output_fd, F_SETFL, O_NONBLOCK) < 0 || lseek(state_fd, 0, SEEK_SET) < 0)
        return error_sys(err, errno, "prepare its output and input");

    _cleanup_(close_fd) int pidfd = -1;
    pid_t pid = sys_clone3(0, -1, &pidfd);
    if (pid < 0)
        return error_sys(err, -pid, "clone3");
    if (pid == 0)
        hook_exec(hook, env, cwd_fd, state_fd, write_end, files);
    close_fd(&write_end);

    struct output output = {.length = 0};
    struct error interrupted _cleanup_(error_release) = ERROR_INIT;
    int waited = hook_wait(pidfd, output_fd, &hook->timeout, &output, interruption, &interrupted);
    if (waited < 0) {
        /* The leader is not reaped yet, so that its group number cannot be anyone else's. */
        kill(-pid, SIGKILL);
        sys_pidfd_send_signal(pidfd, SIGKILL);
    }
    int status = 0;
    int r = sys_pidfd_wait(pidfd, &status);
    if (waited == -ETIMEDOUT)
        return error_set(err, ETIMEDOUT, "ran past its timeout of %lld s and was killed",
                         (long long)hook->timeout.value);
    if (interrupted.code > 0) {
        error_move(err, &interrupted);
        return waited;
    }
    if (waited < 0 || r < 0)
        return error_sys(err, waited < 0 ? -waited : -r, "wait for it");
    output_read(&output, output_fd);
    return hook_judge(status, &output, err);
}

int hooks_run(const struct hook_list *hooks, const char *phase, const char *state,
              const char *const *env, int cwd_fd, const struct hook_output *files,
              const struct interruption *interruption, struct error *err)
{
    if (hooks->n == 0)
        return 0;
    _cleanup_(close_fd) int state_fd = state_file(state, err);
    if (state_fd < 0)
        return state_fd;
    for (size_t i = 0; i < hooks->n; i++) {
        const struct hook *hook = &hooks->items[i];
        if (hook_run(hook, state_fd, env, cwd_fd, files, interruption, err) < 0) {
            error_add_where(err, "/hooks/%s/%zu", phase, i);
            return error_wrap(err, "%s hook %zu (%s) failed", phase, i + 1, hook->path);
        }
    }
    return 0;
}

int program_run(const char *path, const char **args, struct error *err)
{
    struct hook program = {.path = path, .args = {.set = true, .items = args}};
    while (args[program.args.n])
        program.args.n++;
    _cleanup_(close_fd) int nothing = state_file("", err);
    return nothing < 0 ? nothing
                       : hook_run(&program, nothing, NULL, -1, &HOOK_OUTPUT_NONE, NULL, err);
}
