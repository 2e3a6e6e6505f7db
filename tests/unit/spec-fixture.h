/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "spec/parse.h"

/* A document that is fine, with one member of one object left to the test. */
#define CONFIG(member)    "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"}," member "}"
#define PROCESS(member)   CONFIG("\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"," member "}")
#define LINUX(member)     CONFIG("\"linux\":{" member "}")
#define RESOURCES(member) LINUX("\"resources\":{" member "}")
#define SECCOMP(member)   LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"," member "}")

/* One document with exactly one problem. */
struct refusal {
    const char *json;
    const char *where;
    const char *text; /* without the line and column at its end */
};

void spec_expect_refusals(const struct refusal *refusals, size_t n);

/* The spec of a document that is fine. */
struct spec *spec_accept(struct arena *arena, const char *json);

/* A file below TEST_DATA. */
char *spec_data(const char *name, size_t *size);
