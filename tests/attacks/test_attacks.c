/* Properties that every row of the attack table must have, and those of the projected gradient attacks. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/artefact.h"
#include "attacks/norm.h"
#include "tests/attacks/rows.h"

static void stays_in_budget(struct trial *t, struct toy *toy)
{
    for (size_t b = 0; b < 7; b++) {
        t->eps = t->kind->problem == ATTACK_MINIMAL ? INFINITY : row_budget(t->norm, b);
        trial_run(t, toy);
        expect_in_box(t, "attack");
        for (size_t i = 0; i < N; i++) {
            double norm = t->norm->distance(test_kern(), D, t->x + i * D, t->adv + i * D);
            cr_assert(norm <= t->eps, "%s: norm %.17g over eps %.17g", t->kind->name, norm, t->eps);
        }
    }
}
Test(attacks, every_row_stays_in_ball_and_box) { for_every_attack(stays_in_budget); }

static void eps_zero(struct trial *t, struct toy *toy)
{
    if (t->kind->problem == ATTACK_MINIMAL)
        return;
    t->x[4] = -0.0f;
    t->eps = 0;
    trial_run(t, toy);
    cr_assert(same(t->adv, t->x, N * D), "%s moves at eps 0", t->kind->name);
}
Test(attacks, every_row_gives_x_back_at_eps_zero) { for_every_attack(eps_zero); }

static void same_seed(struct trial *t, struct toy *toy)
{
    float first[N * D];
    trial_run(t, toy);
    memcpy(first, t->adv, sizeof first);
    trial_run(t, toy);
    cr_assert(same(first, t->adv, N * D), "%s: another run, other bytes", t->kind->name);
}
Test(attacks, every_row_repeats_its_bytes) { for_every_attack(same_seed); }

struct results { float adv[N * D]; uint32_t steps[N], forward[N], gradient[N]; };
static void results_of(const struct trial *t, struct results *r)
{
    memcpy(r->adv, t->adv, sizeof r->adv);
    memcpy(r->steps, t->steps, sizeof r->steps);
    memcpy(r->forward, t->forward, sizeof r->forward);
    memcpy(r->gradient, t->gradient, sizeof r->gradient);
}

static void batch_unobservable(struct trial *t, struct toy *toy)
{
    static const size_t permuted[N] = {7, 12, 0, 3, 11, 5, 9, 1, 10, 2, 8, 6, 4}, parts[] = {1, 4, 2, 6};
    struct results whole, other;
    trial_run(t, toy);
    results_of(t, &whole);
    trial_run_some(t, toy, permuted, N);
    results_of(t, &other);
    cr_assert_arr_eq(&whole, &other, sizeof whole, "%s: order is observable", t->kind->name);
    memset(t->adv, 0, N * D * sizeof(float));
    for (size_t p = 0, first = 0; p < 4; first += parts[p++])
        trial_run_some(t, toy, permuted + first, parts[p]);
    results_of(t, &other);
    cr_assert_arr_eq(&whole, &other, sizeof whole, "%s: batch size is observable", t->kind->name);
    for (size_t i = 0; i < N; i++)
        trial_run_some(t, toy, &i, 1);
    results_of(t, &other);
    cr_assert_arr_eq(&whole, &other, sizeof whole, "%s: batches of one differ", t->kind->name);
}
Test(attacks, every_row_hides_batch_and_position) { for_every_attack(batch_unobservable); }

static void counters(struct trial *t, struct toy *toy)
{
    trial_run(t, toy);
    for (size_t i = 0; i < N; i++) {
        if (t->kind->knowledge < KNOW_GRADIENT)
            cr_assert_eq(t->gradient[i], 0);
        if (t->kind->knowledge == KNOW_NONE)
            cr_assert_eq(t->forward[i], 0);
        else
            cr_assert(t->forward[i] >= t->gradient[i] && t->forward[i] > 0);
    }
}
Test(attacks, every_row_counts_what_its_knowledge_allows) { for_every_attack(counters); }

/* What the kind says that a sample takes who withstands. */
static struct attack_passes told_passes(const struct trial *t)
{
    struct err e = {0};
    _Alignas(max_align_t) char params[256];
    cr_assert_leq(t->kind->param_size, sizeof params);
    memcpy(params, t->params, t->kind->param_size);
    if (t->kind->finish != NULL)
        t->kind->finish(params, t->norm, t->eps, &t->shape, &e);
    return t->kind->passes(&(struct attack_extent){params, t->norm, t->eps, &t->shape, CLASSES});
}

/* No sample takes more than that, and one that withstands about as much: a budget of 1e-9 breaks none. */
static void passes_are_told(struct trial *t, struct toy *toy)
{
    if (t->kind->problem == ATTACK_FITTED)
        return;
    const int withstands = t->kind->problem == ATTACK_BUDGET && t->norm != &norm_l0;
    t->eps = withstands ? 1e-9 : t->eps;
    trial_run(t, toy);
    const struct attack_passes most = told_passes(t);
    for (size_t i = 0; i < N; i++) {
        const double gradient = t->gradient[i], forward = (double)t->forward[i] - gradient;
        cr_assert(gradient <= most.gradient && forward <= most.forward, "%s: %g + %g passes, told %g + %g",
                  t->kind->name, forward, gradient, most.forward, most.gradient);
        cr_assert(!withstands || (gradient >= 0.95 * most.gradient && forward >= 0.95 * most.forward),
                  "%s: %g + %g passes alone, told %g + %g", t->kind->name, forward, gradient, most.forward,
                  most.gradient);
    }
}
Test(attacks, every_row_tells_its_passes) { for_every_attack(passes_are_told); }

/* Weights of zero: no gradient, constant logits. */
static void flat_model(struct trial *t, struct toy *toy)
{
    struct toy flat;
    (void)toy;
    toy_create(&flat, D, 3, CLASSES, 1);
    memset(flat.w1, 0, 3 * D * sizeof(float));
    for (size_t i = 0; i < N; i++)
        t->label[i] = toy_predict(&flat, t->x);
    trial_run(t, &flat);
    expect_in_box(t, "on a flat model");
    if (t->kind->knowledge == KNOW_GRADIENT && !trial_has(t, "random_start") && !trial_has(t, "restarts"))
        cr_assert(same(t->adv, t->x, N * D), "%s moves without a gradient", t->kind->name);
    toy_free(&flat);
}
Test(attacks, every_row_survives_a_zero_gradient) { for_every_attack(flat_model); }

static void not_finite(struct trial *t, struct toy *toy)
{
    struct toy broken;
    (void)toy;
    toy_create(&broken, D, 3, CLASSES, 1);
    broken.w1[5] = 3e38f;
    broken.w2[1] = INFINITY;
    trial_run(t, &broken);
    expect_in_box(t, "on a model that gives NaN");
    for (size_t i = 0; i < N; i++)
        cr_assert(t->norm->distance(test_kern(), D, t->x + i * D, t->adv + i * D) <= t->eps);
    toy_free(&broken);
}
Test(attacks, every_row_survives_numbers_that_are_not_finite) { for_every_attack(not_finite); }

static void immutable(struct trial *t, struct toy *toy)
{
    size_t moved = 0;
    t->feature = calloc(D, sizeof *t->feature);
    for (size_t j = 0; j < D; j++)
        t->feature[j].mutable_feature = j % 4 != 1;
    if (t->kind->problem != ATTACK_MINIMAL)
        t->eps = enough(t->norm);
    trial_run(t, toy);
    for (size_t i = 0; i < N * D; i++) {
        int moves = t->adv[i] != t->x[i];
        cr_assert(!moves || t->feature[i % D].mutable_feature, "%s moved immutable feature %zu", t->kind->name, i % D);
        moved += (size_t)moves;
    }
    cr_assert(moved > 0, "%s moved nothing", t->kind->name);
}
Test(attacks, every_row_leaves_immutable_features) { for_every_attack(immutable); }

static size_t reached(const struct trial *t, const struct toy *toy)
{
    size_t count = 0;
    for (size_t i = 0; i < t->n; i++) {
        int32_t predicted = toy_predict(toy, t->adv + i * t->size);
        count += t->target != NULL ? predicted == t->target[i] : predicted != t->label[i];
    }
    return count;
}

static void effective(struct trial *t, struct toy *toy)
{
    if (t->kind->problem != ATTACK_MINIMAL)
        t->eps = enough(t->norm);
    trial_run(t, toy);
    size_t count = reached(t, toy);
    size_t least = t->target != NULL ? 2 : trial_has(t, "steps") ? N / 2 : N / 4;
    cr_assert(count >= least, "%s %s %s: goal reached on %zu of %d", t->kind->name,
              t->norm->name, t->target ? "targeted" : "untargeted", count, N);
}
Test(attacks, every_row_reaches_its_goal) { for_every_attack(effective); }

/* Minimal attacks: x itself where nothing was found; what was found is broken, and nearer than the box is wide. */
static void minimal(struct trial *t, struct toy *toy)
{
    if (t->kind->problem != ATTACK_MINIMAL)
        return;
    trial_run(t, toy);
    for (size_t i = 0; i < N; i++) {
        int32_t predicted = toy_predict(toy, t->adv + i * D);
        int goal = t->target != NULL ? predicted == t->target[i] : predicted != t->label[i];
        cr_assert(goal || same(t->adv + i * D, t->x + i * D, D), "%s: a failure that is not x", t->kind->name);
    }
}
Test(attacks, every_minimal_row_gives_success_or_x) { for_every_attack(minimal); }

/* A sample that is broken as it stands needs no change. */
static void broken_already(struct trial *t, struct toy *toy)
{
    if (t->kind->problem != ATTACK_MINIMAL || t->target != NULL)
        return;
    for (size_t i = 0; i < N; i++)
        t->label[i] = (t->label[i] + 1) % CLASSES;
    trial_run(t, toy);
    cr_assert(same(t->adv, t->x, N * D), "%s moves what is broken", t->kind->name);
}
Test(attacks, every_minimal_row_leaves_what_is_broken) { for_every_attack(broken_already); }

static void expect_needs(const char *name, const char *const *needs, const struct artefact_kind *const *end)
{
    for (size_t i = 0; needs != NULL && needs[i] != NULL; i++) {
        const struct artefact_kind *const *kind = artefact_kinds;
        cr_assert(i < ARTEFACT_NEEDS, "%s needs too much", name);
        while (kind != end && *kind != NULL && strcmp((*kind)->name, needs[i]) != 0)
            kind++;
        cr_assert(kind != end && *kind != NULL, "%s needs '%s', which is not there or below it", name, needs[i]);
    }
}

Test(attacks, what_is_needed_is_there)
{
    for (const struct artefact_kind *const *kind = artefact_kinds; *kind != NULL; kind++) {
        cr_assert_eq(artefact_find((*kind)->name), *kind);
        cr_assert((*kind)->source && (*kind)->doc && (*kind)->size && (*kind)->make);
        expect_needs((*kind)->name, (*kind)->needs, kind);
    }
    for (const struct attack_kind *const *kind = attack_kinds; *kind != NULL; kind++) {
        expect_needs((*kind)->name, (*kind)->needs, NULL);
        cr_assert_eq((*kind)->problem == ATTACK_FITTED, (*kind)->needs != NULL, "%s", (*kind)->name);
    }
    for (const struct attack_kind *const *kind = transformation_kinds; *kind != NULL; kind++)
        expect_needs((*kind)->name, (*kind)->needs, NULL);
    cr_assert_null(artefact_find("no_such_artefact"));
}

Test(attacks, tables_are_complete)
{
    for (const struct attack_kind *const *kind = attack_kinds; *kind != NULL; kind++) {
        cr_assert_eq(attack_find((*kind)->name), *kind);
        cr_assert((*kind)->offers != NULL);
        cr_assert_neq((*kind)->run == NULL, (*kind)->components == NULL, "an attack or a chain");
        cr_assert_eq((*kind)->run == NULL, (*kind)->passes == NULL, "%s: passes", (*kind)->name);
        cr_assert((*kind)->knowledge != KNOW_NONE || (*kind)->problem == ATTACK_FITTED);
        cr_assert((*kind)->source && (*kind)->doc && (*kind)->params);
        cr_assert_null(transformation_find((*kind)->name));
    }
    for (const struct attack_kind *const *kind = transformation_kinds; *kind != NULL; kind++) {
        cr_assert_eq(transformation_find((*kind)->name), *kind);
        cr_assert((*kind)->offers == NULL && (*kind)->knowledge == KNOW_NONE);
        cr_assert((*kind)->source && (*kind)->doc && (*kind)->run && (*kind)->params);
    }
    cr_assert_null(attack_find("no_such_attack"));
    cr_assert_null(transformation_find("no_such_transformation"));
}

/* Components exist, have the parameters that are set, and offer the norm. */
Test(attacks, chains_are_made_of_attacks)
{
    for (const struct attack_kind *const *kind = attack_kinds; *kind != NULL; kind++)
        for (size_t norm = 0; (*kind)->components != NULL && norm < NORMS; norm++) {
            char params[256];
            size_t n;
            cr_assert_leq((*kind)->param_size, sizeof params);
            param_defaults((*kind)->params, params);
            if (!(*kind)->offers(norm_kinds[norm]))
                continue;
            const struct attack_component *c = (*kind)->components(params, norm_kinds[norm], &n);
            cr_assert(n > 1 && n <= ATTACK_COMPONENTS_MOST);
            for (size_t i = 0; i < n; i++) {
                const struct attack_kind *part = attack_find(c[i].kind);
                cr_assert(part != NULL && part->run != NULL && part->offers(norm_kinds[norm]), "%s", c[i].kind);
                for (size_t k = 0; k < 3 && c[i].setting[k].param != NULL; k++)
                    cr_assert_not_null(param_find(part->params, c[i].setting[k].param));
            }
        }
}
