# SPDX-License-Identifier: Apache-2.0
# The benchmark: `make bench`. Its programs are static, see bench/driver.c.
EXTRA_DIST += bench/engines bench/run bench/sid-chroot bench/engine.json

bench_programs = bench/driver bench/floor bench/true
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)
bench_driver_SOURCES = bench/driver.c
bench_driver_LDFLAGS = $(AM_LDFLAGS) -all-static
bench_floor_SOURCES = bench/floor.c
bench_floor_LDFLAGS = $(AM_LDFLAGS) -all-static
bench_true_SOURCES = bench/true.c
bench_true_LDFLAGS = $(AM_LDFLAGS) -all-static

bench: tare $(bench_programs)
	$(srcdir)/bench/run $(builddir)

bench-engines: all $(bench_programs)
	$(srcdir)/bench/engines $(builddir)

.PHONY: bench bench-engines
