/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* How the init talks to the process that makes or starts it: one SOCK_SEQPACKET pair (create, run) or a
 * connection to the start socket in the state directory (start). Messages are fixed structs of the same
 * program on both ends; a closed channel means: the other end is gone, or the init has exec'd. */

enum channel_message_type {
    MESSAGE_NONE, /* end of file */
    /* init → maker */
    MESSAGE_WANT_MAKER, /* mounts and devices stand: move network devices, run prestart and createRuntime
                           hooks, then GO */
    MESSAGE_CONSOLE, /* carries the pty master as an fd */
    MESSAGE_WANT_THREAD, /* after EXEC: may make no thread, under SCHED_DEADLINE, and needs one to hand a
                            listener over; to be let, until the agent has it; answered by GO */
    MESSAGE_SECCOMP_LISTENER, /* after EXEC: carries the seccomp notify fd; answered by GO */
    MESSAGE_PARKED,           /* all done but startContainer hooks and exec */
    MESSAGE_EXEC,             /* about to exec: end of file after this is success */
    MESSAGE_BORN,             /* `number` is the pid of the process that was cloned for the maker */
    MESSAGE_TREE,             /* carries a mount that is attached nowhere, for mount `number` */
    MESSAGE_DONE,             /* what was asked for is done */
    MESSAGE_ERROR,            /* carries a struct error */
    MESSAGE_WARNING,          /* carries a struct error to be logged as a warning */
    /* maker → init */
    MESSAGE_GO,
};

struct channel_message {
    enum channel_message_type type;
    int32_t number;     /* MESSAGE_BORN, MESSAGE_TREE */
    struct error error; /* MESSAGE_ERROR, MESSAGE_WARNING; `also` is NULL */
};

/* All of these: 0 or -errno. `fd` is sent along unless -1; a received one is CLOEXEC and owned by the
 * caller. channel_receive returns MESSAGE_NONE at end of file. */
int channel_send(int channel, enum channel_message_type type, int fd);
int channel_send_number(int channel, enum channel_message_type type, int32_t number, int fd);
int channel_send_error(int channel, enum channel_message_type type, const struct error *error);
int channel_receive(int channel, struct channel_message *message, int *ret_fd);
