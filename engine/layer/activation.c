#include "engine/layer/activation.h"
#include <float.h>
#include <math.h>
#include <string.h>

extern const struct layer_kind layer_kind_activation;

#define ROW(name, function, a, b, c) {function, a, b, c},
static const struct activation_params functions[] = {ACTIVATION_TABLE(ROW)};
#undef ROW
#define NAME(name, function, a, b, c) #name,
const char *const activation_names[] = {ACTIVATION_TABLE(NAME) NULL};
#undef NAME

struct activation_params activation_function(enum activation_name name)
{
    return functions[name];
}

#define LAYER(name) +1
enum { NAMES_MAX = ACTIVATIONS
#include "engine/layer/layers.def"
};
#undef LAYER

static int unknown(const char *name, struct err *e)
{
    const char *names[NAMES_MAX];
    size_t n = 0;
    for (const struct layer_kind *const *k = layer_kinds; *k; k++)
        if ((*k)->activation)
            names[n++] = (*k)->activation;
    for (size_t i = 0; i < ACTIVATIONS; i++)
        names[n++] = activation_names[i];
    const char *nearest = err_nearest(name, names, n);
    return err_set(e, ERR_INPUT, "activation '%s' is not supported%s%s%s", name, nearest ? " (did you mean '" : "",
                   nearest ? nearest : "", nearest ? "'?)" : "");
}

const struct layer_kind *layer_activation(const char *name, void *params,
                                          size_t params_size, struct err *e)
{
    memset(params, 0, params_size);
    for (const struct layer_kind *const *k = layer_kinds; *k; k++)
        if ((*k)->activation && strcmp(name, (*k)->activation) == 0) {
            param_defaults((*k)->params, params);
            return (*k)->finish && (*k)->finish(params, e) != 0 ? NULL : *k;
        }
    for (size_t i = 0; i < ACTIVATIONS; i++)
        if (strcmp(name, activation_names[i]) == 0) {
            struct activation_params p = activation_function((enum activation_name)i);
            memcpy(params, &p, sizeof p);
            return &layer_kind_activation;
        }
    (void)unknown(name, e);
    return NULL;
}

/* Whether the derivative can be read from the sign of y. */
static int by_sign(const struct activation_params *p)
{
    return p->function == KERN_RELU || (p->function == KERN_LEAKY_RELU && p->a > 0);
}

int activation_infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                     struct layer_needs *needs, struct err *e)
{
    const struct activation_params *p = params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    if (by_sign(p))
        needs->keeps = LAYER_KEEPS_Y;
    else if (p->function != KERN_LINEAR)
        needs->keeps = LAYER_KEEPS_X | LAYER_KEEPS_Y;
    return 0;
}

void activation_apply(const struct kern *kern, const struct activation_params *p, size_t n, const float *x, float *y)
{
    struct kern_function_params f = {(float)p->a, (float)p->b, (float)p->c};
    kern->function((enum kern_function)p->function, &f, n, x, y);
}

void activation_apply_backward(const struct kern *kern, const struct activation_params *p, size_t n, const float *x,
                               const float *y, const float *dy, float *dx)
{
    struct kern_function_params f = {(float)p->a, (float)p->b, (float)p->c};
    kern->function_backward((enum kern_function)p->function, &f, n, x, y, dy, dx);
}

void activation_forward(const struct layer_call *c)
{
    const struct activation_params *p = c->params;
    if (p->function == KERN_LINEAR)
        layer_copy_forward(c);
    else
        activation_apply(c->kern, p, c->n * shape_size(c->out), c->x[0], c->y);
}

void activation_backward(const struct layer_call *c)
{
    const struct activation_params *p = c->params;
    if (p->function == KERN_LINEAR)
        layer_copy_backward(c);
    else if (c->dx[0])
        activation_apply_backward(c->kern, p, c->n * shape_size(c->out), by_sign(p) ? c->y : c->x[0], c->y, c->dy,
                                  c->dx[0]);
}

/* ---- bounds ---- */

/* Functions that fall to a least value, then rise for good: where it is and what. All others of the table only rise. */
struct dip {
    float at, value;
};

static const struct dip dips[KERN_FUNCTIONS] = {[KERN_SILU] = {-1.2784645f, -0.27846454f},
                                                [KERN_GELU] = {-0.75179154f, -0.16997121f},
                                                [KERN_GELU_TANH] = {-0.7524614f, -0.17004075f},
                                                [KERN_MISH] = {-1.1924312f, -0.3088434f},
                                                [KERN_HARD_SILU] = {-1.5f, -0.375f}};

#define FUNCTION_ERROR 0x1p-20f    /* above the errors of the kernels' functions and products of them, relative */
#define GELU_ERROR 0x1p-20f        /* absolute: 1 + erf(x) loses its digits far below 0 */

/* Functions of a few roundings, each of which keeps the order of numbers: their values at the ends are the bounds. */
static int is_exact(int function)
{
    return function == KERN_LINEAR || function == KERN_RELU || function == KERN_LEAKY_RELU ||
           function == KERN_RELU_CLIP || function == KERN_HARD_SIGMOID;
}

static float margin(int function, float y)
{
    return fabsf(y) * FUNCTION_ERROR + FLT_MIN + (function == KERN_GELU ? GELU_ERROR : 0);
}

void activation_bounds(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                       float *y_high)
{
    const struct activation_params *p = c->params;
    const struct dip *dip = &dips[p->function];
    size_t n = c->n * shape_size(c->out);
    layer_copy_bounds(c, low, high, y_low, y_high);
    if (p->function == KERN_LINEAR)
        return;
    activation_apply(c->kern, p, n, low[0], y_low);
    activation_apply(c->kern, p, n, high[0], y_high);
    for (size_t i = 0; !is_exact(p->function) && i < n; i++) {
        float least = fminf(y_low[i], y_high[i]), most = fmaxf(y_low[i], y_high[i]);
        least = dip->value < 0 && low[0][i] < dip->at && dip->at < high[0][i] ? dip->value : least;
        y_low[i] = least - margin(p->function, least);
        y_high[i] = most + margin(p->function, most);
    }
}

enum layer_role activation_role(const void *params)
{
    const struct activation_params *p = params;
    switch (p->function) {
    case KERN_LINEAR:
        return LAYER_IDENTITY;
    case KERN_RELU:
        return LAYER_RELU;
    case KERN_SIGMOID:
        return LAYER_SIGMOID;
    default:
        return LAYER_OTHER;
    }
}

/* By itself it is the identity: its parameters come from layer_activation. */
const struct layer_kind layer_kind_activation = {
    .name = "activation",
    .source = "keras.activations; hard_sigmoid6 is hard_sigmoid of Keras 3, gelu is in its erf form",
    .param_size = sizeof(struct activation_params),
    .params = layer_no_rows,
    .infer = activation_infer,
    .forward = activation_forward,
    .backward = activation_backward,
    .bounds = activation_bounds,
    .role = activation_role,
    .in_place = 1,
    .axes = LAYER_AXES_ANY,
    .masking = LAYER_MASK_KEPT,
    .doc = "element-wise function by name",
};
