/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "seccomp/seccomp.h"

/* Base64, RFC 4648 section 4: the value of a letter, or -1. */
static int letter_value(char letter)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? (int)(found - letters) : -1;
}

/* How many bytes the text stands for, written to `to`; -1 when it is no base64. */
static long base64_decode(const char *text, uint8_t *to)
{
    size_t letters = strcspn(text, "=");
    size_t padding = strspn(text + letters, "=");
    if ((letters + padding) % 4 != 0 || padding > 2 || text[letters + padding])
        return -1;
    uint32_t bits = 0;
    long n = 0;
    for (size_t i = 0; i < letters; i++) {
        int value = letter_value(text[i]);
        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0)
            to[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return n;
}

int seccomp_decode(struct arena *arena, const char *text, const char *where,
                   struct seccomp_program *ret, struct error *err)
{
    /* Rounded up to whole instructions, and aligned as they are. */
    size_t room = strlen(text) / sizeof(struct sock_filter) + 1;
    struct sock_filter *instructions = arena_array(arena, room, sizeof(*instructions));
    if (!instructions)
        return error_sys(err, ENOMEM, "read a seccomp program");
    long size = base64_decode(text, (uint8_t *)instructions);
    if (size < 0)
        return error_config(err, where, "this is not base64");
    if (size == 0 || (size_t)size % sizeof(*instructions) != 0)
        return error_config(err, where,
                            "%ld bytes are no seccomp program: an instruction has %zu bytes", size,
                            sizeof(*instructions));
    size_t n = (size_t)size / sizeof(*instructions);
    if (n > BPF_MAXINSNS)
        return error_config(err, where, "%zu instructions are more than the kernel takes, %d", n,
                            BPF_MAXINSNS);
    *ret = (struct seccomp_program){
        .instructions = instructions,
        .n = n,
        .flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        .default_flags = true,
    };
    for (size_t i = 0; i < n; i++)
        ret->notifies |= instructions[i].code == (BPF_RET | BPF_K) &&
                         (instructions[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF;
    if (ret->notifies)
        ret->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    return 0;
}
