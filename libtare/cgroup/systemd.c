/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd.h"

#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "cgroup/events.h"
#include "cgroup/introduction.h"
#include "cgroup/systemd-address.h"
#include "cgroup/systemd-message.h"

#define NAME      "org.freedesktop.systemd1"
#define PATH      "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

#define WHO_CONNECTED 0 /* as a pid */

#define CONNECT_LIMIT_MS 10000
#define CALL_LIMIT_USEC  UINT64_C(25000000)
/* A scope has nothing to do but to be entered; a stop may have to kill. systemd's own limit for one
 * job is 90 s. */
#define JOB_LIMIT_MS 30000

static void unref_message(struct sd_bus_message **message)
{
    if (*message)
        sd_bus.message_unref(*message);
}

static void free_error(struct sd_bus_error *error)
{
    sd_bus.error_free(error);
}

/* ---- connecting ---- */

/* Until the connection can be used, which sd-bus would wait for without an end. */
static int await_ready(struct sd_bus *bus)
{
    int64_t deadline = monotonic_ms() + CONNECT_LIMIT_MS;
    for (;;) {
        int r = sd_bus.is_ready(bus);
        if (r != 0)
            return r < 0 ? r : 0;
        r = sd_bus.process(bus, NULL);
        int64_t left = deadline - monotonic_ms();
        if (r == 0 && left <= 0)
            return -ETIMEDOUT;
        if (r == 0)
            r = sd_bus.wait(bus, (uint64_t)left * 1000);
        if (r < 0 && r != -EINTR)
            return r;
    }
}

static int not_connected(const struct systemd *systemd, int r, struct error *err)
{
    error_sys(err, -r, "connect to systemd's %s manager", systemd->user ? "user" : "system");
    error_set_kind(err, ERROR_UNSUPPORTED);
    if (systemd->user)
        error_add_hint(err, "it runs for a user who is logged in or has lingering enabled "
                            "(loginctl enable-linger), and is found by DBUS_SESSION_BUS_ADDRESS "
                            "or XDG_RUNTIME_DIR; or use --cgroup-manager=cgroupfs");
    else
        error_add_hint(err,
                       "is systemd the init of this machine? or use --cgroup-manager=cgroupfs");
    return r;
}

/* `fd` becomes sd-bus's. */
static int use_connection(struct systemd *systemd, int fd, struct error *err)
{
    _cleanup_(close_fd) int connection = fd;
    int r = sd_bus.new(&systemd->bus);
    if (r >= 0)
        r = sd_bus.set_fd(systemd->bus, connection, connection);
    if (r >= 0) {
        systemd->fd = TAKE_FD(connection);
        r = sd_bus.set_bus_client(systemd->bus, !systemd->direct);
    }
    if (r >= 0)
        r = sd_bus.start(systemd->bus);
    if (r >= 0)
        r = await_ready(systemd->bus);
    return r < 0 ? not_connected(systemd, r, err) : 0;
}

int systemd_open(struct systemd *systemd, bool user, struct error *err)
{
    *systemd = (struct systemd){.user = user, .fd = -1};
    int r = sd_bus_load(err);
    if (r < 0)
        return r;
    struct systemd_addresses addresses = systemd_addresses(user);
    int fd = systemd_connect(&addresses, &systemd->direct);
    return fd < 0 ? not_connected(systemd, fd, err) : use_connection(systemd, fd, err);
}

int systemd_open_introduced(struct systemd *systemd, bool user, int socket, struct error *err)
{
    *systemd = (struct systemd){.user = user, .fd = -1};
    int r = sd_bus_load(err);
    if (r < 0)
        return r;
    int fd = -1;
    r = introduction_receive(socket, &fd, &systemd->direct, err);
    if (r < 0)
        return err && err->code ? r : not_connected(systemd, r, err);
    return use_connection(systemd, fd, err);
}

void systemd_release(struct systemd *systemd)
{
    if (systemd->bus)
        systemd->bus = sd_bus.close_unref(systemd->bus);
}

/* ---- calls ---- */

static int new_call(struct systemd *systemd, struct sd_bus_message **ret, const char *method)
{
    return sd_bus.message_new_method_call(systemd->bus, ret, systemd->direct ? NULL : NAME, PATH,
                                          INTERFACE, method);
}

static int send_call(struct systemd *systemd, struct sd_bus_message *message,
                     struct sd_bus_error *error, struct sd_bus_message **reply)
{
    int r = sd_bus.call(systemd->bus, message, CALL_LIMIT_USEC, error, reply);
    return r < 0 ? r : 0;
}

/* "METHOD(words...)": a call whose arguments are all text. */
static int call_with_words(struct systemd *systemd, const char *method, const char *const *words,
                           struct sd_bus_error *error, struct sd_bus_message **reply)
{
    _cleanup_(unref_message) struct sd_bus_message *message = NULL;
    int r = new_call(systemd, &message, method);
    for (; r >= 0 && *words; words++)
        r = sd_bus.message_append_basic(message, 's', *words);
    return r < 0 ? r : send_call(systemd, message, error, reply);
}

static bool is_error(const struct sd_bus_error *error, const char *name)
{
    return error->name && strcmp(error->name, name) == 0;
}

static int report(struct error *err, int r, const struct sd_bus_error *error, const char *what,
                  const char *unit)
{
    if (error->message)
        error_set(err, -r, "%s %s: systemd says: %s", what, unit, error->message);
    else
        error_sys(err, -r, "%s %s with systemd", what, unit);
    if (r == -ETIMEDOUT)
        error_add_hint(err, "systemd did not answer in time: is it busy or being reloaded?");
    else if (is_error(error, "org.freedesktop.DBus.Error.AccessDenied") || r == -EACCES)
        error_add_hint(err, "only root may ask the system's manager");
    return r;
}

/* The version of the manager, which knows what it has been asked for only by that. */
static int ask_version(struct systemd *systemd)
{
    _cleanup_(unref_message) struct sd_bus_message *message = NULL, *reply = NULL;
    struct sd_bus_error error _cleanup_(free_error) = {0};
    const char *text = "";
    int r = sd_bus.message_new_method_call(systemd->bus, &message, systemd->direct ? NULL : NAME,
                                           PATH, "org.freedesktop.DBus.Properties", "Get");
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 's', INTERFACE);
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 's', "Version");
    if (r >= 0)
        r = send_call(systemd, message, &error, &reply);
    if (r >= 0)
        r = sd_bus.message_enter_container(reply, 'v', "s");
    if (r >= 0)
        r = sd_bus.message_read_basic(reply, 's', &text);
    /* "252.38-1~deb12u1", of some builds "v252" */
    unsigned version = 0;
    if (r >= 0 && sscanf(text + (*text == 'v'), "%u", &version) == 1)
        systemd->version = version;
    return r < 0 ? r : 0;
}

static int need_version(struct systemd *systemd, const struct plan_property *properties, size_t n,
                        struct error *err)
{
    for (size_t i = 0; i < n && systemd->version == 0; i++) {
        int r = properties[i].since ? ask_version(systemd) : 0;
        if (r < 0)
            return error_sys(err, -r, "ask systemd for its version");
        if (properties[i].since)
            break;
    }
    return 0;
}

static int append_properties(struct systemd *systemd, struct sd_bus_message *message,
                             const struct plan_property *properties, size_t n)
{
    int r = 0;
    for (size_t i = 0; r >= 0 && i < n; i++)
        if (properties[i].since <= systemd->version)
            r = message_append_property(message, properties[i].name, &properties[i].value);
    return r;
}

/* systemd's text names the property that it refuses, and only that: the one of the configuration. */
static void add_place(const struct plan_property *properties, size_t n,
                      const struct sd_bus_error *error, struct error *err)
{
    for (size_t i = n; error->message && i-- > 0;) {
        const char *found = strstr(error->message, properties[i].name);
        if (found && properties[i].where) {
            error_add_where(err, "%s", properties[i].where);
            return;
        }
    }
}

/* ---- jobs ---- */

struct job {
    const char *path; /* what to wait for */
    bool done;
    char result[32];
};

static int on_job_removed(struct sd_bus_message *message, void *data, struct sd_bus_error *error)
{
    struct job *job = data;
    uint32_t id;
    const char *path, *unit, *result;
    (void)error;
    if (sd_bus.message_read_basic(message, 'u', &id) > 0 &&
        sd_bus.message_read_basic(message, 'o', &path) > 0 &&
        sd_bus.message_read_basic(message, 's', &unit) > 0 &&
        sd_bus.message_read_basic(message, 's', &result) > 0 && job->path &&
        strcmp(path, job->path) == 0) {
        job->done = true;
        snprintf(job->result, sizeof(job->result), "%s", result);
    }
    return 0;
}

/* Signals of jobs come to us from now on. On a message bus they have to be asked for. */
static int watch_jobs(struct systemd *systemd, struct job *job)
{
    const char *const nothing[] = {NULL};
    struct sd_bus_error error _cleanup_(free_error) = {0};
    int r = sd_bus.match_signal(systemd->bus, NULL, systemd->direct ? NULL : NAME, PATH, INTERFACE,
                                "JobRemoved", on_job_removed, job);
    if (r >= 0 && !systemd->direct)
        r = call_with_words(systemd, "Subscribe", nothing, &error, NULL);
    return r < 0 && !is_error(&error, "org.freedesktop.systemd1.AlreadySubscribed") ? r : 0;
}

/* Until there is something to read, or the wait is interrupted. */
static int wait_for_news(struct systemd *systemd, int64_t left, struct error *err)
{
    const struct interruption *interruption = systemd->interruption;
    int events = sd_bus.get_events(systemd->bus);
    struct pollfd fds[] = {
        {.fd = systemd->fd, .events = (short)events},
        {.fd = interruption ? interruption->fd : -1, .events = POLLIN},
    };
    if (events < 0)
        return events;
    if (poll(fds, ELEMENTSOF(fds), (int)left) < 0)
        return errno == EINTR ? 0 : -errno;
    return fds[1].revents ? interruption->check(interruption->data, err) : 0;
}

/* -EINTR: `err` says by what. */
static int await_job(struct systemd *systemd, struct job *job, struct sd_bus_message *reply,
                     struct error *err)
{
    int64_t deadline = monotonic_ms() + JOB_LIMIT_MS;
    int r = sd_bus.message_read_basic(reply, 'o', &job->path);
    while (r >= 0 && !job->done) {
        r = sd_bus.process(systemd->bus, NULL);
        if (r != 0)
            continue;
        int64_t left = deadline - monotonic_ms();
        r = left > 0 ? wait_for_news(systemd, left, err) : -ETIMEDOUT;
    }
    /* The reply, which the path belongs to, goes before the job. */
    job->path = NULL;
    return r < 0 ? r : 0;
}

/* ---- the scope ---- */

static int fill_start(struct systemd *systemd, struct sd_bus_message *message,
                      const struct plan_scope *scope)
{
    struct variant number = {.type = "u", .number = WHO_CONNECTED};
    struct variant pids = {.type = "au", .items = &number, .n = 1};
    int r = sd_bus.message_append_basic(message, 's', scope->unit);
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 's', "fail");
    if (r >= 0)
        r = sd_bus.message_open_container(message, 'a', "(sv)");
    if (r >= 0)
        r = append_properties(systemd, message, scope->properties, scope->n_properties);
    if (r >= 0)
        r = message_append_property(message, "PIDs", &pids);
    if (r >= 0)
        r = sd_bus.message_close_container(message);
    /* No further units. */
    if (r >= 0)
        r = sd_bus.message_open_container(message, 'a', "(sa(sv))");
    return r < 0 ? r : sd_bus.message_close_container(message);
}

static int request_start(struct systemd *systemd, const struct plan_scope *scope,
                         struct sd_bus_error *error, struct sd_bus_message **reply)
{
    _cleanup_(unref_message) struct sd_bus_message *message = NULL;
    int r = new_call(systemd, &message, "StartTransientUnit");
    if (r >= 0)
        r = fill_start(systemd, message, scope);
    return r < 0 ? r : send_call(systemd, message, error, reply);
}

static void forget_failure(struct systemd *systemd, const char *unit)
{
    struct sd_bus_error error _cleanup_(free_error) = {0};
    /* That there is no such unit is what is wanted. */
    (void)call_with_words(systemd, "ResetFailedUnit", (const char *const[]){unit, NULL}, &error,
                          NULL);
}

static int start_failed(const struct plan_scope *scope, int r, const struct sd_bus_error *error,
                        struct error *err)
{
    if (is_error(error, "org.freedesktop.systemd1.UnitExists")) {
        error_set(err, EEXIST, "systemd has a unit %s already", scope->unit);
        error_add_where(err, "/linux/cgroupsPath");
        error_add_hint(err, "`systemctl%s status %s` shows it: stop it, or choose another name",
                       scope->user ? " --user" : "", scope->unit);
        return -EEXIST;
    }
    report(err, r, error, "start", scope->unit);
    add_place(scope->properties, scope->n_properties, error, err);
    return r;
}

static int job_failed(const struct job *job, const char *what, const char *unit, struct error *err)
{
    error_set(err, EIO, "systemd could not %s %s: %s", what, unit, job->result);
    error_add_hint(err, "the journal says more: journalctl -u %s", unit);
    return -EIO;
}

int systemd_start_scope(struct systemd *systemd, const struct plan_scope *scope, struct error *err)
{
    struct job job = {0};
    _cleanup_(unref_message) struct sd_bus_message *reply = NULL;
    struct sd_bus_error error _cleanup_(free_error) = {0};
    int r = need_version(systemd, scope->properties, scope->n_properties, err);
    if (r < 0)
        return r;
    r = watch_jobs(systemd, &job);
    if (r < 0)
        return error_sys(err, -r, "watch systemd's jobs");
    r = request_start(systemd, scope, &error, &reply);
    /* A scope of that name that failed is remembered, and in the way. */
    if (r < 0 && is_error(&error, "org.freedesktop.systemd1.UnitExists")) {
        forget_failure(systemd, scope->unit);
        sd_bus.error_free(&error);
        r = request_start(systemd, scope, &error, &reply);
    }
    if (r < 0)
        return start_failed(scope, r, &error, err);
    r = await_job(systemd, &job, reply, err);
    if (r < 0)
        return r == -EINTR ? r : report(err, r, &error, "start", scope->unit);
    return strcmp(job.result, "done") == 0 ? 0 : job_failed(&job, "start", scope->unit, err);
}

static int request_attachment(struct systemd *systemd, const char *unit, const char *below,
                              struct sd_bus_error *error)
{
    _cleanup_(unref_message) struct sd_bus_message *message = NULL;
    const uint32_t pid = WHO_CONNECTED;
    int r = new_call(systemd, &message, "AttachProcessesToUnit");
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 's', unit);
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 's', below);
    if (r >= 0)
        r = sd_bus.message_open_container(message, 'a', "u");
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 'u', &pid);
    if (r >= 0)
        r = sd_bus.message_close_container(message);
    return r < 0 ? r : send_call(systemd, message, error, NULL);
}

int systemd_attach(struct systemd *systemd, const char *unit, const char *below, struct error *err)
{
    struct sd_bus_error error _cleanup_(free_error) = {0};
    int r = request_attachment(systemd, unit, below, &error);
    return r < 0 ? report(err, r, &error, "move a process into", unit) : 0;
}

int systemd_set_properties(struct systemd *systemd, const char *unit,
                           const struct plan_property *properties, size_t n, struct error *err)
{
    _cleanup_(unref_message) struct sd_bus_message *message = NULL;
    struct sd_bus_error error _cleanup_(free_error) = {0};
    int r = need_version(systemd, properties, n, err);
    if (r < 0)
        return r;
    int runtime = 1;
    r = new_call(systemd, &message, "SetUnitProperties");
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 's', unit);
    if (r >= 0)
        r = sd_bus.message_append_basic(message, 'b', &runtime);
    if (r >= 0)
        r = sd_bus.message_open_container(message, 'a', "(sv)");
    if (r >= 0)
        r = append_properties(systemd, message, properties, n);
    if (r >= 0)
        r = sd_bus.message_close_container(message);
    if (r >= 0)
        r = send_call(systemd, message, &error, NULL);
    if (r >= 0)
        return 0;
    report(err, r, &error, "change", unit);
    add_place(properties, n, &error, err);
    return r;
}

int systemd_stop_unit(struct systemd *systemd, const char *unit, struct error *err)
{
    struct job job = {0};
    _cleanup_(unref_message) struct sd_bus_message *reply = NULL;
    struct sd_bus_error error _cleanup_(free_error) = {0};
    int r = watch_jobs(systemd, &job);
    if (r < 0)
        return error_sys(err, -r, "watch systemd's jobs");
    r = call_with_words(systemd, "StopUnit", (const char *const[]){unit, "replace", NULL}, &error,
                        &reply);
    if (r < 0 && is_error(&error, "org.freedesktop.systemd1.NoSuchUnit"))
        return 0;
    if (r == 0)
        r = await_job(systemd, &job, reply, err);
    if (r < 0)
        return report(err, r, &error, "stop", unit);
    forget_failure(systemd, unit);
    return strcmp(job.result, "done") == 0 ? 0 : job_failed(&job, "stop", unit, err);
}
