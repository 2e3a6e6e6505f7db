# SPDX-License-Identifier: Apache-2.0
# Unit tests: Criterion, no privileges, one program per room and one source file per library file. They see
# the library's headers and link its archive, so that nothing has to be exported for them.
#
# A room adds one block below, in the order of the alphabet:
#
#     unit_programs += tests/unit/test-ROOM
#     tests_unit_test_ROOM_SOURCES = tests/unit/ROOM-NOUN.c ...
#     tests_unit_test_ROOM_CPPFLAGS = $(UNIT_CPPFLAGS)
#     tests_unit_test_ROOM_LDADD = $(UNIT_LIBS)
#
# Data files live in tests/unit/data; the C macro TEST_DATA is that directory.

UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CRITERION_CFLAGS) $(SECCOMP_CFLAGS) $(CAP_CFLAGS) $(YAJL_CFLAGS) \
	-DTEST_DATA='"$(abs_srcdir)/tests/unit/data"'
UNIT_LIBS = libtare-dynamic.la $(SECCOMP_LIBS) $(CAP_LIBS) $(YAJL_LIBS) $(CRITERION_LIBS)
EXTRA_DIST += tests/unit/data

unit_programs =

# ---- api: links the shared library, as an embedding program does ----
unit_programs += tests/unit/test-api
tests_unit_test_api_SOURCES = tests/unit/api.c
tests_unit_test_api_CPPFLAGS = -I$(srcdir)/libtare -D_GNU_SOURCE $(CRITERION_CFLAGS)
tests_unit_test_api_LDADD = libtare.la $(CRITERION_LIBS)

# ---- base ----
unit_programs += tests/unit/test-base
tests_unit_test_base_SOURCES = tests/unit/base-arena.c tests/unit/base-error.c tests/unit/base-fd.c \
	tests/unit/base-parse.c tests/unit/base-path.c
tests_unit_test_base_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_base_LDADD = $(UNIT_LIBS)

# ---- cgroup ----
unit_programs += tests/unit/test-cgroup
tests_unit_test_cgroup_SOURCES = tests/unit/cgroup-controllers.c tests/unit/cgroup-device-program.c \
	tests/unit/cgroup-path.c tests/unit/cgroup-systemd-address.c \
	tests/support/device-machine.c tests/support/device-machine.h
tests_unit_test_cgroup_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_cgroup_LDADD = $(UNIT_LIBS)

# ---- cli ----
# The files of src/ that are tested by themselves, compiled as for the program.
check_LTLIBRARIES += tests/unit/libcli.la
tests_unit_libcli_la_SOURCES = src/log-service.c src/log-service.h src/log.c src/log.h src/options.c src/options.h \
	src/suggestion.c
tests_unit_libcli_la_CPPFLAGS = $(tare_CPPFLAGS)
unit_programs += tests/unit/test-cli
tests_unit_test_cli_SOURCES = tests/unit/cli-log.c tests/unit/cli-options.c \
	tests/unit/cli-suggestion.c
tests_unit_test_cli_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/src
tests_unit_test_cli_LDADD = tests/unit/libcli.la $(UNIT_LIBS)

# ---- checkpoint ----
unit_programs += tests/unit/test-checkpoint
tests_unit_test_checkpoint_SOURCES = tests/unit/checkpoint-images.c \
	tests/unit/checkpoint-mount-keys.c tests/unit/checkpoint-rpc.c
tests_unit_test_checkpoint_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_checkpoint_LDADD = $(UNIT_LIBS)

# ---- container ----
unit_programs += tests/unit/test-container
tests_unit_test_container_SOURCES = tests/unit/container-phrases.c tests/unit/container-settings.c \
	tests/unit/container-resctrl.c tests/unit/container-signal.c tests/unit/container-state.c tests/unit/container-undo.c
tests_unit_test_container_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_container_LDADD = $(UNIT_LIBS)

# ---- plan ----
unit_programs += tests/unit/test-plan
tests_unit_test_plan_SOURCES = tests/unit/plan-fixture.c tests/unit/plan-fixture.h \
	tests/unit/plan-capabilities.c tests/unit/plan-cgroup.c tests/unit/plan-checks.c \
	tests/unit/plan-cpu-weight.c tests/unit/plan-device-rules.c tests/unit/plan-devices.c \
	tests/unit/plan-documents.c tests/unit/plan-exec.c tests/unit/plan-labels.c tests/unit/plan-mount-changes.c \
	tests/unit/plan-mount-idmap.c \
	tests/unit/plan-mount-options.c tests/unit/plan-mounts.c \
	tests/unit/plan-namespaces.c tests/unit/plan-net-devices.c tests/unit/plan-print.c tests/unit/plan-process.c \
	tests/unit/plan-resctrl.c tests/unit/plan-resources.c tests/unit/plan-scheduling.c \
	tests/unit/plan-scope.c tests/unit/plan-sysctls.c tests/unit/plan-variant.c
tests_unit_test_plan_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/tests/unit
tests_unit_test_plan_LDADD = $(UNIT_LIBS) -lm

# ---- seccomp ----
unit_programs += tests/unit/test-seccomp
tests_unit_test_seccomp_SOURCES = tests/unit/seccomp-compile.c tests/unit/seccomp-defect.c tests/unit/seccomp-load.c \
	tests/unit/seccomp-profile.c tests/unit/seccomp-reading.c tests/unit/seccomp-reading.h \
	tests/unit/seccomp-reference.c tests/unit/seccomp-simulator.c \
	tests/unit/seccomp-simulator.h
tests_unit_test_seccomp_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_seccomp_LDADD = $(UNIT_LIBS)

# ---- schema: the parser and the planner beside the JSON schema of the runtime-spec ----
unit_programs += tests/schema/test-schema
tests_schema_test_schema_SOURCES = tests/schema/mutants.c
tests_schema_test_schema_CPPFLAGS = $(UNIT_CPPFLAGS) -DTEST_SRCDIR='"$(abs_srcdir)"'
tests_schema_test_schema_LDADD = $(UNIT_LIBS) -lm
EXTRA_DIST += tests/data/complete.json tests/data/negative.tsv tests/data/schema tests/schema/mutants.py tests/schema/oracle.py \
	tests/schema/rules.tsv tests/schema/validate.py

# ---- spec ----
unit_programs += tests/unit/test-spec
tests_unit_test_spec_SOURCES = tests/unit/spec-fixture.c tests/unit/spec-fixture.h \
	tests/unit/spec-checks.c tests/unit/spec-json.c tests/unit/spec-negative.c tests/unit/spec-roundtrip.c \
	tests/unit/spec-values.c
tests_unit_test_spec_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/tests/unit
tests_unit_test_spec_LDADD = $(UNIT_LIBS)

# ---- sys ----
unit_programs += tests/unit/test-sys
tests_unit_test_sys_SOURCES = tests/unit/sandbox-channel.c tests/unit/sys-mount-table.c \
	tests/unit/sys-netlink.c tests/unit/sys-process.c
tests_unit_test_sys_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_sys_LDADD = $(UNIT_LIBS)

if HAVE_CRITERION
check_PROGRAMS += $(unit_programs)
TESTS += $(unit_programs)
endif
