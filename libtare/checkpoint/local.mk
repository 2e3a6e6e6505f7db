# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/checkpoint
libtare_core_sources += \
	libtare/checkpoint/criu.c \
	libtare/checkpoint/criu.h \
	libtare/checkpoint/images.c \
	libtare/checkpoint/images.h \
	libtare/checkpoint/mount_keys.c \
	libtare/checkpoint/mount_keys.h \
	libtare/checkpoint/protobuf.c \
	libtare/checkpoint/protobuf.h \
	libtare/checkpoint/rpc.c \
	libtare/checkpoint/rpc.h
