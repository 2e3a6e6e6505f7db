/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* Protection of the runtime's own binary against the container it enters (CVE-2019-5736): through
 * /proc/PID/exe of the process that is about to execute the payload, a container could open the host's
 * binary and write to it.
 *
 * The calling process swaps the file that it runs from: the same inode, seen through a private clone of its
 * mount that is read-only and attached nowhere. Its code and data are mapped from there, and the kernel is
 * told that this is the executable. From then on /proc/PID/exe cannot be opened for writing (EROFS), and
 * nobody can make that mount writable again: it is in no mount namespace.
 *
 * To be called in the child, before it enters anything of the container, while the host's /proc and the
 * binary's path are visible, single-threaded. No-op when the file cannot be written anyway: it is on a
 * read-only mount, or is a sealed memfd.
 *
 * 0, or -errno; then nothing has changed, and kind ERROR_UNSUPPORTED asks the caller to fall back once to a
 * sealed memfd. Sources: prctl(2) PR_SET_MM_MAP, open_tree(2), mount_setattr(2); Linux 5.14, with
 * CONFIG_CHECKPOINT_RESTORE. */
int exe_guard(struct error *err);

/* Is the running program beyond writing already? 1, 0 or -errno. */
int exe_is_sealed(void);
