# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/sandbox
libtare_core_sources +=
