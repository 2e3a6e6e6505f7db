/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "plan/planner.h"

#define ACCESS_ALL (DEVICE_MKNOD | DEVICE_READ | DEVICE_WRITE)

/* What every container may use, whatever the configuration says: config-linux.md's default devices,
 * the pseudo-terminals, and making nodes, which by itself gives no access. They come last and so
 * win. /dev/net/tun is there since VPN programs make it and expect to open it, as runc and crun have
 * it: it gives nothing without CAP_NET_ADMIN over the network namespace. */
static const struct plan_device_rule default_rules[] = {
    {true, 'c', -1, -1, DEVICE_MKNOD}, {true, 'b', -1, -1, DEVICE_MKNOD},
    {true, 'c', 1, 3, ACCESS_ALL},     {true, 'c', 1, 5, ACCESS_ALL},
    {true, 'c', 1, 7, ACCESS_ALL},     {true, 'c', 1, 8, ACCESS_ALL},
    {true, 'c', 1, 9, ACCESS_ALL},     {true, 'c', 5, 0, ACCESS_ALL},
    {true, 'c', 5, 1, ACCESS_ALL},     {true, 'c', 5, 2, ACCESS_ALL},
    {true, 'c', 136, -1, ACCESS_ALL},  {true, 'c', 10, 200, ACCESS_ALL},
};

static bool read_access(const char *letters, unsigned *ret)
{
    *ret = 0;
    if (!letters)
        *ret = ACCESS_ALL;
    for (const char *c = letters ? letters : ""; *c; c++) {
        if (*c == 'r')
            *ret |= DEVICE_READ;
        else if (*c == 'w')
            *ret |= DEVICE_WRITE;
        else if (*c == 'm')
            *ret |= DEVICE_MKNOD;
        else
            return false;
    }
    return true;
}

static bool read_number(const struct opt_i64 *number, int64_t *ret)
{
    *ret = number->set ? number->value : -1;
    return *ret >= -1 && *ret <= UINT32_MAX;
}

static bool matches_all(const struct plan_device_rule *rule)
{
    return rule->type == 'a' && rule->major == -1 && rule->minor == -1 &&
           rule->access == ACCESS_ALL;
}

static int read_rule(struct arena *arena, const struct device_rule *rule, const char *where,
                     size_t i, struct plan_device_rule *ret, struct problems *problems)
{
    *ret = (struct plan_device_rule){.allow = rule->allow, .type = rule->type ? rule->type : 'a'};
    bool access_ok = read_access(rule->access, &ret->access);
    bool numbers_ok =
        read_number(&rule->major, &ret->major) && read_number(&rule->minor, &ret->minor);
    if (access_ok && numbers_ok)
        return 0;

    const char *pointer = arena_printf(arena, "%s/devices/%zu", where, i);
    if (!pointer)
        return -ENOMEM;
    if (!access_ok)
        problem_config(problems, pointer, "access \"%s\" is not made of the letters r, w and m",
                       rule->access);
    if (!numbers_ok)
        problem_config(problems, pointer, "major and minor are device numbers, or -1 for any");
    return 0;
}

/* Without a rule for something the answer is no. The program's list always begins with a rule for
 * everything: earlier ones can never be the last match. */
int plan_device_rules(struct arena *arena, const struct resources *resources, const char *where,
                      struct plan_cgroup *ret, struct problems *problems)
{
    if (resources->devices.n == 0)
        return 0;
    struct plan_device_rule *rules =
        arena_array(arena, 1 + resources->devices.n + ELEMENTSOF(default_rules), sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    size_t n = 0;
    bool denies = true;
    rules[n++] = (struct plan_device_rule){.allow = false, .type = 'a', -1, -1, ACCESS_ALL};

    for (size_t i = 0; i < resources->devices.n; i++) {
        struct plan_device_rule rule;
        if (read_rule(arena, &resources->devices.items[i], where, i, &rule, problems) < 0)
            return -ENOMEM;
        if (matches_all(&rule)) {
            n = 0;
            denies = false;
        }
        denies |= !rule.allow;
        if (rule.access != 0)
            rules[n++] = rule;
    }
    /* Everything is allowed: no program is the cheapest way to say so. */
    if (!denies)
        return 0;
    memcpy(&rules[n], default_rules, sizeof(default_rules));
    ret->device_rules = rules;
    ret->n_device_rules = n + ELEMENTSOF(default_rules);
    ret->restrict_devices = true;
    return 0;
}
