/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/run.h"

TestSuite(namespaces, TEST_SUITE);

Test(namespaces, a_new_pid_namespace_has_the_program_as_init)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "pid");
    result = bundle_run_ok(bundle);
    assert_fact(result, "pid", "1");
    assert_fact(result, "ppid", "0");
}
