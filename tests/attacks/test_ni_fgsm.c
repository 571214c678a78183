/* ni_fgsm without momentum, and by steps that only a gradient ahead can turn. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { N = 9, D = 14 };

/* Without momentum there is nothing to look ahead along: bim's path, bit for bit. */
Test(ni_fgsm, without_momentum_is_bim)
{
    struct toy toy;
    struct trial t;
    float ours[N * D];
    toy_create(&toy, D, 10, 4, 8);
    trial_create(&t, attack_find("ni_fgsm"), table_shape(D), N, &toy, 0, 1);
    t.norm = &norm_linf;
    t.eps = 0.02;
    trial_set(&t, "decay", 0);
    trial_set(&t, "step_size", 0.004);
    trial_run(&t, &toy);
    memcpy(ours, t.adv, sizeof ours);
    trial_free(&t);
    trial_create(&t, attack_find("bim"), table_shape(D), N, &toy, 0, 1);
    t.norm = &norm_linf;
    t.eps = 0.02;
    trial_set(&t, "step_size", 0.004);
    trial_run(&t, &toy);
    cr_assert(same(ours, t.adv, N * D));
    trial_free(&t);
    toy_free(&toy);
}

/* Gradients are asked for at x_t + alpha mu g_t: with one step gathered, at x_1 + alpha mu g / ||g||_1 of that step.
 * The toy's hinge lies between x_1 and the point ahead, so only a gradient taken ahead turns the second step. */
Test(ni_fgsm, looks_ahead)
{
    struct toy toy;
    struct trial t;
    toy_create(&toy, 1, 2, 2, 1);
    /* logits 0 and b - 10 max(x - 0.35, 0) + x: rises until 0.35, falls beyond it */
    toy.w1[0] = 1, toy.b1[0] = 0, toy.w1[1] = 1, toy.b1[1] = -0.35f;
    toy.w2[0] = 0, toy.w2[1] = 0, toy.b2[0] = 0, toy.w2[2] = 1, toy.w2[3] = -10, toy.b2[1] = -9;
    trial_create(&t, attack_find("ni_fgsm"), table_shape(1), 1, &toy, 0, 1);
    t.x[0] = 0.2f, t.low[0] = 0, t.high[0] = 1, t.label[0] = 0;
    t.norm = &norm_linf;
    t.eps = 0.3;
    trial_set(&t, "steps", 2);
    trial_set(&t, "step_size", 0.1); /* x_1 = 0.3, ahead 0.4: the gradient there is -9, over its length -1 */
    trial_run(&t, &toy);
    cr_assert_float_eq((double)t.adv[0], 0.3, 1e-6, "g_2 = 1 - 1 = 0: it stays, at %g", (double)t.adv[0]);
    trial_set(&t, "decay", 0.1); /* ahead 0.31: before the hinge, so the step goes on */
    trial_run(&t, &toy);
    cr_assert_float_eq((double)t.adv[0], 0.4, 1e-6);
    trial_free(&t);
    toy_free(&toy);
}
