/* SPDX-License-Identifier: Apache-2.0 */

/* The floor: what the default configuration costs when nobody reads it. Makes the namespaces,
 * mounts, device nodes, masks and cgroup that `tare spec` asks for, by the cheapest system calls
 * known, executes a program in there, waits for it and takes the cgroup away. No parsing, no state,
 * no undo, no locks, no checks: a runtime cannot be faster than this, only close.
 *
 * usage: floor ROOTFS CGROUP_DIRECTORY PROGRAM     where the cgroup directory is to be made */

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define must(call)                                                                                 \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            perror(#call);                                                                         \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void make_devices(void)
{
    static const struct {
        const char *path;
        unsigned minor, major;
    } devices[] = {{"dev/null", 3, 1},   {"dev/zero", 5, 1},    {"dev/full", 7, 1},
                   {"dev/random", 8, 1}, {"dev/urandom", 9, 1}, {"dev/tty", 0, 5}};
    static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
                                           {"/proc/self/fd/0", "dev/stdin"},
                                           {"/proc/self/fd/1", "dev/stdout"},
                                           {"/proc/self/fd/2", "dev/stderr"},
                                           {"pts/ptmx", "dev/ptmx"}};
    umask(0);
    for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
        must(mknod(devices[i].path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)));
    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
        must(symlink(links[i][0], links[i][1]));
}

static void make_mounts(void)
{
    static const unsigned long none = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    must(mount("proc", "proc", "proc", 0, NULL));
    must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
    must(mkdir("dev/pts", 0755));
    must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
               "newinstance,ptmxmode=0666,mode=0620,gid=5"));
    must(mkdir("dev/shm", 01777));
    must(mount("shm", "dev/shm", "tmpfs", none, "mode=1777,size=65536k"));
    must(mkdir("dev/mqueue", 0755));
    must(mount("mqueue", "dev/mqueue", "mqueue", none, NULL));
    must(mount("sysfs", "sys", "sysfs", none | MS_RDONLY, NULL));
    must(mount("cgroup", "sys/fs/cgroup", "cgroup2", none | MS_RDONLY, NULL));
}

static void mask_paths(void)
{
    static const char *const masked[] = {
        "proc/acpi",          "proc/asound",     "proc/kcore",       "proc/keys",
        "proc/latency_stats", "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
        "sys/firmware",       "proc/scsi"};
    static const char *const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
                                            "proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof(masked) / sizeof(*masked); i++) {
        /* A file takes the null device; a directory refuses it and takes an empty tmpfs. */
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0)
            mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1");
    }
    for (size_t i = 0; i < sizeof(read_only) / sizeof(*read_only); i++) {
        if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
            must(mount(NULL, read_only[i], NULL,
                       MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL));
    }
}

static void enter(const char *rootfs, char *program)
{
    must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL));
    must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
    must(chdir(rootfs));
    make_mounts();
    make_devices();
    mask_paths();
    must(syscall(SYS_pivot_root, ".", "."));
    must(umount2(".", MNT_DETACH));
    must(chdir("/"));
    must(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
    must(sethostname("floor", 5));
    must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 1024}));
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    char *argv[] = {program, NULL}, *environment[] = {NULL};
    must(execve(program, argv, environment));
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: floor ROOTFS CGROUP_DIRECTORY PROGRAM\n", stderr);
        return 1;
    }
    must(mkdir(argv[2], 0755));
    int cgroup = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(cgroup);
    struct clone_args args = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                 CLONE_NEWCGROUP | CLONE_INTO_CGROUP,
        .exit_signal = SIGCHLD,
        .cgroup = (uint64_t)cgroup,
    };
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    must(pid);
    if (pid == 0)
        enter(argv[1], argv[3]);

    int status = 1;
    must(waitpid(pid, &status, 0));
    must(rmdir(argv[2]));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
