# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Cases of containerd by ctr and by its CRI service, which make sense natively and in the test machine. Sourced by
# tests/engines/containerd and vm-containerd after cases.sh and daemons.sh.
# shellcheck disable=SC2016,SC2154 # what is in single quotes is for shells in containers; daemons.sh sets runtime_path

ctr() { command ctr -n tests "$@"; }
# ctr_run OPTION... ID COMMAND...: options with their values in one word. No image says what PATH is. What else all have
# is in ctr_options, where the root is from is in from.
ctr_options=() from=(--rootfs /tmp/rootfs)
ctr_run() {
    local options=()
    while [ "${1#-}" != "$1" ]; do options+=("$1") && shift; done
    ctr run --env PATH=/bin --runtime io.containerd.runc.v2 --runc-binary "$runtime_path" "${ctr_options[@]}" "${options[@]}" "${from[@]}" "$@"
}
# background ID OPTION...: a task that sleeps and ends with 3 upon SIGTERM.
background() {
    rm -f /tmp/rootfs/tmp/up
    ctr_run -d "${@:2}" "$1" sh -c 'trap "exit 3" TERM; echo up >/tmp/up; while :; do sleep 0.1; done'
    within 20 test -e "/proc/$(task_pid "$1")/root/tmp/up"
}
task_pid() { ctr task ls | awk -v id="$1" '$1 == id { print $2 }'; }
task_is() { ctr task ls | grep -qE "^$1 .*$2"; }
# remove ID
remove() {
    ctr task kill -s KILL "$1"
    within 20 task_is "$1" STOPPED
    ctr task rm "$1" || true
    ctr container rm "$1"
}
# script starts $SHELL, which has to be one that understands how bash quotes.
on_ctr_terminal() { SHELL=/bin/bash on_terminal bash -c "$(declare -f ctr ctr_run; declare -p ctr_options from); runtime_path=$runtime_path; $(printf '%q ' "$@")"; }

version() { ctr version; }
run_prints() { is hello ctr_run --rm hello echo hello; }
run_status() { ends 7 ctr_run --rm status sh -c 'exit 7'; }
run_stdin() { is input ctr_run --rm stdin head -n 1 <<<input; }
run_not_found() {
    has 'no-such-program.*(not found|No such file)' ends 1 ctr_run --rm absent no-such-program
    is '' ctr container ls -q
}
run_terminal() { is 'terminal 1' on_ctr_terminal ctr_run --rm -t tty sh -c 'test -t 0 && echo terminal $$'; }
run_user() { is '1234:1234' ctr_run --rm --user=1234:1234 user sh -c 'echo $(id -u):$(id -g)'; }
run_options() {
    ends 1 ctr_run --rm --read-only fixed touch /file
    echo content >/tmp/bound
    is content ctr_run --rm --mount=type=bind,src=/tmp/bound,dst=/mnt/file,options=rbind:ro bound cat /mnt/file
    ends 1 ctr_run --rm --mount=type=bind,src=/tmp/bound,dst=/mnt/file,options=rbind:ro bound sh -c 'echo x >/mnt/file'
    has '^tmpfs /scratch tmpfs .*size=64k' ctr_run --rm --mount=type=tmpfs,src=tmpfs,dst=/scratch,options=size=64k scratch cat /proc/mounts
    is 'value /tmp' ctr_run --rm --env=NAME=value --cwd=/tmp process sh -c 'echo $NAME $PWD'
    has 'Seccomp:.2' ctr_run --rm --seccomp seccomp cat /proc/self/status
    has 'Seccomp:.0' ctr_run --rm unfiltered cat /proc/self/status
    has 'NoNewPrivs:.0' ctr_run --rm --allow-new-privs privileges cat /proc/self/status
    has 'CapEff:.*1000$' ctr_run --rm --cap-add=CAP_NET_ADMIN capable sh -c 'printf "CapEff:%x\n" $(($(sed -n "s/^CapEff:./0x/p" /proc/self/status) & 0x1000))'
    has 'Seccomp:.0' ctr_run --rm --privileged privileged cat /proc/self/status
    is "$(readlink /proc/self/ns/net)" ctr_run --rm --net-host network readlink /proc/self/ns/net
    is "$(readlink /proc/self/ns/pid)" ctr_run --rm --with-ns="pid:/proc/$$/ns/pid" joined readlink /proc/self/ns/pid
}
exec_all() {
    background task
    is hello ctr task exec --exec-id one task echo hello
    ends 9 ctr task exec --exec-id two task sh -c 'exit 9'
    is input ctr task exec --exec-id three task cat <<<input
    is '1234 /tmp' ctr task exec --exec-id four --user 1234 --cwd /tmp task sh -c 'echo $(id -u) $PWD'
    # ctr complains of a process that ends before it could set the size.
    has '^terminal' on_terminal ctr -n tests task exec -t --exec-id five task sh -c 'test -t 0 && echo terminal'
    has 'no-such-program.*(not found|No such file)' ends 1 ctr task exec --exec-id six task no-such-program
    remove task
}
pause() {
    background task
    ctr task pause task
    task_is task PAUSED
    ctr task resume task
    task_is task RUNNING
    is hello ctr task exec --exec-id one task echo hello
    remove task
}
look() {
    background task
    has "^$(task_pid task) " ctr task ps task
    ctr task metrics task
    ctr container info task >/tmp/info
    remove task
}
kill_signal() {
    background task
    ctr task kill -s TERM task
    within 20 task_is task STOPPED
    has 'exit code 3' ctr task rm task
    ctr container rm task
}
# shim_killed [OPTION]...: a shim that is killed leaves its container to `delete --force`.
shim_killed() {
    local pid
    background task "$@"
    pid=$(task_pid task)
    kill -KILL "$(pgrep -f '^/usr/bin/containerd-shim-runc-v2 .*-id task')"
    within 20 gone "$pid"
    within 20 no_task
    is '' ls "/run/containerd/runc/tests"
    is '' find /sys/fs/cgroup -type d -name task
    ctr container rm task
}
no_task() { ! ctr task ls -q | grep -qx task; }
daemon_restarted() {
    background task
    daemon_end containerd KILL
    containerd_again
    within 20 task_is task RUNNING
    is hello ctr task exec --exec-id one task echo hello
    daemon_end containerd
    containerd_again
    ctr task kill -s TERM task
    within 20 task_is task STOPPED
    has 'exit code 3' ctr task rm task
    ctr container rm task
}
many() {
    local n pids=()
    for n in 1 2 3 4 5 6; do
        many_one "$n" &
        pids+=($!)
    done
    for n in 1 2 3 4 5 6; do
        ends "$n" wait "${pids[n - 1]}"
        # ctr, too, now and then prints nothing, with every runtime.
        [ -s "/tmp/many-$n" ] || ends "$n" many_one "$n"
        is "out $n" cat "/tmp/many-$n"
    done
}
many_one() { ctr_run --rm "many-$1" sh -c "echo out $1; exit $1" >"/tmp/many-$1"; }

# ---- the kubelet's way ------------------------------------------------------------------------------------

cri() { "${0%/*}/cri-client" /run/containerd/containerd.sock "$@"; }
cri_is() { [ "$(cri status "$2")" = "$1" ]; }
cri_version() { has '^containerd ' cri version; }
cri_container() {
    local pod container
    pod=$(cri run-pod one tare)
    is ready cri pod-status "$pod"
    container=$(cri create "$pod" one busybox -- sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done')
    is created cri status "$container"
    cri start "$container"
    is running cri status "$container"
    within 20 grep -q 'stdout F up$' /tmp/pods/one/one.log
    is hello cri exec "$container" echo hello
    ends 9 cri exec "$container" sh -c 'exit 9'
    has 'no-such-program' ends 1 cri exec "$container" no-such-program
    # Containers join namespaces of the sandbox.
    is "$(cri exec "$container" readlink /proc/1/ns/ipc)" readlink "/proc/$(pgrep -x -f 'sleep 1000000')/ns/ipc"
    has '^[1-9]' cri stats "$container"
    cri stop "$container" 20
    is 'exited 3' cri status "$container"
    cri remove "$container"
    cri stop-pod "$pod"
    is notready cri pod-status "$pod"
    cri remove-pod "$pod"
}
cri_options() {
    local pod container
    echo content >/tmp/bound
    pod=$(cri run-pod options tare sysctl=kernel.shmmni=4096)
    container=$(cri create "$pod" all busybox user=1234 group=55 read-only env=NAME=value cwd=/tmp mount=/tmp/bound:/mnt/file:ro cap=NET_ADMIN -- \
        sh -c 'echo $(id -u):$(id -g) $NAME $PWD $(cat /mnt/file /proc/sys/kernel/shmmni) $(touch /file 2>&1); grep Seccomp: /proc/self/status; grep CapBnd /proc/self/status')
    cri start "$container"
    within 20 cri_is 'exited 0' "$container"
    has 'F 1234:55 value /tmp content 4096 touch: /file: Read-only file system' cat /tmp/pods/options/all.log
    has 'Seccomp:.2' cat /tmp/pods/options/all.log
    has 'CapBnd:.00000000a80435fb$' cat /tmp/pods/options/all.log
    cri stop-pod "$pod"
    cri remove-pod "$pod"
}
cri_pod() {
    local pod first second third absent
    pod=$(cri run-pod pod tare pid=pod "$@")
    first=$(cri create "$pod" first busybox -- sh -c 'exit 7')
    second=$(cri create "$pod" second busybox -- sleep 2000000)
    third=$(cri create "$pod" third busybox tty -- sh -c 'test -t 0 && echo terminal; ps; exec sleep 1000')
    cri start "$first"
    cri start "$second"
    cri start "$third"
    within 20 cri_is 'exited 7' "$first"
    within 20 grep -q terminal /tmp/pods/pod/third.log
    within 20 grep -q 'sleep 2000000' /tmp/pods/pod/third.log
    absent=$(cri create "$pod" absent busybox -- no-such-program)
    has 'no-such-program' ends 1 cri start "$absent"
    # Everything in the pod ends with it.
    cri stop-pod "$pod"
    within 20 cri_is 'exited 137' "$second"
    cri remove-pod "$pod"
    is '' cri list
}
# cri_limited HANDLER [OPTION]...: a container in a pod with these, from its limits to its end. cgroup is its cgroup then.
cri_limited() {
    local pod container limits='cd /sys/fs/cgroup; echo $(cat memory.max memory.swap.max memory.high cpu.max cpuset.cpus)'
    pod=$(cri run-pod limits "$@")
    container=$(cri create "$pod" one busybox memory=67108864 memory-swap=67108864 cpu-quota=50000 cpuset=1 unified=memory.high=50331648 -- \
        sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done')
    cri start "$container"
    within 20 grep -q 'stdout F up$' /tmp/pods/limits/one.log
    is '67108864 0 50331648 50000 100000 1' cri exec "$container" sh -c "$limits"
    cri update "$container" memory=33554432 memory-swap=50331648 cpu-quota=20000 cpuset=0
    is '33554432 16777216 50331648 20000 100000 0' cri exec "$container" sh -c "$limits"
    has 'cpu=[1-9][0-9]* memory=[1-9]' cri stats "$container"
    cgroup=$(cgroup_of_pid "$(cri pid "$container")")
    is 33554432 cat "$cgroup/memory.max"
    cri stop "$container" 60
    is 'exited 3' cri status "$container"
    test ! -e "$cgroup"
    cri remove "$container"
    cri stop-pod "$pod"
    cri remove-pod "$pod"
    is '' cri list
}
cgroup_of_pid() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")"; }
# containerd begins to watch a container after its start, and misses what happens at once.
cri_out_of_memory() {
    local pod container
    pod=$(cri run-pod oom "$@")
    container=$(cri create "$pod" one busybox memory=33554432 memory-swap=33554432 -- sleep 1000)
    cri start "$container"
    ends 137 cri exec "$container" tail -c 64m /dev/zero
    within 20 cri_has_reason OOMKilled "$container"
    cri stop-pod "$pod"
    cri remove-pod "$pod"
}
cri_has_reason() { [ "$(cri reason "$2")" = "$1" ]; }

# image_archive: /tmp/busybox.tar as an image, for `ctr image import`. Pods run it, too: its command is to wait.
image_archive() {
    local tree digest
    tree=$(mktemp -d)
    digest=$(sha256sum </tmp/busybox.tar | cut -d' ' -f1)
    cp /tmp/busybox.tar "$tree/layer.tar"
    printf '{"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sleep", "1000000"], "Env": ["PATH=/bin"]}, "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}' \
        "$digest" >"$tree/config.json"
    echo '[{"Config": "config.json", "RepoTags": ["localhost/busybox:latest"], "Layers": ["layer.tar"]}]' >"$tree/manifest.json"
    tar -C "$tree" -c .
    rm -rf "$tree"
}
