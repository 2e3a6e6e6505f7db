/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/parse.h"
#include "verb.h"

static const char *format = "table";

const struct option_entry ps_options[] = {
    {OPTION_TEXT, "format", 'f', &format, "table|json", "form of the output [table]"},
    {0},
};

#define OUTPUT_LIMIT ((size_t)64 << 20)

struct pids {
    int *items; /* ascending */
    size_t n;
};

static void pids_release(struct pids *pids)
{
    free(pids->items);
}

static int compare_pids(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static bool pids_contain(const struct pids *pids, const char *word, size_t length)
{
    char number[16];
    snprintf(number, sizeof(number), "%.*s", (int)length, word);
    uint32_t pid;
    if (parse_u32(number, &pid) < 0 || pid > INT_MAX)
        return false;
    int wanted = (int)pid;
    return pids->n > 0 &&
           bsearch(&wanted, pids->items, pids->n, sizeof(*pids->items), compare_pids);
}

/* "[1,2]", or null: what a Go program prints of an empty list, and what engines read. */
static int print_json(struct call *call, const struct pids *pids)
{
    for (size_t i = 0; i < pids->n; i++)
        printf("%c%d", i ? ',' : '[', pids->items[i]);
    printf("%s\n", pids->n ? "]" : "null");
    return print_end(call);
}

static int print_plainly(struct call *call, const struct pids *pids)
{
    printf("PID\n");
    for (size_t i = 0; i < pids->n; i++)
        printf("%d\n", pids->items[i]);
    return print_end(call);
}

/* ---- the table of ps(1) ---- */

/* ps with the options that came after the container's id: the read end of its output, or -errno. */
static int spawn_ps(struct call *call, pid_t *ret_pid)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    _cleanup_(close_fd) int from = ends[0];
    _cleanup_(close_fd) int to = ends[1];
    _cleanup_(free_ptr) char **argv = calloc((size_t)call->n_args + 3, sizeof(*argv));
    if (!argv)
        return -ENOMEM;
    char name[] = "ps", all[] = "-ef";
    argv[0] = name;
    argv[1] = all;
    for (int i = 1; i < call->n_args; i++)
        argv[i] = call->args[i];

    posix_spawn_file_actions_t actions;
    int r = posix_spawn_file_actions_init(&actions);
    if (r != 0)
        return -r;
    r = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
    if (r == 0)
        r = posix_spawnp(ret_pid, name, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return r == 0 ? TAKE_FD(from) : -r;
}

/* The word of a line with this index. */
static const char *find_word(const char *line, size_t index, size_t *ret_length)
{
    for (size_t i = 0;; i++) {
        line += strspn(line, " \t");
        *ret_length = strcspn(line, " \t\n");
        if (*ret_length == 0)
            return NULL;
        if (i == index)
            return line;
        line += *ret_length;
    }
}

static bool find_pid_column(const char *header, size_t *ret)
{
    size_t length;
    const char *word;
    for (*ret = 0; (word = find_word(header, *ret, &length)); ++*ret)
        if (length == 3 && strncmp(word, "PID", 3) == 0)
            return true;
    return false;
}

static int print_lines(struct call *call, char *text, const struct pids *pids)
{
    char *rest = text;
    const char *header = strsep(&rest, "\n");
    size_t column;
    if (!find_pid_column(header, &column))
        return fail(call, EINVAL, "the output of ps has no column PID");
    printf("%s\n", header);
    for (const char *line; (line = strsep(&rest, "\n"));) {
        size_t length;
        const char *word = find_word(line, column, &length);
        if (word && pids_contain(pids, word, length))
            printf("%s\n", line);
    }
    return print_end(call);
}

static int print_table(struct call *call, const struct pids *pids)
{
    pid_t pid;
    _cleanup_(close_fd) int from = spawn_ps(call, &pid);
    if (from == -ENOENT && call->n_args == 1)
        return print_plainly(call, pids);
    if (from < 0)
        return fail(call, -from, "run ps: %s%s", strerrordesc_np(-from),
                    from == -ENOENT ? " (options for it need it: install procps)" : "");
    _cleanup_(free_ptr) char *text = NULL;
    int r = stream_read_all(from, OUTPUT_LIMIT, &text, NULL);
    close_fd(&from);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (r < 0)
        return fail(call, -r, "read the output of ps: %s", strerrordesc_np(-r));
    /* ps says 1 when it found nothing, as with -p of what has ended. */
    if (WIFSIGNALED(status))
        return fail(call, EIO, "signal %d has ended ps", WTERMSIG(status));
    if (WEXITSTATUS(status) > 1)
        return fail(call, EIO, "ps has failed, with status %d", WEXITSTATUS(status));
    return print_lines(call, text, pids);
}

int cmd_ps(struct call *call)
{
    struct pids pids _cleanup_(pids_release) = {0};
    bool json = strcmp(format, "json") == 0;
    if (!json && strcmp(format, "table") != 0)
        return fail(call, EINVAL, "invalid format option: %s", format);
    if (tare_container_pids(call->settings, call->args[0], &pids.items, &pids.n, call->error) < 0)
        return -1;
    return json ? print_json(call, &pids) : print_table(call, &pids);
}
