# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/container
libtare_core_sources += \
	libtare/container/api.h \
	libtare/container/phrases.h \
	libtare/container/tare.c \
	libtare/container/tare_error.c
