/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/user.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/text.h"

#define BINARY WORK "/user-bin/tare"

/* ---- the user ---- */

static void cover(const char *path, const char *line)
{
    char *copy = text_format(WORK "/etc%s", strrchr(path, '/'));

    if (!file_exists(path))
        return;
    file_copy(path, copy);
    file_write(copy, "%s%s\n", file_read(path), line);
    cr_assert_eq(chmod(copy, 0644), 0);
    cr_assert_eq(mount(copy, path, NULL, MS_BIND, NULL), 0, "cover %s: %s", path, strerror(errno));
}

struct user *user_new(void)
{
    struct user *user = calloc(1, sizeof(*user));
    char *grant = text_format("%s:%d:%d", USER_NAME, GRANTED_ID, GRANTED_COUNT);
    const char *twin = text_format("%s-dynamic", tare_binary());

    cover("/etc/passwd", text_format("%s:x:%d:%d::/:/bin/sh", USER_NAME, USER_ID, USER_ID));
    cover("/etc/group", text_format("%s:x:%d:", USER_NAME, USER_ID));
    cover("/etc/subuid", grant);
    cover("/etc/subgid", grant);
    file_copy(tare_binary(), BINARY);
    if (file_exists(twin))
        file_copy(twin, BINARY "-dynamic");
    directory_make(STATE);
    user_owns(STATE);
    directory_make(USER_RUNTIME);
    user_owns(USER_RUNTIME);
    host_snapshot();
    return user;
}

static int give(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return lchown(path, USER_ID, USER_ID);
}

void user_owns(const char *path)
{
    cr_assert_eq(nftw(path, give, 16, FTW_PHYS), 0, "chown %s: %s", path, strerror(errno));
}

/* Root outside writes the maps of the process that is about to become tare. */
static void enter_user_namespace(void)
{
    int ready[2], done[2];
    char byte = 'x';
    pid_t parent = getpid(), pid;

    if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(done, O_CLOEXEC) < 0 || (pid = fork()) < 0)
        _exit(203);
    if (pid == 0) {
        static const char *const files[] = {"uid_map", "gid_map"};

        if (read(ready[0], &byte, 1) != 1)
            _exit(1);
        for (size_t i = 0; i < 2; i++) {
            char path[64], map[64];
            int fd, n = snprintf(map, sizeof(map), "0 %d 1\n1 %d %d\n", USER_ID, GRANTED_ID,
                                 GRANTED_COUNT);

            snprintf(path, sizeof(path), "/proc/%d/%s", parent, files[i]);
            fd = open(path, O_WRONLY | O_CLOEXEC);
            if (write(fd, map, (size_t)n) != n)
                _exit(1);
        }
        _exit(write(done[1], &byte, 1) == 1 ? 0 : 1);
    }
    close(done[1]);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || write(ready[1], &byte, 1) != 1 ||
        read(done[0], &byte, 1) != 1 || waitpid(pid, NULL, 0) != pid)
        _exit(204);
    if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        _exit(205);
}

static void become_user(const void *data)
{
    const struct user *user = data;

    if (user->cgroup != NULL) {
        int fd = open(text_format("/sys/fs/cgroup%s/cgroup.procs", user->cgroup), O_WRONLY);

        if (fd < 0 || write(fd, "0", 1) != 1)
            _exit(206);
        close(fd);
    }
    if (user->in_user_namespace)
        enter_user_namespace();
    else if (setgroups(0, NULL) < 0 || setresgid(USER_ID, USER_ID, USER_ID) < 0 ||
             setresuid(USER_ID, USER_ID, USER_ID) < 0)
        _exit(207);
}

const struct setting *user_setting(struct user *user)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", "XDG_RUNTIME_DIR=" USER_RUNTIME, NULL};
    static const char *const poor_env[] = {"PATH=/nowhere", "XDG_RUNTIME_DIR=" USER_RUNTIME, NULL};

    user->setting.binary = BINARY;
    user->setting.prepare = become_user;
    user->setting.data = user;
    if (user->setting.env == NULL)
        user->setting.env = user->without_helpers ? poor_env : env;
    return &user->setting;
}

void need_id_helpers(void)
{
    static const char *const needed[] = {"/usr/bin/newuidmap", "/usr/bin/newgidmap"};
    struct stat st;

    for (size_t i = 0; i < 2; i++) {
        if (stat(needed[i], &st) < 0 || !(st.st_mode & S_ISUID) || !file_exists("/etc/subuid"))
            SKIP("needs newuidmap and newgidmap (package uidmap)");
    }
}

/* ---- bundles ---- */

struct bundle *user_bundle(void)
{
    struct bundle *bundle = bundle_new();
    const char *map = text_format("[{\"containerID\":0,\"hostID\":%d,\"size\":1}]", USER_ID);

    bundle_add_namespace(bundle, "user", NULL);
    bundle_set(bundle, "/linux/uidMappings", "%s", map);
    bundle_set(bundle, "/linux/gidMappings", "%s", map);
    /* gid=5 */
    bundle_remove(bundle, "/mounts/2/options/5");
    user_owns(bundle->path);
    return bundle;
}

void user_bundle_map_granted(struct bundle *bundle)
{
    const char *granted =
        text_format("{\"containerID\":1,\"hostID\":%d,\"size\":%d}", GRANTED_ID, GRANTED_COUNT);

    bundle_set(bundle, "/linux/uidMappings/-", "%s", granted);
    bundle_set(bundle, "/linux/gidMappings/-", "%s", granted);
}

struct result *user_run(struct user *user, const struct bundle *bundle)
{
    user_owns(bundle->path);
    return bundle_run_with(bundle, user_setting(user));
}

/* ---- cgroups ---- */

char *user_cgroup_make(const char *name)
{
    static const char *const files[] = {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"};
    char *path = text_format("/%s-%s", test_prefix(), name);
    const char *directory = text_format("/sys/fs/cgroup%s", path);

    cr_assert_eq(mkdir(directory, 0755), 0, "mkdir %s: %s", directory, strerror(errno));
    cr_assert_eq(chown(directory, USER_ID, USER_ID), 0);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(chown(text_format("%s/%s", directory, files[i]), USER_ID, USER_ID), 0);
    host_snapshot();
    return path;
}

void user_cgroup_remove(const char *path)
{
    const char *directory = text_format("/sys/fs/cgroup%s", path);

    assert_nothing_left();
    cr_assert_eq(rmdir(directory), 0, "rmdir %s: %s", directory, strerror(errno));
    host_snapshot();
}
