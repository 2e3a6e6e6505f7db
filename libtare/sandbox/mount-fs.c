/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

/* What the filesystem has to say about a failure, "" for nothing. A line is "e tmpfs: Bad value for
 * 'x'". */
void filesystem_log(int fs_fd, char *text, size_t size)
{
    char line[256];
    text[0] = '\0';
    for (;;) {
        ssize_t n = read(fs_fd, line, sizeof(line) - 1);
        if (n <= 2)
            return;
        while (n > 0 && line[n - 1] == '\n') {
            n--;
        }
        line[n] = '\0';
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s", used ? "; " : "", line + 2);
    }
}

static int option_failed(int fs_fd, const struct plan_fs_option *option, int code,
                         struct error *err)
{
    char log[256];
    filesystem_log(fs_fd, log, sizeof(log));
    const char *equals = option->value ? "=" : "";
    const char *value = option->value ? option->value : "";
    if (log[0])
        error_set(err, code, "option %s%s%s: %s", option->key, equals, value, log);
    else
        error_sys(err, code, "option %s%s%s", option->key, equals, value);
    error_add_where(err, "%s", option->where);
    return -code;
}

static bool has_option(const struct plan_mount *mount, const char *key)
{
    for (size_t i = 0; i < mount->n_fs_options; i++) {
        if (strcmp(mount->fs_options[i].key, key) == 0)
            return true;
    }
    return false;
}

static int set_options(int fs_fd, const struct plan_mount *mount, struct error *err)
{
    for (size_t i = 0; i < mount->n_fs_options; i++) {
        const struct plan_fs_option *option = &mount->fs_options[i];
        /* Device nodes and mount points come first; see mounts_finish(). */
        if (mount->readonly_late && strcmp(option->key, "ro") == 0)
            continue;
        unsigned command = option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
        int r = sys_fsconfig(fs_fd, command, option->key, option->value, 0);
        if (r < 0)
            return option_failed(fs_fd, option, -r, err);
    }
    return 0;
}

/* A tmpfs has the mode of the directory that it covers, unless the config says which. The owner is
 * root: a container may have given up the capability to write what another user of the image owns. */
static int inherit_mode(int fs_fd, const struct plan_mount *mount, int target, struct error *err)
{
    struct stat st;
    char value[16];
    if (target < 0 || has_option(mount, "mode") || fstat(target, &st) < 0)
        return 0;
    snprintf(value, sizeof(value), "%o", (unsigned)(st.st_mode & 07777));
    int r = sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "mode", value, 0);
    return r < 0 ? error_sys(err, -r, "inherit the mode of the directory below") : 0;
}

void filesystem_explain(const struct build *build, const struct plan_mount *mount, int code,
                        struct error *err)
{
    if (code == ENODEV)
        error_add_hint(err, "this kernel has no filesystem \"%s\": is a module missing?",
                       mount->fstype);
    if (code == EPERM && build->plan->in_user_namespace) {
        if (strcmp(mount->fstype, "proc") == 0)
            error_add_hint(
                err, "in a user namespace procfs needs a pid namespace of its own, and a /proc "
                     "outside that is not partly covered");
        else if (strcmp(mount->fstype, "mqueue") == 0)
            error_add_hint(err, "in a user namespace mqueue needs an ipc namespace of its own");
        else if (strcmp(mount->fstype, "sysfs") == 0)
            error_add_hint(err,
                           "in a user namespace sysfs needs a network namespace of its own, and a "
                           "/sys outside that is not partly covered: bind /sys instead");
        else
            error_add_hint(err, "the kernel does not let user namespaces mount %s", mount->fstype);
    }
}

static int type_failed(const struct build *build, const struct plan_mount *mount, int code,
                       struct error *err)
{
    error_sys(err, code, "open the filesystem type %s", mount->fstype);
    filesystem_explain(build, mount, code, err);
    return -code;
}

static int creation_failed(const struct build *build, const struct plan_mount *mount, int fs_fd,
                           int code, struct error *err)
{
    char log[256];
    filesystem_log(fs_fd, log, sizeof(log));
    if (log[0])
        error_set(err, code, "%s: %s", strerrordesc_np(code), log);
    else
        error_sys(err, code, "create the filesystem");
    filesystem_explain(build, mount, code, err);
    return -code;
}

int host_sysfs_open(void)
{
    return sys_open_tree(AT_FDCWD, "/sys", OPEN_TREE_CLONE | AT_RECURSIVE);
}

/* Only who owns a network namespace can have a new sysfs of it; for others the host's is as good. All that is
 * mounted in it comes along, since a user namespace may not uncover what is below, and gets the same flags:
 * in the host's cgroups a container without root has the rights of its user (CVE-2023-25809). */
static int sysfs_fallback(const struct build *build, const struct plan_mount *mount,
                          uint64_t attributes)
{
    if (strcmp(mount->fstype, "sysfs") != 0 || build->plan->namespaces.create & CLONE_NEWNET)
        return -EPERM;
    int given = mount_given_tree(build, mount);
    _cleanup_(close_fd) int tree =
        given >= 0 ? fcntl(given, F_DUPFD_CLOEXEC, 3) : host_sysfs_open();
    struct mount_attr attr = {.attr_set = attributes};
    int r = tree < 0 ? tree : sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr);
    return r < 0 ? r : TAKE_FD(tree);
}

bool proc_is_given(const struct build *build, const struct plan_mount *mount)
{
    return build->sandbox->target && mount->kind == MOUNT_FILESYSTEM &&
           strcmp(mount->fstype, "proc") == 0 && build_has_namespace(build, CLONE_NEWPID);
}

int filesystem_make(const struct build *build, const struct plan_mount *mount, int target,
                    struct error *err)
{
    int given = proc_is_given(build, mount) ? mount_given_tree(build, mount) : -1;
    if (given >= 0) {
        int tree = fcntl(given, F_DUPFD_CLOEXEC, 3);
        return tree < 0 ? error_sys(err, errno, "take what was made for it") : tree;
    }
    uint64_t attributes = mount->attr_set | mount->tree_attr_set;
    if (mount->readonly_late)
        attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    if (filesystem_is_long(mount))
        return filesystem_make_long(build, mount, attributes, err);
    _cleanup_(close_fd) int fs = sys_fsopen(mount->fstype);
    if (fs < 0) {
        int host_sysfs = fs == -EPERM ? sysfs_fallback(build, mount, attributes) : fs;
        return host_sysfs < 0 ? type_failed(build, mount, -fs, err) : host_sysfs;
    }
    int r =
        sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", mount->source ? mount->source : "none", 0);
    if (r < 0)
        return error_sys(err, -r, "set the source %s", mount->source ? mount->source : "none");
    r = set_options(fs, mount, err);
    if (r == 0 && strcmp(mount->fstype, "tmpfs") == 0)
        r = inherit_mode(fs, mount, target, err);
    if (r < 0)
        return r;

    r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    int tree = r < 0 ? r : sys_fsmount(fs, (unsigned)attributes);
    if (tree == -EPERM) {
        int host_sysfs = sysfs_fallback(build, mount, attributes);
        if (host_sysfs >= 0)
            return host_sysfs;
    }
    return tree < 0 ? creation_failed(build, mount, fs, -tree, err) : tree;
}

int filesystem_make_plain(const char *fstype, const char *const options[][2], unsigned attributes)
{
    _cleanup_(close_fd) int fs = sys_fsopen(fstype);
    if (fs < 0)
        return fs;
    for (size_t i = 0; options && options[i][0]; i++) {
        int r = sys_fsconfig(fs, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0);
        if (r < 0)
            return r;
    }
    int r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    return r < 0 ? r : sys_fsmount(fs, attributes);
}

int filesystem_reconfigure(const struct plan_mount *mount, int target, struct error *err)
{
    if (mount->n_fs_options == 0)
        return 0;
    _cleanup_(close_fd) int fs = sys_fspick(target, "", FSPICK_EMPTY_PATH);
    if (fs < 0)
        return error_sys(err, -fs, "pick the filesystem");
    int r = set_options(fs, mount, err);
    if (r < 0)
        return r;
    r = sys_fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
    if (r == 0)
        return 0;
    char log[256];
    filesystem_log(fs, log, sizeof(log));
    return error_sys(err, -r, "change the filesystem's options%s%s", log[0] ? ": " : "", log);
}
