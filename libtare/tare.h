/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TARE_H
#define TARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* libtare: an OCI container runtime as a library.
 *
 * Every operation takes the settings that say where containers live, and fills an error object when
 * it fails. Functions return 0 (or a documented positive value) on success and a negative errno on
 * failure. The library never prints, never exits and keeps no global state; one thread may work on
 * one container while another thread works on another, except that tare_container_create(),
 * tare_container_run(), tare_container_restore(), tare_container_exec() and the two that change mounts clone the
 * calling process, and for a moment the first four enter namespaces with the calling thread.
 *
 * Text handed out as `char **` is the caller's to free(). Strings inside structs that are passed to
 * the library are only read during the call. */

/* ---- errors ---- */

enum tare_error_kind {
    TARE_ERROR_GENERAL,
    TARE_ERROR_CONFIG,           /* config.json is wrong; nothing was touched */
    TARE_ERROR_USAGE,            /* an argument of the call is wrong */
    TARE_ERROR_UNSUPPORTED,      /* valid, but this kernel, host or build cannot do it */
    TARE_ERROR_NOT_FOUND,        /* no such container */
    TARE_ERROR_EXISTS,           /* the container exists already */
    TARE_ERROR_WRONG_STATE,      /* the container is in a state that does not allow it */
    TARE_ERROR_EXEC_NOT_FOUND,   /* the container's program does not exist */
    TARE_ERROR_EXEC_NOT_ALLOWED, /* it exists and cannot be executed */
};

/* What went wrong. Wherever one is taken, NULL means: not interested. An object can be used again
 * for the next call. */
typedef struct tare_error tare_error;

tare_error *tare_error_new(void); /* NULL when out of memory */
void tare_error_free(tare_error *error);

/* All of these are valid until the object is used again. */
int tare_error_code(const tare_error *error); /* positive errno, 0: no error */
enum tare_error_kind tare_error_kind(const tare_error *error);
const char *tare_error_text(const tare_error *error);  /* what was being done, outermost first */
const char *tare_error_where(const tare_error *error); /* JSON pointer into config.json, or "" */
const char *tare_error_hint(const tare_error *error);  /* what helps, or "" */
const char *tare_error_problems(
    const tare_error *error); /* further problems, one per line, or "" */
/* "where: text: strerror (hint)" in one line; cut to `size` and always NUL-terminated. */
void tare_error_format(const tare_error *error, char *buffer, size_t size);

/* ---- settings ---- */

enum tare_cgroup_manager {
    TARE_CGROUP_MANAGER_CGROUPFS, /* the default: directories below the cgroup2 mount */
    TARE_CGROUP_MANAGER_SYSTEMD,  /* a transient scope, by D-Bus; loads libsystemd.so.0 */
    TARE_CGROUP_MANAGER_DISABLED, /* no cgroup is made */
};

/* Whether a container that needs no cgroup may do without one where none can be made. */
enum tare_rootless {
    TARE_ROOTLESS_AUTO, /* the default: for users other than root, and in user namespaces */
    TARE_ROOTLESS_YES,
    TARE_ROOTLESS_NO,
};

/* Fill `size` with sizeof(struct tare_settings) and leave what you do not know at zero: a library
 * that knows more members reads only those that you have. */
struct tare_settings {
    size_t size;
    /* Directory that holds one directory per container. NULL: /run/tare for root. For other users, and
     * for the root of a user namespace that has the variable: $XDG_RUNTIME_DIR/tare; without the
     * variable /run/user/UID/tare, and where that is missing /tmp/tare-UID. */
    const char *root;
    enum tare_cgroup_manager cgroup_manager;
    /* Called for everything that is worth a warning and does not stop the operation. */
    void (*warning)(void *data, const char *text);
    void *warning_data;
    /* Warn of what is in order and may still surprise, too: of properties that mean nothing to this
     * library, which the specification says to ignore, but a typing error looks the same; of a
     * container that has no cgroup for want of rights. */
    bool warn_of_unknown;
    enum tare_rootless rootless;
    /* The calling process ends with the call. Signals that it was holding back for a program stay blocked when
     * that has ended, so that none that comes too late keeps the caller from handing the exit status on. */
    bool exits;
};

/* ---- life cycle ---- */

struct tare_create_options {
    size_t size;                /* sizeof(struct tare_create_options) */
    const char *bundle;         /* NULL: the working directory */
    const char *config;         /* NULL: config.json in the bundle */
    const char *pid_file;       /* gets the pid of the init in decimal, without newline */
    const char *console_socket; /* AF_UNIX stream socket that receives the terminal's master */
    const char *pidfd_socket;   /* AF_UNIX stream socket that receives a pidfd of the init */
    /* $NOTIFY_SOCKET of who waits for the container to be ready (sd_notify(3)): the program gets a
     * socket of its own, and what it says is passed on. NULL or "": none. */
    const char *notify_socket;
    unsigned preserve_fds; /* hand fds 3..3+n-1 to the program */
    bool no_pivot;         /* MS_MOVE and chroot in place of pivot_root: for an initramfs */
    bool no_new_keyring;   /* keep the caller's session keyring */
    bool detach;           /* run: return when the program runs */
    bool keep;             /* run: leave the stopped container for `delete` */
};

/* Make a container of the bundle and park its init in front of the program. The init is a child of
 * the calling process: reap it, or exit and leave it to your subreaper. stdio is inherited. */
int tare_container_create(const struct tare_settings *settings, const char *id,
                          const struct tare_create_options *options, tare_error *error);

struct tare_start_options {
    size_t size; /* sizeof(struct tare_start_options) */
    /* As of tare_create_options; the two are independent, and both are needed. */
    const char *notify_socket;
};

/* Let a created container run its program. Returns when the program was executed and the poststart
 * hooks have run; with a notify_socket when the program has said that it is ready, or has ended. */
int tare_container_start(const struct tare_settings *settings, const char *id,
                         const struct tare_start_options *options, tare_error *error);

/* create, start, and unless options->detach: forward signals and the terminal, wait for the
 * program, delete the container. `*ret_status` is its exit status, 128+n when signal n ended it, 0
 * with detach. While it waits, it holds signals back from the calling thread and passes them on to
 * the program. Those that come when that has ended are dropped. */
int tare_container_run(const struct tare_settings *settings, const char *id,
                       const struct tare_create_options *options, int *ret_status,
                       tare_error *error);

/* Either a document, or changes to the process that the container was made with. */
struct tare_exec_options {
    size_t size; /* sizeof(struct tare_exec_options) */
    /* File with a `process` object of the runtime-spec; "-": stdin. What it leaves out of capabilities,
     * rlimits, labels, umask, oomScoreAdj, scheduler, ioPriority and execCPUAffinity is the container's. */
    const char *process;
    /* Without a document. All lists end with NULL. */
    const char *const *args;
    const char *const *env; /* "NAME=VALUE": added to the container's, or in place of what it has */
    const char *cwd;
    const char *user; /* "UID" or "UID:GID"; the container's gid when none is given */
    const uint32_t *additional_gids; /* and the container's */
    size_t n_additional_gids;
    const char *const
        *capabilities; /* and the container's: bounding, effective and permitted; ambient when
                                        inheritable */
    const char *apparmor_profile;
    const char *process_label; /* of SELinux */
    bool no_new_privileges;
    bool terminal;
    /* With and without. */
    const char *cgroup; /* one that is there, below the container's */
    const char *pid_file;
    const char *console_socket;
    const char *pidfd_socket;
    unsigned preserve_fds;
    bool ignore_paused; /* do not refuse a paused container: the process runs when it is resumed */
    bool detach;        /* return when the program runs */
};

/* Run one more process in a created or running container: in the namespaces and the cgroup of its init,
 * under its filter. Like tare_container_run(), it waits for the program unless told to detach; then the
 * process is a child of the caller. */
int tare_container_exec(const struct tare_settings *settings, const char *id,
                        const struct tare_exec_options *options, int *ret_status,
                        tare_error *error);

/* The state document of the runtime-spec as JSON, indented by two spaces, without a newline at its
 * end. */
int tare_container_state(const struct tare_settings *settings, const char *id, char **ret_json,
                         tare_error *error);

struct tare_kill_options {
    size_t size;        /* sizeof(struct tare_kill_options) */
    const char *signal; /* name with or without SIG, or number. NULL: the annotation
                           org.opencontainers.image.stopSignal, or SIGTERM */
    bool all;           /* every process of the container; a stopped container is no error */
};

int tare_container_kill(const struct tare_settings *settings, const char *id,
                        const struct tare_kill_options *options, tare_error *error);

struct tare_delete_options {
    size_t size; /* sizeof(struct tare_delete_options) */
    bool force;  /* kill a running container; an unknown one is no error */
};

/* Take apart a stopped or created container. Waits for dying processes for a bounded time. */
int tare_container_delete(const struct tare_settings *settings, const char *id,
                          const struct tare_delete_options *options, tare_error *error);

/* Freeze every process of a created or running container, and thaw them again. Waits for at most 10 s
 * until it is so. */
int tare_container_pause(const struct tare_settings *settings, const char *id, tare_error *error);
int tare_container_resume(const struct tare_settings *settings, const char *id, tare_error *error);

struct tare_update_options {
    size_t size; /* sizeof(struct tare_update_options) */
    const char
        *resources; /* JSON: linux.resources of the runtime-spec, what shall change; or NULL */
    const char *l3_cache_schema,
        *mem_bw_schema; /* "L3:0=f", "MB:0=50" of the resctrl group; or NULL */
};

/* Change the limits of a container that has not stopped. What is not named stays as it is; device
 * rules, when there are any, replace all of before. When a part fails, nothing is changed. */
int tare_container_update(const struct tare_settings *settings, const char *id,
                          const struct tare_update_options *options, tare_error *error);

/* Mount what `mounts` lists, a JSON array of mounts as in a configuration, in a created or running container: as
 * its first mounts were made, sources being paths of the host, or of the bundle when they are relative. When one
 * cannot be made, those before it are taken back; what a remount has changed, and mount points and links that
 * were made, stay. A pointer in an error is one into the array. */
int tare_container_add_mounts(const struct tare_settings *settings, const char *id,
                              const char *mounts, tare_error *error);
/* Unmount what is mounted at the destinations that such an array lists, the last first, as soon as nothing uses
 * it. Nothing is unmounted when nothing is mounted at one of them, or it belongs to what confines the container;
 * symbolic links are not followed. */
int tare_container_remove_mounts(const struct tare_settings *settings, const char *id,
                                 const char *mounts, tare_error *error);

/* One line of JSON, {"type":"stats","id":ID,"data":{…}}, without newline: what the container's cgroup
 * has counted, under runc's names. `*ret_json` is malloc'ed. */
int tare_container_stats(const struct tare_settings *settings, const char *id, char **ret_json,
                         tare_error *error);

/* Calls `each` with such a line every `interval` milliseconds, and with one of the type "oom" for each
 * process that the kernel killed for want of memory, until no process is left. A value other than 0
 * from `each` ends it and is returned. */
int tare_container_events(const struct tare_settings *settings, const char *id, unsigned interval,
                          int (*each)(void *data, const char *json), void *data, tare_error *error);

/* The pids, in the caller's pid namespace, of all processes of the container, ascending. `*ret` is
 * malloc'ed; a stopped container has none, unless its processes outlive its init. */
int tare_container_pids(const struct tare_settings *settings, const char *id, int **ret,
                        size_t *ret_n, tare_error *error);

/* ---- checkpoint and restore, by CRIU (https://criu.org), which has to be installed ---- */

/* What is false, zero or NULL is left to CRIU's configuration files. */
struct tare_checkpoint_options {
    size_t size;             /* sizeof(struct tare_checkpoint_options) */
    const char *image_path;  /* directory of the images, made when missing. NULL: "checkpoint" */
    const char *work_path;   /* directory of the log dump.log; NULL: image_path */
    const char *parent_path; /* images of an earlier pre_dump, relative to image_path */
    const char *page_server; /* "ADDRESS:PORT" */
    const char *manage_cgroups_mode; /* "soft", "full", "strict", "ignore"; NULL: "soft" */
    const char *network_lock;        /* "iptables", "nftables", "skip" */
    int status_fd; /* gets a NUL byte when the page server is ready for lazy_pages; 0: none */
    bool leave_running;
    bool pre_dump; /* only the memory, for a later checkpoint with parent_path; leaves it running */
    bool tcp_established, tcp_close, tcp_skip_in_flight;
    bool ext_unix_sk, shell_job, file_locks, link_remap;
    bool lazy_pages, auto_dedup;
};

/* Write the processes of a running or paused container into images, and delete it, unless it is left running.
 * When this fails, it goes on as it was. */
int tare_container_checkpoint(const struct tare_settings *settings, const char *id,
                              const struct tare_checkpoint_options *options, tare_error *error);

struct tare_restore_options {
    size_t size; /* sizeof(struct tare_restore_options) */
    /* As of tare_create_options. */
    const char *bundle, *config, *pid_file, *console_socket, *notify_socket;
    bool no_pivot;
    bool detach; /* return when the processes run */
    bool keep;   /* leave the stopped container for `delete` */
    /* As of tare_checkpoint_options; the log is restore.log. */
    const char *image_path, *work_path;
    const char *manage_cgroups_mode, *network_lock;
    bool tcp_established, tcp_close;
    bool ext_unix_sk, shell_job, file_locks;
    bool lazy_pages, auto_dedup;
    const char
        *lsm_profile; /* "apparmor:NAME" or "selinux:LABEL", in place of the one in the images */
    const char *lsm_mount_context; /* the same for the mounts of SELinux */
};

/* Make a container of the bundle whose processes come out of images. Otherwise like tare_container_run(). */
int tare_container_restore(const struct tare_settings *settings, const char *id,
                           const struct tare_restore_options *options, int *ret_status,
                           tare_error *error);

struct tare_container {
    const char *id;
    int pid;            /* 0 when stopped */
    const char *status; /* "creating", "created", "running", "paused", "stopped" */
    const char *bundle;
    const char *created;    /* RFC 3339, UTC, nanoseconds */
    unsigned owner;         /* uid that created it */
    const char *owner_name; /* its name, or the number as text */
    const char *state;      /* the state document with `owner`, in one line */
};

/* Calls `each` for every container, sorted by id; the struct is valid during the call. A value
 * other than 0 from `each` ends the walk and is returned. Containers whose state cannot be read are
 * skipped with a warning. No root directory is no container, unless the settings name it. */
int tare_container_list(const struct tare_settings *settings,
                        int (*each)(void *data, const struct tare_container *container), void *data,
                        tare_error *error);

/* ---- documents ---- */

/* The configuration that `tare spec` writes; `rootless`: for the calling user without privileges.
 */
int tare_spec_default(bool rootless, char **ret_json, tare_error *error);
/* The features document of the runtime-spec. */
int tare_features(char **ret_json, tare_error *error);

/* Read and judge a configuration; nothing is touched. With `ret_plan` not NULL, what would be done,
 * as text. */
int tare_plan(const struct tare_settings *settings, const char *id,
              const struct tare_create_options *options, char **ret_plan, tare_error *error);

/* ---- versions ---- */

const char *tare_version(void);            /* "0.1.0" */
const char *tare_commit(void);             /* of the source tree */
const char *tare_spec_version(void);       /* "1.3.0": of the runtime-spec */
const char *tare_libseccomp_version(void); /* "2.5.4" */

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
