# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/plan
libtare_core_sources += \
	libtare/plan/capabilities.c \
	libtare/plan/capabilities.h \
	libtare/plan/cgroup.c \
	libtare/plan/checks.c \
	libtare/plan/cpu-weight.c \
	libtare/plan/cpu-weight.h \
	libtare/plan/device-rules.c \
	libtare/plan/devices.c \
	libtare/plan/exec.c \
	libtare/plan/id-map.c \
	libtare/plan/labels.c \
	libtare/plan/mount-idmap.c \
	libtare/plan/mount-changes.c \
	libtare/plan/mount-options.c \
	libtare/plan/mount-options.h \
	libtare/plan/mounts.c \
	libtare/plan/namespaces.c \
	libtare/plan/net-devices.c \
	libtare/plan/plan.c \
	libtare/plan/plan.h \
	libtare/plan/planner.h \
	libtare/plan/print.c \
	libtare/plan/problems.c \
	libtare/plan/problems.h \
	libtare/plan/process.c \
	libtare/plan/resources.c \
	libtare/plan/resctrl.c \
	libtare/plan/root.c \
	libtare/plan/scheduling.c \
	libtare/plan/seccomp.c \
	libtare/plan/scope.c \
	libtare/plan/scope-limits.c \
	libtare/plan/sysctls.c \
	libtare/plan/update.c \
	libtare/plan/variant.c \
	libtare/plan/variant.h
