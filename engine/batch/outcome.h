/* One outcome row from the logits of a sample, or from stored scores.
 *
 * Everything is computed in double by det64.h and rounded once, so the row depends on the logits alone. */
#ifndef ASSAY_BATCH_OUTCOME_H
#define ASSAY_BATCH_OUTCOME_H
#include "metrics/outcomes.h"

/* Fill label, predicted, p_true, loss, margin, confidence, entropy, modified_entropy, correct; scratch (k doubles)
 * is overwritten with the probabilities. index and the fields of attacks are left alone. Where a logit is not finite no
 * class
 * can be said to be predicted: status, predicted and correct say so, and what is computed from the logits is NaN. */
void outcome_from_logits(size_t k, const float *logits, int32_t label, double *scratch, struct outcome *row);
/* The same from probabilities (predictions-only runs), which may miss 1 by rounding: entropies are of their shares of
 * the sum.
 * margin is the difference of log probabilities; a probability of 0 counts as 1e-45. */
void outcome_from_scores(size_t k, const float *scores, int32_t label, double *scratch, struct outcome *row);

/* The nearest float (budget NaN); under a budget that the exact norm keeps, the nearest that keeps it too. Of a
 * smallest change, which is held against budgets later (infinite budget), the next above: what keeps one then does so
 * exactly. */
float outcome_norm_as_float(double norm, double budget);

/* The attack did not break again what a smaller eps broke: that row holds, with what it cost here. */
void outcome_carry_in_vain(const struct outcome *before, struct outcome *row);

/* Bytes of one row in the journal: the columns in their order, little-endian. */
enum {
    OUTCOME_BYTES_U64 = 8, OUTCOME_BYTES_I32 = 4, OUTCOME_BYTES_F32 = 4, OUTCOME_BYTES_U32 = 4, OUTCOME_BYTES_U8 = 1,
    OUTCOME_BYTES = 0
#define OUTCOME(type, name, values, doc) + OUTCOME_BYTES_##type
#include "metrics/outcomes.def"
#undef OUTCOME
};
void outcome_pack(const struct outcome *row, unsigned char bytes[OUTCOME_BYTES]);
void outcome_unpack(const unsigned char bytes[OUTCOME_BYTES], struct outcome *row);

#endif
