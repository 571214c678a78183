/* Projected gradient steps: the common body of fgsm, bim, mi_fgsm and pgd.
 *
 * x_{t+1} = project(x_t + step of length step_size in the direction of the steepest ascent of the norm). Untargeted
 * attacks climb the loss of the true label, targeted ones descend that of the target. Works in every norm of the table
 * that has a steepest step. A kind may put a direction of its own in the place of the gradient (pgd_turn).
 *
 * A start point is x, or random_start: uniform in the ball, cut to the box. With iterate
 * "any" a sample leaves as soon as one iterate has reached the goal, the start included; the gradient call's own logits
 * tell, so this costs no query; where those are approximate, a float32 score of the sample decides. With "last", and
 * where answers are random (many iterates would get a lucky one), only the last iterate of a restart counts. A restart
 * takes the samples that are not broken yet; of those never broken the last iterate with the best loss over the
 * restarts is returned. */
#ifndef ASSAY_ATTACKS_PGD_H
#define ASSAY_ATTACKS_PGD_H
#include "attacks/attack.h"

enum pgd_iterate { PGD_ANY, PGD_LAST };
extern const char *const pgd_iterate_names[]; /* "any", "last", NULL */

struct pgd_params {
    double step_size; /* data units */
    long steps, restarts;
    int random_start;
    int loss;         /* enum loss_kind */
    int iterate;      /* enum pgd_iterate */
};

/* Rows shared by the kinds. step_size 0 stands for the default of the kind, which finish puts in. */
#define PGD_ROW(key, type, standard, min, max, unit, doc, choices) \
    {#key, type, offsetof(struct pgd_params, key), standard, min, max, unit, doc, choices, 0}
#define PGD_ROW_STEP_SIZE(doc) PGD_ROW(step_size, PARAM_REAL, 0, 0, 1e6, "data units", doc, NULL)
#define PGD_ROW_STEPS(standard) \
    PGD_ROW(steps, PARAM_INT, standard, 1, 100000, "iterations", "steps of each restart", NULL)
#define PGD_ROW_RANDOM_START(standard) \
    PGD_ROW(random_start, PARAM_BOOL, standard, 0, 1, "", "start uniformly inside the ball instead of at x", NULL)
#define PGD_ROW_LOSS \
    PGD_ROW(loss, PARAM_CHOICE, LOSS_CROSS_ENTROPY, 0, 2, "", "loss that is climbed (targeted: descended)", loss_names)
#define PGD_ROW_ITERATE \
    PGD_ROW(iterate, PARAM_CHOICE, PGD_ANY, 0, 1, "", \
            "any: one iterate that reaches the goal suffices; last: only the last one counts", pgd_iterate_names)
#define PGD_ROWS_END {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}

/* Slots of the kinds whose params are struct pgd_params, or begin with one. */
size_t pgd_scratch(const void *params, const struct shape *s, size_t classes, size_t n);
int pgd_run(const struct attack_call *c, struct err *e);
struct attack_passes pgd_passes(const struct attack_extent *x);

/* What a kind makes of the gradient, in place, before each step: the direction that the norm's step follows (towards
 * the goal, see search.h). row: which sample of the block; lower, upper: its bounds (attacks/norm.h). */
typedef void pgd_turn(const struct attack_call *c, size_t row, const float *lower, const float *upper,
                      float *gradient);
/* pgd_run with such a turn (NULL: none). It uses the first pgd_scratch floats of c->scratch; what a kind keeps of its
 * samples may lie behind them. */
void pgd_climb(const struct attack_call *c, pgd_turn *turn);

#endif
