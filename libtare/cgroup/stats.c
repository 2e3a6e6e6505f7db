/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/stats.h"

#include "base/fd.h"
#include "base/parse.h"
#include "cgroup/directory.h"

/* Names and meanings are those of runc's statistics; cgroup-v2.rst says what the files hold. */

#define FILE_LIMIT    ((size_t)1 << 20)
#define NSEC_PER_USEC 1000

struct output {
    FILE *stream;
    int dirfd;
    bool begun; /* a member was written in this object */
};

static void member(struct output *output, const char *name)
{
    fprintf(output->stream, "%s\"%s\":", output->begun ? "," : "", name);
    output->begun = true;
}

static void open_object(struct output *output, const char *name)
{
    member(output, name);
    fputc('{', output->stream);
    output->begun = false;
}

static void close_object(struct output *output)
{
    fputc('}', output->stream);
    output->begun = true;
}

static void number(struct output *output, const char *name, uint64_t value)
{
    member(output, name);
    fprintf(output->stream, "%llu", (unsigned long long)value);
}

static void number_unless_zero(struct output *output, const char *name, uint64_t value)
{
    if (value != 0)
        number(output, name, value);
}

/* ---- files ---- */

static char *read_text(const struct output *output, const char *file)
{
    char *text = NULL;
    return file_read(output->dirfd, file, FILE_LIMIT, &text, NULL) < 0 ? NULL : text;
}

/* A file of one number; "max" is the largest. False when there is no such file. */
static bool read_number(const struct output *output, const char *file, uint64_t *ret)
{
    _cleanup_(free_ptr) char *text = read_text(output, file);
    *ret = 0;
    if (!text)
        return false;
    text[strcspn(text, "\n")] = '\0';
    if (strcmp(text, "max") != 0)
        return parse_u64(text, ret) == 0;
    *ret = UINT64_MAX;
    return true;
}

static uint64_t value_of(const char *lines, const char *key)
{
    uint64_t value;
    return lines && lines_value(lines, key, &value) == 0 ? value : 0;
}

/* ---- pressure ---- */

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" */
static void write_pressure_line(struct output *output, const char *line)
{
    char kind[8], avg10[16], avg60[16], avg300[16], total[24];
    if (sscanf(line, "%7s avg10=%15[0-9.] avg60=%15[0-9.] avg300=%15[0-9.] total=%23[0-9]", kind,
               avg10, avg60, avg300, total) != 5)
        return;
    member(output, kind);
    fprintf(output->stream, "{\"avg10\":%s,\"avg60\":%s,\"avg300\":%s,\"total\":%s}", avg10, avg60,
            avg300, total);
}

static void write_pressure(struct output *output, const char *file)
{
    _cleanup_(free_ptr) char *text = read_text(output, file);
    if (!text)
        return;
    open_object(output, "psi");
    char *rest = text;
    for (const char *line; (line = strsep(&rest, "\n"));)
        write_pressure_line(output, line);
    close_object(output);
}

/* ---- controllers ---- */

static void write_cpu(struct output *output)
{
    _cleanup_(free_ptr) char *text = read_text(output, "cpu.stat");
    open_object(output, "cpu");
    if (text) {
        open_object(output, "usage");
        number_unless_zero(output, "total", value_of(text, "usage_usec") * NSEC_PER_USEC);
        number(output, "kernel", value_of(text, "system_usec") * NSEC_PER_USEC);
        number(output, "user", value_of(text, "user_usec") * NSEC_PER_USEC);
        close_object(output);
    }
    if (value_of(text, "nr_periods") > 0) {
        open_object(output, "throttling");
        number(output, "periods", value_of(text, "nr_periods"));
        number_unless_zero(output, "throttledPeriods", value_of(text, "nr_throttled"));
        number_unless_zero(output, "throttledTime",
                           value_of(text, "throttled_usec") * NSEC_PER_USEC);
        close_object(output);
    }
    write_pressure(output, "cpu.pressure");
    close_object(output);
}

/* Switches of cgroup v1, which are all off. */
static void write_cpuset(struct output *output)
{
    static const char *const names[] = {
        "cpu_exclusive",   "mem_hardwall",       "mem_exclusive",
        "memory_migrate",  "memory_spread_page", "memory_spread_slab",
        "memory_pressure", "sched_load_balance", "sched_relax_domain_level",
    };
    open_object(output, "cpuset");
    for (size_t i = 0; i < ELEMENTSOF(names); i++)
        number(output, names[i], 0);
    close_object(output);
}

static void write_entry(struct output *output, const char *name, uint64_t limit, uint64_t usage,
                        uint64_t most, uint64_t failures)
{
    open_object(output, name);
    number(output, "limit", limit);
    number_unless_zero(output, "usage", usage);
    number_unless_zero(output, "max", most);
    number(output, "failcnt", failures);
    close_object(output);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a == UINT64_MAX || b == UINT64_MAX ? UINT64_MAX : a + b;
}

/* "swap" is memory and swap together, as in cgroup v1. */
static void write_memory_usage(struct output *output, const char *stat)
{
    uint64_t limit, usage, most, swap_limit, swap_usage, swap_most;
    if (!read_number(output, "memory.current", &usage))
        return;
    (void)read_number(output, "memory.max", &limit);
    (void)read_number(output, "memory.peak", &most);
    _cleanup_(free_ptr) char *events = read_text(output, "memory.events");
    number_unless_zero(output, "cache", value_of(stat, "file"));
    write_entry(output, "usage", limit, usage, most, value_of(events, "max"));
    if (!read_number(output, "memory.swap.current", &swap_usage))
        return;
    (void)read_number(output, "memory.swap.max", &swap_limit);
    (void)read_number(output, "memory.swap.peak", &swap_most);
    _cleanup_(free_ptr) char *swap_events = read_text(output, "memory.swap.events");
    write_entry(output, "swap", sum(limit, swap_limit), usage + swap_usage,
                swap_most ? most + swap_most : 0, value_of(swap_events, "max"));
}

static void write_memory(struct output *output)
{
    _cleanup_(free_ptr) char *stat = read_text(output, "memory.stat");
    open_object(output, "memory");
    write_memory_usage(output, stat);
    if (stat && *stat) {
        open_object(output, "raw");
        char *rest = stat;
        for (char *line; (line = strsep(&rest, "\n")) && *line;) {
            uint64_t value;
            char *blank = strchr(line, ' ');
            if (!blank || parse_u64(blank + 1, &value) < 0)
                continue;
            *blank = '\0';
            number(output, line, value);
        }
        close_object(output);
    }
    write_pressure(output, "memory.pressure");
    close_object(output);
}

/* Where nobody counts for us; what is in cgroups below is left out, as runc does it. */
static uint64_t count_processes(const struct output *output)
{
    _cleanup_(free_ptr) char *text = read_text(output, "cgroup.procs");
    uint64_t n = 0;
    for (const char *p = text; p && (p = strchr(p, '\n')); p++)
        n++;
    return n;
}

static void write_pids(struct output *output)
{
    uint64_t current, limit;
    open_object(output, "pids");
    if (read_number(output, "pids.current", &current)) {
        number_unless_zero(output, "current", current);
        if (read_number(output, "pids.max", &limit) && limit != UINT64_MAX)
            number_unless_zero(output, "limit", limit);
    } else {
        number_unless_zero(output, "current", count_processes(output));
    }
    close_object(output);
}

/* ---- disks ---- */

static void write_io_value(struct output *output, const char *device, const char *line,
                           const char *key, const char *operation, bool *begun)
{
    unsigned major, minor;
    const char *found = strstr(line, key);
    if (!found || sscanf(device, "%u:%u", &major, &minor) != 2)
        return;
    unsigned long long value;
    if (sscanf(found + strlen(key), "%llu", &value) != 1)
        return;
    fprintf(output->stream, "%s{", *begun ? "," : "");
    output->begun = false;
    number_unless_zero(output, "major", major);
    number_unless_zero(output, "minor", minor);
    member(output, "op");
    fprintf(output->stream, "\"%s\"", operation);
    number_unless_zero(output, "value", value);
    fputc('}', output->stream);
    *begun = true;
}

/* Lines "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6". */
static void write_io_list(struct output *output, const char *name, const char *text,
                          const char *read_key, const char *write_key)
{
    bool begun = false;
    member(output, name);
    fputc('[', output->stream);
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        char one[512];
        snprintf(one, sizeof(one), "%.*s", (int)length, line);
        write_io_value(output, one, one, read_key, "Read", &begun);
        write_io_value(output, one, one, write_key, "Write", &begun);
        line += length + (line[length] == '\n');
    }
    fputc(']', output->stream);
    output->begun = true;
}

static void write_blkio(struct output *output)
{
    _cleanup_(free_ptr) char *text = read_text(output, "io.stat");
    open_object(output, "blkio");
    if (text && *text) {
        write_io_list(output, "ioServiceBytesRecursive", text, " rbytes=", " wbytes=");
        write_io_list(output, "ioServicedRecursive", text, " rios=", " wios=");
    }
    write_pressure(output, "io.pressure");
    close_object(output);
}

/* ---- huge pages ---- */

static void write_page_size(struct output *output, const char *size)
{
    char file[64];
    uint64_t usage;
    snprintf(file, sizeof(file), "hugetlb.%.15s.current", size);
    if (!read_number(output, file, &usage))
        return;
    snprintf(file, sizeof(file), "hugetlb.%.15s.events", size);
    _cleanup_(free_ptr) char *events = read_text(output, file);
    open_object(output, size);
    number_unless_zero(output, "usage", usage);
    number(output, "failcnt", value_of(events, "max"));
    close_object(output);
}

static int compare_sizes(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The sizes are those of the kernel's files: hugetlb.2MB.current. No processor has more than eight. */
static void write_hugetlb(struct output *output)
{
    char sizes[8][16];
    size_t n = 0;
    open_object(output, "hugetlb");
    _cleanup_(close_listing) DIR *listing = directory_list(output->dirfd, ".");
    const struct dirent *entry;
    while (listing && n < ELEMENTSOF(sizes) && (entry = readdir(listing))) {
        int end = 0;
        if (sscanf(entry->d_name, "hugetlb.%15[0-9KMGTB].current%n", sizes[n], &end) == 1 &&
            end > 0 && !entry->d_name[end])
            n++;
    }
    qsort(sizes, n, sizeof(sizes[0]), compare_sizes);
    for (size_t i = 0; i < n; i++)
        write_page_size(output, sizes[i]);
    close_object(output);
}

void cgroup_stats(const struct cgroup *cgroup, FILE *stream)
{
    struct output output = {.stream = stream, .dirfd = cgroup->fd};
    write_cpu(&output);
    write_cpuset(&output);
    write_memory(&output);
    write_pids(&output);
    write_blkio(&output);
    write_hugetlb(&output);
    open_object(&output, "intel_rdt");
    close_object(&output);
    member(&output, "network_interfaces");
    fputs("null", stream);
}
