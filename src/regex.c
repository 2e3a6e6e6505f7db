/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <regex.h>

#include "base/fd.h"
#include "container/api.h"
#include "verb.h"

struct matches {
    const regex_t *regex;
    char **ids;
    size_t n;
};

static int collect(void *data, const struct tare_container *container)
{
    struct matches *matches = data;
    regmatch_t match;
    if (regexec(matches->regex, container->id, 1, &match, 0) != 0 || match.rm_so != 0 ||
        (size_t)match.rm_eo != strlen(container->id))
        return 0;
    char **more = reallocarray(matches->ids, matches->n + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    matches->ids = more;
    matches->ids[matches->n] = strdup(container->id);
    if (!matches->ids[matches->n])
        return -ENOMEM;
    matches->n++;
    return 0;
}

static void matches_release(struct matches *matches)
{
    for (size_t i = 0; i < matches->n; i++)
        free(matches->ids[i]);
    free(matches->ids);
}

int for_matching_containers(struct call *call, const char *expression,
                            int (*act)(struct call *call, const char *id))
{
    regex_t regex;
    int code = regcomp(&regex, expression, REG_EXTENDED);
    if (code != 0) {
        char reason[128];
        regerror(code, &regex, reason, sizeof(reason));
        return fail(call, EINVAL, "regular expression \"%s\": %s", expression, reason);
    }
    /* Acting while the directory is walked would change what is walked over. */
    struct matches matches _cleanup_(matches_release) = {.regex = &regex};
    int r = tare_container_list(call->settings, collect, &matches, call->error);
    regfree(&regex);
    if (r < 0)
        return -1;

    struct error first _cleanup_(error_release) = ERROR_INIT;
    bool failed = false;
    for (size_t i = 0; i < matches.n; i++) {
        if (act(call, matches.ids[i]) >= 0)
            continue;
        if (!failed)
            error_move(&first, &call->error->error);
        failed = true;
    }
    if (!failed)
        return STATUS_OK;
    error_move(&call->error->error, &first);
    return -1;
}
