/* SPDX-License-Identifier: Apache-2.0 */
#include "spec-fixture.h"
#include "spec/check.h"

/* Every check of the tables, by one document each that fails nothing else. */

#define MISSING "this property is required, and missing"
#define STRING  "expected a string, found "

static const struct refusal config_refusals[] = {
    {"{\"root\":{\"path\":\"r\"}}", "/ociVersion", MISSING},
    {"{\"ociVersion\":\"1.0.0\"}", "/root", MISSING},
    {"{\"ociVersion\":\"1.0.0\",\"root\":null}", "/root", MISSING},
    {"{\"ociVersion\":\"1.0.0\",\"root\":{}}", "/root/path", MISSING},
    {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"\"}}", "/root/path",
     "expected text that is not empty, found \"\""},
    {"{\"ociVersion\":\"1.0.0\",\"root\":[]}", "/root", "expected an object, found an array"},
    {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\",\"readonly\":\"yes\"}}", "/root/readonly",
     "expected true or false, found \"yes\""},
    {CONFIG("\"hostname\":5"), "/hostname", STRING "5"},
    {CONFIG("\"hostname\":\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm\""),
     "/hostname",
     "expected a name of at most 64 bytes, found "
     "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm\""},
    {CONFIG("\"domainname\":true"), "/domainname", STRING "true"},
    {CONFIG("\"annotations\":[]"), "/annotations", "expected an object of strings, found an array"},
    {CONFIG("\"annotations\":{\"a\":5}"), "/annotations/a", STRING "5"},
    {CONFIG("\"annotations\":{\"a/b~c\":{}}"), "/annotations/a~1b~0c", STRING "an object"},
    {CONFIG("\"annotations\":{\"\":\"x\"}"), "/annotations/",
     "expected a key that is not empty, found \"\""},
    {CONFIG("\"mounts\":{}"), "/mounts", "expected an array of objects, found an object"},
    {CONFIG("\"mounts\":[5]"), "/mounts/0", "expected an object, found 5"},
    {CONFIG("\"mounts\":[null]"), "/mounts/0", "expected an object, found null"},
    {CONFIG("\"mounts\":[{}]"), "/mounts/0/destination", MISSING},
    {CONFIG("\"mounts\":[{\"destination\":\"\"}]"), "/mounts/0/destination",
     "expected text that is not empty, found \"\""},
    {CONFIG("\"mounts\":[{\"destination\":\"/a\"},{\"destination\":\"/b\",\"options\":\"ro\"}]"),
     "/mounts/1/options", "expected an array of strings, found \"ro\""},
    {CONFIG("\"mounts\":[{\"destination\":\"/b\",\"options\":[\"ro\",7]}]"), "/mounts/0/options/1",
     STRING "7"},
    {CONFIG("\"mounts\":[{\"destination\":\"/b\",\"options\":[\"ro\",null]}]"),
     "/mounts/0/options/1", STRING "null"},
    {CONFIG("\"mounts\":[{\"destination\":\"/b\",\"options\":[\"ro\",[]]}]"), "/mounts/0/options/1",
     STRING "an array"},
    {CONFIG("\"mounts\":[{\"destination\":\"/b\",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,"
            "\"size\":1}]}]"),
     "/mounts/0/uidMappings", "expected uidMappings and gidMappings together, found one of them"},
    {CONFIG("\"mounts\":[{\"destination\":\"/b\",\"gidMappings\":[{\"containerID\":0,\"hostID\":1,"
            "\"size\":1}]}]"),
     "/mounts/0/gidMappings", "expected uidMappings and gidMappings together, found one of them"},
};

Test(spec_checks, config, .description = "R087 R117 R187 R188 R194 R196")
{
    spec_expect_refusals(config_refusals, ELEMENTSOF(config_refusals));
}

#define VERSION(v)                                                                                 \
    {                                                                                              \
        "{\"ociVersion\":\"" v "\",\"root\":{\"path\":\"r\"}}", "/ociVersion",                     \
            "expected a version 1.MINOR.PATCH of the runtime-spec, found \"" v "\""                \
    }

Test(spec_checks, versions_refused, .description = "R077")
{
    static const struct refusal refusals[] = {
        VERSION(""),        VERSION("1"),          VERSION("1.0"),       VERSION("1.0."),
        VERSION("invalid"), VERSION("0.5.0-dev"),  VERSION("2.0.0"),     VERSION("10.0.0"),
        VERSION("1.0.0.0"), VERSION("01.0.0"),     VERSION("1.00.0"),    VERSION("1.0.01"),
        VERSION("v1.0.0"),  VERSION("1.0.0-"),     VERSION("1.0.0-a."),  VERSION("1.0.0-01"),
        VERSION("1.0.0+"),  VERSION("1.0.0+a..b"), VERSION("1.0.0-a_b"), VERSION(" 1.0.0"),
        VERSION("1.0.0 "),
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

Test(spec_checks, versions_accepted, .description = "R078")
{
    static const char *const versions[] = {
        "1.0.0",     "1.0.2-dev",    "1.1.0+dev", "1.2.1",         "1.3.0",
        "1.99.1000", "1.0.0-rc.1.0", "1.0.0-0a",  "1.0.0+001.a-b", "1.0.0-x-y.7+z",
    };
    for (size_t i = 0; i < ELEMENTSOF(versions); i++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        const char *json =
            arena_printf(&arena, "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}", versions[i]);
        cr_expect_str_eq(spec_accept(&arena, json)->oci_version, versions[i]);
    }
}

#define HOOK(member) CONFIG("\"hooks\":{\"poststop\":[{" member "}]}")

Test(spec_checks, hooks, .description = "R163 R164 R168")
{
    static const struct refusal refusals[] = {
        {CONFIG("\"hooks\":[]"), "/hooks", "expected an object, found an array"},
        {CONFIG("\"hooks\":{\"prestart\":{}}"), "/hooks/prestart",
         "expected an array of objects, found an object"},
        {HOOK("\"args\":[\"a\"]"), "/hooks/poststop/0/path", MISSING},
        {HOOK("\"path\":\"bin/true\""), "/hooks/poststop/0/path",
         "expected an absolute path, found \"bin/true\""},
        {HOOK("\"path\":\"/a\",\"timeout\":0"), "/hooks/poststop/0/timeout",
         "expected an integer from 1 to 9223372036854775807, found 0"},
        {HOOK("\"path\":\"/a\",\"timeout\":-1"), "/hooks/poststop/0/timeout",
         "expected an integer from 1 to 9223372036854775807, found -1"},
        {HOOK("\"path\":\"/a\",\"env\":[\"A=\",\"B\"]"), "/hooks/poststop/0/env/1",
         "expected an entry NAME=VALUE, found \"B\""},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

#define RLIMIT_NAMES                                                                               \
    "one of \"RLIMIT_AS\", \"RLIMIT_CORE\", \"RLIMIT_CPU\", \"RLIMIT_DATA\", \"RLIMIT_FSIZE\", "   \
    "\"RLIMIT_LOCKS\", \"RLIMIT_MEMLOCK\", \"RLIMIT_MSGQUEUE\", \"RLIMIT_NICE\", "                 \
    "\"RLIMIT_NOFILE\", \"RLIMIT_NPROC\", \"RLIMIT_RSS\", \"RLIMIT_RTPRIO\", \"RLIMIT_RTTIME\", "  \
    "\"RLIMIT_SIGPENDING\", \"RLIMIT_STACK\""
#define ID_RANGE "expected an integer from 0 to 4294967294, found "

Test(spec_checks, process, .description = "R121 R122 R124 R128 R132 R147 R148 R153 R196")
{
    static const struct refusal refusals[] = {
        {CONFIG("\"process\":{\"cwd\":\"/\"}"), "/process/args", MISSING},
        {CONFIG("\"process\":{\"cwd\":\"/\",\"args\":[]}"), "/process/args",
         "expected at least one entry, found an empty array"},
        {CONFIG("\"process\":{\"args\":[\"a\"]}"), "/process/cwd", MISSING},
        {CONFIG("\"process\":{\"args\":[\"a\"],\"cwd\":\"tmp\"}"), "/process/cwd",
         "expected an absolute path, found \"tmp\""},
        {PROCESS("\"terminal\":1"), "/process/terminal", "expected true or false, found 1"},
        {PROCESS("\"consoleSize\":{\"height\":1}"), "/process/consoleSize/width", MISSING},
        {PROCESS("\"consoleSize\":{\"height\":1,\"width\":65536}"), "/process/consoleSize/width",
         "expected an integer from 0 to 65535, found 65536"},
        {PROCESS("\"env\":[\"FOO\"]"), "/process/env/0",
         "expected an entry NAME=VALUE, found \"FOO\""},
        {PROCESS("\"env\":[\"A=1\",\"=x\"]"), "/process/env/1",
         "expected an entry NAME=VALUE, found \"=x\""},
        {PROCESS("\"user\":{\"gid\":0}"), "/process/user/uid", MISSING},
        {PROCESS("\"user\":{\"uid\":0}"), "/process/user/gid", MISSING},
        {PROCESS("\"user\":{\"uid\":4294967295,\"gid\":0}"), "/process/user/uid",
         ID_RANGE "4294967295"},
        {PROCESS("\"user\":{\"uid\":0,\"gid\":-1}"), "/process/user/gid", ID_RANGE "-1"},
        {PROCESS("\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[1,4294967295]}"),
         "/process/user/additionalGids/1", ID_RANGE "4294967295"},
        {PROCESS("\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[\"1\"]}"),
         "/process/user/additionalGids/0", ID_RANGE "\"1\""},
        {PROCESS("\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[[]]}"),
         "/process/user/additionalGids/0", "expected an integer, found an array"},
        {PROCESS("\"user\":{\"uid\":0,\"gid\":0,\"umask\":512}"), "/process/user/umask",
         "expected an integer from 0 to 511, found 512"},
        {PROCESS("\"capabilities\":{\"bounding\":\"CAP_KILL\"}"), "/process/capabilities/bounding",
         "expected an array of strings, found \"CAP_KILL\""},
        {PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1}]"), "/process/rlimits/0/hard",
         MISSING},
        {PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"hard\":1}]"), "/process/rlimits/0/soft",
         MISSING},
        {PROCESS("\"rlimits\":[{\"soft\":1,\"hard\":1}]"), "/process/rlimits/0/type", MISSING},
        {PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_TEST\",\"soft\":1,\"hard\":1}]"),
         "/process/rlimits/0/type", "expected " RLIMIT_NAMES ", found \"RLIMIT_TEST\""},
        {PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
         "/process/rlimits/0/soft", "expected a soft limit that is at most the hard one"},
        {PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
                 "{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"),
         "/process/rlimits/1/type", "expected each type once, found \"RLIMIT_CPU\" again"},
        {PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,"
                 "\"hard\":18446744073709551616}]"),
         "/process/rlimits/0/hard",
         "expected an integer from 0 to 18446744073709551615, found 18446744073709551616"},
        {PROCESS("\"oomScoreAdj\":1001"), "/process/oomScoreAdj",
         "expected an integer from -1000 to 1000, found 1001"},
        {PROCESS("\"oomScoreAdj\":-1001"), "/process/oomScoreAdj",
         "expected an integer from -1000 to 1000, found -1001"},
        {PROCESS("\"scheduler\":{}"), "/process/scheduler/policy", MISSING},
        {PROCESS("\"scheduler\":{\"policy\":\"SCHED_ISO\"}"), "/process/scheduler/policy",
         "expected one of \"SCHED_BATCH\", \"SCHED_DEADLINE\", \"SCHED_FIFO\", \"SCHED_IDLE\", "
         "\"SCHED_OTHER\", \"SCHED_RR\", found \"SCHED_ISO\""},
        {PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"flags\":[\"X\"]}"),
         "/process/scheduler/flags/0",
         "expected one of \"SCHED_FLAG_DL_OVERRUN\", \"SCHED_FLAG_KEEP_PARAMS\", "
         "\"SCHED_FLAG_KEEP_POLICY\", \"SCHED_FLAG_RECLAIM\", \"SCHED_FLAG_RESET_ON_FORK\", "
         "\"SCHED_FLAG_UTIL_CLAMP_MAX\", \"SCHED_FLAG_UTIL_CLAMP_MIN\", found \"X\""},
        {PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"nice\":2147483648}"),
         "/process/scheduler/nice",
         "expected an integer from -2147483648 to 2147483647, found 2147483648"},
        {PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\"}"), "/process/ioPriority/priority",
         MISSING},
        {PROCESS("\"ioPriority\":{\"priority\":1}"), "/process/ioPriority/class", MISSING},
        {PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}"),
         "/process/ioPriority/priority", "expected an integer from 0 to 7, found 8"},
        {PROCESS("\"ioPriority\":{\"class\":\"X\",\"priority\":0}"), "/process/ioPriority/class",
         "expected one of \"IOPRIO_CLASS_BE\", \"IOPRIO_CLASS_IDLE\", \"IOPRIO_CLASS_RT\", "
         "found \"X\""},
        {PROCESS("\"execCPUAffinity\":{\"initial\":\"0-3;7\"}"), "/process/execCPUAffinity/initial",
         "expected a list of numbers such as \"0-3,7\", found \"0-3;7\""},
        {PROCESS("\"execCPUAffinity\":{\"final\":\"all\"}"), "/process/execCPUAffinity/final",
         "expected a list of numbers such as \"0-3,7\", found \"all\""},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

/* cpuset(7), "List format". */
Test(spec_checks, lists_of_processors, .description = "R149")
{
    static const char *const lists[] = {"",      "0",         "0-3,7",     "2-2",
                                        " 0-3 ", "0, 2-4 ,1", "4294967295"};
    static const char *const others[] = {" ",     "0-",   "-1",  "-",   "0,",
                                         ",0",    "0,,1", ",",   "3-1", "0--1",
                                         "0-1-2", "0 1",  "0x1", "1.5", "4294967296"};
    for (size_t i = 0; i < ELEMENTSOF(lists); i++)
        cr_expect_null(check_number_list(&lists[i]), "%s", lists[i]);
    for (size_t i = 0; i < ELEMENTSOF(others); i++)
        cr_expect_not_null(check_number_list(&others[i]), "%s", others[i]);
}

Test(spec_checks, names_of_sysctls, .description = "R308")
{
    static const char *const names[] = {"kernel.sem", "net/ipv4/conf/eth0.100/mtu",
                                        "net.ipv4.conf.eth0/100.mtu", "kernel"};
    static const char *const others[] = {
        "",       "/net/a", "net/../kernel/panic", "net//a",  "net/a/", "net/./a", ".net", "net..a",
        "net.a.", "..",     "net.//.x.y",          "net.//x", "net./x", "net/.a",  "/",    "."};
    for (size_t i = 0; i < ELEMENTSOF(names); i++)
        cr_expect_null(check_sysctl_string(names[i]), "%s", names[i]);
    for (size_t i = 0; i < ELEMENTSOF(others); i++)
        cr_expect_not_null(check_sysctl_string(others[i]), "%s", others[i]);
    static const struct refusal refusals[] = {
        {LINUX("\"sysctl\":{\"net.//x\":\"1\"}"), "/linux/sysctl/net.~1~1x",
         "expected the name of a sysctl such as \"net.ipv4.ip_forward\", found \"net.//x\""},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

#define DEVICE(member) LINUX("\"devices\":[{\"path\":\"/dev/x\"," member "}]")
#define NAMESPACE_NAMES                                                                            \
    "\"cgroup\", \"ipc\", \"mount\", \"network\", \"pid\", \"time\", \"user\", \"uts\""

Test(spec_checks, linux_section,
     .description = "R200 R205 R206 R209 R213 R214 R217 R341 R347 R349 R351 R352")
{
    static const struct refusal refusals[] = {
        {LINUX("\"namespaces\":[{}]"), "/linux/namespaces/0/type", MISSING},
        {LINUX("\"namespaces\":[{\"type\":\"net\"}]"), "/linux/namespaces/0/type",
         "expected one of " NAMESPACE_NAMES ", found \"net\""},
        {LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"ipc\"},{\"type\":\"pid\"}]"),
         "/linux/namespaces/2/type", "expected each type once, found \"pid\" again"},
        {LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"}]"), "/linux/namespaces/0/path",
         "expected an absolute path, found \"\""},
        {LINUX("\"uidMappings\":[{\"containerID\":0,\"hostID\":0}]"), "/linux/uidMappings/0/size",
         MISSING},
        {LINUX("\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}]"),
         "/linux/gidMappings/0/size", "expected an integer from 1 to 4294967295, found 0"},
        {LINUX("\"timeOffsets\":{\"realtime\":{}}"), "/linux/timeOffsets/realtime",
         "expected one of \"monotonic\", \"boottime\", found \"realtime\""},
        {LINUX("\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}"),
         "/linux/timeOffsets/boottime/nanosecs",
         "expected an integer from 0 to 999999999, found 1000000000"},
        {LINUX("\"devices\":[{\"type\":\"p\"}]"), "/linux/devices/0/path", MISSING},
        {LINUX("\"devices\":[{\"type\":\"p\",\"path\":\"dev/x\"}]"), "/linux/devices/0/path",
         "expected an absolute path, found \"dev/x\""},
        {DEVICE("\"major\":1,\"minor\":1"), "/linux/devices/0/type", MISSING},
        {DEVICE("\"type\":\"z\",\"major\":1,\"minor\":1"), "/linux/devices/0/type",
         "expected one of \"b\", \"c\", \"p\", \"u\", found \"z\""},
        {DEVICE("\"type\":\"c\""), "/linux/devices/0/major",
         "this property is required for a device that is not a FIFO, and missing"},
        {DEVICE("\"type\":\"b\",\"major\":1"), "/linux/devices/0/minor",
         "this property is required for a device that is not a FIFO, and missing"},
        {DEVICE("\"type\":\"p\",\"fileMode\":512"), "/linux/devices/0/fileMode",
         "expected permission bits from 0 to 511, found 512"},
        {DEVICE("\"type\":\"p\",\"fileMode\":8630"), "/linux/devices/0/fileMode",
         "expected permission bits, found the file type of another device"},
        {DEVICE("\"type\":\"p\",\"uid\":4294967295"), "/linux/devices/0/uid",
         ID_RANGE "4294967295"},
        {LINUX("\"netDevices\":[]"), "/linux/netDevices",
         "expected an object of objects, found an array"},
        {LINUX("\"netDevices\":{\"eth0\":\"eth1\"}"), "/linux/netDevices/eth0",
         "expected an object, found \"eth1\""},
        {LINUX("\"netDevices\":{\"a:b\":{}}"), "/linux/netDevices/a:b",
         "expected the name of a network interface, found \"a:b\""},
        {LINUX("\"netDevices\":{\"eth0\":{\"name\":\"sixteen-letters!\"}}"),
         "/linux/netDevices/eth0/name",
         "expected the name of a network interface, found \"sixteen-letters!\""},
        {LINUX("\"netDevices\":{\"eth0\":{\"name\":\"..\"}}"), "/linux/netDevices/eth0/name",
         "expected the name of a network interface, found \"..\""},
        {LINUX("\"sysctl\":{\"a\":1}"), "/linux/sysctl/a", STRING "1"},
        {LINUX("\"sysctl\":{\"\":\"1\"}"), "/linux/sysctl/",
         "expected the name of a sysctl such as \"net.ipv4.ip_forward\", found \"\""},
        {LINUX("\"rootfsPropagation\":\"none\""), "/linux/rootfsPropagation",
         "expected one of \"private\", \"rprivate\", \"rshared\", \"rslave\", \"runbindable\", "
         "\"shared\", \"slave\", \"unbindable\", found \"none\""},
        {LINUX("\"maskedPaths\":[\"/a\",\"proc/kcore\"]"), "/linux/maskedPaths/1",
         "expected an absolute path, found \"proc/kcore\""},
        {LINUX("\"readonlyPaths\":[\"proc/sys\"]"), "/linux/readonlyPaths/0",
         "expected an absolute path, found \"proc/sys\""},
        {LINUX("\"personality\":{}"), "/linux/personality/domain", MISSING},
        {LINUX("\"personality\":{\"domain\":\"BSD\"}"), "/linux/personality/domain",
         "expected one of \"LINUX\", \"LINUX32\", found \"BSD\""},
        {LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
         "/linux/personality/flags/0",
         "expected no flags: the specification defines none, found \"X\""},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

Test(spec_checks, intel_rdt, .description = "R289 R290 R291")
{
    static const struct refusal refusals[] = {
        {LINUX("\"intelRdt\":{\"closID\":\"..\"}"), "/linux/intelRdt/closID",
         "expected \"/\" or a plain name, found \"..\""},
        {LINUX("\"intelRdt\":{\"closID\":\".\"}"), "/linux/intelRdt/closID",
         "expected \"/\" or a plain name, found \".\""},
        {LINUX("\"intelRdt\":{\"closID\":\"a/b\"}"), "/linux/intelRdt/closID",
         "expected \"/\" or a plain name, found \"a/b\""},
        {LINUX("\"intelRdt\":{\"closID\":\"\"}"), "/linux/intelRdt/closID",
         "expected \"/\" or a plain name, found \"\""},
        {LINUX("\"intelRdt\":{\"memBwSchema\":\"XX:0=20\"}"), "/linux/intelRdt/memBwSchema",
         "expected one line that starts with \"MB:\", found \"XX:0=20\""},
        {LINUX("\"intelRdt\":{\"memBwSchema\":\"MB:0=20\\n\"}"), "/linux/intelRdt/memBwSchema",
         "expected one line that starts with \"MB:\", found \"MB:0=20\\n\""},
        {LINUX("\"intelRdt\":{\"l3CacheSchema\":\"L3:0=f\\nMB:0=1\"}"),
         "/linux/intelRdt/l3CacheSchema",
         "expected text without a line break, found \"L3:0=f\\nMB:0=1\""},
        {LINUX("\"intelRdt\":{\"schemata\":[\"L3:0=f\",\"L3:0=f\\nMB:0=1\"]}"),
         "/linux/intelRdt/schemata/1",
         "expected text without a line break, found \"L3:0=f\\nMB:0=1\""},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

#define POLICY(member) LINUX("\"memoryPolicy\":{" member "}")

Test(spec_checks, memory_policy, .description = "R305 R306 R307")
{
    static const struct refusal refusals[] = {
        {POLICY("\"nodes\":\"0\""), "/linux/memoryPolicy/mode", MISSING},
        {POLICY("\"mode\":\"MPOL_X\""), "/linux/memoryPolicy/mode",
         "expected one of \"MPOL_BIND\", \"MPOL_DEFAULT\", \"MPOL_INTERLEAVE\", \"MPOL_LOCAL\", "
         "\"MPOL_PREFERRED\", \"MPOL_PREFERRED_MANY\", \"MPOL_WEIGHTED_INTERLEAVE\", "
         "found \"MPOL_X\""},
        {POLICY("\"mode\":\"MPOL_BIND\",\"nodes\":\"a\""), "/linux/memoryPolicy/nodes",
         "expected a list of numbers such as \"0-3,7\", found \"a\""},
        {POLICY("\"mode\":\"MPOL_BIND\""), "/linux/memoryPolicy/nodes",
         "expected nodes, which this mode needs"},
        {POLICY("\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"\""), "/linux/memoryPolicy/nodes",
         "expected nodes, which this mode needs"},
        {POLICY("\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"0\""), "/linux/memoryPolicy/nodes",
         "expected no nodes with MPOL_DEFAULT and MPOL_LOCAL"},
        {POLICY("\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0\""), "/linux/memoryPolicy/nodes",
         "expected no nodes with MPOL_DEFAULT and MPOL_LOCAL"},
        {POLICY("\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NOPE\"]"),
         "/linux/memoryPolicy/flags/0",
         "expected one of \"MPOL_F_NUMA_BALANCING\", \"MPOL_F_RELATIVE_NODES\", "
         "\"MPOL_F_STATIC_NODES\", found \"MPOL_F_NOPE\""},
        {POLICY("\"mode\":\"MPOL_BIND\",\"nodes\":\"0\","
                "\"flags\":[\"MPOL_F_STATIC_NODES\",\"MPOL_F_RELATIVE_NODES\"]"),
         "/linux/memoryPolicy/flags",
         "expected one of MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES, found both"},
        {POLICY("\"mode\":\"MPOL_PREFERRED\",\"flags\":[\"MPOL_F_STATIC_NODES\"]"),
         "/linux/memoryPolicy/flags",
         "expected nodes together with MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES"},
        {POLICY("\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0\","
                "\"flags\":[\"MPOL_F_NUMA_BALANCING\"]"),
         "/linux/memoryPolicy/flags",
         "expected MPOL_F_NUMA_BALANCING only with MPOL_BIND and MPOL_PREFERRED_MANY"},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

Test(spec_checks, resources, .description = "R252 R253 R255 R268 R269 R271 R272 R274 R278 R282")
{
    static const struct refusal refusals[] = {
        {RESOURCES("\"devices\":[{\"access\":\"r\"}]"), "/linux/resources/devices/0/allow",
         MISSING},
        {RESOURCES("\"devices\":[{\"allow\":true,\"type\":\"p\"}]"),
         "/linux/resources/devices/0/type", "expected one of \"a\", \"b\", \"c\", found \"p\""},
        {RESOURCES("\"devices\":[{\"allow\":true,\"access\":\"rwx\"}]"),
         "/linux/resources/devices/0/access", "expected letters of \"rwm\", found \"rwx\""},
        {RESOURCES("\"devices\":[{\"allow\":true,\"access\":\"\"}]"),
         "/linux/resources/devices/0/access", "expected letters of \"rwm\", found \"\""},
        {RESOURCES("\"devices\":[{\"allow\":true,\"major\":-2}]"),
         "/linux/resources/devices/0/major", "expected an integer from -1 to 4294967295, found -2"},
        {RESOURCES("\"memory\":{\"limit\":9223372036854775808}"), "/linux/resources/memory/limit",
         "expected an integer from -9223372036854775808 to 9223372036854775807, "
         "found 9223372036854775808"},
        {RESOURCES("\"memory\":{\"swappiness\":101}"), "/linux/resources/memory/swappiness",
         "expected an integer from 0 to 100, found 101"},
        {RESOURCES("\"memory\":{\"useHierarchy\":0}"), "/linux/resources/memory/useHierarchy",
         "expected true or false, found 0"},
        {RESOURCES("\"cpu\":{\"shares\":-1}"), "/linux/resources/cpu/shares",
         "expected an integer from 0 to 18446744073709551615, found -1"},
        {RESOURCES("\"cpu\":{\"cpus\":\"x\"}"), "/linux/resources/cpu/cpus",
         "expected a list of numbers such as \"0-3,7\", found \"x\""},
        {RESOURCES("\"cpu\":{\"idle\":2}"), "/linux/resources/cpu/idle",
         "expected an integer from 0 to 1, found 2"},
        {RESOURCES("\"pids\":{\"limit\":\"1\"}"), "/linux/resources/pids/limit",
         "expected an integer, found \"1\""},
        {RESOURCES("\"pids\":5"), "/linux/resources/pids", "expected an object, found 5"},
        {RESOURCES("\"blockIO\":{\"weight\":65536}"), "/linux/resources/blockIO/weight",
         "expected an integer from 0 to 65535, found 65536"},
        {RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}"),
         "/linux/resources/blockIO/weightDevice/0", "expected weight, leafWeight, or both"},
        {RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":8,\"weight\":10}]}"),
         "/linux/resources/blockIO/weightDevice/0/minor", MISSING},
        {RESOURCES("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0}]}"),
         "/linux/resources/blockIO/throttleReadBpsDevice/0/rate", MISSING},
        {RESOURCES("\"blockIO\":{\"throttleWriteBpsDevice\":[{\"minor\":8,\"rate\":0}]}"),
         "/linux/resources/blockIO/throttleWriteBpsDevice/0/major", MISSING},
        {RESOURCES("\"blockIO\":{\"throttleReadIOPSDevice\":[{\"major\":8,\"rate\":0}]}"),
         "/linux/resources/blockIO/throttleReadIOPSDevice/0/minor", MISSING},
        {RESOURCES("\"blockIO\":{\"throttleWriteIOPSDevice\":[1]}"),
         "/linux/resources/blockIO/throttleWriteIOPSDevice/0", "expected an object, found 1"},
        {RESOURCES("\"hugepageLimits\":[{\"limit\":1}]"),
         "/linux/resources/hugepageLimits/0/pageSize", MISSING},
        {RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]"),
         "/linux/resources/hugepageLimits/0/limit", MISSING},
        {RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"64kB\",\"limit\":1}]"),
         "/linux/resources/hugepageLimits/0/pageSize",
         "expected a page size such as \"64KB\", \"2MB\" or \"1GB\", found \"64kB\""},
        {RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"02MB\",\"limit\":1}]"),
         "/linux/resources/hugepageLimits/0/pageSize",
         "expected a page size such as \"64KB\", \"2MB\" or \"1GB\", found \"02MB\""},
        {RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2M\",\"limit\":1}]"),
         "/linux/resources/hugepageLimits/0/pageSize",
         "expected a page size such as \"64KB\", \"2MB\" or \"1GB\", found \"2M\""},
        {RESOURCES("\"network\":{\"classID\":4294967296}"), "/linux/resources/network/classID",
         "expected an integer from 0 to 4294967295, found 4294967296"},
        {RESOURCES("\"network\":{\"priorities\":[{\"name\":\"eth0\"}]}"),
         "/linux/resources/network/priorities/0/priority", MISSING},
        {RESOURCES("\"network\":{\"priorities\":[{\"priority\":1}]}"),
         "/linux/resources/network/priorities/0/name", MISSING},
        {RESOURCES("\"rdma\":{\"mlx5_1\":{}}"), "/linux/resources/rdma/mlx5_1",
         "expected hcaHandles, hcaObjects, or both"},
        {RESOURCES("\"rdma\":{\"mlx5_1\":{\"hcaHandles\":\"n\"}}"),
         "/linux/resources/rdma/mlx5_1/hcaHandles",
         "expected an integer from 0 to 4294967295, found \"n\""},
        {RESOURCES("\"unified\":{\"memory.max\":5}"), "/linux/resources/unified/memory.max",
         STRING "5"},
        {RESOURCES("\"unified\":{\"a/b\":\"5\"}"), "/linux/resources/unified/a~1b",
         "expected the name of a cgroup file, found \"a/b\""},
        {RESOURCES("\"unified\":{\"..\":\"5\"}"), "/linux/resources/unified/..",
         "expected the name of a cgroup file, found \"..\""},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

#define ACTIONS                                                                                    \
    "one of \"SCMP_ACT_ALLOW\", \"SCMP_ACT_ERRNO\", \"SCMP_ACT_KILL\", "                           \
    "\"SCMP_ACT_KILL_PROCESS\", \"SCMP_ACT_KILL_THREAD\", \"SCMP_ACT_LOG\", "                      \
    "\"SCMP_ACT_NOTIFY\", \"SCMP_ACT_TRACE\", \"SCMP_ACT_TRAP\""
#define RULE(member) SECCOMP("\"syscalls\":[{" member "}]")
#define ARG(member)                                                                                \
    RULE("\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{" member "}]")

Test(spec_checks, seccomp, .description = "R310 R312 R313 R314 R323 R325 R326 R329 R330 R332")
{
    static const struct refusal refusals[] = {
        {LINUX("\"seccomp\":{}"), "/linux/seccomp/defaultAction", MISSING},
        {LINUX("\"seccomp\":{\"defaultAction\":\"ALLOW\"}"), "/linux/seccomp/defaultAction",
         "expected " ACTIONS ", found \"ALLOW\""},
        {LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":38}"),
         "/linux/seccomp/defaultErrnoRet",
         "expected defaultErrnoRet only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE"},
        {SECCOMP("\"listenerMetadata\":\"x\""), "/linux/seccomp/listenerMetadata",
         "expected listenerMetadata only together with listenerPath"},
        {SECCOMP("\"architectures\":[\"SCMP_ARCH_VAX\"]"), "/linux/seccomp/architectures/0",
         "expected one of \"SCMP_ARCH_AARCH64\", \"SCMP_ARCH_ARM\", \"SCMP_ARCH_LOONGARCH64\", "
         "\"SCMP_ARCH_M68K\", \"SCMP_ARCH_MIPS\", \"SCMP_ARCH_MIPS64\", \"SCMP_ARCH_MIPS64N32\", "
         "\"SCMP_ARCH_MIPSEL\", \"SCMP_ARCH_MIPSEL64\", \"SCMP_ARCH_MIPSEL64N32\", "
         "\"SCMP_ARCH_PARISC\", \"SCMP_ARCH_PARISC64\", \"SCMP_ARCH_PPC\", \"SCMP_ARCH_PPC64\", "
         "\"SCMP_ARCH_PPC64LE\", \"SCMP_ARCH_RISCV64\", ..., found \"SCMP_ARCH_VAX\""},
        {SECCOMP("\"flags\":[\"TSYNC\"]"), "/linux/seccomp/flags/0",
         "expected one of \"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\", "
         "\"SECCOMP_FILTER_FLAG_TSYNC\", \"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\", "
         "found \"TSYNC\""},
        {RULE("\"action\":\"SCMP_ACT_ALLOW\""), "/linux/seccomp/syscalls/0/names", MISSING},
        {RULE("\"names\":[],\"action\":\"SCMP_ACT_ALLOW\""), "/linux/seccomp/syscalls/0/names",
         "expected at least one entry, found an empty array"},
        {RULE("\"names\":[\"read\"]"), "/linux/seccomp/syscalls/0/action", MISSING},
        {RULE("\"names\":[\"read\"],\"action\":\"X\""), "/linux/seccomp/syscalls/0/action",
         "expected " ACTIONS ", found \"X\""},
        {RULE("\"names\":[\"read\"],\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1"),
         "/linux/seccomp/syscalls/0/errnoRet",
         "expected errnoRet only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE"},
        {ARG("\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\""),
         "/linux/seccomp/syscalls/0/args/0/index", "expected an integer from 0 to 5, found 6"},
        {ARG("\"value\":0,\"op\":\"SCMP_CMP_EQ\""), "/linux/seccomp/syscalls/0/args/0/index",
         MISSING},
        {ARG("\"index\":0,\"op\":\"SCMP_CMP_EQ\""), "/linux/seccomp/syscalls/0/args/0/value",
         MISSING},
        {ARG("\"index\":0,\"value\":0"), "/linux/seccomp/syscalls/0/args/0/op", MISSING},
        {ARG("\"index\":0,\"value\":1e3,\"op\":\"SCMP_CMP_EQ\""),
         "/linux/seccomp/syscalls/0/args/0/value", "expected an integer, found 1e3"},
        {ARG("\"index\":0,\"value\":0,\"op\":\"EQ\""), "/linux/seccomp/syscalls/0/args/0/op",
         "expected one of \"SCMP_CMP_EQ\", \"SCMP_CMP_GE\", \"SCMP_CMP_GT\", \"SCMP_CMP_LE\", "
         "\"SCMP_CMP_LT\", \"SCMP_CMP_MASKED_EQ\", \"SCMP_CMP_NE\", found \"EQ\""},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

Test(spec_checks, vm, .description = "R354 R355 R357 R358")
{
    static const struct refusal refusals[] = {
        {CONFIG("\"vm\":{}"), "/vm/kernel", MISSING},
        {CONFIG("\"vm\":{\"kernel\":{\"path\":\"vmlinuz\"}}"), "/vm/kernel/path",
         "expected an absolute path, found \"vmlinuz\""},
        {CONFIG("\"vm\":{\"kernel\":{\"path\":\"/k\"},\"hypervisor\":{}}"), "/vm/hypervisor/path",
         MISSING},
        {CONFIG("\"vm\":{\"kernel\":{\"path\":\"/k\"},\"image\":{\"path\":\"/i\","
                "\"format\":\"iso\"}}"),
         "/vm/image/format",
         "expected one of \"qcow2\", \"raw\", \"vdi\", \"vhd\", \"vmdk\", found \"iso\""},
        {CONFIG("\"vm\":{\"kernel\":{\"path\":\"/k\"},\"hwConfig\":{\"iomems\":[{\"firstMFN\":1}]"
                "}}"),
         "/vm/hwConfig/iomems/0/nrMFNs", MISSING},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}
