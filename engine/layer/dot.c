/* Both inputs are turned to matrices (rest, k), k being the axis that is summed over: y = a b'. */
#include "engine/layer/layer.h"
#include "engine/layer/product.h"
#include <math.h>

struct params {
    struct param_ints axes;
    int normalize;
};

#define NORM_FLOOR 1e-12 /* least squared length that normalising divides by, as tf.math.l2_normalize */
#define LARGEST_SCALE 1e6f

static const struct param rows[] = {{"axes", PARAM_INTS, offsetof(struct params, axes), NAN, -SHAPE_MAX_RANK,
                                     SHAPE_MAX_RANK, "", "axis summed over, of both inputs or of each; 0 is the batch",
                                     NULL, 1},
                                    {"normalize", PARAM_BOOL, offsetof(struct params, normalize), 0, 0, 1, "",
                                     "both inputs to length 1 along the axis first", NULL, 0},
                                    LAYER_ROWS_END};

/* A sample is (outer, k, inner); its matrix has outer * inner rows. */
struct dot_view {
    size_t outer, k, inner, rows, size;
};

static int view_of(const struct params *p, const struct shape *in, size_t i, struct dot_view *v, size_t *axis,
                   struct err *e)
{
    TRY(layer_axis(p->axes.v[i < p->axes.n ? i : 0], &in[i], axis, e));
    *v = (struct dot_view){.outer = 1, .k = in[i].dim[*axis], .inner = 1, .size = shape_size(&in[i])};
    for (size_t k = 0; k < *axis; k++)
        v->outer *= in[i].dim[k];
    for (size_t k = *axis + 1; k < in[i].rank; k++)
        v->inner *= in[i].dim[k];
    v->rows = v->outer * v->inner;
    return 0;
}

/* See struct dot_places; at the end, what the largest product needs. */
static size_t scratch_size(const struct dot_view *a, const struct dot_view *b)
{
    size_t forward = product_scratch(a->rows, a->k, b->rows), to_a = product_scratch(a->rows, b->rows, a->k);
    size_t to_b = product_scratch(b->rows, a->rows, a->k);
    return a->size + b->size + a->rows + b->rows + layer_larger(a->size, b->size) +
           layer_larger(forward, layer_larger(to_a, to_b));
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct dot_view view[2];
    TRY(layer_check_inputs(in, inputs_n, 2, e));
    if (p->axes.n != 1 && p->axes.n != 2)
        return err_set(e, ERR_INPUT, "axes wants one number or two, got %zu", p->axes.n);
    if (in[0].rank + in[1].rank > SHAPE_MAX_RANK + 2)
        return err_set(e, ERR_INPUT, "the output would have more than %d axes", SHAPE_MAX_RANK);
    *out = (struct shape){0};
    for (size_t i = 0; i < 2; i++) {
        size_t axis;
        TRY(view_of(p, in, i, &view[i], &axis, e));
        for (size_t k = 0; k < in[i].rank; k++)
            if (k != axis)
                out->dim[out->rank++] = in[i].dim[k];
    }
    if (view[0].k != view[1].k)
        return err_set(e, ERR_INPUT, "the axes summed over have %zu and %zu elements", view[0].k, view[1].k);
    if (out->rank == 0)
        *out = (struct shape){1, {1}};
    TRY(layer_check_shape(out, "output", e));
    needs->keeps = LAYER_KEEPS_X;
    needs->scratch = scratch_size(&view[0], &view[1]);
    needs->flops = 2.0 * (double)shape_size(out) * (double)view[0].k;
    return 0;
}

/* The matrix of one sample; if asked for, normalised, with what each row was multiplied by. */
static void load(const struct layer_call *c, const struct dot_view *v, const float *x, float *matrix, float *scale)
{
    const struct params *p = c->params;
    for (size_t i = 0; i < v->outer; i++)
        c->kern->transpose(v->k, v->inner, x + i * v->k * v->inner, v->inner, matrix + i * v->k * v->inner, v->k);
    for (size_t r = 0; p->normalize && r < v->rows; r++) {
        float *row = matrix + r * v->k;
        double squares = c->kern->dot(v->k, row, row);
        scale[r] = squares > NORM_FLOOR ? (float)(1.0 / sqrt(squares)) : LARGEST_SCALE;
        c->kern->scale(v->k, scale[r], row, row);
    }
}

/* dx of one sample from its matrix' gradient g, which is overwritten. With u = s x, a row of the matrix:
 * dx = s (g - u (u . g)), and s g where s is the largest scale, which does not depend on x. */
static void store_back(const struct layer_call *c, const struct dot_view *v, const float *matrix, const float *scale,
                       float *g, float *dx)
{
    const struct params *p = c->params;
    for (size_t r = 0; p->normalize && r < v->rows; r++) {
        const float *u = matrix + r * v->k;
        float *row = g + r * v->k;
        float along = scale[r] < LARGEST_SCALE ? (float)c->kern->dot(v->k, u, row) : 0.0f;
        for (size_t j = 0; j < v->k; j++)
            row[j] = scale[r] * (row[j] - u[j] * along);
    }
    for (size_t i = 0; i < v->outer; i++)
        c->kern->transpose(v->inner, v->k, g + i * v->k * v->inner, v->k, dx + i * v->k * v->inner, v->inner);
}

/* Parts of the scratch. */
struct dot_places {
    float *matrix[2], *scale[2], *g, *rest;
};

static struct dot_places places_of(const struct layer_call *c, struct dot_view v[2])
{
    struct dot_places at;
    size_t axis;
    for (size_t i = 0; i < 2; i++)
        (void)view_of(c->params, c->in, i, &v[i], &axis, NULL); /* infer has checked it */
    at.matrix[0] = c->scratch;
    at.matrix[1] = at.matrix[0] + v[0].size;
    at.scale[0] = at.matrix[1] + v[1].size;
    at.scale[1] = at.scale[0] + v[0].rows;
    at.g = at.scale[1] + v[1].rows;
    at.rest = at.g + layer_larger(v[0].size, v[1].size);
    return at;
}

static void forward(const struct layer_call *c)
{
    struct dot_view v[2];
    struct dot_places at = places_of(c, v);
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < 2; k++)
            load(c, &v[k], c->x[k] + i * v[k].size, at.matrix[k], at.scale[k]);
        product_run(c->kern,
                    &(struct product){.rows = v[0].rows,
                                      .k = v[0].k,
                                      .columns = v[1].rows,
                                      .a = at.matrix[0],
                                      .a_row = v[0].k,
                                      .a_k = 1,
                                      .b = at.matrix[1],
                                      .b_k = 1,
                                      .b_column = v[1].k,
                                      .c = c->y + i * v[0].rows * v[1].rows,
                                      .c_row = v[1].rows},
                    at.rest);
    }
}

/* g (rows of input i, k) = dy, or its transpose, times the other matrix. */
static void gradient(const struct layer_call *c, const struct dot_view v[2], size_t i, const float *dy,
                     const float *other, float *g, float *scratch)
{
    size_t columns = v[1].rows; /* of dy */
    product_run(c->kern,
                &(struct product){.rows = v[i].rows,
                                  .k = v[1 - i].rows,
                                  .columns = v[i].k,
                                  .a = dy,
                                  .a_row = i == 0 ? columns : 1,
                                  .a_k = i == 0 ? 1 : columns,
                                  .b = other,
                                  .b_k = v[i].k,
                                  .b_column = 1,
                                  .c = g,
                                  .c_row = v[i].k},
                scratch);
}

static void backward(const struct layer_call *c)
{
    struct dot_view v[2];
    struct dot_places at = places_of(c, v);
    for (size_t i = 0; i < c->n; i++) {
        const float *dy = c->dy + i * v[0].rows * v[1].rows;
        for (size_t k = 0; k < 2; k++)
            load(c, &v[k], c->x[k] + i * v[k].size, at.matrix[k], at.scale[k]);
        for (size_t k = 0; k < 2; k++) {
            if (!c->dx[k])
                continue;
            gradient(c, v, k, dy, at.matrix[1 - k], at.g, at.rest);
            store_back(c, &v[k], at.matrix[k], at.scale[k], at.g, c->dx[k] + i * v[k].size);
        }
    }
}

const struct layer_kind layer_kind_dot = {
    .name = "dot",
    .source = "keras.layers.Dot",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .scores = 1,
    .doc = "sum of products of two inputs along an axis of each",
};
