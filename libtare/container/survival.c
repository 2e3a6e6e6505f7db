/* SPDX-License-Identifier: Apache-2.0 */
#include "container/survival.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/parse.h"
#include "sys/process.h"

/* The first process of a pid namespace ends last: when all others are gone, and somebody has waited for each of
 * them (pid_namespaces(7)). For those that were put there from outside, that is whoever put them there. */

struct survivor {
    pid_t pid;
    struct process_stat stat;
};

static bool pid_namespace(pid_t pid, struct stat *ret)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
    return stat(path, ret) == 0;
}

/* One that waits for something, and has to be waited for: one that has ended (Z), else one that cannot (D). */
static bool find_survivor(pid_t init, struct survivor *ret)
{
    struct stat ours, theirs;
    DIR *processes = opendir("/proc");
    *ret = (struct survivor){0};
    if (!processes)
        return false;
    const struct dirent *entry;
    bool known = pid_namespace(init, &ours);
    while (known && ret->stat.state != 'Z' && (entry = readdir(processes))) {
        uint32_t pid;
        struct survivor found;
        if (parse_u32(entry->d_name, &pid) < 0 || (pid_t)pid == init ||
            !pid_namespace((pid_t)pid, &theirs) || theirs.st_ino != ours.st_ino ||
            process_stat_read((pid_t)pid, &found.stat) < 0)
            continue;
        found.pid = (pid_t)pid;
        if (found.stat.state == 'Z' || found.stat.state == 'D')
            *ret = found;
    }
    closedir(processes);
    return ret->pid != 0;
}

static void read_name(pid_t pid, char *name, size_t size)
{
    char path[64];
    _cleanup_(free_ptr) char *text = NULL;
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    if (file_read(AT_FDCWD, path, 4096, &text, NULL) < 0)
        text = NULL;
    snprintf(name, size, "%.*s", text ? (int)strcspn(text, "\n") : 1, text ? text : "?");
}

void survival_explain(pid_t init, struct error *err)
{
    struct survivor survivor;
    struct process_stat stat;
    char name[32];
    bool in_kernel = process_stat_read(init, &stat) == 0 && stat.state == 'D';
    if (in_kernel || !find_survivor(init, &survivor)) {
        error_add_hint(err, "it is in an uninterruptible system call (state D), or what it shares "
                            "its pid namespace with; try again when that has ended");
        return;
    }
    if (survivor.stat.state == 'D') {
        error_add_hint(err,
                       "process %d of the container is in an uninterruptible system call (state "
                       "D); try again when that has ended",
                       (int)survivor.pid);
        return;
    }
    read_name(survivor.stat.parent, name, sizeof(name));
    error_add_hint(err,
                   "process %d of the container has ended (state Z), and its parent outside, "
                   "process %d (%s), has not waited for it: end that one, then try again",
                   (int)survivor.pid, (int)survivor.stat.parent, name);
}
