/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/agent.h"
#include "tests/support/exec.h"
#include "tests/support/json.h"
#include "tests/support/text.h"

TestSuite(seccomp_notify, TEST_SUITE);

#define SOCKET     WORK "/agent"
#define NUMBER(x)  NUMBER_(x)
#define NUMBER_(x) #x
#define UMASK      NUMBER(SYS_umask)
#define GETPPID    NUMBER(SYS_getppid)

/* What no kernel would say. */
static const struct agent_answer answers[] = {
    {.number = SYS_umask, .value = 4242},
    {.number = SYS_getppid, .error = EREMOTEIO},
    {.number = -1, .go_on = true},
};

static struct bundle *bundle_with_names(const char *default_action, const char *names)
{
    struct bundle *bundle = bundle_new_busybox();

    bundle_set(bundle, "/linux/seccomp",
               "{\"defaultAction\":\"%s\",\"listenerPath\":\"" SOCKET "\","
               "\"syscalls\":[{\"names\":[%s],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
               default_action, names);
    bundle_payload(bundle, "probe " UMASK " ; probe " GETPPID " ; status Seccomp");
    return bundle;
}

static struct bundle *bundle_notifying(void)
{
    return bundle_with_names("SCMP_ACT_ALLOW", "\"umask\",\"getppid\"");
}

static void assert_answered(const struct result *result)
{
    assert_status(result, 0);
    assert_fact(result, "syscall." UMASK, "4242");
    assert_fact(result, "syscall." GETPPID, "!EREMOTEIO");
}

Test(
    seccomp_notify, an_agent_answers_for_the_kernel,
    .description = "R315 R316 R317 R318 R321 R322 R333 R336 R337 R340: run hands the listener over")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    struct json *message;
    struct result *result;

    bundle_set(bundle, "/annotations", "{\"org.example\":\"kept\"}");
    result = bundle_run_ok(bundle);
    assert_answered(result);
    assert_fact(result, "status.Seccomp", "2");
    cr_assert_eq(agent_connections(&agent), 1);
    cr_assert_eq(agent_asked(&agent, -1), 2);
    message = json_parse(agent_message(&agent, 0));
    cr_assert_str_eq(json_text(message, "/fds/0"), "seccompFd");
    cr_assert_eq(json_length(json_at(message, "/fds")), 1);
    cr_assert_not_null(json_text(message, "/ociVersion"));
    cr_assert_not_null(json_text(message, "/pid"));
    cr_assert_null(json_at(message, "/metadata"));
    cr_assert_str_eq(json_text(message, "/state/id"), bundle->id);
    cr_assert_str_eq(json_text(message, "/state/bundle"), bundle->path);
    cr_assert_str_eq(json_text(message, "/state/status"), "created");
    cr_assert_str_eq(json_text(message, "/state/pid"), json_text(message, "/pid"));
    cr_assert_str_eq(json_text(message, "/state/annotations/org.example"), "kept");
    agent_stop(&agent);
}

Test(seccomp_notify, start_hands_the_listener_over,
     .description = "R315 R317 R318 R338: nothing is sent before start; the pid is the runtime's")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    struct json *message;
    struct result *result = bundle_create(bundle);

    cr_assert_eq(agent_connections(&agent), 0);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    result_read(result);
    assert_answered(result);
    message = json_parse(agent_message(&agent, 0));
    cr_assert_str_eq(json_text(message, "/pid"), text_format("%d", bundle_pid()));
    cr_assert_str_eq(json_text(message, "/state/pid"), text_format("%d", bundle_pid()));
    cr_assert_eq(agent_connections(&agent), 1);
    bundle_delete(bundle);
    agent_stop(&agent);
}

Test(seccomp_notify, run_detached_hands_the_listener_over, .description = "R315: --detach")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    struct result *result;

    bundle_write(bundle);
    result = tare("run", "--detach", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    bundle_await(bundle, "stopped");
    result_read(result);
    assert_answered(result);
    bundle_delete(bundle);
    agent_stop(&agent);
}

Test(seccomp_notify, metadata_pass_byte_for_byte, .description = "R322 R339: listenerMetadata")
{
    static const char *const texts[] = {
        "MKNOD=/dev/null,/dev/net/tun;BPF_MAP_TYPES=hash,array",
        " \t\n\r\"\\/{}[]:,\x7f\x01\x1f gr\xc3\xbc\xc3\x9f \xf0\x9f\xa6\x8a",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
        struct bundle *bundle = bundle_notifying();

        bundle_set(bundle, "/linux/seccomp/listenerMetadata", "%s", json_quote(texts[i]));
        bundle_run_ok(bundle);
        cr_expect_str_eq(json_text(json_parse(agent_message(&agent, 0)), "/metadata"), texts[i]);
        agent_stop(&agent);
    }
}

Test(seccomp_notify, a_long_state_is_sent_whole,
     .description =
         "R317 R321 R334 R335: what does not fit into one sendmsg follows, and the fd goes first")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    char *text = text_repeat("0123456789", 24000);

    bundle_set(bundle, "/linux/seccomp/listenerMetadata", "\"%s\"", text);
    assert_answered(bundle_run_ok(bundle));
    cr_assert_str_eq(json_text(json_parse(agent_message(&agent, 0)), "/metadata"), text);
    agent_stop(&agent);
}

/* No call that tare makes on the way to the program may need an answer, or be seen. */
Test(seccomp_notify, every_call_can_be_notified_of,
     .description = "R315 R326: NOTIFY as the default action, and for the calls of the hand-over")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_with_names(
        "SCMP_ACT_ALLOW", "\"umask\",\"getppid\",\"sendmsg\",\"recvmsg\",\"sendto\",\"write\","
                          "\"read\",\"close\",\"futex\",\"sched_yield\",\"exit\",\"exit_group\"");

    assert_answered(bundle_run_ok(bundle));
    cr_assert_eq(agent_asked(&agent, SYS_sendmsg), 0);
    cr_assert_eq(agent_asked(&agent, SYS_recvmsg), 0);
    cr_assert_eq(agent_asked(&agent, SYS_sched_yield), 0);
    cr_assert_gt(agent_asked(&agent, SYS_write), 0);
    agent_stop(&agent);

    agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    bundle = bundle_with_names("SCMP_ACT_NOTIFY", "\"umask\"");
    assert_answered(bundle_run_ok(bundle));
    cr_assert_eq(agent_asked(&agent, SYS_execve), 1);
    cr_assert_eq(agent_asked(&agent, SYS_sendmsg), 0);
    agent_stop(&agent);
}

Test(seccomp_notify, the_profile_need_not_allow_what_tare_does,
     .description = "R315 R310: a default of KILL without sendmsg, recvmsg, futex")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_with_names("SCMP_ACT_KILL_PROCESS", "\"umask\",\"getppid\"");

    bundle_set(bundle, "/linux/seccomp/syscalls/-",
               "{\"action\":\"SCMP_ACT_ALLOW\",\"names\":[\"execve\",\"exit_group\",\"write\","
               "\"read\",\"brk\",\"mmap\",\"munmap\",\"arch_prctl\",\"set_tid_address\","
               "\"set_robust_list\",\"rseq\",\"prlimit64\",\"mprotect\",\"readlink\","
               "\"readlinkat\",\"getrandom\",\"fstat\",\"newfstatat\",\"clone\",\"wait4\","
               "\"gettid\",\"getpid\",\"rt_sigprocmask\",\"openat\",\"close\"]}");
    assert_answered(bundle_run_ok(bundle));
    agent_stop(&agent);
}

Test(seccomp_notify, credentials_make_no_difference,
     .description = "R315: another user, without noNewPrivileges, in a user namespace")
{
    for (int i = 0; i < 4; i++) {
        struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
        struct bundle *bundle = bundle_notifying();

        bundle_set(bundle, "/process/noNewPrivileges", i % 2 ? "true" : "false");
        bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
        if (i >= 2)
            bundle_map_users(bundle);
        assert_answered(bundle_run_ok(bundle));
        agent_stop(&agent);
    }
}

/* tare, the agent and the program have one processor, and nobody but the program real time. A container gets all
 * processors back, so nobody is let do that from here on. */
static int use_one_processor(void)
{
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_setaffinity, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(instructions) / sizeof(instructions[0]),
                                 .filter = instructions};
    cpu_set_t allowed, one;
    int first = 0;

    cr_assert_eq(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
    while (!CPU_ISSET(first, &allowed))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
    cr_assert_eq(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
    return first;
}

Test(seccomp_notify, one_processor_is_enough, .description = "R315: who waits lets others work")
{
    struct agent agent;

    use_one_processor();
    agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    for (int i = 0; i < 3; i++)
        assert_answered(bundle_run_ok(bundle_notifying()));
    agent_stop(&agent);
}

Test(seccomp_notify, real_time_keeps_nobody_from_handing_over,
     .description = "R315 R140: real time on one processor; the program has it, as configured")
{
    static const char *const cases[][2] = {
        {"{\"policy\":\"SCHED_FIFO\",\"priority\":99}", "policy 1 flags 0 nice 0 priority 99"},
        {"{\"policy\":\"SCHED_RR\",\"priority\":1,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]}",
         "policy 2 flags 0x1 nice 0 priority 1"},
        {"{\"policy\":\"SCHED_BATCH\",\"nice\":7}", "policy 3 flags 0 nice 7 priority 0"},
        {"{\"policy\":\"SCHED_IDLE\"}", "policy 5 flags 0 nice 0 priority 0"},
    };
    struct agent agent;

    use_one_processor();
    agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_notifying();
        struct result *result;

        bundle_payload(bundle, "probe " UMASK " ; probe " GETPPID " ; sched");
        bundle_set(bundle, "/process/scheduler", "%s", cases[i / 2][0]);
        bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
        if (i % 2)
            bundle_map_users(bundle);
        result = bundle_run_ok(bundle);
        assert_answered(result);
        assert_contains(fact(result, "sched"), cases[i / 2][1]);
    }
    agent_stop(&agent);
}

/* Tests run beside each other, and the share of real time is all the machine's. */
static void be_alone(void)
{
    int fd = open(tare_binary(), O_RDONLY | O_CLOEXEC);

    cr_assert_geq(fd, 0);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
}

static void limit_real_time(const char *limit)
{
    int fd = open("/proc/sys/kernel/sched_rt_runtime_us", O_WRONLY | O_CLOEXEC);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, limit, strlen(limit)), (ssize_t)strlen(limit));
    close(fd);
}

/* In a machine of our own only: there is nobody else's real time to harm. */
Test(seccomp_notify, real_time_without_limits_keeps_nobody_from_it,
     .description =
         "R315 R140: sched_rt_runtime_us of -1, where a spinning process is never stopped")
{
    struct agent agent;
    struct bundle *bundle;
    struct result *result;
    int processor;
    char *before;

    need_controller("cpuset");
    be_alone();
    processor = use_one_processor();
    before = file_read("/proc/sys/kernel/sched_rt_runtime_us");
    agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    bundle = bundle_notifying();
    bundle_set(bundle, "/process/scheduler", "{\"policy\":\"SCHED_FIFO\",\"priority\":99}");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    /* Who enters a cgroup with a cpuset gets all that has. */
    bundle_set(bundle, "/linux/resources/cpu", "{\"cpus\":\"%d\"}", processor);
    limit_real_time("-1");
    result = bundle_run(bundle);
    limit_real_time(before);
    assert_answered(result);
    agent_stop(&agent);
}

#define SHARE "\"runtime\":100000000,\"deadline\":1000000000,\"period\":1000000000"

static void assert_deadline_kept(void)
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    struct result *result;

    bundle_payload(bundle, "sched");
    bundle_set(bundle, "/process/scheduler", "{\"policy\":\"SCHED_DEADLINE\"," SHARE "}");
    result = bundle_run_ok(bundle);
    cr_assert_eq(agent_connections(&agent), 1);
    assert_contains(fact(result, "sched"), "policy 6 flags 0 ");
    assert_contains(fact(result, "sched"), "times 100000000 1000000000 1000000000");
    agent_stop(&agent);
}

Test(seccomp_notify, a_deadline_is_kept,
     .description = "R315 R142: SCHED_DEADLINE forbids to make threads")
{
    be_alone();
    assert_deadline_kept();
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* A process that has such a share, and does nothing; 0 when the processors have none left. */
static pid_t take_share(void)
{
    struct {
        unsigned size, policy;
        unsigned long long flags;
        int nice;
        unsigned priority;
        unsigned long long runtime, deadline, period;
    } attr = {.size = sizeof(attr),
              .policy = SCHED_DEADLINE,
              .runtime = 100000000,
              .deadline = 1000000000,
              .period = 1000000000};
    pid_t pid = fork();

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        for (;;)
            pause();
    }
    if (syscall(SYS_sched_setattr, pid, &attr, 0) == 0)
        return pid;
    cr_assert_eq(errno, EBUSY);
    end_child(pid);
    return 0;
}

Test(seccomp_notify, the_last_share_is_not_given_away,
     .description =
         "R315 R142: where the processors have but one such share, it need not be had twice")
{
    pid_t pids[512];
    size_t n = 0;

    need_controller("cpu");
    be_alone();
    while ((pids[n] = take_share()) > 0)
        cr_assert_lt(++n, sizeof(pids) / sizeof(pids[0]));
    cr_assert_gt(n, 0);
    end_child(pids[--n]);
    /* Free is what somebody had only when the period is over. */
    sleep(2);
    assert_deadline_kept();
    while (n > 0)
        end_child(pids[--n]);
}

Test(seccomp_notify, flags_go_with_a_listener,
     .description = "R314: WAIT_KILLABLE_RECV and TSYNC with a listener")
{
    static const char *const flags[] = {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
                                        "SECCOMP_FILTER_FLAG_TSYNC"};

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
        struct bundle *bundle = bundle_notifying();

        bundle_set(bundle, "/linux/seccomp/flags", "[\"%s\"]", flags[i]);
        assert_answered(bundle_run_ok(bundle));
        agent_stop(&agent);
    }
}

Test(seccomp_notify, waiting_killably_is_nothing_without_a_listener,
     .description = "R314: the flag without SCMP_ACT_NOTIFY gives a warning")
{
    struct bundle *bundle = bundle_notifying();
    struct result *result;

    bundle_set(bundle, "/linux/seccomp/flags", "[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]");
    bundle_set(bundle, "/linux/seccomp/syscalls/0/action", "\"SCMP_ACT_ERRNO\"");
    bundle_write(bundle);
    result = tare("--log-level", "warning", "run", "--bundle", bundle->path, bundle->id, NULL);
    assert_contains(result->err, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV has no effect");
    assert_fact(result, "syscall." UMASK, "!EPERM");
}

Test(seccomp_notify, a_listener_path_without_notify_is_ignored,
     .description = "R320: nobody listens there, and nobody is asked")
{
    struct bundle *bundle = bundle_notifying();

    bundle_set(bundle, "/linux/seccomp/syscalls/0/action", "\"SCMP_ACT_ERRNO\"");
    assert_fact(bundle_run_ok(bundle), "syscall." UMASK, "!EPERM");
    /* A call that no kernel has is none that is notified of. */
    bundle = bundle_with_names("SCMP_ACT_ALLOW", "\"no_such_call\"");
    assert_fact(bundle_run_ok(bundle), "syscall." GETPPID, "1");
}

Test(seccomp_notify, a_missing_agent_is_an_error,
     .description = "R316 R319: no socket, no listener, another kind of socket, hanging up")
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    struct bundle *bundle = bundle_notifying();
    struct agent agent;
    int fd;

    assert_run_fails(bundle, "/linux/seccomp/listenerPath", "No such file or directory");
    file_write(SOCKET, "%s", "");
    assert_run_fails(bundle, "/linux/seccomp/listenerPath", "Socket operation on non-socket");
    unlink(SOCKET);
    agent = agent_start(SOCKET, answers, AGENT_HANGS_UP);
    agent.path = strdup("");
    agent_stop(&agent);
    assert_run_fails(bundle, "/linux/seccomp/listenerPath", "Connection refused");
    unlink(SOCKET);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(fd, 1), 0);
    assert_run_fails(bundle, "/linux/seccomp/listenerPath", "Protocol wrong type for socket");
    close(fd);
    unlink(SOCKET);
}

/* Connected is who has been queued: the hook sees to it that the agent is gone before it is sent to. */
Test(seccomp_notify, an_agent_that_hangs_up_is_an_error,
     .description = "R319: the program does not run when the listener cannot be sent")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_HANGS_UP);
    struct bundle *bundle = bundle_notifying();
    struct result *result;

    bundle_mount(bundle, "bind", agent.log, "/log", "\"bind\"");
    bundle_set(
        bundle, "/hooks/startContainer",
        "[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\","
        "\"until /bin/busybox grep -q closed /log; do /bin/sleep 0.01; done\"],\"timeout\":20}]");
    bundle_payload(bundle, "say ran");
    result = bundle_run(bundle);
    cr_assert_eq(result->status, 125);
    assert_contains(result->err, "/linux/seccomp/listenerPath");
    assert_contains(result->err, "Broken pipe");
    cr_assert_str_eq(result->out, "");
    cr_assert_str_eq(bundle_status(bundle), "none");
    agent_stop(&agent);
}

static int agent_that_sleeps(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(fd, 0), 0);
    return fd;
}

/* Until it is being sent something, which it does not read. */
static int agent_await(int agent)
{
    struct pollfd poller = {.fd = agent, .events = POLLIN};
    int connection;

    cr_assert_eq(poll(&poller, 1, 10000), 1, "nobody connected");
    poller.fd = connection = accept4(agent, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_geq(connection, 0);
    cr_assert_eq(poll(&poller, 1, 10000), 1, "nothing was sent");
    return connection;
}

static void assert_interrupted(struct bundle *bundle, pid_t pid, struct result *result,
                               const char *where)
{
    usleep(100000);
    cr_assert_eq(waitpid(pid, NULL, WNOHANG), 0, "it did not wait");
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_failed(result, 125, where, "interrupted by SIGTERM");
    cr_assert_str_eq(bundle_status(bundle), "none");
}

/* What it is sent fills its buffer; who comes next does not get as far. */
Test(seccomp_notify, an_agent_that_sleeps_does_not_hold_signals_back)
{
    int agent = agent_that_sleeps(), connection;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    struct bundle *bundle = bundle_notifying();
    struct result *result;
    pid_t pid;

    bundle_set(bundle, "/annotations", "{\"long\":\"%s\"}", text_repeat("x", 1000000));
    bundle_write(bundle);
    pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    connection = agent_await(agent);
    assert_interrupted(bundle, pid, result, "/linux/seccomp/listenerPath");
    close(connection);
    close(agent);
    unlink(SOCKET);

    agent = agent_that_sleeps();
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(connection, (struct sockaddr *)&address, sizeof(address)), 0);
    pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, "--pid-file", PID_FILE,
                     bundle->id, NULL);
    /* What it does last before it connects. */
    for (int i = 0; i < 2000 && !file_exists(PID_FILE); i++)
        usleep(5000);
    assert_interrupted(bundle, pid, result, "/linux/seccomp/listenerPath");
    close(connection);
    close(agent);
}

Test(seccomp_notify, an_agent_that_does_not_answer_for_execve_does_not_hold_signals_back)
{
    int agent = agent_that_sleeps(), connection;
    struct bundle *bundle = bundle_with_names("SCMP_ACT_ALLOW", "\"execve\"");
    struct result *result;
    pid_t pid;

    bundle_write(bundle);
    pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    connection = agent_await(agent);
    assert_interrupted(bundle, pid, result, "");
    close(connection);
    close(agent);
}

/* The last copy of the listener is the agent's: were there another one, nobody would be answered. */
Test(seccomp_notify, without_its_agent_a_call_is_none,
     .description = "R315: ENOSYS, as seccomp_unotify(2) has it, when the listener is closed")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_LEAVES);
    struct bundle *bundle = bundle_notifying();
    struct result *result = bundle_run_ok(bundle);

    assert_fact(result, "syscall." UMASK, "!ENOSYS");
    assert_fact(result, "syscall." GETPPID, "!ENOSYS");
    agent_stop(&agent);
}

Test(seccomp_notify, the_program_has_no_listener,
     .description = "R315 R321: neither the listener nor the channel is open in the program")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();

    bundle_payload(bundle, "fds ; status Threads");
    struct result *with = bundle_run_ok(bundle);
    bundle_remove(bundle, "/linux/seccomp");
    struct result *without = bundle_run_ok(bundle);
    cr_assert_str_eq(fact(with, "fds"), fact(without, "fds"));
    assert_fact(with, "status.Threads", "1");
    agent_stop(&agent);
}

/* ---- exec ---- */

Test(seccomp_notify, an_executed_process_has_a_listener_of_its_own,
     .description = "R315 R317 R318 R338: exec sends its own state, of a running container")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    struct json *message;
    struct result *result;

    bundle_run_paused(bundle);
    for (int i = 1; i <= 2; i++) {
        result = exec_payload(bundle, "--pid-file " EXEC_PID,
                              "probe " UMASK " ; probe " GETPPID " ; pid");
        assert_answered(result);
        cr_assert_eq(agent_connections(&agent), 1 + i);
        message = json_parse(agent_message(&agent, i));
        cr_assert_str_eq(json_text(message, "/fds/0"), "seccompFd");
        cr_assert_str_eq(json_text(message, "/pid"), file_read(EXEC_PID));
        cr_assert_str_eq(json_text(message, "/state/pid"), text_format("%d", bundle_pid()));
        cr_assert_str_eq(json_text(message, "/state/status"), "running");
        cr_assert_str_eq(json_text(message, "/state/id"), bundle->id);
    }
    agent_stop(&agent);
    assert_exec_fails(255, bundle, "--pid-file " EXEC_PID, "pid", "/linux/seccomp/listenerPath");
    bundle_delete(bundle);
}

Test(seccomp_notify, start_can_be_tried_again,
     .description = "R319: without an agent the container stays created")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    struct result *out = bundle_create(bundle), *result;

    agent_stop(&agent);
    result = tare("start", bundle->id, NULL);
    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "/linux/seccomp/listenerPath");
    cr_assert_str_eq(bundle_status(bundle), "created");
    agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    result_read(out);
    assert_answered(out);
    bundle_delete(bundle);
    agent_stop(&agent);
}

Test(seccomp_notify, create_misses_the_agent, .description = "R319: already create looks for it")
{
    struct bundle *bundle = bundle_notifying();

    bundle_write(bundle);
    assert_failed(tare("create", "--bundle", bundle->path, bundle->id, NULL), 1,
                  "/linux/seccomp/listenerPath", "No such file or directory");
}

Test(seccomp_notify, a_relative_path_is_the_bundles,
     .description = "R315: whoever starts it may stand elsewhere")
{
    struct bundle *bundle = bundle_notifying();
    struct agent agent = agent_start(text_format("%s/agent", bundle->path), answers, AGENT_ANSWERS);
    struct setting elsewhere = {.cwd = "/"};

    bundle_set(bundle, "/linux/seccomp/listenerPath", "\"agent\"");
    assert_answered(bundle_run_with(bundle, &elsewhere));
    agent_stop(&agent);
}

Test(seccomp_notify, crun_s_ways_to_name_the_agent,
     .description = "run.oci.seccomp.receiver, RUN_OCI_SECCOMP_RECEIVER, and which one wins")
{
    const char *const env[] = {"RUN_OCI_SECCOMP_RECEIVER=" SOCKET, NULL};
    const char *const wrong[] = {"RUN_OCI_SECCOMP_RECEIVER=agent", NULL};
    struct setting by_env = {.env = env}, by_wrong_env = {.env = wrong};
    struct bundle *bundle = bundle_notifying();
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct result *result;

    bundle_remove(bundle, "/linux/seccomp/listenerPath");
    assert_answered(bundle_run_with(bundle, &by_env));
    result = bundle_run_with(bundle, &by_wrong_env);
    cr_assert_eq(result->status, 125);
    assert_contains(result->err, "RUN_OCI_SECCOMP_RECEIVER");
    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp.receiver\":\"" SOCKET "\"}");
    assert_answered(bundle_run_with(bundle, &by_wrong_env));
    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp.receiver\":\"agent\"}");
    result = bundle_run(bundle);
    cr_assert_eq(result->status, 125);
    assert_contains(result->err, "/annotations/run.oci.seccomp.receiver");
    bundle_set(bundle, "/linux/seccomp/listenerPath", "\"" SOCKET "\"");
    assert_answered(bundle_run(bundle));
    agent_stop(&agent);
}

Test(seccomp_notify, nobody_to_answer_is_an_error,
     .description = "R323: NOTIFY without a path, metadata without a path, plugins")
{
    struct bundle *bundle = bundle_notifying();

    bundle_remove(bundle, "/linux/seccomp/listenerPath");
    assert_run_fails(bundle, "/linux/seccomp", "SCMP_ACT_NOTIFY needs a listenerPath");
    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp.plugins\":\"plugin.so\"}");
    assert_run_fails(bundle, "/annotations/run.oci.seccomp.plugins", "plugins are not supported");
    bundle_remove(bundle, "/annotations");
    bundle_set(bundle, "/linux/seccomp/listenerMetadata", "\"x\"");
    assert_run_fails(bundle, "/linux/seccomp", "listenerMetadata");
}

Test(seccomp_notify, a_program_too_many_is_explained,
     .description = "R315: the thread that hands over does not fit under pids.max")
{
    struct agent agent;
    struct bundle *bundle = bundle_notifying();

    need_controller("pids");
    agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    bundle_set(bundle, "/linux/resources/pids", "{\"limit\":1}");
    bundle_write(bundle);
    /* The agent is a process of ours: nothing but the container can be looked at. */
    struct result *result = bundle_run(bundle);
    cr_assert_eq(result->status, 125);
    assert_contains(result->err, "the limits on processes");
    cr_assert_str_eq(bundle_status(bundle), "none");
    agent_stop(&agent);
}

/* ---- exec ---- */

Test(seccomp_notify, each_process_of_exec_has_a_listener_of_its_own,
     .description = "R318 R338: a second connection, with the pid of the process")
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();
    struct json *message;
    struct result *result;

    bundle_run_paused(bundle);
    result = exec_payload(bundle, "--detach --pid-file " EXEC_PID,
                          "probe " UMASK " ; probe " GETPPID " ; say end ; pause");
    assert_status(result, 0);
    result_await(result, "say=end");
    assert_answered(result);
    cr_assert_eq(agent_connections(&agent), 2);
    message = json_parse(agent_message(&agent, 1));
    cr_assert_str_eq(json_text(message, "/pid"), file_read(EXEC_PID));
    cr_assert_str_eq(json_text(message, "/state/pid"), file_read(PID_FILE));
    cr_assert_str_eq(json_text(message, "/state/status"), "running");
    exec_end();
    bundle_delete(bundle);
    agent_stop(&agent);
}

Test(seccomp_notify, exec_fails_without_an_agent)
{
    struct agent agent = agent_start(SOCKET, answers, AGENT_ANSWERS);
    struct bundle *bundle = bundle_notifying();

    bundle_run_paused(bundle);
    agent_stop(&agent);
    assert_exec_fails(255, bundle, "--pid-file " EXEC_PID, "create /ran x",
                      "/linux/seccomp/listenerPath", SOCKET);
    cr_assert_not(file_exists(bundle_path(bundle, "/ran")));
    bundle_delete(bundle);
}
