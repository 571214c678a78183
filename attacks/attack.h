/* Scenarios: ways of presenting the test set to the model. One signature for all:
 * (oracle, block of samples, random key) -> perturbed block.
 *
 * A kind is one struct at the foot of its own file and one row in attacks.def (adversarial) or natural/natural.def
 * (transformations). The driver sets up the call, keeps the oracle's slots above the declared knowledge NULL, and
 * decides success itself from a fresh forward pass of the stored float32 values: an attack only proposes. Attacks that
 * repeat a gradient step and a projection share pgd.h.
 *
 * The oracle answers as many queries a sample as the plan allows (oracle_left). What it says beyond them is label -1,
 * logits NaN and gradient 0: an attack must neither take that for success nor stumble over it. */
#ifndef ASSAY_ATTACKS_ATTACK_H
#define ASSAY_ATTACKS_ATTACK_H
#include <stddef.h>
#include <stdint.h>
#include "attacks/norm.h"
#include "attacks/threat.h"
#include "engine/base/err.h"
#include "engine/base/param.h"
#include "engine/base/rng.h"
#include "engine/base/shape.h"
#include "engine/net/oracle.h"

/* What an attack looks for. Whoever solves it only proposes: the driver decides success. */
enum attack_problem {
    ATTACK_BUDGET,                 /* break the sample within eps of x; transformations count as this too */
    ATTACK_MINIMAL,                /* break it with the shortest change; run once, without eps */
    ATTACK_FITTED                  /* apply an artefact that was fitted for this norm and eps beforehand */
};
extern const char *const attack_problem_names[]; /* "budget", "minimal", "fitted", NULL */

struct attack_call {
    const struct kern *kern;
    const void *params;            /* of the kind */
    const struct oracle *oracle;   /* NULL for transformations */
    const struct shape *shape;     /* of one sample */
    size_t n, size;                /* samples, floats a sample */
    const float *x;                /* (n, size) clean, inside the box */
    float *adv;                    /* (n, size) out; the driver puts x here first, and x stays where nothing is found */
    const float *low, *high;       /* [size] the box */
    const float *const *artefact;  /* those that the kind needs, in the order of kind->needs */
    const struct threat_block *threat; /* NULL, or what stands between the attack and the net: all lengths, x and the
                                      box are in its units then (threat.h) */
    const struct dataset_feature *feature; /* [size] or NULL: immutable features must not change */
    const struct dataset_tokens *tokens; /* of token ids, else NULL */
    const int32_t *label;          /* [n] true labels */
    const int32_t *target;         /* [n] wanted labels of a targeted attack, else NULL */
    const uint64_t *sample;        /* [n] global indices, for the random key */
    uint64_t seed;
    const char *scenario;          /* id, for rng_stream; attacks over a list of eps use the id without the eps, so that
                                      a larger budget starts from the same draws */
    const struct norm_kind *norm;  /* NULL for transformations */
    double eps;                    /* in the norm's unit; attacks. INFINITY for ATTACK_MINIMAL */
    double enough;                 /* of ATTACK_MINIMAL: no shorter change than this is wanted of a sample; 0: the
                                      shortest is */
    int severity;                  /* 1..5; transformations */
    uint32_t *steps;               /* [n] out: iterations spent until success or the end */
    uint8_t *no_start;             /* [n] out, 0 at first: 1 = no point was found from which the search can begin */
    float *scratch;                /* kind->scratch floats */
};

/* What the cost of an attack depends on. */
struct attack_extent {
    const void *params;            /* of the kind, finished */
    const struct norm_kind *norm;
    double eps;                    /* INFINITY for ATTACK_MINIMAL */
    const struct shape *shape;     /* of one sample */
    size_t classes;
};
/* Passes through the net that a sample takes; one for the gradient is one forward and one backward. */
struct attack_passes { double forward, gradient; };

/* One attack of a chain, with these of its parameters; others have their defaults. */
struct attack_component {
    const char *kind, *suffix;     /* its name, and what its scenario's name has behind the chain's */
    struct { const char *param; double value; } setting[3]; /* up to one without a name */
};
#define ATTACK_COMPONENTS_MOST 8

struct attack_kind {
    const char *name;              /* "pgd" */
    const char *source;            /* "Madry et al. 2018, arXiv:1706.06083, sec. 2.1" */
    const char *doc;               /* one line */
    int (*offers)(const struct norm_kind *norm); /* whether it works in this norm; NULL for transformations */
    enum knowledge knowledge;
    int targeted;                  /* can be targeted */
    /* Samples that it applies to: numbers of any shape, of rank 3, of rank 1; token ids, and only they. */
    enum { SUBJECT_ANY, SUBJECT_IMAGE, SUBJECT_TABLE, SUBJECT_TOKENS } subject;
    enum attack_problem problem;
    const char *const *needs;      /* names of artefacts (artefacts.def), NULL-terminated; NULL = none */
    int single_step;               /* takes one step: an iterated attack should break what it breaks */
    size_t param_size;
    const struct param *params;    /* of the private struct; the common keys (name, norm, eps, targeted, severity)
                                      are the plan's */
    /* Rewrite params once per scenario (step size from eps ...); may be NULL. */
    int (*finish)(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e);
    /* Floats of call->scratch (64-byte aligned) for n samples; NULL = none. */
    size_t (*scratch)(const void *params, const struct shape *s, size_t classes, size_t n);
    int (*run)(const struct attack_call *c, struct err *e);
    /* What a sample takes that withstands to the end; of an ATTACK_FITTED what each fitting row takes. Those that come
     * again because answers are approximate or drawn are not counted. NULL for transformations and chains. */
    struct attack_passes (*passes)(const struct attack_extent *x);
    /* Of a chain, which has neither scratch, run nor passes: its components in this norm, n of them. Each takes on what
     * still stands; the last one's scenario bears the name of the chain. NULL: the kind is an attack by itself. */
    const struct attack_component *(*components)(const void *params, const struct norm_kind *norm, size_t *n);
};

extern const struct attack_kind *const attack_kinds[];          /* attacks.def, NULL-terminated */
extern const struct attack_kind *const transformation_kinds[];  /* natural/natural.def */
/* Their names by number, NULL behind the last. */
const char *attack_name(size_t i);
const char *transformation_name(size_t i);
/* By name; NULL if there is none. */
const struct attack_kind *attack_find(const char *name);
const struct attack_kind *transformation_find(const char *name);
/* "linf, l2": the names of the norms that the attack offers; text holds ATTACK_NORMS_TEXT. */
#define ATTACK_NORMS_TEXT 128
const char *attack_norms_text(const struct attack_kind *kind, char *text);

#endif
