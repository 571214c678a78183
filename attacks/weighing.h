/* The search for the weight c between the length of a change and the loss, which cw, ead and zoo share: rounds of
 * descent, before each of which every sample has its c multiplied by 10 until a round succeeds, and halved into the
 * bracket from then on (Carlini & Wagner 2017, arXiv:1608.04644, sec. V-A). An attack is this loop:
 *
 *     weighing_open(w, s, first_c);
 *     while (weighing_next(w, s, rounds))
 *         descend with w->c, tell every look at a point to weighing_look;
 */
#ifndef ASSAY_ATTACKS_WEIGHING_H
#define ASSAY_ATTACKS_WEIGHING_H
#include "attacks/search.h"

struct weighing {
    double *c, *low, *high;        /* [n] */
    double *before;                /* [n] objective at the last check of weighing_is_stuck */
    uint8_t *succeeded;            /* [n] in this round */
    uint32_t round;                /* the running one, from 1 */
};

void weighing_layout(struct weighing *w, struct scratch *memory, size_t n);
/* Behind search_open: samples that are adversarial as they are get their answer, c is `first` in the first round. */
void weighing_open(struct weighing *w, struct search *s, double first);
/* Begin the next round: rows whose best is not near enough yet are listed, each with its c. 0: there was the last. */
int weighing_next(struct weighing *w, struct search *s, long rounds);
/* Where the row's last logits are adversarial, the point that they are of succeeds, and is the row's answer if no
 * nearer one is known; found after `step` steps in all. */
void weighing_look(struct weighing *w, struct search *s, size_t row, const float *point, uint32_t step);
/* Whether the row should leave the round after step k of `steps`: its objective is not finite, or has not fallen by
 * 1e-4 in a tenth of the steps. By itself: in Foolbox and torchattacks the whole batch leaves, by its sum. */
int weighing_is_stuck(struct weighing *w, size_t row, double objective, long k, long steps);

#endif
