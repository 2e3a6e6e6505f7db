# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/sandbox
libtare_core_sources += \
	libtare/sandbox/build.h \
	libtare/sandbox/channel.c \
	libtare/sandbox/channel.h \
	libtare/sandbox/changes.c \
	libtare/sandbox/copy-up.c \
	libtare/sandbox/credentials.c \
	libtare/sandbox/devices.c \
	libtare/sandbox/exe_guard.c \
	libtare/sandbox/exe_guard.h \
	libtare/sandbox/exec.c \
	libtare/sandbox/filter.c \
	libtare/sandbox/hook.c \
	libtare/sandbox/hook.h \
	libtare/sandbox/id-maps.c \
	libtare/sandbox/id-maps.h \
	libtare/sandbox/idmap.c \
	libtare/sandbox/idmap.h \
	libtare/sandbox/join.c \
	libtare/sandbox/labels.c \
	libtare/sandbox/mask.c \
	libtare/sandbox/mount-bind.c \
	libtare/sandbox/mount-cgroup.c \
	libtare/sandbox/mount-fs.c \
	libtare/sandbox/mount-long.c \
	libtare/sandbox/mount-target.c \
	libtare/sandbox/mount.h \
	libtare/sandbox/mounts.c \
	libtare/sandbox/namespaces.c \
	libtare/sandbox/process.c \
	libtare/sandbox/restore.c \
	libtare/sandbox/restore.h \
	libtare/sandbox/rootfs.c \
	libtare/sandbox/sandbox.c \
	libtare/sandbox/sandbox.h \
	libtare/sandbox/scheduling.c \
	libtare/sandbox/scheduling.h \
	libtare/sandbox/sysctl.c \
	libtare/sandbox/terminal.c
