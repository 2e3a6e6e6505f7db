# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The root file systems of the test machine, one per flavour: an image is made for each run from a tree that is kept
# in $TARE_CACHE, and from the programs under test. For engines, of which a tree is large, it is the image that is
# kept. Sourced by scripts/vm-test.
#
# The caller has set source, the tree, and cache, the directory, and has sourced scripts/packages.sh.
: "${source:?}" "${cache:?}"

# What the flavour "systemd" has beyond the packages that every Debian has.
root_packages=(systemd dbus dbus-user-session libpam-systemd passwd uidmap)

# What the flavour "engines" has besides, and of which release. kmod loads modules when the kernel or an engine asks.
root_engines_release=trixie
root_engines_packages=(podman buildah crun conmon docker.io docker-cli docker-buildx containerd passt netavark aardvark-dns
    iptables nftables iproute2 kmod apparmor fuse-overlayfs busybox-static catatonit tini procps bsdextrautils
    python3-grpcio libyajl2 libseccomp2 libcap2)

# What a program or a library of the tests loads by name while it runs.
root_libraries() { ldconfig -p | sed -nE 's/^[[:space:]]*libmount\.so\.1 .*x86-64.* => (.*)/\1/p' | head -n 1; }

# cache_prune PATTERN: removes what nobody has used for a week.
cache_prune() { find "$cache" -maxdepth 1 -name "$1" -mtime +7 -exec rm -rf --one-file-system {} +; }

# root_debian: makes the tree of the flavour "systemd" unless it is in the cache, and sets debian to where it is. It
# is of this host's release, so that the programs find the libraries they were linked with.
root_debian() {
    local release key mirror
    release=$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)
    key=$({ echo "$release ${root_packages[*]}" && sed -n '/^root_debian/,/^}/p; /^root_bootstrap/,/^}/p' "$source/tests/vm/root.sh"; } | sha256sum | cut -c1-12)
    debian=$cache/debian-systemd-$key
    [ ! -e "$debian" ] || { touch "$debian" && return; }
    [ "$(id -u)" = 0 ] || { echo "the root file system with systemd is made by root only" >&2; return 1; }
    exec 9>"$cache/debian.lock" && flock 9
    [ ! -e "$debian" ] || return 0
    say "making a root file system of Debian $release"
    cache_prune 'debian-systemd-*'
    root_bootstrap "$release" "$debian.new" "${root_packages[@]}" >"$cache/debian-systemd.log" 2>&1 &&
        mv -T "$debian.new" "$debian"
    set -- $?
    [ "$1" = 0 ] || { tail -n 20 "$cache/debian-systemd.log" >&2 && rm -rf --one-file-system "$debian.new"; }
    exec 9>&-
    return "$1"
}

# root_bootstrap RELEASE TREE PACKAGE...: a Debian with these packages and user1. A clock that is wrong, or a mirror
# that stands still, is no reason to have none.
root_bootstrap() {
    local release=$1 tree=$2 mirror
    shift 2
    mirror=$(packages_mirror)
    # shellcheck disable=SC2016 # mmdebstrap's shell expands them
    mmdebstrap --quiet --variant=essential --include="$(IFS=, && echo "$*")" \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook='chroot "$1" useradd --create-home --uid 1000 --shell /bin/sh user1' \
        "$release" "$tree" ${mirror:+"$mirror"}
}

# root_engines: makes the image of the flavour "engines" unless it is in the cache, and sets engines_image to where it
# is. It has the modules of the kernel in boot; what the run is about is added by root_engines_added.
root_engines() {
    local key tree
    : "${boot:?}"
    key=$({ echo "$root_engines_release ${root_packages[*]} ${root_engines_packages[*]} ${boot##*/}" &&
        sed -n '/^root_bootstrap/,/^}/p; /^root_engines()/,/^}/p; /^root_quiet/,/^}/p' "$source/tests/vm/root.sh" &&
        cat "$source"/tests/vm/systemd/*; } | sha256sum | cut -c1-12)
    engines_image=$cache/debian-engines-$key.image
    [ ! -e "$engines_image" ] || { touch "$engines_image" && return; }
    [ "$(id -u)" = 0 ] || { echo "the root file system with engines is made by root only" >&2; return 1; }
    exec 9>"$cache/debian.lock" && flock 9
    [ ! -e "$engines_image" ] || return 0
    say "making a root file system of Debian $root_engines_release with engines"
    cache_prune 'debian-engines-*'
    tree=$(mktemp -d "$cache/engines-tree.XXXXXX") || return 1
    # The room that is free in there is for what engines store. Inodes that are not there need not be initialised.
    root_bootstrap "$root_engines_release" "$tree" "${root_packages[@]}" "${root_engines_packages[@]}" \
        >"$cache/debian-engines.log" 2>&1 &&
        root_quiet "$tree" && cp -R "$boot/modules" "$tree/usr/lib/" &&
        mkdir -p "$tree/results" && chmod 755 "$tree" &&
        mke2fs -q -F -t ext4 -O ^has_journal -N 65536 -E root_owner=0:0 -d "$tree" "$engines_image.new" 4G \
            >>"$cache/debian-engines.log" 2>&1 &&
        mv -T "$engines_image.new" "$engines_image"
    set -- $?
    [ "$1" = 0 ] || tail -n 20 "$cache/debian-engines.log" >&2
    rm -rf --one-file-system "$tree" "$engines_image.new"
    exec 9>&-
    return "$1"
}

# root_engines_added TREE BUILD TWIN: what the image of the flavour "engines" lacks. /bin and /lib are links there.
root_engines_added() {
    mkdir -p "$1"/{usr/bin,source/tests/support,source/contrib} "$1${3%/*}" &&
        cp "$2/tare" "$1/usr/bin/tare" &&
        { [ ! -e "$2/tare-dynamic" ] || cp "$2/tare-dynamic" "$1$3"; } &&
        cp "$source/tests/vm/jobs" "$1/jobs" &&
        cp -R "$source/tests/engines" "$1/source/tests/" &&
        cp "$source/tests/support/cases.sh" "$1/source/tests/support/" &&
        cp -R "$source/contrib/engines" "$1/source/contrib/"
}

# root_plain TREE: busybox, and tests/vm/init as process 1.
root_plain() {
    local file
    mkdir -p "$1"/{bin,sbin,usr/bin,usr/sbin,lib64,etc,dev,proc,sys,run,tmp,mnt,root,var}
    cp "$(command -v busybox)" "$1/bin/busybox"
    for file in $("$1/bin/busybox" --list); do
        [ -e "$1/bin/$file" ] || ln -s busybox "$1/bin/$file"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
    echo 'root:x:0:' >"$1/etc/group"
    cp "$source/tests/vm/init" "$1/init"
}

# root_quiet TREE: makes a Debian one with systemd of which nothing is started that the jobs do not need.
root_quiet() {
    local units=$1/etc/systemd/system
    rm -rf "$1"/usr/lib/systemd/system/*.wants "$units"/*.wants
    # Those of engines stay: they turn files into units.
    find "$1/usr/lib/systemd/system-generators" -mindepth 1 -not -name 'podman*' -delete
    mkdir -p "$units/user@.service.d" "$1/var/lib/systemd/linger"
    touch "$1/var/lib/systemd/linger/user1"
    cp "$source/tests/vm/systemd/jobs.service" "$units/"
    cp "$source/tests/vm/systemd/delegate.conf" "$units/user@.service.d/"
    rm -f "$1"/etc/{hostname,machine-id}
    echo vm >"$1/etc/hostname"
    echo 9d3bc7f1d0c44f8fb31a6c6e0c1a7d52 >"$1/etc/machine-id"
    cp --remove-destination "$(command -v busybox)" "$1/bin/busybox"
    cp "$source/tests/vm/systemd/as-user" "$1/usr/bin/as-user"
    ln -s usr/lib/systemd/systemd "$1/init"
}

# root_systemd TREE: Debian. The files are links to the cached ones: they are replaced and removed, never written to.
root_systemd() { rmdir "$1" && cp -al "$debian" "$1" && root_quiet "$1"; }

# root_image FLAVOUR TREE IMAGE FILE...: a file system of that flavour, made in TREE, in which the given programs and
# their libraries are where they are here. Directories are copied, too.
root_image() {
    local flavour=$1 tree=$2 image=$3 file libraries
    shift 3
    mkdir "$tree" && "root_$flavour" "$tree" || return 1
    mkdir -p "$tree/results" && cp "$source/tests/vm/jobs" "$tree/jobs"
    mapfile -t libraries < <(root_libraries)
    set -- "$@" "${libraries[@]}"
    {
        printf '%s\n' "$@"
        # Neither the loader nor a script or a static program has libraries to list.
        for file in "$@"; do [ -d "$file" ] || ldd "$file" 2>/dev/null | grep -o '/[^ ]*'; done
    } | sort -u | while read -r file; do
        [ ! -e "$tree$file" ] || continue
        mkdir -p "$tree${file%/*}" && cp -RL "$file" "$tree$file" || return 1
    done || return 1
    mke2fs -q -F -t ext4 -O ^has_journal -E root_owner=0:0 -d "$tree" "$image" "$(($(du -sm "$tree" | cut -f1) * 5 / 4 + 64))M" >/dev/null
}
