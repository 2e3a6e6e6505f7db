/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/contract.h"

/* The command lines of runc and of crun: each of their options is taken, in each form in which either takes it. */

TestSuite(syntax, TEST_SUITE);

struct option {
    const char *name;
    char letter;
    const char *value; /* NULL: it is a flag */
    bool decides;      /* whether the command fails without a container */
};

/* A command with its options. All are valid, but there is no container and no bundle, which is what the error
 * has to be about; NULL: the command succeeds. */
struct command {
    const char *name;
    const char *arguments;
    const char *error;
    int status;
    bool options_first; /* what follows the id is not read */
    struct option options[32];
};

#define NO_CONTAINER "container does not exist"
#define NO_BUNDLE    "no such file or directory"

/* clang-format off */
#define CHECK_OPTIONS \
    {"bundle", 'b', "/nowhere"}, {"config", 'f', "/nowhere/config.json"}, {"preserve-fds", 0, "1"}, {"no-pivot", 0, NULL}
#define CREATE_OPTIONS \
    CHECK_OPTIONS, {"console-socket", 0, "/nowhere/s"}, {"pidfd-socket", 0, "/nowhere/s"}, {"pid-file", 0, WORK "/p"}, \
    {"no-new-keyring", 0, NULL}, {"no-subreaper", 0, NULL}
#define CRIU_OPTIONS \
    {"image-path", 0, "/nowhere/images"}, {"work-path", 0, "/nowhere/work"}, {"tcp-established", 0, NULL}, \
    {"tcp-close", 0, NULL}, {"ext-unix-sk", 0, NULL}, {"shell-job", 0, NULL}, {"file-locks", 0, NULL}, \
    {"manage-cgroups-mode", 0, "soft"}, {"empty-ns", 0, "network"}, {"network-lock", 0, "nftables"}, \
    {"auto-dedup", 0, NULL}, {"lazy-pages", 0, NULL}

static const struct command commands[] = {
    {.name = "create", .arguments = "nobody", .error = NO_BUNDLE, .status = 1, .options = {CREATE_OPTIONS}},
    {.name = "run", .arguments = "nobody", .error = NO_BUNDLE, .status = 125,
     .options = {CREATE_OPTIONS, {"detach", 'd', NULL}, {"keep", 0, NULL}}},
    {.name = "start", .arguments = "nobody", .error = NO_CONTAINER, .status = 1},
    {.name = "state", .arguments = "nobody", .error = NO_CONTAINER, .status = 1},
    {.name = "pause", .arguments = "nobody", .error = NO_CONTAINER, .status = 1},
    {.name = "resume", .arguments = "nobody", .error = NO_CONTAINER, .status = 1},
    {.name = "kill", .arguments = "nobody 9", .error = NO_CONTAINER, .status = 1,
     .options = {{"all", 'a', NULL}, {"regex", 'r', NULL, true}}},
    {.name = "delete", .arguments = "nobody", .error = NO_CONTAINER, .status = 1,
     .options = {{"force", 'f', NULL, true}, {"regex", 'r', NULL, true}}},
    {.name = "exec", .arguments = "nobody /bin/true", .error = NO_CONTAINER, .status = 255, .options_first = true,
     .options = {
         {"console-socket", 0, "/nowhere/s"}, {"pidfd-socket", 0, "/nowhere/s"}, {"cwd", 0, "/tmp"}, {"env", 'e', "A=B"},
         {"tty", 't', NULL}, {"user", 'u', "1:2"}, {"additional-gids", 'g', "7"}, {"process", 'p', "/nowhere/p"},
         {"detach", 'd', NULL}, {"pid-file", 0, WORK "/p"}, {"process-label", 0, "l"}, {"apparmor", 0, "p"},
         {"no-new-privs", 0, NULL}, {"cap", 'c', "CAP_KILL"}, {"preserve-fds", 0, "1"}, {"cgroup", 0, "sub"},
         {"ignore-paused", 0, NULL}, {"no-subreaper", 0, NULL}}},
    {.name = "ps", .arguments = "nobody", .error = NO_CONTAINER, .status = 1, .options_first = true,
     .options = {{"format", 'f', "json"}}},
    {.name = "list", .options = {{"format", 'f', "json"}, {"quiet", 'q', NULL}}},
    {.name = "events", .arguments = "nobody", .error = NO_CONTAINER, .status = 1,
     .options = {{"interval", 0, "1m30s"}, {"stats", 0, NULL}}},
    {.name = "update", .arguments = "nobody", .error = NO_CONTAINER, .status = 1,
     .options = {
         {"resources", 'r', WORK "/resources"}, {"blkio-weight", 0, "500"}, {"cpu-period", 0, "100000"}, {"cpu-quota", 0, "-1"},
         {"cpu-burst", 0, "0"}, {"cpu-share", 0, "1024"}, {"cpu-rt-period", 0, "0"}, {"cpu-rt-runtime", 0, "0"},
         {"cpuset-cpus", 0, "0"}, {"cpuset-mems", 0, "0"}, {"cpu-idle", 0, "1"}, {"memory", 0, "-1"},
         {"memory-reservation", 0, "1.5g"}, {"memory-swap", 0, "64MiB"}, {"pids-limit", 0, "-1"},
         {"l3-cache-schema", 0, "L3:0=f"}, {"mem-bw-schema", 0, "MB:0=50"}, {"kernel-memory", 0, "10m"},
         {"kernel-memory-tcp", 0, "10m"}}},
    {.name = "spec", .options = {{"bundle", 'b', WORK "/b"}, {"file", 'f', "other.json"}, {"rootless", 0, NULL}}},
    {.name = "features"},
    {.name = "checkpoint", .arguments = "nobody", .error = NO_CONTAINER, .status = 1,
     .options = {
         CRIU_OPTIONS, {"parent-path", 0, "../before"}, {"leave-running", 0, NULL}, {"pre-dump", 0, NULL},
         {"page-server", 0, "127.0.0.1:1"}, {"status-fd", 0, "2"}, {"tcp-skip-in-flight", 0, NULL}, {"link-remap", 0, NULL}}},
    {.name = "restore", .arguments = "nobody", .error = NO_BUNDLE, .status = 1,
     .options = {
         CRIU_OPTIONS, {"bundle", 'b', "/nowhere"}, {"config", 'f', "/nowhere/config.json"}, {"pid-file", 0, WORK "/p"},
         {"console-socket", 0, "/nowhere/s"}, {"detach", 'd', NULL}, {"keep", 0, NULL}, {"no-pivot", 0, NULL},
         {"no-new-keyring", 0, NULL}, {"no-subreaper", 0, NULL}, {"preserve-fds", 0, "1"},
         {"lsm-profile", 0, "selinux:l"}, {"lsm-mount-context", 0, "l"}}},
    /* crun's */
    {.name = "mounts", .arguments = "add nobody " WORK "/mounts", .error = NO_CONTAINER, .status = 1},
    /* tare's own */
    {.name = "check", .error = NO_BUNDLE, .status = 1, .options = {CHECK_OPTIONS}},
    {.name = "plan", .error = NO_BUNDLE, .status = 1, .options = {CHECK_OPTIONS}},
    {.name = "completion", .arguments = "bash"},
    {.name = "help"},
};

static const struct option globals[] = {
    {"root", 0, WORK "/other"}, {"log", 0, WORK "/log"}, {"log", 0, "file:" WORK "/log"}, {"log-format", 0, "json"},
    {"log-format", 0, "text"}, {"log-level", 0, "error"}, {"log-level", 0, "warning"}, {"log-level", 0, "debug"},
    {"debug", 0, NULL}, {"cgroup-manager", 0, "cgroupfs"}, {"cgroup-manager", 0, "systemd"},
    {"cgroup-manager", 0, "disabled"}, {"systemd-cgroup", 's', NULL}, {"rootless", 0, "auto"}, {"rootless", 0, "true"},
    {"rootless", 0, "false"}, {0},
};
/* clang-format on */

static const char *const value_forms[] = {"--%s=%s", "--%s %s", "-%s=%s", "-%s %s"};
static const char *const letter_value_forms[] = {"-%c %s", "-%c%s", "-%c=%s"};
static const char *const flag_forms[] = {"--%s",   "-%s",        "--%s=true",
                                         "--%s=1", "--%s=false", "-%s=false"};
static const char *const letter_flag_forms[] = {"-%c", "-%c=true", "-%c=false"};

#define N(list) (sizeof(list) / sizeof((list)[0]))

static struct result *call(const char *line)
{
    const char **words = calloc(64, sizeof(*words));
    struct setting setting = {.no_root = true, .cwd = WORK "/b"};
    struct result *result;
    size_t n = 0;
    pid_t pid;

    for (char *word = strtok(strdup(line), " "); word != NULL; word = strtok(NULL, " "))
        words[n++] = word;
    unlink(WORK "/b/config.json");
    file_write(WORK "/resources", "{}");
    file_write(WORK "/mounts", "[]");
    pid = tare_start_list(&setting, &result, words);
    tare_wait(pid, result);
    return result;
}

/* The command comes as far as it does without the option. */
static void assert_taken(const struct command *command, const struct option *option,
                         const char *line)
{
    struct result *result = call(line);

    if (option != NULL && option->decides && result->status == 0)
        return;
    cr_assert_eq(result->status, command->status, "%s: status %d, not %d: %s", line, result->status,
                 command->status, result->err);
    if (command->error != NULL)
        cr_assert_not_null(strcasestr(result->err, command->error), "%s: %s", line, result->err);
    else
        cr_assert_str_empty(result->err, "%s: %s", line, result->err);
}

static void assert_taken_anywhere(const struct command *command, const struct option *option,
                                  const char *words)
{
    const char *arguments = command->arguments != NULL ? command->arguments : "";

    assert_taken(command, option,
                 text_format("--root " STATE " %s %s %s", command->name, words, arguments));
    if (!command->options_first)
        assert_taken(command, option,
                     text_format("--root " STATE " %s %s %s", command->name, arguments, words));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* All forms of one option, each as the words of a command line. */
static size_t forms_of(const struct option *option, const char *ret[16])
{
    size_t n = 0;

    if (option->value != NULL) {
        for (size_t i = 0; i < N(value_forms); i++)
            ret[n++] = text_format(value_forms[i], option->name, option->value);
        for (size_t i = 0; option->letter != 0 && i < N(letter_value_forms); i++)
            ret[n++] = text_format(letter_value_forms[i], option->letter, option->value);
    } else {
        for (size_t i = 0; i < N(flag_forms); i++)
            ret[n++] = text_format(flag_forms[i], option->name);
        for (size_t i = 0; option->letter != 0 && i < N(letter_flag_forms); i++)
            ret[n++] = text_format(letter_flag_forms[i], option->letter);
    }
    return n;
}

#pragma GCC diagnostic pop

static void assert_command(const char *name)
{
    directory_make(WORK "/b");
    directory_make(STATE);
    for (size_t i = 0; i < N(commands); i++) {
        const struct command *command = &commands[i];

        if (strcmp(command->name, name) != 0)
            continue;
        assert_taken_anywhere(command, NULL, "");
        for (const struct option *option = command->options; option->name != NULL; option++) {
            const char *forms[16];
            size_t n = forms_of(option, forms);

            for (size_t form = 0; form < n; form++)
                assert_taken_anywhere(command, option, forms[form]);
        }
    }
}

Test(syntax, of_create)
{
    assert_command("create");
}

Test(syntax, of_run)
{
    assert_command("run");
}

Test(syntax, of_exec)
{
    assert_command("exec");
}

Test(syntax, of_update)
{
    assert_command("update");
}

Test(syntax, of_checkpoint)
{
    assert_command("checkpoint");
}

Test(syntax, of_restore)
{
    assert_command("restore");
}

Test(syntax, of_everything_else)
{
    static const char *const names[] = {
        "start",  "state", "pause",    "resume", "kill",  "delete", "ps",         "list",
        "events", "spec",  "features", "mounts", "check", "plan",   "completion", "help"};

    for (size_t i = 0; i < N(names); i++)
        assert_command(names[i]);
}

/* In front of the command, behind it, at the end, and several times, as conmon-rs says them. */
Test(syntax, of_global_options)
{
    static const struct command state = {.error = NO_CONTAINER, .status = 1};

    directory_make(WORK "/b");
    for (size_t i = 0; globals[i].name != NULL; i++) {
        const char *forms[16];
        size_t n = forms_of(&globals[i], forms);

        for (size_t form = 0; form < n; form++) {
            assert_taken(&state, NULL,
                         text_format("--root " STATE " %s state nobody", forms[form]));
            assert_taken(&state, NULL,
                         text_format("--root " STATE " state %s nobody", forms[form]));
            assert_taken(&state, NULL,
                         text_format("--root " STATE " state nobody %s", forms[form]));
            assert_taken(
                &state, NULL,
                text_format("--root " STATE " %s %s state nobody", forms[form], forms[form]));
        }
    }
}

static bool has_command(const char *name)
{
    for (size_t i = 0; i < N(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return true;
    return false;
}

static bool has_option(const struct option *options, const char *name)
{
    for (; options->name != NULL; options++)
        if (strcmp(options->name, name) == 0)
            return true;
    return false;
}

static bool command_has_option(const char *command, const char *name)
{
    for (size_t i = 0; i < N(commands); i++)
        if (strcmp(commands[i].name, command) == 0 && has_option(commands[i].options, name))
            return true;
    return false;
}

/* What --help names is in the tables above. */
Test(syntax, nothing_is_missing_here)
{
    char *line, *rest = tare("--help", NULL)->out;
    int n = 0;

    while ((line = strsep(&rest, "\n")) != NULL && strncmp(line, "Global", 6) != 0) {
        char name[32], *option, *options;

        if (*line != ' ' || sscanf(line, "  %31[a-z] ", name) != 1)
            continue;
        cr_assert(has_command(name), "%s is a command", name);
        options = strstr(tare(name, "--help", NULL)->out, "\nOptions:\n");
        for (; options != NULL && (option = strstr(options, "--")) != NULL; n++) {
            cr_assert_eq(sscanf(option, "--%31[a-z0-9-]", name), 1);
            options = strchr(option, '\n');
            cr_assert(command_has_option(strtok(strdup(line), " "), name), "%s has --%s", line,
                      name);
        }
    }
    cr_assert_gt(n, 50);
    while ((line = strsep(&rest, "\n")) != NULL && *line == ' ') {
        char name[32];

        cr_assert_eq(sscanf(strstr(line, "--"), "--%31[a-z0-9-]", name), 1);
        cr_assert(strcmp(name, "help") == 0 || strcmp(name, "version") == 0 ||
                      has_option(globals, name),
                  "--%s is a global option", name);
    }
}

/* ---- what is wrong ---- */

static void assert_refused(const struct command *command, const char *line, const char *says)
{
    int status = strcmp(command->name, "exec") == 0  ? 255
                 : strcmp(command->name, "run") == 0 ? 125
                                                     : 1;
    struct result *result = call(line);

    cr_assert_eq(result->status, status, "%s: status %d: %s", line, result->status, result->err);
    cr_assert_str_empty(result->out, "%s", line);
    cr_assert_not_null(strstr(result->err, says), "%s: %s", line, result->err);
    cr_assert_eq(strchr(result->err, '\n'), result->err + strlen(result->err) - 1, "%s: %s", line,
                 result->err);
}

Test(syntax, a_value_is_needed_where_there_is_one)
{
    directory_make(WORK "/b");
    for (size_t i = 0; i < N(commands); i++) {
        const struct command *command = &commands[i];

        for (const struct option *option = command->options; option->name != NULL; option++) {
            const char *asks = text_format("option --%s requires an argument", option->name);

            if (option->value == NULL) {
                assert_refused(
                    command,
                    text_format("--root " STATE " %s --%s=perhaps", command->name, option->name),
                    "true or false expected");
                continue;
            }
            assert_refused(command,
                           text_format("--root " STATE " %s --%s", command->name, option->name),
                           asks);
            if (option->letter != 0)
                assert_refused(
                    command, text_format("--root " STATE " %s -%c", command->name, option->letter),
                    asks);
        }
    }
}

Test(syntax, unknown_options_and_wrong_numbers_of_arguments)
{
    directory_make(WORK "/b");
    for (size_t i = 0; i < N(commands); i++) {
        const struct command *command = &commands[i];
        const char *name = command->name;

        assert_refused(command, text_format("--root " STATE " %s --teleport nobody", name),
                       "unknown option \"--teleport\"");
        assert_refused(command, text_format("--root " STATE " %s -Z nobody", name),
                       "unknown option \"-Z\"");
        if (command->arguments != NULL)
            assert_refused(command, text_format("--root " STATE " %s", name),
                           text_format("an argument is missing (usage: tare %s ", name));
        if (!command->options_first)
            assert_refused(command, text_format("--root " STATE " %s a b c d", name),
                           "unexpected argument \"");
    }
    cr_assert_eq(call("--root " STATE " features extra")->status, 1);
    cr_assert_str_eq(call("--root " STATE " features extra")->err,
                     "tare features: unexpected argument \"extra\" (usage: tare features)\n");
}

/* Callers find out by exit statuses what there is. */
Test(syntax, unknown_commands_have_a_status_of_their_own)
{
    static const char *const lines[] = {"teleport", "teleport --help", "teleport nobody -f", "-- x",
                                        "init"};
    static const char *const wrong[] = {"--teleport", "--teleport state nobody", "--root",
                                        "--debug=perhaps state nobody", "-Z"};

    directory_make(WORK "/b");
    for (size_t i = 0; i < N(lines); i++) {
        struct result *result = call(lines[i]);

        cr_assert_eq(result->status, 3, "%s: %d %s", lines[i], result->status, result->err);
        cr_assert_str_empty(result->out);
        assert_contains(result->err, "unknown command \"");
    }
    for (size_t i = 0; i < N(wrong); i++) {
        struct result *result = call(wrong[i]);

        cr_assert_eq(result->status, 1, "%s: %d", wrong[i], result->status);
        cr_assert_str_empty(result->out);
        cr_assert_str_not_empty(result->err);
    }
}
