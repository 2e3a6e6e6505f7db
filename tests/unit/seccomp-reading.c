/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-reading.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

uint32_t action_value(uint32_t action, struct opt_u32 data)
{
    uint32_t value = data.set ? data.value : 1;
    if (action == SECCOMP_RET_ERRNO)
        return SCMP_ACT_ERRNO(value);
    if (action == SECCOMP_RET_TRACE)
        return SCMP_ACT_TRACE(value);
    return action;
}

bool is_multiplexed(uint32_t token, int number)
{
    bool multiplexes =
        token == SCMP_ARCH_X86 || token == SCMP_ARCH_MIPSEL || token == SCMP_ARCH_PPC64LE;
    return multiplexes && number < -100 && number > -256;
}

static bool condition_holds(const struct seccomp_arg *condition, uint64_t arg, bool narrow)
{
    uint64_t value = narrow ? (uint32_t)condition->value : condition->value;
    uint64_t wanted = condition->value_two & value;
    arg = narrow ? (uint32_t)arg : arg;
    switch (condition->op) {
    case SECCOMP_OP_NE:
        return arg != value;
    case SECCOMP_OP_LT:
        return arg < value;
    case SECCOMP_OP_LE:
        return arg <= value;
    case SECCOMP_OP_EQ:
        return arg == value;
    case SECCOMP_OP_GE:
        return arg >= value;
    case SECCOMP_OP_GT:
        return arg > value;
    case SECCOMP_OP_MASKED_EQ:
        return (arg & value) == (narrow ? (uint32_t)wanted : wanted);
    }
    return false;
}

/* Whether a rule's conditions hold; an entry that repeats an argument is a list of alternatives. */
static bool rule_holds(const struct seccomp_rule *rule, const struct seccomp_data *data,
                       unsigned first_arg, bool narrow)
{
    unsigned seen = 0;
    bool repeats = false;
    size_t holding = 0, counted = 0;
    for (size_t i = 0; i < rule->args.n; i++) {
        const struct seccomp_arg *condition = &rule->args.items[i];
        repeats = repeats || (seen & (1U << condition->index));
        seen |= 1U << condition->index;
        if (condition->index < first_arg)
            continue;
        counted++;
        holding += condition_holds(condition, data->args[condition->index], narrow);
    }
    /* The alternative on argument 0 says nothing about socketcall, and then holds. */
    if (repeats)
        return holding > 0 || counted < rule->args.n;
    return holding == counted;
}

static bool token_is_narrow(uint32_t token)
{
    return !(token & __AUDIT_ARCH_64BIT) || token == SCMP_ARCH_MIPSEL64N32;
}

/* Whether one name of a rule speaks of this system call: -1 no; else the first argument that counts. */
static int name_applies(const char *name, uint32_t token, const struct seccomp_data *data)
{
    int number = seccomp_syscall_resolve_name_arch(token, name);
    if (number == data->nr)
        return 0;
    if (!is_multiplexed(token, number))
        return -1;
    int base = token == SCMP_ARCH_MIPSEL ? 4000 : 0;
    int through = base + (number > -200 ? 102 : 117);
    uint64_t call = token_is_narrow(token) ? (uint32_t)data->args[0] : data->args[0];
    if (data->nr == through)
        return call == (uint64_t)(-number % 100) ? 1 : -1;
    char *direct = seccomp_syscall_resolve_num_arch(token, data->nr);
    bool same = direct && strcmp(direct, name) == 0;
    free(direct);
    return same ? 0 : -1;
}

bool reference_is_wrong(const struct seccomp *profile, uint32_t token,
                        const struct seccomp_data *data, uint32_t ours, uint32_t theirs)
{
    uint32_t otherwise = action_value(profile->default_action, profile->default_errno_ret);
    bool ours_holds = false, theirs_holds = false, any_holds = false;
    for (size_t i = 0; i < profile->syscalls.n; i++) {
        const struct seccomp_rule *rule = &profile->syscalls.items[i];
        uint32_t action = action_value(rule->action, rule->errno_ret);
        for (size_t k = 0; k < rule->names.n && action != otherwise; k++) {
            int first = name_applies(rule->names.items[k], token, data);
            if (first < 0 || !rule_holds(rule, data, (unsigned)first, token_is_narrow(token)))
                continue;
            any_holds = true;
            ours_holds = ours_holds || ours == action;
            theirs_holds = theirs_holds || theirs == action;
        }
    }
    if (!any_holds)
        return ours == otherwise;
    return ours_holds && !theirs_holds;
}

/* ---- what libseccomp gets wrong ---- */

/* Conditions of which libseccomp asks in two steps, the upper word and then the lower one, each of which can be
 * enough. What else the rule asks for hangs below both, as one thing: when another rule shares the first step,
 * what it asks for gets below the second step, too, where it does not belong. */
static bool conditions_entangle(const struct seccomp_arg *a, const struct seccomp_arg *b)
{
    bool two_steps = a->op != SECCOMP_OP_EQ && a->op != SECCOMP_OP_MASKED_EQ &&
                     b->op != SECCOMP_OP_EQ && b->op != SECCOMP_OP_MASKED_EQ;
    return two_steps && a->index == b->index && a->value >> 32 == b->value >> 32 &&
           (a->op != b->op || a->value != b->value);
}

static bool rules_entangle(const struct seccomp_rule *a, const struct seccomp_rule *b)
{
    bool entangle = false;
    for (size_t i = 0; i < a->args.n; i++)
        for (size_t k = 0; k < b->args.n; k++)
            entangle = entangle || conditions_entangle(&a->args.items[i], &b->args.items[k]);
    return entangle && (a->args.n > 1 || b->args.n > 1);
}

static bool rule_applies(const struct seccomp_rule *rule, uint32_t token,
                         const struct seccomp_data *data)
{
    for (size_t k = 0; k < rule->names.n; k++)
        if (name_applies(rule->names.items[k], token, data) >= 0)
            return true;
    return false;
}

bool call_entangles(const struct seccomp *profile, uint32_t token, const struct seccomp_data *data)
{
    for (size_t i = 0; i < profile->syscalls.n; i++)
        for (size_t k = 0; k < i; k++)
            if (rules_entangle(&profile->syscalls.items[i], &profile->syscalls.items[k]) &&
                rule_applies(&profile->syscalls.items[i], token, data) &&
                rule_applies(&profile->syscalls.items[k], token, data))
                return true;
    return false;
}
