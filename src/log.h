/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "log-service.h"
#include "tare.h"

/* What is said besides the output of a command: warnings and the one error.
 *
 * Engines read the log file of a failed command as one JSON object, so warnings are held back until
 * the command has ended: after success they are written, after failure only the error is. The error
 * goes to stderr too, as plain text, because engines that gave no log file (and people) look there;
 * who asks for JSON and names no file gets JSON on stderr. */

enum log_level {
    LOG_ERROR,
    LOG_WARNING,
    LOG_DEBUG,
};

struct log {
    int fd;               /* of the --log file, -1: none */
    log_service *service; /* in its place; NULL: none */
    const char *service_id;
    bool json;
    enum log_level level;
    bool level_chosen; /* by the command line */
    const char *verb;  /* for "tare VERB: " in front of messages; NULL before it is known */
    char **warnings;
    size_t n_warnings;
};

#define LOG_INIT ((struct log){.fd = -1, .level = LOG_WARNING})

/* Choose level, format and destination by their command line texts; NULL: the default. */
int log_set_level(struct log *log, const char *level, struct error *err);
int log_set_format(struct log *log, const char *format, struct error *err);
int log_open(struct log *log, const char *destination, struct error *err);

/* For struct tare_settings: `data` is the struct log. */
void log_warning(void *data, const char *text);

/* The end of the command: write what is held back, or the error in its place. */
void log_success(struct log *log);
void log_failure(struct log *log, const tare_error *error);
void log_release(struct log *log);
