/* The oracle: what it hides, counts, and refuses. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "engine/net/oracle_driver.h"
#include "tests/net/support.h"

enum { CLASSES = 3, INPUTS = 2 };

/* Logits (x0, x1, 0), gradient (x1, x0); how many rows it was asked, to see that refused ones are not. */
struct plain {
    struct oracle_model model;
    size_t *asked;
};

static void plain_score(const struct oracle_model *m, size_t n, const float *x, float *logits)
{
    *((const struct plain *)m)->asked += n;
    for (size_t i = 0; i < n; i++) {
        memcpy(logits + i * CLASSES, x + i * INPUTS, INPUTS * sizeof *x);
        logits[i * CLASSES + INPUTS] = 0;
    }
}

static void plain_label(const struct oracle_model *m, size_t n, const float *x, int32_t *label)
{
    float z[CLASSES];
    for (size_t i = 0; i < n; i++) {
        plain_score(m, 1, x + i * INPUTS, z);
        label[i] = loss_argmax(CLASSES, z);
    }
}

static void plain_gradient(const struct oracle_model *m, size_t n, const float *x, const struct loss *loss,
                           float *logits, float *loss_out, float *gradient)
{
    plain_score(m, n, x, logits);
    for (size_t i = 0; i < n; i++) {
        loss_row(loss, i, CLASSES, logits + i * CLASSES, loss_out ? loss_out + i : NULL, NULL);
        gradient[i * INPUTS] = x[i * INPUTS + 1];
        gradient[i * INPUTS + 1] = x[i * INPUTS];
    }
}

static size_t asked;

static struct plain plain_model(void)
{
    asked = 0;
    const struct oracle_model model = {.kern = support_kern(), .classes = CLASSES, .input_size = INPUTS,
                                       .label = plain_label, .score = plain_score, .gradient = plain_gradient};
    return (struct plain){.model = model, .asked = &asked};
}

Test(oracle, hides_what_is_above_the_knowledge)
{
    struct plain m = plain_model();
    struct oracle_tally tally[1];
    struct oracle_state state = {.model = &m.model, .tally = tally};
    struct oracle o;
    for (int know = KNOW_NONE; know <= KNOW_GRADIENT; know++) {
        oracle_init(&o, &state, (enum knowledge)know, 1);
        cr_expect_eq(o.label != NULL, know >= KNOW_LABEL);
        cr_expect_eq(o.score != NULL, know >= KNOW_SCORE);
        cr_expect_eq(o.gradient != NULL, know >= KNOW_GRADIENT);
    }
}

/* Rows in any order and several times in one call; blocks longer than a workspace. */
Test(oracle, counts_by_sample)
{
    enum { ROWS = 90 };
    struct net *net = support_load("tests/golden/nets/sequential_dict.h5");
    struct workspace *w;
    struct err e = {0};
    struct oracle o;
    struct oracle_net m;
    struct oracle_tally tally[ROWS];
    size_t d = net_input_size(net), k = net_classes(net), row[ROWS];
    cr_assert_eq(workspace_create(&w, net, 1, &e), 0, "%s", e.text);
    oracle_net_init(&m, net, w, NULL);
    struct oracle_state state = {.model = &m.model, .tally = tally};
    oracle_init(&o, &state, KNOW_GRADIENT, ROWS);
    float *x = calloc(ROWS * d, sizeof *x), *z = malloc(ROWS * k * sizeof *z), *g = malloc(ROWS * d * sizeof *g);
    float loss[ROWS];
    int32_t labels[ROWS];
    for (size_t i = 0; i < ROWS * d; i++)
        x[i] = (float)(i * 7919 % 101) / 101;
    for (size_t i = 0; i < ROWS; i++)
        row[i] = ROWS - 1 - i;
    o.label(&o, ROWS, x, row, labels);
    o.score(&o, 40, x, row, z);
    o.gradient(&o, ROWS, x, row, &(struct loss){LOSS_MARGIN, labels, NULL}, z, loss, g);
    o.score(&o, 2, x, (size_t[]){3, 3}, z);
    o.score(&o, ROWS, x, row, z);
    for (size_t i = 0; i < ROWS; i++) {
        cr_expect_eq(labels[i], loss_argmax(k, z + i * k));
        cr_expect_eq(loss[i], -loss_margin(k, z + i * k, labels[i]));
        cr_expect_eq(tally[i].forward, (i >= 50 ? 4 : 3) + (i == 3 ? 2 : 0));
        cr_expect_eq(tally[i].gradient, 1);
        cr_expect_eq(tally[i].first_success, 0, "without a goal");
        cr_expect_eq(oracle_left(&o, i), UINT32_MAX);
        cr_expect_not(oracle_spent(&state, i));
    }
    free(x), free(z), free(g);
    workspace_free(w);
    net_free(net);
}

Test(oracle, notes_the_first_success)
{
    static const float at[4][INPUTS] = {{2, 1}, {1, 2}, {2, 1}, {-1, -1}}; /* classes 0, 1, 0, 2 */
    static const int32_t label[2] = {0, 0}, target[2] = {2, 1};
    struct plain m = plain_model();
    struct oracle_tally tally[2];
    struct oracle_state state = {.model = &m.model, .label = label, .tally = tally};
    struct oracle o;
    float z[4 * CLASSES], g[4 * INPUTS];
    int32_t seen[4];
    oracle_init(&o, &state, KNOW_GRADIENT, 2);
    o.score(&o, 1, at[0], (size_t[]){0}, z);
    o.label(&o, 4, at[0], (size_t[]){0, 0, 1, 1}, seen);
    cr_expect_eq(tally[0].first_success, 3, "the second of one call");
    cr_expect_eq(tally[1].first_success, 2);
    state.target = target;
    oracle_init(&o, &state, KNOW_GRADIENT, 2);
    o.gradient(&o, 4, at[0], (size_t[]){0, 0, 0, 0}, &(struct loss){LOSS_CROSS_ENTROPY, seen, NULL}, z, NULL, g);
    o.gradient(&o, 1, at[3], (size_t[]){1}, &(struct loss){LOSS_CROSS_ENTROPY, seen, NULL}, z, NULL, g);
    cr_expect_eq(tally[0].first_success, 4, "the target alone is success");
    cr_expect_eq(tally[1].first_success, 0);
}

Test(oracle, believes_no_approximate_or_infinite_answer)
{
    static const int32_t label[1] = {0}, y[1] = {0};
    const float broken[INPUTS] = {1, 2}, bad[INPUTS] = {NAN, 1};
    struct plain m = plain_model();
    struct oracle_tally tally[1];
    struct oracle_state state = {.model = &m.model, .label = label, .tally = tally};
    struct oracle o;
    float z[CLASSES], g[INPUTS];
    m.model.approximate = 1;
    oracle_init(&o, &state, KNOW_GRADIENT, 1);
    cr_expect(o.approximate);
    o.score(&o, 1, bad, (size_t[]){0}, z);
    o.gradient(&o, 1, broken, (size_t[]){0}, &(struct loss){LOSS_MARGIN, y, NULL}, z, NULL, g);
    cr_expect_eq(tally[0].first_success, 0);
    o.score(&o, 1, broken, (size_t[]){0}, z);
    cr_expect_eq(tally[0].first_success, 3);
}

Test(oracle, counts_gradients_that_lead_nowhere)
{
    static const float at[5][INPUTS] = {{0, 0}, {1, 0}, {NAN, 1}, {INFINITY, 0}, {0, 1e-45f}};
    static const int32_t y[5] = {0};
    struct plain m = plain_model();
    struct oracle_tally tally[5];
    struct oracle_state state = {.model = &m.model, .tally = tally};
    struct oracle o;
    float z[5 * CLASSES], g[5 * INPUTS];
    oracle_init(&o, &state, KNOW_GRADIENT, 5);
    for (size_t turn = 0; turn < 2; turn++)
        o.gradient(&o, 5, at[0], (size_t[]){0, 1, 2, 3, 4}, &(struct loss){LOSS_MARGIN, y, NULL}, z, NULL, g);
    for (size_t i = 0; i < 5; i++)
        cr_expect_eq(tally[i].zero_gradients, i == 1 || i == 4 ? 0 : 2, "sample %zu: %u", i, tally[i].zero_gradients);
}

/* Of a run that is to stop nothing is computed or counted any more, and whoever watches knows what was. */
Test(oracle, refuses_all_once_the_run_is_to_stop)
{
    static const size_t row[2] = {0, 1};
    static const int32_t y[2] = {0};
    struct plain m = plain_model();
    struct oracle_tally tally[2];
    atomic_int stop = 0;
    atomic_ullong done = 0;
    struct oracle_state state = {.model = &m.model, .tally = tally, .stop = &stop, .meter = {&done, 2, 5}};
    struct oracle o;
    const size_t asked_before = asked;
    float x[2 * INPUTS] = {0}, z[2 * CLASSES], g[2 * INPUTS], loss[2];
    int32_t seen[2];
    oracle_init(&o, &state, KNOW_GRADIENT, 2);
    o.label(&o, 2, x, row, seen);
    o.score(&o, 1, x, row, z);
    o.gradient(&o, 1, x, row, &(struct loss){LOSS_MARGIN, y, NULL}, z, loss, g);
    cr_expect_eq(done, 2 * 2 + 2 + 5);
    cr_expect(!oracle_stopped(&o) && oracle_left(&o, 0) == UINT32_MAX);
    stop = 1;
    o.label(&o, 2, x, row, seen);
    o.score(&o, 2, x, row, z);
    cr_expect(seen[0] == -1 && seen[1] == -1 && isnan(z[0]) && isnan(z[2 * CLASSES - 1]));
    o.gradient(&o, 2, x, row, &(struct loss){LOSS_MARGIN, y, NULL}, z, loss, g);
    cr_expect(isnan(z[0]) && isnan(loss[1]) && g[0] == 0 && g[2 * INPUTS - 1] == 0);
    cr_expect(oracle_stopped(&o) && oracle_left(&o, 1) == 0);
    cr_expect(done == 2 * 2 + 2 + 5 && asked == asked_before + 4 && tally[0].forward == 3 && tally[1].forward == 1);
}

/* What is beyond the budget is not computed, and says nothing. */
Test(oracle, keeps_the_budget)
{
    enum { CALL = 6 };
    static const size_t row[CALL] = {0, 1, 0, 0, 1, 0};
    static const int32_t label[2] = {1, 1}, y[CALL] = {0};
    struct plain m = plain_model();
    struct oracle_tally tally[2];
    struct oracle_state state = {.model = &m.model, .label = label, .budget = 3, .tally = tally};
    struct oracle o;
    float x[CALL * INPUTS], z[CALL * CLASSES], g[CALL * INPUTS], loss[CALL];
    int32_t seen[CALL];
    for (size_t i = 0; i < CALL; i++)
        x[i * INPUTS] = x[i * INPUTS + 1] = (float)(i + 1);
    oracle_init(&o, &state, KNOW_GRADIENT, 2);
    o.gradient(&o, CALL, x, row, &(struct loss){LOSS_MARGIN, y, NULL}, z, loss, g);
    cr_expect_eq(asked, 5);
    for (size_t i = 0; i < CALL; i++) {
        cr_expect_eq(isnan(z[i * CLASSES]) != 0, i == 5, "row %zu", i);
        cr_expect_eq(isnan(loss[i]) != 0, i == 5);
        cr_expect_eq(g[i * INPUTS], i == 5 ? 0 : (float)(i + 1));
    }
    cr_expect_eq(oracle_left(&o, 0), 0);
    cr_expect_eq(oracle_left(&o, 1), 1);
    cr_expect(oracle_spent(&state, 0) && !oracle_spent(&state, 1));
    o.label(&o, 3, x, (size_t[]){0, 1, 1}, seen);
    cr_expect(seen[0] == -1 && seen[1] == 0 && seen[2] == -1);
    o.score(&o, 2, x, row, z);
    cr_expect(isnan(z[0]) && isnan(z[2 * CLASSES - 1]));
    cr_expect_eq(asked, 6, "asked %zu", asked);
    cr_expect(tally[0].forward == 3 && tally[1].forward == 3 && tally[0].gradient == 3 && tally[1].gradient == 2);
    cr_expect(tally[0].first_success == 1 && tally[0].zero_gradients == 0);
}
