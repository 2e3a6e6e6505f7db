/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <seccomp.h>

#include "container/api.h"
#include "container/bundle.h"
#include "container/home.h"
#include "spec/write.h"

/* What the library offers besides the life of a container: documents and versions. */

/* The text as the caller's own; `newline` is appended. */
static int give(const char *text, const char *newline, char **ret, struct error *err)
{
    if (asprintf(ret, "%s%s", text, newline) >= 0)
        return 0;
    *ret = NULL;
    return error_sys(err, ENOMEM, "print a document");
}

int tare_spec_default(bool rootless, char **ret_json, tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct spec *spec;
    const char *json = NULL;
    int r = spec_default(&arena, rootless, geteuid(), getegid(), &spec, err);
    if (r == 0)
        r = spec_write(&arena, spec, "\t", &json, err);
    return r < 0 ? r : give(json, "\n", ret_json, err);
}

int tare_plan(const struct tare_settings *given, const char *id,
              const struct tare_create_options *given_options, char **ret_plan, tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct tare_create_options options;
    struct settings settings;
    struct bundle bundle _cleanup_(bundle_release) = {0};
    options_copy(&options, sizeof(options), given_options);
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0 && id)
        r = id_check(id, err);
    /* Judged as for the foreground: a configuration with a terminal is not wrong for want of a
     * socket. */
    if (r == 0)
        r = bundle_load(&bundle, &arena, &settings, id ? id : "ID", &options, true, err);
    const char *text = NULL;
    if (r == 0 && ret_plan)
        r = plan_print(&arena, bundle.plan, &text, err);
    return r < 0 || !ret_plan ? r : give(text, "", ret_plan, err);
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
