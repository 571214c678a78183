/* A model behind defences: means over draws, blocks, answers that are not finite. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "engine/net/defended.h"
#include "tests/net/support.h"

enum { SIZE = 2, CLASSES = 2, ROWS = 5, DRAWS = 7 };

/* Adds the uniform draw of its key to both values: logits tell what was drawn. */
static void add_draw(const struct defence_call *c, const float *x, float *out)
{
    float u = rng_uniform(&c->key, 0);
    for (size_t j = 0; j < c->size; j++)
        out[j] = x[j] + u;
}

static void halve(const struct defence_call *c, const float *x, float *out)
{
    for (size_t j = 0; j < c->size; j++)
        out[j] = x[j] / 2;
}

static void halve_back(const struct defence_call *c, float *gradient)
{
    for (size_t j = 0; j < c->size; j++)
        gradient[j] /= 2;
}

static const struct defence_kind drawing = {.name = "drawing", .draws = 1, .apply = add_draw};
static const struct defence_kind halving = {.name = "halving", .apply = halve, .backward = halve_back};
static struct defence both[] = {{&halving, NULL}, {&drawing, NULL}};
static const struct shape shape = {1, {SIZE}};
static const float low[SIZE] = {0, 0}, high[SIZE] = {1, 1};

/* Logits (10 x0, x1), and 1 as the gradient of anything; NaN where x0 is above 100. */
static void plain_score(const struct oracle_model *m, size_t n, const float *x, float *logits)
{
    (void)m;
    for (size_t i = 0; i < n; i++) {
        logits[i * CLASSES] = x[i * SIZE] > 100 ? NAN : 10 * x[i * SIZE];
        logits[i * CLASSES + 1] = x[i * SIZE + 1];
    }
}

static void plain_gradient(const struct oracle_model *m, size_t n, const float *x, const struct loss *loss,
                           float *logits, float *loss_out, float *gradient)
{
    plain_score(m, n, x, logits);
    for (size_t i = 0; i < n; i++) {
        loss_row(loss, i, CLASSES, logits + i * CLASSES, loss_out + i, NULL);
        gradient[i * SIZE] = x[i * SIZE];
        gradient[i * SIZE + 1] = 1;
    }
}

static struct oracle_model plain_model(void)
{
    return (struct oracle_model){.kern = support_kern(), .classes = CLASSES, .input_size = SIZE, .score = plain_score,
                                 .gradient = plain_gradient};
}

static void make(struct defended *d, const struct oracle_model *m, size_t n, const struct defence *list, size_t rows)
{
    struct err e = {0};
    struct defended_setup s = {.defence = list, .defences_n = n, .shape = &shape, .low = low, .high = high, .seed = 3,
                               .role = "test", .draws = DRAWS, .rows = rows, .gradients = 1};
    cr_assert_eq(defended_init(d, m, &s, &e), 0, "%s", e.text);
}

static void fill_inputs(float *x)
{
    for (size_t i = 0; i < ROWS * SIZE; i++)
        x[i] = (float)(i * 7 % 5) / 4;
}

Test(defended, one_draw_is_the_model_itself)
{
    const struct oracle_model m = plain_model();
    struct defended d;
    float x[ROWS * SIZE], z[ROWS * CLASSES], g[ROWS * SIZE], loss[ROWS];
    int32_t y[ROWS] = {0};
    fill_inputs(x);
    make(&d, &m, 1, both, 2);
    cr_assert_not(d.model.random);
    d.model.gradient(&d.model, ROWS, x, &(struct loss){LOSS_MARGIN, y, NULL}, z, loss, g);
    for (size_t i = 0; i < ROWS; i++) {
        cr_expect_eq(z[i * CLASSES], 10 * x[i * SIZE] / 2);
        cr_expect_eq(loss[i], z[i * CLASSES + 1] - z[i * CLASSES]);
        cr_expect_eq(g[i * SIZE], x[i * SIZE] / 4, "through the defence's own gradient");
        cr_expect_eq(g[i * SIZE + 1], 0.5f);
    }
    defended_free(&d);
}

/* Gradients and losses of all draws, averaged; the same whatever the block and the neighbours. */
Test(defended, draws_are_averaged_and_rows_stand_alone)
{
    const struct oracle_model m = plain_model();
    struct defended d, wide;
    float x[ROWS * SIZE], z[ROWS * CLASSES], g[ROWS * SIZE], loss[ROWS], other_z[ROWS * CLASSES], other_g[ROWS * SIZE];
    float other_loss[ROWS], alone[CLASSES];
    int32_t y[ROWS] = {0};
    const struct loss ask = {LOSS_MARGIN, y, NULL};
    fill_inputs(x);
    make(&d, &m, 2, both, 2);
    make(&wide, &m, 2, both, ROWS);
    cr_assert(d.model.random);
    d.model.gradient(&d.model, ROWS, x, &ask, z, loss, g);
    wide.model.gradient(&wide.model, ROWS, x, &ask, other_z, other_loss, other_g);
    cr_expect(memcmp(z, other_z, sizeof z) == 0 && memcmp(g, other_g, sizeof g) == 0);
    cr_expect(memcmp(loss, other_loss, sizeof loss) == 0);
    for (size_t i = 0; i < ROWS; i++) {
        const double drawn = 2 * (double)g[i * SIZE] - (double)x[i * SIZE] / 2; /* the mean of the draws */
        cr_expect(drawn > 0.1 && drawn < 0.9, "%g", drawn);
        const double first = 10 * ((double)x[i * SIZE] / 2 + drawn), second = (double)x[i * SIZE + 1] / 2 + drawn;
        cr_expect_float_eq((double)loss[i], second - first, 1e-5);
        cr_expect_float_eq(exp((double)z[i * CLASSES]) + exp((double)z[i * CLASSES + 1]), 1, 1e-6);
        d.model.score(&d.model, 1, x + i * SIZE, alone);
        wide.model.score(&wide.model, ROWS, x, other_z);
        cr_expect(memcmp(alone, other_z + i * CLASSES, sizeof alone) == 0);
        cr_expect(memcmp(alone, z + i * CLASSES, sizeof alone) != 0, "scores have draws of their own");
    }
    defended_free(&d);
    defended_free(&wide);
}

Test(defended, votes_count_draws_and_no_answer_is_none)
{
    const struct oracle_model m = plain_model();
    struct defended d;
    const float x[3 * SIZE] = {0, 4.5f, 0, 100, 300, 0}; /* 10 u against 2.25 + u, against 50 + u, NaN */
    const int32_t y[3] = {0, 0, 0};
    float z[3 * CLASSES], share[3];
    int32_t vote[3], label[3];
    make(&d, &m, 2, both, 2);
    defended_answer(&d, 3, x, y, z, vote, share);
    d.model.label(&d.model, 3, x, label);
    cr_expect_eq(vote[0], share[0] > 0.5f ? 0 : 1);
    cr_expect(share[0] > 0 && share[0] < 1, "%g", (double)share[0]);
    cr_expect_float_eq((double)share[0] * DRAWS, round((double)share[0] * DRAWS), 1e-5);
    cr_expect(vote[1] == 1 && share[1] == 0);
    cr_expect(vote[2] == -1 && share[2] == 0 && isnan(z[2 * CLASSES]));
    cr_expect(memcmp(vote, label, sizeof vote) == 0);
    defended_free(&d);
}
