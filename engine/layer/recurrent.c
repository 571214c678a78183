/* Parameters, weights and products of the recurrent kinds; see recurrent.h. */
#include "engine/layer/recurrent.h"
#include <string.h>

/* Offsets of the packed parts, in floats. */
struct parts {
    size_t state, bias, state_bias, input_back, joint_back, rest_back, end;
};

static struct parts parts(const struct recurrent_form *f, size_t features, size_t units)
{
    struct parts s;
    s.state = f->gates * kern_packed_size(features, units);
    s.bias = s.state + f->gates * kern_packed_size(units, units);
    s.state_bias = s.bias + f->gates * layer_panels(units);
    s.input_back = s.state_bias + f->gates * layer_panels(units);
    s.joint_back = s.input_back + kern_packed_size(f->gates * units, features);
    s.rest_back = s.joint_back + kern_packed_size(f->joint * units, units);
    s.end = s.rest_back + kern_packed_size((f->gates - f->joint) * units, units);
    return s;
}

int recurrent_finish(void *params, struct err *e)
{
    struct recurrent_params *p = params;
    (void)e;
    p->function = activation_function((enum activation_name)p->activation);
    p->gate = activation_function((enum activation_name)p->recurrent_activation);
    return 0;
}

static int refuse(const char *key, const char *why, struct err *e)
{
    return err_set(e, ERR_INPUT, "%s is not supported: %s", key, why);
}

static int add_weights(const struct recurrent_form *f, size_t features, size_t units, struct layer_needs *needs,
                       struct err *e)
{
    size_t width = f->gates * units;
    struct shape one = {1, {width}}, two = {2, {2, width}}, long_one = {1, {2 * width}};
    TRY(layer_add_weight(needs, "kernel", &(struct shape){2, {features, width}}, 0, e));
    TRY(layer_add_weight(needs, "recurrent_kernel", &(struct shape){2, {units, width}}, 0, e));
    if (f->biases == 0)
        return 0;
    return layer_add_weight(needs, "bias",
                            f->biases == 1                 ? &one
                            : f->layout == RECURRENT_CUDNN ? &long_one
                                                           : &two,
                            0, e);
}

int recurrent_infer(const struct recurrent_params *p, const struct recurrent_form *f, const struct shape *in,
                    size_t inputs_n, struct shape *out, struct layer_needs *needs, struct err *e)
{
    char text[128];
    TRY(layer_check_rank(in, inputs_n == 2 ? 1 : inputs_n, 2, e));
    if (inputs_n == 2 && !shape_equal(&in[1], &(struct shape){1, {in->dim[0]}}))
        return err_set(e, ERR_INPUT, "the mask has shape %s, where there are %zu steps",
                       shape_text(&in[1], text, sizeof text), in->dim[0]);
    if (p->return_state)
        return refuse("return_state", "the layer would have more than one output", e);
    if (p->stateful)
        return refuse("stateful", "a sample's output would depend on the samples before it", e);
    if (p->time_major)
        return refuse("time_major", "the first axis must be the batch", e);
    size_t steps = in->dim[0], features = in->dim[1], units = (size_t)p->units;
    struct shape kept = {3, {steps, f->gates + f->saved, units}};
    *out = p->return_sequences ? (struct shape){2, {steps, units}} : (struct shape){1, {units}};
    TRY(layer_check_shape(&kept, "the kept state of all steps", e));
    TRY(add_weights(f, features, units, needs, e));
    needs->packed = parts(f, features, units).end;
    needs->saved = shape_size(&kept);
    needs->keeps = inputs_n == 2 ? LAYER_KEEPS_X : 0;
    needs->scratch_sample = f->scratch * units;
    needs->flops = 2.0 * (double)steps * (double)(f->gates * units) * (double)(features + units);
    return 0;
}

/* Element (row, column of the gate) of a stored kernel with `rows` rows. */
static float kernel_at(const struct recurrent_form *f, const float *kernel, size_t units, size_t gate, size_t rows,
                       size_t row, size_t column)
{
    if (f->layout == RECURRENT_CUDNN) {
        size_t at = column * rows + row; /* in the (units, rows) matrix, which fills (rows, units) row by row */
        row = at / units;
        column = at % units;
    }
    return kernel[row * f->gates * units + gate * units + column];
}

static void pack_gate(const struct recurrent_form *f, const float *kernel, size_t units, size_t gate, size_t rows,
                      float *packed)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < units; j++)
            packed[(j / KERN_LANES * rows + row) * KERN_LANES + j % KERN_LANES] =
                kernel_at(f, kernel, units, gate, rows, row, j);
}

/* Gates first .. first + gates - 1 transposed: k = (gate, unit), columns = the kernel's rows. */
static void pack_back(const struct recurrent_form *f, const float *kernel, size_t units, size_t first, size_t gates,
                      size_t rows, float *packed)
{
    for (size_t k = 0; k < gates * units; k++)
        for (size_t row = 0; row < rows; row++)
            packed[(row / KERN_LANES * gates * units + k) * KERN_LANES + row % KERN_LANES] =
                kernel_at(f, kernel, units, first + k / units, rows, row, k % units);
}

static void pack_bias(const struct recurrent_form *f, const float *bias, size_t units, float *first, float *second)
{
    size_t width = f->gates * units;
    for (size_t k = 0; k < width; k++) {
        size_t at = k / units * layer_panels(units) + k % units;
        first[at] = bias[k];
        if (f->split)
            second[at] = bias[width + k];
        else if (f->biases == 2)
            first[at] += bias[width + k];
    }
}

void recurrent_pack(const struct recurrent_params *p, const struct recurrent_form *f, const struct shape *in,
                    const float *const *weight, float *packed)
{
    size_t features = in->dim[1], units = (size_t)p->units;
    struct parts s = parts(f, features, units);
    memset(packed, 0, s.end * sizeof *packed);
    for (size_t gate = 0; gate < f->gates; gate++) {
        pack_gate(f, weight[0], units, gate, features, packed + gate * kern_packed_size(features, units));
        pack_gate(f, weight[1], units, gate, units, packed + s.state + gate * kern_packed_size(units, units));
    }
    if (f->biases > 0)
        pack_bias(f, weight[2], units, packed + s.bias, packed + s.state_bias);
    pack_back(f, weight[0], units, 0, f->gates, features, packed + s.input_back);
    pack_back(f, weight[1], units, 0, f->joint, units, packed + s.joint_back);
    pack_back(f, weight[1], units, f->joint, f->gates - f->joint, units, packed + s.rest_back);
}

struct recurrent recurrent_open(const struct layer_call *c, const struct recurrent_form *f)
{
    const struct recurrent_params *p = c->params;
    struct recurrent r = {.c = c, .p = p, .form = f, .steps = c->in->dim[0], .features = c->in->dim[1]};
    r.units = (size_t)p->units;
    r.block = c->n * r.units;
    struct parts s = parts(f, r.features, r.units);
    r.input = c->packed;
    r.state = c->packed + s.state;
    r.bias = f->biases > 0 ? c->packed + s.bias : NULL;
    r.state_bias = f->split ? c->packed + s.state_bias : NULL;
    r.input_back = c->packed + s.input_back;
    r.joint_back = c->packed + s.joint_back;
    r.rest_back = c->packed + s.rest_back;
    r.more = c->saved + r.steps * f->gates * r.block;
    return r;
}

size_t recurrent_time(const struct recurrent *r, size_t s)
{
    return r->p->go_backwards ? r->steps - 1 - s : s;
}

float *recurrent_z(const struct recurrent *r, size_t time)
{
    return r->c->saved + time * r->form->gates * r->block;
}

float *recurrent_kept(const struct recurrent *r, size_t which, size_t time)
{
    return r->more + (which * r->steps + time) * r->block;
}

void recurrent_mask_back(const struct layer_call *c)
{
    if (c->inputs_n == 2 && c->dx[1])
        memset(c->dx[1], 0, c->n * shape_size(&c->in[1]) * sizeof(float));
}

static int counts(const struct recurrent *r, size_t i, size_t time)
{
    return r->c->inputs_n < 2 || r->c->x[1][i * r->steps + time] != 0.0f;
}

void recurrent_hold(const struct recurrent *r, size_t time, const float *before, float *now)
{
    size_t u = r->units;
    for (size_t i = 0; i < r->c->n; i++) {
        if (counts(r, i, time))
            continue;
        if (before)
            memcpy(now + i * u, before + i * u, u * sizeof *now);
        else
            memset(now + i * u, 0, u * sizeof *now);
    }
}

void recurrent_inputs(const struct recurrent *r)
{
    static const size_t start = 0;
    size_t in = r->features, out = r->units;
    for (size_t gate = 0; gate < r->form->gates; gate++)
        r->c->kern->gemm(&(struct kern_gemm){.a = r->c->x[0],
                                             .b = r->input + gate * kern_packed_size(in, out),
                                             .c = r->c->saved + gate * r->block,
                                             .count = {1, r->steps, r->c->n},
                                             .a_step = {0, in, r->steps * in},
                                             .c_step = {0, r->form->gates * r->block, out},
                                             .n = out,
                                             .segments = 1,
                                             .segment_length = in,
                                             .segment_offset = &start,
                                             .finish.bias = r->bias ? r->bias + gate * layer_panels(out) : NULL});
}

void recurrent_state(const struct recurrent *r, size_t gate, const float *h, float *out)
{
    const struct kern_finish finish = {.bias = r->state_bias ? r->state_bias + gate * layer_panels(r->units) : NULL};
    layer_product(r->c->kern, r->c->n, r->units, r->units, h, r->state + gate * kern_packed_size(r->units, r->units),
                  &finish, out);
}

/* Whether sample i's output at step s is its state, and not a 0 for padding. */
static int shows(const struct recurrent *r, size_t i, size_t s)
{
    return !r->p->zero_output_for_mask || counts(r, i, recurrent_time(r, s));
}

void recurrent_emit(const struct recurrent *r, size_t s, const float *h)
{
    size_t u = r->units;
    if (!r->p->return_sequences && s + 1 == r->steps)
        memcpy(r->c->y, h, r->block * sizeof *h);
    for (size_t i = 0; r->p->return_sequences && i < r->c->n; i++) {
        float *y = r->c->y + (i * r->steps + s) * u;
        if (shows(r, i, s))
            memcpy(y, h + i * u, u * sizeof *h);
        else
            memset(y, 0, u * sizeof *y);
    }
}

void recurrent_receive(const struct recurrent *r, size_t s, float *dh)
{
    size_t u = r->units;
    if (!r->p->return_sequences && s + 1 == r->steps)
        r->c->kern->add(r->block, dh, r->c->dy, dh);
    for (size_t i = 0; r->p->return_sequences && i < r->c->n; i++)
        if (shows(r, i, s))
            r->c->kern->add(u, dh + i * u, r->c->dy + (i * r->steps + s) * u, dh + i * u);
}

void recurrent_input_back(const struct recurrent *r, size_t time, const float *dz)
{
    size_t offset[RECURRENT_MAX_GATES], in = r->features;
    for (size_t gate = 0; gate < r->form->gates; gate++)
        offset[gate] = gate * r->block;
    r->c->kern->gemm(&(struct kern_gemm){.a = dz,
                                         .b = r->input_back,
                                         .c = r->c->dx[0] + time * in,
                                         .count = {1, 1, r->c->n},
                                         .a_step = {0, 0, r->units},
                                         .c_step = {0, 0, r->steps * in},
                                         .n = in,
                                         .segments = r->form->gates,
                                         .segment_length = r->units,
                                         .segment_offset = offset});
}

void recurrent_joint_back(const struct recurrent *r, const size_t *at, const float *dz, float *out)
{
    size_t offset[RECURRENT_MAX_GATES];
    for (size_t i = 0; i < r->form->joint; i++)
        offset[i] = at[i] * r->block;
    r->c->kern->gemm(&(struct kern_gemm){.a = dz,
                                         .b = r->joint_back,
                                         .c = out,
                                         .count = {1, 1, r->c->n},
                                         .a_step = {0, 0, r->units},
                                         .c_step = {0, 0, r->units},
                                         .n = r->units,
                                         .segments = r->form->joint,
                                         .segment_length = r->units,
                                         .segment_offset = offset});
}

void recurrent_rest_back(const struct recurrent *r, const float *dz, float *out)
{
    layer_product(r->c->kern, r->c->n, r->units, r->units, dz, r->rest_back, NULL, out);
}

void recurrent_function(const struct recurrent *r, const float *z, float *y)
{
    activation_apply(r->c->kern, &r->p->function, r->block, z, y);
}

void recurrent_gate(const struct recurrent *r, size_t blocks, const float *z, float *y)
{
    activation_apply(r->c->kern, &r->p->gate, blocks * r->block, z, y);
}

void recurrent_function_back(const struct recurrent *r, const float *z, const float *dy, float *dz)
{
    activation_apply_backward(r->c->kern, &r->p->function, r->block, z, NULL, dy, dz);
}

void recurrent_gate_back(const struct recurrent *r, const float *z, const float *dy, float *dz)
{
    activation_apply_backward(r->c->kern, &r->p->gate, r->block, z, NULL, dy, dz);
}
