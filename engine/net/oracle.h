/* What an attack may see of a model. The driver leaves every slot above the attack's declared knowledge NULL; what
 * is asked and what it cost is kept in a state that only the driver can open (oracle_driver.h), so an attack can
 * neither take gradients it did not declare, nor forge its count of queries, nor reach the net behind them. */
#ifndef ASSAY_NET_ORACLE_H
#define ASSAY_NET_ORACLE_H
#include <stddef.h>
#include <stdint.h>
#include "engine/net/loss.h"

enum knowledge { KNOW_NONE, KNOW_LABEL, KNOW_SCORE, KNOW_GRADIENT };
extern const char *const knowledge_names[]; /* "none", "label", "score", "gradient" */

struct oracle_state;

/* All slots take n inputs x (n, input_size); row[i] (n) says which sample of the block each is, for its count.
 * Samples may stand in any order, and several times. None of them can fail. A query beyond a sample's budget is
 * neither computed nor counted: its label is -1, its logits and loss are NaN, its gradient is 0. */
struct oracle {
    struct oracle_state *state;
    const struct kern *kern;
    size_t classes, input_size;
    int approximate; /* what `gradient` gives only guides a search; label and score are float32 always */
    /* The predicted classes (n). One query a row. */
    void (*label)(const struct oracle *o, size_t n, const float *x, const size_t *row, int32_t *label);
    /* Logits (n, classes), or logarithms of probabilities. One query a row. */
    void (*score)(const struct oracle *o, size_t n, const float *x, const size_t *row, float *logits);
    /* Logits (n, classes), loss (n, may be NULL) and its input gradient (n, input_size) against labels y (n). One
     * forward and one gradient query a row; the budget counts it once. */
    void (*gradient)(const struct oracle *o, size_t n, const float *x, const size_t *row, const int32_t *y,
                     enum loss_kind loss, float *logits, float *loss_out, float *gradient);
};

/* Queries that the sample may still ask; UINT32_MAX without a budget. */
uint32_t oracle_left(const struct oracle *o, size_t row);

#endif
