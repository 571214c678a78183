#include "attacks/pgd.h"
#include "attacks/search.h"
#include <math.h>
#include <string.h>

const char *const pgd_iterate_names[] = {"any", "last", NULL};

struct pgd {
    struct search s;
    const struct pgd_params *params;
    pgd_turn *turn;                /* or NULL */
};

static void layout(struct pgd *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
}

size_t pgd_scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct pgd){.turn = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static void start(struct pgd *a, uint32_t restart)
{
    struct search *s = &a->s;
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        memcpy(search_at(s, s->iterate, row), s->call->x + row * s->size, s->size * sizeof(float));
        if (a->params->random_start)
            search_start_at_random(s, row, restart);
    }
}

static void step(struct pgd *a)
{
    struct search *s = &a->s;
    const struct attack_call *c = s->call;
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
        float *iterate = search_at(s, s->iterate, row), *gradient = search_at(s, s->gradient, row);
        if (a->turn != NULL)
            a->turn(c, row, lower, upper, gradient);
        c->norm->step(c->kern, (float)a->params->step_size, s->size, lower, upper, gradient, iterate);
        search_project(s, row, iterate);
    }
}

/* Samples whose iterate has reached the goal, by the logits just taken, leave with it. */
static void drop_broken(struct search *s, uint32_t steps)
{
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        s->done[row] = (uint8_t)search_is_adversarial(s, row);
        if (s->done[row])
            search_keep(s, row, search_at(s, s->iterate, row), INFINITY, steps);
    }
    search_drop_done(s);
}

/* Among several restarts the last iterates must be compared, which takes their logits. */
static void end_restart(struct pgd *a, uint32_t restart, uint32_t steps)
{
    struct search *s = &a->s;
    int several = a->params->restarts > 1;
    if (several && s->active > 0) {
        search_score(s, s->iterate);
        drop_broken(s, steps);
    }
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        double loss = several ? (double)search_loss(s, (enum loss_kind)a->params->loss, row) : 0;
        if (restart == 0 || loss > s->best[row])
            search_keep(s, row, search_at(s, s->iterate, row), loss, steps);
        s->call->steps[row] = steps;
    }
}

void pgd_climb(const struct attack_call *c, pgd_turn *turn)
{
    const struct pgd_params *p = c->params;
    struct pgd a = {.params = p, .turn = turn};
    struct search *s = &a.s;
    uint32_t steps = 0;
    int leaves = p->iterate == PGD_ANY && !c->oracle->random;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(s, c);
    for (uint32_t restart = 0; c->eps > 0 && restart < (uint32_t)p->restarts && s->active > 0; restart++) {
        start(&a, restart);
        for (long t = 0; t < p->steps && s->active > 0; t++, steps++) {
            search_gradient(s, (enum loss_kind)p->loss);
            if (leaves) {
                search_confirm(s);
                drop_broken(s, steps);
            }
            step(&a);
        }
        end_restart(&a, restart, steps);
    }
}

struct attack_passes pgd_passes(const struct attack_extent *x)
{
    const struct pgd_params *p = x->params;
    return (struct attack_passes){p->restarts > 1 ? (double)p->restarts : 0, (double)p->restarts * (double)p->steps};
}

int pgd_run(const struct attack_call *c, struct err *e)
{
    (void)e;
    pgd_climb(c, NULL);
    return 0;
}

static int pgd_finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    struct pgd_params *p = params;
    (void)norm, (void)shape;
    if (p->restarts > 1 && !p->random_start)
        return err_set(e, ERR_USAGE, "restarts: %ld runs from the same point give the same result; "
                       "set random_start to true or restarts to 1", p->restarts);
    if (p->step_size == 0)
        p->step_size = 2.5 * eps / (double)p->steps;
    return 0;
}

static const struct param rows[] = {
    PGD_ROW_STEPS(40),
    PGD_ROW_STEP_SIZE("length of a step; 0: 2.5 eps / steps, which leads from any point of the ball to any other"),
    PGD_ROW_RANDOM_START(1),
    PGD_ROW(restarts, PARAM_INT, 1, 1, 1000, "runs", "from new random starts; broken samples take no part", NULL),
    PGD_ROW_LOSS,
    PGD_ROW_ITERATE,
    PGD_ROWS_END};

const struct attack_kind attack_pgd = {
    .name = "pgd",
    .source = "Madry et al. 2018, arXiv:1706.06083, sec. 2.1; step size as in its L2 experiments",
    .doc = "projected gradient steps from random starts",
    .problem = ATTACK_BUDGET,
    .offers = norm_has_step,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct pgd_params),
    .params = rows,
    .finish = pgd_finish,
    .scratch = pgd_scratch,
    .run = pgd_run,
    .passes = pgd_passes};
