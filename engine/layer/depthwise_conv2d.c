#include "engine/layer/conv.h"
#include <string.h>

static const struct param rows[] = {{"depth_multiplier", PARAM_INT,
                                     offsetof(struct depthwise_conv2d_params, depth_multiplier), 1, 1, 1 << 16, "",
                                     "outputs a channel", NULL, 0},
                                    {"groups", PARAM_INT, offsetof(struct depthwise_conv2d_params, groups), 1, 1, 1, "",
                                     "written by tf.keras; only 1", NULL, 0},
                                    CONV_ROWS(struct depthwise_conv2d_params),
                                    LAYER_ROWS_END};

static int plan(const struct depthwise_conv2d_params *p, const struct shape *in, size_t inputs_n,
                struct conv_geometry *g, struct err *e)
{
    TRY(conv_plan(&p->conv, in, inputs_n, g, e));
    g->filters = g->channels * (size_t)p->depth_multiplier;
    return 0;
}

static size_t bias_at(const struct conv_geometry *g)
{
    return layer_panels(depthwise_packed(g));
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct depthwise_conv2d_params *p = params;
    struct conv_geometry g;
    TRY(plan(p, in, inputs_n, &g, e));
    TRY(depthwise_check(&g, e));
    *out = (struct shape){3, {g.y.out, g.x.out, g.filters}};
    struct shape kernel = {4, {g.y.kernel, g.x.kernel, g.channels, (size_t)p->depth_multiplier}};
    TRY(layer_add_weight(needs, "depthwise_kernel", &kernel, 0, e));
    if (p->conv.use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {g.filters}}, 0, e));
    needs->packed = bias_at(&g) + g.filters;
    needs->scratch_sample = depthwise_scratch(&g);
    needs->flops = 2.0 * (double)shape_size(out) * (double)(g.y.kernel * g.x.kernel);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct depthwise_conv2d_params *p = params;
    struct conv_geometry g;
    (void)plan(p, in, 1, &g, NULL);
    depthwise_pack(&g, weight[0], packed);
    if (p->conv.use_bias)
        memcpy(packed + bias_at(&g), weight[1], g.filters * sizeof *packed);
}

static void forward(const struct layer_call *c)
{
    const struct depthwise_conv2d_params *p = c->params;
    struct conv_geometry g;
    (void)plan(p, c->in, 1, &g, NULL);
    const float *bias = p->conv.use_bias ? c->packed + bias_at(&g) : NULL;
    const struct kern_finish finish = layer_finish(c, bias);
    depthwise_forward(c->kern, &g, c->n, c->packed, &finish, c->x[0], c->y, c->scratch);
}

static void backward(const struct layer_call *c)
{
    struct conv_geometry g;
    (void)plan(c->params, c->in, 1, &g, NULL);
    if (!c->dx[0])
        return;
    struct conv_border b = conv_gradient_border(&g);
    if (!conv_bordered(&b))
        layer_unfinish(c);
    depthwise_backward(c->kern, &g, c->n, c->relu ? c->y : NULL, c->affine, c->packed, c->dy, c->dx[0], c->scratch);
}

const struct layer_kind layer_kind_depthwise_conv2d = {
    .name = "depthwise_conv2d",
    .source = "keras.layers.DepthwiseConv2D",
    .param_size = sizeof(struct depthwise_conv2d_params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .axes = LAYER_AXES_IMAGE,
    .scores = 1,
    .doc = "2-D convolution of every channel by itself",
};
