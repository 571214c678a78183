#include "engine/net/mean_loss.h"

#include "engine/base/det64.h"

/* Scratch: log of the mean probabilities (k), log-probabilities of each net (n, k). */
size_t mean_loss_scratch(size_t n, size_t k)
{
    return (n + 1) * k;
}

void mean_logits(const struct mean_rows *r, float *mean)
{
    for (size_t j = 0; j < r->k; j++) {
        double sum = 0;
        for (size_t m = 0; m < r->n; m++)
            sum += (double)r->z[m * r->stride + j];
        mean[j] = (float)(sum / (double)r->n);
    }
}

void mean_logits_loss(const struct mean_rows *r, enum loss_kind kind, const float *mean, int32_t y, float *loss)
{
    loss_row(NULL, kind, r->k, mean, y, loss, r->dz);
    for (size_t j = 0; j < r->k; j++)
        r->dz[j] = (float)((double)r->dz[j] / (double)r->n);
    for (size_t m = 1; m < r->n; m++)
        for (size_t j = 0; j < r->k; j++)
            r->dz[m * r->stride + j] = r->dz[j];
}

/* z - log of the sum of exp z; the largest entry is -log(1 + the others), which keeps what is left below 1. */
static void log_softmax(size_t k, const float *z, double *log_p)
{
    const size_t top = (size_t)loss_argmax(k, z);
    double others = 0;
    for (size_t j = 0; j < k; j++)
        others += j == top ? 0 : det_exp((double)z[j] - (double)z[top]);
    const double rest = loss_log1p(others);
    for (size_t j = 0; j < k; j++)
        log_p[j] = (double)z[j] - (double)z[top] - rest;
}

/* log of the sum of exp v_i, i of n at a stride, but for the one at `skip`. */
static double log_sum(size_t n, const double *v, size_t stride, size_t skip)
{
    size_t top = skip == 0 ? 1 : 0;
    double others = 0;
    for (size_t i = 0; i < n; i++)
        top = i != skip && v[i * stride] > v[top * stride] ? i : top;
    for (size_t i = 0; i < n; i++)
        others += i == skip || i == top ? 0 : det_exp(v[i * stride] - v[top * stride]);
    return v[top * stride] + loss_log1p(others);
}

#define ALL ((size_t)-1)

const double *mean_log_probabilities(const struct mean_rows *r, double *scratch)
{
    double *mean = scratch, *log_p = scratch + r->k;
    const double log_n = det_log((double)r->n);
    for (size_t m = 0; m < r->n; m++)
        log_softmax(r->k, r->z + m * r->stride, log_p + m * r->k);
    for (size_t j = 0; j < r->k; j++)
        mean[j] = log_sum(r->n, log_p + j, r->k, ALL) - log_n;
    return mean;
}

/* With p the mean and p_m a net's probabilities, -log p_y has the gradient w_m p_mj for j != y, w_m = p_my / (n
 * p_y); the ascent's log((1 - p_y) / p_y) has that over 1 - p_y. The true class gets minus the sum of the others. */
static void cross_entropy(const struct mean_rows *r, size_t y, int ascent, float *loss, const double *mean,
                          const double *log_p)
{
    const double rest = log_sum(r->k, mean, 1, y), others = rest - mean[y];
    const int far = ascent && others < LOSS_ASCENT_LIMIT;
    if (loss)
        *loss = (float)(far ? others : loss_softplus(others));
    for (size_t m = 0; m < r->n; m++, log_p += r->k) {
        const double weight = log_p[y] - mean[y] - det_log((double)r->n) - (far ? rest : 0);
        float *dz = r->dz + m * r->stride;
        double sum = 0;
        for (size_t j = 0; j < r->k; j++) {
            const double d = j == y ? 0 : det_exp(weight + log_p[j]);
            sum += d;
            dz[j] = (float)d;
        }
        dz[y] = (float)-sum;
    }
}

/* log p_o - log p_y, o the largest but y; log p_t has the gradient w_mt ([j = t] - p_mj). */
static void margin(const struct mean_rows *r, size_t y, float *loss, const double *mean, const double *log_p)
{
    size_t o = y == 0 ? 1 : 0;
    for (size_t j = 0; j < r->k; j++)
        o = j != y && mean[j] > mean[o] ? j : o;
    if (loss)
        *loss = (float)(mean[o] - mean[y]);
    for (size_t m = 0; m < r->n; m++, log_p += r->k) {
        const double of_y = det_exp(log_p[y] - mean[y]) / (double)r->n;
        const double of_o = det_exp(log_p[o] - mean[o]) / (double)r->n;
        float *dz = r->dz + m * r->stride;
        for (size_t j = 0; j < r->k; j++)
            dz[j] = (float)((of_y - of_o) * det_exp(log_p[j]));
        dz[o] = (float)(of_o * det_exp(log_sum(r->k, log_p, 1, o)) + of_y * det_exp(log_p[o]));
        dz[y] = (float)-(of_y * det_exp(log_sum(r->k, log_p, 1, y)) + of_o * det_exp(log_p[y]));
    }
}

void mean_probability_loss(const struct mean_rows *r, enum loss_kind kind, int32_t y, float *loss, double *scratch)
{
    const double *mean = mean_log_probabilities(r, scratch), *log_p = scratch + r->k;
    if (kind == LOSS_MARGIN)
        margin(r, (size_t)y, loss, mean, log_p);
    else
        cross_entropy(r, (size_t)y, kind == LOSS_ASCENT, loss, mean, log_p);
}
