/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/phrases.h"
#include "container/api.h"
#include "container/destroy.h"

static int delete_container(const struct settings *settings, const char *id, bool force,
                            struct error *err)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    int r = container_open(&container, &arena, settings, id, true, err);
    if (r < 0)
        return r;
    /* The specification would have `created` refused, too; containerd and others delete such
     * containers, and every runtime lets them. One that never got a state is what a killed create
     * left behind. */
    bool idle = container.status == STATUS_STOPPED || container.status == STATUS_CREATED ||
                !container.state;
    if (!idle && !force) {
        r = error_set(err, EBUSY, PHRASE_DELETE_NOT_STOPPED, id, status_name(container.status));
        error_set_kind(err, ERROR_WRONG_STATE);
        return r;
    }
    return container_destroy(&container, settings, err);
}

int tare_container_delete(const struct tare_settings *given, const char *id,
                          const struct tare_delete_options *given_options, tare_error *error)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct tare_delete_options options;
    options_copy(&options, sizeof(options), given_options);
    struct settings settings;
    int r = settings_read(&settings, &arena, given, error_begin(error));
    if (r == 0)
        r = delete_container(&settings, id, options.force, error_begin(error));
    if (r == -ENOENT && options.force && (!error || error->error.kind == ERROR_NOT_FOUND)) {
        (void)error_begin(error);
        r = 0;
    }
    return r;
}
