# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/seccomp
libtare_core_sources +=
