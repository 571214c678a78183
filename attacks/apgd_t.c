/* APGD-T: a run of apgd against each of the most likely other classes, until the label is wrong in whatever way.
 * Targets are in the order of the logits at x. The loss is the targeted DLR; with fewer than four classes, where it is
 * not defined, z_t - z_y. */
#include "attacks/apgd.h"
#include <math.h>

struct apgd_t {
    struct apgd apgd;
    int32_t *order;                /* (n, classes) classes but the label by falling logit at x */
    int32_t *other;                /* [n] */
};

static void layout(struct apgd_t *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    apgd_layout(&a->apgd, memory, n, size, classes);
    a->order = scratch_take(memory, n * classes, sizeof *a->order);
    a->other = scratch_take(memory, n, sizeof *a->other);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct apgd_t){.order = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct apgd_params *p = c->params;
    const size_t k = c->oracle->classes, targets = (size_t)p->targets < k - 1 ? (size_t)p->targets : k - 1;
    struct apgd_t a = {.order = NULL};
    struct search *s = &a.apgd.s;
    uint32_t round = 0;
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, k);
    apgd_open(&a.apgd, c, k < 4 ? LOSS_DIFFERENCE : LOSS_DLR_TARGETED);
    a.apgd.other = a.other;
    if (c->eps <= 0)
        return 0;
    search_score(s, c->x);
    for (size_t i = 0; i < c->n; i++)
        search_order_classes(k, s->logits + i * k, c->label[i], a.order + i * k);
    for (long restart = 0; restart < p->restarts; restart++)
        for (size_t t = 0; t < targets && s->active > 0; t++) {
            for (size_t i = 0; i < c->n; i++)
                a.other[i] = a.order[i * k + t];
            apgd_round(&a.apgd, round++);
        }
    return 0;
}

static const struct param rows[] = {
    APGD_ROW(steps, 100, 1, 100000, "iterations", "against each target"),
    APGD_ROW(targets, 9, 1, 1000, "classes", "the most likely ones but the label; at most all of them"),
    APGD_ROW(restarts, 1, 1, 1000, "runs", "over all targets; broken samples take no part"),
    APGD_ROWS_END};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct apgd_params *p = x->params;
    const double others = (double)x->classes - 1, targets = fmin((double)p->targets, others);
    return (struct attack_passes){1, (double)p->restarts * targets * apgd_round_gradients(x)};
}

const struct attack_kind attack_apgd_t = {
    .name = "apgd_t",
    .source = "Croce & Hein 2020, arXiv:2003.01690, sec. 5, eq. 7",
    .doc = "apgd against one class after another, by the targeted DLR loss",
    .problem = ATTACK_BUDGET,
    .offers = norm_has_step,
    .knowledge = KNOW_GRADIENT,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct apgd_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
