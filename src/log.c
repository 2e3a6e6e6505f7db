/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <errno.h>
#include <time.h>

#include "base/fd.h"

int log_set_level(struct log *log, const char *level, struct error *err)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {{"error", LOG_ERROR},
                  {"warning", LOG_WARNING},
                  {"warn", LOG_WARNING},
                  {"info", LOG_WARNING},
                  {"debug", LOG_DEBUG}};
    if (!level)
        return 0;
    for (size_t i = 0; i < ELEMENTSOF(levels); i++) {
        if (strcasecmp(level, levels[i].name) == 0) {
            log->level = levels[i].level;
            log->level_chosen = true;
            return 0;
        }
    }
    int r = error_set(err, EINVAL, "invalid log-level: %s", level);
    error_set_kind(err, ERROR_USAGE);
    return r;
}

int log_set_format(struct log *log, const char *format, struct error *err)
{
    if (!format || !*format || strcmp(format, "text") == 0)
        log->json = false;
    else if (strcmp(format, "json") == 0)
        log->json = true;
    else
        return error_set(err, EINVAL, "invalid log-format: %s", format);
    return 0;
}

int log_open(struct log *log, const char *destination, struct error *err)
{
    if (!destination || !*destination)
        return 0;
    log->service = log_service_find(destination, &log->service_id);
    if (log->service)
        return 0;
    if (strncmp(destination, "file:", 5) == 0)
        destination += 5;
    /* O_SYNC is what engines get from other runtimes: the line is there when we have exited. */
    log->fd = open(destination, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
    if (log->fd < 0)
        return error_sys(err, errno, "open log file %s", destination);
    return 0;
}

void log_warning(void *data, const char *text)
{
    struct log *log = data;
    if (log->level < LOG_WARNING)
        return;
    char **more = reallocarray(log->warnings, log->n_warnings + 1, sizeof(*more));
    if (!more)
        return;
    log->warnings = more;
    log->warnings[log->n_warnings] = strdup(text);
    if (log->warnings[log->n_warnings])
        log->n_warnings++;
}

/* The inside of a JSON string. Texts hold what users and kernels wrote: bytes that are no UTF-8
 * become '?', or the reader would refuse the whole log. */
static void print_json_string(FILE *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t follow = *p < 0x80 ? 0 : (*p & 0xe0) == 0xc0 ? 1 : (*p & 0xf0) == 0xe0 ? 2 : 3;
        bool valid = *p < 0x80 || (*p >= 0xc2 && *p <= 0xf4);
        for (size_t i = 1; valid && i <= follow; i++)
            valid = (p[i] & 0xc0) == 0x80;
        if (!valid) {
            fputc('?', out);
            p++;
            continue;
        }
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p == '\n')
            fputs("\\n", out);
        else if (*p < 0x20)
            fprintf(out, "\\u%04x", *p);
        else
            fwrite(p, 1, follow + 1, out);
        p += follow + 1;
    }
}

static bool has_log(const struct log *log)
{
    return log->fd >= 0 || log->service;
}

/* One line of the log file, written at once: other runtimes may append to the same file. */
static void write_line(const struct log *log, enum log_level level, const char *message)
{
    const char *name = level == LOG_ERROR ? "error" : "warning";
    if (log->service) {
        log->service(log->service_id, level == LOG_ERROR, message);
        return;
    }
    int fd = log->fd < 0 ? STDERR_FILENO : log->fd;
    char now[32];
    struct tm tm;
    time_t seconds = time(NULL);
    gmtime_r(&seconds, &tm);
    strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &tm);

    _cleanup_(free_ptr) char *line = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&line, &length);
    if (!out)
        return;
    if (log->json)
        fprintf(out, "{\"level\":\"%s\",\"msg\":\"", name);
    else
        fprintf(out, "time=\"%s\" level=%s msg=\"", now, name);
    print_json_string(out, message);
    if (log->json)
        fprintf(out, "\",\"time\":\"%s\"}\n", now);
    else
        fputs("\"\n", out);
    if (fclose(out) == 0)
        (void)fd_write_all(fd, line, length);
}

void log_success(struct log *log)
{
    /* A program that inherits our stderr shares it with its user: unasked warnings stay out of it.
     */
    bool to_stderr =
        log->n_warnings > 0 && !has_log(log) && (log->level_chosen || isatty(STDERR_FILENO));
    for (size_t i = 0; i < log->n_warnings; i++) {
        if (has_log(log) || (to_stderr && log->json))
            write_line(log, LOG_WARNING, log->warnings[i]);
        else if (to_stderr)
            dprintf(STDERR_FILENO, "tare%s%s: warning: %s\n", log->verb ? " " : "",
                    log->verb ? log->verb : "", log->warnings[i]);
    }
}

void log_failure(struct log *log, const tare_error *error)
{
    char text[2304];
    tare_error_format(error, text, sizeof(text));
    const char *problems = tare_error_problems(error);
    const char *separator = *problems ? "\n" : "";

    if (!has_log(log) && !log->json) {
        dprintf(STDERR_FILENO, "tare%s%s: %s%s%s\n", log->verb ? " " : "",
                log->verb ? log->verb : "", text, separator, problems);
        return;
    }
    _cleanup_(free_ptr) char *message = NULL;
    if (asprintf(&message, "%s%s%s", text, separator, problems) < 0)
        message = NULL;
    write_line(log, LOG_ERROR, message ? message : text);
    if (has_log(log))
        dprintf(STDERR_FILENO, "%s\n", message ? message : text);
}

void log_release(struct log *log)
{
    for (size_t i = 0; i < log->n_warnings; i++)
        free(log->warnings[i]);
    free(log->warnings);
    close_fd(&log->fd);
    *log = LOG_INIT;
}
