#include "engine/layer/merge.h"
#include <string.h>

/* Size of axis `axis` of `s` seen as having the rank of `out`. */
static size_t aligned(const struct shape *s, const struct shape *out, size_t axis)
{
    size_t missing = out->rank - s->rank;
    return axis < missing ? 1 : s->dim[axis - missing];
}

static int broadcast_into(struct shape *out, const struct shape *in, struct err *e)
{
    char a[128], b[128];
    struct shape wide = out->rank >= in->rank ? *out : *in;
    for (size_t i = 0; i < wide.rank; i++) {
        size_t x = aligned(out, &wide, i), z = aligned(in, &wide, i);
        if (x != z && x != 1 && z != 1)
            return err_set(e, ERR_INPUT, "inputs of shapes %s and %s do not go together", shape_text(out, a, sizeof a),
                           shape_text(in, b, sizeof b));
        wide.dim[i] = x == 1 ? z : x;
    }
    *out = wide;
    return 0;
}

int merge_infer(const struct shape *in, size_t inputs_n, struct shape *out, struct layer_needs *needs, struct err *e)
{
    if (inputs_n < 1 || inputs_n > LAYER_MAX_INPUTS)
        return err_set(e, ERR_INPUT, "wants 1 to %d inputs, got %zu", LAYER_MAX_INPUTS, inputs_n);
    TRY(layer_check_inputs(in, inputs_n, inputs_n, e));
    *out = in[0];
    for (size_t i = 1; i < inputs_n; i++)
        TRY(broadcast_into(out, &in[i], e));
    TRY(layer_check_shape(out, "output", e));
    for (size_t i = 0; i < inputs_n; i++)
        if (!shape_equal(&in[i], out))
            needs->scratch_sample = 2 * shape_size(out);
    return 0;
}

int merge_infer_any(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                    struct layer_needs *needs, struct err *e)
{
    (void)params;
    return merge_infer(in, inputs_n, out, needs, e);
}

int merge_infer_xy(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                   struct layer_needs *needs, struct err *e)
{
    (void)params;
    needs->keeps = LAYER_KEEPS_X | LAYER_KEEPS_Y;
    return merge_infer(in, inputs_n, out, needs, e);
}

/* Offset in a sample of `s` of the start of row `row` (all axes but the last) of `out`. */
static size_t row_offset(const struct shape *s, const struct shape *out, size_t row)
{
    size_t offset = 0, step = aligned(s, out, out->rank - 1);
    for (size_t axis = out->rank - 1; axis-- > 0;) {
        size_t size = aligned(s, out, axis);
        if (size > 1)
            offset += row % out->dim[axis] * step;
        row /= out->dim[axis];
        step *= size;
    }
    return offset;
}

const float *merge_expand(const struct layer_call *c, size_t i, float *place)
{
    const struct shape *s = &c->in[i], *out = c->out;
    if (shape_equal(s, out))
        return c->x[i];
    size_t width = out->dim[out->rank - 1], rows = shape_size(out) / width, size = shape_size(s);
    int whole = aligned(s, out, out->rank - 1) == width;
    for (size_t r = 0; r < c->n * rows; r++) {
        const float *x = c->x[i] + r / rows * size + row_offset(s, out, r % rows);
        for (size_t k = 0; k < width; k++)
            place[r * width + k] = whole ? x[k] : *x;
    }
    return place;
}

void merge_reduce(const struct layer_call *c, size_t i, const float *g)
{
    const struct shape *s = &c->in[i], *out = c->out;
    if (shape_equal(s, out)) {
        layer_copy(c->n * shape_size(out), g, c->dx[i]);
        return;
    }
    size_t width = out->dim[out->rank - 1], rows = shape_size(out) / width, size = shape_size(s);
    size_t step = aligned(s, out, out->rank - 1) == width;
    memset(c->dx[i], 0, c->n * size * sizeof(float));
    for (size_t r = 0; r < c->n * rows; r++) {
        float *dx = c->dx[i] + r / rows * size + row_offset(s, out, r % rows);
        for (size_t k = 0; k < width; k++)
            dx[k * step] += g[r * width + k];
    }
}

float *merge_target(const struct layer_call *c, size_t i)
{
    return shape_equal(&c->in[i], c->out) ? c->dx[i] : c->scratch;
}

float *merge_spare(const struct layer_call *c)
{
    for (size_t i = 0; i < c->inputs_n; i++)
        if (!shape_equal(&c->in[i], c->out))
            return c->scratch + c->n * shape_size(c->out);
    return NULL;
}

void merge_fold(const struct layer_call *c, merge_operation *op)
{
    size_t n = c->n * shape_size(c->out);
    const float *folded = merge_expand(c, 0, c->y);
    for (size_t i = 1; i < c->inputs_n; i++) {
        op(n, folded, merge_expand(c, i, c->scratch), c->y);
        folded = c->y;
    }
    layer_copy(n, folded, c->y);
}

void merge_pass(const struct layer_call *c, size_t i, float factor)
{
    float *g = merge_target(c, i);
    if (!c->dx[i])
        return;
    if (factor == 1.0f) {
        merge_reduce(c, i, c->dy);
        return;
    }
    c->kern->scale(c->n * shape_size(c->out), factor, c->dy, g);
    merge_reduce(c, i, g);
}

void merge_backward_chosen(const struct layer_call *c)
{
    size_t n = c->n * shape_size(c->out);
    for (size_t i = 0; i < c->inputs_n; i++) {
        float *g = c->dx[i] ? merge_target(c, i) : NULL;
        const float *x = merge_expand(c, i, merge_spare(c));
        for (size_t k = 0; k < n; k++) {
            int chosen = x[k] == c->y[k];
            if (g)
                g[k] = chosen ? c->dy[k] : 0.0f;
            c->dy[k] = chosen ? 0.0f : c->dy[k]; /* what is left for later inputs */
        }
        if (g)
            merge_reduce(c, i, g);
    }
}
