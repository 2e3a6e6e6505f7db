# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# containerd and dockerd with RUNTIME. Sourced by tests/engines/docker, buildkit and containerd after cases.sh.
: "${RUNTIME:?}"
# `docker run` prints nothing for one container in some hundreds, with runc, too.
# shellcheck disable=SC2034 # of cases.sh
case_again=1
# The path of the runtime, as engines are told it.
runtime_path=/usr/bin/$RUNTIME

# daemon NAME COMMAND...: out of reach of the watchdog of the case that starts it.
daemon() {
    local name=$1
    shift
    setsid "$@" >>"/results/$name.out" 2>&1 &
    echo $! >"/run/$name.pid"
}
# daemon_end NAME [SIGNAL]: and awaits its end. It need not be a child of this shell.
daemon_end() {
    local pid
    pid=$(cat "/run/$1.pid")
    kill -s "${2:-TERM}" "$pid"
    within 30 gone "$pid"
}
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

# The version of the language of containerd's configuration.
containerd_language=3
# containerd_start [LINE...]: with LINEs added to its configuration.
containerd_start() {
    mkdir -p /etc/containerd
    {
        # oom_score: root need not be allowed to protect the daemon.
        printf 'version = %s\noom_score = 0\n' "$containerd_language"
        printf '%s\n' "$@"
    } >/etc/containerd/config.toml
    containerd_again
}
containerd_again() {
    daemon containerd containerd
    within 30 ctr version
}
# shellcheck disable=SC2034 # for containerd_start
containerd_without_cri='disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]'

# docker_configure: what dockerd reads. Containers survive its end, as with many
# of its users; it has no iptables here, and no bridge. Checkpoints are experimental.
docker_configure() {
    mkdir -p /etc/docker
    cat >/etc/docker/daemon.json <<END
{
  "experimental": true, "iptables": false, "ip6tables": false, "bridge": "none", "storage-driver": "vfs", "live-restore": true,
  "features": {"containerd-snapshotter": false},
  "containerd": "/run/containerd/containerd.sock",
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "runtimes": {"under-test": {"path": "$runtime_path"}, "hooked": {"path": "/tmp/hooked"}},
  "default-runtime": "under-test", "default-cgroupns-mode": "private"
}
END
}
docker_start() {
    # BuildKit in dockerd knows nothing of runtimes and their default, but of this.
    daemon dockerd env DOCKER_BUILDKIT_RUNC_COMMAND="$runtime_path" dockerd
    within 60 docker version || { tail -n 20 /results/dockerd.out; return 1; }
}

# image_import: "busybox" for Docker, from /tmp/busybox.tar.
image_import() {
    image_tar >/tmp/busybox.tar
    docker import -c 'CMD ["sh"]' - busybox </tmp/busybox.tar
}

# once ARGUMENT...: docker run that leaves nothing.
once() { docker run --rm --network none "$@"; }
# background NAME ARGUMENT...: a container that sleeps and ends with 3 upon SIGTERM.
background() {
    local name=$1
    shift
    docker run -d --network none --name "$name" "$@" busybox sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done'
    within 20 logged "$name" up
}
logged() { docker logs "$1" 2>&1 | grep -q "$2"; }
status_is() { [ "$(docker inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }
# restarted NAME TIMES: that it was restarted at least so often.
restarted() { [ "$(docker inspect -f '{{.RestartCount}}' "$1")" -ge "$2" ]; }

# containerd has a directory for each of its namespaces, BuildKit uses the runtime's own.
no_state() {
    [ -z "$(find /run/docker/runtime-* /run/containerd/runc -mindepth 2 -maxdepth 2 -type d
        find "/run/$RUNTIME" -mindepth 1 -maxdepth 1 -type d)" ]
}
nothing_left() {
    docker ps -aq | xargs -r docker rm -f
    mkdir -p /run/docker/runtime-runc /run/containerd/runc "/run/$RUNTIME"
    within 10 no_state
    # BuildKit keeps the directory of its cgroups.
    [ ! -e /sys/fs/cgroup/docker ] || is '' find /sys/fs/cgroup/docker -mindepth 1 -type d -not -name buildkit
}
daemons_end() {
    [ ! -e /run/dockerd.pid ] || daemon_end dockerd
    daemon_end containerd
}
