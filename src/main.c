/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "again.h"
#include "base/fd.h"
#include "container/api.h"
#include "verb.h"

/* clang-format off */
const struct verb verbs[] = {
    {.name = "spec", .run = cmd_spec, .options = spec_options, .synopsis = "[OPTIONS]",
     .summary = "write a default config.json"},
    {.name = "check", .run = cmd_check, .options = bundle_options, .synopsis = "[OPTIONS]",
     .summary = "judge a bundle's configuration, touch nothing"},
    {.name = "plan", .run = cmd_plan, .options = bundle_options, .max_args = 1, .synopsis = "[OPTIONS] [ID]",
     .summary = "show what would be done for a bundle, touch nothing"},
    {.name = "run", .run = cmd_run, .options = create_options, .more_options = run_options,
     .min_args = 1, .max_args = 1, .synopsis = "[OPTIONS] ID", .failure = STATUS_RUNTIME_FAILURE,
     .summary = "create and start a container, wait for it, delete it",
     .help = "Exits with the program's status, 128+N when signal N ended it; 127: the program was not\n"
             "found, 126: it cannot be executed, 125: tare itself failed.\n"},
    {.name = "create", .run = cmd_create, .options = create_options, .min_args = 1, .max_args = 1,
     .synopsis = "[OPTIONS] ID", .summary = "make a container and hold it in front of its program"},
    {.name = "start", .run = cmd_start, .min_args = 1, .max_args = 1, .synopsis = "ID",
     .summary = "let a created container run its program"},
    {.name = "exec", .run = cmd_exec, .options = exec_options, .more_options = exec_process_options,
     .min_args = 1, .max_args = INT_MAX, .stop_at_positional = true, .failure = STATUS_EXEC_FAILURE,
     .synopsis = "[OPTIONS] ID COMMAND [ARGUMENT...]", .summary = "run one more process in a container",
     .help = "With --process FILE, there is no COMMAND, and the options from --tty on do not count.\n\n"
             "Exits with the program's status, 128+N when signal N ended it; 127: the program was not\n"
             "found, 126: it cannot be executed, 255: tare itself failed.\n"},
    {.name = "state", .run = cmd_state, .min_args = 1, .max_args = 1, .synopsis = "ID",
     .summary = "print the state of a container as JSON"},
    {.name = "list", .run = cmd_list, .options = list_options, .always_warns = true, .synopsis = "[OPTIONS]",
     .summary = "list the containers of this root"},
    {.name = "kill", .run = cmd_kill, .options = kill_options, .min_args = 1, .max_args = 2,
     .synopsis = "[OPTIONS] ID [SIGNAL]", .summary = "send a signal to a container",
     .help = "SIGNAL is a name with or without SIG (TERM, SIGKILL, RTMIN+3) or a number. Default: the\n"
             "annotation org.opencontainers.image.stopSignal, or TERM.\n"},
    {.name = "delete", .run = cmd_delete, .options = delete_options, .min_args = 1, .max_args = 1,
     .synopsis = "[OPTIONS] ID", .summary = "take a container apart"},
    {.name = "pause", .run = cmd_pause, .min_args = 1, .max_args = 1, .synopsis = "ID",
     .summary = "freeze all processes of a container"},
    {.name = "resume", .run = cmd_resume, .min_args = 1, .max_args = 1, .synopsis = "ID",
     .summary = "let a paused container go on"},
    {.name = "update", .run = cmd_update, .options = update_options, .min_args = 1, .max_args = 1,
     .synopsis = "[OPTIONS] ID", .summary = "change the limits of a container",
     .help = "With --resources the other options but those of the schemata are not looked at.\n"},
    {.name = "mounts", .run = cmd_mounts, .words = "add remove", .min_args = 3, .max_args = 3,
     .synopsis = "add|remove ID FILE", .summary = "change the mounts of a container that is there",
     .help = "FILE is a JSON array of mounts as in config.json; - is standard input. For remove, only the\n"
             "destinations count.\n"},
    {.name = "checkpoint", .run = cmd_checkpoint, .options = checkpoint_options, .more_options = checkpoint_more_options,
     .min_args = 1, .max_args = 1, .synopsis = "[OPTIONS] ID", .summary = "write a running container into images",
     .help = "This is the work of criu(8), which has to be installed.\n"},
    {.name = "restore", .run = cmd_restore, .options = restore_options, .more_options = restore_more_options,
     .min_args = 1, .max_args = 1, .synopsis = "[OPTIONS] ID", .summary = "make a container out of images",
     .help = "Without --detach, exits with the program's status, 128+N when signal N ended it; 1: tare\n"
             "itself failed.\n"},
    {.name = "ps", .run = cmd_ps, .options = ps_options, .min_args = 1, .max_args = INT_MAX, .stop_at_positional = true,
     .synopsis = "[OPTIONS] ID [PS-OPTION...]", .summary = "list the processes of a container",
     .help = "The table is that of ps(1), called with the options given or -ef, as far as it is about\n"
             "processes of the container. It needs a column PID.\n"},
    {.name = "events", .run = cmd_events, .options = events_options, .min_args = 1, .max_args = 1,
     .synopsis = "[OPTIONS] ID", .summary = "print statistics and out-of-memory events as JSON"},
    {.name = "features", .run = cmd_features, .synopsis = "", .summary = "print what this runtime supports as JSON"},
    {.name = "completion", .run = cmd_completion, .words = "bash zsh fish", .min_args = 1, .max_args = 1, .synopsis = "bash|zsh|fish",
     .summary = "print a completion script for a shell"},
    {.name = "help", .run = cmd_help, .max_args = 1, .synopsis = "[COMMAND]", .summary = "explain tare or one of its commands"},
    {0},
};

static struct {
    const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless;
    bool debug, systemd_cgroup, help, version;
} globals;

const struct option_entry global_options[] = {
    {OPTION_TEXT, "root", 0, &globals.root, "DIR", "directory of the containers [/run/tare]"},
    {OPTION_TEXT, "log", 0, &globals.log, "FILE", "write messages to FILE too"},
    {OPTION_TEXT, "log-format", 0, &globals.log_format, "text|json", "format of the log file [text]"},
    {OPTION_TEXT, "log-level", 0, &globals.log_level, "LEVEL", "error, warning or debug [warning]"},
    {OPTION_FLAG, "debug", 0, &globals.debug, NULL, "the same as --log-level=debug"},
    {OPTION_TEXT, "cgroup-manager", 0, &globals.cgroup_manager, "NAME", "cgroupfs, systemd or disabled [cgroupfs]"},
    {OPTION_FLAG, "systemd-cgroup", 's', &globals.systemd_cgroup, NULL, "the same as --cgroup-manager=systemd"},
    {OPTION_TEXT, "rootless", 0, &globals.rootless, "auto|true|false", "do without a cgroup where none can be made [auto]"},
    {OPTION_FLAG, "help", 'h', &globals.help, NULL, "explain a command"},
    /* crun's other names for it */
    {OPTION_FLAG, "help", '?', &globals.help, NULL, NULL},
    {OPTION_FLAG, "usage", 0, &globals.help, NULL, NULL},
    {OPTION_FLAG, "version", 'v', &globals.version, NULL, "print the version"},
    {OPTION_FLAG, "version", 'V', &globals.version, NULL, NULL},
    {0},
};
/* clang-format on */

const struct verb *verb_find(const char *name)
{
    /* runc's other name for it */
    if (strcmp(name, "h") == 0)
        name = "help";
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

static const char *next_verb_name(void *data)
{
    const struct verb **position = data;
    return (*position)->name ? ((*position)++)->name : NULL;
}

/* Global options in front of the verb, the verb, then everything else. */
static int parse(int argc, char **argv, const struct verb **ret_verb, struct call *call,
                 struct error *err)
{
    struct options options = {.tables = {global_options}};
    int index = 1;
    while (index < argc && argv[index][0] == '-' && argv[index][1]) {
        if (strcmp(argv[index], "--") == 0) {
            index++;
            break;
        }
        int r = options_take(&options, argc, argv, &index, err);
        if (r < 0)
            return r;
    }
    if (index >= argc)
        return 0;

    const char *name = argv[index++];
    const struct verb *verb = verb_find(name);
    if (!verb) {
        const struct verb *position = verbs;
        const char *meant = suggestion(name, next_verb_name, &position);
        int r = error_set(err, ENOSYS, "unknown command \"%s\"", name);
        error_set_kind(err, ERROR_USAGE);
        error_add_hint(err, meant ? "did you mean \"%s\"?" : "see tare --help", meant);
        return r;
    }
    *ret_verb = verb;
    options.tables[1] = verb->options;
    options.tables[2] = verb->more_options;
    options.stop_at_positional = verb->stop_at_positional;
    call->args = argv + index;
    bool version = globals.version;
    int r = options_parse(&options, argc, argv, index, &call->n_args, err);
    /* Behind a command that word is a mistake, `delete -fv ID`, and no reason to leave the command with status 0. */
    if (r == 0 && globals.version && !version) {
        r = error_set(err, EINVAL, "%s has no option --version", verb->name);
        error_set_kind(err, ERROR_USAGE);
        error_add_hint(err, "it goes in front of the command");
    }
    return r;
}

static int check_arguments(const struct verb *verb, const struct call *call, struct error *err)
{
    if (call->n_args >= verb->min_args && call->n_args <= verb->max_args)
        return 0;
    int r = call->n_args < verb->min_args
                ? error_set(err, EINVAL, "an argument is missing")
                : error_set(err, EINVAL, "unexpected argument \"%s\"", call->args[verb->max_args]);
    error_set_kind(err, ERROR_USAGE);
    error_add_hint(err, "usage: tare %s%s%s", verb->name, *verb->synopsis ? " " : "",
                   verb->synopsis);
    return r;
}

static int set_cgroup_manager(struct tare_settings *settings, struct error *err)
{
    static const char *const names[] = {
        [TARE_CGROUP_MANAGER_CGROUPFS] = "cgroupfs",
        [TARE_CGROUP_MANAGER_SYSTEMD] = "systemd",
        [TARE_CGROUP_MANAGER_DISABLED] = "disabled",
    };
    if (globals.systemd_cgroup)
        settings->cgroup_manager = TARE_CGROUP_MANAGER_SYSTEMD;
    if (!globals.cgroup_manager)
        return 0;
    for (size_t i = 0; i < ELEMENTSOF(names); i++) {
        if (strcmp(globals.cgroup_manager, names[i]) == 0) {
            settings->cgroup_manager = (enum tare_cgroup_manager)i;
            return 0;
        }
    }
    int r = error_set(err, EINVAL, "unknown cgroup manager \"%s\"", globals.cgroup_manager);
    error_set_kind(err, ERROR_USAGE);
    error_add_hint(err, "cgroupfs, systemd or disabled");
    return r;
}

static int set_rootless(struct tare_settings *settings, struct error *err)
{
    static const struct {
        const char *name;
        enum tare_rootless value;
    } names[] = {
        {"auto", TARE_ROOTLESS_AUTO}, {"", TARE_ROOTLESS_AUTO}, {"true", TARE_ROOTLESS_YES},
        {"t", TARE_ROOTLESS_YES},     {"1", TARE_ROOTLESS_YES}, {"false", TARE_ROOTLESS_NO},
        {"f", TARE_ROOTLESS_NO},      {"0", TARE_ROOTLESS_NO},
    };
    if (!globals.rootless)
        return 0;
    for (size_t i = 0; i < ELEMENTSOF(names); i++) {
        if (strcasecmp(globals.rootless, names[i].name) == 0) {
            settings->rootless = names[i].value;
            return 0;
        }
    }
    int r = error_set(err, EINVAL, "invalid value \"%s\" of option --rootless", globals.rootless);
    error_set_kind(err, ERROR_USAGE);
    error_add_hint(err, "auto, true or false");
    return r;
}

static int open_log(struct log *log, struct error *err)
{
    int r = log_set_format(log, globals.log_format, err);
    if (r == 0)
        r = log_set_level(log, globals.log_level, err);
    if (r == 0 && globals.debug)
        r = log_set_level(log, "debug", err);
    if (r == 0)
        r = log_open(log, globals.log, err);
    return r;
}

static int set_settings(struct tare_settings *settings, struct error *err)
{
    settings->root = globals.root;
    if (!globals.root || *globals.root) {
        int r = set_rootless(settings, err);
        return r < 0 ? r : set_cgroup_manager(settings, err);
    }
    int r = error_set(err, EINVAL, "--root is empty");
    error_set_kind(err, ERROR_USAGE);
    return r;
}

static int failure_status(const struct verb *verb, const tare_error *error)
{
    enum tare_error_kind kind = tare_error_kind(error);
    /* `help COMMAND`, too */
    if (!verb || verb->run == cmd_help)
        return error->error.code == ENOSYS ? STATUS_UNKNOWN_COMMAND : STATUS_FAILURE;
    if (verb->failure == 0)
        return STATUS_FAILURE;
    return kind == TARE_ERROR_EXEC_NOT_FOUND     ? STATUS_NOT_FOUND
           : kind == TARE_ERROR_EXEC_NOT_ALLOWED ? STATUS_NOT_EXECUTABLE
                                                 : verb->failure;
}

/* A closed standard descriptor would become a file of ours, and what is meant for people would be
 * written into it. */
static void open_standard_fds(void)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};
    if (poll(fds, ELEMENTSOF(fds), 0) <= 0)
        return;
    for (size_t i = 0; i < ELEMENTSOF(fds); i++)
        if (fds[i].revents & POLLNVAL && open("/dev/null", O_RDWR) < 0)
            return;
}

int main(int argc, char **argv)
{
    open_standard_fds();
    /* A caller that ignores SIGCHLD hands that on, and then no child can be waited for. */
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    /* A limit on file sizes is an error to report and to undo for, not an end. */
    sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);

    /* Parsing sorts the words; the self copy needs them as they came. */
    _cleanup_(free_ptr) char **words = calloc((size_t)argc + 1, sizeof(*words));
    if (!words)
        return STATUS_FAILURE;
    memcpy(words, argv, (size_t)argc * sizeof(*words));

    struct tare_error error = {0};
    struct log log _cleanup_(log_release) = LOG_INIT;
    struct tare_settings settings = {
        .size = sizeof(settings), .warning = log_warning, .warning_data = &log, .exits = true};
    struct call call = {.settings = &settings, .error = &error};
    const struct verb *verb = NULL;

    int r = parse(argc, words, &verb, &call, &error.error);
    if (r == 0 && globals.version) {
        print_version();
        return STATUS_OK;
    }
    if (r == 0 && (globals.help || !verb)) {
        print_help(verb);
        return STATUS_OK;
    }
    log.verb = verb ? verb->name : NULL;
    log.level_chosen = verb && verb->always_warns;
    /* A wrong command line is reported where the caller looks, too, as far as it was understood. */
    int logging = open_log(&log, r == 0 ? &error.error : NULL);
    if (r == 0)
        r = logging;
    settings.warn_of_unknown = log.level == LOG_DEBUG;
    if (r == 0)
        r = set_settings(&settings, &error.error);
    if (r == 0)
        r = check_arguments(verb, &call, &error.error);

    int status = r == 0 ? verb->run(&call) : -1;
    if (status < 0) {
        again(&error, argv);
        log_failure(&log, &error);
        status = failure_status(verb, &error);
    } else {
        log_success(&log);
    }
    error_release(&error.error);
    return status;
}
