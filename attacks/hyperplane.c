#include "attacks/hyperplane.h"
#include <math.h>
#include <string.h>

#define NEWTON_STEPS 64 /* each settles the values that reach their bound; more are not seen to be needed */

struct plane {
    size_t d;
    const float *w, *z, *lower, *upper;
    double sign;                   /* of c: values move so that sign w_i (out_i - z_i) >= 0 */
    int squared;                   /* L2 */
};

static double least(double a, double b)
{
    return a < b ? a : b; /* fmin is a call */
}

/* How far value i may go. */
static double room(const struct plane *p, size_t i)
{
    const double w = p->sign * (double)p->w[i], up = (double)p->upper[i] - (double)p->z[i];
    const double down = (double)p->z[i] - (double)p->lower[i];
    return w > 0 ? up : w < 0 ? down : 0;
}

/* How far it goes at multiplier t: min(t |w|, room) in L2, min(t, room) in Linf. */
static double move(const struct plane *p, size_t i, double t)
{
    return least(p->squared ? t * fabs((double)p->w[i]) : t, room(p, i));
}

/* What the moves at t reach of c, and how fast that grows with t. */
static double reach(const struct plane *p, double t, double *slope)
{
    double reached[4] = {0}, grows[4] = {0};
    for (size_t i = 0; i < p->d; i++) {
        const double w = fabs((double)p->w[i]), far = room(p, i), m = least(p->squared ? t * w : t, far);
        reached[i % 4] += w * m;
        grows[i % 4] += m < far ? (p->squared ? w * w : w) : 0;
    }
    *slope = grows[0] + grows[1] + grows[2] + grows[3];
    return reached[0] + reached[1] + reached[2] + reached[3];
}

/* The multiplier whose moves reach c; infinite where none does. */
static double find_multiplier(const struct plane *p, double c)
{
    double t = 0, slope;
    for (int step = 0; step < NEWTON_STEPS; step++) {
        const double reached = reach(p, t, &slope);
        if (reached >= c * (1 - 0x1p-40))
            break;
        const double next = slope > 0 ? t + (c - reached) / slope : INFINITY;
        if (!(next > t))
            break;
        t = next;
        if (isinf(t))
            break;
    }
    return t;
}

static float put(const struct plane *p, size_t i, double m)
{
    const float v = (float)((double)p->z[i] + (p->sign * (double)p->w[i] > 0 ? m : -m));
    return v < p->lower[i] ? p->lower[i] : v > p->upper[i] ? p->upper[i] : v;
}

static uint32_t bits_of(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits & 0x7fffffffU;
}

static double reach_above(const struct plane *p, uint32_t least)
{
    double sum = 0;
    for (size_t i = 0; i < p->d; i++)
        sum += bits_of(p->w[i]) >= least ? fabs((double)p->w[i]) * room(p, i) : 0;
    return sum;
}

/* L1: the steepest values go to their bounds one after the other; of equal ones the first. */
static void move_l1(const struct plane *p, double c, float *out)
{
    uint32_t least = 0; /* largest magnitude from which on all together reach c */
    for (int bit = 30; bit >= 0; bit--) {
        const uint32_t trial = least | (uint32_t)1 << bit;
        least = reach_above(p, trial) >= c ? trial : least;
    }
    double left = c - reach_above(p, least + 1);
    for (size_t i = 0; i < p->d; i++) {
        const double w = fabs((double)p->w[i]);
        double m = bits_of(p->w[i]) > least ? room(p, i) : 0;
        if (bits_of(p->w[i]) == least && w > 0) {
            m = fmin(fmax(left, 0) / w, room(p, i));
            left -= m * w;
        }
        out[i] = put(p, i, m);
    }
}

void hyperplane_project(const struct norm_kind *norm, size_t d, const float *w, double c, const float *z,
                        const float *lower, const float *upper, float *out)
{
    const struct plane p = {d, w, z, lower, upper, c < 0 ? -1 : 1, norm != &norm_linf};
    if (!isfinite(c) || !isfinite(hyperplane_dual(&norm_l1, d, w))) {
        memmove(out, z, d * sizeof *out);
        return;
    }
    if (norm == &norm_l1) {
        move_l1(&p, fabs(c), out);
        return;
    }
    const double t = find_multiplier(&p, fabs(c));
    for (size_t i = 0; i < d; i++)
        out[i] = put(&p, i, w[i] > 0 || w[i] < 0 ? move(&p, i, t) : 0);
}

double hyperplane_dual(const struct norm_kind *norm, size_t d, const float *w)
{
    double sum = 0, most = 0;
    for (size_t i = 0; i < d; i++) {
        const double v = fabs((double)w[i]);
        sum += norm == &norm_linf ? v : v * v;
        most = v > most || isnan(v) ? v : most;
    }
    return norm == &norm_l1 ? most : norm == &norm_linf ? sum : sqrt(sum);
}
