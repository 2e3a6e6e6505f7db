/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/device-table.h"

#include <errno.h>

/* Numbers of devices in the kernel: 12 bits and 20 bits (include/linux/kdev_t.h). A rule beyond
 * them matches nothing. */
#define MAJOR_LAST 0xfffu
#define MINOR_LAST 0xfffffu
#define ANY        (-1)

struct numbers {
    int64_t *items;
    size_t n;
};

static bool rule_has_type(const struct plan_device_rule *rule, char type)
{
    return rule->type == 'a' || rule->type == type;
}

static bool number_matches(int64_t rule, int64_t number)
{
    return rule == ANY || rule == number;
}

/* What is allowed on one device; ANY stands for a number that no rule names. */
static unsigned evaluate(const struct plan_device_rule *rules, size_t n_rules, char type,
                         int64_t major, int64_t minor)
{
    unsigned allowed = 0, decided = 0;
    for (size_t i = n_rules; i-- > 0 && decided != DEVICE_ALL;) {
        const struct plan_device_rule *rule = &rules[i];
        if (!rule_has_type(rule, type) || !number_matches(rule->major, major) ||
            !number_matches(rule->minor, minor))
            continue;
        if (rule->allow)
            allowed |= rule->access & ~decided;
        decided |= rule->access;
    }
    return allowed & DEVICE_ALL;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort_unique(struct numbers *numbers)
{
    if (numbers->n == 0)
        return;
    qsort(numbers->items, numbers->n, sizeof(*numbers->items), compare);
    size_t n = 1;
    for (size_t i = 1; i < numbers->n; i++) {
        if (numbers->items[i] != numbers->items[n - 1])
            numbers->items[n++] = numbers->items[i];
    }
    numbers->n = n;
}

static struct numbers named_majors(const struct plan_device_rule *rules, size_t n_rules, char type,
                                   int64_t *room)
{
    struct numbers majors = {.items = room};
    for (size_t i = 0; i < n_rules; i++) {
        if (rule_has_type(&rules[i], type) && rules[i].major >= 0 && rules[i].major <= MAJOR_LAST)
            majors.items[majors.n++] = rules[i].major;
    }
    sort_unique(&majors);
    return majors;
}

/* The minors that rules name for this major, or for any. */
static struct numbers named_minors(const struct plan_device_rule *rules, size_t n_rules, char type,
                                   int64_t major, int64_t *room)
{
    struct numbers minors = {.items = room};
    for (size_t i = 0; i < n_rules; i++) {
        if (rule_has_type(&rules[i], type) && number_matches(rules[i].major, major) &&
            rules[i].minor >= 0 && rules[i].minor <= MINOR_LAST)
            minors.items[minors.n++] = rules[i].minor;
    }
    sort_unique(&minors);
    return minors;
}

static int make_major(struct arena *arena, const struct plan_device_rule *rules, size_t n_rules,
                      char type, int64_t major, int64_t *room, struct device_major *ret)
{
    struct numbers minors = named_minors(rules, n_rules, type, major, room);
    *ret = (struct device_major){
        .first = (uint32_t)major,
        .last = (uint32_t)major,
        .allowed = evaluate(rules, n_rules, type, major, ANY),
    };
    if (minors.n > 0 && !(ret->ranges = arena_array(arena, minors.n, sizeof(*ret->ranges))))
        return -ENOMEM;
    for (size_t i = 0; i < minors.n; i++) {
        uint32_t minor = (uint32_t)minors.items[i];
        unsigned allowed = evaluate(rules, n_rules, type, major, minor);
        if (allowed == ret->allowed)
            continue;
        struct device_range *before = ret->n_ranges ? &ret->ranges[ret->n_ranges - 1] : NULL;
        if (before && before->last + 1 == minor && before->allowed == allowed)
            before->last = minor;
        else
            ret->ranges[ret->n_ranges++] = (struct device_range){minor, minor, allowed};
    }
    return 0;
}

static bool treated_alike(const struct device_major *a, const struct device_major *b)
{
    if (a->allowed != b->allowed || a->n_ranges != b->n_ranges)
        return false;
    for (size_t i = 0; i < a->n_ranges; i++) {
        const struct device_range *x = &a->ranges[i], *y = &b->ranges[i];
        if (x->first != y->first || x->last != y->last || x->allowed != y->allowed)
            return false;
    }
    return true;
}

int device_table_make(struct arena *arena, const struct plan_device_rule *rules, size_t n_rules,
                      char type, struct device_table *ret)
{
    *ret = (struct device_table){0};
    int64_t *major_room = arena_array(arena, n_rules + 1, sizeof(*major_room));
    int64_t *minor_room = arena_array(arena, n_rules + 1, sizeof(*minor_room));
    ret->majors = arena_array(arena, n_rules + 1, sizeof(*ret->majors));
    if (!major_room || !minor_room || !ret->majors ||
        make_major(arena, rules, n_rules, type, ANY, minor_room, &ret->others) < 0)
        return -ENOMEM;

    struct numbers majors = named_majors(rules, n_rules, type, major_room);
    for (size_t i = 0; i < majors.n; i++) {
        struct device_major *major = &ret->majors[ret->n_majors];
        if (make_major(arena, rules, n_rules, type, majors.items[i], minor_room, major) < 0)
            return -ENOMEM;
        if (treated_alike(major, &ret->others))
            continue;
        struct device_major *before = ret->n_majors ? major - 1 : NULL;
        if (before && before->last + 1 == major->first && treated_alike(before, major))
            before->last = major->last;
        else
            ret->n_majors++;
    }
    return 0;
}

bool device_tables_equal(const struct device_table *a, const struct device_table *b)
{
    if (a->n_majors != b->n_majors || !treated_alike(&a->others, &b->others))
        return false;
    for (size_t i = 0; i < a->n_majors; i++) {
        const struct device_major *x = &a->majors[i], *y = &b->majors[i];
        if (x->first != y->first || x->last != y->last || !treated_alike(x, y))
            return false;
    }
    return true;
}
