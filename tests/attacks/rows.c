#include "tests/attacks/rows.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/norm.h"

/* The settings each attack is tried under; a parameter that the kind lacks leaves it out. step_size: times enough(). */
static const struct setting { const char *name; double value; } settings[] = {
    {NULL, 0}, {"loss", LOSS_MARGIN}, {"iterate", 1}, {"random_start", 0}, {"random_start", 1}, {"restarts", 3},
    {"step_size", 0.5}, {"decay", 2}};

double enough(const struct norm_kind *norm)
{
    float zero[D] = {0}, change[D];
    for (size_t i = 0; i < D; i++)
        change[i] = 0.6f;
    return norm->distance(test_kern(), D, zero, change);
}

double row_budget(const struct norm_kind *norm, size_t b)
{
    static const double lengths[] = {1e-9, 4e-8, 1e-3, 8.0 / 255, 0.1, 1, 50}, values[] = {3, 4, 5, 12, 20, 36, 50};
    return norm == &norm_l0 ? values[b] : lengths[b];
}

/* A class for each row other than its label; for what is fitted, one for all. */
static int32_t aim(const struct trial *t, size_t i)
{
    return t->kind->problem == ATTACK_FITTED ? 1 : (t->label[i] + 1 + (int32_t)(i % (CLASSES - 1))) % CLASSES;
}

/* Few rounds where thousands take long, and show no more. */
static void shorten(struct trial *t)
{
    static const struct { const char *of, *name; double value; } fewer[] = {
        {"rotations", "rotations", 5},
        {"most_probes", "iterations", 4},
        {"most_probes", "initial_probes", 40},
        {"pairs", "iterations", 15},
        {"pairs", "pairs", 12},
        {"population", "population", 20},
        {"population", "generations", 15},
        {"coordinates", "rounds", 2}, /* few weights, the first of which breaks */
        {"coordinates", "initial_c", 1}};
    for (size_t i = 0; i < sizeof fewer / sizeof fewer[0]; i++)
        if (trial_has(t, fewer[i].of))
            trial_set(t, fewer[i].name, fewer[i].value);
    const struct param *steps = param_find(t->kind->params, "steps");
    if (steps != NULL && steps->default_value > 100)
        trial_set(t, "steps", trial_has(t, "rounds") ? 30 : trial_has(t, "adaptation") ? 400 : 100);
}

struct walk {
    const struct attack_kind *kind;
    const struct norm_kind *norm;
    const struct setting *setting;
    float low, width;
    int targeted;
};

static void visit(const struct walk *w, struct toy *toy, void (*test)(struct trial *t, struct toy *toy))
{
    struct trial t;
    const int image = w->kind->subject == SUBJECT_IMAGE;
    const char *name = w->setting->name;
    trial_create(&t, w->kind, image ? image_shape(4, 3, 3) : table_shape(D), N, toy, w->low, w->width);
    t.norm = w->norm;
    t.eps = w->kind->problem == ATTACK_MINIMAL ? INFINITY : row_budget(t.norm, 4);
    shorten(&t);
    if (w->targeted) {
        t.target = calloc(N, sizeof *t.target);
        for (size_t i = 0; i < N; i++)
            t.target[i] = aim(&t, i);
    }
    if (name == NULL || trial_has(&t, name)) {
        if (name != NULL)
            trial_set(&t, name, w->setting->value * (strcmp(name, "step_size") == 0 ? enough(t.norm) : 1));
        test(&t, toy);
    }
    trial_free(&t);
}

static void walk(size_t settings_n, float low, float width, void (*test)(struct trial *t, struct toy *toy))
{
    struct toy toy;
    toy_create(&toy, D, 24, CLASSES, 3);
    for (const struct attack_kind *const *kind = attack_kinds; *kind != NULL; kind++)
        for (size_t s = 0; s < settings_n; s++)
            for (size_t norm = 0; norm < NORMS; norm++)
                for (int targeted = 0; targeted <= (*kind)->targeted; targeted++)
                    if ((*kind)->components == NULL && (*kind)->subject != SUBJECT_TOKENS &&
                        (*kind)->offers(norm_kinds[norm]))
                        visit(&(struct walk){*kind, norm_kinds[norm], &settings[s], low, width, targeted}, &toy, test);
    toy_free(&toy);
}

void for_every_attack(void (*test)(struct trial *t, struct toy *toy))
{
    walk(sizeof settings / sizeof settings[0], -0.25f, 1, test);
}

void for_every_attack_in(float low, float width, void (*test)(struct trial *t, struct toy *toy))
{
    walk(1, low, width, test);
}
