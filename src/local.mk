# SPDX-License-Identifier: Apache-2.0
# Sources of the tare binary
tare_cli_sources += \
	src/again.c \
	src/again.h \
	src/cmd-check.c \
	src/cmd-checkpoint.c \
	src/cmd-completion.c \
	src/cmd-create.c \
	src/cmd-delete.c \
	src/cmd-events.c \
	src/cmd-exec.c \
	src/cmd-features.c \
	src/cmd-help.c \
	src/cmd-kill.c \
	src/cmd-list.c \
	src/cmd-mounts.c \
	src/cmd-pause.c \
	src/cmd-plan.c \
	src/cmd-ps.c \
	src/cmd-restore.c \
	src/cmd-run.c \
	src/cmd-spec.c \
	src/cmd-start.c \
	src/cmd-state.c \
	src/cmd-update.c \
	src/help.c \
	src/log-service.c \
	src/log-service.h \
	src/log.c \
	src/log.h \
	src/main.c \
	src/options.c \
	src/options.h \
	src/output.c \
	src/regex.c \
	src/suggestion.c \
	src/verb.h
