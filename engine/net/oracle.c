/* The oracle over a net: cuts blocks to the workspace's size and counts queries. */
#include "engine/net/oracle.h"
#include <string.h>
#include "engine/net/net_private.h"

const char *const knowledge_names[] = {"none", "label", "score", "gradient", NULL};

/* Rows [first, first + count) of a call of n rows. */
struct part {
    size_t first, count;
};

static int next_part(const struct oracle_state *s, size_t n, struct part *p)
{
    p->first += p->count;
    size_t left = n - p->first, most = workspace_samples(s->workspace);
    p->count = left < most ? left : most;
    return p->count > 0;
}

static void count_queries(uint32_t *counter, size_t n, const size_t *row)
{
    for (size_t i = 0; i < n; i++)
        counter[row[i]]++;
}

static void score(struct oracle *o, size_t n, const float *x, const size_t *row, float *logits)
{
    const struct oracle_state *s = o->state;
    for (struct part p = {0, 0}; next_part(s, n, &p);)
        net_forward(s->net, s->workspace, p.count, x + p.first * o->input_size, logits + p.first * o->classes);
    count_queries(o->forward_queries, n, row);
}

static void label(struct oracle *o, size_t n, const float *x, const size_t *row, int32_t *out)
{
    const struct oracle_state *s = o->state;
    float *logits = s->workspace->logits;
    for (struct part p = {0, 0}; next_part(s, n, &p);) {
        net_forward(s->net, s->workspace, p.count, x + p.first * o->input_size, logits);
        for (size_t i = 0; i < p.count; i++)
            out[p.first + i] = loss_argmax(o->classes, logits + i * o->classes);
    }
    count_queries(o->forward_queries, n, row);
}

static void gradient(struct oracle *o, size_t n, const float *x, const size_t *row, const int32_t *y,
                     enum loss_kind loss, float *logits, float *loss_out, float *out)
{
    const struct oracle_state *s = o->state;
    float *dlogits = s->workspace->dlogits;
    workspace_use(s->workspace, s->search);
    for (struct part p = {0, 0}; next_part(s, n, &p);) {
        const float *start = x + p.first * o->input_size;
        float *z = logits + p.first * o->classes;
        net_forward(s->net, s->workspace, p.count, start, z);
        for (size_t i = 0; i < p.count; i++)
            loss_row(o->kern, loss, o->classes, z + i * o->classes, y[p.first + i],
                     loss_out ? loss_out + p.first + i : NULL, dlogits + i * o->classes);
        net_backward(s->net, s->workspace, p.count, start, dlogits, out + p.first * o->input_size);
    }
    workspace_use(s->workspace, NULL);
    count_queries(o->forward_queries, n, row);
    count_queries(o->gradient_queries, n, row);
}

void oracle_init(struct oracle *o, struct oracle_state *state, enum knowledge knowledge, size_t block,
                 uint32_t *counters)
{
    memset(counters, 0, 2 * block * sizeof *counters);
    *o = (struct oracle){.state = state,
                         .kern = net_kern(state->net),
                         .classes = net_classes(state->net),
                         .input_size = net_input_size(state->net),
                         .approximate = state->search != NULL,
                         .forward_queries = counters,
                         .gradient_queries = counters + block};
    o->label = knowledge >= KNOW_LABEL ? label : NULL;
    o->score = knowledge >= KNOW_SCORE ? score : NULL;
    o->gradient = knowledge >= KNOW_GRADIENT ? gradient : NULL;
}
