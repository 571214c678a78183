#include "engine/layer/activation.h"

struct params {
    struct activation_params f; /* first: what the functions of activation.h read */
    int approximate;
};

static const struct param rows[] = {{"approximate", PARAM_BOOL, offsetof(struct params, approximate), 0, 0, 1, "",
                                     "by tanh in the place of erf", NULL, 0},
                                    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct params *p = params;
    (void)e;
    p->f.function = p->approximate ? KERN_GELU_TANH : KERN_GELU;
    return 0;
}

const struct layer_kind layer_kind_gelu = {
    .name = "gelu",
    .source = "keras.ops.gelu: Hendrycks & Gimpel 2016, arXiv:1606.08415",
    .param_size = sizeof(struct params),
    .params = rows,
    .finish = finish,
    .infer = activation_infer,
    .forward = activation_forward,
    .backward = activation_backward,
    .bounds = activation_bounds,
    .role = activation_role,
    .in_place = 1,
    .axes = LAYER_AXES_ANY,
    .masking = LAYER_MASK_KEPT,
    .doc = "Gaussian error linear unit, exact or by tanh",
};
