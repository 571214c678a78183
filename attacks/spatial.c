/* The worst of a grid of rotations, translations and scales.
 *
 * T(theta, u, v, z) turns the image by theta about its centre, shifts it by (u, v) and makes it z times as large,
 * bilinear between the pixels. The grid is the product of evenly spaced values, from - limit to + limit of each. Every
 * point is asked about, but those that lie farther from x than one that has broken the sample; so what is left is the
 * nearest, in the norm, of all that break it. A sample withstands where no point of the grid does. */
#include <math.h>
#include "attacks/search.h"
#include "attacks/warp.h"
#include "engine/base/det64.h"

struct spatial_params {
    double rotation, translation, scale;
    long rotations, translations, scales;
    int fill;
};

/* Value i of n from - limit to + limit. */
static double spaced(double limit, long n, long i)
{
    return n > 1 ? limit * (double)(2 * i - (n - 1)) / (double)(n - 1) : 0;
}

static uint32_t grid_points(const struct spatial_params *p)
{
    return (uint32_t)(p->rotations * p->translations * p->translations * p->scales);
}

/* Where the pixels of the turned image come from, as warp takes it: the inverse of T. */
static void inverse(const struct spatial_params *p, const struct shape *s, uint32_t point, double back[6])
{
    long i = (long)point, u = i % p->translations, v = i / p->translations % p->translations;
    i /= p->translations * p->translations;
    double z = 1 + spaced(p->scale, p->scales, i % p->scales);
    double theta = spaced(p->rotation, p->rotations, i / p->scales) * (3.14159265358979323846 / 180);
    double y = ((double)s->dim[0] - 1) / 2, x = ((double)s->dim[1] - 1) / 2;
    double down = y + spaced(p->translation, p->translations, u) * (double)s->dim[0];
    double right = x + spaced(p->translation, p->translations, v) * (double)s->dim[1];
    double cosine = det_cos(theta) / z, sine = det_sin(theta) / z;
    back[0] = cosine, back[1] = sine, back[2] = y - cosine * down - sine * right;
    back[3] = -sine, back[4] = cosine, back[5] = x + sine * down - cosine * right;
}

/* Move the iterates to a point of the grid; rows for which it is too far leave until the next. */
static void move(struct search *s, const double back[6], enum warp_fill fill)
{
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        float *iterate = search_at(s, s->iterate, row);
        warp(s->call, row, back, fill, iterate);
        s->call->kern->clamp(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), iterate);
        s->done[row] = !(search_length(s, row, iterate) < s->best[row]);
    }
    search_drop_done(s);
}

static void layout(struct search *s, uint8_t **adversarial, struct scratch *memory, size_t n, size_t size,
                   size_t classes)
{
    search_layout(s, memory, n, size, classes, 0);
    *adversarial = scratch_take(memory, n, 1);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    struct search search;
    uint8_t *adversarial;
    (void)params;
    layout(&search, &adversarial, &memory, n, shape_size(s), classes);
    return memory.used;
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct spatial_params *p = c->params;
    struct search s;
    uint8_t *adversarial;
    (void)e;
    layout(&s, &adversarial, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(&s, c);
    for (uint32_t point = 0; point < grid_points(p) && !oracle_stopped(c->oracle); point++) {
        double back[6];
        inverse(p, c->shape, point, back);
        search_take_all(&s);
        move(&s, back, (enum warp_fill)p->fill);
        if (s.active > 0)
            search_ask(&s, s.iterate, adversarial);
        for (size_t i = 0; i < s.active; i++)
            if (adversarial[s.row[i]])
                search_keep_nearest(&s, s.row[i], search_at(&s, s.iterate, s.row[i]), point + 1);
    }
    for (size_t i = 0; i < c->n; i++)
        c->steps[i] = isfinite(s.best[i]) ? c->steps[i] : grid_points(p);
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm != NULL;
}

/* Equal points would be asked about again, and a grid without its middle leaves the image as it is out. */
static int check_axis(const char *limit, double reach, const char *count, long n, struct err *e)
{
    if (n > 1 && !(reach > 0))
        return err_set(e, ERR_USAGE, "%s: %ld points within %s 0 are all the same; set %s to 1, or a larger %s",
                       count, n, limit, count, limit);
    if (n % 2 == 0)
        return err_set(e, ERR_USAGE, "%s: %ld points from end to end leave out the middle; set an odd number", count,
                       n);
    return 0;
}

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    const struct spatial_params *p = params;
    (void)norm, (void)eps, (void)shape;
    TRY(check_axis("rotation", p->rotation, "rotations", p->rotations, e));
    TRY(check_axis("translation", p->translation, "translations", p->translations, e));
    return check_axis("scale", p->scale, "scales", p->scales, e);
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct spatial_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(rotation, PARAM_REAL, 30, 0, 180, "degrees", "most, to either side"),
    ROW(rotations, PARAM_INT, 31, 1, 361, "points", "of the grid between - rotation and + rotation; odd"),
    ROW(translation, PARAM_REAL, 0.1, 0, 1, "image sides", "most, up and down, left and right"),
    ROW(translations, PARAM_INT, 5, 1, 101, "points", "along either axis; odd"),
    ROW(scale, PARAM_REAL, 0.1, 0, 0.9, "fraction", "by which the image grows or shrinks at most; see scales"),
    ROW(scales, PARAM_INT, 1, 1, 101, "points", "between 1 - scale and 1 + scale; odd; 1: the image keeps its size"),
    {"fill", PARAM_CHOICE, offsetof(struct spatial_params, fill), WARP_LOW, 0, 2, "",
     "what comes in from outside: the box's low end, its middle, or the nearest edge pixel", warp_fill_names, 0},
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct spatial_params *p = x->params;
    return (struct attack_passes){(double)grid_points(p), 0};
}

const struct attack_kind attack_spatial = {
    .name = "spatial",
    .source = "Engstrom et al. 2019, arXiv:1712.02779, sec. 3.2: grid search; its grid of 31 x 5 x 5 points",
    .doc = "the worst of a grid of rotations, translations and scales; of those that break the sample, the nearest",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_LABEL,
    .targeted = 1,
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct spatial_params),
    .params = rows,
    .finish = finish,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
