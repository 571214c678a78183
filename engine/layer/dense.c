#include "engine/layer/layer.h"
#include <string.h>

struct params {
    long units;
    int use_bias;
};

struct parts {
    size_t bias, backward, end;
};

static const struct param rows[] = {
    {"units", PARAM_INT, offsetof(struct params, units), 1, 1, 1 << 24, "", "outputs", NULL, 1},
    {"use_bias", PARAM_BOOL, offsetof(struct params, use_bias), 1, 0, 1, "", "whether a bias is added", NULL, 0},
    LAYER_ROWS_END};

static struct parts parts(size_t in, size_t units)
{
    size_t bias = kern_packed_size(in, units), backward = bias + (units + 15) / 16 * 16;
    return (struct parts){bias, backward, backward + kern_packed_size(units, in)};
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    size_t units = (size_t)p->units;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (in->rank == 0)
        return err_set(e, ERR_INPUT, "wants an input of rank 1 or more, got a scalar");
    size_t features = in->dim[in->rank - 1];
    *out = *in;
    out->dim[out->rank - 1] = units;
    TRY(layer_check_shape(out, "output", e));
    TRY(layer_add_weight(needs, "kernel", &(struct shape){2, {features, units}}, 0, e));
    if (p->use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {units}}, 0, e));
    needs->packed = parts(features, units).end;
    needs->flops = 2.0 * (double)shape_size(out) * (double)features;
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    size_t features = in->dim[in->rank - 1], units = (size_t)p->units;
    struct parts s = parts(features, units);
    kern_pack(features, units, weight[0], units, 1, packed);
    kern_pack(units, features, weight[0], 1, units, packed + s.backward);
    if (p->use_bias)
        memcpy(packed + s.bias, weight[1], units * sizeof *packed);
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    size_t features = c->in->dim[c->in->rank - 1], units = (size_t)p->units;
    const float *bias = p->use_bias ? c->packed + parts(features, units).bias : NULL;
    const struct kern_finish finish = layer_finish(c, bias);
    layer_product(c->kern, c->n * (shape_size(c->in) / features), features, units, c->x[0], c->packed, &finish, c->y);
}

static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    size_t features = c->in->dim[c->in->rank - 1], units = (size_t)p->units;
    if (!c->dx[0])
        return;
    layer_unfinish(c);
    layer_product(c->kern, c->n * (shape_size(c->in) / features), units, features, c->dy,
                  c->packed + parts(features, units).backward, NULL, c->dx[0]);
}

const struct layer_kind layer_kind_dense = {
    .name = "dense",
    .source = "keras.layers.Dense",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .axes = LAYER_AXES_LAST,
    .scores = 1,
    .doc = "fully connected; contracts the last axis",
};
