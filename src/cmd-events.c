/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>

#include "base/fd.h"
#include "verb.h"

static const char *interval = "5s";
static bool stats;

const struct option_entry events_options[] = {
    {OPTION_TEXT, "interval", 0, &interval, "TIME",
     "time between statistics: 500ms, 5s, 1m30s [5s]"},
    {OPTION_FLAG, "stats", 0, &stats, NULL, "print the statistics once"},
    {0},
};

/* What is behind the number: its length in milliseconds, 0 when it is no unit. */
static unsigned long unit_of(const char *text, size_t *ret_length)
{
    static const struct {
        const char *name;
        unsigned long milliseconds;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    for (size_t i = 0; i < ELEMENTSOF(units); i++) {
        *ret_length = strlen(units[i].name);
        if (strncmp(text, units[i].name, *ret_length) == 0)
            return units[i].milliseconds;
    }
    return 0;
}

/* "1m30s"; a number alone is in seconds. 0: wrong. */
static unsigned parse_interval(const char *text)
{
    unsigned long total = 0;
    if (!*text)
        return 0;
    do {
        size_t length = 0;
        char *end;
        unsigned long count = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : ULONG_MAX;
        if (count > INT_MAX)
            return 0;
        unsigned long unit = *end ? unit_of(end, &length) : 1000;
        if (unit == 0)
            return 0;
        total += count * unit;
        text = end + length;
    } while (*text && total <= INT_MAX);
    return total <= INT_MAX ? (unsigned)total : 0;
}

static int print_event(void *data, const char *json)
{
    struct call *call = data;
    return print_text(call, json) < 0 || print_text(call, "\n") < 0 ? -EIO : 0;
}

int cmd_events(struct call *call)
{
    unsigned milliseconds = parse_interval(interval);
    if (milliseconds == 0)
        return fail(call, EINVAL, "--interval: \"%s\" is no time, such as 500ms, 5s or 1m30s",
                    interval);
    if (!stats)
        return tare_container_events(call->settings, call->args[0], milliseconds, print_event, call,
                                     call->error) < 0
                   ? -1
                   : STATUS_OK;
    _cleanup_(free_ptr) char *json = NULL;
    if (tare_container_stats(call->settings, call->args[0], &json, call->error) < 0)
        return -1;
    return print_event(call, json) < 0 ? -1 : STATUS_OK;
}
