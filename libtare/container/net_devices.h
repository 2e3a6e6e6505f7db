/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <net/if.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "container/settings.h"
#include "plan/plan.h"
#include "sys/netlink.h"

/* linux.netDevices: moves network devices from our network namespace into the container's, and back when
 * the container comes to nothing.
 *
 * A device takes its settings along, but not its addresses, its routes and its being up: those end with its
 * stay in a namespace. Permanent addresses of global scope are given to it again, and it is brought up; that
 * is what the specification asks for. A device that comes back also has its other permanent addresses and
 * its bridge again, and the routes that follow from its addresses; routes that somebody added are lost.
 *
 * Devices are looked up by name once and then known by their index, in the container under one that we
 * choose: so one that was moved but could not be renamed there is found again. */

struct address_list {
    const struct nlmsghdr **items; /* as the kernel listed them */
    size_t n, capacity;
};

struct moved_device {
    const struct plan_net_device *plan;
    int index;                     /* on the host */
    int inner_index;               /* in the container, 0: it is not there */
    char name[IFNAMSIZ];           /* on the host */
    unsigned flags;                /* IFF_* that it had */
    uint32_t master;               /* index of the bridge that it belongs to, or 0 */
    struct address_list addresses; /* the permanent ones */
};

struct net_devices {
    struct arena *arena;
    struct netlink host, inner;
    int host_namespace, inner_namespace;
    struct moved_device *items;
    size_t n;
};

#define NET_DEVICES_NONE                                                                           \
    ((struct net_devices){                                                                         \
        .host = NETLINK_NONE, .inner = NETLINK_NONE, .host_namespace = -1, .inner_namespace = -1})

/* Look for the devices of the plan; nothing is changed. Without any no socket is opened. */
int net_devices_find(struct net_devices *devices, struct arena *arena, const struct plan *plan,
                     struct error *err);
/* Move them all into the network namespace of `pid`. On failure some may have been moved:
 * net_devices_return() knows which. */
int net_devices_move(struct net_devices *devices, pid_t pid, struct error *err);
/* Take back what was moved, the last one first. What cannot be taken back is warned of. */
void net_devices_return(struct net_devices *devices, const struct settings *settings);
/* Also lets go of the container's network namespace. */
void net_devices_release(struct net_devices *devices);
