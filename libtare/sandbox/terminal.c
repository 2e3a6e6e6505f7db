/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "base/fd.h"
#include "sandbox/channel.h"
#include "sandbox/mount.h"
#include "sys/fd_passing.h"
#include "sys/mount_api.h"
#include "sys/process.h"

#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST  143

/* The multiplexer of the container's own devpts, and nothing that an image puts in its place. */
static int open_master(const struct build *build, struct error *err)
{
    _cleanup_(close_fd) int path =
        open_in_root(build->root, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW, 0);
    struct stat st;
    struct statfs fs;
    if (path < 0 || fstat(path, &st) < 0 || fstatfs(path, &fs) < 0) {
        error_sys(err, path < 0 ? -path : errno, "open /dev/pts/ptmx inside the container");
        error_add_hint(err, "a terminal needs a mount of type devpts on /dev/pts");
        return path < 0 ? path : -EIO;
    }
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2) || fs.f_type != DEVPTS_SUPER_MAGIC)
        return error_set(err, ENODEV,
                         "/dev/pts/ptmx inside the container is not the one of a devpts");
    int master = open_in_root(build->root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW, 0);
    if (master < 0)
        return error_sys(err, -master, "open /dev/pts/ptmx inside the container");
    /* Between the two calls only a mount of ours could have changed the name; still it costs
     * nothing. */
    _cleanup_(close_fd) int opened = master;
    if (fstat(opened, &st) < 0 || st.st_rdev != makedev(5, 2))
        return error_set(err, ENODEV, "/dev/pts/ptmx inside the container was replaced");
    return TAKE_FD(opened);
}

/* /dev/console is the terminal, by a bind mount on an empty file that did not exist or is no link
 * (CVE-2025-52565, CVE-2026-88264). */
static int bind_console(const struct build *build, int peer, struct error *err)
{
    /* The console is the init's. */
    if (build->sandbox->target)
        return 0;
    if (!build_has_namespace(build, CLONE_NEWNS) && !build->plan->root.on_host)
        return 0;
    const char *name;
    _cleanup_(close_fd) int dev = target_parent(build->root, "/dev/console", &name, err);
    if (dev < 0)
        return dev;
    _cleanup_(close_fd) int target =
        openat(dev, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (target < 0 && errno == EEXIST) {
        target = openat(dev, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (target >= 0 && fstat(target, &st) == 0 && (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode)))
            return error_set(err, EEXIST, "/dev/console in the image is a %s",
                             S_ISDIR(st.st_mode) ? "directory" : "symbolic link");
    }
    if (target < 0)
        return error_sys(err, errno, "make /dev/console");
    _cleanup_(close_fd) int clone = sys_open_tree(peer, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    int r = clone < 0 ? clone : sys_move_mount(clone, target);
    return r < 0 ? error_sys(err, -r, "bind the terminal on /dev/console") : 0;
}

static int hand_over(const struct build *build, int master, const char *name, struct error *err)
{
    int r = build->sandbox->console_socket >= 0
                ? fd_passing_send(build->sandbox->console_socket, name, strlen(name), master)
                : channel_send(build->channel, MESSAGE_CONSOLE, master);
    return r < 0 ? error_sys(err, -r, "send the terminal") : 0;
}

int terminal_open(const struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    if (!process->terminal)
        return 0;
    _cleanup_(close_fd) int master = open_master(build, err);
    if (master < 0)
        return master;
    int locked = 0;
    unsigned number = 0;
    if (ioctl(master, TIOCSPTLCK, &locked) < 0 || ioctl(master, TIOCGPTN, &number) < 0)
        return error_sys(err, errno, "unlock the terminal");
    /* Not by name: what /dev/pts/N is, is for the image to say (Linux 4.13). */
    _cleanup_(close_fd) int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (peer < 0)
        return error_sys(err, errno, "open the other end of the terminal");
    struct winsize size = {.ws_row = process->rows, .ws_col = process->columns};
    if (size.ws_row && size.ws_col && ioctl(master, TIOCSWINSZ, &size) < 0)
        return error_sys(err, errno, "set the size of the terminal");
    if (process->uid != 0 && fchown(peer, process->uid, (gid_t)-1) < 0)
        return error_sys(err, errno, "give the terminal to user %u", process->uid);

    int r = bind_console(build, peer, err);
    if (r < 0)
        return r;
    char name[32];
    snprintf(name, sizeof(name), "/dev/pts/%u", number);
    r = hand_over(build, master, name, err);
    if (r < 0)
        return r;
    for (int fd = 0; fd < 3; fd++) {
        if (dup2(peer, fd) < 0)
            return error_sys(err, errno, "put the terminal on fd %d", fd);
    }
    if (peer < 3)
        peer = -1;
    if (ioctl(0, TIOCSCTTY, 0) < 0)
        return error_sys(err, errno, "make the terminal the controlling one");
    return 0;
}

/* Pipes and terminals that our caller made for the payload become the payload's; other files keep
 * their owners. What cannot be changed stays usable through the fd. */
static void give_to_user(int fd, const struct stat *st, uid_t uid)
{
    bool terminal = S_ISCHR(st->st_mode) && major(st->st_rdev) >= PTS_MAJOR_FIRST &&
                    major(st->st_rdev) <= PTS_MAJOR_LAST;
    if (uid != 0 && st->st_uid == geteuid() && (S_ISFIFO(st->st_mode) || terminal))
        (void)!fchown(fd, uid, (gid_t)-1);
}

/* The host's /dev/null is exchanged for the container's, which the device rules and a restore know.
 */
static int reopen_null(const struct build *build, int fd)
{
    _cleanup_(close_fd) int null =
        open_in_root(build->root, "/dev/null", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    struct stat st;
    if (null < 0 || fstat(null, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
        return 0;
    if (fcntl(null, F_SETFL, 0) < 0)
        return -errno;
    return dup2(null, fd) < 0 ? -errno : 0;
}

int stdio_settle(const struct build *build, struct error *err)
{
    if (build->plan->process.terminal)
        return 0;
    for (int fd = 0; fd < 3; fd++) {
        struct stat st;
        if (fstat(fd, &st) < 0)
            continue;
        if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) {
            int r = reopen_null(build, fd);
            if (r < 0)
                return error_sys(err, -r, "reopen /dev/null as fd %d", fd);
        } else {
            give_to_user(fd, &st, build->plan->process.uid);
        }
    }
    return 0;
}

int pidfd_send(const struct build *build, struct error *err)
{
    if (build->sandbox->pidfd_socket < 0)
        return 0;
    _cleanup_(close_fd) int pidfd = sys_pidfd_open(getpid(), 0);
    if (pidfd < 0)
        return error_sys(err, -pidfd, "pidfd_open");
    const char *kind = build->sandbox->target ? "setns" : "standard";
    int r = fd_passing_send(build->sandbox->pidfd_socket, kind, strlen(kind), pidfd);
    return r < 0 ? error_sys(err, -r, "send the pidfd") : 0;
}
