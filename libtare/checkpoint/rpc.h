/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "checkpoint/protobuf.h"

/* CRIU's messages: rpc.proto, which its packages install (criu/rpc.proto), as far as containers need it. */

enum criu_request_type {
    CRIU_EMPTY = 0, /* of a reply: the request was not understood */
    CRIU_DUMP = 1,
    CRIU_RESTORE = 2,
    CRIU_PRE_DUMP = 4,
    CRIU_NOTIFY = 6,
    CRIU_FEATURE_CHECK = 9,
    CRIU_VERSION = 10,
};

enum criu_cgroups_mode {
    CRIU_CGROUPS_IGNORE = 0,
    CRIU_CGROUPS_SOFT = 3,
    CRIU_CGROUPS_FULL = 4,
    CRIU_CGROUPS_STRICT = 5,
};

enum criu_network_lock {
    CRIU_NETWORK_LOCK_DEFAULT = 0, /* not sent: CRIU's own choice */
    CRIU_NETWORK_LOCK_IPTABLES = 1,
    CRIU_NETWORK_LOCK_NFTABLES = 2,
    CRIU_NETWORK_LOCK_SKIP = 3,
};

/* A name and what it stands for: a mount point and its name in the images, or that name and the mount's source; a
 * kind of namespace and its file; a controller and a cgroup. */
struct criu_pair {
    const char *key, *value;
};

struct criu_pairs {
    struct criu_pair *items;
    size_t n, capacity;
};

/* An open file of CRIU's and the name that it has in the images. */
struct criu_inherited {
    const char *key;
    int fd;
};

/* What is zero or NULL is not sent, so that it can come from CRIU's own configuration files. */
struct criu_options {
    int images_fd, work_fd; /* of ours; CRIU opens them by way of /proc */
    pid_t pid;              /* whom to dump */
    const char *log_file;
    const char *root;
    const char *parent_images; /* relative to the images */
    const char *freeze_cgroup;
    const char *cgroup_yard; /* directory where the hierarchy is "unified" */
    const char *config_file;
    const char *lsm_profile, *lsm_mount_context;
    const char *page_server; /* address */
    int page_server_port;
    enum criu_cgroups_mode cgroups_mode; /* always sent */
    enum criu_network_lock network_lock;
    uint32_t empty_namespaces; /* CLONE_NEWNET or 0 */
    bool leave_running, ext_unix_sk, tcp_established, tcp_close, tcp_skip_in_flight, link_remap;
    bool shell_job, file_locks, lazy_pages, auto_dedup, track_memory;
    bool restore_sibling, evasive_devices, external_masters;
    struct criu_pairs mounts, join_namespaces, cgroup_roots;
    const char **external;
    size_t n_external;
    struct criu_inherited *inherited;
    size_t n_inherited;
};

struct criu_request {
    enum criu_request_type type;
    const struct criu_options *options; /* NULL: none */
    bool keep_open;                     /* one more request follows */
    bool notify_success;                /* the answer to a notification */
    bool want_memory_tracking, want_lazy_pages;
};

/* Writes the request behind what is in `message`. */
void criu_request_write(struct protobuf *message, const struct criu_request *request);

#define CRIU_TEXT_SIZE 256

struct criu_reply {
    enum criu_request_type type;
    bool success;
    int code;                     /* an errno, 0: none */
    char message[CRIU_TEXT_SIZE]; /* what went wrong, or "" */
    /* CRIU_NOTIFY */
    char script[CRIU_TEXT_SIZE]; /* "post-dump" */
    pid_t pid; /* CRIU_NOTIFY, CRIU_RESTORE: of the root of the restored processes; 0: unknown */
    /* CRIU_FEATURE_CHECK */
    bool has_memory_tracking, has_lazy_pages;
    unsigned version; /* CRIU_VERSION: 31701 is 3.17.1 */
};

/* 0, or -EBADMSG. Texts are cut to size. */
int criu_reply_read(const uint8_t *bytes, size_t n, struct criu_reply *ret);
