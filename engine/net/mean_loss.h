/* Losses of the mean of several nets, and their gradients with respect to each net's logits; in double, from
 * log-probabilities, by the rules of loss.h: no 1 - p is ever taken of a p near 1. */
#ifndef ASSAY_NET_MEAN_LOSS_H
#define ASSAY_NET_MEAN_LOSS_H
#include "engine/net/loss.h"

/* Logits z + m * stride (k) of net m < n, and the gradients dz to be written, laid out alike. */
struct mean_rows {
    size_t n, k, stride;
    const float *z;
    float *dz;
};

/* Doubles of scratch for what follows. */
size_t mean_loss_scratch(size_t n, size_t k);

/* The mean of the logits, summed in double in the nets' order. */
void mean_logits(const struct mean_rows *r, float *mean);
/* Loss i (may be NULL) of that mean, and dz. */
void mean_logits_loss(const struct mean_rows *r, const struct loss *l, size_t i, const float *mean, float *loss);

/* Logarithms (k) of the mean of the softmax probabilities; they live in scratch. */
const double *mean_log_probabilities(const struct mean_rows *r, double *scratch);
/* Loss i (may be NULL) of these logarithms as logits, and dz. */
void mean_probability_loss(const struct mean_rows *r, const struct loss *l, size_t i, float *loss, double *scratch);

#endif
