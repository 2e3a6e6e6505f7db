/* SPDX-License-Identifier: Apache-2.0 */
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/parse.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

#define PASSWD_LIMIT ((size_t)1024 * 1024)

/* ---- working directory ---- */

/* A directory that the kernel cannot name is none of the container's (CVE-2024-21626). */
static int check_inside(struct error *err)
{
    char path[4096];
    long n = syscall(SYS_getcwd, path, sizeof(path));
    /* A deleted or very deep directory has no path either, and is ours all the same. */
    if (n < 0 && (errno == ENOENT || errno == ERANGE))
        return 0;
    if (n < 0)
        return error_sys(err, errno, "getcwd");
    if (path[0] != '/')
        return error_set(err, EPERM, "the working directory is outside of the container");
    return 0;
}

/* Looked up without magic links, so that no fd of ours can be meant by it. Made when it is missing, but not in
 * a container that runs. As root, and where that is not allowed (a network filesystem, a user namespace) again as
 * the user. */
int cwd_enter(const struct build *build, bool last_try, struct error *err)
{
    const char *cwd = build->plan->process.cwd;
    _cleanup_(close_fd) int fd = open_in_root(build->root, cwd, O_PATH | O_DIRECTORY, 0);
    if (fd == -ENOENT && !last_try && !build->sandbox->target)
        fd = target_create(build->root, cwd, true, NULL);
    int r = fd < 0 ? fd : fchdir(fd) < 0 ? -errno : check_inside(err);
    if (r == 0 || (r == -EACCES && !last_try))
        return r;
    if (!err->code)
        error_sys(err, -r, "enter the working directory %s", cwd);
    error_add_where(err, "/process/cwd");
    return r;
}

/* ---- environment ---- */

/* The sixth field of the line whose third is `uid`, cut out in place. */
static char *find_home(char *text, uid_t uid)
{
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        char *fields[7] = {line};
        size_t n = 1;
        for (char *p = line; n < ELEMENTSOF(fields) && (p = strchr(p, ':')); n++) {
            *p++ = '\0';
            fields[n] = p;
        }
        uint32_t id;
        if (n >= 6 && parse_u32(fields[2], &id) == 0 && id == uid)
            return fields[5];
    }
    return NULL;
}

/* The file is the image's: it may be a FIFO, endless, or a link to anything. */
static char *read_home(const struct build *build)
{
    _cleanup_(close_fd) int fd =
        open_in_root(build->root, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    char *text = NULL;
    if (fd < 0 || fd_read_all(fd, PASSWD_LIMIT, &text, NULL) < 0)
        return NULL;
    _cleanup_(free_ptr) char *owned = text;
    char *home = find_home(owned, build->plan->process.uid);
    return home && home[0] ? strdup(home) : NULL;
}

int exec_prepare(struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    build->env = process->env;
    if (!process->add_home)
        return 0;
    _cleanup_(free_ptr) char *home = read_home(build);
    size_t n = 0;
    while (process->env[n]) {
        n++;
    }
    const char **env = arena_array(&build->arena, n + 2, sizeof(*env));
    char *entry = arena_printf(&build->arena, "HOME=%s", home ? home : "/");
    if (!env || !entry)
        return error_sys(err, ENOMEM, "add HOME to the environment");
    memcpy(env, process->env, n * sizeof(*env));
    env[n] = entry;
    build->env = env;
    return 0;
}

/* ---- the executable ---- */

/* As the user, with the user's capabilities: 0, -EACCES, -EISDIR, -ENOENT... The kernel answers
 * EACCES for a file on a noexec mount here already. */
static int check_executable(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode))
        return -EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static void explain_refused(const char *path, struct error *err)
{
    struct statvfs fs;
    struct stat st;
    if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
        error_add_hint(err, "it is on a filesystem that is mounted noexec");
    else if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 0111))
        error_add_hint(err, "it has no execute permission: chmod +x");
}

static int report(const char *name, const char *path, int code, struct error *err)
{
    bool missing = code == ENOENT || code == ENOTDIR;
    if (missing)
        error_sys(err, code, "exec: \"%s\": stat %s", name, path);
    else
        error_sys(err, code, "exec: \"%s\"", name);
    /* Engines look for these words, in lower case; Podman does not know what a directory is. */
    const char *text = code == ENOENT    ? "no such file or directory"
                       : code == ENOTDIR ? "not a directory"
                       : code == EISDIR  ? "permission denied: it is a directory"
                       : code == EACCES  ? "permission denied"
                                         : NULL;
    if (text) {
        size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof(err->text) - used, ": %s", text);
        err->with_strerror = false;
    }
    error_set_kind(err, missing ? ERROR_EXEC_NOT_FOUND : ERROR_EXEC_NOT_ALLOWED);
    error_add_where(err, "/process/args/0");
    if (!missing)
        explain_refused(path, err);
    return -code;
}

/* As execvp(3): the first executable one wins; one that may not be executed is remembered for the
 * error. */
static int search(struct build *build, const char *name, struct error *err)
{
    const char *list = build->plan->process.search_path;
    int refused = 0;
    char *refused_path = NULL;
    for (const char *p = list; p;) {
        size_t n = strcspn(p, ":");
        char *path = n ? arena_printf(&build->arena, "%.*s/%s", (int)n, p, name)
                       : arena_printf(&build->arena, "./%s", name);
        if (!path)
            return error_sys(err, ENOMEM, "look for %s", name);
        int r = check_executable(path);
        if (r == 0) {
            build->program = path;
            return 0;
        }
        if (r == -EACCES && !refused) {
            refused = -r;
            refused_path = path;
        }
        p = p[n] ? p + n + 1 : NULL;
    }
    if (refused)
        return report(name, refused_path, refused, err);
    error_set(err, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
    error_set_kind(err, ERROR_EXEC_NOT_FOUND);
    error_add_where(err, "/process/args/0");
    return -ENOENT;
}

int exec_find(struct build *build, struct error *err)
{
    const char *name = build->plan->process.args[0];
    if (!strchr(name, '/'))
        return search(build, name, err);
    int r = check_executable(name);
    if (r < 0)
        return report(name, name, -r, err);
    build->program = arena_strdup(&build->arena, name);
    return build->program ? 0 : error_sys(err, ENOMEM, "look for %s", name);
}

/* ---- execution ---- */

static void explain_interpreter(const char *head, ssize_t n, struct error *err)
{
    if (n > 2 && head[0] == '#' && head[1] == '!') {
        const char *start = head + 2 + strspn(head + 2, " \t");
        error_add_hint(
            err, "it is a script, and its interpreter \"%.*s\" does not exist in the container",
            (int)strcspn(start, " \t\n"), start);
    } else if (n >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0) {
        error_add_hint(
            err, "it is dynamically linked, and its loader does not exist in the container: is "
                 "the image for another C library or architecture?");
    }
}

static void explain_format(const char *head, ssize_t n, struct error *err)
{
    if (n >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
        error_add_hint(err, "it was built for another architecture");
    else if (n == 0)
        error_add_hint(err, "the file is empty");
    else
        error_add_hint(err, "it is neither a program nor a script that begins with \"#!\"");
}

/* The kernel took the lookup, and refused to run what was found. */
static int explain_failure(const char *path, int code, struct error *err)
{
    char head[256] = {0};
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);
    if (code == ENOENT) {
        error_set(err, code, "exec %s: no such file or directory", path);
        explain_interpreter(head, n, err);
    } else if (code == ENOEXEC && n >= 0) {
        error_set(err, code, "exec %s: exec format error", path);
        explain_format(head, n, err);
    } else if (code == EACCES) {
        error_set(err, code, "exec %s: permission denied", path);
        explain_refused(path, err);
    } else {
        error_sys(err, code, "exec %s", path);
        if (code == E2BIG)
            error_add_hint(err, "arguments and environment together are too long");
    }
    error_set_kind(err, code == ENOENT && n < 0 ? ERROR_EXEC_NOT_FOUND : ERROR_EXEC_NOT_ALLOWED);
    error_add_where(err, "/process/args/0");
    return -code;
}

int exec_run(const struct build *build, struct error *err)
{
    execve(build->program, (char *const *)(uintptr_t)build->plan->process.args,
           (char *const *)(uintptr_t)build->env);
    return explain_failure(build->program, errno, err);
}
