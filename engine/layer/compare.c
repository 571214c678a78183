#include "engine/layer/merge.h"

enum { GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, EQUAL, UNEQUAL };

struct params {
    int operation;
};

static const char *const operations[] = {"greater", "greater_equal", "less", "less_equal", "equal", "unequal", NULL};

static const struct param rows[] = {
    {"operation", PARAM_CHOICE, offsetof(struct params, operation), GREATER, 0, UNEQUAL, "",
     "what the first input is to be, seen from the second", operations, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 2, e));
    return merge_infer(in, inputs_n, out, needs, e);
}

static int holds(int operation, float x, float z)
{
    switch (operation) {
    case GREATER: return x > z;
    case GREATER_EQUAL: return x >= z;
    case LESS: return x < z;
    case LESS_EQUAL: return x <= z;
    case EQUAL: return x == z;
    default: return x != z;
    }
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    size_t n = c->n * shape_size(c->out);
    const float *x = merge_expand(c, 0, c->scratch), *z = merge_expand(c, 1, merge_spare(c));
    for (size_t i = 0; i < n; i++)
        c->y[i] = (float)holds(p->operation, x[i], z[i]);
}

const struct layer_kind layer_kind_compare = {
    .name = "compare",
    .source = "keras.ops.greater, less, equal ...",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = layer_zero_backward,
    .axes = LAYER_AXES_ANY,
    .blocks_gradient = 1,
    .doc = "1 where the first input compares so with the second, else 0; zero gradient",
};
