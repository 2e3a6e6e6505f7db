/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* Engines at work: each test makes the calls of one, word for word, through the life of a container, and looks
 * at what that engine looks at. What the words are is documented by the engines' sources. */

struct engine {
    struct bundle *bundle;
    const char *globals; /* in front of every command */
    const char *log;     /* what --log of `globals` leads to; NULL: nowhere */
    const char *pid_file;
    struct setting setting;
    /* What it does in the child before it executes the runtime; NULL: nothing. */
    void (*caller)(const void *data);
    const void *caller_data;
    int in, out; /* ends of the pipes that are the container's stdin, and its stdout and stderr */
    struct text said; /* what came out of them up to now */
    pid_t pid;        /* of the container's init, as the pid file said */
};

/* One call. In its words $B is the bundle, $ID the container's id, $R the root and $P the pid of its init. */
struct step {
    const char *words;
    int status;
    const char *out;    /* all of stdout; NULL: nothing; "*": whatever */
    const char *err;    /* in stderr; NULL: nothing there */
    const char *input;  /* on stdin */
    const char *leaves; /* the container's status afterwards; NULL: not looked at */
    bool bare;          /* without the engine's globals */
    bool fails_quietly; /* the status is the program's, and nothing is logged */
    bool inherits;      /* its stdout and stderr are the container's */
    void (*check)(struct engine *engine, const struct result *result);
};

#define PLAY(engine, steps) play(engine, steps, sizeof(steps) / sizeof((steps)[0]))

/* What Podman leaves of the environment. */
extern const char *const xdg_env[];

/* Make a call and assert what the step says of it. When the engine has a log: a failure adds one object to it,
 * with the message that is on stderr, and success nothing. */
struct result *make_call(struct engine *engine, const struct step *step);
void play(struct engine *engine, const struct step *steps, size_t n);
/* The words of a call that is not waited for. */
pid_t start_call(struct engine *engine, const char *words, struct result **ret);
const char *expand(const struct engine *engine, const char *words);

/* Pipes for the container's stdio: the next calls that inherit them have them. */
void engine_open_pipes(struct engine *engine);
/* As check of `start`: the program has said "ready" or has ended, and holds back the signals that it waits for. */
void engine_is_ready(struct engine *engine, const struct result *result);
/* What was written to the pipe until nobody had it open any more. */
const char *engine_read_output(struct engine *engine);
/* Read a pid file as a Go program's Atoi would, which takes digits alone. */
pid_t engine_pid_in(const struct engine *engine, const char *path);
void engine_read_pid(struct engine *engine);
/* The directory of the cgroup that the init is in. */
char *engine_cgroup(const struct engine *engine);
/* The container's init is our child by now: its wait status. */
int engine_wait(struct engine *engine);

/* A container that runs, and its end by `delete --force`, after which nothing is left. */
struct engine engine_running(const char *globals, const char *log, const char *payload);
void engine_delete(struct engine *engine);

/* A container that holds back SIGTERM until it is sent, with pipes. */
void engine_begin(struct engine *engine);
/* As checks: create has left a pid file, and the init is in its own cgroup; that container has ended, by SIGTERM
 * with exit status 4, or by SIGKILL; `state` has printed that it runs, or has stopped. */
void engine_has_init(struct engine *engine, const struct result *result);
void engine_ends_by_term(struct engine *engine, const struct result *result);
void engine_ends_by_kill(struct engine *engine, const struct result *result);
void engine_runs(struct engine *engine, const struct result *result);
void engine_has_stopped(struct engine *engine, const struct result *result);

/* Make a call in the foreground on a terminal of the engine's, while the process has one of the container's and
 * runs TERMINAL_WORDS. The call ends with 42. */
void engine_follow_terminal(struct engine *engine, const char *words);

/* The process that a pidfd stands for. */
pid_t engine_pid_of(int pidfd);

/* Give the test a /run of its own, in which WORK is where it was. */
void engine_cover_run(void);

/* `text` is one JSON object in the form of the log, whose message is returned. */
const char *log_message(const char *text);
/* Assert that it is the output of `state`, to the byte. */
void assert_state(const struct engine *engine, const char *text, const char *status);
