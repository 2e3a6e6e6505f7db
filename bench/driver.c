/* SPDX-License-Identifier: Apache-2.0 */

/* Times one operation of several programs, side by side.
 *
 * usage: driver ROUNDS < SCRIPT
 *
 * The script has one block for each candidate:
 *
 *     candidate NAME
 *     before WORDS...      runs untimed in front of the timed command; may be repeated
 *     timed WORDS...       what is measured, from before the fork until after the wait
 *     after WORDS...       runs untimed afterwards; may be repeated
 *
 * Words are separated by blanks; "%" in a word becomes a number that is different in every round.
 * In place of a command, `before reap` waits until all orphans have ended, as a shim or conmon
 * would.
 *
 * In each round every candidate runs once, in rotating order, so that whatever disturbs the machine
 * disturbs all alike, and ratios are formed within a round. The output is one line per candidate:
 *
 *     NAME  MEDIAN_US  P99_US  PEAK_KB  RATIO
 *
 * where RATIO is the median of (time / time of the first candidate in the same round), and PEAK_KB
 * the largest resident size of the command or of a child that it waited for. Linked statically,
 * since a child inherits the high-water mark of its parent until exec and the driver's own size
 * must not show. */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CANDIDATES = 8, MAX_COMMANDS = 8, MAX_WORDS = 32, WARM_UP = 3 };

struct command {
    char *words[MAX_WORDS];
    int n_words;
};

struct candidate {
    char name[32];
    struct command before[MAX_COMMANDS], timed, after[MAX_COMMANDS];
    int n_before, n_after;
    double *times; /* microseconds, by round */
    double *ratios;
    long peak_kb;
};

static struct candidate candidates[MAX_CANDIDATES];
static int n_candidates;

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "driver: %s: %s\n", what, detail);
    exit(1);
}

static double now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void reap_orphans(void)
{
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
}

/* Runs a command with standard input and output on /dev/null and returns the time it took. */
static double run(const struct command *command, long round, struct rusage *usage)
{
    static char words[MAX_WORDS][512];
    static posix_spawn_file_actions_t null_stdio;
    static int prepared;
    char *argv[MAX_WORDS + 1] = {0};

    if (!prepared) {
        posix_spawn_file_actions_init(&null_stdio);
        posix_spawn_file_actions_addopen(&null_stdio, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&null_stdio, 1, "/dev/null", O_WRONLY, 0);
        prepared = 1;
    }
    for (int i = 0; i < command->n_words; i++) {
        const char *from = command->words[i], *percent = strchr(from, '%');
        if (percent)
            snprintf(words[i], sizeof(words[i]), "%.*s%ld%s", (int)(percent - from), from, round,
                     percent + 1);
        argv[i] = percent ? words[i] : command->words[i];
    }

    pid_t pid;
    int status = 0;
    double start = now_us();
    if (posix_spawnp(&pid, argv[0], &null_stdio, NULL, argv, environ) != 0)
        fail("cannot run", argv[0]);
    while (wait4(pid, &status, 0, usage) < 0 && errno == EINTR)
        ;
    double end = now_us();
    if (status != 0) {
        fprintf(stderr, "driver: status %#x from:", (unsigned)status);
        for (int i = 0; argv[i]; i++)
            fprintf(stderr, " %s", argv[i]);
        fputc('\n', stderr);
        exit(1);
    }
    return end - start;
}

static void run_all(const struct command *commands, int n, long round)
{
    struct rusage usage;
    for (int i = 0; i < n; i++) {
        if (commands[i].n_words == 1 && strcmp(commands[i].words[0], "reap") == 0)
            reap_orphans();
        else
            run(&commands[i], round, &usage);
    }
}

static void read_command(struct command *command, char *position)
{
    for (char *word; (word = strsep(&position, " \n"));) {
        if (!*word)
            continue;
        if (command->n_words == MAX_WORDS)
            fail("too many words in front of", word);
        command->words[command->n_words++] = strdup(word);
    }
}

static void read_script(void)
{
    static char line[4096];
    struct candidate *candidate = NULL;
    while (fgets(line, sizeof(line), stdin)) {
        char *rest = line, *key = strsep(&rest, " \n");
        if (!*key)
            continue;
        if (strcmp(key, "candidate") == 0 && n_candidates < MAX_CANDIDATES) {
            candidate = &candidates[n_candidates++];
            snprintf(candidate->name, sizeof(candidate->name), "%s", strsep(&rest, " \n"));
        } else if (candidate && strcmp(key, "before") == 0 && candidate->n_before < MAX_COMMANDS) {
            read_command(&candidate->before[candidate->n_before++], rest);
        } else if (candidate && strcmp(key, "timed") == 0) {
            read_command(&candidate->timed, rest);
        } else if (candidate && strcmp(key, "after") == 0 && candidate->n_after < MAX_COMMANDS) {
            read_command(&candidate->after[candidate->n_after++], rest);
        } else {
            fail("cannot use this line of the script", key);
        }
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *values, long n, double q)
{
    qsort(values, (size_t)n, sizeof(*values), compare);
    return values[(long)((double)(n - 1) * q + 0.5)];
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds <= 0)
        fail("usage", "driver ROUNDS < SCRIPT");
    read_script();
    /* Containers that outlive `create` become our children, as they become a shim's. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < n_candidates; i++) {
        candidates[i].times = calloc((size_t)rounds, sizeof(double));
        candidates[i].ratios = calloc((size_t)rounds, sizeof(double));
        if (!candidates[i].times || !candidates[i].ratios || candidates[i].timed.n_words == 0)
            fail("nothing to time for", candidates[i].name);
    }

    for (long round = -WARM_UP; round < rounds; round++) {
        for (int i = 0; i < n_candidates; i++) {
            struct candidate *c = &candidates[(i + round + WARM_UP) % n_candidates];
            struct rusage usage;
            run_all(c->before, c->n_before, round + WARM_UP);
            double time = run(&c->timed, round + WARM_UP, &usage);
            run_all(c->after, c->n_after, round + WARM_UP);
            reap_orphans();
            if (round < 0)
                continue;
            c->times[round] = time;
            if (usage.ru_maxrss > c->peak_kb)
                c->peak_kb = usage.ru_maxrss;
        }
        for (int i = 0; i < n_candidates && round >= 0; i++)
            candidates[i].ratios[round] = candidates[i].times[round] / candidates[0].times[round];
    }

    for (int i = 0; i < n_candidates; i++) {
        struct candidate *c = &candidates[i];
        printf("%s %.0f %.0f %ld %.2f\n", c->name, quantile(c->times, rounds, 0.5),
               quantile(c->times, rounds, 0.99), c->peak_kb, quantile(c->ratios, rounds, 0.5));
    }
    return 0;
}
