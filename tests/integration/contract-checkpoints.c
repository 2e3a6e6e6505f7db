/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "tests/integration/contract.h"

/* The words of engines about checkpoints, for containers and images that there are none of; what the commands do
 * is in checkpoint.c, where CRIU is. */

TestSuite(checkpoints, TEST_SUITE);

static struct engine engine_new(void)
{
    return (struct engine){
        .bundle = bundle_new(),
        .globals = "--root $R --log $B/log --log-format json",
        .log = "$B/log",
        .setting = {.env = xdg_env, .no_root = true, .cwd = "/"},
    };
}

static void nothing_is_left(struct engine *engine, const struct result *result)
{
    (void)result;
    cr_assert_not(file_exists(expand(engine, "$B/pid")));
    assert_nothing_left();
}

/* For --status-fd. */
static void open_3(const void *data)
{
    (void)data;
    dup2(STDOUT_FILENO, 3);
}

/* CRI-O's, the shim's and the library's words. */
Test(checkpoints, of_containerd_and_crio)
{
    static const struct step steps[] = {
        {.words = "checkpoint --file-locks --image-path $B/images --work-path $B --leave-running "
                  "nobody",
         .status = 1,
         .err = "does not exist"},
        {.words = "checkpoint --image-path $B/images --work-path $B --parent-path ../before "
                  "--tcp-established --ext-unix-sk --shell-job --file-locks --empty-ns network "
                  "--leave-running nobody",
         .status = 1,
         .err = "does not exist"},
        {.words = "checkpoint --image-path $B/images --work-path $B --page-server 127.0.0.1:1 "
                  "--manage-cgroups-mode soft --lazy-pages --pre-dump --status-fd 3 nobody",
         .status = 1,
         .err = "does not exist"},
        {.words = "restore --image-path $B/images --work-path $B --parent-path ../before --detach "
                  "--pid-file $B/pid --no-pivot -no-subreaper --bundle $B $ID",
         .status = 1,
         .err = "",
         .check = nothing_is_left},
    };
    struct engine engine = engine_new();

    engine.caller = open_3;
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
}

/* Success means that there are checkpoints; the complaint, that labels of mounts can be restored. */
Test(checkpoints, are_probed)
{
    static const struct step steps[] = {
        {.words = "checkpoint --help", .out = "*", .bare = true},
        {.words = "restore --lsm-mount-context",
         .status = 1,
         .err = "requires an argument",
         .bare = true},
    };
    struct engine engine = engine_new();

    PLAY(&engine, steps);
}

/* Options that are not tare's business are taken, and those that are said twice. */
Test(checkpoints, of_podman_and_conmon)
{
    static const struct step steps[] = {
        {.words = "checkpoint --image-path $B/images --work-path $B --leave-running "
                  "--tcp-established --file-locks --leave-running --pre-dump --parent-path "
                  "../pre-checkpoint nobody",
         .status = 1,
         .err = "does not exist"},
        {.words = "restore --bundle $B --pid-file $B/pid --no-pivot --no-new-keyring --detach "
                  "--image-path $B/images --work-path $B --tcp-established --tcp-close "
                  "--file-locks --lsm-mount-context=l --lsm-profile=selinux:l --preserve-fds 2 $ID",
         .status = 1,
         .err = "",
         .check = nothing_is_left},
    };
    struct engine engine = engine_new();

    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    assert_nothing_left();
}
