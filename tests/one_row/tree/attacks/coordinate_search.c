/* One value at a time goes to an end of what it may take, and stays there if the margin falls. Needs scores alone. */
#include <stddef.h>
#include <string.h>
#include "attacks/attack.h"

struct coordinate_search { long tries; };

/* Bounds and trial of one sample, and its logits. */
static size_t scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    (void)params, (void)n;
    return 3 * shape_size(s) + classes;
}

static float margin(const struct attack_call *c, size_t i, const float *x, float *logits)
{
    c->oracle->score(c->oracle, 1, x, &i, logits);
    return loss_margin(c->oracle->classes, logits, c->label[i]);
}

static void search(const struct attack_call *c, size_t i)
{
    const struct coordinate_search *p = c->params;
    size_t d = c->size;
    const float *x = c->x + i * d;
    float *adv = c->adv + i * d, *lower = c->scratch, *upper = lower + d, *trial = upper + d, *logits = trial + d;
    norm_bounds(c->norm, c->eps, d, x, c->low, c->high, c->feature, lower, upper);
    float least = margin(c, i, x, logits);
    for (c->steps[i] = 0; c->steps[i] < (uint32_t)p->tries && !(least < 0); c->steps[i]++) {
        if (oracle_stopped(c->oracle))
            return;
        struct rng_key key = {c->seed, c->sample[i], rng_stream(c->scenario), c->steps[i]};
        size_t j = rng_below(&key, 0, (uint32_t)d);
        memcpy(trial, adv, d * sizeof *trial);
        trial[j] = rng_below(&key, 1, 2) == 0 ? lower[j] : upper[j];
        norm_project(c->norm, c->kern, c->eps, d, x, lower, upper, trial);
        float m = margin(c, i, trial, logits);
        if (m < least) { /* not NaN, which a query beyond the budget gives */
            least = m;
            memcpy(adv, trial, d * sizeof *adv);
        }
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < c->n && !oracle_stopped(c->oracle); i++)
        search(c, i);
    return 0;
}

/* One score a try, and one at the start. */
static struct attack_passes passes(const struct attack_extent *x)
{
    const struct coordinate_search *p = x->params;
    return (struct attack_passes){1.0 + (double)p->tries, 0};
}

static int offers(const struct norm_kind *norm)
{
    return norm->project != NULL;
}

static const struct param rows[] = {
    {"tries", PARAM_INT, offsetof(struct coordinate_search, tries), 100, 1, 1e6, "queries", "values that are tried",
     NULL, 0},
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

const struct attack_kind attack_coordinate_search = {
    .name = "coordinate_search",
    .source = "after Guo et al. 2019, arXiv:1905.07121, alg. 1",
    .doc = "values go to their bounds, one at a time, where the margin falls",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_SCORE,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct coordinate_search),
    .params = rows,
    .scratch = scratch,
    .run = run,
    .passes = passes};
