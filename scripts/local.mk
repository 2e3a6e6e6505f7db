# SPDX-License-Identifier: Apache-2.0
# Lint, and what scripts/test asks of the build.
EXTRA_DIST += \
	.ci/run \
	.clang-format \
	.clang-tidy \
	.editorconfig \
	scripts/check-conformance \
	scripts/check-docs \
	scripts/check-man \
	scripts/check-rooms \
	scripts/leaks.supp \
	scripts/engine-test \
	scripts/fuzz \
	scripts/lint \
	scripts/package-test \
	scripts/packages.sh \
	scripts/quickstart \
	scripts/systems.sh \
	scripts/test \
	scripts/vm-test \
	tests/conformance/run \
	tests/engines/buildkit \
	tests/engines/checkpoints.sh \
	tests/engines/containerd \
	tests/engines/containerd-cases.sh \
	tests/engines/cri-client \
	tests/engines/daemons.sh \
	tests/engines/docker \
	tests/engines/docker-cases.sh \
	tests/engines/documented \
	tests/engines/podman \
	tests/engines/podman-cases.sh \
	tests/engines/podman-setup.sh \
	tests/engines/vm-containerd \
	tests/engines/vm-docker \
	tests/engines/vm-podman \
	tests/packages/build \
	tests/packages/installed \
	tests/support/cases.sh \
	tests/support/enter \
	tests/vm/init \
	tests/vm/initramfs-init \
	tests/vm/jobs \
	tests/vm/machine.sh \
	tests/vm/root.sh \
	tests/vm/selinux.cil \
	tests/vm/systemd/as-user \
	tests/vm/systemd/delegate.conf \
	tests/vm/systemd/jobs.service

lint: all
	$(srcdir)/scripts/lint $(builddir)

# automake makes `all` by a make of its own. Two at once would write the same files: this one waits.
test-programs: all
	$(MAKE) $(AM_MAKEFLAGS) test-programs-alone

test-programs-alone: $(check_PROGRAMS) $(check_LTLIBRARIES)

# The tests that need no privileges, for builds of packages.
check-unit: $(unit_programs)
	@status=0; for program in $(unit_programs); do ./$$program || status=1; done; exit $$status

# The names of the test programs, for scripts that run them one by one.
list-unit:
	@echo $(unit_programs)

list-integration:
	@echo $(integration_programs)

# Where the static program looks for its twin.
twin-path:
	@echo $(pkglibexecdir)/tare-dynamic

.PHONY: twin-path lint test-programs test-programs-alone check-unit list-unit list-integration
