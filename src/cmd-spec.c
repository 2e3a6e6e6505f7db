/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "verb.h"

static struct {
    const char *bundle, *file;
    bool rootless;
} spec;

const struct option_entry spec_options[] = {
    {OPTION_TEXT, "bundle", 'b', &spec.bundle, "DIR", "write config.json into DIR [.]"},
    {OPTION_TEXT, "file", 'f', &spec.file, "FILE",
     "write to FILE, which may exist; - is standard output"},
    {OPTION_FLAG, "rootless", 0, &spec.rootless, NULL, "for the calling user without privileges"},
    {0},
};

int cmd_spec(struct call *call)
{
    _cleanup_(free_ptr) char *json = NULL;
    if (tare_spec_default(spec.rootless, &json, call->error) < 0)
        return -1;
    if (spec.file && strcmp(spec.file, "-") == 0)
        return print_text(call, json);

    _cleanup_(close_fd) int directory =
        open(spec.bundle ? spec.bundle : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return fail(call, errno, "open bundle %s: %s", spec.bundle ? spec.bundle : ".",
                    strerrordesc_np(errno));

    /* A configuration is somebody's work: only a file that was named on purpose is written over. */
    const char *name = spec.file ? spec.file : "config.json";
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (spec.file ? O_TRUNC : O_EXCL);
    _cleanup_(close_fd) int fd = openat(directory, name, flags, 0666);
    if (fd < 0 && errno == EEXIST)
        return fail(call, EEXIST, PHRASE_CONFIG_EXISTS);
    if (fd < 0)
        return fail(call, errno, "create %s: %s", name, strerrordesc_np(errno));
    int r = fd_write_all(fd, json, strlen(json));
    return r == 0 ? STATUS_OK : fail(call, -r, "write %s: %s", name, strerrordesc_np(-r));
}
