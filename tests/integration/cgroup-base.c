/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/integration/cgroup-base.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroup/directory.h"
#include "sys/process.h"

struct cgroup_host host = {.mount_fd = -1};
char base[64];
struct error err;

char *below(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
    return path;
}

bool exists(const char *path)
{
    return faccessat(host.mount_fd, path + 1, F_OK, 0) == 0;
}

void make_directory(const char *path)
{
    cr_assert(eq(int, mkdirat(host.mount_fd, path + 1, 0755), 0), "%s: %s", path, strerror(errno));
}

void remove_directory(const char *path)
{
    cr_assert(eq(int, unlinkat(host.mount_fd, path + 1, AT_REMOVEDIR), 0), "%s: %s", path,
              strerror(errno));
}

void write_file(const char *path, const char *file, const char *text)
{
    _cleanup_(close_fd) int fd = directory_open(host.mount_fd, path);
    int r = file_write(fd, file, text, strlen(text));
    cr_assert(eq(int, r, 0), "%s to %s/%s: %s", text, path, file, strerror(-r));
}

void set_up(void)
{
    if (geteuid() != 0)
        SKIP("needs root");
    cr_assert(eq(int, unshare(CLONE_NEWNS), 0));
    cr_assert(eq(int, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0));
    cr_assert(eq(int, cgroup_host_open(&host, &err), 0), "%s", err.text);
    if (host.mount_fd < 0)
        SKIP("no cgroup2 hierarchy on this host");
    const char *prefix = getenv("TARE_TEST_PREFIX");
    snprintf(base, sizeof(base), "/%s%d", prefix ? prefix : "tare-test-0-", (int)getpid());
    if (mkdirat(host.mount_fd, base + 1, 0755) < 0) {
        *base = '\0';
        SKIP("cannot make a cgroup in %s: %s", host.mount_path, strerror(errno));
    }
}

void tear_down(void)
{
    if (host.mount_fd < 0 || !*base)
        return;
    int r = unlinkat(host.mount_fd, base + 1, AT_REMOVEDIR);
    int code = errno;
    if (r < 0)
        cgroup_remove(&host, base, NULL, NULL);
    cr_expect(eq(int, r, 0), "something was left in %s: %s", base, strerror(code));
    cgroup_host_release(&host);
    error_release(&err);
}

struct plan_cgroup plan_at(const char *path)
{
    return (struct plan_cgroup){.path = path, .delegate_uid = -1};
}

struct cgroup make(const char *path)
{
    struct plan_cgroup plan = plan_at(path);
    struct cgroup cgroup;
    cr_assert(eq(int, cgroup_make(&cgroup, &host, &plan, "x", &err), 0), "%s (%s)", err.text,
              err.hint);
    return cgroup;
}

void destroy(struct cgroup *cgroup)
{
    cr_assert(eq(int, cgroup_remove(&host, cgroup->path, cgroup->created_top, &err), 0), "%s (%s)",
              err.text, err.hint);
    cgroup_release(cgroup);
}

void expect_text(const char *text, const char *part)
{
    cr_expect(strstr(text, part) != NULL, "no \"%s\" in \"%s\"", part, text);
}

void idle(void *unused)
{
    (void)unused;
    for (;;)
        pause();
}

/* A child in the cgroup that runs `main`, and exits 0 when that returns. */
pid_t start_in(const struct cgroup *cgroup, void (*main)(void *), void *data)
{
    pid_t pid = sys_clone3(0, cgroup->fd, NULL);
    cr_assert(pid >= 0, "clone3 into %s: %s", cgroup->path, strerror(-pid));
    if (pid == 0) {
        main(data);
        _exit(0);
    }
    return pid;
}

int status_of(pid_t pid)
{
    int status = 0;
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    return status;
}

void end(pid_t pid)
{
    kill(pid, SIGKILL);
    status_of(pid);
}
