/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

/* NOTIFY_SOCKET: the manager's side is a socket of the test. */

TestSuite(readiness, TEST_SUITE);

static int manager_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                 0);
    return fd;
}

/* The next message, "" when none comes; the descriptor that comes with it is closed, as systemd does
 * when it has dealt with what came before. */
static const char *manager_hear(int fd, int milliseconds)
{
    static char text[512];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = text, .iov_len = sizeof(text) - 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, milliseconds) <= 0)
        return "";
    ssize_t n = recvmsg(fd, &message, 0);
    cr_assert_geq(n, 0);
    text[n] = '\0';
    if (message.msg_controllen >= sizeof(struct cmsghdr)) {
        int received;
        memcpy(&received, CMSG_DATA(&control.header), sizeof(received));
        close(received);
    }
    return text;
}

#define MANAGER WORK "/manager"

static const char *const environment[] = {"NOTIFY_SOCKET=" MANAGER, NULL};
static const struct setting with_manager = {.env = environment};

static struct bundle *create(const char *payload)
{
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "%s", payload);
    bundle_write(bundle);
    assert_status(tare_with(&with_manager, "create", "--bundle", bundle->path, "--pid-file",
                            PID_FILE, bundle->id, NULL),
                  0);
    return bundle;
}

/* The call waits until the manager has taken note: "MAINPID=N\nREADY=1", in `*ret_told`. */
static struct result *hear_through(int manager, pid_t pid, struct result *result,
                                   const char **ret_told)
{
    const char *told = manager_hear(manager, 10000);
    *ret_told = text_format("%s", told);
    cr_assert_str_eq(manager_hear(manager, 10000), "BARRIER=1");
    tare_wait(pid, result);
    return result;
}

Test(readiness, start_returns_when_the_program_is_ready)
{
    int manager = manager_listen(MANAGER);
    struct bundle *bundle =
        create("await /go ; notify STATUS=soon ; notify STATUS=now+READY=1 ; pause");
    struct result *started;
    pid_t pid = tare_start(&with_manager, &started, "start", bundle->id, NULL);

    bundle_await(bundle, "running");
    cr_assert_str_empty(manager_hear(manager, 300));
    cr_assert_eq(waitpid(pid, NULL, WNOHANG), 0, "start did not wait");
    file_write(bundle_path(bundle, "/go"), "now");
    cr_assert_str_eq(manager_hear(manager, 10000),
                     text_format("MAINPID=%d\nREADY=1", (int)bundle_pid()));
    cr_assert_str_eq(manager_hear(manager, 10000), "BARRIER=1");
    tare_wait(pid, started);
    assert_status(started, 0);
    cr_assert_str_empty(manager_hear(manager, 0));
    bundle_delete(bundle);
}

Test(readiness, a_program_that_ends_before_it_is_ready_ends_start)
{
    int manager = manager_listen(MANAGER);
    struct bundle *bundle = create("notify STATUS=failing ; exit 3");
    assert_status(tare_with(&with_manager, "start", bundle->id, NULL), 0);
    cr_assert_str_empty(manager_hear(manager, 0));
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
}

Test(readiness, last_words_count)
{
    int manager = manager_listen(MANAGER);
    struct bundle *bundle = create("notify READY=1 ; exit 0");
    struct result *started;
    const char *told;
    pid_t pid = tare_start(&with_manager, &started, "start", bundle->id, NULL);
    assert_status(hear_through(manager, pid, started, &told), 0);
    assert_contains(told, "READY=1");
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
}

Test(readiness, a_container_that_is_not_ready_can_be_killed)
{
    (void)manager_listen(MANAGER);
    struct bundle *bundle = create("pause");
    struct result *started;
    pid_t pid = tare_start(&with_manager, &started, "start", bundle->id, NULL);
    bundle_await(bundle, "running");
    assert_status(tare("delete", "--force", bundle->id, NULL), 0);
    tare_wait(pid, started);
    assert_status(started, 0);
    unlink(PID_FILE);
}

Test(readiness, the_program_sees_its_own_socket_and_not_the_managers)
{
    int manager = manager_listen(MANAGER);
    struct bundle *bundle = bundle_new();
    bundle_map_users(bundle);
    bundle_set(bundle, "/process/env/-", "\"NOTIFY_SOCKET=/elsewhere\"");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "environ ; ls /run/notify ; create /run/notify/x y ; notify READY=1");
    bundle_write(bundle);
    struct result *result;
    const char *told;
    pid_t pid =
        tare_start(&with_manager, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    hear_through(manager, pid, result, &told);
    assert_status(result, 0);
    assert_contains(result->out, "NOTIFY_SOCKET=/run/notify/notify.sock");
    assert_lacks(result->out, "/elsewhere");
    assert_fact(result, "ls./run/notify", "notify.sock");
    assert_fact(result, "create./run/notify/x", "!EROFS");
    assert_fact(result, "notify./run/notify/notify.sock", "ok");
    assert_contains(told, "READY=1");
}

Test(readiness, run_passes_it_on_while_it_waits)
{
    int manager = manager_listen("@tare-test-manager");
    const char *const env[] = {"NOTIFY_SOCKET=@tare-test-manager", NULL};
    struct bundle *bundle = bundle_new();
    struct result *result;
    bundle_payload(bundle, "notify READY=1 ; await /go ; exit 5");
    bundle_write(bundle);
    pid_t pid = tare_start(&(struct setting){.env = env}, &result, "run", "--bundle", bundle->path,
                           bundle->id, NULL);
    assert_contains(manager_hear(manager, 10000), "READY=1");
    cr_assert_str_eq(manager_hear(manager, 10000), "BARRIER=1");
    file_write(bundle_path(bundle, "/go"), "now");
    tare_wait(pid, result);
    assert_status(result, 5);
}

Test(readiness, run_detached_waits_for_it)
{
    int manager = manager_listen(MANAGER);
    struct bundle *bundle = bundle_new();
    struct result *result;
    const char *told;
    bundle_payload(bundle, "sleep 300 ; notify READY=1 ; pause");
    bundle_write(bundle);
    pid_t pid = tare_start(&with_manager, &result, "run", "--detach", "--bundle", bundle->path,
                           "--pid-file", PID_FILE, bundle->id, NULL);
    assert_status(hear_through(manager, pid, result, &told), 0);
    cr_assert_str_eq(told, text_format("MAINPID=%d\nREADY=1", (int)bundle_pid()));
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

/* Waiting for what may never come has to have an end, and then nothing is left. */
Test(readiness, run_detached_can_be_interrupted)
{
    (void)manager_listen(MANAGER);
    struct bundle *bundle = bundle_new();
    struct result *result;
    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    pid_t pid = tare_start(&with_manager, &result, "run", "--detach", "--bundle", bundle->path,
                           bundle->id, NULL);
    bundle_await(bundle, "running");
    usleep(100000);
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_failed(result, 125, "interrupted by SIGTERM");
}

/* It may say so much that there is always more to be read. */
Test(readiness, a_program_that_never_stops_talking_does_not_keep_run)
{
    (void)manager_listen(MANAGER);
    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;
        bundle_payload(bundle, "notifies STATUS=more");
        bundle_write(bundle);
        pid_t pid = tare_start(&with_manager, &result, "run", "--bundle", bundle->path, bundle->id,
                               i == 0 ? "--detach" : NULL, NULL);
        bundle_await(bundle, "running");
        usleep(100000);
        kill(pid, i == 0 ? SIGTERM : SIGUSR1);
        if (i == 1)
            assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
        tare_wait(pid, result);
        cr_assert_eq(result->status, i == 0 ? 125 : 128 + SIGKILL);
    }
}

Test(readiness, a_manager_that_is_gone_is_an_error_and_the_program_runs_on)
{
    struct bundle *bundle = create("notify READY=1 ; pause");
    struct result *result = tare_with(&with_manager, "start", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "tell NOTIFY_SOCKET " MANAGER);
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

/* Made without: start alone cannot put a socket into the container. */
Test(readiness, without_the_variable_at_create_start_does_not_wait)
{
    (void)manager_listen(MANAGER);
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    assert_status(tare_with(&with_manager, "start", bundle->id, NULL), 0);
    bundle_delete(bundle);
}
