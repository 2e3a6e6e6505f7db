/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* What has to be taken back when the making of a container fails: a small stack of steps, each
 * pushed when its deed is done. */

#define UNDO_STEPS 8

struct undo {
    struct {
        void (*step)(void *data);
        void *data;
    } steps[UNDO_STEPS];
    size_t n;
};

#define UNDO_INIT ((struct undo){0})

void undo_push(struct undo *undo, void (*step)(void *data), void *data);
/* Forget all steps: the deeds stand. */
void undo_disarm(struct undo *undo);
/* Take everything back, the last deed first. For _cleanup_ too. */
void undo_run(struct undo *undo);
