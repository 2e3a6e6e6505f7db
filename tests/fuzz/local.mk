# SPDX-License-Identifier: Apache-2.0
# Fuzzers: `make fuzzers`, docs/testing.md. They are no part of any other target.
EXTRA_DIST += tests/fuzz

fuzzers: $(BUILT_SOURCES)
	@$(MAKE) --no-print-directory -f $(srcdir)/tests/fuzz/fuzz.mk source="$(srcdir)" \
		library="$(libtare_core_sources) $(libtare_dynamic_sources)" \
		include="$(SECCOMP_CFLAGS) $(CAP_CFLAGS) $(YAJL_CFLAGS)" \
		libs="$(SECCOMP_LIBS) $(CAP_LIBS) $(YAJL_LIBS)"

list-fuzzers:
	@$(MAKE) -s --no-print-directory -f $(srcdir)/tests/fuzz/fuzz.mk list

.PHONY: fuzzers list-fuzzers
