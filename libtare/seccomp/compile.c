/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "base/macros.h"
#include "seccomp/architecture.h"
#include "seccomp/assembler.h"
#include "seccomp/branch.h"
#include "seccomp/claim.h"
#include "seccomp/number.h"
#include "seccomp/range.h"

/* How a profile becomes a program.
 *
 * 1. Every rule is hung on the system calls it names (claim.h). This is done once, by name, for all
 *    architectures.
 * 2. For each architecture the table of numbers is walked upwards. A number that rules claim
 * becomes one target: an action, or a block of argument checks (branch.h), written at once.
 * Neighbours with the same target are one range (range.h); what no rule names is a range with the
 * default action; and the numbers behind the largest one named are a range that answers ENOSYS
 * (below).
 * 3. The ranges cover all 2^32 numbers, and a binary search over them is written: one comparison
 * per level, and single numbers that differ from all around them by one test for equality each. x32
 * needs nothing special: its numbers are those of x86_64 with bit 30 set, in the same search.
 * 4. In front of it all is the comparison of the architecture, the native one first.
 *
 *     ld arch
 *     jeq NATIVE, search 1, next
 *     ld nr; search 1 ...
 *     jeq SECOND, search 2, next
 *     ld nr; search 2 ...
 *     return KILL                     as libseccomp does for architectures that are not listed
 *
 * The program is written from its end to its start (assembler.h), so this file reads upside down
 * too.
 *
 * Where several rules name one system call they mean what they mean to libseccomp: the first rule
 * without conditions decides, and rules with conditions count only when there is none. Rules with
 * the default action say nothing and are dropped before. When an entry has two conditions on one
 * argument, all its conditions become rules of their own (as with runc and crun).
 *
 * ENOSYS: a C library tries a new system call and falls back to an old one on ENOSYS, but not on
 * EPERM. A profile that was written before the call existed therefore must not answer EPERM to it.
 * Numbers grow with time, so all behind the largest number that the profile names, on that
 * architecture, are taken for unknown to it. */

#define UNKNOWN_CALL (SECCOMP_RET_ERRNO | ENOSYS)
#define FOREIGN      SECCOMP_RET_KILL_THREAD

struct compiler {
    struct arena *arena;
    const struct seccomp *profile;
    const char *where;
    struct error *err;
    uint32_t default_action;
    bool answers_enosys;
    struct claims claims;
    struct range_list ranges;
    struct assembler assembler;
};

static int no_memory(struct error *err)
{
    return error_sys(err, ENOMEM, "compile the seccomp profile");
}

/* ---- the rules ---- */

static bool action_has_data(uint32_t action)
{
    return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

/* The kernel caps an errno at 4095, silently, and libseccomp refuses it; a message has 16 bits. */
static uint32_t action_largest_data(uint32_t action)
{
    return action == SECCOMP_RET_ERRNO ? 4095 : SECCOMP_RET_DATA;
}

/* What is wrong with the errno given with an action, or NULL. */
static const char *data_problem(uint32_t action, struct opt_u32 data)
{
    if (!data.set)
        return NULL;
    if (!action_has_data(action))
        return "goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE only";
    return data.value > action_largest_data(action) ? "is too large" : NULL;
}

/* EPERM unless said otherwise, also as the message of a tracer. */
static uint32_t action_complete(uint32_t action, struct opt_u32 data)
{
    if (!action_has_data(action))
        return action;
    return action | (data.set ? data.value & SECCOMP_RET_DATA : EPERM);
}

static uint32_t rule_action(const struct seccomp_rule *rule)
{
    return action_complete(rule->action, rule->errno_ret);
}

static int rule_check(struct compiler *compiler, size_t index)
{
    const struct seccomp_rule *rule = &compiler->profile->syscalls.items[index];
    char where[128];
    snprintf(where, sizeof(where), "%s/syscalls/%zu", compiler->where, index);
    const char *problem = data_problem(rule->action, rule->errno_ret);
    if (problem)
        return error_config(compiler->err, where, "errnoRet %u %s", rule->errno_ret.value, problem);
    for (size_t i = 0; i < rule->args.n; i++)
        if (rule->args.items[i].index >= MAX_CONDITIONS)
            return error_config(compiler->err, where, "a system call has no argument %u",
                                rule->args.items[i].index);
    return 0;
}

static int unknown_add(struct compiler *compiler, struct strings *unknown, size_t *capacity,
                       const char *name)
{
    if (!unknown)
        return 0;
    /* One place more, for the NULL behind the last. */
    const char **items =
        arena_grow(compiler->arena, unknown->items, unknown->n + 1, capacity, sizeof(*items));
    if (!items)
        return -ENOMEM;
    unknown->set = true;
    unknown->items = items;
    items[unknown->n++] = name;
    items[unknown->n] = NULL;
    return 0;
}

static int rules_collect(struct compiler *compiler, struct strings *unknown, bool *notifies)
{
    size_t capacity = 0;
    for (size_t i = 0; i < compiler->profile->syscalls.n; i++) {
        const struct seccomp_rule *rule = &compiler->profile->syscalls.items[i];
        int r = rule_check(compiler, i);
        if (r < 0)
            return r;
        bool counts = rule_action(rule) != compiler->default_action;
        for (size_t n = 0; n < rule->names.n && r == 0; n++) {
            int row = number_row(rule->names.items[n]);
            if (row < 0) {
                r = unknown_add(compiler, unknown, &capacity, rule->names.items[n]);
            } else {
                *notifies = *notifies || rule->action == SECCOMP_RET_USER_NOTIF;
                r = claims_add_use(&compiler->claims, (size_t)row, i, counts);
            }
        }
        if (r < 0)
            return no_memory(compiler->err);
    }
    return 0;
}

/* ---- one number: its claims → a target ---- */

struct verdict {
    bool decided; /* by a rule without conditions, with `action` */
    uint32_t action;
    struct branch_list branches;
    unsigned n_branches; /* ever made */
};

static void verdict_decide(struct verdict *verdict, uint32_t action)
{
    verdict->decided = true;
    verdict->action = action;
}

static int branch_conflict(struct compiler *compiler, const struct branch *branch,
                           const struct branch *other)
{
    char where[128];
    snprintf(where, sizeof(where), "%s/syscalls/%u", compiler->where, branch->rule);
    return error_config(compiler->err, where,
                        "the rule contradicts %s/syscalls/%u: another action for the same "
                        "arguments of the same system call",
                        compiler->where, other->rule);
}

/* One rule, with all its conditions or only the one numbered `only`. */
static int verdict_branch(struct compiler *compiler, struct verdict *verdict,
                          const struct claim *claim, uint8_t bits, int only)
{
    uint32_t index = claim_rule(&compiler->claims, claim);
    const struct seccomp_rule *rule = &compiler->profile->syscalls.items[index];
    struct branch *branch = ARENA_NEW(compiler->arena, struct branch);
    if (!branch)
        return no_memory(compiler->err);
    branch->action = rule_action(rule);
    branch->rule = index;
    branch->sequence = verdict->n_branches++;

    /* In place of the first argument, which socketcall and ipc use for the number of the call. */
    struct seccomp_arg call = {.op = SECCOMP_OP_EQ, .value = claim->multiplexed};
    if (claim->multiplexed)
        branch_add(branch, &call, bits);
    for (uint32_t arg = claim->multiplexed ? 1 : 0; arg < MAX_CONDITIONS; arg++)
        for (size_t i = 0; i < rule->args.n; i++)
            if (rule->args.items[i].index == arg && (only < 0 || (size_t)only == i))
                branch_add(branch, &rule->args.items[i], bits);

    if (branch->n_tests == 0) {
        verdict_decide(verdict, branch->action);
        return 0;
    }
    const struct branch *other = NULL;
    int r = branch_insert(compiler->arena, &verdict->branches, branch, &other);
    if (r == -EEXIST)
        return branch_conflict(compiler, branch, other);
    return r < 0 ? no_memory(compiler->err) : 0;
}

static bool args_repeat(const struct seccomp_rule *rule)
{
    unsigned seen = 0;
    for (size_t i = 0; i < rule->args.n; i++) {
        unsigned bit = 1U << rule->args.items[i].index;
        if (seen & bit)
            return true;
        seen |= bit;
    }
    return false;
}

static int verdict_claim(struct compiler *compiler, struct verdict *verdict,
                         const struct claim *claim, uint8_t bits)
{
    const struct seccomp_rule *rule =
        &compiler->profile->syscalls.items[claim_rule(&compiler->claims, claim)];
    if (rule->args.n == 0 && !claim->multiplexed) {
        verdict_decide(verdict, rule_action(rule));
        return 0;
    }
    if (!args_repeat(rule))
        return verdict_branch(compiler, verdict, claim, bits, -1);
    int r = 0;
    for (size_t i = 0; i < rule->args.n && !verdict->decided && r == 0; i++)
        r = verdict_branch(compiler, verdict, claim, bits, (int)i);
    return r;
}

static int number_add(struct compiler *compiler, uint32_t number, uint8_t bits)
{
    struct target otherwise = target_return(compiler->default_action);
    struct verdict verdict = {0};
    for (size_t i = 0; i < compiler->claims.n && !verdict.decided; i++) {
        int r = verdict_claim(compiler, &verdict, &compiler->claims.items[i], bits);
        if (r < 0)
            return r;
    }
    struct target target = target_return(verdict.action);
    if (!verdict.decided)
        target = branch_list_write(&compiler->assembler, &verdict.branches, otherwise);
    if (number > 0)
        range_list_add(&compiler->ranges, number - 1, otherwise);
    range_list_add(&compiler->ranges, number, target);
    return 0;
}

/* ---- architectures ---- */

/* The ranges of one architecture, up to the last number that belongs to it. */
static int numbers_add(struct compiler *compiler, enum seccomp_architecture id, uint32_t end)
{
    const struct architecture *arch = &architectures[id];
    struct number_column column = number_column(id);
    struct target otherwise = target_return(compiler->default_action);
    uint32_t largest = 0;

    for (size_t i = 0, after; i < column.n; i = after) {
        uint32_t number = column.items[i].number;
        for (after = i + 1; after < column.n && column.items[after].number == number;)
            after++;
        if (claims_collect(&compiler->claims, arch, column, i, after) < 0)
            return no_memory(compiler->err);
        if (compiler->claims.named)
            largest = number;
        if (compiler->claims.n == 0)
            continue;
        int r = number_add(compiler, number, arch->bits);
        if (r < 0)
            return r;
    }
    if (compiler->answers_enosys && largest > 0) {
        range_list_add(&compiler->ranges, largest, otherwise);
        range_list_add(&compiler->ranges, end, target_return(UNKNOWN_CALL));
    }
    range_list_add(&compiler->ranges, end, otherwise);
    return 0;
}

struct listing {
    bool listed[SECCOMP_ARCHES];
    uint32_t audits[SECCOMP_ARCHES]; /* each once, the native one first */
    size_t n;
};

static int numbers_add_x86_64(struct compiler *compiler, const struct listing *listing)
{
    int r = 0;
    if (listing->listed[SECCOMP_ARCH_X86_64])
        r = numbers_add(compiler, SECCOMP_ARCH_X86_64, X32_SYSCALL_BIT - 1);
    else
        range_list_add(&compiler->ranges, X32_SYSCALL_BIT - 1, target_return(FOREIGN));
    if (r < 0)
        return r;
    if (listing->listed[SECCOMP_ARCH_X32])
        return numbers_add(compiler, SECCOMP_ARCH_X32, UINT32_MAX);
    /* -1 is what a tracer writes to have a call skipped; that is not a call of x32. */
    range_list_add(&compiler->ranges, UINT32_MAX - 1, target_return(FOREIGN));
    range_list_add(&compiler->ranges, UINT32_MAX, target_return(compiler->default_action));
    return 0;
}

/* All listed architectures with one value of seccomp_data.arch: one, but for x86_64 with x32. */
static int ranges_make(struct compiler *compiler, uint32_t audit, const struct listing *listing)
{
    range_list_clear(&compiler->ranges);
    if (audit == AUDIT_ARCH_X86_64)
        return numbers_add_x86_64(compiler, listing);
    int r = 0;
    for (size_t i = 0; i < SECCOMP_ARCHES && r == 0; i++) {
        if (!listing->listed[i] || architectures[i].audit != audit)
            continue;
        /* s390 carries numbers that do not fit its instruction in a register, and shows 0 for those
         * that the kernel does not know: setup(2), the owner of the number, is long gone. */
        if (compiler->answers_enosys && (i == SECCOMP_ARCH_S390 || i == SECCOMP_ARCH_S390X))
            range_list_add(&compiler->ranges, 0, target_return(UNKNOWN_CALL));
        r = numbers_add(compiler, (enum seccomp_architecture)i, UINT32_MAX);
    }
    return r;
}

/* The search of one architecture, and in front of it the comparison that leads there or to `next`.
 */
static int architecture_write(struct compiler *compiler, uint32_t audit,
                              const struct listing *listing, struct target *next)
{
    int r = ranges_make(compiler, audit, listing);
    if (r < 0)
        return r;
    if (compiler->ranges.no_memory)
        return no_memory(compiler->err);
    struct target search = range_list_write(&compiler->ranges, &compiler->assembler);
    if (search.label != 0)
        search = assembler_load(&compiler->assembler, offsetof(struct seccomp_data, nr), UINT32_MAX,
                                search);
    *next = assembler_compare(&compiler->assembler, BPF_JEQ, audit, search, *next);
    return 0;
}

static void listing_add(struct listing *listing, size_t arch)
{
    listing->listed[arch] = true;
    for (size_t i = 0; i < listing->n; i++)
        if (listing->audits[i] == architectures[arch].audit)
            return;
    listing->audits[listing->n++] = architectures[arch].audit;
}

const char *seccomp_architecture_problem(const char *name)
{
    int arch = architecture_find(name);
    if (arch < 0)
        return "no such architecture";
    if (number_column((enum seccomp_architecture)arch).n == 0)
        return "not supported, the libseccomp of this build does not know it";
    if (architectures[arch].big_endian != architectures[architecture_native()].big_endian)
        return "not supported, its byte order is not that of this machine";
    return NULL;
}

static int listing_make(struct compiler *compiler, struct listing *ret)
{
    const struct strings *names = &compiler->profile->architectures;
    listing_add(ret, architecture_native());
    for (size_t i = 0; i < names->n; i++) {
        const char *problem = seccomp_architecture_problem(names->items[i]);
        if (problem) {
            char where[128];
            snprintf(where, sizeof(where), "%s/architectures/%zu", compiler->where, i);
            int r = error_config(compiler->err, where, "%s: %s", names->items[i], problem);
            error_add_hint(compiler->err, "remove the architecture from the list");
            return r;
        }
        listing_add(ret, (size_t)architecture_find(names->items[i]));
    }
    return 0;
}

/* ---- the whole ---- */

static int profile_check(const struct seccomp *profile, const char *where, struct error *err)
{
    char place[128];
    snprintf(place, sizeof(place), "%s/defaultErrnoRet", where);
    const char *problem = data_problem(profile->default_action, profile->default_errno_ret);
    if (problem)
        return error_config(err, place, "defaultErrnoRet %u %s", profile->default_errno_ret.value,
                            problem);
    return 0;
}

/* What runc makes of `flags`: absent is SPEC_ALLOW, [] is nothing. */
static void program_set_flags(struct seccomp_program *program, const struct seccomp *profile)
{
    program->default_flags = !profile->flags.set;
    program->flags = profile->flags.set ? (unsigned)profile->flags.mask
                                        : (unsigned)SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    if (program->notifies) {
        /* The kernel takes TSYNC with a listener only in a newer form, and we have one thread. */
        program->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC;
        program->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    } else {
        /* Has a meaning, and is accepted, only together with a listener. */
        program->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    }
}

/* The first instructions, and the limits. */
static int program_finish(struct compiler *compiler, struct target start,
                          struct seccomp_program *program)
{
    struct assembler *assembler = &compiler->assembler;
    if (start.label != 0)
        assembler_load(assembler, offsetof(struct seccomp_data, arch), UINT32_MAX, start);
    else
        assembler_return(assembler, start.action);
    if (assembler->no_memory)
        return no_memory(compiler->err);
    if (assembler->full) {
        int r = error_config(
            compiler->err, compiler->where,
            "the profile needs more than the %d instructions that the kernel takes", BPF_MAXINSNS);
        error_add_hint(compiler->err, "use fewer rules with conditions on arguments");
        return r;
    }
    program->n = assembler->n;
    program->instructions = assembler->end - assembler->n;
    return 0;
}

int seccomp_compile(struct arena *arena, const struct seccomp *profile, const char *where,
                    struct seccomp_program *ret, struct strings *unknown, struct error *err)
{
    struct compiler compiler = {
        .arena = arena,
        .profile = profile,
        .where = where,
        .err = err,
        .default_action = action_complete(profile->default_action, profile->default_errno_ret),
        /* Who allows by default, or leaves it to a tracer or an agent, wants to see new calls. */
        .answers_enosys = profile->default_action != SECCOMP_RET_ALLOW &&
                          profile->default_action != SECCOMP_RET_LOG &&
                          profile->default_action != SECCOMP_RET_TRACE &&
                          profile->default_action != SECCOMP_RET_USER_NOTIF,
        .ranges = {.arena = arena},
        .assembler = {.arena = arena},
    };
    struct seccomp_program program = {
        .notifies = profile->default_action == SECCOMP_RET_USER_NOTIF,
    };
    struct listing listing = {0};
    struct strings skipped = {0};

    int r = profile_check(profile, where, err);
    if (r == 0 && claims_init(&compiler.claims, arena) < 0)
        r = no_memory(err);
    r = r < 0 ? r : listing_make(&compiler, &listing);
    r = r < 0 ? r : rules_collect(&compiler, unknown ? &skipped : NULL, &program.notifies);

    struct target start = target_return(FOREIGN);
    for (size_t i = listing.n; i-- > 0 && r == 0;)
        r = architecture_write(&compiler, listing.audits[i], &listing, &start);
    r = r < 0 ? r : program_finish(&compiler, start, &program);
    if (r < 0)
        return r;

    program_set_flags(&program, profile);
    *ret = program;
    if (unknown)
        *unknown = skipped;
    return 0;
}
