/* Losses of one sample from its logits, and their gradients; all stable in float32.
 *
 * Cross-entropy is softplus(logsumexp over j != y of z_j - z_y); its gradient for the true class is
 * -sum over j != y of p_j, never p_y - 1, which rounds to 0 on confident samples. Source: design.md, Numerics. */
#ifndef ASSAY_NET_LOSS_H
#define ASSAY_NET_LOSS_H
#include <stddef.h>
#include <stdint.h>
#include "engine/kern/kern.h"

/* LOSS_ASCENT is cross-entropy for those who follow its direction only: where the others' probabilities fall below
 * e^-40, gradient and loss are those of log(sum of the others' probabilities), which has the same direction and
 * order but does not run out of float32. Without it a net whose logits are scaled up looks robust. Not in
 * loss_names. */
enum loss_kind { LOSS_CROSS_ENTROPY, LOSS_MARGIN /* max_{j!=y} z_j - z_y */, LOSS_ASCENT };
extern const char *const loss_names[]; /* "cross_entropy", "margin", NULL */

/* loss (may be NULL) and dz (k, may be NULL) of one row of k >= 2 logits with label y in [0, k). */
void loss_row(const struct kern *kern, enum loss_kind kind, size_t k, const float *z, int32_t y, float *loss,
              float *dz);
/* First index of the largest logit. */
int32_t loss_argmax(size_t k, const float *z);
/* z_y - max_{j != y} z_j; negative = misclassified (0 counts as correct only if argmax says so). */
float loss_margin(size_t k, const float *z, int32_t y);
/* Cross-entropy of one row as above, before it is rounded. */
double loss_cross_entropy(size_t k, const float *z, int32_t y);
/* log(1 + x), x > -1, without losing a small x. */
double loss_log1p(double x);
/* log(1 + exp t) */
double loss_softplus(double t);

/* Where the log of the others' probability over the true class's is below this, LOSS_ASCENT is that log itself: the
 * gradient of cross-entropy, about its exponential, nears the end of float32. */
#define LOSS_ASCENT_LIMIT (-40.0)

#endif
