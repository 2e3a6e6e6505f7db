/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd-message.h"

#include <errno.h>

#include "base/macros.h"

static int append(struct sd_bus_message *message, const struct variant *value);

/* The arguments of each type in the width that it has on the wire. */
static int append_number(struct sd_bus_message *message, char type, uint64_t number)
{
    uint8_t byte = (uint8_t)number;
    uint16_t number16 = (uint16_t)number;
    uint32_t number32 = (uint32_t)number;
    switch (type) {
    case 'y':
        return sd_bus.message_append_basic(message, type, &byte);
    case 'n':
    case 'q':
        return sd_bus.message_append_basic(message, type, &number16);
    case 'b':
    case 'i':
    case 'u':
        return sd_bus.message_append_basic(message, type, &number32);
    default:
        return sd_bus.message_append_basic(message, type, &number);
    }
}

static int append_container(struct sd_bus_message *message, const struct variant *value)
{
    bool array = value->type[0] == 'a';
    /* What is in it: of an array the type of one element, of a struct all types in a row. */
    size_t length = strlen(value->type) - (array ? 1 : 2);
    char *contents = strndup(value->type + 1, length);
    if (!contents)
        return -ENOMEM;
    int r = sd_bus.message_open_container(message, array ? 'a' : 'r', contents);
    free(contents);
    for (size_t i = 0; r >= 0 && i < value->n; i++)
        r = append(message, &value->items[i]);
    return r < 0 ? r : sd_bus.message_close_container(message);
}

static int append(struct sd_bus_message *message, const struct variant *value)
{
    char type = value->type[0];
    if (type == 'a' || type == '(')
        return append_container(message, value);
    if (strchr("sog", type))
        return sd_bus.message_append_basic(message, type, value->text);
    if (type == 'd')
        return sd_bus.message_append_basic(message, type, &value->real);
    return append_number(message, type, value->number);
}

int message_append_property(struct sd_bus_message *message, const char *name,
                            const struct variant *value)
{
    int r = sd_bus.message_open_container(message, 'r', "sv");
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 's', name);
    if (r >= 0)
        r = sd_bus.message_open_container(message, 'v', value->type);
    if (r >= 0)
        r = append(message, value);
    if (r >= 0)
        r = sd_bus.message_close_container(message);
    return r < 0 ? r : sd_bus.message_close_container(message);
}
