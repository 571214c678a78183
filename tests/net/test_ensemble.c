/* Nets that answer as one: losses against golden values, votes against plain counts, gradients through whole nets. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "engine/net/ensemble.h"
#include "engine/net/mean_loss.h"
#include "tests/net/fixture.h"
#include "tests/net/support.h"

#include "tests/golden/ensemble.inc"

enum { CASES = sizeof ensemble_cases / sizeof ensemble_cases[0], ROWS = 70 };

static void expect_near(float value, double want, double least, size_t number)
{
    cr_expect_leq(fabs((double)value - want), 3e-6 * fabs(want) + least, "case %zu: %g, not %g", number, (double)value,
                  want);
}

Test(ensemble, losses_are_the_golden_ones)
{
    for (size_t c = 0; c < CASES; c++) {
        const struct ensemble_case *g = &ensemble_cases[c];
        float z[12], dz[12], mixed[4], loss;
        double *scratch = calloc(mean_loss_scratch(g->n, g->k), sizeof *scratch);
        for (size_t i = 0; i < g->n * g->k; i++)
            z[i] = (float)g->z[i];
        const struct mean_rows rows = {g->n, g->k, g->k, z, dz};
        const struct loss l = {g->kind, &g->y, NULL};
        mean_logits(&rows, mixed);
        if (g->rule == ENSEMBLE_LOGITS)
            mean_logits_loss(&rows, &l, 0, mixed, &loss);
        else
            mean_probability_loss(&rows, &l, 0, &loss, scratch);
        /* All but cross-entropy go through the logarithms of the mean as float32, on the scale of 1. */
        int exact = g->kind == LOSS_CROSS_ENTROPY;
        expect_near(loss, g->loss, exact ? 1e-15 : 1e-6, c);
        for (size_t i = 0; i < g->n * g->k; i++)
            expect_near(dz[i], g->dz[i], exact ? 1e-44 : 1e-7, c);
        free(scratch);
    }
}

/* Two nets that agree are one net: also at the ends of float32. */
Test(ensemble, twins_are_one)
{
    static const float ends[][3] = {{40, 0, -1}, {-500, 300, -20}, {300, 40.5F, 41.25F}, {0, 0, 0}, {90, -90, 90}};
    double scratch[12];
    for (size_t c = 0; c < sizeof ends / sizeof ends[0]; c++)
        for (int32_t y = 0; y < 3; y++)
            for (int kind = LOSS_CROSS_ENTROPY; kind <= LOSS_ASCENT; kind++) {
                const struct loss l = {(enum loss_kind)kind, &y, NULL};
                float z[6], dz[6], want[3], loss, alone;
                memcpy(z, ends[c], sizeof ends[c]);
                memcpy(z + 3, ends[c], sizeof ends[c]);
                loss_row(&l, 0, 3, z, &alone, want);
                mean_probability_loss(&(struct mean_rows){2, 3, 3, z, dz}, &l, 0, &loss, scratch);
                expect_near(loss, (double)alone, 0, c);
                for (size_t j = 0; j < 6; j++)
                    expect_near(2 * dz[j], (double)want[j % 3], 1e-44, c);
            }
}

/* ---- whole nets -------------------------------------------------------------------------------------------------- */

static struct net *net[2];
static struct workspace *space[3];
static struct oracle_net member[3];
static const struct oracle_net *of[3];
static float *x;
static size_t d, k;

/* Two nets, and the first once more with a workspace of its own. */
static void open_nets(void)
{
    struct err e = {0};
    net[0] = support_load("datasets/models/fashion_cnn.h5");
    net[1] = support_load("datasets/models/fashion_cnn_adversarial.h5");
    d = net_input_size(net[0]);
    k = net_classes(net[0]);
    cr_assert(net_input_size(net[1]) == d && net_classes(net[1]) == k);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(workspace_create(&space[i], net[i % 2], 1, &e), 0, "%s", e.text);
        oracle_net_init(&member[i], net[i % 2], space[i], NULL);
        of[i] = &member[i];
    }
    x = malloc(ROWS * d * sizeof *x);
    for (size_t i = 0; i < ROWS * d; i++) /* patterns, of which the nets make different things */
        x[i] = (float)(i * 7919 % 101) / 101 + (float)(i % d / (1 + i / d) % 3);
}

static void close_nets(void)
{
    for (size_t i = 0; i < 3; i++)
        workspace_free(space[i]);
    net_free(net[0]);
    net_free(net[1]);
    free(x);
}

TestSuite(ensemble_nets, .init = open_nets, .fini = close_nets);

static void make(struct ensemble *m, enum ensemble_rule rule, size_t n)
{
    struct err e = {0};
    cr_assert_eq(ensemble_init(m, rule, n, of, 1, &e), 0, "%s", e.text);
}

/* The loss of one input, by the nets' scores and the tested mean_loss: in the middle of float32's range. */
static double loss_at(const struct ensemble *m, const float *at, int32_t y)
{
    float z[64], loss;
    m->model.score(&m->model, 1, at, z);
    loss_row(&(struct loss){LOSS_CROSS_ENTROPY, &y, NULL}, 0, k, z, &loss, NULL);
    return (double)loss;
}

Test(ensemble_nets, gradients_match_differences)
{
    for (int rule = ENSEMBLE_LOGITS; rule <= ENSEMBLE_PROBABILITIES; rule++) {
        struct ensemble m;
        float *g = malloc(d * sizeof *g), *moved = malloc(d * sizeof *moved), z[64], loss;
        double along = 0, length = 0;
        int32_t y = 1;
        make(&m, (enum ensemble_rule)rule, 2);
        m.model.gradient(&m.model, 1, x, &(struct loss){LOSS_CROSS_ENTROPY, &y, NULL}, z, &loss, g);
        cr_expect_float_eq((double)loss, loss_at(&m, x, y), 1e-6 * (double)loss);
        for (size_t i = 0; i < d; i++)
            length += (double)g[i] * (double)g[i];
        for (int side = -1; side <= 1; side += 2) {
            for (size_t i = 0; i < d; i++)
                moved[i] = (float)((double)x[i] + side * 1e-3 * (double)g[i] / sqrt(length));
            along += side * loss_at(&m, moved, y) / 2e-3;
        }
        cr_expect_float_eq(along, sqrt(length), 0.02 * sqrt(length), "rule %d: %g, not %g", rule, along, sqrt(length));
        free(g), free(moved);
        ensemble_free(&m);
    }
}

/* Blocks larger than a workspace, neighbours and places change nothing. */
Test(ensemble_nets, rows_stand_alone)
{
    for (int rule = ENSEMBLE_LOGITS; rule <= ENSEMBLE_VOTE; rule++) {
        struct ensemble m;
        float *z = malloc(2 * ROWS * k * sizeof *z), *g = malloc(ROWS * d * sizeof *g), *score = z + ROWS * k;
        float loss[ROWS];
        float *own = malloc((d + k) * sizeof *own), own_loss;
        int32_t label[ROWS], y[ROWS], own_label;
        for (size_t i = 0; i < ROWS; i++)
            y[i] = (int32_t)(i % k);
        make(&m, (enum ensemble_rule)rule, 3);
        m.model.label(&m.model, ROWS, x, label);
        m.model.score(&m.model, ROWS, x, score);
        m.model.gradient(&m.model, ROWS, x, &(struct loss){LOSS_MARGIN, y, NULL}, z, loss, g);
        for (size_t i = 0; i < ROWS; i++) {
            m.model.gradient(&m.model, 1, x + i * d, &(struct loss){LOSS_MARGIN, y + i, NULL}, own, &own_loss, own + k);
            cr_expect(own_loss == loss[i] && memcmp(own, z + i * k, k * sizeof *z) == 0);
            cr_expect(memcmp(own + k, g + i * d, d * sizeof *g) == 0);
            m.model.score(&m.model, 1, x + i * d, own);
            m.model.label(&m.model, 1, x + i * d, &own_label);
            cr_expect(own_label == label[i] && memcmp(own, score + i * k, k * sizeof *z) == 0);
            if (rule != ENSEMBLE_VOTE)
                cr_expect(label[i] == loss_argmax(k, own) && memcmp(z + i * k, own, k * sizeof *z) == 0);
        }
        free(z), free(g), free(own);
        ensemble_free(&m);
    }
}

/* The majority of three, of which two are the same net, is that net; of one and one the surer pair of eyes wins. */
Test(ensemble_nets, votes_are_counted)
{
    struct ensemble three, two;
    float *z[2] = {malloc(ROWS * k * sizeof *x), malloc(ROWS * k * sizeof *x)};
    float *score = malloc(ROWS * k * sizeof *score);
    int32_t label[ROWS];
    size_t apart = 0;
    make(&three, ENSEMBLE_VOTE, 3);
    make(&two, ENSEMBLE_VOTE, 2);
    for (size_t i = 0; i < 2; i++)
        member[i].model.score(&member[i].model, ROWS, x, z[i]);
    three.model.label(&three.model, ROWS, x, label);
    three.model.score(&three.model, ROWS, x, score);
    for (size_t i = 0; i < ROWS; i++) {
        const int32_t a = loss_argmax(k, z[0] + i * k), b = loss_argmax(k, z[1] + i * k);
        cr_expect_eq(label[i], a);
        cr_expect_eq(score[i * k + (size_t)a], a == b ? 1 : 2 / 3.0F);
        apart += a != b;
    }
    cr_assert_gt(apart, 0, "the nets never differ, so this says nothing");
    ensemble_vote(&two, ROWS, x, label, score);
    for (size_t i = 0; i < ROWS; i++) {
        const size_t a = (size_t)loss_argmax(k, z[0] + i * k), b = (size_t)loss_argmax(k, z[1] + i * k);
        const double p_a = support_probability(k, z[0] + i * k, a) + support_probability(k, z[1] + i * k, a);
        const double p_b = support_probability(k, z[0] + i * k, b) + support_probability(k, z[1] + i * k, b);
        cr_expect_eq((size_t)label[i], p_a >= p_b ? a : b);
        cr_expect_float_eq((double)score[i * k + a], log(p_a / 2), 1e-6 * (1 + fabs(log(p_a / 2))));
    }
    free(z[0]), free(z[1]), free(score);
    ensemble_free(&three);
    ensemble_free(&two);
}

/* An output that is not finite is nobody's vote. One net, one workspace, two votes. */
Test(ensemble, says_nothing_of_what_is_not_finite)
{
    enum { INPUTS = 2, CLASSES = 3 };
    const struct fixture_weight weights[] = {
        {"a", "a/kernel:0", 2, {INPUTS, CLASSES}, 0.5F}, {"a", "a/bias:0", 1, {CLASSES}, 1}, {0}};
    char path[64], *config = fixture_json("{'class_name':'Sequential','config':[{'class_name':'Dense','config':{"
                                          "'name':'a','units':3,'batch_input_shape':[null,2]}}]}");
    struct workspace *w;
    struct oracle_net one;
    const struct oracle_net *const twice[] = {&one, &one};
    struct ensemble m;
    struct err e = {0};
    int32_t label[2];
    const float two[2 * INPUTS] = {NAN, 0, 1, 1};
    float z[2 * CLASSES];
    fixture_write(path, sizeof path, config, "2.9.0", weights);
    struct net *linear = support_load(path);
    cr_assert_eq(workspace_create(&w, linear, 0, &e), 0, "%s", e.text);
    oracle_net_init(&one, linear, w, NULL);
    cr_assert_eq(ensemble_init(&m, ENSEMBLE_VOTE, 2, twice, 0, &e), 0, "%s", e.text);
    cr_expect_null(m.model.gradient);
    ensemble_vote(&m, 2, two, label, z);
    cr_expect_eq(label[0], -1);
    cr_expect_geq(label[1], 0);
    m.model.score(&m.model, 2, two, z);
    cr_expect(isnan(z[0]) && isfinite(z[CLASSES]));
    free(config);
    unlink(path);
    ensemble_free(&m);
    workspace_free(w);
    net_free(linear);
}
