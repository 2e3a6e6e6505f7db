# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Debian systems that programs are tried in: made once, kept in $TARE_CACHE, and entered on an overlay that is thrown
# away. Sourced by scripts/engine-test, scripts/package-test and bench/engines, which have set these:
: "${source:?}" "${cache:=${TARE_CACHE:-/var/cache/tare-test}}"
# shellcheck source=scripts/packages.sh
. "$source/scripts/packages.sh"

# system_skip REASON: ends the calling script as skipped. $part says whose skip it is.
system_skip() {
    echo "SKIP: ${part:?}: $*"
    exit 77
}

# system_install DIRECTORY RELEASE PACKAGE... [-- COMMAND...]: makes a Debian; COMMAND runs in it while it has the
# lists of packages. policy-rc.d keeps services from being started.
system_install() {
    local directory=$1 release=$2 mirror packages=()
    # A clock that is wrong, or a mirror that stands still, is no reason to have no tests.
    local apt=(apt-get -q -y --no-install-recommends -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false
        -o Acquire::Languages=none -o "Dpkg::Options::=--path-exclude=/usr/share/doc/*"
        -o "Dpkg::Options::=--path-exclude=/usr/share/man/*")
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do packages+=("$1") && shift; done
    read -r mirror < <(packages_mirror) || mirror=
    debootstrap --variant=minbase "$release" "$directory" ${mirror:+"$mirror"} || return 1
    printf '#!/bin/sh\nexit 101\n' >"$directory/usr/sbin/policy-rc.d" && chmod 755 "$directory/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$directory/etc/resolv.conf"
    chroot "$directory" useradd --create-home --uid 1000 --shell /bin/bash user1 || return 1
    if [ ${#packages[@]} -gt 0 ] || [ $# -gt 1 ]; then
        chroot "$directory" "${apt[@]}" update || return 1
        [ ${#packages[@]} -eq 0 ] ||
            DEBIAN_FRONTEND=noninteractive chroot "$directory" "${apt[@]}" install "${packages[@]}" || return 1
        [ $# -le 1 ] || chroot "$directory" "${@:2}" || return 1
    fi
    rm -rf "$directory"/var/cache/apt/archives/*.deb "$directory"/var/lib/apt/lists/*
    chmod 755 "$directory"
}

# system_make NAME RELEASE PACKAGE... [-- COMMAND...]: sets system to where such a system is. Another list is another
# system; one that nobody has used for a week is removed when a newer one is made.
system_make() {
    local name=$1
    shift
    system=$cache/$name-$(echo "$*" | sha256sum | cut -c1-12)
    if [ ! -e "$system" ]; then
        command -v debootstrap >/dev/null || system_skip "needs debootstrap"
        mkdir -p "$cache"
        exec 9>"$cache/$name.lock" && flock 9
        if [ ! -e "$system" ]; then
            find "$cache" -maxdepth 1 -name "$name-*" -type d -mtime +7 -exec rm -rf --one-file-system {} +
            echo "$part: making a Debian $1 in $system" >&2
            rm -rf --one-file-system "$system.new"
            if ! system_install "$system.new" "$@" >"$cache/$name.log" 2>&1 </dev/null; then
                rm -rf --one-file-system "$system.new"
                system_skip "no packages from Debian's mirror: $(grep -E '^(E|W): ' "$cache/$name.log" | tail -n 1)"
            fi
            mv -T "$system.new" "$system"
        fi
        exec 9>&-
    fi
    touch "$system"
}

# The cgroups stay until the last process of the pid namespace is gone, which has just ended.
# shellcheck disable=SC2317 # it is called by the trap
system_clean_up() {
    for _ in $(seq 100); do
        [ ! -d "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
        [ -d "$cgroup" ] || break
        sleep 0.1
    done
    rmdir "$work" || true
}

# system_prepare: makes what system_run needs for the $system that there is, until the script ends: a cgroup, and a directory to mount things on.
system_prepare() {
    local left
    [ "$(id -u)" = 0 ] || system_skip "needs root"
    work=$(mktemp -d /tmp/tare-system.XXXXXX)
    if [ -e /sys/fs/cgroup/cgroup.procs ]; then cgroup=/sys/fs/cgroup; else cgroup=/sys/fs/cgroup/unified; fi
    # Whoever is killed leaves the cgroups that it had.
    for left in "$cgroup"/tare-system-*; do
        [ ! -d "$left" ] || [ -d "/proc/${left##*-}" ] || find "$left" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    cgroup=$cgroup/tare-system-$$
    trap system_clean_up EXIT
    mkdir "$cgroup" || system_skip "no cgroup v2 hierarchy to make a cgroup in"
    # Containers whose own root is an overlay often cannot make another one.
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount --propagation private sh -c 'mount -t tmpfs system "$1" && mkdir "$1/upper" "$1/work" "$1/root" &&
        mount -t overlay -o "lowerdir=$0,upperdir=$1/upper,workdir=$1/work" system "$1/root"' "$system" "$work" ||
        system_skip "no overlay can be mounted over $system"
}

# system_run SECONDS RESULTS COMMAND...: runs COMMAND in a copy of $system, in mount, pid, network and cgroup
# namespaces of its own, with RESULTS in /results and this source tree in /source. With $build and $twin, tare is in
# /usr/bin, and its twin where it looks for it. $system_network keeps the network of the host; $system_ccache is
# a directory for ccache that is kept, in /ccache.
system_run() {
    local seconds=$1 results=$2 namespaces=(--mount --pid --ipc --uts) root
    shift 2
    root=$(mktemp -d "$cgroup/XXXXXX") && mkdir "$root/tests" || return 1
    [ -n "${system_network:-}" ] || namespaces+=(--net)
    # In the cgroup that is the root of all that is seen in there nobody stays, so that it can hand on controllers.
    # shellcheck disable=SC2016 # the inner shells expand them
    TARE_SYSTEM_CCACHE=${system_ccache:-} bash -c 'echo $$ >"$0/cgroup.procs" && exec unshare --cgroup bash -c '\''echo $$ >"$0/cgroup.procs" && exec "$@"'\'' "$@"' \
        "$root" "$root/tests" timeout --foreground -k 10 "$seconds" \
        unshare "${namespaces[@]}" --fork --kill-child --propagation private \
        "$source/tests/support/enter" "$system" "$work" "$source" "${build:-}" "${twin:-}" "$results" "$@"
}
