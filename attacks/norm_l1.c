/* The sum of the changes. */
#include <math.h>
#include <string.h>
#include "attacks/norm.h"
#include "engine/base/det64.h"

static double distance(const struct kern *kern, size_t d, const float *a, const float *b)
{
    return kern->distance1(d, a, b);
}

/* ---- projection ------------------------------------------------------------------------------------------------------
 *
 * With v = adv - x, the nearest point of ball and bounds changes value i by clip(|v_i| - lambda, 0, room_i) in the
 * direction of v_i, where room_i is what the bounds leave there and lambda >= 0 the least multiplier at which the
 * changes sum to no more than eps (Croce & Hein 2021, arXiv:2103.01208, prop. 2.1). The sum falls piecewise linearly in lambda:
 * Newton steps find the piece, bisection sees to it that they end. */
struct excess {
    size_t d;
    const float *x, *lower, *upper, *adv;
};

static double change(const struct excess *p, size_t i, double lambda, double *room)
{
    double x = p->x[i], v = (double)p->adv[i] - x;
    *room = v > 0 ? (double)p->upper[i] - x : x - (double)p->lower[i];
    double m = fabs(v) - lambda;
    m = m < *room ? m : *room;
    return m > 0 ? m : 0; /* NaN: none */
}

/* Sum of the changes; `free` counts those that lambda still shortens. */
static double total(const struct excess *p, double lambda, size_t *free)
{
    double sum = 0, room;
    size_t count = 0;
    for (size_t i = 0; i < p->d; i++) {
        double m = change(p, i, lambda, &room);
        sum += m;
        count += m > 0 && m < room;
    }
    *free = count;
    return sum;
}

/* A lambda whose sum is at most `most`, and less by no more than 2^-40 of it; sum and free: those at lambda = 0. */
static double multiplier(const struct excess *p, double most, double largest, double sum, size_t free)
{
    double low = 0, high = largest, lambda = 0, aim = most * (1 - 0x1p-41);
    for (int pass = 1; pass < 256; pass++) {
        double next = free > 0 ? lambda + (sum - aim) / (double)free : high;
        if (!(next > low && next < high) || pass % 4 == 0)
            next = low + (high - low) / 2;
        if (!(next > low && next < high))
            break;
        lambda = next;
        sum = total(p, lambda, &free);
        if (sum <= most)
            high = lambda;
        else
            low = lambda;
        if (sum <= most && sum >= most * (1 - 0x1p-40))
            break;
    }
    return high;
}

/* The float nearest to x + m that is no further from x than |m|. */
static float towards(float x, double m)
{
    float b = (float)((double)x + m);
    while (fabs((double)b - (double)x) > fabs(m))
        b = nextafterf(b, x);
    return b;
}

static void shorten(const struct excess *p, double lambda, float *adv)
{
    for (size_t i = 0; i < p->d; i++) {
        double room, m = change(p, i, lambda, &room);
        int up = adv[i] > p->x[i];
        if (m < room || !(m > 0))
            adv[i] = m > 0 ? towards(p->x[i], up ? m : -m) : p->x[i];
        else
            adv[i] = up ? p->upper[i] : p->lower[i];
    }
}

/* 2^-30 of eps is left over for the rounding of sums of up to 2^22 values. */
static void project(const struct kern *kern, double eps, size_t d, const float *x, const float *lower,
                    const float *upper, float *adv)
{
    const struct excess p = {d, x, lower, upper, adv};
    size_t free;
    double sum = total(&p, 0, &free), largest = 0;
    if (sum <= eps * (1 - 0x1p-31)) {
        kern->clamp(d, lower, upper, adv);
    } else {
        for (size_t i = 0; i < d; i++)
            largest = fmax(largest, fabs((double)adv[i] - (double)x[i]));
        shorten(&p, multiplier(&p, eps * (1 - 0x1p-30), largest, sum, free), adv);
    }
    if (!(distance(kern, d, adv, x) <= eps))
        memcpy(adv, x, d * sizeof *adv);
}

/* ---- steps -----------------------------------------------------------------------------------------------------------
 *
 * The steepest step in L1 changes one value, that with the largest gradient; a ball of many values would take ages to
 * walk through. So the length is spread evenly over the largest hundredth of the gradients (at least one), as in the
 * sparse L1 descent of Tramer & Boneh 2019, arXiv:1904.13000, alg. 1 with q = 99 %. Values that the bounds do not let
 * move that way take no part. */
#define SPARSITY 100

static size_t mask_stuck(float length, size_t d, const float *lower, const float *upper, const float *adv, float *g)
{
    size_t moving = 0;
    for (size_t i = 0; i < d; i++) {
        int up = (length > 0) == (g[i] > 0);
        int moves = fabsf(g[i]) > 0 && (up ? adv[i] < upper[i] : adv[i] > lower[i]);
        moving += (size_t)moves;
        g[i] = moves ? g[i] : 0;
    }
    return moving;
}

static void step(const struct kern *kern, float length, size_t d, const float *lower, const float *upper, float *g,
                 float *adv)
{
    if (!isfinite(kern->maximum_magnitude(d, g)))
        return;
    size_t moving = mask_stuck(length, d, lower, upper, adv, g);
    if (moving == 0)
        return;
    size_t wanted = (d + SPARSITY - 1) / SPARSITY, k = wanted < moving ? wanted : moving;
    float least = norm_kth_magnitude(d, g, k), share = length / (float)k;
    size_t ties = k;
    for (size_t i = 0; i < d; i++)
        ties -= fabsf(g[i]) > least;
    for (size_t i = 0; i < d; i++) {
        int tied = fabsf(g[i]) >= least && !(fabsf(g[i]) > least);
        if (fabsf(g[i]) < least || (tied && ties == 0))
            continue;
        ties -= (size_t)tied;
        adv[i] += g[i] > 0 ? share : -share;
    }
}

/* With exponential variates e_0 .. e_d, (e_1 .. e_d) / (e_0 + .. + e_d) with random signs is uniform in the ball
 * (Barthe et al. 2005, doi:10.1214/009117904000000874, th. 1). */
static void start(const struct kern *kern, const struct rng_key *key, double eps, size_t d, const float *lower,
                  const float *upper, float *direction, float *adv)
{
    double sum = -det_log(1 - (double)rng_uniform(key, (uint32_t)d));
    rng_fill_uniform(key, 0, d, -1, 1, direction);
    for (size_t i = 0; i < d; i++) {
        double e = -det_log(fmax(fabs((double)direction[i]), 0x1p-24));
        direction[i] = (float)(direction[i] < 0 ? -e : e);
    }
    norm_mask_fixed(d, lower, upper, direction);
    for (size_t i = 0; i < d; i++)
        sum += fabs((double)direction[i]);
    if (sum > 0)
        kern->step_along(d, (float)(eps / sum), direction, lower, upper, adv);
}

const struct norm_kind norm_l1 = {
    .name = "l1",
    .unit = "data units",
    .doc = "the sum of the changes of all values",
    .distance = distance,
    .project = project,
    .step = step,
    .start = start};
