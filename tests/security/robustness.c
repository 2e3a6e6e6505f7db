/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/terminal.h"
#include "tests/support/text.h"

/* Odd callers and odd images: no hang, no crash, no trace. */

TestSuite(robustness, TEST_SUITE);

/* ---- images ---- */

/* HOME is looked up in it, as root and before the program runs. */
Test(robustness, a_passwd_that_is_no_file_does_no_harm)
{
    for (int i = 0; i < 5; i++) {
        struct bundle *bundle = bundle_new();
        char *passwd = bundle_path(bundle, "/etc/passwd");
        struct result *result;

        directory_make(bundle_path(bundle, "/etc"));
        if (i == 0)
            cr_assert_eq(mknod(passwd, S_IFIFO | 0666, 0), 0);
        else if (i == 1)
            directory_make(passwd);
        else if (i == 2)
            cr_assert_eq(symlink("/proc/1/environ", passwd), 0);
        else if (i == 3)
            cr_assert_eq(symlink("passwd", passwd), 0);
        else {
            file_write(passwd, "%s", text_repeat("x", 100000));
            cr_assert_eq(truncate(passwd, 1L << 30), 0);
        }
        bundle_payload(bundle, "say hello");
        result = bundle_run_ok(bundle);
        assert_fact(result, "say", "hello");
    }
}

Test(robustness, looping_and_deep_links_end)
{
    struct bundle *bundle = bundle_new();

    cr_assert_eq(symlink("/b", bundle_path(bundle, "/a")), 0);
    cr_assert_eq(symlink("/a", bundle_path(bundle, "/b")), 0);
    bundle_mount(bundle, "tmpfs", "tmpfs", "/a/x", NULL);
    assert_run_fails(bundle, "/mounts/7", "symbolic links");
    bundle = bundle_new();
    cr_assert_eq(symlink("a", bundle_path(bundle, "/a")), 0);
    bundle_set(bundle, "/process/cwd", "\"/a\"");
    assert_run_fails(bundle, "symbolic links");
}

Test(robustness, strange_mount_targets_stay_inside)
{
    static const char *const targets[] = {
        "..", "/", "//", "/../../..", "/dev/../../x", "/proc/../etc", "/./a//b/", "/payload"};

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;

        bundle_mount(bundle, "tmpfs", "tmpfs", targets[i], NULL);
        result = bundle_run(bundle);
        cr_assert_lt(result->status, 128, "%s: %d", targets[i], result->status);
        assert_nothing_left();
    }
}

Test(robustness, paths_longer_than_the_kernel_takes_are_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_mount(bundle, "tmpfs", "tmpfs", text_repeat("/x", 3000), NULL);
    assert_run_fails(bundle, "/mounts/7");
    bundle = bundle_new();
    bundle_mount(bundle, "tmpfs", "tmpfs", text_format("/%s", text_repeat("x", 300)), NULL);
    assert_run_fails(bundle, "/mounts/7", "file name too long");
    bundle = bundle_new();
    bundle_args(bundle, text_format("/%s", text_repeat("x", 300)), NULL);
    cr_assert_neq(bundle_run(bundle)->status, 0);
    assert_nothing_left();
}

/* ---- callers ---- */

static void check_caller(void (*prepare)(const void *data), const void *data)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = prepare, .data = data};
    struct result *result;

    bundle_payload(bundle, "say hello ; exit 7");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 7);
    assert_fact(result, "say", "hello");
    assert_nothing_left();
}

static void limit_files(const void *data)
{
    (void)data;
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){16, 1024});
}

Test(robustness, sixteen_descriptors_are_enough)
{
    check_caller(limit_files, NULL);
}

static void no_new_privileges(const void *data)
{
    (void)data;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

Test(robustness, no_new_privileges_may_be_on)
{
    check_caller(no_new_privileges, NULL);
}

static void strange_umask(const void *data)
{
    (void)data;
    umask(0777);
}

Test(robustness, a_strict_umask_does_no_harm)
{
    check_caller(strange_umask, NULL);
}

static void deleted_directory(const void *data)
{
    (void)data;
    mkdir(WORK "/gone", 0755);
    if (chdir(WORK "/gone") < 0 || rmdir(WORK "/gone") < 0)
        _exit(205);
}

Test(robustness, a_deleted_working_directory_does_no_harm)
{
    check_caller(deleted_directory, NULL);
}

static void not_dumpable(const void *data)
{
    (void)data;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    setpriority(PRIO_PROCESS, 0, 5);
}

Test(robustness, process_attributes_of_the_caller_do_no_harm)
{
    check_caller(not_dumpable, NULL);
}

static void limit_size(const void *data)
{
    (void)data;
    signal(SIGXFSZ, SIG_DFL);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, RLIM_INFINITY});
}

/* The state cannot be written: an error, not a dead runtime. */
Test(robustness, a_file_size_limit_of_0_is_an_error)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = limit_size};
    struct result *result;

    bundle_write(bundle);
    result = tare_with(&setting, "create", "--bundle", bundle->path, bundle->id, NULL);
    cr_assert_neq(result->status, 0);
    cr_assert_str_empty(tare("list", "--quiet", NULL)->out);
    tare("delete", "--force", bundle->id, NULL);
    assert_nothing_left();
}

/* ---- interrupted ---- */

Test(robustness, an_interrupted_create_leaves_nothing)
{
    for (int i = 0; i < 20; i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;
        pid_t pid;

        bundle_payload(bundle, "pause");
        bundle_write(bundle);
        pid = tare_start(NULL, &result, "create", "--bundle", bundle->path, bundle->id, NULL);
        usleep((useconds_t)(i * 300));
        kill(pid, SIGTERM);
        tare_wait(pid, result);
        /* Before anything was made, in the middle of it, or after it: an error that was reported has
         * undone everything. */
        if (result->status != 1)
            assert_status(tare("delete", "--force", bundle->id, NULL), 0);
        assert_nothing_left();
    }
}

/* Nobody can undo anything after SIGKILL. The init goes by itself, and the state is cleared by force; an empty
 * cgroup may stay that nothing knew of yet. */
Test(robustness, a_killed_create_can_be_deleted)
{
    for (int i = 0; i < 20; i++) {
        struct bundle *bundle = bundle_new();
        char *cgroup = text_format("/%s", bundle->id);
        struct result *result;
        pid_t pid;

        bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", cgroup);
        bundle_payload(bundle, "pause");
        bundle_write(bundle);
        pid = tare_start(NULL, &result, "create", "--bundle", bundle->path, bundle->id, NULL);
        usleep((useconds_t)(i * 300));
        kill(pid, SIGKILL);
        tare_wait(pid, result);
        assert_status(tare("delete", "--force", bundle->id, NULL), 0);
        cr_assert_str_eq(bundle_status(bundle), "none");
        for (int n = 0; n < 2000 && file_exists(text_format("/sys/fs/cgroup%s", cgroup)); n++) {
            rmdir(text_format("/sys/fs/cgroup%s", cgroup));
            usleep(5000);
        }
        assert_nothing_left();
    }
}

/* ---- console sockets ---- */

Test(robustness, a_console_socket_that_never_reads_does_not_hang)
{
    struct bundle *bundle = bundle_new();
    int listener = console_socket_listen(WORK "/console");

    bundle_set(bundle, "/process/terminal", "true");
    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    tare("create", "--bundle", bundle->path, "--console-socket", WORK "/console", bundle->id, NULL);
    close(listener);
    assert_status(tare("delete", "--force", bundle->id, NULL), 0);
}

Test(robustness, a_datagram_console_socket_is_refused)
{
    struct bundle *bundle = bundle_new();
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = WORK "/console"};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    bundle_set(bundle, "/process/terminal", "true");
    bundle_write(bundle);
    assert_failed(tare("create", "--bundle", bundle->path, "--console-socket", WORK "/console",
                       bundle->id, NULL),
                  1, WORK "/console");
    close(fd);
}

/* ---- state that someone has touched ---- */

Test(robustness, a_recycled_pid_is_not_killed)
{
    struct bundle *bundle = bundle_new();
    char *path = text_format("%s/%s/state.json", STATE, bundle->id);
    pid_t stranger = fork();
    struct json *state;
    const char *text;
    char *document;
    int status;

    if (stranger == 0) {
        /* Should the test fail: Criterion waits for whoever has its pipe. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    /* Identity is pid and start time, which the kernel counts in hundredths of a second. */
    usleep(50000);
    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    /* The document that was written last counts, each is a line. */
    text = file_read(path);
    for (const char *end = strchr(text, '\n'); end != NULL && end[1] != '\0';
         end = strchr(text, '\n'))
        text = end + 1;
    state = json_try_parse(text);
    cr_assert(state != NULL && json_at(state, "/pid") != NULL, "%s", text);
    json_set(state, "/pid", text_format("%d", stranger));
    document = json_write(state);
    for (char *end = strchr(document, '\n'); end != NULL; end = strchr(end, '\n'))
        *end = ' ';
    file_write(path, "%s\n", document);
    cr_assert_str_eq(bundle_status(bundle), "stopped");
    cr_assert_neq(tare("kill", bundle->id, "KILL", NULL)->status, 0);
    assert_status(tare("delete", "--force", bundle->id, NULL), 0);
    cr_assert_eq(waitpid(stranger, &status, WNOHANG), 0, "the stranger was killed");
    kill(stranger, SIGKILL);
    waitpid(stranger, &status, 0);
}
