# SPDX-License-Identifier: Apache-2.0
# Tests of the tare binary on the running kernel, as root: one program per capability. Each program runs
# alone with --list and --filter; see tests/support/host.h for what surrounds a test. Without root they are
# skipped (exit status 77).
#
# TARE_BINARY names another binary to test, TARE_TEST_PAYLOAD another payload program.

include tests/support/local.mk

integration_programs =

integration_programs += tests/integration/namespaces
tests_integration_namespaces_SOURCES = tests/integration/namespaces.c
tests_integration_namespaces_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_namespaces_CFLAGS = $(TEST_CFLAGS)
tests_integration_namespaces_LDADD = $(TEST_LIBS)

# The cgroup room by its own functions, without a container around it.
integration_programs += tests/integration/cgroup
tests_integration_cgroup_SOURCES = tests/integration/cgroup-base.c tests/integration/cgroup-base.h \
	tests/integration/cgroup-devices.c tests/integration/cgroup-life.c
tests_integration_cgroup_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)
tests_integration_cgroup_LDADD = $(UNIT_LIBS)

# The room libtare/sandbox from within: these link the library, and clone children themselves.
integration_programs += tests/integration/sandbox-exe-guard
sandbox_cppflags = $(TEST_CPPFLAGS) -I$(srcdir)/libtare -I$(builddir)
sandbox_libs = $(TEST_LIBS) libtare-dynamic.la $(SECCOMP_LIBS) $(CAP_LIBS) $(YAJL_LIBS)
tests_integration_sandbox_exe_guard_SOURCES = tests/integration/sandbox-exe-guard.c
tests_integration_sandbox_exe_guard_CPPFLAGS = $(sandbox_cppflags)
tests_integration_sandbox_exe_guard_CFLAGS = $(TEST_CFLAGS)
tests_integration_sandbox_exe_guard_LDADD = $(sandbox_libs)

include tests/security/local.mk

if HAVE_CRITERION
check_PROGRAMS += $(integration_programs)
TESTS += $(integration_programs)
endif
