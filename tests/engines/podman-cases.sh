# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Cases of Podman that have their place with and without systemd, controllers and networks. Sourced, after cases.sh, by
# those that configure Podman and choose cases.
# shellcheck disable=SC2016 # what is in single quotes is for shells in containers
: "${RUNTIME:?}"
# What Buildah is told about limits of processes.
ulimits=()

# once ARGUMENT...: podman run that leaves nothing.
once() { podman run --rm "$@"; }
# background NAME ARGUMENT...: a container that sleeps and ends upon SIGTERM.
background() {
    local name=$1
    shift
    podman run -d --name "$name" "$@" busybox sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done'
    within 20 logged "$name" up
}
logged() { podman logs "$1" 2>&1 | grep -q "$2"; }
status_is() { [ "$(podman inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }

version() { has "$RUNTIME" podman info -f '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}'; podman --version; }
run_prints() { is hello once busybox echo hello; }
run_status() { ends 7 once busybox sh -c 'exit 7'; }
run_signal() { ends 137 once --init busybox sh -c 'kill -9 $$'; }
run_stdin() { is input once -i busybox cat <<<input; }
run_not_found() { ends 127 once busybox no-such-program; }
run_not_executable() { ends 126 once busybox /etc/passwd; }
run_no_workdir() { ends 126 once -w /etc/passwd busybox true || ends 127 once -w /etc/passwd busybox true; }
run_terminal() { is 'terminal 1' on_terminal podman run --rm -it busybox sh -c 'test -t 0 && echo terminal $$'; }
run_user() { is '1234:1234' once --user guest busybox sh -c 'echo $(id -u):$(id -g)'; }
run_env_workdir() { is 'value /tmp' once -e NAME=value -w /tmp busybox sh -c 'echo $NAME $PWD'; }
run_hostname() { is name once --hostname name busybox hostname; }
run_init() { has 'catatonit|podman-init' once --init busybox sh -c 'cat /proc/1/comm'; }
run_read_only() {
    ends 1 once --read-only --read-only-tmpfs=false busybox touch /file
    once --read-only busybox touch /tmp/file
}
run_tmpfs() { has '^tmpfs /scratch tmpfs .*noexec.*size=64k' once --tmpfs /scratch:size=64k,noexec busybox cat /proc/mounts; }
run_shm_size() { has '/dev/shm .*size=128k' once --shm-size 128k busybox cat /proc/mounts; }
run_volumes() {
    mkdir -p /tmp/volume && echo content >/tmp/volume/file
    is content once -v /tmp/volume:/mnt:ro busybox cat /mnt/file
    ends 1 once -v /tmp/volume:/mnt:ro busybox touch /mnt/new
    once -v named:/data busybox sh -c 'echo kept >/data/file'
    is kept once -v named:/data busybox cat /data/file
    once --mount type=bind,src=/tmp/volume,dst=/mnt busybox touch /mnt/new
    test -e /tmp/volume/new
    podman volume rm named
}
run_capabilities() {
    is 'CapEff: 0000000000000000' once --cap-drop all busybox sh -c 'grep CapEff /proc/self/status | tr -s "\t" " "'
    is 'CapEff: 0000000000001000' once --cap-drop all --cap-add net_admin busybox sh -c 'grep CapEff /proc/self/status | tr -s "\t" " "'
}
run_seccomp() {
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >/tmp/seccomp.json
    has 'Function not implemented' once --security-opt seccomp=/tmp/seccomp.json busybox sh -c 'mkdir /tmp/d || true'
    is 'Seccomp: 2' once busybox sh -c 'grep Seccomp: /proc/self/status | tr -s "\t" " "'
    is 'Seccomp: 0' once --security-opt seccomp=unconfined busybox sh -c 'grep Seccomp: /proc/self/status | tr -s "\t" " "'
}
run_no_new_privileges() { has 'NoNewPrivs:.1' once --security-opt no-new-privileges busybox cat /proc/self/status; }
run_masked() {
    is '' once busybox ls -A /sys/firmware
    has 'Read-only' once busybox sh -c 'echo 1 >/proc/sys/kernel/shmmax || true'
    once --privileged busybox sh -c 'echo 1 >/proc/sys/kernel/shmmax'
    has kernel once --security-opt unmask=ALL busybox sh -c 'echo 1 >/proc/sys/kernel/shmmax; ls /proc/sys'
    once --security-opt unmask=/proc/sys busybox sh -c 'echo 1 >/proc/sys/kernel/shmmax'
    has 'Read-only' once --security-opt unmask=/sys/firmware busybox sh -c 'echo 1 >/proc/sys/kernel/shmmax || true'
    is 'regular empty file' once --security-opt unmask=/proc/timer_list busybox stat -c %F /proc/timer_list
    is 'character special file' once --security-opt mask=/proc/meminfo busybox stat -c %F /proc/meminfo
}
run_device() {
    once --device /dev/kmsg:/dev/extra:w busybox sh -c ': >/dev/extra'
    ends 1 once --device /dev/kmsg:/dev/extra:r busybox sh -c ': >/dev/extra'
}
run_ulimit() { is '100 200' once --ulimit nofile=100:200 busybox sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)'; }
run_sysctl() { is 4096 once --sysctl kernel.shmmni=4096 busybox cat /proc/sys/kernel/shmmni; }
run_oom_score() { is 500 once --oom-score-adj 500 busybox cat /proc/self/oom_score_adj; }
run_umask() { is 0077 once --umask 0077 busybox sh -c umask; }
run_userns() { is '0 100000 1000' once --uidmap 0:100000:1000 --gidmap 0:100000:1000 busybox sh -c 'echo $(cat /proc/self/uid_map)'; }
run_host_namespaces() {
    is "$(readlink /proc/self/ns/pid)" once --pid host busybox readlink /proc/self/ns/pid
    is "$(readlink /proc/self/ns/ipc)" once --ipc host busybox readlink /proc/self/ns/ipc
    is "$(readlink /proc/self/ns/uts)" once --uts host busybox readlink /proc/self/ns/uts
    is "$(readlink /proc/self/ns/net)" once --net host busybox readlink /proc/self/ns/net
}
run_preserve_fds() { is kept once --preserve-fds 1 busybox cat /proc/self/fd/3 3<<<kept; }
run_hooks() {
    mkdir -p /tmp/hooks
    printf '#!/bin/sh\ncat >/tmp/hooks/ran\n' >/tmp/hooks/program && chmod 755 /tmp/hooks/program
    echo '{"version":"1.0.0","hook":{"path":"/tmp/hooks/program"},"when":{"always":true},"stages":["prestart"]}' >/tmp/hooks/hook.json
    podman --hooks-dir /tmp/hooks run --rm busybox true
    grep -q '"status"' /tmp/hooks/ran
    printf '#!/bin/sh\nexit 1\n' >/tmp/hooks/program
    ends 126 podman --hooks-dir /tmp/hooks run --rm busybox true
}
run_cgroups_disabled() {
    is hello once --cgroups disabled busybox echo hello
    podman run -d --name nocgroup --cgroups disabled busybox sleep 1000
    [ "$(cat "/proc/$(podman inspect -f '{{.State.Pid}}' nocgroup)/cgroup")" = "$(cat /proc/self/cgroup)" ]
    podman rm -f -t 0 nocgroup
}
run_cgroup() {
    background grouped
    grep -q libpod "/proc/$(podman inspect -f '{{.State.Pid}}' grouped)/cgroup"
    podman rm -f -t 0 grouped
    is 0::/ once --cgroupns private busybox sh -c 'grep ^0 /proc/self/cgroup'
}

exec_all() {
    background exec
    is hello podman exec exec echo hello
    ends 9 podman exec exec sh -c 'exit 9'
    is input podman exec -i exec cat <<<input
    is '1234 value /tmp' podman exec -u guest -e NAME=value -w /tmp exec sh -c 'echo $(id -u) $NAME $PWD'
    is terminal on_terminal podman exec -it exec sh -c 'test -t 0 && echo terminal'
    ends 127 podman exec exec no-such-program
    ends 126 podman exec exec /etc/passwd
    podman exec -d exec touch /tmp/detached
    within 10 podman exec exec test -e /tmp/detached
    podman rm -f -t 0 exec
}
exec_privileged() {
    background privileged
    has 'CapEff:.0000000000000000' podman exec -u guest privileged cat /proc/self/status
    has 'Seccomp:.2' podman exec privileged cat /proc/self/status
    podman exec --privileged privileged cat /proc/self/status | grep -v 'CapEff:.00000000800405fb' | grep -q CapEff
    podman rm -f -t 0 privileged
}
logs() {
    podman run --name logs busybox sh -c 'echo out; echo err >&2'
    is out podman logs logs
    has err podman logs logs
    podman rm logs
}
create_start_attach() {
    podman create --name created busybox sh -c 'echo started; exit 4'
    status_is created created
    ends 4 podman start -a created
    within 10 status_is created exited
    podman rm created
}
stop() {
    background stop
    podman stop -t 20 stop
    is 3 podman inspect -f '{{.State.ExitCode}}' stop
    podman rm stop
}
stop_by_kill() {
    podman run -d --name stubborn busybox sleep 1000
    podman stop -t 0 stubborn
    is 137 podman inspect -f '{{.State.ExitCode}}' stubborn
    podman rm stubborn
}
kill_signal() {
    background killed
    podman kill -s TERM killed
    is 3 podman wait killed
    ends 125 podman kill killed
    podman rm killed
}
restart() {
    background restart
    podman restart -t 20 restart
    within 10 status_is restart running
    podman rm -f -t 0 restart
}
pause() {
    background paused
    podman pause paused
    status_is paused paused
    ends 255 podman exec paused true || ends 125 podman exec paused true
    podman unpause paused
    is hello podman exec paused echo hello
    podman rm -f -t 0 paused
}
rm_paused() {
    background paused
    podman pause paused
    podman rm -f -t 0 paused
}
top() {
    background top
    has 'root +1 +sh -c trap' podman top top user pid args
    podman rm -f -t 0 top
}
stats() {
    background stats
    has stats podman stats --no-stream --no-reset stats
    podman rm -f -t 0 stats
}
copy() {
    background copy
    echo content >/tmp/copied
    podman cp /tmp/copied copy:/tmp/copied
    is content podman exec copy cat /tmp/copied
    podman rm -f -t 0 copy
}
healthcheck() {
    podman run -d --name health --health-cmd 'test -e /tmp/well' --health-interval disable busybox sleep 1000
    ends 1 podman healthcheck run health
    podman exec health touch /tmp/well
    podman healthcheck run health
    podman rm -f -t 0 health
}
pods() {
    podman pod create --name pod --share ipc,uts
    podman run -d --pod pod --name member busybox sleep 1000
    is pod podman exec member hostname
    podman pod pause pod
    status_is member paused
    podman pod unpause pod
    podman pod kill pod
    within 10 status_is member exited
    podman pod rm -f -t 0 pod
}
build() {
    mkdir -p /tmp/context && echo content >/tmp/context/file
    printf 'FROM busybox\nCOPY file /file\nRUN cat /file >/made && id -u >>/made\nUSER guest\nRUN touch /tmp/as-guest\nCMD cat /made\n' >/tmp/context/Containerfile
    podman build --isolation oci --network none "${ulimits[@]}" -t built /tmp/context
    is $'content\n0' once built
    printf 'FROM busybox\nRUN exit 5\n' >/tmp/context/Containerfile
    ends 5 podman build --isolation oci --network none "${ulimits[@]}" /tmp/context
}
buildah_run() {
    working=$(buildah from --pull-never "${ulimits[@]}" localhost/busybox)
    is hello buildah run --isolation oci --runtime "/usr/bin/$RUNTIME" --network none "$working" -- echo hello
    is terminal on_terminal buildah run --isolation oci --runtime "/usr/bin/$RUNTIME" --network none -t "$working" -- sh -c 'test -t 0 && echo terminal'
    buildah rm "$working"
}
buildah_run_options() {
    working=$(buildah from --pull-never "${ulimits[@]}" localhost/busybox)
    run=(buildah run --isolation oci --runtime "/usr/bin/$RUNTIME" --network none)
    mkdir -p /tmp/bound && echo content >/tmp/bound/file
    ends 9 "${run[@]}" "$working" -- sh -c 'exit 9'
    is '1234 value /tmp' "${run[@]}" --user guest --env NAME=value --workingdir /tmp "$working" -- sh -c 'echo $(id -u) $NAME $PWD'
    is content "${run[@]}" -v /tmp/bound:/mnt:ro "$working" -- cat /mnt/file
    is input "${run[@]}" "$working" -- cat <<<input
    is named "${run[@]}" --hostname named "$working" -- hostname
    has 'CapEff:.00000000800415fa' "${run[@]}" --cap-drop CAP_CHOWN --cap-add CAP_NET_ADMIN "$working" -- cat /proc/self/status
    has 'no-such-program.*(not found|No such file)' ends 1 "${run[@]}" "$working" -- no-such-program ||
        has 'no-such-program.*(not found|No such file)' ends 127 "${run[@]}" "$working" -- no-such-program
    ends 4 on_terminal "${run[@]}" -t "$working" -- sh -c 'exit 4'
    buildah rm "$working"
}
buildah_build() {
    mkdir -p /tmp/buildah && echo hidden >/tmp/secret
    cat >/tmp/buildah/Containerfile <<'END'
FROM localhost/busybox AS other
RUN echo from-other >/file
FROM localhost/busybox
WORKDIR /work
RUN --mount=type=secret,id=one,target=/run/secret cat /run/secret >/from-secret
RUN --mount=type=cache,target=/cache echo kept >/cache/file
RUN --mount=type=cache,target=/cache cat /cache/file >/from-cache
RUN --mount=type=bind,from=other,target=/other cat /other/file >/from-bind
RUN --mount=type=tmpfs,target=/scratch grep -q ' /scratch tmpfs ' /proc/mounts
RUN ["/bin/sh", "-c", "echo $PWD >/where"]
USER guest
RUN ! touch /root/file && touch /tmp/as-guest
END
    bud=(buildah bud --isolation oci --runtime "/usr/bin/$RUNTIME" --network none --pull-never "${ulimits[@]}")
    "${bud[@]}" --secret id=one,src=/tmp/secret -t budded /tmp/buildah
    is $'hidden\nkept\nfrom-other\n/work' once localhost/budded cat /from-secret /from-cache /from-bind /where
    printf 'FROM localhost/busybox\nRUN exit 5\n' >/tmp/buildah/Containerfile
    has 'exit status 5' ends 5 "${bud[@]}" /tmp/buildah
    podman rmi localhost/budded
}
play_kube() {
    cat >/tmp/pod.yaml <<END
apiVersion: v1
kind: Pod
metadata: {name: played}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: c, image: localhost/busybox:latest, command: [sh, -c, "echo from-kube; sleep 1000"]}
END
    podman kube play --network none /tmp/pod.yaml
    within 20 logged played-c from-kube
    podman kube down /tmp/pod.yaml
}
