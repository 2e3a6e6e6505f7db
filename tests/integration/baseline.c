/* SPDX-License-Identifier: Apache-2.0 */

/* What a kernel says to tare that is older than what tare needs. */

#include <stdio.h>
#include <sys/utsname.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(baseline, TEST_SUITE);

Test(baseline, an_older_kernel_is_named_as_the_cause)
{
    struct utsname system;
    int major = 0, minor = 0;

    cr_assert_eq(uname(&system), 0);
    cr_assert_eq(sscanf(system.release, "%d.%d", &major, &minor), 2);
    if (major > 5 || (major == 5 && minor >= 14))
        SKIP("needs a kernel before Linux 5.14; runs in the virtual machine");
    assert_run_fails(bundle_new(), "Linux 5.14");
}
