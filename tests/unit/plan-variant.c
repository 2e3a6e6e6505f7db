/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "plan/variant.h"

static struct arena arena;

static void tear_down(void)
{
    arena_release(&arena);
}

TestSuite(plan_variant, .fini = tear_down);

/* Read, and the type and the text that come out. */
static void reads(const char *text, const char *type, const char *printed)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct variant value;
    cr_assert_eq(variant_parse(&arena, text, &value, &err), 0, "%s: %s", text, err.text);
    cr_expect_str_eq(value.type, type, "%s: %s", text, value.type);
    cr_expect_str_eq(variant_print(&arena, &value), printed, "%s: %s", text,
                     variant_print(&arena, &value));
}

static void refuses(const char *text, const char *reason)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct variant value;
    cr_assert_eq(variant_parse(&arena, text, &value, &err), -EINVAL, "%s is taken", text);
    cr_expect_eq(err.kind, ERROR_CONFIG);
    cr_expect(strstr(err.text, reason) == err.text, "%s: %s", text, err.text);
}

Test(plan_variant, numbers)
{
    reads("15", "i", "15");
    reads(" -15 ", "i", "-15");
    reads("+0x10", "i", "16");
    reads("uint64 10000000", "t", "uint64 10000000");
    reads("uint64 18446744073709551615", "t", "uint64 18446744073709551615");
    reads("int64 -9223372036854775808", "x", "int64 -9223372036854775808");
    reads("byte 255", "y", "byte 255");
    reads("int16 -32768", "n", "int16 -32768");
    reads("@u 7", "u", "uint32 7");
    reads("1.5", "d", "1.5");
    reads("double 2", "d", "2");
}

Test(plan_variant, bounds)
{
    refuses("2147483648", "a number in the range of int32 expected");
    refuses("-2147483649", "a number in the range of int32 expected");
    refuses("byte 256", "a number in the range of byte expected");
    refuses("uint64 -1", "a number in the range of uint64 expected");
    refuses("uint64 18446744073709551616", "a number in the range of uint64 expected");
    refuses("int16 32768", "a number in the range of int16 expected");
    refuses("uint64 1.5", "a number expected");
    refuses("12ab", "a number expected");
    refuses("0x", "a number expected");
    refuses("--5", "a number expected");
    refuses("1e999", "a number expected");
}

Test(plan_variant, booleans_and_text)
{
    reads("true", "b", "true");
    reads("boolean false", "b", "false");
    reads("'inactive-or-failed'", "s", "'inactive-or-failed'");
    reads("\"it's\"", "s", "'it\\'s'");
    reads("'a\\nb\\\\'", "s", "'a\nb\\\\'");
    reads("''", "s", "''");
    reads("objectpath '/a'", "o", "objectpath '/a'");
    refuses("inactive", "a value (text stands in quotes) expected at character 1");
    refuses("'open", "the closing quote expected at character 6");
    refuses("'a\\q'", "a known escape expected");
    refuses("'a", "the closing quote");
    refuses("'a\\", "a known escape");
    refuses("string 5", "string expected");
    refuses("uint32 'a'", "uint32 expected");
    refuses("uint32 true", "uint32 expected");
    refuses("", "a value expected");
    refuses("true false", "the end expected at character 6");
    refuses("{'a': 1}", "a value expected");
    refuses("<5>", "a value expected");
}

Test(plan_variant, arrays_and_tuples)
{
    reads("['a.service', 'b.service']", "as", "['a.service', 'b.service']");
    reads("@as []", "as", "@as []");
    reads("[uint64 1, 2]", "at", "[uint64 1, 2]");
    reads("@ay [1,0x80]", "ay", "[byte 1, 128]");
    reads("[[1],[2,3]]", "aai", "[[1], [2, 3]]");
    reads("[('/dev/block/8:0', uint64 100)]", "a(st)", "[('/dev/block/8:0', uint64 100)]");
    reads("@a(st) [('a', 1)]", "a(st)", "[('a', uint64 1)]");
    reads("(1,)", "(i)", "(1,)");
    reads("b'ab'", "ay", "[byte 97, 98, 0]");
}

Test(plan_variant, wrong_arrays_and_tuples)
{
    refuses("[]", "a type in front of the empty array");
    refuses("['a', 5]", "string expected at character 7");
    refuses("[1, 'a']", "int32 expected");
    refuses("['a',]", "a value expected at character 6");
    refuses("['a'", "\",\" or \"]\" expected");
    refuses("['a' 'b']", "\",\" or \"]\" expected");
    refuses("@as 'a'", "an array expected");
    refuses("@(st) ('a')", "a further member expected");
    refuses("@(s) ('a', 5)", "\")\" expected");
    refuses("()", "a further member expected");
    refuses("@zz 5", "a type expected");
    refuses("@( 5", "a type expected");
    refuses("[[[[[[[[[1]]]]]]]]]", "less nesting expected");
    refuses("@aaaaaaaaaaas []", "a type expected");
}

Test(plan_variant, type_lengths)
{
    cr_expect_eq(variant_type_length("as"), 2);
    cr_expect_eq(variant_type_length("a(st)s"), 5);
    cr_expect_eq(variant_type_length("ts"), 1);
    cr_expect_eq(variant_type_length("a"), 0);
    cr_expect_eq(variant_type_length("()"), 0);
    cr_expect_eq(variant_type_length("(s"), 0);
    cr_expect_eq(variant_type_length(""), 0);
}
