/* The table of layer kinds, and what their files share. */
#include "engine/layer/layer.h"
#include <string.h>
#include "engine/base/names.h"

#define LAYER(name) extern const struct layer_kind layer_kind_##name;
#include "engine/layer/layers.def"
#undef LAYER

#define LAYER(name) &layer_kind_##name,
const struct layer_kind *const layer_kinds[] = {
#include "engine/layer/layers.def"
    NULL};
#undef LAYER

const char *const layer_data_formats[] = {"channels_last", "channels_first", NULL};

const struct param layer_no_rows[] = {LAYER_ROWS_END};

const char *layer_name(size_t i)
{
    return layer_kinds[i] ? layer_kinds[i]->name : NULL;
}

const struct layer_kind *layer_find(const char *name)
{
    return layer_kinds[names_find(layer_name, name)];
}

const struct param *layer_row(const struct layer_kind *kind, const char *name)
{
    return param_find(kind->params, name);
}

enum layer_role layer_role_of(const struct layer_kind *kind, const void *params)
{
    return kind->role ? kind->role(params) : LAYER_OTHER;
}

int layer_blocks_gradient(const struct layer_kind *kind, const void *params)
{
    const struct layer_inner *inner = params;
    int blocks = kind->blocks_gradient;
    for (size_t i = 0; i < kind->inner; i++)
        blocks |= inner[i].kind && inner[i].kind->blocks_gradient;
    return blocks;
}

int layer_check_shape(const struct shape *s, const char *what, struct err *e)
{
    char text[128];
    size_t size;
    for (size_t i = 0; i < s->rank; i++)
        if (s->dim[i] == 0)
            return err_set(e, ERR_INPUT, "%s %s is empty", what, shape_text(s, text, sizeof text));
    if (shape_product(s->dim, s->rank, LAYER_SIZE_LIMIT, &size) != 0)
        return err_set(e, ERR_INPUT, "%s %s is too large: at most %zu elements are supported", what,
                       shape_text(s, text, sizeof text), LAYER_SIZE_LIMIT);
    return 0;
}

int layer_check_inputs(const struct shape *in, size_t inputs_n, size_t wanted, struct err *e)
{
    if (inputs_n != wanted)
        return err_set(e, ERR_INPUT, "wants %zu input%s, got %zu", wanted, wanted == 1 ? "" : "s", inputs_n);
    for (size_t i = 0; i < inputs_n; i++)
        TRY(layer_check_shape(&in[i], "input", e));
    return 0;
}

int layer_check_rank(const struct shape *in, size_t inputs_n, size_t rank, struct err *e)
{
    char text[128];
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank != rank)
        return err_set(e, ERR_INPUT, "wants an input of rank %zu, got rank %zu (%s)", rank, in->rank,
                       shape_text(in, text, sizeof text));
    return 0;
}

int layer_axis(long axis, const struct shape *s, size_t *out, struct err *e)
{
    long rank = (long)s->rank;
    long index = axis < 0 ? rank + axis : axis - 1;
    if (axis == 0 || index < 0 || index >= rank)
        return err_set(e, ERR_INPUT, "axis %ld does not exist in an input of rank %ld (axis 0 is the batch)", axis,
                       rank);
    *out = (size_t)index;
    return 0;
}

size_t layer_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t layer_panels(size_t n)
{
    return (n + KERN_LANES - 1) / KERN_LANES * KERN_LANES;
}

void layer_copy(size_t n, const float *x, float *y)
{
    if (x != y)
        memcpy(y, x, n * sizeof *y);
}

void layer_copy_forward(const struct layer_call *c)
{
    layer_copy(c->n * shape_size(c->out), c->x[0], c->y);
}

void layer_copy_backward(const struct layer_call *c)
{
    if (c->dx[0])
        layer_copy(c->n * shape_size(c->out), c->dy, c->dx[0]);
}

void layer_zero_backward(const struct layer_call *c)
{
    for (size_t i = 0; i < c->inputs_n; i++)
        if (c->dx[i])
            memset(c->dx[i], 0, c->n * shape_size(&c->in[i]) * sizeof(float));
}

void layer_copy_bounds(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                       float *y_high)
{
    layer_copy(c->n * shape_size(c->out), low[0], y_low);
    layer_copy(c->n * shape_size(c->out), high[0], y_high);
}

enum layer_role layer_identity(const void *params)
{
    (void)params;
    return LAYER_IDENTITY;
}

int layer_add_weight(struct layer_needs *needs, const char *role, const struct shape *shape, int optional,
                     struct err *e)
{
    TRY(layer_check_shape(shape, role, e));
    needs->weight[needs->weights_n++] = (struct layer_weight){.role = role, .shape = *shape, .optional = optional};
    return 0;
}

void layer_product(const struct kern *kern, size_t count, size_t k, size_t n, const float *a, const float *b,
                   const struct kern_finish *finish, float *c)
{
    static const size_t start = 0;
    kern->gemm(&(struct kern_gemm){.a = a,
                                   .b = b,
                                   .c = c,
                                   .count = {1, 1, count},
                                   .a_step = {0, 0, k},
                                   .c_step = {0, 0, n},
                                   .n = n,
                                   .segments = 1,
                                   .segment_length = k,
                                   .segment_offset = &start,
                                   .finish = finish ? *finish : (struct kern_finish){0}});
}

static size_t channels_of(const struct layer_call *c)
{
    return c->out->dim[c->out->rank - 1];
}

struct kern_finish layer_finish(const struct layer_call *c, const float *bias)
{
    return (struct kern_finish){
        .bias = bias, .scale = c->affine, .shift = c->affine ? c->affine + channels_of(c) : NULL, .relu = c->relu};
}

void layer_unfinish(const struct layer_call *c)
{
    size_t n = c->n * shape_size(c->out);
    if (c->affine)
        c->kern->gated_scale(n / channels_of(c), channels_of(c), c->relu ? c->y : NULL, c->dy, c->affine, c->dy);
    else if (c->relu)
        c->kern->relu_mask(n, c->y, c->dy, c->dy);
}
