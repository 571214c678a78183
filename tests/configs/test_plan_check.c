#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/configs/fixture.h"

TestSuite(plan_check, .init = fixture_start, .fini = fixture_finish);

#define TABLE "{\"model\": \"m.h5\", \"data\": \"d.h5\", \"preprocess\": {}"
#define SCORES "{\"data\": \"d.h5\", \"fairness\": {\"attributes\": [\"sex\"]"

static int check(const char *config, const struct dataset *data, const struct net *net, struct plan **plan,
                 struct err *e)
{
    *e = (struct err){0};
    fixture_put(config);
    *plan = fixture_read(NULL);
    return plan_check(*plan, data, net, e);
}

static void expect_refusal(const char *config, const struct dataset *data, const struct net *net, int code,
                           const char *said)
{
    struct err e;
    struct plan *plan;
    cr_expect_eq(check(config, data, net, &plan, &e), code, "%s: %s", config, e.text);
    cr_expect_not_null(strstr(e.text, said), "wanted: %s\ngot: %s", said, e.text);
    cr_expect(code != ERR_USAGE || strstr(e.text, fixture_config), "%s", e.text);
    plan_free(plan);
}

static void expect_accepted(const char *config, const struct dataset *data, const struct net *net)
{
    struct err e;
    struct plan *plan;
    cr_expect_eq(check(config, data, net, &plan, &e), 0, "%s: %s", config, e.text);
    plan_free(plan);
}

Test(plan_check, data_that_do_not_fit_the_model)
{
    struct net *net = fixture_net();
    struct dataset images = fixture_images(2), many = fixture_table(3), none = fixture_table(2),
                   good = fixture_table(2);
    none.size = 0;
    expect_accepted(TABLE "}", &good, net);
    expect_refusal(TABLE "}", &images, net, ERR_INPUT, "some/data.h5: samples are 4x4x1, but the model");
    expect_refusal(TABLE "}", &many, net, ERR_INPUT, "labels or class names up to 2");
    expect_refusal(TABLE "}", &none, net, ERR_INPUT, "some/data.h5: holds no /x");
    net_free(net);
}

Test(plan_check, kinds_that_do_not_fit_the_data)
{
    struct net *net = fixture_net();
    struct dataset table = fixture_table(2);
    expect_accepted(TABLE ", \"transformations\": [{\"name\": \"feature_noise\"}]}", &table, net);
    expect_refusal(TABLE
                   ", \"transformations\": [{\"name\": \"feature_noise\"}, {\"name\": \"rotate\", \"severity\": 3}]}",
                   &table, net, ERR_USAGE,
                   "scenario 'natural.rotate@3': is for images (h, w, c), but the samples of some/data.h5 are 14");
    net_free(net);
}

Test(plan_check, targets)
{
    struct net *net = fixture_net();
    struct dataset table = fixture_table(2);
    expect_accepted(TABLE ", \"attacks\": [{\"name\": \"pgd\", \"eps\": 1, \"targeted\": true, \"target\": 1}]}",
                    &table, net);
    expect_refusal(TABLE ", \"attacks\": [{\"name\": \"pgd\", \"eps\": 1, \"targeted\": true, \"target\": 2}]}", &table,
                   net, ERR_USAGE,
                   "scenario 'adversarial.pgd_linf_targeted@1': 'target': class 2, but the model has classes 0..1");
    /* 2^32 + 1 was cut to class 1 before it was checked */
    expect_refusal(
        TABLE ", \"attacks\": [{\"name\": \"pgd\", \"eps\": 1, \"targeted\": true, \"target\": 4294967297}]}", &table,
        net, ERR_USAGE,
        "scenario 'adversarial.pgd_linf_targeted@1': 'target': class 4294967297, but the model has classes 0..1");
    net_free(net);
}

Test(plan_check, predictions_only)
{
    struct dataset scores = fixture_table(2), none = fixture_table(2), labels = fixture_table(4);
    scores.scores_classes = labels.scores_classes = 3;
    expect_accepted("{\"data\": \"d.h5\"}", &scores, NULL);
    expect_refusal("{\"data\": \"d.h5\"}", &none, NULL, ERR_USAGE,
                   "has no 'model', and data some/data.h5 has no /scores");
    expect_refusal("{\"data\": \"d.h5\"}", &labels, NULL, ERR_INPUT, "labels up to 3, but /scores has 3 columns");
}

Test(plan_check, fairness)
{
    struct dataset scores = fixture_table(2);
    scores.scores_classes = 3;
    expect_accepted(SCORES ", \"favorable\": 2, \"reference\": {\"sex\": \"male\"}}}", &scores, NULL);
    expect_refusal(SCORES ", \"favorable\": 3}}", &scores, NULL, ERR_USAGE,
                   "'fairness.favorable': class 3, but there are classes 0..2");
    expect_refusal(SCORES ", \"reference\": {\"sex\": \"mael\"}}}", &scores, NULL, ERR_USAGE,
                   "'fairness.reference.sex': the data set has no value 'mael' (did you mean 'male'?)");
    expect_refusal(SCORES ", \"reference\": {\"sex\": \"unknown\"}}}", &scores, NULL, ERR_USAGE,
                   "has no value 'unknown'");
    expect_refusal("{\"data\": \"d.h5\", \"fairness\": {\"attributes\": [\"sexx\"]}}", &scores, NULL, ERR_USAGE,
                   "some/data.h5 has no attribute 'sexx' (did you mean 'sex'?)");
    expect_refusal("{\"data\": \"d.h5\", \"fairness\": {\"attributes\": [\"income\"]}}", &scores, NULL, ERR_USAGE,
                   "has no attribute 'income'");
}

/* A data set of scores with one attribute, whose first value is given. */
static struct dataset data_with(const char *attribute, const char *value, struct dataset_attribute *a,
                                const char *values[2])
{
    struct dataset data = fixture_table(2);
    values[0] = value;
    values[1] = "other";
    *a = (struct dataset_attribute){.name = attribute, .values_n = 2, .value = values};
    data.scores_classes = 2;
    data.attribute = a;
    return data;
}

Test(plan_check, names_that_would_make_slices_alike)
{
    static const char format[] =
        "{\"data\": \"d.h5\", \"fairness\": {\"attributes\": [\"%s\"], \"intersections\": %s}}";
    static const struct { const char *attribute, *value, *intersections, *said; } rows[] = {
        {"class", "a", "false", "the name 'class' is taken"},
        {"transformation", "a", "false", "the name 'transformation' is taken"},
        {"a*b", "a", "true", "'a*b': no '*' in the names"},
        {"sex", "x*y", "true", "'sex' has the value 'x*y': no '*'"},
        {"sex", "", "true", NULL}, {"a*b", "x*y", "false", NULL}, {"classes", "class", "true", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dataset_attribute a;
        const char *values[2];
        char config[256];
        struct dataset data = data_with(rows[i].attribute, rows[i].value, &a, values);
        snprintf(config, sizeof config, format, rows[i].attribute, rows[i].intersections);
        if (rows[i].said)
            expect_refusal(config, &data, NULL, ERR_USAGE, rows[i].said);
        else
            expect_accepted(config, &data, NULL);
    }
}

static void expect_attributes_refused(const struct dataset *data, const char *said)
{
    static char config[8192];
    size_t n = (size_t)snprintf(config, sizeof config,
                                "{\"data\": \"d.h5\", \"fairness\": {\"intersections\": true, \"attributes\": [");
    for (size_t i = 0; i < data->attributes_n; i++)
        n += (size_t)snprintf(config + n, sizeof config - n, "%s\"%s\"", i ? ", " : "", data->attribute[i].name);
    snprintf(config + n, sizeof config - n, "]}}");
    if (said)
        expect_refusal(config, data, NULL, ERR_USAGE, said);
    else
        expect_accepted(config, data, NULL);
}

Test(plan_check, groups_attributes_and_test_ids_are_limited_before_the_run)
{
    static char text[101][8];
    static const char *values[101], *const names[][3] = {
                                        {"a b", "a_b", "c"}, {"sex", "race", "sex_x_race"}, {"a b", "class", "d"}};
    struct dataset_attribute a[65];
    struct dataset data = fixture_table(2);
    data.scores_classes = 2;
    data.attribute = a;
    for (size_t i = 0; i < 101; i++) {
        snprintf(text[i], sizeof text[i], "v%zu", i);
        values[i] = text[i];
    }
    for (size_t i = 0; i < 65; i++)
        a[i] = (struct dataset_attribute){.name = text[i], .values_n = i < 2 ? 100 : 1, .value = values};
    data.attributes_n = 65;
    expect_attributes_refused(&data, "names 65 attributes, at most 64");
    data.attributes_n = 64;
    expect_attributes_refused(&data, NULL);
    a[1].values_n = 101;
    expect_attributes_refused(&data, "'v0' by 'v1' has more than 10000 groups");
    a[1].values_n = 1;
    a[2].values_n = a[3].values_n = 11;
    expect_attributes_refused(&data, "'v0' by 'v1' and others has more than 10000 groups");
    data.attributes_n = 3;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++)
            a[j] = (struct dataset_attribute){.name = names[i][j], .values_n = 2, .value = values};
        expect_attributes_refused(&data, i == 0 ? NULL : i == 1 ? "make the test fairness.static.sex_x_race;"
                                                                : "is taken by the report's slices by class");
    }
}

Test(plan_check, the_favorable_class_is_1_of_two_and_must_be_named_else)
{
    struct err e;
    struct plan *plan;
    struct dataset scores = fixture_table(2);
    for (size_t classes = 2; classes <= 3; classes++) {
        scores.scores_classes = classes;
        cr_assert_eq(check(SCORES "}}", &scores, NULL, &plan, &e), 0, "%s", e.text);
        cr_expect_eq(plan->fairness.favorable, classes == 2 ? 1 : -1);
        plan_free(plan);
    }
}

/* Attributes, pairs, all: 4 give 4 + 6 + 1, and every number its own. */
Test(plan_check, partitions_are_attributes_pairs_and_all)
{
    static const size_t pair[][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    struct plan_fairness f = {.given = 1, .attributes_n = 4, .intersections = 1};
    cr_assert_eq(plan_partitions(&f), 11);
    for (size_t i = 0; i < 4; i++)
        cr_expect(plan_partition(&f, i).n == 1 && plan_partition(&f, i).at[0] == i);
    for (size_t i = 0; i < 6; i++) {
        struct plan_partition p = plan_partition(&f, 4 + i);
        cr_expect(p.n == 2 && p.at[0] == pair[i][0] && p.at[1] == pair[i][1], "pair %zu: %zu %zu", i, p.at[0], p.at[1]);
    }
    struct plan_partition all = plan_partition(&f, 10);
    cr_expect(all.n == 4 && all.at[0] == 0 && all.at[3] == 3);
    static const size_t wanted[] = {0, 1, 3, 7};
    for (f.attributes_n = 0; f.attributes_n < 4; f.attributes_n++)
        cr_expect_eq(plan_partitions(&f), wanted[f.attributes_n], "%zu attributes", f.attributes_n);
    f.intersections = 0;
    cr_expect_eq(plan_partitions(&f), 4);
    f.given = 0;
    cr_expect_eq(plan_partitions(&f), 0);
}
