/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroup/cgroup.h"
#include "container/bundle.h"
#include "container/hold.h"
#include "container/home.h"
#include "container/init.h"
#include "container/net_devices.h"
#include "container/resctrl.h"
#include "container/settings.h"
#include "container/state.h"
#include "container/undo.h"
#include "sandbox/channel.h"

/* A container in the making: creation.c has its steps, create.c brings it to the point where its init is parked
 * in front of the program, run.c goes on from there; restore.c lets CRIU make the processes. */
struct creation {
    struct arena arena;
    struct settings settings;
    struct tare_create_options options;
    const char *id;
    bool foreground;
    struct bundle bundle;
    struct hold hold;
    struct home home;
    struct cgroup_host host;
    struct cgroup cgroup;
    struct resctrl resctrl;
    uint64_t root_mount; /* 0: none was made */
    struct state note;   /* what is, or is about to be, there of the container before its init */
    struct state state;
    struct init init;
    struct net_devices net_devices;
    int console_socket, pidfd_socket, start_socket;
    struct hook_output hook_output; /* for the hooks that the init runs */
    int terminal;                   /* the pty's master, -1: none */
    bool hooks_begun;               /* from now on a failure ends with the poststop hooks */
    struct undo undo;
};

#define CREATION_INIT                                                                              \
    ((struct creation){                                                                            \
        .hold = HOLD_INIT,                                                                         \
        .home = HOME_INIT,                                                                         \
        .host = CGROUP_HOST_INIT,                                                                  \
        .cgroup = CGROUP_INIT,                                                                     \
        .resctrl = RESCTRL_INIT,                                                                   \
        .init = INIT_NONE,                                                                         \
        .net_devices = NET_DEVICES_NONE,                                                           \
        .console_socket = -1,                                                                      \
        .pidfd_socket = -1,                                                                        \
        .start_socket = -1,                                                                        \
        .hook_output = HOOK_OUTPUT_NONE,                                                           \
        .terminal = -1,                                                                            \
    })

/* Read settings and options. */
int creation_begin(struct creation *creation, const struct tare_settings *settings, const char *id,
                   const struct tare_create_options *options, struct error *err);

/* Everything up to the parked init; the state is written, the pid file too. With `start_socket` the
 * init waits for `tare start`, else for MESSAGE_GO on the channel. */
int creation_make(struct creation *creation, bool start_socket, struct error *err);

/* The next message of the init; warnings are passed on, an error or a death is returned. A signal
 * that asks us to end gives -EINTR. */
int creation_receive(struct creation *creation, struct channel_message *message, int *ret_fd,
                     struct error *err);

/* The steps. The first makes all that is there before the init: the home, the cgroup with its limits, the resctrl
 * group, a root mount; of the last three there is a note before they are made. */
int creation_prepare(struct creation *creation, struct error *err);
/* From now on, taking back includes the init's death. */
void creation_own_init(struct creation *creation);
/* What is done from outside when its namespaces stand: network devices, prestart and createRuntime hooks. */
int creation_run_hooks(struct creation *creation, struct error *err);
/* Write the state. */
int creation_describe(struct creation *creation, struct error *err);
/* Give it its final name, and write the pid file. */
int creation_publish(struct creation *creation, struct error *err);

/* The program runs, in the foreground: see it through to its end, and take the container apart. `event` as for
 * attend(). */
struct attend_event;
int creation_attend(struct creation *creation, struct attend_event *event, int *ret_status,
                    struct error *err);

/* Takes back whatever was not disarmed, and releases. */
void creation_release(struct creation *creation);
