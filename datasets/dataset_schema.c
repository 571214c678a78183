/* The feature schema held against values. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "datasets/dataset_private.h"

static int is_whole(double v)
{
    return floor(v) >= v;
}

void dataset_measure_relation(const struct dataset *d, struct dataset_relation *r)
{
    r->size = fabs(r->constant);
    r->exact = is_whole(r->constant);
    for (size_t k = 0; k < r->n; k++) {
        size_t j = r->feature[k];
        double most = fmax(fabs((double)d->low[j]), fabs((double)d->high[j]));
        r->size = fmax(r->size, fabs(r->factor[k]) * most);
        r->exact = r->exact && d->feature[j].kind != FEATURE_NUMERIC && is_whole(r->factor[k]);
    }
}

double dataset_residual(const struct dataset_relation *r, const float *x)
{
    double sum = -r->constant;
    for (size_t k = 0; k < r->n; k++)
        sum += r->factor[k] * (double)x[r->feature[k]];
    return sum;
}

int dataset_relation_holds(const struct dataset_relation *r, const float *x)
{
    double residual = dataset_residual(r, x);
    if (!r->equal)
        return residual <= 0;
    return fabs(residual) <= (r->exact ? 0 : 0x1p-20 * r->size);
}

static int same_group(const struct dataset_feature *a, const struct dataset_feature *b)
{
    return a->kind == FEATURE_ONEHOT && b->kind == FEATURE_ONEHOT && strcmp(a->group, b->group) == 0;
}

/* Members mostly stand side by side. */
void dataset_group_firsts(const struct dataset *d, size_t *first)
{
    for (size_t j = 0; j < d->size; j++) {
        first[j] = j;
        if (d->feature[j].kind != FEATURE_ONEHOT)
            continue;
        if (j > 0 && same_group(&d->feature[j - 1], &d->feature[j])) {
            first[j] = first[j - 1];
            continue;
        }
        for (first[j] = 0; !same_group(&d->feature[first[j]], &d->feature[j]);)
            first[j]++;
    }
}

/* ones: [size] of each group at its first member, how many members are 1; NAN where one is neither 0 nor 1. */
static void count_ones(const struct dataset *d, const float *x, const size_t *first, double *ones)
{
    memset(ones, 0, d->size * sizeof *ones);
    for (size_t j = 0; j < d->size; j++)
        if (d->feature[j].kind == FEATURE_ONEHOT)
            ones[first[j]] += x[j] >= 1 && x[j] <= 1 ? 1 : x[j] >= 0 && x[j] <= 0 ? 0 : (double)NAN;
}

int dataset_schema_fault(const struct dataset *d, const float *x, const size_t *first, double *ones, char *text,
                         size_t size)
{
    count_ones(d, x, first, ones);
    for (size_t j = 0; j < d->size; j++) {
        const struct dataset_feature *f = &d->feature[j];
        int whole = f->kind == FEATURE_INTEGER || f->kind == FEATURE_ORDINAL;
        if (whole && !is_whole((double)x[j]))
            snprintf(text, size, "'%.60s' is %g, no whole number", f->name, (double)x[j]);
        else if (f->kind == FEATURE_ONEHOT && first[j] == j && !(ones[j] >= 1 && ones[j] <= 1))
            snprintf(text, size, "not one of the group '%.60s' is 1 and the others 0", f->group);
        else
            continue;
        return 1;
    }
    for (size_t i = 0; i < d->relations_n; i++)
        if (!dataset_relation_holds(&d->relation[i], x)) {
            snprintf(text, size, "'%.90s' does not hold", d->relation[i].text);
            return 1;
        }
    return 0;
}
