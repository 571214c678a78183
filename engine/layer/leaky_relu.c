#include "engine/layer/activation.h"
#include <math.h>

static const char *const classes[] = {"LeakyReLU", NULL};

#define DEFAULT_SLOPE 0.3 /* of the class; the activation named leaky_relu has 0.2 */

static const struct param rows[] = {{"alpha", PARAM_REAL, offsetof(struct activation_params, a), NAN, 0, 1e30, "",
                                     "slope below 0 as Keras 2 names it; default 0.3", NULL, 0},
                                    {"negative_slope", PARAM_REAL, offsetof(struct activation_params, b), NAN, 0, 1e30,
                                     "", "slope below 0 as Keras 3 names it", NULL, 0},
                                    LAYER_ROWS_END};

static int finish(void *params, const struct layer_context *context, struct err *e)
{
    struct activation_params *p = params;
    (void)context;
    if (!isnan(p->a) && !isnan(p->b) && p->a != p->b)
        return err_set(e, ERR_INPUT, "alpha is %g but negative_slope is %g: they mean the same", p->a, p->b);
    if (isnan(p->a))
        p->a = isnan(p->b) ? DEFAULT_SLOPE : p->b;
    p->b = 0;
    p->function = KERN_LEAKY_RELU;
    return 0;
}

const struct layer_kind layer_kind_leaky_relu = {
    .name = "leaky_relu",
    .source = "keras.layers.LeakyReLU",
    .keras = classes,
    .param_size = sizeof(struct activation_params),
    .params = rows,
    .finish = finish,
    .infer = activation_infer,
    .forward = activation_forward,
    .backward = activation_backward,
    .role = activation_role,
    .in_place = 1,
    .doc = "rectifier with a slope below 0",
};
