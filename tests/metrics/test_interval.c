/* The methods of intervals.def against statsmodels and scipy (tests/golden/make_intervals.py), published examples, and
 * their coverage, which is computed exactly: summed over every outcome that there can be. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "metrics/interval.h"
#include "tests/metrics/subject.h"
#include "tests/golden/intervals.inc"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static size_t place(const char *const *names, const char *name)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    cr_assert_fail("no interval %s", name);
    return 0;
}

static struct interval_part part(double x, double n, const struct interval_level *level)
{
    return (struct interval_part){x / n, x, n, stats_wilson(x, n, level->z)};
}

static struct stats_range two(const struct interval_method *m, double x1, double n1, double x2, double n2, double level)
{
    struct interval_level l = interval_level(level);
    struct interval_part a = part(x1, n1, &l), b = part(x2, n2, &l);
    return m->two(&a, &b, &l);
}

static void expect_near(struct stats_range r, double low, double high, const double *x)
{
    cr_expect(fabs(r.low - low) <= 1e-9 * fmax(1, fabs(low)) && fabs(r.high - high) <= 1e-9 * fmax(1, fabs(high)),
              "%g/%g, %g/%g: [%.12g, %.12g], not [%.12g, %.12g]", x[0], x[1], x[2], x[3], r.low, r.high, low, high);
}

Test(interval, miettinen_nurminen_against_scipy)
{
    const struct interval_method *d = interval_differences[place(interval_difference_names, "miettinen_nurminen")];
    const struct interval_method *q = interval_ratios[place(interval_ratio_names, "miettinen_nurminen")];
    for (size_t i = 0; i < LENGTH(golden_pair); i++) {
        const struct golden_pair *g = &golden_pair[i];
        const double x[] = {g->x1, g->n1, g->x2, g->n2};
        expect_near(two(d, g->x1, g->n1, g->x2, g->n2, g->level), g->diff_low, g->diff_high, x);
        if (g->x2 > 0)
            expect_near(two(q, g->x1, g->n1, g->x2, g->n2, g->level), g->ratio_low, g->ratio_high, x);
    }
}

/* Newcombe 1998, Statistics in Medicine 17:873, table II, method 6: 56/70 - 48/80. Swapping the two mirrors the limits;
 * of ratios it inverts them. Nothing among 17 has the ratio 0 at least. */
Test(interval, miettinen_nurminen_as_published_and_mirrored)
{
    const struct interval_method *d = interval_differences[place(interval_difference_names, "miettinen_nurminen")];
    const struct interval_method *q = interval_ratios[place(interval_ratio_names, "miettinen_nurminen")];
    struct stats_range r = two(d, 56, 70, 48, 80, 0.95), back = two(d, 48, 80, 56, 70, 0.95);
    cr_expect(fabs(r.low - 0.0528) < 5e-5 && fabs(r.high - 0.3382) < 5e-5, "[%g, %g]", r.low, r.high);
    cr_expect(fabs(r.low + back.high) < 1e-14 && fabs(r.high + back.low) < 1e-14);
    r = two(q, 56, 70, 48, 80, 0.95);
    back = two(q, 48, 80, 56, 70, 0.95);
    cr_expect(fabs(r.low * back.high - 1) < 1e-13 && fabs(r.high * back.low - 1) < 1e-13);
    r = two(q, 0, 17, 5, 11, 0.95);
    cr_expect(r.low == 0 && r.high > 0 && isfinite(r.high));
    for (double x = 0; x <= 3; x += 0.25) { /* of effective rows counts are not whole */
        r = two(d, x, 3.5, 1.75, 2.25, 0.95);
        cr_expect(r.low <= x / 3.5 - 1.75 / 2.25 && x / 3.5 - 1.75 / 2.25 <= r.high && r.low >= -1 && r.high <= 1);
    }
}

Test(interval, clopper_pearson_against_statsmodels)
{
    const struct interval_method *m = interval_rates[place(interval_rate_names, "clopper_pearson")];
    for (size_t i = 0; i < LENGTH(golden_exact); i++) {
        const struct golden_exact *g = &golden_exact[i];
        struct interval_level level = interval_level(g->level);
        expect_near(m->rate(g->x, g->n, &level), g->low, g->high, (const double[]){g->x, g->n, 0, 0});
    }
}

/* GSL's own search for the upper limit of 2 of 260 does not converge: the limit is where 2 or fewer have 2.5 %. */
Test(interval, clopper_pearson_where_gsl_gives_up)
{
    stats_start();
    static const double n = 260;
    double p = stats_clopper_pearson(2, n, 0.95).high, q = 1 - p;
    double tail = pow(q, n) + n * p * pow(q, n - 1) + n * (n - 1) / 2 * p * p * pow(q, n - 2);
    cr_expect(fabs(tail - 0.025) < 1e-12, "%g", tail);
    cr_expect(fabs(stats_clopper_pearson(258, n, 0.95).low - q) < 1e-12);
}

/* The probability that an interval of a binomial count holds the rate. */
static double coverage(const struct interval_method *m, size_t n, double p)
{
    struct interval_level level = interval_level(0.95);
    double sum = 0;
    for (size_t x = 0; x <= n; x++) {
        struct stats_range r = m->rate((double)x, (double)n, &level);
        if (r.low <= p && p <= r.high)
            sum += exp(lgamma((double)n + 1) - lgamma((double)x + 1) - lgamma((double)(n - x) + 1) +
                       (double)x * log(p) + (double)(n - x) * log1p(-p));
    }
    return sum;
}

static const size_t sizes[] = {20, 50, 200, 1000};
static const double shares[] = {0.01, 0.05, 0.1, 0.3, 0.5};

Test(interval, clopper_pearson_covers_at_least_its_level)
{
    stats_start();
    const struct interval_method *m = interval_rates[place(interval_rate_names, "clopper_pearson")];
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (size_t k = 0; k < LENGTH(shares); k++)
            cr_expect(coverage(m, sizes[i], shares[k]) >= 0.95, "%zu, %g", sizes[i], shares[k]);
}

Test(interval, wilson_covers_near_its_level)
{
    const struct interval_method *m = interval_rates[place(interval_rate_names, "wilson")];
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (size_t k = 0; k < LENGTH(shares); k++) {
            double covered = coverage(m, sizes[i], shares[k]);
            int few = (double)sizes[i] * shares[k] < 10; /* lumpy there: a count more or less is some per cent */
            cr_expect(covered > (few ? 0.91 : 0.93) && covered < (few ? 0.99 : 0.97), "%zu, %g: %g", sizes[i],
                      shares[k], covered);
        }
}

static void prepare(struct subject *s, struct rows *r)
{
    static const char *const names[] = {"a", "b", "c"};
    *r = (struct rows){0};
    for (int g = 0; g < 3; g++) {
        rows_add(r, g, 1, 1, (size_t)(9 - 2 * g));
        rows_add(r, g, 1, 0, (size_t)(3 + g));
        rows_add(r, g, 0, 1, 4);
        rows_add(r, g, 0, 0, 6);
    }
    subject_of_rows(s, r, names, 3);
}

static void expect_method(const struct test *t, const char *id, const char *slice, struct stats_range range,
                          const char *method)
{
    const struct metric_value *v = find_value(t, id, slice);
    cr_expect_str_eq(v->ci.method, method, "%s", id);
    cr_expect(fabs(v->ci.low - range.low) < 1e-12 && fabs(v->ci.high - range.high) < 1e-12, "%s: [%g, %g]", id,
              v->ci.low, v->ci.high);
}

/* What is chosen is what the values carry, and the name of it. */
Test(interval, chosen_by_name)
{
    struct subject s;
    struct rows rows;
    struct tests t;
    prepare(&s, &rows);
    s.metric.interval = (struct interval_choice){(int)place(interval_rate_names, "clopper_pearson"),
                                                 (int)place(interval_difference_names, "miettinen_nurminen"),
                                                 (int)place(interval_ratio_names, "miettinen_nurminen")};
    const struct interval_method *d = interval_differences[s.metric.interval.difference];
    const struct interval_method *q = interval_ratios[s.metric.interval.ratio];
    s.partition.reference = 1;
    evaluate_or_fail(&s.metric, &t);
    const struct test *fair = find_test(&t, "fairness.static.sex", "clean");
    expect_method(fair, "tpr", "a", stats_clopper_pearson(9, 12, 0.95), "clopper_pearson");
    expect_method(fair, "equal_opportunity_difference_to_reference", "c", two(d, 5, 10, 7, 11, 0.95),
                  "miettinen_nurminen");
    expect_method(fair, "equal_opportunity_ratio_to_reference", "c", two(q, 5, 10, 7, 11, 0.95), "miettinen_nurminen");
    cr_expect_str_eq(find_value(fair, "equal_opportunity_difference", NULL)->ci.method,
                     "miettinen_nurminen_bonferroni");
    cr_expect_str_eq(find_value(fair, "equalized_odds_ratio", NULL)->ci.method, "miettinen_nurminen_bonferroni");
    tests_free(&t);
}

/* By default nothing is chosen: the first rows. */
Test(interval, defaults)
{
    struct subject s;
    struct rows rows;
    struct tests t;
    prepare(&s, &rows);
    evaluate_or_fail(&s.metric, &t);
    const struct test *fair = find_test(&t, "fairness.static.sex", "clean");
    cr_expect_str_eq(find_value(fair, "tpr", "a")->ci.method, "wilson");
    cr_expect_str_eq(find_value(fair, "equal_opportunity_difference", NULL)->ci.method, "newcombe_bonferroni");
    cr_expect_str_eq(find_value(fair, "equal_opportunity_ratio", NULL)->ci.method, "mover_r_bonferroni");
    tests_free(&t);
}

/* With weights the counts are those of the effective n, and the method says so. */
Test(interval, of_effective_rows)
{
    struct subject s;
    struct rows rows;
    struct tests t;
    double weight[512];
    struct stats_share a = {0};
    prepare(&s, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        weight[i] = 0.5 + (double)(i % 4);
        if (rows.code[i] == 0)
            stats_share_add(&a, rows.row[i].predicted == 1, weight[i]);
    }
    s.metric.weight = weight;
    s.metric.interval.rate = (int)place(interval_rate_names, "clopper_pearson");
    s.metric.interval.difference = (int)place(interval_difference_names, "miettinen_nurminen");
    evaluate_or_fail(&s.metric, &t);
    const struct test *fair = find_test(&t, "fairness.static.sex", "clean");
    expect_method(fair, "selection_rate", "a",
                  stats_clopper_pearson(stats_share_effective_count(&a), stats_share_effective_n(&a), 0.95),
                  "clopper_pearson_effective_n");
    cr_expect_str_eq(find_value(fair, "demographic_parity_difference", NULL)->ci.method,
                     "miettinen_nurminen_bonferroni_effective_n");
    tests_free(&t);
}
