/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

struct tare_create_options creation = {.size = sizeof(creation)};

/* clang-format off */
const struct option_entry create_options[] = {
    {OPTION_TEXT, "bundle", 'b', &creation.bundle, "DIR", "directory of the bundle [.]"},
    {OPTION_TEXT, "config", 'f', &creation.config, "FILE", "configuration [config.json of the bundle]"},
    {OPTION_TEXT, "pid-file", 0, &creation.pid_file, "FILE", "write the pid of the container's init to FILE"},
    {OPTION_TEXT, "console-socket", 0, &creation.console_socket, "SOCKET", "send the terminal's master to SOCKET"},
    {OPTION_TEXT, "pidfd-socket", 0, &creation.pidfd_socket, "SOCKET", "send a pidfd of the init to SOCKET"},
    {OPTION_NUMBER, "preserve-fds", 0, &creation.preserve_fds, "N", "pass N file descriptors, from 3, to the program"},
    {OPTION_FLAG, "no-pivot", 0, &creation.no_pivot, NULL, "move the root in place of pivot_root (initramfs)"},
    {OPTION_FLAG, "no-new-keyring", 0, &creation.no_new_keyring, NULL, "keep the caller's session keyring"},
    {OPTION_IGNORED_FLAG, "no-subreaper", 0, NULL, NULL, NULL},
    {0},
};

const struct option_entry bundle_options[] = {
    {OPTION_TEXT, "bundle", 'b', &creation.bundle, "DIR", "directory of the bundle [.]"},
    {OPTION_TEXT, "config", 'f', &creation.config, "FILE", "configuration [config.json of the bundle]"},
    {OPTION_NUMBER, "preserve-fds", 0, &creation.preserve_fds, "N", "pass N file descriptors, from 3, to the program"},
    {OPTION_FLAG, "no-pivot", 0, &creation.no_pivot, NULL, "move the root in place of pivot_root (initramfs)"},
    {0},
};
/* clang-format on */

int cmd_create(struct call *call)
{
    creation.notify_socket = getenv("NOTIFY_SOCKET");
    return tare_container_create(call->settings, call->args[0], &creation, call->error) < 0
               ? -1
               : STATUS_OK;
}
