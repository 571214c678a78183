/* Hyperplanes in boxes against slow search, and FAB on nets whose distances are known. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/hyperplane.h"
#include "tests/attacks/toy.h"

enum { D = 9, TRIALS = 200 };

static const struct norm_kind *const norms[] = {&norm_linf, &norm_l2, &norm_l1};

static double along(const float *w, const float *a, const float *b)
{
    double sum = 0;
    for (size_t i = 0; i < D; i++)
        sum += (double)w[i] * ((double)a[i] - (double)b[i]);
    return sum;
}

/* The least distance at which the plane is reached: what is reached within a ball of radius r is known in closed form
 * for Linf and L1 and by bisection over the multiplier for L2, and grows with r. */
static double reached_within(const struct norm_kind *norm, double r, double sign, const float *w, const float *z,
                             const float *lower, const float *upper)
{
    double room[D], sum = 0, left = r, low = 0, high = 1e9;
    for (size_t i = 0; i < D; i++)
        room[i] = sign * (double)w[i] > 0 ? (double)upper[i] - (double)z[i] : (double)z[i] - (double)lower[i];
    if (norm == &norm_linf) {
        for (size_t i = 0; i < D; i++)
            sum += fabs((double)w[i]) * fmin(r, room[i]);
        return sum;
    }
    if (norm == &norm_l1) {
        uint8_t used[D] = {0};
        for (size_t k = 0; k < D; k++) {
            size_t best = D;
            for (size_t i = 0; i < D; i++)
                if (!used[i] && (best == D || fabsf(w[i]) > fabsf(w[best])))
                    best = i;
            used[best] = 1;
            double m = fmin(left, room[best]);
            sum += m * fabs((double)w[best]);
            left -= m;
        }
        return sum;
    }
    for (int k = 0; k < 200; k++) {
        double t = (low + high) / 2, length = 0;
        for (size_t i = 0; i < D; i++)
            length += pow(fmin(t * fabs((double)w[i]), room[i]), 2);
        *(sqrt(length) < r ? &low : &high) = t;
    }
    for (size_t i = 0; i < D; i++)
        sum += fabs((double)w[i]) * fmin(low * fabs((double)w[i]), room[i]);
    return sum;
}

Test(hyperplane, is_reached_by_the_shortest_way)
{
    size_t cut = 0, out_of_reach = 0;
    for (size_t t = 0; t < 3 * TRIALS; t++) {
        const struct norm_kind *norm = norms[t % 3];
        const struct rng_key key = {1, t, 2, 3};
        float w[D], z[D], lower[D], upper[D], out[D];
        rng_fill_normal(&key, 0, D, w);
        rng_fill_uniform(&key, 20, D, 0, 1, z);
        w[t % D] = t % 5 == 0 ? 0 : w[t % D];
        w[(t + 1) % D] = t % 7 == 0 ? w[(t + 2) % D] : w[(t + 1) % D];
        for (size_t i = 0; i < D; i++) {
            lower[i] = t % 4 == 0 && i == 3 ? z[i] : 0;
            upper[i] = t % 4 == 0 && i == 3 ? z[i] : 1;
        }
        const double c = 4 * ((double)rng_uniform(&key, 40) - 0.5), sign = c < 0 ? -1 : 1;
        hyperplane_project(norm, D, w, c, z, lower, upper, out);
        double length = norm->distance(test_kern(), D, out, z);
        for (size_t i = 0; i < D; i++) {
            cr_assert(out[i] >= lower[i] && out[i] <= upper[i]);
            cut += out[i] <= lower[i] || out[i] >= upper[i];
        }
        double most = reached_within(norm, 1e3, sign, w, z, lower, upper), got = along(w, out, z);
        if (most < fabs(c)) {
            cr_expect_float_eq(sign * got, most, 1e-5, "%s: as near as the box allows", norm->name);
            out_of_reach++;
            continue;
        }
        cr_expect_float_eq(got, c, 1e-5, "%s: on the plane", norm->name);
        const double shorter = reached_within(norm, length * (1 - 1e-4) - 1e-6, sign, w, z, lower, upper);
        cr_expect_lt(shorter, fabs(c), "%s: shortest", norm->name);
    }
    cr_assert(cut > 100 && out_of_reach > 10, "%zu %zu", cut, out_of_reach);
}

Test(hyperplane, nothing_moves_without_a_slope)
{
    const float none[D] = {0}, bad[D] = {NAN, 1}, z[D] = {0.5f, 0.25f}, lower[D] = {0}, upper[D] = {1, 1};
    float out[D];
    for (size_t k = 0; k < 3; k++) {
        hyperplane_project(norms[k], D, none, 1, z, lower, upper, out);
        cr_expect(same(out, z, D));
        hyperplane_project(norms[k], D, bad, 1, z, lower, upper, out);
        cr_expect(same(out, z, D));
        hyperplane_project(norms[k], D, z, INFINITY, z, lower, upper, out);
        cr_expect(same(out, z, D));
    }
}

/* A net that is linear inside the box: hidden units of +x_j and no more, so distances are those of the hyperplanes. */
static void linear_toy(struct toy *toy, size_t classes)
{
    toy_create(toy, D, D, classes, 12);
    memset(toy->w1, 0, D * D * sizeof *toy->w1);
    for (size_t j = 0; j < D; j++) {
        toy->w1[j * D + j] = 1;
        toy->b1[j] = 1; /* x >= 0: never at the hinge */
    }
    float middle[D], z[8];
    for (size_t j = 0; j < D; j++)
        middle[j] = 0.5f;
    toy_logits(toy, middle, z);
    for (size_t k = 0; k < classes; k++)
        toy->b2[k] -= z[k]; /* the planes meet in the middle of the box */
}

static double nearest_plane(const struct toy *toy, const struct trial *t, size_t row)
{
    float z[8], w[D], lower[D], upper[D], out[D];
    const float *x = t->x + row * D;
    double nearest = INFINITY;
    toy_logits(toy, x, z);
    norm_bounds(t->norm, INFINITY, D, x, t->low, t->high, NULL, lower, upper);
    for (size_t k = 0; k < toy->classes; k++) {
        if ((int32_t)k == t->label[row])
            continue;
        for (size_t j = 0; j < D; j++)
            w[j] = toy->w2[k * D + j] - toy->w2[(size_t)t->label[row] * D + j];
        const double c = (double)z[t->label[row]] - (double)z[k];
        hyperplane_project(t->norm, D, w, c, x, lower, upper, out);
        if (fabs(along(w, out, x) - c) < 1e-5)
            nearest = fmin(nearest, t->norm->distance(test_kern(), D, out, x));
    }
    return nearest;
}

static void expect_exact(const char *name, double slack)
{
    for (size_t k = 0; k < 3; k++) {
        struct toy toy;
        struct trial t;
        size_t reached = 0;
        linear_toy(&toy, 4);
        trial_create(&t, attack_find(name), table_shape(D), 20, &toy, 0, 1);
        t.norm = norms[k];
        t.eps = INFINITY;
        if (t.kind->offers(norms[k]))
            trial_run(&t, &toy);
        for (size_t i = 0; t.kind->offers(norms[k]) && i < t.n; i++) {
            const double wanted = nearest_plane(&toy, &t, i);
            const double got = t.norm->distance(test_kern(), D, t.adv + i * D, t.x + i * D);
            const int broken = toy_predict(&toy, t.adv + i * D) != t.label[i];
            cr_expect_eq(broken, isfinite(wanted), "%s %s: sample %zu", name, norms[k]->name, i);
            if (broken)
                cr_expect(got <= wanted * (1 + slack) + 1e-6, "%s %s: %g, not %g", name, norms[k]->name, got, wanted);
            reached += (size_t)broken;
        }
        cr_assert(!t.kind->offers(norms[k]) || reached >= 10, "%zu reached", reached);
        trial_free(&t);
        toy_free(&toy);
    }
}

Test(fab, is_near_exact_on_linear_nets)
{
    expect_exact("fab", 3e-2);
    expect_exact("fab_t", 3e-2);
}

Test(deepfool, is_exact_on_linear_nets)
{
    expect_exact("deepfool", 6e-2);
}

/* The steepest value is at the end of its box: it takes 99 % of the square of the gradient and goes nowhere. What the
 * others have to do for it takes a few steps; by the share of the gradient that is theirs it would be hundreds. */
Test(deepfool, is_not_held_up_by_values_at_the_end_of_the_box)
{
    struct toy toy;
    struct trial t;
    linear_toy(&toy, 2);
    trial_create(&t, attack_find("deepfool"), table_shape(D), 8, &toy, 0, 1);
    t.norm = &norm_l2;
    t.eps = INFINITY;
    trial_set(&t, "steps", 12);
    for (size_t j = 0; j < D; j++) {
        toy.w2[j] = j == 0 ? 30 : 1;
        toy.w2[D + j] = -toy.w2[j];
    }
    for (size_t i = 0; i < t.n; i++) { /* all of class 1, and the first value would have to rise above its end */
        float z[2];
        t.x[i * D] = t.high[0];
        for (size_t j = 1; j < D; j++)
            t.x[i * D + j] = t.low[j] + (0.1f + 0.02f * (float)i) * (t.high[j] - t.low[j]);
        t.label[i] = 1;
        toy_logits(&toy, t.x + i * D, z);
        toy.b2[0] += i == 0 ? z[1] - z[0] - 4 : 0; /* of the first sample the others have 4 to make up for */
    }
    trial_run(&t, &toy);
    for (size_t i = 0; i < t.n; i++) {
        const double wanted = nearest_plane(&toy, &t, i);
        const double got = t.norm->distance(test_kern(), D, t.adv + i * D, t.x + i * D);
        cr_expect(isfinite(wanted), "sample %zu", i);
        cr_expect_eq(toy_predict(&toy, t.adv + i * D), 0, "sample %zu", i);
        cr_expect(got <= 1.05 * wanted, "sample %zu: %g, not %g", i, got, wanted);
    }
    trial_free(&t);
    toy_free(&toy);
}

/* adv_lib's and Foolbox's FMN stop on the boundary itself where the net is linear between, and fail there. */
Test(fmn, is_near_exact_and_never_fails_on_linear_nets)
{
    expect_exact("fmn", 0.12); /* the margin follows the likeliest class, which need not be the nearest */
}

/* torchattacks never moves values that start at an end of the box; Foolbox returns black images for failures. */
Test(cw, comes_near_on_linear_nets)
{
    expect_exact("cw", 0.3);
}

Test(ead, comes_near_on_linear_nets)
{
    expect_exact("ead", 0.35);
}
