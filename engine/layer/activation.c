#include "engine/layer/activation.h"
#include <math.h>
#include <string.h>

extern const struct layer_kind layer_kind_activation, layer_kind_softmax;

static const char *const classes[] = {"Activation", NULL};

/* Slope of `hard_sigmoid`, which changed with Keras 3. */
#define HARD_SLOPE_2 0.2
#define HARD_SLOPE_3 (1.0 / 6.0)

static const struct {
    const char *name;
    int function;
    double a, b, c;
} functions[] = {
    {"linear", KERN_LINEAR, 0, 0, 0},
    {"relu", KERN_RELU, 0, 0, 0},
    {"relu6", KERN_RELU_CLIP, 6, 0, 0},
    {"leaky_relu", KERN_LEAKY_RELU, 0.2, 0, 0},
    {"elu", KERN_ELU, 1, 0, 0},
    {"selu", KERN_SELU, 0, 0, 0},
    {"sigmoid", KERN_SIGMOID, 0, 0, 0},
    {"hard_sigmoid", KERN_HARD_SIGMOID, HARD_SLOPE_2, 0.5, 0},
    {"tanh", KERN_TANH, 0, 0, 0},
    {"softplus", KERN_SOFTPLUS, 0, 0, 0},
    {"softsign", KERN_SOFTSIGN, 0, 0, 0},
    {"exponential", KERN_EXPONENTIAL, 0, 0, 0},
    {"swish", KERN_SILU, 0, 0, 0},
    {"silu", KERN_SILU, 0, 0, 0},
    {"hard_swish", KERN_HARD_SILU, 0, 0, 0},
    {"hard_silu", KERN_HARD_SILU, 0, 0, 0},
    {"gelu", KERN_GELU, 0, 0, 0},
    {"mish", KERN_MISH, 0, 0, 0},
};
#define FUNCTIONS (sizeof functions / sizeof functions[0])

static int unknown(const char *name, struct err *e)
{
    const char *names[FUNCTIONS + 1] = {"softmax"};
    for (size_t i = 0; i < FUNCTIONS; i++)
        names[i + 1] = functions[i].name;
    const char *nearest = err_nearest(name, names, FUNCTIONS + 1);
    return err_set(e, ERR_INPUT, "activation '%s' is not supported%s%s%s", name, nearest ? " (did you mean '" : "",
                   nearest ? nearest : "", nearest ? "'?)" : "");
}

const struct layer_kind *layer_activation(const char *name, const struct layer_context *context, void *params,
                                          size_t params_size, struct err *e)
{
    memset(params, 0, params_size);
    if (strcmp(name, "softmax") == 0) {
        param_defaults(layer_kind_softmax.params, params);
        return &layer_kind_softmax;
    }
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (strcmp(name, functions[i].name) == 0) {
            struct activation_params p = {functions[i].function, functions[i].a, functions[i].b, functions[i].c};
            if (p.function == KERN_HARD_SIGMOID && context->keras_major >= 3)
                p.a = HARD_SLOPE_3;
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

static struct kern_function_params function_params(const struct activation_params *p)
{
    return (struct kern_function_params){(float)p->a, (float)p->b, (float)p->c};
}

void activation_forward(const struct layer_call *c)
{
    const struct activation_params *p = c->params;
    struct kern_function_params f = function_params(p);
    if (p->function == KERN_LINEAR)
        layer_copy_forward(c);
    else
        c->kern->function((enum kern_function)p->function, &f, c->n * shape_size(c->out), c->x[0], c->y);
}

void activation_backward(const struct layer_call *c)
{
    const struct activation_params *p = c->params;
    struct kern_function_params f = function_params(p);
    if (p->function == KERN_LINEAR)
        layer_copy_backward(c);
    else if (c->dx[0])
        c->kern->function_backward((enum kern_function)p->function, &f, c->n * shape_size(c->out),
                                   by_sign(p) ? c->y : c->x[0], c->y, c->dy, c->dx[0]);
}

enum layer_role activation_role(const void *params)
{
    const struct activation_params *p = params;
    switch (p->function) {
    case KERN_LINEAR: return LAYER_IDENTITY;
    case KERN_RELU: return LAYER_RELU;
    case KERN_SIGMOID: return LAYER_SIGMOID;
    default: return LAYER_OTHER;
    }
}

/* Read from a config, the class Activation is the identity: the reader puts its function behind it (layer_activation).
 */
const struct layer_kind layer_kind_activation = {
    .name = "activation",
    .source = "keras.activations; hard_sigmoid by Keras version, gelu in its erf form",
    .keras = classes,
    .param_size = sizeof(struct activation_params),
    .params = layer_no_rows,
    .infer = activation_infer,
    .forward = activation_forward,
    .backward = activation_backward,
    .role = activation_role,
    .in_place = 1,
    .doc = "element-wise function by name",
};
