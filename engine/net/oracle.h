/* What an attack may see of the model. The driver leaves every slot above the attack's declared
 * knowledge NULL, and the counters are kept here, so an attack can neither take gradients it did not
 * declare nor forge its query count. */
#ifndef ASSAY_NET_ORACLE_H
#define ASSAY_NET_ORACLE_H
#include <stddef.h>
#include <stdint.h>
#include "engine/net/loss.h"

enum knowledge { KNOW_NONE, KNOW_LABEL, KNOW_SCORE, KNOW_GRADIENT };
extern const char *const knowledge_names[]; /* "none", "label", "score", "gradient" */

struct oracle {
    void *state;                  /* net and workspace; not for attacks */
    const struct kern *kern;
    size_t classes, input_size;
    /* n rows x (n, input_size); row[i] (n) says which sample of the block each is, for its counters.
     * None of them can fail. */
    void (*label)(struct oracle *o, size_t n, const float *x, const size_t *row, int32_t *label);
    void (*score)(struct oracle *o, size_t n, const float *x, const size_t *row, float *logits);
    int approximate;              /* what `gradient` gives only guides a search; label and score are float32 always */
    /* Logits (n, k), loss (n, may be NULL) and its input gradient (n, input_size) against labels y (n).
     * Counts one forward and one gradient query a sample. */
    void (*gradient)(struct oracle *o, size_t n, const float *x, const size_t *row, const int32_t *y,
                     enum loss_kind loss, float *logits, float *loss_out, float *gradient);
    uint32_t *forward_queries;    /* [block] per sample */
    uint32_t *gradient_queries;   /* [block] */
};

struct net;
struct workspace;
/* Make an oracle over a net for a block of `block` samples; counters (2 * block) are zeroed and owned by the caller.
 * Slots above `knowledge` are NULL. state must outlive it. */
struct oracle_state {
    const struct net *net;
    struct workspace *workspace;
    const struct kern *search; /* of `gradient`: a table of kern_search, or NULL for float32 */
};
void oracle_init(struct oracle *o, struct oracle_state *state, enum knowledge knowledge, size_t block,
                 uint32_t *counters);

#endif
