/* What the pooling kinds share: windows over an image, per channel. A global pooling is one window over the whole
 * image. */
#ifndef ASSAY_LAYER_POOL_H
#define ASSAY_LAYER_POOL_H
#include "engine/layer/layer.h"

struct pool_params {
    struct param_ints pool_size, strides; /* strides empty: as pool_size */
    int padding, data_format; /* padding: of pool_paddings */
};
extern const struct param pool_rows[];
/* Over a line: one number each, which finish makes a pair. */
extern const struct param pool_line_rows[];
int pool_line_finish(void *params, struct err *e);
extern const char *const pool_paddings[]; /* "valid", "same", "same_wide" */
#define POOL_PADDINGS 3

struct pool_global_params {
    int keepdims, data_format;
};
extern const struct param pool_global_rows[];

/* infer of the windowed and of the global kinds (params: the structs above), and the kernels' geometry of a call */
int pool_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
               struct layer_needs *needs, struct err *e);
int pool_global_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                      struct layer_needs *needs, struct err *e);
struct kern_pool pool_window(const struct layer_call *c);
struct kern_pool pool_global_window(const struct layer_call *c);

#endif
