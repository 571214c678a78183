/* Numbers that stand in the model itself, for those who fill the params of the kind `constant`. */
#ifndef ASSAY_LAYER_CONSTANT_H
#define ASSAY_LAYER_CONSTANT_H
#include "engine/layer/layer.h"

struct constant_params {
    struct param_reals value; /* a line of them; where there are more, or in another shape: */
    struct shape shape;       /* with the batch's axis, which then is 1, or without; rank 0: one number */
    const float *stored;      /* [shape] or NULL; lives as long as the net */
};

#endif
