/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* The logs of the system, for --log=journald:ID and --log=syslog:ID, which are crun's. They are
 * written to as well as one can: where there is no such service, the message is on stderr alone. */

/* One message: an error or a warning. */
typedef void log_service(const char *id, bool is_error, const char *text);

/* The service that a destination names, and its ID; NULL when it names a file. */
log_service *log_service_find(const char *destination, const char **ret_id);
