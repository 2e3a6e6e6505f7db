/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/criu.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "sys/child.h"
#include "sys/fd_passing.h"
#include "sys/process.h"

/* Larger than any of CRIU's answers. */
#define REPLY_LIMIT 16384

#define SOCKET_FD 3

/* Where programs of the administrator are, for callers that have no PATH. CRIU looks for ip, iptables and
 * tar there, too. */
#define SYSTEM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- the program ---- */

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
}

static bool find_in(const char *path, const char *name, char program[PATH_MAX])
{
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, ":");
        int length = snprintf(program, PATH_MAX, "%.*s/%s", (int)n, p, name);
        /* A relative directory would depend on where the caller stands. */
        if (p[0] == '/' && length < PATH_MAX && is_program(program))
            return true;
        p += n + (p[n] == ':');
    }
    return false;
}

static bool find_program(const char *name, char program[PATH_MAX])
{
    const char *path = getenv("PATH");
    return (path && find_in(path, name, program)) || find_in(SYSTEM_PATH, name, program);
}

static int find_criu(char program[PATH_MAX], struct error *err)
{
    if (find_program("criu", program))
        return 0;
    int r = error_set(err, ENOENT, "criu is not there: neither in PATH nor in " SYSTEM_PATH);
    error_set_kind(err, ERROR_UNSUPPORTED);
    error_add_hint(err, "install criu, %u.%u or newer", CRIU_VERSION_NEEDED / 10000,
                   CRIU_VERSION_NEEDED / 100 % 100);
    return r;
}

int criu_look(struct error *err)
{
    char program[PATH_MAX];
    return find_criu(program, err);
}

bool criu_has_iptables(void)
{
    char program[PATH_MAX];
    return find_program("iptables-restore", program);
}

/* ---- in the child ---- */

static void reset_signals(void)
{
    struct sigaction default_action = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &default_action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Lift an fd out of the way of the numbers that are about to be given. */
static int lift(int fd, size_t n_fds)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, CRIU_FIRST_FD + (int)n_fds);
}

/* `report` and the launch's fds under their numbers; nothing else is left. */
static int arrange_fds(const struct criu_launch *launch, int socket, int *report)
{
    size_t n = launch->n_fds;
    *report = lift(*report, n);
    socket = lift(socket, n);
    if (*report < 0 || socket < 0)
        return -errno;
    /* One more: of none, calloc may give NULL. */
    _cleanup_(free_ptr) int *lifted = calloc(n + 1, sizeof(*lifted));
    if (!lifted)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        if ((lifted[i] = lift(launch->fds[i], n)) < 0)
            return -errno;
    for (size_t i = 0; i < n; i++)
        if (dup2(lifted[i], CRIU_FIRST_FD + (int)i) < 0)
            return -errno;
    if (dup2(socket, SOCKET_FD) < 0)
        return -errno;
    if (launch->keep_stdio)
        return 0;
    _cleanup_(close_fd) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        if (null < 0 || dup2(null, fd) < 0)
            return -errno;
    return 0;
}

static int become_criu(const struct criu_launch *launch, const char *program, int socket,
                       int *report, struct error *err)
{
    reset_signals();
    int r = launch->prepare ? launch->prepare(launch->data, err) : 0;
    if (r < 0)
        return r;
    r = arrange_fds(launch, socket, report);
    if (r == 0)
        r = sys_cloexec_range(CRIU_FIRST_FD + (unsigned)launch->n_fds, ~0u);
    if (r == 0 && !getenv("PATH") && setenv("PATH", SYSTEM_PATH, 1) < 0)
        r = -errno;
    if (r < 0)
        return error_sys(err, -r, "prepare the descriptors of criu");
    execl(program, "criu", "swrk", "3", (char *)NULL);
    return error_sys(err, errno, "execute %s", program);
}

/* ---- starting it ---- */

static int start(struct criu *criu, const struct criu_launch *launch, const char *program,
                 struct error *err)
{
    int pair[2], ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(err, errno, "socketpair");
    criu->socket = pair[0];
    _cleanup_(close_fd) int theirs = pair[1];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(err, errno, "pipe");
    _cleanup_(close_fd) int from = ends[0];
    _cleanup_(close_fd) int report = ends[1];
    pid_t pid = sys_clone3(launch->namespaces, launch->cgroup_fd, &criu->pidfd);
    if (pid < 0)
        return error_sys(err, -pid, "clone a process for criu");
    if (pid == 0) {
        struct error failure = ERROR_INIT;
        (void)become_criu(launch, program, theirs, &report, &failure);
        child_report(report, &failure);
    }
    criu->pid = pid;
    close_fd(&report);
    return child_hear(from, err);
}

static int ask_version(struct criu *criu, struct error *err)
{
    const struct criu_request request = {.type = CRIU_VERSION, .keep_open = true};
    struct criu_reply reply;
    int r = criu_call(criu, &request, NULL, &reply, err);
    if (r < 0)
        return r;
    if (!reply.success || reply.version == 0) {
        r = error_set(err, EOPNOTSUPP, "criu does not tell its version");
        error_set_kind(err, ERROR_UNSUPPORTED);
        return r;
    }
    criu->version = reply.version;
    return criu_require(criu, CRIU_VERSION_NEEDED, "tare", err);
}

int criu_start(struct criu *criu, const struct criu_launch *launch, struct error *err)
{
    char program[PATH_MAX];
    int r = find_criu(program, err);
    if (r == 0)
        r = start(criu, launch, program, err);
    return r < 0 ? r : ask_version(criu, err);
}

int criu_require(const struct criu *criu, unsigned version, const char *what, struct error *err)
{
    if (criu->version >= version)
        return 0;
    int r = error_set(err, EOPNOTSUPP, "criu %u.%u.%u is too old: %s needs %u.%u",
                      criu->version / 10000, criu->version / 100 % 100, criu->version % 100, what,
                      version / 10000, version / 100 % 100);
    error_set_kind(err, ERROR_UNSUPPORTED);
    return r;
}

/* ---- requests ---- */

static int send_request(const struct criu *criu, const struct criu_request *request,
                        struct error *err)
{
    struct protobuf message _cleanup_(protobuf_release) = PROTOBUF_INIT;
    criu_request_write(&message, request);
    int r = message.failed ? -ENOMEM : fd_passing_send(criu->socket, message.bytes, message.n, -1);
    if (r == -EPIPE)
        return error_set(err, EPIPE, "criu ended before it was asked anything");
    return r < 0 ? error_sys(err, -r, "talk to criu") : 0;
}

/* Until CRIU says something, or the listener is interrupted. */
static int await_reply(const struct criu *criu, const struct criu_listener *listener,
                       struct error *err)
{
    const struct interruption *interruption = listener ? &listener->interruption : NULL;
    struct pollfd fds[] = {
        {.fd = criu->socket, .events = POLLIN},
        {.fd = interruption ? interruption->fd : -1, .events = POLLIN},
    };
    for (;;) {
        if (poll(fds, ELEMENTSOF(fds), -1) < 0) {
            if (errno == EINTR)
                continue;
            return error_sys(err, errno, "poll");
        }
        int r = interruption && fds[1].revents ? interruption->check(interruption->data, err) : 0;
        if (r < 0 || fds[0].revents)
            return r;
    }
}

static int receive_reply(const struct criu *criu, const struct criu_listener *listener,
                         struct criu_reply *ret, int *ret_fd, struct error *err)
{
    int r = await_reply(criu, listener, err);
    if (r < 0)
        return r;
    _cleanup_(free_ptr) uint8_t *bytes = malloc(REPLY_LIMIT);
    if (!bytes)
        return error_sys(err, ENOMEM, "talk to criu");
    long n = fd_passing_receive(criu->socket, bytes, REPLY_LIMIT, ret_fd);
    if (n < 0 && n != -ECONNRESET)
        return error_sys(err, (int)-n, "talk to criu");
    if (n <= 0)
        return error_set(err, ECHILD, "criu ended without an answer");
    r = criu_reply_read(bytes, (size_t)n, ret);
    return r < 0 ? error_sys(err, -r, "read the answer of criu") : 0;
}

static int notice(struct criu *criu, const struct criu_listener *listener,
                  const struct criu_reply *notification, int *fd, struct error *err)
{
    int r = listener ? listener->notice(listener->data, notification, fd, err) : 0;
    const struct criu_request answer = {.type = CRIU_NOTIFY, .notify_success = r == 0};
    int sent = send_request(criu, &answer, r < 0 ? NULL : err);
    return r < 0 ? r : sent;
}

int criu_call(struct criu *criu, const struct criu_request *request,
              const struct criu_listener *listener, struct criu_reply *ret, struct error *err)
{
    int r = send_request(criu, request, err);
    int refused = 0;
    *ret = (struct criu_reply){0};
    while (r == 0) {
        _cleanup_(close_fd) int fd = -1;
        r = receive_reply(criu, listener, ret, &fd, refused < 0 ? NULL : err);
        if (r < 0 || ret->type != CRIU_NOTIFY)
            break;
        /* CRIU takes back what it has done, and then answers. */
        r = notice(criu, listener, ret, &fd, refused < 0 ? NULL : err);
        if (r < 0) {
            refused = refused < 0 ? refused : r;
            r = 0;
        }
    }
    return refused < 0 ? refused : r;
}

int criu_wait(struct criu *criu, struct error *err)
{
    int status;
    close_fd(&criu->socket);
    int r = sys_pidfd_wait(criu->pidfd, &status);
    close_fd(&criu->pidfd);
    return r < 0 ? error_sys(err, -r, "wait for criu") : 0;
}

void criu_end(struct criu *criu)
{
    if (criu->pidfd >= 0) {
        (void)sys_pidfd_send_signal(criu->pidfd, SIGKILL);
        (void)criu_wait(criu, NULL);
    }
    close_fd(&criu->socket);
}
