/* A layer built from one line of text, with inputs and weights that a formula gives (tests/golden/make_layers.py has
 * the same), for the tests of this folder.
 *
 *   conv2d filters=5 kernel_size=3,2 padding=same +relu : 7x6x3
 *
 * kind, or @NAME for an activation by name; values of its rows; in a wrapper `layer=KIND`, then values of that
 * kind's rows; `+relu` for a fused ReLU, `reach=6` for inputs uniform in (-6, 6) instead of (-2, 2); then the shapes of
 * the inputs. */
#ifndef ASSAY_TESTS_LAYER_CASE_H
#define ASSAY_TESTS_LAYER_CASE_H
#include "engine/layer/layer.h"

#define CASE_MAX_INPUTS 4
#define CASE_MAX_INNER 2

struct layer_case {
    struct kern kern;
    const struct layer_kind *kind;
    int relu;
    const float *affine; /* of layer_call; NULL until a test sets it */
    float reach;
    _Alignas(64) char params[4096];
    struct layer_inner inner[CASE_MAX_INNER]; /* of a wrapper */
    _Alignas(64) char inner_params[CASE_MAX_INNER][4096];
    size_t n, inputs_n;
    struct shape in[CASE_MAX_INPUTS], out;
    struct layer_needs needs;
    float *weight[LAYER_MAX_WEIGHTS]; /* NULL: optional, or none */
    float *packed, *x[CASE_MAX_INPUTS], *y, *dy, *dx[CASE_MAX_INPUTS], *saved, *scratch; /* exact sizes, by malloc */
    size_t scratch_n;
};

/* Read the text, run finish and infer. 0, or the code of `e`; then nothing is allocated. */
int layer_case_plan(struct layer_case *t, const char *text, struct err *e);
/* Plan for n samples, allocate, fill x and dy, pack. A text that is refused fails the test. */
void layer_case_open(struct layer_case *t, const char *text, size_t n);
void layer_case_close(struct layer_case *t);
/* Both fill the scratch with NaN first. backward works on a copy of dy; inputs that needs.keeps does not name are
 * NULL. */
void layer_case_forward(struct layer_case *t);
void layer_case_backward(struct layer_case *t);
struct layer_call layer_case_call(struct layer_case *t);
/* Pack t->weight anew. */
void layer_case_pack(struct layer_case *t);
/* A case for every kind, most of them written down; those of a kind that has none there are made from its parameters.
 * NULL behind the last. A kind that takes no input that is tried fails the test. */
const char *layer_case_text(size_t i);
int layer_case_names(const char *text, const char *kind); /* whether the line is of that kind */
/* Value i of stream `stream`, uniform in (-1, 1). */
float layer_case_value(unsigned stream, size_t i);

#endif
