# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What tare needs from the distribution, and how to get it. Sourced by quickstart and test, so that the two agree.

# packages_of SET: the names of a set of packages in this distribution's words.
#   build       make ./configure, the library and the binary
#   quickstart  a root file system to run
#   test        everything that scripts/test uses beyond the two
#   vm          what scripts/vm-test needs to make its machine
packages_of() {
    case $(packages_manager):$1 in
    apt:build)
        echo gcc make autoconf automake libtool pkg-config libc6-dev linux-libc-dev \
            libseccomp-dev libcap-dev libyajl-dev
        ;;
    apt:quickstart) echo busybox-static ;;
    apt:test)
        echo libcriterion-dev clang clang-format clang-tidy cppcheck shellcheck mandoc \
            xz-utils debootstrap procps python3-jsonschema iproute2 uidmap libclang-rt-dev
        # The formatting rules are those of clang-format 14; newer ones see some lines differently.
        if apt-cache show clang-format-14 >/dev/null 2>&1; then echo clang-format-14; fi
        ;;
    apt:vm) echo qemu-system-x86 kmod cpio xz-utils zstd e2fsprogs busybox-static mmdebstrap apparmor secilc ;;
    dnf:build)
        # No static libraries: Fedora has none of yajl.
        echo gcc make autoconf automake libtool pkgconf-pkg-config glibc-devel kernel-headers \
            libseccomp-devel libcap-devel yajl-devel
        ;;
    dnf:quickstart) echo busybox ;;
    dnf:test) echo glibc-static clang clang-tools-extra cppcheck ShellCheck mandoc xz libasan libubsan procps-ng python3-jsonschema iproute shadow-utils compiler-rt ;;
    esac
}

packages_manager() {
    if command -v apt-get >/dev/null; then
        echo apt
    elif command -v dnf >/dev/null; then
        echo dnf
    else
        echo none
    fi
}

# packages_mirror: the mirror that this machine uses, where it is a Debian and names one.
packages_mirror() {
    sed -nE 's/^deb( \[[^]]*\])? (https?:[^ ]+) .*/\2/p; s/^URIs: *(https?:[^ ]+).*/\1/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        grep -v security | head -n 1
}

# packages_missing PACKAGE...: those that are not installed.
packages_missing() {
    local package
    for package in "$@"; do
        case $(packages_manager) in
        apt) [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ;;
        dnf) rpm -q --quiet --whatprovides "$package" ;;
        *) true ;;
        esac || echo "$package"
    done
}

# packages_install SET...: installs what is missing, without asking anything. Nothing is contacted when
# nothing is missing. 0 when everything is there afterwards.
packages_install() {
    local set wanted=() missing
    for set in "$@"; do
        read -ra names <<<"$(packages_of "$set" | tr '\n' ' ')"
        wanted+=("${names[@]}")
    done
    mapfile -t missing < <(packages_missing "${wanted[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "not root, so these packages are not installed: ${missing[*]}" >&2
        return 1
    fi
    echo "installing ${missing[*]}" >&2
    case $(packages_manager) in
    apt)
        # A list of packages that is old or absent is fetched once, and only when it is needed.
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" \
            </dev/null >/dev/null 2>&1 && return 0
        apt-get update -qq </dev/null &&
            DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" \
                </dev/null >/dev/null
        ;;
    dnf) dnf install -q -y "${missing[@]}" </dev/null >/dev/null ;;
    *)
        echo "neither apt-get nor dnf is here; see README.md for what tare needs" >&2
        return 1
        ;;
    esac
}
