/* What peers got wrong, a test each, named after peer and defect; DEFECTS.md says where the others are held. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 24, D = 30, CLASSES = 4 };

static struct toy toy;
static struct trial trial;

static void start(const char *name, const struct norm_kind *norm, double eps)
{
    toy_create(&toy, D, 24, CLASSES, 2);
    trial_create(&trial, attack_find(name), table_shape(D), N, &toy, 0, 1);
    trial.norm = norm;
    trial.eps = eps;
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

/* Every value at an end of its box, as most pixels of a digit are. */
static void saturate(void)
{
    for (size_t i = 0; i < N * D; i++)
        trial.x[i] = (double)trial.x[i] - (double)trial.low[i % D] <
                             ((double)trial.high[i % D] - (double)trial.low[i % D]) / 2
                         ? trial.low[i % D]
                         : trial.high[i % D];
    for (size_t i = 0; i < N; i++)
        trial.label[i] = toy_predict(&toy, trial.x + i * D);
}

/* Logits times a power of two, plus a number: the same decisions. */
static void change_logits(int power, float shift)
{
    for (size_t i = 0; i < CLASSES * 24; i++)
        toy.w2[i] = ldexpf(toy.w2[i], power);
    for (size_t i = 0; i < CLASSES; i++)
        toy.b2[i] = ldexpf(toy.b2[i], power) + shift;
}

static int is_broken(size_t i)
{
    return toy_predict(&toy, trial.adv + i * D) != trial.label[i];
}

static size_t broken(void)
{
    size_t n = 0;
    for (size_t i = 0; i < N; i++)
        n += (size_t)is_broken(i);
    return n;
}

static double length(size_t i)
{
    return trial.norm->distance(test_kern(), D, trial.x + i * D, trial.adv + i * D);
}

/* Sum of the lengths of what is broken. */
static double lengths(void)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += is_broken(i) ? length(i) : 0;
    return sum;
}

/* ART #85, #86: projected around the last iterate, so that many steps led out of the ball; and steps longer than eps
 * (refused by cleverhans) are legal. */
Test(defects, art_85_pgd_projects_around_x_however_many_and_long_the_steps)
{
    static const char *const names[] = {"bim", "pgd", "apgd"};
    const struct norm_kind *const norms[] = {&norm_linf, &norm_l2, &norm_l1};
    const double eps[] = {0.05, 0.2, 0.6};
    for (size_t k = 0; k < 9; k++) {
        start(names[k / 3], norms[k % 3], eps[k % 3]);
        trial_set(&trial, "steps", 200);
        if (trial_has(&trial, "step_size"))
            trial_set(&trial, "step_size", 3 * trial.eps);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            cr_assert_leq(length(i), trial.eps, "%s %s", trial.kind->name, trial.norm->name);
            cr_assert(length(i) > 0, "%s moved sample %zu not at all", trial.kind->name, i);
        }
        finish();
    }
}

/* rai-toolbox: 40 steps without a clip to the box, which broke 20 % more on inputs that no file can hold. */
Test(defects, rai_saturated_inputs_do_not_leave_the_box)
{
    start("pgd", &norm_linf, 0.1);
    saturate();
    trial_run(&trial, &toy);
    expect_in_box(&trial, "saturated");
    finish();
}

/* ART #840: results of PGD that hardly changed with eps. */
Test(defects, art_840_pgd_and_apgd_break_more_with_a_larger_eps)
{
    static const char *const names[] = {"pgd", "apgd"};
    const double eps[] = {0.01, 0.04, 0.16, 0.64};
    for (size_t k = 0; k < 2; k++) {
        size_t before = 0, first = 0;
        for (size_t b = 0; b < 4; b++) {
            start(names[k], &norm_linf, eps[b]);
            trial_run(&trial, &toy);
            cr_assert_geq(broken(), before, "%s at eps %g", names[k], eps[b]);
            before = broken();
            first = b == 0 ? before : first;
            finish();
        }
        cr_assert(first < N / 2 && before == N, "%s: %zu and %zu", names[k], first, before);
    }
}

/* ART #219: an overshoot that was none, by aliasing: points on the boundary, which rounding decides. */
Test(defects, art_219_deepfool_ends_strictly_across_the_boundary)
{
    const struct norm_kind *const norms[] = {&norm_l2, &norm_linf};
    for (size_t k = 0; k < 2; k++) {
        start("deepfool", norms[k], INFINITY);
        trial_run(&trial, &toy);
        cr_assert_geq(broken(), N - 2);
        for (size_t i = 0; i < N; i++) {
            float z[CLASSES], other = -INFINITY;
            toy_logits(&toy, trial.adv + i * D, z);
            for (int32_t c = 0; c < CLASSES; c++)
                other = c != trial.label[i] ? fmaxf(other, z[c]) : other;
            cr_assert(!is_broken(i) || other > z[trial.label[i]], "sample %zu stands on the boundary", i);
        }
        finish();
    }
}

/* torchattacks, ART: clipping inside the loop with a small overshoot left 46 % and 3 % standing, a hair before the
 * boundary, on inputs at the ends of the box. */
Test(defects, torchattacks_deepfool_does_not_stall_at_the_ends_of_the_box)
{
    size_t others;
    start("ddn", &norm_l2, INFINITY);
    saturate();
    trial_run(&trial, &toy);
    others = broken();
    finish();
    cr_assert_geq(others, N - 2);
    start("deepfool", &norm_l2, INFINITY);
    saturate();
    trial_run(&trial, &toy);
    cr_assert_geq(broken(), others);
    finish();
}

/* adv_lib: FMN with eps exactly to the boundary broke 4 % of such inputs. Foolbox: its L2 projection did nothing, and
 * the median was 1.7 times DDN's. */
Test(defects, adv_lib_and_foolbox_fmn_neither_stalls_nor_wanders)
{
    double ddn;
    start("ddn", &norm_l2, INFINITY);
    saturate();
    trial_run(&trial, &toy);
    ddn = lengths() / (double)broken();
    finish();
    start("fmn", &norm_l2, INFINITY);
    saturate();
    trial_run(&trial, &toy);
    cr_assert_geq(broken(), N - 1);
    cr_assert_leq(lengths() / (double)broken(), 1.1 * ddn);
    finish();
}

/* torchattacks: atanh of exactly -1 and 1 has no gradient: pixels at 0 and 1 never moved. */
Test(defects, torchattacks_cw_moves_pixels_at_the_ends_of_the_box)
{
    size_t moved = 0, could = 0;
    start("cw", &norm_l2, INFINITY);
    saturate();
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; is_broken(i) && j < D; j++, could++)
            moved += trial.adv[i * D + j] < trial.x[i * D + j] || trial.adv[i * D + j] > trial.x[i * D + j];
    cr_assert(broken() >= N - 1 && moved > could / 4, "%zu broken, %zu of %zu moved", broken(), moved, could);
    finish();
}

/* torchattacks: the largest other logit was taken to be 0 at least: success .017 with logits 100 lower, 1.0 higher. */
Test(defects, torchattacks_cw_shifted_logits_change_no_success)
{
    const float shift[] = {0, -100, 100};
    size_t count[3];
    double sum[3];
    for (size_t k = 0; k < 3; k++) {
        start("cw", &norm_l2, INFINITY);
        change_logits(0, shift[k]);
        trial_run(&trial, &toy);
        count[k] = broken();
        sum[k] = lengths();
        finish();
    }
    cr_assert_geq(count[0], N - 1);
    for (size_t k = 1; k < 3; k++) {
        cr_assert_eq(count[k], count[0], "logits %+g: %zu, not %zu", (double)shift[k], count[k], count[0]);
        cr_assert_float_eq(sum[k], sum[0], 0.02 * sum[0]);
    }
}

/* Foolbox: an image of zeros where C&W failed, which most nets misclassify: 98 of 100 "successes" were black. */
Test(defects, foolbox_cw_gives_x_where_it_fails)
{
    start("cw", &norm_l2, INFINITY);
    trial_set(&trial, "rounds", 1);
    trial_set(&trial, "steps", 2);
    trial_run(&trial, &toy);
    cr_assert_lt(broken(), N);
    for (size_t i = 0; i < N; i++)
        cr_assert(is_broken(i) || same(trial.adv + i * D, trial.x + i * D, D), "sample %zu", i);
    finish();
}

/* Section 2.0: cross-entropy whose gradient is p - 1 vanishes on confident nets: with logits times 100 APGD-CE left
 * 0.925 standing of which the margin loss left 0.65; cleverhans and torchattacks likewise in L2. */
Test(defects, cleverhans_confident_logits_hide_no_gradient)
{
    static const struct { const char *name; const struct norm_kind *norm; double eps; } rows[] = {
        {"fgsm", &norm_linf, 0.1}, {"bim", &norm_linf, 0.1}, {"mi_fgsm", &norm_linf, 0.1},
        {"pgd", &norm_l2, 0.4},    {"apgd", &norm_linf, 0.1}, {"apgd", &norm_l2, 0.4}, {"ddn", &norm_l2, INFINITY}};
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        size_t count[2];
        for (int scaled = 0; scaled < 2; scaled++) {
            start(rows[k].name, rows[k].norm, rows[k].eps);
            change_logits(scaled ? 10 : 0, 0);
            trial_run(&trial, &toy);
            count[scaled] = broken();
            finish();
        }
        cr_assert_gt(count[0], 2, "%s", rows[k].name);
        cr_assert_geq(count[1] + 1, count[0], "%s: %zu, and with larger logits %zu", rows[k].name, count[0], count[1]);
    }
}

/* auto-attack #108: DLR has no gradient where the label is third; only samples that are wrong already can be there,
 * and those are asked about once and left. */
Test(defects, auto_attack_108_label_ranked_third_is_broken_and_left)
{
    start("apgd", &norm_linf, 0.05);
    trial_set(&trial, "loss", 1);
    for (size_t i = 0; i < N; i++) {
        float z[CLASSES];
        toy_logits(&toy, trial.x + i * D, z);
        for (int32_t c = 0; c < CLASSES; c++) {
            size_t above = 0;
            for (size_t k = 0; k < CLASSES; k++)
                above += z[k] > z[c];
            trial.label[i] = above == 2 ? c : trial.label[i];
        }
    }
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++)
        cr_assert(is_broken(i) && trial.steps[i] == 0 && trial.forward[i] <= 1, "sample %zu: %u steps, %u asked", i,
                  trial.steps[i], trial.forward[i]);
    finish();
}

/* auto-attack #81: an index error where all samples are broken before the attack begins. */
Test(defects, auto_attack_81_all_samples_broken_already_is_no_error)
{
    for (const struct attack_kind *const *kind = attack_kinds; *kind != NULL; kind++) {
        if ((*kind)->components != NULL || (*kind)->problem == ATTACK_FITTED || (*kind)->subject == SUBJECT_TOKENS ||
            (*kind)->subject == SUBJECT_IMAGE)
            continue;
        const struct norm_kind *const *norm = norm_kinds;
        while (!(*kind)->offers(*norm))
            norm++;
        start((*kind)->name, *norm, (*kind)->problem == ATTACK_MINIMAL ? INFINITY : *norm == &norm_l0 ? 3 : 0.05);
        for (size_t i = 0; i < N; i++)
            trial.label[i] = (trial.label[i] + 1) % CLASSES;
        if (trial_has(&trial, "steps"))
            trial_set(&trial, "steps", 30);
        trial_run(&trial, &toy);
        expect_in_box(&trial, (*kind)->name);
        for (size_t i = 0; i < N; i++)
            cr_assert(length(i) <= trial.eps && ((*kind)->problem != ATTACK_MINIMAL || length(i) <= 0), "%s",
                      (*kind)->name);
        finish();
    }
}

/* ART #1238, foolbox #165: no counts of queries, or counts by the attack's own word. Here they are the model's. */
Test(defects, art_1238_counts_are_what_the_model_was_asked)
{
    static const char *const names[] = {"pgd", "apgd", "square", "ddn", "deepfool", "hopskipjump", "boundary"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        struct toy_stop count = {.asked = 0, .at = 0};
        size_t sum = 0;
        start(names[k], &norm_l2, 0.3);
        trial.eps = trial.kind->problem == ATTACK_MINIMAL ? INFINITY : trial.eps;
        if (trial_has(&trial, "steps"))
            trial_set(&trial, "steps", 40);
        if (trial_has(&trial, "iterations"))
            trial_set(&trial, "iterations", 4);
        toy.stop = &count;
        for (size_t i = 0; i < N; i++) /* one by one: a call of the model is one question then */
            trial_run_some(&trial, &toy, &i, 1);
        for (size_t i = 0; i < N; i++)
            sum += trial.forward[i];
        cr_assert(sum == count.asked && sum > N / 2, "%s: %zu counted, %zu asked", names[k], sum, count.asked);
        finish();
    }
}

/* ART: HopSkipJump and boundary draw a first point, find none, and give x back as if the sample had withstood. */
Test(defects, art_boundary_without_an_adversarial_start_says_so)
{
    static const char *const names[] = {"boundary", "hopskipjump"};
    for (size_t k = 0; k < 2; k++) {
        start(names[k], &norm_l2, INFINITY);
        toy.b2[0] = 1e6f;
        memset(trial.label, 0, N * sizeof *trial.label);
        trial_set(&trial, "starts", 7);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++)
            cr_assert(trial.no_start[i] == 1 && trial.forward[i] == 8 && length(i) <= 0, "%s: %u asked", names[k],
                      trial.forward[i]);
        finish();
    }
}

/* Foolbox: security curves that rise, from draws that change with eps; a box that holds the smaller one is no worse. A
 * larger eps breaks whatever a smaller one broke, up to the few that the driver carries over. */
Test(defects, foolbox_a_larger_eps_hardly_loses_what_a_smaller_one_broke)
{
    const double eps[] = {0.02, 0.04, 0.06, 0.08, 0.1, 0.12};
    uint8_t before[N] = {0};
    size_t lost = 0;
    for (size_t b = 0; b < 6; b++) {
        start("pgd", &norm_linf, eps[b]);
        trial_run(&trial, &toy);
        for (size_t i = 0; i < N; i++) {
            lost += before[i] && !is_broken(i);
            before[i] = (uint8_t)(before[i] || is_broken(i));
        }
        finish();
    }
    cr_assert_leq(lost, 1);
}

/* torchattacks #153, #74; foolbox #554: a batch that takes hours, for the sake of samples that never break. */
Test(defects, torchattacks_153_deepfool_ends_where_nothing_can_be_broken)
{
    start("deepfool", &norm_l2, INFINITY);
    const uint32_t most = (uint32_t)param_find(trial.kind->params, "steps")->default_value;
    for (size_t h = 0; h < 24; h++)
        toy.w2[h] = 0;
    toy.b2[0] = 1e6f;
    memset(trial.label, 0, N * sizeof *trial.label);
    trial.label[5] = 1; /* and one that is broken as it stands */
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        cr_assert(same(trial.adv + i * D, trial.x + i * D, D), "sample %zu", i);
        cr_assert_leq(trial.steps[i], i == 5 ? 0 : most);
    }
    finish();
}
