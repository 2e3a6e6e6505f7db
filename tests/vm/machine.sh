# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The test machine: a Debian kernel, an initramfs with the drivers it needs, the emulator. Sourced by scripts/vm-test;
# tests/vm/root.sh has the root file system. What does not depend on the source tree is kept in
# $TARE_CACHE, keyed by the kernel's version and by the content of the files that make it.
#
# The caller has set source, the tree, and cache, the directory, and has sourced scripts/packages.sh.
: "${source:?}" "${cache:?}"

# In the order in which they are wanted; modprobe adds what each depends on.
machine_modules=(virtio_pci virtio_blk ext4 9pnet_virtio 9p bfq overlay fuse)
# What CRIU asks the kernel about sockets and connections with, and keeps packets away with.
machine_modules+=(unix_diag tcp_diag udp_diag raw_diag af_packet_diag netlink_diag nf_tables nf_conntrack_netlink)

# What the kernel or an engine loads when it is wanted, in the flavour "engines": these, and all that filters packets.
machine_engine_modules=(veth tun dummy macvlan ipvlan vxlan ip_vs bridge br_netfilter loop)

# machine_release: whose kernel is wanted, by the caller's variable kernel. Empty is this host's own.
machine_release() {
    case ${kernel:-default} in
    old) echo bookworm ;;              # Linux 6.1, Debian's oldest that tare supports
    new) echo trixie-backports ;;      # the newest that is there for a stable release
    unsupported) echo bullseye ;;      # Linux 5.10, older than what tare needs
    stable) echo trixie ;;             # the kernel of the release that the engines are of
    esac
}

# machine_apt PROGRAM ARGUMENT...: apt-get or apt-cache as they would be on that release.
machine_apt() {
    local release program=$1 apt
    shift
    release=$(machine_release)
    [ -n "$release" ] || { "$program" "$@"; return; }
    apt=$cache/apt-$release
    "$program" -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" \
        -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false "$@"
}

# machine_lists: fetches the release's list of packages when there is none or it is a week old.
machine_lists() {
    local release apt
    release=$(machine_release)
    apt=$cache/apt-$release
    [ -n "$release" ] && [ -z "$(find "$apt/fetched" -mtime -7 2>/dev/null)" ] || return 0
    mkdir -p "$apt"/{lists,cache}/partial
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(packages_mirror) $release main" >"$apt/sources.list"
    say "fetching the list of packages of $release"
    machine_apt apt-get -qq -o APT::Sandbox::User=root update >"$apt/log" 2>&1 && touch "$apt/fetched"
}

# machine_kernel: says the name of the package that is the generic kernel.
machine_kernel() {
    machine_apt apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1
}

# machine_available: whether there can be a machine here; installs what is missing. Says why not.
machine_available() {
    [ "$(uname -m)" = x86_64 ] || { echo "the test machine is an x86-64 one"; return 1; }
    [ "$(packages_manager)" = apt ] || { echo "the test machine is made of Debian packages"; return 1; }
    packages_install vm >&2 || { echo "cannot install what it needs: $(packages_of vm)"; return 1; }
    machine_lists >&2 || { echo "cannot fetch the list of packages of $(machine_release)"; return 1; }
    [ -n "$(machine_kernel)" ] || { echo "there is no package linux-image-amd64 here"; return 1; }
}

# machine_boot_files: makes $boot/vmlinux and $boot/initramfs unless they are in the cache; sets boot. With the flavour
# "engines" there is $boot/modules, too, for /lib/modules of the machine.
machine_boot_files() {
    local package version key unpacked
    package=$(machine_kernel)
    version=$(machine_apt apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p')
    key=$(cat "$source"/tests/vm/machine.sh "$source"/tests/vm/initramfs-init | sha256sum | cut -c1-12)
    boot=$cache/$package-$version-$key
    [ "${flavour:-}" != engines ] || boot+=-modules
    [ ! -e "$boot/initramfs" ] || { touch "$boot" && return; }
    # One of several callers makes them.
    exec 9>"$cache/vm.lock" && flock 9
    [ ! -e "$boot/initramfs" ] || return 0
    cache_prune 'linux-image-*'
    unpacked=$(mktemp -d "$cache/unpacked.XXXXXX") || return 1
    machine_unpack "$package" "$unpacked" && mkdir -p "$boot" &&
        machine_vmlinux "$(find "$unpacked" -name 'vmlinuz*' -type f | head -n 1)" "$boot/vmlinux" &&
        { [[ $boot != *-modules ]] || machine_engine_modules "$unpacked" "${package#linux-image-}" "$boot/modules"; } &&
        machine_initramfs "$unpacked" "${package#linux-image-}" "$boot/initramfs.new" &&
        mv "$boot/initramfs.new" "$boot/initramfs"
    set -- $?
    rm -rf "$unpacked"
    exec 9>&-
    return "$1"
}

# machine_unpack PACKAGE DIRECTORY: kernel and modules, without installing anything.
machine_unpack() {
    local parts file
    # From Linux 7 on it is divided: the image depends on a binary and on modules.
    mapfile -t parts < <(machine_apt apt-cache depends "$1" | sed -nE 's/^ *Depends: (linux-(binary|modules)-[0-9].*)/\1/p')
    say "fetching $1"
    (
        cd "$2" || exit 1
        machine_apt apt-get -q -o APT::Sandbox::User=root download "$1" "${parts[@]}" || exit 1
        for file in ./*.deb; do dpkg-deb --fsys-tarfile "$file" | tar -x --exclude=./usr/share; done
        rm ./*.deb
        [ ! -d usr/lib/modules ] || { mkdir -p lib && mv usr/lib/modules lib/; }
        find . -name 'vmlinuz*' -type f | grep .
    ) >"$2.log" 2>&1 && rm "$2.log" && return
    cat "$2.log" >&2
    rm -f "$2.log"
    return 1
}

# machine_vmlinux BZIMAGE VMLINUX: the kernel inside. Decompressing itself would take it 6 s in emulation; as an
# ELF file it is booted by its PVH entry at once.
machine_vmlinux() {
    local offset tool
    for tool in 'xz \xfd7zXZ\x00' 'zstd \x28\xb5\x2f\xfd'; do
        while read -r offset; do
            # What follows the compressed kernel makes the tool complain after it has done its work.
            tail -c+$((offset + 1)) "$1" | "${tool%% *}" -dc >"$2" 2>/dev/null
            [ "$(head -c4 "$2" | tail -c3)" != ELF ] || return 0
        done < <(LC_ALL=C grep -aboP "${tool#* }" "$1" | cut -d: -f1)
    done
    cp "$1" "$2"
}

# machine_needed UNPACKED VERSION MODULE...: the files of these modules and of what they need, in the order of loading.
machine_needed() {
    local tree=$1 version=$2
    shift 2
    depmod -b "$tree" "$version" || return 1
    # "insmod FILE", or "builtin NAME".
    modprobe -d "$tree" -S "$version" --show-depends -a "$@" | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# machine_decompress DIRECTORY: the modules in there. The emulated processor would take long for it.
machine_decompress() {
    find "$1" -name '*.ko.xz' -exec xz -d {} +
    find "$1" -name '*.ko.zst' -exec zstd -q -d --rm {} +
}

# machine_engine_modules UNPACKED VERSION DIRECTORY: what is to be /lib/modules of a machine for engines.
machine_engine_modules() {
    local from=$1/lib/modules/$2 to=$3/$2 filters
    mapfile -t filters < <(find "$from"/kernel/net/{netfilter,ipv4,ipv6,bridge} -name '*.ko*' -printf '%f\n' | sed 's/\.ko.*//')
    mkdir -p "$to" && cp "$from"/modules.{builtin,builtin.modinfo,order} "$to" &&
        machine_needed "$1" "$2" "${machine_modules[@]}" "${machine_engine_modules[@]}" "${filters[@]}" |
        sed "s|^$from/||" | (cd "$from" && xargs cp --parents -t "$to") || return 1
    machine_decompress "$to"
    # depmod looks below lib/modules.
    mkdir -p "$1/for-engines/lib" && ln -s "$3" "$1/for-engines/lib/modules" && depmod -b "$1/for-engines" "$2"
}

# machine_initramfs UNPACKED VERSION FILE
machine_initramfs() {
    local tree=$1/initramfs module n=100
    mkdir -p "$tree"/{bin,dev,root,modules}
    while read -r module; do
        cp "$module" "$tree/modules/$((n++))-${module##*/}" || return 1
    done < <(machine_needed "$1" "$2" "${machine_modules[@]}")
    machine_decompress "$tree/modules"
    cp "$(command -v busybox)" "$tree/bin/busybox"
    cp "$source/tests/vm/initramfs-init" "$tree/init"
    (cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0) >"$3"
}

# machine_add TREE FILE: an initramfs that puts what is in TREE/added into the root file system before it starts that.
machine_add() { (cd "$1" && find added | cpio --quiet -o -H newc -R 0:0) | cat "$boot/initramfs" - >"$2"; }

# machine_qemu RESULTS IMAGE [COMMAND...]: the emulator, started by that command, with a serial console on its stdin
# and stdout. The initramfs is that of the variable initramfs, where one was made for this run.
machine_qemu() {
    local results=$1 image=$2
    shift 2
    # -snapshot: the image stays as it is. The emulated processor is told not to defend itself; panic=-1 with
    # -no-reboot makes a panic the end of the emulator.
    "$@" nice -n 10 qemu-system-x86_64 \
        -machine q35 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m "${TARE_VM_MEMORY:-1024}" \
        -nodefaults -no-user-config -display none -no-reboot -snapshot \
        -kernel "$boot/vmlinux" -initrd "${initramfs:-$boot/initramfs}" \
        -append "console=ttyS0 quiet loglevel=4 panic=-1 oops=panic mitigations=off nokaslr random.trust_cpu=on \
hugepages=4 swapaccount=1 systemd.unit=jobs.service systemd.log_target=kmsg systemd.show_status=0 ${TARE_VM_APPEND:-}" \
        -drive "file=$image,if=virtio,format=raw" \
        -virtfs "local,path=$results,mount_tag=results,security_model=none" \
        -serial stdio
}

# machine_shell RESULTS IMAGE: boots it and connects the terminal with a shell in it.
machine_shell() {
    local settings status
    touch "$1/shell"
    settings=$(stty -g) && stty raw -echo
    machine_qemu "$@"
    status=$?
    stty "$settings"
    rm -f "$1/shell"
    return "$status"
}

# machine_run RESULTS IMAGE SECONDS: boots it and waits for its end. 0 when all jobs were done.
machine_run() {
    local status
    machine_qemu "$1" "$2" timeout --foreground -k 5 "$3" \
        </dev/null 2>"$1/qemu.log" | tee "$1/console.log" | grep --line-buffered '^vm: '
    status=${PIPESTATUS[0]}
    [ ! -e "$1/done" ] || return 0
    if grep -q 'Kernel panic' "$1/console.log"; then
        echo "the kernel of the test machine panicked:"
        grep -A 30 -m 1 -E 'BUG|Oops|Kernel panic' "$1/console.log"
    elif [ "$status" = 124 ] || [ "$status" = 137 ]; then
        echo "the test machine was not done after $3 s"
    else
        echo "the test machine ended before its jobs did (status $status):"
        tail -n 30 "$1/console.log" "$1/qemu.log"
    fi
    return 1
}
