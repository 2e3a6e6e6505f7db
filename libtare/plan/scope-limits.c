/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "plan/plan.h"

/* Writes to cgroup files → properties of a scope. The files of the container's own cgroup get the
 * exact values in any case; the properties are for what weighs against neighbours in the slice, and
 * for systemd to know. So what a property cannot say is left out here: files that systemd knows
 * nothing of, and values beyond its bounds.
 *
 * `since` names the version of systemd for what is newer than 249; older ones are not met with Linux
 * 5.14. Sources: systemd.resource-control(5), org.freedesktop.systemd1(5). */

#define CPU_PERIOD_DEFAULT 100000 /* µs, of the kernel */
#define USEC_PER_SEC       1000000
#define CPU_QUOTA_STEP     10000 /* systemd keeps whole percents */
#define PROCESSORS_MAX     8192
#define WEIGHT_MAX         10000
#define WEIGHT_DEFAULT     100

struct converter {
    struct arena *arena;
    struct plan_property *properties;
    size_t n, capacity;
    bool out_of_memory;
};

static void add(struct converter *converter, const struct plan_cgroup_write *write,
                const char *name, struct variant value, unsigned since)
{
    struct plan_property *properties =
        arena_grow(converter->arena, converter->properties, converter->n, &converter->capacity,
                   sizeof(*properties));
    if (!properties) {
        converter->out_of_memory = true;
        return;
    }
    properties[converter->n++] =
        (struct plan_property){.name = name, .value = value, .where = write->where, .since = since};
    converter->properties = properties;
}

static bool read_number(const char *text, uint64_t *ret)
{
    if (strcmp(text, "max") != 0)
        return parse_u64(text, ret) == 0;
    *ret = UINT64_MAX;
    return true;
}

/* ---- one number ---- */

static const struct limit {
    const char *file, *property;
    uint64_t min;
    unsigned since;
} limits[] = {
    {"memory.max", "MemoryMax", 1, 0},
    {"memory.high", "MemoryHigh", 1, 0},
    {"memory.low", "MemoryLow", 0, 0},
    {"memory.min", "MemoryMin", 0, 0},
    {"memory.swap.max", "MemorySwapMax", 0, 0},
    {"memory.zswap.max", "MemoryZSwapMax", 0, 253},
    {"pids.max", "TasksMax", 1, 0},
};

static void convert_limit(struct converter *converter, const struct plan_cgroup_write *write,
                          const struct limit *limit)
{
    uint64_t value;
    if (!read_number(write->value, &value) || value < limit->min)
        return;
    /* While the container is made the scope holds one process more than it (cgroup/holder.h). */
    if (value == 1 && strcmp(limit->file, "pids.max") == 0)
        value = 2;
    add(converter, write, limit->property, variant_u64(value), limit->since);
}

/* ---- processors ---- */

static void convert_weight(struct converter *converter, const struct plan_cgroup_write *write)
{
    uint64_t weight;
    if (parse_u64(write->value, &weight) == 0 && weight >= 1 && weight <= WEIGHT_MAX)
        add(converter, write, "CPUWeight", variant_u64(weight), 0);
}

static bool has_write(const struct plan_cgroup *plan, const char *file)
{
    for (size_t i = 0; i < plan->n_writes; i++)
        if (strcmp(plan->writes[i].file, file) == 0)
            return true;
    return false;
}

/* systemd's word for idle is the weight 0. Any other ends it, and the kernel's default is what the file gets then. */
static void convert_idle(struct converter *converter, const struct plan_cgroup *plan,
                         const struct plan_cgroup_write *write)
{
    if (strcmp(write->value, "1") == 0)
        add(converter, write, "CPUWeight", variant_u64(0), 252);
    else if (strcmp(write->value, "0") == 0 && !has_write(plan, "cpu.weight"))
        add(converter, write, "CPUWeight", variant_u64(WEIGHT_DEFAULT), 0);
}

static void convert_bandwidth(struct converter *converter, const struct plan_cgroup_write *write)
{
    const char *blank = strchr(write->value, ' ');
    char quota_text[24];
    uint64_t quota, period = CPU_PERIOD_DEFAULT;
    size_t length = blank ? (size_t)(blank - write->value) : strlen(write->value);
    snprintf(quota_text, sizeof(quota_text), "%.*s", (int)length, write->value);
    if (length >= sizeof(quota_text) || !read_number(quota_text, &quota) ||
        (blank && parse_u64(blank + 1, &period) < 0) || period == 0 || quota == 0)
        return;
    uint64_t per_second = UINT64_MAX;
    if (quota != UINT64_MAX) {
        if (quota > UINT64_MAX / USEC_PER_SEC - CPU_QUOTA_STEP)
            return;
        per_second = quota * USEC_PER_SEC / period;
        per_second = (per_second + CPU_QUOTA_STEP - 1) / CPU_QUOTA_STEP * CPU_QUOTA_STEP;
        per_second = per_second ? per_second : CPU_QUOTA_STEP;
    }
    add(converter, write, "CPUQuotaPerSecUSec", variant_u64(per_second), 0);
    add(converter, write, "CPUQuotaPeriodUSec", variant_u64(period), 0);
}

static void set_bits(struct variant *bytes, size_t *n, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        bytes[i / 8].number |= UINT64_C(1) << i % 8;
    if (last / 8 + 1 > *n)
        *n = last / 8 + 1;
}

/* "0-3,7" as a bit mask, the lowest byte first. */
static void convert_set(struct converter *converter, const struct plan_cgroup_write *write,
                        const char *property)
{
    struct variant *bytes = arena_array(converter->arena, PROCESSORS_MAX / 8, sizeof(*bytes));
    char *list = arena_strdup(converter->arena, write->value);
    if (!bytes || !list) {
        converter->out_of_memory = true;
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < PROCESSORS_MAX / 8; i++)
        bytes[i].type = "y";
    for (char *range; (range = strsep(&list, ","));) {
        char *dash = strchr(range, '-');
        uint64_t first, last;
        if (dash)
            *dash = '\0';
        if (parse_u64(range, &first) < 0 || parse_u64(dash ? dash + 1 : range, &last) < 0 ||
            first > last || last >= PROCESSORS_MAX)
            return;
        set_bits(bytes, &n, first, last);
    }
    add(converter, write, property, (struct variant){.type = "ay", .items = bytes, .n = n}, 0);
}

/* ---- block devices ---- */

/* One pair of a device's path and a number: a(st). */
static void add_of_device(struct converter *converter, const struct plan_cgroup_write *write,
                          const char *property, const char *number, size_t length, uint64_t value)
{
    const char *path = arena_printf(converter->arena, "/dev/block/%.*s", (int)length, number);
    struct variant *items = arena_array(converter->arena, 3, sizeof(*items));
    if (!path || !items) {
        converter->out_of_memory = true;
        return;
    }
    items[0] = (struct variant){.type = "(st)", .items = &items[1], .n = 2};
    items[1] = variant_text(path);
    items[2] = variant_u64(value);
    add(converter, write, property, (struct variant){.type = "a(st)", .items = items, .n = 1}, 0);
}

/* "100", "default 100" or "8:0 100". */
static void convert_io_weight(struct converter *converter, const struct plan_cgroup_write *write,
                              const char *text)
{
    const char *blank = strchr(text, ' ');
    uint64_t weight;
    if (parse_u64(blank ? blank + 1 : text, &weight) < 0 || weight < 1 || weight > WEIGHT_MAX)
        return;
    if (!blank || strncmp(text, "default ", strlen("default ")) == 0)
        add(converter, write, "IOWeight", variant_u64(weight), 0);
    else
        add_of_device(converter, write, "IODeviceWeight", text, (size_t)(blank - text), weight);
}

/* "8:0 rbps=1048576 wiops=max" */
static void convert_io_limits(struct converter *converter, const struct plan_cgroup_write *write)
{
    static const struct {
        const char *key, *property;
    } keys[] = {
        {"rbps=", "IOReadBandwidthMax"},
        {"wbps=", "IOWriteBandwidthMax"},
        {"riops=", "IOReadIOPSMax"},
        {"wiops=", "IOWriteIOPSMax"},
    };
    size_t length = strcspn(write->value, " ");
    char *rest = arena_strdup(converter->arena, write->value + length);
    if (!rest) {
        converter->out_of_memory = true;
        return;
    }
    for (char *word; (word = strsep(&rest, " "));) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
            size_t key_length = strlen(keys[i].key);
            uint64_t value;
            if (strncmp(word, keys[i].key, key_length) == 0 &&
                read_number(word + key_length, &value) && value > 0)
                add_of_device(converter, write, keys[i].property, write->value, length, value);
        }
    }
}

/* ---- all of them ---- */

static void convert(struct converter *converter, const struct plan_cgroup *plan,
                    const struct plan_cgroup_write *write)
{
    const char *file = write->file;
    for (size_t i = 0; i < ELEMENTSOF(limits); i++)
        if (strcmp(file, limits[i].file) == 0)
            convert_limit(converter, write, &limits[i]);
    if (strcmp(file, "cpu.weight") == 0)
        convert_weight(converter, write);
    else if (strcmp(file, "cpu.idle") == 0)
        convert_idle(converter, plan, write);
    else if (strcmp(file, "cpu.max") == 0)
        convert_bandwidth(converter, write);
    else if (strcmp(file, "cpuset.cpus") == 0)
        convert_set(converter, write, "AllowedCPUs");
    else if (strcmp(file, "cpuset.mems") == 0)
        convert_set(converter, write, "AllowedMemoryNodes");
    else if (strcmp(file, "io.weight") == 0)
        convert_io_weight(converter, write, write->value);
    /* systemd gives BFQ its share of IOWeight by itself. */
    else if (write->fallback_file && strcmp(write->fallback_file, "io.weight") == 0)
        convert_io_weight(converter, write, write->fallback_value);
    else if (strcmp(file, "io.max") == 0)
        convert_io_limits(converter, write);
}

int plan_scope_limits(struct arena *arena, const struct plan_cgroup *plan,
                      struct plan_property **ret, size_t *ret_n)
{
    struct converter converter = {.arena = arena};
    for (size_t i = 0; i < plan->n_writes; i++)
        convert(&converter, plan, &plan->writes[i]);
    *ret = converter.properties;
    *ret_n = converter.n;
    return converter.out_of_memory ? -ENOMEM : 0;
}
