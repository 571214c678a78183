/* Norms: what every row of the table promises, and each projection against a slow one. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>
#include "attacks/norm.h"
#include "tests/attacks/toy.h"

#define D 197

static float x[D], low[D], high[D], lower[D], upper[D], adv[D];
static const double budgets[] = {1e-12, 1e-8, 3e-8, 1e-7, 1e-5, 8.0 / 255, 0.3, 1, 2.5, 3.9, 77, 1e30};
#define BUDGETS (sizeof budgets / sizeof budgets[0])

/* Values of all magnitudes from 2^-30 to 2^8, in a box of each value's own. */
static void fill(void)
{
    struct rng_key key = {3, 4, 5, 0};
    rng_fill_uniform(&key, 0, D, -1, 1, x);
    rng_fill_uniform(&key, D, D, 0.01f, 1, low);
    rng_fill_uniform(&key, 2 * D, D, 0.01f, 1, high);
    for (int i = 0; i < D; i++) {
        x[i] = ldexpf(x[i], i % 39 - 30);
        low[i] = i % 11 == 0 ? x[i] : x[i] - low[i];
        high[i] = i % 13 == 0 ? x[i] : x[i] + high[i];
    }
    x[1] = 0;
    x[2] = -0.0f;
}

/* adv by number: far outside, near by, few values, one that is not finite. */
#define STARTS 5
static void fill_adv(unsigned number)
{
    static const float width[STARTS] = {3, 0.05f, 1, 1, 1e20f};
    struct rng_key key = {8, number, 5, 0};
    rng_fill_uniform(&key, 0, D, -width[number], width[number], adv);
    for (int i = 0; i < D; i++)
        adv[i] = number == 2 && i % 16 != 3 ? x[i] : x[i] + adv[i];
    if (number == 3) {
        adv[3] = NAN;
        adv[40] = INFINITY;
        adv[41] = -INFINITY;
    }
}

static void for_every_norm(void (*test)(const struct norm_kind *norm, double eps))
{
    fill();
    for (size_t k = 0; k < NORMS; k++)
        for (size_t b = 0; b < BUDGETS; b++) {
            norm_bounds(norm_kinds[k], budgets[b], D, x, low, high, NULL, lower, upper);
            test(norm_kinds[k], budgets[b]);
        }
}

static void feasible(const struct norm_kind *norm, double eps)
{
    for (unsigned s = 0; s < STARTS; s++) {
        fill_adv(s);
        norm_project(norm, test_kern(), eps, D, x, lower, upper, adv);
        for (int i = 0; i < D; i++)
            cr_assert(low[i] <= adv[i] && adv[i] <= high[i], "%s, eps %g: value %d outside", norm->name, eps, i);
        double length = norm->distance(test_kern(), D, x, adv);
        cr_assert(length <= eps, "%s: length %.17g over %.17g", norm->name, length, eps);
    }
}
Test(norm, projected_floats_are_within_eps_and_box) { for_every_norm(feasible); }

static void idempotent(const struct norm_kind *norm, double eps)
{
    float before[D];
    for (unsigned s = 0; s < STARTS; s++) {
        fill_adv(s);
        norm_project(norm, test_kern(), eps, D, x, lower, upper, adv);
        memcpy(before, adv, sizeof adv);
        norm_project(norm, test_kern(), eps, D, x, lower, upper, adv);
        cr_assert(same(before, adv, D), "%s, eps %g, start %u: moves again", norm->name, eps, s);
    }
}
Test(norm, what_is_projected_stays) { for_every_norm(idempotent); }

static double squared(const float *a, const float *b)
{
    return test_kern()->distance2(D, a, b);
}

/* No other point of ball and bounds is nearer to a point between the bounds: not any of those a little away. */
static void nearest(const struct norm_kind *norm, double eps)
{
    float v[D], p[D], step[D];
    if (eps < 1e-3 || eps > 1e6) /* the spacing of the floats decides */
        return;
    fill_adv(0);
    test_kern()->clamp(D, lower, upper, adv);
    memcpy(v, adv, sizeof v);
    norm_project(norm, test_kern(), eps, D, x, lower, upper, adv);
    memcpy(p, adv, sizeof p);
    double least = sqrt(squared(v, p));
    for (unsigned trial = 0; trial < 200; trial++) {
        struct rng_key key = {31, trial, 6, 0};
        rng_fill_uniform(&key, 0, D, -1, 1, step);
        for (int i = 0; i < D; i++)
            adv[i] = p[i] + (trial % 2 ? ldexpf(step[i], -(int)(trial % 17)) : step[i] * (v[i] - p[i]));
        norm_project(norm, test_kern(), eps, D, x, lower, upper, adv);
        cr_assert(sqrt(squared(v, adv)) >= least * (1 - 1e-6) - 1e-7 * eps, "%s, eps %g: %.9g is nearer than %.9g",
                  norm->name, eps, sqrt(squared(v, adv)), least);
    }
}
Test(norm, nothing_else_in_ball_and_box_is_nearer) { for_every_norm(nearest); }

static void whole_budget(const struct norm_kind *norm, double eps)
{
    fill_adv(0);
    test_kern()->clamp(D, lower, upper, adv);
    double outside = norm->distance(test_kern(), D, x, adv);
    if (eps < 0.01 || outside < eps)
        return;
    norm_project(norm, test_kern(), eps, D, x, lower, upper, adv);
    double length = norm->distance(test_kern(), D, x, adv);
    double least = strcmp(norm->unit, "values") == 0 ? floor(eps) : eps * (1 - 1e-4);
    cr_assert(length >= least, "%s, eps %g: only %g used", norm->name, eps, length);
}
Test(norm, the_budget_is_used) { for_every_norm(whole_budget); }

static void inside(const struct norm_kind *norm, double eps)
{
    float before[D];
    for (int i = 0; i < D; i++)
        adv[i] = i % 8 == 0 ? x[i] + 0.25f * (upper[i] - x[i]) / D : x[i];
    if (!(norm->distance(test_kern(), D, x, adv) < 0.999 * eps))
        return;
    memcpy(before, adv, sizeof adv);
    norm_project(norm, test_kern(), eps, D, x, lower, upper, adv);
    cr_assert(same(before, adv, D), "%s, eps %g: moves inside", norm->name, eps);
}
Test(norm, inside_the_ball_nothing_moves) { for_every_norm(inside); }

Test(norm, eps_zero_gives_x_bit_for_bit)
{
    fill();
    for (size_t k = 0; k < NORMS; k++) {
        norm_bounds(norm_kinds[k], 0, D, x, low, high, NULL, lower, upper);
        cr_assert(same(lower, x, D) && same(upper, x, D));
        for (int i = 0; i < D; i++)
            adv[i] = x[i] == 0 ? 0 : 2 * x[i];
        norm_project(norm_kinds[k], test_kern(), 0, D, x, lower, upper, adv);
        cr_assert(same(adv, x, D));
    }
}

Test(norm, immutable_features_are_fixed)
{
    struct dataset_feature feature[D] = {{0}};
    fill();
    for (int i = 0; i < D; i++)
        feature[i].mutable_feature = i % 3 != 0;
    for (size_t k = 0; k < NORMS; k++) {
        norm_bounds(norm_kinds[k], 0.5, D, x, low, high, feature, lower, upper);
        for (int i = 0; i < D; i++)
            if (low[i] < high[i])
                cr_assert_eq(i % 3 == 0, lower[i] == x[i] && upper[i] == x[i], "value %d", i);
    }
}

/* A step raises <g, adv>, by its length times the dual norm if all values may move (at most that). */
static void climbs(const struct norm_kind *norm, double eps)
{
    float g[D], spent[D];
    struct rng_key key = {5, 6, 7, 0};
    for (int sign = -1; sign <= 1 && norm->step != NULL; sign += 2) {
        float length = (float)sign * 0.01f;
        memcpy(adv, x, sizeof adv);
        rng_fill_normal(&key, 0, D, g);
        memcpy(spent, g, sizeof g);
        norm->step(test_kern(), length, D, lower, upper, spent, adv);
        double gained = 0;
        for (int i = 0; i < D; i++)
            gained += (double)g[i] * ((double)adv[i] - (double)x[i]);
        cr_assert(sign * gained > 0, "%s, eps %g: climbs by %g", norm->name, eps, sign * gained);
        memset(g, 0, sizeof g);
        memcpy(spent, adv, sizeof spent);
        norm->step(test_kern(), length, D, lower, upper, g, adv);
        cr_assert(same(spent, adv, D), "%s moves without a gradient", norm->name);
    }
}
Test(norm, steps_climb) { for_every_norm(climbs); }

Test(norm, table_is_complete)
{
    for (size_t k = 0; k < NORMS; k++) {
        const struct norm_kind *norm = norm_kinds[k];
        cr_assert(strcmp(norm_names[k], norm->name) == 0);
        cr_assert(norm->unit && norm->doc && norm->distance && norm->project);
        cr_assert_eq(norm->step == NULL, norm->start == NULL);
        cr_assert_eq(norm_has_step(norm), norm->step != NULL);
    }
    cr_assert(norm_kinds[NORMS] == NULL && norm_names[NORMS] == NULL);
    cr_assert(norm_kinds[NORM_linf] == &norm_linf && norm_kinds[NORM_l2] == &norm_l2);
}

Test(norm, distances_against_plain_sums)
{
    double sum = 0, squares = 0, largest = 0, count = 0;
    fill();
    fill_adv(2);
    for (int i = 0; i < D; i++) {
        double difference = fabs((double)adv[i] - (double)x[i]);
        sum += difference;
        squares += difference * difference;
        largest = difference > largest ? difference : largest;
        count += difference > 0;
    }
    cr_assert_eq(norm_linf.distance(test_kern(), D, x, adv), largest);
    cr_assert_float_eq(norm_l2.distance(test_kern(), D, x, adv), sqrt(squares), 1e-12);
    cr_assert_float_eq(norm_l1.distance(test_kern(), D, x, adv), sum, 1e-12);
    cr_assert_eq(norm_l0.distance(test_kern(), D, x, adv), count);
    cr_assert(count > 5 && count < 20);
}

Test(norm, linf_bounds_are_the_last_floats_inside)
{
    fill();
    for (size_t b = 0; b < BUDGETS; b++) {
        double eps = budgets[b];
        norm_bounds(&norm_linf, eps, D, x, low, high, NULL, lower, upper);
        for (int i = 0; i < D; i++) {
            cr_assert(low[i] <= lower[i] && lower[i] <= x[i] && x[i] <= upper[i] && upper[i] <= high[i]);
            cr_assert((double)x[i] - (double)lower[i] <= eps && (double)upper[i] - (double)x[i] <= eps);
            cr_assert(lower[i] == low[i] || (double)x[i] - (double)nextafterf(lower[i], -FLT_MAX) >= eps);
            cr_assert(upper[i] == high[i] || (double)nextafterf(upper[i], FLT_MAX) - (double)x[i] >= eps);
        }
    }
}

/* clip(|v| - lambda, 0, room) in the direction of v. */
static double shortened(int i, double lambda)
{
    double v = (double)adv[i] - (double)x[i], m = fabs(v) - lambda;
    double room = v > 0 ? (double)upper[i] - (double)x[i] : (double)x[i] - (double)lower[i];
    return copysign(fmin(fmax(m, 0), room), v);
}

/* The multiplier by 200 halvings of [0, 8] in double. */
static void slow_l1(double eps, double *out)
{
    double few = 0, many = 8, sum = 0;
    for (int i = 0; i < D; i++)
        sum += fabs(shortened(i, 0));
    for (int pass = 0; pass < 200 && sum > eps; pass++) {
        double middle = (few + many) / 2, length = 0;
        for (int i = 0; i < D; i++)
            length += fabs(shortened(i, middle));
        *(length > eps ? &few : &many) = middle;
    }
    for (int i = 0; i < D; i++)
        out[i] = (double)x[i] + shortened(i, sum > eps ? many : 0);
}

Test(norm, l1_projection_is_that_by_slow_bisection)
{
    double want[D];
    static const unsigned starts[] = {0, 1, 2};
    fill();
    for (size_t b = 0; b < BUDGETS; b++)
        for (size_t s = 0; s < 3; s++) {
            double eps = budgets[b], length = 0;
            fill_adv(starts[s]);
            norm_bounds(&norm_l1, eps, D, x, low, high, NULL, lower, upper);
            slow_l1(eps, want);
            norm_project(&norm_l1, test_kern(), eps, D, x, lower, upper, adv);
            for (int i = 0; i < D; i++) {
                double ulp = (double)nextafterf(fabsf(adv[i]), FLT_MAX) - (double)fabsf(adv[i]);
                cr_assert(fabs((double)adv[i] - want[i]) <= ulp + 1e-9 * eps, "eps %g: value %d is %.9g, slow %.9g",
                          eps, i, (double)adv[i], want[i]);
                length += fabs((double)adv[i] - (double)x[i]);
            }
            cr_assert(length <= eps);
        }
}

/* All sets of 3 of 9 values. */
Test(norm, l0_projection_is_the_best_of_all_sets)
{
    enum { FEW = 9 };
    fill();
    for (unsigned s = 0; s < 3; s++) {
        float v[FEW];
        double best = INFINITY;
        fill_adv(s);
        norm_bounds(&norm_l0, 3, FEW, x + 20, low + 20, high + 20, NULL, lower, upper);
        memcpy(v, adv + 20, sizeof v);
        for (unsigned set = 0; set < 1u << FEW; set++) {
            double squares = 0;
            for (unsigned i = 0; i < FEW; i++) {
                float c = set >> i & 1 ? fminf(fmaxf(v[i], lower[i]), upper[i]) : x[20 + i];
                squares += ((double)c - (double)v[i]) * ((double)c - (double)v[i]);
            }
            if (__builtin_popcount(set) <= 3 && squares < best)
                best = squares;
        }
        norm_project(&norm_l0, test_kern(), 3, FEW, x + 20, lower, upper, adv + 20);
        cr_assert(norm_l0.distance(test_kern(), FEW, x + 20, adv + 20) <= 3);
        cr_assert_float_eq(test_kern()->distance2(FEW, v, adv + 20), best, 1e-12 + 1e-12 * best, "start %u", s);
    }
}

/* Of 250 values three take a share each: those with the largest gradients that their bounds let move, the first of
 * equal ones. What one cannot take goes to the next. */
Test(norm, l1_step_goes_to_the_largest_gradients_that_can_move)
{
    for (int sign = -1; sign <= 1; sign += 2)
        for (int narrow = 0; narrow < 2; narrow++) {
            float a[250] = {0}, g[250], lo[250], hi[250];
            for (int i = 0; i < 250; i++) {
                lo[i] = -1;
                hi[i] = 1;
                g[i] = i % 2 ? -1e-3f : 1e-3f;
            }
            lo[10] = hi[10] = 0;
            g[10] = 9, g[20] = -8, g[30] = 7, g[40] = 6, g[50] = -6;
            if (narrow)
                lo[20] = -0.04f, hi[20] = 0.04f;
            norm_l1.step(test_kern(), (float)sign * 0.3f, 250, lo, hi, g, a);
            for (int i = 0; i < 250; i++) {
                float want = i == 20 ? (narrow ? -0.04f : -0.1f) : i == 30 || i == 40 ? 0.1f : 0;
                if (i == 50 && narrow)
                    want = -0.06f;
                cr_assert_float_eq(a[i], (float)sign * want, 1e-7, "value %d: %g", i, (double)a[i]);
            }
        }
}
