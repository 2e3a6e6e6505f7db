/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seccomp-reading.h"
#include "seccomp-simulator.h"

#define X32_BIT 0x40000000U

/* ---- profiles ---- */

void profile_init(struct profile *profile, uint32_t default_action)
{
    *profile = (struct profile){.arena = ARENA_INIT};
    profile->seccomp.default_action = default_action;
}

void profile_release(struct profile *profile)
{
    arena_release(&profile->arena);
}

static void strings_add(struct arena *arena, struct strings *strings, const char *text,
                        size_t length)
{
    const char **items = arena_array(arena, strings->n + 2, sizeof(*items));
    if (strings->n)
        memcpy(items, strings->items, strings->n * sizeof(*items));
    items[strings->n++] = arena_strndup(arena, text, length);
    strings->items = items;
    strings->set = true;
}

void profile_set_architectures(struct profile *profile, const char *const *names)
{
    profile->seccomp.architectures = (struct strings){.set = true};
    for (; *names; names++)
        strings_add(&profile->arena, &profile->seccomp.architectures, *names, strlen(*names));
}

void profile_add(struct profile *profile, const char *names, uint32_t action, long errno_ret,
                 const struct seccomp_arg *args, size_t n_args)
{
    struct seccomp *s = &profile->seccomp;
    void *items = arena_grow(&profile->arena, s->syscalls.items, s->syscalls.n, &profile->capacity,
                             sizeof(s->syscalls.items[0]));
    s->syscalls.items = items;
    struct seccomp_rule *rule = &s->syscalls.items[s->syscalls.n++];
    *rule = (struct seccomp_rule){.action = action};
    if (errno_ret >= 0) {
        rule->errno_ret.set = true;
        rule->errno_ret.value = (uint32_t)errno_ret;
    }
    for (const char *p = names; *p; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");
        strings_add(&profile->arena, &rule->names, p, length);
        p += length;
    }
    rule->args.n = n_args;
    if (n_args == 0)
        return;
    rule->args.set = true;
    rule->args.items = arena_array(&profile->arena, n_args, sizeof(*args));
    memcpy(rule->args.items, args, n_args * sizeof(*args));
}

/* ---- libseccomp ---- */

static const char *arch_short_name(const char *name)
{
    static char lower[32];
    size_t i = 0;
    for (name += strlen("SCMP_ARCH_"); name[i] && i < sizeof(lower) - 1; i++)
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    lower[i] = '\0';
    return lower;
}

static uint32_t arch_token(const char *name)
{
    return seccomp_arch_resolve_name(arch_short_name(name));
}

static int reference_rule(scmp_filter_ctx ctx, const struct seccomp_rule *rule, uint32_t action,
                          const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return 0;
    struct scmp_arg_cmp args[6];
    unsigned count[6] = {0};
    bool repeats = false;
    for (size_t i = 0; i < rule->args.n; i++) {
        const struct seccomp_arg *a = &rule->args.items[i];
        if (i < 6)
            args[i] = SCMP_CMP64(a->index, (enum scmp_compare)a->op, a->value, a->value_two);
        repeats = repeats || ++count[a->index] > 1;
    }
    if (!repeats)
        return seccomp_rule_add_array(ctx, action, number, (unsigned)rule->args.n, args);
    for (size_t i = 0; i < rule->args.n; i++) {
        const struct seccomp_arg *a = &rule->args.items[i];
        struct scmp_arg_cmp one =
            SCMP_CMP64(a->index, (enum scmp_compare)a->op, a->value, a->value_two);
        int r = seccomp_rule_add_array(ctx, action, number, 1, &one);
        if (r < 0)
            return r;
    }
    return 0;
}

static int reference_fill(scmp_filter_ctx ctx, const struct seccomp *profile)
{
    for (size_t i = 0; i < profile->architectures.n; i++) {
        uint32_t token = arch_token(profile->architectures.items[i]);
        int r = token ? seccomp_arch_add(ctx, token) : -EINVAL;
        if (r < 0 && r != -EEXIST)
            return r;
    }
    uint32_t otherwise = action_value(profile->default_action, profile->default_errno_ret);
    for (size_t i = 0; i < profile->syscalls.n; i++) {
        const struct seccomp_rule *rule = &profile->syscalls.items[i];
        uint32_t action = action_value(rule->action, rule->errno_ret);
        for (size_t n = 0; n < rule->names.n && action != otherwise; n++) {
            int r = reference_rule(ctx, rule, action, rule->names.items[n]);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

int reference_compile(const struct seccomp *profile, struct sock_filter **program, size_t *n)
{
    scmp_filter_ctx ctx =
        seccomp_init(action_value(profile->default_action, profile->default_errno_ret));
    cr_assert(ctx);
    int r = reference_fill(ctx, profile);
    int fd = memfd_create("program", MFD_CLOEXEC);
    struct stat status = {0};
    if (r == 0)
        r = seccomp_export_bpf(ctx, fd);
    seccomp_release(ctx);
    *program = NULL;
    *n = 0;
    if (r == 0) {
        cr_assert(fstat(fd, &status) == 0);
        *program = malloc((size_t)status.st_size);
        cr_assert(pread(fd, *program, (size_t)status.st_size, 0) == status.st_size);
        *n = (size_t)status.st_size / sizeof(**program);
    }
    close(fd);
    return r;
}

/* ---- comparison ---- */

struct program {
    struct sock_filter *instructions;
    size_t n;
};

struct comparison {
    const struct profile *profile;
    const char *what;
    struct program ours, reference;
    uint32_t largest; /* number that the profile names on the architecture of the moment */
    bool enosys;
    bool x32_listed;
    uint64_t values[6][64];
    size_t n_values[6];
    uint32_t conditional[256]; /* numbers that some rule looks at the arguments of */
    size_t n_conditional;
    uint32_t token;     /* libseccomp's, of the architecture of the moment; 0 for foreign ones */
    const char *defect; /* of the reference */
    bool wrong;         /* the reference was, somewhere */
    size_t tried;
};

static bool enosys_expected(const struct comparison *c, const struct seccomp_data *data)
{
    uint32_t number = (uint32_t)data->nr;
    if (!c->enosys || c->largest == 0)
        return false;
    /* Without x32 its numbers are those of a foreign architecture. */
    if (data->arch == AUDIT_ARCH_X86_64 && !c->x32_listed && number >= X32_BIT)
        return false;
    return number > c->largest;
}

static void profile_print(const struct seccomp *profile)
{
    fprintf(stderr, "default %#x\n", profile->default_action);
    for (size_t i = 0; i < profile->architectures.n; i++)
        fprintf(stderr, "%s\n", profile->architectures.items[i]);
    for (size_t i = 0; i < profile->syscalls.n; i++) {
        const struct seccomp_rule *rule = &profile->syscalls.items[i];
        fprintf(stderr, "%#x %ld", rule->action,
                rule->errno_ret.set ? (long)rule->errno_ret.value : -1L);
        for (size_t k = 0; k < rule->names.n; k++)
            fprintf(stderr, " %s", rule->names.items[k]);
        for (size_t k = 0; k < rule->args.n; k++)
            fprintf(stderr, " (%u op%d %#llx %#llx)", rule->args.items[k].index,
                    (int)rule->args.items[k].op, (unsigned long long)rule->args.items[k].value,
                    (unsigned long long)rule->args.items[k].value_two);
        fputc('\n', stderr);
    }
}

static void try(struct comparison *c, const struct seccomp_data *data)
{
    uint32_t ours = simulate(c->ours.instructions, c->ours.n, data);
    uint32_t expected = enosys_expected(c, data)
                            ? (uint32_t)(SECCOMP_RET_ERRNO | ENOSYS)
                            : simulate(c->reference.instructions, c->reference.n, data);
    c->tried++;
    if (ours != expected && c->token &&
        (c->defect || call_entangles(&c->profile->seccomp, c->token, data)) &&
        reference_is_wrong(&c->profile->seccomp, c->token, data, ours, expected)) {
        c->wrong = true;
        return;
    }
    if (ours != expected)
        profile_print(&c->profile->seccomp);
    cr_assert(ours == expected,
              "%s: arch %#x, number %d (%#x), arguments %#llx %#llx %#llx %#llx %#llx %#llx: "
              "%#x in place of %#x",
              c->what, data->arch, data->nr, (unsigned)data->nr, data->args[0], data->args[1],
              data->args[2], data->args[3], data->args[4], data->args[5], ours, expected);
}

static void value_add(struct comparison *c, unsigned index, uint64_t value)
{
    for (size_t i = 0; i < c->n_values[index]; i++)
        if (c->values[index][i] == value)
            return;
    if (c->n_values[index] < 64)
        c->values[index][c->n_values[index]++] = value;
}

/* The values at which a comparison can change its mind. */
static void values_collect(struct comparison *c)
{
    for (unsigned index = 0; index < 6; index++)
        for (uint64_t value = 0; value < 3; value++)
            value_add(c, index, value - 1);
    for (size_t i = 0; i < c->profile->seccomp.syscalls.n; i++) {
        const struct seccomp_rule *rule = &c->profile->seccomp.syscalls.items[i];
        for (size_t k = 0; k < rule->args.n; k++) {
            const struct seccomp_arg *a = &rule->args.items[k];
            uint64_t v = a->op == SECCOMP_OP_MASKED_EQ ? a->value_two : a->value;
            value_add(c, a->index, v);
            value_add(c, a->index, v + 1);
            value_add(c, a->index, v - 1);
            value_add(c, a->index, v ^ (1ULL << 32));
            value_add(c, a->index, v | (1ULL << 63));
            value_add(c, a->index, (uint32_t)v);
            if (a->op == SECCOMP_OP_MASKED_EQ) {
                value_add(c, a->index, v | ~a->value);
                value_add(c, a->index, v & a->value);
                value_add(c, a->index, a->value);
            }
        }
    }
    for (unsigned index = 0; index < 6; index++)
        for (uint64_t code = 1; code < 25; code++)
            if (index == 0)
                value_add(c, index, code); /* of socketcall and ipc */
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void try_arguments(struct comparison *c, struct seccomp_data data)
{
    for (unsigned index = 0; index < 6; index++) {
        for (size_t i = 0; i < c->n_values[index]; i++) {
            struct seccomp_data one = data;
            one.args[index] = c->values[index][i];
            try(c, &one);
        }
    }
    uint64_t state = 0x9e3779b97f4a7c15ULL + (uint64_t)(uint32_t)data.nr;
    for (unsigned round = 0; round < 300; round++) {
        struct seccomp_data all = data;
        for (unsigned index = 0; index < 6; index++)
            all.args[index] = c->values[index][random_next(&state) % c->n_values[index]];
        try(c, &all);
    }
}

static void conditional_add(struct comparison *c, int number)
{
    if (number >= 0 && c->n_conditional < 256)
        c->conditional[c->n_conditional++] = (uint32_t)number;
}

/* What the profile names on one architecture of libseccomp: the largest number, and those with
 * conditions, found without our own tables. */
static void names_collect(struct comparison *c, uint32_t token)
{
    int base = token == SCMP_ARCH_MIPSEL ? 4000 : 0;
    for (size_t i = 0; i < c->profile->seccomp.syscalls.n; i++) {
        const struct seccomp_rule *rule = &c->profile->seccomp.syscalls.items[i];
        for (size_t k = 0; k < rule->names.n; k++) {
            int number = seccomp_syscall_resolve_name_arch(token, rule->names.items[k]);
            if (is_multiplexed(token, number)) {
                int through = base + (number > -200 ? 102 : 117);
                conditional_add(c, through);
                if ((uint32_t)through > c->largest)
                    c->largest = (uint32_t)through;
                for (number = base + 500; number >= base; number--) {
                    char *name = seccomp_syscall_resolve_num_arch(token, number);
                    bool same = name && strcmp(name, rule->names.items[k]) == 0;
                    free(name);
                    if (same)
                        break;
                }
                if (number < base)
                    continue;
            }
            if (number < 0)
                continue;
            if ((uint32_t)number > c->largest)
                c->largest = (uint32_t)number;
            if (rule->args.n)
                conditional_add(c, number);
        }
    }
}

static void try_numbers(struct comparison *c, uint32_t audit, uint32_t first, uint32_t count)
{
    struct seccomp_data data = {.arch = audit, .args = {1, 2, 3, 4, 5, 6}};
    for (uint32_t i = 0; i < count; i++) {
        data.nr = (int)(first + i);
        try(c, &data);
    }
}

static void try_architecture(struct comparison *c, uint32_t token)
{
    uint32_t audit = token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;
    uint32_t bit = token == SCMP_ARCH_X32 ? X32_BIT : 0;
    c->largest = 0;
    c->n_conditional = 0;
    c->token = token;
    names_collect(c, token);
    try_numbers(c, audit, bit, 1100);
    try_numbers(c, audit, bit + 3990, 3200);
    try_numbers(c, audit, bit + 0x0f0000, 16);
    if (bit || audit != AUDIT_ARCH_X86_64 || !c->x32_listed) {
        try_numbers(c, audit, 0x80000000U - 4, 8);
        try_numbers(c, audit, 0U - 300, 300);
    }
    if (audit != AUDIT_ARCH_X86_64 || (!bit && !c->x32_listed))
        try_numbers(c, audit, X32_BIT - 4, 1100);
    for (size_t i = 0; i < c->n_conditional; i++)
        try_arguments(c, (struct seccomp_data){.arch = audit, .nr = (int)c->conditional[i]});
}

static void try_everything(struct comparison *c)
{
    const struct seccomp *s = &c->profile->seccomp;
    c->enosys = s->default_action != SECCOMP_RET_ALLOW && s->default_action != SECCOMP_RET_LOG &&
                s->default_action != SECCOMP_RET_TRACE &&
                s->default_action != SECCOMP_RET_USER_NOTIF;
    for (size_t i = 0; i < s->architectures.n; i++)
        if (strcmp(s->architectures.items[i], "SCMP_ARCH_X32") == 0)
            c->x32_listed = true;
    values_collect(c);
    try_architecture(c, seccomp_arch_native());
    for (size_t i = 0; i < s->architectures.n; i++)
        try_architecture(c, arch_token(s->architectures.items[i]));
    /* Foreign ones. */
    c->largest = 0;
    c->token = 0;
    try_numbers(c, AUDIT_ARCH_ALPHA, 0, 20);
    try_numbers(c, 0, 0, 20);
    try_numbers(c, UINT32_MAX, 0, 20);
}

size_t compare_with_reference(const struct profile *profile, const char *what, bool *wrong)
{
    struct comparison c = {.profile = profile, .what = what};
    struct arena arena = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct seccomp_program program = {0};

    int reference = reference_compile(&profile->seccomp, &c.reference.instructions, &c.reference.n);
    int r = seccomp_compile(&arena, &profile->seccomp, "/linux/seccomp", &program, NULL, &err);
    cr_assert((r < 0) == (reference < 0), "%s: we say %d (%s), libseccomp %d", what, r, err.text,
              reference);
    if (r == 0) {
        c.ours = (struct program){program.instructions, program.n};
        c.defect = program_defect(c.reference.instructions, c.reference.n);
        const char *our_defect = program_defect(c.ours.instructions, c.ours.n);
        cr_assert_null(our_defect, "%s: our program %s", what, our_defect);
        cr_assert(wrong || !c.defect, "%s: libseccomp's program %s", what, c.defect);
        try_everything(&c);
    }
    free(c.reference.instructions);
    arena_release(&arena);
    if (wrong)
        *wrong = c.wrong;
    return c.tried;
}
