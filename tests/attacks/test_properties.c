/* Properties of every row of the attack table that have to do with the model's own count, and with the box. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "attacks/norm.h"
#include "tests/attacks/rows.h"

static size_t sum(const uint32_t *count)
{
    size_t total = 0;
    for (size_t i = 0; i < N; i++)
        total += count[i];
    return total;
}

/* Norm within eps and values within the box, whatever the box; -1.5 .. 1.5 times these are not the same everywhere. */
static void whatever_the_box(struct trial *t, struct toy *toy)
{
    const double width = (double)t->high[0] - (double)t->low[0];
    for (size_t b = 0; b < 3; b++) {
        const double share[] = {1e-4, 0.05, 0.6};
        if (t->kind->problem != ATTACK_MINIMAL)
            t->eps = t->norm == &norm_l0 ? row_budget(t->norm, 2 * b) : share[b] * enough(t->norm) * width;
        trial_run(t, toy);
        expect_in_box(t, "attack");
        for (size_t i = 0; i < N; i++)
            cr_assert_leq(t->norm->distance(test_kern(), D, t->x + i * D, t->adv + i * D), t->eps, "%s %s",
                          t->kind->name, t->norm->name);
    }
}
Test(properties, every_row_stays_in_a_box_of_bytes) { for_every_attack_in(0, 255, whatever_the_box); }
Test(properties, every_row_stays_in_a_box_far_from_zero) { for_every_attack_in(1000, 3, whatever_the_box); }
Test(properties, every_row_stays_in_a_small_box_below_zero) { for_every_attack_in(-2e-3f, 1e-3f, whatever_the_box); }

/* A sample's count is the model's, sample by sample; what has no gradients asks for none, by the model's word. */
static void asked(struct trial *t, struct toy *toy)
{
    if (t->kind->problem == ATTACK_FITTED) /* the fit asks, and the samples do not */
        return;
    toy->asked = toy->asked_gradient = 0;
    trial_run(t, toy);
    cr_assert_eq(sum(t->forward), toy->asked, "%s: %zu counted, %zu asked", t->kind->name, sum(t->forward),
                 toy->asked);
    cr_assert_eq(sum(t->gradient), toy->asked_gradient, "%s: %zu gradients counted, %zu asked", t->kind->name,
                 sum(t->gradient), toy->asked_gradient);
    cr_assert(t->kind->knowledge == KNOW_GRADIENT || toy->asked_gradient == 0, "%s asks for gradients",
              t->kind->name);
}
Test(properties, every_row_counts_what_the_model_was_asked) { for_every_attack(asked); }

/* Queries beyond the budget do not reach the model, and what they answer is not taken for anything. */
static void within_queries(struct trial *t, struct toy *toy)
{
    if (t->kind->problem == ATTACK_FITTED)
        return;
    for (toy->budget = 1; toy->budget < 100; toy->budget *= 3) {
        toy->asked = 0;
        trial_run(t, toy);
        expect_in_box(t, "with few queries");
        cr_assert_leq(toy->asked, N * toy->budget, "%s asks %zu times", t->kind->name, toy->asked);
        for (size_t i = 0; i < N; i++) {
            const float *x = t->x + i * D, *adv = t->adv + i * D;
            const int32_t predicted = toy_predict(toy, adv);
            const int goal = t->target != NULL ? predicted == t->target[i] : predicted != t->label[i];
            cr_assert_leq(t->forward[i], toy->budget, "%s: %u of %u queries", t->kind->name, t->forward[i],
                          toy->budget);
            cr_assert_leq(t->norm->distance(test_kern(), D, x, adv), t->eps, "%s", t->kind->name);
            cr_assert(t->kind->problem != ATTACK_MINIMAL || goal || same(x, adv, D), "%s: a failure that is not x",
                      t->kind->name);
        }
    }
    toy->budget = 0;
}
Test(properties, every_row_keeps_its_budget_of_queries) { for_every_attack(within_queries); }
