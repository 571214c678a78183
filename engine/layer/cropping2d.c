#include "engine/layer/conv.h"

static const struct param rows[] = {{"cropping", PARAM_INTS, offsetof(struct cropping2d_params, cropping), 0, 0,
                                     1 << 24, "pixels", "one number, height and width, or top, bottom, left, right",
                                     NULL, 0},
                                    LAYER_CHANNELS_LAST(struct cropping2d_params, data_format),
                                    LAYER_ROWS_END};

/* The border is what is cut off. */
static int plan(const struct cropping2d_params *p, const struct shape *in, struct conv_border *b, struct err *e)
{
    size_t side[4];
    TRY(conv_sides(&p->cropping, "cropping", side, e));
    if (side[0] + side[1] >= in->dim[0] || side[2] + side[3] >= in->dim[1])
        return err_set(e, ERR_INPUT, "cropping %zu + %zu rows and %zu + %zu columns leaves nothing of %zux%zu", side[0],
                       side[1], side[2], side[3], in->dim[0], in->dim[1]);
    *b = (struct conv_border){
        in->dim[0] - side[0] - side[1], in->dim[1] - side[2] - side[3], in->dim[2], side[0], side[2], side[1], side[3]};
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    struct conv_border b;
    (void)needs;
    TRY(layer_check_rank(in, inputs_n, 3, e));
    TRY(plan(params, in, &b, e));
    *out = (struct shape){3, {b.height, b.width, b.channels}};
    return 0;
}

static void forward(const struct layer_call *c)
{
    struct conv_border b;
    (void)plan(c->params, c->in, &b, NULL);
    conv_border_crop(&b, c->n, c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    struct conv_border b;
    (void)plan(c->params, c->in, &b, NULL);
    if (c->dx[0])
        conv_border_copy(c->kern, &b, c->n, c->dy, NULL, NULL, c->dx[0]);
}

const struct layer_kind layer_kind_cropping2d = {
    .name = "cropping2d",
    .source = "keras.layers.Cropping2D",
    .param_size = sizeof(struct cropping2d_params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_IMAGE,
    .doc = "an image without its border",
};
