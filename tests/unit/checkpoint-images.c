/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/images.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories of images, descriptors.json, and what is quoted of logs. */

static char directory[64];
static struct images images;
static struct arena arena;
static struct error err;

static void set_up(void)
{
    images = IMAGES_NONE;
    strcpy(directory, "/tmp/tare-images.XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    cr_assert_eq(images_open(&images, directory, NULL, true, &err), 0);
}

static void tear_down(void)
{
    char command[128];

    images_release(&images);
    arena_release(&arena);
    error_release(&err);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    cr_assert_eq(system(command), 0);
}

TestSuite(checkpoint_images, .init = set_up, .fini = tear_down);

static void put(const char *name, const char *text)
{
    int fd = openat(images.fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

Test(checkpoint_images, descriptors_are_an_array_of_three_texts)
{
    const struct images_stdio written = {{"/dev/null", NULL, "file[1e:2f]"}};
    struct images_stdio found;
    char text[128] = "";

    cr_assert_eq(images_write_stdio(&images, &arena, &written, &err), 0);
    int fd = openat(images.fd, "descriptors.json", O_RDONLY | O_CLOEXEC);
    cr_assert_gt(read(fd, text, sizeof(text) - 1), 0);
    close(fd);
    cr_assert_str_eq(text, "[\"/dev/null\",\"\",\"file[1e:2f]\"]");
    cr_assert_eq(images_read_stdio(&images, &arena, &found, &err), 0);
    cr_assert_str_eq(found.names[0], "/dev/null");
    cr_assert_str_eq(found.names[1], "");
    cr_assert_str_eq(found.names[2], "file[1e:2f]");
}

Test(checkpoint_images, descriptors_of_others_may_be_more_or_fewer)
{
    struct images_stdio found;

    cr_assert_eq(images_read_stdio(&images, &arena, &found, &err), 0);
    cr_assert_null(found.names[0]);
    put("descriptors.json", "[\"pipe:[1]\"]");
    cr_assert_eq(images_read_stdio(&images, &arena, &found, &err), 0);
    cr_assert_str_eq(found.names[0], "pipe:[1]");
    cr_assert_null(found.names[1]);
    put("descriptors.json", "[\"a\",\"b\",\"c\",\"d\"]\n");
    cr_assert_eq(images_read_stdio(&images, &arena, &found, &err), 0);
    cr_assert_str_eq(found.names[2], "c");
}

Test(checkpoint_images, descriptors_that_are_none_are_an_error)
{
    static const char *const cases[] = {"",    "[",        "{}",        "\"pipe:[1]\"",
                                        "[1]", "[\"a\"]]", "[],\"x\":1"};
    struct images_stdio found;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) - 1; i++) {
        put("descriptors.json", cases[i]);
        cr_assert_lt(images_read_stdio(&images, &arena, &found, &err), 0, "%s", cases[i]);
        error_release(&err);
    }
    unlinkat(images.fd, "descriptors.json", 0);
    cr_assert_eq(symlinkat("/etc/passwd", images.fd, "descriptors.json"), 0);
    cr_assert_eq(images_read_stdio(&images, &arena, &found, &err), -ELOOP);
}

Test(checkpoint_images, images_are_found_by_how_they_begin)
{
    put("netns-10.img", "");
    put("pages-1", "");
    put("x.img", "");
    cr_assert(images_have(&images, "netns-"));
    cr_assert(images_have(&images, "x"));
    cr_assert_not(images_have(&images, "pages-"));
    cr_assert_not(images_have(&images, "inventory"));
}

Test(checkpoint_images, the_first_and_the_last_errors_are_quoted)
{
    const struct criu_reply reply = {.code = EBADF};

    put("dump.log", "(00.1) Info\n"
                    "(00.0) Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self\n"
                    "Error (criu/util.c:642): first\n"
                    "(00.2) Error (criu/a.c:1): 2\n"
                    "(00.2) Error (criu/a.c:1): 3\n"
                    "(00.2) Error (criu/a.c:1): 4\n"
                    "(00.2) Error (criu/a.c:1): a: b: 5\n"
                    "(00.3) Error (criu/cr-dump.c:9): Dumping FAILED.");
    cr_assert_eq(images_blame(&images, "dump it", &reply, &err), -EIO);
    cr_assert_str_eq(err.text, "criu failed to dump it: first");
    cr_assert_str_eq(err.also, "3\n4\na: b: 5");
    cr_assert_not_null(strstr(err.hint, "/dump.log"));
}

Test(checkpoint_images, without_a_log_the_answer_has_to_do)
{
    struct criu_reply reply = {.code = ENOSPC, .message = "because"};

    cr_assert_eq(images_blame(&images, "x", &reply, &err), -EIO);
    cr_assert_str_eq(err.text, "criu failed to x: because");
    error_release(&err);
    reply.message[0] = 0;
    cr_assert_eq(images_blame(&images, "x", &reply, &err), -EIO);
    cr_assert_str_eq(err.text, "criu failed to x: No space left on device");
    error_release(&err);
    reply.code = 0;
    /* A log that is a link is somebody's trap. */
    cr_assert_eq(symlinkat("/etc/passwd", images.fd, "dump.log"), 0);
    cr_assert_eq(images_blame(&images, "x", &reply, &err), -EIO);
    cr_assert_str_eq(err.text, "criu failed to x: it does not say why");
}
