/* One value for all along some axes: a chain over them, row-major. The gradient of largest and smallest goes to the
 * first that is it. */
#include "engine/layer/layer.h"
#include <math.h>
#include <string.h>

enum { MEAN, SUM, LARGEST, SMALLEST };

struct params {
    struct param_ints axis;
    int operation, keepdims;
};

static const char *const operations[] = {"mean", "sum", "max", "min", NULL};

static const struct param rows[] = {
    {"operation", PARAM_CHOICE, offsetof(struct params, operation), MEAN, 0, SMALLEST, "", "what becomes of the values",
     operations, 0},
    {"axis", PARAM_INTS, offsetof(struct params, axis), NAN, -SHAPE_MAX_RANK, SHAPE_MAX_RANK, "",
     "axes that are taken together; 0 is the batch", NULL, 1},
    {"keepdims", PARAM_BOOL, offsetof(struct params, keepdims), 0, 0, 1, "", "keep the axes as 1", NULL, 0},
    LAYER_ROWS_END};

/* Step in the output of each axis of the input: 0 along those that go. */
struct reduction {
    size_t count, step[SHAPE_MAX_RANK];
    struct shape out;
};

static int plan(const struct params *p, const struct shape *in, struct reduction *r, struct err *e)
{
    unsigned gone = 0;
    size_t axis, step = 1;
    *r = (struct reduction){.count = 1};
    if (p->axis.n == 0)
        return err_set(e, ERR_INPUT, "reduces all axes, and so would mix samples");
    for (size_t i = 0; i < p->axis.n; i++) {
        TRY(layer_axis(p->axis.v[i], in, &axis, e));
        gone |= 1u << axis;
    }
    for (size_t i = in->rank; i-- > 0;) {
        int goes = gone >> i & 1;
        r->count *= goes ? in->dim[i] : 1;
        r->step[i] = goes ? 0 : step;
        step *= goes ? 1 : in->dim[i];
    }
    for (size_t i = 0; i < in->rank; i++)
        if (p->keepdims || !(gone >> i & 1))
            r->out.dim[r->out.rank++] = gone >> i & 1 ? 1 : in->dim[i];
    if (r->out.rank == 0)
        r->out = (struct shape){1, {1}};
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct reduction r;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    TRY(plan(p, in, &r, e));
    *out = r.out;
    if (p->operation >= LARGEST) {
        needs->keeps = LAYER_KEEPS_X | LAYER_KEEPS_Y;
        needs->scratch_sample = shape_size(out);
    }
    return 0;
}

/* Where value i of a sample goes. */
static size_t place_of(const struct reduction *r, const struct shape *in, size_t i)
{
    size_t at = 0;
    for (size_t axis = in->rank; axis-- > 0;) {
        at += i % in->dim[axis] * r->step[axis];
        i /= in->dim[axis];
    }
    return at;
}

static void reduce_sample(const struct params *p, const struct reduction *r, const struct shape *in, const float *x,
                          float *y)
{
    size_t size = shape_size(in), out = shape_size(&r->out);
    float start = p->operation == LARGEST ? -INFINITY : p->operation == SMALLEST ? INFINITY : 0.0f;
    for (size_t i = 0; i < out; i++)
        y[i] = start;
    for (size_t i = 0; i < size; i++) {
        float *to = &y[place_of(r, in, i)];
        if (p->operation <= SUM)
            *to += x[i];
        else if (p->operation == LARGEST ? x[i] > *to : x[i] < *to)
            *to = x[i];
    }
    for (size_t i = 0; p->operation == MEAN && i < out; i++)
        y[i] /= (float)r->count;
}

static void forward(const struct layer_call *c)
{
    struct reduction r;
    (void)plan(c->params, c->in, &r, NULL); /* infer has checked it */
    for (size_t i = 0; i < c->n; i++)
        reduce_sample(c->params, &r, c->in, c->x[0] + i * shape_size(c->in), c->y + i * shape_size(c->out));
}

static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    struct reduction r;
    size_t size = shape_size(c->in), out = shape_size(c->out);
    if (!c->dx[0])
        return;
    (void)plan(p, c->in, &r, NULL);
    if (p->operation >= LARGEST)
        memset(c->scratch, 0, c->n * out * sizeof(float)); /* 1: the value that gets the gradient was met */
    for (size_t i = 0; i < c->n * size; i++) {
        size_t at = i / size * out + place_of(&r, c->in, i % size);
        float g = p->operation == MEAN ? c->dy[at] / (float)r.count : c->dy[at];
        if (p->operation >= LARGEST) {
            int chosen = c->scratch[at] == 0.0f && c->x[0][i] == c->y[at];
            c->scratch[at] = chosen ? 1.0f : c->scratch[at];
            g = chosen ? g : 0.0f;
        }
        c->dx[0][i] = g;
    }
}

const struct layer_kind layer_kind_reduce = {
    .name = "reduce",
    .source = "keras.ops.mean, sum, max, min",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .scores = 1,
    .doc = "mean, sum, largest or smallest along axes",
};
