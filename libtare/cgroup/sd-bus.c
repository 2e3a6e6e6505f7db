/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/sd-bus.h"

#include "base/library.h"

LIBRARY_NOTE(libsystemd_note, "[{\"feature\":\"systemd\","
                              "\"description\":\"the cgroup manager systemd\","
                              "\"priority\":\"suggested\",\"soname\":[\"libsystemd.so.0\"]}]");

struct sd_bus_functions sd_bus;

#define SYMBOL(name)                                                                               \
    {                                                                                              \
        "sd_bus_" #name, &sd_bus.name                                                              \
    }

int sd_bus_load(struct error *err)
{
    const struct library_symbol symbols[] = {
        SYMBOL(new),
        SYMBOL(set_fd),
        SYMBOL(start),
        SYMBOL(set_bus_client),
        SYMBOL(is_ready),
        SYMBOL(get_events),
        SYMBOL(process),
        SYMBOL(wait),
        SYMBOL(call),
        SYMBOL(match_signal),
        SYMBOL(close_unref),
        SYMBOL(message_new_method_call),
        SYMBOL(message_append_basic),
        SYMBOL(message_open_container),
        SYMBOL(message_close_container),
        SYMBOL(message_enter_container),
        SYMBOL(message_read_basic),
        SYMBOL(message_unref),
        SYMBOL(error_free),
    };
    return library_load("libsystemd.so.0", symbols, ELEMENTSOF(symbols), err);
}
