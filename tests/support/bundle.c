/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/bundle.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/host.h"
#include "tests/support/json.h"
#include "tests/support/text.h"

/* As `tare spec` writes it (tests/integration/spec.c compares), without a terminal. */
static const char default_config[] =
    "{\"ociVersion\":\"1.0.2\","
    "\"process\":{\"terminal\":false,\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"/payload\"],"
    " \"env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/"
    "bin\",\"TERM=xterm\"],"
    " \"cwd\":\"/\","
    " \"capabilities\":{"
    "  \"bounding\":[\"CAP_AUDIT_WRITE\",\"CAP_KILL\",\"CAP_NET_BIND_SERVICE\"],"
    "  \"effective\":[\"CAP_AUDIT_WRITE\",\"CAP_KILL\",\"CAP_NET_BIND_SERVICE\"],"
    "  \"permitted\":[\"CAP_AUDIT_WRITE\",\"CAP_KILL\",\"CAP_NET_BIND_SERVICE\"]},"
    " \"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":1024,\"soft\":1024}],"
    " \"noNewPrivileges\":true},"
    "\"root\":{\"path\":\"rootfs\",\"readonly\":false},"
    "\"hostname\":\"tare\","
    "\"mounts\":["
    " {\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
    " {\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
    "  \"options\":[\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"]},"
    " {\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\","
    "  "
    "\"options\":[\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"]}"
    ","
    " {\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\","
    "  \"options\":[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\",\"size=65536k\"]},"
    " {\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\","
    "  \"options\":[\"nosuid\",\"noexec\",\"nodev\"]},"
    " {\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\","
    "  \"options\":[\"nosuid\",\"noexec\",\"nodev\",\"ro\"]},"
    " {\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\","
    "  \"options\":[\"nosuid\",\"noexec\",\"nodev\",\"relatime\",\"ro\"]}],"
    "\"linux\":{"
    " \"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]},"
    " \"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":"
    "\"uts\"},"
    "  {\"type\":\"mount\"},{\"type\":\"cgroup\"}],"
    " \"maskedPaths\":[\"/proc/acpi\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\","
    "  \"/proc/timer_list\",\"/proc/timer_stats\",\"/proc/sched_debug\",\"/sys/firmware\","
    "  \"/proc/scsi\"],"
    " \"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\","
    "  \"/proc/sysrq-trigger\"]}}";

const char *payload_binary(void)
{
    const char *path = getenv("TARE_TEST_PAYLOAD");

    return path != NULL ? path : TEST_BUILDDIR "/tests/support/payload";
}

struct bundle *bundle_new(void)
{
    static int serial;
    struct bundle *bundle = calloc(1, sizeof(*bundle));

    cr_assert_not_null(bundle);
    bundle->id = text_format("%s-%d", test_prefix(), ++serial);
    bundle->path = text_format(WORK "/bundle%d", serial);
    bundle->rootfs = text_format("%s/rootfs", bundle->path);
    directory_make(bundle->rootfs);
    file_copy(payload_binary(), bundle_path(bundle, "/payload"));
    bundle->config = json_parse(default_config);
    return bundle;
}

struct bundle *bundle_new_busybox(void)
{
    static const char *const names[] = {"sh",   "cat",  "echo", "ls",    "id",  "env",     "mount",
                                        "true", "test", "stat", "sleep", "dd",  "head",    "seq",
                                        "ps",   "stty", "tty",  "mkdir", "sed", "hostname"};
    struct bundle *bundle = bundle_new();

    if (!file_exists("/bin/busybox"))
        SKIP("needs a static /bin/busybox");
    file_copy("/bin/busybox", bundle_path(bundle, "/bin/busybox"));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cr_assert_eq(symlink("busybox", bundle_path(bundle, text_format("/bin/%s", names[i]))), 0);
    return bundle;
}

char *bundle_path(const struct bundle *bundle, const char *path)
{
    return text_format("%s%s", bundle->rootfs, path);
}

void bundle_set(struct bundle *bundle, const char *pointer, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    cr_assert_geq(vasprintf(&text, format, arguments), 0);
    va_end(arguments);
    json_set(bundle->config, pointer, text);
    free(text);
}

void bundle_remove(struct bundle *bundle, const char *pointer)
{
    json_remove(bundle->config, pointer);
}

void bundle_payload(struct bundle *bundle, const char *words, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, words);
    cr_assert_geq(vasprintf(&text, words, arguments), 0);
    va_end(arguments);
    bundle_set(bundle, "/process/args", "[\"/payload\"]");
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        bundle_set(bundle, "/process/args/-", "%s", json_quote(word));
    free(text);
}

void bundle_args(struct bundle *bundle, const char *argument, ...)
{
    va_list arguments;

    bundle_set(bundle, "/process/args", "[]");
    va_start(arguments, argument);
    for (; argument != NULL; argument = va_arg(arguments, const char *))
        bundle_set(bundle, "/process/args/-", "%s", json_quote(argument));
    va_end(arguments);
}

void bundle_remove_namespace(struct bundle *bundle, const char *type)
{
    size_t n = json_length(json_at(bundle->config, "/linux/namespaces"));

    for (size_t i = 0; i < n; i++) {
        const char *found = json_text(bundle->config, text_format("/linux/namespaces/%zu/type", i));

        if (found != NULL && strcmp(found, type) == 0) {
            bundle_remove(bundle, text_format("/linux/namespaces/%zu", i));
            return;
        }
    }
}

void bundle_add_namespace(struct bundle *bundle, const char *type, const char *path)
{
    bundle_remove_namespace(bundle, type);
    if (path == NULL)
        bundle_set(bundle, "/linux/namespaces/-", "{\"type\":\"%s\"}", type);
    else
        bundle_set(bundle, "/linux/namespaces/-", "{\"type\":\"%s\",\"path\":%s}", type,
                   json_quote(path));
}

void bundle_mount(struct bundle *bundle, const char *type, const char *source, const char *target,
                  const char *options)
{
    bundle_set(bundle, "/mounts/-", "{\"destination\":%s}", json_quote(target));
    for (size_t last = json_length(json_at(bundle->config, "/mounts")) - 1;;) {
        char *at = text_format("/mounts/%zu", last);

        if (type != NULL)
            bundle_set(bundle, text_format("%s/type", at), "%s", json_quote(type));
        if (source != NULL)
            bundle_set(bundle, text_format("%s/source", at), "%s", json_quote(source));
        if (options != NULL)
            bundle_set(bundle, text_format("%s/options", at), "[%s]", options);
        return;
    }
}

void bundle_map_users(struct bundle *bundle)
{
    bundle_add_namespace(bundle, "user", NULL);
    bundle_set(bundle, "/linux/uidMappings",
               "[{\"containerID\":0,\"hostID\":100000,\"size\":65536}]");
    bundle_set(bundle, "/linux/gidMappings",
               "[{\"containerID\":0,\"hostID\":100000,\"size\":65536}]");
    cr_assert_eq(chown(bundle->rootfs, 100000, 100000), 0);
}

void bundle_write(const struct bundle *bundle)
{
    file_write(text_format("%s/config.json", bundle->path), "%s",
               bundle->raw != NULL ? bundle->raw : json_write(bundle->config));
}
