# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/cgroup
libtare_core_sources +=
