/* Several nets that answer as one.
 *
 * ENSEMBLE_LOGITS: the mean of the members' logits. ENSEMBLE_PROBABILITIES: the mean of their probabilities; its
 * logits are the logarithms of it, computed from log-probabilities, so that loss and gradient hold however confident
 * the members are. ENSEMBLE_VOTE: the class that most members predict (of several the one with the larger mean
 * probability, then the first); a score is the share of votes, and the gradient, which votes have none of, is that
 * of ENSEMBLE_PROBABILITIES. Sources: Kuncheva, Combining Pattern Classifiers, 2014, ch. 4 and 5; Liu et al. 2017,
 * arXiv:1611.02770, sec. 5 (attacks on ensembles by their mean probabilities). */
#ifndef ASSAY_NET_ENSEMBLE_H
#define ASSAY_NET_ENSEMBLE_H
#include "engine/base/arena.h"
#include "engine/net/oracle_driver.h"

enum ensemble_rule { ENSEMBLE_LOGITS, ENSEMBLE_PROBABILITIES, ENSEMBLE_VOTE };

struct ensemble {
    struct oracle_model model; /* first: what an oracle asks */
    enum ensemble_rule rule;
    int gradient;
    size_t members_n, rows;            /* rows: of one pass through the members */
    const struct oracle_net *const *member; /* [members_n] */
    struct arena arena;
    float *logits, *dlogits;           /* (members_n, rows, classes) of a pass */
    float *input;                      /* (rows, input_size) a member's input gradient */
    float *mixed;                      /* (rows, classes) */
    double *scratch;                   /* see ensemble.c */
};

/* Members agree in classes and input size, outlive the ensemble and answer in float32. For gradients each has a
 * workspace of its own, with what backward needs; else one net may be several members, and shares its workspace.
 * Fails for want of memory only; to be freed by ensemble_free, after an error too. */
int ensemble_init(struct ensemble *m, enum ensemble_rule rule, size_t members_n, const struct oracle_net *const *member,
                  int gradient, struct err *e);
void ensemble_free(struct ensemble *m);
/* Bytes that ensemble_init takes for passes of so many rows. */
size_t ensemble_bytes(size_t members_n, size_t rows, size_t classes, size_t input_size, int gradient);

/* What the vote says of n inputs: label (n) by the rule of ENSEMBLE_VOTE, -1 where a member's output is not finite,
 * and the logarithms (n, classes) of the members' mean probabilities. */
void ensemble_vote(const struct ensemble *m, size_t n, const float *x, int32_t *label, float *log_mean);

#endif
