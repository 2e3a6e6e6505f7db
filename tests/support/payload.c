/* SPDX-License-Identifier: Apache-2.0 */

/* The program of test containers: prints facts about where it runs.
 *
 *     payload VERB [ARGUMENT...] [";" VERB [ARGUMENT...]]...
 *
 * Each fact is a line KEY=VALUE on stdout; newlines and backslashes of values are escaped. What
 * could not be found out has the value !ERRNO ("!ENOENT"). It is linked statically and needs
 * nothing of its root file system, except for the verbs that read /proc. The verbs and what they
 * print are in the table at the end. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* ---- printing ---- */

static void fact(const char *key, const char *argument, const char *value)
{
    printf("%s%s%s=", key, argument == NULL ? "" : ".", argument == NULL ? "" : argument);
    for (; *value != 0; value++) {
        if (*value == '\n')
            fputs("\\n", stdout);
        else if (*value == '\\')
            fputs("\\\\", stdout);
        else
            putchar(*value);
    }
    putchar('\n');
    fflush(stdout);
}

static void fact_number(const char *key, const char *argument, long long value)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", value);
    fact(key, argument, text);
}

/* "ok", or the name of errno with an exclamation mark. */
static void fact_result(const char *key, const char *argument, bool ok)
{
    char text[64];

    snprintf(text, sizeof(text), "!%s", ok ? "" : strerrorname_np(errno));
    fact(key, argument, ok ? "ok" : text);
}

/* The whole of a file; false with errno. */
static bool read_all(const char *path, char *buffer, size_t size)
{
    size_t length = 0;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    while (length + 1 < size && (n = read(fd, buffer + length, size - length - 1)) > 0)
        length += (size_t)n;
    buffer[length] = 0;
    close(fd);
    return n >= 0;
}

static char big[1 << 18];

/* ---- identity ---- */

static void verb_id(char **args)
{
    gid_t groups[256];
    uid_t r, e, s;
    int n = getgroups(256, groups);
    size_t length = 0;

    (void)args;
    getresuid(&r, &e, &s);
    snprintf(big, sizeof(big), "%u %u %u", r, e, s);
    fact("uids", NULL, big);
    getresgid(&r, &e, &s);
    snprintf(big, sizeof(big), "%u %u %u", r, e, s);
    fact("gids", NULL, big);
    fact_number("uid", NULL, getuid());
    fact_number("gid", NULL, getgid());
    big[0] = 0;
    for (int i = 0; i < n; i++)
        length += (size_t)snprintf(big + length, sizeof(big) - length, "%s%u", i == 0 ? "" : ",",
                                   groups[i]);
    fact("groups", NULL, big);
}

static void verb_pid(char **args)
{
    (void)args;
    fact_number("pid", NULL, getpid());
    fact_number("ppid", NULL, getppid());
    fact_number("sid", NULL, getsid(0));
    fact_number("pgid", NULL, getpgrp());
}

/* A line of /proc/self/status, blanks trimmed. */
static void verb_status(char **args)
{
    size_t length = strlen(args[0]);

    if (!read_all("/proc/self/status", big, sizeof(big))) {
        fact_result("status", args[0], false);
        return;
    }
    for (char *line = strtok(big, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, args[0], length) == 0 && line[length] == ':') {
            fact("status", args[0], line + length + 1 + strspn(line + length + 1, " \t"));
            return;
        }
    }
    fact("status", args[0], "(none)");
}

static void verb_caps(char **args)
{
    static char sets[][7] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};

    (void)args;
    for (size_t i = 0; i < 5; i++)
        verb_status((char *[]){sets[i], NULL});
}

static void verb_env(char **args)
{
    const char *value = getenv(args[0]);

    fact("env", args[0], value == NULL ? "(unset)" : value);
}

static void verb_environ(char **args)
{
    (void)args;
    for (char **entry = environ; *entry != NULL; entry++)
        fact("environ", NULL, *entry);
}

static void verb_cwd(char **args)
{
    (void)args;
    fact("cwd", NULL, getcwd(big, sizeof(big)) == NULL ? strerrorname_np(errno) : big);
}

static void verb_chdir(char **args)
{
    fact_result("chdir", args[0], chdir(args[0]) == 0);
}

static void verb_umask(char **args)
{
    mode_t mask = umask(0);

    (void)args;
    umask(mask);
    snprintf(big, sizeof(big), "%04o", mask);
    fact("umask", NULL, big);
}

static void verb_clocks(char **args)
{
    struct timespec now;

    (void)args;
    clock_gettime(CLOCK_MONOTONIC, &now);
    fact_number("clock", "monotonic", now.tv_sec);
    clock_gettime(CLOCK_BOOTTIME, &now);
    fact_number("clock", "boottime", now.tv_sec);
}

static void verb_rlimit(char **args)
{
    static const char *const names[] = {
        "CPU",     "FSIZE", "DATA",  "STACK",      "CORE",     "RSS",  "NPROC",  "NOFILE",
        "MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};
    struct rlimit limit;

    for (int i = 0; i < 16; i++) {
        if (strcmp(args[0], names[i]) == 0 && getrlimit((__rlimit_resource_t)i, &limit) == 0) {
            snprintf(big, sizeof(big), "%lld:%lld", (long long)limit.rlim_cur,
                     (long long)limit.rlim_max);
            fact("rlimit", args[0], big);
        }
    }
}

static void verb_process(char **args)
{
    (void)args;
    snprintf(big, sizeof(big), "%lx", (unsigned long)personality(0xffffffff));
    fact("personality", NULL, big);
    fact_number("nnp", NULL, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    fact_number("dumpable", NULL, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    fact_number("keepcaps", NULL, prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
    fact_number("subreaper", NULL, prctl(PR_GET_CHILD_SUBREAPER, big, 0, 0, 0));
    fact_number("scheduler", NULL, sched_getscheduler(0));
    errno = 0;
    fact_number("nice", NULL, getpriority(PRIO_PROCESS, 0));
    fact_number("ioprio", NULL, syscall(SYS_ioprio_get, 1, 0));
}

/* sched_attr of <linux/sched/types.h>, which <sched.h> of some C libraries collides with. */
static void verb_sched(char **args)
{
    struct {
        unsigned size, policy;
        unsigned long long flags;
        int nice;
        unsigned priority;
        unsigned long long runtime, deadline, period;
        unsigned util_min, util_max;
    } attr = {.size = sizeof(attr)};

    (void)args;
    /* The runtime of an ordinary policy is its slice, from Linux 6.12 on: none of ours. */
    if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) < 0) {
        fact_result("sched", NULL, false);
        return;
    }
    if (attr.policy != 6)
        attr.runtime = 0;
    snprintf(big, sizeof(big), "policy %u flags %#llx nice %d priority %u times %llu %llu %llu",
             attr.policy, attr.flags, attr.nice, attr.priority, attr.runtime, attr.deadline,
             attr.period);
    fact("sched", NULL, big);
}

/* The mode with its flags, in hexadecimal, and the lowest 64 nodes as a mask. */
static void verb_mempolicy(char **args)
{
    unsigned long nodes[16] = {0};
    int mode = 0;

    (void)args;
    if (syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0) < 0) {
        fact_result("mempolicy", NULL, false);
        return;
    }
    snprintf(big, sizeof(big), "%#x nodes %#lx", (unsigned)mode, nodes[0]);
    fact("mempolicy", NULL, big);
}

/* ---- namespaces ---- */

static void verb_ns(char **args)
{
    static const char *const names[] = {"cgroup", "ipc",  "mnt",  "net",
                                        "pid",    "time", "user", "uts"};

    (void)args;
    for (size_t i = 0; i < 8; i++) {
        char path[64], target[64];
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
        n = readlink(path, target, sizeof(target) - 1);
        if (n < 0) {
            fact_result("ns", names[i], false);
            continue;
        }
        target[n] = 0;
        fact("ns", names[i], target);
    }
}

static void verb_hostname(char **args)
{
    struct utsname name;

    (void)args;
    uname(&name);
    fact("hostname", NULL, name.nodename);
    fact("domainname", NULL, name.domainname);
    fact("machine", NULL, name.machine);
}

static void verb_interfaces(char **args)
{
    struct if_nameindex *names = if_nameindex();
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)args;
    for (struct if_nameindex *name = names; name != NULL && name->if_index != 0; name++) {
        struct ifreq request = {0};

        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name->if_name);
        ioctl(fd, SIOCGIFFLAGS, &request);
        fact("interface", name->if_name, request.ifr_flags & IFF_UP ? "up" : "down");
    }
    close(fd);
}

/* ---- files ---- */

static void verb_cat(char **args)
{
    if (read_all(args[0], big, sizeof(big)))
        fact("cat", args[0], big);
    else
        fact_result("cat", args[0], false);
}

/* "TYPE MODE UID GID SIZE [MAJOR:MINOR]", of the link itself. */
static void verb_stat(char **args)
{
    static const char types[] = "?pc?d?b?-?l?s???";
    struct stat st;
    int n;

    if (lstat(args[0], &st) < 0) {
        fact_result("stat", args[0], false);
        return;
    }
    n = snprintf(big, sizeof(big), "%c %04o %u %u", types[st.st_mode >> 12 & 15],
                 st.st_mode & 07777, st.st_uid, st.st_gid);
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        snprintf(big + n, sizeof(big) - (size_t)n, " %u:%u", major(st.st_rdev), minor(st.st_rdev));
    fact("stat", args[0], big);
}

static void verb_readlink(char **args)
{
    ssize_t n = readlink(args[0], big, sizeof(big) - 1);

    if (n < 0) {
        fact_result("readlink", args[0], false);
        return;
    }
    big[n] = 0;
    fact("readlink", args[0], big);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void verb_ls(char **args)
{
    char *names[4096];
    size_t n = 0, length = 0;
    DIR *directory = opendir(args[0]);

    if (directory == NULL) {
        fact_result("ls", args[0], false);
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && n < 4096;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            names[n++] = strdup(entry->d_name);
    }
    closedir(directory);
    qsort(names, n, sizeof(*names), compare_names);
    big[0] = 0;
    for (size_t i = 0; i < n && length < sizeof(big) - 512; i++)
        length += (size_t)snprintf(big + length, sizeof(big) - length, "%s%s", i == 0 ? "" : ",",
                                   names[i]);
    fact("ls", args[0], big);
}

/* Open for r, w or rw. */
static void verb_open(char **args)
{
    int flags = strcmp(args[1], "r") == 0   ? O_RDONLY
                : strcmp(args[1], "w") == 0 ? O_WRONLY
                                            : O_RDWR;
    int fd = open(args[0], flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    fact_result("open", args[0], fd >= 0);
    if (fd >= 0)
        close(fd);
}

static void write_text(const char *key, char **args, int flags)
{
    int fd = open(args[0], flags | O_CLOEXEC, 0666);
    ssize_t n = fd < 0 ? -1 : write(fd, args[1], strlen(args[1]));

    fact_result(key, args[0], n >= 0);
    if (fd >= 0)
        close(fd);
}

static void verb_write(char **args)
{
    write_text("write", args, O_WRONLY);
}

/* Its SELinux label. */
static void verb_label(char **args)
{
    ssize_t n = lgetxattr(args[0], "security.selinux", big, sizeof(big) - 1);

    if (n < 0) {
        fact_result("label", args[0], false);
        return;
    }
    big[n] = 0;
    fact("label", args[0], big);
}

static void verb_create(char **args)
{
    write_text("create", args, O_WRONLY | O_CREAT | O_EXCL);
}

static void verb_append(char **args)
{
    write_text("append", args, O_WRONLY | O_CREAT | O_APPEND);
}

static void verb_mkdir(char **args)
{
    fact_result("mkdir", args[0], mkdir(args[0], 0777) == 0);
}

static void verb_unlink(char **args)
{
    fact_result("unlink", args[0], unlink(args[0]) == 0);
}

/* mknod PATH c|b|p MAJOR MINOR */
static void verb_mknod(char **args)
{
    mode_t type = args[1][0] == 'c' ? S_IFCHR : args[1][0] == 'b' ? S_IFBLK : S_IFIFO;
    dev_t number = makedev((unsigned)atoi(args[2]), (unsigned)atoi(args[3]));

    fact_result("mknod", args[0], mknod(args[0], type | 0666, number) == 0);
}

static void verb_chmod(char **args)
{
    fact_result("chmod", args[0], chmod(args[0], (mode_t)strtoul(args[1], NULL, 8)) == 0);
}

/* Execute a file in a child: the status, or why not. */
static void verb_execute(char **args)
{
    int status, report[2];
    pid_t pid;

    if (pipe2(report, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        fact_result("execute", args[0], false);
        return;
    }
    if (pid == 0) {
        char *const argv[] = {args[0], NULL};

        execv(args[0], argv);
        dprintf(report[1], "%d", errno);
        _exit(127);
    }
    close(report[1]);
    if (read(report[0], big, 16) > 0) {
        errno = atoi(big);
        fact_result("execute", args[0], false);
    }
    close(report[0]);
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 127)
        fact("execute", args[0], "ok");
}

/* The topmost mount at a path: its fields of /proc/self/mountinfo. */
static void verb_mount(char **args)
{
    char *found = NULL, *save;
    char *words[32] = {NULL};
    size_t n = 0, dash = 0;

    if (!read_all("/proc/self/mountinfo", big, sizeof(big))) {
        fact_result("mount", args[0], false);
        return;
    }
    for (char *line = strtok_r(big, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char path[4096];

        if (sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1 && strcmp(path, args[0]) == 0)
            found = line;
    }
    if (found == NULL) {
        fact("mount", args[0], "(none)");
        return;
    }
    for (char *word = strtok(found, " "); word != NULL && n < 31; word = strtok(NULL, " ")) {
        if (strcmp(word, "-") == 0)
            dash = n;
        words[n++] = word;
    }
    fact("mount", args[0], words[5]);
    fact("mountroot", args[0], words[3]);
    for (size_t i = 6; i < dash; i++)
        fact("propagation", args[0], words[i]);
    if (dash == 6)
        fact("propagation", args[0], "private");
    fact("fstype", args[0], words[dash + 1]);
    fact("source", args[0], words[dash + 2]);
    fact("super", args[0], words[dash + 3]);
}

static void verb_mounts(char **args)
{
    char *save;

    (void)args;
    if (!read_all("/proc/self/mountinfo", big, sizeof(big))) {
        fact_result("mounts", NULL, false);
        return;
    }
    for (char *line = strtok_r(big, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char path[4096];

        if (sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1)
            fact("mounts", NULL, path);
    }
}

static void verb_mounttmpfs(char **args)
{
    fact_result("mounttmpfs", args[0], mount("tmpfs", args[0], "tmpfs", 0, NULL) == 0);
}

/* ---- descriptors and terminal ---- */

static void verb_fds(char **args)
{
    size_t length = 0;

    (void)args;
    big[0] = 0;
    for (int fd = 0; fd < 4096; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            length += (size_t)snprintf(big + length, sizeof(big) - length, "%s%d",
                                       length == 0 ? "" : ",", fd);
    }
    fact("fds", NULL, big);
}

static void verb_readfd(char **args)
{
    ssize_t n = read(atoi(args[0]), big, sizeof(big) - 1);

    if (n < 0) {
        fact_result("readfd", args[0], false);
        return;
    }
    big[n] = 0;
    fact("readfd", args[0], big);
}

static void verb_writefd(char **args)
{
    ssize_t n = write(atoi(args[0]), args[1], strlen(args[1]));

    fact_result("writefd", args[0], n >= 0);
}

static void verb_stdin(char **args)
{
    size_t length = 0;
    ssize_t n;

    (void)args;
    while ((n = read(0, big + length, sizeof(big) - length - 1)) > 0)
        length += (size_t)n;
    big[length] = 0;
    fact("stdin", NULL, big);
}

static void verb_tty(char **args)
{
    struct winsize size = {0};

    (void)args;
    for (int fd = 0; fd < 3; fd++) {
        char number[2] = {(char)('0' + fd), 0};

        if (ttyname_r(fd, big, sizeof(big)) == 0)
            fact("tty", number, big);
        else
            fact("tty", number, isatty(fd) ? "unnamed" : "no");
    }
    ioctl(0, TIOCGWINSZ, &size);
    snprintf(big, sizeof(big), "%ux%u", size.ws_row, size.ws_col);
    fact("size", NULL, big);
    fact("controlling", NULL, tcgetsid(0) == getsid(0) ? "yes" : "no");
}

/* ---- time, signals and the end ---- */

static void verb_say(char **args)
{
    fact("say", NULL, args[0]);
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&time, &time) < 0 && errno == EINTR)
        continue;
}

static void verb_sleep(char **args)
{
    sleep_ms(atol(args[0]));
}

static void verb_pause(char **args)
{
    (void)args;
    for (;;)
        pause();
}

static sigset_t trapped;

/* Block a signal, by number, so that `wait` reports it. */
static void verb_trap(char **args)
{
    sigaddset(&trapped, atoi(args[0]));
    sigprocmask(SIG_BLOCK, &trapped, NULL);
}

/* Wait up to 10 s for N trapped signals. */
static void verb_wait(char **args)
{
    for (int i = atoi(args[0]); i > 0; i--) {
        struct timespec limit = {10, 0};
        int number = sigtimedwait(&trapped, NULL, &limit);

        /* The end of a pause interrupts it. */
        while (number < 0 && errno == EINTR)
            number = sigtimedwait(&trapped, NULL, &limit);
        if (number < 0)
            fact_result("signal", NULL, false);
        else
            fact_number("signal", NULL, number);
    }
}

/* A child that lives for some milliseconds. */
static void verb_child(char **args)
{
    pid_t pid = fork();

    if (pid == 0) {
        sleep_ms(atol(args[0]));
        _exit(0);
    }
    fact_number("child", NULL, pid);
}

/* Wait for a path to come into being, for at most 10 s. */
static void verb_await(char **args)
{
    struct stat st;
    int tries = 0;

    while (lstat(args[0], &st) < 0 && tries++ < 2000)
        sleep_ms(5);
    fact_result("await", args[0], tries < 2000);
}

/* Count, in a file, until somebody makes the file of the second argument. */
static void verb_count(char **args)
{
    int fd = open(args[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    struct stat st;
    char number[16];

    for (int i = 0; fd >= 0 && stat(args[1], &st) < 0; i++) {
        snprintf(number, sizeof(number), "%08d\n", i);
        if (pwrite(fd, number, strlen(number), 0) < 0)
            break;
        sleep_ms(5);
    }
    fact_result("count", args[0], fd >= 0);
}

/* Hold a lock on a whole file. */
static void verb_lock(char **args)
{
    int fd = open(args[0], O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    fact_result("lock", args[0], fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0);
}

/* A TCP connection with oneself, over which a word goes before and after the file of the argument is there. */
static void verb_tcp(char **args)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), ends[2] = {socket(AF_INET, SOCK_STREAM, 0), -1};
    char word[8] = "";
    bool fine = bind(listener, (struct sockaddr *)&address, size) == 0 &&
                listen(listener, 1) == 0 &&
                getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
                connect(ends[0], (struct sockaddr *)&address, size) == 0 &&
                (ends[1] = accept(listener, NULL, NULL)) >= 0;

    fact_result("tcp", "made",
                fine && write(ends[0], "one", 3) == 3 && read(ends[1], word, 3) == 3);
    verb_await(args);
    fact_result("tcp", "again", write(ends[1], "two", 3) == 3 && read(ends[0], word, 3) == 3);
}

static void verb_exit(char **args)
{
    exit(atoi(args[0]));
}

static void verb_kill(char **args)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    fact_result("kill", args[0], kill(getpid(), atoi(args[0])) == 0);
}

/* ---- the kernel's answers ---- */

/* syscall NUMBER ARGUMENT...: decimal numbers, missing ones are 0. */
static void verb_syscall(char **args)
{
    unsigned long values[7] = {0};
    long result;

    for (size_t i = 0; i < 7 && args[i] != NULL; i++)
        values[i] = strtoul(args[i], NULL, 0);
    errno = 0;
    result =
        syscall((long)values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
    if (result < 0)
        fact_result("syscall", args[0], false);
    else
        fact_number("syscall", args[0], result);
}

/* A system call in a child: its result, "!ERRNO" or "signal N". */
static void verb_probe(char **args)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};

        setrlimit(RLIMIT_CORE, &none);
        verb_syscall(args);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        fact_number("signalled", args[0], WTERMSIG(status));
}

/* Does a descriptor or cwd lead out of the root? cat ../../..FILE from each fd and from the cwd. */
static void verb_escape(char **args)
{
    bool found = false;

    for (int fd = -1; fd < 1024; fd++) {
        char path[512] = "";

        for (int up = 0; up < 16; up++)
            strcat(path, "../");
        strcat(path, args[0] + 1);
        for (const char *at = path;; at += 3) {
            int file = openat(fd < 0 ? AT_FDCWD : fd, at, O_RDONLY | O_CLOEXEC);

            if (file >= 0) {
                found = true;
                close(file);
            }
            if (strncmp(at, "../", 3) != 0)
                break;
        }
    }
    fact("escape", NULL, found ? "FOUND" : "confined");
}

/* record FILE TAG: what a hook sees, appended to FILE as one line: tag, pid namespace facts and
 * stdin. It is one write, for others append to the file at the same time. */
static void verb_record(char **args)
{
    static const char *const names[] = {"mnt", "pid", "net", "uts"};
    int fd = open(args[0], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    char *text;
    size_t length = 0, size;
    FILE *line = open_memstream(&text, &size);
    ssize_t n;

    if (fd < 0 || line == NULL)
        exit(99);
    fprintf(line, "tag=%s", args[1]);
    for (size_t i = 0; i < 4; i++) {
        char path[64], target[64] = "";

        snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
        if (readlink(path, target, sizeof(target) - 1) > 0)
            fprintf(line, " %s=%s", names[i], target);
    }
    if (getcwd(big, sizeof(big)) != NULL)
        fprintf(line, " cwd=%s", big);
    for (char **entry = environ; *entry != NULL; entry++)
        fprintf(line, " env:%s", *entry);
    fprintf(line, " fds=");
    for (int i = 0; i < 256; i++) {
        if (i != fd && fcntl(i, F_GETFD) >= 0)
            fprintf(line, "%d,", i);
    }
    while ((n = read(0, big + length, sizeof(big) - length - 1)) > 0)
        length += (size_t)n;
    big[length] = 0;
    for (size_t i = 0; i < length; i++)
        big[i] = big[i] == '\n' ? ' ' : big[i];
    fprintf(line, " stdin=%s\n", big);
    if (fclose(line) != 0 || write(fd, text, size) != (ssize_t)size)
        exit(99);
    free(text);
    close(fd);
}

/* A message to $NOTIFY_SOCKET, as sd_notify(3) sends it; "+" stands for a line's end. */
static bool notify(char *words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool sent;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path ? path : "");
    for (char *p = words; (p = strchr(p, '+'));)
        *p = '\n';
    sent = fd >= 0 &&
           sendto(fd, words, strlen(words), 0, (struct sockaddr *)&address, sizeof(address)) >= 0;
    if (fd >= 0)
        close(fd);
    return sent;
}

static void verb_notify(char **args)
{
    const char *path = getenv("NOTIFY_SOCKET");

    fact_result("notify", path ? path : "(none)", notify(args[0]));
}

/* More than one reader can keep up with. */
static void several(void)
{
    for (int i = 0; i < 8 && fork() > 0; i++)
        continue;
}

/* Without an end. */
static void verb_notifies(char **args)
{
    several();
    for (;;)
        notify(args[0]);
}

/* To stdout, without an end. */
static void verb_flood(char **args)
{
    static char bytes[65536];

    (void)args;
    memset(bytes, '\n', sizeof(bytes));
    several();
    while (write(STDOUT_FILENO, bytes, sizeof(bytes)) > 0)
        continue;
}

/* Print to stderr, as a failing hook does. */
static void verb_complain(char **args)
{
    fprintf(stderr, "%s\n", args[0]);
}

/* ---- the table ---- */

static const struct verb {
    const char *name;
    int arguments; /* at least */
    void (*run)(char **args);
} verbs[] = {
    {"append", 2, verb_append},
    {"await", 1, verb_await},
    {"caps", 0, verb_caps},
    {"cat", 1, verb_cat},
    {"chdir", 1, verb_chdir},
    {"child", 1, verb_child},
    {"chmod", 2, verb_chmod},
    {"clocks", 0, verb_clocks},
    {"complain", 1, verb_complain},
    {"count", 2, verb_count},
    {"create", 2, verb_create},
    {"cwd", 0, verb_cwd},
    {"env", 1, verb_env},
    {"environ", 0, verb_environ},
    {"escape", 1, verb_escape},
    {"execute", 1, verb_execute},
    {"exit", 1, verb_exit},
    {"fds", 0, verb_fds},
    {"flood", 0, verb_flood},
    {"hostname", 0, verb_hostname},
    {"id", 0, verb_id},
    {"interfaces", 0, verb_interfaces},
    {"kill", 1, verb_kill},
    {"label", 1, verb_label},
    {"lock", 1, verb_lock},
    {"ls", 1, verb_ls},
    {"mempolicy", 0, verb_mempolicy},
    {"mkdir", 1, verb_mkdir},
    {"mknod", 4, verb_mknod},
    {"mount", 1, verb_mount},
    {"mounts", 0, verb_mounts},
    {"mounttmpfs", 1, verb_mounttmpfs},
    {"notifies", 1, verb_notifies},
    {"notify", 1, verb_notify},
    {"ns", 0, verb_ns},
    {"open", 2, verb_open},
    {"pause", 0, verb_pause},
    {"pid", 0, verb_pid},
    {"probe", 1, verb_probe},
    {"process", 0, verb_process},
    {"readfd", 1, verb_readfd},
    {"readlink", 1, verb_readlink},
    {"record", 2, verb_record},
    {"rlimit", 1, verb_rlimit},
    {"say", 1, verb_say},
    {"sched", 0, verb_sched},
    {"sleep", 1, verb_sleep},
    {"stat", 1, verb_stat},
    {"status", 1, verb_status},
    {"stdin", 0, verb_stdin},
    {"syscall", 1, verb_syscall},
    {"tcp", 1, verb_tcp},
    {"trap", 1, verb_trap},
    {"tty", 0, verb_tty},
    {"umask", 0, verb_umask},
    {"unlink", 1, verb_unlink},
    {"wait", 1, verb_wait},
    {"write", 2, verb_write},
    {"writefd", 2, verb_writefd},
};

static void verb_run(char **args, int n)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, args[0]) == 0 && n > verbs[i].arguments) {
            verbs[i].run(args + 1);
            fflush(stdout);
            return;
        }
    }
    fprintf(stderr, "payload: what is \"%s\" with %d arguments?\n", args[0], n - 1);
    exit(98);
}

int main(int argc, char **argv)
{
    sigemptyset(&trapped);
    for (int i = 1, begin = 1; i <= argc; i++) {
        if (i == argc || strcmp(argv[i], ";") == 0) {
            argv[i] = NULL;
            if (i > begin)
                verb_run(argv + begin, i - begin);
            begin = i + 1;
        }
    }
    return 0;
}
