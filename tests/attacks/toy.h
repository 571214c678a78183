/* A two-layer net behind an oracle, and trials of a scenario on it: what the tests of attacks share. */
#ifndef TESTS_ATTACKS_TOY_H
#define TESTS_ATTACKS_TOY_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "attacks/artefact.h"
#include "attacks/attack.h"
#include "datasets/dataset.h"
#include "engine/kern/kern.h"
#include "engine/net/oracle_driver.h"

/* Makes an attack stop: the model sets `stop` when it is asked for the at-th time (0: never). */
struct toy_stop {
    atomic_int stop;
    size_t asked, at;
};

/* logits = w2 max(w1 x + b1, 0) + b2 */
struct toy {
    struct oracle_model model; /* first: what the oracle asks */
    struct oracle oracle;
    struct oracle_state state;
    size_t inputs, hidden, classes;
    int approximate;
    uint32_t budget; /* queries of each sample; 0: no end */
    struct toy_stop *stop; /* or NULL */
    size_t asked, asked_gradient; /* rows that the model was asked about, and those of them with gradient */
    /* not 0: logits that come with gradients say "broken" where the label asked about is a multiple of it */
    size_t lies;
    float *w1, *b1, *w2, *b2; /* (hidden, inputs), (hidden), (classes, hidden), (classes) */
};
/* Random weights by the seed. */
void toy_create(struct toy *t, size_t inputs, size_t hidden, size_t classes, uint64_t seed);
/* An oracle over it for samples of these labels and targets (n; NULL: no goal), with only the slots that `knowledge`
 * allows. */
void toy_open(struct toy *t, enum knowledge knowledge, size_t n, const int32_t *label, const int32_t *target);
void toy_logits(const struct toy *t, const float *x, float *logits);
float toy_loss(const struct toy *t, const float *x, int32_t label, enum loss_kind loss);
int32_t toy_predict(const struct toy *t, const float *x);
void toy_free(struct toy *t);

/* n samples with all that a call needs, and its result. Fields may be changed before trial_run. */
struct trial {
    const struct attack_kind *kind;
    void *params;                 /* defaults; finish is called by trial_run */
    struct shape shape;
    size_t n, size;
    float *x, *adv, *low, *high, *median; /* x: high entropy inside a box that differs from value to value */
    struct dataset_feature *feature;      /* NULL unless the test sets it */
    const struct dataset *table;          /* NULL, or the schema under which the rows are attacked */
    enum threat_unit eps_unit;            /* of the table */
    int32_t *label, *target;              /* target NULL unless the test sets it */
    uint64_t *sample;
    uint32_t *steps, *forward, *gradient; /* results beside adv */
    uint8_t *no_start;
    uint64_t seed;
    const struct norm_kind *norm;
    double eps;
    int severity;
    /* Of the toy driver of artefacts, whose fitting rows are the trial's own. */
    int backwards;                /* hand out the last block first */
    size_t blocks_left;           /* interrupt the make after so many blocks; 0: never */
    float *state;                 /* the last checkpoint, or NULL */
    size_t state_floats;
    uint64_t state_step;
};
/* A trial of kind on samples of this shape in boxes [low, low + width] times up to 1.5; labels by the toy, if any. */
void trial_create(struct trial *t, const struct attack_kind *kind, struct shape shape, size_t n, const struct toy *toy,
                  float low, float width);
/* Run all samples, or (order != NULL) `count` of them, in that order; results go to their places. */
void trial_run(struct trial *t, struct toy *toy);
void trial_run_some(struct trial *t, struct toy *toy, const size_t *order, size_t count);
/* Make an artefact for the trial: the norm, eps and parameters are the trial's. out (size floats). */
int trial_make(struct trial *t, struct toy *toy, const struct artefact_kind *kind, float *out, struct err *e);
/* Set a parameter of the kind by name; lists get one number. Fails the test if there is none. */
void trial_set(struct trial *t, const char *name, double value);
int trial_has(const struct trial *t, const char *name);
void trial_free(struct trial *t);

/* At the level of ASSAY_CPU, else the machine's best. */
const struct kern *test_kern(void);
/* Every value finite and inside the box. */
void expect_in_box(const struct trial *t, const char *what);
/* Same bits. */
int same(const float *a, const float *b, size_t n);

struct shape image_shape(size_t height, size_t width, size_t channels);
struct shape table_shape(size_t features);

#endif
