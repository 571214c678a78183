/* HopSkipJump. In the paper's symbols, with x~ adversarial, d values, D = ||x~ - x*|| and theta = gamma / (d sqrt d)
 * (L2) or gamma / d^2 (Linf), iteration t = 1, 2 ...:
 *
 *     x_t = the point of the way from x~ to x* at its boundary, found by halving down to theta,
 *     delta_t = sqrt(d) theta D (L2) or d theta D (Linf), at first a tenth of the box's width,
 *     B_t = min(B_0 sqrt(t), B_max) probes u_b on the unit sphere,
 *     phi_b = 1 where x_t + delta_t u_b is adversarial, else -1,
 *     v_t = sum (phi_b - mean phi) u_b; mean phi only where the phi differ (eq. 16),
 *     x~ = x_t + xi v_t / ||v_t|| (Linf: sign v_t), xi = D / sqrt(t) halved until that is adversarial.
 *
 * Probes are cut to the box, and u_b is what is left of them. Every sum is a sample's own. What is asked does not
 * depend on how many questions are left, so that a run with fewer is the beginning of one with more. */
#include <math.h>
#include <string.h>
#include "attacks/decision.h"

#define HALVINGS 30 /* of xi at most */

struct hopskipjump_params { long iterations, initial_probes, most_probes, starts; double gamma; };

struct hopskipjump {
    struct decision d;
    const struct hopskipjump_params *params;
    int linf, times;
    double theta;
    double *sum, *signed_sum; /* (n, size) of u, of phi u */
    double *distance, *delta; /* [n] D, delta_t */
    long *adversarial;        /* [n] probes with phi = 1 */
    float *v;                 /* (n, size) u_b, then the direction of the step */
};

static void layout(struct hopskipjump *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    decision_layout(&a->d, memory, n, size, classes);
    a->sum = scratch_take(memory, n * size, sizeof *a->sum);
    a->signed_sum = scratch_take(memory, n * size, sizeof *a->signed_sum);
    a->distance = scratch_take(memory, n, sizeof *a->distance);
    a->delta = scratch_take(memory, n, sizeof *a->delta);
    a->adversarial = scratch_take(memory, n, sizeof *a->adversarial);
    a->v = scratch_take(memory, n * size, sizeof *a->v);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct hopskipjump){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

/* theta, and how many halvings lead there. */
static double precision(const struct hopskipjump_params *p, int linf, size_t size, int *times)
{
    const double d = (double)size, theta = p->gamma / (linf ? d * d : d * sqrt(d));
    *times = 0;
    for (double share = 1; share > theta && *times < 40; share /= 2)
        ++*times;
    return theta;
}

static long probes_of(const struct hopskipjump_params *p, uint32_t t)
{
    return (long)fmin((double)p->initial_probes * sqrt((double)t), (double)p->most_probes);
}

/* x_t + length times the direction, inside the box. */
static void aim(struct hopskipjump *a, size_t row, double length, const float *direction)
{
    const struct search *s = &a->d.s;
    const float *from = search_at(s, s->iterate, row);
    float *to = search_at(s, a->d.point, row);
    for (size_t j = 0; j < s->size; j++)
        to[j] = decision_clip(&a->d, row, j, from[j] + length * direction[j]);
}

static void draw_probe(struct hopskipjump *a, size_t row, uint32_t t, long b)
{
    const struct search *s = &a->d.s;
    const struct rng_key key = search_key(s, row, ((uint32_t)1 << 31) + t);
    float *u = search_at(s, a->v, row);
    if (!a->linf) {
        decision_direction(&a->d, row, &key, (uint64_t)b, u);
    } else {
        rng_fill_uniform(&key, (uint64_t)b * s->size, s->size, -1, 1, u);
        norm_mask_fixed(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), u);
        double length = norm_l2_scaled(s->call->kern, s->size, u);
        s->call->kern->scale(s->size, length > 0 ? (float)(1 / length) : 0, u, u);
    }
    aim(a, row, a->delta[row], u);
}

static void add_probe(struct hopskipjump *a, size_t row)
{
    const struct search *s = &a->d.s;
    const float *point = search_at(s, a->d.point, row), *from = search_at(s, s->iterate, row);
    double *sum = a->sum + row * s->size, *signed_sum = a->signed_sum + row * s->size;
    const double phi = a->d.adversarial[row] ? 1 : -1;
    for (size_t j = 0; j < s->size; j++) {
        const double u = ((double)point[j] - from[j]) / a->delta[row];
        sum[j] += u;
        signed_sum[j] += phi * u;
    }
    a->adversarial[row] += a->d.adversarial[row];
}

/* v_t from the sums. */
static void take_direction(struct hopskipjump *a, size_t row, long probes)
{
    const struct search *s = &a->d.s;
    const int differ = a->adversarial[row] > 0 && a->adversarial[row] < probes;
    const double mean = differ ? 2 * (double)a->adversarial[row] / (double)probes - 1 : 0;
    const double *sum = a->sum + row * s->size, *signed_sum = a->signed_sum + row * s->size;
    float *v = search_at(s, a->v, row);
    for (size_t j = 0; j < s->size; j++)
        v[j] = (float)((signed_sum[j] - mean * sum[j]) / (double)probes);
    const double length = norm_l2_scaled(s->call->kern, s->size, v);
    for (size_t j = 0; j < s->size; j++)
        v[j] = a->linf ? (float)((v[j] > 0) - (v[j] < 0)) : length > 0 ? (float)(v[j] / length) : 0;
}

static void estimate(struct hopskipjump *a, uint32_t t)
{
    struct search *s = &a->d.s;
    const long probes = probes_of(a->params, t);
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        const double share = (a->linf ? (double)s->size : sqrt((double)s->size)) * a->theta;
        a->distance[row] = decision_distance(&a->d, row);
        a->delta[row] = t == 1 ? 0.1 * a->d.width[row] : share * a->distance[row];
        a->adversarial[row] = 0;
        memset(a->sum + row * s->size, 0, s->size * sizeof *a->sum);
        memset(a->signed_sum + row * s->size, 0, s->size * sizeof *a->signed_sum);
    }
    for (long b = 0; b < probes; b++) {
        for (size_t i = 0; i < s->active; i++)
            draw_probe(a, s->row[i], t, b);
        decision_ask(&a->d);
        for (size_t i = 0; i < s->active; i++)
            add_probe(a, s->row[i]);
    }
    for (size_t i = 0; i < s->active; i++)
        take_direction(a, s->row[i], probes);
}

/* Rows leave the list once they have moved. */
static void jump(struct hopskipjump *a, uint32_t t)
{
    struct search *s = &a->d.s;
    double share = 1 / sqrt((double)t);
    for (int halving = 0; halving < HALVINGS && s->active > 0; halving++, share /= 2) {
        for (size_t i = 0; i < s->active; i++)
            aim(a, s->row[i], share * a->distance[s->row[i]], search_at(s, a->v, s->row[i]));
        decision_ask(&a->d);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            s->done[row] = a->d.adversarial[row] || oracle_left(s->call->oracle, row) == 0;
            if (a->d.adversarial[row])
                memcpy(search_at(s, s->iterate, row), search_at(s, a->d.point, row), s->size * sizeof(float));
        }
        search_drop_done(s);
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    struct hopskipjump a = {.params = c->params, .linf = c->norm == &norm_linf};
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    a.theta = precision(a.params, a.linf, c->size, &a.times);
    decision_open(&a.d, c, a.params->starts);
    decision_list(&a.d);
    decision_bisect(&a.d, a.linf, a.times);
    for (uint32_t t = 1; t <= (uint32_t)a.params->iterations && !oracle_stopped(c->oracle); t++) {
        a.d.step = t;
        decision_list(&a.d);
        estimate(&a, t);
        jump(&a, t);
        decision_list(&a.d);
        decision_bisect(&a.d, a.linf, a.times);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l2 || norm == &norm_linf;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct hopskipjump_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(iterations, PARAM_INT, 64, 1, 100000, "iterations", "steps along the boundary"),
    ROW(initial_probes, PARAM_INT, 100, 1, 1e6, "queries", "about the boundary's direction in the first iteration"),
    ROW(most_probes, PARAM_INT, 10000, 1, 1e6, "queries", "about it in any iteration; they grow with its root"),
    ROW(gamma, PARAM_REAL, 1, 1e-6, 1e6, "factor", "of the precision theta with which the boundary is met"),
    ROW(starts, PARAM_INT, 100, 1, 1e6, "draws", "tried for a first adversarial point"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct hopskipjump_params *p = x->params;
    int times;
    precision(p, x->norm == &norm_linf, shape_size(x->shape), &times);
    double forward = 1 + (double)p->starts + times;
    for (uint32_t t = 1; t <= (uint32_t)p->iterations; t++)
        forward += (double)probes_of(p, t) + HALVINGS + times;
    return (struct attack_passes){forward, 0};
}

const struct attack_kind attack_hopskipjump = {
    .name = "hopskipjump",
    .source = "Chen, Jordan & Wainwright 2020, arXiv:1904.02144, alg. 2",
    .doc = "the shortest change by labels alone: walks along the boundary, whose direction it estimates by probes",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_LABEL,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct hopskipjump_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
