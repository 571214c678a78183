/* Artefacts: what must exist before the first block of samples can be perturbed, and belongs to no single sample.
 *
 * A kind is one struct at the foot of its own file and one row in artefacts.def. Attacks and transformations name what
 * they read in `needs`. The driver makes each artefact once, in the order of the dependencies, keeps it, and hands it
 * to everybody who needs it: a list of floats, in the units of its kind.
 *
 * The numbers of an artefact may depend on nothing but the call: not on the number of threads, not on whether the make
 * was broken off and gone on with. Hence each call of c->each hands out blocks with a number, and a sum over rows is
 * taken within a block, row by row, and then over the blocks in the order of their numbers. */
#ifndef ASSAY_ATTACKS_ARTEFACT_H
#define ASSAY_ATTACKS_ARTEFACT_H
#include <stddef.h>
#include <stdint.h>
#include "attacks/norm.h"
#include "engine/base/err.h"
#include "engine/base/shape.h"
#include "engine/net/oracle.h"

struct dataset;

#define ARTEFACT_BLOCK 64 /* rows of a block; its last one may have fewer */
#define ARTEFACT_NEEDS 4  /* most artefacts that one kind may need */

/* Some rows of the fitting data and what may be asked about them. All of it is the driver's, valid during the call. */
struct artefact_block {
    size_t number;                 /* of the block in this call of `each`: 0, 1, 2 ... */
    size_t n;                      /* rows, <= ARTEFACT_BLOCK */
    const float *x;                /* (n, size) inside the box */
    const int32_t *label;          /* [n] */
    const uint64_t *sample;        /* [n] global indices, for random keys */
    struct oracle *oracle;         /* of this worker, with the slots of the kind's knowledge; NULL for KNOW_NONE */
    float *scratch;                /* kind->scratch floats of this worker */
};
/* Called for different blocks at once, in any order: write only to what belongs to block->number. */
typedef int artefact_work(void *context, const struct artefact_block *block, struct err *e);

struct artefact_call {
    const struct kern *kern;
    struct dataset *data;          /* the fitting data, for makers that read it by its own functions */
    size_t rows;                   /* of the fitting data */
    const struct shape *shape;     /* of one sample */
    size_t size, classes;          /* floats a sample; classes of the net, 0 without a net */
    const float *low, *high;       /* [size] the box */
    const struct dataset_feature *feature; /* [size] or NULL: immutable features must not change */
    uint64_t seed;
    const char *stream;            /* name for rng_stream: the artefact's own */
    const float *const *artefact;  /* [kind->needs] those it depends on */
    /* ARTEFACT_OF_SCENARIO: of the scenario that it is made for; else NULL and 0. */
    const void *params;
    const struct norm_kind *norm;
    double eps;
    int32_t target;                /* class that the samples are to be taken for; -1: away from their labels */
    /* Run work over rows [first, first + n) of the fitting data in blocks of ARTEFACT_BLOCK, on all threads; returns
     * when all are done. Fails as the work does, and with ERR_INTERRUPTED when the run is to stop: hand that on. */
    int (*each)(const struct artefact_call *c, size_t first, size_t n, artefact_work *work, void *context,
                struct err *e);
    /* Keep the state after `step` steps, so that a make that is killed goes on from there. */
    int (*checkpoint)(const struct artefact_call *c, uint64_t step, size_t floats, const float *state, struct err *e);
    const float *restored;         /* the last state kept by an earlier make of the same artefact, or NULL */
    size_t restored_floats;
    uint64_t restored_step;
    void *driver;                  /* not for makers */
};

enum artefact_scope {
    ARTEFACT_OF_DATA,              /* one for the run; fitting data: the data set under test */
    ARTEFACT_OF_SCENARIO           /* one for each scenario that needs it, by its params, norm and eps */
};

struct artefact_kind {
    const char *name;              /* "median" */
    const char *source;            /* paper or definition */
    const char *doc;               /* one line */
    const char *const *needs;      /* names of artefacts that must be there, NULL-terminated; NULL = none */
    enum artefact_scope scope;
    enum knowledge knowledge;      /* slots of the block's oracle */
    size_t (*size)(const struct artefact_call *c);    /* floats of the artefact; known before it is made */
    size_t (*scratch)(const struct artefact_call *c); /* floats of block->scratch (64-byte aligned); NULL = none */
    /* Rows that `each` hands out, one pass after the other, until it is made; those before c->restored_step are not
     * among them. NULL: it takes no time to speak of. */
    uint64_t (*rows)(const struct artefact_call *c);
    /* Make it: out (size floats). No value may be NaN or infinite. */
    int (*make)(const struct artefact_call *c, float *out, struct err *e);
};

extern const struct artefact_kind *const artefact_kinds[];    /* artefacts.def, NULL-terminated */
const struct artefact_kind *artefact_find(const char *name);

#endif
