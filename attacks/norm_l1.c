/* The sum of the changes. */
#include <math.h>
#include <string.h>
#include "attacks/norm.h"
#include "engine/base/det64.h"

static double distance(const struct kern *kern, size_t d, const float *a, const float *b)
{
    return kern->distance1(d, a, b);
}

static double length_of(size_t d, const double *v)
{
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += fabs(v[i]);
    return sum;
}

/* ---- projection ------------------------------------------------------------------------------------------------
 *
 * With v = adv - x, the nearest point of ball and bounds changes value i by clip(|v_i| - lambda, 0, room_i) in the
 * direction of v_i, where room_i is what the bounds leave there and lambda >= 0 the least multiplier at which the
 * changes sum to no more than eps (Croce & Hein 2021, arXiv:2103.01208, prop. 2.1). The sum falls piecewise linearly
 * in lambda: Newton steps find the piece, bisection sees to it that they end. */
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

/* ---- steps -----------------------------------------------------------------------------------------------------
 *
 * The steepest step in L1 changes one value, that with the largest gradient; a ball of many values would take ages to
 * walk through. So no value takes more than a share of the length, as in the sparse L1 descent of Tramer & Boneh 2019,
 * arXiv:1904.13000, alg. 1, which spreads it over the hundredth with the largest gradients (q = 99 %). Nor does a value
 * take more than its bounds let it move that way: what they keep back goes to the next largest gradients. */
#define SPARSITY 100

struct spending {
    size_t d;
    int up;                        /* sign of the length */
    double share;
    const float *lower, *upper, *g, *adv;
};

static uint32_t magnitude_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits & 0x7fffffff;
}

/* What value i may take. */
static double portion(const struct spending *s, size_t i)
{
    int up = (s->g[i] > 0) == s->up;
    double room = up ? (double)s->upper[i] - (double)s->adv[i] : (double)s->adv[i] - (double)s->lower[i];
    return room < s->share ? room : s->share;
}

/* The bits of the largest gradient g for which the values from g upwards take the length, 0 if all together do not.
 * Bits of positive floats have the floats' order, so they are found from the highest down. */
static uint32_t last_gradient(const struct spending *s, double length)
{
    uint32_t least = 0;
    for (int bit = 30; bit >= 0; bit--) {
        uint32_t trial = least | (uint32_t)1 << bit;
        double taken = 0;
        for (size_t i = 0; i < s->d && taken < length; i++)
            if (magnitude_bits(s->g[i]) >= trial)
                taken += portion(s, i);
        if (taken >= length)
            least = trial;
    }
    return least;
}

/* Values whose gradient lies above `last`, or equals it, move by their portion while some of *length is left. */
static void spend(const struct spending *s, uint32_t last, int equal, double *length, float *adv)
{
    for (size_t i = 0; i < s->d && *length > 0; i++) {
        uint32_t bits = magnitude_bits(s->g[i]);
        if (bits == 0 || (equal ? bits != last : bits <= last))
            continue;
        double p = portion(s, i), move = p < *length ? p : *length;
        adv[i] = (float)((double)adv[i] + ((s->g[i] > 0) == s->up ? move : -move));
        *length -= move;
    }
}

static void step(const struct kern *kern, float length, size_t d, const float *lower, const float *upper, float *g,
                 float *adv)
{
    double left = fabs((double)length);
    const struct spending s = {d, length > 0, left / (double)((d + SPARSITY - 1) / SPARSITY), lower, upper, g, adv};
    if (!isfinite(kern->maximum_magnitude(d, g)))
        return;
    uint32_t last = last_gradient(&s, left * (1 - 0x1p-40)); /* a few shares may sum to a little less than all */
    spend(&s, last, 0, &left, adv);
    spend(&s, last, 1, &left, adv);
}

/* With exponential variates e_0 .. e_d, (e_1 .. e_d) / (e_0 + .. + e_d) with random signs is uniform in the ball
 * (Barthe et al. 2005, doi:10.1214/009117904000000874, th. 1). */
static void start(const struct kern *kern, const struct rng_key *key, double eps, size_t d, const float *lower,
                  const float *upper, float *direction, float *adv)
{
    double sum = -det_log(1 - (double)rng_uniform(key, d));
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
    .length = length_of,
    .project = project,
    .step = step,
    .start = start};
