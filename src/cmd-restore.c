/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

static struct tare_restore_options options = {.size = sizeof(options)};
static struct option_list empty_namespaces;

/* clang-format off */
const struct option_entry restore_options[] = {
    {OPTION_TEXT, "image-path", 0, &options.image_path, "DIR", "directory of the images [checkpoint]"},
    {OPTION_TEXT, "work-path", 0, &options.work_path, "DIR", "directory for the log, restore.log [that of the images]"},
    {OPTION_TEXT, "bundle", 'b', &options.bundle, "DIR", "directory of the bundle [.]"},
    {OPTION_TEXT, "config", 'f', &options.config, "FILE", "configuration [config.json of the bundle]"},
    {OPTION_TEXT, "pid-file", 0, &options.pid_file, "FILE", "write the pid of the container's init to FILE"},
    {OPTION_TEXT, "console-socket", 0, &options.console_socket, "SOCKET", "send the terminal's master to SOCKET"},
    {OPTION_FLAG, "detach", 'd', &options.detach, NULL, "return when the processes run"},
    {OPTION_FLAG, "keep", 0, &options.keep, NULL, "leave the stopped container to `tare delete`"},
    {OPTION_FLAG, "lazy-pages", 0, &options.lazy_pages, NULL, "fetch memory when it is needed, from `criu lazy-pages`"},
    {OPTION_FLAG, "auto-dedup", 0, &options.auto_dedup, NULL, "drop pages from the images that are restored"},
    {OPTION_FLAG, "no-pivot", 0, &options.no_pivot, NULL, NULL},
    {OPTION_IGNORED_FLAG, "no-new-keyring", 0, NULL, NULL, NULL},
    {OPTION_IGNORED_FLAG, "no-subreaper", 0, NULL, NULL, NULL},
    {OPTION_IGNORED_TEXT, "preserve-fds", 0, NULL, NULL, NULL},
    {OPTION_IGNORED_TEXT, "parent-path", 0, NULL, NULL, NULL},
    {0},
};

const struct option_entry restore_more_options[] = {
    {OPTION_FLAG, "tcp-established", 0, &options.tcp_established, NULL, "bring back TCP connections"},
    {OPTION_FLAG, "tcp-close", 0, &options.tcp_close, NULL, "bring them back closed"},
    {OPTION_FLAG, "ext-unix-sk", 0, &options.ext_unix_sk, NULL, "allow Unix sockets that lead outside"},
    {OPTION_FLAG, "shell-job", 0, &options.shell_job, NULL, "use the caller's terminal"},
    {OPTION_FLAG, "file-locks", 0, &options.file_locks, NULL, "bring back file locks"},
    {OPTION_TEXT, "manage-cgroups-mode", 0, &options.manage_cgroups_mode, "MODE", "soft, full, strict or ignore [soft]"},
    {OPTION_LIST, "empty-ns", 0, &empty_namespaces, "NAMESPACE", "network: which is so when the images have none"},
    {OPTION_TEXT, "network-lock", 0, &options.network_lock, "METHOD", "iptables, nftables or skip"},
    {OPTION_TEXT, "lsm-profile", 0, &options.lsm_profile, "TYPE:NAME", "another label: apparmor:NAME or selinux:LABEL"},
    {OPTION_TEXT, "lsm-mount-context", 0, &options.lsm_mount_context, "LABEL", "another label of mounts"},
    {0},
};
/* clang-format on */

int cmd_restore(struct call *call)
{
    int status = 0;
    if (check_empty_namespaces(call, &empty_namespaces) < 0)
        return -1;
    options.notify_socket = getenv("NOTIFY_SOCKET");
    int r = tare_container_restore(call->settings, call->args[0], &options, &status, call->error);
    return r < 0 ? -1 : status;
}
