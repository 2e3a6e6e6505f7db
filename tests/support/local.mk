# SPDX-License-Identifier: Apache-2.0
# What the tests on a real kernel share: bundles, running tare, the payload program.

# Black-box tests are neither sanitized nor measured for coverage themselves: tare is.
TEST_CFLAGS = $(filter-out -fsanitize=% -fno-sanitize-recover=% --coverage -fvisibility=hidden -Wswitch-enum,$(TARE_CFLAGS))
TEST_CPPFLAGS = -D_GNU_SOURCE -I$(srcdir) -DTEST_BUILDDIR='"$(abs_builddir)"' \
	-DTEST_SRCDIR='"$(abs_srcdir)"' $(CRITERION_CFLAGS)

TEST_LIBS = tests/support/libtest.la $(CRITERION_LIBS)

if HAVE_CRITERION
check_LTLIBRARIES += tests/support/libtest.la
check_PROGRAMS += tests/support/payload
endif

tests_support_libtest_la_SOURCES = \
	tests/support/agent.c tests/support/agent.h \
	tests/support/bundle.c tests/support/bundle.h \
	tests/support/changes.c tests/support/changes.h \
	tests/support/exec.c tests/support/exec.h \
	tests/support/host.c tests/support/host.h \
	tests/support/hostile.c tests/support/hostile.h \
	tests/support/json.c tests/support/json.h \
	tests/support/main.c \
	tests/support/run.c tests/support/run.h \
	tests/support/terminal.c tests/support/terminal.h \
	tests/support/text.c tests/support/text.h \
	tests/support/user.c tests/support/user.h
tests_support_libtest_la_CPPFLAGS = $(TEST_CPPFLAGS)
tests_support_libtest_la_CFLAGS = $(TEST_CFLAGS)

# It runs in root file systems that have no libraries.
tests_support_payload_SOURCES = tests/support/payload.c
tests_support_payload_CPPFLAGS = -D_GNU_SOURCE
tests_support_payload_CFLAGS = $(TEST_CFLAGS)
tests_support_payload_LDFLAGS = -all-static

EXTRA_DIST += tests/support/debian-rootfs tests/data/bundles
