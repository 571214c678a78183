/* Defences: what changes an input before the net sees it.
 *
 * A kind is one struct at the foot of its own file and one row in attacks/defences/defences.def. It may draw: then the
 * defended net answers by several draws (defended.h). Attacks see through it by `backward`, or where that is NULL by
 * the identity (BPDA, Athalye et al. 2018, arXiv:1802.00420, sec. 4.1). */
#ifndef ASSAY_NET_DEFENCE_H
#define ASSAY_NET_DEFENCE_H
#include "engine/base/err.h"
#include "engine/base/param.h"
#include "engine/base/rng.h"
#include "engine/base/shape.h"

/* One input. */
struct defence_call {
    const void *params;            /* of the kind */
    const struct shape *shape;     /* of one sample */
    size_t size;
    const float *low, *high;       /* [size] the box */
    struct rng_key key;            /* of kinds that draw */
    float *scratch;                /* kind->scratch floats */
};

struct defence_kind {
    const char *name;              /* "bit_depth" */
    const char *source;            /* paper */
    const char *doc;               /* one line */
    int draws;                     /* whether its answer is random */
    int images;                    /* works on images (rank 3) alone */
    size_t param_size;
    const struct param *params;
    size_t (*scratch)(const void *params, const struct shape *s); /* floats; NULL = none */
    /* out = the defended x; both (size) and different. Cannot fail. */
    void (*apply)(const struct defence_call *c, const float *x, float *out);
    /* Gradient (size) with respect to x, in place, from that with respect to what apply gave, of the same key; NULL:
     * the identity stands in its place. */
    void (*backward)(const struct defence_call *c, float *gradient);
};

/* One of a list that is applied in order. */
struct defence {
    const struct defence_kind *kind;
    void *params;
};

#endif
