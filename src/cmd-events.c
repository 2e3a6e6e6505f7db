/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>

#include "base/fd.h"
#include "verb.h"

#define MILLISECOND UINT64_C(1000000)

static const char *interval = "5s";
static bool stats;

const struct option_entry events_options[] = {
    {OPTION_TEXT, "interval", 0, &interval, "TIME",
     "time between statistics: 500ms, 1.5s, 1m30s [5s]"},
    {OPTION_FLAG, "stats", 0, &stats, NULL, "print the statistics once"},
    {0},
};

/* What is behind the number: its length in nanoseconds, 0 when it is no unit. */
static uint64_t unit_of(const char *text, size_t *ret_length)
{
    static const struct {
        const char *name;
        uint64_t nanoseconds;
    } units[] = {
        {"ns", 1},
        {"us", 1000},
        {"\u00b5s", 1000}, /* the micro sign, and the Greek letter */
        {"\u03bcs", 1000},
        {"ms", MILLISECOND},
        {"s", 1000 * MILLISECOND},
        {"m", 60000 * MILLISECOND},
        {"h", 3600000 * MILLISECOND},
    };
    for (size_t i = 0; i < ELEMENTSOF(units); i++) {
        *ret_length = strlen(units[i].name);
        if (strncmp(text, units[i].name, *ret_length) == 0)
            return units[i].nanoseconds;
    }
    return 0;
}

/* As many as 64 bits have room for beside an hour; others are taken for 0. */
#define DECIMALS 6

/* One "1.5s", behind which *text is moved: in nanoseconds, 0 when it is wrong. A number alone is in seconds. */
static uint64_t parse_part(const char **text)
{
    size_t digits = strspn(*text, "0123456789");
    size_t decimals = (*text)[digits] == '.' ? strspn(*text + digits + 1, "0123456789") : 0;
    const char *end = *text + digits + (decimals ? decimals + 1 : 0);
    unsigned long count = strtoul(*text, NULL, 10);
    uint64_t fraction = 0, denominator = 1;
    for (size_t i = 0; i < decimals && i < DECIMALS; i++, denominator *= 10)
        fraction = 10 * fraction + (uint64_t)((*text)[digits + 1 + i] - '0');
    size_t length = 0;
    uint64_t unit = *end ? unit_of(end, &length) : 1000 * MILLISECOND;
    if (digits == 0 || unit == 0 || count > INT_MAX * MILLISECOND / unit)
        return 0;
    *text = end + length;
    return count * unit + fraction * unit / denominator;
}

/* "1m30s" in milliseconds, and what is less than one as one. 0: wrong. */
static unsigned parse_interval(const char *text)
{
    uint64_t total = 0;
    do {
        const char *before = text;
        total += parse_part(&text);
        if (text == before)
            return 0;
    } while (*text && total <= INT_MAX * MILLISECOND);
    return total <= INT_MAX * MILLISECOND ? (unsigned)((total + MILLISECOND - 1) / MILLISECOND) : 0;
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
        return fail(call, EINVAL, "--interval: \"%s\" is no time, such as 500ms, 1.5s or 1m30s",
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
