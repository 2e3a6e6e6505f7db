/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "log.h"
#include "options.h"
#include "tare.h"

/* A subcommand: one row of the table in main.c, one file cmd-VERB.c. */

/* What a verb is called with; its options are in the variables of its tables by then. */
struct call {
    const struct tare_settings *settings;
    char **args; /* positional arguments */
    int n_args;
    tare_error *error;
};

/* Exit statuses: 0 and 1, but for `run` and `exec` in the foreground, which end as their program does. */
enum {
    STATUS_OK = 0,
    STATUS_FAILURE = 1,
    STATUS_UNKNOWN_COMMAND = 3,   /* as runc, which callers probe */
    STATUS_RUNTIME_FAILURE = 125, /* tare itself failed */
    STATUS_NOT_EXECUTABLE = 126,
    STATUS_NOT_FOUND = 127,
    STATUS_EXEC_FAILURE = 255, /* tare itself failed, as runc's exec says it */
};

struct verb {
    const char *name;
    /* The exit status when >= 0; -1: failed, the error object says why. */
    int (*run)(struct call *call);
    const char *synopsis;                              /* "[OPTIONS] ID [SIGNAL]" */
    const char *summary;                               /* one line */
    const struct option_entry *options, *more_options; /* NULL: none */
    int min_args, max_args;
    const char *help;  /* more lines, or NULL */
    const char *words; /* what the first argument can be: "add remove"; or NULL */
    int failure;       /* it runs a program: the status when tare itself failed; 0: it does not */
    /* Warnings go to standard error always: no program shares it, and they are part of the answer. */
    bool always_warns;
    /* What follows the first positional argument is not ours to read. */
    bool stop_at_positional;
};

extern const struct verb verbs[]; /* ends with name NULL */
extern const struct option_entry global_options[];

const struct verb *verb_find(const char *name);

int cmd_check(struct call *call);
int cmd_checkpoint(struct call *call);
int cmd_completion(struct call *call);
int cmd_create(struct call *call);
int cmd_delete(struct call *call);
int cmd_events(struct call *call);
int cmd_exec(struct call *call);
int cmd_features(struct call *call);
int cmd_help(struct call *call);
int cmd_kill(struct call *call);
int cmd_list(struct call *call);
int cmd_mounts(struct call *call);
int cmd_pause(struct call *call);
int cmd_plan(struct call *call);
int cmd_ps(struct call *call);
int cmd_restore(struct call *call);
int cmd_resume(struct call *call);
int cmd_run(struct call *call);
int cmd_spec(struct call *call);
int cmd_start(struct call *call);
int cmd_state(struct call *call);
int cmd_update(struct call *call);

extern const struct option_entry bundle_options[]; /* check and plan */
extern const struct option_entry checkpoint_options[];
extern const struct option_entry checkpoint_more_options[];
extern const struct option_entry create_options[]; /* create and run */
extern const struct option_entry delete_options[];
extern const struct option_entry events_options[];
extern const struct option_entry exec_options[];
extern const struct option_entry exec_process_options[];
extern const struct option_entry kill_options[];
extern const struct option_entry list_options[];
extern const struct option_entry ps_options[];
extern const struct option_entry restore_options[];
extern const struct option_entry restore_more_options[];
extern const struct option_entry run_options[];
extern const struct option_entry spec_options[];
extern const struct option_entry update_options[];

/* Where the tables of create, run, check and plan write to. */
extern struct tare_create_options creation;

/* --empty-ns of checkpoint and restore. 0, or -1 and the error set. */
int check_empty_namespaces(struct call *call, const struct option_list *list);

/* ---- input and output ---- */

/* The document in a file, or with "-" on standard input, where `what` is its name; -1 and the error set. *ret is
 * malloc'ed. */
int document_read(struct call *call, const char *path, const char *what, char **ret);

void print_help(const struct verb *verb); /* NULL: of the whole program */
void print_version(void);

/* Write to stdout; -1 and the error set when that fails. */
int print_text(struct call *call, const char *text);
/* Behind printf(): let it out; 0, or -1 as print_text(). */
int print_end(struct call *call);

/* Set the error object as base/error.h does, and return -1. */
int fail(struct call *call, int code, const char *format, ...) _printf_(3, 4);

/* Call `act` for every container whose whole id matches the extended regular expression; failures
 * of single containers do not stop the walk. -1 when one failed (the first failure is kept) or the
 * expression is wrong. */
int for_matching_containers(struct call *call, const char *expression,
                            int (*act)(struct call *call, const char *id));
