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
# It links the library, which a sanitized build has instrumented.
tests_integration_sandbox_exe_guard_LDFLAGS = $(AM_LDFLAGS) $(filter -fsanitize=%,$(TARE_CFLAGS))
tests_integration_sandbox_exe_guard_LDADD = $(sandbox_libs)

# Not a test: the child alone, for strace and for measuring.
check_PROGRAMS += tests/integration/sandbox-driver
tests_integration_sandbox_driver_SOURCES = tests/integration/sandbox-driver.c
tests_integration_sandbox_driver_CPPFLAGS = $(AM_CPPFLAGS)
tests_integration_sandbox_driver_LDADD = libtare-dynamic.la $(SECCOMP_LIBS) $(CAP_LIBS) $(YAJL_LIBS)

# And from without: what an image puts in its way.
integration_programs += tests/integration/sandbox-paths
tests_integration_sandbox_paths_SOURCES = tests/integration/sandbox-paths.c
tests_integration_sandbox_paths_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_sandbox_paths_CFLAGS = $(TEST_CFLAGS)
tests_integration_sandbox_paths_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/features
tests_integration_features_SOURCES = tests/integration/features.c
tests_integration_features_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_features_CFLAGS = $(TEST_CFLAGS)
tests_integration_features_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/cgroups
tests_integration_cgroups_SOURCES = tests/integration/cgroups.c
tests_integration_cgroups_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_cgroups_CFLAGS = $(TEST_CFLAGS)
tests_integration_cgroups_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/pause
tests_integration_pause_SOURCES = tests/integration/pause.c
tests_integration_pause_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_pause_CFLAGS = $(TEST_CFLAGS)
tests_integration_pause_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/checkpoint
tests_integration_checkpoint_SOURCES = tests/integration/checkpoint.c
tests_integration_checkpoint_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_checkpoint_CFLAGS = $(TEST_CFLAGS)
tests_integration_checkpoint_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/events
tests_integration_events_SOURCES = tests/integration/events.c
tests_integration_events_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_events_CFLAGS = $(TEST_CFLAGS)
tests_integration_events_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/readiness
tests_integration_readiness_SOURCES = tests/integration/readiness.c
tests_integration_readiness_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_readiness_CFLAGS = $(TEST_CFLAGS)
tests_integration_readiness_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/update
tests_integration_update_SOURCES = tests/integration/update.c
tests_integration_update_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_update_CFLAGS = $(TEST_CFLAGS)
tests_integration_update_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/mount-changes
tests_integration_mount_changes_SOURCES = tests/integration/mount-changes.c
tests_integration_mount_changes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_mount_changes_CFLAGS = $(TEST_CFLAGS)
tests_integration_mount_changes_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/limits
tests_integration_limits_SOURCES = tests/integration/limits.c
tests_integration_limits_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_limits_CFLAGS = $(TEST_CFLAGS)
tests_integration_limits_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/cli
tests_integration_cli_SOURCES = tests/integration/cli.c
tests_integration_cli_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_cli_CFLAGS = $(TEST_CFLAGS)
tests_integration_cli_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/apparmor
tests_integration_apparmor_SOURCES = tests/integration/apparmor.c
tests_integration_apparmor_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_apparmor_CFLAGS = $(TEST_CFLAGS)
tests_integration_apparmor_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/baseline
tests_integration_baseline_SOURCES = tests/integration/baseline.c
tests_integration_baseline_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_baseline_CFLAGS = $(TEST_CFLAGS)
tests_integration_baseline_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/config
tests_integration_config_SOURCES = tests/integration/config.c
tests_integration_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_config_CFLAGS = $(TEST_CFLAGS)
tests_integration_config_LDADD = $(TEST_LIBS)

# What engines call, word for word.
integration_programs += tests/integration/contract
tests_integration_contract_SOURCES = tests/integration/contract.c tests/integration/contract.h \
	tests/integration/contract-build.c tests/integration/contract-checkpoints.c \
	tests/integration/contract-conmon.c tests/integration/contract-exec.c \
	tests/integration/contract-limits.c tests/integration/contract-meanings.c \
	tests/integration/contract-messages.c tests/integration/contract-shim.c \
	tests/integration/contract-sockets.c tests/integration/contract-syntax.c
tests_integration_contract_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_contract_CFLAGS = $(TEST_CFLAGS)
tests_integration_contract_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/crashes
tests_integration_crashes_SOURCES = tests/integration/crashes.c
tests_integration_crashes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_crashes_CFLAGS = $(TEST_CFLAGS)
tests_integration_crashes_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/devices
tests_integration_devices_SOURCES = tests/integration/devices.c
tests_integration_devices_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_devices_CFLAGS = $(TEST_CFLAGS)
tests_integration_devices_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/documents
tests_integration_documents_SOURCES = tests/integration/documents.c
tests_integration_documents_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_documents_CFLAGS = $(TEST_CFLAGS)
tests_integration_documents_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/exec
tests_integration_exec_SOURCES = tests/integration/exec.c tests/integration/exec-life.c \
	tests/integration/exec-terminal.c
tests_integration_exec_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_exec_CFLAGS = $(TEST_CFLAGS)
tests_integration_exec_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/executables
tests_integration_executables_SOURCES = tests/integration/executables.c
tests_integration_executables_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_executables_CFLAGS = $(TEST_CFLAGS)
tests_integration_executables_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/foreground
tests_integration_foreground_SOURCES = tests/integration/foreground.c
tests_integration_foreground_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_foreground_CFLAGS = $(TEST_CFLAGS)
tests_integration_foreground_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/hooks
tests_integration_hooks_SOURCES = tests/integration/hooks.c
tests_integration_hooks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_hooks_CFLAGS = $(TEST_CFLAGS)
tests_integration_hooks_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/lifecycle
tests_integration_lifecycle_SOURCES = tests/integration/lifecycle.c
tests_integration_lifecycle_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_lifecycle_CFLAGS = $(TEST_CFLAGS)
tests_integration_lifecycle_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/masks
tests_integration_masks_SOURCES = tests/integration/masks.c
tests_integration_masks_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_masks_CFLAGS = $(TEST_CFLAGS)
tests_integration_masks_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/mount-options
tests_integration_mount_options_SOURCES = tests/integration/mount-options.c
tests_integration_mount_options_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_mount_options_CFLAGS = $(TEST_CFLAGS)
tests_integration_mount_options_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/mount-overlays
tests_integration_mount_overlays_SOURCES = tests/integration/mount-overlays.c
tests_integration_mount_overlays_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_mount_overlays_CFLAGS = $(TEST_CFLAGS)
tests_integration_mount_overlays_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/mounts
tests_integration_mounts_SOURCES = tests/integration/mounts.c
tests_integration_mounts_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_mounts_CFLAGS = $(TEST_CFLAGS)
tests_integration_mounts_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/net-devices
tests_integration_net_devices_SOURCES = tests/integration/net-devices.c
tests_integration_net_devices_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_net_devices_CFLAGS = $(TEST_CFLAGS)
tests_integration_net_devices_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/negative
tests_integration_negative_SOURCES = tests/integration/negative.c
tests_integration_negative_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_negative_CFLAGS = $(TEST_CFLAGS)
tests_integration_negative_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/process
tests_integration_process_SOURCES = tests/integration/process.c
tests_integration_process_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_process_CFLAGS = $(TEST_CFLAGS)
tests_integration_process_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/rootfs
tests_integration_rootfs_SOURCES = tests/integration/rootfs.c
tests_integration_rootfs_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_rootfs_CFLAGS = $(TEST_CFLAGS)
tests_integration_rootfs_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/rootless
tests_integration_rootless_SOURCES = tests/integration/rootless.c
tests_integration_rootless_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_rootless_CFLAGS = $(TEST_CFLAGS)
tests_integration_rootless_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/scheduling
tests_integration_scheduling_SOURCES = tests/integration/scheduling.c
tests_integration_scheduling_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_scheduling_CFLAGS = $(TEST_CFLAGS)
tests_integration_scheduling_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/seccomp-notify
tests_integration_seccomp_notify_SOURCES = tests/integration/seccomp-notify.c
tests_integration_seccomp_notify_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_seccomp_notify_CFLAGS = $(TEST_CFLAGS)
tests_integration_seccomp_notify_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/seccomp
tests_integration_seccomp_SOURCES = tests/integration/seccomp.c
tests_integration_seccomp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_seccomp_CFLAGS = $(TEST_CFLAGS)
tests_integration_seccomp_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/selinux
tests_integration_selinux_SOURCES = tests/integration/selinux.c
tests_integration_selinux_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_selinux_CFLAGS = $(TEST_CFLAGS)
tests_integration_selinux_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/systemd
tests_integration_systemd_SOURCES = tests/integration/systemd.c
tests_integration_systemd_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_systemd_CFLAGS = $(TEST_CFLAGS)
tests_integration_systemd_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/terminal
tests_integration_terminal_SOURCES = tests/integration/terminal.c
tests_integration_terminal_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_terminal_CFLAGS = $(TEST_CFLAGS)
tests_integration_terminal_LDADD = $(TEST_LIBS)

integration_programs += tests/integration/engines-configs
tests_integration_engines_configs_SOURCES = tests/integration/engines-configs.c
tests_integration_engines_configs_CPPFLAGS = $(TEST_CPPFLAGS)
tests_integration_engines_configs_CFLAGS = $(TEST_CFLAGS)
tests_integration_engines_configs_LDADD = $(TEST_LIBS)

include tests/security/local.mk

if HAVE_CRITERION
check_PROGRAMS += $(integration_programs)
TESTS += $(integration_programs)
endif
