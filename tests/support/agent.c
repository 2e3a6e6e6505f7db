/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/agent.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/host.h"
#include "tests/support/text.h"

enum { LISTENERS = 8, MESSAGE_SIZE = 1 << 18 };

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_lt(strlen(path), sizeof(address.sun_path));
    strcpy(address.sun_path, path);
    unlink(path);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(fd, 8), 0);
    return fd;
}

/* All that comes, and the fd that must come with the first of it. */
static int receive(int connection, char *text)
{
    int listener = -1;
    size_t length = 0;

    for (;;) {
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(4 * sizeof(int))];
        } rights = {0};
        struct iovec vector = {.iov_base = text + length, .iov_len = MESSAGE_SIZE - 1 - length};
        struct msghdr message = {.msg_iov = &vector,
                                 .msg_iovlen = 1,
                                 .msg_control = &rights,
                                 .msg_controllen = sizeof(rights)};
        ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);

        if (n <= 0)
            break;
        if (CMSG_FIRSTHDR(&message) != NULL) {
            /* One fd, at the beginning. */
            if (length > 0 || CMSG_FIRSTHDR(&message)->cmsg_len != CMSG_LEN(sizeof(int)))
                _exit(3);
            memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(listener));
        }
        length += (size_t)n;
    }
    text[length] = 0;
    return listener;
}

static void note(const char *log, const char *words)
{
    int fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);

    dprintf(fd, "%s\n", words);
    close(fd);
}

static void answer(int listener, const struct agent_answer *answers, const char *log)
{
    struct seccomp_notif request = {0};
    struct seccomp_notif_resp response = {0};
    int number;

    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
        return;
    number = request.data.nr;
    note(log, text_format("call %d.", number));
    while (answers->number != number && answers->number >= 0)
        answers++;
    response.id = request.id;
    response.flags = answers->go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    response.val = answers->value;
    response.error = -answers->error;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static void serve(int socket, const struct agent *agent, const struct agent_answer *answers,
                  enum agent_manner manner)
{
    static char text[MESSAGE_SIZE];
    struct pollfd fds[1 + LISTENERS] = {{.fd = socket, .events = POLLIN}};
    nfds_t n = 1;

    for (int connections = 0; poll(fds, n, -1) >= 0;) {
        for (nfds_t i = 1; i < n; i++) {
            if (fds[i].revents & POLLIN)
                answer(fds[i].fd, answers, agent->log);
            else if (fds[i].revents)
                fds[i].fd = -1;
        }
        if (fds[0].revents) {
            int connection = accept(socket, NULL, NULL);

            note(agent->log, "connection.");
            if (manner != AGENT_HANGS_UP && n < 1 + LISTENERS) {
                int listener = receive(connection, text);

                file_write(text_format("%s.%d.part", agent->log, connections), "%s", text);
                rename(text_format("%s.%d.part", agent->log, connections),
                       text_format("%s.%d", agent->log, connections));
                connections++;
                if (manner == AGENT_LEAVES)
                    close(listener);
                else
                    fds[n++] = (struct pollfd){.fd = listener, .events = POLLIN};
            }
            close(connection);
            note(agent->log, "closed.");
        }
    }
    _exit(1);
}

struct agent agent_start(const char *path, const struct agent_answer *answers,
                         enum agent_manner manner)
{
    static int serial;
    int socket = listen_on(path);
    struct agent agent = {.path = strdup(path), .log = text_format(WORK "/.agent.%d", serial++)};

    file_write(agent.log, "%s", "");
    agent.pid = fork();
    if (agent.pid == 0)
        serve(socket, &agent, answers, manner);
    close(socket);
    return agent;
}

void agent_stop(struct agent *agent)
{
    kill(agent->pid, SIGKILL);
    waitpid(agent->pid, NULL, 0);
    unlink(agent->path);
}

char *agent_message(const struct agent *agent, int n)
{
    char *path = text_format("%s.%d", agent->log, n);

    for (int i = 0; !file_exists(path) && i < 500; i++)
        usleep(20000);
    return file_exists(path) ? file_read(path) : NULL;
}

static int count(const struct agent *agent, const char *words)
{
    int n = 0;

    for (const char *at = file_read(agent->log); (at = strstr(at, words)) != NULL; at++)
        n++;
    return n;
}

int agent_connections(const struct agent *agent)
{
    return count(agent, "connection.");
}

int agent_asked(const struct agent *agent, int number)
{
    return count(agent, number < 0 ? "call " : text_format("call %d.", number));
}
