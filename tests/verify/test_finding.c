/* The table and the list of findings; versions of the library; Base64. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/verify/base64.h"
#include "engine/verify/finding.h"
#include "engine/verify/verify.h"

static void begin(struct findings *f)
{
    struct err e = {0};
    cr_assert_eq(findings_init(f, &e), 0);
}

static void end(struct findings *f)
{
    struct err e = {0};
    cr_assert_eq(findings_close(f, &e), 0, "%s", e.text);
}

Test(finding, rows_are_complete_and_unique)
{
    static const char *const groups[] = {"file.", "model.", "weights.", "data.", "pair."};
    for (size_t i = 0; i < FINDING_KINDS; i++) {
        const struct finding_kind *k = &finding_kinds[i];
        int known = 0;
        for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
            known |= strncmp(k->id, groups[g], strlen(groups[g])) == 0;
        cr_expect(known, "%s", k->id);
        cr_expect(strlen(k->title) > 10 && k->title[strlen(k->title) - 1] != '.', "%s", k->id);
        cr_expect(strlen(k->advice) > 10 && k->advice[strlen(k->advice) - 1] != '.', "%s", k->id);
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(finding_kinds[j].id, k->id);
    }
}

Test(finding, errors_come_first_then_the_order_of_the_table_then_the_order_found)
{
    static const char *const wanted[] = {"late error", "early error", "b", "a", "note"};
    struct findings f;
    begin(&f);
    findings_add(&f, FINDING_FILE_OLD_LIBRARY, "model", "", "note");
    findings_add(&f, FINDING_FILE_USER_BLOCK, "data", "x", "b");
    findings_add(&f, FINDING_WEIGHTS_NOT_FINITE, "model", "", "early error");
    findings_add(&f, FINDING_FILE_USER_BLOCK, "model", "y", "a");
    findings_add(&f, FINDING_FILE_EXTERNAL_LINK, "model", "", "late %s", "error");
    end(&f);
    cr_assert_eq(f.n, 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_str_eq(f.item[i].message, wanted[i]);
    cr_expect_eq(findings_count(&f, FINDING_ERROR), 2);
    cr_expect_eq(findings_about(&f, "data", FINDING_WARNING), 1);
    cr_expect(findings_have(&f, FINDING_FILE_USER_BLOCK, "data"));
    cr_expect_not(findings_have(&f, FINDING_FILE_USER_BLOCK, "members"));
    findings_free(&f);
}

Test(finding, many_of_a_kind_are_counted_for_each_subject)
{
    struct findings f;
    char last[2][64];
    size_t found = 0;
    begin(&f);
    for (int i = 0; i < 100000; i++)
        findings_add(&f, FINDING_FILE_SOFT_LINK, i % 4 ? "model" : "data", "p", "link %d", i);
    end(&f);
    cr_assert_eq(f.n, 2 * (FINDINGS_KEPT + 1));
    snprintf(last[0], sizeof last[0], "and %d more like these", 75000 - FINDINGS_KEPT);
    snprintf(last[1], sizeof last[1], "and %d more like these", 25000 - FINDINGS_KEPT);
    for (size_t i = 0; i < f.n; i++)
        found += strcmp(f.item[i].message, last[strcmp(f.item[i].subject, "data") == 0]) == 0;
    cr_expect_eq(found, 2);
    findings_free(&f);
}

Test(finding, text_of_files_is_made_printable)
{
    struct findings f;
    begin(&f);
    findings_add(&f, FINDING_FILE_NAME, "model", "/a\x1b[2J", "%s", "caf\xc3\xa9\n");
    findings_add(&f, FINDING_FILE_NAME, "model", "/b\xff", "x");
    end(&f);
    cr_expect_str_eq(f.item[0].place, "/a?[2J");
    cr_expect_str_eq(f.item[0].message, "caf\xc3\xa9?");
    cr_expect_str_eq(f.item[1].place, "/b?");
    findings_free(&f);
}

Test(finding, old_versions_of_the_library_are_told)
{
    static const struct { const char *version; int told; } cases[] = {{"1.10.8", 1}, {"1.14.3", 1}, {"1.14.4", 0},
                                                                      {"1.14.10", 0}, {"2.0.0", 0}, {"1.8.23", 1},
                                                                      {"1.15.0", 0}, {"", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct findings f;
        begin(&f);
        verify_library(cases[i].version, "model", &f);
        end(&f);
        cr_expect_eq(f.n, (size_t)cases[i].told, "%s", cases[i].version);
        findings_free(&f);
    }
}

Test(finding, base64)
{
    static const struct { const char *text, *bytes; size_t n; } cases[] = {
        {"aGVsbG8=", "hello", 5}, {"aGVs\nbG8h\n", "hello!", 6}, {"/+8A", "\xff\xef\0", 3},
        {"YQ==", "a", 1},         {"aGVsbG8", NULL, 0},          {"a.b=", NULL, 0},
        {"YQ==YQ==", NULL, 0},    {"Y===", NULL, 0},             {"lambda x: x", NULL, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char out[32];
        size_t n = base64_decode(cases[i].text, strlen(cases[i].text), out);
        cr_expect_eq(n, cases[i].n, "%s", cases[i].text);
        cr_expect(n != cases[i].n || n == 0 || memcmp(out, cases[i].bytes, n) == 0, "%s", cases[i].text);
    }
}
