#include "attacks/pgd.h"
#include <math.h>
#include <string.h>
#include "engine/kern/kern.h"

const char *const pgd_iterate_names[] = {"any", "last", NULL};

/* The samples still under attack stand in the first `active` rows, in their order in the block. */
struct pgd {
    const struct attack_call *call;
    const struct pgd_params *params;
    pgd_turn *turn;          /* or NULL */
    size_t active, classes;
    size_t *row;             /* (active) which sample of the block */
    int32_t *goal;           /* (active) true label, or target */
    float *iterate;          /* (active, size) */
    float *gradient;         /* (active, size) */
    float *logits;           /* (active, classes) */
    float *lower, *upper;    /* (n, size) by block row */
    float *best;             /* (n) by block row: best loss over the restarts */
};

size_t pgd_scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    (void)params;
    size_t words = sizeof(size_t) / sizeof(float);
    return n * (words + 2 + classes + 4 * shape_size(s));
}

/* Steps and the choice among restarts take a loss's direction and order, never its size. */
static enum loss_kind followed_loss(const struct pgd_params *p)
{
    return p->loss == LOSS_CROSS_ENTROPY ? LOSS_ASCENT : (enum loss_kind)p->loss;
}

static void *take(float **scratch, size_t floats)
{
    float *p = *scratch;
    *scratch += floats;
    return p;
}

static void prepare(struct pgd *a)
{
    const struct attack_call *c = a->call;
    size_t n = c->n, d = c->size;
    float *scratch = c->scratch;
    a->row = take(&scratch, n * (sizeof *a->row / sizeof(float)));
    a->goal = take(&scratch, n);
    a->best = take(&scratch, n);
    a->logits = take(&scratch, n * a->classes);
    a->iterate = take(&scratch, n * d);
    a->gradient = take(&scratch, n * d);
    a->lower = take(&scratch, n * d);
    a->upper = take(&scratch, n * d);
    for (size_t i = 0; i < n; i++) {
        a->row[i] = i;
        a->goal[i] = c->target != NULL ? c->target[i] : c->label[i];
        norm_bounds(c->norm, c->eps, d, c->x + i * d, c->low, c->high, c->feature, a->lower + i * d,
                    a->upper + i * d);
    }
    a->active = n;
}

static void start_random(struct pgd *a, size_t i, uint32_t restart)
{
    const struct attack_call *c = a->call;
    size_t d = c->size, row = a->row[i];
    const float *lower = a->lower + row * d, *upper = a->upper + row * d;
    float *iterate = a->iterate + i * d;
    struct rng_key key = {c->seed, c->sample[row], rng_stream(c->scenario), restart};
    c->norm->start(c->kern, &key, c->eps, d, lower, upper, a->gradient + i * d, iterate);
    norm_project(c->norm, c->kern, c->eps, d, c->x + row * d, lower, upper, iterate);
}

static void start(struct pgd *a, uint32_t restart)
{
    const struct attack_call *c = a->call;
    for (size_t i = 0; i < a->active; i++) {
        memcpy(a->iterate + i * c->size, c->x + a->row[i] * c->size, c->size * sizeof(float));
        if (a->params->random_start)
            start_random(a, i, restart);
    }
}

static void step(struct pgd *a)
{
    const struct attack_call *c = a->call;
    size_t d = c->size;
    float length = (float)(c->target != NULL ? -a->params->step_size : a->params->step_size);
    for (size_t i = 0; i < a->active; i++) {
        size_t row = a->row[i];
        const float *lower = a->lower + row * d, *upper = a->upper + row * d;
        float *iterate = a->iterate + i * d, *gradient = a->gradient + i * d;
        if (a->turn != NULL)
            a->turn(c, row, lower, upper, gradient);
        c->norm->step(c->kern, length, d, lower, upper, gradient, iterate);
        norm_project(c->norm, c->kern, c->eps, d, c->x + row * d, lower, upper, iterate);
    }
}

static void keep(struct pgd *a, size_t i, uint32_t steps)
{
    const struct attack_call *c = a->call;
    memcpy(c->adv + a->row[i] * c->size, a->iterate + i * c->size, c->size * sizeof(float));
    c->steps[a->row[i]] = steps;
}

static void move_row(struct pgd *a, size_t to, size_t from)
{
    size_t d = a->call->size, k = a->classes;
    a->row[to] = a->row[from];
    a->goal[to] = a->goal[from];
    memcpy(a->logits + to * k, a->logits + from * k, k * sizeof(float));
    memcpy(a->iterate + to * d, a->iterate + from * d, d * sizeof(float));
    memcpy(a->gradient + to * d, a->gradient + from * d, d * sizeof(float));
}

/* NaN: the query was beyond the sample's budget. */
static int is_broken(const struct pgd *a, size_t i)
{
    if (isnan(a->logits[i * a->classes]))
        return 0;
    int at_goal = loss_argmax(a->classes, a->logits + i * a->classes) == a->goal[i];
    return at_goal == (a->call->target != NULL);
}

/* Approximate logits only propose: those of the rows that look broken by them are taken again, neighbours together. */
static void confirm_broken(struct pgd *a)
{
    const struct oracle *o = a->call->oracle;
    for (size_t i = 0, n; o->approximate && i < a->active; i += n + 1) {
        for (n = 0; i + n < a->active && is_broken(a, i + n);)
            n++;
        if (n > 0)
            o->score(o, n, a->iterate + i * a->call->size, a->row + i, a->logits + i * a->classes);
    }
}

/* Samples whose iterate has reached the goal, by the logits just taken, leave with it. */
static void drop_broken(struct pgd *a, uint32_t steps)
{
    size_t kept = 0;
    for (size_t i = 0; i < a->active; i++) {
        if (is_broken(a, i)) {
            keep(a, i, steps);
            continue;
        }
        if (kept < i)
            move_row(a, kept, i);
        kept++;
    }
    a->active = kept;
}

/* Among several restarts the last iterates must be compared, which takes their logits. */
static void end_restart(struct pgd *a, uint32_t restart, uint32_t steps)
{
    const struct attack_call *c = a->call;
    int several = a->params->restarts > 1;
    if (several && a->active > 0) {
        c->oracle->score(c->oracle, a->active, a->iterate, a->row, a->logits);
        drop_broken(a, steps);
    }
    for (size_t i = 0; i < a->active; i++) {
        const float *logits = a->logits + i * a->classes;
        float loss = 0, *best = &a->best[a->row[i]];
        if (several)
            loss_row(c->kern, followed_loss(a->params), a->classes, logits, a->goal[i], &loss, NULL);
        if (c->target != NULL)
            loss = -loss;
        if (restart == 0 || loss > *best) {
            *best = loss;
            keep(a, i, steps);
        }
        c->steps[a->row[i]] = steps;
    }
}

void pgd_climb(const struct attack_call *c, pgd_turn *turn)
{
    const struct pgd_params *p = c->params;
    struct pgd a = {.call = c, .params = p, .turn = turn, .classes = c->oracle->classes};
    memset(c->steps, 0, c->n * sizeof *c->steps);
    if (c->eps == 0)
        return;
    prepare(&a);
    uint32_t steps = 0;
    for (uint32_t restart = 0; restart < (uint32_t)p->restarts && a.active > 0; restart++) {
        start(&a, restart);
        for (long t = 0; t < p->steps && a.active > 0; t++, steps++) {
            c->oracle->gradient(c->oracle, a.active, a.iterate, a.row, a.goal, followed_loss(p), a.logits, NULL,
                                a.gradient);
            if (p->iterate == PGD_ANY) {
                confirm_broken(&a);
                drop_broken(&a, steps);
            }
            step(&a);
        }
        end_restart(&a, restart, steps);
    }
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
    .run = pgd_run};
