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

/* What stands for token ids in a net that begins with an Embedding. */
struct oracle_embedding {
    size_t tokens, width;
    const float *table; /* (tokens, width) */
};
/* The gradient over the embedded tokens of question i, (t, width); it is there during the call alone. */
typedef void oracle_take(void *context, size_t i, const float *gradient);

/* All slots take n inputs x (n, input_size); row[i] (n) says which sample of the block each is, for its count.
 * Samples may stand in any order, and several times. None of them can fail. A query beyond a sample's budget is
 * neither computed nor counted: its label is -1, its logits and loss are NaN, its gradient is 0. */
struct oracle {
    struct oracle_state *state;
    const struct kern *kern;
    size_t classes, input_size;
    int random;      /* answers are means over draws, and another question may get another one */
    int mixture;     /* logits are logarithms of mixed probabilities */
    int approximate; /* what `gradient` gives only guides a search; label and score are float32 always */
    /* The predicted classes (n). One query a row. */
    void (*label)(const struct oracle *o, size_t n, const float *x, const size_t *row, int32_t *label);
    /* Logits (n, classes), or logarithms of probabilities. One query a row. */
    void (*score)(const struct oracle *o, size_t n, const float *x, const size_t *row, float *logits);
    /* Logits (n, classes), a loss (n, may be NULL) and its input gradient (n, input_size). One forward and one gradient
     * query a row; the budget counts it once. */
    void (*gradient)(const struct oracle *o, size_t n, const float *x, const size_t *row, const struct loss *loss,
                     float *logits, float *loss_out, float *gradient);
    /* The same for nets that begin with an Embedding, whose input gradient is 0: the gradient at its output goes to
     * `take`, question by question. NULL for other nets. A refused question gets none. */
    void (*token_gradient)(const struct oracle *o, size_t n, const float *x, const size_t *row,
                           const struct loss *loss, float *logits, float *loss_out, oracle_take *take, void *context);
    const struct oracle_embedding *embedding; /* with token_gradient */
};

/* Queries that the sample may still ask; UINT32_MAX without a budget; 0 once the run is to stop. */
uint32_t oracle_left(const struct oracle *o, size_t row);
/* Whether the run is to stop. Every query is refused then and what the attack gives is thrown away: it should return
 * without another step. */
int oracle_stopped(const struct oracle *o);

#endif
