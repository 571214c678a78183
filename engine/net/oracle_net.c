/* One net as a model that answers: blocks are cut to what the workspace holds. */
#include <math.h>
#include "engine/base/stop.h"
#include "engine/net/net_private.h"
#include "engine/net/oracle_driver.h"

/* Rows [first, first + count) of a call of n rows. */
struct call_part {
    size_t first, count;
};

static int next_part(const struct oracle_net *m, size_t n, struct call_part *p)
{
    p->first += p->count;
    size_t left = stop_wanted(m->stop) ? 0 : n - p->first, most = workspace_samples(m->workspace);
    p->count = left < most ? left : most;
    return p->count > 0;
}

static void fill(size_t n, float value, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = value;
}

/* No answer to rows from first on. */
static void leave_out(const struct oracle_model *m, size_t first, size_t n, float *logits, float *loss)
{
    fill((n - first) * m->classes, NAN, logits + first * m->classes);
    if (loss)
        fill(n - first, NAN, loss + first);
}

static void score(const struct oracle_model *model, size_t n, const float *x, float *logits)
{
    const struct oracle_net *m = (const struct oracle_net *)model;
    struct call_part p = {0, 0};
    while (next_part(m, n, &p))
        net_forward(m->net, m->workspace, p.count, x + p.first * model->input_size, logits + p.first * model->classes);
    leave_out(model, p.first, n, logits, NULL);
}

static void label(const struct oracle_model *model, size_t n, const float *x, int32_t *out)
{
    const struct oracle_net *m = (const struct oracle_net *)model;
    float *logits = m->workspace->logits;
    struct call_part p = {0, 0};
    while (next_part(m, n, &p)) {
        net_forward(m->net, m->workspace, p.count, x + p.first * model->input_size, logits);
        for (size_t i = 0; i < p.count; i++)
            out[p.first + i] = loss_argmax(model->classes, logits + i * model->classes);
    }
    for (size_t i = p.first; i < n; i++)
        out[i] = -1;
}

static void gradient(const struct oracle_model *model, size_t n, const float *x, const struct loss *loss, float *logits,
                     float *loss_out, float *out)
{
    const struct oracle_net *m = (const struct oracle_net *)model;
    const size_t k = model->classes, d = model->input_size;
    float *dlogits = m->workspace->dlogits;
    struct call_part p = {0, 0};
    workspace_use(m->workspace, m->search);
    while (next_part(m, n, &p)) {
        const float *start = x + p.first * d;
        float *z = logits + p.first * k;
        net_forward(m->net, m->workspace, p.count, start, z);
        for (size_t i = 0; i < p.count; i++)
            loss_row(loss, p.first + i, k, z + i * k, loss_out ? loss_out + p.first + i : NULL, dlogits + i * k);
        net_backward(m->net, m->workspace, p.count, start, dlogits, out + p.first * d);
    }
    leave_out(model, p.first, n, logits, loss_out);
    fill((n - p.first) * d, 0, out + p.first * d);
    workspace_use(m->workspace, NULL);
}

static void token_gradient(const struct oracle_model *model, size_t n, const float *x, const struct loss *loss,
                           float *logits, float *loss_out, oracle_take *take, void *context)
{
    const struct oracle_net *m = (const struct oracle_net *)model;
    const size_t k = model->classes, d = model->input_size, length = d * m->embedding.width;
    float *dlogits = m->workspace->dlogits;
    struct call_part p = {0, 0};
    workspace_use(m->workspace, m->search);
    while (next_part(m, n, &p)) {
        const float *start = x + p.first * d;
        float *z = logits + p.first * k;
        net_forward(m->net, m->workspace, p.count, start, z);
        for (size_t i = 0; i < p.count; i++)
            loss_row(loss, p.first + i, k, z + i * k, loss_out ? loss_out + p.first + i : NULL, dlogits + i * k);
        const float *gradient = net_backward_embedding(m->net, m->workspace, p.count, start, dlogits);
        for (size_t i = 0; i < p.count; i++)
            take(context, p.first + i, gradient + i * length);
    }
    leave_out(model, p.first, n, logits, loss_out);
    workspace_use(m->workspace, NULL);
}

void oracle_net_init(struct oracle_net *m, const struct net *net, struct workspace *workspace,
                     const struct kern *search)
{
    *m = (struct oracle_net){.model = {.kern = net_kern(net),
                                       .classes = net_classes(net),
                                       .input_size = net_input_size(net),
                                       .mixture = net_head(net) == NET_MIXTURE,
                                       .approximate = search != NULL,
                                       .label = label,
                                       .score = score,
                                       .gradient = gradient},
                             .net = net,
                             .workspace = workspace,
                             .search = search};
    struct net_embedding e;
    if (!net_embedding(net, &e))
        return;
    m->embedding = (struct oracle_embedding){e.tokens, e.width, e.table};
    m->model.embedding = &m->embedding;
    m->model.token_gradient = token_gradient;
}
