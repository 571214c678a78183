#include "attacks/natural/natural.h"
#include <math.h>
#include <string.h>
#include "datasets/dataset.h"

struct missing_values {
    struct param_reals share;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double table[] = {.05, .1, .2, .3, .4};
    struct missing_values *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->share, "share", table, NULL, shape, e);
}

static int same_group(const struct dataset_feature *a, const struct dataset_feature *b)
{
    return a->group != NULL && b->group != NULL && strcmp(a->group, b->group) == 0;
}

/* The first column of j's one-hot group, whose draw decides for the whole group; j itself if it is in none. */
static size_t first_column(const struct attack_call *c, size_t j)
{
    size_t first = 0;
    if (c->feature == NULL || c->feature[j].group == NULL)
        return j;
    while (!same_group(&c->feature[first], &c->feature[j]))
        first++;
    return first;
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct missing_values *p = c->params;
    const float *median = c->artefact[0];
    double share = natural_level(&p->share, c);
    (void)e;
    for (size_t j = 0; j < c->size; j++) {
        size_t draw = first_column(c, j);
        if (natural_fixed(c, j))
            continue;
        for (size_t i = 0; i < c->n; i++) {
            struct rng_key key = natural_key(c, i);
            if ((double)rng_uniform(&key, draw) < share)
                c->adv[i * c->size + j] = median[j];
        }
    }
    return 0;
}

static const char *const needs[] = {"median", NULL};
static const struct param rows[] = {
    {"share", PARAM_REALS, offsetof(struct missing_values, share), NAN, 0, 1, "fraction",
     "probability that a feature is missing, one number or one a severity (.05 .1 .2 .3 .4)", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_missing_values = {
    .name = "missing_values",
    .source = "missing completely at random: Rubin 1976, doi:10.1093/biomet/63.3.581",
    .doc = "features missing at random, filled in with the column's median; a one-hot group goes as a whole",
    .subject = SUBJECT_TABLE,
    .needs = needs,
    .param_size = sizeof(struct missing_values),
    .params = rows,
    .finish = finish,
    .run = run};
