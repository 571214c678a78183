/* Python's x[:, 0, ..., ::-1], for those who fill the params of the kind `slice`. */
#ifndef ASSAY_LAYER_SLICE_H
#define ASSAY_LAYER_SLICE_H
#include "engine/layer/layer.h"

#define SLICE_OPEN (1L << 30) /* a bound that is not given */

enum slice_part { SLICE_RANGE, SLICE_INDEX /* start alone */, SLICE_REST /* "..." */, SLICE_NEW_AXIS };

/* The parts in order, the batch's first; the lists have one length. */
struct slice_params {
    struct param_ints part, start, stop, step;
};

/* Which value of a sample of that shape, checked by infer, value i of the output is. */
size_t slice_place(const void *params, const struct shape *in, size_t i);

#endif
