/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"
#include "tare.h"

/* The caller's settings with every default filled in. */
struct settings {
    const char *root; /* directory of the containers */
    bool root_chosen; /* by the caller */
    enum cgroup_manager cgroup_manager;
    enum tare_rootless rootless;
    void (*warning)(void *data, const char *text);
    void *warning_data;
    bool warn_of_unknown; /* properties of the configuration */
    bool exits;           /* the caller, after the call */
};

/* Strings are the caller's, or the arena's. Refuses "/" and what amounts to it. */
int settings_read(struct settings *settings, struct arena *arena, const struct tare_settings *from,
                  struct error *err);

void warn(const struct settings *settings, const char *format, ...) _printf_(2, 3);
/* The text of an error as a warning. */
void warn_error(const struct settings *settings, const struct error *warning);

/* Copy the members that a caller's older struct has into ours; the rest is zero. Both begin with a
 * size_t `size`. */
void options_copy(void *to, size_t to_size, const void *from);
