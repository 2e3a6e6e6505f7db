/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A small JSON tree that can be edited, for the configurations of tests and for what tare prints.
 * It keeps numbers as they were written and properties in their order. Wrong text ends the test
 * that asked for it; memory lasts as long as the test's process. */

struct json;

struct json *json_parse(const char *text);
/* NULL in place of a failed test. */
struct json *json_try_parse(const char *text);
char *json_write(const struct json *value);

/* What a JSON pointer (RFC 6901) leads to, or NULL. */
struct json *json_at(const struct json *root, const char *pointer);
/* Replace or add what the pointer leads to; "-" as the last part appends to a list. Missing objects
 * on the way are made. */
void json_set(struct json *root, const char *pointer, const char *text);
void json_remove(struct json *root, const char *pointer);

/* Elements of a list or properties of an object; 0 for anything else. */
size_t json_length(const struct json *value);
/* The string at the pointer, or the text of the number, "true", "false", "null"; NULL when there is
 * none. */
const char *json_text(const struct json *root, const char *pointer);
/* `text` as a JSON string, quotes included. */
char *json_quote(const char *text);
