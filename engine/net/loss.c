/* Losses of one row of logits, computed in double from its own exp and log, so that neither machine nor library shows.
 */
#include "engine/net/loss.h"
#include "engine/base/det64.h"

const char *const loss_names[] = {"cross_entropy", "margin", "dlr", NULL};

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

static void cross_entropy(size_t k, const float *z, size_t y, float *loss, float *dz)
{
    double value = loss_softplus(log_others(k, z, y)), sum = 0;
    if (loss)
        *loss = (float)value;
    for (size_t j = 0; dz && j < k; j++) {
        double p = j == y ? 0 : det_exp((double)z[j] - (double)z[y] - value);
        sum += p;
        dz[j] = (float)p;
    }
    if (dz)
        dz[y] = (float)-sum;
}

/* Where all logits are equal any factor will do. */
static double ascent_scale(size_t k, const float *z)
{
    double least = z[0], most = z[0];
    for (size_t j = 1; j < k; j++) {
        least = (double)z[j] < least ? (double)z[j] : least;
        most = (double)z[j] > most ? (double)z[j] : most;
    }
    return most > least ? LOSS_ASCENT_RANGE / (most - least) : 1;
}

static void ascent(size_t k, const float *z, size_t y, float *loss, float *dz)
{
    double s = ascent_scale(k, z), top = z[runner_up(k, z, y)], sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += j == y ? 0 : det_exp(s * ((double)z[j] - top));
    if (loss)
        *loss = (float)(det_log(sum) + s * (top - (double)z[y]));
    for (size_t j = 0; dz && j < k; j++)
        dz[j] = j == y ? -1 : (float)(det_exp(s * ((double)z[j] - top)) / sum);
}

static void difference(size_t k, const float *z, size_t y, size_t other, float *loss, float *dz)
{
    if (loss)
        *loss = (float)((double)z[other] - (double)z[y]);
    for (size_t j = 0; dz && j < k; j++)
        dz[j] = j == y ? -1 : j == other;
}

#define RANKS 4

/* The places of the RANKS largest logits in order, the first of equals first. */
static void rank(size_t k, const float *z, size_t place[RANKS])
{
    size_t n = 0;
    for (size_t j = 0; j < k; j++) {
        size_t at = n < RANKS ? n++ : RANKS;
        for (; at > 0 && z[j] > z[place[at - 1]]; at--)
            if (at < RANKS)
                place[at] = place[at - 1];
        if (at < RANKS)
            place[at] = j;
    }
}

/* (z_other - z_y) over z_first minus the mean of z_low[0], z_low[1]; 0 where that is 0. */
static void ratio(size_t k, const float *z, size_t y, size_t other, const size_t place[3], float *loss, float *dz)
{
    double width = (double)z[place[0]] - ((double)z[place[1]] + (double)z[place[2]]) / 2;
    double value = width > 0 ? ((double)z[other] - (double)z[y]) / width : 0;
    if (loss)
        *loss = (float)value;
    for (size_t j = 0; dz && j < k; j++) {
        double slope = (double)(j == other) - (double)(j == y) - value * (double)(j == place[0]) +
                       value / 2 * ((double)(j == place[1]) + (double)(j == place[2]));
        dz[j] = width > 0 ? (float)(slope / width) : 0;
    }
}

struct loss loss_from(const struct loss *l, size_t first)
{
    return (struct loss){l->kind, l->y + first, l->other ? l->other + first : NULL};
}

void loss_row(const struct loss *l, size_t i, size_t k, const float *z, float *loss, float *dz)
{
    size_t y = (size_t)l->y[i], other = l->other ? (size_t)l->other[i] : runner_up(k, z, y), place[RANKS] = {0};
    switch (l->kind) {
    case LOSS_CROSS_ENTROPY: cross_entropy(k, z, y, loss, dz); break;
    case LOSS_ASCENT: ascent(k, z, y, loss, dz); break;
    case LOSS_MARGIN:
    case LOSS_DIFFERENCE: difference(k, z, y, other, loss, dz); break;
    case LOSS_DLR:
        rank(k, z, place);
        ratio(k, z, y, other, (size_t[]){place[0], place[2], place[2]}, loss, dz);
        break;
    case LOSS_DLR_TARGETED:
        rank(k, z, place);
        ratio(k, z, y, other, (size_t[]){place[0], place[2], place[3]}, loss, dz);
        break;
    }
}
