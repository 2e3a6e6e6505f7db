/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Phrases of error messages that engines search for. Changing one changes what Podman, containerd,
 * CRI-O and Docker make of a failure, so they are all here, with who looks for them;
 * tests/unit/phrases.c holds them to the letter. */

/* containerd (ErrNotFound), Podman */
#define PHRASE_NO_CONTAINER "container does not exist"
#define PHRASE_EXISTS       "container with given ID already exists"
#define PHRASE_INVALID_ID   "invalid container ID format"
/* containerd ("already finished"), CRI-O */
#define PHRASE_NOT_RUNNING   "container not running"
#define PHRASE_NOT_PAUSED    "container not paused"
#define PHRASE_START_STOPPED "cannot start a container that has stopped"
#define PHRASE_START_RUNNING "cannot start an already running container"
/* followed by the state */
#define PHRASE_START_OTHER        "cannot start a container in the %s state"
#define PHRASE_DELETE_NOT_STOPPED "cannot delete container %s that is not stopped: %s"
#define PHRASE_EXEC_STOPPED       "cannot exec in a stopped container"
#define PHRASE_EXEC_PAUSED        "cannot exec in a paused container (use --ignore-paused to override)"
#define PHRASE_UNKNOWN_SIGNAL     "unknown signal \"%s\""
#define PHRASE_CONFIG_EXISTS      "File config.json exists. Remove it first"
#define PHRASE_TERMINAL_DETACHED                                                                   \
    "cannot allocate tty if tare will detach without setting console socket"
#define PHRASE_CONSOLE_UNUSED "cannot use console socket if tare will not detach or allocate tty"
#define PHRASE_INIT_OOM       "container init was OOM-killed (memory limit too low?)"
