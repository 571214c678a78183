/* How strongly the loss answers to the input, row by row: the L2 norm of the input gradient. Rows without any gradient
 * are counted: attacks that follow gradients are blind there, and attributions by gradients are empty. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/norm.h"
#include "attacks/probes/probe.h"

struct gradient_norm { long samples; };

static size_t rows_of(const struct artefact_call *c)
{
    const struct gradient_norm *p = c->params;
    return c->rows < (size_t)p->samples ? c->rows : (size_t)p->samples;
}

static uint64_t handed_out(const struct artefact_call *c)
{
    return rows_of(c);
}

/* The gradients of a block, the zero point they are measured from, its logits and row numbers. */
static size_t scratch(const struct artefact_call *c)
{
    return ARTEFACT_BLOCK * (c->size + c->classes + sizeof(size_t) / sizeof(float)) + c->size;
}

static int measure(void *context, const struct artefact_block *block, struct err *e)
{
    float *norm = (float *)context + block->number * ARTEFACT_BLOCK;
    const struct oracle *o = block->oracle;
    size_t *row = (size_t *)(void *)block->scratch, d = o->input_size;
    float *gradient = (float *)(void *)(row + ARTEFACT_BLOCK), *logits = gradient + ARTEFACT_BLOCK * d;
    float *zero = logits + ARTEFACT_BLOCK * o->classes;
    (void)e;
    for (size_t i = 0; i < block->n; i++)
        row[i] = i;
    memset(zero, 0, d * sizeof *zero);
    o->gradient(o, block->n, block->x, row, &(struct loss){LOSS_CROSS_ENTROPY, block->label, NULL}, logits, NULL,
                gradient);
    for (size_t i = 0; i < block->n; i++) {
        double length = norm_l2.distance(o->kern, d, gradient + i * d, zero);
        norm[i] = length <= FLT_MAX ? (float)length : -1; /* no norm is negative: this one is not finite, as a float */
    }
    return 0;
}

static int make(const struct artefact_call *c, float *out, struct err *e)
{
    return c->each(c, 0, rows_of(c), measure, out, e);
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double median_of(const float *raw, size_t n)
{
    float *sorted = malloc(n * sizeof *sorted);
    if (sorted == NULL)
        return NAN;
    memcpy(sorted, raw, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    double median = ((double)sorted[(n - 1) / 2] + (double)sorted[n / 2]) / 2;
    free(sorted);
    return median;
}

enum { MEAN, MEDIAN, LARGEST, ZERO, NOT_FINITE };

static void read_values(const struct artefact_call *c, const float *raw, struct probe_value *value)
{
    const size_t n = rows_of(c);
    double sum = 0, largest = 0;
    size_t zero = 0, bad = 0;
    for (size_t i = 0; i < n; i++) {
        bad += raw[i] < 0;
        zero += raw[i] == 0;
        sum += raw[i] < 0 ? 0 : (double)raw[i];
        largest = fmax(largest, (double)raw[i]);
    }
    const char *none = bad > 0 ? "not_finite" : NULL;
    value[MEAN] = (struct probe_value){none ? NAN : sum / (double)n, n, 0, none};
    value[MEDIAN] = (struct probe_value){none ? NAN : median_of(raw, n), n, 0, none};
    value[LARGEST] = (struct probe_value){none ? NAN : largest, n, 0, none};
    value[ZERO] = (struct probe_value){(double)zero / (double)n, n, zero, NULL};
    value[NOT_FINITE] = (struct probe_value){(double)bad / (double)n, n, bad, NULL};
}

static const struct param rows[] = {
    {"samples", PARAM_INT, offsetof(struct gradient_norm, samples), 256, 1, 1e9, "rows", "rows from the first on",
     NULL, 0},
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static const struct probe_metric metrics[] = {
    [MEAN] = {"mean_gradient_norm", "nats per data unit", "mean L2 norm of the loss's input gradient", 0},
    [MEDIAN] = {"median_gradient_norm", "nats per data unit", "its median", 0},
    [LARGEST] = {"max_gradient_norm", "nats per data unit",
                 "its largest value: a lower bound of the Lipschitz constant", 0},
    [ZERO] = {"zero_gradient_rate", "fraction", "share of rows whose gradient is exactly zero", 0},
    [NOT_FINITE] = {"not_finite_gradient_rate", "fraction", "share of rows whose gradient is not finite", 0},
    {NULL, NULL, NULL, 0}};

const struct probe_kind probe_gradient_norm = {
    .work = {.name = "gradient_norm",
             .source = "Hein & Andriushchenko 2017, arXiv:1705.08475; "
                       "zero gradients: Athalye et al. 2018, arXiv:1802.00420",
             .doc = "L2 norm of the loss's input gradient over clean rows, and how many rows have none",
             .scope = ARTEFACT_OF_DATA,
             .knowledge = KNOW_GRADIENT,
             .size = rows_of,
             .scratch = scratch,
             .rows = handed_out,
             .make = make},
    .test_id = "interpretability.gradient_norm",
    .param_size = sizeof(struct gradient_norm),
    .params = rows,
    .metrics = metrics,
    .read = read_values};
