/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan-fixture.h"

PLAN_SUITE(plan_print);

static const char *print(void)
{
    const char *text = NULL;
    plan_well();
    cr_assert_eq(plan_print(&f.arena, f.plan, &text, &f.err), 0);
    return text;
}

static void expect_line(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    cr_assert_not_null(at, "no \"%s\" in:\n%s", line, text);
    cr_expect(at == text || at[-1] == '\n', "\"%s\"", line);
    cr_expect_eq(at[strlen(line)], '\n', "\"%s\"", line);
}

Test(plan_print, minimal)
{
    cr_expect_str_eq(print(), "container \"c1\"\n"
                              "bundle \"/bundle\"\n"
                              "cgroup manager cgroupfs\n"
                              "cgroup path \"(default of the id)\"\n"
                              "namespaces new mount pid network ipc uts cgroup\n"
                              "network lo up\n"
                              "session keyring new\n"
                              "root \"/bundle/rootfs\"\n"
                              "device c 1:3 mode 0666 owner 0:0 default \"/dev/null\"\n"
                              "device c 1:5 mode 0666 owner 0:0 default \"/dev/zero\"\n"
                              "device c 1:7 mode 0666 owner 0:0 default \"/dev/full\"\n"
                              "device c 1:8 mode 0666 owner 0:0 default \"/dev/random\"\n"
                              "device c 1:9 mode 0666 owner 0:0 default \"/dev/urandom\"\n"
                              "device c 5:0 mode 0666 owner 0:0 default \"/dev/tty\"\n"
                              "link \"/dev/fd\" to \"/proc/self/fd\"\n"
                              "link \"/dev/stdin\" to \"/proc/self/fd/0\"\n"
                              "link \"/dev/stdout\" to \"/proc/self/fd/1\"\n"
                              "link \"/dev/stderr\" to \"/proc/self/fd/2\"\n"
                              "link \"/dev/core\" to \"/proc/kcore\"\n"
                              "link \"/dev/ptmx\" to \"pts/ptmx\"\n"
                              "pivot root\n"
                              "cwd \"/\"\n"
                              "env\n"
                              "user 0:0 umask 0022 groups\n"
                              "exec \"/bin/true\"\n");
}

Test(plan_print, full)
{
    static struct resources resources;
    static struct block_io_resources block_io = {.weight = SET(500)};
    static struct capability_names capabilities;
    static struct hooks hooks;
    static struct seccomp seccomp;
    static struct mount mounts[3];
    struct time_offset boottime = {.secs = SET(5)};
    struct time_offsets offsets = {.boottime = &boottime};

    SET_LIST(f.section.namespaces, {NAMESPACE_USER, NULL}, {NAMESPACE_MOUNT, NULL},
             {NAMESPACE_UTS, "/run/uts"}, {NAMESPACE_TIME, NULL});
    SET_LIST(f.section.uid_mappings, {0, 1, 2});
    SET_LIST(f.section.gid_mappings, {0, 3, 4});
    f.section.time_offsets = &offsets;
    SET_LIST(resources.devices, {false, 'a', {0}, {0}, NULL}, {true, 'b', SET(8), {0}, "r"});
    SET_LIST(resources.hugepage_limits, {"2MB", 1});
    resources.block_io = &block_io;
    f.section.resources = &resources;
    mounts[0] = (struct mount){"/t", "tmpfs", "t", STRINGS("ro", "size=5k", "rshared"), {0}, {0}};
    mounts[1] = (struct mount){"/b", NULL, "/src", STRINGS("rbind", "nosuid", "rw", "rro", "rdev"),
                               {0},  {0}};
    mounts[2] = (struct mount){"/t", NULL, NULL, STRINGS("remount", "noexec"), {0}, {0}};
    f.spec.mounts.items = mounts;
    f.spec.mounts.n = 3;
    f.spec.hostname = "a\"b\\c\n\x1b";
    f.root.readonly = true;
    f.section.rootfs_propagation = "slave";
    f.section.masked_paths = STRINGS("/m");
    f.section.readonly_paths = STRINGS("/r");
    f.process.env = STRINGS("A=1");
    f.process.terminal = f.process.no_new_privileges = true;
    f.process.oom_score_adj = (struct opt_i32)SET(7);
    f.process.capabilities = &capabilities;
    capabilities.bounding = STRINGS("CAP_CHOWN", "CAP_KILL");
    SET_LIST(f.process.rlimits, {RLIMIT_CORE, 1, 2});
    SET_LIST(hooks.prestart, {.path = "/h1", .timeout = SET(5)});
    SET_LIST(hooks.poststop, {.path = "/h2"});
    f.spec.hooks = &hooks;
    f.section.seccomp = &seccomp;
    f.options.no_pivot = true;

    const char *text = print();
    expect_line(text, "cgroup write io.bfq.weight \"500\" or io.weight \"4950\"");
    expect_line(text, "cgroup write hugetlb.2MB.rsvd.max \"1\" if present");
    expect_line(text, "device rule deny a *:* rwm");
    expect_line(text, "device rule allow b 8:* r");
    expect_line(text, "device rule allow c 1:3 rwm");
    expect_line(text, "namespaces new user mount time");
    expect_line(text, "namespace join uts \"/run/uts\"");
    expect_line(text, "uid map \"0 1 2\\n\"");
    expect_line(text, "gid map \"0 3 4\\n\"");
    expect_line(text, "time offsets \"boottime 5 0\\n\"");
    expect_line(text, "mount tmpfs \"t\" on \"/t\" size=5k recursively shared ro-at-the-end");
    expect_line(text, "bind recursively \"/src\" on \"/b\" nosuid not ro all ro all not nodev");
    expect_line(text, "remount \"/t\" noexec");
    expect_line(text, "device bind c 1:3 mode 0666 owner 0:0 default \"/dev/null\"");
    expect_line(text, "hook prestart \"/h1\" timeout 5");
    expect_line(text, "chroot");
    expect_line(text, "hostname \"a\\\"b\\\\c\\n\\x1b\"");
    expect_line(text, "read-only \"/r\"");
    expect_line(text, "masked \"/m\"");
    expect_line(text, "root propagation slave");
    expect_line(text, "root read-only");
    expect_line(text, "terminal 0 rows 0 columns");
    expect_line(text, "oom score 7");
    expect_line(text, "rlimit RLIMIT_CORE 1 2");
    expect_line(text, "capabilities bounding CAP_CHOWN CAP_KILL");
    expect_line(text, "capabilities ambient none");
    expect_line(text, "no new privileges");
    expect_line(text, "env \"A=1\"");
    expect_line(text, "seccomp 0 rules");
    expect_line(text, "hook poststop \"/h2\"");
}

Test(plan_print, unprivileged_and_disabled)
{
    uint32_t groups[] = {5, 6};
    struct personality personality = {.domain = 8};
    SET_LIST(f.section.sysctl, {"net.ipv4.ip_forward", "1"});
    f.section.personality = &personality;
    f.process.user.additional_gids = (struct numbers_u32){true, 2, groups};
    f.options.cgroup_manager = CGROUP_MANAGER_DISABLED;
    const char *text = print();
    expect_line(text, "cgroup manager disabled");
    cr_expect_null(strstr(text, "cgroup path"));
    expect_line(text, "sysctl net/ipv4/ip_forward \"1\"");
    expect_line(text, "personality 0x8");
    expect_line(text, "user 0:0 umask 0022 groups 5 6");

    f.process.user.additional_gids.n = 0;
    f.facts.euid = f.facts.egid = 1000;
    f.facts.cap_effective = 0;
    SET_LIST(f.section.namespaces, {NAMESPACE_USER, NULL}, {NAMESPACE_NETWORK, NULL});
    SET_LIST(f.section.uid_mappings, {0, 1000, 1});
    SET_LIST(f.section.gid_mappings, {0, 1000, 1});
    text = print();
    expect_line(text, "setgroups deny");
    expect_line(text, "chroot");
    expect_line(text, "user 0:0 umask 0022 groups kept");

    SET_LIST(f.section.uid_mappings, {0, 1000, 1}, {1, 5000, 10});
    SET_LIST(f.section.gid_mappings, {0, 1000, 1}, {1, 5000, 10});
    f.options.cgroup_manager = CGROUP_MANAGER_CGROUPFS;
    f.options.rootless = true;
    text = print();
    expect_line(text, "uid map by newuidmap \"0 1000 1\\n1 5000 10\\n\"");
    expect_line(text, "gid map by newgidmap \"0 1000 1\\n1 5000 10\\n\"");
    expect_line(text, "cgroup path \"(default of the id, below the caller's)\"");
    expect_line(text, "cgroup optional");
}

Test(plan_print, owner_of_the_cgroup)
{
    SET_LIST(f.spec.mounts,
             {.destination = "/sys/fs/cgroup", .type = "cgroup", .source = "cgroup"});
    f.process.user.uid = 7;
    expect_line(print(), "cgroup owner 7");
}
