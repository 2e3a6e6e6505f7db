# SPDX-License-Identifier: Apache-2.0
# Published vulnerabilities of other runtimes, and what else must not harm the host.

integration_programs += tests/security/exec
tests_security_exec_SOURCES = tests/security/exec.c
tests_security_exec_CPPFLAGS = $(TEST_CPPFLAGS)
tests_security_exec_CFLAGS = $(TEST_CFLAGS)
tests_security_exec_LDADD = $(TEST_LIBS)

integration_programs += tests/security/mounts
tests_security_mounts_SOURCES = tests/security/mounts.c
tests_security_mounts_CPPFLAGS = $(TEST_CPPFLAGS)
tests_security_mounts_CFLAGS = $(TEST_CFLAGS)
tests_security_mounts_LDADD = $(TEST_LIBS)

integration_programs += tests/security/robustness
tests_security_robustness_SOURCES = tests/security/robustness.c
tests_security_robustness_CPPFLAGS = $(TEST_CPPFLAGS)
tests_security_robustness_CFLAGS = $(TEST_CFLAGS)
tests_security_robustness_LDADD = $(TEST_LIBS)

integration_programs += tests/security/vulnerabilities
tests_security_vulnerabilities_SOURCES = tests/security/vulnerabilities.c
tests_security_vulnerabilities_CPPFLAGS = $(TEST_CPPFLAGS)
tests_security_vulnerabilities_CFLAGS = $(TEST_CFLAGS)
tests_security_vulnerabilities_LDADD = $(TEST_LIBS)
