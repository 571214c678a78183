#define _POSIX_C_SOURCE 200809L
#include "tests/batch/support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/batch/outcome.h"

enum { FEATURES = 14 };
static const struct tested {
    const char *model;
    struct shape shape;
    size_t classes;
    int32_t label;   /* of all rows; -1 = random, 0 or 1 */
} table = {"datasets/models/hmda_mlp.h5", {.rank = 1, .dim = {FEATURES}}, 2, -1},
  image = {"datasets/models/fashion_cnn.h5", {.rank = 3, .dim = {28, 28, 1}}, 10, 8};

#define WHOLE (SIZE_MAX - 1)

/* spoilt: a value of x that is put outside the box; beyond the last = none; WHOLE: all values are 0 or 1. */
static void write_rows(const struct tested *s, const char *path, size_t n, uint32_t seed, size_t spoilt)
{
    struct err e = {0};
    const double low = 0, high = 1;
    size_t floats = n * shape_size(&s->shape);
    float *x = malloc(floats * sizeof *x);
    int32_t *label = malloc(n * sizeof *label);
    cr_assert(x && label);
    for (size_t i = 0; i < floats; i++)
        x[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 8) / 16777216.0F;
    for (size_t i = 0; spoilt == WHOLE && i < floats; i++)
        x[i] = x[i] < 0.5F ? 0 : 1;
    if (spoilt < floats)
        x[spoilt] = 7;
    for (size_t i = 0; i < n; i++)
        label[i] = s->label >= 0 ? s->label : (int32_t)((seed = seed * 1664525u + 1013904223u) >> 31);
    const struct dataset_parts parts = {.name = "random",
                                        .n = n,
                                        .shape = s->shape,
                                        .x_f32 = x,
                                        .box_n = 1,
                                        .low = &low,
                                        .high = &high,
                                        .label = label,
                                        .classes = s->classes};
    cr_assert_eq(dataset_write(path, &parts, &e), 0, "%s", e.text);
    free(x);
    free(label);
}

static void write_config(const char *path, const char *model, const char *config)
{
    char root[4096];
    FILE *f = fopen(path, "w");
    cr_assert(f && getcwd(root, sizeof root));
    fprintf(f,
            "{\"model\": \"%s/%s\", \"data\": \"test.h5\", \"preprocess\": {}, \"leakage\": {\"members\": "
            "\"train.h5\"}%s%s}",
            root, model, *config ? ", " : "", config);
    fclose(f);
}

static void open_subject(struct batch_fixture *v, const struct tested *s, size_t n, const char *config)
{
    struct err e = {0};
    const char *cpu = getenv("ASSAY_CPU");
    enum kern_cpu limit;
    *v = (struct batch_fixture){0};
    snprintf(v->folder, sizeof v->folder, "/tmp/assay-batch-XXXXXX");
    cr_assert_not_null(mkdtemp(v->folder));
    snprintf(v->config, sizeof v->config, "%s/config.json", v->folder);
    snprintf(v->data, sizeof v->data, "%s/test.h5", v->folder);
    snprintf(v->members, sizeof v->members, "%s/train.h5", v->folder);
    snprintf(v->journal, sizeof v->journal, "%s/journal.bin", v->folder);
    log_set_level(LOG_QUIET);
    cr_assert_eq(kern_cpu_parse(cpu && *cpu ? cpu : "auto", &limit), 0);
    write_rows(s, v->data, n, 17, SIZE_MAX);
    write_rows(s, v->members, n / 2, 18, SIZE_MAX);
    write_config(v->config, s->model, config);
    kern_init(&v->kern, limit);
    cr_assert_eq(plan_read(&v->plan, v->config, NULL, &e), 0, "%s", e.text);
    cr_assert_eq(dataset_open(&v->test, v->data, 0, &e), 0, "%s", e.text);
    cr_assert_eq(dataset_open(&v->train, v->members, 0, &e), 0, "%s", e.text);
    struct net_preprocess pre = v->plan->preprocess;
    pre.input = &v->test->shape;
    cr_assert_eq(net_load(&v->net, v->plan->model, &pre, &v->kern, &e), 0, "%s", e.text);
    cr_assert_eq(plan_check(v->plan, v->test, v->net, &e), 0, "%s", e.text);
}

void evaluation_open(struct batch_fixture *v, size_t n, const char *config)
{
    open_subject(v, &table, n, config);
}

void evaluation_open_images(struct batch_fixture *v, size_t n, const char *config)
{
    open_subject(v, &image, n, config);
}

void evaluation_spoil(struct batch_fixture *v, size_t row, size_t value)
{
    struct err e = {0};
    size_t n = v->test->n;
    dataset_close(v->test);
    write_rows(&table, v->data, n, 17, row * FEATURES + value);
    cr_assert_eq(dataset_open(&v->test, v->data, 0, &e), 0, "%s", e.text);
}

void evaluation_make_whole(struct batch_fixture *v)
{
    struct err e = {0};
    size_t n = v->test->n;
    dataset_close(v->test);
    write_rows(&table, v->data, n, 17, WHOLE);
    cr_assert_eq(dataset_open(&v->test, v->data, 0, &e), 0, "%s", e.text);
}

void evaluation_close(struct batch_fixture *v)
{
    dataset_close(v->test);
    dataset_close(v->train);
    net_free(v->net);
    plan_free(v->plan);
    unlink(v->config);
    unlink(v->data);
    unlink(v->members);
    unlink(v->journal);
    rmdir(v->folder);
}

struct batch_input evaluation_input(const struct batch_fixture *v)
{
    return (struct batch_input){.plan = v->plan,
                                .kern = &v->kern,
                                .net = v->net,
                                .data = v->test,
                                .members = v->train,
                                .threads = 1,
                                .identity = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"};
}

void evaluation_run(const struct batch_fixture *v, struct batch_result *out)
{
    struct err e = {0};
    struct batch_input in = evaluation_input(v);
    cr_assert_eq(batch_run(&in, out, &e), 0, "%s", e.text);
}

void expect_same_outcomes(const struct batch_result *a, const struct batch_result *b)
{
    unsigned char one[OUTCOME_BYTES], other[OUTCOME_BYTES];
    cr_assert_eq(a->outcomes_n, b->outcomes_n);
    for (size_t s = 0; s < a->outcomes_n; s++) {
        cr_assert_str_eq(a->outcomes[s].scenario, b->outcomes[s].scenario);
        cr_assert_eq(a->outcomes[s].n, b->outcomes[s].n);
        for (size_t i = 0; i < a->outcomes[s].n; i++) {
            outcome_pack(&a->outcomes[s].row[i], one);
            outcome_pack(&b->outcomes[s].row[i], other);
            cr_assert_arr_eq(one, other, OUTCOME_BYTES, "%s, row %zu", a->outcomes[s].scenario, i);
        }
    }
}
