/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest maker there can be: clones a child in new namespaces and lets it build a container
 * from a plan written by hand. For measuring what the child costs, and for looking at it under
 * strace, without the rooms around it.
 *
 *     sandbox-driver ROOTFS [-t] [-u] [-n COUNT] PROGRAM [ARGUMENT...]
 *
 * -t gives it a terminal, -u a user namespace that maps the ids 0..65535 to 100000 and up.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "sandbox/channel.h"
#include "sandbox/sandbox.h"
#include "sys/mount_api.h"
#include "sys/process.h"

#define HARDENED (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV)
#define BIT(n)   (UINT64_C(1) << (n))

static struct plan_fs_option dev_options[] = {{"mode", "755", ""}, {"size", "65536k", ""}};
static struct plan_fs_option pts_options[] = {
    {"newinstance", NULL, ""}, {"ptmxmode", "0666", ""}, {"mode", "0620", ""}, {"gid", "5", ""}};
static struct plan_fs_option shm_options[] = {{"mode", "1777", ""}, {"size", "65536k", ""}};

static struct plan_mount mounts[] = {
    {.kind = MOUNT_FILESYSTEM,
     .where = "/mounts/0",
     .source = "proc",
     .target = "/proc",
     .fstype = "proc"},
    {.kind = MOUNT_FILESYSTEM,
     .where = "/mounts/1",
     .source = "tmpfs",
     .target = "/dev",
     .fstype = "tmpfs",
     .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME,
     .fs_options = dev_options,
     .n_fs_options = 2},
    {.kind = MOUNT_FILESYSTEM,
     .where = "/mounts/2",
     .source = "devpts",
     .target = "/dev/pts",
     .fstype = "devpts",
     .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
     .fs_options = pts_options,
     .n_fs_options = 4},
    {.kind = MOUNT_FILESYSTEM,
     .where = "/mounts/3",
     .source = "shm",
     .target = "/dev/shm",
     .fstype = "tmpfs",
     .attr_set = HARDENED,
     .fs_options = shm_options,
     .n_fs_options = 2},
    {.kind = MOUNT_FILESYSTEM,
     .where = "/mounts/4",
     .source = "mqueue",
     .target = "/dev/mqueue",
     .fstype = "mqueue",
     .attr_set = HARDENED},
    {.kind = MOUNT_FILESYSTEM,
     .where = "/mounts/5",
     .source = "sysfs",
     .target = "/sys",
     .fstype = "sysfs",
     .attr_set = HARDENED | MOUNT_ATTR_RDONLY},
    {.kind = MOUNT_CGROUP,
     .where = "/mounts/6",
     .source = "cgroup",
     .target = "/sys/fs/cgroup",
     .fstype = "cgroup",
     .attr_set = HARDENED | MOUNT_ATTR_RDONLY},
};

static struct plan_device devices[] = {
    {.path = "/dev/null", .type = S_IFCHR, .mode = 0666},
    {.path = "/dev/zero", .type = S_IFCHR, .mode = 0666},
    {.path = "/dev/full", .type = S_IFCHR, .mode = 0666},
    {.path = "/dev/random", .type = S_IFCHR, .mode = 0666},
    {.path = "/dev/urandom", .type = S_IFCHR, .mode = 0666},
    {.path = "/dev/tty", .type = S_IFCHR, .mode = 0666},
};

static struct plan_link links[] = {
    {"/dev/fd", "/proc/self/fd", NULL},          {"/dev/stdin", "/proc/self/fd/0", NULL},
    {"/dev/stdout", "/proc/self/fd/1", NULL},    {"/dev/stderr", "/proc/self/fd/2", NULL},
    {"/dev/core", "/proc/kcore", "/proc/kcore"}, {"/dev/ptmx", "pts/ptmx", NULL},
};

static const char *masked[] = {"/proc/acpi",
                               "/proc/asound",
                               "/proc/kcore",
                               "/proc/keys",
                               "/proc/latency_stats",
                               "/proc/timer_list",
                               "/proc/timer_stats",
                               "/proc/sched_debug",
                               "/sys/firmware",
                               "/proc/scsi",
                               NULL};
static const char *readonly[] = {"/proc/bus",           "/proc/fs", "/proc/irq", "/proc/sys",
                                 "/proc/sysrq-trigger", NULL};
static const char *env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                            "TERM=xterm", "HOME=/root", NULL};
static const struct hooks no_hooks;
static const struct string_map no_annotations;

static void plan_fill(struct plan *plan, const char *rootfs, const char *const *args)
{
    static const unsigned minors[] = {3, 5, 7, 8, 9};
    for (unsigned i = 0; i < ELEMENTSOF(minors); i++) {
        devices[i].number = makedev(1, minors[i]);
    }
    devices[5].number = makedev(5, 0);
    uint64_t caps = BIT(5) | BIT(10) | BIT(29);
    *plan = (struct plan){
        .id = "driver",
        .bundle = "/",
        .has_process = true,
        .namespaces = {.create = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS |
                                 CLONE_NEWIPC | CLONE_NEWCGROUP,
                       .loopback_up = true},
        .root = {.path = rootfs, .readonly = true},
        .mounts = mounts,
        .n_mounts = ELEMENTSOF(mounts),
        .devices = devices,
        .n_devices = ELEMENTSOF(devices),
        .links = links,
        .n_links = ELEMENTSOF(links),
        .masked_paths = {.set = true, .n = ELEMENTSOF(masked) - 1, .items = masked},
        .readonly_paths = {.set = true, .n = ELEMENTSOF(readonly) - 1, .items = readonly},
        .hostname = "driver",
        .process =
            {.args = args,
             .env = env,
             .search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
             .cwd = "/",
             .umask = 022,
             .capabilities = {.set = true, .bounding = caps, .effective = caps, .permitted = caps},
             .no_new_privileges = true},
        .hooks = &no_hooks,
        .annotations = &no_annotations,
        .new_keyring = true,
    };
}

static int write_maps(pid_t pid)
{
    static const char map[] = "0 100000 65536";
    static const char *const names[] = {"uid_map", "gid_map"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ELEMENTSOF(names); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, names[i]);
        r = file_write(AT_FDCWD, path, map, sizeof(map) - 1);
    }
    return r;
}

/* 0 when the program ran; its exit status in *ret_status. */
static int make(const struct plan *plan, int root_fd, int *ret_status)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    int pidfd = -1;
    pid_t pid = sys_clone3(plan->namespaces.create, -1, &pidfd);
    if (pid < 0)
        return pid;
    if (pid == 0) {
        close(pair[0]);
        static char exe_path[4096];
        if (readlink("/proc/self/exe", exe_path, sizeof(exe_path) - 1) < 0)
            _exit(1);
        struct sandbox sandbox = {
            .plan = plan,
            .channel = pair[1],
            .start_socket = -1,
            .root_fd = root_fd,
            .exe_path = exe_path,
            .console_socket = -1,
            .pidfd_socket = -1,
            .wait_for_maps = plan->namespaces.create & CLONE_NEWUSER,
        };
        sandbox_enter(&sandbox);
    }
    close(pair[1]);
    struct channel_message message;
    int r = 0, fd, console = -1;
    if (plan->namespaces.create & CLONE_NEWUSER) {
        r = write_maps(pid);
        if (r < 0)
            return r;
        channel_send(pair[0], MESSAGE_GO, -1);
    }
    do {
        r = channel_receive(pair[0], &message, &fd);
        if (message.type == MESSAGE_CONSOLE)
            console = TAKE_FD(fd);
        close_fd(&fd);
        if (message.type == MESSAGE_PARKED)
            channel_send(pair[0], MESSAGE_GO, -1);
        if (message.type == MESSAGE_ERROR || message.type == MESSAGE_WARNING) {
            char text[3072];
            error_format(&message.error, text, sizeof(text));
            fprintf(stderr, "%s: %s\n", message.type == MESSAGE_ERROR ? "error" : "warning", text);
        }
    } while (r == 0 && message.type != MESSAGE_NONE);
    if (console >= 0) {
        char bytes[4096];
        ssize_t n;
        while ((n = read(console, bytes, sizeof(bytes))) > 0) {
            if (write(1, bytes, (size_t)n) < 0)
                break;
        }
        close(console);
    }
    sys_pidfd_wait(pidfd, ret_status);
    close(pidfd);
    close(pair[0]);
    return r;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int at = 2, count = 1;
    bool terminal = false, user = false;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "-t") == 0)
            terminal = true;
        else if (strcmp(argv[at], "-u") == 0)
            user = true;
        else if (strcmp(argv[at], "-n") == 0 && at + 1 < argc)
            count = (int)strtol(argv[++at], NULL, 10);
    }
    struct plan plan;
    plan_fill(&plan, argv[1], (const char *const *)argv + at);
    plan.process.terminal = terminal;
    if (user) {
        plan.namespaces.create |= CLONE_NEWUSER;
        plan.bind_devices = true;
    }
    int root_fd = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
    int status = 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < count; i++) {
        int r = make(&plan, root_fd, &status);
        if (r < 0) {
            fprintf(stderr, "make: %s\n", strerror(-r));
            return 125;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (count > 1)
        printf("%.1f us each\n",
               ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
                   1e3 / count);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
