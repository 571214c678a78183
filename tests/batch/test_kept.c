/* Inputs kept on disk: rows come back, whole units survive, all else begins anew. */
#define _GNU_SOURCE /* mkdtemp, truncate */
#include "engine/batch/kept.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char identity[SHA256_HEX] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
static const char another[SHA256_HEX] = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";
static const struct kept_extent extent = {3, 70, 5}; /* blocks of 64 and 6 rows */

static char folder[32], path[64];

static void start(void)
{
    snprintf(folder, sizeof folder, "/tmp/assay-kept-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/kept", folder);
}

static void finish(void)
{
    unlink(path);
    rmdir(folder);
}

TestSuite(kept, .init = start, .fini = finish);

static struct kept *opened(const char *by, const struct kept_extent *of)
{
    struct err e = {0};
    struct kept *k;
    cr_assert_eq(kept_open(&k, path, by, of, &e), 0, "%s", e.text);
    return k;
}

static void put(struct kept *k, size_t scenario, size_t row, float value)
{
    const float x[] = {value, value + 1, value + 2, value + 3, value + 4};
    cr_assert_eq(kept_put(k, scenario, row, x, NULL), 0);
}

static void expect(struct kept *k, size_t scenario, size_t row, float value)
{
    float x[5] = {0};
    struct err e = {0};
    cr_assert_eq(kept_get(k, scenario, row, x, &e), 0, "%s", e.text);
    for (int i = 0; i < 5; i++)
        cr_expect_float_eq(x[i], value + (float)i, 0, "scenario %zu, row %zu", scenario, row);
}

Test(kept, rows_come_back_and_a_unit_is_whole_with_its_last_rows)
{
    struct kept *k = opened(identity, &extent);
    put(k, 0, 0, 1);
    put(k, 2, 69, 100);
    put(k, 1, 64, -7);
    expect(k, 0, 0, 1);
    expect(k, 2, 69, 100);
    expect(k, 1, 64, -7);
    cr_assert_eq(kept_cover(k, 1, 0, 63, NULL), 0);
    cr_expect_not(kept_has(k, 1, 0));
    cr_assert_eq(kept_cover(k, 1, 0, 1, NULL), 0);
    cr_expect(kept_has(k, 1, 0));
    cr_assert_eq(kept_cover(k, 2, 1, 6, NULL), 0);
    cr_expect(kept_has(k, 2, 1), "the last block has six rows");
    cr_expect_not(kept_has(k, 1, 1));
    kept_remove(k);
    cr_expect_eq(access(path, F_OK), -1);
}

Test(kept, whole_units_are_there_again_and_others_begin_from_nothing)
{
    struct kept *k = opened(identity, &extent);
    put(k, 1, 3, 42);
    cr_assert_eq(kept_cover(k, 1, 0, 64, NULL), 0);
    cr_assert_eq(kept_cover(k, 0, 0, 63, NULL), 0);
    kept_close(k);
    k = opened(identity, &extent);
    cr_expect(kept_has(k, 1, 0));
    expect(k, 1, 3, 42);
    cr_assert_eq(kept_cover(k, 0, 0, 1, NULL), 0);
    cr_expect_not(kept_has(k, 0, 0), "what was covered before counts no more");
    kept_close(k);
}

Test(kept, files_of_another_run_or_extent_and_damaged_ones_begin_anew)
{
    const struct kept_extent wider = {3, 70, 6};
    const struct { const char *by; const struct kept_extent *of; off_t cut; } cases[] = {
        {another, &extent, -1}, {identity, &wider, -1}, {identity, &extent, 0}, {identity, &extent, 258}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct kept *k = opened(identity, &extent);
        cr_assert_eq(kept_cover(k, 1, 0, 64, NULL), 0);
        kept_close(k);
        if (cases[i].cut >= 0)
            cr_assert_eq(truncate(path, cases[i].cut), 0);
        k = opened(cases[i].by, cases[i].of);
        cr_expect_not(kept_has(k, 1, 0), "case %zu", i);
        kept_remove(k);
    }
}

Test(kept, faults_name_the_file)
{
    struct err e = {0};
    struct kept *k;
    cr_expect_eq(kept_open(&k, "/nowhere/kept", identity, &extent, &e), ERR_RUN);
    cr_expect_not_null(strstr(e.text, "/nowhere/kept: cannot write: "), "%s", e.text);
    k = opened(identity, &extent);
    cr_assert_eq(truncate(path, 300), 0);
    float x[5];
    cr_expect_eq(kept_get(k, 2, 0, x, &e), ERR_RUN);
    cr_expect_not_null(strstr(e.text, "kept: cannot read: it is cut short"), "%s", e.text);
    const struct rlimit full = {400, 400};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
    cr_expect_eq(kept_put(k, 2, 69, x, &e), ERR_RUN);
    cr_expect_not_null(strstr(e.text, "kept: cannot write: "), "%s", e.text);
    kept_close(k);
}
