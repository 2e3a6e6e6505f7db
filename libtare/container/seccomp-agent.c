/* SPDX-License-Identifier: Apache-2.0 */
#include "container/seccomp-agent.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "container/talk.h"
#include "container/unix_socket.h"
#include "sandbox/hook.h"
#include "sys/fd_passing.h"

struct process_state {
    const char *oci_version;
    struct strings fds;
    pid_t pid;
    const char *metadata;
    struct hook_state state;
};

static const struct json_field process_state_fields[] = {
    JSON_FIELD(struct process_state, oci_version, "ociVersion", JSON_STRING),
    JSON_FIELD(struct process_state, fds, "fds", JSON_STRINGS),
    JSON_FIELD(struct process_state, pid, "pid", JSON_INT),
    JSON_FIELD(struct process_state, metadata, "metadata", JSON_STRING),
    JSON_FIELD(struct process_state, state, "state", JSON_EMBEDDED, .type = &hook_state_type),
};

static JSON_TYPE(struct process_state, process_state);

static int failed(const struct plan_listener *listener, int r, struct error *err)
{
    error_add_where(err, "%s", listener->where);
    error_add_hint(err, "the seccomp agent has to listen there, on a stream socket");
    return r;
}

int seccomp_agent_check(const struct plan_listener *listener, struct error *err)
{
    struct stat st;
    if (!listener->path)
        return 0;
    if (stat(listener->path, &st) < 0)
        return failed(listener, error_sys(err, errno, "seccomp agent %s", listener->path), err);
    if (!S_ISSOCK(st.st_mode))
        return failed(listener, error_sys(err, ENOTSOCK, "seccomp agent %s", listener->path), err);
    return 0;
}

int seccomp_agent_connect(const struct plan_listener *listener, struct hold *hold, int *ret,
                          struct error *err)
{
    *ret = -1;
    if (!listener->path)
        return 0;
    int fd = unix_connect(listener->path, "seccomp agent", hold, err);
    if (fd < 0)
        return failed(listener, fd, err);
    *ret = fd;
    return 0;
}

/* Until there is room for more. */
static int wait_for_room(int agent, struct hold *hold, struct error *err)
{
    struct pollfd fds[] = {{.fd = agent, .events = POLLOUT},
                           {.fd = hold ? hold->fd : -1, .events = POLLIN}};
    if (poll(fds, ELEMENTSOF(fds), -1) < 0)
        return errno == EINTR ? 0 : error_sys(err, errno, "poll");
    return fds[1].revents ? talk_check_interruption(hold, err) : 0;
}

/* The fd goes with the first bytes, whether or not they are all. */
static int send_all(int agent, const char *path, const char *bytes, int fd, struct hold *hold,
                    struct error *err)
{
    for (size_t n = strlen(bytes); n > 0;) {
        long sent = fd_passing_send_some(agent, bytes, n, fd);
        int r = sent == -EAGAIN ? wait_for_room(agent, hold, err) : 0;
        if (r < 0)
            return r;
        if (sent == -EAGAIN)
            continue;
        if (sent < 0)
            return error_sys(err, (int)-sent, "send the seccomp listener to %s", path);
        bytes += sent;
        n -= (size_t)sent;
        fd = -1;
    }
    return 0;
}

int seccomp_agent_send(int agent, const struct state *state, const char *status, pid_t pid,
                       int listener, struct hold *hold, struct error *err)
{
    static const char *names[] = {"seccompFd", NULL};
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    const struct process_state document = {
        .oci_version = SPEC_VERSION,
        .fds = {.set = true, .n = 1, .items = names},
        .pid = pid,
        .metadata = state->listener.metadata,
        .state = {.oci_version = SPEC_VERSION,
                  .id = state->id,
                  .status = status,
                  .pid = state->pid,
                  .bundle = state->bundle,
                  .annotations = state->annotations},
    };
    const char *json;
    int r = json_write(&arena, &process_state_type, &document, "", &json, err);
    if (r < 0)
        return r;
    r = send_all(agent, state->listener.path, json, listener, hold, err);
    return r < 0 ? failed(&state->listener, r, err) : 0;
}
