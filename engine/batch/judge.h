/* The rows of other judges than the target: sources and the ensemble, on the very inputs that a scenario presented. */
#ifndef ASSAY_BATCH_JUDGE_H
#define ASSAY_BATCH_JUDGE_H
#include "engine/batch/worker.h"

/* A row from the logarithms of mean probabilities (k) and a vote, which may differ from the class of the largest, of
 * which the other columns tell; vote -1: an answer was not finite. logits[0] may be overwritten. */
void judge_take_vote(size_t k, float *log_mean, int32_t vote, int32_t label, double *scratch, struct outcome *row);

/* Rows of the job's judges for n presented inputs x (n, size), those of the job's rows at w->place, once the
 * target's rows are there: what the attack did and cost stands in both. */
void judge_inputs(struct worker *w, const struct worker_job *job, size_t n, const float *x);

#endif
