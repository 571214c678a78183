/* The driver's side of the oracle: what answers, what is counted, how much a sample may ask. Attacks may not include it
 * (tests/check_deps.sh). */
#ifndef ASSAY_NET_ORACLE_DRIVER_H
#define ASSAY_NET_ORACLE_DRIVER_H
#include <stdatomic.h>
#include "engine/net/net.h"
#include "engine/net/oracle.h"

/* What answers: one net (oracle_net), several of them, or something in front of another model that changes its
 * inputs on the way in and its gradients on the way out. The first member of a struct of its own. No function can
 * fail; n is any. */
struct oracle_model {
    const struct kern *kern;
    size_t classes, input_size;
    int random;      /* answers are means over draws */
    int mixture;     /* logits are logarithms of mixed probabilities: of a NET_MIXTURE, or of several nets' mean */
    int approximate; /* gradients, and the logits that come with them, only guide a search */
    void (*label)(const struct oracle_model *m, size_t n, const float *x, int32_t *label);
    void (*score)(const struct oracle_model *m, size_t n, const float *x, float *logits);
    /* loss_out (n) may be NULL. */
    void (*gradient)(const struct oracle_model *m, size_t n, const float *x, const struct loss *loss, float *logits,
                     float *loss_out, float *gradient);
    /* Both NULL but for a net that begins with an Embedding. */
    void (*token_gradient)(const struct oracle_model *m, size_t n, const float *x, const struct loss *loss,
                           float *logits, float *loss_out, oracle_take *take, void *context);
    const struct oracle_embedding *embedding;
};

/* One net. Calls are cut to the size of the workspace, which one thread uses at a time. Once *stop is not 0, what is
 * left of a call is not computed: labels are -1, logits and losses NaN, gradients 0, `take` is not called. */
struct oracle_net {
    struct oracle_model model;
    const struct net *net;
    struct workspace *workspace;
    const struct kern *search; /* of `gradient`: a table of kern_search, or NULL for float32 */
    const atomic_int *stop;    /* NULL at first: nothing stops it */
    struct oracle_embedding embedding;
};
/* The workspace must reserve gradients if they are going to be asked for; net and workspace must outlive it. */
void oracle_net_init(struct oracle_net *m, const struct net *net, struct workspace *workspace,
                     const struct kern *search);

/* What stands between an attack's points and the inputs of the model, by sample: the threat model of a table. */
struct oracle_view {
    void (*present)(const void *context, size_t row, const float *point, float *x);
    void (*pull)(const void *context, const float *x, float *gradient); /* over x, to over the point; in place */
    const void *context;
    size_t rows;                   /* most at a time */
    float *x;                      /* (rows, input_size) */
};

/* How far an attack has come, for whoever watches: every query adds to `done` what it costs. */
struct oracle_meter {
    atomic_ullong *done;
    unsigned forward, gradient;    /* cost of a query for a label or a score, and of one for a gradient */
};

/* What one sample of the block asked. */
struct oracle_tally {
    uint32_t forward, gradient;  /* queries; one for the gradient is one of each */
    uint32_t first_success;      /* number, from 1, of the forward query that first met the goal; 0 = none did */
    uint32_t zero_gradients;     /* gradient queries whose gradient was 0 everywhere, or somewhere not finite */
    uint32_t admitted;           /* forward queries, those of the call under way included */
};

struct oracle_state {
    const struct oracle_model *model;
    const int32_t *label, *target; /* [rows] the goal is the target class, or without targets any but the label; label
                                      NULL = no goal. Answers that are approximate or not finite never meet it */
    uint32_t budget;               /* forward queries of each sample; 0 = no end */
    struct oracle_tally *tally;    /* [rows] */
    const struct oracle_view *view; /* or NULL: points are inputs */
    const atomic_int *stop;        /* or NULL; once *stop is not 0, every query is refused as if beyond a budget */
    struct oracle_meter meter;     /* its `done` may be NULL */
};

/* An oracle over `state`, with a block of so many rows, whose tally is set to zero. Slots above `knowledge` are NULL.
 * State and all it points to must outlive it. */
void oracle_init(struct oracle *o, struct oracle_state *state, enum knowledge knowledge, size_t rows);
/* Whether the sample has a budget and asked all of it. */
int oracle_spent(const struct oracle_state *state, size_t row);

#endif
