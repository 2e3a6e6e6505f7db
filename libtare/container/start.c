/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/api.h"
#include "container/destroy.h"
#include "container/hooks_of.h"
#include "container/launch.h"
#include "container/readiness.h"
#include "container/seccomp-agent.h"
#include "container/unix_socket.h"

static int check_startable(const struct container *container, struct error *err)
{
    int r;
    if (container->status == STATUS_STOPPED)
        r = error_set(err, EINVAL, PHRASE_START_STOPPED);
    else if (container->status == STATUS_RUNNING)
        r = error_set(err, EINVAL, PHRASE_START_RUNNING);
    else if (container->status != STATUS_CREATED)
        r = error_set(err, EINVAL, PHRASE_START_OTHER, status_name(container->status));
    else
        return 0;
    error_set_kind(err, ERROR_WRONG_STATE);
    return r;
}

/* Connect to the waiting init, and see it through to the program. */
static int let_go(const struct container *container, const struct settings *settings,
                  bool *ret_hook_failed, struct error *err)
{
    /* Before the init is let go: without an agent the container stays as it is. */
    _cleanup_(close_fd) int agent = -1;
    int r = seccomp_agent_connect(&container->state->listener, NULL, &agent, err);
    if (r < 0)
        return r;
    _cleanup_(close_fd) int channel = start_socket_connect(container->home.fd, err);
    if (channel == -ECONNREFUSED) {
        /* Whoever started it did not live to remove the socket. */
        unlinkat(container->home.fd, FILE_START, 0);
        error_release(err);
        error_set(err, EINVAL, PHRASE_START_RUNNING);
        error_set_kind(err, ERROR_WRONG_STATE);
        return -EINVAL;
    }
    if (channel < 0)
        return channel;
    const struct launch launch = {
        .channel = channel,
        .agent = &agent,
        .state = container->state,
        .status = "created",
        .pid = container->state->pid,
    };
    r = launch_watch(&launch, settings, ret_hook_failed, err);
    if (r == 0)
        unlinkat(container->home.fd, FILE_START, 0);
    return r;
}

/* The socket has to be there before the program runs. A container that was made without a directory
 * for it has a program that cannot know of it. */
static int listen_for_readiness(const struct container *container,
                                const struct tare_start_options *options, int *ret,
                                struct error *err)
{
    if (!options->notify_socket || !*options->notify_socket)
        return 0;
    *ret = readiness_listen(&container->home, err);
    return *ret == -ENOENT || *ret >= 0 ? 0 : *ret;
}

/* The manager hears of us when the program says that it is ready; if it ends without a word, that is
 * what the manager hears. Others may work with the container meanwhile. */
static int report_readiness(const struct container *container,
                            const struct tare_start_options *options, int socket, struct error *err)
{
    home_unlock(&container->home);
    _cleanup_(close_fd) int pidfd = container_pidfd(container);
    int r = pidfd < 0 ? readiness_read(socket) : readiness_wait(socket, pidfd, NULL, err);
    return r <= 0 ? r : readiness_tell(options->notify_socket, container->state->pid, err);
}

static int start_container(struct container *container, const struct settings *settings,
                           const struct tare_start_options *options, struct error *err)
{
    int r = check_startable(container, err);
    if (r < 0)
        return r;
    if (!container->state->has_process) {
        error_set(err, EINVAL, "there is no program to start: the configuration has no process");
        error_add_where(err, "/process");
        return -EINVAL;
    }
    _cleanup_(close_fd) int readiness = -1;
    r = listen_for_readiness(container, options, &readiness, err);
    if (r < 0)
        return r;
    bool hook_failed = false;
    r = let_go(container, settings, &hook_failed, err);
    if (r == 0) {
        r = hooks_of_run(&container->state->poststart, "poststart", container->state, "running",
                         container->state->pid, NULL, err);
        hook_failed = r < 0;
    }
    /* runtime.md "Lifecycle", steps 7 and 9: stop the container, and go on with its destruction. */
    if (hook_failed) {
        struct error second _cleanup_(error_release) = ERROR_INIT;
        container->status = STATUS_RUNNING;
        if (container_destroy(container, settings, &second) < 0)
            warn_error(settings, &second);
    }
    return r == 0 && readiness >= 0 ? report_readiness(container, options, readiness, err) : r;
}

int tare_container_start(const struct tare_settings *given, const char *id,
                         const struct tare_start_options *given_options, tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct tare_start_options options;
    options_copy(&options, sizeof(options), given_options);
    struct settings settings;
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0)
        r = container_open(&container, &arena, &settings, id, true, err);
    return r < 0 ? r : start_container(&container, &settings, &options, err);
}
