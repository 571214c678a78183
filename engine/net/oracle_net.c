/* One net as a model that answers: blocks are cut to what the workspace holds. */
#include "engine/net/net_private.h"
#include "engine/net/oracle_driver.h"

/* Rows [first, first + count) of a call of n rows. */
struct call_part {
    size_t first, count;
};

static int next_part(const struct oracle_net *m, size_t n, struct call_part *p)
{
    p->first += p->count;
    size_t left = n - p->first, most = workspace_samples(m->workspace);
    p->count = left < most ? left : most;
    return p->count > 0;
}

static void score(const struct oracle_model *model, size_t n, const float *x, float *logits)
{
    const struct oracle_net *m = (const struct oracle_net *)model;
    for (struct call_part p = {0, 0}; next_part(m, n, &p);)
        net_forward(m->net, m->workspace, p.count, x + p.first * model->input_size, logits + p.first * model->classes);
}

static void label(const struct oracle_model *model, size_t n, const float *x, int32_t *out)
{
    const struct oracle_net *m = (const struct oracle_net *)model;
    float *logits = m->workspace->logits;
    for (struct call_part p = {0, 0}; next_part(m, n, &p);) {
        net_forward(m->net, m->workspace, p.count, x + p.first * model->input_size, logits);
        for (size_t i = 0; i < p.count; i++)
            out[p.first + i] = loss_argmax(model->classes, logits + i * model->classes);
    }
}

static void gradient(const struct oracle_model *model, size_t n, const float *x, const int32_t *y, enum loss_kind loss,
                     float *logits, float *loss_out, float *out)
{
    const struct oracle_net *m = (const struct oracle_net *)model;
    const size_t k = model->classes, d = model->input_size;
    float *dlogits = m->workspace->dlogits;
    workspace_use(m->workspace, m->search);
    for (struct call_part p = {0, 0}; next_part(m, n, &p);) {
        const float *start = x + p.first * d;
        float *z = logits + p.first * k;
        net_forward(m->net, m->workspace, p.count, start, z);
        for (size_t i = 0; i < p.count; i++)
            loss_row(model->kern, loss, k, z + i * k, y[p.first + i], loss_out ? loss_out + p.first + i : NULL,
                     dlogits + i * k);
        net_backward(m->net, m->workspace, p.count, start, dlogits, out + p.first * d);
    }
    workspace_use(m->workspace, NULL);
}

void oracle_net_init(struct oracle_net *m, const struct net *net, struct workspace *workspace,
                     const struct kern *search)
{
    *m = (struct oracle_net){.model = {.kern = net_kern(net),
                                       .classes = net_classes(net),
                                       .input_size = net_input_size(net),
                                       .approximate = search != NULL,
                                       .label = label,
                                       .score = score,
                                       .gradient = gradient},
                             .net = net,
                             .workspace = workspace,
                             .search = search};
}
