/* How far the true class's logit leads, row by row. */
#include <math.h>
#include "attacks/probes/probe.h"

#define NOT_FINITE_MARK 3e38f /* no artefact may hold NaN */

struct logit_margin { long samples; };

static size_t rows_of(const struct artefact_call *c)
{
    const struct logit_margin *p = c->params;
    return c->rows < (size_t)p->samples ? c->rows : (size_t)p->samples;
}

/* The logits of a block and its row numbers. */
static size_t scratch(const struct artefact_call *c)
{
    return ARTEFACT_BLOCK * (c->classes + sizeof(size_t) / sizeof(float));
}

static int measure(void *context, const struct artefact_block *block, struct err *e)
{
    const struct oracle *o = block->oracle;
    float *margin = (float *)context + block->number * ARTEFACT_BLOCK;
    size_t *row = (size_t *)(void *)block->scratch;
    float *logits = (float *)(void *)(row + ARTEFACT_BLOCK);
    (void)e;
    for (size_t i = 0; i < block->n; i++)
        row[i] = i;
    o->score(o, block->n, block->x, row, logits);
    for (size_t i = 0; i < block->n; i++) {
        float m = loss_margin(o->classes, logits + i * o->classes, block->label[i]);
        margin[i] = isfinite(m) ? m : NOT_FINITE_MARK;
    }
    return 0;
}

static int make(const struct artefact_call *c, float *out, struct err *e)
{
    return c->each(c, 0, rows_of(c), measure, out, e);
}

static void read_values(const struct artefact_call *c, const float *raw, struct probe_value *value)
{
    const size_t n = rows_of(c);
    double sum = 0;
    size_t bad = 0, negative = 0;
    for (size_t i = 0; i < n; i++) {
        bad += raw[i] >= NOT_FINITE_MARK;
        negative += raw[i] < 0;
        sum += (double)raw[i];
    }
    const char *none = bad > 0 ? "not_finite" : NULL;
    value[0] = (struct probe_value){none ? NAN : sum / (double)n, n, 0, none};
    value[1] = (struct probe_value){none ? NAN : (double)negative / (double)n, n, none ? 0 : negative, none};
}

static const struct param rows[] = {
    {"samples", PARAM_INT, offsetof(struct logit_margin, samples), 1000, 1, 1e9, "rows", "rows from the first on", NULL,
     0},
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static const struct probe_metric metrics[] = {
    {"mean_logit_margin", "nats", "mean lead of the true class's logit over the largest other", 1},
    {"negative_margin_rate", "fraction", "share of rows where another class leads", 0},
    {NULL, NULL, NULL, 0}};

const struct probe_kind probe_logit_margin = {
    .work = {.name = "logit_margin",
             .source = "Carlini & Wagner 2017, arXiv:1608.04644, f6",
             .doc = "lead of the true class's logit over clean rows",
             .scope = ARTEFACT_OF_DATA,
             .knowledge = KNOW_SCORE,
             .size = rows_of,
             .scratch = scratch,
             .make = make},
    .test_id = "interpretability.logit_margin",
    .param_size = sizeof(struct logit_margin),
    .params = rows,
    .metrics = metrics,
    .read = read_values};
