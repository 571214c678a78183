/* Auto-PGD: the common body of apgd and apgd_t. In the symbols of Croce & Hein 2020 (arXiv:2003.01690, alg. 1), with P
 * the projection on ball and box, eta the step size and alpha = 0.75:
 *
 *     z = P(x_k + eta direction of the gradient),  x_{k+1} = P(x_k + alpha (z - x_k) + (1 - alpha) (x_k - x_{k-1})),
 *
 * x_1 = z. At the checkpoints w_j eta is halved, and the search goes on from the best point, if (1) the loss rose in at
 * most rho = 0.75 of the steps since the last one, or (2) eta was not halved there and the best loss is that of then.
 * The first step is compared with f(x_0); the authors' code compares it with 0.
 *
 * In L1 (Croce & Hein 2021, arXiv:2103.01208, alg. 2) the step goes along the signs of the largest magnitudes, without
 * momentum; checkpoints are frequent, and set how many values move by how many the best point has moved. The budget
 * falls over 3, 2 and 1 times eps, with 30, 30 and 40 % of the steps; eta is measured by the budget of the phase.
 *
 * A sample leaves with its first adversarial point. Of others the point with the best loss is returned; where answers
 * are random that of all. */
#ifndef ASSAY_ATTACKS_APGD_H
#define ASSAY_ATTACKS_APGD_H
#include "attacks/search.h"

struct apgd_params {
    long steps, restarts;
    int loss;                      /* enum loss_kind; of apgd */
    long targets;                  /* of apgd_t */
};
#define APGD_ROW(key, standard, min, max, unit, doc) \
    {#key, PARAM_INT, offsetof(struct apgd_params, key), standard, min, max, unit, doc, NULL, 0}
#define APGD_ROWS_END {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}

struct apgd {
    struct search s;
    const struct apgd_params *params;
    enum loss_kind loss;
    const int32_t *other;          /* [n] by block row: t of a targeted loss, else NULL */
    double eps;                    /* of this phase */
    uint32_t steps;                /* taken so far, over all rounds */
    float *before;                 /* (n, size) x_{k-1} */
    float *moved, *direction;      /* [size] */
    float *best, *best_gradient;   /* (n, size) the best point of this round, and the gradient there */
    double *f, *f_best, *f_then;   /* [n] loss at x_k, at the best point, and that of the last checkpoint */
    double *eta;                   /* [n] */
    double *top;                   /* [n] share of the values that a step in L1 moves */
    size_t *moved_then;            /* [n] values that the best point had moved at the last checkpoint; L1 */
    size_t *rises;                 /* [n] steps since the last checkpoint that raised the loss */
    uint8_t *halved;               /* [n] whether eta was, at the last checkpoint */
};

void apgd_layout(struct apgd *a, struct scratch *memory, size_t n, size_t size, size_t classes);
/* Lay it out in the call's scratch and open the search. */
void apgd_open(struct apgd *a, const struct attack_call *c, enum loss_kind loss);
/* Gradients of a round: each phase looks at where it begins, too. */
double apgd_round_gradients(const struct attack_extent *x);
/* One run from a new random start on the rows that still stand; round: its number. */
void apgd_round(struct apgd *a, uint32_t round);

#endif
