# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/cgroup
libtare_core_sources += \
	libtare/cgroup/admission.c \
	libtare/cgroup/admission.h \
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
	libtare/cgroup/holder.c \
	libtare/cgroup/holder.h \
	libtare/cgroup/host.c \
	libtare/cgroup/introduction.c \
	libtare/cgroup/introduction.h \
	libtare/cgroup/make.c \
	libtare/cgroup/path.c \
	libtare/cgroup/pids.c \
	libtare/cgroup/pids.h \
	libtare/cgroup/remove.c \
	libtare/cgroup/scope.c \
	libtare/cgroup/scope.h \
	libtare/cgroup/sd-bus.c \
	libtare/cgroup/sd-bus.h \
	libtare/cgroup/systemd-address.c \
	libtare/cgroup/systemd-address.h \
	libtare/cgroup/systemd.c \
	libtare/cgroup/systemd.h \
	libtare/cgroup/systemd-message.c \
	libtare/cgroup/systemd-message.h \
	libtare/cgroup/stats.c \
	libtare/cgroup/stats.h \
	libtare/cgroup/update.c \
	libtare/cgroup/write.c
