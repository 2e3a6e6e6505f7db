# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The root file systems of the test machine, one per flavour: an image is made for each run from a tree that is kept
# in $TARE_CACHE, and from the programs under test. Sourced by scripts/vm-test.
#
# The caller has set source, the tree, and cache, the directory, and has sourced scripts/packages.sh.
: "${source:?}" "${cache:?}"

# What the flavour "systemd" has beyond the packages that every Debian has.
root_packages=(systemd dbus dbus-user-session libpam-systemd passwd uidmap)

# What a program or a library of the tests loads by name while it runs.
root_libraries() { ldconfig -p | sed -nE 's/^[[:space:]]*libmount\.so\.1 .*x86-64.* => (.*)/\1/p' | head -n 1; }

# cache_prune PATTERN: removes what nobody has used for a week.
cache_prune() { find "$cache" -maxdepth 1 -name "$1" -mtime +7 -exec rm -rf --one-file-system {} +; }

# root_debian: makes the tree of the flavour "systemd" unless it is in the cache, and sets debian to where it is. It
# is of this host's release, so that the programs find the libraries they were linked with.
root_debian() {
    local release key mirror
    release=$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)
    key=$({ echo "$release ${root_packages[*]}" && sed -n '/^root_debian/,/^}/p' "$source/tests/vm/root.sh"; } | sha256sum | cut -c1-12)
    debian=$cache/debian-systemd-$key
    [ ! -e "$debian" ] || { touch "$debian" && return; }
    [ "$(id -u)" = 0 ] || { echo "the root file system with systemd is made by root only" >&2; return 1; }
    exec 9>"$cache/debian.lock" && flock 9
    [ ! -e "$debian" ] || return 0
    say "making a root file system of Debian $release"
    cache_prune 'debian-systemd-*'
    mirror=$(packages_mirror)
    # shellcheck disable=SC2016 # mmdebstrap's shell expands them
    mmdebstrap --quiet --variant=essential --include="$(IFS=, && echo "${root_packages[*]}")" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook='chroot "$1" useradd --create-home --uid 1000 --shell /bin/sh user1' \
        "$release" "$debian.new" ${mirror:+"$mirror"} >"$cache/debian-systemd.log" 2>&1 &&
        mv -T "$debian.new" "$debian"
    set -- $?
    [ "$1" = 0 ] || { tail -n 20 "$cache/debian-systemd.log" >&2 && rm -rf --one-file-system "$debian.new"; }
    exec 9>&-
    return "$1"
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

# root_systemd TREE: Debian, of which nothing is started that the jobs do not need. The files are links to the
# cached ones: they are replaced and removed, never written to.
root_systemd() {
    local units=$1/etc/systemd/system
    rmdir "$1" && cp -al "$debian" "$1" || return 1
    rm -rf "$1"/usr/lib/systemd/system/*.wants "$units"/*.wants "$1"/usr/lib/systemd/system-generators
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
