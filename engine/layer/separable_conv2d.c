#include "engine/layer/conv.h"
#include "engine/layer/linear.h"

static const struct param rows[] = {{"filters", PARAM_INT, offsetof(struct separable_conv2d_params, filters), 1, 1,
                                     1 << 24, "", "output channels", NULL, 1},
                                    {"depth_multiplier", PARAM_INT,
                                     offsetof(struct separable_conv2d_params, depth_multiplier), 1, 1, 1 << 16, "",
                                     "outputs a channel of the depthwise part", NULL, 0},
                                    {"groups", PARAM_INT, offsetof(struct separable_conv2d_params, groups), 1, 1, 1, "",
                                     "written by tf.keras; only 1", NULL, 0},
                                    CONV_ROWS(struct separable_conv2d_params),
                                    LAYER_ROWS_END};

static int plan(const struct separable_conv2d_params *p, const struct shape *in, size_t inputs_n,
                struct conv_geometry *g, struct err *e)
{
    TRY(conv_plan(&p->conv, in, inputs_n, g, e));
    g->filters = g->channels * (size_t)p->depth_multiplier; /* of the depthwise part */
    return 0;
}

/* The pointwise part, packed behind the depthwise one. */
static struct linear pointwise(const struct separable_conv2d_params *p, const struct conv_geometry *g)
{
    return linear_plan(layer_panels(depthwise_packed(g)), g->filters, (size_t)p->filters);
}

static size_t middle_size(const struct conv_geometry *g)
{
    return g->y.out * g->x.out * g->filters;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct separable_conv2d_params *p = params;
    struct conv_geometry g;
    size_t filters = (size_t)p->filters;
    TRY(plan(p, in, inputs_n, &g, e));
    TRY(depthwise_check(&g, e));
    *out = (struct shape){3, {g.y.out, g.x.out, filters}};
    TRY(layer_check_shape(out, "output", e));
    struct shape kernel = {4, {g.y.kernel, g.x.kernel, g.channels, (size_t)p->depth_multiplier}};
    TRY(layer_add_weight(needs, "depthwise_kernel", &kernel, 0, e));
    TRY(layer_add_weight(needs, "pointwise_kernel", &(struct shape){4, {1, 1, g.filters, filters}}, 0, e));
    if (p->conv.use_bias)
        TRY(layer_add_weight(needs, "bias", &(struct shape){1, {filters}}, 0, e));
    needs->packed = pointwise(p, &g).end;
    needs->scratch_sample = middle_size(&g) + depthwise_scratch(&g);
    needs->flops = 2.0 * (double)middle_size(&g) * (double)(g.y.kernel * g.x.kernel + filters);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct separable_conv2d_params *p = params;
    struct conv_geometry g;
    (void)plan(p, in, 1, &g, NULL);
    const struct linear l = pointwise(p, &g);
    depthwise_pack(&g, weight[0], packed);
    linear_pack(&l, weight[1], p->conv.use_bias ? weight[2] : NULL, packed);
}

static void forward(const struct layer_call *c)
{
    const struct separable_conv2d_params *p = c->params;
    struct conv_geometry g;
    (void)plan(p, c->in, 1, &g, NULL);
    const struct linear l = pointwise(p, &g);
    float *middle = c->scratch;
    const struct kern_finish finish = layer_finish(c, p->conv.use_bias ? c->packed + l.bias : NULL);
    depthwise_forward(c->kern, &g, c->n, c->packed, NULL, c->x[0], middle, c->scratch + c->n * middle_size(&g));
    linear_forward(c->kern, &l, c->packed, &finish, c->n * g.y.out * g.x.out, middle, c->y);
}

static void backward(const struct layer_call *c)
{
    const struct separable_conv2d_params *p = c->params;
    struct conv_geometry g;
    (void)plan(p, c->in, 1, &g, NULL);
    const struct linear l = pointwise(p, &g);
    float *middle = c->scratch;
    if (!c->dx[0])
        return;
    layer_unfinish(c);
    linear_backward(c->kern, &l, c->packed, c->n * g.y.out * g.x.out, c->dy, middle);
    depthwise_backward(c->kern, &g, c->n, NULL, NULL, c->packed, middle, c->dx[0],
                       c->scratch + c->n * middle_size(&g));
}

const struct layer_kind layer_kind_separable_conv2d = {
    .name = "separable_conv2d",
    .source = "keras.layers.SeparableConv2D (bias after the pointwise part, nothing between)",
    .param_size = sizeof(struct separable_conv2d_params),
    .params = rows,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .fuses = 1,
    .axes = LAYER_AXES_IMAGE,
    .scores = 1,
    .doc = "depthwise, then pointwise convolution",
};
