#include "tests/net/support.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

const struct kern *support_kern(void)
{
    static struct kern kern;
    enum kern_cpu limit = KERN_CPU_AVX512;
    const char *wanted = getenv("ASSAY_CPU");
    if (wanted)
        kern_cpu_parse(wanted, &limit);
    kern_init(&kern, limit);
    return &kern;
}

struct net *support_load(const char *path)
{
    struct net *net;
    struct err e = {0};
    int status = net_load(&net, path, NULL, support_kern(), &e);
    cr_assert_eq(status, 0, "%s", e.text);
    return net;
}

float *support_logits(const struct net *net, size_t n, const float *x, const int32_t *y, float *loss, float *gradient)
{
    struct workspace *w;
    struct err e = {0};
    struct oracle_net m;
    float *logits = malloc(n * net_classes(net) * sizeof *logits);
    cr_assert_eq(workspace_create(&w, net, gradient != NULL, &e), 0, "%s", e.text);
    oracle_net_init(&m, net, w, NULL);
    if (gradient)
        m.model.gradient(&m.model, n, x, &(struct loss){LOSS_CROSS_ENTROPY, y, NULL}, logits, loss, gradient);
    else
        m.model.score(&m.model, n, x, logits);
    workspace_free(w);
    return logits;
}

double support_probability(size_t k, const float *z, size_t c)
{
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += exp((double)z[j] - (double)z[c]);
    return 1 / sum;
}

float *support_floats(const double *v, size_t n)
{
    float *out = malloc((n + 1) * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)v[i];
    return out;
}
