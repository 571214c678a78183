#include "engine/net/mean_loss.h"

#include "engine/base/det64.h"

/* Scratch: log of the mean probabilities (k), log-probabilities of each net (n, k); as floats, those logarithms and
 * the slopes of a loss of them (k each). */
size_t mean_loss_scratch(size_t n, size_t k)
{
    return (n + 2) * k;
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

void mean_logits_loss(const struct mean_rows *r, const struct loss *l, size_t i, const float *mean, float *loss)
{
    loss_row(l, i, r->k, mean, loss, r->dz);
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
 * p_y). The true class gets minus the sum of the others. */
static void cross_entropy(const struct mean_rows *r, size_t y, float *loss, const double *mean, const double *log_p)
{
    if (loss)
        *loss = (float)loss_softplus(log_sum(r->k, mean, 1, y) - mean[y]);
    for (size_t m = 0; m < r->n; m++, log_p += r->k) {
        const double weight = log_p[y] - mean[y] - det_log((double)r->n);
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

/* A loss with slopes a_j of log p_j, where log p_j has the gradient w_mj ([i = j] - p_mi), w_mj = p_mj / (n p_j):
 * a_i w_mi (1 - p_mi) - p_mi sum over j != i of a_j w_mj. */
static void chain(const struct mean_rows *r, const float *slope, const double *mean, const double *log_p)
{
    for (size_t m = 0; m < r->n; m++, log_p += r->k) {
        float *dz = r->dz + m * r->stride;
        for (size_t i = 0; i < r->k; i++) {
            double others = 0;
            for (size_t j = 0; j < r->k; j++)
                if (j != i && slope[j] != 0)
                    others += (double)slope[j] * det_exp(log_p[j] - mean[j]);
            double own = (double)slope[i] * det_exp(log_p[i] - mean[i] + log_sum(r->k, log_p, 1, i));
            dz[i] = (float)((own - det_exp(log_p[i]) * others) / (double)r->n);
        }
    }
}

void mean_probability_loss(const struct mean_rows *r, const struct loss *l, size_t i, float *loss, double *scratch)
{
    const double *mean = mean_log_probabilities(r, scratch), *log_p = scratch + r->k;
    float *logits = (float *)(scratch + (r->n + 1) * r->k), *slope = logits + r->k;
    if (l->kind == LOSS_CROSS_ENTROPY) {
        cross_entropy(r, (size_t)l->y[i], loss, mean, log_p);
        return;
    }
    for (size_t j = 0; j < r->k; j++)
        logits[j] = (float)mean[j];
    loss_row(l, i, r->k, logits, loss, slope);
    chain(r, slope, mean, log_p);
}
