# SPDX-License-Identifier: Apache-2.0
# Published vulnerabilities of other runtimes, and what else must not harm the host.
