/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cgroup/device-program.h"
#include "seccomp/seccomp.h"
#include "spec/json.h"

/* What the harnesses share. Each is one file with this function, for libFuzzer, for AFL++ and for replay.c;
 * docs/testing.md says how they are run. An input that an oracle objects to aborts. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition, ...)                                                                 \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                        \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A number that is the same for the same input: choices that are no part of it. */
uint64_t fuzz_hash(const uint8_t *data, size_t size);

/* An error that was returned is one that can be printed: a code, a text, and with `r` the same number. */
void fuzz_check_error(int r, const struct error *err);

/* What was read can be written, read again, and is then written as before. */
void fuzz_round_trip(struct arena *arena, const struct json_type *type, const void *object);

/* The kernel would take the program: the rules of seccomp(2) for classic BPF. */
void fuzz_check_filter(const struct seccomp_program *program);

/* The same for a device program, and it decides as the rules say. */
void fuzz_check_device_program(const struct plan_device_rule *rules, size_t n_rules,
                               const struct bpf_insn *code, size_t n);
