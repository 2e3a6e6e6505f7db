/* SPDX-License-Identifier: Apache-2.0 */
#include "container/proxy.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "base/fd.h"

static int find_host(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (isatty(fd))
            return fd;
    return -1;
}

int proxy_open(struct proxy *proxy, int master, struct error *err)
{
    proxy->master = master;
    proxy->host = find_host();
    proxy->input_open = fcntl(STDIN_FILENO, F_GETFD) >= 0;
    proxy->output_open = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
    /* Only our end of the pty does not block: the fds of our caller are shared with others. */
    if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
        return error_sys(err, errno, "prepare the terminal");
    if (proxy->host < 0)
        return 0;
    if (tcgetattr(proxy->host, &proxy->before) < 0)
        return error_sys(err, errno, "read the settings of the terminal");
    struct termios raw = proxy->before;
    cfmakeraw(&raw);
    if (tcsetattr(proxy->host, TCSANOW, &raw) < 0)
        return error_sys(err, errno, "put the terminal into raw mode");
    proxy->raw = true;
    return 0;
}

void proxy_give_size(int master)
{
    struct winsize size;
    int host = find_host();
    if (master >= 0 && host >= 0 && ioctl(host, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        ioctl(master, TIOCSWINSZ, &size);
}

static bool flow_is_empty(const struct proxy_flow *flow)
{
    return flow->begin == flow->end;
}

/* Each buffer is filled when it is empty and emptied before it is filled again: a reader who stops
 * stops the writer, and no more. */
void proxy_prepare(const struct proxy *proxy, struct pollfd polls[PROXY_POLLS])
{
    bool reads_input = proxy->input_open && flow_is_empty(&proxy->input);
    bool has_output = !flow_is_empty(&proxy->output);
    short master = 0;
    if (!has_output)
        master |= POLLIN;
    if (!flow_is_empty(&proxy->input))
        master |= POLLOUT;
    polls[0] = (struct pollfd){.fd = master ? proxy->master : -1, .events = master};
    polls[1] = (struct pollfd){.fd = reads_input ? STDIN_FILENO : -1, .events = POLLIN};
    polls[2] = (struct pollfd){.fd = has_output ? STDOUT_FILENO : -1, .events = POLLOUT};
}

/* Fill an empty buffer. False at the end of the input. */
static bool flow_fill(struct proxy_flow *flow, int fd)
{
    ssize_t n = read(fd, flow->bytes, sizeof(flow->bytes));
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    flow->begin = 0;
    flow->end = (size_t)n;
    return n > 0;
}

/* False when nobody takes it any more. */
static bool flow_drain(struct proxy_flow *flow, int fd)
{
    ssize_t n = write(fd, flow->bytes + flow->begin, flow->end - flow->begin);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    flow->begin += (size_t)n;
    return true;
}

static void output_closed(struct proxy *proxy)
{
    proxy->output_open = false;
    proxy->output.begin = proxy->output.end = 0;
}

void proxy_handle(struct proxy *proxy, const struct pollfd polls[PROXY_POLLS])
{
    static const short readable = POLLIN | POLLHUP | POLLERR;
    if (polls[0].revents & POLLOUT && !flow_drain(&proxy->input, proxy->master))
        proxy->input.begin = proxy->input.end;
    if (polls[0].revents & readable && flow_is_empty(&proxy->output) &&
        !flow_fill(&proxy->output, proxy->master))
        /* EIO: nobody has the other side open at the moment. The end of the program tells when it
         * is over, and a closed master would hang up on it. */
        close_fd(&proxy->master);
    if (!proxy->output_open)
        output_closed(proxy);
    if (polls[1].revents & readable && !flow_fill(&proxy->input, STDIN_FILENO)) {
        proxy->input_open = false;
        /* The end of a file or pipe is the end of input for the program, too: Ctrl-D, if its
         * terminal has that meaning. */
        if (proxy->host != STDIN_FILENO) {
            proxy->input.bytes[0] = 4;
            proxy->input.begin = 0;
            proxy->input.end = 1;
        }
    }
    if (polls[2].revents & (POLLOUT | POLLERR | POLLHUP | POLLNVAL) &&
        !flow_drain(&proxy->output, STDOUT_FILENO))
        output_closed(proxy);
}

/* What has come last from the terminal. False when there is no more. */
static bool refill(struct proxy *proxy)
{
    struct pollfd ready = {.fd = proxy->master, .events = POLLIN};
    return poll(&ready, 1, 0) > 0 && flow_fill(&proxy->output, proxy->master) &&
           !flow_is_empty(&proxy->output);
}

/* Somebody may have stopped reading. False when a signal asks us to end. */
static bool wait_for_reader(struct hold *hold)
{
    struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
                           {.fd = hold->fd, .events = POLLIN}};
    do
        (void)poll(fds, ELEMENTSOF(fds), -1);
    while (!fds[0].revents && hold_next_ending(hold) == 0);
    return fds[0].revents;
}

void proxy_close(struct proxy *proxy, struct hold *hold)
{
    while (proxy->master >= 0 && proxy->output_open &&
           (!flow_is_empty(&proxy->output) || refill(proxy)) && wait_for_reader(hold) &&
           flow_drain(&proxy->output, STDOUT_FILENO))
        continue;
    close_fd(&proxy->master);
    if (proxy->raw)
        tcsetattr(proxy->host, TCSADRAIN, &proxy->before);
    proxy->raw = false;
}
