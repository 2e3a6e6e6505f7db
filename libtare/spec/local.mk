# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/spec
libtare_core_sources +=
