/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/interruption.h"
#include "checkpoint/rpc.h"

/* A conversation with `criu swrk`: CRIU as a child that takes requests on a socket pair. Source:
 * https://criu.org/RPC. */

struct criu {
    pid_t pid;
    int pidfd;  /* -1: it does not run */
    int socket; /* our end */
    unsigned version;
};

#define CRIU_NONE ((struct criu){.pidfd = -1, .socket = -1})

struct criu_launch {
    uint64_t namespaces; /* CLONE_*: new ones for CRIU itself */
    int cgroup_fd;       /* to be born in, -1: ours */
    bool keep_stdio;     /* CRIU has our standard descriptors, and not /dev/null */
    /* Become CRIU's descriptors from CRIU_FIRST_FD on. */
    const int *fds;
    size_t n_fds;
    /* In the new namespaces, before CRIU is executed. NULL: nothing. */
    int (*prepare)(void *data, struct error *err);
    void *data;
};

#define CRIU_FIRST_FD 4 /* behind the standard descriptors and the socket */

/* The oldest that does what every container needs: freezing by cgroup v2 (3.14), external pid namespaces,
 * status-ready (3.15). */
#define CRIU_VERSION_NEEDED 31500u
/* The first that can lock the network by nftables, and the first that can do without locking it. */
#define CRIU_VERSION_NETWORK_LOCK      31700u
#define CRIU_VERSION_NETWORK_LOCK_SKIP 31900u

/* Whether there is one to start: 0, or ERROR_UNSUPPORTED. */
int criu_look(struct error *err);

/* Find CRIU, execute it and ask for its version. ERROR_UNSUPPORTED when there is none, or an old one. */
int criu_start(struct criu *criu, const struct criu_launch *launch, struct error *err);

/* -EOPNOTSUPP when this CRIU is older than `version`, which `what` ("--lsm-profile") needs. */
int criu_require(const struct criu *criu, unsigned version, const char *what, struct error *err);

/* Whether there is the program that CRIU locks networks with, unless it is told otherwise. */
bool criu_has_iptables(void);

struct criu_listener {
    /* A step of CRIU's has come: 0, or -errno, which makes CRIU give up. `fd` came with it, or is -1; what is left
     * in it is closed. */
    int (*notice)(void *data, const struct criu_reply *notification, int *fd, struct error *err);
    void *data;
    struct interruption interruption;
};

/* One request and all that CRIU says about it, up to the answer, which may be a failure. `listener` may be
 * NULL. */
int criu_call(struct criu *criu, const struct criu_request *request,
              const struct criu_listener *listener, struct criu_reply *ret, struct error *err);

/* It has answered its last request: wait for its end. */
int criu_wait(struct criu *criu, struct error *err);
/* Kill it, unless it has ended. For _cleanup_ too. */
void criu_end(struct criu *criu);
