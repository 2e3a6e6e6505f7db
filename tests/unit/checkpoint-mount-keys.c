/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/mount_keys.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mountpoints-N.img: two magic numbers, then messages with their lengths. */

#define MAGIC "\x19\x43\x56\x54\x28\x39\x56\x55"
/* mnt_id and ext_key. */
#define DATA   "\x0a\x00\x00\x00\x10\x01\x92\x01\x05/data"
#define NO_KEY "\x02\x00\x00\x00\x10\x01"

static struct arena arena;
static struct mount_keys keys;

static void set_up(void)
{
    keys = (struct mount_keys){.arena = &arena};
}

static void tear_down(void)
{
    arena_release(&arena);
}

TestSuite(checkpoint_mount_keys, .init = set_up, .fini = tear_down);

#define PARSE(literal)                                                                             \
    cr_assert_eq(mount_keys_parse(&keys, (const uint8_t *)(literal), sizeof(literal) - 1), 0)

Test(checkpoint_mount_keys, keys_are_those_of_external_mounts)
{
    PARSE(MAGIC NO_KEY DATA "\x0e\x00\x00\x00\x92\x01\x09/dev/null\x10\x02");
    cr_assert_eq(keys.n, 2);
    cr_assert_str_eq(keys.items[0], "/data");
    cr_assert_str_eq(keys.items[1], "/dev/null");
}

Test(checkpoint_mount_keys, reading_ends_where_it_is_no_image)
{
    PARSE("");
    PARSE("\x19\x43\x56\x54");
    PARSE("\x19\x43\x56\x54\x28\x39\x56\x56" DATA);
    PARSE("\x20\x43\x56\x54\x28\x39\x56\x55" DATA);
    cr_assert_eq(keys.n, 0);
    PARSE(MAGIC DATA "\xff\xff\xff\xff\x10\x01");
    cr_assert_eq(keys.n, 1);
    PARSE(MAGIC "\x02\x00\x00\x00\x92\x01" DATA "\x01");
    cr_assert_eq(keys.n, 2);
}

Test(checkpoint_mount_keys, those_of_all_namespaces_are_read)
{
    char directory[] = "/tmp/tare-mounts.XXXXXX";
    static const char *const names[] = {"mountpoints-1.img", "mountpoints-22.img", "mountpoints-3",
                                        "other.img"};
    struct images images = IMAGES_NONE;
    struct error err = ERROR_INIT;

    cr_assert_not_null(mkdtemp(directory));
    images.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < ELEMENTSOF(names); i++) {
        int fd = openat(images.fd, names[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        cr_assert_eq(write(fd, MAGIC DATA, sizeof(MAGIC DATA) - 1), sizeof(MAGIC DATA) - 1);
        close(fd);
    }
    /* It would be waited for. */
    cr_assert_eq(mkfifoat(images.fd, "mountpoints-4.img", 0600), 0);
    cr_assert_eq(symlinkat("other.img", images.fd, "mountpoints-5.img"), 0);
    cr_assert_eq(mount_keys_read(&keys, &images, &err), 0);
    cr_assert_eq(keys.n, 2);
    unlinkat(images.fd, "mountpoints-4.img", 0);
    unlinkat(images.fd, "mountpoints-5.img", 0);
    for (size_t i = 0; i < ELEMENTSOF(names); i++)
        unlinkat(images.fd, names[i], 0);
    images_release(&images);
    rmdir(directory);
}
