/* The border between x and the corner of the box that is farthest from it, by bisection. Needs labels alone. */
#include <stddef.h>
#include <string.h>
#include "attacks/attack.h"

struct far_corner { long halvings; };

/* Bounds and trial of one sample. */
static size_t scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    (void)params, (void)classes, (void)n;
    return 3 * shape_size(s);
}

/* A query beyond the budget says -1, which is no success. */
static int is_broken(const struct attack_call *c, size_t i, const float *x)
{
    int32_t label;
    c->oracle->label(c->oracle, 1, x, &i, &label);
    return label >= 0 && label != c->label[i];
}

/* The point at this share of the way from x to the corner. */
static void go(const struct attack_call *c, const float *x, double share, const float *lower, const float *upper,
               float *point)
{
    for (size_t j = 0; j < c->size; j++) {
        double below = (double)x[j] - (double)lower[j], above = (double)upper[j] - (double)x[j];
        point[j] = (float)((double)x[j] + share * (above >= below ? above : -below));
    }
    c->kern->clamp(c->size, lower, upper, point);
}

static void bisect(const struct attack_call *c, size_t i)
{
    const struct far_corner *p = c->params;
    size_t d = c->size;
    const float *x = c->x + i * d;
    float *adv = c->adv + i * d, *lower = c->scratch, *upper = lower + d, *point = upper + d;
    double near = 0, far = 1;
    norm_bounds(c->norm, c->eps, d, x, c->low, c->high, c->feature, lower, upper);
    go(c, x, 1, lower, upper, point);
    c->steps[i] = 0;
    if (is_broken(c, i, x) || oracle_stopped(c->oracle) || !is_broken(c, i, point))
        return;
    memcpy(adv, point, d * sizeof *adv);
    for (; c->steps[i] < (uint32_t)p->halvings && !oracle_stopped(c->oracle); c->steps[i]++) {
        double middle = near + (far - near) / 2;
        go(c, x, middle, lower, upper, point);
        int broken = is_broken(c, i, point);
        *(broken ? &far : &near) = middle;
        if (broken)
            memcpy(adv, point, d * sizeof *adv);
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < c->n && !oracle_stopped(c->oracle); i++)
        bisect(c, i);
    return 0;
}

/* x, the corner, and one label a halving. */
static struct attack_passes passes(const struct attack_extent *x)
{
    const struct far_corner *p = x->params;
    return (struct attack_passes){2.0 + (double)p->halvings, 0};
}

static const struct param rows[] = {
    {"halvings", PARAM_INT, offsetof(struct far_corner, halvings), 20, 0, 60, "queries", "of the way that is left",
     NULL, 0},
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

const struct attack_kind attack_far_corner = {
    .name = "far_corner",
    .source = "bisection as in Brendel et al. 2018, arXiv:1712.04248",
    .doc = "the border on the way to the farthest corner of the box",
    .problem = ATTACK_MINIMAL,
    .offers = norm_has_step,
    .knowledge = KNOW_LABEL,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct far_corner),
    .params = rows,
    .scratch = scratch,
    .run = run,
    .passes = passes};
