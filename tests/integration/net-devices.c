/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* linux.netDevices. The test's own network namespace, new and empty, plays the host: it gets a veth
 * pair v0, v1. */

static void set_up(void)
{
    test_setup();
    if (!file_exists("/sbin/ip"))
        SKIP("needs ip(8) of iproute2");
    cr_assert_eq(unshare(CLONE_NEWNET), 0);
}

TestSuite(net_devices, .init = set_up, .fini = test_teardown, .timeout = TEST_LIMIT);

/* ---- ip(8) ---- */

static void enter(const void *namespace)
{
    int fd = open(namespace, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        _exit(99);
}

/* `ip -o WORD...` in a network namespace by its path, NULL: here. */
static struct result *ip_try(const char *namespace, const char *words)
{
    const char *argv[32] = {"/sbin/ip", "-o"};
    struct setting setting = {.prepare = namespace ? enter : NULL, .data = namespace};
    int n = 2;

    for (char *word = strtok(text_format("%s", words), " "); word != NULL; word = strtok(NULL, " "))
        argv[n++] = word;
    return program_run(&setting, argv);
}

static const char *ip(const char *namespace, const char *words)
{
    struct result *result = ip_try(namespace, words);

    cr_assert_eq(result->status, 0, "ip %s: %s", words, result->err);
    return result->out;
}

static void make_pair(void)
{
    ip(NULL, "link add v0 type veth peer name v1");
    ip(NULL, "link set v1 up");
    ip(NULL, "link set v0 up mtu 1400");
    ip(NULL, "addr add 192.0.2.7/24 dev v0 label v0:seven");
    ip(NULL, "addr add 2001:db8::7/64 dev v0 nodad");
}

static void assert_at_home(void)
{
    const char *link = ip(NULL, "link show dev v0"), *addresses = ip(NULL, "addr show dev v0");

    assert_contains(link, ",UP");
    assert_contains(link, "mtu 1400");
    assert_contains(addresses, "192.0.2.7/24");
    assert_contains(addresses, "v0:seven");
    assert_contains(addresses, "2001:db8::7/64");
}

static const char *container_namespace(void)
{
    return text_format("/proc/%d/ns/net", bundle_pid());
}

/* A network namespace that is there without a process. */
static const char *namespace_make(void)
{
    static const char path[] = WORK "/netns";
    int ready[2];
    char byte;
    pid_t pid;

    cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "x", 1) == 1)
            for (;;)
                pause();
        _exit(1);
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    file_write(path, "%s", "");
    cr_assert_eq(mount(text_format("/proc/%d/ns/net", pid), path, NULL, MS_BIND, NULL), 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    host_snapshot();
    return path;
}

static void namespace_end(const char *path)
{
    cr_assert_eq(umount(path), 0);
    host_snapshot();
}

static struct bundle *bundle_with(const char *devices)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/netDevices", "%s", devices);
    bundle_payload(bundle, "pause");
    return bundle;
}

static struct bundle *bundle_joining(const char *namespace, const char *devices)
{
    struct bundle *bundle = bundle_with(devices);

    bundle_add_namespace(bundle, "network", namespace);
    return bundle;
}

Test(net_devices, features_name_them, .description = "R389: features says that devices are moved")
{
    struct json *features = json_parse(tare("features", NULL)->out);

    cr_assert_str_eq(json_text(features, "/linux/netDevices/enabled"), "true");
}

/* ---- moved ---- */

Test(net_devices, a_device_is_moved_under_its_name,
     .description = "R223 R229: a device of the host is in the container, and up")
{
    struct bundle *bundle;
    struct result *result;

    make_pair();
    bundle = bundle_with("{\"v0\":{}}");
    bundle_payload(bundle, "interfaces");
    result = bundle_run_ok(bundle);
    assert_fact(result, "interface.v0", "up");
    assert_fact(result, "interface.lo", "up");
}

Test(net_devices, settings_and_permanent_addresses_are_kept,
     .description = "R224 R228 R229: a new name, the same addresses of global scope and no others")
{
    struct bundle *bundle;
    const char *there, *addresses, *link;

    make_pair();
    ip(NULL, "addr add 169.254.9.9/16 scope link dev v0");
    ip(NULL, "addr add 203.0.113.5/24 valid_lft 1000 preferred_lft 1000 dev v0");
    ip(NULL, "addr add 198.51.100.1 peer 198.51.100.2/32 noprefixroute metric 77 dev v0");
    bundle = bundle_with("{\"v0\":{\"name\":\"net0\"}}");
    bundle_create(bundle);
    there = container_namespace();
    link = ip(there, "link show dev net0");
    assert_contains(link, ",UP");
    assert_contains(link, "mtu 1400");
    addresses = ip(there, "addr show dev net0");
    assert_contains(addresses, "192.0.2.7/24");
    assert_contains(addresses, "net0:seven");
    assert_contains(addresses, "2001:db8::7/64");
    assert_contains(addresses, "198.51.100.1 peer 198.51.100.2/32 metric 77");
    assert_contains(addresses, "noprefixroute");
    assert_lacks(addresses, "169.254.9.9");
    assert_lacks(addresses, "203.0.113.5");
    assert_contains(ip(there, "route show"), "192.0.2.0/24");
    cr_assert_neq(ip_try(NULL, "link show dev v0")->status, 0, "v0 is on the host as well");
    bundle_delete(bundle);
}

Test(net_devices, several_devices_are_moved, .description = "R223: as many as are listed")
{
    struct bundle *bundle;
    struct result *result;

    make_pair();
    bundle = bundle_with("{\"v0\":{\"name\":\"v1\"},\"v1\":{\"name\":\"other\"}}");
    bundle_payload(bundle, "interfaces");
    result = bundle_run_ok(bundle);
    assert_fact(result, "interface.v1", "up");
    assert_fact(result, "interface.other", "up");
}

Test(net_devices, the_kernel_fills_in_a_number,
     .description = "R227: \"%d\" in a name is a number that the kernel chooses")
{
    const char *there = namespace_make();
    struct bundle *bundle;

    make_pair();
    ip(there, "link add eth0 type veth peer name v0");
    bundle = bundle_joining(there, "{\"v0\":{\"name\":\"eth%d\"},\"v1\":{\"name\":\"tt%d\"}}");
    bundle_create(bundle);
    assert_contains(ip(there, "addr show to 192.0.2.7"), "eth");
    assert_contains(ip(there, "link show"), ": tt0");
    bundle_delete(bundle);
    namespace_end(there);
}

Test(net_devices, a_taken_index_is_no_hindrance,
     .description = "R223: the device gets another index when its own is taken in the container")
{
    struct bundle *bundle;
    const char *there = namespace_make();

    ip(NULL, "link add index 40 name v0 type veth peer name v1");
    ip(NULL, "addr add 192.0.2.7/24 dev v0");
    ip(there, "link add index 40 name a type veth peer name b");
    bundle = bundle_joining(there, "{\"v0\":{}}");
    bundle_create(bundle);
    assert_contains(ip(there, "addr show dev v0"), "192.0.2.7/24");
    assert_contains(ip(there, "addr show dev v0"), "41: v0");
    bundle_delete(bundle);
    namespace_end(there);
}

Test(net_devices, a_device_goes_into_a_user_namespace,
     .description = "R223: a network namespace that belongs to a new user namespace takes devices")
{
    struct bundle *bundle;
    struct result *result;

    make_pair();
    bundle = bundle_with("{\"v0\":{\"name\":\"net0\"}}");
    bundle_map_users(bundle);
    bundle_payload(bundle, "interfaces");
    result = bundle_run_ok(bundle);
    assert_fact(result, "interface.net0", "up");
}

Test(net_devices, parameters_of_a_moved_device_can_be_set,
     .description = "R223: sysctls of a device are written when it is there")
{
    struct bundle *bundle;
    struct result *result;

    make_pair();
    bundle = bundle_with("{\"v0\":{\"name\":\"net0\"}}");
    bundle_set(bundle, "/linux/sysctl", "{\"net.ipv4.conf.net0.forwarding\":\"1\"}");
    bundle_payload(bundle, "cat /proc/sys/net/ipv4/conf/net0/forwarding");
    result = bundle_run_ok(bundle);
    assert_contains(result->out, "=1");
}

/* ---- afterwards ---- */

Test(net_devices, what_happens_inside_is_not_managed,
     .description = "R230: a device that was set down inside stays down")
{
    struct bundle *bundle;

    make_pair();
    bundle = bundle_with("{\"v0\":{}}");
    bundle_create(bundle);
    ip(container_namespace(), "link set v0 down");
    bundle_start(bundle);
    bundle_await(bundle, "running");
    assert_lacks(ip(container_namespace(), "link show dev v0"), ",UP");
    bundle_delete(bundle);
}

Test(net_devices, a_virtual_device_ends_with_its_namespace,
     .description = "R231: delete moves nothing back")
{
    struct bundle *bundle;

    make_pair();
    bundle = bundle_with("{\"v0\":{}}");
    bundle_create(bundle);
    bundle_delete(bundle);
    /* The kernel takes its time with namespaces. */
    for (int i = 0; i < 1000 && ip_try(NULL, "link show dev v1")->status == 0; i++)
        usleep(10000);
    cr_assert_neq(ip_try(NULL, "link show dev v1")->status, 0);
    cr_assert_neq(ip_try(NULL, "link show dev v0")->status, 0);
}

Test(net_devices, a_device_stays_in_a_joined_namespace,
     .description = "R223 R231: a joined network namespace takes the device, and keeps it")
{
    const char *there = namespace_make();
    struct bundle *bundle;

    make_pair();
    bundle = bundle_joining(there, "{\"v0\":{\"name\":\"net0\"}}");
    bundle_create(bundle);
    assert_contains(ip(there, "addr show dev net0"), "192.0.2.7/24");
    bundle_delete(bundle);
    assert_contains(ip(there, "addr show dev net0"), "192.0.2.7/24");
    namespace_end(there);
}

/* ---- refused ---- */

Test(net_devices, a_missing_device_is_an_error,
     .description = "R225: what is not there cannot be moved, and nothing else is")
{
    struct bundle *bundle;

    make_pair();
    bundle = bundle_with("{\"v0\":{},\"nowhere0\":{}}");
    assert_run_fails(bundle, "/linux/netDevices/nowhere0", "No such device", "ip link");
    assert_at_home();
}

Test(net_devices, a_taken_name_is_an_error,
     .description = "R226: the name exists in the container's network namespace")
{
    const char *there = namespace_make();
    struct bundle *bundle;

    make_pair();
    ip(there, "link add net0 type veth peer name v0");
    bundle = bundle_joining(there, "{\"v1\":{},\"v0\":{\"name\":\"net0\"}}");
    assert_run_fails(bundle, "/linux/netDevices/v0/name", "has a device \"net0\" already");
    assert_at_home();
    bundle_set(bundle, "/linux/netDevices", "{\"v0\":{}}");
    assert_run_fails(bundle, "/linux/netDevices/v0", "has a device \"v0\" already");
    bundle_set(bundle, "/linux/netDevices", "{\"v0\":{\"name\":\"lo\"}}");
    assert_run_fails(bundle, "/linux/netDevices/v0/name", "has a device \"lo\" already");
    bundle_add_namespace(bundle, "network", NULL);
    assert_run_fails(bundle, "/linux/netDevices/v0/name", "\"lo\" already");
    assert_at_home();
    namespace_end(there);
}

Test(net_devices, loopback_is_not_moved, .description = "R225: a device that cannot be moved")
{
    struct bundle *bundle = bundle_with("{\"lo\":{\"name\":\"net0\"}}");

    assert_run_fails(bundle, "/linux/netDevices/lo", "loopback");
}

Test(net_devices, impossible_names_are_errors, .description = "R225: names that no device can have")
{
    struct bundle *bundle = bundle_with("{\"v0\":{\"name\":\"sixteen-letters!\"}}");

    assert_run_fails(bundle, "/linux/netDevices/v0/name");
    bundle_set(bundle, "/linux/netDevices", "{\"v0\":{\"name\":\"a%%d%%d\"}}");
    assert_run_fails(bundle, "/linux/netDevices/v0/name");
    bundle_set(bundle, "/linux/netDevices",
               "{\"v0\":{\"name\":\"same\"},\"v1\":{\"name\":\"same\"}}");
    assert_run_fails(bundle, "/linux/netDevices/v1/name", "two devices");
}

Test(net_devices, a_network_namespace_of_the_container_is_needed,
     .description = "R225: there must be another network namespace to move to")
{
    struct bundle *bundle;

    make_pair();
    bundle = bundle_with("{\"v0\":{}}");
    bundle_remove_namespace(bundle, "network");
    assert_run_fails(bundle, "/linux/netDevices", "network namespace");
    bundle_add_namespace(bundle, "network", text_format("/proc/%d/ns/net", getpid()));
    assert_run_fails(bundle, "/linux/netDevices", "the one that tare runs in");
    assert_at_home();
}

/* ---- taken back ---- */

Test(net_devices, a_failing_hook_brings_the_device_back,
     .description = "R044 R226: after a failure the device is on the host as it was")
{
    struct bundle *bundle;

    make_pair();
    ip(NULL, "addr add 169.254.9.9/16 scope link dev v0");
    bundle = bundle_with("{\"v0\":{\"name\":\"net0\"},\"v1\":{}}");
    bundle_set(bundle, "/hooks", "{\"createRuntime\":[{\"path\":\"/bin/false\"}]}");
    assert_run_fails(bundle, "/hooks/createRuntime/0");
    assert_at_home();
    assert_contains(ip(NULL, "addr show dev v0"), "169.254.9.9/16 scope link");
    assert_contains(ip(NULL, "link show dev v1"), ",UP");
}

Test(net_devices, a_missing_program_brings_the_device_back,
     .description = "R044: the program is looked up when the device has been moved")
{
    struct bundle *bundle;

    make_pair();
    bundle = bundle_with("{\"v0\":{\"name\":\"net0\"}}");
    bundle_args(bundle, "/no/such/program", NULL);
    assert_run_fails_with(127, bundle, "/no/such/program");
    assert_at_home();
}

Test(net_devices, a_device_down_comes_back_down, .description = "R044: it was not up before")
{
    struct bundle *bundle;

    make_pair();
    ip(NULL, "link set v1 down");
    bundle = bundle_with("{\"v1\":{}}");
    bundle_set(bundle, "/hooks", "{\"createContainer\":[{\"path\":\"/bin/false\"}]}");
    assert_run_fails(bundle, "/hooks/createContainer/0");
    assert_lacks(ip(NULL, "link show dev v1"), ",UP");
}

Test(net_devices, a_port_comes_back_to_its_bridge, .description = "R044: a device of a bridge")
{
    struct bundle *bundle;

    if (ip_try(NULL, "link add br0 type bridge")->status != 0)
        SKIP("the kernel has no bridges");
    make_pair();
    ip(NULL, "link set v0 master br0");
    bundle = bundle_with("{\"v0\":{}}");
    bundle_set(bundle, "/hooks", "{\"createRuntime\":[{\"path\":\"/bin/false\"}]}");
    assert_run_fails(bundle, "/hooks/createRuntime/0");
    assert_contains(ip(NULL, "link show dev v0"), "master br0");
    assert_at_home();
}

static void turn_ipv6_off(const void *namespace)
{
    int fd;

    enter(namespace);
    fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "1", 1) != 1)
        _exit(98);
}

Test(net_devices, an_address_that_cannot_be_kept_is_an_error,
     .description = "R228 R044: IPv6 is off in the container: all devices come back")
{
    const char *there = namespace_make();
    const struct setting setting = {.prepare = turn_ipv6_off, .data = there};
    const char *const nothing[] = {"/bin/true", NULL};
    struct bundle *bundle;

    make_pair();
    cr_assert_eq(program_run(&setting, nothing)->status, 0);
    bundle = bundle_joining(there, "{\"v1\":{},\"v0\":{\"name\":\"net0\"}}");
    assert_run_fails(bundle, "/linux/netDevices/v0", "keep the addresses of", "the kernel says");
    assert_at_home();
    assert_contains(ip(NULL, "link show dev v1"), ",UP");
    namespace_end(there);
}
