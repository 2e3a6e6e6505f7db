/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <criterion/criterion.h>
#include <stdbool.h>
#include <sys/types.h>

/* What surrounds a test.
 *
 * A test program runs in a pid namespace of its own (main.c), so that nothing outlives it. Each
 * test runs in its own process, and test_setup() gives it a private mount namespace in which
 * /sys/fs/cgroup is a cgroup2 file system and WORK an empty tmpfs. test_teardown() asserts that the
 * test left nothing behind. */

#define WORK  "/run/tare-test"
#define STATE WORK "/state" /* --root of every call */

/* Seconds until a test that hangs is ended. What takes one takes thirty in an emulated machine that shares its
 * processors with others; each call has a limit of its own (run.h). */
#define TEST_LIMIT 300

/* For TestSuite(NAME, TEST_SUITE). */
#define TEST_SUITE .init = test_setup, .fini = test_teardown, .timeout = TEST_LIMIT

void test_setup(void);
void test_teardown(void);
/* The same without a cgroup2 mounted over the host's hierarchies; skips when the host is not a
 * hybrid. */
void test_setup_hybrid(void);

/* Begins, with a dash behind it, the ids and cgroups of this test and of no other: "tare-test-12-34". */
const char *test_prefix(void);

/* Every cgroup, mount, child, container and pid file there is now is meant to be there. Called by
 * the set-up; a test calls it again after it has mounted something itself. */
void host_snapshot(void);
/* Nothing was added since the snapshot. Waits a moment for processes that are just ending. */
void assert_nothing_left(void);

bool host_has_controller(const char *name);
/* Is TARE_BINARY tare? Texts and exit codes of tare's own are not asserted of other runtimes. */
bool binary_is_tare(void);

/* Mounts an empty file system that can be id-mapped: a tmpfs, and a directory of the disk where the kernel
 * is older than Linux 6.3, from which on a tmpfs can. The directory is removed by test_teardown(). */
void mount_mappable(const char *path, mode_t mode);

/* Ends the test as skipped, with a line that scripts/test counts. */
#define SKIP(...) test_skip(__VA_ARGS__)
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Whether the running kernel is this one or newer. */
bool host_has_kernel(unsigned major, unsigned minor);
/* Skips unless the controller is on cgroup v2. */
void need_controller(const char *name);
