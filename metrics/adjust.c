#include "metrics/adjust.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A p-value and its place. */
struct placed { double p; size_t at; };

static int by_p(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->p < y->p || x->p > y->p)
        return x->p < y->p ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void adjust(size_t n, const struct placed *sorted, double *holm, double *bh)
{
    double so_far = 0;
    for (size_t i = 0; i < n; i++) {
        so_far = fmax(so_far, fmin(1, (double)(n - i) * sorted[i].p));
        holm[sorted[i].at] = so_far;
    }
    so_far = 1;
    for (size_t i = n; i-- > 0;) {
        so_far = fmin(so_far, (double)n * sorted[i].p / (double)(i + 1));
        bh[sorted[i].at] = so_far;
    }
}

int adjust_p(size_t n, const double *p, double *holm, double *benjamini_hochberg)
{
    struct placed *sorted = calloc(n + 1, sizeof *sorted);
    if (sorted == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct placed){p[i], i};
    qsort(sorted, n, sizeof *sorted, by_p);
    adjust(n, sorted, holm, benjamini_hochberg);
    free(sorted);
    return 0;
}

/* Every value with a p-value. */
struct family { size_t n; struct metric_value **value; double *p, *holm, *bh; };

static size_t gather(struct tests *t, struct metric_value **out)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->test[i].metrics.n; k++) {
            struct metric_value *v = &t->test[i].metrics.value[k];
            if (!v->p.given)
                continue;
            if (out != NULL)
                out[n] = v;
            n++;
        }
    return n;
}

/* Values of one metric stand together afterwards; out of all[first], n of them. */
static size_t collect(struct metric_value **all, size_t first, size_t end)
{
    size_t n = 1;
    for (size_t i = first + 1; i < end; i++)
        if (strcmp(all[i]->metric_id, all[first]->metric_id) == 0) {
            struct metric_value *moved = all[i];
            all[i] = all[first + n];
            all[first + n++] = moved;
        }
    return n;
}

static int adjust_family(struct family *f)
{
    for (size_t i = 0; i < f->n; i++)
        f->p[i] = f->value[i]->p.value;
    if (adjust_p(f->n, f->p, f->holm, f->bh) != 0)
        return -1;
    for (size_t i = 0; i < f->n; i++) {
        f->value[i]->p.holm = f->holm[i];
        f->value[i]->p.benjamini_hochberg = f->bh[i];
        f->value[i]->p.comparisons = f->n;
    }
    return 0;
}

int adjust_tests(struct tests *t)
{
    size_t n = gather(t, NULL);
    struct metric_value **all = arena_array(&t->arena, n, sizeof *all);
    double *space = arena_array(&t->arena, 3 * n, sizeof *space);
    if (all == NULL || space == NULL)
        return -1;
    gather(t, all);
    for (size_t first = 0; first < n;) {
        struct family f = {collect(all, first, n), all + first, space, space + n, space + 2 * n};
        if (adjust_family(&f) != 0)
            return -1;
        first += f.n;
    }
    return 0;
}
