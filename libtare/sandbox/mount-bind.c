/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

int bind_open(const struct plan_mount *mount, struct error *err)
{
    unsigned flags = OPEN_TREE_CLONE | (mount->recursive ? AT_RECURSIVE : 0) |
                     (mount->source_nofollow || mount->copy_symlink ? AT_SYMLINK_NOFOLLOW : 0);
    int tree = sys_open_tree(AT_FDCWD, mount->source, flags);
    if (tree >= 0)
        return tree;
    error_sys(err, -tree, "open the source %s", mount->source);
    if (tree == -EINVAL)
        error_add_hint(
            err, "the source is on an unbindable mount, or holds mounts that a user namespace "
                 "may only take along: try rbind");
    if (tree == -EACCES)
        error_add_hint(err,
                       "every directory on the way must be searchable for the container's root");
    return tree;
}

/* Which of the flags that shall be cleared the mount has: those are locked. */
static void explain_locked(const struct plan_mount *mount, int tree, struct error *err)
{
    static const struct {
        uint64_t attribute;
        long flag;
        const char *name;
    } flags[] = {
        {MOUNT_ATTR_RDONLY, ST_RDONLY, "ro"},       {MOUNT_ATTR_NOSUID, ST_NOSUID, "nosuid"},
        {MOUNT_ATTR_NODEV, ST_NODEV, "nodev"},      {MOUNT_ATTR_NOEXEC, ST_NOEXEC, "noexec"},
        {MOUNT_ATTR__ATIME, ST_NOATIME, "noatime"},
    };
    struct statfs fs;
    if (fstatfs(tree, &fs) < 0)
        return;
    char names[64] = "";
    for (size_t i = 0; i < ELEMENTSOF(flags); i++) {
        size_t used = strlen(names);
        if (((mount->attr_clear | mount->tree_attr_clear) & flags[i].attribute) &&
            ((long)fs.f_flags & flags[i].flag))
            snprintf(names + used, sizeof(names) - used, " %s", flags[i].name);
    }
    if (names[0])
        error_add_hint(err, "cannot clear locked flags:%s (set outside of the user namespace)",
                       names);
}

static int set_attributes(const struct plan_mount *mount, int tree, uint64_t set, uint64_t clear,
                          unsigned recursive, struct error *err)
{
    struct mount_attr attr = {.attr_set = set, .attr_clr = clear};
    /* An access time mode is one value of three: setting one clears the others (mount_setattr(2)).
     */
    if (set & (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME))
        attr.attr_clr |= MOUNT_ATTR__ATIME;
    if (attr.attr_set == 0 && attr.attr_clr == 0)
        return 0;
    int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | recursive, &attr);
    if (r < 0) {
        error_sys(err, -r, "set the mount's flags%s", recursive ? " recursively" : "");
        if (r == -EPERM)
            explain_locked(mount, tree, err);
    }
    return r;
}

int mount_set_attributes(const struct plan_mount *mount, int tree, struct error *err)
{
    int r = set_attributes(mount, tree, mount->tree_attr_set, mount->tree_attr_clear, AT_RECURSIVE,
                           err);
    return r < 0 ? r : set_attributes(mount, tree, mount->attr_set, mount->attr_clear, 0, err);
}

int mount_set_propagation(const struct plan_mount *mount, int tree, struct error *err)
{
    for (size_t i = 0; i < mount->n_propagation; i++) {
        unsigned long type = mount->propagation[i];
        struct mount_attr attr = {.propagation = type & ~(unsigned long)MS_REC};
        int r =
            sys_mount_setattr(tree, "", AT_EMPTY_PATH | (type & MS_REC ? AT_RECURSIVE : 0), &attr);
        if (r < 0)
            return error_sys(err, -r, "set the mount's propagation");
    }
    return 0;
}
