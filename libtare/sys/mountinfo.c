/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mountinfo.h"

#include <errno.h>

#include "base/fd.h"
#include "base/library.h"

LIBRARY_NOTE(libmount_note, "[{\"feature\":\"mountinfo\","
                            "\"description\":\"find a cgroup2 mount in an unusual place\","
                            "\"priority\":\"suggested\",\"soname\":[\"libmount.so.1\"]}]");

/* libmount's objects are opaque to us: its header is not needed to build. */
struct libmnt_table;
struct libmnt_iter;
struct libmnt_fs;

static struct {
    struct libmnt_table *(*new_table_from_file)(const char *path);
    void (*unref_table)(struct libmnt_table *table);
    struct libmnt_iter *(*new_iter)(int direction);
    void (*free_iter)(struct libmnt_iter *iter);
    int (*table_next_fs)(struct libmnt_table *table, struct libmnt_iter *iter,
                         struct libmnt_fs **fs);
    const char *(*fs_get_fstype)(struct libmnt_fs *fs);
    const char *(*fs_get_root)(struct libmnt_fs *fs);
    const char *(*fs_get_target)(struct libmnt_fs *fs);
} mnt;

#define ITERATE_FORWARD 0 /* MNT_ITER_FORWARD */

static int libmount_load(struct error *err)
{
    const struct library_symbol symbols[] = {
        {"mnt_new_table_from_file", &mnt.new_table_from_file},
        {"mnt_unref_table", &mnt.unref_table},
        {"mnt_new_iter", &mnt.new_iter},
        {"mnt_free_iter", &mnt.free_iter},
        {"mnt_table_next_fs", &mnt.table_next_fs},
        {"mnt_fs_get_fstype", &mnt.fs_get_fstype},
        {"mnt_fs_get_root", &mnt.fs_get_root},
        {"mnt_fs_get_target", &mnt.fs_get_target},
    };
    return library_load("libmount.so.1", symbols, ELEMENTSOF(symbols), err);
}

static bool is_whole(struct libmnt_fs *fs, const char *fstype)
{
    const char *type = mnt.fs_get_fstype(fs);
    const char *root = mnt.fs_get_root(fs);
    return type && root && strcmp(type, fstype) == 0 && strcmp(root, "/") == 0;
}

int mountinfo_visit(const char *fstype, bool (*visit)(const char *mount_point, void *data),
                    void *data, struct error *err)
{
    int r = libmount_load(err);
    if (r < 0)
        return r;
    struct libmnt_table *table = mnt.new_table_from_file("/proc/self/mountinfo");
    if (!table)
        return error_sys(err, errno, "read /proc/self/mountinfo");
    struct libmnt_iter *iter = mnt.new_iter(ITERATE_FORWARD);
    struct libmnt_fs *fs;
    bool done = !iter;
    while (!done && mnt.table_next_fs(table, iter, &fs) == 0) {
        const char *target = is_whole(fs, fstype) ? mnt.fs_get_target(fs) : NULL;
        done = target && visit(target, data);
    }
    mnt.free_iter(iter);
    mnt.unref_table(table);
    return iter ? 0 : error_sys(err, ENOMEM, "read /proc/self/mountinfo");
}
