# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/cgroup
libtare_core_sources += \
	libtare/cgroup/caller.c \
	libtare/cgroup/caller.h \
	libtare/cgroup/cgroup.h \
	libtare/cgroup/controllers.c \
	libtare/cgroup/controllers.h \
	libtare/cgroup/delegate.c \
	libtare/cgroup/delegate.h \
	libtare/cgroup/device-attach.c \
	libtare/cgroup/device-program.c \
	libtare/cgroup/device-program.h \
	libtare/cgroup/device-table.c \
	libtare/cgroup/device-table.h \
	libtare/cgroup/directory.c \
	libtare/cgroup/directory.h \
	libtare/cgroup/events.c \
	libtare/cgroup/events.h \
	libtare/cgroup/freeze.c \
	libtare/cgroup/host.c \
	libtare/cgroup/make.c \
	libtare/cgroup/path.c \
	libtare/cgroup/pids.c \
	libtare/cgroup/pids.h \
	libtare/cgroup/remove.c \
	libtare/cgroup/update.c \
	libtare/cgroup/write.c
