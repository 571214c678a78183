#include "engine/layer/slice.h"
#include <math.h>
#include <string.h>

#define BOUND(name, doc)                                                                                        \
    {                                                                                                           \
        #name, PARAM_INTS, offsetof(struct slice_params, name), NAN, -SLICE_OPEN, SLICE_OPEN, "", doc, NULL, 1 \
    }
static const struct param rows[] = {
    {"part", PARAM_INTS, offsetof(struct slice_params, part), NAN, SLICE_RANGE, SLICE_NEW_AXIS, "",
     "0: a range; 1: one index; 2: all axes that are left; 3: a new axis. The batch's is the first", NULL, 1},
    BOUND(start, "first place, or the index; 2^30: not given"), BOUND(stop, "the place behind the last"),
    BOUND(step, "from place to place"), LAYER_ROWS_END};

/* Where the output is taken from: value (i, j, ...) at first + i * step[0] + j * step[1] ... of the input. */
struct slice_plan {
    struct shape out;
    long first, step[SHAPE_MAX_RANK];
};

static int add_axis(struct slice_plan *s, size_t size, long step, struct err *e)
{
    if (s->out.rank == SHAPE_MAX_RANK)
        return err_set(e, ERR_INPUT, "the output would have more than %d axes", SHAPE_MAX_RANK);
    s->step[s->out.rank] = step;
    s->out.dim[s->out.rank++] = size;
    return 0;
}

static long within(long v, long low, long high)
{
    return v < low ? low : v > high ? high : v;
}

/* Python's rules for a range over `size` places, each `stride` values wide. */
static int add_range(struct slice_plan *s, const struct slice_params *p, size_t i, long size, long stride,
                     struct err *e)
{
    long step = p->step.v[i] == SLICE_OPEN ? 1 : p->step.v[i], start = p->start.v[i], stop = p->stop.v[i];
    if (step == 0)
        return err_set(e, ERR_INPUT, "a slice has step 0");
    long low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    start = start == SLICE_OPEN ? (step > 0 ? low : high) : within(start < 0 ? start + size : start, low, high);
    stop = stop == SLICE_OPEN ? (step > 0 ? high : low) : within(stop < 0 ? stop + size : stop, low, high);
    long count = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
    if (count <= 0)
        return err_set(e, ERR_INPUT, "a slice is empty");
    s->first += start * stride;
    return add_axis(s, (size_t)count, step * stride, e);
}

static int add_index(struct slice_plan *s, long index, long size, long stride, struct err *e)
{
    if (index < -size || index >= size)
        return err_set(e, ERR_INPUT, "index %ld is outside an axis of %ld", index, size);
    s->first += (index < 0 ? index + size : index) * stride;
    return 0;
}

/* How many parts take an axis each, the batch's included; a second "..." is refused. */
static int count_parts(const struct slice_params *p, size_t *n, struct err *e)
{
    size_t rests = 0;
    *n = 0;
    for (size_t i = 0; i < p->part.n; i++) {
        *n += p->part.v[i] == SLICE_RANGE || p->part.v[i] == SLICE_INDEX;
        rests += p->part.v[i] == SLICE_REST;
    }
    return rests <= 1 ? 0 : err_set(e, ERR_INPUT, "has more than one '...'");
}

static int check_batch(const struct slice_params *p, struct err *e)
{
    if (p->part.n > 0 && p->start.n == p->part.n && p->stop.n == p->part.n && p->step.n == p->part.n &&
        (p->part.v[0] == SLICE_REST || (p->part.v[0] == SLICE_RANGE && p->start.v[0] == SLICE_OPEN &&
                                        p->stop.v[0] == SLICE_OPEN && p->step.v[0] == SLICE_OPEN)))
        return 0;
    return err_set(e, ERR_INPUT, "takes samples by their place in the batch; the first part of the index must be ':'");
}

static int make_plan(const struct slice_params *p, const struct shape *in, struct slice_plan *s, struct err *e)
{
    size_t parts, axis = 0;
    long stride[SHAPE_MAX_RANK + 1];
    *s = (struct slice_plan){0};
    TRY(check_batch(p, e));
    TRY(count_parts(p, &parts, e));
    if (parts > in->rank + 1)
        return err_set(e, ERR_INPUT, "has an index of %zu axes for samples of %zu", parts - 1, in->rank);
    stride[in->rank] = 1;
    for (size_t i = in->rank; i-- > 0;)
        stride[i] = stride[i + 1] * (long)in->dim[i];
    size_t rest = in->rank + 1 - parts; /* axes that '...' stands for */
    for (size_t i = 0; i < p->part.n; i++) {
        if (i == 0 && p->part.v[0] == SLICE_RANGE)
            continue; /* the batch */
        switch (p->part.v[i]) {
        case SLICE_RANGE:
            TRY(add_range(s, p, i, (long)in->dim[axis], stride[axis + 1], e));
            axis++;
            break;
        case SLICE_INDEX:
            TRY(add_index(s, p->start.v[i], (long)in->dim[axis], stride[axis + 1], e));
            axis++;
            break;
        case SLICE_REST:
            for (size_t k = i == 0; k < rest; k++, axis++)
                TRY(add_axis(s, in->dim[axis], stride[axis + 1], e));
            break;
        default:
            TRY(add_axis(s, 1, 0, e));
        }
    }
    for (; axis < in->rank; axis++)
        TRY(add_axis(s, in->dim[axis], stride[axis + 1], e));
    if (s->out.rank == 0)
        TRY(add_axis(s, 1, 0, e));
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    struct slice_plan s;
    (void)needs;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    TRY(make_plan(params, in, &s, e));
    *out = s.out;
    return layer_check_shape(out, "output", e);
}

static size_t place_of(const struct slice_plan *s, size_t i)
{
    long at = s->first;
    for (size_t axis = s->out.rank; axis-- > 0;) {
        at += (long)(i % s->out.dim[axis]) * s->step[axis];
        i /= s->out.dim[axis];
    }
    return (size_t)at;
}

size_t slice_place(const void *params, const struct shape *in, size_t i)
{
    struct slice_plan s;
    (void)make_plan(params, in, &s, NULL);
    return place_of(&s, i);
}

static void forward(const struct layer_call *c)
{
    struct slice_plan s;
    size_t size = shape_size(c->in), out = shape_size(c->out);
    (void)make_plan(c->params, c->in, &s, NULL); /* infer has checked it */
    for (size_t i = 0; i < c->n * out; i++)
        c->y[i] = c->x[0][i / out * size + place_of(&s, i % out)];
}

static void backward(const struct layer_call *c)
{
    struct slice_plan s;
    size_t size = shape_size(c->in), out = shape_size(c->out);
    if (!c->dx[0])
        return;
    (void)make_plan(c->params, c->in, &s, NULL);
    memset(c->dx[0], 0, c->n * size * sizeof(float));
    for (size_t i = 0; i < c->n * out; i++)
        c->dx[0][i / out * size + place_of(&s, i % out)] = c->dy[i];
}

const struct layer_kind layer_kind_slice = {
    .name = "slice",
    .source = "Python's indexing, as tf.Tensor and keras.ops follow it",
    .param_size = sizeof(struct slice_params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .scores = 1,
    .doc = "x[:, first:last:step], x[:, i]",
};
