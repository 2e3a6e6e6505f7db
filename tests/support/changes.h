/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/support/run.h"

/* tare mounts WHAT ID -, with the document on stdin. */
struct result *mounts_change(const char *what, const struct bundle *bundle, const char *document);

/* The mount flags that the container sees at the path, "(none)" when nothing is mounted there. */
#define assert_mounts(bundle, path, flags)                                                         \
    do {                                                                                           \
        struct result *seen_ = exec_payload(bundle, NULL, "mount " path);                          \
        assert_fact(seen_, "mount." path, flags);                                                  \
    } while (0)
