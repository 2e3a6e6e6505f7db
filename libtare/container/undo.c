/* SPDX-License-Identifier: Apache-2.0 */
#include "container/undo.h"

#include <assert.h>

void undo_push(struct undo *undo, void (*step)(void *data), void *data)
{
    assert(undo->n < UNDO_STEPS);
    undo->steps[undo->n].step = step;
    undo->steps[undo->n++].data = data;
}

void undo_disarm(struct undo *undo)
{
    undo->n = 0;
}

void undo_run(struct undo *undo)
{
    while (undo->n > 0) {
        undo->n--;
        undo->steps[undo->n].step(undo->steps[undo->n].data);
    }
}
