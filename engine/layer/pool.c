#include "engine/layer/pool.h"
#include "engine/layer/conv.h"
#include "engine/layer/line.h"

const char *const pool_paddings[] = {"valid", "same", "same_wide", NULL};
static const int paddings[POOL_PADDINGS] = {CONV_VALID, CONV_SAME, CONV_SAME_WIDE};

const struct param pool_rows[] = {{"pool_size", PARAM_INTS, offsetof(struct pool_params, pool_size), 2, 1, 1 << 16,
                                   "pixels", "height and width of the window", NULL, 0},
                                  {"strides", PARAM_INTS, offsetof(struct pool_params, strides), NAN, 1, 1 << 16,
                                   "pixels", "steps of the window; none: pool_size", NULL, 0},
                                  {"padding", PARAM_CHOICE, offsetof(struct pool_params, padding), 0, 0,
                                   POOL_PADDINGS - 1, "",
                                   "valid: whole windows only; same: ceil(in / stride) windows, cut at the border; "
                                   "same_wide: the first cut as far as can be",
                                   pool_paddings, 0},
                                  LAYER_CHANNELS_LAST(struct pool_params, data_format),
                                  LAYER_ROWS_END};

const struct param pool_line_rows[] = {
    {"pool_size", PARAM_INTS, offsetof(struct pool_params, pool_size), 2, 1, 1 << 16, "steps", "length of the window",
     NULL, 0},
    {"strides", PARAM_INTS, offsetof(struct pool_params, strides), NAN, 1, 1 << 16, "steps",
     "step of the window; none: pool_size", NULL, 0},
    {"padding", PARAM_CHOICE, offsetof(struct pool_params, padding), 0, 0, POOL_PADDINGS - 1, "",
     "valid: whole windows only; same: ceil(in / stride) windows, cut at the ends", pool_paddings, 0},
    LAYER_CHANNELS_LAST(struct pool_params, data_format),
    LAYER_ROWS_END};

const struct param pool_global_rows[] = {{"keepdims", PARAM_BOOL, offsetof(struct pool_global_params, keepdims), 0, 0,
                                          1, "", "keep height and width as 1", NULL, 0},
                                         LAYER_CHANNELS_LAST(struct pool_global_params, data_format),
                                         LAYER_ROWS_END};

int pool_line_finish(void *params, struct err *e)
{
    struct pool_params *p = params;
    TRY(line_pair(&p->pool_size, "pool_size", 1, e));
    return line_pair(&p->strides, "strides", 1, e);
}

static int plan(const struct pool_params *p, const struct shape *in, size_t inputs_n, struct conv_geometry *g,
                struct err *e)
{
    size_t pool[2], stride[2];
    TRY(layer_check_rank(in, inputs_n, 3, e));
    TRY(conv_pair(&p->pool_size, "pool_size", pool, e));
    TRY(conv_pair(p->strides.n ? &p->strides : &p->pool_size, "strides", stride, e));
    *g = (struct conv_geometry){.y = {.in = in->dim[0], .kernel = pool[0], .stride = stride[0], .dilation = 1},
                                .x = {.in = in->dim[1], .kernel = pool[1], .stride = stride[1], .dilation = 1},
                                .channels = in->dim[2]};
    TRY(conv_axis_plan(&g->y, "high", paddings[p->padding], e));
    return conv_axis_plan(&g->x, "wide", paddings[p->padding], e);
}

int pool_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
               struct layer_needs *needs, struct err *e)
{
    struct conv_geometry g;
    (void)needs;
    TRY(plan(params, in, inputs_n, &g, e));
    *out = (struct shape){3, {g.y.out, g.x.out, g.channels}};
    return 0;
}

int pool_global_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                      struct layer_needs *needs, struct err *e)
{
    const struct pool_global_params *p = params;
    (void)needs;
    TRY(layer_check_rank(in, inputs_n, 3, e));
    *out = p->keepdims ? (struct shape){3, {1, 1, in->dim[2]}} : (struct shape){1, {in->dim[2]}};
    return 0;
}

struct kern_pool pool_window(const struct layer_call *c)
{
    struct conv_geometry g;
    (void)plan(c->params, c->in, 1, &g, NULL); /* infer has checked it */
    return (struct kern_pool){.n = c->n,
                              .height = g.y.in,
                              .width = g.x.in,
                              .channels = g.channels,
                              .out_height = g.y.out,
                              .out_width = g.x.out,
                              .pool = {g.y.kernel, g.x.kernel},
                              .stride = {g.y.stride, g.x.stride},
                              .before = {g.y.before, g.x.before}};
}

struct kern_pool pool_global_window(const struct layer_call *c)
{
    size_t height = c->in->dim[0], width = c->in->dim[1];
    return (struct kern_pool){.n = c->n,
                              .height = height,
                              .width = width,
                              .channels = c->in->dim[2],
                              .out_height = 1,
                              .out_width = 1,
                              .pool = {height, width},
                              .stride = {height, width}};
}
