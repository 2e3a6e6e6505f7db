/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"

PLAN_SUITE(plan_sysctls);

static void give(const char *key)
{
    static struct string_pair pair;
    pair = (struct string_pair){key, "1"};
    f.section.sysctl = (struct string_map){true, 1, &pair};
}

static void expect_path(const char *key, const char *path)
{
    give(key);
    plan_well();
    cr_assert_eq(f.plan->n_sysctls, 1);
    cr_expect_str_eq(f.plan->sysctls[0].path, path);
    cr_expect_str_eq(f.plan->sysctls[0].value, "1");
}

static void expect_refused(const char *key)
{
    char where[200], text[200];
    snprintf(where, sizeof(where), "/linux/sysctl/%s", key);
    snprintf(text, sizeof(text), "sysctl \"%s\" is not in a separate kernel namespace", key);
    give(key);
    plan_badly(where, text);
}

static const char *const of_ipc[] = {
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni",          "kernel.sem",       "kernel.shmall",
    "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced", "fs.mqueue.msg_max"};

Test(plan_sysctls, none)
{
    plan_well();
    cr_expect_eq(f.plan->n_sysctls, 0);
}

Test(plan_sysctls, of_ipc)
{
    for (size_t i = 0; i < sizeof(of_ipc) / sizeof(of_ipc[0]); i++) {
        give(of_ipc[i]);
        plan_well();
        cr_expect_eq(f.plan->n_sysctls, 1, "%s", of_ipc[i]);
    }
    expect_path("fs.mqueue.msg_max", "fs/mqueue/msg_max");
    NAMESPACES(NAMESPACE_MOUNT, NAMESPACE_UTS, NAMESPACE_NETWORK);
    for (size_t i = 0; i < sizeof(of_ipc) / sizeof(of_ipc[0]); i++)
        expect_refused(of_ipc[i]);
}

Test(plan_sysctls, of_network)
{
    expect_path("net.ipv4.ip_forward", "net/ipv4/ip_forward");
    cr_expect_str_eq(f.plan->sysctls[0].where, "/linux/sysctl/net.ipv4.ip_forward");
    NAMESPACES(NAMESPACE_IPC);
    expect_refused("net.ipv4.ip_forward");
}

Test(plan_sysctls, of_uts)
{
    expect_path("kernel.domainname", "kernel/domainname");
    give("kernel.hostname");
    plan_badly("/linux/sysctl/kernel.hostname",
               "sysctl \"kernel.hostname\" is not allowed: the property \"hostname\" sets it");
    NAMESPACES(NAMESPACE_IPC);
    expect_refused("kernel.domainname");
}

Test(plan_sysctls, of_user)
{
    expect_refused("user.max_user_namespaces");
    SET_LIST(f.section.namespaces, {NAMESPACE_USER, "/run/user"});
    expect_path("user.max_user_namespaces", "user/max_user_namespaces");
}

Test(plan_sysctls, of_the_host)
{
    static const char *const names[] = {
        "kernel.panic", "vm.swappiness", "kernel.core_pattern", "fs.file-max", "net",
        "fs.mqueue",    "kernel.semx",   "kernel.shm_next_id",  "kernel",      "kernel.sem.more"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_refused(names[i]);
}

Test(plan_sysctls, joined_namespaces)
{
    SET_LIST(f.section.namespaces, {NAMESPACE_NETWORK, "/run/netns/a"});
    expect_path("net.core.somaxconn", "net/core/somaxconn");
    SET_LIST(f.section.namespaces, {NAMESPACE_NETWORK, "/proc/self/ns/net"});
    expect_refused("net.core.somaxconn");
    SET_LIST(f.section.namespaces, {NAMESPACE_NETWORK, "/proc/thread-self/ns/net"});
    expect_refused("net.core.somaxconn");
}

Test(plan_sysctls, separators)
{
    expect_path("net/ipv4/conf/eth0.100/mtu", "net/ipv4/conf/eth0.100/mtu");
    expect_path("net.ipv4.conf.eth0/100.mtu", "net/ipv4/conf/eth0.100/mtu");
    expect_path("kernel/sem", "kernel/sem");
}
