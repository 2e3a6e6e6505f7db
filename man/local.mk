# SPDX-License-Identifier: Apache-2.0
# Manual pages.
dist_man_MANS += \
	man/libtare.3 \
	man/tare-check.1 \
	man/tare-checkpoint.1 \
	man/tare-config.5 \
	man/tare-create.1 \
	man/tare-delete.1 \
	man/tare-events.1 \
	man/tare-exec.1 \
	man/tare-features.1 \
	man/tare-kill.1 \
	man/tare-list.1 \
	man/tare-mounts.1 \
	man/tare-pause.1 \
	man/tare-plan.1 \
	man/tare-ps.1 \
	man/tare-restore.1 \
	man/tare-run.1 \
	man/tare-spec.1 \
	man/tare-start.1 \
	man/tare-state.1 \
	man/tare-update.1 \
	man/tare.1
