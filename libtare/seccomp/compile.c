/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "base/macros.h"
#include "seccomp/architecture.h"
#include "seccomp/assembler.h"
#include "seccomp/branch.h"
#include "seccomp/number.h"

/* How a profile becomes a program.
 *
 * 1. Every rule is hung on the system calls it names (struct use, in the order of the profile).
 * This is done once, by name, for all architectures.
 * 2. For each architecture the table of numbers is walked upwards. A number that rules apply to
 * becomes one target: an action, or a block of argument checks (branch.h), written at once.
 * Neighbours with the same target are one range; what no rule names is a range with the default
 * action; and the numbers behind the largest one named are a range that answers ENOSYS (below).
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
 * Meaning is libseccomp's where several rules name one system call: the first rule without
 * conditions wins over everything but is itself decided by what comes first; rules with conditions
 * that precede it are forgotten. Rules with the default action say nothing and are dropped before.
 * When an entry has two conditions on one argument, all its conditions become rules of their own
 * (as runc and crun do it).
 *
 * ENOSYS: a C library tries a new system call and falls back to an old one on ENOSYS, but not on
 * EPERM. A profile that was written before the call existed therefore must not answer EPERM to it.
 * Numbers grow with time, so all behind the largest number that the profile names, on that
 * architecture, are taken for unknown to it. */

struct use {
    struct use *next;
    const struct seccomp_rule *rule;
    uint32_t action;
    unsigned index;    /* of the rule in the profile */
    unsigned sequence; /* rules in order, and names in order within a rule */
    unsigned
        multiplexed; /* the call number that socketcall or ipc must have in argument 0; 0: none */
    bool split;      /* each condition stands alone */
};

struct range {
    uint32_t start;
    struct target target;
};

struct compiler {
    struct arena *arena;
    const struct seccomp *profile;
    const char *where;
    struct error *err;
    struct assembler assembler;
    uint32_t default_action;
    bool answers_enosys;
    struct use **uses; /* by row: the first and, behind all rows, the last */
    bool *named;       /* by row: some rule names it, even one with the default action */
    struct range *ranges;
    size_t n_ranges;
    uint64_t next; /* the first number that no range covers yet */
};

static int no_memory(struct error *err)
{
    return error_sys(err, ENOMEM, "compile the seccomp profile");
}

/* ---- the profile's rules, by system call ---- */

static bool action_has_data(uint32_t action)
{
    return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

/* EPERM unless said otherwise, also as the message of a tracer. */
static uint32_t action_complete(uint32_t action, struct opt_u32 data)
{
    if (!action_has_data(action))
        return action;
    return action | ((data.set ? data.value : EPERM) & SECCOMP_RET_DATA);
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

static int use_add(struct compiler *compiler, size_t row, struct use use)
{
    struct use *copy = ARENA_NEW(compiler->arena, struct use);
    if (!copy)
        return no_memory(compiler->err);
    *copy = use;
    struct use **last = &compiler->uses[number_rows() + row];
    if (*last)
        (*last)->next = copy;
    else
        compiler->uses[row] = copy;
    *last = copy;
    return 0;
}

static int unknown_add(struct compiler *compiler, struct strings *unknown, size_t *capacity,
                       const char *name)
{
    if (!unknown)
        return 0;
    /* One place more, for the NULL behind the last. */
    const char **items = arena_grow(compiler->arena, unknown->items, unknown->n + 1, capacity,
                                    sizeof(unknown->items[0]));
    if (!items)
        return no_memory(compiler->err);
    unknown->set = true;
    unknown->items = items;
    items[unknown->n++] = name;
    items[unknown->n] = NULL;
    return 0;
}

static int rule_check(struct compiler *compiler, size_t index)
{
    const struct seccomp_rule *rule = &compiler->profile->syscalls.items[index];
    char where[128];
    snprintf(where, sizeof(where), "%s/syscalls/%zu", compiler->where, index);
    if (rule->errno_ret.set && !action_has_data(rule->action)) {
        int r = error_config(compiler->err, where,
                             "errnoRet goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE only");
        error_add_hint(compiler->err, "remove errnoRet or change the action");
        return r;
    }
    for (size_t i = 0; i < rule->args.n; i++)
        if (rule->args.items[i].index >= MAX_CONDITIONS)
            return error_config(compiler->err, where, "a system call has no argument %u",
                                rule->args.items[i].index);
    if (rule->action != SECCOMP_RET_USER_NOTIF)
        return 0;
    if (!compiler->profile->listener_path)
        return error_config(compiler->err, where,
                            "SCMP_ACT_NOTIFY needs listenerPath: nobody could answer");
    for (size_t i = 0; i < rule->names.n; i++)
        if (strcmp(rule->names.items[i], "write") == 0)
            return error_config(compiler->err, where,
                                "SCMP_ACT_NOTIFY cannot be used for write: the listener is "
                                "handed over with it");
    return 0;
}

static int rules_collect(struct compiler *compiler, struct strings *unknown, bool *notifies)
{
    size_t capacity = 0;
    unsigned sequence = 0;
    for (size_t i = 0; i < compiler->profile->syscalls.n; i++) {
        const struct seccomp_rule *rule = &compiler->profile->syscalls.items[i];
        int r = rule_check(compiler, i);
        if (r < 0)
            return r;
        struct use use = {
            .rule = rule,
            .action = action_complete(rule->action, rule->errno_ret),
            .index = (unsigned)i,
            .split = args_repeat(rule),
        };
        for (size_t n = 0; n < rule->names.n; n++) {
            int row = number_row(rule->names.items[n]);
            if (row < 0) {
                r = unknown_add(compiler, unknown, &capacity, rule->names.items[n]);
            } else {
                compiler->named[row] = true;
                *notifies = *notifies || use.action == SECCOMP_RET_USER_NOTIF;
                use.sequence = sequence++;
                if (use.action != compiler->default_action)
                    r = use_add(compiler, (size_t)row, use);
            }
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* ---- one number: its uses → a target ---- */

/* What one number has to do: rules with conditions until one without appears. */
struct verdict {
    struct branch_list branches;
    bool decided; /* a rule without conditions: `action` */
    uint32_t action;
};

static int branch_conflict(struct compiler *compiler, const struct use *use,
                           const struct branch *other)
{
    char where[128];
    snprintf(where, sizeof(where), "%s/syscalls/%u", compiler->where, use->index);
    return error_config(compiler->err, where,
                        "the rule contradicts %s/syscalls/%u: another action for the same "
                        "arguments of the same system call",
                        compiler->where, other->rule);
}

/* One rule, with all its conditions or only the one numbered `only`. */
static int verdict_add(struct compiler *compiler, struct verdict *verdict, const struct use *use,
                       uint8_t bits, int only)
{
    struct branch *branch = ARENA_NEW(compiler->arena, struct branch);
    if (!branch)
        return no_memory(compiler->err);
    branch->action = use->action;
    branch->rule = use->index;
    branch->sequence = 8 * use->sequence + (unsigned)(only < 0 ? 0 : only);

    /* In place of the first argument, which socketcall and ipc use for the number of the call. */
    struct seccomp_arg call = {.op = SECCOMP_OP_EQ, .value = use->multiplexed};
    if (use->multiplexed)
        branch_add(branch, &call, bits);
    for (uint32_t index = use->multiplexed ? 1 : 0; index < MAX_CONDITIONS; index++)
        for (size_t i = 0; i < use->rule->args.n; i++)
            if (use->rule->args.items[i].index == index && (only < 0 || (size_t)only == i))
                branch_add(branch, &use->rule->args.items[i], bits);

    if (branch->n_tests == 0) {
        verdict->decided = true;
        verdict->action = branch->action;
        return 0;
    }
    const struct branch *other = NULL;
    int r = branch_insert(compiler->arena, &verdict->branches, branch, &other);
    if (r == -EEXIST)
        return branch_conflict(compiler, use, other);
    return r < 0 ? no_memory(compiler->err) : 0;
}

static int verdict_make(struct compiler *compiler, const struct use *use, uint8_t bits,
                        struct verdict *ret)
{
    for (; use && !ret->decided; use = use->next) {
        int r = 0;
        if (!use->split)
            r = verdict_add(compiler, ret, use, bits, -1);
        for (size_t i = 0; use->split && i < use->rule->args.n && !ret->decided && r == 0; i++)
            r = verdict_add(compiler, ret, use, bits, (int)i);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The uses of several rows that meet on one number, in the order of the profile. */
static int uses_merge(struct compiler *compiler, struct use **list, const struct use *more,
                      unsigned multiplexed)
{
    for (struct use **place = list; more; more = more->next) {
        struct use *copy = ARENA_NEW(compiler->arena, struct use);
        if (!copy)
            return no_memory(compiler->err);
        while (*place && (*place)->sequence < more->sequence)
            place = &(*place)->next;
        *copy = *more;
        copy->multiplexed = multiplexed;
        copy->next = *place;
        *place = copy;
    }
    return 0;
}

/* On architectures with socketcall and ipc, a rule for a call that they can carry holds there as
 * well. */
static int multiplexed_collect(struct compiler *compiler, unsigned hundred, struct use **list)
{
    for (size_t row = 0; row < number_rows(); row++) {
        unsigned code = number_multiplexed(row);
        if (code == 0 || code / 100 != hundred)
            continue;
        int r = uses_merge(compiler, list, compiler->uses[row], code % 100);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- ranges ---- */

/* Numbers up to `last` that no range covers yet get `target`. */
static void range_add(struct compiler *compiler, uint32_t last, struct target target)
{
    if (last < compiler->next)
        return;
    bool first = compiler->n_ranges == 0;
    if (first || !target_equal(compiler->ranges[compiler->n_ranges - 1].target, target))
        compiler->ranges[compiler->n_ranges++] =
            (struct range){.start = (uint32_t)compiler->next, .target = target};
    compiler->next = (uint64_t)last + 1;
}

static unsigned multiplexer(const struct architecture *arch, uint32_t number)
{
    if (arch->base == NOT_MULTIPLEXED)
        return 0;
    if (number == (uint32_t)arch->base + 102)
        return 1;
    return number == (uint32_t)arch->base + 117 ? 2 : 0;
}

static bool multiplexed_named(const struct compiler *compiler, unsigned hundred)
{
    for (size_t row = 0; row < number_rows(); row++)
        if (compiler->named[row] && number_multiplexed(row) / 100 == hundred)
            return true;
    return false;
}

/* The ranges of one architecture, up to the last number that belongs to it. */
static int ranges_add(struct compiler *compiler, enum seccomp_architecture id, uint32_t end)
{
    const struct architecture *arch = &architectures[id];
    struct number_column column = number_column(id);
    struct target otherwise = target_return(compiler->default_action);
    struct target unknown = target_return(SECCOMP_RET_ERRNO | ENOSYS);
    uint32_t largest = 0;

    for (size_t i = 0, after; i < column.n; i = after) {
        uint32_t number = column.items[i].number;
        struct use *uses = compiler->uses[column.items[i].row];
        bool named = compiler->named[column.items[i].row];
        int r = 0;
        for (after = i + 1; after < column.n && column.items[after].number == number; after++) {
            uses = NULL;
            named = named || compiler->named[column.items[after].row];
        }
        for (size_t k = i; after - i > 1 && k < after && r == 0; k++)
            r = uses_merge(compiler, &uses, compiler->uses[column.items[k].row], 0);
        unsigned hundred = multiplexer(arch, number);
        if (hundred && multiplexed_named(compiler, hundred)) {
            struct use *direct = uses;
            uses = NULL;
            named = true;
            r = r < 0 ? r : uses_merge(compiler, &uses, direct, 0);
            r = r < 0 ? r : multiplexed_collect(compiler, hundred, &uses);
        }
        if (r < 0)
            return r;
        if (named)
            largest = number;
        if (!uses)
            continue;

        struct verdict verdict = {0};
        r = verdict_make(compiler, uses, arch->bits, &verdict);
        if (r < 0)
            return r;
        struct target target = target_return(verdict.action);
        if (!verdict.decided)
            target = branch_list_write(&compiler->assembler, &verdict.branches, otherwise);
        if (number > 0)
            range_add(compiler, number - 1, otherwise);
        range_add(compiler, number, target);
    }
    if (compiler->answers_enosys && largest > 0) {
        range_add(compiler, largest, otherwise);
        range_add(compiler, end, unknown);
    }
    range_add(compiler, end, otherwise);
    return 0;
}

/* ---- search ---- */

#define MAX_EXCEPTIONS 3

static bool range_is_single(const struct compiler *compiler, size_t i)
{
    uint32_t next = i + 1 < compiler->n_ranges ? compiler->ranges[i + 1].start : 0;
    return compiler->ranges[i].start + 1 == next;
}

/* A few single numbers among others that share one target need no search, only a test for each. */
static bool exceptions_write(struct compiler *compiler, size_t first, size_t last,
                             struct target *ret)
{
    const struct range *ranges = compiler->ranges;
    if (last - first > 2 * MAX_EXCEPTIONS)
        return false;
    size_t common = first;
    for (size_t i = first; i <= last; i++)
        if (!range_is_single(compiler, i))
            common = i;
    size_t exceptions = 0;
    for (size_t i = first; i <= last; i++) {
        if (target_equal(ranges[i].target, ranges[common].target))
            continue;
        if (!range_is_single(compiler, i) || ++exceptions > MAX_EXCEPTIONS)
            return false;
    }
    *ret = ranges[common].target;
    for (size_t i = last + 1; i-- > first;)
        if (!target_equal(ranges[i].target, ranges[common].target))
            *ret = assembler_compare(&compiler->assembler, BPF_JEQ, ranges[i].start,
                                     ranges[i].target, *ret);
    return true;
}

static struct target search_write(struct compiler *compiler, size_t first, size_t last)
{
    struct target found;
    if (exceptions_write(compiler, first, last, &found))
        return found;
    size_t middle = first + (last - first + 1) / 2;
    struct target above = search_write(compiler, middle, last);
    struct target below = search_write(compiler, first, middle - 1);
    return assembler_compare(&compiler->assembler, BPF_JGE, compiler->ranges[middle].start, above,
                             below);
}

/* ---- architectures ---- */

/* All listed architectures with one value of seccomp_data.arch: one, but for x86_64 with x32. */
static int ranges_make(struct compiler *compiler, uint32_t audit, const bool listed[SECCOMP_ARCHES])
{
    struct target foreign = target_return(SECCOMP_RET_KILL_THREAD);
    struct target otherwise = target_return(compiler->default_action);
    compiler->n_ranges = 0;
    compiler->next = 0;

    if (audit == AUDIT_ARCH_X86_64) {
        int r = 0;
        if (listed[SECCOMP_ARCH_X86_64])
            r = ranges_add(compiler, SECCOMP_ARCH_X86_64, X32_SYSCALL_BIT - 1);
        else
            range_add(compiler, X32_SYSCALL_BIT - 1, foreign);
        if (r < 0)
            return r;
        if (listed[SECCOMP_ARCH_X32])
            return ranges_add(compiler, SECCOMP_ARCH_X32, UINT32_MAX);
        /* -1 is what a tracer writes to have a call skipped; that is not a call of x32. */
        range_add(compiler, UINT32_MAX - 1, foreign);
        range_add(compiler, UINT32_MAX, otherwise);
        return 0;
    }
    for (size_t i = 0; i < SECCOMP_ARCHES; i++) {
        if (!listed[i] || architectures[i].audit != audit)
            continue;
        /* s390 carries numbers that do not fit its instruction in a register, and shows 0 here for
         * those that the kernel does not know: setup(2), the owner of the number, is long gone. */
        if (compiler->answers_enosys && (i == SECCOMP_ARCH_S390 || i == SECCOMP_ARCH_S390X))
            range_add(compiler, 0, target_return(SECCOMP_RET_ERRNO | ENOSYS));
        int r = ranges_add(compiler, (enum seccomp_architecture)i, UINT32_MAX);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The search of one architecture, and in front of it the comparison that leads there or to `next`.
 */
static int architecture_write(struct compiler *compiler, uint32_t audit,
                              const bool listed[SECCOMP_ARCHES], struct target *next)
{
    int r = ranges_make(compiler, audit, listed);
    if (r < 0)
        return r;
    struct target search = search_write(compiler, 0, compiler->n_ranges - 1);
    if (search.label != 0)
        search = assembler_load(&compiler->assembler, offsetof(struct seccomp_data, nr), UINT32_MAX,
                                search);
    *next = assembler_compare(&compiler->assembler, BPF_JEQ, audit, search, *next);
    return 0;
}

struct listing {
    bool listed[SECCOMP_ARCHES];
    uint32_t audits[SECCOMP_ARCHES]; /* each once, the native one first */
    size_t n;
};

static void listing_add(struct listing *listing, size_t arch)
{
    listing->listed[arch] = true;
    for (size_t i = 0; i < listing->n; i++)
        if (listing->audits[i] == architectures[arch].audit)
            return;
    listing->audits[listing->n++] = architectures[arch].audit;
}

static int listing_make(struct compiler *compiler, struct listing *ret)
{
    const struct strings *names = &compiler->profile->architectures;
    enum seccomp_architecture native = architecture_native();
    listing_add(ret, native);
    for (size_t i = 0; i < names->n; i++) {
        char where[128];
        snprintf(where, sizeof(where), "%s/architectures/%zu", compiler->where, i);
        int arch = architecture_find(names->items[i]);
        if (arch < 0)
            return error_config(compiler->err, where, "unknown architecture \"%s\"",
                                names->items[i]);
        int r = 0;
        if (number_column((enum seccomp_architecture)arch).n == 0)
            r = error_config(compiler->err, where,
                             "%s is not supported: the libseccomp of this build does not know it",
                             names->items[i]);
        else if (architectures[arch].big_endian != architectures[native].big_endian)
            r = error_config(compiler->err, where,
                             "%s is not supported: its byte order is not that of this machine",
                             names->items[i]);
        if (r < 0) {
            error_set_kind(compiler->err, ERROR_UNSUPPORTED);
            error_add_hint(compiler->err, "remove the architecture from the list");
            return r;
        }
        listing_add(ret, (size_t)arch);
    }
    return 0;
}

/* ---- the whole ---- */

static int profile_check(const struct seccomp *profile, const char *where, struct error *err)
{
    char place[128];
    snprintf(place, sizeof(place), "%s/defaultAction", where);
    if (profile->default_action == SECCOMP_RET_USER_NOTIF)
        return error_config(err, place,
                            "SCMP_ACT_NOTIFY cannot be the default action: it would hold for the "
                            "calls that hand the listener over");
    snprintf(place, sizeof(place), "%s/defaultErrnoRet", where);
    if (profile->default_errno_ret.set && !action_has_data(profile->default_action))
        return error_config(err, place,
                            "defaultErrnoRet goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE only");
    snprintf(place, sizeof(place), "%s/listenerMetadata", where);
    if (profile->listener_metadata && !profile->listener_path)
        return error_config(err, place, "listenerMetadata needs listenerPath");
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

static int compiler_init(struct compiler *compiler)
{
    size_t rows = number_rows();
    compiler->uses = arena_array(compiler->arena, 2 * rows, sizeof(struct use *));
    compiler->named = arena_array(compiler->arena, rows, sizeof(bool));
    /* Every number is at most a range and the gap before it, on x86_64 and x32. */
    compiler->ranges = arena_array(compiler->arena, 4 * rows + 8, sizeof(struct range));
    bool ready = compiler->uses && compiler->named && compiler->ranges &&
                 assembler_init(&compiler->assembler, compiler->arena);
    return ready ? 0 : no_memory(compiler->err);
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
        /* Who allows by default, or leaves it to a tracer, wants to see new calls. */
        .answers_enosys = profile->default_action != SECCOMP_RET_ALLOW &&
                          profile->default_action != SECCOMP_RET_LOG &&
                          profile->default_action != SECCOMP_RET_TRACE,
    };
    struct seccomp_program program = {0};
    struct listing listing = {0};
    struct strings skipped = {0};

    int r = profile_check(profile, where, err);
    r = r < 0 ? r : compiler_init(&compiler);
    r = r < 0 ? r : listing_make(&compiler, &listing);
    r = r < 0 ? r : rules_collect(&compiler, unknown ? &skipped : NULL, &program.notifies);
    if (r < 0)
        return r;

    struct target next = target_return(SECCOMP_RET_KILL_THREAD);
    for (size_t i = listing.n; i-- > 0;) {
        r = architecture_write(&compiler, listing.audits[i], listing.listed, &next);
        if (r < 0)
            return r;
    }
    if (next.label != 0)
        next = assembler_load(&compiler.assembler, offsetof(struct seccomp_data, arch), UINT32_MAX,
                              next);
    else
        next = assembler_return(&compiler.assembler, next.action);
    if (compiler.assembler.full) {
        r = error_config(err, where,
                         "the profile needs more than the %d instructions that the "
                         "kernel takes",
                         BPF_MAXINSNS);
        error_add_hint(err, "use fewer rules with conditions on arguments");
        return r;
    }

    program_set_flags(&program, profile);
    program.n = compiler.assembler.n;
    program.instructions = compiler.assembler.end - program.n;
    *ret = program;
    if (unknown)
        *unknown = skipped;
    return 0;
}
