/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "container/api.h"
#include "verb.h"

static struct tare_checkpoint_options options = {.size = sizeof(options)};
static struct option_list empty_namespaces;
static unsigned status_fd;

/* clang-format off */
const struct option_entry checkpoint_options[] = {
    {OPTION_TEXT, "image-path", 0, &options.image_path, "DIR", "directory for the images [checkpoint]"},
    {OPTION_TEXT, "work-path", 0, &options.work_path, "DIR", "directory for the log, dump.log [that of the images]"},
    {OPTION_TEXT, "parent-path", 0, &options.parent_path, "DIR", "images of an earlier --pre-dump, as seen from --image-path"},
    {OPTION_FLAG, "leave-running", 0, &options.leave_running, NULL, "do not end and delete the container"},
    {OPTION_FLAG, "pre-dump", 0, &options.pre_dump, NULL, "only the memory, before a checkpoint with --parent-path"},
    {OPTION_FLAG, "auto-dedup", 0, &options.auto_dedup, NULL, "drop pages from the parent that are in the new images"},
    {OPTION_FLAG, "lazy-pages", 0, &options.lazy_pages, NULL, "leave memory to be fetched from --page-server"},
    {OPTION_TEXT, "page-server", 0, &options.page_server, "ADDRESS:PORT", "page server"},
    {OPTION_NUMBER, "status-fd", 0, &status_fd, "FD", "write a NUL byte there when pages can be fetched"},
    {0},
};

const struct option_entry checkpoint_more_options[] = {
    {OPTION_FLAG, "tcp-established", 0, &options.tcp_established, NULL, "take along TCP connections"},
    {OPTION_FLAG, "tcp-close", 0, &options.tcp_close, NULL, "close TCP connections"},
    {OPTION_FLAG, "tcp-skip-in-flight", 0, &options.tcp_skip_in_flight, NULL, "leave out TCP connections that are being made"},
    {OPTION_FLAG, "ext-unix-sk", 0, &options.ext_unix_sk, NULL, "allow Unix sockets that lead outside"},
    {OPTION_FLAG, "shell-job", 0, &options.shell_job, NULL, "allow a terminal of the caller's"},
    {OPTION_FLAG, "file-locks", 0, &options.file_locks, NULL, "take along file locks"},
    {OPTION_FLAG, "link-remap", 0, &options.link_remap, NULL, "link removed open files to where they can be found"},
    {OPTION_TEXT, "manage-cgroups-mode", 0, &options.manage_cgroups_mode, "MODE", "soft, full, strict or ignore [soft]"},
    {OPTION_LIST, "empty-ns", 0, &empty_namespaces, "NAMESPACE", "network: which is always so"},
    {OPTION_TEXT, "network-lock", 0, &options.network_lock, "METHOD", "iptables, nftables or skip"},
    {0},
};
/* clang-format on */

int check_empty_namespaces(struct call *call, const struct option_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->items[i], "network") == 0)
            continue;
        (void)fail(call, EINVAL, "namespace \"%s\" is not supported", list->items[i]);
        error_set_kind(&call->error->error, ERROR_USAGE);
        error_add_hint(&call->error->error, "--empty-ns takes network");
        return -1;
    }
    return 0;
}

int cmd_checkpoint(struct call *call)
{
    if (check_empty_namespaces(call, &empty_namespaces) < 0)
        return -1;
    options.status_fd = (int)status_fd;
    return tare_container_checkpoint(call->settings, call->args[0], &options, call->error) < 0
               ? -1
               : STATUS_OK;
}
