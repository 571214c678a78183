/* A model behind defences, as an oracle's model.
 *
 * Defences that draw make the answer random. The draws belong to the input: their key is the seed, the role and a hash
 * of the input's bytes, and so the verdict on a stored example can be had again from the example alone, whatever batch,
 * thread or query it comes in. Of `draws` answers
 *     logits are the logarithms of the mean probabilities (mean_loss.h; of one draw the logits themselves),
 *     loss and gradient the means of those of the draws (EOT: Athalye et al. 2018, arXiv:1707.07397, sec. 2.3),
 *     the label is the class with most votes.
 * Labels and scores come of other draws than gradients: what a gradient's own draws say is confirmed by a score before
 * an attack believes it, for among many iterates some are lucky.
 * Without a defence that draws there is one draw. */
#ifndef ASSAY_NET_DEFENDED_H
#define ASSAY_NET_DEFENDED_H
#include "engine/base/arena.h"
#include "engine/net/defence.h"
#include "engine/net/oracle_driver.h"

/* Where it stands, and what it answers by. Borrowed; must outlive the model. */
struct defended_setup {
    const struct defence *defence;
    size_t defences_n;
    const struct shape *shape;     /* of one sample */
    const float *low, *high;       /* [size] the box */
    uint64_t seed;
    const char *role;              /* of draws: "judge" draws apart from "attack" */
    size_t draws;                  /* most of an answer */
    size_t rows;                   /* inputs that the model behind takes at once */
    int gradients;
};

struct defended {
    struct oracle_model model;     /* first: what is asked */
    const struct oracle_model *behind;
    struct defended_setup setup;
    size_t draws;                  /* of an answer now: 1 .. setup.draws */
    struct arena arena;
    uint64_t stream;
    float *input, *other;          /* (rows, size) after the defences; before the last of them, and gradients */
    float *logits;                 /* (draws, rows, classes) */
    float *loss, *scratch;         /* (rows); of the defences */
    double *mean;                  /* of one row's draws */
};

/* Whether one of them draws. */
int defences_draw(size_t n, const struct defence *list);
/* Bytes that defended_init takes. */
size_t defended_bytes(const struct defended_setup *setup, size_t classes, size_t size);
/* ERR_RUN without memory. To be freed, after an error too. */
int defended_init(struct defended *d, const struct oracle_model *behind, const struct defended_setup *setup,
                  struct err *e);
void defended_free(struct defended *d);
/* The answers of n inputs: logits as above, the vote [n], -1 where an answer is not finite; share [n], of the draws
 * that say class y[i]. */
void defended_answer(const struct defended *d, size_t n, const float *x, const int32_t *y, float *logits,
                     int32_t *vote, float *share);

#endif
