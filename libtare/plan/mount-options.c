/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/mount-options.h"

#include <string.h>
#include <sys/mount.h>

#include "base/macros.h"

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

/* Sorted by name. Superblock flags have no recursive form in the kernel: crun's rsync and its like
 * are the same as without the r. Change counters (iversion) are on wherever a filesystem has them,
 * and silence is a matter of the kernel log. */
static const struct mount_option mount_options[] = {
    {"async", OPTION_CLEAR, false, 0, MS_SYNCHRONOUS},
    {"atime", OPTION_NOT_ATIME, false, MOUNT_ATTR_NOATIME, 0},
    {"bind", OPTION_BIND, false, 0, 0},
    {"copy-symlink", OPTION_COPY_SYMLINK, false, 0, 0},
    {"defaults", OPTION_NOTHING, false, 0, 0},
    {"dest-nofollow", OPTION_TARGET_NOFOLLOW, false, 0, 0},
    {"dev", OPTION_CLEAR, false, MOUNT_ATTR_NODEV, 0},
    {"diratime", OPTION_CLEAR, false, MOUNT_ATTR_NODIRATIME, 0},
    {"dirsync", OPTION_SET, false, 0, MS_DIRSYNC},
    {"exec", OPTION_CLEAR, false, MOUNT_ATTR_NOEXEC, 0},
    {"idmap", OPTION_IDMAP, false, 0, 0},
    {"iversion", OPTION_IVERSION, false, 0, 0},
    {"lazytime", OPTION_SET, false, 0, MS_LAZYTIME},
    {"loud", OPTION_NOTHING, false, 0, 0},
    {"mand", OPTION_SET, false, 0, MS_MANDLOCK},
    {"noatime", OPTION_ATIME, false, MOUNT_ATTR_NOATIME, 0},
    {"nodev", OPTION_SET, false, MOUNT_ATTR_NODEV, 0},
    {"nodiratime", OPTION_SET, false, MOUNT_ATTR_NODIRATIME, 0},
    {"noexec", OPTION_SET, false, MOUNT_ATTR_NOEXEC, 0},
    {"noiversion", OPTION_NOTHING, false, 0, 0},
    {"nolazytime", OPTION_CLEAR, false, 0, MS_LAZYTIME},
    {"nomand", OPTION_CLEAR, false, 0, MS_MANDLOCK},
    {"norelatime", OPTION_NOT_ATIME, false, MOUNT_ATTR_RELATIME, 0},
    {"nostrictatime", OPTION_NOT_ATIME, false, MOUNT_ATTR_STRICTATIME, 0},
    {"nosuid", OPTION_SET, false, MOUNT_ATTR_NOSUID, 0},
    {"nosymfollow", OPTION_SET, false, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"private", OPTION_PROPAGATION, false, 0, MS_PRIVATE},
    {"rasync", OPTION_CLEAR, false, 0, MS_SYNCHRONOUS},
    {"ratime", OPTION_NOT_ATIME, true, MOUNT_ATTR_NOATIME, 0},
    {"rbind", OPTION_BIND, true, 0, 0},
    {"rdev", OPTION_CLEAR, true, MOUNT_ATTR_NODEV, 0},
    {"rdiratime", OPTION_CLEAR, true, MOUNT_ATTR_NODIRATIME, 0},
    {"rdirsync", OPTION_SET, false, 0, MS_DIRSYNC},
    {"relatime", OPTION_ATIME, false, MOUNT_ATTR_RELATIME, 0},
    {"remount", OPTION_REMOUNT, false, 0, 0},
    {"rexec", OPTION_CLEAR, true, MOUNT_ATTR_NOEXEC, 0},
    {"ridmap", OPTION_IDMAP, true, 0, 0},
    {"rmand", OPTION_SET, false, 0, MS_MANDLOCK},
    {"rnoatime", OPTION_ATIME, true, MOUNT_ATTR_NOATIME, 0},
    {"rnodev", OPTION_SET, true, MOUNT_ATTR_NODEV, 0},
    {"rnodiratime", OPTION_SET, true, MOUNT_ATTR_NODIRATIME, 0},
    {"rnoexec", OPTION_SET, true, MOUNT_ATTR_NOEXEC, 0},
    {"rnomand", OPTION_CLEAR, false, 0, MS_MANDLOCK},
    {"rnorelatime", OPTION_NOT_ATIME, true, MOUNT_ATTR_RELATIME, 0},
    {"rnostrictatime", OPTION_NOT_ATIME, true, MOUNT_ATTR_STRICTATIME, 0},
    {"rnosuid", OPTION_SET, true, MOUNT_ATTR_NOSUID, 0},
    {"rnosymfollow", OPTION_SET, true, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"ro", OPTION_SET, false, MOUNT_ATTR_RDONLY, MS_RDONLY},
    {"rprivate", OPTION_PROPAGATION, true, 0, MS_PRIVATE | MS_REC},
    {"rrelatime", OPTION_ATIME, true, MOUNT_ATTR_RELATIME, 0},
    {"rro", OPTION_SET, true, MOUNT_ATTR_RDONLY, 0},
    {"rrw", OPTION_CLEAR, true, MOUNT_ATTR_RDONLY, 0},
    {"rshared", OPTION_PROPAGATION, true, 0, MS_SHARED | MS_REC},
    {"rslave", OPTION_PROPAGATION, true, 0, MS_SLAVE | MS_REC},
    {"rstrictatime", OPTION_ATIME, true, MOUNT_ATTR_STRICTATIME, 0},
    {"rsuid", OPTION_CLEAR, true, MOUNT_ATTR_NOSUID, 0},
    {"rsymfollow", OPTION_CLEAR, true, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"rsync", OPTION_SET, false, 0, MS_SYNCHRONOUS},
    {"runbindable", OPTION_PROPAGATION, true, 0, MS_UNBINDABLE | MS_REC},
    {"rw", OPTION_CLEAR, false, MOUNT_ATTR_RDONLY, MS_RDONLY},
    {"shared", OPTION_PROPAGATION, false, 0, MS_SHARED},
    {"silent", OPTION_NOTHING, false, 0, 0},
    {"slave", OPTION_PROPAGATION, false, 0, MS_SLAVE},
    {"src-nofollow", OPTION_SOURCE_NOFOLLOW, false, 0, 0},
    {"strictatime", OPTION_ATIME, false, MOUNT_ATTR_STRICTATIME, 0},
    {"suid", OPTION_CLEAR, false, MOUNT_ATTR_NOSUID, 0},
    {"symfollow", OPTION_CLEAR, false, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"sync", OPTION_SET, false, 0, MS_SYNCHRONOUS},
    {"tmpcopyup", OPTION_TMPCOPYUP, false, 0, 0},
    {"unbindable", OPTION_PROPAGATION, false, 0, MS_UNBINDABLE},
};

static int compare_name(const void *key, const void *entry)
{
    return strcmp(key, ((const struct mount_option *)entry)->name);
}

const struct mount_option *mount_option_find(const char *option)
{
    if (strncmp(option, "idmap=", 6) == 0)
        option = "idmap";
    else if (strncmp(option, "ridmap=", 7) == 0)
        option = "ridmap";
    return bsearch(option, mount_options, ELEMENTSOF(mount_options), sizeof(mount_options[0]),
                   compare_name);
}

bool mount_option_is_for_mount8(const char *option)
{
    static const char *const names[] = {
        "_netdev", "auto",   "group", "noauto", "nofail", "nogroup",
        "noowner", "nouser", "owner", "user",   "users",
    };
    for (size_t i = 0; i < ELEMENTSOF(names); i++)
        if (strcmp(option, names[i]) == 0)
            return true;
    return strncmp(option, "x-", 2) == 0 || strncmp(option, "X-", 2) == 0 ||
           strncmp(option, "comment=", 8) == 0;
}

const char *mount_option_name(size_t i)
{
    return i < ELEMENTSOF(mount_options) ? mount_options[i].name : NULL;
}
