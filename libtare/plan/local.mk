# SPDX-License-Identifier: Apache-2.0
# Sources of libtare/plan
libtare_core_sources +=
