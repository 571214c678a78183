/* One pixel (or several): differential evolution over places and values, from scores. In the paper's symbols, with
 * members x_i of (row, column, value of each channel) for each pixel, and r1, r2, r3 drawn:
 *
 *     x_i(g + 1) = x_r1 + F (x_r2 - x_r3), F = 0.5, no crossover; it takes the place of x_i if it is fitter.
 *
 * Genes are in [0, 1) of the image's side or the value's box; those that leave it are drawn anew. Fitter is what has
 * the larger margin. In L0 every value counts, so eps holds eps / channels pixels. */
#include <math.h>
#include <string.h>
#include "attacks/search.h"

#define F 0.5

struct one_pixel_params { long population, generations, pixels; };

struct one_pixel {
    struct search s;
    const struct one_pixel_params *params;
    size_t height, width, channels, genes;
    float *point;                  /* (n, size) asked about */
    float *member;                 /* (n, 2, population, genes): this generation and the next */
    double *fitness;               /* (n, population) */
};

static void layout(struct one_pixel *a, struct scratch *memory, const struct shape *shape, size_t n, size_t classes)
{
    const size_t population = (size_t)a->params->population, size = shape_size(shape);
    a->height = shape->dim[0];
    a->width = shape->dim[1];
    a->channels = shape->dim[2];
    a->genes = (size_t)a->params->pixels * (2 + a->channels);
    search_layout(&a->s, memory, n, size, classes, 0);
    a->point = scratch_take(memory, n * size, sizeof *a->point);
    a->member = scratch_take(memory, n * 2 * population * a->genes, sizeof *a->member);
    a->fitness = scratch_take(memory, n * population, sizeof *a->fitness);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    struct one_pixel a = {.params = params};
    layout(&a, &memory, s, n, classes);
    return memory.used;
}

static float *genes_of(const struct one_pixel *a, size_t row, uint32_t generation, size_t member)
{
    return a->member + ((row * 2 + generation % 2) * (size_t)a->params->population + member) * a->genes;
}

/* Another member by the differences of three; in the first generation a draw. */
static void breed(struct one_pixel *a, size_t row, uint32_t generation, size_t member)
{
    const struct rng_key key = search_key(&a->s, row, generation);
    const uint32_t population = (uint32_t)a->params->population;
    const uint64_t draw = (uint64_t)member * (3 + a->genes);
    const float *parent[3];
    float *child = genes_of(a, row, generation, member);
    for (size_t k = 0; k < 3; k++)
        parent[k] = genes_of(a, row, generation + 1, rng_below(&key, draw + k, population));
    for (size_t g = 0; g < a->genes; g++) {
        float v = generation == 0 ? -1 : parent[0][g] + (float)F * (parent[1][g] - parent[2][g]);
        child[g] = v >= 0 && v < 1 ? v : rng_uniform(&key, draw + 3 + g);
    }
}

/* x with the member's pixels, where values may move. */
static void paint(struct one_pixel *a, size_t row, const float *genes)
{
    const struct search *s = &a->s;
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    float *to = search_at(s, a->point, row);
    memcpy(to, s->call->x + row * s->size, s->size * sizeof *to);
    for (size_t p = 0; p < (size_t)a->params->pixels; p++, genes += 2 + a->channels) {
        const size_t top = (size_t)(genes[0] * (float)a->height), left = (size_t)(genes[1] * (float)a->width);
        const size_t line = top < a->height ? top : a->height - 1, column = left < a->width ? left : a->width - 1;
        for (size_t c = 0; c < a->channels; c++) {
            const size_t j = (line * a->width + column) * a->channels + c;
            const double v = lower[j] + (double)genes[2 + c] * ((double)upper[j] - lower[j]);
            to[j] = lower[j] < upper[j] ? fminf(fmaxf((float)v, lower[j]), upper[j]) : to[j];
        }
    }
}

/* A child that is not fitter gives way to the member of the generation before. */
static void select_fitter(struct one_pixel *a, size_t row, uint32_t generation, size_t member)
{
    struct search *s = &a->s;
    double *best = &a->fitness[row * (size_t)a->params->population + member];
    const double margin = isnan(s->logits[row * s->classes]) ? -INFINITY : (double)search_loss(s, LOSS_MARGIN, row);
    if (generation == 0 || margin > *best)
        *best = margin;
    else
        memcpy(genes_of(a, row, generation, member), genes_of(a, row, generation + 1, member),
               a->genes * sizeof(float));
    s->call->steps[row] = generation;
    s->done[row] = (uint8_t)search_is_adversarial(s, row);
    if (s->done[row])
        search_keep(s, row, search_at(s, a->point, row), 0, generation);
    s->done[row] = s->done[row] || oracle_left(s->call->oracle, row) == 0;
}

static int run(const struct attack_call *c, struct err *e)
{
    struct one_pixel a = {.params = c->params};
    struct search *s = &a.s;
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->shape, c->n, c->oracle->classes);
    search_open(s, c);
    memset(a.member, 0, c->n * 2 * (size_t)a.params->population * a.genes * sizeof *a.member);
    for (uint32_t generation = 0; c->eps > 0 && generation <= (uint32_t)a.params->generations && s->active > 0;
         generation++)
        for (size_t member = 0; member < (size_t)a.params->population && s->active > 0; member++) {
            for (size_t i = 0; i < s->active; i++) {
                breed(&a, s->row[i], generation, member);
                paint(&a, s->row[i], genes_of(&a, s->row[i], generation, member));
            }
            search_score(s, a.point);
            for (size_t i = 0; i < s->active; i++)
                select_fitter(&a, s->row[i], generation, member);
            search_drop_done(s);
        }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l0;
}

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    struct one_pixel_params *p = params;
    const double channels = (double)shape->dim[2], pixels = (double)(shape->dim[0] * shape->dim[1]);
    (void)norm;
    if (eps > 0 && eps < channels)
        return err_set(e, ERR_USAGE, "eps %g: a pixel has %g values; set eps to that or more", eps, channels);
    p->pixels = (long)fmax(1, fmin(floor(eps / channels), pixels));
    return 0;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct one_pixel_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(population, PARAM_INT, 400, 4, 100000, "members", "of each generation, every one a query"),
    ROW(generations, PARAM_INT, 100, 1, 1e6, "generations", "after the first"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct one_pixel_params *p = x->params;
    return (struct attack_passes){((double)p->generations + 1) * (double)p->population, 0};
}

const struct attack_kind attack_one_pixel = {
    .name = "one_pixel",
    .source = "Su, Vargas & Sakurai 2019, arXiv:1710.08864, sec. 3.2-3.3",
    .doc = "a few pixels, whose places and colours are found by differential evolution; asks for scores alone",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_SCORE,
    .targeted = 1,
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct one_pixel_params),
    .params = rows,
    .finish = finish,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
