/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* rtnetlink(7), as far as moving network devices needs it: one request at a time, its answers, its end. */

struct netlink {
    int fd;
    uint32_t sequence; /* of the last request */
    bool interrupted;  /* the list changed while it was being answered */
    char reason[256];  /* what the kernel said about the last failure beyond the errno, or "" */
};

#define NETLINK_NONE ((struct netlink){.fd = -1})

/* A socket in the network namespace of the calling thread; it stays there. 0 or -errno. */
int netlink_open(struct netlink *netlink);
void netlink_close(struct netlink *netlink);

#define NETLINK_REQUEST_SIZE 1024

struct netlink_request {
    union {
        struct nlmsghdr header;
        char bytes[NETLINK_REQUEST_SIZE];
    };
    bool too_long; /* something did not fit: netlink_call() refuses it */
};

/* `body` is the fixed part behind the header. Without NLM_F_DUMP in `flags` an acknowledgement is asked for. */
void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *body,
                   size_t size);
void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t size);

/* Sees each answer; a negative return ends the call with it. */
typedef int netlink_handler(const struct nlmsghdr *message, void *data);

/* 0 or -errno: the kernel's, the handler's, -EMSGSIZE (too long), -EBADMSG (not understood), -EINTR (a list
 * that changed meanwhile: ask again). `handler` may be NULL. */
int netlink_call(struct netlink *netlink, struct netlink_request *request, netlink_handler *handler,
                 void *data);

/* The answers in one datagram: 1 at the end of them, 0 when there is more to come, or -errno as above. */
int netlink_take(struct netlink *netlink, const void *datagram, size_t size,
                 netlink_handler *handler, void *data);

/* An attribute's content, or NULL; `body` is the size of the fixed part in front of them. */
const void *netlink_find(const struct nlmsghdr *message, size_t body, uint16_t type,
                         size_t *ret_size);
