/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* Every mount option that `tare features` lists makes a mount here, and what it leaves is read inside:
 * on the mount and on the one below it, which only the recursive options reach. */

TestSuite(mount_options, TEST_SUITE);

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

/* What is mounted. The directories have a mount at `below`, which has the same attributes. */
enum source {
    FREE,     /* without attributes: rw,relatime */
    TIGHT,    /* with all of them, and noatime */
    STRICT,   /* strictatime */
    SHARED,   /* propagates */
    MAPPABLE, /* can be id-mapped */
    LINK,     /* a symbolic link to /some/where */
    FILE_,    /* a file */
    NEW,      /* nothing: a new tmpfs */
    SOURCES,
};

static const char *const sources[SOURCES] = {WORK "/free",   WORK "/tight",    WORK "/strict",
                                             WORK "/shared", WORK "/mappable", WORK "/link",
                                             WORK "/file",   "tmpfs"};

/* The option comes after `before`. The payload's fact about the mount then has the word, or not, and
 * that about the mount below likewise. */
static const struct row {
    const char *option;
    enum source source;
    const char *before, *fact, *word;
    bool above, below;
} rows[] = {
    /* attributes */
    {"ro", FREE, "\"rbind\"", "mount", "ro", true, false},
    {"rro", FREE, "\"rbind\"", "mount", "ro", true, true},
    {"rw", TIGHT, "\"rbind\"", "mount", "ro", false, true},
    {"rrw", TIGHT, "\"rbind\"", "mount", "ro", false, false},
    {"nosuid", FREE, "\"rbind\"", "mount", "nosuid", true, false},
    {"rnosuid", FREE, "\"rbind\"", "mount", "nosuid", true, true},
    {"suid", TIGHT, "\"rbind\"", "mount", "nosuid", false, true},
    {"rsuid", TIGHT, "\"rbind\"", "mount", "nosuid", false, false},
    {"nodev", FREE, "\"rbind\"", "mount", "nodev", true, false},
    {"rnodev", FREE, "\"rbind\"", "mount", "nodev", true, true},
    {"dev", TIGHT, "\"rbind\"", "mount", "nodev", false, true},
    {"rdev", TIGHT, "\"rbind\"", "mount", "nodev", false, false},
    {"noexec", FREE, "\"rbind\"", "mount", "noexec", true, false},
    {"rnoexec", FREE, "\"rbind\"", "mount", "noexec", true, true},
    {"exec", TIGHT, "\"rbind\"", "mount", "noexec", false, true},
    {"rexec", TIGHT, "\"rbind\"", "mount", "noexec", false, false},
    {"nodiratime", FREE, "\"rbind\"", "mount", "nodiratime", true, false},
    {"rnodiratime", FREE, "\"rbind\"", "mount", "nodiratime", true, true},
    {"diratime", TIGHT, "\"rbind\"", "mount", "nodiratime", false, true},
    {"rdiratime", TIGHT, "\"rbind\"", "mount", "nodiratime", false, false},
    {"nosymfollow", FREE, "\"rbind\"", "mount", "nosymfollow", true, false},
    {"rnosymfollow", FREE, "\"rbind\"", "mount", "nosymfollow", true, true},
    {"symfollow", TIGHT, "\"rbind\"", "mount", "nosymfollow", false, true},
    {"rsymfollow", TIGHT, "\"rbind\"", "mount", "nosymfollow", false, false},
    /* access times: one of three; without one, relatime is the kernel's */
    {"noatime", FREE, "\"rbind\"", "mount", "noatime", true, false},
    {"rnoatime", FREE, "\"rbind\"", "mount", "noatime", true, true},
    {"atime", TIGHT, "\"rbind\"", "mount", "noatime", false, true},
    {"ratime", TIGHT, "\"rbind\"", "mount", "noatime", false, false},
    {"relatime", TIGHT, "\"rbind\"", "mount", "relatime", true, false},
    {"rrelatime", TIGHT, "\"rbind\"", "mount", "relatime", true, true},
    {"norelatime", TIGHT, "\"rbind\"", "mount", "noatime", false, true},
    {"rnorelatime", TIGHT, "\"rbind\"", "mount", "noatime", false, false},
    {"strictatime", FREE, "\"rbind\"", "mount", "relatime", false, true},
    {"rstrictatime", FREE, "\"rbind\"", "mount", "relatime", false, false},
    {"nostrictatime", STRICT, "\"rbind\"", "mount", "relatime", true, false},
    {"rnostrictatime", STRICT, "\"rbind\"", "mount", "relatime", true, true},
    /* propagation */
    {"private", SHARED, "\"rbind\",\"rshared\"", "propagation", "shared", false, true},
    {"rprivate", SHARED, "\"rbind\",\"rshared\"", "propagation", "shared", false, false},
    {"shared", SHARED, "\"rbind\",\"rprivate\"", "propagation", "shared", true, false},
    {"rshared", SHARED, "\"rbind\",\"rprivate\"", "propagation", "shared", true, true},
    {"slave", SHARED, "\"rbind\",\"rshared\"", "propagation", "master", true, false},
    {"rslave", SHARED, "\"rbind\",\"rshared\"", "propagation", "master", true, true},
    {"unbindable", SHARED, "\"rbind\",\"rshared\"", "propagation", "unbindable", true, false},
    {"runbindable", SHARED, "\"rbind\",\"rshared\"", "propagation", "unbindable", true, true},
    /* ways to mount */
    {"bind", FREE, NULL, "mount", "rw", true, false},
    {"rbind", FREE, NULL, "mount", "rw", true, true},
    {"remount", NEW, "\"ro\"", "mount", "ro", true, false},
    {"idmap", MAPPABLE, "\"rbind\"", "stat", "5000", true, false},
    {"ridmap", MAPPABLE, "\"rbind\"", "stat", "5000", true, true},
    {"copy-symlink", LINK, "\"bind\"", "readlink", "/some/where", true, false},
    {"src-nofollow", LINK, "\"bind\"", "readlink", "/some/where", true, false},
    {"dest-nofollow", FILE_, "\"bind\"", "mount", "rw", true, false},
    {"tmpcopyup", NEW, NULL, "ls", "covered", true, false},
    /* of a filesystem: the kernel has no recursive ones */
    {"sync", NEW, NULL, "super", "sync", true, false},
    {"rsync", NEW, NULL, "super", "sync", true, false},
    {"async", NEW, "\"sync\"", "super", "sync", false, false},
    {"rasync", NEW, "\"sync\"", "super", "sync", false, false},
    {"dirsync", NEW, NULL, "super", "dirsync", true, false},
    {"rdirsync", NEW, NULL, "super", "dirsync", true, false},
    {"lazytime", NEW, NULL, "super", "lazytime", true, false},
    {"nolazytime", NEW, "\"lazytime\"", "super", "lazytime", false, false},
    /* nothing is to be seen of these: the kernel dropped mandatory locks in 5.15 */
    {"mand", NEW, NULL, "fstype", "tmpfs", true, false},
    {"rmand", NEW, NULL, "fstype", "tmpfs", true, false},
    {"nomand", NEW, NULL, "fstype", "tmpfs", true, false},
    {"rnomand", NEW, NULL, "fstype", "tmpfs", true, false},
    {"iversion", NEW, NULL, "fstype", "tmpfs", true, false},
    {"noiversion", NEW, NULL, "fstype", "tmpfs", true, false},
    {"silent", NEW, NULL, "fstype", "tmpfs", true, false},
    {"loud", NEW, NULL, "fstype", "tmpfs", true, false},
    {"defaults", NEW, NULL, "mount", "rw", true, false},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length) {
        if ((at == text || strchr(", \n", at[-1])) && strchr(", :\n\\", at[length]))
            return true;
    }
    return false;
}

/* ---- sources ---- */

static void tree_make(enum source source, unsigned long attributes, unsigned long propagation)
{
    const char *top = sources[source], *below = text_format("%s/below", top);

    directory_make(top);
    cr_assert_eq(mount("tmpfs", top, "tmpfs", 0, "mode=755"), 0);
    directory_make(below);
    cr_assert_eq(mount("tmpfs", below, "tmpfs", 0, "mode=755"), 0);
    cr_assert_eq(mount(NULL, below, NULL, MS_REMOUNT | MS_BIND | attributes, NULL), 0);
    cr_assert_eq(mount(NULL, top, NULL, MS_REMOUNT | MS_BIND | attributes, NULL), 0);
    cr_assert_eq(mount(NULL, top, NULL, MS_REC | propagation, NULL), 0);
}

static void sources_make(void)
{
    tree_make(FREE, 0, MS_PRIVATE);
    tree_make(TIGHT,
              MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NODIRATIME | MS_NOATIME |
                  MS_NOSYMFOLLOW,
              MS_PRIVATE);
    tree_make(STRICT, MS_STRICTATIME, MS_PRIVATE);
    tree_make(SHARED, 0, MS_SHARED);
    mount_mappable(sources[MAPPABLE], 0755);
    mount_mappable(text_format("%s/below", sources[MAPPABLE]), 0755);
    cr_assert_eq(symlink("/some/where", sources[LINK]), 0);
    file_write(sources[FILE_], "x");
    host_snapshot();
}

static void sources_remove(void)
{
    for (enum source source = FREE; source <= MAPPABLE; source++)
        umount2(sources[source], MNT_DETACH);
    host_snapshot();
}

/* ---- mounts ---- */

static bool is_named(const struct row *row, const char *option)
{
    return strcmp(row->option, option) == 0;
}

static void add_mount(struct bundle *bundle, const struct row *row, const char *target)
{
    const char *type = row->source == NEW ? "tmpfs" : "none";
    size_t at = json_length(json_at(bundle->config, "/mounts"));

    if (is_named(row, "remount"))
        bundle_mount(bundle, type, sources[row->source], target, NULL);
    if (is_named(row, "dest-nofollow"))
        cr_assert_eq(symlink("/else/where", bundle_path(bundle, target)), 0);
    if (is_named(row, "tmpcopyup"))
        directory_make(bundle_path(bundle, text_format("%s/covered", target)));
    bundle_mount(bundle, type, sources[row->source], target,
                 text_format("%s%s\"%s\"", row->before ? row->before : "", row->before ? "," : "",
                             row->option));
    if (is_named(row, "idmap") || is_named(row, "ridmap")) {
        bundle_set(bundle, text_format("/mounts/%zu/uidMappings", at),
                   "[{\"containerID\":0,\"hostID\":5000,\"size\":1}]");
        bundle_set(bundle, text_format("/mounts/%zu/gidMappings", at),
                   "[{\"containerID\":0,\"hostID\":5000,\"size\":1}]");
    }
}

/* Facts about /oN and /oN/below. */
static void add_words(struct text *words, const struct row *row, const char *target)
{
    static const char *const verbs[] = {"stat", "readlink", "ls"};
    const char *verb = "mount";

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        verb = strcmp(row->fact, verbs[i]) == 0 ? verbs[i] : verb;
    text_add(words, "%s %s ; %s %s/below ; ", verb, target, verb, target);
}

static void expect_row(const struct result *result, const struct row *row, const char *target)
{
    const char *above = fact(result, text_format("%s.%s", row->fact, target));
    const char *below = fact(result, text_format("%s.%s/below", row->fact, target));

    cr_expect_eq(has_word(above, row->word), row->above, "%s: %s", row->option, above);
    cr_expect_eq(has_word(below, row->word), row->below, "%s below: %s", row->option, below);
}

Test(mount_options, every_one_is_in_force,
     .description = "R096 R097 R098 R100 R101 R102 R108 R109 R368: all that are listed")
{
    struct bundle *bundle = bundle_new();
    struct text words = {0};
    struct result *result;

    sources_make();
    for (int i = 0; i < ROWS; i++) {
        add_mount(bundle, &rows[i], text_format("/o%d", i));
        add_words(&words, &rows[i], text_format("/o%d", i));
    }
    bundle_payload(bundle, "%s", text_string(&words));
    result = bundle_run(bundle);
    sources_remove();
    assert_status(result, 0);
    for (int i = 0; i < ROWS; i++)
        expect_row(result, &rows[i], text_format("/o%d", i));
}

Test(mount_options, these_are_the_ones_that_are_listed, .description = "R368")
{
    struct result *result = tare("features", NULL);
    struct json *list;
    size_t n;

    assert_status(result, 0);
    list = json_at(json_parse(result->out), "/mountOptions");
    n = json_length(list);
    cr_expect_eq(n, (size_t)ROWS);
    for (size_t i = 0; i < n; i++) {
        const char *name = json_text(list, text_format("/%zu", i));
        bool is_known = false;

        for (int j = 0; j < ROWS; j++)
            is_known = is_known || is_named(&rows[j], name);
        cr_expect(is_known, "%s has no row", name);
    }
}
