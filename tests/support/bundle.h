/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

struct json;

/* A bundle in WORK: a root file system with the payload program at /payload, and the configuration
 * that `tare spec` writes, without a terminal, to be edited. */

struct bundle {
    char *id; /* of the container: unique, begins with test_prefix() */
    char *path, *rootfs;
    struct json *config;
    char *raw; /* written as config.json in place of `config`; NULL for none */
};

struct bundle *bundle_new(void);
/* The same with a busybox and its links in /bin. */
struct bundle *bundle_new_busybox(void);
/* The container runs `payload` with these words; ";" separates verbs. */
void bundle_payload(struct bundle *bundle, const char *words, ...)
    __attribute__((format(printf, 2, 3)));
/* process.args, NULL-terminated. */
void bundle_args(struct bundle *bundle, const char *argument, ...) __attribute__((sentinel));
/* Edit the configuration: JSON pointer ("-" appends) and JSON text. */
void bundle_set(struct bundle *bundle, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void bundle_remove(struct bundle *bundle, const char *pointer);
/* Without the namespace of this type. */
void bundle_remove_namespace(struct bundle *bundle, const char *type);
void bundle_add_namespace(struct bundle *bundle, const char *type, const char *path);
/* Append a mount; `options` is the JSON text of the list's inside ("\"bind\",\"ro\""), or NULL. */
void bundle_mount(struct bundle *bundle, const char *type, const char *source, const char *target,
                  const char *options);
/* A user namespace that maps 0..65535 to 100000 and on; the root file system is given to it. */
void bundle_map_users(struct bundle *bundle);
void bundle_write(const struct bundle *bundle);
/* A path inside the root file system, on the host. */
char *bundle_path(const struct bundle *bundle, const char *path);
const char *payload_binary(void);
