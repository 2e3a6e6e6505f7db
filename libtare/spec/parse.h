/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/* Documents → structs. No side effects, no privileges, no file access.
 *
 * All problems of a document are collected: the first one fills the error (kind ERROR_CONFIG, where
 * = JSON pointer, text with line and column, what was expected and what was found), the others
 * become lines of err->also in the form "POINTER: text (line L, column C)". Unknown properties are
 * ignored; with `unknown` not NULL their pointers are collected there. On failure *ret is
 * untouched. */

#define SPEC_SIZE_LIMIT  ((size_t)16 * 1024 * 1024) /* bytes of a document */
#define SPEC_DEPTH_LIMIT 64                         /* nesting of objects and arrays */

int spec_parse(struct arena *arena, const char *json, size_t size, struct spec **ret,
               struct strings *unknown, struct error *err);
int process_parse(struct arena *arena, const char *json, size_t size, struct process **ret,
                  struct strings *unknown, struct error *err);
int resources_parse(struct arena *arena, const char *json, size_t size, struct resources **ret,
                    struct strings *unknown, struct error *err);
/* An array of mounts. */
int mounts_parse(struct arena *arena, const char *json, size_t size, struct mount_list *ret,
                 struct strings *unknown, struct error *err);

/* Where a JSON pointer is in a document: line and column, both from 1. -ENOENT when it is nowhere.
 * For errors that are found after parsing. */
int json_locate(const char *json, size_t size, const char *pointer, unsigned *line,
                unsigned *column);
