# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/spec
libtare_core_sources += \
	libtare/spec/check.c \
	libtare/spec/check.h \
	libtare/spec/features.c \
	libtare/spec/features.h \
	libtare/spec/json-close.c \
	libtare/spec/json-kind.c \
	libtare/spec/json-kind.h \
	libtare/spec/json-locate.c \
	libtare/spec/json-open.c \
	libtare/spec/json-parse.c \
	libtare/spec/json-parser.h \
	libtare/spec/json-problem.c \
	libtare/spec/json-property.c \
	libtare/spec/json-text.c \
	libtare/spec/json-text.h \
	libtare/spec/json-value.c \
	libtare/spec/json-write.c \
	libtare/spec/json.h \
	libtare/spec/names.c \
	libtare/spec/names.h \
	libtare/spec/parse.h \
	libtare/spec/spec-default.c \
	libtare/spec/spec.c \
	libtare/spec/spec.h \
	libtare/spec/tables-config.c \
	libtare/spec/tables-linux.c \
	libtare/spec/tables-process.c \
	libtare/spec/tables-resources.c \
	libtare/spec/tables-seccomp.c \
	libtare/spec/tables-vm.c \
	libtare/spec/tables.h \
	libtare/spec/values.h \
	libtare/spec/write.h
