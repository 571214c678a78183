/* A run that is to stop: every attack leaves between two steps, however many are still to come. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include "tests/attacks/toy.h"

#define N 13
#define D 36
#define CLASSES 4
#define SECONDS 0.5 /* of processor time, with as many steps to come as can be asked for */

/* What an attack repeats: as often as its parameters allow. */
static void set_longest(struct trial *t)
{
    static const char *const counts[] = {"steps", "restarts", "repeats", "iterations", "generations", "rounds",
                                         "rotations", "translations", "scales", "pairs", "starts", "initial_probes",
                                         "most_probes"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (trial_has(t, counts[i]))
            trial_set(t, counts[i], param_find(t->kind->params, counts[i])->max);
    if (trial_has(t, "random_start"))
        trial_set(t, "random_start", 1);
    if (trial_has(t, "iterate")) /* nobody leaves early */
        trial_set(t, "iterate", 1);
    if (trial_has(t, "theta"))
        trial_set(t, "theta", 1e-6);
}

/* How often the model was asked; fewer than `at` times where all samples were broken before. */
static void stop_once(struct trial *t, struct toy *toy, size_t at)
{
    struct toy_stop stop = {.at = at};
    toy->stop = &stop;
    const clock_t begun = clock();
    trial_run(t, toy);
    const double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    toy->stop = NULL;
    cr_expect(stop.asked <= at, "%s in %s: asked %zu times after the stop", t->kind->name, t->norm->name,
              stop.asked - at);
    cr_expect(seconds < SECONDS, "%s in %s: %.2f s with a stop at question %zu", t->kind->name, t->norm->name,
              seconds, at);
    for (size_t i = 0; i < N * D; i++)
        cr_assert(isfinite(t->adv[i]), "%s: value %zu", t->kind->name, i);
}

Test(stop, every_attack_leaves_between_two_steps)
{
    static const size_t at[] = {1, 2, 7, 40};
    struct toy toy;
    toy_create(&toy, D, 24, CLASSES, 3);
    for (const struct attack_kind *const *kind = attack_kinds; *kind != NULL; kind++)
        for (size_t norm = 0; norm < NORMS; norm++) {
            struct trial t;
            const int fitted = (*kind)->problem == ATTACK_FITTED, chain = (*kind)->components != NULL;
            if ((*kind)->subject == SUBJECT_TOKENS || fitted || chain || !(*kind)->offers(norm_kinds[norm]))
                continue;
            trial_create(&t, *kind, (*kind)->subject == SUBJECT_IMAGE ? image_shape(4, 3, 3) : table_shape(D), N, &toy,
                         -0.25f, 1);
            t.norm = norm_kinds[norm];
            t.eps = (*kind)->problem == ATTACK_MINIMAL ? INFINITY : t.norm == &norm_l0 ? 3 : 1e-3;
            set_longest(&t);
            for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
                stop_once(&t, &toy, at[i]);
            trial_free(&t);
        }
    toy_free(&toy);
}
