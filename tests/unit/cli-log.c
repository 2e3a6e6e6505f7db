/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "container/api.h"

static char directory[] = "/tmp/tare-unit-log-XXXXXX";
static char file[64];

static void make_directory(void)
{
    cr_assert(mkdtemp(directory));
    snprintf(file, sizeof(file), "%s/log", directory);
    cr_redirect_stderr();
}

static void remove_directory(void)
{
    unlink(file);
    rmdir(directory);
}

TestSuite(log, .init = make_directory, .fini = remove_directory);

static char *content(void)
{
    char *text = NULL;
    cr_assert_eq(file_read(AT_FDCWD, file, 65536, &text, NULL), 0);
    return text;
}

static struct log open_log(const char *format)
{
    struct log log = LOG_INIT;
    cr_assert_eq(log_set_format(&log, format, NULL), 0);
    cr_assert_eq(log_open(&log, file, NULL), 0);
    return log;
}

/* Podman reads the whole file of a failed command as one object. */
Test(log, a_failure_is_one_json_object)
{
    struct log log = open_log("json");
    struct tare_error error = {0};
    log_warning(&log, "held back");
    error_config(&error.error, "/mounts/3", "no \"such\" \\ \n\t\xff type");
    error_add_problem(&error.error, "/second: problem");
    log_failure(&log, &error);
    log_release(&log);
    error_release(&error.error);

    char *text = content();
    const char *expected =
        "{\"level\":\"error\",\"msg\":\"/mounts/3: no \\\"such\\\" \\\\ \\n\\u0009? type\\n"
        "/second: problem\",\"time\":\"";
    cr_assert_eq(strncmp(text, expected, strlen(expected)), 0, "%s", text);
    const char *time = text + strlen(expected);
    cr_assert_eq(strlen(time), strlen("2026-11-22T00:58:06Z\"}\n"));
    cr_assert_str_eq(time + 19, "Z\"}\n");
    free(text);
}

Test(log, success_writes_the_warnings)
{
    struct log log = open_log("json");
    log_warning(&log, "first");
    log_warning(&log, "second");
    log_success(&log);
    log_release(&log);
    char *text = content();
    const char *first = strstr(text, "{\"level\":\"warning\",\"msg\":\"first\",\"time\":\"");
    const char *second = strstr(text, "{\"level\":\"warning\",\"msg\":\"second\",\"time\":\"");
    cr_assert(first == text && second > first, "%s", text);
    free(text);
}

Test(log, text_lines_have_logfmt)
{
    struct log log = open_log("");
    struct tare_error error = {0};
    error_set(&error.error, EINVAL, "it failed");
    log_failure(&log, &error);
    log_release(&log);
    char *text = content();
    cr_assert_eq(strncmp(text, "time=\"", 6), 0, "%s", text);
    cr_assert(strstr(text, "\" level=error msg=\"it failed\"\n"), "%s", text);
    free(text);
}

Test(log, lines_are_appended)
{
    for (int i = 0; i < 2; i++) {
        struct log log = open_log("json");
        log_warning(&log, "again");
        log_success(&log);
        log_release(&log);
    }
    char *text = content();
    const char *second = strchr(text, '\n') + 1;
    cr_assert_neq(*second, '\0');
    cr_assert_null(strchr(strchr(second, '\n') + 1, '\n'));
    free(text);
}

Test(log, refuses_what_it_does_not_know)
{
    struct log log = LOG_INIT;
    struct error err = ERROR_INIT;
    cr_assert_lt(log_set_format(&log, "xml", &err), 0);
    cr_assert_str_eq(err.text, "invalid log-format: xml");
    cr_assert_lt(log_set_level(&log, "loud", &err), 0);
    cr_assert_lt(log_open(&log, "/nonexistent/dir/log", &err), 0);
    cr_assert_eq(log.fd, -1);
    error_release(&err);
}

/* What is behind the colon is anybody's; what is in front of it may be a file. */
Test(log, knows_the_logs_of_the_system)
{
    static const struct {
        const char *destination, *id;
    } cases[] = {{"journald:c1", "c1"}, {"syslog:", ""}, {"journald", NULL}, {"Syslog:x", NULL}};
    for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
        const char *id = NULL;
        log_service *service = log_service_find(cases[i].destination, &id);
        cr_assert_eq(service != NULL, cases[i].id != NULL, "%s", cases[i].destination);
        if (service)
            cr_assert_str_eq(id, cases[i].id);
    }
}

Test(log, quiet_levels_hold_no_warnings)
{
    struct log log = LOG_INIT;
    cr_assert_eq(log_set_level(&log, "error", NULL), 0);
    log_warning(&log, "unheard");
    cr_assert_eq(log.n_warnings, 0);
    log_release(&log);
}
