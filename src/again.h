/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tare.h"

/* The two failures that another execution of the same command line repairs. In both nothing has
 * been touched yet, or what was touched has been undone. */

/* Execute the same arguments and environment again, when that helps against the error:
 *   - from a sealed copy of ourselves in memory, when the kernel refused to shield our executable
 * from the container (CVE-2019-5736);
 *   - as the dynamically linked twin, when a library has to be loaded, which a static program
 * cannot. Returns when it does not help, was tried already, or failed. */
void again(const tare_error *error, char **argv);

/* To be called before a document is read from standard input, which the other execution has to read, too. 0 or
 * -errno. */
int again_keep_stdin(void);
