/* SPDX-License-Identifier: Apache-2.0 */
#include "log-service.h"

#include <endian.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "base/fd.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* One datagram is one entry: lines NAME=VALUE; a value that may have lines of its own follows its name, a newline
 * and its length (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). It is not waited for: a journal that is stuck is no
 * reason to be stuck, too. */
static void write_journal(const char *id, bool is_error, const char *text)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    _cleanup_(free_ptr) char *entry = NULL;
    size_t length = 0;
    FILE *stream = fd < 0 ? NULL : open_memstream(&entry, &length);
    if (!stream)
        return;
    uint64_t size = htole64(strlen(text));
    fprintf(stream, "PRIORITY=%d\nSYSLOG_IDENTIFIER=tare\nID=%.*s\nMESSAGE\n",
            is_error ? LOG_ERR : LOG_WARNING, (int)strcspn(id, "\n"), id);
    fwrite(&size, sizeof(size), 1, stream);
    fprintf(stream, "%s\n", text);
    if (fclose(stream) == 0)
        (void)sendto(fd, entry, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                     (const struct sockaddr *)&address, sizeof(address));
}

static void write_syslog(const char *id, bool is_error, const char *text)
{
    openlog(id, 0, LOG_USER);
    syslog(is_error ? LOG_ERR : LOG_WARNING, "%s", text);
    closelog();
}

log_service *log_service_find(const char *destination, const char **ret_id)
{
    static const struct {
        const char *prefix;
        log_service *service;
    } services[] = {{"journald:", write_journal}, {"syslog:", write_syslog}};
    for (size_t i = 0; i < ELEMENTSOF(services); i++) {
        size_t length = strlen(services[i].prefix);
        if (strncmp(destination, services[i].prefix, length) == 0) {
            *ret_id = destination + length;
            return services[i].service;
        }
    }
    return NULL;
}
