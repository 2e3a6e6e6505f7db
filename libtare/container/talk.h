/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/interruption.h"
#include "container/hold.h"
#include "container/settings.h"
#include "sandbox/channel.h"

/* The maker's side of the channel (sandbox/channel.h) while its child gets ready. */

/* The next message: MESSAGE_NONE when the child is gone, MESSAGE_ERROR when it failed. Warnings are passed on
 * and not returned. A signal that asks us to end gives -EINTR. */
int talk_receive(int channel, struct hold *hold, const struct settings *settings,
                 struct channel_message *message, int *ret_fd, struct error *err);

/* Has such a signal come? 0 or -EINTR. */
int talk_check_interruption(struct hold *hold, struct error *err);
/* The same for those who wait elsewhere. */
struct interruption talk_interruption(struct hold *hold);
