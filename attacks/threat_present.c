/* From a point of the search to a feasible sample near it: round, repair relations, and shorten until it is within eps.
 *
 * A value between two steps goes to the nearer one, a one-hot group to another category where that is nearer. Where
 * the sample is then too long, the share of a step from which a value is rounded away from x rises from a half to one;
 * where that does not do, the move itself shrinks, at last to nothing, which x always allows. */
#include <math.h>
#include <string.h>
#include "attacks/threat.h"

struct placing {
    const struct threat_block *b;
    const struct threat *t;
    const struct dataset_feature *feature; /* [size] or NULL */
    const float *x;
    float *adv;
    double *move;                  /* [size] wanted, data units */
    double *change;                /* [size] scratch of lengths */
    double *fixed;                 /* [size] not 0: stays as in x */
    double threshold;              /* share of a step from which rounding goes away from x: 1/2 .. 1 */
    double shrink;                 /* of the moves */
    int moved_only;                /* relations are repaired by what moved anyway, which keeps L0 */
};

static double reach_of(const struct placing *p, size_t j)
{
    return p->fixed[j] > 0 ? 0 : threat_reach(p->t, p->b->norm, p->b->eps, j);
}

static int is_whole(const struct placing *p, size_t j)
{
    return p->feature != NULL && threat_is_whole(&p->feature[j]);
}

/* ---- what may move at all, and how far it wants to --------------------------------------------------------------- */

static int breaks_at_x(const struct placing *p, size_t relation)
{
    return !dataset_relation_holds(&p->t->data->relation[relation], p->x);
}

/* Whether the sample must be moved to the relation. */
static int is_broken(const struct placing *p, size_t relation)
{
    return !breaks_at_x(p, relation) && !dataset_relation_holds(&p->t->data->relation[relation], p->adv);
}

static void fix_broken(struct placing *p)
{
    for (size_t j = 0; j < p->t->size; j++)
        p->fixed[j] = is_whole(p, j) && (p->x[j] < floorf(p->x[j]) || p->x[j] > floorf(p->x[j]));
    for (size_t i = 0; i < p->t->data->relations_n; i++)
        for (size_t k = 0; breaks_at_x(p, i) && k < p->t->data->relation[i].n; k++)
            p->fixed[p->t->data->relation[i].feature[k]] = 1;
}

static void want(struct placing *p, const float *u, const float *u0)
{
    for (size_t j = 0; j < p->t->size; j++) {
        double reach = reach_of(p, j), m = ((double)u[j] - (double)u0[j]) * p->t->unit[j];
        p->move[j] = m > reach ? reach : m < -reach ? -reach : m;
        if (isnan(m))
            p->move[j] = 0;
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static int is_beyond(const struct placing *p, size_t j, float value, double reach)
{
    double change = fabs((double)value - (double)p->x[j]);
    int box = p->b->norm->bounds != NULL && p->t->eps_unit == THREAT_RANGE;
    return change > reach || (box && change > 0 && change / p->t->range[j] > p->b->eps);
}

/* The float nearest to value that box and reach allow; x is one. */
static void set_value(struct placing *p, size_t j, double value)
{
    const struct dataset *d = p->t->data;
    double reach = reach_of(p, j), x = (double)p->x[j];
    value = fmin(fmax(value, x - reach), x + reach);
    float v = fminf(fmaxf((float)value, d->low[j]), d->high[j]);
    while (is_beyond(p, j, v, reach))
        v = nextafterf(v, p->x[j]);
    p->adv[j] = v;
}

/* Whole steps that reach, eps and the box leave feature j in this direction. */
static double steps_left(const struct placing *p, size_t j, int up)
{
    const struct dataset *d = p->t->data;
    double room = up ? floor((double)d->high[j]) - (double)p->x[j] : (double)p->x[j] - ceil((double)d->low[j]);
    double steps = fmax(fmin(floor(reach_of(p, j) * (1 + 0x1p-40)), room), 0);
    if (steps > 0 && p->feature[j].budget > 0)
        steps = fmin(steps, floor(p->feature[j].budget));
    return steps;
}

static void place_whole(struct placing *p, size_t j)
{
    double m = p->move[j] * p->shrink, whole = floor(fabs(m));
    whole += fabs(m) - whole >= p->threshold;
    whole = fmin(whole, steps_left(p, j, m > 0));
    p->adv[j] = (float)((double)p->x[j] + (m > 0 ? whole : -whole));
}

static int may_switch(const struct placing *p, size_t j)
{
    return p->t->range[j] > 0 && reach_of(p, j) >= 1 - 0x1p-40;
}

/* Category c moves up by a and the present one down by b: the other is nearer where a + b >= 1. */
static void place_group(struct placing *p, const struct threat_group *g)
{
    size_t now = threat_category(g, p->x), best = now;
    if (now == g->n || !may_switch(p, g->feature[now]))
        return;
    double most = 0, down = p->move[g->feature[now]];
    for (size_t k = 0; k < g->n; k++) {
        double score = (p->move[g->feature[k]] - down) * p->shrink;
        if (k != now && may_switch(p, g->feature[k]) && score >= 2 * p->threshold && score > most) {
            best = k;
            most = score;
        }
    }
    p->adv[g->feature[now]] = 0;
    p->adv[g->feature[best]] = 1;
}

static void place(struct placing *p)
{
    memcpy(p->adv, p->x, p->t->size * sizeof *p->adv);
    for (size_t j = 0; j < p->t->size; j++) {
        if (!(fabs(p->move[j]) > 0))
            continue;
        if (is_whole(p, j))
            place_whole(p, j);
        else if (p->t->groups_n == 0 || p->t->group_of[j] == SIZE_MAX)
            set_value(p, j, (double)p->x[j] + p->move[j] * p->shrink);
    }
    for (size_t g = 0; g < p->t->groups_n; g++)
        place_group(p, &p->t->group[g]);
}

/* ---- relations --------------------------------------------------------------------------------------------------- */

static int may_repair(const struct placing *p, size_t j)
{
    if (p->moved_only && !(p->adv[j] < p->x[j] || p->adv[j] > p->x[j]))
        return 0;
    return p->t->group_of[j] == SIZE_MAX && reach_of(p, j) > 0;
}

/* The nearest point of the relation's plane in the numeric features, again where the box or reach cut one short. */
static void shift_numeric(struct placing *p, const struct dataset_relation *r, double aim)
{
    for (int round = 0; round < 4; round++) {
        double residual = dataset_residual(r, p->adv) - aim, total = 0;
        if (r->equal ? !(fabs(residual) > 0) : residual <= 0)
            return;
        for (size_t k = 0; k < r->n; k++) {
            size_t j = r->feature[k];
            if (!is_whole(p, j) && may_repair(p, j))
                total += r->factor[k] * r->factor[k] * p->t->unit[j] * p->t->unit[j];
        }
        for (size_t k = 0; total > 0 && k < r->n; k++) {
            size_t j = r->feature[k];
            double share = r->factor[k] * p->t->unit[j] * p->t->unit[j] / total;
            if (!is_whole(p, j) && may_repair(p, j))
                set_value(p, j, (double)p->adv[j] - residual * share);
        }
    }
}

/* Whole features take what is left, step by step; first those that thereby come back to x. */
static void shift_whole(struct placing *p, const struct dataset_relation *r, int back)
{
    for (size_t k = 0; k < r->n; k++) {
        size_t j = r->feature[k];
        double residual = dataset_residual(r, p->adv), steps = fabs(residual / r->factor[k]);
        if (!is_whole(p, j) || !may_repair(p, j) || (r->equal ? !(fabs(residual) > 0) : residual <= 0))
            continue;
        int up = (residual > 0) != (r->factor[k] > 0);
        double away = (double)p->adv[j] - (double)p->x[j];
        double room = back ? (up ? -away : away) : steps_left(p, j, up) - (up ? away : -away);
        steps = fmin(r->equal ? floor(steps) : ceil(steps), fmax(room, 0));
        p->adv[j] = (float)((double)p->adv[j] + (up ? steps : -steps));
    }
}

static void take_back(struct placing *p, size_t j)
{
    size_t g = p->t->group_of[j];
    p->adv[j] = p->x[j];
    for (size_t k = 0; g != SIZE_MAX && k < p->t->group[g].n; k++)
        p->adv[p->t->group[g].feature[k]] = p->x[p->t->group[g].feature[k]];
}

/* Every round takes more features back to x, where all relations hold that are looked at. */
static void take_back_broken(struct placing *p)
{
    const struct dataset *d = p->t->data;
    for (size_t i = 0; i < d->relations_n;) {
        if (!is_broken(p, i)) {
            i++;
            continue;
        }
        for (size_t k = 0; k < d->relation[i].n; k++)
            take_back(p, d->relation[i].feature[k]);
        i = 0;
    }
}

#define REPAIRS 8 /* of one relation may break another */

static void repair(struct placing *p)
{
    const struct dataset *d = p->t->data;
    int broken = d->relations_n > 0;
    for (int pass = 0; broken && pass < REPAIRS; pass++) {
        broken = 0;
        for (size_t i = 0; i < d->relations_n; i++) {
            const struct dataset_relation *r = &d->relation[i];
            if (!is_broken(p, i))
                continue;
            broken = 1;
            /* From the second pass on a little inside, for floats may not meet on the plane. */
            shift_numeric(p, r, r->equal ? 0 : -pass * 0x1p-23 * r->size);
            shift_whole(p, r, 1);
            shift_whole(p, r, 0);
        }
    }
    take_back_broken(p);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int try(struct placing *p, double threshold, double shrink, int moved_only)
{
    p->threshold = threshold;
    p->shrink = shrink;
    p->moved_only = moved_only;
    place(p);
    repair(p);
    return threat_length(p->t, p->b->kern, p->b->norm, p->x, p->adv, p->change) <= p->b->eps;
}

#define ROUNDING 0x1p-22 /* what rounding to float may add to a length */
#define BISECTIONS 6

/* The least threshold at which the sample is short enough; one of 1 is. */
static int try_thresholds(struct placing *p)
{
    double least = 0.5, most = 1;
    if (p->t->data->feature == NULL || !try(p, 1, 1 - ROUNDING, 1))
        return 0;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (least + most) / 2;
        if (try(p, middle, 1 - ROUNDING, 1))
            most = middle;
        else
            least = middle;
    }
    return try(p, most, 1 - ROUNDING, 1);
}

void threat_present(const struct threat_block *b, size_t row, const float *u, float *adv)
{
    const size_t n = b->threat->size;
    struct placing p = {.b = b, .t = b->threat, .feature = b->threat->data->feature, .x = b->x + row * n, .adv = adv,
                        .move = b->work, .change = b->work + n, .fixed = b->work + 2 * n};
    fix_broken(&p);
    want(&p, u, b->u + row * n);
    if (try(&p, 0.5, 1, 0) || try(&p, 0.5, 1, 1) || try(&p, 0.5, 1 - ROUNDING, 1) || try_thresholds(&p))
        return;
    for (double less = 2 * ROUNDING; less < 1; less *= 4)
        if (try(&p, 1, 1 - less, 1))
            return;
    memcpy(adv, p.x, n * sizeof *adv);
}
