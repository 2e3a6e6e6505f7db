# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Podman as root with RUNTIME. Sourced by tests/engines/podman and bench/engines after cases.sh.
: "${RUNTIME:?}"

# podman_configure DRIVER: no limits, as this kernel need not have controllers on cgroup v2, and root need not be
# allowed to raise its own limits; and what users are told to have, for root and others.
podman_configure() {
    mkdir -p /etc/containers/containers.conf.d
    cat >/etc/containers/containers.conf <<END
[containers]
netns = "none"
pids_limit = 0
default_ulimits = []
log_driver = "k8s-file"
keyring = true
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "$RUNTIME"
END
    cp /source/contrib/engines/containers.conf /etc/containers/containers.conf.d/tare.conf
    cat >/etc/containers/storage.conf <<END
[storage]
driver = "$1"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
END
    echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
}

# podman_import: the image "busybox".
podman_import() { image_tar | podman import -q - busybox >&2; }
