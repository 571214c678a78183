/* Attacks on the number of changed values: against the exact count on a linear net, found by trying all sets. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

enum { D = 10, N = 16 };

/* The fewest values whose ends of the box change the label. */
static double fewest(const struct toy *toy, const struct trial *t, size_t row)
{
    const float *x = t->x + row * D;
    double best = INFINITY;
    for (unsigned set = 1; set < 1U << D; set++)
        for (size_t k = 0; k < toy->classes; k++) {
            float moved[D];
            size_t n = 0;
            for (size_t j = 0; j < D; j++) {
                const float slope = toy->w2[k * D + j] - toy->w2[(size_t)t->label[row] * D + j];
                moved[j] = !(set >> j & 1) ? x[j] : slope > 0 ? t->high[j] : t->low[j];
                n += set >> j & 1;
            }
            if ((double)n < best && toy_predict(toy, moved) != t->label[row])
                best = (double)n;
        }
    return best;
}

static void expect_few(const char *name, double most_over)
{
    struct toy toy;
    struct trial t;
    double ours = 0, least = 0;
    toy_create(&toy, D, D, 4, 12);
    memset(toy.w1, 0, D * D * sizeof *toy.w1);
    for (size_t j = 0; j < D; j++)
        toy.w1[j * D + j] = 1, toy.b1[j] = 1; /* linear inside the box */
    float middle[D], z[8];
    for (size_t j = 0; j < D; j++)
        middle[j] = 0.5f;
    toy_logits(&toy, middle, z);
    for (size_t k = 0; k < 4; k++)
        toy.b2[k] -= z[k];
    trial_create(&t, attack_find(name), table_shape(D), N, &toy, 0, 1);
    t.norm = &norm_l0;
    t.eps = INFINITY;
    if (trial_has(&t, "at_once")) {
        trial_set(&t, "share", 1);
        trial_set(&t, "at_once", 1);
    }
    trial_run(&t, &toy);
    for (size_t i = 0; i < N; i++) {
        const double wanted = fewest(&toy, &t, i), got = norm_l0.distance(test_kern(), D, t.adv + i * D, t.x + i * D);
        const int broken = toy_predict(&toy, t.adv + i * D) != t.label[i];
        if (!isfinite(wanted))
            continue;
        cr_expect(broken && got >= wanted, "%s: sample %zu: broken %d, %g of %g", name, i, broken, got, wanted);
        ours += got;
        least += wanted;
    }
    cr_assert(least >= 10 && ours <= most_over * least, "%s: %g, at least %g", name, ours, least);
    trial_free(&t);
    toy_free(&toy);
}

Test(sparse, fmn_finds_few) { expect_few("fmn", 1.3); }
Test(sparse, sigma_zero_finds_few) { expect_few("sigma_zero", 1.3); }
Test(sparse, jsma_finds_few) { expect_few("jsma", 1.3); }
