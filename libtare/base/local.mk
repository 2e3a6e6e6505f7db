# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/base
libtare_core_sources += \
	libtare/base/arena.c \
	libtare/base/arena.h \
	libtare/base/banned.h \
	libtare/base/error.c \
	libtare/base/error.h \
	libtare/base/fd.c \
	libtare/base/fd.h \
	libtare/base/macros.h \
	libtare/base/parse.c \
	libtare/base/parse.h
