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
	libtare/base/interruption.h \
	libtare/base/library.h \
	libtare/base/macros.h \
	libtare/base/parse.c \
	libtare/base/parse.h \
	libtare/base/path.c \
	libtare/base/path.h \
	libtare/base/phrases.h

# How library_load() is done depends on the program that it is linked into.
libtare_dynamic_sources = libtare/base/library.c
libtare_static_sources = libtare/base/library-static.c
