/* What the projected gradient attacks promise beyond the properties of every row. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/pgd.h"
#include "attacks/norm.h"
#include "engine/base/det64.h"
#include "tests/attacks/toy.h"
#include "tests/golden/pgd.inc"

#define N 13
#define D 37
#define CLASSES 4

static struct toy toy;
static struct trial trial;

static void start(const char *name, const struct norm_kind *norm, double eps)
{
    toy_create(&toy, D, 24, CLASSES, 2);
    trial_create(&trial, attack_find(name), table_shape(D), N, &toy, -0.25f, 1);
    trial.norm = norm;
    trial.eps = eps;
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

/* Inputs, weights and results come from tests/golden/make_pgd.py: torch in float64, from the same start. */
Test(pgd, follows_torch)
{
    for (size_t g = 0; g < sizeof golden_runs / sizeof golden_runs[0]; g++) {
        const struct golden_run *run = &golden_runs[g];
        struct trial t;
        toy_create(&toy, GOLDEN_D, GOLDEN_HIDDEN, GOLDEN_CLASSES, 1);
        memcpy(toy.w1, golden_w1, sizeof golden_w1);
        memcpy(toy.b1, golden_b1, sizeof golden_b1);
        memcpy(toy.w2, golden_w2, sizeof golden_w2);
        memcpy(toy.b2, golden_b2, sizeof golden_b2);
        trial_create(&t, attack_find(run->attack), table_shape(GOLDEN_D), GOLDEN_N, NULL, 0, 1);
        for (size_t j = 0; j < GOLDEN_D; j++) {
            t.low[j] = 0;
            t.high[j] = 1;
        }
        memcpy(t.x, golden_x, sizeof golden_x);
        memcpy(t.label, golden_y, sizeof golden_y);
        if (run->targeted) {
            t.target = malloc(sizeof golden_target);
            memcpy(t.target, golden_target, sizeof golden_target);
        }
        t.norm = norm_kinds[run->norm];
        t.eps = run->eps;
        trial_set(&t, "loss", run->loss);
        if (trial_has(&t, "steps")) {
            trial_set(&t, "steps", run->steps);
            trial_set(&t, "step_size", run->step_size);
            trial_set(&t, "iterate", PGD_LAST);
        }
        trial_run(&t, &toy);
        for (size_t i = 0; i < GOLDEN_N * GOLDEN_D; i++)
            cr_assert_float_eq((double)t.adv[i], (double)run->adv[i], 2e-6, "run %zu value %zu: %.9g, torch %.9g",
                               g, i, (double)t.adv[i], (double)run->adv[i]);
        trial_free(&t);
        toy_free(&toy);
    }
}

Test(pgd, default_steps_are_those_of_the_sources)
{
    struct pgd_params p;
    struct shape shape = table_shape(D);
    param_defaults(attack_find("pgd")->params, &p);
    cr_assert(p.steps == 40 && p.restarts == 1 && p.random_start);
    cr_assert(p.iterate == PGD_ANY && p.loss == LOSS_CROSS_ENTROPY);
    attack_find("pgd")->finish(&p, &norm_linf, 0.32, &shape, NULL);
    cr_assert_float_eq(p.step_size, 0.02, 1e-15);
    param_defaults(attack_find("bim")->params, &p);
    attack_find("bim")->finish(&p, &norm_l2, 8, &shape, NULL);
    cr_assert(p.steps == 10 && p.step_size == 1 && !p.random_start && p.restarts == 1);
    param_defaults(attack_find("fgsm")->params, &p);
    attack_find("fgsm")->finish(&p, &norm_linf, 0.3, &shape, NULL);
    cr_assert(p.steps == 1 && p.step_size == 0.3 && !p.random_start && p.restarts == 1);
}

Test(pgd, restarts_without_random_start_are_refused)
{
    struct pgd_params p;
    struct shape shape = table_shape(D);
    struct err e = {0};
    param_defaults(attack_find("pgd")->params, &p);
    p.restarts = 2;
    p.random_start = 0;
    cr_assert_eq(attack_find("pgd")->finish(&p, &norm_linf, 0.3, &shape, &e), ERR_USAGE);
    cr_assert_not_null(strstr(e.text, "restarts"));
    cr_assert_not_null(strstr(e.text, "random_start"));
}

/* A sample broken at iterate s has cost s + 1 gradients, one never broken all steps; the rest of the block goes on. */
Test(pgd, samples_leave_when_broken)
{
    size_t early = 0, never = 0;
    start("pgd", &norm_linf, 0.04);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        uint32_t steps = trial.steps[i];
        int broken = toy_predict(&toy, trial.adv + i * D) != trial.label[i];
        cr_assert_eq(trial.gradient[i], steps < 40 ? steps + 1 : 40);
        cr_assert_eq(trial.forward[i], trial.gradient[i]);
        cr_assert(broken || steps == 40);
        early += steps < 40;
        never += !broken;
    }
    cr_assert(early >= 3 && never >= 3, "the test wants both kinds, got %zu and %zu", early, never);
    finish();
}

Test(pgd, wrong_samples_leave_at_once)
{
    start("bim", &norm_l2, 1);
    for (size_t i = 0; i < N; i++)
        trial.label[i] = (trial.label[i] + 1) % CLASSES;
    trial_run(&trial, &toy);
    cr_assert(same(trial.adv, trial.x, N * D));
    for (size_t i = 0; i < N; i++)
        cr_assert(trial.steps[i] == 0 && trial.gradient[i] == 1);
    finish();
}

Test(pgd, last_iterate_takes_all_steps)
{
    start("pgd", &norm_linf, 0.15);
    trial_set(&trial, "iterate", PGD_LAST);
    trial_set(&trial, "steps", 17);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(trial.steps[i] == 17 && trial.gradient[i] == 17 && trial.forward[i] == 17);
    finish();
}

/* More restarts never break fewer, never return a smaller loss, and cost nothing for a sample broken before. */
Test(pgd, restarts_take_the_unbroken_and_keep_the_best)
{
    uint32_t steps[N];
    float loss[N];
    size_t repeated = 0, gained = 0;
    start("pgd", &norm_l2, 0.2);
    trial_set(&trial, "steps", 3);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        steps[i] = trial.steps[i];
        loss[i] = toy_loss(&toy, trial.adv + i * D, trial.label[i], LOSS_ASCENT);
    }
    trial_set(&trial, "restarts", 4);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        float now = toy_loss(&toy, trial.adv + i * D, trial.label[i], LOSS_ASCENT);
        int broken = toy_predict(&toy, trial.adv + i * D) != trial.label[i];
        if (steps[i] < 3) {
            cr_assert(trial.steps[i] == steps[i] && now == loss[i] && broken);
            continue;
        }
        cr_assert(now >= loss[i]);
        cr_assert(broken || (trial.steps[i] == 12 && trial.gradient[i] == 12 && trial.forward[i] == 16));
        repeated += trial.steps[i] > 3;
        gained += now > loss[i];
    }
    cr_assert(repeated >= 3 && gained >= 2, "%zu repeated, %zu gained", repeated, gained);
    finish();
}

/* The restarts of a targeted attack are compared by the target's loss, lower being better. */
Test(pgd, targeted_restarts_keep_the_lowest_loss)
{
    float loss[N];
    start("pgd", &norm_l2, 0.2);
    trial.target = calloc(N, sizeof *trial.target);
    for (size_t i = 0; i < N; i++)
        trial.target[i] = (trial.label[i] + 1) % CLASSES;
    trial_set(&trial, "steps", 3);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        loss[i] = toy_loss(&toy, trial.adv + i * D, trial.target[i], LOSS_ASCENT);
    trial_set(&trial, "restarts", 4);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(toy_loss(&toy, trial.adv + i * D, trial.target[i], LOSS_ASCENT) <= loss[i]);
    finish();
}

Test(pgd, seeds_draw_apart)
{
    float first[N * D];
    start("pgd", &norm_linf, 0.001);
    trial_set(&trial, "step_size", 1e-9);
    trial_run(&trial, &toy);
    memcpy(first, trial.adv, sizeof first);
    trial.seed++;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(!same(first + i * D, trial.adv + i * D, D));
    finish();
}

/* Margin loss: scaling the last layer by a power of two scales the gradient exactly, so an L2 step may not change,
 * from gradients near the largest float to ones near the smallest normal one. */
Test(pgd, l2_direction_does_not_depend_on_the_gradients_size)
{
    static const int power[] = {0, -60, -100, 60, 110};
    float first[N * D];
    for (size_t s = 0; s < sizeof power / sizeof power[0]; s++) {
        start("bim", &norm_l2, 0.3);
        trial_set(&trial, "loss", LOSS_MARGIN);
        trial_set(&trial, "iterate", PGD_LAST);
        for (size_t i = 0; i < CLASSES * 24; i++)
            toy.w2[i] = ldexpf(toy.w2[i], power[s]);
        for (size_t i = 0; i < CLASSES; i++)
            toy.b2[i] = ldexpf(toy.b2[i], power[s]);
        trial_run(&trial, &toy);
        if (s == 0)
            memcpy(first, trial.adv, sizeof first);
        cr_assert(same(first, trial.adv, N * D), "other bytes at 2^%d", power[s]);
        finish();
    }
}

Test(pgd, denormal_gradients_still_move)
{
    start("fgsm", &norm_l2, 0.3);
    trial_set(&trial, "loss", LOSS_MARGIN);
    for (size_t i = 0; i < CLASSES * 24; i++)
        toy.w2[i] = ldexpf(toy.w2[i], -140);
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(norm_l2.distance(test_kern(), D, trial.x + i * D, trial.adv + i * D) > 0.1);
    finish();
}

/* Immutable features with by far the largest gradients must not eat up the L2 step of the others. */
Test(pgd, l2_steps_are_taken_in_the_features_that_may_move)
{
    start("fgsm", &norm_l2, 0.3);
    trial_set(&trial, "loss", LOSS_MARGIN);
    trial.feature = calloc(D, sizeof *trial.feature);
    for (size_t j = 0; j < D; j++)
        trial.feature[j].mutable_feature = j % 2 == 0;
    for (size_t h = 0; h < 24; h++)
        for (size_t j = 1; j < D; j += 2)
            toy.w1[h * D + j] *= 1000;
    for (size_t j = 0; j < D; j++) {
        trial.low[j] -= 10;
        trial.high[j] += 10;
    }
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert_float_eq(norm_l2.distance(test_kern(), D, trial.x + i * D, trial.adv + i * D), 0.3, 1e-5);
    finish();
}

/* Start points, seen by an FGSM whose step is next to nothing: uniform in the cube, uniform in the ball. */
#define MANY 4000
static void starts(struct trial *t, const struct norm_kind *norm, size_t d)
{
    toy_create(&toy, d, 3, 2, 1);
    trial_create(t, attack_find("fgsm"), table_shape(d), MANY, &toy, -100, 200);
    memset(t->x, 0, MANY * d * sizeof(float));
    t->norm = norm;
    t->eps = 0.5;
    trial_set(t, "random_start", 1);
    trial_set(t, "step_size", 1e-12);
    trial_run(t, &toy);
}

Test(pgd, linf_start_is_uniform_in_the_cube)
{
    struct trial t;
    double mean = 0, square = 0;
    starts(&t, &norm_linf, 5);
    for (size_t i = 0; i < MANY * 5; i++) {
        mean += (double)t.adv[i] / (MANY * 5);
        square += (double)t.adv[i] * (double)t.adv[i] / (MANY * 5);
    }
    cr_assert_float_eq(mean, 0, 0.01);
    cr_assert_float_eq(square, 0.25 / 3, 0.002);
    trial_free(&t);
    toy_free(&toy);
}

Test(pgd, l2_start_is_uniform_in_the_ball)
{
    struct trial t;
    size_t inner[4] = {0}, positive = 0;
    starts(&t, &norm_l2, 3);
    for (size_t i = 0; i < MANY; i++) {
        double radius = norm_l2.distance(test_kern(), 3, t.x + 3 * i, t.adv + 3 * i) / t.eps;
        cr_assert(radius <= 1);
        for (int k = 0; k < 4; k++)
            inner[k] += radius < 0.2 * (k + 1);
        positive += t.adv[3 * i + i % 3] > 0;
    }
    for (int k = 0; k < 4; k++) {
        double share = pow(0.2 * (k + 1), 3);
        cr_assert_float_eq((double)inner[k] / MANY, share, 4 * sqrt(share / MANY));
    }
    cr_assert_float_eq((double)positive / MANY, 0.5, 0.035);
    trial_free(&t);
    toy_free(&toy);
}

/* A net whose last layer is multiplied makes the same decisions, and must not look robust for it. */
Test(pgd, scaled_logits_do_not_hide_the_gradient)
{
    size_t broken[2] = {0, 0};
    for (int scaled = 0; scaled < 2; scaled++) {
        start("pgd", &norm_linf, 0.3);
        for (size_t i = 0; i < CLASSES * 24; i++)
            toy.w2[i] = ldexpf(toy.w2[i], scaled ? 14 : 0);
        for (size_t i = 0; i < CLASSES; i++)
            toy.b2[i] = ldexpf(toy.b2[i], scaled ? 14 : 0);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++)
            broken[scaled] += toy_predict(&toy, trial.adv + i * D) != trial.label[i];
        finish();
    }
    cr_assert_gt(broken[0], 2);
    cr_assert_eq(broken[1], broken[0], "%zu broken as it is, %zu with larger logits", broken[0], broken[1]);
}

/* Where the gradient's logits are approximate, a sample leaves only when a score of it says so, too. */
Test(pgd, believes_no_approximate_logits)
{
    start("pgd", &norm_linf, 0.08);
    float *adv = malloc(N * D * sizeof *adv);
    uint32_t steps[N], broken = 0;
    trial_run(&trial, &toy);
    memcpy(adv, trial.adv, N * D * sizeof *adv);
    memcpy(steps, trial.steps, sizeof steps);
    toy.approximate = 1;
    for (toy.lies = 0; toy.lies <= 3; toy.lies++) {
        broken = 0;
        trial_run(&trial, &toy);
        cr_assert(same(adv, trial.adv, N * D) && memcmp(steps, trial.steps, sizeof steps) == 0, "lies %zu", toy.lies);
        for (size_t i = 0; i < N; i++) {
            uint32_t found = steps[i] < 40, lied = toy.lies > 0 && (size_t)trial.label[i] % toy.lies == 0;
            cr_expect_eq(trial.forward[i], trial.gradient[i] + (lied ? trial.gradient[i] : found),
                         "lies %zu, sample %zu", toy.lies, i);
            broken += found;
        }
    }
    cr_expect(broken > 0 && broken < N, "%u broken", broken);
    toy.approximate = 0;
    toy.lies = 1;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_expect_eq(trial.steps[i], 0, "logits that are exact are believed");
    free(adv);
    finish();
}

/* Answers beyond the budget are NaN: a restart that they cut short changes nothing, whatever the label. */
Test(pgd, a_restart_that_the_budget_cuts_short_is_forgotten)
{
    struct trial more;
    size_t standing = 0;
    start("pgd", &norm_linf, 0.02);
    trial_set(&trial, "restarts", 2);
    trial_set(&trial, "steps", 6);
    toy.budget = 7; /* the first restart, and its end */
    trial_run(&trial, &toy);
    trial_create(&more, attack_find("pgd"), table_shape(D), N, &toy, -0.25f, 1);
    more.norm = &norm_linf;
    more.eps = 0.02;
    trial_set(&more, "restarts", 2);
    trial_set(&more, "steps", 6);
    toy.budget = 10;
    trial_run(&more, &toy);
    for (size_t i = 0; i < N; i++) {
        if (toy_predict(&toy, more.adv + i * D) != more.label[i])
            continue;
        standing++;
        cr_expect(same(trial.adv + i * D, more.adv + i * D, D), "row %zu of label %d", i, (int)more.label[i]);
    }
    cr_expect(standing > N / 2, "%zu rows tell", standing);
    trial_free(&more);
    finish();
}
