/* SPDX-License-Identifier: Apache-2.0 */
/* Build-time generator of number-table.h: libseccomp's table of system calls, as seccomp/number.h
 * wants it. It knows no number of its own. libseccomp has no list of its names, so every number is
 * asked for its name, and every name for its numbers. */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "seccomp/number.h"

#define MAX_NAMES  2048
#define MAX_NUMBER 1100 /* behind the base of an architecture */
#define MIN_PSEUDO (-11000)
#define SLOTS      2048

static const char *const known[SECCOMP_ARCHES] = {
#define X(name, audit, bits, endian, base) [SECCOMP_ARCH_##name] = #name,
    SECCOMP_ARCHITECTURES(X)
#undef X
};

static const int multiplexed_base[SECCOMP_ARCHES] = {
#define X(name, audit, bits, endian, base) [SECCOMP_ARCH_##name] = base,
    SECCOMP_ARCHITECTURES(X)
#undef X
};

/* Where the numbers of some architecture start: all but MIPS (o32, n64, n32), ARM's private calls,
 * x32. */
static const int bases[] = {0, 4000, 5000, 6000, 0x0f0000, (int)X32_SYSCALL_BIT};

static char *names[MAX_NAMES];
static size_t n_names;

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int numbered_compare(const void *a, const void *b)
{
    const struct numbered_syscall *left = a, *right = b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return left->row - right->row;
}

static uint32_t token_of(size_t arch)
{
    char lower[32];
    size_t i = 0;
    for (; known[arch][i] && i < sizeof(lower) - 1; i++) {
        char c = known[arch][i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    lower[i] = '\0';
    return seccomp_arch_resolve_name(lower);
}

static void name_add(char *name)
{
    for (size_t i = 0; name && i < n_names; i++) {
        if (strcmp(names[i], name) == 0) {
            free(name);
            return;
        }
    }
    if (!name)
        return;
    if (n_names == MAX_NAMES) {
        fprintf(stderr, "more than %d names of system calls\n", MAX_NAMES);
        exit(1);
    }
    names[n_names++] = name;
}

static void names_collect(void)
{
    for (size_t arch = 0; arch < SECCOMP_ARCHES; arch++) {
        uint32_t token = token_of(arch);
        for (size_t b = 0; token && b < ELEMENTSOF(bases); b++)
            for (int n = 0; n < MAX_NUMBER; n++)
                name_add(seccomp_syscall_resolve_num_arch(token, bases[b] + n));
    }
    /* Names without any number on the architectures above. -1 is libseccomp's error. */
    for (int n = MIN_PSEUDO; n < -1; n++)
        name_add(seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, n));
    qsort(names, n_names, sizeof(names[0]), name_compare);
}

static int row_of(const char *name)
{
    char **found = bsearch(&name, names, n_names, sizeof(names[0]), name_compare);
    return found ? (int)(found - names) : -1;
}

/* The pseudo number of a multiplexed call is what x86 resolves its name to, whether or not the call
 * has a number of its own besides. */
static unsigned multiplexed(const char *name)
{
    int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name);
    return number < -100 && number > -256 ? (unsigned)-number : 0;
}

static void column_print(size_t arch, uint32_t token)
{
    static struct numbered_syscall items[MAX_NAMES * ELEMENTSOF(bases)];
    size_t n = 0;
    for (size_t b = 0; b < ELEMENTSOF(bases); b++) {
        for (int i = 0; i < MAX_NUMBER; i++) {
            char *name = seccomp_syscall_resolve_num_arch(token, bases[b] + i);
            int row = name ? row_of(name) : -1;
            free(name);
            if (row < 0)
                continue;
            /* x32 and MIPS answer to a number without its bit or base, too. Multiplexed calls tell
             * their pseudo number in place of their own. */
            int number = seccomp_syscall_resolve_name_arch(token, names[row]);
            if (number < 0 ? bases[b] != multiplexed_base[arch] : number != bases[b] + i)
                continue;
            items[n++] = (struct numbered_syscall){(uint32_t)(bases[b] + i), (uint16_t)row};
        }
    }
    size_t by_number = n;
    for (size_t row = 0; row < n_names; row++) {
        int number = seccomp_syscall_resolve_name_arch(token, names[row]);
        bool listed = number < 0;
        for (size_t i = 0; i < by_number && !listed; i++)
            listed = items[i].row == row;
        if (!listed)
            items[n++] = (struct numbered_syscall){(uint32_t)number, (uint16_t)row};
    }
    qsort(items, n, sizeof(items[0]), numbered_compare);

    printf("static const struct numbered_syscall numbers_%s[] = {", known[arch]);
    for (size_t i = 0; i < n; i++)
        printf("%s{%uU, %u},", i % 6 ? " " : "\n    ", items[i].number, items[i].row);
    printf("\n};\n");
}

static void names_print(void)
{
    printf("static const char name_text[] =");
    for (size_t i = 0; i < n_names; i++)
        printf("%s\"%s\\0\"", i % 5 ? " " : "\n    ", names[i]);
    printf(";\nstatic const uint16_t name_offsets[] = {");
    unsigned offset = 0;
    for (size_t i = 0; i < n_names; i++) {
        printf("%s%u,", i % 12 ? " " : "\n    ", offset);
        offset += (unsigned)strlen(names[i]) + 1;
    }
    printf("\n};\nstatic const uint8_t name_multiplexed[] = {");
    for (size_t i = 0; i < n_names; i++)
        printf("%s%u,", i % 20 ? " " : "\n    ", multiplexed(names[i]));

    static uint16_t slots[SLOTS];
    for (size_t i = 0; i < n_names; i++) {
        size_t slot = number_hash(names[i]) % SLOTS;
        while (slots[slot])
            slot = (slot + 1) % SLOTS;
        slots[slot] = (uint16_t)(i + 1);
    }
    printf("\n};\nstatic const uint16_t name_slots[%d] = {", SLOTS);
    for (size_t i = 0; i < SLOTS; i++)
        printf("%s%u,", i % 16 ? " " : "\n    ", slots[i]);
    printf("\n};\n");
}

int main(void)
{
    const struct scmp_version *version = seccomp_version();
    names_collect();
    printf("/* Generated by number-table.c from libseccomp %u.%u.%u: %zu names. */\n",
           version->major, version->minor, version->micro, n_names);
    names_print();
    for (size_t arch = 0; arch < SECCOMP_ARCHES; arch++)
        if (token_of(arch))
            column_print(arch, token_of(arch));
    printf("static const struct number_column columns[SECCOMP_ARCHES] = {\n");
    for (size_t arch = 0; arch < SECCOMP_ARCHES; arch++)
        if (token_of(arch))
            printf("    [SECCOMP_ARCH_%s] = {numbers_%s, ELEMENTSOF(numbers_%s)},\n", known[arch],
                   known[arch], known[arch]);
    printf("};\n");
    for (size_t i = 0; i < n_names; i++)
        free(names[i]);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
