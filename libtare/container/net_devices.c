/* SPDX-License-Identifier: Apache-2.0 */
#include "container/net_devices.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/fd.h"

/* How often a list of addresses is asked for while it keeps changing. */
#define LIST_ATTEMPTS 20

void net_devices_release(struct net_devices *devices)
{
    netlink_close(&devices->host);
    netlink_close(&devices->inner);
    close_fd(&devices->host_namespace);
    close_fd(&devices->inner_namespace);
}

/* What failed with a device, and what the kernel said about it. */
static int fail(const struct moved_device *device, const struct netlink *netlink, int r,
                const char *operation, struct error *err)
{
    const struct plan_net_device *plan = device->plan;
    error_sys(err, -r, "%s network device %s", operation, plan->host_name);
    error_add_where(err, "%s", plan->where);
    if (netlink->reason[0])
        error_add_hint(err, "the kernel says: %s", netlink->reason);
    else if (r == -EPERM)
        error_add_hint(err, "this needs CAP_NET_ADMIN over both network namespaces");
    else if (r == -ENODEV)
        error_add_hint(err, "`ip link` lists those of the network namespace that tare runs in");
    return r;
}

/* ---- links ---- */

static int see_link(const struct nlmsghdr *message, void *data)
{
    struct moved_device *device = data;
    const struct ifinfomsg *link = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof(*link)))
        return 0;
    size_t size = 0;
    const char *name = netlink_find(message, sizeof(*link), IFLA_IFNAME, &size);
    if (!name || size > sizeof(device->name))
        return -EBADMSG;
    snprintf(device->name, sizeof(device->name), "%.*s", (int)size, name);
    const void *master = netlink_find(message, sizeof(*link), IFLA_MASTER, &size);
    device->master = 0;
    if (master && size == sizeof(device->master))
        memcpy(&device->master, master, size);
    device->index = link->ifi_index;
    device->flags = link->ifi_flags;
    return 0;
}

/* Look a link up by its name, or when that is NULL by its index. -ENODEV when there is none. */
static int find_link(struct netlink *netlink, int index, const char *name, struct moved_device *ret)
{
    struct netlink_request request;
    const uint32_t without = RTEXT_FILTER_SKIP_STATS;
    netlink_begin(&request, RTM_GETLINK, 0, &(struct ifinfomsg){.ifi_index = index},
                  sizeof(struct ifinfomsg));
    netlink_add(&request, IFLA_EXT_MASK, &without, sizeof(without));
    if (name)
        netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    return netlink_call(netlink, &request, see_link, ret);
}

static int set_flags(struct netlink *netlink, int index, unsigned flags)
{
    struct netlink_request request;
    netlink_begin(&request, RTM_NEWLINK, 0,
                  &(struct ifinfomsg){.ifi_index = index, .ifi_flags = flags, .ifi_change = flags},
                  sizeof(struct ifinfomsg));
    return netlink_call(netlink, &request, NULL, NULL);
}

static int set_master(struct netlink *netlink, int index, uint32_t master)
{
    struct netlink_request request;
    netlink_begin(&request, RTM_NEWLINK, 0, &(struct ifinfomsg){.ifi_index = index},
                  sizeof(struct ifinfomsg));
    netlink_add(&request, IFLA_MASTER, &master, sizeof(master));
    return netlink_call(netlink, &request, NULL, NULL);
}

/* Move a link to another namespace under a name and, unless 0, an index. The kernel may fail after it has
 * moved the device and before it has renamed it. IFLA_NEW_IFINDEX is there since Linux 5.13. */
static int move_link(struct netlink *netlink, int index, int namespace, const char *name,
                     int32_t new_index)
{
    struct netlink_request request;
    const uint32_t fd = (uint32_t) namespace;
    netlink_begin(&request, RTM_NEWLINK, 0, &(struct ifinfomsg){.ifi_index = index},
                  sizeof(struct ifinfomsg));
    netlink_add(&request, IFLA_NET_NS_FD, &fd, sizeof(fd));
    netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    if (new_index > 0)
        netlink_add(&request, IFLA_NEW_IFINDEX, &new_index, sizeof(new_index));
    return netlink_call(netlink, &request, NULL, NULL);
}

/* ---- addresses ---- */

static uint32_t flags_of(const struct nlmsghdr *message)
{
    const struct ifaddrmsg *address = NLMSG_DATA(message);
    size_t size = 0;
    uint32_t flags = address->ifa_flags;
    const void *all = netlink_find(message, sizeof(*address), IFA_FLAGS, &size);
    if (all && size == sizeof(flags))
        memcpy(&flags, all, size);
    return flags;
}

struct listing {
    struct arena *arena;
    struct moved_device *device;
};

static int see_address(const struct nlmsghdr *message, void *data)
{
    const struct listing *listing = data;
    struct address_list *list = &listing->device->addresses;
    const struct ifaddrmsg *address = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof(*address)) ||
        (int)address->ifa_index != listing->device->index || !(flags_of(message) & IFA_F_PERMANENT))
        return 0;
    list->items =
        arena_grow(listing->arena, list->items, list->n, &list->capacity, sizeof(*list->items));
    void *copy = arena_alloc(listing->arena, message->nlmsg_len);
    if (!list->items || !copy)
        return -ENOMEM;
    memcpy(copy, message, message->nlmsg_len);
    list->items[list->n++] = copy;
    return 0;
}

static int list_addresses(struct net_devices *devices, struct moved_device *device)
{
    struct listing listing = {devices->arena, device};
    int r = -EINTR;
    for (int i = 0; r == -EINTR && i < LIST_ATTEMPTS; i++) {
        struct netlink_request request;
        netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP,
                      &(struct ifaddrmsg){.ifa_index = (uint32_t)device->index},
                      sizeof(struct ifaddrmsg));
        device->addresses.n = 0;
        r = netlink_call(&devices->host, &request, see_address, &listing);
    }
    return r;
}

/* The label of an IPv4 address is its device's name, perhaps with ":something" behind it: both follow a new
 * name. What does not fit is left to the kernel. */
static void add_label(struct netlink_request *request, const char *label, size_t size,
                      const char *old_name, const char *new_name)
{
    size_t length = strlen(old_name);
    char text[IFNAMSIZ];
    if (strnlen(label, size) <= length || strncmp(label, old_name, length) != 0 ||
        label[length] != ':')
        return;
    int n = snprintf(text, sizeof(text), "%s%.*s", new_name, (int)(size - length), label + length);
    if (n > 0 && (size_t)n < sizeof(text))
        netlink_add(request, IFA_LABEL, text, (size_t)n + 1);
}

/* The flags that whoever added the address chose; the others are the kernel's notes. */
#define CHOSEN_FLAGS                                                                               \
    (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |                \
     IFA_F_MCAUTOJOIN)

static int add_address(struct netlink *netlink, int index, const char *new_name,
                       const char *old_name, const struct nlmsghdr *message)
{
    struct ifaddrmsg address;
    memcpy(&address, NLMSG_DATA(message), sizeof(address));
    address.ifa_index = (uint32_t)index;
    address.ifa_flags = 0;
    const uint32_t flags = flags_of(message) & CHOSEN_FLAGS;

    struct netlink_request request;
    netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address, sizeof(address));
    netlink_add(&request, IFA_FLAGS, &flags, sizeof(flags));
    static const uint16_t as_they_are[] = {IFA_LOCAL,   IFA_ADDRESS,   IFA_BROADCAST,
                                           IFA_ANYCAST, IFA_CACHEINFO, IFA_RT_PRIORITY,
                                           IFA_PROTO};
    size_t size = 0;
    for (size_t i = 0; i < ELEMENTSOF(as_they_are); i++) {
        const void *data = netlink_find(message, sizeof(address), as_they_are[i], &size);
        if (data)
            netlink_add(&request, as_they_are[i], data, size);
    }
    const char *label = netlink_find(message, sizeof(address), IFA_LABEL, &size);
    if (label)
        add_label(&request, label, size, old_name, new_name);
    int r = netlink_call(netlink, &request, NULL, NULL);
    /* A link-local one that the kernel made again by itself. */
    return r == -EEXIST ? 0 : r;
}

static bool is_global(const struct nlmsghdr *message)
{
    const struct ifaddrmsg *address = NLMSG_DATA(message);
    return address->ifa_scope == RT_SCOPE_UNIVERSE;
}

static int add_addresses(struct netlink *netlink, int index, const char *new_name,
                         const struct moved_device *device, bool global_only)
{
    for (size_t i = 0; i < device->addresses.n; i++) {
        const struct nlmsghdr *message = device->addresses.items[i];
        if (global_only && !is_global(message))
            continue;
        int r = add_address(netlink, index, new_name, device->name, message);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- looking ---- */

static int find_device(struct net_devices *devices, struct moved_device *device, struct error *err)
{
    const struct plan_net_device *plan = device->plan;
    int r = find_link(&devices->host, 0, plan->host_name, device);
    if (r < 0)
        return fail(device, &devices->host, r, "find", err);
    if (device->flags & IFF_LOOPBACK) {
        r = error_config(err, plan->where, "%s is the loopback device, which cannot be moved",
                         plan->host_name);
        return r;
    }
    return 0;
}

int net_devices_find(struct net_devices *devices, struct arena *arena, const struct plan *plan,
                     struct error *err)
{
    if (plan->n_net_devices == 0)
        return 0;
    devices->arena = arena;
    devices->items = arena_array(arena, plan->n_net_devices, sizeof(*devices->items));
    if (!devices->items)
        return error_sys(err, ENOMEM, "find network devices");
    int r = netlink_open(&devices->host);
    if (r < 0)
        return error_sys(err, -r, "open a netlink socket");
    for (size_t i = 0; r == 0 && i < plan->n_net_devices; i++) {
        struct moved_device *device = &devices->items[i];
        device->plan = &plan->net_devices[i];
        r = find_device(devices, device, err);
    }
    devices->n = plan->n_net_devices;
    return r;
}

/* ---- moving ---- */

static int open_namespaces(struct net_devices *devices, pid_t pid, struct error *err)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    devices->host_namespace = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    devices->inner_namespace = open(path, O_RDONLY | O_CLOEXEC);
    struct stat host, inner;
    if (devices->host_namespace < 0 || devices->inner_namespace < 0 ||
        fstat(devices->host_namespace, &host) < 0 || fstat(devices->inner_namespace, &inner) < 0)
        return error_sys(err, errno, "open the container's network namespace");
    if (host.st_dev == inner.st_dev && host.st_ino == inner.st_ino)
        return error_config(err, "/linux/netDevices",
                            "the network namespace of the container is the one that tare runs in");
    return 0;
}

/* A socket belongs to the namespace that it was made in. */
static int open_inner(struct net_devices *devices, struct error *err)
{
    if (setns(devices->inner_namespace, CLONE_NEWNET) < 0)
        return error_sys(err, errno, "enter the container's network namespace");
    int r = netlink_open(&devices->inner);
    if (setns(devices->host_namespace, CLONE_NEWNET) < 0)
        return error_sys(err, errno, "return from the container's network namespace");
    return r < 0 ? error_sys(err, -r, "open a netlink socket") : 0;
}

static int check_name(struct net_devices *devices, const struct moved_device *device,
                      struct error *err)
{
    const struct plan_net_device *plan = device->plan;
    struct moved_device other = {0};
    if (plan->is_template)
        return 0;
    int r = find_link(&devices->inner, 0, plan->name, &other);
    if (r == -ENODEV)
        return 0;
    if (r < 0)
        return fail(device, &devices->inner, r, "look for the name of", err);
    error_set(err, EEXIST, "the container's network namespace has a device \"%s\" already",
              plan->name);
    error_add_where(err, "%s", plan->where_name);
    error_add_hint(err, "\"name\" can choose another, or leave a number to the kernel: \"eth%%d\"");
    return -EEXIST;
}

/* An index that is free in the container: the device's own if possible, as the kernel would choose. */
static int free_index(struct net_devices *devices, int start)
{
    struct moved_device other = {0};
    for (int index = start; index < INT32_MAX; index++) {
        int r = find_link(&devices->inner, index, NULL, &other);
        if (r == -ENODEV)
            return index;
        if (r < 0)
            return r;
    }
    return -ENOSPC;
}

static int move_device(struct net_devices *devices, struct moved_device *device, struct error *err)
{
    int r = list_addresses(devices, device);
    if (r < 0)
        return fail(device, &devices->host, r, "list the addresses of", err);
    int index = free_index(devices, device->index);
    if (index < 0)
        return fail(device, &devices->inner, index, "find a new index for", err);
    device->inner_index = index;
    r = move_link(&devices->host, device->index, devices->inner_namespace, device->plan->name,
                  index);
    if (r < 0) {
        fail(device, &devices->host, r, "move", err);
        struct moved_device still = {0};
        if (find_link(&devices->host, device->index, NULL, &still) == 0)
            device->inner_index = 0;
        return r;
    }
    struct moved_device inside = {0};
    r = find_link(&devices->inner, index, NULL, &inside);
    if (r == 0)
        r = add_addresses(&devices->inner, index, inside.name, device, true);
    if (r < 0)
        return fail(device, &devices->inner, r, "keep the addresses of", err);
    r = set_flags(&devices->inner, index, IFF_UP);
    return r < 0 ? fail(device, &devices->inner, r, "bring up", err) : 0;
}

int net_devices_move(struct net_devices *devices, pid_t pid, struct error *err)
{
    if (devices->n == 0)
        return 0;
    int r = open_namespaces(devices, pid, err);
    if (r == 0)
        r = open_inner(devices, err);
    for (size_t i = 0; r == 0 && i < devices->n; i++)
        r = check_name(devices, &devices->items[i], err);
    for (size_t i = 0; r == 0 && i < devices->n; i++)
        r = move_device(devices, &devices->items[i], err);
    return r;
}

/* ---- back again ---- */

static int return_device(struct net_devices *devices, struct moved_device *device,
                         struct error *err)
{
    int r = move_link(&devices->inner, device->inner_index, devices->host_namespace, device->name,
                      device->index);
    /* Its old index may have been given away; it is only a number. */
    if (r == -EBUSY)
        r = move_link(&devices->inner, device->inner_index, devices->host_namespace, device->name,
                      0);
    if (r < 0)
        return fail(device, &devices->inner, r, "take back", err);
    device->inner_index = 0;

    struct moved_device now = {0};
    r = find_link(&devices->host, 0, device->name, &now);
    if (r == 0 && device->master)
        r = set_master(&devices->host, now.index, device->master);
    if (r == 0)
        r = add_addresses(&devices->host, now.index, device->name, device, false);
    if (r == 0 && device->flags & IFF_UP)
        r = set_flags(&devices->host, now.index, IFF_UP);
    return r < 0 ? fail(device, &devices->host, r, "set up again", err) : 0;
}

void net_devices_return(struct net_devices *devices, const struct settings *settings)
{
    for (size_t i = devices->n; i-- > 0;) {
        struct error err _cleanup_(error_release) = ERROR_INIT;
        if (devices->items[i].inner_index > 0 &&
            return_device(devices, &devices->items[i], &err) < 0)
            warn_error(settings, &err);
    }
}
