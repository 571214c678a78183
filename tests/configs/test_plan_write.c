#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/configs/fixture.h"

TestSuite(plan_write, .init = fixture_start, .fini = fixture_finish);

static const char whole[] =
    "{\"model\": \"m.h5\", \"data\": \"d.h5\", \"seed\": 8,"
    " \"preprocess\": {\"scale\": 0.00392156862745098, \"mean\": [0.25, 0.5, 0.125], \"std\": 0.75},"
    " \"batch\": {\"threads\": 3}, \"leakage\": {\"members\": \"t.h5\"}, \"output\": {\"images\": 4},"
    " \"transformations\": [{\"name\": \"rotate\", \"severity\": 2},"
    "                       {\"name\": \"rotate\", \"severity\": 2, \"id\": \"again\"}],"
    " \"attacks\": [{\"name\": \"pgd\", \"norm\": \"l2\", \"eps\": [0.5, \"1/3\"], \"steps\": 7, \"targeted\": true,"
    "                \"target\": 3},"
    "               {\"name\": \"fgsm\", \"eps\": 2, \"targeted\": true, \"target\": \"next\"}],"
    " \"fairness\": {\"attributes\": [\"sex\", \"age\"], \"reference\": {\"age\": \"old\"}, \"min_group\": 9,"
    "                \"intersections\": true}}";
static const char small[] = "{\"data\": \"d.h5\"}";

/* Written, read and written again, a config stays what it is. */
Test(plan_write, the_effective_config_is_a_fixed_point)
{
    static const char *const texts[] = {whole, small, "{\"model\": \"m.h5\", \"data\": \"d.h5\", \"preprocess\": {}}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fixture_put(texts[i]);
        struct plan *plan = fixture_read(NULL);
        char *once = fixture_effective(plan);
        plan_free(plan);
        fixture_put(once);
        plan = fixture_read(NULL);
        char *twice = fixture_effective(plan);
        plan_free(plan);
        cr_expect_str_eq(twice, once);
        free(once);
        free(twice);
    }
}

Test(plan_write, what_it_holds)
{
    static const char *const held[] = {"\"model\": \"m.h5\"", "\"seed\": 8",          "\"members\": \"t.h5\"",
                                       "\"target\": 3",       "\"target\": \"next\"", "0.3333333333333333",
                                       "\"age\": \"old\"",    "\"min_group\": 9",     "\"id\": \"again\"",
                                       "\"images\": 4",       "\"restarts\": 1",      "\"random_start\": true"};
    fixture_put(whole);
    struct plan *plan = fixture_read(NULL);
    char *text = fixture_effective(plan);
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++)
        cr_expect_not_null(strstr(text, held[i]), "%s is not in\n%s", held[i], text);
    cr_expect_null(strstr(text, "threads"), "threads have no effect on results");
    free(text);
    plan_free(plan);
}

static void identity_of(const char *text, const struct plan_options *options, const char *data_sha256,
                        char id[SHA256_HEX])
{
    const struct plan_inputs inputs = {.model = "model-hash", .data = data_sha256};
    struct err e = {0};
    fixture_put(text);
    struct plan *plan = fixture_read(options);
    cr_assert_eq(plan_identity(plan, &inputs, "1.0", id, &e), 0);
    plan_free(plan);
}

/* Paths, threads and pictures do not decide results; anything else does. */
Test(plan_write, identity)
{
    static const char *const neutral[] = {"model=other.h5", "data=other.h5", "batch.threads=9", "output.images=2"};
    static const char *const decisive[] = {"seed=9",
                                           "search=bf16",
                                           "preprocess.scale=1",
                                           "preprocess.mean=0.25",
                                           "preprocess.std=0.5",
                                           "attacks.0.eps=0.5",
                                           "attacks.0.steps=8",
                                           "attacks.0.target=2",
                                           "attacks.0.norm=linf",
                                           "attacks.1.id=x",
                                           "attacks.1.target=least_likely",
                                           "transformations.0.severity=3",
                                           "transformations=[]",
                                           "fairness.min_group=8",
                                           "fairness.reference.age=young",
                                           "fairness.intersections=false"};
    char id[SHA256_HEX], other[SHA256_HEX];
    identity_of(whole, NULL, "data-hash", id);
    for (size_t i = 0; i < sizeof neutral / sizeof neutral[0]; i++) {
        identity_of(whole, &(struct plan_options){.set = &neutral[i], .set_n = 1}, "data-hash", other);
        cr_expect_str_eq(other, id, "%s", neutral[i]);
    }
    for (size_t i = 0; i < sizeof decisive / sizeof decisive[0]; i++) {
        identity_of(whole, &(struct plan_options){.set = &decisive[i], .set_n = 1}, "data-hash", other);
        cr_expect_str_neq(other, id, "%s", decisive[i]);
    }
    identity_of(whole, &(struct plan_options){.limit = 5}, "data-hash", other);
    cr_expect_str_neq(other, id, "limit");
    identity_of(whole, NULL, "other-hash", other);
    cr_expect_str_neq(other, id, "data");
}

/* The bits of gradients in bf16 depend on the instruction. */
Test(plan_write, identity_of_the_instruction_that_searches)
{
    struct plan_inputs inputs = {.model = "model-hash", .data = "data-hash"};
    char id[SHA256_HEX], other[SHA256_HEX];
    struct err e = {0};
    fixture_put(whole);
    struct plan *plan = fixture_read(NULL);
    cr_assert_eq(plan_identity(plan, &inputs, "1.0", id, &e), 0);
    inputs.search = "avx512_bf16";
    cr_assert_eq(plan_identity(plan, &inputs, "1.0", other, &e), 0);
    cr_expect_str_neq(other, id);
    inputs.search = "amx_bf16";
    cr_assert_eq(plan_identity(plan, &inputs, "1.0", id, &e), 0);
    cr_expect_str_neq(other, id);
    plan_free(plan);
}
