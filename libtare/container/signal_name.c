/* SPDX-License-Identifier: Apache-2.0 */
#include "container/signal_name.h"

#include <errno.h>
#include <signal.h>

#include "base/parse.h"
#include "base/phrases.h"

/* The kernel's range, signal(7): the C library keeps the first two or three for itself and says
 * that SIGRTMIN is 34, and so do people. */
#define SIGNAL_LAST 64

/* Second names that sigabbrev_np(3) does not know. */
static const struct {
    const char *name;
    int number;
} aliases[] = {{"CLD", SIGCHLD}, {"IOT", SIGABRT}, {"IO", SIGIO}, {"UNUSED", SIGSYS}};

static int realtime(const char *text)
{
    bool from_last = strncasecmp(text, "RTMAX", 5) == 0;
    if (!from_last && strncasecmp(text, "RTMIN", 5) != 0)
        return -EINVAL;
    int base = from_last ? SIGNAL_LAST : SIGRTMIN;
    uint32_t distance = 0;
    if (text[5] != '\0' &&
        (text[5] != (from_last ? '-' : '+') || parse_u32(text + 6, &distance) < 0))
        return -EINVAL;
    if (distance > (uint32_t)(SIGNAL_LAST - SIGRTMIN))
        return -EINVAL;
    return from_last ? base - (int)distance : base + (int)distance;
}

static int named(const char *name)
{
    for (int i = 1; i < SIGRTMIN; i++) {
        const char *known = sigabbrev_np(i);
        if (known && strcasecmp(known, name) == 0)
            return i;
    }
    for (size_t i = 0; i < ELEMENTSOF(aliases); i++)
        if (strcasecmp(aliases[i].name, name) == 0)
            return aliases[i].number;
    return realtime(name);
}

int signal_parse(const char *text, struct error *err)
{
    uint32_t number;
    int signal = -EINVAL;
    if (parse_u32(text, &number) == 0)
        signal = number <= SIGNAL_LAST ? (int)number : -EINVAL;
    else
        signal = named(strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text);
    if (signal >= 0)
        return signal;
    error_set(err, EINVAL, PHRASE_UNKNOWN_SIGNAL, text);
    error_set_kind(err, ERROR_USAGE);
    return -EINVAL;
}
