/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

static char *mounts_before, *cgroups_before;

const char *test_prefix(void)
{
    static char *prefix;

    if (prefix == NULL) {
        const char *program = getenv("TARE_TEST_PREFIX");

        prefix = text_format("%s%d", program == NULL ? "tare-test-0-" : program, getpid());
    }
    return prefix;
}

bool binary_is_tare(void)
{
    const char *path = tare_binary(), *slash = strrchr(path, '/');

    return strncmp(slash == NULL ? path : slash + 1, "tare", 4) == 0;
}

void test_skip(const char *format, ...)
{
    va_list arguments;
    char *reason;

    va_start(arguments, format);
    cr_assert_geq(vasprintf(&reason, format, arguments), 0);
    va_end(arguments);
    printf("SKIP: %s/%s: %s\n", criterion_current_test->category, criterion_current_test->name,
           reason);
    fflush(stdout);
    cr_skip_test("%s", reason);
    abort();
}

bool host_has_controller(const char *name)
{
    char *list = file_read("/sys/fs/cgroup/cgroup.controllers");

    for (char *word = strtok(list, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        if (strcmp(word, name) == 0)
            return true;
    }
    return false;
}

bool host_has_kernel(unsigned major, unsigned minor)
{
    struct utsname name;
    unsigned is_major = 0, is_minor = 0;

    cr_assert_eq(uname(&name), 0);
    sscanf(name.release, "%u.%u", &is_major, &is_minor);
    return is_major > major || (is_major == major && is_minor >= minor);
}

void need_controller(const char *name)
{
    if (!host_has_controller(name))
        SKIP("needs the %s controller on cgroup v2; runs in the virtual machine", name);
}

/* ---- the private namespace ---- */

static void set_up_mounts(void)
{
    if (geteuid() != 0)
        SKIP("needs root");
    cr_assert_eq(unshare(CLONE_NEWNS), 0, "unshare: %s", strerror(errno));
    cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    directory_make(WORK);
    cr_assert_eq(mount("tare-test", WORK, "tmpfs", 0, "mode=755"), 0, "mount %s: %s", WORK,
                 strerror(errno));
    /* Orphans of a container come to the test, which then sees that they are there. */
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    umask(022);
}

static bool cgroup_is_v2(void)
{
    struct statfs fs;

    return statfs("/sys/fs/cgroup", &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
}

void test_setup(void)
{
    set_up_mounts();
    if (!cgroup_is_v2()) {
        cr_assert_eq(mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL), 0, "mount cgroup2: %s",
                     strerror(errno));
    }
    host_snapshot();
}

void test_setup_hybrid(void)
{
    set_up_mounts();
    if (cgroup_is_v2() || !file_exists("/sys/fs/cgroup/unified/cgroup.procs"))
        SKIP("the host has no hybrid cgroup hierarchies");
    host_snapshot();
}

/* ---- file systems that take id mappings ---- */

/* Directories of the disk, and where they are mounted. */
static struct {
    char *path;
    const char *mounted;
} directories[4];
static size_t directory_count;

static void mount_directory(const char *path, mode_t mode)
{
    char *made = text_format("%s/mappable-%s-XXXXXX", TEST_BUILDDIR, test_prefix());

    cr_assert_lt(directory_count, sizeof(directories) / sizeof(directories[0]));
    cr_assert_not_null(mkdtemp(made), "%s: %s", made, strerror(errno));
    directories[directory_count].path = made;
    directories[directory_count++].mounted = path;
    cr_assert_eq(chmod(made, mode), 0);
    cr_assert_eq(mount(made, path, NULL, MS_BIND, NULL), 0, "%s: %s", path, strerror(errno));
}

void mount_mappable(const char *path, mode_t mode)
{
    directory_make(path);
    if (!host_has_kernel(6, 3))
        mount_directory(path, mode);
    else
        cr_assert_eq(mount("mappable", path, "tmpfs", 0, text_format("mode=%o", mode)), 0, "%s: %s",
                     path, strerror(errno));
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *where)
{
    (void)stat;
    (void)type;
    (void)where;
    return remove(path);
}

static void directories_remove(void)
{
    for (size_t i = directory_count; i > 0; i--)
        umount2(directories[i - 1].mounted, MNT_DETACH);
    for (size_t i = 0; i < directory_count; i++)
        cr_assert_eq(nftw(directories[i].path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0, "%s: %s",
                     directories[i].path, strerror(errno));
}

/* ---- what is left ---- */

static void list_cgroups(struct text *list, const char *path)
{
    /* With the dash: "tare-test-1-3" is not "tare-test-1-30". */
    const char *prefix = text_format("%s-", test_prefix());
    DIR *directory = opendir(path);

    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char *child;

        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        child = text_format("%s/%s", path, entry->d_name);
        if (strstr(child, prefix) != NULL)
            text_add(list, "%s\n", child);
        list_cgroups(list, child);
        free(child);
    }
    closedir(directory);
}

static char *cgroups_now(void)
{
    struct text list = {0};

    list_cgroups(&list, cgroup_is_v2() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified");
    return text_string(&list);
}

void host_snapshot(void)
{
    mounts_before = file_read("/proc/self/mountinfo");
    cgroups_before = cgroups_now();
}

/* Names in a directory, without "." and ".." and the runtime's own hidden ones. */
static char *directory_names(const char *path)
{
    struct text list = {0};
    DIR *directory = opendir(path);

    if (directory == NULL)
        return text_string(&list);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.')
            text_add(&list, "%s ", entry->d_name);
    }
    closedir(directory);
    return text_string(&list);
}

static bool children_left(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    return waitpid(-1, NULL, WNOHANG) == 0 || errno != ECHILD;
}

void assert_nothing_left(void)
{
    char *names;

    for (int i = 0; children_left() && i < 2000; i++)
        usleep(5000);
    cr_assert_not(
        children_left(), "a process is left: %s",
        file_exists("/proc/thread-self/children") ? file_read("/proc/thread-self/children") : "?");
    cr_assert_str_eq(cgroups_now(), cgroups_before, "cgroups are left: %s", cgroups_now());
    cr_assert_str_eq(file_read("/proc/self/mountinfo"), mounts_before, "mounts are left: %s",
                     file_read("/proc/self/mountinfo"));
    names = directory_names(STATE);
    cr_assert_str_empty(names, "state is left: %s", names);
    cr_assert_not(file_exists(PID_FILE), "the pid file is left");
}

void test_teardown(void)
{
    unlink(PID_FILE);
    assert_nothing_left();
    directories_remove();
}
