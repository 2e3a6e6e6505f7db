/* SPDX-License-Identifier: Apache-2.0 */
/* Making, limiting, freezing and removing cgroups on the running kernel. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroup/controllers.h"
#include "cgroup/directory.h"
#include "sys/process.h"
#include "tests/integration/cgroup-base.h"

TestSuite(cgroup, CGROUP_SUITE);

/* ---- making and removing ---- */

Test(cgroup, makes_what_is_missing_and_removes_just_that, .description = "R240")
{
    struct cgroup cgroup = make(below("a/b/c"));
    cr_expect(cgroup.created);
    cr_expect(eq(str, cgroup.created_top, below("a")));
    cr_expect(exists(below("a/b/c")));
    destroy(&cgroup);
    cr_expect(not(exists(below("a"))));
    cr_expect(exists(base));
}

Test(cgroup, keeps_what_was_there, .description = "R070")
{
    make_directory(below("mine"));
    struct cgroup cgroup = make(below("mine"));
    cr_expect(not(cgroup.created));
    cr_expect(eq(ptr, cgroup.created_top, NULL));
    cgroup_release(&cgroup);
    remove_directory(below("mine"));
}

Test(cgroup, keeps_an_ancestor_that_others_use)
{
    struct cgroup first = make(below("pod/one"));
    struct cgroup second = make(below("pod/two"));
    cr_expect(eq(ptr, second.created_top, NULL));
    destroy(&first);
    cr_expect(exists(below("pod/two")));
    destroy(&second);
    remove_directory(below("pod"));
}

/* Moves into an ancestor as soon as it is there. */
static void intrude(void *directory)
{
    char pid[16], path[128];
    int fd, n = snprintf(pid, sizeof(pid), "%d", (int)getpid());
    snprintf(path, sizeof(path), "%s/cgroup.procs", (const char *)directory + 1);
    do
        fd = openat(host.mount_fd, path, O_WRONLY | O_CLOEXEC);
    while (fd < 0);
    (void)!write(fd, pid, (size_t)n);
    idle(NULL);
}

/* Ancestors are for everybody: who is in one has nothing to do with a cgroup below it that could not be made. */
Test(cgroup, an_ancestor_that_others_use_outlives_a_failure)
{
    struct cgroup home = make(below("home")), cgroup;
    char *top = below("top"), *leaf = below("top/middle/leaf");
    struct plan_cgroup plan = plan_at(leaf);
    write_file(base, "cgroup.max.depth", "2");
    for (int i = 0; i < 20; i++) {
        pid_t pid = start_in(&home, intrude, top);
        cr_assert(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), -EAGAIN), "%s", err.text);
        error_release(&err);
        kill(pid, SIGTERM);
        cr_expect(eq(int, status_of(pid), SIGTERM));
        if (exists(top))
            remove_directory(top);
    }
    destroy(&home);
}

Test(cgroup, is_open_to_readers_whatever_the_umask)
{
    struct stat st;
    umask(0077);
    struct cgroup cgroup = make(below("a/b"));
    cr_assert(eq(int, fstat(cgroup.fd, &st), 0));
    cr_expect(eq(uint, st.st_mode & 07777, 0755));
    cr_assert(eq(int, fstatat(host.mount_fd, below("a") + 1, &st, 0), 0));
    cr_expect(eq(uint, st.st_mode & 07777, 0755));
    destroy(&cgroup);
}

Test(cgroup, removal_of_an_absent_one_is_success)
{
    cr_expect(eq(int, cgroup_remove(&host, below("never"), NULL, &err), 0));
    cr_expect(eq(int, cgroup_remove(&host, NULL, NULL, &err), 0));
}

Test(cgroup, is_found_again)
{
    struct cgroup cgroup = make(below("a")), again, gone;
    cr_assert(eq(int, cgroup_open(&again, &host, cgroup.path, &err), 0));
    cr_expect(eq(str, again.path, cgroup.path));
    cr_expect(eq(int, cgroup_is_populated(&again), 0));
    cgroup_release(&again);
    destroy(&cgroup);
    cr_expect(eq(int, cgroup_open(&gone, &host, below("a"), &err), -ENOENT));
    cr_expect(eq(int, gone.fd, -1));
}

Test(cgroup, removal_kills_what_is_left_and_takes_nested_ones_along)
{
    struct cgroup cgroup = make(below("a"));
    pid_t outer = start_in(&cgroup, idle, NULL);
    make_directory(below("a/b"));
    make_directory(below("a/b/c"));
    make_directory(below("a/d"));
    struct cgroup inner;
    cr_assert(eq(int, cgroup_open(&inner, &host, below("a/b/c"), &err), 0));
    pid_t pid = start_in(&inner, idle, NULL);
    destroy(&cgroup);
    cr_expect(not(exists(below("a"))));
    cr_expect(eq(int, status_of(outer), SIGKILL));
    cr_expect(eq(int, status_of(pid), SIGKILL));
    cgroup_release(&inner);
}

/* A container may nest its cgroups deeper than a path may be long and than we may hold fds. */
Test(cgroup, removal_of_a_deep_tree)
{
    enum { DEPTH = 400, NAME = 10 };
    struct cgroup cgroup = make(below("deep"));
    _cleanup_(close_fd) int fd = dup(cgroup.fd);
    for (int i = 0; i < DEPTH; i++) {
        cr_assert(eq(int, mkdirat(fd, "0123456789", 0755), 0), "level %d: %s", i, strerror(errno));
        int next = openat(fd, "0123456789", O_PATH | O_DIRECTORY | O_CLOEXEC);
        cr_assert(next >= 0);
        close(fd);
        fd = next;
    }
    const struct rlimit few = {32, 32};
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &few), 0));
    destroy(&cgroup);
}

static void make_and_remove_often(void *path)
{
    struct plan_cgroup plan = plan_at(path);
    for (int i = 0; i < 300; i++) {
        struct cgroup cgroup;
        if (cgroup_make(&cgroup, &host, &plan, "x", NULL) < 0)
            _exit(1);
        if (cgroup_remove(&host, cgroup.path, cgroup.created_top, NULL) < 0)
            _exit(2);
        cgroup_release(&cgroup);
    }
}

Test(cgroup, two_may_come_and_go_below_one_missing_ancestor)
{
    const struct cgroup none = CGROUP_INIT;
    pid_t one = start_in(&none, make_and_remove_often, below("shared/one"));
    pid_t two = start_in(&none, make_and_remove_often, below("shared/two"));
    cr_expect(eq(int, status_of(one), 0));
    cr_expect(eq(int, status_of(two), 0));
    /* Whoever made it may have gone first. */
    unlinkat(host.mount_fd, below("shared") + 1, AT_REMOVEDIR);
}

Test(cgroup, a_disabled_manager_makes_nothing)
{
    struct plan_cgroup plan = {
        .manager = CGROUP_MANAGER_DISABLED, .restrict_devices = true, .delegate_uid = -1};
    struct cgroup cgroup;
    cr_expect(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), 0));
    cr_expect(eq(int, cgroup.fd, -1));
    cr_expect(eq(int, cgroup_restrict_devices(&cgroup, &plan, &err), 0));
    cr_expect(eq(int, cgroup_apply(&cgroup, &host, &plan, &err), 0));
    cr_expect(eq(int, cgroup_is_frozen(&cgroup), 0));
    cr_expect(eq(int, cgroup_kill(&cgroup, &err), -ENOTSUP));
    cr_expect(eq(int, cgroup_remove(&host, cgroup.path, cgroup.created_top, &err), 0));
}

/* ---- fitness ---- */

static void expect_refusal(const char *path, int code, const char *text)
{
    struct plan_cgroup plan = plan_at(path);
    struct cgroup cgroup;
    cr_expect(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), -code), "%s", err.text);
    expect_text(err.text, text);
    cr_expect(eq(str, err.where, (char *)"/linux/cgroupsPath"));
    cr_expect(eq(int, cgroup.fd, -1));
    cr_expect(eq(ptr, cgroup.path, NULL));
}

Test(cgroup, refuses_one_in_use, .description = "R232")
{
    struct cgroup cgroup = make(below("used"));
    pid_t first = start_in(&cgroup, idle, NULL), second = start_in(&cgroup, idle, NULL);
    expect_refusal(below("used"), EBUSY, "container's cgroup is not empty: 2 process(es) found");
    end(second);
    expect_refusal(below("used"), EBUSY, "container's cgroup is not empty: 1 process(es) found");
    cr_expect(eq(int, kill(first, 0), 0), "strangers are not touched");
    end(first);
    destroy(&cgroup);
}

Test(cgroup, refuses_one_whose_child_is_in_use)
{
    struct cgroup inner = make(below("outer/inner"));
    pid_t pid = start_in(&inner, idle, NULL);
    expect_refusal(below("outer"), EBUSY, "container's cgroup is not empty: 1 process(es) found");
    end(pid);
    destroy(&inner);
}

Test(cgroup, refuses_a_frozen_one, .description = "R232")
{
    make_directory(below("cold"));
    write_file(below("cold"), "cgroup.freeze", "1");
    expect_refusal(below("cold"), EBUSY, "container's cgroup unexpectedly frozen");
    cr_expect(exists(below("cold")));
    expect_refusal(below("cold/new"), EBUSY, "container's cgroup unexpectedly frozen");
    cr_expect(not(exists(below("cold/new"))));
    write_file(below("cold"), "cgroup.freeze", "0");
    remove_directory(below("cold"));
}

Test(cgroup, refuses_a_file_in_the_path)
{
    expect_refusal(below("cgroup.procs/x"), ENOTDIR, "make cgroup");
    expect_refusal(below("cgroup.procs"), ENOTDIR, "make cgroup");
}

Test(cgroup, says_which_bound_is_reached)
{
    write_file(base, "cgroup.max.descendants", "2");
    expect_refusal(below("a/b/c"), EAGAIN, "make cgroup");
    expect_text(err.hint, "cgroup.max.descendants");
    cr_expect(not(exists(below("a"))), "nothing may be left");
}

Test(cgroup, explains_why_a_threaded_tree_takes_no_process)
{
    make_directory(below("t"));
    write_file(below("t"), "cgroup.type", "threaded");
    struct cgroup cgroup = make(below("t/x"));
    pid_t pid = sys_clone3(0, cgroup.fd, NULL);
    if (pid == 0)
        _exit(0);
    cr_assert(eq(int, pid, -EOPNOTSUPP));
    error_sys(&err, -pid, "clone3");
    cgroup_explain_entry(&cgroup, -pid, &err);
    expect_text(err.hint, "threaded");
    destroy(&cgroup);
    remove_directory(below("t"));
}

/* ---- processes ---- */

Test(cgroup, kills_all)
{
    struct cgroup cgroup = make(below("a"));
    pid_t one = start_in(&cgroup, idle, NULL), two = start_in(&cgroup, idle, NULL);
    cr_expect(eq(int, cgroup_is_populated(&cgroup), 1));
    cr_expect(eq(int, cgroup_kill(&cgroup, &err), 0));
    cr_expect(eq(int, status_of(one), SIGKILL));
    cr_expect(eq(int, status_of(two), SIGKILL));
    cr_expect(eq(int, cgroup_is_populated(&cgroup), 0));
    destroy(&cgroup);
}

Test(cgroup, lists_pids_of_the_whole_tree)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct cgroup outer = make(below("a")), inner;
    make_directory(below("a/b"));
    cr_assert(eq(int, cgroup_open(&inner, &host, below("a/b"), &err), 0));
    pid_t one = start_in(&outer, idle, NULL), two = start_in(&inner, idle, NULL);
    pid_t *pids;
    size_t n;
    cr_assert(eq(int, cgroup_pids(&outer, &arena, &pids, &n, &err), 0));
    cr_assert(eq(sz, n, 2));
    cr_expect(eq(int, pids[0], one));
    cr_expect(eq(int, pids[1], two));
    cr_assert(eq(int, cgroup_pids(&inner, &arena, &pids, &n, &err), 0));
    cr_assert(eq(sz, n, 1));
    cgroup_release(&inner);
    destroy(&outer);
    status_of(one);
    status_of(two);
    cr_expect(eq(ulong, cgroup_oom_kills(&outer), 0));
}

static void write_one_when_asked(void *data)
{
    int *pipes = data;
    char byte;
    if (read(pipes[0], &byte, 1) != 1 || write(pipes[1], &byte, 1) != 1)
        _exit(1);
}

Test(cgroup, freezes_and_thaws)
{
    int ask[2], answer[2];
    cr_assert(eq(int, pipe2(ask, O_CLOEXEC), 0));
    cr_assert(eq(int, pipe2(answer, O_CLOEXEC | O_NONBLOCK), 0));
    int ends[] = {ask[0], answer[1]};
    struct cgroup cgroup = make(below("a"));
    pid_t pid = start_in(&cgroup, write_one_when_asked, ends);
    char byte = 'x';

    cr_assert(eq(int, cgroup_freeze(&cgroup, true, &err), 0), "%s", err.text);
    cr_expect(eq(int, cgroup_is_frozen(&cgroup), 1));
    cr_assert(eq(int, (int)write(ask[1], &byte, 1), 1));
    usleep(50000);
    cr_expect(eq(int, (int)read(answer[0], &byte, 1), -1), "it must not run");
    cr_assert(eq(int, cgroup_freeze(&cgroup, false, &err), 0), "%s", err.text);
    cr_expect(eq(int, cgroup_is_frozen(&cgroup), 0));
    cr_expect(eq(int, status_of(pid), 0));
    cr_expect(eq(int, (int)read(answer[0], &byte, 1), 1));
    destroy(&cgroup);
}

Test(cgroup, frozen_processes_die_at_removal)
{
    struct cgroup cgroup = make(below("a"));
    pid_t pid = start_in(&cgroup, idle, NULL);
    cr_assert(eq(int, cgroup_freeze(&cgroup, true, &err), 0));
    destroy(&cgroup);
    cr_expect(eq(int, status_of(pid), SIGKILL));
}

/* ---- limits ---- */

static void apply_fails(struct plan_cgroup_write *write, int code)
{
    struct cgroup cgroup = make(below("a"));
    struct plan_cgroup plan = plan_at(NULL);
    plan.writes = write;
    plan.n_writes = 1;
    cr_expect(eq(int, cgroup_apply(&cgroup, &host, &plan, &err), -code), "%s", err.text);
    cr_expect(eq(str, err.where, (char *)write->where));
    destroy(&cgroup);
}

Test(cgroup, writes_values, .description = "R281")
{
    struct plan_cgroup_write writes[] = {
        {"cgroup", "cgroup.max.depth", "3", "/u/1"},
        {"cgroup", "cgroup.no-such-file", "3", "/u/2", .optional_file = true},
        {"cgroup", "cgroup.no-such-file", "x", "/u/3", .fallback_file = "cgroup.max.descendants",
         .fallback_value = "7"},
        {"cgroup", "cgroup.max.depth", "1\n2\n", "/u/4"},
    };
    struct cgroup cgroup = make(below("a"));
    struct plan_cgroup plan = plan_at(NULL);
    plan.writes = writes;
    plan.n_writes = ELEMENTSOF(writes);
    cr_assert(eq(int, cgroup_apply(&cgroup, &host, &plan, &err), 0), "%s", err.text);
    char text[64];
    cr_assert(eq(int, directory_read(cgroup.fd, "cgroup.max.depth", text, sizeof(text)), 0));
    cr_expect(eq(str, text, (char *)"2\n"), "every line is written, the last one stays");
    cr_assert(eq(int, directory_read(cgroup.fd, "cgroup.max.descendants", text, sizeof(text)), 0));
    cr_expect(eq(str, text, (char *)"7\n"));
    destroy(&cgroup);
}

Test(cgroup, names_file_and_value_that_the_kernel_refused)
{
    struct plan_cgroup_write write = {"cgroup", "cgroup.max.depth", "many",
                                      "/linux/resources/unified/x"};
    apply_fails(&write, EINVAL);
    expect_text(err.text, "write \"many\" to cgroup.max.depth");
}

Test(cgroup, names_a_file_that_no_cgroup_has, .description = "R282")
{
    struct plan_cgroup_write write = {"cgroup", "cgroup.frobnicate", "1",
                                      "/linux/resources/unified/y"};
    apply_fails(&write, ENOTSUP);
    expect_text(err.text, "cgroups have no file cgroup.frobnicate");
}

static enum controller_state state_of(const char *controller)
{
    _cleanup_(free_ptr) char *text = NULL;
    cr_assert(eq(int, file_read(AT_FDCWD, "/proc/cgroups", 65536, &text, NULL), 0));
    return controller_state(text, controller);
}

static void make_needs_controller(const char *name, const char *file)
{
    struct plan_cgroup_write write = {name, file, "100000000", "/linux/resources/some/limit"};
    struct plan_cgroup plan = plan_at(below("a/b"));
    plan.writes = &write;
    plan.n_writes = 1;
    struct cgroup cgroup;
    char text[128];
    cr_assert(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), -ENOTSUP), "%s", err.text);
    snprintf(text, sizeof(text), "the %s controller is not available in cgroup v2", name);
    cr_expect(eq(str, err.text, text));
    cr_expect(eq(str, err.where, (char *)"/linux/resources/some/limit"));
    cr_expect(eq(int, (int)err.kind, (int)ERROR_UNSUPPORTED));
    cr_expect(not(exists(below("a"))), "nothing may be left");
}

Test(cgroup, controller_on_v1, .description = "R282")
{
    if (state_of("memory") != CONTROLLER_ON_V1)
        SKIP("needs a hybrid host: the memory controller is not on cgroup v1");
    make_needs_controller("memory", "memory.max");
    expect_text(err.hint, "bound to cgroup v1 on this host: boot with cgroup_no_v1=all");
}

Test(cgroup, controller_that_no_kernel_has, .description = "R282")
{
    make_needs_controller("frobnicate", "frobnicate.max");
    /* Who sees only a part of the hierarchy cannot tell the two causes apart. */
    bool part = exists("/cgroup.events");
    expect_text(err.hint, part ? "not delegated" : "built without it");
}

/* A controller that could be enabled here, or NULL; "domain" ones are bound to the
 * no-internal-process rule. */
static const char *available_controller(const char *const *wanted, size_t n)
{
    char available[512];
    cr_assert(eq(
        int, directory_read(host.mount_fd, "cgroup.subtree_control", available, sizeof(available)),
        0));
    for (size_t i = 0; i < n; i++) {
        if (words_contain(available, wanted[i]))
            return wanted[i];
    }
    return NULL;
}

Test(cgroup, enables_controllers_on_the_way_down, .description = "R280")
{
    static const char *const wanted[] = {"pids", "hugetlb"};
    const char *controller = available_controller(wanted, ELEMENTSOF(wanted));
    if (!controller)
        SKIP("needs the pids or hugetlb controller on cgroup v2");
    const char *file = strcmp(controller, "pids") == 0 ? "pids.max" : "hugetlb.2MB.max";
    struct plan_cgroup_write write = {controller, file, "4194304", "/linux/resources/some/limit"};
    struct plan_cgroup plan = plan_at(below("a/b"));
    plan.writes = &write;
    plan.n_writes = 1;
    struct cgroup cgroup;
    char text[64], disable[64];
    cr_assert(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), 0), "%s (%s)", err.text,
              err.hint);
    cr_assert(eq(int, cgroup_apply(&cgroup, &host, &plan, &err), 0), "%s", err.text);
    cr_assert(eq(int, directory_read(cgroup.fd, file, text, sizeof(text)), 0));
    cr_expect(eq(str, text, (char *)"4194304\n"));
    destroy(&cgroup);
    snprintf(disable, sizeof(disable), "-%s", controller);
    write_file(base, "cgroup.subtree_control", disable);
}

Test(cgroup, explains_the_no_internal_process_rule)
{
    static const char *const wanted[] = {"memory", "io", "hugetlb"};
    const char *controller = available_controller(wanted, ELEMENTSOF(wanted));
    if (!controller)
        SKIP("needs the memory, io or hugetlb controller on cgroup v2");
    struct cgroup outer = make(below("a"));
    pid_t pid = start_in(&outer, idle, NULL);
    struct plan_cgroup_write write = {controller, "x", "1", "/linux/resources/some/limit"};
    struct plan_cgroup plan = plan_at(below("a/b"));
    plan.writes = &write;
    plan.n_writes = 1;
    struct cgroup cgroup;
    char disable[64];
    cr_expect(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), -EBUSY));
    expect_text(err.hint, "no-internal-process rule");
    cr_expect(eq(str, err.where, (char *)"/linux/resources/some/limit"));
    end(pid);
    destroy(&outer);
    snprintf(disable, sizeof(disable), "-%s", controller);
    write_file(base, "cgroup.subtree_control", disable);
}

Test(cgroup, counts_oom_kills)
{
    static const char *const wanted[] = {"memory"};
    if (!available_controller(wanted, 1))
        SKIP("needs the memory controller on cgroup v2");
    write_file(base, "cgroup.subtree_control", "+memory");
    struct cgroup cgroup = make(below("a"));
    cr_expect(eq(ulong, cgroup_oom_kills(&cgroup), 0));
    destroy(&cgroup);
    write_file(base, "cgroup.subtree_control", "-memory");
}

Test(cgroup, is_handed_to_its_user, .description = "R242 R247 R248 R250")
{
    static const char *const handed[] = {"cgroup.procs", "cgroup.subtree_control",
                                         "cgroup.threads"};
    struct plan_cgroup plan = plan_at(below("a"));
    struct cgroup cgroup;
    struct stat st;
    plan.delegate_uid = 12345;
    cr_assert(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), 0), "%s", err.text);
    cr_assert(eq(int, fstat(cgroup.fd, &st), 0));
    cr_expect(eq(uint, st.st_uid, 12345));
    cr_expect(eq(uint, st.st_gid, 0));
    for (size_t i = 0; i < ELEMENTSOF(handed); i++) {
        cr_assert(eq(int, fstatat(cgroup.fd, handed[i], &st, 0), 0));
        cr_expect(eq(uint, st.st_uid, 12345), "%s", handed[i]);
    }
    cr_assert(eq(int, fstatat(cgroup.fd, "cgroup.max.depth", &st, 0), 0));
    cr_expect(eq(uint, st.st_uid, 0), "nothing else changes hands");
    destroy(&cgroup);
}

Test(cgroup, is_handed_to_its_user_without_the_kernels_list, .description = "R249")
{
    struct plan_cgroup plan = plan_at(below("a"));
    struct cgroup cgroup;
    struct stat st;
    cr_assert(eq(int, mount("none", "/sys/kernel/cgroup", "tmpfs", 0, NULL), 0), "%s",
              strerror(errno));
    plan.delegate_uid = 12345;
    cr_assert(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), 0), "%s", err.text);
    cr_assert(eq(int, fstatat(cgroup.fd, "cgroup.threads", &st, 0), 0));
    cr_expect(eq(uint, st.st_uid, 12345));
    destroy(&cgroup);
}

/* ---- finding the hierarchy ---- */

static void hide_cgroups(void)
{
    cr_assert(eq(int, mount("none", "/sys/fs/cgroup", "tmpfs", 0, "mode=755"), 0), "%s",
              strerror(errno));
}

Test(cgroup, a_host_without_v2)
{
    struct cgroup_host none;
    struct plan_cgroup plan = plan_at("/x");
    struct cgroup cgroup;
    cr_assert(eq(int, umount2("/sys/fs/cgroup", MNT_DETACH), 0));
    cr_assert(eq(int, cgroup_host_open(&none, &err), 0), "only an error when one is needed");
    cr_expect(eq(int, none.mount_fd, -1));
    cr_expect(eq(int, cgroup_make(&cgroup, &none, &plan, "x", &err), -ENOTSUP));
    cr_expect(eq(str, err.text, (char *)"no cgroup v2 hierarchy is mounted"));
    expect_text(err.hint, "mount -t cgroup2");
    plan.manager = CGROUP_MANAGER_DISABLED;
    cr_expect(eq(int, cgroup_make(&cgroup, &none, &plan, "x", &err), 0));
    cgroup_host_release(&none);
}

Test(cgroup, a_hierarchy_elsewhere_is_found)
{
    struct cgroup_host found;
    cr_assert(eq(int, umount2("/sys/fs/cgroup", MNT_DETACH), 0));
    cr_assert(eq(int, mount("none", "/mnt", "tmpfs", 0, NULL), 0));
    cr_assert(eq(int, mkdir("/mnt/with blank", 0755), 0));
    cr_assert(eq(int, mount("none", "/mnt/with blank", "cgroup2", 0, NULL), 0), "%s",
              strerror(errno));
    cr_assert(eq(int, cgroup_host_open(&found, &err), 0));
    cr_expect(eq(str, found.mount_path, (char *)"/mnt/with blank"));
    cr_expect(eq(int, faccessat(found.mount_fd, base + 1, F_OK, 0), 0));
    cgroup_host_release(&found);
}

Test(cgroup, the_pure_host_comes_first)
{
    struct cgroup_host found;
    hide_cgroups();
    cr_assert(eq(int, mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL), 0), "%s",
              strerror(errno));
    cr_assert(eq(int, cgroup_host_open(&found, &err), 0));
    cr_expect(eq(str, found.mount_path, (char *)"/sys/fs/cgroup"));
    cgroup_host_release(&found);
}
