/* The ids reach the net as float32. They are rounded toward zero, as Keras casts them, and put into 0 .. input_dim - 1
 * (NaN: 0), where Keras would fail or read what lies there. No gradient flows to the ids: backward gives zeros, so a
 * gradient attack on a model that begins here finds nothing. */
#include "engine/layer/layer.h"
#include <string.h>

struct params {
    long input_dim, output_dim;
    int mask_zero, scaled;
};

static const struct param rows[] = {
    {"input_dim", PARAM_INT, offsetof(struct params, input_dim), 1, 1, 1 << 24, "", "rows: ids are 0 .. input_dim - 1",
     NULL, 1},
    {"output_dim", PARAM_INT, offsetof(struct params, output_dim), 1, 1, 1 << 24, "", "length of a row", NULL, 1},
    {"mask_zero", PARAM_BOOL, offsetof(struct params, mask_zero), 0, 0, 1, "",
     "id 0 is padding: layers behind it skip such steps", NULL, 0},
    {"scaled", PARAM_BOOL, offsetof(struct params, scaled), 0, 0, 1, "",
     "the table holds whole numbers, each row so many times what they stand for", NULL, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct shape table = {2, {(size_t)p->input_dim, (size_t)p->output_dim}};
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank == SHAPE_MAX_RANK)
        return err_set(e, ERR_INPUT, "wants an input of rank %d or less", SHAPE_MAX_RANK - 1);
    TRY(layer_add_weight(needs, "embeddings", &table, 0, e));
    needs->weight[0].scaled = p->scaled;
    if (p->scaled)
        TRY(layer_add_weight(needs, "embeddings_scale", &(struct shape){1, {table.dim[0]}}, 0, e));
    *out = *in;
    out->dim[out->rank++] = (size_t)p->output_dim;
    needs->packed = shape_size(&table);
    return layer_check_shape(out, "output", e);
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    const size_t length = (size_t)p->output_dim, size = (size_t)p->input_dim * length;
    (void)in;
    memcpy(packed, weight[0], size * sizeof *packed);
    for (size_t i = 0; p->scaled && i < size; i++)
        packed[i] /= weight[1][i / length];
}

static size_t row_of(float id, long rows_n)
{
    if (!(id >= 1.0f))
        return 0;
    return id >= (float)rows_n ? (size_t)rows_n - 1 : (size_t)id;
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    size_t ids = c->n * shape_size(c->in), length = (size_t)p->output_dim;
    for (size_t i = 0; i < ids; i++)
        memcpy(c->y + i * length, c->packed + row_of(c->x[0][i], p->input_dim) * length, length * sizeof(float));
}

const struct layer_kind layer_kind_embedding = {
    .name = "embedding",
    .source = "keras.layers.Embedding",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = layer_zero_backward,
    .blocks_gradient = 1,
    .masking = LAYER_MASK_MADE,
    .doc = "row of a table by id; not differentiable: zero gradient",
};
