/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/parse.h"
#include "cgroup/controllers.h"
#include "cgroup/directory.h"
#include "cgroup/events.h"
#include "cgroup/pids.h"
#include "cgroup/stats.h"
#include "sys/mount_table.h"
#include "sys/process.h"
#include "tests/fuzz/fuzz.h"

/* What the kernel writes: numbers, /proc/PID/stat, /proc/PID/mountinfo, /proc/cgroups and the files of a cgroup.
 * The first byte chooses. */

/* ---- numbers ---- */

/* The same with strtoull, for what is digits alone. */
static void check_numbers(const char *text)
{
    bool negative = text[0] == '-';
    const char *digits = text + negative;
    bool is_number = *digits && digits[strspn(digits, "0123456789")] == 0;
    uint64_t u64 = 0;
    uint32_t u32 = 0, id = 0;
    int64_t i64 = 0;

    errno = 0;
    unsigned long long wanted = is_number ? strtoull(digits, NULL, 10) : 0;
    bool is_u64 = is_number && !negative && errno == 0;
    bool is_i64 = is_number && errno == 0 && wanted <= (unsigned long long)INT64_MAX + negative;
    FUZZ_CHECK((parse_u64(text, &u64) == 0) == is_u64 && u64 == (is_u64 ? wanted : 0), "u64");
    FUZZ_CHECK((parse_u32(text, &u32) == 0) == (is_u64 && wanted <= UINT32_MAX), "u32");
    FUZZ_CHECK((parse_id(text, &id) == 0) == (is_u64 && wanted < UINT32_MAX), "id");
    FUZZ_CHECK((parse_i64(text, &i64) == 0) == is_i64, "i64");
    FUZZ_CHECK(!is_i64 || (uint64_t)i64 == (negative ? 0 - wanted : wanted), "i64");
}

/* ---- files of processes ---- */

static void check_stat(char *text)
{
    struct process_stat stat = {0};
    int r = process_stat_parse(text, &stat);

    FUZZ_CHECK(r == 0 || r == -EIO, "returned %d", r);
    FUZZ_CHECK(r < 0 || stat.state, "no state");
}

static void check_mounts(char *text)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct mount_table table;
    size_t size = strlen(text);

    FUZZ_CHECK(mount_table_parse(&arena, text, &table) == 0, "failed");
    for (size_t i = 0; i < table.n; i++)
        FUZZ_CHECK(strlen(table.items[i].root) + strlen(table.items[i].place) +
                           strlen(table.items[i].fstype) <
                       size,
                   "entry %zu", i);
}

static void check_lines(const char *text)
{
    uint64_t value;

    (void)controller_state(text, "memory");
    (void)controller_state(text, "io");
    (void)words_contain(text, "cpu");
    (void)lines_value(text, "populated", &value);
}

/* ---- files of a cgroup ---- */

static char directory[] = "/tmp/fuzz-kernel-files.XXXXXX";

static void remove_directory(void)
{
    rmdir(directory);
}

static int directory_fd(void)
{
    static int fd = -1;

    if (fd < 0) {
        FUZZ_CHECK(mkdtemp(directory), "mkdtemp");
        atexit(remove_directory);
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        FUZZ_CHECK(fd >= 0, "open");
    }
    return fd;
}

static const char *const files[] = {
    "cpu.stat",      "memory.current",   "memory.stat",     "memory.events",      "pids.current",
    "io.stat",       "memory.max",       "cpu.pressure",    "hugetlb.2MB.events", "cgroup.procs",
    "cgroup.events", "pids.max",         "io.pressure",     "memory.swap.max",    "memory.peak",
    "cgroup.freeze", "memory.swap.peak", "memory.pressure",
};

/* Which are always there, for others to be looked at. */
static const char *const present[] = {"memory.current", "memory.swap.current", "pids.current",
                                      "hugetlb.2MB.current"};

static void put(const char *name, const char *text, size_t size)
{
    int fd = openat(directory_fd(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    FUZZ_CHECK(fd >= 0 && write(fd, text, size) == (ssize_t)size, "write %s", name);
    close(fd);
}

static void read_all(void)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct cgroup cgroup = {.fd = directory_fd()};
    struct pid_list pids = {.arena = &arena};
    char small[16];
    char *printed = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&printed, &size);

    FUZZ_CHECK(stream, "open_memstream");
    cgroup_stats(&cgroup, stream);
    fclose(stream);
    free(printed);
    (void)pid_list_read(&pids, cgroup.fd);
    (void)cgroup_oom_kills(&cgroup);
    (void)events_read(cgroup.fd, "frozen");
    int r = directory_read(cgroup.fd, "cgroup.events", small, sizeof(small));
    FUZZ_CHECK(r < 0 || memchr(small, 0, sizeof(small)), "no end");
}

static void check_cgroup(unsigned char choice, const char *text, size_t size)
{
    const char *file = files[choice % ELEMENTSOF(files)];

    for (size_t i = 0; i < ELEMENTSOF(present); i++)
        put(present[i], "1\n", 2);
    put(file, text, size);
    read_all();
    for (size_t i = 0; i < ELEMENTSOF(present); i++)
        unlinkat(directory_fd(), present[i], 0);
    unlinkat(directory_fd(), file, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    /* With a guarded end. */
    size_t length = strnlen((const char *)data + 1, size - 1);
    char *text = malloc(length + 1);
    if (!text)
        return 0;
    memcpy(text, data + 1, length);
    text[length] = '\0';
    switch (data[0]) {
    case 'n':
        check_numbers(text);
        break;
    case 's':
        check_stat(text);
        break;
    case 'm':
        check_mounts(text);
        break;
    case 'l':
        check_lines(text);
        break;
    default:
        check_cgroup(data[0], (const char *)data + 1, size - 1);
        break;
    }
    free(text);
    return 0;
}
