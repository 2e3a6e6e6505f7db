/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/check.h"

#include <ctype.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "spec/values.h"

/* <linux/utsname.h>, which is not for user space: __NEW_UTS_LEN. */
#define UTS_NAME_LIMIT 64

static const char *text_of(const void *value)
{
    return *(const char *const *)value;
}

const char *check_absolute_string(const char *path)
{
    return path[0] == '/' ? NULL : "an absolute path";
}

const char *check_environment_string(const char *entry)
{
    const char *equals = strchr(entry, '=');
    return equals && equals > entry ? NULL : "an entry NAME=VALUE";
}

const char *check_one_line_string(const char *text)
{
    return strchr(text, '\n') ? "text without a line break" : NULL;
}

const char *check_annotation_key_string(const char *key)
{
    return *key ? NULL : "a key that is not empty";
}

const char *check_cgroup_file_string(const char *name)
{
    bool is_plain =
        *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    return is_plain ? NULL : "the name of a cgroup file";
}

/* dev_valid_name() of the kernel. */
const char *check_interface_string(const char *name)
{
    bool is_valid =
        *name && strlen(name) < IF_NAMESIZE && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    for (const char *p = name; *p; p++)
        if (*p == '/' || *p == ':' || isspace((unsigned char)*p))
            is_valid = false;
    return is_valid ? NULL : "the name of a network interface";
}

const char *check_nonempty_string(const char *text)
{
    return *text ? NULL : "text that is not empty";
}

/* The first separator divides, the other one stands for itself (sysctl(8)). No directory of
 * /proc/sys has a name that begins with a dot, so that nothing leads out of there. */
const char *check_sysctl_string(const char *key)
{
    const char divider[] = {key[strcspn(key, "./")], '\0'};
    for (const char *p = key; *p && *p != '.' && *p != '/'; p++) {
        p += strcspn(p, divider);
        if (!*p)
            return NULL;
    }
    return "the name of a sysctl such as \"net.ipv4.ip_forward\"";
}

const char *check_absolute(const void *value)
{
    return check_absolute_string(text_of(value));
}

const char *check_nonempty(const void *value)
{
    return check_nonempty_string(text_of(value));
}

const char *check_one_line(const void *value)
{
    return check_one_line_string(text_of(value));
}

const char *check_interface(const void *value)
{
    return check_interface_string(text_of(value));
}

static bool list_number(const char **p, uint32_t *ret)
{
    const char *start = *p;
    for (*ret = 0; isdigit((unsigned char)**p); (*p)++)
        if (__builtin_mul_overflow(*ret, 10U, ret) ||
            __builtin_add_overflow(*ret, (uint32_t)(**p - '0'), ret))
            return false;
    return *p > start;
}

/* "3" or "0-3", blanks around it. */
static bool list_range(const char **p)
{
    uint32_t first, last;
    *p += strspn(*p, " ");
    if (!list_number(p, &first))
        return false;
    if (**p == '-') {
        (*p)++;
        if (!list_number(p, &last) || last < first)
            return false;
    }
    *p += strspn(*p, " ");
    return true;
}

/* cpuset(7), "List format". An empty list is one, too. */
const char *check_number_list(const void *value)
{
    static const char expected[] = "a list of numbers such as \"0-3,7\"";
    const char *p = text_of(value);
    if (!*p)
        return NULL;
    for (; list_range(&p); p++) {
        if (!*p)
            return NULL;
        if (*p != ',')
            break;
    }
    return expected;
}

static bool is_identifier_character(char c)
{
    return isascii(c) && (isalnum((unsigned char)c) || c == '-');
}

/* A number without leading zeros. */
static bool version_number(const char **p)
{
    const char *start = *p;
    while (isdigit((unsigned char)**p))
        (*p)++;
    return *p > start && (*start != '0' || *p == start + 1);
}

/* Identifiers between dots; those of a pre-release that are numbers have no leading zeros. */
static bool version_identifiers(const char **p, bool prerelease)
{
    do {
        const char *start = ++*p;
        bool is_number = true;
        for (; is_identifier_character(**p); (*p)++)
            is_number = is_number && isdigit((unsigned char)**p);
        if (*p == start || (prerelease && is_number && *start == '0' && *p > start + 1))
            return false;
    } while (**p == '.');
    return true;
}

const char *check_version(const void *value)
{
    static const char expected[] = "a version 1.MINOR.PATCH of the runtime-spec";
    const char *p = text_of(value);
    bool major_is_one = p[0] == '1' && p[1] == '.';
    if (!major_is_one)
        return expected;
    p += 2;
    if (!version_number(&p) || *p++ != '.' || !version_number(&p))
        return expected;
    if (*p == '-' && !version_identifiers(&p, true))
        return expected;
    if (*p == '+' && !version_identifiers(&p, false))
        return expected;
    return *p ? expected : NULL;
}

const char *check_uts_name(const void *value)
{
    return strlen(text_of(value)) <= UTS_NAME_LIMIT ? NULL : "a name of at most 64 bytes";
}

const char *check_page_size(const void *value)
{
    const char *p = text_of(value);
    bool starts = *p >= '1' && *p <= '9';
    while (isdigit((unsigned char)*p))
        p++;
    bool is_unit = *p && strchr("KMG", *p) && !strcmp(p + 1, "B");
    return starts && is_unit ? NULL : "a page size such as \"64KB\", \"2MB\" or \"1GB\"";
}

const char *check_access(const void *value)
{
    const char *text = text_of(value);
    return *text && !text[strspn(text, "rwm")] ? NULL : "letters of \"rwm\"";
}

/* "/" is the default class, everything else becomes a directory name in resctrl. */
const char *check_clos_id(const void *value)
{
    const char *id = text_of(value);
    bool is_plain = *id && !strchr(id, '/') && !strchr(id, '\n') && strcmp(id, ".") != 0 &&
                    strcmp(id, "..") != 0;
    return is_plain || !strcmp(id, "/") ? NULL : "\"/\" or a plain name";
}

const char *check_memory_bandwidth(const void *value)
{
    const char *text = text_of(value);
    return !strncmp(text, "MB:", 3) && !strchr(text, '\n') ? NULL
                                                           : "one line that starts with \"MB:\"";
}

const char *check_nonempty_list(const void *value)
{
    const struct strings *list = value;
    return list->n > 0 ? NULL : "at least one entry";
}
