/* SPDX-License-Identifier: Apache-2.0 */
#include "container/state.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/status.h"
#include "sys/process.h"

static char root[] = "/tmp/tare-unit-state-XXXXXX";
static struct arena arena;
static struct home home;

static void make_home(void)
{
    cr_assert(mkdtemp(root));
    cr_assert_eq(home_make(&home, &arena, root, "c1", NULL), 0);
}

static void remove_home(void)
{
    home_remove(&home, NULL);
    home_release(&home);
    rmdir(root);
    arena_release(&arena);
}

TestSuite(state, .init = make_home, .fini = remove_home);

static const char *hook_args[] = {"hook", "--loud", NULL};
static struct string_pair annotations[] = {{"k", "v"}, {"empty", ""}};
static struct hook hooks[] = {
    {.path = "/bin/hook",
     .args = {.set = true, .n = 2, .items = hook_args},
     .timeout = {.set = true, .value = 5}},
    {.path = "/bin/second"},
};
static const struct state full = {
    .oci_version = "1.3.0",
    .id = "c1",
    .pid = 4711,
    .start_time = 18446744073709551615U,
    .bundle = "/b",
    .rootfs = "/b/r \"quoted\"",
    .created = "2026-11-22T00:59:21.366601772Z",
    .owner = 1000,
    .private_pids = true,
    .has_process = true,
    .cgroup_mount = "/sys/fs/cgroup",
    .cgroup_path = "/a/c1",
    .cgroup_top = "/a",
    .cgroup_created = true,
    .annotations = {.set = true, .n = 2, .items = annotations},
    .poststart = {.set = true, .n = 1, .items = hooks},
    .poststop = {.set = true, .n = 2, .items = hooks},
};

Test(state, comes_back_as_it_was_written)
{
    struct state *state;
    bool creating;
    cr_assert_eq(state_write(&home, &arena, &full, NULL), 0);
    cr_assert_eq(state_read(&home, &arena, &state, &creating, NULL), 0);
    cr_assert(creating);
    cr_assert_eq(state_complete(&home, NULL), 0);
    cr_assert_eq(state_read(&home, &arena, &state, &creating, NULL), 0);
    cr_assert(!creating);

    cr_assert_str_eq(state->id, "c1");
    cr_assert_eq(state->pid, 4711);
    cr_assert_eq(state->start_time, full.start_time);
    cr_assert_str_eq(state->rootfs, full.rootfs);
    cr_assert_str_eq(state->created, full.created);
    cr_assert_eq(state->owner, 1000);
    cr_assert(state->private_pids && state->has_process && state->cgroup_created);
    cr_assert_str_eq(state->cgroup_top, "/a");
    cr_assert_eq(state->annotations.n, 2);
    cr_assert_str_eq(state->annotations.items[1].key, "empty");
    cr_assert_str_eq(state->annotations.items[1].value, "");
    cr_assert_eq(state->poststart.n, 1);
    cr_assert_str_eq(state->poststart.items[0].args.items[1], "--loud");
    cr_assert_null(state->poststart.items[0].args.items[2]);
    cr_assert(!state->poststart.items[0].env.set);
    cr_assert_eq(state->poststart.items[0].timeout.value, 5);
    cr_assert_eq(state->poststop.n, 2);
    cr_assert(!state->poststop.items[1].timeout.set);
}

static void append(const char *text)
{
    int fd = openat(home.fd, FILE_CREATING, O_WRONLY | O_APPEND | O_CLOEXEC);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

Test(state, what_was_written_last_counts)
{
    const struct state note = {.oci_version = "1.3.0", .id = "c1", .cgroup_path = "/noted"};
    const struct settings settings = {.root = root};
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct state *state;
    bool creating;

    cr_assert_eq(state_write(&home, &arena, &note, NULL), 0);
    append("{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"pid\":4");
    cr_assert_eq(state_read(&home, &arena, &state, &creating, NULL), 0, "a torn line is none");
    cr_assert_str_eq(state->cgroup_path, "/noted");
    cr_assert_eq(container_open(&container, &arena, &settings, "c1", false, NULL), 0);
    cr_assert_null(container.state);
    cr_assert_str_eq(container.note->cgroup_path, "/noted");
    cr_assert_eq(container.status, STATUS_CREATING);

    append("\n");
    cr_assert_eq(state_write(&home, &arena, &full, NULL), 0);
    cr_assert_eq(state_read(&home, &arena, &state, &creating, NULL), 0);
    cr_assert_eq(state->pid, 4711);
}

Test(state, a_first_line_that_is_torn_is_no_state)
{
    struct state *state;
    bool creating;
    int fd = openat(home.fd, FILE_CREATING, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(fd);
    cr_assert_eq(state_read(&home, &arena, &state, &creating, NULL), -ENOENT);
    append("{\"ociVersion\":");
    cr_assert_eq(state_read(&home, &arena, &state, &creating, NULL), -ENOENT);
}

Test(state, is_private)
{
    struct stat st;
    cr_assert_eq(state_write(&home, &arena, &full, NULL), 0);
    cr_assert_eq(fstatat(home.fd, FILE_CREATING, &st, 0), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    cr_assert_eq(fstat(home.fd, &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0700);
}

Test(state, a_directory_is_made_once)
{
    struct home second;
    struct error err = ERROR_INIT;
    cr_assert_lt(home_make(&second, &arena, root, "c1", &err), 0);
    cr_assert_eq(err.kind, ERROR_EXISTS);
    error_release(&err);
}

Test(state, an_unknown_container_is_not_found)
{
    struct home none;
    struct error err = ERROR_INIT;
    cr_assert_lt(home_open(&none, &arena, root, "c2", &err), 0);
    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
    error_release(&err);
}

static enum status status_now(void)
{
    const struct settings settings = {.root = root};
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    cr_assert_eq(container_open(&container, &arena, &settings, "c1", false, NULL), 0);
    return container.status;
}

static struct state of_this_process(void)
{
    struct state state = full;
    state.cgroup_mount = NULL;
    state.pid = getpid();
    cr_assert_eq(process_start_time(state.pid, &state.start_time), 0);
    return state;
}

Test(state, status_is_what_the_files_and_the_process_say)
{
    struct state state = of_this_process();
    cr_assert_eq(status_now(), STATUS_CREATING, "nothing is written yet");
    cr_assert_eq(state_write(&home, &arena, &state, NULL), 0);
    cr_assert_eq(status_now(), STATUS_CREATING);
    cr_assert_eq(state_complete(&home, NULL), 0);
    cr_assert_eq(status_now(), STATUS_RUNNING);
    int fd = openat(home.fd, FILE_START, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert_eq(status_now(), STATUS_CREATED);
}

Test(state, another_process_with_the_same_pid_is_not_ours)
{
    struct state state = of_this_process();
    state.start_time++;
    cr_assert_eq(state_write(&home, &arena, &state, NULL), 0);
    cr_assert_eq(state_complete(&home, NULL), 0);
    cr_assert_eq(status_now(), STATUS_STOPPED);
}

Test(state, timestamps_are_utc_with_nanoseconds)
{
    static const struct {
        struct timespec time;
        const char *text;
    } cases[] = {
        {{0, 0}, "1970-01-01T00:00:00.000000000Z"},
        {{951782399, 5}, "2000-02-28T23:59:59.000000005Z"},
        {{951782400, 0}, "2000-02-29T00:00:00.000000000Z"},
        {{951868800, 0}, "2000-03-01T00:00:00.000000000Z"},
        {{1795309161, 366601772}, "2026-11-22T00:59:21.366601772Z"},
        {{4107542399, 999999999}, "2100-02-28T23:59:59.999999999Z"},
        {{4107542400, 0}, "2100-03-01T00:00:00.000000000Z"},
        {{1798761599, 0}, "2026-12-31T23:59:59.000000000Z"},
    };
    for (size_t i = 0; i < ELEMENTSOF(cases); i++)
        cr_expect_str_eq(timestamp_format(&arena, &cases[i].time), cases[i].text);
}
