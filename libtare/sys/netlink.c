/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

/* The kernel fills no more than this into one datagram of a list, and a link without its statistics and
 * virtual functions stays far below it. */
#define DATAGRAM_SIZE 32768

int netlink_open(struct netlink *netlink)
{
    *netlink = NETLINK_NONE;
    netlink->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink->fd < 0)
        return -errno;
    /* Reasons in words, errors without a copy of the request, lists that the kernel filters. All three are
     * older than the kernels we run on, and nothing depends on them. */
    const int options[] = {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK};
    for (size_t i = 0; i < ELEMENTSOF(options); i++)
        (void)setsockopt(netlink->fd, SOL_NETLINK, options[i], &(int){1}, sizeof(int));
    return 0;
}

void netlink_close(struct netlink *netlink)
{
    close_fd(&netlink->fd);
}

/* ---- requests ---- */

static void append(struct netlink_request *request, const void *data, size_t size)
{
    size_t at = request->header.nlmsg_len;
    if (size > sizeof(request->bytes) - at) {
        request->too_long = true;
        return;
    }
    if (size > 0)
        memcpy(request->bytes + at, data, size);
    at += NLMSG_ALIGN(size);
    request->header.nlmsg_len =
        (uint32_t)(at < sizeof(request->bytes) ? at : sizeof(request->bytes));
}

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *body,
                   size_t size)
{
    memset(request, 0, sizeof(*request));
    request->header = (struct nlmsghdr){
        .nlmsg_len = NLMSG_HDRLEN,
        .nlmsg_type = type,
        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags |
                                  ((flags & NLM_F_DUMP) == NLM_F_DUMP ? 0 : NLM_F_ACK)),
    };
    append(request, body, size);
}

void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t size)
{
    size_t room = sizeof(request->bytes) - request->header.nlmsg_len;
    if (size > room || RTA_SPACE(size) > room) {
        request->too_long = true;
        return;
    }
    const struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = type};
    append(request, &attribute, sizeof(attribute));
    append(request, data, size);
}

/* ---- answers ---- */

static const void *attribute_in(const struct rtattr *attribute, size_t left, uint16_t type,
                                size_t *ret_size)
{
    while (RTA_OK(attribute, left)) {
        if ((attribute->rta_type & NLA_TYPE_MASK) == type) {
            *ret_size = RTA_PAYLOAD(attribute);
            return RTA_DATA(attribute);
        }
        /* The last one needs no padding behind it. */
        size_t step = RTA_ALIGN(attribute->rta_len);
        if (step > left)
            break;
        left -= step;
        attribute = (const struct rtattr *)((const char *)attribute + step);
    }
    return NULL;
}

const void *netlink_find(const struct nlmsghdr *message, size_t body, uint16_t type,
                         size_t *ret_size)
{
    size_t start = NLMSG_HDRLEN + NLMSG_ALIGN(body);
    if (message->nlmsg_len < start)
        return NULL;
    return attribute_in((const struct rtattr *)((const char *)message + start),
                        message->nlmsg_len - start, type, ret_size);
}

/* The text that follows an error (NLMSGERR_ATTR_MSG). */
static void take_reason(struct netlink *netlink, const struct nlmsghdr *message)
{
    const struct nlmsgerr *error = NLMSG_DATA(message);
    size_t body = sizeof(*error);
    if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
        return;
    if (!(message->nlmsg_flags & NLM_F_CAPPED)) {
        /* A copy of the request's content stands in between. */
        size_t copy = error->msg.nlmsg_len;
        if (copy < NLMSG_HDRLEN || copy > message->nlmsg_len)
            return;
        body += copy - NLMSG_HDRLEN;
    }
    size_t size = 0;
    const char *text = netlink_find(message, body, NLMSGERR_ATTR_MSG, &size);
    if (text)
        snprintf(netlink->reason, sizeof(netlink->reason), "%.*s", (int)strnlen(text, size), text);
}

static int take_error(struct netlink *netlink, const struct nlmsghdr *message)
{
    const struct nlmsgerr *error = NLMSG_DATA(message);
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
        return -EBADMSG;
    if (error->error >= 0)
        return 1;
    take_reason(netlink, message);
    return error->error;
}

static int take_end(const struct netlink *netlink, const struct nlmsghdr *message)
{
    int code = 0;
    if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(code)))
        memcpy(&code, NLMSG_DATA(message), sizeof(code));
    if (code < 0)
        return code;
    return netlink->interrupted ? -EINTR : 1;
}

static int take_message(struct netlink *netlink, const struct nlmsghdr *message,
                        netlink_handler *handler, void *data)
{
    /* What is left of a call that was given up. */
    if (message->nlmsg_seq != netlink->sequence)
        return 0;
    if (message->nlmsg_flags & NLM_F_DUMP_INTR)
        netlink->interrupted = true;
    if (message->nlmsg_type == NLMSG_ERROR)
        return take_error(netlink, message);
    if (message->nlmsg_type == NLMSG_DONE)
        return take_end(netlink, message);
    if (message->nlmsg_type < NLMSG_MIN_TYPE || !handler)
        return 0;
    int r = handler(message, data);
    return r < 0 ? r : 0;
}

int netlink_take(struct netlink *netlink, const void *datagram, size_t size,
                 netlink_handler *handler, void *data)
{
    const char *at = datagram;
    while (size > 0) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)at;
        if (size < NLMSG_HDRLEN || message->nlmsg_len < NLMSG_HDRLEN || message->nlmsg_len > size)
            return -EBADMSG;
        int r = take_message(netlink, message, handler, data);
        if (r != 0)
            return r;
        size_t step = NLMSG_ALIGN((size_t)message->nlmsg_len);
        at += step;
        size -= step < size ? step : size;
    }
    return 0;
}

/* ---- both ---- */

static int receive(struct netlink *netlink, netlink_handler *handler, void *data)
{
    _Alignas(struct nlmsghdr) char datagram[DATAGRAM_SIZE];
    for (;;) {
        struct sockaddr_nl from = {0};
        struct iovec space = {.iov_base = datagram, .iov_len = sizeof(datagram)};
        struct msghdr header = {
            .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &space, .msg_iovlen = 1};
        ssize_t n = recvmsg(netlink->fd, &header, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        /* Other processes may send to us: only the kernel's port is 0. */
        if (from.nl_pid != 0)
            continue;
        if (header.msg_flags & MSG_TRUNC)
            return -EMSGSIZE;
        int r = netlink_take(netlink, datagram, (size_t)n, handler, data);
        if (r != 0)
            return r < 0 ? r : 0;
    }
}

int netlink_call(struct netlink *netlink, struct netlink_request *request, netlink_handler *handler,
                 void *data)
{
    netlink->reason[0] = '\0';
    netlink->interrupted = false;
    if (request->too_long)
        return -EMSGSIZE;
    request->header.nlmsg_seq = ++netlink->sequence;
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t n;
    do {
        n = sendto(netlink->fd, request->bytes, request->header.nlmsg_len, 0,
                   (const struct sockaddr *)&kernel, sizeof(kernel));
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : receive(netlink, handler, data);
}
