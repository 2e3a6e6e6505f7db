/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/parse.h"
#include "container/api.h"
#include "spec/check.h"
#include "spec/parse.h"
#include "spec/write.h"
#include "verb.h"

static struct {
    const char *resources;
    const char *memory, *memory_reservation, *memory_swap, *pids_limit;
    const char *cpu_quota, *cpu_period, *cpu_burst, *cpu_share, *cpu_idle, *cpu_rt_period,
        *cpu_rt_runtime, *cpuset_cpus, *cpuset_mems;
    const char *blkio_weight;
} wanted;

static struct tare_update_options options = {.size = sizeof(options)};

/* clang-format off */
const struct option_entry update_options[] = {
    {OPTION_TEXT, "resources", 'r', &wanted.resources, "FILE", "change what the JSON of linux.resources in FILE says; - is standard input"},
    {OPTION_TEXT, "memory", 0, &wanted.memory, "SIZE", "memory; SIZE is in bytes, k, m or g, -1 is no limit"},
    {OPTION_TEXT, "memory-reservation", 0, &wanted.memory_reservation, "SIZE", "memory that is not taken away under pressure"},
    {OPTION_TEXT, "memory-swap", 0, &wanted.memory_swap, "SIZE", "memory and swap together"},
    {OPTION_TEXT, "pids-limit", 0, &wanted.pids_limit, "N", "processes; -1 is no limit"},
    {OPTION_TEXT, "cpu-quota", 0, &wanted.cpu_quota, "USEC", "processor time in each period; -1 is no limit"},
    {OPTION_TEXT, "cpu-period", 0, &wanted.cpu_period, "USEC", "length of a period"},
    {OPTION_TEXT, "cpu-burst", 0, &wanted.cpu_burst, "USEC", "unused time that may be saved up"},
    {OPTION_TEXT, "cpu-share", 0, &wanted.cpu_share, "N", "weight against others, 1024 is the usual"},
    {OPTION_TEXT, "cpu-idle", 0, &wanted.cpu_idle, "0|1", "run only when nobody else wants to"},
    {OPTION_TEXT, "cpuset-cpus", 0, &wanted.cpuset_cpus, "LIST", "processors to use"},
    {OPTION_TEXT, "cpuset-mems", 0, &wanted.cpuset_mems, "LIST", "memory nodes to use"},
    {OPTION_TEXT, "blkio-weight", 0, &wanted.blkio_weight, "N", "weight of disk access, 10 to 1000"},
    {OPTION_TEXT, "cpu-rt-period", 0, &wanted.cpu_rt_period, "USEC", NULL},
    {OPTION_TEXT, "cpu-rt-runtime", 0, &wanted.cpu_rt_runtime, "USEC", NULL},
    {OPTION_TEXT, "l3-cache-schema", 0, &options.l3_cache_schema, "LINE", "schema of the L3 cache in the resctrl group"},
    {OPTION_TEXT, "mem-bw-schema", 0, &options.mem_bw_schema, "LINE", "schema of the memory bandwidth"},
    {OPTION_IGNORED_TEXT, "kernel-memory", 0, NULL, NULL, NULL},
    {OPTION_IGNORED_TEXT, "kernel-memory-tcp", 0, NULL, NULL, NULL},
    {0},
};
/* clang-format on */

/* ---- numbers ---- */

static int bad_value(struct call *call, const char *option, const char *text, const char *expected)
{
    fail(call, EINVAL, "--%s: \"%s\" is not %s", option, text, expected);
    error_set_kind(&call->error->error, ERROR_USAGE);
    return -1;
}

/* What stands behind a number of a size: how far to shift, -1 for no unit. "b" or "ib" may follow. */
static int unit_shift(const char *unit)
{
    static const char units[] = "bkmgtp";
    if (!*unit)
        return 0;
    const char *found = strchr(units, tolower((unsigned char)*unit));
    if (!found || (unit[1] && strcasecmp(unit + 1, "b") != 0 && strcasecmp(unit + 1, "ib") != 0))
        return -1;
    return 10 * (int)(found - units);
}

/* As many as 64 bits have room for behind 2^50; others are taken for 0. */
#define DECIMALS 4

/* "100", "64k", "1.5GiB", "-1". */
static int parse_size(const char *text, int64_t *ret)
{
    if (strcmp(text, "-1") == 0) {
        *ret = -1;
        return 0;
    }
    size_t digits = strspn(text, "0123456789");
    size_t decimals = text[digits] == '.' ? strspn(text + digits + 1, "0123456789") : 0;
    const char *unit = text + digits + (decimals ? decimals + 1 : 0);
    int shift = unit_shift(unit);
    char number[24];
    if (shift < 0 || digits == 0 || digits >= sizeof(number))
        return -EINVAL;
    snprintf(number, sizeof(number), "%.*s", (int)digits, text);
    int r = parse_i64(number, ret);
    if (r < 0)
        return r;
    if (*ret > INT64_MAX >> shift)
        return -ERANGE;
    uint64_t fraction = 0, denominator = 1;
    for (size_t i = 0; i < decimals && i < DECIMALS; i++, denominator *= 10)
        fraction = 10 * fraction + (uint64_t)(text[digits + 1 + i] - '0');
    *ret = (*ret << shift) + (int64_t)((fraction << shift) / denominator);
    return 0;
}

static int take_size(struct call *call, const char *option, const char *text, struct opt_i64 *ret)
{
    if (!text)
        return 0;
    ret->set = true;
    return parse_size(text, &ret->value) < 0
               ? bad_value(call, option, text, "a size: bytes, or a number with k, m or g, or -1")
               : 0;
}

static int take_signed(struct call *call, const char *option, const char *text, struct opt_i64 *ret)
{
    if (!text)
        return 0;
    ret->set = true;
    return parse_i64(text, &ret->value) < 0 ? bad_value(call, option, text, "a number") : 0;
}

static int take_unsigned(struct call *call, const char *option, const char *text,
                         struct opt_u64 *ret)
{
    if (!text)
        return 0;
    ret->set = true;
    return parse_u64(text, &ret->value) < 0 ? bad_value(call, option, text, "a number from 0") : 0;
}

static int take_switch(struct call *call, const char *option, const char *text, struct opt_i64 *ret)
{
    if (!text)
        return 0;
    *ret = (struct opt_i64){.set = true, .value = strcmp(text, "1") == 0};
    return !ret->value && strcmp(text, "0") != 0 ? bad_value(call, option, text, "0 or 1") : 0;
}

static int check_list(struct call *call, const char *option, const char *text)
{
    return text && check_number_list(&text)
               ? bad_value(call, option, text, "a list of numbers such as 0-3,7")
               : 0;
}

static int take_weight(struct call *call, struct opt_u16 *ret)
{
    uint32_t value;
    if (!wanted.blkio_weight)
        return 0;
    if (parse_u32(wanted.blkio_weight, &value) < 0 || value > UINT16_MAX)
        return bad_value(call, "blkio-weight", wanted.blkio_weight, "a number from 0 to 1000");
    *ret = (struct opt_u16){.set = true, .value = (uint16_t)value};
    return 0;
}

/* ---- the document ---- */

/* Options that were not given leave their members unset; sections without any are left out. */
static int write_resources(struct call *call, struct arena *arena, const char **ret)
{
    struct memory_resources memory = {0};
    struct cpu_resources cpu = {.cpus = wanted.cpuset_cpus, .mems = wanted.cpuset_mems};
    struct block_io_resources block_io = {0};
    struct resources resources = {.memory = &memory, .cpu = &cpu, .block_io = &block_io};
    if (take_size(call, "memory", wanted.memory, &memory.limit) < 0 ||
        take_size(call, "memory-reservation", wanted.memory_reservation, &memory.reservation) < 0 ||
        take_size(call, "memory-swap", wanted.memory_swap, &memory.swap) < 0 ||
        take_signed(call, "pids-limit", wanted.pids_limit, &resources.pids_limit) < 0 ||
        take_signed(call, "cpu-quota", wanted.cpu_quota, &cpu.quota) < 0 ||
        take_unsigned(call, "cpu-period", wanted.cpu_period, &cpu.period) < 0 ||
        take_unsigned(call, "cpu-burst", wanted.cpu_burst, &cpu.burst) < 0 ||
        take_unsigned(call, "cpu-share", wanted.cpu_share, &cpu.shares) < 0 ||
        take_switch(call, "cpu-idle", wanted.cpu_idle, &cpu.idle) < 0 ||
        check_list(call, "cpuset-cpus", wanted.cpuset_cpus) < 0 ||
        check_list(call, "cpuset-mems", wanted.cpuset_mems) < 0 ||
        take_unsigned(call, "cpu-rt-period", wanted.cpu_rt_period, &cpu.realtime_period) < 0 ||
        take_signed(call, "cpu-rt-runtime", wanted.cpu_rt_runtime, &cpu.realtime_runtime) < 0 ||
        take_weight(call, &block_io.weight) < 0)
        return -1;
    return resources_write(arena, &resources, "", ret, &call->error->error) < 0 ? -1 : 0;
}

int cmd_update(struct call *call)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(free_ptr) char *text = NULL;
    int r = wanted.resources ? document_read(call, wanted.resources, "resources", &text)
                             : write_resources(call, &arena, &options.resources);
    if (r < 0)
        return -1;
    if (text)
        options.resources = text;
    r = tare_container_update(call->settings, call->args[0], &options, call->error);
    options.resources = NULL;
    return r < 0 ? -1 : STATUS_OK;
}
