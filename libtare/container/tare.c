/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <seccomp.h>

#include "container/api.h"

static int later(tare_error *error)
{
    int r = error_set(error_of(error), ENOSYS, "not supported yet");
    error_set_kind(error_of(error), ERROR_UNSUPPORTED);
    return r;
}

int tare_container_create(const struct tare_settings *settings _unused_, const char *id _unused_,
                          const struct tare_create_options *options _unused_, tare_error *error)
{
    return later(error);
}

int tare_container_start(const struct tare_settings *settings _unused_, const char *id _unused_,
                         tare_error *error)
{
    return later(error);
}

int tare_container_run(const struct tare_settings *settings _unused_, const char *id _unused_,
                       const struct tare_create_options *options _unused_, int *ret_status _unused_,
                       tare_error *error)
{
    return later(error);
}

int tare_container_state(const struct tare_settings *settings _unused_, const char *id _unused_,
                         char **ret_json _unused_, tare_error *error)
{
    return later(error);
}

int tare_container_kill(const struct tare_settings *settings _unused_, const char *id _unused_,
                        const struct tare_kill_options *options _unused_, tare_error *error)
{
    return later(error);
}

int tare_container_delete(const struct tare_settings *settings _unused_, const char *id _unused_,
                          const struct tare_delete_options *options _unused_, tare_error *error)
{
    return later(error);
}

int tare_container_list(const struct tare_settings *settings _unused_,
                        int (*each)(void *data, const struct tare_container *container) _unused_,
                        void *data _unused_, tare_error *error)
{
    return later(error);
}

int tare_spec_default(bool rootless _unused_, char **ret_json _unused_, tare_error *error)
{
    return later(error);
}

int tare_features(char **ret_json _unused_, tare_error *error)
{
    return later(error);
}

int tare_plan(const struct tare_settings *settings _unused_, const char *id _unused_,
              const struct tare_create_options *options _unused_, char **ret_plan _unused_,
              tare_error *error)
{
    return later(error);
}

const char *tare_version(void)
{
    return PACKAGE_VERSION;
}

const char *tare_commit(void)
{
    return TARE_COMMIT;
}

const char *tare_spec_version(void)
{
    return "1.3.0";
}

const char *tare_libseccomp_version(void)
{
    /* The headers' version: asking the library would load it. */
#define TEXT_OF(x)  TEXT_OF_(x)
#define TEXT_OF_(x) #x
    return TEXT_OF(SCMP_VER_MAJOR) "." TEXT_OF(SCMP_VER_MINOR) "." TEXT_OF(SCMP_VER_MICRO);
}
