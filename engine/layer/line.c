/* Lines as images of height 1; see line.h. */
#include "engine/layer/line.h"
#include <string.h>

int line_pair(struct param_ints *list, const char *name, long fill, struct err *e)
{
    if (list->n > 1)
        return err_set(e, ERR_INPUT, "%s wants one number, got %zu", name, list->n);
    if (list->n == 1) {
        list->v[1] = list->v[0];
        list->v[0] = fill;
        list->n = 2;
    }
    return 0;
}

int line_conv(struct conv_params *p, struct err *e)
{
    TRY(line_pair(&p->kernel_size, "kernel_size", 1, e));
    TRY(line_pair(&p->strides, "strides", 1, e));
    return line_pair(&p->dilation_rate, "dilation_rate", 1, e);
}

int line_sides(struct param_ints *list, const char *name, struct err *e)
{
    if (list->n != 1 && list->n != 2)
        return err_set(e, ERR_INPUT, "%s wants one number or two (before, after), got %zu", name, list->n);
    long before = list->v[0], after = list->v[list->n - 1];
    *list = (struct param_ints){4, {0, 0, before, after}};
    return 0;
}

static struct shape image_of(const struct shape *line)
{
    return (struct shape){3, {1, line->dim[0], line->dim[1]}};
}

/* A shape without its first axis, which is 1. */
static void drop_height(struct shape *s)
{
    s->rank--;
    memmove(s->dim, s->dim + 1, s->rank * sizeof s->dim[0]);
}

int line_infer(const struct layer_kind *image, const void *params, const struct shape *in, size_t inputs_n,
               struct shape *out, struct layer_needs *needs, struct err *e)
{
    TRY(layer_check_rank(in, inputs_n, 2, e));
    struct shape s = image_of(in);
    TRY(image->infer(params, &s, 1, out, needs, e));
    if (out->rank == 3)
        drop_height(out);
    for (size_t i = 0; i < needs->weights_n; i++)
        if (needs->weight[i].shape.rank == 4)
            drop_height(&needs->weight[i].shape);
    return 0;
}

void line_pack(const struct layer_kind *image, const void *params, const struct shape *in, const float *const *weight,
               float *packed)
{
    struct shape s = image_of(in);
    image->pack(params, &s, weight, packed);
}

static struct layer_call image_call(const struct layer_call *c, struct shape *in, struct shape *out)
{
    struct layer_call call = *c;
    *in = image_of(c->in);
    *out = c->out->rank == 2 ? image_of(c->out) : *c->out;
    call.in = in;
    call.out = out;
    return call;
}

void line_forward(const struct layer_kind *image, const struct layer_call *c)
{
    struct shape in, out;
    struct layer_call call = image_call(c, &in, &out);
    image->forward(&call);
}

void line_backward(const struct layer_kind *image, const struct layer_call *c)
{
    struct shape in, out;
    struct layer_call call = image_call(c, &in, &out);
    image->backward(&call);
}
