/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/systemd-address.h"

static struct systemd_addresses read_list(const char *list)
{
    struct systemd_addresses addresses = {0};
    systemd_addresses_read(&addresses, list);
    return addresses;
}

#define EXPECT_PATH(addresses, i, path)                                                            \
    do {                                                                                           \
        cr_assert_lt(i, (addresses).n);                                                            \
        cr_expect_str_eq((addresses).items[i].address.sun_path, path);                             \
    } while (0)

Test(cgroup_systemd_address, lists)
{
    struct systemd_addresses a = read_list("unix:path=/run/user/1000/bus");
    cr_expect_eq(a.n, 1);
    EXPECT_PATH(a, 0, "/run/user/1000/bus");
    cr_expect_eq(a.items[0].length, sizeof(sa_family_t) + sizeof("/run/user/1000/bus"));
    cr_expect(!a.items[0].direct);
    a = read_list("tcp:host=a;unix:guid=0123,path=/a%20b%2Fc,x=y;unix:path=/d");
    cr_expect_eq(a.n, 2);
    EXPECT_PATH(a, 0, "/a b/c");
    EXPECT_PATH(a, 1, "/d");
    a = read_list("unix:abstract=/tmp/x");
    cr_assert_eq(a.n, 1);
    cr_expect_eq(a.items[0].length, sizeof(sa_family_t) + sizeof("/tmp/x"));
    cr_expect_eq(a.items[0].address.sun_path[0], '\0');
    cr_expect_str_eq(a.items[0].address.sun_path + 1, "/tmp/x");
}

Test(cgroup_systemd_address, what_is_no_address)
{
    static const char *const lists[] = {"",
                                        ";",
                                        "unix:",
                                        "unix:path=",
                                        "unix:path=%",
                                        "unix:path=%2",
                                        "unix:path=/%2g",
                                        "path=/a",
                                        "unix:tmpdir=/tmp"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        cr_expect_eq(read_list(lists[i]).n, 0, "%s", lists[i]);
    char path[200] = "unix:path=/";
    memset(path + 11, 'x', 106);
    cr_expect_eq(read_list(path).n, 1);
    path[117] = 'x';
    cr_expect_eq(read_list(path).n, 0);
    cr_expect_eq(read_list("unix:path=/1;unix:path=/2;unix:path=/3;unix:path=/4;unix:path=/5;"
                           "unix:path=/6;unix:path=/7")
                     .n,
                 SYSTEMD_ADDRESSES);
}

Test(cgroup_systemd_address, of_a_user)
{
    setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/bus", 1);
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    struct systemd_addresses a = systemd_addresses(true);
    cr_assert_eq(a.n, 3);
    EXPECT_PATH(a, 0, "/bus");
    EXPECT_PATH(a, 1, "/run/user/7/bus");
    EXPECT_PATH(a, 2, "/run/user/7/systemd/private");
    cr_expect(a.items[2].direct);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("XDG_RUNTIME_DIR");
    a = systemd_addresses(true);
    cr_expect_eq(a.n, 0);
    bool direct;
    cr_expect_eq(systemd_connect(&a, &direct), -ENOENT);
}

Test(cgroup_systemd_address, of_the_system)
{
    setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/bus", 1);
    struct systemd_addresses a = systemd_addresses(false);
    cr_assert_eq(a.n, 2);
    EXPECT_PATH(a, 0, "/run/systemd/private");
    cr_expect(a.items[0].direct);
    EXPECT_PATH(a, 1, "/run/dbus/system_bus_socket");
    cr_expect(!a.items[1].direct);
}
