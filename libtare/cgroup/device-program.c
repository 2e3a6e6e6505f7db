/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/device-program.h"

#include <errno.h>

#include "cgroup/device-table.h"

/* The program holds the request in registers and walks type, major and minor down to one of at most
 * eight verdicts, the sets of what is allowed; a verdict takes its set out of what was asked for,
 * and the end allows when nothing is left. Every jump goes forward. */
enum {
    RESULT = BPF_REG_0,
    CONTEXT = BPF_REG_1, /* struct bpf_cgroup_dev_ctx * */
    TYPE = BPF_REG_2,
    ASKED = BPF_REG_3,
    MAJOR = BPF_REG_4,
    MINOR = BPF_REG_5,
};

#define VERDICTS (DEVICE_ALL + 1)

/* A jump to a verdict, whose place is not known before all that comes earlier is written. */
struct fixup {
    size_t at;
    unsigned verdict;
};

struct writer {
    struct arena *arena;
    struct bpf_insn *code;
    size_t n, capacity;
    struct fixup *fixups;
    size_t n_fixups, fixups_capacity;
    bool out_of_memory;
};

static size_t emit(struct writer *w, struct bpf_insn instruction)
{
    struct bpf_insn *code = arena_grow(w->arena, w->code, w->n, &w->capacity, sizeof(*code));
    if (!code) {
        w->out_of_memory = true;
        return 0;
    }
    w->code = code;
    code[w->n] = instruction;
    return w->n++;
}

static void emit_alu(struct writer *w, uint8_t operation, uint8_t to, uint32_t value)
{
    emit(w, (struct bpf_insn){
                .code = BPF_ALU | operation | BPF_K, .dst_reg = to & 0xf, .imm = (int32_t)value});
}

static void emit_move(struct writer *w, uint8_t to, uint8_t from)
{
    emit(w, (struct bpf_insn){
                .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = to & 0xf, .src_reg = from & 0xf});
}

static void emit_load(struct writer *w, uint8_t to, size_t offset)
{
    emit(w, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_W,
                              .dst_reg = to & 0xf,
                              .src_reg = CONTEXT,
                              .off = (int16_t)offset});
}

/* Jump over `skip` instructions when `reg` and `value` compare so. */
static size_t emit_jump(struct writer *w, uint8_t condition, uint8_t reg, uint32_t value,
                        int16_t skip)
{
    return emit(w, (struct bpf_insn){.code = BPF_JMP32 | condition | BPF_K,
                                     .dst_reg = reg & 0xf,
                                     .off = skip,
                                     .imm = (int32_t)value});
}

/* Let a jump land on the instruction that comes next. */
static void land_here(struct writer *w, size_t jump)
{
    if (!w->out_of_memory)
        w->code[jump].off = (int16_t)(w->n - jump - 1);
}

static void to_verdict(struct writer *w, size_t jump, unsigned verdict)
{
    struct fixup *fixups =
        arena_grow(w->arena, w->fixups, w->n_fixups, &w->fixups_capacity, sizeof(*fixups));
    if (!fixups) {
        w->out_of_memory = true;
        return;
    }
    w->fixups = fixups;
    fixups[w->n_fixups++] = (struct fixup){jump, verdict};
}

static void emit_goto_verdict(struct writer *w, unsigned verdict)
{
    to_verdict(w, emit(w, (struct bpf_insn){.code = BPF_JMP | BPF_JA}), verdict);
}

/* ---- the walk ---- */

static void emit_minors(struct writer *w, const struct device_major *major)
{
    for (size_t i = 0; i < major->n_ranges; i++) {
        const struct device_range *range = &major->ranges[i];
        if (range->first == range->last) {
            to_verdict(w, emit_jump(w, BPF_JEQ, MINOR, range->first, 0), range->allowed);
            continue;
        }
        if (range->first > 0)
            emit_jump(w, BPF_JLT, MINOR, range->first, 1);
        to_verdict(w, emit_jump(w, BPF_JLE, MINOR, range->last, 0), range->allowed);
    }
    emit_goto_verdict(w, major->allowed);
}

static void emit_major(struct writer *w, const struct device_major *major)
{
    bool single = major->first == major->last;
    if (major->n_ranges == 0 && single) {
        to_verdict(w, emit_jump(w, BPF_JEQ, MAJOR, major->first, 0), major->allowed);
        return;
    }
    size_t below = single ? 0 : emit_jump(w, BPF_JLT, MAJOR, major->first, 0);
    size_t not_this = emit_jump(w, single ? BPF_JNE : BPF_JGT, MAJOR, major->last, 0);
    emit_minors(w, major);
    land_here(w, not_this);
    if (!single)
        land_here(w, below);
}

static void emit_table(struct writer *w, const struct device_table *table)
{
    for (size_t i = 0; i < table->n_majors; i++) {
        emit_major(w, &table->majors[i]);
    }
    emit_minors(w, &table->others);
}

/* Verdicts that something jumps to, each going on to the end; the last one falls into it. */
static void emit_verdicts(struct writer *w)
{
    size_t to_end[VERDICTS];
    size_t n_to_end = 0;
    for (unsigned verdict = 0; verdict < VERDICTS; verdict++) {
        bool used = false;
        for (size_t i = 0; i < w->n_fixups; i++) {
            if (w->fixups[i].verdict == verdict) {
                land_here(w, w->fixups[i].at);
                used = true;
            }
        }
        if (!used)
            continue;
        emit_alu(w, BPF_AND, ASKED, DEVICE_ALL & ~verdict);
        to_end[n_to_end++] = emit(w, (struct bpf_insn){.code = BPF_JMP | BPF_JA});
    }
    for (size_t i = 0; i < n_to_end; i++) {
        land_here(w, to_end[i]);
    }
    emit_alu(w, BPF_MOV, RESULT, 0);
    emit_jump(w, BPF_JNE, ASKED, 0, 1);
    emit_alu(w, BPF_MOV, RESULT, 1);
    emit(w, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
}

static bool allows_everything(const struct device_table *table)
{
    return table->n_majors == 0 && table->others.n_ranges == 0 &&
           table->others.allowed == DEVICE_ALL;
}

int device_program_make(struct arena *arena, const struct plan_device_rule *rules, size_t n_rules,
                        struct bpf_insn **ret, size_t *ret_n)
{
    *ret = NULL;
    *ret_n = 0;
    struct device_table character, block;
    if (device_table_make(arena, rules, n_rules, 'c', &character) < 0 ||
        device_table_make(arena, rules, n_rules, 'b', &block) < 0)
        return -ENOMEM;
    if (allows_everything(&character) && allows_everything(&block))
        return 0;

    struct writer w = {.arena = arena};
    emit_load(&w, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    emit_load(&w, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
    emit_load(&w, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
    /* The letters asked for are in the upper half, the type in the lower. */
    emit_move(&w, ASKED, TYPE);
    emit_alu(&w, BPF_RSH, ASKED, 16);
    emit_alu(&w, BPF_AND, TYPE, 0xffff);
    if (!device_tables_equal(&character, &block)) {
        size_t not_character = emit_jump(&w, BPF_JNE, TYPE, BPF_DEVCG_DEV_CHAR, 0);
        emit_table(&w, &character);
        land_here(&w, not_character);
    }
    emit_table(&w, &block);
    emit_verdicts(&w);
    if (w.out_of_memory)
        return -ENOMEM;
    *ret = w.code;
    *ret_n = w.n;
    return 0;
}
