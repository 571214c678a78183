#include "attacks/fab.h"
#include <math.h>

/* One gradient a step, whatever the number of classes. */
static int run(const struct attack_call *c, struct err *e)
{
    const struct fab_params *p = c->params;
    const long most = (long)c->oracle->classes - 1, targets = p->targets < most ? p->targets : most;
    struct fab a = {.steps = 0};
    (void)e;
    fab_open(&a, c);
    for (uint32_t restart = 0; restart < (uint32_t)p->restarts && !oracle_stopped(c->oracle); restart++)
        for (long rank = 0; rank < targets; rank++)
            fab_run(&a, restart * (uint32_t)targets + (restart > 0 ? (uint32_t)rank : 0), rank);
    fab_close(&a);
    return 0;
}

static const struct param rows[] = {
    FAB_ROWS_COMMON,
    FAB_ROW(targets, PARAM_INT, 9, 1, 1000, "classes", "the most likely ones but the label; at most all of them"),
    FAB_ROW(restarts, PARAM_INT, 1, 1, 1000, "runs", "over all targets, the first from x, others from near it"),
    FAB_ROWS_END};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct fab_params *p = x->params;
    const double others = (double)x->classes - 1, targets = fmin((double)p->targets, others);
    const double steps = (double)p->restarts * targets * (double)p->steps;
    return (struct attack_passes){1 + steps + FAB_BISECTIONS, steps};
}

const struct attack_kind attack_fab_t = {
    .name = "fab_t",
    .source = "Croce & Hein 2020, arXiv:2003.01690, sec. 5 (the targeted form of arXiv:1907.02044)",
    .doc = "the shortest change: fab against one class after another; a gradient a step",
    .problem = ATTACK_MINIMAL,
    .offers = fab_offers,
    .knowledge = KNOW_GRADIENT,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct fab_params),
    .params = rows,
    .scratch = fab_scratch,
    .run = run,
    .passes = passes};
