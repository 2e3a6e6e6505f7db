/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "spec-fixture.h"

/* What the engine finds in any document, whatever the tables say. */

/* The first problem, as "WHERE: TEXT", and then those of err.also. */
static char *problems_of(struct arena *arena, const char *json, size_t size)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct spec *spec = NULL;
    int r = spec_parse(arena, json, size, &spec, NULL, &err);
    cr_assert_eq(r, -EINVAL, "%.200s: returned %d", json, r);
    cr_expect_eq(err.kind, ERROR_CONFIG);
    return arena_printf(arena, "%s: %s%s%s", err.where, err.text, err.also ? "\n" : "",
                        err.also ? err.also : "");
}

static void expect_problems(const char *json, size_t size, const char *expected)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    char *problems = problems_of(&arena, json, size);
    cr_expect_str_eq(problems, expected, "%.200s\n%s\ninstead of\n%s", json, problems, expected);
}

#define PROBLEMS(json, expected) expect_problems(json, sizeof(json) - 1, expected)

Test(spec_json, documents)
{
    PROBLEMS("", ": expected an object, found an empty document");
    PROBLEMS(" \n\t\r", ": expected an object, found an empty document");
    PROBLEMS("[]", ": expected an object, found an array (line 1, column 1)");
    PROBLEMS(" 5", ": expected an object, found 5 (line 1, column 2)");
    PROBLEMS("\n null", ": expected an object, found null (line 2, column 2)");
    PROBLEMS("{\"ociVersion\":\"1.0.0\"",
             ": not JSON: the document ends too early (line 1, column 22)");
    PROBLEMS("{\"ociVersion\":\"1.0",
             ": not JSON: the document ends too early (line 1, column 19)");
    PROBLEMS("{\"a\":1}\n x",
             "/ociVersion: this property is required, and missing (line 1, column 1)\n"
             "/root: this property is required, and missing (line 1, column 1)\n"
             "not JSON: trailing garbage (line 2, column 2)");
    PROBLEMS("{\"a\":1,}", ": not JSON: invalid object key (must be a string) (line 1, column 8)");
    PROBLEMS("{\"a\":01}",
             ": not JSON: after key and value, inside map, I expect ',' or '}' (line 1, column 6)");
    PROBLEMS("{\"a\":\"\t\"}", ": not JSON: invalid character inside string (line 1, column 6)");
    PROBLEMS("{\"root\":{\"path\":3", "/root/path: expected a string, found 3 (line 1, column 17)\n"
                                      "not JSON: the document ends too early (line 1, column 18)");
}

Test(spec_json, size)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    char *json = arena_alloc(&arena, SPEC_SIZE_LIMIT + 1);
    cr_assert_not_null(json);
    memset(json, ' ', SPEC_SIZE_LIMIT + 1);
    memcpy(json, "{}", 2);
    cr_expect_str_eq(problems_of(&arena, json, SPEC_SIZE_LIMIT + 1),
                     ": the document has 16777217 bytes; 16777216 is the limit");
}

static char *nested(struct arena *arena, size_t depth, char open, char close)
{
    char *brackets = arena_alloc(arena, 2 * depth + 1);
    memset(brackets, open, depth);
    memset(brackets + depth, close, depth);
    return arena_printf(arena, CONFIG("\"x\":%s"), brackets);
}

Test(spec_json, depth)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    spec_accept(&arena, nested(&arena, SPEC_DEPTH_LIMIT - 1, '[', ']'));
    const char *deep = nested(&arena, SPEC_DEPTH_LIMIT, '[', ']');
    const char *problems = problems_of(&arena, deep, strlen(deep));
    cr_expect(strstr(problems, "expected at most 64 nested objects and arrays"), "%s", problems);
    cr_expect(!strncmp(problems, "/x/0/0/0", 8), "%s", problems);
    const char *deeper = nested(&arena, 100000, '[', ']');
    problems = problems_of(&arena, deeper, strlen(deeper));
    cr_expect(strstr(problems, "expected at most 64 nested objects and arrays"), "%s", problems);
}

Test(spec_json, duplicates, .description = "R003")
{
    static const struct refusal refusals[] = {
        {CONFIG("\"root\":{}"), "/root", "expected each property once, found it again"},
        {CONFIG("\"hostname\":null,\"hostname\":\"a\""), "/hostname",
         "expected each property once, found it again"},
        {CONFIG("\"x\":1,\"y\":2,\"x\":3"), "/x", "expected each property once, found it again"},
        {CONFIG("\"x\":{\"a\":[{\"b\":1,\"b\":2}]}"), "/x/a/0/b",
         "expected each property once, found it again"},
        {CONFIG("\"annotations\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"1\"}"), "/annotations/a",
         "expected each property once, found it again"},
        {CONFIG("\"annotations\":{\"a\":null,\"a\":\"1\"}"), "/annotations/a",
         "expected each property once, found it again"},
        {LINUX("\"netDevices\":{\"a\":{},\"a\":{}}"), "/linux/netDevices/a",
         "expected each property once, found it again"},
        /* The same name, written in another way. */
        {CONFIG("\"x\":{\"ab\":1,\"\\u0061b\":2}"), "/x/ab",
         "expected each property once, found it again"},
        {CONFIG("\"hostname\":\"a\",\"host\\u006eame\":\"b\""), "/hostname",
         "expected each property once, found it again"},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));
}

Test(spec_json, equal_names_of_different_objects_are_no_duplicates)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    spec_accept(&arena, CONFIG("\"x\":{\"a\":{\"a\":{\"a\":1}}},\"a\":{\"x\":1},\"ab\":1,\"b\":2"));
}

Test(spec_json, strings)
{
    static const struct refusal refusals[] = {
        {CONFIG("\"hostname\":\"a\\u0000b\""), "/hostname",
         "expected a string without NUL, found \"a\\u0000b\""},
        {CONFIG("\"x\":\"a\\u0000b\""), "/x", "expected a string without NUL, found \"a\\u0000b\""},
        {CONFIG("\"a\\u0000b\":1"), "/a?b", "expected a string without NUL, found \"a\\u0000b\""},
        {PROCESS("\"env\":[\"A=\\u0000\"]"), "/process/env/0",
         "expected a string without NUL, found \"A=\\u0000\""},
        {CONFIG("\"hostname\":\"\xff\xfe\""), "/hostname",
         "expected valid UTF-8, found other bytes"},
        {CONFIG("\"hostname\":\"\xc0\x80\""), "/hostname",
         "expected valid UTF-8, found other bytes"},
        {CONFIG("\"hostname\":\"\xed\xa0\x80\""), "/hostname",
         "expected valid UTF-8, found other bytes"},
        {CONFIG("\"hostname\":\"\xf4\x90\x80\x80\""), "/hostname",
         "expected valid UTF-8, found other bytes"},
        {CONFIG("\"hostname\":\"1234567\xc3\""), "/hostname",
         "expected valid UTF-8, found other bytes"},
        {CONFIG("\"hostname\":\"\\ud83d\""), "/hostname",
         "expected surrogates in pairs, found half a pair"},
        {CONFIG("\"hostname\":\"\\ude00\""), "/hostname",
         "expected surrogates in pairs, found half a pair"},
        {CONFIG("\"hostname\":\"\\ud83d\\u0041\""), "/hostname",
         "expected surrogates in pairs, found half a pair"},
        {CONFIG("\"annotations\":{\"a\\n\":1}"), "/annotations/a?", "expected a string, found 1"},
    };
    spec_expect_refusals(refusals, ELEMENTSOF(refusals));

    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = spec_accept(
        &arena, CONFIG("\"hostname\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\xc3\xa4\\ud83d\\ude00\""));
    cr_expect_str_eq(spec->hostname, "\"\\/\b\f\n\r\t\xc3\xa4\xc3\xa4\xf0\x9f\x98\x80");
}

Test(spec_json, numbers)
{
    static const char *const refused[] = {
        "1.0", "1e3", "1E0", "-1", "4294967295", "1.5", "true", "\"1\"", "99999999999999999999999",
        "{}",  "[]"};
    for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        const char *json =
            arena_printf(&arena, PROCESS("\"user\":{\"gid\":0,\"uid\":%s}"), refused[i]);
        const char *found = *refused[i] == '{'   ? "an object"
                            : *refused[i] == '[' ? "an array"
                                                 : refused[i];
        const struct refusal refusal = {
            json, "/process/user/uid",
            arena_printf(&arena, "expected an integer from 0 to 4294967294, found %s", found)};
        spec_expect_refusals(&refusal, 1);
    }
}

Test(spec_json, null_is_absent)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec =
        spec_accept(&arena, CONFIG("\"process\":null,\"hostname\":null,\"mounts\":null,"
                                   "\"annotations\":{\"a\":null,\"b\":\"\"},"
                                   "\"linux\":{\"resources\":null,\"maskedPaths\":null,"
                                   "\"sysctl\":null,\"netDevices\":{\"eth0\":null}}"));
    cr_expect_null(spec->process);
    cr_expect_null(spec->hostname);
    cr_expect_not(spec->mounts.set);
    cr_expect_eq(spec->annotations.n, 1);
    cr_expect_null(spec->linux_section->resources);
    cr_expect_not(spec->linux_section->masked_paths.set);
    cr_expect_not(spec->linux_section->sysctl.set);
    cr_expect_eq(spec->linux_section->net_devices.n, 0);
}

Test(spec_json, empty_is_not_absent, .description = "R161")
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec =
        spec_accept(&arena, CONFIG("\"mounts\":[],\"annotations\":{},\"hooks\":{},"
                                   "\"linux\":{\"maskedPaths\":[],\"resources\":{\"pids\":{}},"
                                   "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
                                   "\"flags\":[]}}"));
    cr_expect(spec->mounts.set && spec->mounts.n == 0);
    cr_expect(spec->annotations.set && spec->annotations.n == 0);
    cr_expect_not_null(spec->hooks);
    cr_expect(spec->linux_section->masked_paths.set);
    cr_expect_not_null(spec->linux_section->masked_paths.items);
    cr_expect_null(spec->linux_section->masked_paths.items[0]);
    cr_expect_not(spec->linux_section->resources->pids_limit.set);
    cr_expect(spec->linux_section->seccomp->flags.set);
    cr_expect_eq(spec->linux_section->seccomp->flags.mask, 0);
}

Test(spec_json, unknown_properties, .description = "R195")
{
    static const char json[] =
        CONFIG("\"windows\":{\"x\":[1,{\"a\":null}]},\"process\":{\"cwd\":\"/\",\"b~a/c\":1,"
               "\"args\":[\"a\"]},\"mounts\":[{\"destination\":\"/a\"},{\"destination\":\"/b\","
               "\"later\":{}}],\"annotations\":{\"known\":\"\"}");
    static const char *const expected[] = {"/windows", "/process/b~0a~1c", "/mounts/1/later"};
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct strings unknown;
    struct spec *spec;
    cr_assert_eq(spec_parse(&arena, json, sizeof(json) - 1, &spec, &unknown, &err), 0, "%s",
                 err.text);
    cr_assert_eq(unknown.n, ELEMENTSOF(expected));
    for (size_t i = 0; i < unknown.n; i++)
        cr_expect_str_eq(unknown.items[i], expected[i]);
    cr_expect_null(unknown.items[unknown.n]);
    spec_accept(&arena, json);
}

Test(spec_json, many_unknown_properties)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    char *json = arena_alloc(&arena, 20000);
    char *p = json + sprintf(json, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}");
    for (int i = 0; i < 500; i++)
        p += sprintf(p, ",\"x%d\":%d", i, i);
    sprintf(p, "}");
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct strings unknown;
    struct spec *spec;
    cr_assert_eq(spec_parse(&arena, json, strlen(json), &spec, &unknown, &err), 0, "%s", err.text);
    cr_assert_eq(unknown.n, 500);
    cr_expect_str_eq(unknown.items[499], "/x499");
    sprintf(p, ",\"x250\":0}");
    char *problems = problems_of(&arena, json, strlen(json));
    cr_expect(!strncmp(problems, "/x250: expected each property once, found it again (line 1", 58),
              "%s", problems);
}

Test(spec_json, all_problems_at_once)
{
    PROBLEMS("{\n"
             "  \"ociVersion\": \"1.0.0\",\n"
             "  \"root\": {\"readonly\": 1},\n"
             "  \"process\": {\n"
             "    \"args\": [],\n"
             "    \"cwd\": \"\xc3\xa4\xc3\xa4\", \"terminal\": \"no\"\n"
             "  },\n"
             "  \"mounts\": [{\"destination\": \"/a\", \"destination\": \"/b\"}, 7]\n"
             "}\n",
             "/root/path: this property is required, and missing (line 3, column 11)\n"
             "/root/readonly: expected true or false, found 1 (line 3, column 24)\n"
             "/process/args: expected at least one entry, found an empty array "
             "(line 5, column 13)\n"
             "/process/cwd: expected an absolute path, found \"\xc3\xa4\xc3\xa4\" "
             "(line 6, column 12)\n"
             "/process/terminal: expected true or false, found \"no\" (line 6, column 30)\n"
             "/mounts/0/destination: expected each property once, found it again "
             "(line 8, column 36)\n"
             "/mounts/1: expected an object, found 7 (line 8, column 58)");
}

Test(spec_json, places_of_checks_over_several_properties)
{
    PROBLEMS("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"a\"},\"process\":{\n"
             "\"args\":[\"a\"],\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\n"
             " \"soft\": 3, \"hard\": 2}]}}",
             "/process/rlimits/0/soft: expected a soft limit that is at most the hard one "
             "(line 3, column 10)");
}

Test(spec_json, long_values_are_cut)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    char text[301] = {0};
    memset(text, 'a', sizeof(text) - 1);
    const char *json = arena_printf(&arena, CONFIG("\"mounts\":\"%s\""), text);
    char *problems = problems_of(&arena, json, strlen(json));
    cr_expect_lt(strlen(problems), 200);
    cr_expect(strstr(problems, "aaa... (line"), "%s", problems);
}

Test(spec_json, endless_problems_stop)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    char *items = arena_alloc(&arena, 4001);
    memset(items, '1', 4000);
    for (size_t i = 1; i < 4000; i += 2)
        items[i] = ',';
    items[3999] = '\0';
    const char *json = arena_printf(&arena, CONFIG("\"mounts\":[%s]"), items);
    char *problems = problems_of(&arena, json, strlen(json));
    size_t lines = 1;
    for (const char *p = problems; *p; p++)
        lines += *p == '\n';
    cr_expect_eq(lines, 51);
    cr_expect(strstr(problems, "\nand more; reading stopped here"), "%s", problems);
}

Test(spec_json, failure_without_an_error_object)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct spec *spec = NULL;
    cr_expect_eq(spec_parse(&arena, "{}", 2, &spec, NULL, NULL), -EINVAL);
    cr_expect_eq(spec_parse(&arena, "", 0, &spec, NULL, NULL), -EINVAL);
    cr_expect_null(spec);
}

/* Each prefix of a document is an error, and none harms. */
Test(spec_json, truncation_anywhere)
{
    size_t size;
    char *json = spec_data("schema/good/spec-example.json", &size);
    for (size_t cut = 0; cut < size - 2; cut++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        struct error err _cleanup_(error_release) = ERROR_INIT;
        struct spec *spec;
        char *copy = malloc(cut ? cut : 1);
        memcpy(copy, json, cut);
        cr_assert_eq(spec_parse(&arena, copy, cut, &spec, NULL, &err), -EINVAL, "cut at %zu", cut);
        free(copy);
    }
    free(json);
}

static void expect_place(const char *json, const char *pointer, unsigned line, unsigned column)
{
    unsigned at_line = 0, at_column = 0;
    int r = json_locate(json, strlen(json), pointer, &at_line, &at_column);
    cr_expect_eq(r, line ? 0 : -ENOENT, "%s: %d", pointer, r);
    cr_expect(at_line == line && at_column == column, "%s: line %u, column %u", pointer, at_line,
              at_column);
}

Test(spec_json, locate)
{
    static const char json[] = "\n{ \"a\": [1, \"x\\\"y\", {\"b\": true}, [], null],\n"
                               "  \"a/b\": {\"\": -5, \"m~n\": {}},\n"
                               "  \"\xc3\xa4\": \"z\", \"c\": {\"d\": {\"e\": 1}, \"d2\": 2}}";
    expect_place(json, "", 2, 1);
    expect_place(json, "/a", 2, 8);
    expect_place(json, "/a/0", 2, 9);
    expect_place(json, "/a/1", 2, 12);
    expect_place(json, "/a/2", 2, 20);
    expect_place(json, "/a/2/b", 2, 26);
    expect_place(json, "/a/3", 2, 33);
    expect_place(json, "/a/4", 2, 37);
    expect_place(json, "/a~1b", 3, 10);
    expect_place(json, "/a~1b/", 3, 15);
    expect_place(json, "/a~1b/m~0n", 3, 26);
    expect_place(json, "/\xc3\xa4", 4, 8);
    expect_place(json, "/c/d/e", 4, 30);
    expect_place(json, "/c/d2", 4, 40);
    expect_place(json, "/a/5", 0, 0);
    expect_place(json, "/a/00", 0, 0);
    expect_place(json, "/a/1/b", 0, 0);
    expect_place(json, "/b", 0, 0);
    expect_place(json, "/c/d/e/f", 0, 0);
    expect_place(json, "/c/", 0, 0);
    expect_place(json, "a", 0, 0);
    expect_place("", "", 0, 0);
    expect_place("{\"a\":", "/a", 0, 0);
}
