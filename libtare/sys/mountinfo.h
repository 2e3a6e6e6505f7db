/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* The mount table, read by libmount (loaded on first use): only for hosts where the usual places do
 * not answer. */

/* Where a filesystem of this type is mounted with its whole tree (mount root "/"): a malloc'ed
 * path. -ENOENT when nowhere. */
int mountinfo_find(const char *fstype, char **ret, struct error *err);
