/* What is made before the units: listed from the plan, kept by key, read back, refused when it was changed. */
#define _POSIX_C_SOURCE 200809L
#include "engine/batch/artefacts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/io/h5.h"
#include "tests/batch/support.h"

enum { ROWS = 200, FEATURES = 14 };
static const char config[] =
    "\"transformations\": [{\"name\": \"feature_noise\"}, {\"name\": \"missing_values\", \"severity\": [1, 4]}]";

static struct batch_fixture v;
static char file[96];

static void start(void)
{
    h5_start();
    evaluation_open(&v, ROWS, config);
    snprintf(file, sizeof file, "%s/artefacts.h5", v.folder);
}

static void finish(void)
{
    unlink(file);
    evaluation_close(&v);
}

TestSuite(artefacts, .init = start, .fini = finish, .timeout = 60);

static struct batch_input input(void)
{
    struct batch_input in = evaluation_input(&v);
    in.artefacts = file;
    return in;
}

static void make(struct artefacts *a, const struct batch_input *in)
{
    struct err e = {0};
    cr_assert_eq(artefacts_make(a, in, &e), 0, "%s", e.text);
}

Test(artefacts, one_for_all_scenarios_that_read_it)
{
    struct artefacts a;
    struct batch_input in = input();
    make(&a, &in);
    cr_assert_eq(a.n, 1);
    const struct artefact *median = &a.item[0];
    cr_expect_str_eq(median->kind->name, "median");
    cr_expect_eq(median->floats, FEATURES);
    cr_assert_eq(median->made_for_n, 2);
    cr_expect_str_eq(median->made_for[0], "natural.missing_values@1");
    cr_expect_str_eq(median->made_for[1], "natural.missing_values@4");
    cr_expect_null(a.of_scenario[1], "noise needs none");
    cr_expect_eq(a.of_scenario[6][0], median->value);
    artefacts_free(&a);
}

Test(artefacts, what_is_there_is_not_made_again)
{
    struct artefacts a, b, c;
    struct batch_input in = input();
    make(&a, &in);
    in.artefacts = NULL;
    in.prepared = file;
    make(&b, &in);
    cr_expect_str_eq(a.item[0].sha256, b.item[0].sha256);
    cr_expect_arr_eq(a.item[0].value, b.item[0].value, FEATURES * sizeof(float));
    in.prepared = NULL;
    make(&c, &in);
    cr_expect_arr_eq(a.item[0].value, c.item[0].value, FEATURES * sizeof(float));
    artefacts_free(&a);
    artefacts_free(&b);
    artefacts_free(&c);
}

Test(artefacts, the_key_names_what_the_values_depend_on)
{
    struct artefacts a, b;
    struct batch_fixture other;
    struct batch_input in = input();
    make(&a, &in);
    evaluation_open(&other, ROWS + 1, config);
    in = evaluation_input(&other);
    make(&b, &in);
    cr_expect_str_neq(a.item[0].key, b.item[0].key, "other data");
    artefacts_free(&b);
    other.plan->seed++;
    make(&b, &in);
    cr_expect_str_neq(a.item[0].key, b.item[0].key);
    artefacts_free(&a);
    artefacts_free(&b);
    evaluation_close(&other);
}

/* Write the file anew: these values under the right key, with the hash of others. */
static void tamper(const struct artefacts *a, size_t floats, const char *sha256)
{
    char value[192], group[160];
    float x[FEATURES] = {0.5F};
    struct h5 *f;
    struct err e = {0};
    snprintf(group, sizeof group, "/artefacts/%s", a->item[0].key);
    snprintf(value, sizeof value, "%s/value", group);
    cr_assert_eq(h5_create(file, &f, &e), 0, "%s", e.text);
    cr_assert_eq(h5_write(f, value, H5_FLOAT32, 1, &floats, x, &e), 0, "%s", e.text);
    cr_assert_eq(h5_put_attr_string(f, group, "sha256", sha256, &e), 0, "%s", e.text);
    cr_assert_eq(h5_commit(f, &e), 0, "%s", e.text);
}

static void expect_refused(const char *said)
{
    struct err e = {0};
    struct artefacts b;
    struct batch_input in = input();
    cr_expect_eq(artefacts_make(&b, &in, &e), ERR_INPUT);
    cr_expect_not_null(strstr(e.text, said), "%s", e.text);
    cr_expect_not_null(strstr(e.text, file), "%s", e.text);
    artefacts_free(&b);
}

Test(artefacts, a_file_that_was_changed_is_refused)
{
    struct artefacts a;
    struct batch_input in = input();
    make(&a, &in);
    tamper(&a, FEATURES, a.item[0].sha256);
    expect_refused("do not give their own hash");
    tamper(&a, FEATURES - 1, a.item[0].sha256);
    expect_refused("has 13 values, wants 14");
    FILE *f = fopen(file, "w");
    cr_assert(f && fputs("no HDF5", f) >= 0);
    fclose(f);
    expect_refused("not an HDF5 file");
    artefacts_free(&a);
}

Test(artefacts, a_file_that_is_named_and_not_there_is_an_error)
{
    struct err e = {0};
    struct artefacts a;
    struct batch_input in = input();
    in.prepared = "/tmp/none/of/these.h5";
    cr_expect_eq(artefacts_make(&a, &in, &e), ERR_INPUT, "%s", e.text);
    cr_expect_not_null(strstr(e.text, "/tmp/none/of/these.h5: cannot open"), "%s", e.text);
    artefacts_free(&a);
}

Test(artefacts, a_folder_that_cannot_be_written_is_an_error)
{
    struct err e = {0};
    struct artefacts a;
    struct batch_input in = input();
    in.artefacts = "/proc/none/artefacts.h5";
    cr_expect_eq(artefacts_make(&a, &in, &e), ERR_RUN, "%s", e.text);
    artefacts_free(&a);
}
