/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks of single values for the tables. Each returns NULL when the value is fine, and else what
 * is expected, in words that follow "expected ". check_*_string take the text, the others take the
 * field, as json_field.check does. */

const char *check_absolute_string(const char *path);
const char *check_environment_string(const char *entry);
const char *check_one_line_string(const char *text);
const char *check_annotation_key_string(const char *key);
const char *check_cgroup_file_string(const char *name);
const char *check_interface_string(const char *name);
const char *check_nonempty_string(const char *text);
const char *check_sysctl_string(const char *key);

const char *check_absolute(const void *value);
const char *check_nonempty(const void *value);
const char *check_one_line(const void *value);
const char *check_interface(const void *value);
const char *check_number_list(const void *value); /* "0-3,7" */
const char *check_version(const void *value);     /* SemVer 2.0.0, major 1 */
const char *check_uts_name(const void *value);
const char *check_page_size(const void *value);
const char *check_access(const void *value);
const char *check_clos_id(const void *value);
const char *check_memory_bandwidth(const void *value);

const char *check_nonempty_list(const void *value); /* any LIST_OF() or struct strings */
