/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/changes.h"
#include "tests/support/exec.h"
#include "tests/support/json.h"
#include "tests/support/terminal.h"
#include "tests/support/text.h"

/* checkpoint and restore with the criu that is installed, if it works on this kernel: many a kernel is newer than
 * the criu beside it. */

TestSuite(checkpoint, TEST_SUITE);
TestSuite(restore, TEST_SUITE);

#define IMAGES  WORK "/images"
#define IMAGES2 WORK "/images2"
#define CONSOLE WORK "/console.sock"

/* The caller's PATH, for a criu that is elsewhere. */
static const struct setting *with_path(void)
{
    static const char *env[2];
    static struct setting setting = {.env = env};

    env[0] = text_format("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/sbin:/usr/bin:/bin");
    return &setting;
}

static void need_criu(void)
{
    static const char *const argv[] = {"/bin/sh", "-c", "exec criu check", NULL};
    struct result *result = program_run(with_path(), argv);

    if (result->status != 0)
        SKIP("needs a criu that works with this kernel; scripts/engine-test has one");
}

/* A program in criu's place that answers one request with these bytes, as printf(1) writes them. */
static void fake_criu(const char *path, const char *answer)
{
    file_write(path, "#!/bin/sh\n/bin/dd bs=4096 count=1 <&3 >/dev/null 2>&1\nprintf '%s' >&3\n",
               answer);
    cr_assert_eq(chmod(path, 0755), 0);
}

/* In the test's own mount namespace. */
static void hide_criu(void)
{
    static const char *const paths[] = {"/usr/local/sbin/criu", "/usr/local/bin/criu",
                                        "/usr/sbin/criu",       "/usr/bin/criu",
                                        "/sbin/criu",           "/bin/criu"};

    file_write(WORK "/nothing", "x");
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (access(paths[i], X_OK) == 0)
            cr_assert_eq(mount(WORK "/nothing", paths[i], NULL, MS_BIND, NULL), 0);
    host_snapshot();
}

static struct result *call(const struct setting *setting, const struct bundle *bundle,
                           const char *verb, const char *options)
{
    const char *argv[32] = {verb};
    size_t n = words_split(argv, 1, 30, options);
    struct result *result;

    argv[n++] = bundle->id;
    argv[n] = NULL;
    pid_t pid = tare_start_list(setting, &result, argv);
    tare_wait(pid, result);
    return result;
}

static struct result *checkpoint(const struct bundle *bundle, const char *options)
{
    return call(with_path(), bundle, "checkpoint",
                text_format("--image-path " IMAGES " %s", options));
}

/* In the background, with the pid in PID_FILE. */
static struct result *restore(const struct bundle *bundle, const char *options)
{
    return call(with_path(), bundle, "restore",
                text_format("--detach --image-path " IMAGES " --bundle %s --pid-file " PID_FILE
                            " %s",
                            bundle->path, options));
}

static void restore_ok(const struct bundle *bundle, const char *options)
{
    assert_status(restore(bundle, options), 0);
    cr_assert_str_eq(bundle_status(bundle), "running");
}

static struct result *start(struct bundle *bundle, const char *payload)
{
    bundle_payload(bundle, "%s", payload);
    struct result *created = bundle_create(bundle);
    bundle_start(bundle);
    return created;
}

/* ---- a program that counts, in /count, until there is /end ---- */

static struct bundle *counting(void)
{
    need_criu();
    return bundle_new();
}

static int count(const struct bundle *bundle)
{
    const char *path = bundle_path(bundle, "/count");

    return file_exists(path) ? atoi(file_read(path)) : -1;
}

/* It has counted beyond that. */
static void await_count(const struct bundle *bundle, int beyond)
{
    for (int i = 0; i < 2000 && count(bundle) <= beyond; i++)
        usleep(5000);
    cr_assert_gt(count(bundle), beyond, "it does not count any more");
}

static void start_counting(struct bundle *bundle)
{
    start(bundle, "count /count /end");
    await_count(bundle, 10);
}

/* The processes and all that tare knew of them are gone. */
static void assert_checkpointed(const struct bundle *bundle, const char *options)
{
    assert_status(checkpoint(bundle, options), 0);
    cr_assert_str_eq(bundle_status(bundle), "none");
    unlink(PID_FILE);
    assert_nothing_left();
}

static void delete_all(const struct bundle *bundle)
{
    bundle_delete(bundle);
    unlink(PID_FILE);
    assert_nothing_left();
}

static void finish(const struct bundle *bundle)
{
    file_write(bundle_path(bundle, "/end"), "x");
    bundle_await(bundle, "stopped");
    delete_all(bundle);
}

/* ---- checkpoint and restore ---- */

Test(checkpoint, a_restored_program_goes_on_where_it_was)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    int before = count(bundle);
    restore_ok(bundle, "");
    /* Not from the beginning. */
    cr_assert_geq(count(bundle), before);
    await_count(bundle, before + 10);
    finish(bundle);
}

Test(checkpoint, a_container_can_be_left_running)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_status(checkpoint(bundle, "--leave-running"), 0);
    cr_assert_str_eq(bundle_status(bundle), "running");
    await_count(bundle, count(bundle));
    finish(bundle);
    unlink(bundle_path(bundle, "/end"));
    /* It is restored to the time of the checkpoint. */
    file_write(bundle_path(bundle, "/count"), "99999999\n");
    restore_ok(bundle, "");
    for (int i = 0; i < 2000 && count(bundle) >= 99999999; i++)
        usleep(1000);
    cr_assert_lt(count(bundle), 99999999);
    finish(bundle);
}

Test(checkpoint, the_images_can_be_elsewhere_and_so_can_the_log)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "--work-path " WORK "/a/b/logs");
    cr_assert(file_exists(WORK "/a/b/logs/dump.log"));
    cr_assert_not(file_exists(IMAGES "/dump.log"));
    cr_assert(file_exists(IMAGES "/inventory.img"));
    struct stat st;
    cr_assert_eq(stat(IMAGES, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0700);
    restore_ok(bundle, "--work-path " WORK "/c/logs");
    cr_assert(file_exists(WORK "/c/logs/restore.log"));
    cr_assert_not(file_exists(IMAGES "/restore.log"));
    finish(bundle);
}

Test(checkpoint, the_images_are_in_the_working_directory_by_default)
{
    struct bundle *bundle = counting();
    struct setting setting = *with_path();

    setting.cwd = bundle->path;
    start_counting(bundle);
    assert_status(call(&setting, bundle, "checkpoint", ""), 0);
    unlink(PID_FILE);
    cr_assert(file_exists(text_format("%s/checkpoint/inventory.img", bundle->path)));
    assert_status(call(&setting, bundle, "restore", "-d --pid-file " PID_FILE), 0);
    finish(bundle);
}

/* A link that was put where the log will be is not followed. */
Test(checkpoint, a_log_does_not_go_where_a_link_leads)
{
    struct bundle *bundle = counting();

    directory_make(IMAGES);
    file_write(WORK "/precious", "precious");
    cr_assert_eq(symlink(WORK "/precious", IMAGES "/dump.log"), 0);
    cr_assert_eq(symlink(WORK "/precious", IMAGES "/descriptors.json"), 0);
    start_counting(bundle);
    assert_checkpointed(bundle, "");
    cr_assert_eq(symlink(WORK "/precious", IMAGES "/restore.log"), 0);
    restore_ok(bundle, "");
    cr_assert_str_eq(file_read(WORK "/precious"), "precious");
    finish(bundle);
}

Test(checkpoint, memory_can_be_written_before)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    struct result *result =
        call(with_path(), bundle, "checkpoint", "--pre-dump --image-path " IMAGES2);
    if (result->status != 0 && strstr(result->err, "tracking of memory")) {
        delete_all(bundle);
        SKIP("needs a kernel that tracks changes of memory");
    }
    assert_status(result, 0);
    cr_assert_str_eq(bundle_status(bundle), "running");
    await_count(bundle, count(bundle));
    assert_checkpointed(bundle, "--parent-path ../images2");
    cr_assert(file_exists(IMAGES "/parent/pages-1.img"));
    int before = count(bundle);
    restore_ok(bundle, "");
    await_count(bundle, before);
    finish(bundle);
}

Test(checkpoint, a_paused_container_is_paused_afterwards)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_status(tare("pause", bundle->id, NULL), 0);
    assert_status(checkpoint(bundle, "--leave-running"), 0);
    cr_assert_str_eq(bundle_status(bundle), "paused");
    assert_status(tare("resume", bundle->id, NULL), 0);
    await_count(bundle, count(bundle));
    finish(bundle);
}

static int second_count(const struct bundle *bundle)
{
    const char *path = bundle_path(bundle, "/count2");

    return file_exists(path) ? atoi(file_read(path)) : -1;
}

Test(checkpoint, several_processes_are_taken_along)
{
    struct bundle *bundle = bundle_new_busybox();

    need_criu();
    bundle_args(
        bundle, "/bin/sh", "-c",
        "(/payload count /count2 /end) & echo say=ready; /payload count /count /end; wait; exit 7",
        NULL);
    bundle_create(bundle);
    bundle_start(bundle);
    await_count(bundle, 10);
    /* A shell that waits in vfork() for its child to execute something cannot be stopped by CRIU. */
    for (int i = 0; i < 2000 && second_count(bundle) < 1; i++)
        usleep(5000);
    assert_checkpointed(bundle, "");
    int before = count(bundle);
    int second = second_count(bundle);
    restore_ok(bundle, "");
    await_count(bundle, before);
    for (int i = 0; i < 2000 && second_count(bundle) <= second; i++)
        usleep(5000);
    cr_assert_gt(second_count(bundle), second);
    finish(bundle);
}

/* ---- memory that goes over the network ---- */

static char *free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&address, length), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return text_format("%d", ntohs(address.sin_port));
}

/* criu WORDS, in the background; it listens already. */
static pid_t start_criu(const char *words)
{
    int ready[2];
    char byte;

    cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        const char *argv[16] = {"criu"};

        argv[words_split(argv, 1, 15, words)] = NULL;
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
        dup2(ready[1], 9);
        execvp("criu", (char *const *)argv);
        _exit(127);
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1, "criu %s does not start", words);
    close(ready[0]);
    return pid;
}

static void await_success(pid_t pid)
{
    int status;

    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ended with %d", status);
}

Test(checkpoint, memory_can_go_to_a_page_server)
{
    struct bundle *bundle = counting();
    const char *port = free_port();

    directory_make(IMAGES2);
    start_counting(bundle);
    pid_t server = start_criu(text_format("page-server --status-fd 9 -o server.log -D " IMAGES2
                                          " --address 127.0.0.1 --port %s",
                                          port));
    assert_status(checkpoint(bundle, text_format("--page-server 127.0.0.1:%s", port)), 0);
    unlink(PID_FILE);
    await_success(server);
    /* It is not here. */
    cr_assert_not(file_exists(IMAGES "/pages-1.img"));
    const char *argv[] = {"/bin/sh", "-c", "mv " IMAGES2 "/page*.img " IMAGES, NULL};
    assert_status(program_run(with_path(), argv), 0);
    int before = count(bundle);
    restore_ok(bundle, "");
    await_count(bundle, before);
    finish(bundle);
}

static void take_fd_9(const void *data)
{
    (void)dup2(*(const int *)data, 9);
}

static bool have_capability(int capability)
{
    const char *found = strstr(file_read("/proc/self/status"), "CapEff:");

    return strtoull(found + strlen("CapEff:"), NULL, 16) >> capability & 1;
}

/* The container is restored under another name while its memory is still here. */
Test(checkpoint, memory_can_be_fetched_after_the_restore)
{
    struct setting setting = *with_path();
    struct result *result;
    int status[2];
    char byte = 'x';

    need_criu();
    if (!have_capability(CAP_SYS_RESOURCE))
        SKIP("needs CAP_SYS_RESOURCE, for pipes of criu's that are larger than others");
    struct bundle *bundle = bundle_new();
    const char *port = free_port(), *old = bundle->id;
    cr_assert_eq(pipe2(status, O_CLOEXEC), 0);
    setting.prepare = take_fd_9;
    setting.data = &status[1];
    start_counting(bundle);
    pid_t dump = tare_start(&setting, &result, "checkpoint", "--lazy-pages", "--page-server",
                            text_format("127.0.0.1:%s", port), "--status-fd", "9", "--image-path",
                            IMAGES, old, NULL);
    close(status[1]);
    if (read(status[0], &byte, 1) != 1) {
        tare_wait(dump, result);
        assert_contains(result->err, "--lazy-pages: userfaultfd");
        delete_all(bundle);
        SKIP("needs userfaultfd");
    }
    cr_assert_eq(byte, 0);
    int before = count(bundle);
    pid_t pages = start_criu(text_format("lazy-pages --status-fd 9 -o lazy.log -D " IMAGES
                                         " --page-server --address 127.0.0.1 --port %s",
                                         port));
    unlink(PID_FILE);
    bundle->id = text_format("%s-b", old);
    restore_ok(bundle, "--lazy-pages");
    await_count(bundle, before);
    await_success(pages);
    tare_wait(dump, result);
    assert_status(result, 0);
    assert_status(tare("state", old, NULL), 1);
    finish(bundle);
    close(status[0]);
}

/* ---- what is refused, and what fails ---- */

Test(checkpoint, what_does_not_run_is_refused)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "cannot checkpoint a container in the created state");
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "container not running");
    bundle_delete(bundle);
    result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "container does not exist");
    cr_assert_not(file_exists(IMAGES));
}

Test(checkpoint, a_missing_criu_is_explained)
{
    hide_criu();
    struct bundle *bundle = bundle_running();
    struct setting setting = {0};

    struct result *result = call(&setting, bundle, "checkpoint", "--image-path " IMAGES);
    assert_status(result, 1);
    assert_contains(result->err, "criu is not there");
    assert_contains(result->err, "install criu");
    cr_assert_not(file_exists(IMAGES));
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(checkpoint, an_old_criu_is_explained)
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.env = (const char *const[]){"PATH=" WORK "/old", NULL}};

    /* The answer of a criu 3.9 to VERSION. */
    directory_make(WORK "/old");
    fake_criu(WORK "/old/criu", "\\010\\012\\020\\001\\122\\004\\010\\003\\020\\011");
    struct result *result = call(&setting, bundle, "checkpoint", "--image-path " IMAGES);
    assert_status(result, 1);
    assert_contains(result->err, "criu 3.9.0 is too old: tare needs 3.15");
    fake_criu(WORK "/old/criu", "no message");
    result = call(&setting, bundle, "checkpoint", "--image-path " IMAGES);
    assert_status(result, 1);
    assert_contains(result->err, "read the answer of criu");
    fake_criu(WORK "/old/criu", "");
    result = call(&setting, bundle, "checkpoint", "--image-path " IMAGES);
    assert_status(result, 1);
    assert_contains(result->err, "criu ended without an answer");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(checkpoint, wrong_options_are_found_before_anything_happens)
{
    static const struct {
        const char *options, *text;
    } cases[] = {
        {"--manage-cgroups-mode none", "invalid value \"none\" of option --manage-cgroups-mode"},
        {"--network-lock no", "invalid value \"no\" of option --network-lock"},
        {"--page-server here", "invalid value \"here\" of option --page-server"},
        {"--page-server :80", "invalid value \":80\" of option --page-server"},
        {"--page-server here:0", "invalid value \"here:0\" of option --page-server"},
        {"--page-server here:65536", "invalid value \"here:65536\" of option --page-server"},
        {"--status-fd 99", "invalid --status-fd 99"},
        {"--empty-ns mount", "namespace \"mount\" is not supported"},
        {"--image-path", "requires an argument"},
    };
    struct bundle *bundle = bundle_running();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct result *result = call(with_path(), bundle, "checkpoint",
                                     text_format("--image-path " IMAGES " %s", cases[i].options));
        if (i + 1 == sizeof(cases) / sizeof(cases[0]))
            result = tare("checkpoint", bundle->id, "--image-path", NULL);
        assert_status(result, 1);
        assert_contains(result->err, cases[i].text);
    }
    cr_assert_not(file_exists(IMAGES));
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(checkpoint, a_parent_that_is_not_there_is_refused)
{
    struct bundle *bundle = bundle_running();
    struct result *result = checkpoint(bundle, "--parent-path /absolute");

    assert_status(result, 1);
    assert_contains(result->err, "--parent-path must be relative");
    result = checkpoint(bundle, "--parent-path ../none");
    assert_status(result, 1);
    assert_contains(result->err, "invalid --parent-path");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(checkpoint, after_a_failure_the_container_goes_on)
{
    struct bundle *bundle = counting();

    /* Nobody has allowed to take along a lock. */
    start(bundle, "lock /locked ; count /count /end");
    await_count(bundle, 10);
    struct result *result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "criu failed to dump the container: ");
    assert_contains(result->err, "lock");
    assert_contains(result->err, IMAGES "/dump.log");
    cr_assert_str_eq(bundle_status(bundle), "running");
    await_count(bundle, count(bundle));
    finish(bundle);
}

Test(restore, what_is_no_checkpoint_is_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    assert_failed(restore(bundle, ""), 1, IMAGES, "No such file or directory");
    directory_make(IMAGES);
    assert_failed(restore(bundle, ""), 1, IMAGES " holds no checkpoint", "inventory.img");
    cr_assert_not(file_exists(PID_FILE));
}

Test(restore, after_a_failure_nothing_is_left)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    file_write(IMAGES "/pstree.img", "nonsense");
    assert_failed(restore(bundle, ""), 1,
                  "criu failed to restore the container: ", IMAGES "/restore.log");
    cr_assert_not(file_exists(PID_FILE));
    file_write(IMAGES "/inventory.img", "nonsense");
    assert_failed(restore(bundle, ""), 1, "criu failed to restore the container: ");
}

/* The pid file is the last thing, when the processes run already. */
Test(restore, a_pid_file_that_cannot_be_written_takes_everything_back)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    assert_failed(call(with_path(), bundle, "restore",
                       text_format("-d --image-path " IMAGES " -b %s --pid-file " WORK "/none/pid",
                                   bundle->path)),
                  1, "write pid file");
}

Test(restore, a_failing_hook_takes_everything_back)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    bundle_set(bundle, "/hooks/createRuntime",
               "[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"echo sorry >&2; exit 3\"]}]");
    bundle_write(bundle);
    assert_failed(restore(bundle, ""), 1, "createRuntime hook 1 (/bin/sh) failed", "sorry");
}

Test(restore, a_container_is_restored_once)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    restore_ok(bundle, "");
    struct result *result =
        call(with_path(), bundle, "restore",
             text_format("-d --image-path " IMAGES " --bundle %s", bundle->path));
    assert_status(result, 1);
    assert_contains(result->err, "container with given ID already exists");
    cr_assert_str_eq(bundle_status(bundle), "running");
    finish(bundle);
}

Test(restore, wrong_options_are_found_before_anything_happens)
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    assert_failed(restore(bundle, "--manage-cgroups-mode x"), 1, "--manage-cgroups-mode");
    assert_failed(restore(bundle, "--empty-ns pid"), 1, "namespace \"pid\" is not supported");
    /* Podman asks this way whether there is the option. */
    assert_failed(tare("restore", "--lsm-mount-context", NULL), 1, "requires an argument");
    assert_status(tare("checkpoint", "--help", NULL), 0);
    assert_status(tare("restore", "--help", NULL), 0);
}

/* ---- the restored container ---- */

Test(restore, it_is_a_container_like_any_other)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    /* As containerd calls it. */
    restore_ok(bundle, "-no-subreaper --no-pivot --no-new-keyring --preserve-fds 0");
    struct json *state = json_parse(tare("state", bundle->id, NULL)->out);
    cr_assert_str_eq(json_text(state, "/pid"), text_format("%d", (int)bundle_pid()));
    cr_assert_str_eq(json_text(state, "/bundle"), bundle->path);
    /* Without a newline. */
    cr_assert_str_eq(file_read(PID_FILE), text_format("%d", (int)bundle_pid()));

    assert_contains(file_read(text_format("/proc/%d/cgroup", (int)bundle_pid())), bundle->id);
    struct result *result = exec_payload(bundle, NULL, "pid ; hostname ; interfaces");
    assert_status(result, 0);
    assert_fact(result, "hostname", "tare");
    assert_status(tare("pause", bundle->id, NULL), 0);
    int before = count(bundle);
    usleep(50000);
    cr_assert_eq(count(bundle), before);
    cr_assert_str_eq(bundle_status(bundle), "paused");
    assert_status(tare("resume", bundle->id, NULL), 0);
    await_count(bundle, before);
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    assert_status(tare("delete", bundle->id, NULL), 0);
    unlink(PID_FILE);
    assert_nothing_left();
}

Test(restore, it_can_be_checkpointed_again)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    for (int i = 0; i < 2; i++) {
        assert_checkpointed(bundle, "");
        int before = count(bundle);
        restore_ok(bundle, "");
        await_count(bundle, before);
    }
    finish(bundle);
}

Test(restore, in_the_foreground_it_ends_as_the_program_does)
{
    struct bundle *bundle = counting();
    struct result *result;

    start(bundle, "say ready ; count /count /end ; say end ; exit 7");
    await_count(bundle, 5);
    assert_checkpointed(bundle, "");
    pid_t pid = tare_start(with_path(), &result, "restore", "--image-path", IMAGES, "--bundle",
                           bundle->path, bundle->id, NULL);
    await_count(bundle, count(bundle));
    file_write(bundle_path(bundle, "/end"), "x");
    tare_wait(pid, result);
    assert_status(result, 7);
    /* Its output goes to the new caller. */
    assert_fact(result, "say", "end");
    assert_lacks(result->out, "ready");
    cr_assert_str_eq(bundle_status(bundle), "none");
    assert_nothing_left();
}

/* Not from the hook after the checkpoint. */
Test(restore, a_signal_too_late_changes_nothing)
{
    struct bundle *bundle = counting();
    struct result *result;

    bundle_set(bundle, "/hooks/poststop",
               "[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\","
               "\"test ! -e %s || kill -TERM $PPID\"]}]",
               bundle_path(bundle, "/end"));
    start(bundle, "say ready ; count /count /end ; exit 7");
    await_count(bundle, 5);
    assert_checkpointed(bundle, "");
    pid_t pid = tare_start(with_path(), &result, "restore", "--image-path", IMAGES, "--bundle",
                           bundle->path, bundle->id, NULL);
    await_count(bundle, count(bundle));
    bundle_await(bundle, "running");
    file_write(bundle_path(bundle, "/end"), "x");
    tare_wait(pid, result);
    assert_status(result, 7);
    cr_assert_str_eq(bundle_status(bundle), "none");
    assert_nothing_left();
}

Test(restore, in_the_foreground_signals_go_on_to_it)
{
    struct bundle *bundle = counting();
    struct result *result;

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    pid_t pid = tare_start(with_path(), &result, "restore", "--keep", "--image-path", IMAGES, "-b",
                           bundle->path, bundle->id, NULL);
    await_count(bundle, count(bundle));
    bundle_await(bundle, "running");
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    tare_wait(pid, result);
    assert_status(result, 128 + SIGKILL);
    cr_assert_str_eq(bundle_status(bundle), "stopped");
    bundle_delete(bundle);
}

Test(restore, a_terminal_goes_to_the_console_socket)
{
    struct bundle *bundle = counting();
    int listener = console_socket_listen(CONSOLE);

    bundle_set(bundle, "/process/terminal", "true");
    bundle_payload(bundle, "tty ; readfd 0 ; readfd 0 ; await /end");
    bundle_write(bundle);
    assert_status(tare("create", "--bundle", bundle->path, "--console-socket", CONSOLE,
                       "--pid-file", PID_FILE, bundle->id, NULL),
                  0);
    int master = console_socket_receive(listener);
    bundle_start(bundle);
    terminal_read_until(master, "controlling=yes");
    cr_assert_eq(write(master, "first\n", 6), 6);
    terminal_read_until(master, "readfd.0=first");
    assert_checkpointed(bundle, "");
    close(master);
    restore_ok(bundle, "--console-socket " CONSOLE);
    master = console_socket_receive(listener);
    cr_assert_eq(write(master, "second\n", 7), 7);
    terminal_read_until(master, "readfd.0=second");
    assert_status(exec_payload(bundle, NULL, "stat /dev/console"), 0);
    close(listener);
    finish(bundle);
    close(master);
}

Test(restore, bind_mounts_have_the_sources_of_the_new_configuration)
{
    struct bundle *bundle = counting();

    file_write(WORK "/one/file", "one");
    file_write(WORK "/two/file", "two");
    file_write(WORK "/single", "single");
    directory_make(bundle_path(bundle, "/run"));
    cr_assert_eq(symlink("/run", bundle_path(bundle, "/link")), 0);
    bundle_mount(bundle, "tmpfs", "tmpfs", "/tmp", NULL);
    bundle_mount(bundle, "bind", WORK "/one", "/data", "\"rbind\",\"ro\"");
    bundle_mount(bundle, "bind", WORK "/single", "/link//single", "\"bind\"");
    bundle_mount(bundle, "bind", WORK "/one", "/tmp/deep/er", "\"bind\",\"rslave\"");
    bundle_mount(bundle, "bind", WORK "/single", "/data2/single", "\"bind\"");
    start_counting(bundle);
    assert_checkpointed(bundle, "");
    size_t n = json_length(json_at(bundle->config, "/mounts"));
    bundle_set(bundle, text_format("/mounts/%zu/source", n - 4), "\"%s\"", WORK "/two");
    bundle_write(bundle);
    /* The places of mounts are made as for a new container. */
    cr_assert_eq(rmdir(bundle_path(bundle, "/data")), 0);
    cr_assert_eq(unlink(bundle_path(bundle, "/data2/single")), 0);
    cr_assert_eq(rmdir(bundle_path(bundle, "/data2")), 0);
    restore_ok(bundle, "");
    assert_fact(exec_payload(bundle, NULL, "cat /data/file"), "cat./data/file", "two");
    assert_fact(exec_payload(bundle, NULL, "create /data/x 0600"), "create./data/x", "!EROFS");
    assert_fact(exec_payload(bundle, NULL, "cat /run/single"), "cat./run/single", "single");
    assert_fact(exec_payload(bundle, NULL, "cat /tmp/deep/er/file"), "cat./tmp/deep/er/file",
                "one");
    assert_fact(exec_payload(bundle, NULL, "cat /data2/single"), "cat./data2/single", "single");
    /* The masks are there, too. */
    assert_fact(exec_payload(bundle, NULL, "cat /proc/timer_list"), "cat./proc/timer_list", "");
    finish(bundle);
}

/* A tmpfs of the host's at the place. */
static void mount_host(const char *path, const char *text)
{
    directory_make(path);
    cr_assert_eq(mount("host", path, "tmpfs", 0, NULL), 0);
    file_write(text_format("%s/file", path), "%s", text);
}

Test(restore, what_is_mounted_below_a_bind_mount_is_the_hosts)
{
    struct bundle *bundle = counting();

    directory_make(bundle_path(bundle, "/run"));
    cr_assert_eq(symlink("/run", bundle_path(bundle, "/link")), 0);
    mount_host(WORK "/one/sub", "outer");
    mount_host(WORK "/one/sub/a b/deep", "inner");
    file_write(WORK "/one/single", "x");
    cr_assert_eq(mount(WORK "/one/sub/file", WORK "/one/single", NULL, MS_BIND, NULL), 0);
    host_snapshot();
    bundle_mount(bundle, "bind", WORK "/one", "/link/data", "\"rbind\",\"rslave\"");
    start_counting(bundle);
    assert_checkpointed(bundle, "");
    restore_ok(bundle, "");
    /* Not a copy. */
    file_write(WORK "/one/sub/file", "changed");
    assert_fact(exec_payload(bundle, NULL, "cat /run/data/sub/file"), "cat./run/data/sub/file",
                "changed");
    assert_fact(exec_payload(bundle, NULL, "cat /run/data/single"), "cat./run/data/single",
                "changed");
    cr_assert_str_eq(
        file_read(text_format("/proc/%d/root/run/data/sub/a b/deep/file", (int)bundle_pid())),
        "inner");
    finish(bundle);
}

/* Whoever can write where it was cannot choose what will be there. */
Test(restore, what_is_mounted_below_a_bind_mount_does_not_come_from_elsewhere)
{
    struct bundle *bundle = counting();

    file_write(WORK "/secret/file", "secret");
    mount_host(WORK "/one/sub", "mine");
    bundle_mount(bundle, "bind", WORK "/one", "/data", "\"rbind\"");
    host_snapshot();
    start_counting(bundle);
    assert_checkpointed(bundle, "");
    cr_assert_eq(umount(WORK "/one/sub"), 0);
    cr_assert_eq(rmdir(WORK "/one/sub"), 0);
    host_snapshot();
    assert_failed(restore(bundle, ""), 1, "/sub", "No such file or directory");
    cr_assert_eq(symlink(WORK "/secret", WORK "/one/sub"), 0);
    assert_failed(restore(bundle, ""), 1, "/sub", "No such file or directory");
    unlink(WORK "/one/sub");
    /* What is not mounted any more is what is there. */
    file_write(WORK "/one/sub/file", "there");
    restore_ok(bundle, "");
    assert_fact(exec_payload(bundle, NULL, "cat /data/sub/file"), "cat./data/sub/file", "there");
    finish(bundle);
}

Test(restore, mounts_that_came_later_are_told_by_the_configuration)
{
    struct bundle *bundle = counting();

    file_write(WORK "/late/file", "late");
    mount_host(WORK "/whole", "whole");
    host_snapshot();
    start_counting(bundle);
    assert_status(mounts_change("add", bundle,
                                "[{\"source\":\"" WORK "/late\",\"destination\":\"/late\","
                                "\"type\":\"bind\",\"options\":[\"bind\",\"ro\"]},"
                                "{\"source\":\"" WORK "/whole\",\"destination\":\"/whole\","
                                "\"type\":\"bind\",\"options\":[\"bind\"]},"
                                "{\"source\":\"tmpfs\",\"destination\":\"/own\","
                                "\"type\":\"tmpfs\"}]"),
                  0);
    assert_status(exec_payload(bundle, NULL, "create /own/file 0600 ; write /own/file kept"), 0);
    assert_checkpointed(bundle, "");
    /* The images do not say what of the host is to be mounted. */
    assert_failed(restore(bundle, ""), 1, "a mount of the host's at /whole", "the configuration");
    bundle_mount(bundle, "bind", WORK "/late", "/late", "\"bind\"");
    bundle_mount(bundle, "bind", WORK "/whole", "/whole", "\"bind\"");
    bundle_write(bundle);
    restore_ok(bundle, "");
    file_write(WORK "/whole/file", "changed");
    assert_fact(exec_payload(bundle, NULL, "cat /late/file"), "cat./late/file", "late");
    assert_fact(exec_payload(bundle, NULL, "create /late/x 0600"), "create./late/x", "!EROFS");
    assert_fact(exec_payload(bundle, NULL, "cat /whole/file"), "cat./whole/file", "changed");
    assert_fact(exec_payload(bundle, NULL, "cat /own/file"), "cat./own/file", "kept");
    finish(bundle);
}

/* In crun's images it has the path of an empty directory of crun's. */
Test(restore, a_masked_directory_of_crun_is_empty)
{
    struct bundle *bundle = counting();

    file_write(WORK "/one/file", "one");
    bundle_mount(bundle, "bind", WORK "/one", "/run/crun/.empty-directory", "\"bind\",\"ro\"");
    start_counting(bundle);
    assert_checkpointed(bundle, "");
    size_t n = json_length(json_at(bundle->config, "/mounts"));
    bundle_remove(bundle, text_format("/mounts/%zu", n - 1));
    bundle_write(bundle);
    restore_ok(bundle, "");
    assert_fact(exec_payload(bundle, NULL, "cat /run/crun/.empty-directory/file"),
                "cat./run/crun/.empty-directory/file", "!ENOENT");
    assert_fact(exec_payload(bundle, NULL, "create /run/crun/.empty-directory/x 0600"),
                "create./run/crun/.empty-directory/x", "!EROFS");
    finish(bundle);
}

Test(restore, file_locks_are_held_again)
{
    struct bundle *bundle = counting();

    start(bundle, "lock /locked ; count /count /end");
    await_count(bundle, 5);
    assert_checkpointed(bundle, "--file-locks");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(bundle_path(bundle, "/locked"), O_RDWR | O_CLOEXEC);
    cr_assert_eq(fcntl(fd, F_GETLK, &lock), 0);
    cr_assert_eq(lock.l_type, F_UNLCK);
    restore_ok(bundle, "--file-locks");
    lock.l_type = F_WRLCK;
    cr_assert_eq(fcntl(fd, F_GETLK, &lock), 0);
    cr_assert_eq(lock.l_type, F_WRLCK);
    close(fd);
    finish(bundle);
}

Test(restore, tcp_connections_are_brought_back)
{
    struct bundle *bundle = counting();

    struct result *created = start(bundle, "tcp /go ; count /count /end");
    result_await(created, "tcp.made=ok");
    struct result *result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "TCP");
    result = checkpoint(bundle, "--tcp-established --network-lock skip");
    if (result->status != 0 && strstr(result->err, "--network-lock skip needs"))
        result = checkpoint(bundle, "--tcp-established --network-lock nftables");
    if (result->status != 0 && strstr(result->err, "nftables")) {
        delete_all(bundle);
        SKIP("needs a criu that locks networks with nftables, or does without");
    }
    assert_status(result, 0);
    unlink(PID_FILE);
    restore_ok(bundle, "--tcp-established");
    file_write(bundle_path(bundle, "/go"), "x");
    result_read(created);
    await_count(bundle, 3);
    finish(bundle);
}

Test(restore, namespaces_of_others_are_joined)
{
    struct bundle *bundle = counting();
    struct bundle *other = bundle_running();
    const char *pid = text_format("%d", (int)bundle_pid());

    unlink(PID_FILE);
    static const char *const types[] = {"network", "ipc", "uts"};
    static const char *const files[] = {"net", "ipc", "uts"};
    char before[3][64] = {{0}}, after[3][64] = {{0}};
    for (int i = 0; i < 3; i++) {
        bundle_remove_namespace(bundle, types[i]);
        const char *path = text_format("/proc/%s/ns/%s", pid, files[i]);
        bundle_add_namespace(bundle, types[i], path);
        cr_assert_gt(readlink(path, before[i], 63), 0);
    }
    bundle_remove(bundle, "/hostname");
    start_counting(bundle);
    assert_status(checkpoint(bundle, ""), 0);
    unlink(PID_FILE);
    int counted = count(bundle);
    restore_ok(bundle, "");
    for (int i = 0; i < 3; i++) {
        const char *path = text_format("/proc/%d/ns/%s", (int)bundle_pid(), files[i]);
        cr_assert_gt(readlink(path, after[i], 63), 0);
        cr_assert_str_eq(after[i], before[i]);
    }
    await_count(bundle, counted);
    file_write(bundle_path(bundle, "/end"), "x");
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
    bundle_delete(other);
}

/* As a pod's: the other processes stay, and so does the namespace. */
Test(restore, a_pid_namespace_of_others_is_joined)
{
    struct bundle *bundle = counting();
    struct bundle *other = bundle_running();
    const char *path = text_format("/proc/%d/ns/pid", (int)bundle_pid());
    char before[64] = "", after[64] = "";

    unlink(PID_FILE);
    bundle_remove_namespace(bundle, "pid");
    bundle_add_namespace(bundle, "pid", path);
    cr_assert_gt(readlink(path, before, 63), 0);
    start_counting(bundle);
    pid_t pid = bundle_pid();
    assert_status(checkpoint(bundle, ""), 0);
    unlink(PID_FILE);
    /* Nobody else has its number in there any more. */
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    int counted = count(bundle);
    restore_ok(bundle, "");
    path = text_format("/proc/%d/ns/pid", (int)bundle_pid());
    cr_assert_gt(readlink(path, after, 63), 0);
    cr_assert_str_eq(after, before);
    await_count(bundle, counted);
    file_write(bundle_path(bundle, "/end"), "x");
    bundle_await(bundle, "stopped");
    cr_assert_eq(waitpid(bundle_pid(), NULL, 0), bundle_pid());
    bundle_delete(bundle);
    bundle_delete(other);
}

/* The container's root has to open them again. Anybody can open the host's /dev/null, which stays as it is. */
static void own_stdio(const void *data)
{
    struct stat st;

    (void)data;
    for (int fd = 0; fd < 3; fd++)
        if (fstat(fd, &st) == 0 && !S_ISCHR(st.st_mode))
            cr_assert_eq(fchown(fd, 100000, 100000), 0);
}

Test(restore, a_user_namespace_is_made_again)
{
    struct bundle *bundle = counting();

    bundle_map_users(bundle);
    file_write(WORK "/one/file", "one");
    bundle_mount(bundle, "bind", WORK "/one", "/data", "\"rbind\"");
    start_counting(bundle);
    assert_checkpointed(bundle, "");
    int before = count(bundle);
    struct setting setting = *with_path();
    setting.prepare = own_stdio;
    assert_status(
        call(&setting, bundle, "restore",
             text_format("-d --image-path " IMAGES " -b %s --pid-file " PID_FILE, bundle->path)),
        0);
    await_count(bundle, before);
    assert_contains(file_read(text_format("/proc/%d/uid_map", (int)bundle_pid())), "100000");
    assert_fact(exec_payload(bundle, NULL, "cat /data/file"), "cat./data/file", "one");
    assert_fact(exec_payload(bundle, NULL, "write /dev/null x"), "write./dev/null", "ok");
    finish(bundle);
}

Test(checkpoint, mounts_on_a_bind_mount_in_a_user_namespace_are_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_map_users(bundle);
    mount_host(WORK "/one/sub", "sub");
    host_snapshot();
    bundle_mount(bundle, "bind", WORK "/one", "/data", "\"rbind\"");
    bundle_run_paused(bundle);
    struct result *result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "the mount at /data/sub is on a bind mount, in a user namespace");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(checkpoint, mounts_that_came_later_are_refused_when_they_are_id_mapped)
{
    mount_mappable(WORK "/late", 0755);
    host_snapshot();
    struct bundle *bundle = bundle_running();
    struct result *result = mounts_change(
        "add", bundle,
        "[{\"source\":\"" WORK "/late\",\"destination\":\"/late\",\"type\":\"bind\","
        "\"options\":[\"bind\"],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,"
        "\"size\":10}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}]}]");
    assert_status(result, 0);
    result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "the mount at /late is id-mapped");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(restore, a_time_namespace_is_made_again)
{
    struct bundle *bundle = counting();

    bundle_add_namespace(bundle, "time", NULL);
    bundle_set(bundle, "/linux/timeOffsets", "{\"boottime\":{\"secs\":1000000}}");
    start_counting(bundle);
    assert_checkpointed(bundle, "");
    int before = count(bundle);
    restore_ok(bundle, "");
    await_count(bundle, before);
    struct result *result = exec_payload(bundle, NULL, "clocks");
    cr_assert_gt(atoi(fact(result, "clock.boottime")), 1000000, "%s", result->out);
    finish(bundle);
}

static void take_fd_3(const void *data)
{
    (void)dup2(*(const int *)data, 3);
}

/* What an engine has open when it restores is not what it had when it made the container. */
Test(restore, descriptors_of_the_caller_do_not_take_the_place_of_preserved_ones)
{
    struct bundle *bundle = counting();
    struct setting setting = *with_path();
    int ends[2];

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    setting.prepare = take_fd_3;
    setting.data = &ends[1];
    bundle_payload(bundle, "count /count /end ; writefd 3 after");
    bundle_write(bundle);
    assert_status(tare_with(&setting, "run", "-d", "--preserve-fds", "1", "--pid-file", PID_FILE,
                            "--bundle", bundle->path, bundle->id, NULL),
                  0);
    await_count(bundle, 10);
    assert_checkpointed(bundle, "");
    assert_status(
        call(&setting, bundle, "restore",
             text_format("-d --preserve-fds 1 --image-path " IMAGES " -b %s --pid-file " PID_FILE,
                         bundle->path)),
        0);
    file_write(bundle_path(bundle, "/end"), "x");
    bundle_await(bundle, "stopped");
    close(ends[1]);
    char byte;
    cr_assert_eq(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    delete_all(bundle);
}

Test(restore, cgroups_are_made_anew)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    const char *path = text_format("/%s-other", test_prefix());
    bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", path);
    bundle_write(bundle);
    restore_ok(bundle, "");
    assert_contains(file_read(text_format("/proc/%d/cgroup", (int)bundle_pid())), path);
    /* The container sees nothing of it. */
    assert_contains(exec_payload(bundle, NULL, "cat /proc/self/cgroup")->out, "0::/\\n");
    finish(bundle);
}

Test(restore, without_criu_the_cgroup_is_the_same)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "--manage-cgroups-mode ignore");
    restore_ok(bundle, "--manage-cgroups-mode ignore");
    assert_contains(file_read(text_format("/proc/%d/cgroup", (int)bundle_pid())), bundle->id);
    assert_contains(exec_payload(bundle, NULL, "cat /proc/self/cgroup")->out, "0::/\\n");
    finish(bundle);
}

Test(restore, a_full_mode_keeps_the_cgroup)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "--manage-cgroups-mode full");
    restore_ok(bundle, "--manage-cgroups-mode full");
    assert_contains(file_read(text_format("/proc/%d/cgroup", (int)bundle_pid())), bundle->id);
    assert_contains(exec_payload(bundle, NULL, "cat /proc/self/cgroup")->out, "0::/\\n");
    finish(bundle);
}

/* A cgroup that is there already is what "strict" refuses, and tare has made it. */
Test(restore, a_strict_mode_fails_and_nothing_is_left)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    assert_failed(restore(bundle, "--manage-cgroups-mode strict"), 1,
                  "criu failed to restore the container: ", "Abort restore of existing cgroups");
}

Test(restore, hooks_are_told_the_restored_process)
{
    struct bundle *bundle = counting();

    start_counting(bundle);
    assert_checkpointed(bundle, "");
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"prestart", "createRuntime", "poststop"};
        bundle_set(bundle, text_format("/hooks/%s", names[i]),
                   "[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"cat >" WORK "/%s\"]}]",
                   names[i]);
    }
    bundle_write(bundle);
    restore_ok(bundle, "");
    const char *pid = text_format("%d", (int)bundle_pid());
    struct json *prestart = json_parse(file_read(WORK "/prestart"));
    cr_assert_str_eq(json_text(prestart, "/pid"), pid);
    cr_assert_str_eq(json_text(prestart, "/id"), bundle->id);
    cr_assert_str_eq(json_text(json_parse(file_read(WORK "/createRuntime")), "/pid"), pid);
    cr_assert_not(file_exists(WORK "/poststop"));
    finish(bundle);
    cr_assert(file_exists(WORK "/poststop"));
}

Test(checkpoint, what_criu_cannot_bring_back_is_said_before)
{
    struct bundle *bundle = bundle_new();

    bundle_remove_namespace(bundle, "mount");
    bundle_set(bundle, "/mounts", "[]");
    bundle_set(bundle, "/linux/maskedPaths", "[]");
    bundle_set(bundle, "/linux/readonlyPaths", "[]");
    start(bundle, "pause");
    struct result *result = checkpoint(bundle, "");
    assert_status(result, 1);
    assert_contains(result->err, "no mount namespace of its own");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

/* org.criu.config names a file of options that CRIU reads last. */
Test(checkpoint, options_can_come_from_a_file)
{
    struct bundle *bundle = counting();

    file_write(WORK "/criu.conf", "file-locks\n");
    bundle_set(bundle, "/annotations/org.criu.config", "\"" WORK "/criu.conf\"");
    start(bundle, "lock /locked ; count /count /end");
    await_count(bundle, 5);
    assert_checkpointed(bundle, "");
    restore_ok(bundle, "");
    finish(bundle);
}

/* Its caller sees it killed, and cleans up nothing twice. */
Test(checkpoint, a_container_in_the_foreground_is_taken_along)
{
    struct bundle *bundle = counting();
    struct result *result;

    bundle_payload(bundle, "count /count /end ; exit 7");
    bundle_write(bundle);
    pid_t pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    await_count(bundle, 10);
    for (int i = 0; i < 2; i++) {
        assert_status(checkpoint(bundle, ""), 0);
        tare_wait(pid, result);
        assert_status(result, 128 + SIGKILL);
        cr_assert_str_eq(result->err, "");
        assert_nothing_left();
        pid = tare_start(with_path(), &result, "restore", "--image-path", IMAGES, "--bundle",
                         bundle->path, bundle->id, NULL);
        await_count(bundle, count(bundle));
        bundle_await(bundle, "running");
    }
    file_write(bundle_path(bundle, "/end"), "x");
    tare_wait(pid, result);
    assert_status(result, 7);
}

/* A program in criu's place that says it were 4.2, writes what it is asked for to WORK/asked, and then does this. */
static const struct setting *with_curious_criu(const char *and_then)
{
    static const char *const env[] = {"PATH=" WORK "/curious", NULL};
    static const struct setting setting = {.env = env};

    file_write(WORK "/curious/criu",
               "#!/bin/sh\n/bin/dd bs=65536 count=1 <&3 >/dev/null 2>&1\n"
               "printf '\\010\\012\\020\\001\\122\\004\\010\\004\\020\\002' >&3\n"
               "/bin/dd bs=65536 count=1 <&3 >" WORK "/asked 2>/dev/null\n%s\n",
               and_then);
    cr_assert_eq(chmod(WORK "/curious/criu", 0755), 0);
    return &setting;
}

/* Its last request has this in it. */
static void assert_asked(const char *text)
{
    char bytes[4096];
    int fd = open(WORK "/asked", O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, bytes, sizeof(bytes));

    close(fd);
    cr_assert_gt(n, 0);
    cr_assert_not_null(memmem(bytes, (size_t)n, text, strlen(text)));
}

/* This kernel has neither of the modules. */
Test(restore, labels_are_for_criu_to_set)
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    file_write(IMAGES "/inventory.img", "x");
    const char *options = text_format("-d --image-path " IMAGES " -b %s --pid-file " PID_FILE
                                      " --lsm-profile apparmor:other --lsm-mount-context a_label",
                                      bundle->path);
    assert_failed(call(with_curious_criu("exit 1"), bundle, "restore", options), 1,
                  "criu ended without an answer");
    /* Fields 53 and 63 with their lengths. */
    assert_asked("\xaa\x03\x0e"
                 "apparmor:other");
    assert_asked("\xfa\x03\x07"
                 "a_label");
    /* It says that it were 3.15. */
    fake_criu(WORK "/curious/criu", "\\010\\012\\020\\001\\122\\004\\010\\003\\020\\017");
    assert_failed(
        call(&(struct setting){.env = (const char *const[]){"PATH=" WORK "/curious", NULL}}, bundle,
             "restore", options),
        1, "criu 3.15.0 is too old: --lsm-profile needs 3.16");
}

Test(restore, a_signal_takes_everything_back)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    file_write(IMAGES "/inventory.img", "x");
    const struct setting *setting = with_curious_criu("exec /bin/sleep 1000");
    pid_t pid = tare_start(setting, &result, "restore", "--detach", "--image-path", IMAGES,
                           "--bundle", bundle->path, "--pid-file", PID_FILE, bundle->id, NULL);
    for (int i = 0; i < 2000 && (!file_exists(WORK "/asked") || !file_read(WORK "/asked")[0]); i++)
        usleep(5000);
    cr_assert_eq(kill(pid, SIGTERM), 0);
    tare_wait(pid, result);
    assert_failed(result, 1, "interrupted by SIGTERM");
}
