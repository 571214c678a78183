#include "engine/net/mixture_program.h"
#include <math.h>
#include <string.h>
#include "engine/base/det64.h"

/* log(1 + x), x >= 0, without losing a small x */
static double log1p_of(double x)
{
    double u = 1 + x;
    return u == 1 ? x : det_log(u) * (x / (u - 1));
}

static double log_sigmoid(double x)
{
    return x < 0 ? x - log1p_of(det_exp(x)) : -log1p_of(det_exp(-x));
}

static size_t first_source(const struct mixture_step *s, size_t k)
{
    return k ? s->end[k - 1] : 0;
}

/* ---- forward ---- */

static double log_sum(const struct mixture_step *s, size_t k, const double *v)
{
    size_t begin = first_source(s, k), top = begin;
    double others = 0;
    for (size_t i = begin; i < s->end[k]; i++)
        top = v[s->from[i]] + s->weight[i] > v[s->from[top]] + s->weight[top] ? i : top;
    const double most = v[s->from[top]] + s->weight[top];
    for (size_t i = begin; i < s->end[k]; i++)
        others += i == top ? 0 : det_exp(v[s->from[i]] + s->weight[i] - most);
    return most + log1p_of(others);
}

static double sum(const struct mixture_step *s, size_t k, const double *v)
{
    double out = 0;
    for (size_t i = first_source(s, k); i < s->end[k]; i++)
        out += s->weight[i] * v[s->from[i]];
    return out;
}

/* The source that is the largest or least, the first of equals. */
static size_t chosen(const struct mixture_step *s, size_t k, const double *v)
{
    size_t best = first_source(s, k);
    for (size_t i = best + 1; i < s->end[k]; i++) {
        const double x = v[s->from[i]], y = v[s->from[best]];
        best = (s->op == MIXTURE_LARGEST ? x > y : x < y) ? i : best;
    }
    return s->from[best];
}

static size_t largest(size_t n, const double *v)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        best = v[i] > v[best] ? i : best;
    return best;
}

/* The largest is -log(1 + the others), which keeps what is left below 1. */
static void log_softmax(const struct mixture_step *s, size_t row, double *v)
{
    double *y = v + s->first + row, others = 0;
    for (size_t i = 0; i < s->width; i++)
        y[i] = v[s->from[row + i]];
    const size_t top = largest(s->width, y);
    const double most = y[top];
    for (size_t i = 0; i < s->width; i++)
        others += i == top ? 0 : det_exp(y[i] - most);
    const double rest = log1p_of(others);
    for (size_t i = 0; i < s->width; i++)
        y[i] = y[i] - most - rest;
}

static double number(const struct mixture_step *s, size_t k, const float *x, const double *v)
{
    switch (s->op) {
    case MIXTURE_INPUT: return (double)x[k];
    case MIXTURE_MASK: return x[k] != 0.0f ? 0 : -(double)INFINITY;
    case MIXTURE_CONSTANT: return s->weight[k];
    case MIXTURE_SIGMOID: return log_sigmoid(s->weight[k] * v[s->from[k]]);
    case MIXTURE_SUM: return sum(s, k, v);
    case MIXTURE_LOG_SUM: return log_sum(s, k, v);
    default: return v[chosen(s, k, v)];
    }
}

static void run_step(const struct mixture_step *s, const float *x, double *v)
{
    for (size_t k = 0; s->op == MIXTURE_SOFTMAX && k < s->n; k += s->width)
        log_softmax(s, k, v);
    for (size_t k = 0; s->op != MIXTURE_SOFTMAX && k < s->n; k++)
        v[s->first + k] = number(s, k, x, v);
}

static void run_sample(const struct layer_call *c, size_t sample, double *v)
{
    const struct mixture_program *p = c->params;
    for (const struct mixture_step *s = p->step; s; s = s->next)
        run_step(s, c->x[s->input] + sample * shape_size(&c->in[s->input]), v);
}

static void forward(const struct layer_call *c)
{
    const struct mixture_program *p = c->params;
    double *v = (double *)(void *)c->scratch;
    for (size_t i = 0; i < c->n; i++) {
        run_sample(c, i, v);
        const double *z = v + p->result, most = z[largest(p->result_n, z)];
        for (size_t k = 0; k < p->result_n; k++)
            c->y[i * p->result_n + k] = (float)(z[k] - most);
    }
}

/* ---- backward: d (numbers) from the last step to the first ---- */

static double sum_without(size_t n, const double *v, size_t skip)
{
    double out = 0;
    for (size_t i = 0; i < n; i++)
        out += i == skip ? 0 : v[i];
    return out;
}

/* dx_i = (1 - p_i) dy_i - p_i sum over j != i of dy_j. For the largest p both sums are made without it: that keeps what
 * would be lost in 1 - p. */
static void softmax_back(const struct mixture_step *s, size_t row, const double *v, double *d)
{
    const double *y = v + s->first + row, *dy = d + s->first + row;
    const size_t top = largest(s->width, y);
    const double all = sum_without(s->width, dy, s->width);
    double below = 0;
    for (size_t i = 0; i < s->width; i++)
        below += i == top ? 0 : det_exp(y[i]);
    for (size_t i = 0; i < s->width; i++) {
        const double p = det_exp(y[i]), rest = i == top ? below : 1 - p;
        const double others = i == top ? sum_without(s->width, dy, top) : all - dy[i];
        d[s->from[row + i]] += rest * dy[i] - p * others;
    }
}

static void number_back(const struct mixture_step *s, size_t k, const double *v, double *d)
{
    const double dy = d[s->first + k], y = v[s->first + k];
    if (s->op == MIXTURE_SIGMOID) {
        d[s->from[k]] += dy * s->weight[k] * det_exp(log_sigmoid(-s->weight[k] * v[s->from[k]]));
        return;
    }
    if (s->op == MIXTURE_LARGEST || s->op == MIXTURE_LEAST) {
        d[chosen(s, k, v)] += dy;
        return;
    }
    for (size_t i = first_source(s, k); i < s->end[k]; i++)
        d[s->from[i]] += dy * (s->op == MIXTURE_SUM ? s->weight[i] : det_exp(v[s->from[i]] + s->weight[i] - y));
}

static void step_back(const struct mixture_step *s, const struct layer_call *c, size_t sample, const double *v,
                      double *d)
{
    const size_t size = shape_size(&c->in[s->input]);
    if (s->op == MIXTURE_INPUT)
        for (size_t k = 0; c->dx[s->input] && k < s->n; k++)
            c->dx[s->input][sample * size + k] = (float)d[s->first + k];
    else if (s->op == MIXTURE_MASK && c->dx[s->input])
        memset(c->dx[s->input] + sample * size, 0, size * sizeof(float));
    else if (s->op == MIXTURE_SOFTMAX)
        for (size_t k = 0; k < s->n; k += s->width)
            softmax_back(s, k, v, d);
    else if (s->op > MIXTURE_SOFTMAX)
        for (size_t k = 0; k < s->n; k++)
            number_back(s, k, v, d);
}

/* The largest, which is taken away, is a constant here: losses are the same for logits that differ by one. */
static void backward(const struct layer_call *c)
{
    const struct mixture_program *p = c->params;
    double *v = (double *)(void *)c->scratch, *d = v + p->numbers;
    for (size_t i = 0; i < c->n; i++) {
        run_sample(c, i, v);
        memset(d, 0, p->numbers * sizeof *d);
        for (size_t k = 0; k < p->result_n; k++)
            d[p->result + k] = (double)c->dy[i * p->result_n + k];
        for (const struct mixture_step *s = p->last; s; s = s->before)
            step_back(s, c, i, v, d);
    }
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct mixture_program *p = params;
    TRY(layer_check_inputs(in, inputs_n, inputs_n, e));
    *out = (struct shape){1, {p->result_n}};
    needs->keeps = LAYER_KEEPS_X;
    needs->scratch = 4 * p->numbers; /* two doubles for each number */
    return 0;
}

const struct layer_kind mixture_layer = {
    .name = "mixture",
    .source = "assay: the logarithms of the probabilities that a model mixes at its end",
    .param_size = sizeof(struct mixture_program),
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .doc = "logarithms of mixed probabilities",
};
