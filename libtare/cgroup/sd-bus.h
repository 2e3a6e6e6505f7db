/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* The part of sd-bus(3) that is used here. libsystemd is loaded when a scope is made, changed or
 * removed; its header is not needed to build. */

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

struct sd_bus_error { /* sd_bus_error of <systemd/sd-bus.h>, part of the ABI */
    const char *name, *message;
    int need_free;
};

typedef int (*sd_bus_handler)(struct sd_bus_message *message, void *data,
                              struct sd_bus_error *error);

/* The functions by their names without "sd_bus_". */
struct sd_bus_functions {
    int (*new)(struct sd_bus **ret);
    int (*set_fd)(struct sd_bus *bus, int input, int output);
    int (*set_bus_client)(struct sd_bus *bus, int yes);
    int (*start)(struct sd_bus *bus);
    int (*is_ready)(struct sd_bus *bus);
    int (*get_events)(struct sd_bus *bus); /* for poll(2) of its connection */
    int (*process)(struct sd_bus *bus, struct sd_bus_message **ret);
    int (*wait)(struct sd_bus *bus, uint64_t timeout_usec);
    int (*call)(struct sd_bus *bus, struct sd_bus_message *message, uint64_t usec,
                struct sd_bus_error *error, struct sd_bus_message **reply);
    int (*match_signal)(struct sd_bus *bus, struct sd_bus_slot **ret, const char *sender,
                        const char *path, const char *interface, const char *member,
                        sd_bus_handler handler, void *data);
    struct sd_bus *(*close_unref)(struct sd_bus *bus);
    int (*message_new_method_call)(struct sd_bus *bus, struct sd_bus_message **message,
                                   const char *destination, const char *path, const char *interface,
                                   const char *member);
    int (*message_append_basic)(struct sd_bus_message *message, char type, const void *value);
    int (*message_open_container)(struct sd_bus_message *message, char type, const char *contents);
    int (*message_close_container)(struct sd_bus_message *message);
    int (*message_enter_container)(struct sd_bus_message *message, char type, const char *contents);
    int (*message_read_basic)(struct sd_bus_message *message, char type, void *ret);
    struct sd_bus_message *(*message_unref)(struct sd_bus_message *message);
    void (*error_free)(struct sd_bus_error *error);
};

extern struct sd_bus_functions sd_bus;

/* Load the library and fill `sd_bus`. Kind ERROR_NEEDS_LIBRARY in a static program. */
int sd_bus_load(struct error *err);
