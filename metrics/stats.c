#include "metrics/stats.h"
#include <gsl/gsl_version.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include "engine/base/det64.h"

void stats_start(void)
{
    gsl_set_error_handler_off();
}

double stats_normal_quantile(double p)
{
    return gsl_cdf_ugaussian_Pinv(p);
}

double stats_z(double level)
{
    return stats_normal_quantile(0.5 + level / 2);
}

double stats_level_for(double level, size_t comparisons)
{
    return 1 - (1 - level) / (double)comparisons;
}

struct stats_range stats_wilson(double count, double n, double z)
{
    double p = count / n, zz = z * z / n;
    double centre = (p + zz / 2) / (1 + zz);
    double half = z / (1 + zz) * sqrt(p * (1 - p) / n + zz / (4 * n));
    struct stats_range r = {centre - half, centre + half};
    if (count <= 0 || r.low < 0) /* exact where rounding is not */
        r.low = 0;
    if (count >= n || r.high > 1)
        r.high = 1;
    return r;
}

/* The point with `tail` below it, or above it where `upper`. GSL's own search does not converge at some counts, such as
 * 2 of 260, and then says so by a NaN: the distribution function itself is sound there. */
static double beta_quantile(double tail, double a, double b, int upper)
{
    double found = upper ? gsl_cdf_beta_Qinv(tail, a, b) : gsl_cdf_beta_Pinv(tail, a, b), low = 0, high = 1;
    for (int i = 0; !isfinite(found) && i < 1100; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            return middle;
        int below = upper ? gsl_cdf_beta_Q(middle, a, b) > tail : gsl_cdf_beta_P(middle, a, b) < tail;
        *(below ? &low : &high) = middle;
    }
    return isfinite(found) ? found : low;
}

struct stats_range stats_clopper_pearson(double count, double n, double level)
{
    double tail = (1 - level) / 2;
    struct stats_range r = {0, 1};
    if (count > 0)
        r.low = beta_quantile(tail, count, n - count + 1, 0);
    if (count < n)
        r.high = beta_quantile(tail, count + 1, n - count, 1);
    return r;
}

struct stats_range stats_newcombe(double p, struct stats_range p_range, double q, struct stats_range q_range)
{
    double p_down = p - p_range.low, p_up = p_range.high - p;
    double q_down = q - q_range.low, q_up = q_range.high - q;
    double d = p - q;
    return (struct stats_range){d - sqrt(p_down * p_down + q_up * q_up), d + sqrt(p_up * p_up + q_down * q_down)};
}

/* Both limits solve a quadratic in the ratio; the lower root is written so that nothing cancels when its leading
 * coefficient nears 0 or is negative. */
struct stats_range stats_ratio(double p, struct stats_range p_range, double q, struct stats_range q_range)
{
    double pq = p * q;
    double p_low = p_range.low * (2 * p - p_range.low), p_high = p_range.high * (2 * p - p_range.high);
    double q_low = q_range.low * (2 * q - q_range.low), q_high = q_range.high * (2 * q - q_range.high);
    struct stats_range r = {0, 0};
    if (p > 0)
        r.low = p_low / (pq + sqrt(fmax(0, pq * pq - p_low * q_high)));
    r.high = (pq + sqrt(fmax(0, pq * pq - p_high * q_low))) / q_low;
    return r;
}

struct stats_range stats_paired_difference(double lost, double gained, double n, double z)
{
    double b = lost + 0.5, c = gained + 0.5, m = n + 2;
    double d = (b - c) / m;
    double half = z * sqrt((b + c) / m - d * d) / sqrt(m);
    return (struct stats_range){d - half, d + half};
}

/* Fagerland, Lydersen, Laake 2013, "The McNemar test for binary matched-pairs data". */
double stats_mcnemar(size_t lost, size_t gained, double *mid)
{
    unsigned n = (unsigned)(lost + gained), least = (unsigned)(lost < gained ? lost : gained);
    if (n == 0)
        return *mid = 1;
    double at = gsl_ran_binomial_pdf(least, 0.5, n), p = fmin(1, 2 * gsl_cdf_binomial_P(least, 0.5, n));
    *mid = lost == gained ? 1 - at / 2 : p - at;
    return lost == gained ? 1 : p;
}

double stats_two_sided(double z)
{
    return fmin(1, 2 * gsl_cdf_ugaussian_Q(fabs(z)));
}

double stats_dkw(double n, double alpha)
{
    return sqrt(det_log(2 / alpha) / (2 * n));
}

double stats_effective_n(double weights, double squares)
{
    if (!(squares > 0))
        return 0;
    return squares < weights || squares > weights ? weights * weights / squares : weights;
}

const char *stats_version(void)
{
    return gsl_version;
}

void stats_share_add(struct stats_share *s, int hit, double weight)
{
    s->n++;
    s->weights += weight;
    s->weight_squares += weight * weight;
    if (hit) {
        s->count++;
        s->hits += weight;
    }
}

void stats_share_join(struct stats_share *s, const struct stats_share *other)
{
    s->n += other->n;
    s->count += other->count;
    s->weights += other->weights;
    s->weight_squares += other->weight_squares;
    s->hits += other->hits;
}

double stats_share_value(const struct stats_share *s)
{
    return s->hits / s->weights;
}

double stats_share_effective_n(const struct stats_share *s)
{
    return stats_effective_n(s->weights, s->weight_squares);
}

/* Without weights the factor is 1 and the count exact. */
double stats_share_effective_count(const struct stats_share *s)
{
    return s->n == 0 ? 0 : s->hits * (stats_share_effective_n(s) / s->weights);
}

struct stats_range stats_share_range(const struct stats_share *s, double z)
{
    return stats_wilson(stats_share_effective_count(s), stats_share_effective_n(s), z);
}

void stats_mean_add(struct stats_mean *m, double x, double weight)
{
    double d = x - m->mean;
    m->n++;
    m->weights += weight;
    m->weight_squares += weight * weight;
    m->mean += d * weight / m->weights;
    m->squares += weight * d * (x - m->mean);
}

double stats_standard_error(const struct stats_mean *m)
{
    return sqrt(m->squares / (stats_effective_n(m->weights, m->weight_squares) - 1) / m->weights);
}
