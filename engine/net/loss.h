/* Losses of one sample from its logits, and their gradients; all stable in float32.
 *
 * Cross-entropy is softplus(logsumexp over j != y of z_j - z_y); its gradient for the true class is
 * -sum over j != y of p_j, never p_y - 1, which rounds to 0 on confident samples. Source: design.md, Numerics. */
#ifndef ASSAY_NET_LOSS_H
#define ASSAY_NET_LOSS_H
#include <stddef.h>
#include <stdint.h>

/* With y the label, o the largest other logit and z_(1) >= z_(2) >= ... the logits in order:
 *   cross_entropy   softplus(log sum over j != y of exp(z_j - z_y))
 *   margin          z_o - z_y
 *   dlr             (z_o - z_y) / (z_(1) - z_(3)), Croce & Hein 2020, arXiv:2003.01690, eq. 6; needs 3 classes
 *   ascent          log sum over j != y of exp s (z_j - z_y), s = LOSS_ASCENT_RANGE / (z_(1) - z_min), and its slopes
 *                   over s with s held fixed: the direction of cross-entropy's for logits brought to one range. A
 *                   search follows it in the place of cross-entropy, whose own direction depends on the scale of the
 *                   logits and runs out of float32 on confident nets; of mixtures it follows the margin
 *   dlr_targeted    (z_t - z_y) / (z_(1) - (z_(3) + z_(4)) / 2), there eq. 7; t = other; needs 4 classes
 *   difference      z_t - z_y
 * All but cross-entropy are the same for logits of any positive factor (margin and difference up to that factor).
 * loss_names are those that a config may name. */
enum loss_kind {
    LOSS_CROSS_ENTROPY,
    LOSS_MARGIN,
    LOSS_DLR,
    LOSS_ASCENT,
    LOSS_DLR_TARGETED,
    LOSS_DIFFERENCE
};
extern const char *const loss_names[]; /* "cross_entropy", "margin", "dlr", NULL */

/* What is climbed for a call's rows. */
struct loss {
    enum loss_kind kind;
    const int32_t *y;              /* (rows) labels in [0, k) */
    const int32_t *other;          /* (rows) t of dlr_targeted and difference, else NULL */
};
/* The same for rows from `first` on. */
struct loss loss_from(const struct loss *l, size_t first);

/* loss (may be NULL) and dz (k, may be NULL) of row i of the call, with k >= 2 logits z. */
void loss_row(const struct loss *l, size_t i, size_t k, const float *z, float *loss, float *dz);
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

/* The range that LOSS_ASCENT brings the logits to. */
#define LOSS_ASCENT_RANGE 30.0

#endif
