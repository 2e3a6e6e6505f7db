/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* A seccomp agent: what listens behind linux.seccomp.listenerPath. It runs as a child of the test,
 * and answers system calls until it is stopped. */

struct agent_answer {
    int number; /* of the system call; -1: every other */
    bool go_on; /* the kernel makes the call after all */
    long long value;
    int error; /* positive errno, or 0 */
};

struct agent {
    pid_t pid;
    char *path; /* of its socket */
    char *log;
};

enum agent_manner {
    AGENT_ANSWERS,
    AGENT_HANGS_UP, /* closes each connection unread */
    AGENT_LEAVES,   /* takes each listener, and closes it */
};

/* `answers` ends with number -1. */
struct agent agent_start(const char *path, const struct agent_answer *answers,
                         enum agent_manner manner);
void agent_stop(struct agent *agent);
/* What arrived with the nth connection, from 0, up to its end; NULL when there was none. Waits for
 * it for a moment. */
char *agent_message(const struct agent *agent, int n);
/* How many connections there were, which were noted before anything was done with them. */
int agent_connections(const struct agent *agent);
/* How often it was asked for this system call; -1: for any. */
int agent_asked(const struct agent *agent, int number);
