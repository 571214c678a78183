/* Losses of one row of logits, computed in double from its own exp and log, so that neither machine nor library shows.
 */
#include "engine/net/loss.h"
#include "engine/base/det64.h"

const char *const loss_names[] = {"cross_entropy", "margin", NULL};

int32_t loss_argmax(size_t k, const float *z)
{
    size_t best = 0;
    for (size_t j = 1; j < k; j++)
        if (z[j] > z[best])
            best = j;
    return (int32_t)best;
}

/* Largest logit but that of y, the first of several. */
static size_t runner_up(size_t k, const float *z, size_t y)
{
    size_t best = y == 0 ? 1 : 0;
    for (size_t j = best + 1; j < k; j++)
        if (j != y && z[j] > z[best])
            best = j;
    return best;
}

float loss_margin(size_t k, const float *z, int32_t y)
{
    return (float)((double)z[y] - (double)z[runner_up(k, z, (size_t)y)]);
}

double loss_log1p(double x)
{
    double u = 1 + x;
    return u == 1 ? x : det_log(u) * (x / (u - 1));
}

double loss_softplus(double t)
{
    return t > 0 ? t + loss_log1p(det_exp(-t)) : loss_log1p(det_exp(t));
}

/* log of the sum over j != y of exp(z_j - z_y) */
static double log_others(size_t k, const float *z, size_t y)
{
    double top = z[runner_up(k, z, y)], sum = 0;
    for (size_t j = 0; j < k; j++)
        if (j != y)
            sum += det_exp((double)z[j] - top);
    return det_log(sum) + (top - (double)z[y]);
}

double loss_cross_entropy(size_t k, const float *z, int32_t y)
{
    return loss_softplus(log_others(k, z, (size_t)y));
}

static void cross_entropy(size_t k, const float *z, size_t y, int ascent, float *loss, float *dz)
{
    double others = log_others(k, z, y), sum = 0;
    double value = ascent && others < LOSS_ASCENT_LIMIT ? others : loss_softplus(others);
    if (loss)
        *loss = (float)value;
    if (!dz)
        return;
    for (size_t j = 0; j < k; j++) {
        double p = j == y ? 0 : det_exp((double)z[j] - (double)z[y] - value);
        sum += p;
        dz[j] = (float)p;
    }
    dz[y] = (float)-sum;
}

static void margin(size_t k, const float *z, size_t y, float *loss, float *dz)
{
    size_t other = runner_up(k, z, y);
    if (loss)
        *loss = (float)((double)z[other] - (double)z[y]);
    if (!dz)
        return;
    for (size_t j = 0; j < k; j++)
        dz[j] = 0;
    dz[other] = 1;
    dz[y] = -1;
}

void loss_row(const struct kern *kern, enum loss_kind kind, size_t k, const float *z, int32_t y, float *loss, float *dz)
{
    (void)kern;
    if (kind == LOSS_MARGIN)
        margin(k, z, (size_t)y, loss, dz);
    else
        cross_entropy(k, z, (size_t)y, kind == LOSS_ASCENT, loss, dz);
}
