/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static char directory[] = "/tmp/tare-unit-XXXXXX";
static int directory_fd;

static void make_directory(void)
{
    cr_assert(mkdtemp(directory) != NULL);
    directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void remove_directory(void)
{
    unlinkat(directory_fd, "f", 0);
    close(directory_fd);
    cr_expect(eq(int, rmdir(directory), 0), "something was left in %s", directory);
}

Test(file, replace_then_read, .init = make_directory, .fini = remove_directory)
{
    _cleanup_(free_ptr) char *text = NULL;
    size_t size;
    cr_assert(eq(int, file_replace(directory_fd, "f", 0600, "one", 3), 0));
    cr_assert(eq(int, file_replace(directory_fd, "f", 0600, "two!", 4), 0));
    cr_assert(eq(int, file_read(directory_fd, "f", 100, &text, &size), 0));
    cr_assert(eq(sz, size, 4));
    cr_assert(eq(str, text, (char *)"two!"));
}

Test(file, read_is_bounded, .init = make_directory, .fini = remove_directory)
{
    char *text = NULL;
    cr_assert(eq(int, file_replace(directory_fd, "f", 0600, "0123456789", 10), 0));
    cr_assert(eq(int, file_read(directory_fd, "f", 9, &text, NULL), -EFBIG));
    cr_assert(eq(int, file_read(directory_fd, "f", 10, &text, NULL), 0));
    free(text);
}

Test(file, read_does_not_wait_for_a_fifo, .init = make_directory, .fini = remove_directory,
     .timeout = 60)
{
    char *text = NULL;
    cr_assert(eq(int, mkfifoat(directory_fd, "f", 0600), 0));
    cr_assert(eq(int, file_read(directory_fd, "f", 9, &text, NULL), -EINVAL));
}

Test(file, kernel_files_say_size_zero)
{
    _cleanup_(free_ptr) char *text = NULL;
    size_t size;
    cr_assert(eq(int, file_read(AT_FDCWD, "/proc/self/status", 1 << 20, &text, &size), 0));
    cr_assert(gt(sz, size, 100));
}

Test(file, write_does_not_create, .init = make_directory, .fini = remove_directory)
{
    cr_assert(eq(int, file_write(directory_fd, "f", "x", 1), -ENOENT));
}
