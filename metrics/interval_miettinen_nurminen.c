/* Score intervals of a difference and of a ratio of two rates (Miettinen and Nurminen 1985, with their N / (N - 1)).
 *
 * A value lies in the interval where the observed difference is at most z standard errors from it, the variance being
 * that of the two rates which are the likeliest among those that have this difference (or ratio). Both limits are
 * found by halving, with + - * / and sqrt alone. */
#include <math.h>
#include "metrics/interval.h"

/* Halvings: a double has 53 bits. */
enum { HALVINGS = 60 };

struct pair { double x1, n1, x2, n2, zz; };  /* zz: squared quantile times N / (N - 1) */

static struct pair pair_of(const struct interval_part *a, const struct interval_part *b, double z)
{
    double n = a->n + b->n;
    return (struct pair){a->count, a->n, b->count, b->n, n > 1 ? z * z * n / (n - 1) : z * z};
}

/* The likeliest p2 with p1 = p2 + d: where the slope of the log-likelihood, times p1 q1 p2 q2, changes its sign. The
 * slope falls over the whole range of p2; Newton's steps are kept inside what is left of it. */
static double likeliest(const struct pair *s, double d)
{
    double low = d < 0 ? -d : 0, high = d > 0 ? 1 - d : 1, p2 = (low + high) / 2;
    for (int i = 0; i < HALVINGS && high > low; i++) {
        double p1 = p2 + d, v1 = p1 * (1 - p1), v2 = p2 * (1 - p2), r1 = s->x1 - s->n1 * p1, r2 = s->x2 - s->n2 * p2;
        double slope = r1 * v2 + r2 * v1;
        double bend = r1 * (1 - 2 * p2) - s->n1 * v2 + r2 * (1 - 2 * p1) - s->n2 * v1;
        if (slope > 0)
            low = p2;
        else
            high = p2;
        double next = p2 - slope / bend;
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - p2) <= 1e-17)
            return next;
        p2 = next;
    }
    return p2;
}

static int holds_difference(const struct pair *s, double d)
{
    double p2 = likeliest(s, d), p1 = p2 + d, away = s->x1 / s->n1 - s->x2 / s->n2 - d;
    double variance = p1 * (1 - p1) / s->n1 + p2 * (1 - p2) / s->n2;
    return away * away <= s->zz * fmax(0, variance);
}

/* The likeliest p2 with p1 = r p2 is a root of a quadratic, written so that nothing cancels. */
static int holds_ratio(const struct pair *s, double r)
{
    double a = (s->n1 + s->n2) * r, b = s->n1 * r + s->x1 + s->n2 + s->x2 * r, c = s->x1 + s->x2;
    double p2 = 2 * c / (b + sqrt(fmax(0, b * b - 4 * a * c))), p1 = r * p2;
    double away = s->x1 / s->n1 - r * (s->x2 / s->n2);
    double variance = p1 * (1 - p1) / s->n1 + r * r * p2 * (1 - p2) / s->n2;
    return away * away <= s->zz * fmax(0, variance);
}

/* The limit between a value that holds and one that does not; the outer one if it holds, too. */
static double limit(const struct pair *s, int (*holds)(const struct pair *s, double value), double inside,
                    double outside)
{
    if (holds(s, outside))
        return outside;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = inside + (outside - inside) / 2;
        if (holds(s, middle))
            inside = middle;
        else
            outside = middle;
    }
    return inside;
}

static struct stats_range difference(const struct interval_part *a, const struct interval_part *b,
                                     const struct interval_level *level)
{
    struct pair s = pair_of(a, b, level->z);
    double d = s.x1 / s.n1 - s.x2 / s.n2;
    return (struct stats_range){limit(&s, holds_difference, d, -1), limit(&s, holds_difference, d, 1)};
}

static struct stats_range ratio(const struct interval_part *a, const struct interval_part *b,
                                const struct interval_level *level)
{
    struct pair s = pair_of(a, b, level->z);
    double r = s.x1 / s.n1 / (s.x2 / s.n2), far = r > 0 ? 2 * r : 1;
    while (far < 1e300 && holds_ratio(&s, far))
        far *= 2;
    return (struct stats_range){r > 0 ? limit(&s, holds_ratio, r, 0) : 0, limit(&s, holds_ratio, r, far)};
}

const struct interval_method interval_difference_miettinen_nurminen = {
    .name = INTERVAL_NAMES("miettinen_nurminen"), .source = "Miettinen and Nurminen 1985",
    .doc = "score interval of a difference", .two = difference,
};

const struct interval_method interval_ratio_miettinen_nurminen = {
    .name = INTERVAL_NAMES("miettinen_nurminen"), .source = "Miettinen and Nurminen 1985",
    .doc = "score interval of a ratio", .two = ratio,
};
