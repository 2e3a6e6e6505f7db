# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/seccomp
libtare_core_sources += \
	libtare/seccomp/architecture.c \
	libtare/seccomp/architecture.h \
	libtare/seccomp/assembler.c \
	libtare/seccomp/assembler.h \
	libtare/seccomp/branch.c \
	libtare/seccomp/branch.h \
	libtare/seccomp/claim.c \
	libtare/seccomp/claim.h \
	libtare/seccomp/compile.c \
	libtare/seccomp/decode.c \
	libtare/seccomp/load.c \
	libtare/seccomp/number.c \
	libtare/seccomp/number.h \
	libtare/seccomp/range.c \
	libtare/seccomp/range.h \
	libtare/seccomp/seccomp.h

# libseccomp's table of names and numbers, in the form that libtare/seccomp/number.c wants.
noinst_PROGRAMS += libtare/seccomp/number-table
libtare_seccomp_number_table_SOURCES = libtare/seccomp/number-table.c
libtare_seccomp_number_table_CPPFLAGS = -I$(srcdir)/libtare -D_GNU_SOURCE $(SECCOMP_CFLAGS)
libtare_seccomp_number_table_LDADD = $(SECCOMP_LIBS)
libtare/seccomp/number-table.h: libtare/seccomp/number-table$(EXEEXT)
	$(AM_V_GEN)libtare/seccomp/number-table$(EXEEXT) >$@.tmp && mv $@.tmp $@
$(libtare_core_la_OBJECTS): | libtare/seccomp/number-table.h
BUILT_SOURCES += libtare/seccomp/number-table.h
CLEANFILES += libtare/seccomp/number-table.h
