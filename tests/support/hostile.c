/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/hostile.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t swapper_start(const char *one, const char *other)
{
    pid_t pid = fork();

    if (pid == 0) {
        for (;;)
            syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
    }
    return pid;
}

void swapper_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void hostile_leak(const void *data)
{
    int fd = open(data, O_RDONLY | O_DIRECTORY);

    for (int to = 7; to < 40; to += 4)
        dup2(fd, to);
}

void hostile_script_run(struct bundle *bundle, const char *script)
{
    bundle_args(bundle, "/bin/sh", "-c", script, NULL);
    bundle_set(bundle, "/process/capabilities",
               "{\"bounding\":[\"CAP_SYS_PTRACE\",\"CAP_DAC_OVERRIDE\"],"
               "\"effective\":[\"CAP_SYS_PTRACE\",\"CAP_DAC_OVERRIDE\"],"
               "\"permitted\":[\"CAP_SYS_PTRACE\",\"CAP_DAC_OVERRIDE\"]}");
    bundle_create(bundle);
    bundle_start(bundle);
}
