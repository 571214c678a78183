#include "engine/layer/line.h"
#include "engine/layer/pool.h"
#include <string.h>

static const struct param rows[] = {{"keepdims", PARAM_BOOL, offsetof(struct pool_global_params, keepdims), 0, 0, 1, "",
                                     "keep the length as 1", NULL, 0},
                                    LAYER_CHANNELS_LAST(struct pool_global_params, data_format),
                                    LAYER_ROWS_END};

extern const struct layer_kind layer_kind_global_average_pooling2d;

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    char text[128];
    if (inputs_n == 2 && !shape_equal(&in[1], &(struct shape){1, {in->dim[0]}}))
        return err_set(e, ERR_INPUT, "the mask has shape %s, where there are %zu steps",
                       shape_text(&in[1], text, sizeof text), in->dim[0]);
    TRY(line_infer(&layer_kind_global_average_pooling2d, params, in, inputs_n == 2 ? 1 : inputs_n, out, needs, e));
    needs->keeps = inputs_n == 2 ? LAYER_KEEPS_X : 0;
    return 0;
}

/* How many steps of sample i count. */
static float count(const struct layer_call *c, size_t i)
{
    const float *mask = c->x[1] + i * c->in->dim[0];
    float n = 0;
    for (size_t s = 0; s < c->in->dim[0]; s++)
        n += mask[s] != 0.0f;
    return n;
}

/* The mean over the steps that count; one chain for each channel. */
static void masked_forward(const struct layer_call *c)
{
    size_t steps = c->in->dim[0], channels = c->in->dim[1];
    for (size_t i = 0; i < c->n; i++) {
        float *y = c->y + i * channels, n = count(c, i);
        memset(y, 0, channels * sizeof *y);
        for (size_t s = 0; s < steps; s++)
            if (c->x[1][i * steps + s] != 0.0f)
                c->kern->add(channels, y, c->x[0] + (i * steps + s) * channels, y);
        for (size_t k = 0; k < channels; k++)
            y[k] /= n;
    }
}

static void masked_backward(const struct layer_call *c)
{
    size_t steps = c->in->dim[0], channels = c->in->dim[1];
    if (c->dx[1])
        memset(c->dx[1], 0, c->n * steps * sizeof(float));
    for (size_t i = 0; c->dx[0] && i < c->n; i++) {
        float n = count(c, i);
        for (size_t s = 0; s < steps; s++)
            for (size_t k = 0; k < channels; k++)
                c->dx[0][(i * steps + s) * channels + k] =
                    c->x[1][i * steps + s] != 0.0f ? c->dy[i * channels + k] / n : 0.0f;
    }
}

static void forward(const struct layer_call *c)
{
    if (c->inputs_n == 2)
        masked_forward(c);
    else
        line_forward(&layer_kind_global_average_pooling2d, c);
}

static void backward(const struct layer_call *c)
{
    if (c->inputs_n == 2)
        masked_backward(c);
    else
        line_backward(&layer_kind_global_average_pooling2d, c);
}

const struct layer_kind layer_kind_global_average_pooling1d = {
    .name = "global_average_pooling1d",
    .source = "keras.layers.GlobalAveragePooling1D",
    .param_size = sizeof(struct pool_global_params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ONE,
    .scores = 1,
    .masking = LAYER_MASK_STEPS,
    .doc = "mean over the line, of the steps that a mask does not leave out",
};
