/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"
#include "sys/process.h"

/* fsconfig(2) takes texts of up to 255 bytes, which is little for the directories of an overlay. mount(2) takes a
 * page for all options, but no detached mount: it is made where nobody sees it, and cloned from there. */

/* What fsconfig(2) takes of one text, without its end. */
#define FSCONFIG_MAX 255
/* A directory that there is on every host. */
#define SOME_DIRECTORY "/proc"

/* The options of a filesystem as mount(2) wants them. */
struct mount_data {
    unsigned long flags;
    char *text;
    size_t length, size; /* of `text`: used, and there */
};

static bool is_long(const char *text)
{
    return text && strlen(text) > FSCONFIG_MAX;
}

bool filesystem_is_long(const struct plan_mount *mount)
{
    /* A tmpfs has no such options, and mount(2) would give it another mode; see inherit_mode(). */
    if (strcmp(mount->fstype, "tmpfs") == 0)
        return false;
    bool found = is_long(mount->source);
    for (size_t i = 0; i < mount->n_fs_options && !found; i++) {
        found = is_long(mount->fs_options[i].key) || is_long(mount->fs_options[i].value);
    }
    return found;
}

/* An option that fsconfig(2) takes like every other, and mount(2) only as a flag. */
static bool read_flag(const struct plan_mount *mount, const struct plan_fs_option *option,
                      unsigned long *flags)
{
    static const struct {
        const char *key;
        unsigned long set, clear;
    } known[] = {
        {"ro", MS_RDONLY, 0},           {"rw", 0, MS_RDONLY},       {"sync", MS_SYNCHRONOUS, 0},
        {"async", 0, MS_SYNCHRONOUS},   {"dirsync", MS_DIRSYNC, 0}, {"lazytime", MS_LAZYTIME, 0},
        {"nolazytime", 0, MS_LAZYTIME}, {"mand", MS_MANDLOCK, 0},   {"nomand", 0, MS_MANDLOCK},
    };
    for (size_t i = 0; i < ELEMENTSOF(known); i++) {
        if (option->value || strcmp(option->key, known[i].key) != 0)
            continue;
        /* Device nodes and mount points come first; see mounts_finish(). */
        unsigned long late = mount->readonly_late ? MS_RDONLY : 0;
        *flags = (*flags | (known[i].set & ~late)) & ~known[i].clear;
        return true;
    }
    return false;
}

static int add_option(struct mount_data *data, const struct plan_fs_option *option,
                      struct error *err)
{
    int n = snprintf(data->text + data->length, data->size - data->length, "%s%s%s%s",
                     data->length ? "," : "", option->key, option->value ? "=" : "",
                     option->value ? option->value : "");
    if (n >= 0 && (size_t)n < data->size - data->length) {
        data->length += (size_t)n;
        return 0;
    }
    error_set(err, E2BIG, "option %s: the options of a filesystem are longer than %zu bytes",
              option->key, data->size - 1);
    error_add_where(err, "%s", option->where);
    return -E2BIG;
}

static int read_data(const struct plan_mount *mount, struct mount_data *data, struct error *err)
{
    for (size_t i = 0; i < mount->n_fs_options; i++) {
        const struct plan_fs_option *option = &mount->fs_options[i];
        if (read_flag(mount, option, &data->flags))
            continue;
        int r = add_option(data, option, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* In a mount namespace that ends with us: nobody sees the mount that a clone is taken from. */
static int mount_and_clone(const struct plan_mount *what, const struct mount_data *data, int slot)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(what->source ? what->source : "none", SOME_DIRECTORY, what->fstype, data->flags,
              data->text) < 0)
        return errno;
    int tree = sys_open_tree(AT_FDCWD, SOME_DIRECTORY, OPEN_TREE_CLONE);
    if (tree < 0)
        return -tree;
    return dup3(tree, slot, O_CLOEXEC) < 0 ? errno : 0;
}

static int report(const struct build *build, const struct plan_mount *mount, int status,
                  struct error *err)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
    if (code == 0)
        return 0;
    error_sys(err, code, "mount(2) with long options");
    if (code == ENOENT)
        error_add_hint(err, "is there every directory that they name?");
    filesystem_explain(build, mount, code, err);
    return -code;
}

/* The child shares our fds, and leaves the mount in the one that we have kept for it. */
static int make_in_child(const struct build *build, const struct plan_mount *mount,
                         const struct mount_data *data, struct error *err)
{
    _cleanup_(close_fd) int slot = fcntl(build->root, F_DUPFD_CLOEXEC, 3);
    if (slot < 0)
        return error_sys(err, errno, "keep an fd for the mount");
    _cleanup_(close_fd) int pidfd = -1;
    pid_t pid = sys_clone3(CLONE_NEWNS | CLONE_FILES, -1, &pidfd);
    if (pid == 0)
        _exit(mount_and_clone(mount, data, slot));
    if (pid < 0)
        return error_sys(err, -pid, "make a mount namespace for its long options");
    int status;
    int r = sys_pidfd_wait(pidfd, &status);
    if (r < 0)
        return error_sys(err, -r, "wait for the mount");
    r = report(build, mount, status, err);
    return r < 0 ? r : TAKE_FD(slot);
}

int filesystem_make_long(const struct build *build, const struct plan_mount *mount,
                         uint64_t attributes, struct error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    _cleanup_(free_ptr) char *text = calloc(1, page);
    if (!text)
        return error_sys(err, ENOMEM, "join the options");
    struct mount_data data = {.text = text, .size = page};
    int r = read_data(mount, &data, err);
    if (r < 0)
        return r;
    _cleanup_(close_fd) int tree = make_in_child(build, mount, &data, err);
    if (tree < 0)
        return tree;
    struct mount_attr attr = {.attr_set = attributes};
    if (attributes & MOUNT_ATTR__ATIME)
        attr.attr_clr = MOUNT_ATTR__ATIME;
    r = sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr);
    return r < 0 ? error_sys(err, -r, "set the flags of the mount") : TAKE_FD(tree);
}
