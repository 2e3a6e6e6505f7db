# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/sys
libtare_core_sources += \
	libtare/sys/bpf.c \
	libtare/sys/bpf.h \
	libtare/sys/child.c \
	libtare/sys/child.h \
	libtare/sys/fd_passing.c \
	libtare/sys/fd_passing.h \
	libtare/sys/mount_api.c \
	libtare/sys/mount_api.h \
	libtare/sys/mount_table.c \
	libtare/sys/mount_table.h \
	libtare/sys/mountinfo.c \
	libtare/sys/mountinfo.h \
	libtare/sys/netlink.c \
	libtare/sys/netlink.h \
	libtare/sys/process.c \
	libtare/sys/process.h
