/* Natural transformations: properties of every row of the table, golden images, and the moments of the random ones. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"
#include "tests/golden/natural.inc"

#define N 7

/* Call test for each transformation, severity and a shape it applies to. */
static void for_every_transformation(void (*test)(struct trial *t))
{
    const struct shape shapes[] = {image_shape(11, 7, 3), image_shape(5, 13, 1), image_shape(8, 8, 4),
                                   image_shape(1, 3, 2), image_shape(66, 9, 1), table_shape(47), table_shape(1)};
    for (const struct attack_kind *const *kind = transformation_kinds; *kind != NULL; kind++)
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
            for (int severity = 1; severity <= 5; severity++) {
                struct trial t;
                if ((*kind)->subject == (shapes[s].rank == 3 ? SUBJECT_TABLE : SUBJECT_IMAGE))
                    continue;
                trial_create(&t, *kind, shapes[s], N, NULL, -40, 255);
                t.severity = severity;
                test(&t);
                trial_free(&t);
            }
}

static void inside(struct trial *t)
{
    trial_run(t, NULL);
    expect_in_box(t, "transformation");
}
Test(natural, every_row_stays_in_the_box) { for_every_transformation(inside); }

static void batch_unobservable(struct trial *t)
{
    static const size_t order[N] = {3, 6, 0, 5, 1, 4, 2};
    size_t floats = N * t->size;
    float *whole = malloc(floats * sizeof *whole);
    trial_run(t, NULL);
    memcpy(whole, t->adv, floats * sizeof *whole);
    trial_run_some(t, NULL, order, N);
    cr_assert(same(whole, t->adv, floats), "%s: order is observable", t->kind->name);
    memset(t->adv, 0, floats * sizeof(float));
    for (size_t i = 0; i < N; i++)
        trial_run_some(t, NULL, &i, 1);
    cr_assert(same(whole, t->adv, floats), "%s: batch size is observable", t->kind->name);
    free(whole);
}
Test(natural, every_row_hides_batch_and_position) { for_every_transformation(batch_unobservable); }

static void immutable(struct trial *t)
{
    if (t->shape.rank != 1)
        return;
    t->feature = calloc(t->size, sizeof *t->feature);
    for (size_t j = 0; j < t->size; j++)
        t->feature[j].mutable_feature = j % 3 == 0;
    trial_run(t, NULL);
    for (size_t i = 0; i < N * t->size; i++)
        cr_assert(t->adv[i] == t->x[i] || i % t->size % 3 == 0, "%s moved an immutable feature", t->kind->name);
}
Test(natural, every_row_leaves_immutable_features) { for_every_transformation(immutable); }

/* In a box 255 times as wide the result is 255 times as large: every number scales with the box. */
static void scales(struct trial *t)
{
    struct trial unit;
    trial_create(&unit, t->kind, t->shape, N, NULL, 0, 1);
    unit.severity = t->severity;
    for (size_t j = 0; j < t->size; j++) {
        unit.low[j] = unit.median[j] = (t->low[j] + 40) / 256;
        unit.high[j] = (t->high[j] + 40) / 256;
        t->low[j] = 256 * unit.low[j];
        t->high[j] = 256 * unit.high[j];
        t->median[j] = 256 * unit.median[j];
    }
    for (size_t i = 0; i < N * t->size; i++) {
        size_t j = i % t->size;
        unit.x[i] = fminf(fmaxf((t->x[i] + 40) / 256, unit.low[j]), unit.high[j]);
        t->x[i] = 256 * unit.x[i];
    }
    trial_run(t, NULL);
    trial_run(&unit, NULL);
    for (size_t i = 0; i < N * t->size; i++)
        cr_assert(t->adv[i] == 256 * unit.adv[i], "%s: value %zu is %a, scaled %a", t->kind->name, i, (double)t->adv[i],
                  256 * (double)unit.adv[i]);
    trial_free(&unit);
}
Test(natural, every_row_scales_with_the_box) { for_every_transformation(scales); }

static void own_numbers(struct trial *t)
{
    struct param_reals *list = (struct param_reals *)(void *)((char *)t->params + t->kind->params[0].offset);
    struct err e = {0};
    cr_assert_eq(t->kind->params[0].type, PARAM_REALS);
    cr_assert_eq(t->kind->finish(t->params, NULL, 0, &t->shape, &e), 0);
    cr_assert_eq(list->n, 5u, "%s shows no numbers", t->kind->name);
    list->n = 3;
    cr_assert_eq(t->kind->finish(t->params, NULL, 0, &t->shape, &e), ERR_USAGE);
    cr_assert_not_null(strstr(e.text, t->kind->params[0].name));
}
Test(natural, every_row_takes_one_number_or_five) { for_every_transformation(own_numbers); }

static const struct attack_kind *named(const char *name)
{
    const struct attack_kind *kind = transformation_find(name);
    cr_assert_not_null(kind, "no %s", name);
    return kind;
}

static double level_of(const char *name, struct shape shape, int severity)
{
    struct trial t;
    trial_create(&t, named(name), shape, 1, NULL, 0, 1);
    cr_assert_eq(t.kind->finish(t.params, NULL, 0, &shape, NULL), 0);
    double level = ((struct param_reals *)t.params)->v[severity - 1];
    trial_free(&t);
    return level;
}

Test(natural, severities_follow_the_size_of_the_image)
{
    cr_assert_eq(level_of("gaussian_noise", image_shape(64, 64, 3), 5), .10);
    cr_assert_eq(level_of("gaussian_noise", image_shape(65, 64, 3), 5), .38);
    cr_assert_eq(level_of("contrast", image_shape(28, 28, 1), 1), .75);
    cr_assert_eq(level_of("contrast", image_shape(28, 224, 1), 1), .4);
    cr_assert_eq(level_of("rotate", image_shape(224, 224, 3), 5), level_of("rotate", image_shape(32, 32, 3), 5));
}

/* Which side of the golden image each sample shows; every side must be taken by some sample. */
static void match_sides(const struct golden_image *g, const struct trial *t)
{
    size_t seen[4] = {0};
    for (size_t i = 0; i < t->n; i++) {
        size_t found = g->sides;
        for (size_t side = 0; side < g->sides; side++) {
            double worst = 0;
            for (size_t j = 0; j < t->size; j++)
                worst = fmax(worst, fabs((double)t->adv[i * t->size + j] - (double)g->result[side * t->size + j]));
            found = worst < 1e-6 ? side : found;
        }
        cr_assert(found < g->sides, "%s at severity %d, %zux%zux%zu: sample %zu differs", g->name, g->severity,
                  g->height, g->width, g->channels, i);
        seen[found]++;
    }
    for (size_t side = 0; side < g->sides; side++)
        cr_assert(seen[side] > 0, "%s: side %zu never taken", g->name, side);
}

/* From tests/golden/make_natural.py: numpy and scipy in float64. */
Test(natural, follows_numpy)
{
    for (size_t k = 0; k < sizeof golden_images / sizeof golden_images[0]; k++) {
        const struct golden_image *g = &golden_images[k];
        struct trial t;
        trial_create(&t, named(g->name), image_shape(g->height, g->width, g->channels), 40, NULL, 0, 1);
        for (size_t j = 0; j < t.size; j++) {
            t.low[j] = 0;
            t.high[j] = 1;
        }
        for (size_t i = 0; i < t.n; i++)
            memcpy(t.x + i * t.size, g->x, t.size * sizeof(float));
        t.severity = g->severity;
        if (g->edge)
            trial_set(&t, "fill", 2);
        trial_run(&t, NULL);
        match_sides(g, &t);
        trial_free(&t);
    }
}

/* One big sample at one value v of a box of width 200 from -50. */
static void flat_image(struct trial *t, const char *name, struct shape shape, size_t n, float v)
{
    trial_create(t, named(name), shape, n, NULL, -50, 200);
    for (size_t j = 0; j < t->size; j++) {
        t->low[j] = -50;
        t->high[j] = 150;
        t->median[j] = 25;
    }
    for (size_t i = 0; i < n * t->size; i++)
        t->x[i] = -50 + 200 * v;
}

struct moments { double mean, variance, low, high; };

/* In box widths; low, high: shares of the values at the ends of the box. */
static struct moments moments_of(const struct trial *t)
{
    struct moments m = {0};
    double count = (double)(t->n * t->size);
    for (size_t i = 0; i < t->n * t->size; i++) {
        m.mean += ((double)t->adv[i] + 50) / 200 / count;
        m.low += (t->adv[i] == -50) / count;
        m.high += (t->adv[i] == 150) / count;
    }
    for (size_t i = 0; i < t->n * t->size; i++)
        m.variance += pow(((double)t->adv[i] + 50) / 200 - m.mean, 2) / count;
    return m;
}

Test(natural, gaussian_noise_has_its_moments)
{
    static const double sigma[] = {.04, .06, .08, .09, .10};
    for (int s = 1; s <= 5; s++) {
        struct trial t;
        flat_image(&t, "gaussian_noise", image_shape(60, 60, 3), 3, 0.5f);
        t.severity = s;
        trial_run(&t, NULL);
        struct moments m = moments_of(&t);
        cr_assert_float_eq(m.mean, 0.5, 4 * sigma[s - 1] / 180);
        cr_assert_float_eq(sqrt(m.variance), sigma[s - 1], 0.03 * sigma[s - 1]);
        trial_free(&t);
    }
}

Test(natural, shot_noise_has_its_moments)
{
    static const double photons[] = {500, 250, 100, 75, 50};
    for (int s = 1; s <= 5; s++) {
        struct trial t;
        flat_image(&t, "shot_noise", image_shape(60, 60, 3), 3, 0.3f);
        t.severity = s;
        trial_run(&t, NULL);
        struct moments m = moments_of(&t);
        cr_assert_float_eq(m.mean, 0.3, 4 * sqrt(0.3 / photons[s - 1]) / 180);
        cr_assert_float_eq(m.variance, 0.3 / photons[s - 1], 0.05 * 0.3 / photons[s - 1]);
        for (size_t i = 0; i < t.n * t.size; i++) {
            double count = ((double)t.adv[i] + 50) / 200 * photons[s - 1];
            cr_assert_float_eq(count, round(count), 1e-3);
        }
        trial_free(&t);
    }
}

Test(natural, impulse_noise_hits_half_and_half)
{
    static const double amount[] = {.01, .02, .03, .05, .07};
    for (int s = 1; s <= 5; s++) {
        struct trial t;
        flat_image(&t, "impulse_noise", image_shape(60, 60, 3), 6, 0.3f);
        t.severity = s;
        trial_run(&t, NULL);
        struct moments m = moments_of(&t);
        double half = amount[s - 1] / 2, error = 4 * sqrt(half / 64800);
        cr_assert_float_eq(m.low, half, error);
        cr_assert_float_eq(m.high, half, error);
        cr_assert_float_eq(m.mean, 0.3 * (1 - 2 * half) + half, error);
        trial_free(&t);
    }
}

/* Rows and columns of sample i that the patch covers, as first and one behind the last. */
static void patch_of(const struct trial *t, size_t i, size_t edge[4])
{
    size_t width = t->shape.dim[1], channels = t->shape.dim[2];
    edge[0] = edge[2] = SIZE_MAX;
    edge[1] = edge[3] = 0;
    for (size_t j = 0; j < t->size; j++) {
        size_t row = j / (width * channels), col = j / channels % width;
        if (t->adv[i * t->size + j] == t->x[i * t->size + j])
            continue;
        edge[0] = row < edge[0] ? row : edge[0];
        edge[1] = row >= edge[1] ? row + 1 : edge[1];
        edge[2] = col < edge[2] ? col : edge[2];
        edge[3] = col >= edge[3] ? col + 1 : edge[3];
    }
}

Test(natural, occlusion_is_a_square_anywhere_in_the_image)
{
    for (int fill = 0; fill < 2; fill++) {
        size_t top_left = 0, bottom_right = 0;
        struct trial t;
        flat_image(&t, "occlusion", image_shape(10, 16, 2), 600, 0.3f);
        trial_set(&t, "fill", fill);
        trial_run(&t, NULL);
        for (size_t i = 0; i < t.n; i++) {
            size_t edge[4];
            patch_of(&t, i, edge);
            cr_assert(edge[1] - edge[0] == 3 && edge[3] - edge[2] == 3);
            for (size_t row = edge[0]; row < edge[1]; row++)
                for (size_t j = (row * 16 + edge[2]) * 2; j < (row * 16 + edge[3]) * 2; j++)
                    cr_assert_eq(t.adv[i * t.size + j], fill ? 50 : -50);
            top_left += edge[0] == 0 && edge[2] == 0;
            bottom_right += edge[1] == 10 && edge[3] == 16;
        }
        cr_assert(top_left > 0 && bottom_right > 0, "corners are never reached");
        trial_free(&t);
    }
}

static void give_features(struct trial *t)
{
    static const enum feature_kind kinds[] = {FEATURE_NUMERIC, FEATURE_INTEGER, FEATURE_ORDINAL, FEATURE_ONEHOT,
                                              FEATURE_ONEHOT, FEATURE_NUMERIC, FEATURE_ONEHOT, FEATURE_ONEHOT};
    static const char *const groups[] = {NULL, NULL, NULL, "a", "a", NULL, "b", "a"};
    t->feature = calloc(t->size, sizeof *t->feature);
    for (size_t j = 0; j < t->size; j++)
        t->feature[j] = (struct dataset_feature){.name = "f", .kind = kinds[j], .group = groups[j],
                                                 .mutable_feature = 1};
}

Test(natural, feature_noise_keeps_kinds)
{
    static const double sigma[] = {.02, .04, .06, .08, .10};
    struct trial t;
    flat_image(&t, "feature_noise", table_shape(8), 4000, 0.5f);
    give_features(&t);
    for (int s = 1; s <= 5; s++) {
        double square[8] = {0};
        t.severity = s;
        trial_run(&t, NULL);
        for (size_t i = 0; i < t.n * 8; i++) {
            double moved = (double)t.adv[i] - (double)t.x[i];
            square[i % 8] += moved * moved / (double)t.n;
            if (t.feature[i % 8].kind == FEATURE_ONEHOT)
                cr_assert(moved == 0);
            else if (t.feature[i % 8].kind != FEATURE_NUMERIC)
                cr_assert(t.adv[i] == roundf(t.adv[i]));
        }
        cr_assert_float_eq(sqrt(square[0]), 200 * sigma[s - 1], 10 * sigma[s - 1]);
        cr_assert_float_eq(sqrt(square[1]), 200 * sigma[s - 1], 10 * sigma[s - 1]);
    }
    trial_free(&t);
}

Test(natural, missing_values_take_the_median_and_groups_go_whole)
{
    static const double share[] = {.05, .1, .2, .3, .4};
    struct trial t;
    flat_image(&t, "missing_values", table_shape(8), 4000, 0.1f);
    give_features(&t);
    for (int s = 1; s <= 5; s++) {
        size_t missing[8] = {0}, together = 0;
        t.severity = s;
        trial_run(&t, NULL);
        for (size_t i = 0; i < t.n; i++) {
            const float *row = t.adv + i * 8;
            for (size_t j = 0; j < 8; j++) {
                cr_assert(row[j] == 25 || row[j] == t.x[i * 8 + j]);
                missing[j] += row[j] == 25;
            }
            cr_assert((row[3] == 25) == (row[4] == 25) && (row[3] == 25) == (row[7] == 25));
            together += row[0] == 25 && row[1] == 25;
        }
        double error = 4 * sqrt(share[s - 1] / 4000);
        for (size_t j = 0; j < 8; j++)
            cr_assert_float_eq((double)missing[j] / 4000, share[s - 1], error);
        cr_assert_float_eq((double)together / 4000, share[s - 1] * share[s - 1], error);
    }
    trial_free(&t);
}

static void differs_between_samples(const char *name, struct shape shape)
{
    struct trial t;
    size_t differing = 0;
    flat_image(&t, name, shape, 6, 0.3f);
    for (size_t i = 0; i < t.n * t.size; i++)
        t.x[i] += (float)(i % t.size % 17);
    trial_run(&t, NULL);
    for (size_t i = 1; i < t.n; i++)
        differing += !same(t.adv, t.adv + i * t.size, t.size);
    cr_assert(differing >= 2, "%s: %zu of 5 equal samples came out different", name, differing);
    t.seed++;
    float *before = malloc(t.n * t.size * sizeof *before);
    memcpy(before, t.adv, t.n * t.size * sizeof *before);
    trial_run(&t, NULL);
    cr_assert(!same(before, t.adv, t.n * t.size), "%s does not look at the seed", name);
    free(before);
    trial_free(&t);
}

Test(natural, random_rows_are_keyed_by_sample_and_seed)
{
    static const char *const images[] = {"gaussian_noise", "shot_noise", "impulse_noise", "rotate", "translate",
                                         "occlusion"};
    for (size_t k = 0; k < sizeof images / sizeof images[0]; k++)
        differs_between_samples(images[k], image_shape(9, 12, 3));
    differs_between_samples("feature_noise", table_shape(20));
    differs_between_samples("missing_values", table_shape(20));
}
