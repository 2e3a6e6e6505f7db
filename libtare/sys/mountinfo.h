/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* The mount table, read by libmount (loaded on first use): only for hosts where the usual places do
 * not answer. */

/* Visit the mount points of all filesystems of this type that are mounted whole (mount root "/"), in the
 * order of mounting; a later one may cover an earlier one. Ends when the visitor returns true. */
int mountinfo_visit(const char *fstype, bool (*visit)(const char *mount_point, void *data),
                    void *data, struct error *err);
