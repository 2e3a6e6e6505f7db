/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "container/settings.h"
#include "plan/plan.h"
#include "seccomp/seccomp.h"
#include "spec/spec.h"

/* A bundle, read and judged: bytes → spec → plan. Nothing is touched. */
struct bundle {
    const char *path;   /* absolute */
    const char *config; /* path of the configuration */
    char *json;         /* its bytes, as they were judged; owned */
    size_t json_size;
    struct host_facts facts; /* that it was judged by */
    struct spec *spec;
    struct plan *plan;
    struct seccomp_program seccomp; /* without instructions when the plan has no filter */
};

/* `options` as tare_container_create gets them; `foreground`: run without detach. All is the
 * arena's. */
int bundle_load(struct bundle *bundle, struct arena *arena, const struct settings *settings,
                const char *id, const struct tare_create_options *options, bool foreground,
                struct error *err);
/* The program of the plan's filter, without instructions when there is none. What nothing is notified of loses
 * its listener in the plan. */
int filter_make(struct seccomp_program *program, struct arena *arena, struct plan *plan,
                struct error *err);
void bundle_release(struct bundle *bundle);
