# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Cases of Docker for what a container is given and what is done with it. Sourced, after cases.sh and daemons.sh, by
# those that start daemons and choose cases.
# shellcheck disable=SC2016 # what is in single quotes is for shells in containers
: "${RUNTIME:?}"

# ---- what a container is given ----------------------------------------------------------------------------

run_prints() { is hello once busybox echo hello; }
run_status() { ends 7 once busybox sh -c 'exit 7'; }
run_signal() { ends 137 once --init busybox sh -c 'kill -KILL $$'; }
run_stdin() { is input once -i busybox cat <<<input; }
run_not_found() { ends 127 once busybox no-such-program; }
run_not_executable() { ends 126 once busybox /etc/passwd; }
run_messages() {
    has 'no-such-program.*(not found|No such file)' ends 127 once busybox no-such-program
    has '/etc/passwd' ends 126 once busybox /etc/passwd
    has 'no-such-user' ends 125 once --user no-such-user busybox true
}
run_terminal() { is 'terminal 1' on_terminal docker run --rm --network none -it busybox sh -c 'test -t 0 && echo terminal $$'; }
# sized COMMAND...: on a terminal of 33 rows.
sized() { on_terminal sh -c 'stty rows 33 cols 77; exec "$@"' sh "$@"; }
# A container has its size a moment after its start.
await_size='until [ "$(stty size)" = "33 77" ]; do sleep 0.1; done; echo sized'
run_terminal_size() { is sized sized docker run --rm --network none -it busybox sh -c "$await_size"; }
run_terminal_keys() {
    mkfifo /tmp/keys
    exec 3<>/tmp/keys
    script -qec "docker run --rm --network none -it busybox sh -c 'trap \"echo interrupted; exit 4\" INT; echo ready; while :; do sleep 0.1; done'" /dev/null <&3 >/tmp/typed &
    within 20 grep -q ready /tmp/typed
    printf '\003' >&3
    ends 4 wait $!
    grep -q interrupted /tmp/typed
}
run_user() { is '1234:1234' once --user guest busybox sh -c 'echo $(id -u):$(id -g)'; }
run_groups() { is '1234 55 66' once --user 1234:1234 --group-add 55 --group-add 66 busybox id -G; }
run_process() {
    echo FROM_FILE=one >/tmp/env
    is 'one two /tmp' once --env-file /tmp/env -e GIVEN=two -w /tmp --entrypoint sh busybox -c 'echo $FROM_FILE $GIVEN $PWD'
    is /made/here once -w /made/here busybox pwd
    is 700 once --oom-score-adj 700 busybox cat /proc/self/oom_score_adj
}
run_names() {
    is named once --hostname named busybox hostname
    has '^10.1.2.3[[:space:]]+other' once --add-host other:10.1.2.3 busybox cat /etc/hosts
    has '^nameserver 10.9.8.7' docker run --rm --network host --dns 10.9.8.7 busybox cat /etc/resolv.conf
}
run_init() { has 'docker-init|tini' once --init busybox cat /proc/1/comm; }
run_read_only() {
    ends 1 once --read-only busybox touch /file
    once --read-only --tmpfs /scratch -v kept:/data busybox touch /scratch/file /data/file
    docker volume rm kept
}
run_tmpfs() { has '^tmpfs /scratch tmpfs .*size=64k' once --tmpfs /scratch:size=64k busybox cat /proc/mounts; }
run_shm() { has '^shm +2048 ' once --shm-size 2m busybox df -k /dev/shm; }
run_volumes() {
    mkdir -p /tmp/volume && echo content >/tmp/volume/file
    is content once -v /tmp/volume:/mnt:ro busybox cat /mnt/file
    ends 1 once -v /tmp/volume:/mnt:ro busybox touch /mnt/new
    once -v named:/data busybox sh -c 'echo kept >/data/file'
    is kept once -v named:/data busybox cat /data/file
    docker volume rm named
}
run_mounts() {
    mkdir /tmp/bound
    mount -t tmpfs bound /tmp/bound && mount --make-shared /tmp/bound && mkdir /tmp/bound/inner
    mount -t tmpfs inner /tmp/bound/inner && echo content >/tmp/bound/file
    bound() { once --mount "type=bind,source=/tmp/bound,target=/mnt$1" busybox "${@:2}"; }
    is content bound '' cat /mnt/file
    ends 1 bound ,readonly touch /mnt/new
    ends 1 bound ,readonly touch /mnt/inner/new
    bound ,readonly,bind-recursive=writable touch /mnt/inner/new
    is '' bound ,bind-recursive=disabled ls /mnt/inner
    has ' /mnt .* master:' bound ,bind-propagation=rslave cat /proc/self/mountinfo
    umount -R /tmp/bound
    has '^tmpfs /scratch .*size=64k' once --mount type=tmpfs,target=/scratch,tmpfs-size=65536 busybox cat /proc/mounts
    is 1700 once --mount type=tmpfs,target=/scratch,tmpfs-mode=1700 busybox stat -c %a /scratch
    once --mount type=volume,source=made,target=/data busybox touch /data/file
    docker volume rm made
}
run_capabilities() { has 'CapEff:.0000000000001000' once --cap-drop all --cap-add net_admin busybox cat /proc/self/status; }
run_capabilities_all() {
    local all
    all=$(sed -n 's/^CapBnd:.//p' /proc/self/status)
    has "CapEff:.$all" once --cap-add all busybox cat /proc/self/status
    has "CapBnd:.${all%f}e" once --cap-add all --cap-drop chown busybox cat /proc/self/status
    # Users other than root only have the bounding set.
    is '0000000000000000 0000000000001000' once --cap-drop all --cap-add net_admin --user guest busybox \
        sh -c 'echo $(sed -n "s/^Cap\(Eff\|Bnd\):.//p" /proc/self/status)'
}
run_seccomp() {
    has 'Seccomp:.2' once busybox cat /proc/self/status
    has 'Seccomp:.0' once --security-opt seccomp=unconfined busybox cat /proc/self/status
}
run_seccomp_profile() {
    cat >/tmp/profile.json <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
  {"names": ["chmod", "fchmodat"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}
END
    has 'No space left' ends 1 once --security-opt seccomp=/tmp/profile.json busybox mkdir /new
    once --security-opt seccomp=/tmp/profile.json busybox chmod 700 /tmp
    ends 1 once --security-opt seccomp=/tmp/profile.json --cap-add sys_admin busybox chmod 700 /tmp
}
run_masked() {
    is 0 once busybox sh -c 'cat /proc/kcore | wc -c'
    ends 1 once busybox sh -c ': >/proc/sys/kernel/shmmni'
    once --security-opt systempaths=unconfined busybox sh -c '! grep -q " /proc/kcore " /proc/mounts'
}
run_no_new_privileges() { has 'NoNewPrivs:.1' once --security-opt no-new-privileges busybox cat /proc/self/status; }
# device_here: skips where the machine's own device rules keep this device from all.
device_here() { (: <>/dev/fuse) || not_here "this machine lets nobody open /dev/fuse"; }
run_device() {
    device_here
    once --device /dev/fuse:/dev/extra:rw busybox sh -c ': <>/dev/extra'
    once --device /dev/fuse:/dev/extra:r busybox sh -c ': </dev/extra'
    ends 1 once --device /dev/fuse:/dev/extra:r busybox sh -c ': <>/dev/extra'
}
run_device_rules() {
    device_here
    ends 1 once busybox sh -c 'mknod /made c 10 229 && : <>/made'
    once --device-cgroup-rule 'c 10:229 rw' busybox sh -c 'mknod /made c 10 229 && : <>/made'
    ends 1 once --cap-drop mknod busybox mknod /made c 1 3
}
run_privileged() {
    once --privileged busybox sh -c 'echo 4096 >/proc/sys/kernel/shmmni'
    once --privileged busybox test -c /dev/fuse
    has '^sysfs /sys sysfs rw' once --privileged busybox cat /proc/mounts
    has 'Seccomp:.0' once --privileged busybox cat /proc/self/status
}
run_ulimit() {
    is '100 200' once --ulimit nofile=100:200 busybox sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)'
    has '^Max processes +1000 +2000' once --ulimit core=0 --ulimit nproc=1000:2000 busybox cat /proc/self/limits
}
run_sysctl() {
    is 4096 once --sysctl kernel.shmmni=4096 busybox cat /proc/sys/kernel/shmmni
    is 1000 once --sysctl net.ipv4.ip_unprivileged_port_start=1000 busybox cat /proc/sys/net/ipv4/ip_unprivileged_port_start
    ends 125 once --sysctl kernel.hostname=other busybox true
}
run_host_namespaces() {
    is "$(readlink /proc/self/ns/pid)" once --pid host busybox readlink /proc/self/ns/pid
    is "$(readlink /proc/self/ns/ipc)" once --ipc host busybox readlink /proc/self/ns/ipc
    is "$(readlink /proc/self/ns/uts)" once --uts host busybox readlink /proc/self/ns/uts
    is "$(readlink /proc/self/ns/net)" docker run --rm --network host busybox readlink /proc/self/ns/net
}
run_shared_namespaces() {
    background shared --ipc shareable
    docker exec shared touch /dev/shm/from-first
    once --ipc container:shared busybox test -e /dev/shm/from-first
    is "$(docker exec shared readlink /proc/1/ns/net)" docker run --rm --network container:shared busybox readlink /proc/self/ns/net
    is trap once --pid container:shared busybox sh -c 'tr "\0" " " </proc/1/cmdline | cut -d" " -f3'
    docker rm -f shared
}
run_host_cgroup() {
    has '^0::/docker/[0-9a-f]{64}$' once --cgroupns host busybox cat /proc/self/cgroup
    has '^0::/$' once --cgroupns private busybox cat /proc/self/cgroup
    has '^0::/parent/[0-9a-f]{64}$' once --cgroupns host --cgroup-parent /parent busybox cat /proc/self/cgroup
}
# Without a pid namespace the kernel ends nothing when the container's process ends: the shim has all killed.
run_host_pid_ends_all() {
    docker run -d --network none --pid host --name all busybox sh -c 'trap "exit 3" TERM; sleep 31415 & echo up; while :; do sleep 0.1; done'
    within 20 logged all up
    pgrep -x -f 'sleep 31415'
    docker stop -t 20 all
    is 3 docker inspect -f '{{.State.ExitCode}}' all
    within 10 nobody_sleeps
    docker rm all
}
nobody_sleeps() { ! pgrep -x -f 'sleep 31415'; }
run_memory() {
    if grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
        is 16777216 once --memory 16m busybox cat /sys/fs/cgroup/memory.max
    else
        # Docker leaves the limit out, and says so, when the kernel has no such controller.
        has 'Your kernel does not support memory limit' once --memory 16m busybox true
    fi
}

# ---- what is done with it ---------------------------------------------------------------------------------

exec_all() {
    background exec
    is hello docker exec exec echo hello
    ends 9 docker exec exec sh -c 'exit 9'
    is input docker exec -i exec cat <<<input
    is '1234 value /tmp' docker exec -u guest -e NAME=value -w /tmp exec sh -c 'echo $(id -u) $NAME $PWD'
    ends 127 docker exec exec no-such-program
    ends 126 docker exec exec /etc/passwd
    docker exec -d exec touch /tmp/detached
    within 10 docker exec exec test -e /tmp/detached
    docker rm -f exec
}
exec_terminal() {
    background tty
    is terminal on_terminal docker exec -it tty sh -c 'test -t 0 && echo terminal'
    is sized sized docker exec -it tty sh -c "$await_size"
    ends 5 on_terminal docker exec -it tty sh -c 'exit 5'
    docker rm -f tty
}
exec_privileged() {
    background privileged --cap-drop all
    has 'CapEff:.0000000000000000' docker exec privileged cat /proc/self/status
    has 'Seccomp:.2' docker exec privileged cat /proc/self/status
    has "CapEff:.$(sed -n 's/^CapBnd:.//p' /proc/self/status)" docker exec --privileged privileged cat /proc/self/status
    ends 1 docker exec -u guest privileged touch /file
    docker rm -f privileged
}
exec_many() {
    local n pids=()
    background many
    for n in 1 2 3 4 5 6 7 8; do
        docker exec many sh -c "echo out $n; exit $n" >"/tmp/many-$n" &
        pids+=($!)
    done
    for n in 1 2 3 4 5 6 7 8; do
        ends "$n" wait "${pids[n - 1]}"
        is "out $n" cat "/tmp/many-$n"
    done
    docker rm -f many
}
attach() {
    docker create -i --network none --name typed busybox sh -c 'read -r line; echo got $line; exit 4'
    is $'got hello\n4' sh -c 'echo hello | docker start -ai typed; echo $?'
    docker rm typed
    # Signals of the client reach the container, and its status the client.
    background attached
    docker attach --no-stdin attached >/tmp/attached &
    within 10 seen_attached
    kill -TERM $!
    ends 3 wait $!
    docker rm attached
}
seen_attached() { docker exec attached sh -c 'echo now >/proc/1/fd/1' && grep -q now /tmp/attached; }
logs() {
    docker run --network none --name logs busybox sh -c 'echo out; echo err >&2'
    is out sh -c 'docker logs logs 2>/dev/null'
    is err sh -c 'docker logs logs 2>&1 >/dev/null'
    docker rm logs
}
logs_follow() {
    docker run -d --network none --name follow busybox sh -c 'echo one; until [ -e /tmp/go ]; do sleep 0.1; done; echo two'
    docker logs -f follow >/tmp/followed &
    within 10 grep -q one /tmp/followed
    docker exec follow touch /tmp/go
    wait $!
    is $'one\ntwo' cat /tmp/followed
    docker rm follow
}
stop() {
    background stop
    docker stop -t 20 stop
    is 3 docker inspect -f '{{.State.ExitCode}}' stop
    docker start stop
    within 10 status_is stop running
    docker kill stop
    is 137 docker inspect -f '{{.State.ExitCode}}' stop
    docker rm stop
    docker run -d --network none --name stubborn busybox sleep 1000
    docker stop -t 0 stubborn
    is 137 docker inspect -f '{{.State.ExitCode}}' stubborn
    docker rm stubborn
}
stop_signal() {
    docker run -d --network none --name signal --stop-signal USR1 busybox sh -c 'trap "exit 8" USR1; echo up; while :; do sleep 0.1; done'
    within 20 logged signal up
    docker stop -t 20 signal
    is 8 docker inspect -f '{{.State.ExitCode}}' signal
    docker rm signal
}
restart() {
    background restart
    docker restart -t 20 restart
    within 10 status_is restart running
    # From outside, as the kernel does when memory is short.
    kill -9 "$(docker inspect -f '{{.State.Pid}}' restart)"
    within 10 status_is restart exited
    is 137 docker inspect -f '{{.State.ExitCode}}' restart
    docker rm restart
}
wait_for_end() {
    background waited
    docker wait waited >/tmp/waited &
    docker kill -s TERM waited
    wait $!
    is 3 cat /tmp/waited
    docker rm waited
}
rename() {
    background before
    docker rename before after
    is hello docker exec after echo hello
    ends 1 docker inspect before
    docker rm -f after
}
pause() {
    background paused
    docker pause paused
    status_is paused paused
    has 'is paused' ends 1 docker exec paused true
    docker unpause paused
    is hello docker exec paused echo hello
    docker pause paused
    docker rm -f paused
}
top() {
    background top
    has 'sh -c trap' docker top top
    has '^ *[0-9]+ +sh$' docker top top -o pid,comm
    docker rm -f top
}
stats() {
    background stats
    has stats docker stats --no-stream stats
    docker rm -f stats
}
events() {
    local since
    since=$(date +%s)
    background events
    ends 9 docker exec events sh -c 'exit 9'
    docker pause events
    docker unpause events
    docker stop -t 20 events
    docker rm events
    docker events --since "$since" --until "$(date +%s.%N)" --filter container=events --format '{{.Action}} {{index .Actor.Attributes "exitCode"}}' >/tmp/events
    has '^exec_die 9' cat /tmp/events
    has '^die 3' cat /tmp/events
    is $'create\nstart\npause\nunpause\nstop\ndestroy' grep -owE '^(create|start|pause|unpause|stop|destroy)' /tmp/events
}
update() {
    background update
    docker update --restart on-failure:2 update
    if grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
        docker update --memory 32m --memory-swap 32m update
        is 33554432 docker exec update cat /sys/fs/cgroup/memory.max
    else
        has 'does not support memory limit' docker update --memory 32m --memory-swap 32m update
    fi
    is hello docker exec update echo hello
    docker rm -f update
}
restart_on_failure() {
    docker run -d --network none --name again --restart on-failure:2 busybox sh -c 'exit 6'
    within 30 ended_after_two
    docker rm -f again
}
ended_after_two() { [ "$(docker inspect -f '{{.RestartCount}} {{.State.Status}}' again)" = '2 exited' ]; }
restart_always() {
    docker run -d --network none --name always --restart always busybox echo again
    within 30 restarted always 2
    docker stop -t 0 always
    status_is always exited
    docker rm always
}
copy() {
    background copy
    echo content >/tmp/copied
    docker cp /tmp/copied copy:/home/copied
    is content docker exec copy cat /home/copied
    docker exec copy sh -c 'echo back >/home/back'
    docker cp copy:/home/back /tmp/back
    is back cat /tmp/back
    docker rm -f copy
}
images() {
    docker run --network none --name base busybox sh -c 'echo content >/made'
    has '^A /made' docker diff base
    docker commit base committed
    is content once committed cat /made
    has '^made$' sh -c 'docker export base | tar -t'
    docker rm base
    docker rmi committed
}
health() {
    docker run -d --network none --name health --health-cmd 'test -e /tmp/well' --health-interval 1s --health-retries 1 busybox sleep 1000
    within 20 health_is unhealthy
    docker exec health touch /tmp/well
    within 20 health_is healthy
    docker rm -f health
}
health_is() { [ "$(docker inspect -f '{{.State.Health.Status}}' health)" = "$1" ]; }
build() {
    mkdir -p /tmp/context && echo content >/tmp/context/file
    printf 'FROM busybox\nCOPY file /file\nRUN cat /file >/made && id -u >>/made\nUSER guest\nRUN touch /tmp/as-guest\nCMD cat /made\n' >/tmp/context/Dockerfile
    DOCKER_BUILDKIT=0 docker build --network none -t built /tmp/context
    is $'content\n0' once built
    printf 'FROM busybox\nRUN exit 5\n' >/tmp/context/Dockerfile
    ends 5 env DOCKER_BUILDKIT=0 docker build --network none /tmp/context
}
