# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/container
libtare_core_sources +=
